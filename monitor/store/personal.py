"""Say of every column whether it may say something about a person, and what `store erase` does with it.

A column that is not in this list fails the tests: whoever adds one decides here. `docs/personal-data.md` has the same
for readers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum

import sqlalchemy as sa

from monitor.memory import remembered
from monitor.store.schema import metadata


class Holds(StrEnum):
    """What a column may hold."""

    PERSON = "person"
    """The name of somebody who did something, or was called. A name is replaced."""
    TEXT = "text"
    """What a source, a receiver or an operator wrote: it may name anybody. A name is replaced."""
    ID = "id"
    """What something is known by: of a ticket, a receiver, a group of one customer. It stays, for rows are found by it;
    where it is a name, that is said."""
    NOTHING = "nothing"
    """Times, numbers, words of our own and of the policy."""


_TICKET = "source subject"

_COLUMNS: Mapping[str, Mapping[Holds, str]] = {
    "events": {
        Holds.ID: f"{_TICKET} event_id baseline",
        Holds.TEXT: "status reason fields correction",
        Holds.NOTHING: "kind at sequence feedback opened_at received_at tie or_at",
    },
    "raw_bodies": {Holds.ID: "source event_id", Holds.TEXT: "body"},
    "cursors": {Holds.ID: "source position", Holds.NOTHING: "updated_at"},
    "sources": {
        Holds.ID: "source",
        Holds.TEXT: "error",
        Holds.NOTHING: "up last_success watermark failures next_poll",
    },
    "quarantine": {
        Holds.ID: f"{_TICKET} record_id",
        Holds.TEXT: "detail body event",
        Holds.NOTHING: "id reason first_seen last_seen rejudge_at resolved_at dropped_at",
    },
    "unread_words": {Holds.ID: f"{_TICKET}", Holds.TEXT: "form word", Holds.NOTHING: "what kind"},
    "touched": {Holds.ID: _TICKET, Holds.NOTHING: "revision priority not_before earliest"},
    "subjects": {
        Holds.ID: _TICKET,
        Holds.TEXT: "attributes status customer",
        Holds.NOTHING: "kind tier assurance circuit_state since rules_version retired_at retired_by counted_until",
    },
    "readings": {
        Holds.ID: f"{_TICKET} customer",
        Holds.TEXT: "legs",
        Holds.NOTHING: "target cycle open state life tier assurance counted read_at budget started_at deadline"
        " breached_at stopped_at missed_periods next_threshold_at policy_version calendar calendar_version measure"
        " exhausted_at kind used",
    },
    "transitions": {
        Holds.ID: f"{_TICKET} because",
        Holds.NOTHING: "id target cycle kind stage at tier assurance recorded_at",
    },
    "alerts": {
        Holds.ID: f"{_TICKET} key labels link cause_key",
        Holds.TEXT: "annotations",
        Holds.NOTHING: "target cycle stage tier starts_at resolved_at reason deadline ahead",
    },
    "alert_log": {Holds.ID: "key", Holds.NOTHING: "id at reason firing"},
    "outbox": {
        Holds.ID: "channel alert_key held_by after_key",
        Holds.TEXT: "alert detail",
        Holds.NOTHING: "id delivery version attempts next_at created_at accepted_at closed_at reason turn rank deadline"
        " due_since taken_at folded_into rang",
    },
    "decisions": {Holds.ID: "alert_key channel", Holds.TEXT: "detail", Holds.NOTHING: "id at reason"},
    "silences": {
        Holds.ID: "id",
        Holds.PERSON: "author",
        Holds.TEXT: "reason matchers",
        Holds.NOTHING: "starts_at ends_at maintenance created_at",
    },
    "causes": {Holds.ID: "id key", Holds.NOTHING: "opened_at deadline tier wave broken closed_at"},
    "acknowledgements": {
        Holds.ID: "alert_key",
        Holds.PERSON: "author holder",
        Holds.TEXT: "note",
        Holds.NOTHING: "id at via ends_at ends_for ended_at",
    },
    "escalations": {Holds.ID: "alert_key", Holds.PERSON: "person", Holds.NOTHING: "id step at reason over_at"},
    "heartbeats": {Holds.NOTHING: "stage at"},
    "counters": {Holds.ID: "labels", Holds.NOTHING: "name value"},
    "publications": {
        Holds.PERSON: "author",
        Holds.TEXT: "changes rules",
        Holds.NOTHING: "id at rules_version policies",
    },
    "contributions": {
        Holds.ID: f"{_TICKET} counted_in because value",
        Holds.NOTHING: "number at what good_at",
    },
    "groups": {Holds.ID: "subject value", Holds.NOTHING: "changed_from"},
    "month_reports": {Holds.TEXT: "rows", Holds.NOTHING: "month zone until made_at rules_version"},
    "forgotten": {Holds.NOTHING: "digest"},
    "meta": {Holds.TEXT: "value", Holds.NOTHING: "key"},
    "actions": {Holds.PERSON: "author", Holds.ID: "about", Holds.TEXT: "detail", Holds.NOTHING: "id at kind"},
    "drills": {
        Holds.ID: "id alert_key silence",
        Holds.PERSON: "author named people calls",
        Holds.TEXT: "detail",
        Holds.NOTHING: "asked_at whom tier ends_by again escalate begun_at ended_at ended_for",
    },
    "drill_tries": {
        Holds.ID: "drill channel",
        Holds.TEXT: "detail",
        Holds.NOTHING: "id queued_at at firing verdict reason",
    },
    "erased": {Holds.ID: _TICKET, Holds.NOTHING: "field marker"},
    "exports": {Holds.ID: "exporter", Holds.NOTHING: "position recorded_at spooled"},
    "export_spool": {Holds.ID: "exporter", Holds.NOTHING: "id points size packed"},
    "accounts": {Holds.ID: "name customer", Holds.NOTHING: "password roles created_at disabled_at"},
    "tokens": {
        Holds.ID: "id name customer",
        Holds.PERSON: "created_by",
        Holds.NOTHING: "digest shown roles scopes created_at expires_at revoked_at used_at",
    },
    "sessions": {
        Holds.ID: "digest name customer",
        Holds.NOTHING: "logged_in_by roles began_at seen_at ends_at",
    },
    "export_refused": {Holds.ID: "exporter", Holds.TEXT: "point reason", Holds.NOTHING: "id at"},
    "subscriptions": {
        Holds.ID: "id callback query customer",
        Holds.PERSON: "owner",
        Holds.NOTHING: "created_at position recorded_at failing_since suspended_at suspended_for",
    },
}


def holds(column: sa.Column[object]) -> Holds:
    """What a column may hold. Raises KeyError for one that nobody has decided on."""
    kinds = {name: one for one, names in _COLUMNS[column.table.name].items() for name in names.split()}
    return kinds[column.name]


def classified() -> Iterator[tuple[str, str]]:
    """(table, column) of everything in the list, as often as it is in it."""
    for table, kinds in _COLUMNS.items():
        yield from ((table, name) for names in kinds.values() for name in names.split())


@remembered("personal_columns", 16)
def columns(*kinds: Holds) -> Mapping[sa.Table, tuple[sa.Column[object], ...]]:
    """The columns of these kinds, by table; tables without any are left out."""
    found = {
        table: tuple(column for column in table.columns if holds(column) in kinds) for table in metadata.sorted_tables
    }
    return {table: some for table, some in found.items() if some}
