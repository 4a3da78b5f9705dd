import csv
import gzip
import io
import json
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitor.collectors.servicenow_audit import MAPPING, Config, build
from monitor.history.events import Event
from monitor.history.mapping import interpret
from monitor.model import Phase
from tests.support.collecting import NOW, Polled, poll, public_data

COLUMNS = [
    "number", "incident_state", "reassignment_count", "reopen_count", "sys_mod_count", "made_sla", "opened_at",
    "sys_updated_at", "priority", "assignment_group", "closed_code", "resolved_by", "resolved_at", "closed_at",
]  # fmt: skip
LATE = {"closed_code": "code 5", "resolved_by": "R1", "resolved_at": "3/5/2016 10:00", "closed_at": "8/5/2016 10:00"}
UTC_ZONE = ZoneInfo("UTC")


def row(ticket: str = "INC1", **more: str) -> dict[str, str]:
    usual = {
        "number": ticket,
        "incident_state": "New",
        "reassignment_count": "0",
        "reopen_count": "0",
        "sys_mod_count": "0",
        "made_sla": "true",
        "opened_at": "1/5/2016 09:00",
        "sys_updated_at": "1/5/2016 09:05",
        "priority": "3 - Moderate",
        "assignment_group": "Group 7",
    }
    return usual | LATE | more


def written(path: Path, rows: list[dict[str, str]]) -> Path:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(gzip.compress(text.getvalue().encode()) if path.suffix == ".gz" else text.getvalue().encode())
    return path


def read(path: Path, position: Any = None, zone: ZoneInfo | None = UTC_ZONE, **options: Any) -> Polled:
    return poll(build(Config(path, zone, **options)), position)


def test_a_row_is_an_event_with_the_words_of_the_source(tmp_path: Path) -> None:
    event = read(written(tmp_path / "log.csv", [row(sys_mod_count="4")])).events[0]
    assert (event.subject, event.status, event.reason, event.sequence) == ("INC1", "New", None, 4)
    assert event.at == datetime(2016, 5, 1, 9, 5, tzinfo=UTC)
    assert event.opened_at == datetime(2016, 5, 1, 9, 0, tzinfo=UTC)
    assert event.fields == {
        "priority": "3 - Moderate",
        "assignment_group": "Group 7",
        "made_sla": "true",
        "reopen_count": "0",
        "reassignment_count": "0",
    }


def test_the_day_comes_first_unless_the_options_say_otherwise(tmp_path: Path) -> None:
    path = written(tmp_path / "log.csv", [row(sys_updated_at="5/3/2016 10:00", opened_at="2016-03-01 08:00:00")])
    assert read(path).events[0].at == datetime(2016, 3, 5, 10, tzinfo=UTC)
    assert read(path, date_format="m/d/y").events[0].at == datetime(2016, 5, 3, 10, tzinfo=UTC)
    assert read(path).events[0].opened_at == datetime(2016, 3, 1, 8, tzinfo=UTC)


def test_times_are_in_the_zone_of_the_options(tmp_path: Path) -> None:
    path = written(tmp_path / "log.csv", [row(sys_updated_at="1/7/2016 12:00")])
    assert read(path, zone=ZoneInfo("Asia/Shanghai")).events[0].at == datetime(2016, 7, 1, 4, tzinfo=UTC)


def test_without_a_zone_every_row_is_set_aside_and_with_one_all_are_read_again(tmp_path: Path) -> None:
    path = written(tmp_path / "log.csv", [row(), row("INC2")])
    first = read(path, zone=None)
    assert first.events == []
    assert first.reasons == ["time_without_zone"] * 2
    assert len(read(path, first.position).events) == 2


def test_the_outcome_is_not_told_before_it_has_happened(tmp_path: Path) -> None:
    rows = [
        row(incident_state="Active", sys_updated_at="2/5/2016 10:00"),
        row(incident_state="Resolved", sys_updated_at="3/5/2016 09:00"),  # resolved once more an hour later
        row(incident_state="Resolved", sys_updated_at="3/5/2016 10:00"),
        row(incident_state="Active", sys_updated_at="4/5/2016 10:00"),
        row(incident_state="Closed", sys_updated_at="8/5/2016 10:00"),
    ]
    told = [set(event.fields) & set(LATE) for event in read(written(tmp_path / "log.csv", rows)).events]
    assert told == [set(), set(), {"resolved_at"}, set(), {"resolved_at", "closed_at"}]


def test_changing_the_columns_that_tell_the_future_changes_nothing_before_it(tmp_path: Path) -> None:
    rows = [row(incident_state=state, sys_mod_count=str(n)) for n, state in enumerate(("New", "Active", "Resolved"))]
    other = dict.fromkeys(LATE, "?")
    one = read(written(tmp_path / "a.csv", rows))
    two = read(written(tmp_path / "b.csv", [said | other for said in rows]))
    assert one.events == two.events


def test_equal_rows_are_events_of_their_own_however_the_file_is_read(tmp_path: Path) -> None:
    path = written(tmp_path / "log.csv", [row(), row(), row("INC2"), row()])
    whole = read(path)
    assert len(whole.ids) == 4
    path_2 = written(tmp_path / "grows.csv", [row(), row()])
    first = read(path_2)
    written(path_2, [row(), row(), row("INC2"), row()])
    second = read(path_2, first.position)
    assert len(second.events) == 2
    assert first.ids | second.ids == whole.ids


def test_a_row_that_a_new_export_puts_in_the_middle_is_found(tmp_path: Path) -> None:
    path = written(tmp_path / "log.csv", [row("INC1"), row("INC3")])
    first = read(path)
    written(path, [row("INC1"), row("INC2"), row("INC3"), row("INC4")])
    assert read(path, first.position).subjects == {"INC1", "INC2", "INC3", "INC4"}


def test_a_file_that_did_not_change_is_not_read(tmp_path: Path) -> None:
    path = written(tmp_path / "log.csv.gz", [row()])
    first = read(path)
    assert len(first.events) == 1
    assert read(path, first.position).positions == []


def test_a_question_mark_is_nothing(tmp_path: Path) -> None:
    rows = [row(assignment_group="?", priority="?", opened_at="?", incident_state="?")]
    event = read(written(tmp_path / "log.csv", rows)).events[0]
    assert (event.status, event.opened_at) == (None, None)
    assert not {"assignment_group", "priority"} & set(event.fields)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"number": "?"}, "malformed"),
        ({"sys_mod_count": "?"}, "malformed"),
        ({"sys_mod_count": "²"}, "malformed"),
        ({"sys_updated_at": "?"}, "bad_time"),
        ({"sys_updated_at": "31/2/2016 10:00"}, "bad_time"),
        ({"sys_updated_at": "1/5/2016"}, "bad_time"),
        ({"sys_updated_at": "1/5/1816 10:00"}, "bad_time"),
        ({"opened_at": "yesterday"}, "bad_time"),
        ({"sys_updated_at": (NOW + timedelta(days=2)).isoformat()}, "future"),
    ],
)
def test_a_bad_row_is_set_aside_and_the_rest_goes_on(tmp_path: Path, change: dict[str, str], reason: str) -> None:
    polled = read(written(tmp_path / "log.csv", [row("INC1"), row("INC2", **change), row("INC3")]))
    assert polled.subjects == {"INC1", "INC3"}
    assert polled.reasons == [reason]


def test_a_row_that_is_too_short_is_set_aside(tmp_path: Path) -> None:
    path = written(tmp_path / "log.csv", [row()])
    path.write_text(path.read_text() + "INC2,New,0\n")
    polled = read(path)
    assert polled.subjects == {"INC1"}
    assert polled.reasons == ["malformed"]
    assert "has 3 columns where the header has 14" in polled.rejects[0].detail


def test_a_file_that_is_no_audit_log_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("a,b\n1,2\n")
    error = read(tmp_path / "log.csv").error
    assert error is not None
    assert "has no column number, incident_state" in str(error)
    assert not error.retryable


def test_a_packed_file_that_is_cut_is_an_error(tmp_path: Path) -> None:
    path = written(tmp_path / "log.csv.gz", [row(f"INC{number}") for number in range(100)])
    path.write_bytes(path.read_bytes()[:-9])
    error = read(path).error
    assert error is not None
    assert error.retryable
    assert "cannot be read (it is cut" in str(error)


def test_the_mapping_makes_the_awaiting_states_pauses_with_their_own_reasons(tmp_path: Path) -> None:
    states = ("New", "Active", "Awaiting User Info", "Awaiting Vendor", "Awaiting Problem", "Awaiting Evidence",
              "Resolved", "Closed", "-100")  # fmt: skip
    rows = [row(incident_state=state, sys_mod_count=str(place)) for place, state in enumerate(states)]
    history = interpret(read(written(tmp_path / "log.csv", rows)).events, MAPPING, {})
    assert [(fact.phase, fact.reason) for fact in history.facts[1:]] == [
        (Phase.OPENED, None),
        (Phase.ACCEPTED, None),
        (Phase.HELD, "awaiting_user_info"),
        (Phase.HELD, "awaiting_vendor"),
        (Phase.HELD, "awaiting_problem"),
        (Phase.HELD, "awaiting_evidence"),
        (Phase.RESTORED, None),
        (Phase.CLOSED, None),
        (Phase.UNKNOWN, None),
    ]
    assert [(doubt.what, doubt.value) for doubt in history.doubts] == [("status", "-100")]
    assert history.attributes == {"urgency": "C", "team": "Group 7"}


@pytest.mark.data
def test_the_public_log_gives_the_published_numbers() -> None:
    folder = public_data("uci-incident-log")
    facts = json.loads((folder / "facts.json").read_text())["facts"]
    polled = read(folder / "incident_event_log.public.csv.gz")
    assert polled.rejects == []
    assert (len(polled.events), len(polled.ids), len(polled.subjects)) == (84147, 84147, facts["tickets"])
    assert Counter(event.status for event in polled.events) == facts["events_by_state"]
    assert Counter(event.fields["priority"] for event in polled.events) == facts["priority"]["events_by_priority"]
    seconds: defaultdict[str, float] = defaultdict(float)
    for earlier, later in _steps(polled.events):
        seconds[str(earlier.status)] += (later.at - earlier.at).total_seconds()
    expected = {state: said["total_s"] for state, said in facts["state_duration_event_to_event"].items()}
    assert seconds == {state: total for state, total in expected.items() if state in seconds}


def _steps(events: list[Event]) -> list[tuple[Event, Event]]:
    by_ticket: defaultdict[str, list[Event]] = defaultdict(list)
    for event in sorted(events, key=lambda event: event.place):
        by_ticket[event.subject].append(event)
    return [pair for of_one in by_ticket.values() for pair in pairwise(of_one)]
