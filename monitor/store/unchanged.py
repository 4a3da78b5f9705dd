"""Keep what a read of the database gave until anything is written to it, by this process or by another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from monitor.store.database import Database, Revision

T = TypeVar("T")


class Unchanged(Generic[T]):
    """What *read* gave, which is read again after any commit but those of `Database.aside`. Safe in every thread."""

    def __init__(self, database: Database, read: Callable[[], T]) -> None:
        self._database, self._read = database, read
        self._found: tuple[Revision, T] | None = None

    def __call__(self) -> T:
        revision = self._database.revision()  # first: what is written from here on is read next time
        found = self._found
        if revision is None:
            return self._read()
        if found is None or found[0] != revision:
            self._found = found = revision, self._read()
        return found[1]
