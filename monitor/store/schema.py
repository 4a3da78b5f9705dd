"""Name the tables. Nothing here that SQLite and PostgreSQL could not both do.

Instants and lengths are stored as whole microseconds (since 1970, UTC): exact, sortable, alike in every database.
`events` is the truth; `readings` and `subjects` are caches that can be rebuilt from it, indexed so that what is due is
found without a scan. Raw bodies lie in a table of their own, so that the engine never reads past them. A new database
is created from this file alone: what a migration adds stands last in its table here too, columns and indexes.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from json.encoder import encode_basestring as _quoted
from typing import Any

import sqlalchemy as sa

from monitor.alert import DRILL
from monitor.policy import GUARDED
from monitor.snapshot import OWN_SOURCE
from monitor.worktime import EPOCH, TICK

metadata = sa.MetaData()


@sa.event.listens_for(sa.Index, "after_parent_attach")
def _attached(index: sa.Index, table: sa.Table) -> None:
    index.info["place"] = len(table.indexes)


WHERE = "where"
"""Under this name an index has, in `info`, which rows it holds in PostgreSQL.

As `postgresql_where` it would have SQLAlchemy import all that it has for PostgreSQL, whatever the database is.
"""


def place(index: sa.Index) -> int:
    """Where an index stands among those of its table: of two that serve alike SQLite takes the one created last."""
    return int(index.info["place"])


def micros(at: datetime | None) -> int | None:
    """An aware datetime as microseconds since 1970."""
    return None if at is None else (at - EPOCH) // TICK


def instant(stored: int) -> datetime:
    """What `micros` made of an instant, as the instant it was."""
    return EPOCH + timedelta(microseconds=stored)


def ticks(length: timedelta | None) -> int | None:
    """A length in microseconds."""
    return None if length is None else length // TICK


class Instant(sa.types.TypeDecorator[datetime]):
    """An aware datetime as microseconds since 1970."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> int | None:
        return micros(value)

    def process_result_value(self, value: int | None, dialect: Any) -> datetime | None:
        return None if value is None else instant(value)


class Duration(sa.types.TypeDecorator[timedelta]):
    """A length in microseconds."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Any) -> int | None:
        return ticks(value)

    def process_result_value(self, value: int | None, dialect: Any) -> timedelta | None:
        return None if value is None else timedelta(microseconds=value)


_ENCODE = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def encoded(value: Any) -> str | None:
    """A JSON value as canonical text."""
    if value is None:
        return None
    if type(value) is dict:
        try:  # most are texts by name; the encoder takes three times as long for those
            return "{" + ",".join([f"{_quoted(name)}:{_quoted(text)}" for name, text in sorted(value.items())]) + "}"
        except TypeError:
            pass
    return _ENCODE(value)


class Json(sa.types.TypeDecorator[Any]):
    """A JSON value as canonical text, so that equal values are equal text (labels are part of a key)."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> str | None:
        return encoded(value)

    def process_result_value(self, value: str | None, dialect: Any) -> Any:
        return None if value is None else json.loads(value)


_BIG_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")

events = sa.Table(
    "events",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Column("status", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("feedback", sa.Boolean, nullable=False),
    sa.Column("opened_at", Instant),
    sa.Column("fields", Json, nullable=False),
    sa.Column("received_at", Instant, nullable=False),
    sa.Column("correction", Json),
    sa.Column("tie", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("or_at", Instant),
    sa.Column("baseline", Json),
)

OURS = events.c.source == sa.literal_column(f"'{OWN_SOURCE}'")
"""The events of synthetic clocks, of which those of a few hours are kept."""

sa.Index("events_of_ours", events.c.source, events.c.received_at, sqlite_where=OURS, info={WHERE: OURS})
sa.Index("events_by_subject", events.c.source, events.c.subject, events.c.at)

IS_BASELINE = events.c.baseline.is_not(None)
"""The events that stand in the place of deleted ones."""

sa.Index("events_baselines", events.c.source, events.c.subject, sqlite_where=IS_BASELINE, info={WHERE: IS_BASELINE})

raw_bodies = sa.Table(
    "raw_bodies",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("body", sa.Text, nullable=False),
)

cursors = sa.Table(
    "cursors",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("position", Json, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
)

sources = sa.Table(
    "sources",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("up", sa.Boolean),
    sa.Column("last_success", Instant),
    sa.Column("watermark", Instant),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("next_poll", Instant),
    sa.Column("error", sa.Text, nullable=False),
)

quarantine = sa.Table(
    "quarantine",
    metadata,
    sa.Column("id", _BIG_ID, primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("record_id", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("event", Json),
    sa.Column("first_seen", Instant, nullable=False),
    sa.Column("last_seen", Instant, nullable=False),
    sa.Column("rejudge_at", Instant),
    sa.Column("resolved_at", Instant),
    sa.Column("dropped_at", Instant),
    sa.UniqueConstraint("source", "record_id", "reason", name="quarantine_record"),
    sa.Index("quarantine_subject", "source", "subject"),
)

SET_ASIDE = quarantine.c.resolved_at.is_(None)
"""The records that are in quarantine still."""

HELD_LOSS = (quarantine.c.reason == sa.literal_column("'sudden_loss'")) & quarantine.c.resolved_at.is_(None)
"""The record that stands for a sudden loss of a source, as long as it is held back."""

sa.Index("quarantine_held_loss", quarantine.c.source, sqlite_where=HELD_LOSS, info={WHERE: HELD_LOSS})

FROM_THE_FUTURE = SET_ASIDE & quarantine.c.rejudge_at.is_not(None)
"""The records that are set aside until their time comes."""

sa.Index("quarantine_rejudge", quarantine.c.rejudge_at, sqlite_where=FROM_THE_FUTURE, info={WHERE: FROM_THE_FUTURE})
sa.Index("quarantine_open", quarantine.c.source, quarantine.c.reason, sqlite_where=SET_ASIDE, info={WHERE: SET_ASIDE})

unread_words = sa.Table(
    "unread_words",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("what", sa.Text, primary_key=True),
    sa.Column("form", sa.Text, nullable=False),
    sa.Column("word", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Index("unread_words_by_form", "source", "what", "form"),
)

touched = sa.Table(
    "touched",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("revision", sa.BigInteger, nullable=False),
    sa.Column("priority", sa.BigInteger, nullable=False),
    sa.Column("not_before", Instant),
    sa.Column("earliest", Instant),
    sa.Index("touched_by_priority", "source", "priority"),
    sa.Index("touched_put_off", "source", "not_before"),
)

subjects = sa.Table(
    "subjects",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("tier", sa.Text, nullable=False),
    sa.Column("assurance", sa.Text, nullable=False),
    sa.Column("attributes", Json, nullable=False),
    sa.Column("status", sa.Text),
    sa.Column("circuit_state", sa.Text),
    sa.Column("since", Instant),
    sa.Column("rules_version", sa.Text, nullable=False),
    sa.Column("retired_at", Instant),
    sa.Column("retired_by", sa.Text, nullable=False, server_default=""),
    sa.Column("counted_until", Instant),
    sa.Column("customer", sa.Text),
    sa.Index("subjects_by_rules", "rules_version"),
)

IS_CIRCUIT = subjects.c.circuit_state.is_not(None)

IS_GUARDED = sa.type_coerce(subjects.c.attributes, sa.Text).like(sa.literal_column(f"'%\"{GUARDED}\":%'"))
"""The subjects that are in a guarded period."""

sa.Index("subjects_guarded", subjects.c.source, subjects.c.subject, sqlite_where=IS_GUARDED, info={WHERE: IS_GUARDED})
sa.Index(
    "subjects_circuits", subjects.c.circuit_state, subjects.c.source, subjects.c.tier, subjects.c.assurance,
    subjects.c.subject, sqlite_where=IS_CIRCUIT, info={WHERE: IS_CIRCUIT},
)  # fmt: skip

OF_CUSTOMERS = subjects.c.customer.is_not(None)
"""The subjects of which the source says whose they are. `customer` is what `attributes` say of it."""

sa.Index(
    "subjects_of_customers", subjects.c.customer, subjects.c.kind,
    sqlite_where=OF_CUSTOMERS, info={WHERE: OF_CUSTOMERS},
)  # fmt: skip

readings = sa.Table(
    "readings",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("target", sa.Text, primary_key=True),
    sa.Column("cycle", sa.Integer, primary_key=True),
    sa.Column("open", sa.Boolean, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("life", sa.Text, nullable=False),
    sa.Column("tier", sa.Text, nullable=False),
    sa.Column("assurance", sa.Text, nullable=False),
    sa.Column("counted", Duration, nullable=False),
    sa.Column("read_at", Instant, nullable=False),
    sa.Column("budget", Duration, nullable=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("deadline", Instant),
    sa.Column("breached_at", Instant),
    sa.Column("stopped_at", Instant),
    sa.Column("missed_periods", sa.Integer, nullable=False),
    sa.Column("next_threshold_at", Instant),
    sa.Column("policy_version", sa.Text, nullable=False),
    sa.Column("calendar", sa.Text, nullable=False),
    sa.Column("calendar_version", sa.Text, nullable=False, server_default=""),
    sa.Column("measure", sa.Text, nullable=False, server_default="time"),
    sa.Column("exhausted_at", Instant),
    sa.Column("legs", sa.Text),
    sa.Column("kind", sa.Text),
    sa.Column("customer", sa.Text),
    sa.Column("used", sa.BigInteger),
    sa.Index("readings_due", "source", "next_threshold_at"),
)

_OPEN_HERE = sa.text("open = 1")  # as SQLAlchemy writes `readings.c.open` for SQLite, which compares texts

_LATE = readings.c.open & readings.c.breached_at.is_not(None)

sa.Index(
    "readings_counted", readings.c.source, readings.c.tier, readings.c.assurance, readings.c.target, readings.c.state,
    readings.c.deadline, readings.c.exhausted_at, readings.c.open,
    sqlite_where=_OPEN_HERE, info={WHERE: readings.c.open},
)  # fmt: skip
"""What is counted of open clocks: a recount reads this index and no row, for `open`, of which it asks, is in it too."""

_ITS_ROW = (readings.c.source, readings.c.subject, readings.c.target, readings.c.cycle, readings.c.tier)
"""What orders clocks that are otherwise alike, and the tier, of which a list is asked most often."""

sa.Index(
    "readings_late", readings.c.breached_at, *_ITS_ROW, readings.c.state,
    sqlite_where=sa.text("open = 1 AND breached_at IS NOT NULL"), info={WHERE: _LATE},
)  # fmt: skip
sa.Index(
    "readings_nearest", readings.c.state, readings.c.deadline, *_ITS_ROW,
    sqlite_where=_OPEN_HERE, info={WHERE: readings.c.open},
)  # fmt: skip
sa.Index(
    "readings_opened", readings.c.started_at, *_ITS_ROW, readings.c.state,
    sqlite_where=_OPEN_HERE, info={WHERE: readings.c.open},
)  # fmt: skip
sa.Index(
    "readings_whose", readings.c.kind, readings.c.customer, sqlite_where=_OPEN_HERE, info={WHERE: readings.c.open},
)  # fmt: skip
"""Open clocks by the kind of their subject and by its customer. Both columns are empty of a clock that stopped."""

IS_ALLOWANCE = readings.c.open & readings.c.used.is_not(None)
"""The open clocks of allowances. `used` is how much of one is used, in microseconds. While it is being used, this grows
with time; then `used` is the instant from which it would have been used without a break, in the time of its calendar.
"""

sa.Index(
    "readings_allowances", readings.c.source, readings.c.tier, readings.c.assurance, readings.c.target,
    readings.c.life, readings.c.budget, readings.c.calendar, readings.c.used, readings.c.open,
    sqlite_where=sa.text("open = 1 AND used IS NOT NULL"), info={WHERE: IS_ALLOWANCE},
)  # fmt: skip
"""What is counted of allowances: a recount reads this index and no row, and other clocks are not in it."""

transitions = sa.Table(
    "transitions",
    metadata,
    sa.Column("id", _BIG_ID, primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("cycle", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("because", sa.Text, nullable=False),
    sa.Column("tier", sa.Text, nullable=False),
    sa.Column("assurance", sa.Text, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Index("transitions_by_subject", "source", "subject", "at"),
)

BREACHES = transitions.c.kind == sa.literal_column("'breached'")
"""The transitions that are breaches, few of all."""

sa.Index("transitions_breached", transitions.c.at, sqlite_where=BREACHES, info={WHERE: BREACHES})

alerts = sa.Table(
    "alerts",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("source", sa.Text),
    sa.Column("subject", sa.Text),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("cycle", sa.Integer, nullable=False),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("tier", sa.Text, nullable=False),
    sa.Column("labels", Json, nullable=False),
    sa.Column("annotations", Json, nullable=False),
    sa.Column("starts_at", Instant, nullable=False),
    sa.Column("resolved_at", Instant),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("link", sa.Text, nullable=False),
    sa.Column("cause_key", sa.Text, nullable=False, server_default=""),
    sa.Column("deadline", Instant),
    sa.Column("ahead", Json),
    sa.Index("alerts_by_subject", "source", "subject"),
    sa.Index("alerts_firing", "resolved_at", "tier", "stage"),
    sa.Index("alerts_by_cause", "cause_key", "resolved_at"),
)

OF_A_DRILL = alerts.c.stage == sa.literal_column(f"'{DRILL}'")
"""The alerts of drills: nothing is counted of them."""

NOBODYS = alerts.c.source.is_(None) & alerts.c.subject.is_(None) & (alerts.c.cause_key == sa.literal_column("''"))
"""What is about no single subject and no cause: the digest of the backlog, major faults, ourselves."""

sa.Index("alerts_of_nobody", alerts.c.key, sqlite_where=NOBODYS, info={WHERE: NOBODYS})

alert_log = sa.Table(
    "alert_log",
    metadata,
    sa.Column("id", _BIG_ID, primary_key=True),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("firing", sa.Boolean, nullable=False),
    sa.Index("alert_log_by_key", "key"),
)

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", _BIG_ID, primary_key=True),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("alert_key", sa.Text, nullable=False),
    sa.Column("delivery", sa.Text, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("alert", Json),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_at", Instant),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("accepted_at", Instant),
    sa.Column("closed_at", Instant),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("held_by", sa.Text, nullable=False, server_default=""),
    sa.Column("turn", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("rank", sa.Integer, nullable=False, server_default="0"),
    sa.Column("deadline", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("after_key", sa.Text, nullable=False, server_default=""),
    sa.Column("due_since", Instant),
    sa.Column("taken_at", Instant),
    sa.Column("folded_into", sa.BigInteger),
    sa.Column("rang", sa.Text, nullable=False, server_default=""),
    sa.Index("outbox_by_alert", "alert_key", "channel"),
    sa.Index("outbox_due", "channel", "next_at"),
    sa.Index("outbox_held", "held_by"),
)

ITS_READING = (
    (readings.c.source == alerts.c.source)
    & (readings.c.subject == alerts.c.subject)
    & (readings.c.target == alerts.c.target)
    & (readings.c.cycle == alerts.c.cycle)
)
"""Joins an alert with the reading of its clock."""

OPEN = outbox.c.closed_at.is_(None)
UNHELD = outbox.c.held_by == sa.literal_column("''")  # a literal, so that a partial index can be used

_UNTOLD = OPEN & outbox.c.accepted_at.is_(None)
_FOLDED = outbox.c.folded_into.is_not(None)

outbox_in_turn = sa.Index(
    "outbox_in_turn", outbox.c.channel, outbox.c.turn, outbox.c.rank, outbox.c.deadline, outbox.c.id, outbox.c.next_at,
    sqlite_where=_UNTOLD & UNHELD, info={WHERE: _UNTOLD & UNHELD},
)  # fmt: skip
"""The pages that nothing holds back, in the order in which they are sent."""

sa.Index("outbox_untold", outbox.c.channel, outbox.c.held_by, sqlite_where=_UNTOLD, info={WHERE: _UNTOLD})
sa.Index("outbox_folded", outbox.c.folded_into, sqlite_where=_FOLDED, info={WHERE: _FOLDED})

decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("id", _BIG_ID, primary_key=True),
    sa.Column("alert_key", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Index("decisions_by_alert", "alert_key"),
    sa.Index("decisions_by_time", "at"),
)

silences = sa.Table(
    "silences",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("matchers", Json, nullable=False),
    sa.Column("starts_at", Instant, nullable=False),
    sa.Column("ends_at", Instant, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("maintenance", sa.Boolean, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Index("silences_by_end", "ends_at"),
)

causes = sa.Table(
    "causes",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("opened_at", Instant, nullable=False),
    sa.Column("deadline", Instant),
    sa.Column("tier", sa.Text, nullable=False),
    sa.Column("wave", sa.Integer, nullable=False),
    sa.Column("broken", sa.Boolean, nullable=False),
    sa.Column("closed_at", Instant),
)

LASTS = causes.c.closed_at.is_(None)
"""The root causes that are not over."""

sa.Index("causes_open", causes.c.key, sqlite_where=LASTS, info={WHERE: LASTS})

OVER = causes.c.closed_at.is_not(None)
"""The root causes that are over."""

sa.Index("causes_over", causes.c.closed_at, causes.c.id, sqlite_where=OVER, info={WHERE: OVER})

acknowledgements = sa.Table(
    "acknowledgements",
    metadata,
    sa.Column("id", _BIG_ID, primary_key=True),
    sa.Column("alert_key", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("via", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("ends_at", Instant),
    sa.Column("ends_for", sa.Text, nullable=False, server_default=""),
    sa.Column("holder", sa.Text, nullable=False, server_default=""),
    sa.Column("ended_at", Instant),
    sa.Index("acknowledgements_by_alert", "alert_key"),
    sa.Index("acknowledgements_by_end", "ended_at", "ends_at"),
)

escalations = sa.Table(
    "escalations",
    metadata,
    sa.Column("id", _BIG_ID, primary_key=True),
    sa.Column("alert_key", sa.Text, nullable=False),
    sa.Column("step", sa.Integer, nullable=False),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("over_at", Instant),
    sa.UniqueConstraint("alert_key", "step", "person", name="escalations_once"),
)

FOLLOWED = (escalations.c.step == sa.literal_column("-1")) & escalations.c.over_at.is_(None)
"""The alerts that were sent, of which there may be more to send."""

sa.Index("escalations_followed", escalations.c.alert_key, sqlite_where=FOLLOWED, info={WHERE: FOLLOWED})

heartbeats = sa.Table(
    "heartbeats",
    metadata,
    sa.Column("stage", sa.Text, primary_key=True),
    sa.Column("at", Instant, nullable=False),
)

counters = sa.Table(
    "counters",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("labels", Json, primary_key=True),
    sa.Column("value", sa.BigInteger, nullable=False),
)

publications = sa.Table(
    "publications",
    metadata,
    sa.Column("id", _BIG_ID, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("rules_version", sa.Text, nullable=False),
    sa.Column("policies", Json, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("changes", Json, nullable=False),
    sa.Column("rules", Json, nullable=False),
)

contributions = sa.Table(
    "contributions",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("counted_in", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("because", sa.Text, nullable=False),
    sa.Column("good_at", Instant),
    sa.Column("value", sa.Text, nullable=False),
    sa.Index("contributions_by_group", "counted_in", "at", "source", "subject", "what", "good_at"),
)

groups = sa.Table(
    "groups",
    metadata,
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("changed_from", Instant),
)

month_reports = sa.Table(
    "month_reports",
    metadata,
    sa.Column("month", sa.Text, primary_key=True),
    sa.Column("zone", sa.Text, nullable=False),
    sa.Column("until", Instant, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("rules_version", sa.Text, nullable=False),
    sa.Column("rows", Json, nullable=False),
)

forgotten = sa.Table(
    "forgotten",
    metadata,
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sqlite_with_rowid=False,
)

drills = sa.Table(
    "drills",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("asked_at", Instant, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("whom", sa.Text, nullable=False),
    sa.Column("named", sa.Text, nullable=False),
    sa.Column("tier", sa.Text, nullable=False),
    sa.Column("ends_by", Instant, nullable=False),
    sa.Column("again", Duration, nullable=False),
    sa.Column("escalate", sa.Boolean, nullable=False),
    sa.Column("alert_key", sa.Text, nullable=False),
    sa.Column("begun_at", Instant),
    sa.Column("ended_at", Instant),
    sa.Column("ended_for", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("silence", sa.Text, nullable=False),
    sa.Column("people", Json, nullable=False),
    sa.Column("calls", Json, nullable=False),
    sa.Index("drills_by_time", "asked_at"),
)

DRILL_IS_ON = drills.c.ended_at.is_(None)
"""The drills that are not over."""

sa.Index("drills_on", drills.c.id, sqlite_where=DRILL_IS_ON, info={WHERE: DRILL_IS_ON})

drill_tries = sa.Table(
    "drill_tries",
    metadata,
    sa.Column("id", _BIG_ID, primary_key=True),
    sa.Column("drill", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("queued_at", Instant, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("firing", sa.Boolean, nullable=False),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Index("drill_tries_by_drill", "drill"),
)

meta = sa.Table(
    "meta",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

actions = sa.Table(
    "actions",
    metadata,
    sa.Column("id", _BIG_ID, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("about", sa.Text, nullable=False),
    sa.Column("detail", Json, nullable=False),
    sa.Index("actions_by_time", "at"),
)

erased = sa.Table(
    "erased",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("field", sa.Text, primary_key=True),
    sa.Column("marker", sa.Text, nullable=False),
)

exports = sa.Table(
    "exports",
    metadata,
    sa.Column("exporter", sa.Text, primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("recorded_at", Instant),
    sa.Column("spooled", sa.BigInteger, nullable=False),
)

export_spool = sa.Table(
    "export_spool",
    metadata,
    sa.Column("id", _BIG_ID, primary_key=True),
    sa.Column("exporter", sa.Text, nullable=False),
    sa.Column("points", sa.Integer, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("packed", sa.LargeBinary, nullable=False),
    sa.Index("export_spool_by_exporter", "exporter"),
)

export_refused = sa.Table(
    "export_refused",
    metadata,
    sa.Column("id", _BIG_ID, primary_key=True),
    sa.Column("exporter", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("point", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Index("export_refused_by_exporter", "exporter"),
)

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("password", sa.Text, nullable=False),
    sa.Column("roles", Json, nullable=False),
    sa.Column("customer", sa.Text),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("disabled_at", Instant),
)

tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("shown", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("roles", Json, nullable=False),
    sa.Column("scopes", Json),
    sa.Column("customer", sa.Text),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("expires_at", Instant),
    sa.Column("revoked_at", Instant),
    sa.Column("used_at", Instant),
    sa.Index("tokens_by_digest", "digest", unique=True),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("logged_in_by", sa.Text, nullable=False),
    sa.Column("roles", Json, nullable=False),
    sa.Column("customer", sa.Text),
    sa.Column("began_at", Instant, nullable=False),
    sa.Column("seen_at", Instant, nullable=False),
    sa.Column("ends_at", Instant, nullable=False),
    sa.Index("sessions_by_name", "name"),
    sa.Index("sessions_by_end", "ends_at"),
)

subscriptions = sa.Table(
    "subscriptions",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("callback", sa.Text, nullable=False),
    sa.Column("query", sa.Text, nullable=False),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("customer", sa.Text),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("recorded_at", Instant),
    sa.Column("failing_since", Instant),
    sa.Column("suspended_at", Instant),
    sa.Column("suspended_for", sa.Text, nullable=False),
)
