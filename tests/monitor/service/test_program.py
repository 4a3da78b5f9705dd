"""What a start says in the log."""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from structlog.testing import capture_logs

import monitor
from monitor.config import config_file
from monitor.service.program import Program
from tests.support.calendars import PARTLY_USABLE, left_out
from tests.support.command_line import Site
from tests.support.texts import exchanged

PACKAGE = Path(monitor.__file__).parent


def read_text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def logged_at_a_start(folder: Path, holidays: str, event: str) -> MutableMapping[str, Any]:
    """The one line of its kind that a start writes with a calendar that has these holidays."""
    path, policy = Site(folder).config, read_text(PACKAGE / "shipped/demo.yml")
    office = f"  office: {{zone: UTC, hours: {{mon-fri: [08:00-17:00]}}, holidays: {holidays}}}\n"
    (folder / "policy.yml").write_text(exchanged(policy, ("calendars:\n", f"calendars:\n{office}")), encoding="utf-8")
    text = exchanged(read_text(path), ("policy: demo", "policy: policy.yml"))
    path.write_text(f"{text}listen: 127.0.0.1:0\n", encoding="utf-8")
    built = Program(config_file.load(path))
    try:
        with capture_logs() as logs:
            built.start()
    finally:
        built.stop()
    (line,) = (line for line in logs if line["event"] == event)
    return line


def test_a_start_logs_the_calendars_that_are_provisional(tmp_path: Path) -> None:
    line = logged_at_a_start(tmp_path, "{dates: [2020-01-01], years: 2020}", "calendar_provisional")
    assert line["what"].startswith("calendar office: its holidays are known from 2020 to 2020, so ")


def test_a_start_logs_the_entries_of_calendars_that_close_nothing(tmp_path: Path) -> None:
    (tmp_path / "own.ics").write_text(PARTLY_USABLE, encoding="utf-8")
    line = logged_at_a_start(tmp_path, "{ics: own.ics}", "calendar_entries_left_out")
    assert line["log_level"] == "warning"
    assert line["what"] == left_out(tmp_path)
