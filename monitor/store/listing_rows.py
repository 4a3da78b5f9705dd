"""Read the clocks that stand at given places, with what is known of their subjects."""

from __future__ import annotations

import json
from collections.abc import Sequence, Set
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from monitor.listing import ClockPlace, ClockRow
from monitor.model import Life, Measure, State, SubjectKey, SubjectKind
from monitor.store.schema import instant, readings, subjects

_GIVEN = sa.func.json_each(sa.bindparam("given", type_=sa.Text())).table_valued("value", name="given")
_KEY = (readings.c.source, readings.c.subject, readings.c.target, readings.c.cycle)
_SAME = [column == sa.func.json_extract(_GIVEN.c.value, f"$[{place}]") for place, column in enumerate(_KEY)]
_COLUMNS = (
    readings.c.tier, readings.c.assurance, readings.c.state, readings.c.life,
    *(sa.type_coerce(column, sa.BigInteger()) for column in (
        readings.c.started_at, readings.c.deadline, readings.c.breached_at, readings.c.counted, readings.c.read_at,
        readings.c.budget,
    )),
    readings.c.missed_periods, readings.c.measure, readings.c.calendar, readings.c.policy_version, subjects.c.kind,
    sa.type_coerce(subjects.c.attributes, sa.Text()),
)  # fmt: skip
_ROWS = sa.select(*_KEY, *_COLUMNS).select_from(
    sa.join(_GIVEN, readings, sa.and_(*_SAME)).join(
        subjects, (subjects.c.source == readings.c.source) & (subjects.c.subject == readings.c.subject), isouter=True
    )
)

_STATES, _LIVES = {one.value: one for one in State}, {one.value: one for one in Life}
_MEASURES, _KINDS = {one.value: one for one in Measure}, {one.value: one for one in SubjectKind}
"""To look a word up costs a tenth of calling its enum; a page has two hundred of them."""


def rows_at(connection: sa.Connection, places: Sequence[ClockPlace], stale: Set[str]) -> list[ClockRow]:
    """The clocks at these places, in their order; one search in an index for each."""
    if not places:
        return []
    keys = [tuple(place[2:]) for place in places]
    found = {tuple(row[:4]): row for row in connection.execute(_ROWS, {"given": json.dumps(keys)}).all()}
    return [_row(found[key], stale) for key in keys]


def _row(row: Any, stale: Set[str]) -> ClockRow:
    (
        source, subject, target, cycle, tier, assurance, state, life, opened, deadline, breached_at, counted, read_at,
        budget, missed, measure, calendar, policy, kind, attributes,
    ) = row  # fmt: skip
    known = json.loads(attributes) if attributes else {}
    return ClockRow(
        SubjectKey(source, subject), target, cycle, tier, assurance, _STATES[state], _LIVES[life], instant(opened),
        None if deadline is None else instant(deadline), None if breached_at is None else instant(breached_at),
        timedelta(microseconds=counted), instant(read_at), timedelta(microseconds=budget), missed, _MEASURES[measure],
        calendar, policy, None if kind is None else _KINDS[kind], source in stale, known.get("customer", ""),
        known.get("circuit", ""), known.get("team", ""), known.get("title", ""), known.get("url", ""),
    )  # fmt: skip
