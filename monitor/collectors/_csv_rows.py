"""Read the rows of a CSV file so that one broken row harms only itself.

A quote that never closes, a row of a million characters, or bytes that are not UTF-8: the row becomes `Broken`, and the
next line begins a new row. The one surprise: a row may go on over several lines only if it then has all its columns.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

_LONGEST = 100_000
"""Characters of a row; the csv module takes no field of more than 128 KiB."""

_MOST_LINES = 100
_SHOWN = 500


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that cannot be read: how it begins, and why."""

    text: str
    why: str


Raw = str | list[str] | Broken
"""A row as it is cut from the file: a line without quotes, which `cells` takes apart, or its cells, or broken."""


def rows(text: TextIO, columns: int) -> Iterator[list[str] | Broken]:
    """Every row of a file that is open behind its header; blank lines are rows without cells."""
    for raw in raw_rows(text, columns):
        yield cells(raw) if isinstance(raw, str) else raw


def cells(line: str) -> list[str]:
    """The cells of a line that `raw_rows` gave."""
    return line.split(",") if line else []


def raw_rows(text: TextIO, columns: int) -> Iterator[Raw]:
    """The same rows, of which those without quotes are not yet taken apart."""
    lines = _Lines(text)
    while line := lines.next():
        if len(line) > _LONGEST:
            yield Broken(line[:_SHOWN], f"is longer than {_LONGEST} characters")
        elif '"' not in line:
            row = line.rstrip("\r\n")
            yield Broken(line[:_SHOWN], "is not CSV") if "\r" in row else row
        else:
            record = line if _is_row(line, columns) else _over_several(line, lines, columns)
            if record is None:
                yield Broken(line[:_SHOWN], "has quotes that do not close, or another number of columns")
            else:
                yield next(csv.reader([record]))


def header(text: TextIO) -> list[str]:
    """The names of the columns; none where the first line is not CSV."""
    try:
        return next(csv.reader([text.readline(_LONGEST)]), [])
    except csv.Error:
        return []


class _Lines:
    """The lines of a file, those that are too long cut; lines can be put back."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._back: deque[str] = deque()

    def next(self) -> str:
        """The next line with its end, or nothing at the end of the file."""
        if self._back:
            return self._back.popleft()
        line = part = self._text.readline(_LONGEST + 1)
        while len(part) > _LONGEST and not part.endswith(("\n", "\r")):
            part = self._text.readline(_LONGEST + 1)
        return line

    def put_back(self, lines: list[str]) -> None:
        self._back.extendleft(reversed(lines))


def _over_several(line: str, lines: _Lines, columns: int) -> str | None:
    """The row that begins with *line* and goes on in the next lines; None if there is none, and those are put back."""
    following: list[str] = []
    length, quotes = len(line), line.count('"')
    while len(following) < _MOST_LINES and length <= _LONGEST and (more := lines.next()):
        following.append(more)
        length, quotes = length + len(more), quotes + more.count('"')
        if '"' in more and quotes % 2 == 0:
            record = "".join((line, *following))
            if length <= _LONGEST and _is_row(record, columns):
                return record
    lines.put_back(following)
    return None


def _is_row(record: str, columns: int) -> bool:
    try:
        return [len(row) for row in csv.reader([record], strict=True)] == [columns]
    except csv.Error:
        return False
