"""What was told, withheld and called is listed page by page, exactly, and no page looks at more than its share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.listing import CalledRow, Delivered, Telling, TellingQuery, ToldRow
from monitor.model import SubjectKey
from monitor.snapshot import OWN_SOURCE
from monitor.store import statements, telling
from monitor.store.database import Database
from monitor.store.schema import acknowledgements, alerts, decisions, escalations, outbox
from monitor.store.telling import Tellings
from tests.monitor.store.test_query_plans import Heard
from tests.support.cases import at

NOW = at(10)
SUBJECTS = (("desk", "T1"), ("desk", "T2"), (None, None), (OWN_SOURCE, "own"))
TIERS = ("gold", "silver")
CHANNELS = ("phone", "phone/1", "phones", "wall")
TEAMS = ("noc", "noc2")


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    made = Database("sqlite://")
    yield made
    made.close()


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """So few rows are looked at that a page ends before its list does."""
    monkeypatch.setattr(telling, "LOOKED_AT", 5)


def alert(number: int, subject: tuple[str | None, str | None], tier: str) -> dict[str, Any]:
    return {
        "key": f"k{number}", "source": subject[0], "subject": subject[1], "target": "restore", "cycle": 1,
        "stage": "used_75", "tier": tier, "labels": {"alertname": "X"}, "annotations": {"summary": "s"},
        "starts_at": at(1), "resolved_at": None, "reason": "first", "link": "", "cause_key": "", "deadline": None,
        "ahead": None,
    }  # fmt: skip


def page(number: int, key: str, channel: str, **more: Any) -> dict[str, Any]:
    return {
        "id": number, "channel": channel, "alert_key": key, "delivery": "queue", "version": 1, "alert": None,
        "attempts": 0, "next_at": None, "created_at": at(1), "accepted_at": None, "closed_at": None, "reason": "first",
        "detail": "", "held_by": "", "turn": 0, "rank": 0, "deadline": 0, "after_key": "", "due_since": None,
        "taken_at": None, "folded_into": None, "rang": "", **more,
    }  # fmt: skip


def fill(database: Database, table: sa.Table, own: list[dict[str, Any]], kinds: list[dict[str, Any]]) -> None:
    with database.write() as connection:
        for each in (outbox, decisions, escalations, acknowledgements, alerts):
            connection.execute(sa.delete(each))
        statements.add(connection, alerts, kinds)
        statements.add(connection, table, own)


def walked(database: Database, query: TellingQuery, limit: int) -> list[int]:
    """The numbers of all pages, in order."""
    found: list[int] = []
    before = None
    while True:
        one = Tellings(database).page(query, limit, NOW, before)
        assert len(one.rows) <= limit
        assert before is None or one.next is None or one.next < before, "each page goes on"
        found += [row.number for row in one.rows]
        before = one.next
        if before is None:
            return found


ROWS = st.lists(
    st.tuples(
        st.integers(0, 7), st.sampled_from(CHANNELS), st.sampled_from(TEAMS), st.integers(-3, 2), st.integers(1, 4)
    ),
    max_size=25,
)
TABLES = {Telling.SENT: outbox, Telling.WITHHELD: decisions, Telling.CALLED: escalations}
KINDS = [alert(n, SUBJECTS[n % 4], TIERS[n // 4]) for n in range(8)]
QUERIES = st.builds(
    TellingQuery, st.sampled_from(Telling), st.sampled_from(["", *TIERS, "none"]),
    st.sampled_from(["", "phone", "wall"]), st.sampled_from(["", "noc"]),
    st.sampled_from([None, SubjectKey("desk", "T1"), SubjectKey("desk", "T9")]),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, limit=st.integers(1, 6), query=QUERIES)
def test_pages_hold_what_a_plain_list_holds(
    database: Database, rows: list[tuple[int, str, str, int, int]], limit: int, query: TellingQuery
) -> None:
    number, own, expected = 0, [], []
    for kind, channel, team, step, gap in rows:
        number += gap  # numbers have gaps, for rows are deleted
        of = KINDS[kind]
        key = str(of["key"])
        match query.what:
            case Telling.SENT:
                own.append(page(number, key, channel))
            case Telling.WITHHELD:
                own.append({"id": number, "alert_key": key, "channel": channel, "at": at(1), "reason": "silenced",
                            "detail": ""})  # fmt: skip
            case Telling.CALLED:
                own.append({"id": number, "alert_key": key, "step": step, "person": f"{team}/p{number}", "at": at(1),
                            "reason": "share", "over_at": None})  # fmt: skip
        called = query.what is Telling.CALLED
        subject = SubjectKey(str(of["source"]), str(of["subject"]))
        fits = (
            of["source"] != OWN_SOURCE
            and query.tier in ("", of["tier"])
            and query.subject in (None, subject)
            and (not called or (step >= 0 or step == -3))
            and (not called or query.team in ("", team))
            and (called or query.channel in ("", channel) or channel.startswith(f"{query.channel}/"))
        )
        expected += [number] if fits else []
    fill(
        database,
        {Telling.SENT: outbox, Telling.WITHHELD: decisions, Telling.CALLED: escalations}[query.what],
        own,
        KINDS,
    )
    assert walked(database, query, limit) == expected[::-1]


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ({"accepted_at": at(2)}, Delivered.ACCEPTED),
        ({}, Delivered.WAITING),
        ({"attempts": 2}, Delivered.TRIED),
        ({"held_by": "s-1", "next_at": at(11)}, Delivered.HELD),
        ({"held_by": "grouped/c-1"}, Delivered.HELD),
        ({"held_by": "s-1", "next_at": at(9)}, Delivered.WAITING),
        ({"closed_at": at(2), "reason": "refused"}, Delivered.FAILED),
        ({"closed_at": at(2), "reason": "not_configured"}, Delivered.FAILED),
        ({"closed_at": at(2), "reason": "replaced"}, Delivered.NEEDLESS),
        ({"closed_at": at(2), "reason": "digested"}, Delivered.NEEDLESS),
        ({"closed_at": at(2), "reason": "nothing_new"}, Delivered.NEEDLESS),
    ],
)
def test_what_has_become_of_a_page_is_read_off_its_row(
    database: Database, more: dict[str, Any], state: Delivered
) -> None:
    fill(database, outbox, [page(1, "k0", "phone", **more)], KINDS)
    (row,) = Tellings(database).page(TellingQuery(), 9, NOW).rows
    assert isinstance(row, ToldRow)
    assert row.state is state


def test_a_page_is_confirmed_by_who_acknowledged_it_after_it_was_made(database: Database) -> None:
    fill(database, outbox, [page(1, "k0", "phone", accepted_at=at(3), created_at=at(2))], KINDS)
    with database.write() as connection:
        for hour, author in ((1, "before"), (5, "later"), (4, "lin")):
            row = {"alert_key": "k0", "at": at(hour), "author": author, "via": "link", "note": "", "ends_at": None}
            statements.add(connection, acknowledgements, [row])
    (told,) = Tellings(database).page(TellingQuery(), 9, NOW).rows
    assert isinstance(told, ToldRow)
    assert (told.confirmed_at, told.confirmed_by) == (at(4), "lin")


def test_a_row_whose_alert_is_deleted_is_listed_by_its_key(database: Database) -> None:
    fill(database, outbox, [page(1, "gone", "phone")], KINDS)
    (row,) = Tellings(database).page(TellingQuery(), 9, NOW).rows
    assert (row.alert.key, row.alert.subject, row.alert.name) == ("gone", None, "")


def test_a_call_names_the_team_the_person_and_the_step(database: Database) -> None:
    row = {"alert_key": "k0", "step": 1, "person": "noc/lin/2", "at": at(1), "reason": "share", "over_at": None}
    fill(database, escalations, [row], KINDS)
    (called,) = Tellings(database).page(TellingQuery(Telling.CALLED), 9, NOW).rows
    assert isinstance(called, CalledRow)
    assert (called.team, called.person, called.alert.subject) == ("noc", "lin/2", SubjectKey("desk", "T1"))


@pytest.mark.parametrize("what", Telling)
@pytest.mark.parametrize("subject", [None, SubjectKey("desk", "T1")])
def test_every_statement_is_a_search(database: Database, what: Telling, subject: SubjectKey | None) -> None:
    heard = Heard(database._engine)
    query = TellingQuery(what, "gold", "phone", "noc", subject)
    for before in (None, 900):
        Tellings(database).page(query, 5, NOW + timedelta(days=1), before)
    with database.read() as connection:
        for one in heard.statements.values():
            plan = [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one.text}", one.given)]
            table = TABLES[what].name
            its_own = [step for step in plan if re.match(rf"(SCAN|SEARCH) {table}\b", step)]
            if subject is not None:
                assert all("(alert_key=?" in step for step in its_own), plan
            else:  # in the order of the numbers, and no farther than the page goes
                assert "TEMP B-TREE" not in "".join(plan), plan
                assert "LIMIT" in one.text
                assert not any("AUTOMATIC" in step or step.startswith("SCAN alerts") for step in plan), plan
