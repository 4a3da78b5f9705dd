"""Months with `keep`: what is open or not reported stays, what is over goes, and a month costs what the last one did.

The whole program without its threads lives through them on a machine whose clocks are moved. The figures of a large
year are in docs/performance.md, "A year".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from monitor.clock import read
from monitor.clock.condensing import BASELINE_ID
from monitor.model import SubjectKey
from monitor.snapshot import OWN_SOURCE
from monitor.store.clocks import Clocks
from monitor.store.month_reports import reported_until
from monitor.store.schema import (
    alerts,
    counters,
    events,
    month_reports,
    outbox,
    readings,
    subjects,
    touched,
    transitions,
)
from tests.bench.year import SOURCE, Size, listed_again, lived
from tests.support.flatness import Figures, Rounds
from tests.support.moved_program import MovedProgram

KEEP = "{events: 30d, transitions: 25d, pages: 20d, quarantine: 7d}"
SMALL = Size(tickets=1_200, circuits=12, months=4, step=timedelta(hours=12), keep=KEEP, stuck=4)
STEADY = 2
"""In the months before, nothing or not everything is old enough to go."""

ALL = sa.true()


@dataclass
class Lived:
    """What was seen of the months."""

    program: MovedProgram
    figures: list[Figures] = field(default_factory=list)
    new_at_the_end: int = -1
    marked_at_the_end: int = -1


def rows(program: MovedProgram, *columns: Any, where: sa.ColumnElement[bool] = ALL) -> set[tuple[str, ...]]:
    with program.database.read() as connection:
        return {tuple(map(str, row)) for row in connection.execute(sa.select(*columns).where(where))}


def standing(program: MovedProgram) -> dict[str, set[tuple[str, ...]]]:
    """What no sweep may change: all of tickets with an open clock, what fires or waits, and what was counted."""
    found = {
        "clocks": rows(program, *readings.c, where=readings.c.open),
        "fires": rows(program, *alerts.c, where=alerts.c.resolved_at.is_(None)),
        "waits": rows(program, *outbox.c, where=outbox.c.closed_at.is_(None)),
        "counted": rows(program, *counters.c, where=~counters.c.name.startswith("tierwatch_retention")),
    }
    for table in (events, transitions, alerts):
        mine = (readings.c.source == table.c.source) & (readings.c.subject == table.c.subject)
        ticket = table.c.subject.startswith("INC")
        its = ticket & sa.exists().where(mine & readings.c.open)
        found[f"{table.name} of open clocks"] = rows(program, *table.c, where=its)
    return found


def circuits(program: MovedProgram) -> dict[tuple[str, str, int], tuple[Any, ...]]:
    """Every cycle of every circuit, read anew from what is stored of it."""
    rules, now = program.program.parts.config.rules, program.clock.now
    names = rows(program, subjects.c.subject, where=subjects.c.kind == "circuit")
    found = {}
    for one in Clocks(program.database).load([SubjectKey(SOURCE, name) for (name,) in sorted(names)]):
        for item in read(one.events, rules, now):
            said = (item.open, item.state, item.counted, item.started_at, item.deadline, item.crossings, item.legs)
            found[one.key.subject, item.target.name, item.cycle] = said
    return found


def reports(program: MovedProgram) -> tuple[datetime | None, list[tuple[str, ...]]]:
    with program.database.read() as connection:
        until = reported_until(connection)
    return until, sorted(rows(program, *month_reports.c))


def sweep(program: MovedProgram) -> None:
    """Sweep, and hold what is there then against what was there before."""
    of_desk = (events.c.event_id, events.c.at)
    before, told, (_, made), read_before = (
        standing(program),
        rows(program, *of_desk),
        reports(program),
        circuits(program),
    )
    program.sweep()
    read_after = circuits(program)
    assert read_after.items() <= read_before.items(), "what is left of a circuit is read as before"
    assert {name for name, said in read_before.items() if said[0]} <= read_after.keys(), "what is open stays"
    until, made_now = reports(program)
    assert standing(program) == before
    assert made_now[: len(made)] == made, "a report that was made stays as it is"
    gone = told - rows(program, *of_desk)
    assert not {one for one in rows(program, *of_desk) - told if not one[0].startswith(BASELINE_ID)}
    assert not gone or until is not None, "nothing goes before a month was reported"
    late = {one for one in gone if until is None or datetime.fromisoformat(one[1]) >= until}
    assert not late, "nothing goes of a month that was not reported"


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    """The program after its months, each sweep of which was watched."""
    seen: Lived | None = None
    for program, figures in lived(tmp_path_factory.mktemp("year"), SMALL, Rounds(15, 3, 1), sweep):
        seen = seen or Lived(program)
        seen.figures.append(figures)
        if len(seen.figures) == SMALL.months:
            seen.new_at_the_end = listed_again(program)
            seen.marked_at_the_end = len(rows(program, *touched.c))
            yield seen


def no_sweep_touches_what_is_open_or_not_reported_and_every_month_is_reported(months: Lived) -> None:
    until, made = reports(months.program)
    assert [report[0] for report in made] == ["2026-01", "2026-02", "2026-03"], "the last one is not settled"
    assert until == datetime(2026, 4, 1, tzinfo=UTC)
    stuck = rows(months.program, readings.c.subject, where=readings.c.open & (readings.c.target == "restore"))
    first = rows(months.program, events.c.subject, where=events.c.at < datetime(2026, 2, 1, tzinfo=UTC))
    assert len({name for name in stuck & first if name[0].startswith("INC")}) >= SMALL.stuck
    assert {name for name in first if name[0].startswith("INC")} <= stuck, "what is over of the first month is gone"


def a_source_that_lists_everything_again_brings_nothing_new(months: Lived) -> None:
    assert months.new_at_the_end == 0
    assert months.marked_at_the_end == 0


def what_was_deleted_is_counted_and_published(months: Lived) -> None:
    text = months.program.scrape().decode()
    said = {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in text.splitlines() if line[0] != "#"}
    name = "tierwatch_retention_deleted_rows_total"
    for kind in ("events", "transitions", "pages", "quarantine"):
        assert said[f'{name}{{kind="{kind}"}}'] > 0, kind
    assert said[f'{name}{{kind="events"}}'] == months.figures[-1].tables["forgotten"].rows
    assert said["tierwatch_retention_last_success_timestamp_seconds"] == datetime(2026, 5, 1, tzinfo=UTC).timestamp()


def a_month_leaves_as_many_rows_and_an_idle_second_takes_as_many_steps_as_the_month_before(months: Lived) -> None:
    steady = months.figures[STEADY:]
    circuits = {"events", "raw_bodies", "transitions", "readings", "alerts", "outbox", "alert_log", "decisions",
                "escalations", "acknowledgements"}  # fmt: skip
    assert steady[-1].second_steps <= 1.1 * max(one.second_steps for one in steady[:-1]) + 200
    assert steady[-1].minute_steps <= 1.1 * max(one.minute_steps for one in steady[:-1])
    for name, table in steady[-1].tables.items():
        before = max(one.tables[name].rows for one in steady[:-1])
        if name not in ("forgotten", "month_reports", *circuits):
            assert table.rows <= 1.15 * before + 5, name
    of_tickets = events.c.source.in_((SOURCE, OWN_SOURCE)) & events.c.subject.startswith("INC")
    assert len(rows(months.program, events.c.event_id, where=of_tickets)) < 1_200 * 5 / 12 * 2, "of two months"


def test_a_year_leaves_nothing_behind_that_is_over_and_takes_nothing_that_is_not(months: Lived) -> None:
    """One test, for the months are lived through once: workers that share a file would each do it again."""
    no_sweep_touches_what_is_open_or_not_reported_and_every_month_is_reported(months)
    a_source_that_lists_everything_again_brings_nothing_new(months)
    what_was_deleted_is_counted_and_published(months)
    a_month_leaves_as_many_rows_and_an_idle_second_takes_as_many_steps_as_the_month_before(months)
