"""Keep many instants in order, so that those up to an instant are counted and added up without reading them all.

Instants are whole microseconds since the epoch. They stand in chunks of a few hundred, eight bytes each; a chunk is
replaced and never changed, so that a view of the whole is a tuple of chunks, and stays what it is.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from operator import eq, itemgetter

_MOST = 512
"""Instants of a chunk; one that has more is cut in two."""

_FEWEST = _MOST // 4
"""One that has fewer is joined with the next."""

_last = itemgetter(-1)


@dataclass(frozen=True, slots=True, eq=False)
class Instants:
    """Instants in ascending order, each as often as it was added. None of the chunks is empty."""

    chunks: tuple[array[int], ...] = ()
    totals: tuple[int, ...] = ()
    """The sum of each chunk."""

    @classmethod
    def of(cls, instants: Iterable[int]) -> Instants:
        """Those instants, in whatever order."""
        return SortedInstants(sorted(instants)).view()

    def __len__(self) -> int:
        return sum(map(len, self.chunks))

    def __iter__(self) -> Iterator[int]:
        return chain.from_iterable(self.chunks)

    def __eq__(self, other: object) -> bool:
        """Whether the same instants are in it; how they are cut into chunks is nobody's concern."""
        if not isinstance(other, Instants):
            return NotImplemented
        return len(self) == len(other) and all(map(eq, self, other))

    def __hash__(self) -> int:
        return hash((len(self), self.total))

    @property
    def first(self) -> int | None:
        return self.chunks[0][0] if self.chunks else None

    @property
    def last(self) -> int | None:
        return self.chunks[-1][-1] if self.chunks else None

    @property
    def total(self) -> int:
        """Their sum."""
        return sum(self.totals)

    def up_to(self, at: int) -> int:
        """How many are not after *at*."""
        place = bisect_right(self.chunks, at, key=_last)
        inside = bisect_right(self.chunks[place], at) if place < len(self.chunks) else 0
        return sum(map(len, self.chunks[:place])) + inside

    def total_after(self, at: int) -> int:
        """The sum of those after *at*."""
        place = bisect_right(self.chunks, at, key=_last)
        if place == len(self.chunks):
            return 0
        chunk = self.chunks[place]
        return sum(self.totals[place + 1 :]) + sum(chunk[bisect_right(chunk, at) :])


class SortedInstants:
    """Instants that come and go. Adding, or taking one away, copies one chunk."""

    __slots__ = ("_chunks", "_lasts", "_totals", "_view")

    def __init__(self, ascending: Iterable[int] = ()) -> None:
        """With instants that are in order already."""
        whole = array("q", ascending)
        size = _MOST * 3 // 4
        self._chunks = [whole[start : start + size] for start in range(0, len(whole), size)]
        self._lasts = [chunk[-1] for chunk in self._chunks]
        self._totals = [sum(chunk) for chunk in self._chunks]
        self._view: Instants | None = None

    def view(self) -> Instants:
        """What is in it now, as a value."""
        if self._view is None:
            self._view = Instants(tuple(self._chunks), tuple(self._totals))
        return self._view

    def add(self, at: int) -> None:
        if not self._chunks:
            self._replace(0, 0, array("q", (at,)))
            return
        place = min(bisect_left(self._lasts, at), len(self._chunks) - 1)
        grown = self._chunks[place][:]
        grown.insert(bisect_right(grown, at), at)
        if len(grown) <= _MOST:
            self._put(place, grown, self._totals[place] + at)
            return
        middle = len(grown) // 2
        self._replace(place, place + 1, grown[:middle], grown[middle:])

    def remove(self, at: int) -> bool:
        """Take one away that is *at* this instant; false if there is none."""
        place = bisect_left(self._lasts, at)
        if place == len(self._chunks):
            return False
        chunk = self._chunks[place]
        where = bisect_left(chunk, at)
        if chunk[where] != at:
            return False
        rest = chunk[:where] + chunk[where + 1 :]
        following = self._chunks[place + 1] if place + 1 < len(self._chunks) else None
        if len(rest) < _FEWEST and following is not None and len(rest) + len(following) <= _MOST:
            self._replace(place, place + 2, rest + following)
        elif rest:
            self._put(place, rest, self._totals[place] - at)
        else:
            self._replace(place, place + 1)
        return True

    def _put(self, place: int, chunk: array[int], total: int) -> None:
        """Let a chunk stand in the place of one."""
        self._chunks[place], self._lasts[place], self._totals[place], self._view = chunk, chunk[-1], total, None

    def _replace(self, first: int, after: int, *chunks: array[int]) -> None:
        self._chunks[first:after] = chunks
        self._lasts[first:after] = [chunk[-1] for chunk in chunks]
        self._totals[first:after] = [sum(chunk) for chunk in chunks]
        self._view = None
