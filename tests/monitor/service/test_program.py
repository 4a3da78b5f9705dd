"""What a start says in the log."""

from __future__ import annotations

from collections.abc import MutableMapping
from datetime import date
from pathlib import Path
from typing import Any

from structlog.testing import capture_logs

import monitor
from monitor.config import config_file
from monitor.service.program import Program
from monitor.worktime import notices
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


def test_a_start_names_the_calendars_that_are_written_in_place_for_covered_hours(tmp_path: Path) -> None:
    path = Site(tmp_path).config
    office = "{zone: UTC, hours: {mon-fri: [08:00-17:00]}, holidays: {dates: [2020-01-01], years: 2020}}"
    text = exchanged(read_text(path), ("receivers:\n", f"receivers:\n  desk: {{type: log, hours: {office}}}\n"))
    more = f"covered: {{tiers: {{gold: {office}}}, teams: {{noc: {office}, desk: always}}}}\n"
    path.write_text(f"{text}{more}listen: 127.0.0.1:0\n", encoding="utf-8")
    checked = config_file.load(path)
    expected = ["receivers.desk.hours", "covered.tiers.gold", "covered.teams.noc"]
    said = [line.split(":")[0].removeprefix("calendar ") for line in notices(checked.calendars, date(2026, 5, 1))]
    assert sorted(said) == sorted(expected)
    assert [one.name for one in checked.calendars].count("always") == 1, "the policy's own is named once"
    built = Program(checked)
    try:
        with capture_logs() as logs:
            built.start()
    finally:
        built.stop()
    logged = [line["what"] for line in logs if line["event"] == "calendar_provisional"]
    assert set(expected) <= {what.split(":")[0].removeprefix("calendar ") for what in logged}


def test_a_start_logs_the_entries_of_calendars_that_close_nothing(tmp_path: Path) -> None:
    (tmp_path / "own.ics").write_text(PARTLY_USABLE, encoding="utf-8")
    line = logged_at_a_start(tmp_path, "{ics: own.ics}", "calendar_entries_left_out")
    assert line["log_level"] == "warning"
    assert line["what"] == left_out(tmp_path)
