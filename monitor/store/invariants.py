"""Say what must hold between the rows of a sound database, as queries that find the rows that break it.

Each query goes through one table once and looks others up by an index. `tests/monitor/store/test_checking.py` breaks
each rule, and finds none broken in what the programs of `tests/upgrades` left.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from monitor.policy import GROUPS
from monitor.snapshot import OWN_SOURCE
from monitor.store.schema import Instant, Json, metadata

_FIRST, _LAST = -62_135_596_800_000_000, 253_402_300_799_999_999
"""The instants that a `datetime` can be, in microseconds since 1970."""


@dataclass(frozen=True, slots=True)
class Invariant:
    """What a row must not be: rows of *table*, called `a`, for which *broken* holds; *named* is how one is shown."""

    id: str
    table: str
    named: str
    broken: str
    what: str

    @property
    def query(self) -> str:
        """How many rows break it, and one of them."""
        return f"SELECT count(*), min({self.named}) FROM {self.table} AS a WHERE {self.broken}"


_SUBJECT = "a.source || '/' || a.subject"
_CLOCK = f"{_SUBJECT} || ' ' || a.target || ' cycle ' || a.cycle"
_PAGE = "a.channel || ': ' || a.alert_key"
_OWN = f"('{GROUPS}', '{OWN_SOURCE}')"


def _no(table: str, condition: str) -> str:
    return f"NOT EXISTS (SELECT 1 FROM {table} AS b WHERE {condition})"


def _of_an_alert(table: str, column: str = "alert_key") -> Invariant:
    return Invariant(
        f"{table}_without_alert", table, f"a.{column}", _no("alerts", f"b.key = a.{column}"),
        f"rows of {table} are about an alert that is not there",
    )  # fmt: skip


_MARKER = "coalesce(CASE WHEN json_valid(detail) THEN json_extract(detail, '$.marker') END, '')"
"""What stands in the place of what a deed erased; broken JSON is a fault of its own, and no error of the question."""

_SAME_CLOCK = "b.source = a.source AND b.subject = a.subject AND b.target = a.target AND b.cycle = a.cycle"
_TRANSITIONS = (
    "(SELECT source, subject, target, cycle, kind, stage, lag(kind) OVER (PARTITION BY source, subject, target, cycle,"
    " at, CASE WHEN kind = 'withdrawn' THEN stage ELSE kind || ':' || stage END ORDER BY id) AS before"
    " FROM transitions)"
)
"""Each transition with the one before it that records or withdraws the same."""

INVARIANTS = (
    Invariant(
        "body_without_event", "raw_bodies", "a.source || '/' || a.event_id",
        _no("events", "b.source = a.source AND b.event_id = a.event_id"),
        "raw bodies belong to an event that is not there",
    ),
    Invariant(
        "forgotten_and_stored", "events", "a.source || '/' || a.event_id",
        "EXISTS (SELECT 1 FROM forgotten AS b WHERE b.digest = event_digest(a.source, a.event_id))",
        "events are stored, though they count as deleted",
    ),
    Invariant(
        "clock_without_subject", "readings", _CLOCK, _no("subjects", "b.source = a.source AND b.subject = a.subject"),
        "clocks belong to a subject that is not there",
    ),
    Invariant(
        "open_clock_without_event", "readings", _CLOCK,
        f"a.open AND a.source NOT IN {_OWN} AND "
        + _no("events", "b.source = a.source AND b.subject = a.subject"),
        "open clocks belong to a subject of which no event is there",
    ),
    Invariant(
        "ended_clock_is_due", "readings", _CLOCK, "NOT a.open AND a.next_threshold_at IS NOT NULL",
        "clocks have ended and are due again",
    ),
    Invariant(
        "running_clock_is_never_due", "readings", _CLOCK,
        f"a.open AND a.life = 'running' AND a.source NOT IN {_OWN} AND a.measure = 'time' AND a.breached_at IS NULL"
        " AND a.deadline IS NOT NULL"
        " AND (a.next_threshold_at IS NULL OR a.next_threshold_at > a.deadline + 1000000)",
        "running clocks are not looked at when their deadline has come",
    ),
    Invariant(
        "transition_twice", _TRANSITIONS, f"{_CLOCK} || ' ' || a.kind || ' ' || a.stage",
        "a.kind <> 'withdrawn' AND a.before <> 'withdrawn'", "transitions are stored twice",
    ),
    Invariant(
        "breach_without_transition", "readings", _CLOCK,
        "a.open AND a.breached_at IS NOT NULL AND a.missed_periods < 2 AND "
        + _no("transitions", f"{_SAME_CLOCK} AND b.kind = 'breached'")
        + " AND " + _no("touched", "b.source = a.source AND b.subject = a.subject")
        + " AND "
        + _no("subjects", "b.source = a.source AND b.subject = a.subject AND b.counted_until >= a.breached_at"),
        "open clocks are breached, and no breach is recorded",
    ),
    _of_an_alert("alert_log", "key"),
    _of_an_alert("outbox"),
    _of_an_alert("decisions"),
    _of_an_alert("acknowledgements"),
    _of_an_alert("escalations"),
    Invariant(
        "alert_without_clock", "alerts", "a.key",
        f"a.resolved_at IS NULL AND a.subject IS NOT NULL AND a.source <> '{OWN_SOURCE}' AND a.cycle > 0 AND "
        + _no("readings", _SAME_CLOCK)
        + " AND " + _no("touched", "b.source = a.source AND b.subject = a.subject"),
        "alerts fire for a clock that is not there",
    ),
    Invariant(
        "page_accepted_and_open", "outbox", _PAGE,
        "a.delivery = 'queue' AND a.accepted_at IS NOT NULL AND a.closed_at IS NULL",
        "pages were accepted and would be sent again",
    ),
    Invariant(
        "page_without_text", "outbox", _PAGE,
        "a.delivery = 'queue' AND a.closed_at IS NULL AND a.alert IS NULL",
        "pages wait and have no text",
    ),
    Invariant(
        "page_in_no_digest", "outbox", _PAGE, "a.folded_into IS NOT NULL AND " + _no("outbox", "b.id = a.folded_into"),
        "pages stand in a digest that is not there",
    ),
    Invariant("counter_below_zero", "counters", "a.name || a.labels", "a.value < 0", "counters are below zero"),
    Invariant(
        "news_without_event", "touched", _SUBJECT,
        "a.earliest IS NOT NULL AND "
        + _no("events", "b.source = a.source AND b.subject = a.subject AND b.at = a.earliest"),
        "subjects have news of an instant at which no event is there",
    ),
    Invariant(
        "drill_without_alert", "drills", "a.id",
        "a.begun_at IS NOT NULL AND a.ended_at IS NULL AND " + _no("alerts", "b.key = a.alert_key"),
        "drills are on, and their alert is not there",
    ),
    Invariant(
        "drill_beside_another", "drills", "a.id",
        "a.ended_at IS NULL AND EXISTS (SELECT 1 FROM drills AS b WHERE b.ended_at IS NULL AND b.id <> a.id)",
        "more than one drill is on",
    ),
    Invariant(
        "drill_ended_for_nothing", "drills", "a.id", "a.ended_at IS NOT NULL AND a.ended_for = ''",
        "drills are over and nothing says why",
    ),
    Invariant(
        "try_without_drill", "drill_tries", "a.drill || ' ' || a.channel", _no("drills", "b.id = a.drill"),
        "answers of receivers belong to a drill that is not there",
    ),
    Invariant(
        "action_of_no_kind", "actions", "a.id", "a.kind = ''", "the audit trail has deeds that do not say what was done"
    ),
    Invariant(
        "erased_by_nobody", "erased", f"{_SUBJECT} || ' ' || a.field",
        f"a.marker NOT IN (SELECT {_MARKER} FROM actions WHERE kind = 'erased')",
        "fields are erased, and the audit trail has no deed of it",
    ),
)  # fmt: skip


def unreadable(table: sa.Table) -> Invariant | None:
    """What of a table's columns this version could not read: instants that are none, JSON that is broken."""
    wrong = []
    for column in table.columns:
        here = f'a."{column.name}"'
        if isinstance(column.type, Instant):
            wrong.append(f"({here} IS NOT NULL AND (typeof({here}) <> 'integer'"
                         f" OR {here} NOT BETWEEN {_FIRST} AND {_LAST}))")  # fmt: skip
        elif isinstance(column.type, Json):
            wrong.append(f"({here} IS NOT NULL AND NOT json_valid({here}))")
    if not wrong:
        return None
    named = " || ' ' || ".join(f'a."{column.name}"' for column in table.primary_key.columns)
    what = f"rows of {table.name} hold an instant or a JSON text that cannot be read"
    return Invariant(f"unreadable_{table.name}", table.name, named, " OR ".join(wrong), what)


VALUES = tuple(found for table in metadata.sorted_tables if (found := unreadable(table)) is not None)
"""One for each table with such columns."""
