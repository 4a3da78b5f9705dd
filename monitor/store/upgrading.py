"""Bring an older database to the present schema, step by step: said before, shown meanwhile, stopped and resumed.

Each migration is one transaction, and each portion of the rows that one changes is another. So whatever ends the
program, a signal, a kill or the power, the next start goes on after the last transaction that was committed.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import Script, ScriptDirectory
from alembic.script.revision import RevisionError

from monitor.errors import StoreError
from monitor.log import Logger
from monitor.store import portions
from monitor.store.stopping import Stop, Stopped, stoppable
from monitor.text import shown

SAY_EVERY = 10.0
"""Seconds between two lines about a step that takes long."""

ROWS_A_SECOND = 200_000
"""Rows that an upgrade goes through in a second, measured on two cores (docs/operations.md); a first guess, no more."""

log = Logger()


def upgrade(connection: sa.Connection, config: Config, present: str | None) -> None:
    """Run the migrations that the database lacks. Raises StoreError where a newer version has used it.

    A signal takes effect between two transactions, or ends the one under way; then what the signal does is done.
    """
    script = ScriptDirectory.from_config(config)
    name = _name(connection)
    steps = _pending(script, present, name)
    with connection.begin():
        left = _left(connection, script)
        rows = _rows(connection, _tables(script, config, steps, present, left))
    with stoppable() as stop:
        work = _Upgrade(connection, stop, name, len(steps) + bool(left), sum(rows.values()))
        try:
            work.run(script, config, steps, left, rows)
        except (Stopped, sa.exc.DBAPIError) as error:
            if not stop.asked:
                raise
            log.warning(
                "database_upgrade_stopped", database=work.name, step=f"{work.number} of {work.of}",
                seconds=round(monotonic() - work.began),
                what="nothing is lost; the next start goes on after the last transaction",
            )  # fmt: skip
            raise Stopped from error


class _Upgrade:
    """An upgrade under way: which step, since when, how many rows are done."""

    def __init__(self, connection: sa.Connection, stop: Stop, name: str, of: int, rows: int) -> None:
        self.name, self.of, self.number = name, of, 0
        self.began = self._said = monotonic()
        self._connection, self._stop, self._rows, self._done, self._what = connection, stop, rows, 0, ""
        raw: Any = connection.connection.driver_connection
        if isinstance(raw, sqlite3.Connection):
            stop.watch(raw, self._look)

    def run(
        self, script: ScriptDirectory, config: Config, steps: Sequence[Script], left: Script | None,
        rows: dict[str, int],
    ) -> None:  # fmt: skip
        """Make the changes that a former run has left, then every step."""
        if steps or left:
            log.info(
                "database_upgrade_began", database=self.name, steps=self.of, to=(steps[-1] if steps else left).revision,  # type: ignore[union-attr]
                rows=f"{self._rows:,}", tables=", ".join(sorted(rows)) or "none",
                about=shown(timedelta(seconds=max(1, round(self._rows / ROWS_A_SECOND)))),
                what="it can be stopped at any time, and goes on at the next start",
            )  # fmt: skip
        config.attributes |= {"connection": self._connection, "in_portions": True}
        try:
            if left is not None:
                with self._step(left):
                    self._change_rows(left)
            for step in steps:
                with self._step(step):
                    command.upgrade(config, step.revision)
                    self._connection.commit()
                    self._change_rows(step)
        finally:
            raw: Any = self._connection.connection.driver_connection
            if isinstance(raw, sqlite3.Connection):
                raw.set_progress_handler(None, 0)
        if self.of:
            log.info("database_upgraded", database=self.name, seconds=round(monotonic() - self.began))

    def _change_rows(self, step: Script) -> None:
        changes, last = portions.changes_of(step.module), portions.last_of(step.module)
        portions.make(self._connection, changes, self._portion, last)

    @contextmanager
    def _step(self, step: Script) -> Iterator[None]:
        self._stop.check()
        self.number += 1
        self._what = f"{step.revision} {step.doc}"
        began = monotonic()
        yield
        if monotonic() - began > 1:
            log.info(
                "database_upgrade_step", step=f"{self.number} of {self.of}", what=self._what,
                seconds=round(monotonic() - began, 1),
            )  # fmt: skip

    def _portion(self, table: str, rows: int) -> None:
        self._done += rows
        self._look(f", {self._done:,} rows of {table} and others changed")
        self._stop.check()

    def _look(self, how_far: str = "") -> bool:
        """Say now and then that the work goes on; never ends a statement."""
        now = monotonic()
        if now - self._said >= SAY_EVERY:
            self._said = now
            log.info(
                "database_upgrading", step=f"{self.number} of {self.of}", what=self._what + how_far,
                seconds=round(now - self.began),
            )  # fmt: skip
        return False


def _name(connection: sa.Connection) -> str:
    return connection.engine.url.render_as_string(hide_password=True)


def _pending(script: ScriptDirectory, present: str | None, name: str) -> list[Script]:
    try:
        return list(reversed(list(script.iterate_revisions("head", present or "base"))))
    except RevisionError as error:
        raise StoreError(
            f"database {name} was last used by a newer version of tierwatch (schema {present}; this one knows"
            f" {script.get_current_head()}); start that version, or restore a backup from before its upgrade",
            retryable=False,
        ) from error


def _left(connection: sa.Connection, script: ScriptDirectory) -> Script | None:
    """The step whose schema is made and whose rows are not all changed."""
    if not sa.inspect(connection).has_table("meta"):
        return None
    revision = portions.noted(connection)
    return None if revision is None else script.get_revision(revision)


_MADE_ANEW = re.compile(
    r"^\s*(?:CREATE (?:UNIQUE )?INDEX \S+ ON|UPDATE|DELETE FROM|INSERT INTO _alembic_tmp_\w+ .*? FROM)\s+\"?(\w+)",
    re.IGNORECASE | re.DOTALL,
)
"""The table that a statement of a migration goes through as a whole."""


def _tables(
    script: ScriptDirectory, config: Config, steps: Sequence[Script], present: str | None, left: Script | None
) -> Counter[str]:
    """How often the steps go through each table, found by taking them on an empty database in memory."""
    found = Counter(change.table for step in (*steps, *([left] if left else [])) for change in
                    portions.changes_of(step.module))  # fmt: skip
    if not steps:
        return found
    engine = sa.create_engine("sqlite://")
    rehearsal = Config()
    rehearsal.set_main_option("script_location", str(config.get_main_option("script_location")))

    def note(_c: Any, _k: Any, statement: str, *_rest: Any) -> None:
        if (table := _MADE_ANEW.match(statement)) is not None:
            found[table[1]] += 1

    with engine.connect() as connection:
        rehearsal.attributes["connection"] = connection
        if present is not None:
            command.upgrade(rehearsal, present)
            connection.commit()
        sa.event.listen(engine, "before_cursor_execute", note)
        command.upgrade(rehearsal, steps[-1].revision)
    engine.dispose()
    return found


def _rows(connection: sa.Connection, tables: Counter[str]) -> dict[str, int]:
    """The rows that are gone through, by table, each as often as it is gone through."""
    there = set(sa.inspect(connection).get_table_names())
    found = {
        name: times * int(connection.scalar(sa.text(f"SELECT count(*) FROM {name}")) or 0)
        for name, times in tables.items()
        if name in there and name != "alembic_version"
    }
    return {name: rows for name, rows in found.items() if rows}
