"""Measure one explanation out of a store of a million tickets: find it, read its events and its alerts, explain it.

`make bench` prints a table, and after it the same as JSON. Times are of the wall, in milliseconds, each ticket asked
for once; the first ones find nothing in memory. The store is a SQLite file in a temporary folder, gone afterwards.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from rich.console import Console
from rich.table import Table

from monitor.clock.engine import Rulebook
from monitor.config import build_rulebook, policy_file
from monitor.explain import as_json, explain, with_alerts
from monitor.history.mapping import AttributeRule, SourceMapping, StatusRule
from monitor.model import Phase, SubjectKey
from monitor.store.database import Database
from monitor.store.schema import alert_log, alerts, events, outbox, sources
from monitor.store.views import Views

SUBJECTS, ASKED, CHUNK, LONG = 1_000_000, 200, 50_000, 1000
BEGIN, NOW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
STORY = (("new", 0), ("working", 12), ("waiting", 90), ("working", 400), ("resolved", 900))
"""What each ticket says, and how many minutes after its opening; every thousandth says it thirty times over."""

MAPPING = SourceMapping(
    statuses={
        "new": StatusRule(Phase.OPENED),
        "working": StatusRule(Phase.ACCEPTED),
        "waiting": StatusRule(Phase.HELD, "customer_access"),
        "resolved": StatusRule(Phase.RESTORED),
    },
    attributes={name: AttributeRule(name) for name in ("tier", "assurance", "customer")},
)


def rows(subjects: range) -> Iterator[dict[str, Any]]:
    """The events of some tickets, as `events` has them."""
    for number in subjects:
        opened = BEGIN + timedelta(minutes=number * 400_000 // SUBJECTS)
        again = 30 if number % LONG == 0 else 1
        for place, (status, minutes) in enumerate(STORY * again):
            later = timedelta(minutes=minutes + place // len(STORY) * 1000)
            yield {
                "source": "desk",
                "event_id": f"T{number:07}#{place}",
                "kind": "ticket",
                "subject": f"T{number:07}",
                "at": opened + later,
                "sequence": place,
                "status": status,
                "feedback": False,
                "fields": {"tier": ("diamond", "gold", "silver")[number % 3], "customer": "ACME"} if not place else {},
                "received_at": opened + later,
            }


def alert_rows(number: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    """Three alerts of a ticket, told on two channels: every tenth ticket has them."""
    told, log, queued = [], [], []
    at = BEGIN + timedelta(minutes=number * 400_000 // SUBJECTS)
    for stage in ("used_75", "used_90", "breached"):
        key = f"{number:07}{stage}"
        told.append(
            {
                "key": key, "source": "desk", "subject": f"T{number:07}", "target": "restore", "cycle": 1,
                "stage": stage, "tier": "gold", "labels": {"stage": stage}, "annotations": {}, "starts_at": at,
                "reason": "first", "link": "",
            }
        )  # fmt: skip
        log.append({"key": key, "at": at, "reason": "first", "firing": True})
        queued += [
            {
                "channel": channel, "alert_key": key, "delivery": "state", "version": 1, "attempts": 0,
                "created_at": at, "accepted_at": at, "reason": "first", "detail": "",
            }
            for channel in ("alertmanager/a", "log")
        ]  # fmt: skip
    return told, log, queued


def fill(database: Database, subjects: int) -> int:
    """Put everything in, past the engine; gives the number of events."""
    count = 0
    with database.write() as connection:
        connection.execute(sa.insert(sources), {"source": "desk", "failures": 0, "error": ""})
    for start in range(0, subjects, CHUNK):
        some = range(start, min(start + CHUNK, subjects))
        chunk = list(rows(some))
        count += len(chunk)
        told: tuple[list[dict[str, Any]], ...] = ([], [], [])
        for number in some[::10]:
            for kept, more in zip(told, alert_rows(number), strict=True):
                kept.extend(more)
        with database.write() as connection:
            for table, these in zip((events, alerts, alert_log, outbox), (chunk, *told), strict=True):
                connection.execute(sa.insert(table), these)
    return count


def ask(views: Views, rules: Rulebook, subject: str) -> dict[str, float]:
    """How long each step of one explanation takes, in milliseconds."""
    marks = [time.perf_counter()]
    (key,) = views.find(subject)
    marks.append(time.perf_counter())
    said = views.events_of(key)
    marks.append(time.perf_counter())
    told = views.alerts_of(key)
    marks.append(time.perf_counter())
    explained = as_json(with_alerts(explain(said, rules, NOW), told))
    json.dumps(explained)
    marks.append(time.perf_counter())
    assert key == SubjectKey("desk", subject)
    assert explained["clocks"]
    steps = ("find", "events_of", "told", "explain")
    found = {name: 1000 * (b - a) for name, a, b in zip(steps, marks, marks[1:], strict=False)}
    return {**found, "all": 1000 * (marks[-1] - marks[0])}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--subjects", type=int, default=SUBJECTS)
    subjects = parser.parse_args().subjects
    rules = build_rulebook.rulebook(policy_file.load("demo", "Asia/Shanghai"), {"desk": MAPPING})
    chosen = random.Random(1)
    asked = [f"T{number:07}" for number in chosen.sample(range(subjects), ASKED)]
    long = [f"T{number:07}" for number in chosen.sample(range(0, subjects, LONG), min(20, subjects // LONG))]
    with tempfile.TemporaryDirectory(prefix="tierwatch-bench-") as folder:
        path = Path(folder) / "bench.db"
        database = Database(f"sqlite:///{path}")
        try:
            count = fill(database, subjects)
            size = sum(file.stat().st_size for file in Path(folder).iterdir())
            views = Views(database)
            times = {
                "any ticket": [ask(views, rules, name) for name in asked],
                f"of {len(STORY) * 30} events": [ask(views, rules, name) for name in long],
            }
        finally:
            database.close()
    show(times, subjects, count, size)


def show(times: dict[str, list[dict[str, float]]], subjects: int, count: int, size: int) -> None:
    table = Table(title=f"Explain one of {subjects:,} tickets ({count:,} events, {size / 1e9:.2f} GB): milliseconds")
    for column in ("", "step", "p50", "p99", "max"):
        table.add_column(column, justify="left" if column in ("", "step") else "right")
    figures: dict[str, dict[str, dict[str, float]]] = {}
    for what, of_all in times.items():
        for step in of_all[0]:
            taken = sorted(one[step] for one in of_all)
            found = {"p50": statistics.median(taken), "p99": taken[int(0.99 * (len(taken) - 1))], "max": taken[-1]}
            figures.setdefault(what, {})[step] = {name: round(value, 2) for name, value in found.items()}
            table.add_row(what, step, *(f"{value:,.2f}" for value in found.values()))
    Console(width=100).print(table)
    machine = {"python": platform.python_version(), "processor": platform.machine()}
    print(json.dumps({"explain": figures, "subjects": subjects, "events": count, "bytes": size, **machine}))


if __name__ == "__main__":
    main()
