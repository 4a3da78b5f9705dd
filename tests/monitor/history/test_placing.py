from __future__ import annotations

import json
import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.collectors import jsonl_file, servicenow_audit
from monitor.collectors._tmf621_tickets import V5, TicketReader
from monitor.history.batch import Batch, Collector, Cursor, polled
from monitor.history.events import Event
from monitor.history.mapping import interpret
from monitor.history.placing import in_order
from monitor.model import SubjectKind
from monitor.store.database import Database
from monitor.store.ingest import Ingest
from monitor.store.views import Views
from tests.support.collecting import poll

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = (BERLIN, ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Africa/Cairo"))
BACK = {
    "Europe/Berlin": datetime(2025, 10, 26, 1, tzinfo=UTC),
    "America/New_York": datetime(2025, 11, 2, 6, tzinfo=UTC),
    "Australia/Lord_Howe": datetime(2025, 4, 5, 15, tzinfo=UTC),
    "Africa/Cairo": datetime(2024, 10, 31, 21, tzinfo=UTC),
}
NOW = datetime(2026, 1, 2, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def local(at: datetime, zone: ZoneInfo) -> datetime:
    """What a source writes that knows no zones."""
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def heard(number: int, at: datetime, zone: ZoneInfo, sequence: int, **more: Any) -> Event:
    """An event as a collector makes it of a local time."""
    first, second = (local(at, zone).replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return Event(
        "s", f"e{number}", SubjectKind.TICKET, "T", first, sequence, "word",
        or_at=second if second > first else None, **more,
    )  # fmt: skip


@st.composite
def histories(draw: st.DrawFn) -> tuple[ZoneInfo, list[datetime]]:
    """Instants in the order in which they happened, around the hour that comes twice."""
    zone = draw(st.sampled_from(ZONES))
    minutes = draw(st.lists(st.integers(-150, 150), min_size=1, max_size=8))
    return zone, [BACK[zone.key] + minute * MINUTE for minute in sorted(minutes)]


@given(histories(), st.randoms(use_true_random=False))
def test_a_stated_order_decides_local_times_that_come_twice_and_never_wrongly(
    history: tuple[ZoneInfo, list[datetime]], chance: random.Random
) -> None:
    zone, instants = history
    events = [heard(i, at, zone, sequence=i + 1) for i, at in enumerate(instants)]
    shuffled = [*events, *chance.sample(events, len(events) // 2)]
    chance.shuffle(shuffled)
    found = in_order(shuffled)
    assert found == in_order(events)
    times = {event.event_id: event for event in found}
    placed = [times[event.event_id] for event in events]
    assert all(a.at <= b.at for a, b in pairwise(placed))
    for event, said, true in zip(placed, events, instants, strict=True):
        assert event.at in (said.at, said.or_at)
        if event.or_at is None:  # decided: it is what happened
            assert event.at == true
        else:  # both fit: the first
            assert event.at == said.at


@given(histories())
def test_without_a_stated_order_the_first_instant_is_taken_and_the_doubt_is_recorded(
    history: tuple[ZoneInfo, list[datetime]],
) -> None:
    zone, instants = history
    events = [replace(heard(i, at, zone, sequence=0), tie=i + 1) for i, at in enumerate(instants)]
    assert {event.event_id: event.at for event in in_order(events)} == {event.event_id: event.at for event in events}
    doubted = {doubt.event_id for doubt in interpret(events, jsonl_file.MAPPING, {}).doubts if doubt.what == "time"}
    assert doubted == {event.event_id for event in events if event.or_at is not None}


def test_an_order_that_the_times_contradict_decides_nothing() -> None:
    late = Event("s", "a", SubjectKind.TICKET, "T", datetime(2025, 10, 26, 9, tzinfo=UTC), 1, "word")
    twice = heard(2, datetime(2025, 10, 26, 0, 10, tzinfo=UTC), BERLIN, 2)
    assert in_order([late, twice])[0].at == datetime(2025, 10, 26, 0, 10, tzinfo=UTC)


def test_what_cannot_lie_before_the_opening_lies_after_it() -> None:
    opened = datetime(2025, 10, 26, 0, 50, tzinfo=UTC)
    early = heard(1, datetime(2025, 10, 26, 0, 10, tzinfo=UTC), BERLIN, 1, opened_at=opened)
    assert in_order([early])[0].at == datetime(2025, 10, 26, 1, 10, tzinfo=UTC)


LOCAL = (("01:00", "New"), ("02:50", "Active"), ("02:10", "Resolved"))
MEANT = {"New": "23:00", "Active": "00:50", "Resolved": "01:10"}


def _jsonl(folder: Path) -> list[Event]:
    lines = [
        {"event_id": word, "kind": "ticket", "subject": "T", "at": f"2025-10-26T{at}:00", "status": word, "sequence": i}
        for i, (at, word) in enumerate(LOCAL)
    ]
    path = folder / "log.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in reversed(lines)), encoding="utf-8")
    return poll(jsonl_file.build(jsonl_file.Config(path, BERLIN)), now=NOW).events


def _audit(folder: Path) -> list[Event]:
    path = folder / "audit.csv"
    rows = [f"T,{word},{i},26/10/2025 01:00,26/10/2025 {at}" for i, (at, word) in enumerate(LOCAL)]
    path.write_text("\n".join(["number,incident_state,sys_mod_count,opened_at,sys_updated_at", *rows, ""]))
    return poll(servicenow_audit.build(servicenow_audit.Config(path, BERLIN)), now=NOW).events


def _tickets(listed: Iterable[tuple[str, str]]) -> list[Event]:
    history = [{"status": word, "statusChangeDate": f"2025-10-26T{at}:00"} for at, word in listed]
    raw = {
        "id": "T", "status": "Resolved", "creationDate": "2025-10-26T01:00:00", "lastUpdate": "2025-10-26T02:10:00",
        "statusChangeHistory": history,
    }  # fmt: skip
    return TicketReader("corp", NOW, BERLIN, [V5], {}, None).read(raw, {}).events


@pytest.mark.parametrize("way", ["jsonl_file", "servicenow_audit", "tmf621", "tmf621, newest first"])
def test_every_collector_hands_on_the_order_that_its_source_states(way: str, tmp_path: Path) -> None:
    events = {
        "jsonl_file": lambda: _jsonl(tmp_path),
        "servicenow_audit": lambda: _audit(tmp_path),
        "tmf621": lambda: _tickets(LOCAL),
        "tmf621, newest first": lambda: _tickets(reversed(LOCAL)),
    }[way]()
    found = {event.status: f"{event.at:%H:%M}" for event in in_order(events) if event.status is not None}
    assert found == MEANT


def test_the_order_decides_across_polls_from_what_is_stored(tmp_path: Path) -> None:
    events = [heard(i, BACK["Europe/Berlin"] + m * MINUTE, BERLIN, i + 1) for i, m in enumerate((-10, 10))]
    database = Database(f"sqlite:///{tmp_path}/tw.db")
    try:
        for event in reversed(events):
            Ingest(database).commit_batch("s", Batch([replace(event, tie=7)], [], {}), NOW)
        stored = Views(database).events_of(events[0].key)
    finally:
        database.close()
    assert {event.event_id: (event.at, event.or_at, event.tie) for event in stored} == {
        event.event_id: (event.at, event.or_at, 7) for event in events
    }
    assert [event.at for event in in_order(stored)] == [BACK["Europe/Berlin"] + m * MINUTE for m in (-10, 10)]


# -- ties ----------------------------------------------------------------------------------------------------------


@given(st.lists(st.text("0123456789abc", min_size=1, max_size=3), min_size=2, max_size=8, unique=True))
def test_lines_of_one_instant_keep_the_order_of_the_file_whatever_their_ids(ids: list[str]) -> None:
    lines = [
        {"event_id": name, "kind": "ticket", "subject": "T", "at": "2026-01-01T00:00:00Z", "status": "opened"}
        for name in ids
    ]
    collector = jsonl_file.JsonlFile(jsonl_file.Config(Path("unused")))
    written = [json.dumps(line).encode() for line in lines]
    events = [collector._judge(line, number, Cursor("s", NOW)) for number, line in enumerate(written, start=1)]
    shuffled = [event for event in events if isinstance(event, Event)]
    random.Random(len(ids)).shuffle(shuffled)
    assert [event.event_id for event in in_order(shuffled)] == ids


class _Answers:
    """A collector of one's own that leaves the sequence at 0."""

    def __init__(self, ids: list[str]) -> None:
        self.ids = ids

    def poll(self, cursor: Cursor) -> Iterable[Batch]:
        for start in range(0, len(self.ids), 2):
            names = self.ids[start : start + 2]
            yield Batch([Event(cursor.source, name, SubjectKind.TICKET, "T", NOW) for name in names], [], {})


def test_the_order_within_an_answer_breaks_ties_for_every_collector_that_states_none() -> None:
    ids = ["10", "9", "8", "11", "1"]
    collector: Collector = _Answers(ids)
    events = [event for batch in polled(collector, Cursor("s", NOW)) for event in batch.events]
    assert [event.event_id for event in in_order(reversed(events))] == ids
