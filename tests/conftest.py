from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# Machines that run these tests are shared: a slow example is no failure. `make test-long` sets the long profile.
# tests/properties has some 50 properties: quick is about 5,000 examples, long more than 200,000.
_COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow], "print_blob": True}
settings.register_profile("quick", max_examples=100, **_COMMON)
settings.register_profile("long", max_examples=5_000, **_COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
