"""Keep which words of open subjects are not understood, and count them by word."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from monitor.model import SubjectKind
from monitor.snapshot import UnreadWord, UnreadWords
from monitor.store import statements
from monitor.store.database import Database
from monitor.store.outcomes import Step
from monitor.store.schema import unread_words
from monitor.text import HIDDEN, LONGEST, LONGEST_LABEL, folded

_TABLE = unread_words.c
_SUBJECTS = sa.func.count()


def note_unread(connection: sa.Connection, steps: Sequence[Step], unseen: bool = False) -> None:
    """Remember which words of these subjects stand in the way of a promise now, and forget those that do not.

    With *unseen* nothing is stored of the subjects.
    """
    keys = [] if unseen else [step.loaded.key for step in steps]
    stored = {tuple(row) for row in statements.of_subjects(connection, unread_words, keys)}
    wanted = {
        (step.loaded.key.source, step.loaded.key.subject, one.what, form_of(one.value), one.value[:LONGEST],
         step.outcome.subject.kind.value)
        for step in steps
        for one in step.outcome.unread
    }  # fmt: skip
    for source, subject, what, *_ in stored - wanted:
        one = (_TABLE.source == source) & (_TABLE.subject == subject) & (_TABLE.what == what)
        connection.execute(sa.delete(unread_words).where(one))
    names = [column.name for column in unread_words.columns]
    statements.add(connection, unread_words, [dict(zip(names, row, strict=True)) for row in wanted - stored])


def form_of(word: str) -> str:
    """The form by which a word is counted: folded, and cut where it is longer than any word is."""
    return folded(word)[:LONGEST]


class Unread:
    """The words of open subjects that are not understood."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def any(self, sources: Collection[str]) -> bool:
        """Whether there is any in one of *sources*."""
        with self._database.read() as connection:
            mine = sa.select(_TABLE.source).where(_TABLE.source.in_(list(sources))).limit(1)
            return connection.scalar(mine) is not None

    def words(self, sources: Collection[str], besides: Collection[tuple[str, str, str]] = ()) -> UnreadWords:
        """Those of *sources* that most subjects have, and *besides* those named by (source, what, `words.label`)."""
        mine = _TABLE.source.in_(list(sources))
        kinds = (_TABLE.source, _TABLE.what)
        with self._database.read() as connection:
            if connection.scalar(sa.select(_TABLE.source).where(mine).limit(1)) is None:
                return UnreadWords()
            most = _grouped(mine).order_by(_SUBJECTS.desc(), _TABLE.what, _TABLE.form).limit(UnreadWords.MOST)
            rows = list(connection.execute(most))
            for source, what, label in besides:
                one = (_TABLE.source == source) & (_TABLE.what == what) & _is_labelled(label)
                rows += connection.execute(_grouped(one)).all()
            counted = sa.select(*kinds, sa.func.count(_TABLE.form.distinct()), _SUBJECTS).where(mine).group_by(*kinds)
            totals = connection.execute(counted).all()
        listed = {(row.source, row.what, row.form): _word(row) for row in rows}
        return UnreadWords(
            tuple(listed.values()),
            {(row[0], row[1]): row[2] for row in totals},
            {(row[0], row[1]): row[3] for row in totals},
        )


def _is_labelled(label: str) -> sa.ColumnElement[bool]:
    """The words whose label that is: it may be cut, and hides what does not show."""
    if len(label) < LONGEST_LABEL and HIDDEN not in label:
        return _TABLE.form == label
    pattern = re.sub(r"([\\%_])", r"\\\1", label).replace(HIDDEN, "_")
    return _TABLE.form.like(pattern + ("%" if len(label) == LONGEST_LABEL else ""), escape="\\")


def _grouped(which: sa.ColumnElement[bool]) -> sa.Select[Any]:
    word = (_TABLE.source, _TABLE.what, _TABLE.form)
    said = (sa.func.min(_TABLE.word), _SUBJECTS, sa.func.min(_TABLE.subject), sa.func.min(_TABLE.kind))
    return sa.select(*word, *said).where(which).group_by(*word)


def _word(row: Any) -> UnreadWord:
    source, what, form, word, subjects, example, kind = row
    return UnreadWord(source, what, form, word, subjects, example, SubjectKind(kind))
