"""Make a backup while the program runs: copied, checked, and only then given its name.

The copy is made beside the target, in a file that only its owner may read. Whatever ends the work early leaves neither
a new file nor a changed one; what a killed backup left is used again by the next one to the same target.
"""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from monitor.errors import StoreError
from monitor.report import Progress
from monitor.store.copies import Copy, at_rest, copied, in_use, is_database, sound, unreadable
from monitor.store.stopping import Stop, stoppable

_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


def back_up(database: Path, target: Path, overwrite: bool, tell: Progress) -> Copy:
    """Copy the database at one instant to *target*; a program may run on it. Raises StoreError.

    An existing file stays, unless it is to be *overwritten* and is a database.
    """
    if not database.exists():
        raise StoreError(f"database {database} does not exist yet; there is nothing to back up", retryable=False)
    _refuse(database, target, overwrite)
    with stoppable() as stop, part_of(target) as part:
        copy_in_use(database, part, tell, stop)
        found = sound(
            part, tell, stop,
            f"database {database} is damaged ({{}}), and so would be its backup: none was made. Keep the last one;"
            " restore it, or copy the database and its -wal file with the program stopped",
        )  # fmt: skip
        stop.check()
        name(part, target, overwrite)
    return replace(found, path=target)


def copy_in_use(database: Path, part: Path, tell: Progress, stop: Stop) -> None:
    """Copy a database on which a program may run. Raises StoreError."""
    try:
        with in_use(database) as original:
            copied(original, database, part, tell, stop)
    except sqlite3.Error as error:
        raise unreadable(database, error) from error


def copy_at_rest(backup: Path, part: Path, tell: Progress, stop: Stop) -> None:
    """Copy a file with which nobody works, and the log that may lie beside it. Raises StoreError."""
    try:
        with at_rest(backup) as original:
            copied(original, backup, part, tell, stop)
    except sqlite3.Error as error:
        raise unreadable(backup, error) from error


def _refuse(database: Path, target: Path, overwrite: bool) -> None:
    """Raises StoreError for a target that must not be written."""
    folder = target.parent
    if not folder.is_dir():
        raise StoreError(f"{folder}: there is no such folder; make it, or name another", retryable=False)
    own = [Path(f"{database}{end}") for end in ("", "-wal", "-shm", "-journal", ".lock")]
    ours = StoreError(f"{target} belongs to the database itself; name another file", retryable=False)
    if folder.resolve() / target.name in [each.parent.resolve() / each.name for each in own]:
        raise ours
    if not os.path.lexists(target):
        return
    found = os.lstat(target)
    _refuse_kinds(target, found)
    if any(each.exists() and os.path.samestat(found, each.stat()) for each in own):
        raise ours
    if not overwrite:
        raise StoreError(f"{target} exists; name another file, or give --overwrite", retryable=False)
    if not is_database(target):
        raise StoreError(f"{target} is no database and is not overwritten; name another file", retryable=False)


def _refuse_kinds(target: Path, found: os.stat_result) -> None:
    if stat.S_ISLNK(found.st_mode):
        raise StoreError(f"{target} is a symbolic link; name the file itself", retryable=False)
    if stat.S_ISDIR(found.st_mode):
        raise StoreError(f"{target} is a folder; name a file in it, such as {target / 'backup.db'}", retryable=False)
    if not stat.S_ISREG(found.st_mode):
        raise StoreError(f"{target} is no ordinary file; name another", retryable=False)


@contextmanager
def part_of(target: Path) -> Iterator[Path]:
    """An empty file beside *target* that nobody else may read, for as long as the block runs. Raises StoreError."""
    part = target.with_name(f".{target.name}.part")
    if part.is_file() and target.is_file() and part.samefile(target):
        part.unlink()  # whoever gave the file its name was killed before it could take this one away
    try:
        handle = os.open(part, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(
            f"{target.parent}: no file can be written there ({error.strerror}); check the folder's permissions",
            retryable=False,
        ) from error
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_nlink != 1:
            raise StoreError(f"{part} belongs to somebody else; name a folder of your own", retryable=False)
        _lock(handle, target)
        os.fchmod(handle, 0o600)
        os.ftruncate(handle, 0)
        try:
            yield part
        finally:
            for each in (part, *(Path(f"{part}{end}") for end in ("-journal", "-wal", "-shm"))):
                each.unlink(missing_ok=True)
    finally:
        os.close(handle)


def _lock(handle: int, target: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise StoreError(
            f"{target} is being written by another tierwatch; wait for that one", retryable=False
        ) from error


def name(part: Path, target: Path, overwrite: bool) -> None:
    """Give a whole file its name, on the disk too; one that appeared there meanwhile stays. Raises StoreError."""
    try:
        _synced(part)
        if overwrite:
            part.replace(target)
        else:
            _linked(part, target)
        _synced(target.parent)
    except FileExistsError as error:
        raise StoreError(f"{target} was made by somebody else meanwhile; name another file", retryable=False) from error
    except OSError as error:
        raise StoreError(
            f"{target} could not be written ({error.strerror}); check the folder and its permissions", retryable=False
        ) from error


def _linked(part: Path, target: Path) -> None:
    try:
        os.link(part, target)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if target.exists():
            raise FileExistsError(errno.EEXIST, "exists") from error
        part.rename(target)


def _synced(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
