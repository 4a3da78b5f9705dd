"""Erase a name or the texts of subjects: show what would go, do it, and say what is left where."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.commands.console import print_line
from monitor.config import Config
from monitor.errors import ConfigError, StoreError
from monitor.history import FIELD, RAW, Event
from monitor.model import SubjectKey
from monitor.policy import GROUPS
from monitor.report import free_parts, needless_fields
from monitor.text import Mentions, one_line

if TYPE_CHECKING:
    from monitor.store import Database, Found

_MOST_SUBJECTS = 20


def erase_names(checked: Config, names: Sequence[str], said: tuple[str, str], now: datetime, really: bool) -> bool:
    """Erase every mention of a person; whether nothing of it is left where tierwatch can reach it."""
    from monitor.store import Erasing, OfName

    mentions = _mentions(names, said)
    with _opened(checked, really) as (database, alone):
        store = Erasing(database)
        named = store.named_in(mentions)
        free, bound = {}, {}
        for key, parts in named.items():
            known = store.events_of(key)
            free[key] = _free(known, parts, lambda text: mentions.replaced(text, "[erased …]"), checked, now)
            if kept := parts - free[key]:
                free[key] |= {""}
                bound[key] = kept
        erasure = OfName(mentions, now, free=free)
        found = store.would(erasure)
        _print_changes(found, really)
        _print_bound(bound)
        _print_stays(found)
        _print_out_of_reach(checked, mentions)
        if not really:
            return not found.stays
        about = f"{len(names)} spelling{'' if len(names) == 1 else 's'} of a name"
        _, done = store.erase(erasure, said[0], about, said[1], now)
        print_line(f"erased: {sum(done.changes.values()):,} texts")
        database.compact(alone=alone)
        left = store.would(erasure).stays
    return _nothing_left(checked, mentions, left, alone)


def erase_subjects(checked: Config, names: Sequence[str], said: tuple[str, str], now: datetime, really: bool) -> bool:
    """Erase what was written of tickets or circuits."""
    from monitor.store import Erasing, OfSubjects, Views

    with _opened(checked, really) as (database, alone):
        keys, store = [_found(Views(database), name) for name in names], Erasing(database)
        free, bound = {}, {}
        for key in keys:
            known = store.events_of(key)
            parts = {FIELD + name for name in needless_fields(known, checked.rules, key.source)}
            free[key] = _free(known, parts, lambda _: "[erased …]", checked, now) | {RAW}
            if kept := parts - free[key]:
                bound[key] = frozenset(kept)
        erasure = OfSubjects(tuple(keys), free=free)
        found = store.would(erasure)
        _print_changes(found, really)
        _print_bound(bound)
        _print_out_of_reach(checked, None)
        if not really:
            return True
        about = ", ".join(map(str, keys))
        _, done = store.erase(erasure, said[0], about, said[1], now)
        print_line(f"erased: {sum(done.changes.values()):,} texts")
        database.compact(alone=alone)
    if not alone:
        print("the file's free space was not cleared, for tierwatch runs; it is overwritten as rows are")
    return True


def _free(known: Sequence[Event], parts: Collection[str], write: Any, checked: Config, now: datetime) -> frozenset[str]:
    return free_parts([event for event in known if event.at <= now], parts, write, checked.rules, now)


def _mentions(names: Sequence[str], said: tuple[str, str]) -> Mentions:
    """What is looked for. Raises ConfigError for a name that is too short, or that author or reason has."""
    for name in names:
        try:
            Mentions((name,))
        except ValueError as error:
            raise ConfigError(f"--name {name!r} {error}") from error
    mentions = Mentions(tuple(names))
    for option, text in zip(("--author", "--reason"), said, strict=True):
        if mentions.found(text):
            raise ConfigError(
                f"{option} holds the name that is to be erased, and would be stored; write it without, such as the"
                " number of the request"
            )
    return mentions


def _found(views: Any, name: str) -> SubjectKey:
    keys = [key for key in views.find(name) if key.source != GROUPS]
    if not keys:
        raise ConfigError(f"{name}: no source has named it; look for its id on the page, or in the source itself")
    if len(keys) > 1:
        raise ConfigError(f"{name}: several sources know it; name one: {', '.join(str(key) for key in keys)}")
    key: SubjectKey = keys[0]
    return key


@contextmanager
def _opened(checked: Config, really: bool) -> Iterator[tuple[Database, bool]]:
    """The database, and whether no program runs on it: only then its file can be written anew.

    To look only, it is opened for looking only.
    """
    from monitor.store import Database, beside, file_of, readonly

    database, alone = readonly(checked.database, checked.commands), False
    if really:
        database.close()
        try:
            database, alone = Database(checked.database, create=False), file_of(checked.database) is not None
        except StoreError:
            database = beside(checked.database, checked.commands)
    try:
        yield database, alone
    finally:
        database.close()


def _print_changes(found: Found, really: bool) -> None:
    if not found.changes:
        print("nothing to erase: no text that can be erased has it")
        return
    print_line("erases:" if really else "would erase, with --yes:")
    for place, rows in sorted(found.changes.items()):
        print_line(f"  {place:<28} {rows:>9,} row{'' if rows == 1 else 's'}")


def _print_bound(bound: Mapping[SubjectKey, Collection[str]]) -> None:
    """The subjects of which something is judged by the text, or called by it while a clock is open."""
    if not bound:
        return
    print("stays, for a promise is judged by it, or people are called by it while a clock is open:")
    for key in sorted(bound)[:_MOST_SUBJECTS]:
        print_line(f"  {one_line(str(key))}: {', '.join(sorted(one_line(part) for part in bound[key]))}")
    if len(bound) > _MOST_SUBJECTS:
        print_line(f"  and {len(bound) - _MOST_SUBJECTS:,} more")


def _print_stays(found: Found) -> None:
    if not found.stays:
        return
    print("stays, for it is an id, or the running program goes by it still; do it again when that is over:")
    for place, rows in sorted(found.stays.items()):
        print_line(f"  {place:<28} {rows:>9,} row{'' if rows == 1 else 's'}")


def _print_out_of_reach(checked: Config, mentions: Mentions | None) -> None:
    """What no command of this installation can erase."""
    print("not reached: backups, exports and copies of the database; the log; the sources themselves, which keep it")
    told = [receiver.name for receiver in checked.receivers]
    if told:
        print_line(f"not reached: what receivers were sent: {', '.join(sorted(told))}")
    for path in _files_that_name(checked, mentions):
        print_line(f"not reached: {path} holds the name; change it there")


def _files_that_name(checked: Config, mentions: Mentions | None) -> Iterator[Path]:
    """Files of this installation in which the name stands: configuration, policies, rotas, copies of calendars."""
    if mentions is None:
        return
    from monitor.store import file_of

    beside = (checked.path, file_of(checked.database))
    for folder in sorted({path.parent for path in beside if path is not None}):
        for path in sorted((*folder.glob("*.yml"), *folder.glob("*.yaml"), *folder.glob("*.ics"))):
            try:
                if mentions.found(path.read_text(encoding="utf-8", errors="replace")):
                    yield path
            except OSError:
                continue


def _nothing_left(checked: Config, mentions: Mentions, left: Mapping[str, int], alone: bool) -> bool:
    """Say what of the name is still in the database and in the bytes of its files."""
    from monitor.store import bytes_left, file_of

    for place, rows in sorted(left.items()):
        print_line(f"still in {place}: {rows:,} row{'' if rows == 1 else 's'}")
    path = file_of(checked.database)
    files = [] if path is None else [path, path.with_name(f"{path.name}-wal")]
    remain = bytes_left(files, mentions.in_bytes())
    if path is not None and not remain:
        print_line(f"no byte of it is left in {path}")
    for file, number in remain.items():
        print_line(f"{file}: it stands in the file's bytes still, {number:,} time{'' if number == 1 else 's'}")
    if remain and not left and not alone:
        print("that is free space from before; stop tierwatch, do this once more, and the file is written anew")
    return not left and not remain
