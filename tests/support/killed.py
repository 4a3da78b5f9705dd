"""Kill work at each of its steps, one after the other, and say what was there then and what the next start made of it.

`python -m tests.support.killed KIND FOLDER` forks a process for each step and writes a line of JSON for each; the last
one is of a process that came to its end. It has one thread, so that a fork is safe.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa

from monitor.errors import StoreError
from monitor.store import marker, migrating, portions
from monitor.store.backups import back_up
from monitor.store.database import Database, readonly
from monitor.store.marker import Marker
from monitor.store.opening import Marked
from monitor.store.restoring import restore
from tests.support.recorded import VERSIONS, content, recorded, told
from tests.support.upgrade_chain import written

SHIPPED = migrating.FOLDER
NOW = datetime(2026, 11, 30, tzinfo=UTC)


class Kind(Protocol):
    """Work that may be killed."""

    def prepare(self, folder: Path) -> None: ...
    def arm(self, passed: Callable[[], None]) -> None: ...
    def work(self, folder: Path) -> None: ...
    def look(self, folder: Path) -> dict[str, Any]: ...


class Restoring:
    """A restore beside what a killed program left: a database whose last row is in its log. Steps are system calls."""

    def prepare(self, folder: Path) -> None:
        made = folder / "made"
        made.mkdir()
        path = recorded(made)
        back_up(path, folder / "backup.db", False, told)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("INSERT INTO meta VALUES ('late', 'row')")
            connection.commit()
            for each in made.iterdir():
                shutil.copy(each, folder / each.name)
        config = folder / "tierwatch.yml"
        marker.write(config, folder / "tierwatch.db", Marker(_id(folder / "backup.db"), "before", NOW))

    def arm(self, passed: Callable[[], None]) -> None:
        for name in ("link", "rename", "replace", "unlink", "fsync"):
            setattr(os, name, _counted(getattr(os, name), passed))

    def work(self, folder: Path) -> None:
        config, url = folder / "tierwatch.yml", f"sqlite:///{folder}/tierwatch.db"
        restore(config, url, folder / "backup.db", NOW, told)

    def look(self, folder: Path) -> dict[str, Any]:
        started = _started(folder)
        config, url = folder / "tierwatch.yml", f"sqlite:///{folder}/tierwatch.db"
        at = NOW.replace(second=1)
        restore(config, url, folder / "backup.db", at, told)
        asides = [each for each in folder.glob("tierwatch.db.before-restore-*Z") if each.is_file()]
        kept = any({"key": "late", "value": "row"} in content(each)["meta"] for each in asides)
        whole = content(folder / "tierwatch.db") == content(folder / "backup.db")
        return {"started": started, "restored": whole, "kept": kept, "part": len(list(folder.glob(".*.part")))}


def _started(folder: Path) -> str:
    """What a start would find, tried on a copy of everything."""
    copy = folder.with_name(f"{folder.name}-copy")
    shutil.copytree(folder, copy)
    try:
        marked = Marked(copy / "tierwatch.yml", f"sqlite:///{copy}/tierwatch.db")
        marked.database.close()
        rows = content(copy / "tierwatch.db")["meta"]
        return "old" if {"key": "late", "value": "row"} in rows else "new"
    except StoreError:
        return "refused"
    finally:
        shutil.rmtree(copy)


def _id(path: Path) -> str:
    return next(row["value"] for row in content(path)["meta"] if row["key"] == "database_id")


class Upgrading:
    """An upgrade by a chain of further migrations, in small portions. Steps are writes and commits."""

    def prepare(self, folder: Path) -> None:
        migrating.FOLDER = SHIPPED  # that of the place before is gone
        recorded(folder)
        migrating.FOLDER = written(folder / "migrations")
        portions.PORTION = 25

    def arm(self, passed: Callable[[], None]) -> None:
        def executed(connection: sa.Connection, _cursor: object, statement: str, *_rest: object) -> None:
            reads = statement.lstrip().startswith(("SELECT", "PRAGMA", "BEGIN"))
            if not reads and connection.engine.url.database is not None:  # not those that are tried in memory
                passed()

        sa.event.listen(sa.Engine, "before_cursor_execute", executed)
        sa.event.listen(sa.Engine, "commit", lambda one: passed() if one.engine.url.database is not None else None)

    def work(self, folder: Path) -> None:
        Database(f"sqlite:///{folder}/tierwatch.db").close()

    def look(self, folder: Path) -> dict[str, Any]:
        path = folder / "tierwatch.db"
        with closing(sqlite3.connect(path)) as connection:
            (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            (left,) = connection.execute("SELECT count(*) FROM meta WHERE key = 'upgrading'").fetchone()
            days = connection.execute("SELECT 1 FROM pragma_table_info('events') WHERE name = 'day'").fetchone()
            done = 0 if days is None else connection.execute("SELECT count(day) FROM events").fetchone()[0]
        try:
            readonly(f"sqlite:///{path}").close()
            taken = True
        except StoreError:
            taken = False
        self.work(folder)
        found = json.dumps(content(path), sort_keys=True, default=bytes.hex)
        return {"revision": revision, "left": left, "changed": done, "taken": taken, "content": found}


class BringingUp(Upgrading):
    """An upgrade of the oldest recorded database by the migrations that there are."""

    def prepare(self, folder: Path) -> None:
        recorded(folder, VERSIONS[0])


KINDS: dict[str, Kind] = {"restoring": Restoring(), "upgrading": Upgrading(), "bringing_up": BringingUp()}


def _counted(call: Callable[..., Any], passed: Callable[[], None]) -> Callable[..., Any]:
    def counted(*args: Any, **named: Any) -> Any:
        passed()
        return call(*args, **named)

    return counted


def _live(kind: Kind, folder: Path, number: int) -> None:
    left = itertools.count(number, -1)

    def passed() -> None:
        if next(left) == 1:
            os.kill(os.getpid(), signal.SIGKILL)

    kind.arm(passed)
    kind.work(folder)


def deaths(kind: str, folder: Path) -> list[dict[str, Any]]:
    """What there was after a kill at the first step, at the second, and so on; the last was not killed."""
    words = [sys.executable, "-m", "tests.support.killed", kind, str(folder)]
    done = subprocess.run(words, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]  # others are of the log


def main() -> None:
    kind, folder = KINDS[sys.argv[1]], Path(sys.argv[2])
    killed = True
    for number in itertools.count(1):
        if not killed:
            break
        place = folder / str(number)
        place.mkdir()
        kind.prepare(place)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                _live(kind, place, number)
                code = 0
            finally:
                os._exit(code)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert status in (0, -signal.SIGKILL), status
        killed = status != 0
        print(json.dumps({"killed": killed, **kind.look(place)}), flush=True)
        shutil.rmtree(place)


if __name__ == "__main__":
    main()
