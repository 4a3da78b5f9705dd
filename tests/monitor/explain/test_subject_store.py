"""What the store is asked for one explanation: every query goes by an index, however many subjects there are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from monitor.explain import alert_as_json
from monitor.model import SubjectKey
from monitor.store.database import Database
from monitor.store.schema import alert_log, alerts, decisions, events, outbox, sources
from monitor.store.views import Views
from tests.support.cases import at

KEY = SubjectKey("tickets", "T1")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A store in which T1 of `tickets` has an event and two alerts, each told on two channels."""
    found = Database(f"sqlite:///{tmp_path / 'store.db'}")
    with found.write() as connection:
        connection.execute(sa.insert(sources), {"source": "tickets", "failures": 0, "error": ""})
        connection.execute(
            sa.insert(events),
            {
                "source": "tickets", "event_id": "e1", "kind": "ticket", "subject": "T1", "at": at(0), "sequence": 0,
                "feedback": False, "fields": {}, "received_at": at(0),
            },
        )  # fmt: skip
        for number, stage in enumerate(("used_90", "used_75")):
            connection.execute(
                sa.insert(alerts),
                {
                    "key": stage, "source": "tickets", "subject": "T1", "target": "restore", "cycle": 1, "stage": stage,
                    "tier": "gold", "labels": {}, "annotations": {}, "starts_at": at(4 - number), "reason": "worsened",
                    "link": "",
                },
            )  # fmt: skip
            for firing in (True, False):
                connection.execute(
                    sa.insert(alert_log),
                    {
                        "key": stage,
                        "at": at(5 - firing),
                        "reason": "worsened" if firing else "paused",
                        "firing": firing,
                    },
                )
            for channel in ("wall", "phone"):
                connection.execute(
                    sa.insert(outbox),
                    {
                        "channel": channel, "alert_key": stage, "delivery": "state", "version": 1,
                        "attempts": 3 * (channel == "phone"), "created_at": at(4), "detail": "timed out",
                        "accepted_at": at(4) + timedelta(seconds=1) if channel == "wall" else None,
                        "closed_at": at(5) if channel == "phone" else None, "reason": "not_configured",
                    },
                )  # fmt: skip
            connection.execute(
                sa.insert(decisions),
                {"alert_key": stage, "channel": "robot", "at": at(4), "reason": "silenced", "detail": "s1"},
            )
    yield found
    found.close()


def test_what_was_told_has_its_changes_and_the_answer_of_each_channel(database: Database) -> None:
    first, second = map(alert_as_json, Views(database).alerts_of(KEY))
    assert [alert["stage"] for alert in (first, second)] == ["used_75", "used_90"]
    assert [(change["at"], change["reason"], change["firing"]) for change in second["changes"]] == [
        ("2026-01-05T04:00:00Z", "worsened", True), ("2026-01-05T05:00:00Z", "paused", False),
    ]  # fmt: skip
    answered = [(one["channel"], one["accepted_at"], one["closed_at"]) for one in second["deliveries"]]
    assert answered == [("wall", "2026-01-05T04:00:01Z", None), ("phone", None, "2026-01-05T05:00:00Z")]
    assert [(one["attempts"], one["error"], one["reason"]) for one in first["deliveries"]] == [
        (0, "timed out", "not_configured"), (3, "timed out", "not_configured"),
    ]  # fmt: skip
    assert first["withheld"] == [
        {"channel": "robot", "at": "2026-01-05T04:00:00Z", "reason": "silenced", "detail": "s1"}
    ]


def test_nothing_that_an_explanation_asks_reads_a_whole_table(database: Database) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT") and parameters:
            asked.append((statement, parameters))

    views = Views(database)
    sa.event.listen(database._engine, "before_cursor_execute", note)
    try:
        assert views.find("T1") == views.find("tickets/T1") == (KEY,)
        views.events_of(KEY)
        views.alerts_of(KEY)
    finally:
        sa.event.remove(database._engine, "before_cursor_execute", note)
    assert len(asked) == 3 + 1 + 6, "as many queries as there are tables, however many alerts there are"
    with database.read() as connection:
        for statement, parameters in asked:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            steps = [row.detail for row in plan if row.detail.startswith(("SCAN", "SEARCH"))]
            steps = [step for step in steps if not step.startswith("SCAN json_each ")]  # the keys that are asked for
            assert steps
            assert all(" INDEX " in step and step.startswith("SEARCH") for step in steps), (statement, steps)
