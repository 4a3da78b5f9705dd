"""As many statements for many clocks, root causes and pages as for a few."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from alerts.decide.routing import silence_of
from monitor.alert import (
    Alert,
    Begun,
    Call,
    EndsFor,
    EscalationState,
    Followed,
    Judged,
    Paged,
    Reason,
    SilenceRow,
    Withheld,
)
from monitor.model import SubjectKey
from monitor.store import statements
from monitor.store.database import Database
from monitor.store.escalating import Escalating
from monitor.store.escalation_steps import BEGUN
from monitor.store.schema import acknowledgements, alert_log, alerts, causes, escalations, outbox, subjects
from monitor.store.silencing import Silences
from monitor.store.stored_alerts import alert_row
from tests.support.asked import asked
from tests.support.cases import at
from tests.support.stores import QUEUE, STATE

CHANNELS = {channel.name: channel for channel in (QUEUE, STATE)}


@pytest.fixture
def database() -> Iterator[Database]:
    made = Database("sqlite://")
    yield made
    made.close()


def of_clock(n: int, reason: Reason = Reason.FIRST) -> Alert:
    labels = {"alertname": "SLABreached", "ticket": f"T{n}", "tier": "gold"}
    return Alert(labels, {}, at(1), None, reason, SubjectKey("tickets", f"T{n}"), "restore", 1, "breached")


def stored(database: Database, *given: Alert) -> None:
    with database.write() as connection:
        statements.put(connection, alerts, [alert_row(alert) for alert in given])


def call(alert: Alert, *pages: Paged) -> Call:
    return Call(alert.key, 0, "noc", "escalated", ("zhang",), pages)


def taken(database: Database, number: int) -> list[str]:
    """Steps for so many clocks: begun, called, followed, returned, with acknowledgements that end."""
    some = [of_clock(n) for n in range(number)]
    stored(database, *some)
    with database.write() as connection:
        row = {"at": at(1), "author": "lin", "via": "link", "note": "", "ends_at": at(2)}
        statements.add(connection, acknowledgements, [{"alert_key": alert.key, **row} for alert in some])
        ids = connection.scalars(sa.select(acknowledgements.c.id)).all()
    pages = [
        (Paged(QUEUE, alert), Paged(STATE, alert, unless_sent=True), Paged(QUEUE, alert, shadow=True)) for alert in some
    ]
    judged = Judged(
        begun=tuple(Begun(alert.key, "breached", at(1)) for alert in some),
        calls=tuple(call(alert, *its) for alert, its in zip(some, pages, strict=True)),
        ended=dict.fromkeys(ids, EndsFor.SHIFT),
        returned=tuple(some),
    )
    state = EscalationState(followed=tuple(Followed(alert, ("log",), False) for alert in some))
    with asked(database) as found:
        assert Escalating(database).commit(state, judged, CHANNELS, at(3))
    return found


def test_the_steps_of_many_clocks_take_as_many_statements_as_those_of_two(database: Database) -> None:
    other = Database("sqlite://")
    few, many = taken(other, 2), taken(database, 40)
    other.close()
    assert len(many) == len(few)
    with database.read() as connection:
        pages = connection.scalar(sa.select(sa.func.count()).select_from(outbox).where(outbox.c.channel == "am/0"))
        steps = connection.scalar(sa.select(sa.func.count()).where(escalations.c.step == 0))
        ended = connection.scalar(sa.select(sa.func.count()).where(acknowledgements.c.ended_at.is_not(None)))
        begun = connection.scalar(sa.select(sa.func.count()).where(escalations.c.step == BEGUN))
        logged = connection.scalar(sa.select(sa.func.count()).select_from(alert_log))
    assert (pages, steps, ended, begun, logged) == (40, 40, 40, 40, 40)


def test_a_page_that_is_sent_only_where_nothing_was_is_sent_once(database: Database) -> None:
    alert = of_clock(1)
    stored(database, alert)
    pages = (Paged(QUEUE, alert, unless_sent=True), Paged(QUEUE, alert, unless_sent=True))
    for _ in range(2):
        Escalating(database).commit(EscalationState(), Judged(calls=(call(alert, *pages),)), CHANNELS, at(3))
    with database.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(outbox)) == 1


def test_a_page_that_two_steps_send_is_sent_twice(database: Database) -> None:
    alert = of_clock(1)
    stored(database, alert)
    judged = Judged(calls=(call(alert, Paged(QUEUE, alert)), call(alert, Paged(QUEUE, alert))))
    Escalating(database).commit(EscalationState(), judged, CHANNELS, at(3))
    with database.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(outbox)) == 2


def looked(number: int) -> tuple[int, dict[str, str]]:
    """The statements of a look at so many root causes, each with three members, and the team of each."""
    database = Database("sqlite://")
    with database.write() as connection:
        for n in range(number):
            row = {"id": f"c{n}", "key": f"cable-{n}", "opened_at": at(1), "deadline": at(5), "tier": "gold", "wave": 1}
            statements.put(connection, causes, [{**row, "broken": False, "closed_at": None}])
            labels = {"alertname": "TierwatchRootCause", "root_cause": f"c{n}", "wave": "1"}
            own = Alert(labels, {}, at(1), None, Reason.FIRST, cause_key=f"#c{n}")
            members = []
            for m, (team, due) in enumerate((("late", at(7)), ("first", at(4)), ("never", None))):
                key = SubjectKey("tickets", f"T{n}-{m}")
                labels = {"alertname": "SLABreached", "ticket": key.subject}
                members.append(
                    Alert(labels, {}, at(1), None, Reason.FIRST, key, "restore", 1, "breached",
                          cause_key=f"cable-{n}", deadline=due)
                )  # fmt: skip
                subject = {
                    "source": "tickets", "subject": key.subject, "kind": "ticket", "tier": "gold", "assurance": "none",
                    "attributes": {"team": f"{team} {n}"}, "rules_version": "r",
                }  # fmt: skip
                statements.put(connection, subjects, [subject])
            statements.put(connection, alerts, [alert_row(alert) for alert in (own, *members)])
    with asked(database) as found:
        state = Escalating(database).look(at(2))
    database.close()
    teams = {one.firing[0].cause_key: one.team for one in state.standing if one.firing[0].subject is None}
    return len(found), teams


def test_the_teams_of_many_root_causes_are_found_at_once() -> None:
    """Of each it is the team of the member that is due first."""
    (few, _), (many, teams) = looked(2), looked(20)
    assert many == few
    assert teams == {f"#c{n}": f"first {n}" for n in range(20)}


@pytest.mark.parametrize("what", ["added", "ended under another"])
def test_as_many_statements_for_a_silence_that_holds_many_pages(what: str) -> None:
    def held(number: int) -> int:
        database = Database("sqlite://")
        some = [of_clock(n) for n in range(number)]
        stored(database, *some)
        first = SilenceRow("a", ("tier=gold",), at(0), at(4), "lin", "works")
        second = SilenceRow("b", ("tier=gold",), at(0), at(9), "lin", "works")
        store = Silences(database)
        store.add(first, at(0), silence_of(first).fits)
        with database.write() as connection:
            row = {
                "channel": "log", "delivery": "queue", "version": 1, "attempts": 0, "next_at": at(4),
                "created_at": at(1), "reason": "first", "detail": "", "held_by": f"{Withheld.SILENCED}/a",
            }  # fmt: skip
            statements.add(connection, outbox, [{"alert_key": alert.key, **row} for alert in some])
        with asked(database) as found:
            if what == "added":
                assert store.add(second, at(2), silence_of(second).fits) == number
            else:
                assert store.end("a", at(2), lambda alert: second) == 0
        with database.read() as connection:
            assert set(connection.execute(sa.select(outbox.c.held_by, outbox.c.next_at).distinct())) == {
                (f"{Withheld.SILENCED}/b", at(0) + timedelta(hours=9))
            }
        database.close()
        return len(found)

    assert held(30) == held(2)
