"""Read a list by offset and limit although it changes meanwhile; report it as whole only where that is proven.

Each page is asked for from the last item of the page before. If it shows nothing of that page, items have left the
part that was read already and others have moved up unseen: then the reading steps back a page. That finds most of what
moves, and proves nothing: a list without a fixed order may move an item from the unread part to the read part.

The proof: an instant at which the list was *n* items long, for the answer at offset *n* was empty; and *n* different
items of which each was seen before that instant and again after it. Those were the list at that instant, so an item
that stays in the list all the time is one of them, whatever else was inserted, removed or reordered. So a list is read
at least twice, from the second time on in large pages if the server gives them. Where no instant is proven the reading
ends with `NotWhole`, after all that did come.

The proof takes for granted that one answer shows one instant, that an id which leaves the list does not come back
within the reading, and that a server which heeds neither offset nor limit gives everything it has. `X-Total-Count`
proves nothing; but a count that is higher than the proven length is recorded as a doubt.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from monitor.collectors._json_body import document
from monitor.collectors._records import Why
from monitor.collectors._tmf621_tickets import ticket_id
from monitor.errors import SourceError
from monitor.history import content_id
from monitor.net import Answer, Failed, reason_of

Ask = Callable[[int, int], Answer]

MOST_REQUESTS = 2000
"""Answers that one reading may cost. A list that is longer does not end, or needs larger pages."""

MOST_PASSES = 5
_MOST_ENDS = 8
_STEPS_BACK = 3
"""Steps back that any list may cost in a pass; beyond them one for each eight pages."""

_UNJOINED = 8
"""Answers in a row that show nothing that was seen before; a list that goes on so is none that can be paged."""

_BEYOND_THE_END = frozenset({Failed.NOT_FOUND, Failed.REFUSED})
_BEYOND_ANY_LIST = 10_000_000
_LARGER = 10
_LARGEST = 5000
"""From the second pass on pages are so many times as large, up to so many items."""


class NotWhole(Exception):
    """The list was read, and nothing proves that all of it was seen: why, in a word and in a sentence."""

    def __init__(self, why: Why, sentence: str) -> None:
        super().__init__(sentence)
        self.why, self.sentence = why, sentence


class NotJoined(Exception):
    """A page shows nothing of the page before it, and stepping back did not help."""


@dataclass(frozen=True, slots=True)
class Page:
    """What is new on one page. `last`: the list is proven whole. `source_time`: the source's own clock."""

    items: list[Any]
    last: bool
    source_time: datetime | None


@dataclass(slots=True)
class Server:
    """What is known of a server between readings: its longest answer, and whether it gives pages larger than usual.

    `longest` is believed only where it was learned from a list that was proven whole.
    """

    longest: int = 0
    larger: bool = True


@dataclass(slots=True)
class _End:
    """An instant (a number of answers) at which the list had `length` items, and how many of those are known.

    `counted` is how many the source counted then; 0 where it did not.
    """

    at: int
    length: int
    counted: int
    present: int = 0


@dataclass(slots=True)
class _Evidence:
    """In which answers each item was seen first and last, and the instants at which the list's length is known."""

    ends: list[_End] = field(default_factory=list)
    seen: dict[str, tuple[int, int]] = field(default_factory=dict)

    def see(self, at: int, names: Sequence[str]) -> None:
        for name, copies in Counter(names).items():
            first, latest = self.seen.get(name, (at, 0))
            self.seen[name] = (first, at)
            for end in self.ends:
                if first <= end.at and latest < end.at:
                    end.present += copies

    def ended(self, end: _End) -> None:
        self.ends = [*self.ends[-_MOST_ENDS:], end]

    @property
    def proven(self) -> _End | None:
        """An instant at which all items of the list are known, one without a doubt by the count if there is one."""
        proven = [end for end in self.ends if end.present == end.length]
        return min(proven, key=lambda end: end.counted > end.length, default=None)


@dataclass(slots=True)
class _Reading:
    """One reading of a list: its answers so far."""

    ask: Ask
    size: int
    where: str
    server: Server
    answers: int = 0
    total: int | None = None
    reach: int = 0
    longest: int = 0
    evidence: _Evidence = field(default_factory=_Evidence)
    _yielded: dict[str, str] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether the list is proven whole, and no count says that there is more."""
        proven = self.evidence.proven
        return proven is not None and proven.counted <= proven.length

    def _ended(self, length: int, present: int = 0) -> None:
        """The last answer showed that the list has *length* items, and *present* of them themselves."""
        self.evidence.ended(_End(self.answers, length, self.total or 0, present))

    def passing(self, limit: int) -> Iterator[tuple[Page, bool]]:
        """Read from the beginning to the end of the list; each page with whether it joins the one before."""
        offset, steps, unjoined = 0, 0, 0
        before, known = list[str](), set[str]()
        while True:
            names, page = self._get(offset, limit)
            if names and names == before:  # the offset has moved, and the answer has not
                yield page, True
                yield self._without_offset(names), True
                return
            joins = not known or self.longest < 2 or not names or not known.isdisjoint(names)
            yield page, joins
            if not names:
                return
            unjoined = 0 if joins else unjoined + 1
            if not joins and steps < _STEPS_BACK + self.answers // 8:
                steps, offset, before = steps + 1, max(0, offset - max(1, len(before) - 1)), names
                known |= set(names)
                continue
            if unjoined >= _UNJOINED and self.reach > (self.total or 0):
                return
            # a shorter page than others is probably the last one: then the next answer is to be empty
            last = len(names) < self.longest or self.longest < 2 or (offset == 0 and len(names) < self.size)
            offset += len(names) - (0 if last else 1)
            before, known = names, set(names)

    def _get(self, offset: int, limit: int) -> tuple[list[str], Page]:
        """One answer, in a page of *limit* if the server gives those, or else of the usual size."""
        if limit > self.size and self.server.larger:
            try:
                return self._answer(offset, limit)
            except SourceError:
                if self.answers > MOST_REQUESTS:
                    raise
                self.server.larger = False
        try:
            return self._answer(offset, self.size)
        except SourceError as error:
            if not offset or offset != self.reach or reason_of(error) not in _BEYOND_THE_END:
                raise
        return self._beyond(offset)

    def _answer(self, offset: int, limit: int) -> tuple[list[str], Page]:
        """The names of an answer's items, and those of them that are new or have changed as a page."""
        self.answers += 1
        if self.answers > MOST_REQUESTS and self.evidence.ends:
            raise _doubt(self)  # it has an end, and is ordered anew all the while
        if self.answers > MOST_REQUESTS:
            raise SourceError(
                f"{self.where}: the list has not ended after {MOST_REQUESTS} requests and {len(self._yielded)} tickets;"
                " raise page_size, or narrow the list with query; what came is used, and it will be read again"
            )
        answer = self.ask(offset, limit)
        items = items_of(answer, self.where)
        names = [_name(item) for item in items]
        self.evidence.see(self.answers, names)
        self.longest = max(self.longest, len(items))
        self.total = _count(answer.headers)
        self.reach = max(self.reach, offset + len(items) if offset < _BEYOND_ANY_LIST else 0)
        if not items:
            self._ended(offset)
        return names, Page(self._new(names, items), False, _source_time(answer.headers))

    def _beyond(self, offset: int) -> tuple[list[str], Page]:
        """The server refuses an offset at the end of the list: that it is the end, the last item alone shows."""
        names, page = self._answer(offset - 1, self.size)
        if len(names) != 1 or self.longest < 2:
            return names, page
        self._ended(offset, 1)
        return [], page

    def _new(self, names: Sequence[str], items: Sequence[Any]) -> list[Any]:
        new = []
        for name, item in zip(names, items, strict=True):
            digest = _digest(item)
            if self._yielded.get(name) != digest:
                self._yielded[name] = digest
                new.append(item)
        return new

    def _without_offset(self, names: list[str]) -> Page:
        """One answer for two offsets: it is the whole list if the server heeds no offset and no limit at all."""
        again, page = self._answer(_BEYOND_ANY_LIST, 1)
        if again == names:
            self._ended(len(again), len(again))
        return page


def read_pages(
    ask: Ask, size: int, where: str, server: Server | None = None, passes: int = MOST_PASSES
) -> Iterator[Page]:
    """Yield the pages of a list until it is proven whole; `ask(offset, limit)` brings one answer.

    An answer that is shorter than others of this server were is whole by itself. Raises NotWhole where nothing proves
    that all was seen, also where that takes more than `MOST_REQUESTS`, and SourceError where the source fails or the
    list does not end.
    """
    server = server or Server()
    reading = _Reading(ask, size, where, server)
    for number in range(passes):
        limit = size if number == 0 else max(size, min(reading.reach + size, size * _LARGER, _LARGEST))
        for page, _ in reading.passing(limit):
            alone = reading.answers == 1 and len(page.items) < min(size, server.longest)
            whole = reading.whole or (alone and reading.total in (None, len(page.items)))
            if whole:
                server.longest = max(server.longest, reading.longest)
            yield replace(page, last=whole)
            if whole:
                return
        if number and reading.evidence.proven is not None:
            break
    raise _doubt(reading)


def _doubt(reading: _Reading) -> NotWhole:
    proven, seen = reading.evidence.proven, len(reading.evidence.seen)
    if proven is not None:
        return NotWhole(
            Why.PAGE_ENDED_EARLY,
            f"the source counts {proven.counted} tickets, but its list ends after {proven.length}. Those are used, and"
            " the list is read again at the next poll. If this stays, ask whether the login may see every ticket",
        )
    how = "it changed all the while" if reading.evidence.ends else "its answers do not join, or show no end"
    return NotWhole(
        Why.LIST_NOT_WHOLE,
        f"nothing proves that every ticket of the list was seen: {how}. The {seen} that were seen are used, and the"
        " list is read again at the next poll. If this stays, raise page_size so that the list fits into one answer",
    )


def read_ordered(ask: Ask, size: int, where: str, server: Server) -> Iterator[Page]:
    """Yield the pages of a list in a fixed order, once; the last one is marked. Raises NotJoined.

    Where the order is fixed, pages that join skip nothing. The order itself is for the caller to check.
    """
    reading = _Reading(ask, size, where, server)
    for page, joins in reading.passing(size):
        if not joins:
            raise NotJoined
        yield replace(page, last=bool(reading.evidence.ends))
    if not reading.evidence.ends:
        raise NotJoined


def _name(item: Any) -> str:
    return ticket_id(item) or _digest(item)


def _digest(item: Any) -> str:
    try:
        return content_id(item)
    except RecursionError:
        return "nested too deeply to be compared"


def items_of(answer: Answer, where: str) -> list[Any]:
    """The tickets of an answer; in the place of one that cannot be read stands what is wrong with it."""
    items = document(answer)
    if not isinstance(items, list):
        raise SourceError(f"{where}: the answer is not a list of tickets; check that url is the collection")
    return items


def _count(headers: Mapping[str, str]) -> int | None:
    said = headers.get("X-Total-Count", "").strip()
    return int(said) if said.isascii() and said.isdigit() and len(said) < 12 else None


def _source_time(headers: Mapping[str, str]) -> datetime | None:
    try:
        at = parsedate_to_datetime(headers.get("Date", "")[:100])
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
