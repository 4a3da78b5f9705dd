"""Run tierwatch without the five seconds of a stop, or with one part that never ends, as a dead name server has it.

`python -m tests.support.stuck KIND run --config FILE`; the KINDs are the functions of `KINDS`. Only what tests of the
stop cannot have otherwise is replaced here, before the program begins, in a process of its own.

The five seconds are for an init system that does not wait. On a busy machine a stop that ends by itself may take
longer; the system would end it before that, with another exit code and without the last lines of its log.
"""

from __future__ import annotations

import signal
import socket
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from monitor import cli, config
from monitor.service import engine_loop, parts, program, retention, stopping
from monitor.store import migrating

ENDLESS = (
    "CREATE TABLE half_done (x)",
    "PRAGMA cache_size = 10",
    "INSERT INTO half_done WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)"
    " SELECT zeroblob(4000) FROM c WHERE x % 1000 = 0",
)
"""The last of them keeps SQLite for ever, and Python with it: no handler of a signal runs. It writes into the log of
the database, by which a test sees that it is there."""


HOURS = 36_000.0
"""Seconds, more than a test may last."""

ASKED = "asked_what_never_answers"
"""Is in the log once the name server, or the disk, is asked."""


def unhurried() -> None:
    """The system does not end the process, and the last lines of the log are waited for."""
    usual = signal.setitimer
    signal.setitimer = lambda which, _seconds: usual(which, HOURS)  # type: ignore[assignment]
    stopping.SAID_WITHIN = HOURS


def nothing() -> None:
    """Every part ends, unless a peer keeps it."""


def patient() -> None:
    """The program's threads are waited for, however long their requests take to end after they were aborted."""
    program.THREADS_WITHIN = stopping.LAST_RESORT = HOURS


def names() -> None:
    """The name server never answers; the C library cannot be interrupted."""
    usual = socket.getaddrinfo

    def never(host: Any, *rest: Any, flags: int = 0, **more: Any) -> Any:
        if str(host).endswith(".invalid"):
            print(ASKED, file=sys.stderr, flush=True)
            threading.Event().wait()
        return usual(host, *rest, flags=flags, **more)

    socket.getaddrinfo = never


def disk() -> None:
    """The configuration lies on a disk that does not answer: no handler of a signal runs."""

    def load(*_: Any, **__: Any) -> Any:
        print(ASKED, file=sys.stderr, flush=True)
        sqlite3.connect(":memory:").execute(
            "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT max(x) FROM c"
        ).fetchall()

    config.load = load


def writer() -> None:
    """What deletes old rows is inside the database, and holds the one lock for writing."""

    def sweep(self: retention.Retention, now: datetime, rest: Any) -> Iterator[None]:
        with self._pruning._database.write() as connection:
            for statement in ENDLESS:
                connection.exec_driver_sql(statement)
        yield

    retention.FIRST = timedelta(0)
    retention.Retention.sweep = sweep  # type: ignore[method-assign]


def upgrade() -> None:
    """The database is being brought to the present schema, in the main thread."""

    def bring_up(connection: sa.Connection) -> None:
        with connection.begin():
            for statement in ENDLESS:
                connection.exec_driver_sql(statement)

    migrating.bring_up = bring_up


def endless() -> None:
    """As `upgrade`, and the process does not end itself: only a second signal ends it."""
    upgrade()
    stopping.LAST_RESORT = HOURS


def held() -> None:
    """As `endless`, and the system ends the process after five seconds, as it does outside of tests."""
    endless()


def calendars() -> None:
    """Calendars of a rota are read again right after the start."""
    parts.REFRESH_FIRST = timedelta(0)


def engine() -> None:
    """What advances the clocks never comes back."""
    engine_loop.EngineLoop.advance = lambda self: threading.Event().wait() or 0.0  # type: ignore[method-assign]


KINDS: dict[str, Callable[[], None]] = {
    each.__name__: each for each in (nothing, patient, names, disk, writer, upgrade, endless, held, calendars, engine)
}


def main() -> None:
    kind = KINDS[sys.argv.pop(1)]
    if kind is not held:
        unhurried()
    kind()
    cli.main()


if __name__ == "__main__":
    main()
