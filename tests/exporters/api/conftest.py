"""One filled store for all tests of the API that read only."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.api_site import Filled, filled


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    with filled(tmp_path_factory.mktemp("api")) as found:
        yield found
