"""Check a database: its pages, its schema, what tierwatch keeps between its rows. Reads one state and changes nothing.

The same for a backup and for the database of a running program. There a reader makes no writer wait, but SQLite cannot
shorten the log meanwhile: so a check has a longest time, and says what it did not come to.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from monitor.errors import StoreError
from monitor.report import Progress
from monitor.store import migrating
from monitor.store.copies import Copy, at_rest, broken, damage, described, in_use, refuse_other_kinds, unreadable
from monitor.store.invariants import INVARIANTS, VALUES, Invariant
from monitor.store.stopping import Stop, Stopped, stoppable

DAMAGED, SCHEMA, ID, UNFINISHED = "damaged", "schema", "id", "unfinished"

_RESTORE = (
    "stop the program and put the newest backup that `store check FILE` finds sound in its place with"
    " `store restore FILE`"
)
_OURS = "the program goes on; keep a backup of today, and report this line to whoever maintains tierwatch"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it must be: a word for it, the rows it was found in, and a sentence with what to do."""

    what: str
    rows: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found, and how many of its questions it came to."""

    copy: Copy
    faults: tuple[Fault, ...]
    asked: int
    of: int


def check(path: Path, tell: Progress, over: Callable[[], bool], *, running: bool, id_: str | None = None) -> Checked:
    """Check the database in a file; *over* says when it has taken too long. Raises StoreError.

    *running* says that a program may work with it, *id_* which id it should have.
    """
    if not running:
        refuse_other_kinds(path)
    elif not path.exists():
        raise StoreError(f"database {path} does not exist; check the path", retryable=False)
    with stoppable() as stop:
        try:
            with in_use(path) if running else at_rest(path) as connection:
                stop.watch(connection, over)
                return _checked(connection, path, id_, tell, stop, over)
        except sqlite3.Error as error:
            if stop.asked:
                raise Stopped from error
            if broken(error):
                raise StoreError(
                    f"{path} is damaged and cannot be read ({error}); {_RESTORE}", retryable=False
                ) from error
            raise unreadable(path, error) from error


def _checked(
    connection: sqlite3.Connection, path: Path, id_: str | None, tell: Progress, stop: Stop, over: Callable[[], bool]
) -> Checked:
    copy = described(connection, path)
    questions: list[Callable[[], Iterator[Fault]]] = [
        partial(_damage, connection), partial(_schema, connection, copy), partial(_id, copy, id_),
    ]  # fmt: skip
    if not (copy.older or copy.newer):
        questions += [partial(_broken, connection, rule) for rule in (*VALUES, *INVARIANTS)]
    faults: list[Fault] = []
    for number, ask in enumerate(questions):
        tell("questions", number, len(questions))
        try:
            found = list(ask())
        except sqlite3.OperationalError:
            if stop.asked or not over():
                raise
            return _unfinished(copy, faults, number, len(questions))
        faults += found
        if any(one.what == DAMAGED or (one.what == SCHEMA and one.rows) for one in found):  # the rest cannot be asked
            return Checked(copy, tuple(faults), number + 1, len(questions))
    tell("questions", len(questions), len(questions))
    return Checked(copy, tuple(faults), len(questions), len(questions))


def _unfinished(copy: Copy, faults: list[Fault], asked: int, of: int) -> Checked:
    fault = Fault(
        UNFINISHED, 0,
        f"the check did not end in its time: {asked} of {of} questions were answered; give it more (--at-most), or"
        " check a backup, which costs the program nothing",
    )  # fmt: skip
    return Checked(copy, (*faults, fault), asked, of)


def _damage(connection: sqlite3.Connection) -> Iterator[Fault]:
    lines = damage(connection)
    if lines:
        yield Fault(DAMAGED, len(lines), f"pages of the file are damaged ({'; '.join(lines[:5])}); {_RESTORE}")


def _schema(connection: sqlite3.Connection, copy: Copy) -> Iterator[Fault]:
    if copy.newer:
        yield Fault(
            SCHEMA, 0, f"a newer version of tierwatch has used it (schema {copy.revision}, this one knows"
            f" {migrating.newest()}); check it with that version",
        )  # fmt: skip
    elif copy.older:
        yield Fault(
            SCHEMA, 0, f"its schema is {copy.revision}, and this version's is {migrating.newest()}; only the pages were"
            " checked, for the next start brings it up to date",
        )  # fmt: skip
    else:
        lacking = _wanted().keys() - (found := _objects(connection)).keys()
        other = {name for name, sql in _wanted().items() if name in found and found[name] != sql}
        for number, (what, names) in enumerate((("are missing", lacking), ("are not as they must be", other))):
            if names:
                yield Fault(
                    SCHEMA, len(names), f"tables, columns or indexes {what}: {', '.join(sorted(names)[:5])};"
                    f" {_RESTORE if number == 0 else _OURS}",
                )  # fmt: skip


def _objects(connection: sqlite3.Connection) -> dict[str, tuple[object, ...]]:
    """Every column and index, by a name with its table."""
    found: dict[str, tuple[object, ...]] = {}
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for table in tables:
        for row in connection.execute("SELECT * FROM pragma_table_info(?)", (table,)).fetchall():
            found[f"{table}.{row[1]}"] = (row[2], row[3], row[4], row[5])
        for row in connection.execute("SELECT * FROM pragma_index_list(?)", (table,)).fetchall():
            if row[3] == "c":
                columns = connection.execute("SELECT name FROM pragma_index_info(?)", (row[1],)).fetchall()
                found[f"{table}.{row[1]}"] = (row[2], row[4], *(column for (column,) in columns))
    return found


def _wanted() -> dict[str, tuple[object, ...]]:
    with closing(sqlite3.connect(":memory:")) as new:
        for statement in migrating.statements("sqlite"):
            new.execute(statement)
        return _objects(new)


def _id(copy: Copy, id_: str | None) -> Iterator[Fault]:
    if id_ is not None and copy.id != id_:
        yield Fault(
            ID, 0, f"its id is {copy.id or 'none'}, and the configuration has run with {id_}; the next start is"
            " refused: put the right database in its place",
        )  # fmt: skip


def _broken(connection: sqlite3.Connection, rule: Invariant) -> Iterator[Fault]:
    number, one = connection.execute(rule.query).fetchone()
    if number:
        yield Fault(rule.id, number, f"{rule.what}: {number:,}, such as {one}; {_OURS}")
