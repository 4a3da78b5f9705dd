"""What is counted of several goes the whole way: tickets in, a group's clock, its alert, its counters, its end."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.requests import Request

from alerts.decide.audit import audit
from exporters.web.pages import Pages
from monitor.explain import explain_group, explained_since, with_alerts
from monitor.history.events import Event
from monitor.model import SubjectKey, SubjectKind
from monitor.policy.counting import GROUPS
from monitor.snapshot import FindingKind
from monitor.store.auditing import Auditing
from monitor.store.clocks import Clocks
from monitor.store.ingest import touch
from monitor.store.schema import alerts, contributions, readings, touched, transitions
from monitor.store.views import Views
from tests.lessons.stories import QUEUE, Installation, installation, utc
from tests.support.counting import COMPLAINTS, PATROLS, RATIO, REPORTS, RESTORE, book, policy_text
from tests.support.texts import exchanged

INSTALLED = utc("2026-01-01")
ACME = SubjectKey(GROUPS, "complaints/acme")


def said(subject: str, at: datetime, status: str, number: int = 0, **fields: str) -> Event:
    name = f"{subject} {status} {at.isoformat()} {number}"
    return Event("tickets", name, SubjectKind.TICKET, subject, at, number, status=status, fields=fields)


def complaint(number: int, at: datetime, customer: str = "Acme") -> Event:
    return said(f"C{number}", at, "opened", process="complaint", customer=customer)


@pytest.fixture
def here(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Installation]:
    """An installation whose policy has the targets that the test names, complaints alone otherwise."""
    targets = getattr(request, "param", (COMPLAINTS,))
    with installation(tmp_path, book(policy_text(*targets))) as found:
        found.installed_at = INSTALLED
        yield found


def of_group(here: Installation, table: sa.Table, key: SubjectKey = ACME) -> list[Any]:
    mine = (table.c.source == key.source) & (table.c.subject == key.subject)
    with here.database.read() as connection:
        return list(connection.execute(sa.select(table).where(mine)))


def test_the_fifth_complaint_of_a_customer_breaches_pages_and_counts(here: Installation) -> None:
    day = utc("2026-03-02 09:00")
    for number in range(4):
        here.hear(day, complaint(number, day + timedelta(days=number)))
    here.hear(day, complaint(9, day, customer="Other"))
    here.work(day + timedelta(days=3))
    (reading,) = of_group(here, readings)
    assert (reading.cycle, reading.state, reading.counted // timedelta(seconds=1)) == (202603, "at_risk", 4)
    assert here.deliver(QUEUE, day + timedelta(days=3)) == ["used_75 first"]
    fifth = day + timedelta(days=5)
    here.hear(fifth, complaint(5, fifth, customer=" ACME "))
    here.work(fifth)
    (reading,) = of_group(here, readings)
    assert (reading.state, reading.breached_at, reading.tier) == ("breached", fifth, "none")
    assert here.deliver(QUEUE, fifth) == ["breached worsened"]
    kinds = [row.kind for row in of_group(here, transitions)]
    assert sorted(kinds) == ["at_risk", "breached", "crossed", "started"]
    counted = {(c.name, c.labels.get("kind", "")): c.value for c in Views(here.database).counts()
               if c.labels.get("sla_target") == "complaints"}  # fmt: skip
    assert counted[("tierwatch_sla_clocks_breached_total", "")] == 1
    assert counted[("tierwatch_sla_clocks_started_total", "")] == 2  # two customers


def test_the_period_ends_the_alert_and_no_look_is_left(here: Installation) -> None:
    day = utc("2026-03-02 09:00")
    here.hear(day, *(complaint(number, day) for number in range(5)))
    here.work(day)
    here.deliver(QUEUE, day)
    april = utc("2026-04-01")
    assert here.worker.next_due() == april
    here.work(april)
    assert [row.state for row in of_group(here, readings)] == ["breached"]
    assert [row.resolved_at for row in of_group(here, alerts) if row.stage == "breached"] == [april]
    assert of_group(here, touched) == []


def test_a_ticket_that_was_no_complaint_takes_the_breach_back(here: Installation) -> None:
    day = utc("2026-03-02 09:00")
    here.hear(day, *(complaint(number, day + timedelta(hours=number)) for number in range(5)))
    here.work(day + timedelta(hours=9))
    assert [row.state for row in of_group(here, readings)] == ["breached"]
    later = day + timedelta(days=1)
    here.hear(later, said("C2", later, "cancelled"))
    here.work(later)
    assert [row.state for row in of_group(here, readings)] == ["at_risk"]
    withdrawn = [row.stage for row in of_group(here, transitions) if row.kind == "withdrawn"]
    assert "breached:breached" in withdrawn
    assert [row.reason for row in of_group(here, alerts) if row.stage == "breached"] == ["withdrawn"]


def test_a_customer_that_was_named_wrongly_moves_the_count(here: Installation) -> None:
    day = utc("2026-03-02 09:00")
    here.hear(day, *(complaint(number, day + timedelta(hours=number)) for number in range(5)))
    here.work(day + timedelta(hours=9))
    later = day + timedelta(days=1)
    here.hear(later, said("C2", later, "accepted", customer="Other"))
    here.work(later)
    assert [row.state for row in of_group(here, readings)] == ["at_risk"]
    assert len(of_group(here, readings, SubjectKey(GROUPS, "complaints/other"))) == 1


@pytest.mark.parametrize("here", [(PATROLS,)], indirect=True)
def test_the_absence_of_a_patrol_is_the_breach(here: Installation) -> None:
    key = SubjectKey(GROUPS, "patrols")
    Clocks(here.database).ensure_groups({"patrols": ""})
    start = utc("2026-02-01")
    here.work(start)
    assert [(row.cycle, row.state) for row in of_group(here, readings, key)][:2] == [
        (202601, "breached"),
        (202602, "running"),
    ]
    done = utc("2026-02-10")
    here.hear(done, said("P1", done, "closed", process="patrol"))
    here.work(done)
    march = utc("2026-03-01")
    due = here.worker.next_due()
    while due is not None and due <= march:
        here.work(due)
        due = here.worker.next_due()
    of_february = next(row for row in of_group(here, readings, key) if row.cycle == 202602)
    assert (of_february.state, of_february.breached_at, of_february.open) == ("breached", march, True)
    assert "breached worsened" in here.deliver(QUEUE, march)


@pytest.mark.parametrize("here", [(REPORTS,)], indirect=True)
def test_a_duty_that_is_late_is_ended_by_what_makes_up_for_it(here: Installation) -> None:
    key = SubjectKey(GROUPS, "statement/acme")
    Clocks(here.database).ensure_groups({"statement/acme": "Acme"})
    late = utc("2026-01-30 18:00")  # a Friday, the last working day, after its close at 17:00
    here.work(late)
    (reading,) = of_group(here, readings, key)
    assert (reading.state, reading.deadline) == ("breached", utc("2026-01-30 17:00"))
    out = utc("2026-02-03 10:00")
    here.hear(out, said("S1", out, "delivered", process="statement", customer="Acme"))
    here.work(out)
    of_january, of_february = of_group(here, readings, key)
    assert (of_january.open, of_january.stopped_at) == (False, out)
    assert (of_february.state, of_february.counted) == ("running", timedelta(0))


@pytest.mark.parametrize(
    "here",
    [
        (
            RESTORE,
            RATIO,
        )
    ],
    indirect=True,
)
def test_a_promise_that_is_broken_counts_against_the_goal_by_time_alone(here: Installation) -> None:
    key = SubjectKey(GROUPS, "in_time")
    day = utc("2026-01-26 09:00")
    here.hear(day, said("T1", day, "opened"), said("T2", day, "opened"))
    here.work(day)
    done = day + timedelta(hours=1)
    here.hear(done, said("T1", done, "closed"))
    here.work(done)
    (reading,) = of_group(here, readings, key)
    assert (reading.state, reading.counted // timedelta(seconds=1)) == ("running", 1)
    here.work(day + timedelta(hours=4, seconds=1))
    (reading,) = of_group(here, readings, key)
    assert reading.state == "at_risk"
    with here.database.read() as connection:
        rows = connection.execute(sa.select(contributions).where(contributions.c.counted_in == "in_time")).all()
    assert sorted(row.what for row in rows) == ["broken", "kept"]


def test_a_late_complaint_brings_a_breach_into_a_period_that_is_over(here: Installation) -> None:
    day = utc("2026-03-02 09:00")
    here.hear(day, *(complaint(number, day + timedelta(days=number)) for number in range(4)))
    here.work(utc("2026-05-10"))
    assert [row.state for row in of_group(here, readings)] == ["met"]
    here.hear(utc("2026-05-11"), complaint(7, day + timedelta(days=20)))
    here.work(utc("2026-05-11"))
    (row,) = of_group(here, readings)
    assert (row.state, row.breached_at, row.open) == ("breached", day + timedelta(days=20), False)
    assert here.deliver(QUEUE, utc("2026-05-11")) == []  # it is over, so it is recorded


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("here", [(COMPLAINTS, PATROLS, REPORTS, RESTORE, RATIO)], indirect=True)
def test_any_order_of_arrival_and_any_looks_leave_the_same_in_the_store(
    here: Installation, tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)
    start, events = utc("2026-01-25 09:00"), []
    for number in range(24):
        at = start + timedelta(hours=rng.randrange(80 * 24))
        kind = rng.choice(("complaint", "patrol", "statement"))
        name, customer = f"T{number}", rng.choice(("Acme", " ACME", "Other"))
        events.append(said(name, at, "opened", process=kind, customer=customer))
        events.append(
            said(name, at + timedelta(hours=rng.randrange(9)), rng.choice(("delivered", "closed", "accepted")))
        )
        if rng.random() < 0.3:
            later = at + timedelta(days=rng.randrange(1, 40))
            events.append(said(name, later, rng.choice(("cancelled", "opened", "closed")), customer=rng.choice("AB")))
    end = utc("2026-05-03")
    Clocks(here.database).ensure_groups({"patrols": "", "in_time": "", "statement/acme": "Acme"})
    here.hear(end, *events)
    here.work(end)
    whole = of_groups(here)
    (tmp_path / "other").mkdir()
    with installation(tmp_path / "other", here.book) as other:
        other.installed_at = INSTALLED
        Clocks(other.database).ensure_groups({"patrols": "", "in_time": "", "statement/acme": "Acme"})
        looks = sorted(start + timedelta(hours=rng.randrange(80 * 24)) for _ in range(12))
        waiting = sorted(events, key=lambda event: event.at + timedelta(hours=rng.choice((0, 0, 1, 200, 900))))
        for now in looks:
            heard = [event for event in waiting if event.at <= now and rng.random() < 0.7]
            waiting = [event for event in waiting if event not in heard]
            if heard:
                other.hear(now, *heard)
            other.work(now)
        if waiting:
            other.hear(end, *waiting)
        other.work(end)
        assert of_groups(other) == whole


def of_groups(here: Installation) -> tuple[set[Any], set[Any]]:
    """The readings of all groups, and the transitions that hold."""
    left_out = {"read_at"}
    with here.database.read() as connection:
        rows = connection.execute(sa.select(readings).where(readings.c.source == GROUPS))
        stored = {tuple(sorted((k, str(v)) for k, v in row._mapping.items() if k not in left_out)) for row in rows}
        holding: set[Any] = set()
        order = transitions.c.id
        for row in connection.execute(sa.select(transitions).where(transitions.c.source == GROUPS).order_by(order)):
            if row.kind == "withdrawn":
                kind, _, stage = row.stage.partition(":")
                holding.discard((row.subject, row.cycle, kind, stage, row.at))
            else:
                holding.add((row.subject, row.cycle, row.kind, row.stage, row.at))
    return stored, holding


def test_another_policy_judges_groups_anew_after_all_their_members(here: Installation) -> None:
    day = utc("2026-03-02 09:00")
    here.hear(day, *(complaint(number, day + timedelta(minutes=number)) for number in range(3)))
    here.work(day + timedelta(hours=1))
    stricter = exchanged(COMPLAINTS, ("4 times", "2 times"))
    here.publish(book(policy_text(stricter, version="2")))
    now = day + timedelta(hours=2)
    worker = here.worker
    assert worker.groups.next_due() is None  # the members come first
    assert worker.step(now)[0] == 3 + 1
    here.work(now)
    assert [(row.state, row.policy_version) for row in of_group(here, readings)] == [("breached", "counts@2")]
    here.publish(book(policy_text(RESTORE, version="3")))
    here.work(now)
    assert of_group(here, readings) == []
    assert {row.reason for row in of_group(here, alerts)} <= {"withdrawn", "superseded"}


def test_a_policy_that_counts_for_the_first_time_finds_what_was(tmp_path: Path) -> None:
    with installation(tmp_path, book(policy_text(RESTORE))) as here:
        here.installed_at = INSTALLED
        day = utc("2026-03-02 09:00")
        here.hear(day, *(complaint(number, day) for number in range(5)))
        here.work(day)
        assert not here.worker.groups.there
        here.publish(book(policy_text(COMPLAINTS)))
        here.work(day + timedelta(hours=1))
        assert [row.state for row in of_group(here, readings)] == ["breached"]


def test_an_alert_of_a_group_that_is_missing_is_found_by_the_audit(here: Installation) -> None:
    day = utc("2026-03-02 09:00")
    here.hear(day, *(complaint(number, day + timedelta(hours=number)) for number in range(5)))
    now = day + timedelta(hours=9)
    here.work(now)
    found = audit(Auditing(here.database), here.book, {}, INSTALLED, day, now)
    assert [one for one in found if one.kind is FindingKind.NO_ALERT] == []
    with here.database.write() as connection:
        connection.execute(sa.delete(alerts).where(alerts.c.stage == "breached"))
    (missing,) = audit(Auditing(here.database), here.book, {}, INSTALLED, day, now)
    assert missing.what == "groups/complaints/acme complaints cycle 202603, stage breached"


def test_a_group_is_found_and_explained_with_links_to_its_members(here: Installation) -> None:
    day = utc("2026-03-02 09:00")
    here.hear(day, *(complaint(number, day + timedelta(hours=number)) for number in range(5)))
    now = day + timedelta(hours=9)
    here.work(now)
    views = Views(here.database)
    assert views.find("complaints/acme") == views.find("groups/complaints/acme") == (ACME,)
    record = views.group(ACME, lambda value: explained_since(ACME, value, here.book, now), now)
    assert record is not None
    explanation = with_alerts(explain_group(record, here.book, now), views.alerts_of(ACME))
    request = Request({"type": "http", "method": "GET", "path": "/explain/groups/complaints%2Facme", "headers": [],
                       "query_string": b"", "raw_path": b"/explain/groups/complaints%2Facme"})  # fmt: skip
    page = bytes(Pages("both").explanation(request, explanation).body).decode()
    assert 'href="../../explain/tickets/C4"' in page
    assert page.index("C4") < page.index("C0")
    assert "分组" in page


def test_what_a_page_says_of_a_group(here: Installation) -> None:
    day = utc("2026-03-02 09:00")
    here.hear(day, *(complaint(number, day + timedelta(hours=number)) for number in range(5)))
    here.work(day + timedelta(hours=9))
    told = {row.stage: row for row in of_group(here, alerts)}["breached"]
    said_of = told.annotations
    assert said_of["summary"] == "Acme, complaints: breached, 5 in 2026-03, at most 4"
    assert said_of["summary_zh"] == "Acme，complaints：已超限，2026-03 发生 5 次，上限 4 次"
    assert "Promised: complaints at most 4 times a month." in said_of["description"]
    assert told.labels["group"] == "complaints/acme"
    here.work(utc("2026-04-01"))
    ended = {row.stage: row for row in of_group(here, alerts)}["breached"].annotations
    assert ended["summary"].startswith("Acme, complaints: the period ended at 2026-04-01")
    assert "The promise was broken at 2026-03-02" in ended["description"]


@pytest.mark.parametrize("here", [(PATROLS,)], indirect=True)
def test_what_was_judged_under_a_wrong_clock_is_taken_back(here: Installation) -> None:
    key = SubjectKey(GROUPS, "patrols")
    Clocks(here.database).ensure_groups({"patrols": ""})
    now = utc("2026-02-10")
    here.work(now)
    before = of_groups(here)
    wrong = utc("2026-06-10")
    here.work(wrong)
    assert len(of_group(here, readings, key)) == 6
    with here.database.write() as connection:
        touch(connection, {key: 0})
    worker = here.worker
    while worker.step(now, undo=True)[0]:
        pass
    assert of_groups(here) == before


def test_a_look_takes_as_many_statements_for_many_members_as_for_few_and_each_is_a_search(here: Installation) -> None:
    day = utc("2026-03-02 09:00")
    heard: list[str] = []

    def listen(_: Any, cursor: Any, statement: str, parameters: Any, *__: Any) -> None:
        if statement.lstrip().startswith("SELECT"):
            heard.append(statement)
            plan = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
            read = [row[3] for row in plan if "json_each" not in row[3]]
            assert [line for line in read if line.startswith("SCAN")] == [], statement

    here.hear(day, *(complaint(number, day) for number in range(5)))
    here.work(day)  # it breaches, so that nothing begins at the two looks that are compared
    numbers = []
    for count in (7, 90):
        here.hear(day, *(complaint(1000 * count + number, day + timedelta(seconds=number)) for number in range(count)))
        now, worker = day + timedelta(hours=count / 10 + 1), here.worker
        waiting = worker.clocks.waiting(now, 100, ("tickets",))
        worker._members(waiting, now, undo=False)
        heard.clear()
        sa.event.listen(sa.Engine, "before_cursor_execute", listen)
        try:
            done, steps = worker.groups.steps(now)
            worker.clocks.commit(steps, worker.router, worker.rules.version, worker.installed_at, now)
        finally:
            sa.event.remove(sa.Engine, "before_cursor_execute", listen)
        assert done == 1
        numbers.append(len(heard))
    assert numbers[0] == numbers[1] < 30
