"""Mark the subjects that were judged by other rules, a portion at a time, nearest deadline first (semantics 15).

Which subjects those are is on record (`subjects.rules_version`), so a recomputation that is cut short goes on after the
next start. A portion is found by indexes and bounded in rows read, so that what is due never waits for more than one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from monitor.model import State, SubjectKey
from monitor.policy import GROUPS
from monitor.store import statements
from monitor.store.database import Database
from monitor.store.ingest import touch
from monitor.store.schema import groups, micros, readings, subjects, touched
from monitor.worktime import EPOCH

PORTION = 5_000
"""Subjects that are marked at once; a few seconds of judging."""

LAST = 2**62
"""The priority of a subject without a deadline."""

_WALK = 4
"""Open clocks that are looked at for each subject of a portion, at most."""


class Recomputation:
    """The recomputation by one version of the rules; belongs to one thread at a time.

    Subjects of a source that is not *configured* any more stay as they are: nobody could read its words.
    """

    def __init__(
        self, database: Database, rules_version: str, configured: Sequence[str], portion: int = PORTION
    ) -> None:
        self._database, self._rules, self._configured = database, rules_version, tuple(configured)
        self._portion = portion
        self._begun = False
        self.over = False
        """Whether every subject has been marked."""
        self._after: int | None = None

    def mark(self) -> int:
        """Mark the next portion; gives how many. Those that wait for their time are marked in the first one, too."""
        if self.over:
            return 0
        with self._database.write() as connection:
            found = {} if self._begun else _priorities(connection, list(self._put_off(connection)))
            unmarked = list(self._unmarked(connection))
            if len(unmarked) > self._portion:
                found |= self._nearest(connection) or _priorities(connection, unmarked[: self._portion])
            else:
                found |= _priorities(connection, unmarked)
            touch(connection, found)
            of_groups = [key.subject for key in found if key.source == GROUPS]
            if of_groups:  # they are judged from their beginning on
                anew = sa.update(groups).where(statements.one_of(groups.c.subject, of_groups))
                connection.execute(anew.values(changed_from=EPOCH))
        self._begun, self.over = True, len(unmarked) <= self._portion
        return len(found)

    def _unmarked(self, connection: sa.Connection) -> Iterator[SubjectKey]:
        """Those without a mark: a portion of them, and one more where there are more."""
        left = self._portion + 1
        for others in judged_by_others(self._rules, self._configured):
            query = sa.select(subjects.c.source, subjects.c.subject).where(others & ~_MARKED).limit(left)
            for row in connection.execute(query):
                left -= 1
                yield statements.key_of(row)

    def _put_off(self, connection: sa.Connection) -> Iterator[SubjectKey]:
        """Those whose mark waits for its time: other rules may judge what our own code failed on."""
        waits = touched.c.source.in_(self._configured) & touched.c.not_before.is_not(None)
        query = sa.select(subjects.c.source, subjects.c.subject).join(touched, _SAME)
        for row in connection.execute(query.where(waits & (subjects.c.rules_version != self._rules))):
            yield statements.key_of(row)

    def _nearest(self, connection: sa.Connection) -> dict[SubjectKey, int]:
        """The next of those without a mark by their deadlines; none where no open clock is left to look at."""
        deadline = sa.type_coerce(readings.c.deadline, sa.BigInteger).label("due")
        further = deadline.is_not(None) if self._after is None else deadline > self._after
        open_clocks = sa.select(readings.c.source, readings.c.subject, deadline).where(readings.c.open & further)
        by_state = [open_clocks.where(readings.c.state == state.value) for state in State]  # each a search in the index
        walk = sa.union_all(*by_state).order_by("due").limit(self._portion * _WALK).subquery()
        its = (subjects.c.source == walk.c.source) & (subjects.c.subject == walk.c.subject)
        old = (subjects.c.rules_version != self._rules) & subjects.c.source.in_(self._configured) & ~_MARKED
        query = sa.select(walk.c.source, walk.c.subject, walk.c.due, old.label("old")).join(subjects, its)
        found: dict[SubjectKey, int] = {}
        for row in connection.execute(query.order_by(walk.c.due)):
            if len(found) == self._portion:
                break
            self._after = row.due
            if row.old:
                found.setdefault(statements.key_of(row), row.due)
        return found


def judged_by_others(rules_version: str, configured: Sequence[str]) -> Iterator[sa.ColumnElement[bool]]:
    """The subjects of these sources that other rules judged, in two conditions, each of which an index answers.

    The source is no word for an index here: all subjects of it would be read.
    """
    named = subjects.c.source.concat("").in_(configured)
    yield (subjects.c.rules_version < rules_version) & named
    yield (subjects.c.rules_version > rules_version) & named


_SAME = (touched.c.source == subjects.c.source) & (touched.c.subject == subjects.c.subject)
_MARKED = sa.exists().where(_SAME)


def _priorities(connection: sa.Connection, keys: Sequence[SubjectKey]) -> dict[SubjectKey, int]:
    """The nearest deadline of each subject's open clocks, as a priority."""
    found = dict.fromkeys(keys, LAST)
    for row in statements.of_subjects(connection, readings, keys, readings.c.open & readings.c.deadline.is_not(None)):
        key = statements.key_of(row)
        found[key] = min(found[key], micros(row.deadline) or 0)
    return found
