"""What fails beside the clocks must stop neither them nor anything else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from monitor.config import config_file
from monitor.errors import StoreError
from monitor.service.program import Program
from tests.support.cases import at
from tests.support.command_line import Site


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    path = Site(tmp_path).config
    path.write_text(path.read_text(encoding="utf-8") + "listen: 127.0.0.1:0\n", encoding="utf-8")
    built = Program(config_file.load(path))
    yield built
    built.stop()


def test_a_look_that_fails_rests_and_the_others_go_on(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []

    def fails(_now: datetime) -> bool:
        looked.append("silences")
        raise ZeroDivisionError

    def finds(_now: datetime) -> bool:
        looked.append("backlog")
        return True

    monkeypatch.setattr(program, "_look_at_silences", fails)
    monkeypatch.setattr(program, "_backlog", finds)
    with capture_logs() as logs:
        assert program._look_around(at(1), sending=False) is True
        assert program._look_around(at(1), sending=False) is True
    assert looked == ["silences", "backlog", "backlog"]
    assert [(line["event"], line["what"]) for line in logs if line["log_level"] == "error"] == [
        ("look_crashed", "silences")
    ]


def test_a_store_that_fails_is_for_the_whole_loop_to_wait_for(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_now: datetime) -> bool:
        raise StoreError("database could not be read")

    monkeypatch.setattr(program, "_backlog", fails)
    with pytest.raises(StoreError):
        program._look_around(at(1), sending=False)
