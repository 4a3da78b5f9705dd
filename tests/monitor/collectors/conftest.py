from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.collecting import NOW
from tests.support.tmf621_server import Tmf621Server


@pytest.fixture
def server() -> Iterator[Tmf621Server]:
    """A TMF621 server on loopback at the instant `NOW`."""
    with Tmf621Server() as made:
        made.time = NOW
        yield made
