"""Root causes are listed page by page, exactly: those that last first; each with its members and its pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.listing import CausePlace, Delivered, ListedCause
from monitor.model import SubjectKey
from monitor.store import listed_causes, statements
from monitor.store.database import Database
from monitor.store.listed_causes import Causes
from monitor.store.schema import alerts, causes, micros, outbox, sources, subjects
from tests.monitor.store.test_query_plans import Heard
from tests.monitor.store.test_telling import alert, page
from tests.support.cases import at

NOW = at(20)


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    made = Database("sqlite://")
    yield made
    made.close()


def cause(id_: str, key: str, opened: float = 1, closed: float | None = None) -> dict[str, Any]:
    return {
        "id": id_, "key": key, "opened_at": at(opened), "deadline": at(9), "tier": "gold", "wave": 1, "broken": False,
        "closed_at": None if closed is None else at(closed),
    }  # fmt: skip


def fill(database: Database, rows: list[dict[str, Any]], of_them: list[dict[str, Any]] = (), sent: Any = ()) -> None:  # type: ignore[assignment]
    with database.write() as connection:
        for table in (causes, alerts, outbox, subjects, sources):
            connection.execute(sa.delete(table))
        statements.add(connection, causes, rows)
        statements.add(connection, alerts, list(of_them))
        statements.add(connection, outbox, list(sent))


def member(
    number: int, subject: str, key: str, begins: float, ends: float | None = None, **more: Any
) -> dict[str, Any]:
    row = alert(number, ("desk", subject), "gold")
    ended = None if ends is None else at(ends)
    return {**row, "cause_key": key, "starts_at": at(begins), "resolved_at": ended, **more}


ROWS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 3) | st.none()), max_size=15)


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, limit=st.integers(1, 5))
def test_pages_hold_what_a_plain_list_holds(database: Database, rows: list[tuple[str, int | None]], limit: int) -> None:
    lasting = {key: (f"c-{n}", key, None) for n, (key, closed) in enumerate(rows) if closed is None}
    over = [(f"c-{n}", key, closed) for n, (key, closed) in enumerate(rows) if closed is not None]
    known = [*lasting.values(), *over]
    fill(database, [cause(id_, key, 1, closed) for id_, key, closed in known])
    expected = [lasting[key][0] for key in sorted(lasting)]
    expected += [id_ for id_, _, _ in sorted(over, key=lambda one: (one[2] or 0, one[0]), reverse=True)]
    found: list[str] = []
    after: CausePlace | None = None
    while True:
        shown = Causes(database).page(limit, NOW, after)
        found += [one.id for one in shown.rows]
        assert shown.next is None or len(shown.rows) == limit
        after = shown.next
        if after is None:
            break
    assert found == expected


def only(database: Database) -> ListedCause:
    (found,) = Causes(database).page(9, NOW).rows
    return found


def test_a_cause_that_lasts_has_the_clocks_that_alert_by_their_last_stage(database: Database) -> None:
    key = "circuit/C1"
    fill(
        database,
        [cause("c-1", key)],
        [
            member(1, "T1", key, 2, deadline=at(9)),
            member(2, "T1", key, 3, stage="breached", deadline=at(9)),
            member(3, "T2", key, 2, deadline=at(4)),
            member(4, "T3", key, 2, 3),
            member(5, "T4", "circuit/C2", 2),
        ],
    )
    found = only(database)
    assert [(one.key.subject, one.stage) for one in found.members] == [("T2", "used_75"), ("T1", "breached")]
    assert (found.subjects, found.many) == (2, False)


def test_a_cause_that_is_over_has_those_that_alerted_while_it_lasted(database: Database) -> None:
    key = "circuit/C1"
    fill(
        database,
        [cause("c-1", key, 5, 8)],
        [
            member(1, "before", key, 1, 4),
            member(2, "into", key, 1, 6),
            member(3, "within", key, 6, 7),
            member(4, "after", key, 9, 10),
            member(5, "recorded", key, 6, 6, reason="superseded"),
        ],
    )
    found = only(database)
    assert {one.key.subject for one in found.members} == {"into", "within"}
    assert all(one.until is not None for one in found.members)


def test_the_page_that_stands_for_it_says_what_became_of_it(database: Database) -> None:
    labels = {"alertname": "X", "root_cause": "c-1", "wave": "2"}
    own = {**alert(1, (None, None), "gold"), "cause_key": "#c-1", "labels": labels}
    sent = [page(1, "k1", "phone", accepted_at=at(3)), page(2, "k1", "wall", closed_at=at(3), reason="refused")]
    fill(database, [cause("c-1", "circuit/C1")], [own], sent)
    assert [(one.channel, one.wave, one.state) for one in only(database).pages] == [
        ("phone", 2, Delivered.ACCEPTED), ("wall", 2, Delivered.FAILED),
    ]  # fmt: skip


def test_a_cause_of_a_circuit_leads_to_it_where_a_source_knows_it(database: Database) -> None:
    fill(database, [cause("c-1", "circuit/C1")])
    assert only(database).subject is None
    row = {"source": "probe", "subject": "C1", "kind": "circuit", "tier": "gold", "assurance": "none", "attributes": {},
           "status": None, "circuit_state": "unavailable", "since": None, "rules_version": "r", "retired_at": None,
           "retired_by": ""}  # fmt: skip
    with database.write() as connection:
        statements.add(connection, subjects, [row])
        statements.add(connection, sources, [{"source": "probe", "failures": 0, "error": ""}])
    assert only(database).subject == SubjectKey("probe", "C1")


def test_of_a_storm_the_first_are_listed_and_it_is_said_that_there_are_more(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listed_causes, "MOST_COUNTED", 30)
    key = "circuit/C1"
    fill(database, [cause("c-1", key)], [member(n, f"T{n}", key, 2) for n in range(40)])
    found = only(database)
    assert (len(found.members), found.subjects, found.many) == (listed_causes.MOST_MEMBERS, 30, True)


def test_every_statement_is_a_search_in_an_index(database: Database) -> None:
    key = "circuit/C1"
    fill(database, [cause("c-1", key), cause("c-2", key, 1, 2)], [member(1, "T1", key, 1)])
    heard = Heard(database._engine)
    for after in (None, CausePlace(0, key, 0, "c-1"), CausePlace(1, "", micros(at(3)) or 0, "c-9")):
        Causes(database).page(5, NOW, after)
    large = ("causes", "alerts", "outbox", "subjects")
    with database.read() as connection:
        for one in heard.statements.values():
            plan = [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one.text}", one.given)]
            for step in plan:
                words = step.split()
                if words[0] == "SCAN" and words[1] in large:
                    assert "causes_open" in step or "causes_over" in step, plan
                    sorted_apart = [other for other in plan if "TEMP B-TREE" in other]
                    assert all("RIGHT PART" in other for other in sorted_apart), plan  # among those of one key
