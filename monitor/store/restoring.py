"""Put a backup in the place of the database, with the program stopped. What was there is moved aside, not deleted.

The order makes a kill at any moment harmless. The marker names the backup's database first; then the old database goes
aside before its log does, and the checked copy gets the name last. A start in between finds no database where the
marker says that there is one, and is refused; the same command goes on from there.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from monitor.errors import StoreError
from monitor.report import Progress
from monitor.store import marker
from monitor.store.backups import copy_at_rest, name, part_of
from monitor.store.copies import Copy, refuse_other_kinds, sound
from monitor.store.marker import Marker
from monitor.store.opening import file_of
from monitor.store.owning import own
from monitor.store.stopping import Stop, stoppable

_ASIDE = ".before-restore-"


@dataclass(frozen=True, slots=True)
class Restored:
    """What was, or would be, put in the place of the database, and where the database went that was there."""

    copy: Copy
    aside: Path | None
    seen: datetime | None
    """Until when the program is known to have written to the database that was there; None if it was another."""


def restore(
    config: Path, url: str, backup: Path, now: datetime, tell: Progress, *, another: bool = False, dry_run: bool = False
) -> Restored:
    """Put *backup* in the place of the configuration's database. Raises StoreError, and has changed nothing then.

    It must be a backup of that database, unless *another* is meant. With *dry_run* everything is checked but whether
    the program runs, and nothing is written.
    """
    path = file_of(url)
    assert path is not None  # a configuration names no other kind of database
    refuse_other_kinds(backup)
    if backup.resolve() == path.resolve():
        raise StoreError(f"{backup} is the database itself; name a backup", retryable=False)
    known = marker.read(config, path)
    _refuse_other_owner(path)
    with stoppable() as stop:
        if dry_run:
            copy = _usable(backup, backup, known, another, tell, stop)
            return Restored(copy, _aside(path, now) if path.exists() else None, _seen(copy, known))
        with own(path, f"database {path}"), part_of(path) as part:
            copy_at_rest(backup, part, tell, stop)
            copy = _usable(part, backup, known, another, tell, stop)
            stop.check()
            _mark(config, path, copy, known)
            aside = _move_aside(path, now)
            name(part, path, overwrite=False)
    return Restored(copy, aside, _seen(copy, known))


def _usable(file: Path, backup: Path, known: Marker | None, another: bool, tell: Progress, stop: Stop) -> Copy:
    """What the backup is. Raises StoreError where it is not to be put in the place of the database."""
    copy = sound(file, tell, stop, f"{backup} is damaged ({{}}); nothing was changed. Take an earlier backup")
    if copy.newer:
        raise StoreError(
            f"{backup} was made by a newer version of tierwatch (schema {copy.revision}); restore it with that version",
            retryable=False,
        )
    if known is not None and copy.id != known.id and not another:
        raise StoreError(
            f"{backup} is a backup of another database (id {copy.id or 'none'}); the configuration has run with"
            f" {known.database} (id {known.id}). If this one is meant, give --another",
            retryable=False,
        )
    return copy


def _seen(copy: Copy, known: Marker | None) -> datetime | None:
    return None if known is None or known.id != copy.id else known.seen


def _refuse_other_owner(path: Path) -> None:
    """Raises StoreError for root, where the program runs as somebody else: it could not open the file afterwards."""
    owner = (path if path.exists() else path.parent).stat().st_uid if path.parent.is_dir() else os.geteuid()
    if os.geteuid() == 0 and owner != 0:
        raise StoreError(
            f"database {path} belongs to the user with id {owner}; restore it as that user (runuser -u, or sudo -u),"
            " for the program could not write to a file of root",
            retryable=False,
        )


def _mark(config: Path, path: Path, copy: Copy, known: Marker | None) -> None:
    if copy.id is None:
        marker.remove(config, path)  # a backup from before there were ids: the next start gives it one
        return
    if marker.write(config, path, Marker(copy.id, f"sqlite:///{path}", _seen(copy, known))) is None:
        places = " and ".join(str(each) for each in dict.fromkeys(marker.places(config, path)))
        raise StoreError(
            f"{places}: the marker of the database can be written in neither place; make one folder writable",
            retryable=False,
        )


def _aside(path: Path, now: datetime) -> Path:
    return path.with_name(f"{path.name}{_ASIDE}{now:%Y%m%dT%H%M%SZ}")


def _move_aside(path: Path, now: datetime) -> Path | None:
    """Rename the database, and then its log, so that they can be opened together under their new name. Gives it.

    A log without a database is what a killed restore left: it goes to where the database went.
    """
    log = [Path(f"{path}{end}") for end in ("-wal", "-shm")]
    if path.exists():
        aside = _aside(path, now)
    elif any(each.exists() for each in log):
        earlier = sorted(each for each in path.parent.glob(f"{path.name}{_ASIDE}*Z") if each.is_file())
        aside = earlier[-1] if earlier and not Path(f"{earlier[-1]}-wal").exists() else _aside(path, now)
    else:
        return None
    if path.exists() and aside.exists():
        raise StoreError(f"{aside} exists; wait a second, and give the same command again", retryable=False)
    try:
        for each in (path, *log):
            if each.exists():
                each.rename(f"{aside}{each.name.removeprefix(path.name)}")
    except OSError as error:
        raise StoreError(
            f"database {path} could not be moved to {aside} ({error.strerror}); check the folder's permissions, and"
            " give the same command again: it goes on from here",
            retryable=False,
        ) from error
    return aside
