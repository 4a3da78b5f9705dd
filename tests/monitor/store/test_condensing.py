"""What stands in the place of a circuit's deleted events: in the store, beside late events and corrections."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from monitor.clock import Rulebook, condensed, read
from monitor.config.keep import KeepText
from monitor.errors import StoreError
from monitor.explain import as_json, as_lines, explain
from monitor.history import correction_event
from monitor.history.events import Correction, Event
from monitor.history.mapping import SourceMapping
from monitor.model import CorrectionKind, SubjectKey, SubjectKind
from monitor.report import month_of
from monitor.service.engine_worker import Worker
from monitor.service.retention import Retention
from monitor.store.clocks import Clocks
from monitor.store.condensing import Condensing
from monitor.store.database import Database
from monitor.store.ingest import Ingest
from monitor.store.month_reports import MonthReports
from monitor.store.recomputation import Recomputation
from monitor.store.schema import events, quarantine, raw_bodies, readings, touched, transitions
from tests.support.aggregates import from_rows, kept
from tests.support.by_hand import by_hand
from tests.support.cases import MONDAY, rules
from tests.support.stores import QUEUE, batch
from tests.support.texts import exchanged
from tests.support.to_all import ToAll

POLICY = """
policy: line
version: "1"
effective_from: 2025-01-01
name: {en: Line}
ladders:
  tier: [{id: gold, en: Gold}]
  assurance: [{id: AAA, en: AAA}]
calendars:
  always: {zone: UTC, hours: 24x7}
targets:
  outage:
    name: {en: Outage}
    of: circuit
    start: [unavailable]
    stop: [available]
    reopen: new_cycle
    budgets: [{budget: 2h, source: test}]
  interruption:
    name: {en: Interruption}
    of: circuit
    per: year
    start: [unavailable]
    budgets: [{budget: 20h, source: test}]
"""
RULES = rules(POLICY)
KEY = SubjectKey("circuits", "C1")
DAY = timedelta(days=1)
NOW = MONDAY + 150 * DAY
KEEP = KeepText(events="60d")


def said(day: float, status: str, **fields: str) -> Event:
    at = MONDAY + day * DAY
    return Event("circuits", f"{status}@{day}", SubjectKind.CIRCUIT, "C1", at, 0, status, fields=fields)


TOLD = [
    said(0, "available", assurance="AAA"),
    *(one for day in range(3, 130, 12) for one in (said(day, "unavailable"), said(day + 1 / 8, "available"))),
]
"""An outage of three hours every twelfth day."""


@pytest.fixture
def database() -> Iterator[Database]:
    made = Database("sqlite://")
    Clocks(made).installed_at(MONDAY)
    take(made, *TOLD)
    judge(made)
    yield made
    made.close()


def take(database: Database, *told: Event) -> None:
    Ingest(database).commit_batch("circuits", batch(*told), NOW)


def judge(database: Database, now: datetime = NOW, by: Rulebook = RULES) -> None:
    worker = by_hand(Worker(Clocks(database), by, lambda *_: (), ToAll((QUEUE,)), MONDAY, ("circuits",)))
    while worker.step(now)[0]:
        pass


def retention(database: Database, keep: KeepText = KEEP) -> Retention:
    return Retention(keep, RULES, "UTC", ["circuits"], database)


def sweep(database: Database, now: datetime = NOW) -> None:
    for _ in retention(database).sweep(now):
        pass


def stored(database: Database) -> tuple[Event, ...]:
    return Clocks(database).load([KEY])[0].events


def rows(database: Database, table: sa.Table) -> list[Any]:
    with database.read() as connection:
        return sorted(connection.execute(sa.select(table)).all(), key=repr)


def ids(database: Database) -> set[str]:
    return {event.event_id for event in stored(database)}


def test_one_event_stands_for_what_is_old_and_reported_and_every_clock_stands_as_before(database: Database) -> None:
    before, open_rows = read(stored(database), RULES, NOW), [row for row in rows(database, readings) if row.open]
    sweep(database)
    judge(database)
    (stands,) = [event for event in stored(database) if event.baseline is not None]
    at = min(NOW - 60 * DAY, MonthReports(database).until() or NOW)
    assert stands.baseline is not None
    assert stands.baseline.at == at
    assert ids(database) == {stands.event_id} | {event.event_id for event in TOLD if event.at >= at}
    after = read(stored(database), RULES, NOW)
    assert [(one.target.name, one.cycle, one.counted, one.deadline) for one in after] == [
        (one.target.name, one.cycle, one.counted, one.deadline)
        for one in before
        if one.cycle > stands.baseline.cycles[one.target.name]
    ]
    assert [row for row in rows(database, readings) if row.open] == open_rows
    assert len(rows(database, readings)) == len(after)
    assert {row.cycle for row in rows(database, transitions) if row.target == "outage"} == {
        one.cycle for one in after if one.target.name == "outage"
    }


def test_what_would_go_is_what_goes(database: Database) -> None:
    foretold = retention(database).would_free(NOW)
    numbers = {name: len(rows(database, table)) for name, table in (("events", events), ("transitions", transitions))}
    sweep(database)
    assert foretold["events"] == numbers["events"] - len(rows(database, events)) + 1, "one stands for them"
    assert foretold["transitions"] == numbers["transitions"] - len(rows(database, transitions))


def test_a_list_of_everything_brings_nothing_and_a_second_sweep_changes_nothing(database: Database) -> None:
    sweep(database)
    judge(database)
    once = {table: rows(database, table) for table in (events, readings, transitions, touched)}
    take(database, *TOLD)
    sweep(database)
    judge(database)
    assert {table: rows(database, table) for table in once} == once
    assert rows(database, quarantine) == []


def test_later_sweeps_go_on_from_what_stands_there(database: Database) -> None:
    sweep(database)
    judge(database)
    first = ids(database)
    later = NOW + 40 * DAY
    judge(database, later)
    whole = read(TOLD, RULES, later)
    sweep(database, later)
    judge(database, later)
    assert len([event for event in stored(database) if event.baseline is not None]) == 1
    assert len(ids(database)) < len(first)
    (year,) = [one for one in read(stored(database), RULES, later) if one.target.name == "interruption"]
    assert year.counted == [one for one in whole if one.target.name == "interruption"][-1].counted
    (baseline,) = [event.baseline for event in stored(database) if event.baseline is not None]
    assert baseline.cycles["outage"] + len(
        [one for one in read(stored(database), RULES, later) if one.target.name == "outage"]
    ) == len([one for one in whole if one.target.name == "outage"])


def test_an_event_from_before_is_set_aside_once_and_changes_nothing(database: Database) -> None:
    sweep(database)
    judge(database)
    standing = rows(database, readings)
    late = said(10.5, "unavailable")
    take(database, late)
    take(database, late)
    judge(database)
    (record,) = rows(database, quarantine)
    assert record.reason == "too_late"
    assert "circuits/C1" in record.detail
    assert rows(database, readings) == standing


def test_corrections_of_the_time_before_and_revocations_of_deleted_ones_change_nothing(database: Database) -> None:
    sweep(database)
    judge(database)
    standing = [(row.target, row.cycle, row.counted, row.state) for row in rows(database, readings)]
    start = MONDAY + 3 * DAY
    for made in (
        Correction(CorrectionKind.EXCLUDE, "agreed", "Wei", start, start + DAY),
        Correction(CorrectionKind.STOP, "agreed", "Wei", start),
        Correction(CorrectionKind.REVOKE, "wrong", "Wei", revokes="correction-gone"),
    ):
        Ingest(database).correct(correction_event(KEY, SubjectKind.CIRCUIT, made, NOW), NOW)
        judge(database)
        assert [(row.target, row.cycle, row.counted, row.state) for row in rows(database, readings)] == standing


def test_a_correction_that_reaches_over_counts_from_there_on(database: Database) -> None:
    sweep(database)
    (baseline,) = [event.baseline for event in stored(database) if event.baseline is not None]
    made = Correction(CorrectionKind.EXCLUDE, "agreed", "Wei", baseline.at - 10 * DAY, baseline.at + 20 * DAY)
    event = correction_event(KEY, SubjectKind.CIRCUIT, made, NOW)
    (year,) = [one for one in read((*stored(database), event), RULES, NOW) if one.target.name == "interruption"]
    (as_it_was,) = [one for one in read(stored(database), RULES, NOW) if one.target.name == "interruption"]
    outages = [one.at for one in TOLD if one.status == "unavailable" and baseline.at <= one.at < made.end]  # type: ignore[operator]
    assert as_it_was.counted - year.counted == len(outages) * timedelta(hours=3)


def test_a_stop_after_an_outage_that_is_deleted_changes_nothing() -> None:
    daily = rules(exchanged(POLICY, ("per: year", "per: day")))
    made = condensed(TOLD, daily, NOW - 60 * DAY)
    assert made is not None
    rest = [made.event, *(one for one in TOLD if one.at >= made.baseline.at)]
    stop = Correction(CorrectionKind.STOP, "agreed", "Wei", rest[1].at - DAY)
    event = correction_event(KEY, SubjectKind.CIRCUIT, stop, NOW)
    standing, corrected, whole, moved = (
        [(one.target.name, one.cycle, one.state, one.started_at, one.counted) for one in read(told, daily, NOW)]
        for told in (rest, [*rest, event], TOLD, [*TOLD, event])
    )
    assert corrected == standing
    assert moved != whole, "the whole knows the outage whose end it moves"


def test_another_version_of_the_rules_judges_what_follows_and_keeps_what_was_used(database: Database) -> None:
    sweep(database)
    judge(database)
    stricter = rules(exchanged(POLICY, ("budget: 20h", "budget: 25h")))
    Recomputation(database, stricter.version, ["circuits"]).mark()
    judge(database, by=stricter)
    (row,) = [row for row in rows(database, readings) if row.target == "interruption"]
    assert row.counted == timedelta(hours=3) * 11
    assert row.budget == timedelta(hours=25)


def test_news_keep_a_circuit_as_it_is_until_they_are_judged(database: Database) -> None:
    take(database, said(149, "unavailable"))
    sweep(database)
    assert not [event for event in stored(database) if event.baseline is not None]
    judge(database)
    sweep(database)
    assert [event for event in stored(database) if event.baseline is not None]


def test_a_period_whose_end_nobody_has_judged_keeps_a_circuit_as_it_is(database: Database) -> None:
    """As after a long stop: the clock of last year is open in the store still, and is counted among the open ones."""
    later, counted = NOW + 400 * DAY, kept(database)
    sweep(database, later)
    assert not [event for event in stored(database) if event.baseline is not None]
    assert database.kept.counted() == counted == from_rows(database)
    judge(database, later)
    sweep(database, later)
    assert [event for event in stored(database) if event.baseline is not None]
    assert database.kept.counted() == from_rows(database) != counted


def test_a_target_that_goes_on_with_a_later_outage_keeps_every_event() -> None:
    resumes = rules(exchanged(POLICY, ("reopen: new_cycle", "reopen: resume")))
    assert condensed(TOLD, resumes, NOW) is None
    assert condensed(TOLD, RULES, NOW) is not None


def test_a_crash_at_any_statement_leaves_the_circuit_whole(database: Database) -> None:
    before = {table: rows(database, table) for table in (events, readings, transitions, raw_bodies, touched)}
    crashes = 0
    for number in range(1, 40):
        seen = []

        def refuse(_c: Any, _k: Any, text: str, *_rest: Any, seen: list[str] = seen, number: int = number) -> None:
            if text.startswith(("DELETE", "UPDATE", "INSERT")):
                seen.append(text)
                if len(seen) == number:
                    raise sa.exc.OperationalError(text, {}, Exception("the machine stops"))

        sa.event.listen(database._engine, "before_cursor_execute", refuse)
        try:
            sweep(database)
        except StoreError:
            crashes += 1
        finally:
            sa.event.remove(database._engine, "before_cursor_execute", refuse)
        if [event for event in stored(database) if event.baseline is not None]:
            break  # it failed after the circuit's own transaction, or not at all
        assert {table: rows(database, table) for table in before} == before
    assert crashes >= 10
    assert len(rows(database, readings)) < len(before[readings])


def test_an_explanation_says_that_what_was_before_is_deleted_and_what_it_left(database: Database) -> None:
    sweep(database)
    explanation = explain(stored(database), RULES, NOW)
    assert explanation.deleted_before is not None
    lines = "\n".join(as_lines(explanation, "en"))
    assert "The events from before" in lines
    assert "what was before, whose events were deleted" in lines
    assert as_json(explanation)["deleted_before"]["at"].startswith("2026-0")
    assert explain(TOLD, RULES, NOW).deleted_before is None


def test_the_months_that_were_reported_stay_reported(database: Database) -> None:
    sweep(database)
    judge(database)
    january = month_of(MONDAY, ZoneInfo("UTC"))
    kept = MonthReports(database).of_deleted(str(january), january.begins(ZoneInfo("UTC")))
    assert kept is not None
    assert kept.rows


class OfOthers(dict[str, SourceMapping]):
    """Mappings that fail for one source."""

    def get(self, key: str, default: Any = None) -> Any:
        return self[key]

    def __getitem__(self, key: str) -> SourceMapping:
        if key == "circuits":
            raise ZeroDivisionError
        return super().__getitem__(key)


def test_a_circuit_on_which_our_own_code_fails_keeps_its_events_and_the_others_lose_theirs(database: Database) -> None:
    sources, others = ["circuits", "others"], [replace(event, source="others") for event in TOLD]
    Ingest(database).commit_batch("others", batch(*others), NOW)
    both = replace(RULES, mappings=dict.fromkeys(sources, RULES.mapping("circuits")))
    worker = by_hand(Worker(Clocks(database), both, lambda *_: (), ToAll((QUEUE,)), MONDAY, tuple(sources)))
    while worker.step(NOW)[0]:
        pass
    for _ in Retention(KeepText(events="400d"), both, "UTC", sources, database).sweep(NOW):
        pass  # the months are reported, and nothing is old enough
    fails = replace(RULES, mappings=OfOthers(both.mappings))
    with capture_logs() as log:
        for _ in Retention(KEEP, fails, "UTC", sources, database).sweep(NOW):
            pass
    assert [(line["event"], line["subject"]) for line in log if line["log_level"] == "error"] == [
        ("subject_not_pruned", "circuits/C1")
    ]
    assert ids(database) == {event.event_id for event in TOLD}
    (of_others,) = Clocks(database).load([SubjectKey("others", "C1")])
    assert len(of_others.events) < len(TOLD)


def test_an_event_of_the_name_that_would_stand_for_others_keeps_them(database: Database) -> None:
    """A source may name its events as it likes."""
    sweep(database, NOW - 100 * DAY)
    made = condensed(stored(database), RULES, MonthReports(database).until() or NOW)
    assert made is not None
    named = replace(said(149, "available"), subject="C2", event_id=made.event.event_id)
    take(database, named)
    judge(database)
    before = ids(database)
    (loaded,) = Clocks(database).load([KEY])
    assert Condensing(database).condense(loaded, made, RULES.version, NOW) == {}
    assert ids(database) == before
