"""What is deleted changes nothing that is open, nothing that was not reported, and no report."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event as Bell
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.alert.alert import Alert, Reason, Settlement, Verdict
from monitor.config.keep import KeepText
from monitor.errors import StoreError
from monitor.history.events import Event, Reject
from monitor.model import SubjectKey
from monitor.report import Month, Row, month_of, row_from_json, row_to_json, tallied
from monitor.service.engine_worker import Worker
from monitor.service.retention import REPORT_AFTER, Retention
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.deliveries import Deliveries
from monitor.store.ingest import Ingest
from monitor.store.month_reports import MonthReports
from monitor.store.recomputation import Recomputation
from monitor.store.schema import alerts, counters, events, metadata, outbox, quarantine, readings, transitions
from monitor.store.views import Views
from tests.support.asked import asked
from tests.support.by_hand import by_hand
from tests.support.cases import MONDAY, RESTORATION, rules, ticket
from tests.support.peers import HANGING
from tests.support.rounds import Peers, built
from tests.support.stores import QUEUE, batch
from tests.support.to_all import ToAll

RULES = rules(RESTORATION)
DAYS = 200
NOW = MONDAY + timedelta(days=DAYS)
ZONE = ZoneInfo("UTC")
DELETED = "tierwatch_retention_deleted_rows_total"

LIVES = st.lists(
    st.tuples(
        st.integers(0, DAYS * 24 - 1),  # opened, hours after the first Monday
        st.lists(
            st.tuples(st.integers(1, 1500), st.sampled_from(["waiting", "working", "resolved", "closed"])), max_size=4
        ),
        st.sampled_from(["gold", "diamond", "standard"]),
    ),
    min_size=1,
    max_size=12,
)
KEEPS = st.builds(
    KeepText,
    **{
        name: st.none() | st.integers(1, 120).map(lambda days: f"{days}d")
        for name in ("events", "transitions", "pages")
    },
)


def story(lives: list[tuple[int, list[tuple[int, str]], str]]) -> list[Event]:
    found = []
    for number, (opened, steps, tier) in enumerate(lives):
        when, name = MONDAY + timedelta(hours=opened), f"T{number:02}"
        found.append(ticket(name, when, "new", tier=tier))
        for hours, status in steps:
            when += timedelta(hours=hours)
            found.append(ticket(name, when, status, reason="customer" if status == "waiting" else None))
    return sorted((event for event in found if event.at <= NOW), key=lambda event: event.at)


@contextmanager
def store(told: list[Event]) -> Iterator[Database]:
    """A database that heard all of it at its time, and was looked at each month; each breach was paged and answered."""
    database = Database("sqlite://")
    try:
        router = ToAll((QUEUE,))
        worker = by_hand(Worker(Clocks(database), RULES, breaches, router, MONDAY, ("tickets",)))
        Clocks(database).installed_at(MONDAY)
        begun, left = MONDAY, list(told)
        while begun <= NOW:
            begun += timedelta(days=25)
            at = min(begun, NOW)
            while left and left[0].at <= at:
                event = left.pop(0)
                Ingest(database).commit_batch("tickets", batch(event), event.at)
            while worker.step(at)[0]:
                pass
            answer(database, at)
        yield database
    finally:
        database.close()


def breaches(outcome: Any, previous: Any, now: datetime) -> tuple[Alert, ...]:
    """An alert for each breached clock, that ends with it."""
    known = {alert.cycle: alert for alert in previous}
    found = []
    for reading in outcome.readings:
        if reading.breached_at is None:
            continue
        key, cycle = outcome.subject.key, reading.cycle
        ends = None if reading.open else reading.stopped_at
        labels = {"alertname": "SLABreached", "ticket": key.subject, "cycle": str(cycle)}
        reason = Reason.FIRST if ends is None else Reason.RESTORED
        alert = Alert(labels, {}, reading.breached_at, ends, reason, key, "restore", cycle, "breached")
        before = known.get(cycle)
        if before is None or before.resolved_at != alert.resolved_at:
            found.append(alert)
    return tuple(found)


def answer(database: Database, now: datetime) -> None:
    while pages := Deliveries(database).due_pages("log", now, 50):
        Deliveries(database).settle_pages([Settlement(page, Verdict.ACCEPTED, None) for page in pages], now)


def retention(database: Database, keep: KeepText) -> Retention:
    return Retention(keep, RULES, ZONE.key, ["tickets"], database)


def swept(database: Database, keep: KeepText, now: datetime = NOW) -> None:
    for _ in retention(database, keep).sweep(now):
        pass


def open_readings(database: Database) -> dict[SubjectKey, Any]:
    """Of each subject with an open clock: all of its rows, and what its events say anew."""
    with database.read() as connection:
        names = set(connection.scalars(sa.select(readings.c.subject).where(readings.c.open)))
        of = {
            table.name: sorted(
                (tuple(row) for row in connection.execute(sa.select(table)) if row.subject in names), key=repr
            )
            for table in (events, readings, transitions, alerts)
        }
    views = Views(database)
    return {SubjectKey("tickets", name): views.events_of(SubjectKey("tickets", name)) for name in sorted(names)} | of  # type: ignore[return-value]


def months() -> list[Month]:
    found, month = [], month_of(MONDAY, ZONE)
    while month.begins(ZONE) <= NOW:
        found.append(month)
        month = month.after
    return found


def told_of(database: Database, month: Month) -> tuple[Row, ...]:
    """What the report of a month says: the one that is kept, where events of it may be gone."""
    kept = MonthReports(database).of_deleted(str(month), month.begins(ZONE))
    if kept is not None:
        return tuple(row_from_json(row) for row in kept.rows)
    ends = min(NOW, month.after.begins(ZONE))
    found = Views(database).subjects_with_events(["tickets"])
    return tallied(found, RULES, ZONE, ends, recorded_from=MONDAY).month(month)


def content(database: Database) -> dict[str, list[Any]]:
    """All rows, but for when the last sweep was, and what was counted of its deletions."""
    with database.read() as connection:
        found = {
            table.name: sorted((tuple(row) for row in connection.execute(sa.select(table))), key=repr)
            for table in metadata.sorted_tables
        }
    found["meta"] = [row for row in found["meta"] if row[0] != "retention_swept_at"]
    found["counters"] = [row for row in found["counters"] if row[0] != DELETED]
    return found


def deleted(database: Database) -> dict[str, int]:
    """What was counted of deletions, by kind."""
    with database.read() as connection:
        rows = connection.execute(sa.select(counters).where(counters.c.name == DELETED)).all()
    return {row.labels["kind"]: row.value for row in rows}


def numbers(database: Database) -> dict[str, int]:
    return {name: len(rows) for name, rows in content(database).items()}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lives=LIVES, keep=KEEPS)
def test_nothing_that_is_open_and_no_report_changes_by_what_is_deleted(lives: Any, keep: KeepText) -> None:
    told = story(lives)
    with store(told) as database:
        standing, reports = open_readings(database), {month: told_of(database, month) for month in months()}
        before = content(database)
        swept(database, keep)
        assert open_readings(database) == standing
        assert {month: told_of(database, month) for month in months()} == reports
        once = content(database)
        assert once["counters"] == before["counters"]
        gone = {
            "events": len(before["events"]) - len(once["events"]),
            "transitions": len(before["transitions"]) - len(once["transitions"]),
            "pages": len(before["alerts"]) - len(once["alerts"]),
        }
        assert deleted(database) == {kind: number for kind, number in gone.items() if number}
        swept(database, keep)
        assert content(database) == once, "a second time finds nothing"
        Ingest(database).commit_batch("tickets", batch(*told), NOW)
        assert numbers(database)["events"] == len(once["events"]), "what is listed again is known"
        assert numbers(database)["touched"] == 0


CLOSED_AND_OPEN = [
    (24, [(3, "working"), (40, "resolved")], "gold"),
    (48, [(2, "resolved")], "gold"),
    (24 * 150, [], "gold"),
    (72, [(500, "resolved")], "diamond"),
]


def test_a_month_is_reported_before_anything_of_it_goes_and_only_when_it_has_been_over_for_a_week() -> None:
    told, keep = story(CLOSED_AND_OPEN), KeepText(events="1d")
    february = Month(2026, 2).begins(ZONE)
    with store(told) as database:
        before = content(database)
        swept(database, keep, february + REPORT_AFTER - timedelta(seconds=1))
        assert content(database) == before
        swept(database, keep, february + REPORT_AFTER)
        assert [row[0] for row in content(database)["month_reports"]] == ["2026-01"]
        assert numbers(database)["forgotten"] == 2 + 3 + 2, "three that were over in January"
        assert {row[3] for row in content(database)["events"]} == {"T02"}


def test_transitions_that_are_deleted_are_not_counted_again_when_the_rules_change() -> None:
    told = story(CLOSED_AND_OPEN)
    with store(told) as database:
        swept(database, KeepText(transitions="1d"))
        assert {row[2] for row in content(database)["transitions"]} == {"T02"}
        counted = content(database)["counters"]
        Recomputation(database, "other rules", ["tickets"]).mark()
        worker = by_hand(Worker(Clocks(database), RULES, breaches, ToAll((QUEUE,)), MONDAY, ("tickets",)))
        while worker.step(NOW)[0]:
            pass
        sla = [row for row in counted if row[0].startswith("tierwatch_sla")]
        assert [row for row in content(database)["counters"] if row[0].startswith("tierwatch_sla")] == sla
        assert numbers(database)["events"] == len(told)


def failing(database: Database, number: int) -> Any:
    """Let the statement of that number that deletes fail; gives what takes it back."""
    seen = []

    def refuse(connection: Any, cursor: Any, text: str, given_: Any, context: Any, many: bool) -> None:
        if text.startswith("DELETE"):
            seen.append(text)
            if len(seen) == number:
                raise sa.exc.OperationalError(text, {}, Exception("the machine stops"))

    sa.event.listen(database._engine, "before_cursor_execute", refuse)
    return lambda: sa.event.remove(database._engine, "before_cursor_execute", refuse)


def test_a_crash_at_any_deletion_leaves_each_subject_whole_and_the_next_sweep_ends_it() -> None:
    told, keep = story(CLOSED_AND_OPEN), KeepText(events="30d", pages="10d")
    with store(told) as whole:
        swept(whole, keep)
        ended, counted = content(whole), deleted(whole)
    crashes = 0
    with store(told) as database:
        for number in range(1, 60):
            standing = {row[3] for row in content(database)["events"]}
            again = failing(database, number)
            try:
                swept(database, keep)
                break
            except StoreError:
                crashes += 1
            finally:
                again()
            for name in ("T00", "T01", "T02", "T03"):
                kept = [row for row in content(database)["events"] if row[3] == name]
                assert len(kept) in (0, sum(event.subject == name for event in told)), "part of a ticket is gone"
            assert standing >= {row[3] for row in content(database)["events"]} >= {"T02"}
        assert crashes >= 5
        assert content(database) == ended
        assert deleted(database) == counted, "what a crash took back is counted once"


def test_a_step_deletes_a_bounded_number_of_events_and_a_large_ticket_goes_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("monitor.store.pruning.MOST_EVENTS", 5)
    lives: Any = [(hour, [(1, "working"), (1, "resolved")], "gold") for hour in range(1, 8)]
    lives.append((20, [(1, "working")] * 20 + [(1, "resolved")], "gold"))
    with store(story(lives)) as database:
        sweep, gone, most = retention(database, KeepText(events="1d")).sweep(NOW), 0, []
        for _ in sweep:
            now_gone = numbers(database)["forgotten"]
            most.append(now_gone - gone)
            gone = now_gone
        assert gone == 7 * 3 + 22
        assert sorted(most)[-2:] == [3, 22]


def test_a_page_that_waits_keeps_its_ticket() -> None:
    told = story(CLOSED_AND_OPEN)
    with store(told) as database:
        with database.write() as connection:
            waits = sa.select(alerts.c.key).where(alerts.c.subject == "T00")
            connection.execute(sa.update(outbox).where(outbox.c.alert_key.in_(waits)).values(closed_at=None))
        swept(database, KeepText(events="1d", pages="1d"))
        assert {row[3] for row in content(database)["events"]} == {"T00", "T02"}


def test_records_that_are_mended_or_not_seen_again_leave_quarantine_and_others_stay() -> None:
    database = Database("sqlite://")
    store_, day = Ingest(database), timedelta(days=1)
    waits = ticket("T9", NOW + 9 * day, "new")
    told = [
        Reject("tickets", "old", "no_status", "x"), Reject("tickets", "seen", "no_status", "x"),
        Reject("tickets", "list", "sudden_loss", "x"),
        Reject("tickets", "waits", "future", "x", rejudge_at=NOW + 9 * day, event=waits),
    ]  # fmt: skip
    store_.commit_batch("tickets", batch(rejects=told), NOW - 40 * day)
    store_.commit_batch("tickets", batch(rejects=told[1:2]), NOW - 5 * day)
    swept(database, KeepText(quarantine="30d"))
    with database.read() as connection:
        assert set(connection.scalars(sa.select(quarantine.c.record_id))) == {"seen", "list", "waits"}
    assert deleted(database) == {"quarantine": 1}
    database.close()


def test_without_a_word_about_it_nothing_is_deleted() -> None:
    with store(story(CLOSED_AND_OPEN)) as database:
        before = content(database)
        nothing = retention(database, KeepText())
        assert not nothing.wanted
        nothing.begin(NOW)
        swept(database, KeepText())
        assert nothing.swept_at is None
        assert content(database) == before


def test_the_age_of_the_last_sweep_counts_from_the_first_start_with_keep_until_one_came_to_its_end() -> None:
    day, keep = timedelta(days=1), KeepText(events="30d")
    with store(story(CLOSED_AND_OPEN)) as database:

        def known(at: datetime) -> datetime | None:
            one = retention(database, keep)
            one.begin(at)
            return one.swept_at

        assert known(NOW) == NOW
        assert known(NOW + 2 * day) == NOW, "a start alone is no sweep"
        for _ in retention(database, keep).sweep(NOW + 3 * day):
            break
        assert known(NOW + 3 * day) == NOW, "nor is half of one"
        swept(database, keep, NOW + 4 * day)
        assert known(NOW + 9 * day) == NOW + 4 * day
        assert known(NOW + 3 * day) == NOW + 3 * day, "an instant that has not come says nothing of an age"


def test_while_the_time_is_not_confirmed_nothing_is_deleted() -> None:
    with store(story(CLOSED_AND_OPEN)) as database:
        before, rests = content(database), []

        def rest(seconds: float) -> bool:
            rests.append(seconds)
            return len(rests) > 3

        retention(database, KeepText(events="1d")).forever(lambda: None, rest)
        assert content(database) == before
        assert len(rests) == 4


def test_a_sweep_asks_as_much_for_each_page_of_subjects_however_many_there_are() -> None:
    def asked_for(number: int) -> int:
        lives: Any = [(hour, [(1, "resolved")], "gold") for hour in range(number)]
        with store(story(lives)) as database:
            swept(database, KeepText(pages="190d"))
            with asked(database) as found:
                swept(database, KeepText(pages="190d"))
            return len(found)

    assert asked_for(50) == asked_for(5)


@given(lives=LIVES)
@settings(max_examples=10, deadline=None)
def test_a_row_of_a_report_is_read_as_it_was_written(lives: Any) -> None:
    by_name: dict[SubjectKey, list[Event]] = {}
    for event in story(lives):
        by_name.setdefault(event.key, []).append(event)
    for row in tallied(by_name.items(), RULES, ZONE, NOW).rows():
        assert row_from_json(row_to_json(row)) == row


def test_a_program_sweeps_in_a_thread_of_its_own_that_ends_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    swept_at, seen = Bell(), []

    def sweep(self: Retention, now: datetime, rest: Any) -> Iterator[None]:
        seen.append(now)
        swept_at.set()
        yield

    monkeypatch.setattr("monitor.service.retention.FIRST", timedelta(0))
    monkeypatch.setattr(Retention, "sweep", sweep)
    with built(tmp_path, Peers(), "keep: {pages: 90d}") as program:
        program.start()
        assert program.parts.publisher.snapshot(program.host.now()).swept_at is not None
        assert swept_at.wait(HANGING)
        assert "retention" in {thread.name for thread in program.host.threads.alive}
        assert program.stop() == ()
    assert len(seen) == 1
