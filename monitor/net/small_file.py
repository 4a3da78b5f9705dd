"""Read a file that a person wrote or put there, and never more of it than such a file may have.

A wrong path may lead to a log of many gigabytes, or to a device that never ends. No message repeats what the file
holds. Whoever wants to know by which files something was made has them noted (`FilesRead`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

HASH_LENGTH = 16
"""Hexadecimal digits of a fingerprint."""

_FITTING = "check that it is the right one"


class Unfit(ValueError):
    """A file that cannot be used; the text is the end of a sentence that begins with its path."""


class FilesRead:
    """The files that were read, by what they held: two with the same contents have one fingerprint."""

    def __init__(self) -> None:
        self._digests: dict[Path, bytes] = {}

    def note(self, path: Path, held: bytes) -> None:
        """Note what a file held; of one that is read twice the last time counts."""
        self._digests[path] = hashlib.sha256(held).digest()

    @property
    def fingerprint(self) -> str:
        """The hash of all contents, in whatever order and under whatever names they were read."""
        return hashlib.sha256(b"".join(sorted(self._digests.values()))).hexdigest()[:HASH_LENGTH]


_NOTED: ContextVar[FilesRead | None] = ContextVar("tierwatch_files_read", default=None)


@contextmanager
def noting(files: FilesRead) -> Iterator[None]:
    """Note in *files* what this thread reads in the block, but for secrets."""
    token = _NOTED.set(files)
    try:
        yield
    finally:
        _NOTED.reset(token)


def bytes_of(path: Path, largest: int, noted: bool = True) -> bytes:
    """What the file holds. Raises Unfit where it cannot be read or has more than *largest* bytes.

    What is a secret, or is read again and again by itself, is not to be *noted*.
    """
    try:
        with path.open("rb") as file:
            found = file.read(largest + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        why = getattr(error, "strerror", None) or "its path has a character that no path has"
        raise Unfit(f"cannot be read ({why}); check the path and its permissions") from None
    if len(found) > largest:
        raise Unfit(f"has more than {largest:,} bytes; {_FITTING}")
    files = _NOTED.get()
    if noted and files is not None:
        files.note(path, found)
    return found


def text_of(path: Path, largest: int) -> str:
    """The same as text in UTF-8. Raises Unfit also where it is none."""
    try:
        return bytes_of(path, largest).decode("utf-8")
    except UnicodeDecodeError:
        raise Unfit("is not UTF-8 text; save it as UTF-8") from None
