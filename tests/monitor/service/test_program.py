"""What fails beside the clocks must stop neither them nor anything else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

import monitor
from monitor.config import config_file
from monitor.errors import StoreError
from monitor.service.program import Program
from tests.support.cases import at
from tests.support.command_line import Site
from tests.support.texts import exchanged

PACKAGE = Path(monitor.__file__).parent


def read_text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    path = Site(tmp_path).config
    path.write_text(path.read_text(encoding="utf-8") + "listen: 127.0.0.1:0\n", encoding="utf-8")
    built = Program(config_file.load(path))
    yield built
    built.stop()


def test_a_start_logs_the_calendars_that_are_provisional(tmp_path: Path) -> None:
    path, policy = Site(tmp_path).config, read_text(PACKAGE / "shipped/demo.yml")
    known = "{dates: [2020-01-01], years: 2020}"
    office = f"  office: {{zone: UTC, hours: {{mon-fri: [08:00-17:00]}}, holidays: {known}}}\n"
    (tmp_path / "policy.yml").write_text(exchanged(policy, ("calendars:\n", f"calendars:\n{office}")), encoding="utf-8")
    text = exchanged(read_text(path), ("policy: demo", "policy: policy.yml"))
    path.write_text(f"{text}listen: 127.0.0.1:0\n", encoding="utf-8")
    built = Program(config_file.load(path))
    try:
        with capture_logs() as logs:
            built.start()
    finally:
        built.stop()
    (line,) = (line for line in logs if line["event"] == "calendar_provisional")
    assert line["what"].startswith("calendar office: its holidays are known from 2020 to 2020, so ")


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
