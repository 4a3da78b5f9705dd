"""The statements that a database is asked, in their order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from monitor.store.database import Database


@contextmanager
def asked(database: Database) -> Iterator[list[str]]:
    """The statements in this block, each as often as it was sent; many rows of one statement are one."""
    found: list[str] = []

    def note(connection: Any, cursor: Any, text: str, given: Any, context: Any, many: bool) -> None:
        if text.split(None, 1)[0] in ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH"):
            found.append(" ".join(text.split()))

    sa.event.listen(database._engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        sa.event.remove(database._engine, "before_cursor_execute", note)
