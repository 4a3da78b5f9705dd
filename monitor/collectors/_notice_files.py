"""Find the mails of a maildir and the files of a folder that have not been read yet.

Files are only read: a maildir's mails stay in `new`, with the flags that they have. What was read is known by its name,
and in a folder also by its size and time, so that a file that is written anew is read again.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from monitor.collectors._notice_parser import LARGEST, Kind

MOST = 50_000
"""Files of one place; names of as many are remembered."""

_KINDS = {
    ".eml": Kind.MAIL, ".ics": Kind.ICAL, ".ical": Kind.ICAL, ".html": Kind.HTML, ".htm": Kind.HTML, ".xlsx": Kind.XLSX,
    ".csv": Kind.CSV, ".txt": Kind.TEXT,
}  # fmt: skip
KINDS = tuple(_KINDS)


@dataclass(frozen=True, slots=True)
class Found:
    """A mail or a file: what it is known by, what a person knows it by, its bytes, and when it came.

    `carrier` is the carrier in whose folder it lies, empty where none says that. `kind` is None for a file that no
    parser reads.
    """

    mark: str
    name: str
    content: bytes
    received_at: datetime
    kind: Kind | None = Kind.MAIL
    carrier: str = ""


class TooManyError(OSError):
    """A place with more files than are remembered."""


def mails(maildir: Path, known: Collection[str], now: datetime) -> tuple[list[str], Iterator[Found]]:
    """The marks of all mails of a maildir, and those that are not *known*, by their names. Raises OSError."""
    listed: list[tuple[str, Path]] = []
    for part in ("new", "cur"):
        with os.scandir(maildir / part) as entries:
            for entry in entries:
                if not entry.name.startswith(".") and entry.is_file():
                    listed.append((_mark(entry.name.partition(":")[0]), Path(entry.path)))
    _few(len(listed), maildir)
    listed.sort(key=lambda one: one[1].name)

    def unread() -> Iterator[Found]:
        for mark, path in listed:
            if mark not in known and (found := _read(mark, path.name, path, now, Kind.MAIL, "")) is not None:
                yield found

    return list(dict.fromkeys(mark for mark, _ in listed)), unread()


def files(folder: Path, known: Collection[str], now: datetime) -> tuple[list[str], Iterator[Found]]:
    """The marks of all files of a folder and of those in it, and the files that are not *known*. Raises OSError."""
    listed: list[tuple[str, Path, str]] = []
    with os.scandir(folder) as entries:
        tops = sorted(entries, key=lambda entry: entry.name)
    for top in tops:
        if top.name.startswith("."):
            continue
        if top.is_dir():
            with os.scandir(top.path) as entries:
                inner = sorted((entry for entry in entries if entry.is_file()), key=lambda entry: entry.name)
            listed += [
                (_version(entry), Path(entry.path), top.name) for entry in inner if not entry.name.startswith(".")
            ]
        elif top.is_file():
            listed.append((_version(top), Path(top.path), ""))
    _few(len(listed), folder)

    def unread() -> Iterator[Found]:
        for mark, path, carrier in listed:
            if mark in known:
                continue
            name = f"{carrier}/{path.name}" if carrier else path.name
            found = _read(mark, name, path, now, _KINDS.get(path.suffix.lower()), carrier)
            if found is not None:
                yield found

    return [mark for mark, _, _ in listed], unread()


def _read(mark: str, name: str, path: Path, now: datetime, kind: Kind | None, carrier: str) -> Found | None:
    """A file, or more of it than is parsed; None where it is gone, as mails are that a reader marks as seen."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
            written = os.fstat(file.fileno()).st_mtime
    except FileNotFoundError:
        return None
    received = datetime.fromtimestamp(max(written, 0), UTC).replace(microsecond=0)
    return Found(mark, name, content, min(received, now), kind, carrier)


def _version(entry: os.DirEntry[str]) -> str:
    stat = entry.stat()
    return _mark(f"{entry.path}|{stat.st_size}|{stat.st_mtime_ns}")


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:16]


def _few(number: int, place: Path) -> None:
    if number > MOST:
        raise TooManyError(0, f"it has more than {MOST:,} files; move old ones away", str(place))
