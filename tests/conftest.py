from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.support.alertmanager import RealAlertmanager, one_receiver, running
from tests.support.webhook import Webhook, listening

# Machines that run these tests are shared: a slow example is no failure. `make test-long` sets the long profile.
# tests/properties has some 50 properties: quick is about 5,000 examples, long more than 500,000.
_COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow], "print_blob": True}
settings.register_profile("quick", max_examples=100, **_COMMON)
settings.register_profile("long", max_examples=10_000, **_COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    """A receiver on loopback that keeps what it was sent."""
    with listening() as it:
        yield it


@pytest.fixture
def peer(webhook: Webhook) -> Iterator[RealAlertmanager]:
    """A real Alertmanager that hands everything to `webhook`."""
    with running(one_receiver(webhook.url)) as it:
        yield it
