"""Read a file that a person wrote or put there, and never more of it than such a file may have.

A wrong path may lead to a log of many gigabytes, or to a device that never ends. No message repeats what the file
holds.
"""

from __future__ import annotations

from pathlib import Path

_FITTING = "check that it is the right one"


class Unfit(ValueError):
    """A file that cannot be used; the text is the end of a sentence that begins with its path."""


def bytes_of(path: Path, largest: int) -> bytes:
    """What the file holds. Raises Unfit where it cannot be read or has more than *largest* bytes."""
    try:
        with path.open("rb") as file:
            found = file.read(largest + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        why = getattr(error, "strerror", None) or "its path has a character that no path has"
        raise Unfit(f"cannot be read ({why}); check the path and its permissions") from None
    if len(found) > largest:
        raise Unfit(f"has more than {largest:,} bytes; {_FITTING}")
    return found


def text_of(path: Path, largest: int) -> str:
    """The same as text in UTF-8. Raises Unfit also where it is none."""
    try:
        return bytes_of(path, largest).decode("utf-8")
    except UnicodeDecodeError:
        raise Unfit("is not UTF-8 text; save it as UTF-8") from None
