from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.store.database import Database
from tests.support.stores import DATABASES, Place


@pytest.fixture(params=DATABASES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A store in each database that there is."""
    kind = DATABASES[request.param]
    url = kind.empty(tmp_path)
    made = Place(kind, url, Database(url))
    yield made
    made.opened.close()


@pytest.fixture
def database(place: Place) -> Database:
    return place.opened
