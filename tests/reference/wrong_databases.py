"""Break a database in every way, and keep what `tierwatch store check` says of it.

A broken rule between rows has the words of the rule itself: `tests/monitor/store/test_checking.py` breaks each.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

from monitor.errors import StoreError
from monitor.store.checking import check
from monitor.store.database import Database
from monitor.store.invariants import INVARIANTS, VALUES

WHY = (
    "`tierwatch store check` writes a line for each fault, and ends with exit code 1. With `--json` a fault has the"
    " word of the first column as `what`; without a word the check itself was refused. A fault between rows says how"
    " many rows it is in, and names one."
)
Row = tuple[str, str, str]
"""The word of a fault, what is said, and what is to be done."""

_OWN = (
    (r"(?<=its id is )\w+", "…"), (r"(read|damaged|used it) \([^)`]*\)", r"\1 (…)"), (r"(?<=its schema is )\w+", "…"),
    (r"(?<=this version's is )\w+", "…"), (r"\d+ of \d+", "… of …"),
)  # fmt: skip
"""What is that of one database or of one version of SQLite; the page leaves it out."""


def rows(folder: Path) -> Iterator[Row]:
    """Every fault and refusal, in the order in which a check comes to them."""
    folder.mkdir(parents=True)
    yield from _refused(folder)
    for name, breaks in _BREAKS.items():
        yield from _found(_made(folder / f"{name}.db"), breaks)
    (value,) = {rule.what.replace(rule.table, "TABLE") for rule in VALUES}
    *_, todo = _split(_said_of_rows(folder))
    yield "unreadable_TABLE", value, todo
    for rule in INVARIANTS:
        yield rule.id, rule.what, todo


def _made(path: Path) -> Path:
    Database(f"sqlite:///{path}").close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    return path


def _refused(folder: Path) -> Iterator[Row]:
    text = folder / "text.db"
    text.write_text("tickets")
    broken = _made(folder / "broken.db")
    with broken.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 3996)
    for path in (folder / "nowhere.db", folder, text, broken):
        try:
            check(path, _told, _never, running=False)
        except StoreError as error:
            yield ("", *_split(str(error).replace(f"{folder}/", "").replace(str(folder), "backups")))


def _found(path: Path, breaks: Callable[[Path], None]) -> Iterator[Row]:
    breaks(path)
    unfinished, id_ = path.stem == "unfinished", "another" if path.stem == "id" else None
    for fault in check(path, _told, (lambda: True) if unfinished else _never, running=False, id_=id_).faults:
        yield (fault.what, *_split(fault.sentence))


def _said_of_rows(folder: Path) -> str:
    path = _made(folder / "rows.db")
    _execute(path, "INSERT INTO counters VALUES ('n', '{}', -1)")
    return check(path, _told, _never, running=False).faults[0].sentence


def _split(sentence: str) -> tuple[str, str]:
    """What a sentence states, and what follows it."""
    for pattern, instead in _OWN:
        sentence = re.sub(pattern, instead, sentence)
    says, _, todo = sentence.partition("; ")
    return says, todo


def _execute(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def _damage(path: Path) -> None:
    """Overwrite the root page of an index of the events."""
    with closing(sqlite3.connect(path)) as connection:
        (number,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'events_by_subject'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((number - 1) * size)
        file.write(b"\xff" * size)


def _grown(path: Path) -> None:
    """So many rows that the question of time comes up while they are read."""
    _execute(
        path, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20000)"
        " INSERT INTO forgotten SELECT 'n' || i FROM n",
    )  # fmt: skip


_BREAKS: Mapping[str, Callable[[Path], None]] = {
    "damaged": _damage,
    "newer": lambda path: _execute(path, "UPDATE alembic_version SET version_num = '9999'"),
    "older": lambda path: _execute(path, "UPDATE alembic_version SET version_num = '0001'"),
    "lacking": lambda path: _execute(path, "DROP INDEX readings_due"),
    "other": lambda path: _execute(path, "DROP INDEX readings_due", "CREATE INDEX readings_due ON readings (source)"),
    "id": lambda path: None,
    "unfinished": _grown,
}


def _told(_what: str, _done: int, _total: int | None) -> None:
    """Whoever reads a page sees no progress."""


def _never() -> bool:
    return False
