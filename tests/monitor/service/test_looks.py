"""What fails beside the clocks must stop neither them nor anything else."""

from __future__ import annotations

from datetime import datetime

import pytest
from structlog.testing import capture_logs

from monitor.errors import StoreError
from monitor.service.looks import Looks
from tests.support.cases import at


def test_a_look_that_fails_rests_and_the_others_go_on() -> None:
    looked: list[str] = []

    def fails(_now: datetime) -> bool:
        looked.append("silences")
        raise ZeroDivisionError

    def finds(_now: datetime) -> bool:
        looked.append("backlog")
        return True

    looks, both = Looks(), (("silences", fails), ("backlog", finds))
    with capture_logs() as logs:
        assert looks.take(both, at(1)) is True
        assert looks.take(both, at(1)) is True
    assert looked == ["silences", "backlog", "backlog"]
    assert [(line["event"], line["what"]) for line in logs if line["log_level"] == "error"] == [
        ("look_crashed", "silences")
    ]


def test_a_store_that_fails_is_for_the_whole_loop_to_wait_for() -> None:
    def fails(_now: datetime) -> bool:
        raise StoreError("database could not be read")

    with pytest.raises(StoreError):
        Looks().take([("backlog", fails)], at(1))
