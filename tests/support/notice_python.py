"""The Python that has the parser of carriers' notices, in an environment of its own (docs/decisions/0133)."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def notice_python() -> Path:
    """That Python: `TIERWATCH_NOTICES_PYTHON`, or `.venv/notices`. Without one the test is skipped, except in CI."""
    said = os.environ.get("TIERWATCH_NOTICES_PYTHON")
    found = Path(said) if said else Path(sys.prefix) / "notices" / "bin" / "python"
    if found.exists():
        return found
    why = "the parser of notices is not installed (docs/sources/maintenance-mail.md, into .venv/notices)"
    if os.environ.get("CI") == "true":
        pytest.fail(f"{why}, and CI=true allows no skipping")
    pytest.skip(why)
