"""A record that was set aside is read once more from its text: to what a poll by the same options would make of it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitor.collectors import jsonl_file, servicenow_audit, tmf621
from monitor.history.batch import Again, Batch, Cursor
from monitor.history.events import Event, Reject
from tests.monitor.collectors.test_servicenow_audit import row, written
from tests.support.collecting import NOW, poll
from tests.support.tmf621_server import ticket

SHANGHAI = ZoneInfo("Asia/Shanghai")
CURSOR = Cursor("corp", NOW)
LINES = (
    {"event_id": "a", "kind": "ticket", "subject": "T1", "at": "2026-01-01T08:00:00", "status": "opened"},
    {"event_id": "b", "kind": "ticket", "subject": "T1", "at": "2026-01-01T09:00:00Z", "status": "accepted"},
    {"event_id": "c", "kind": "ticket", "subject": "T2", "at": "2026-01-01T10:00:00", "fields": {"title": "缺\n“x”"}},
)


def same(found: Event) -> tuple[Any, ...]:
    return (
        *found.place,
        found.subject,
        found.status,
        found.or_at,
        found.opened_at,
        tuple(sorted(found.fields.items())),
    )


def read(collector: Again, aside: Reject) -> Batch:
    found = collector.again(aside.record_id, aside.body, CURSOR)
    assert found is not None
    return found


def test_a_line_is_read_as_a_poll_with_the_new_zone_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in LINES), encoding="utf-8")
    aside = poll(jsonl_file.build(jsonl_file.Config(path))).rejects
    assert [one.record_id for one in aside] == ["line 1", "line 3"]
    mended = jsonl_file.build(jsonl_file.Config(path, SHANGHAI))
    assert isinstance(mended, Again)
    expected = {event.event_id: same(event) for event in poll(mended).events}
    for one in aside:
        (event,) = read(mended, one).events
        assert same(event) == expected[event.event_id]
    still = jsonl_file.build(jsonl_file.Config(path))
    assert isinstance(still, Again)
    again = read(still, aside[0])
    assert (again.events, again.rejects) == ((), (aside[0],))


@pytest.mark.parametrize("group", ["Group 7", 'Group "7", north'])
def test_a_row_is_read_only_where_its_cells_are_proven_to_be_what_they_were(tmp_path: Path, group: str) -> None:
    path = written(tmp_path / "log.csv", [row(assignment_group=group)])
    (aside,) = poll(servicenow_audit.build(servicenow_audit.Config(path))).rejects
    mended = servicenow_audit.build(servicenow_audit.Config(path, SHANGHAI))
    assert isinstance(mended, Again)
    if "," in group:  # the text that is kept has no quotes, so nothing tells where a cell ends
        assert mended.again(aside.record_id, aside.body, CURSOR) is None
        return
    (event,) = read(mended, aside).events
    (expected,) = poll(mended).events
    assert same(event) == same(expected)


def test_a_ticket_gives_what_is_dated_in_it_and_not_the_fields_that_it_had_then() -> None:
    life = [("acknowledged", NOW - timedelta(hours=3), ""), ("inProgress", NOW - timedelta(hours=2), "")]
    raw = ticket("T1", changes=life) | {"creationDate": "nonsense"}
    collector = tmf621.build(tmf621.Config("http://127.0.0.1:1/v5"))
    assert isinstance(collector, Again)
    found = collector.again("T1 creationDate", json.dumps(raw), CURSOR)
    assert found is not None
    assert [event.status for event in found.events] == ["acknowledged", "inProgress"]
    assert not any(event.fields for event in found.events)
    assert [reject.record_id for reject in found.rejects] == ["T1 creationDate"]
    for text in ('{"id": "T1", "stat', "[]", '{"status": "pending"}', "null"):
        assert collector.again("T1", text, CURSOR) is None
