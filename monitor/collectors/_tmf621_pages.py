"""Read a list that is paged by offset and limit, and changes while it is read.

Each page is asked for from the last item of the page before. If it shows nothing of that page, items have left the
part that was read already and others have moved up unseen: then the reading steps back a page. So items may come
twice, but none is skipped. A list that ends before its own count says so is an error, after all that did come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from monitor.collectors._tmf621_tickets import ticket_id
from monitor.errors import SourceError
from monitor.events import content_id
from monitor.fetch import CUT_SHORT, Answer, Failure

_STEPS_BACK = 3
"""Steps back that any list may cost; beyond them one for each page, for a list without any order never joins up."""


@dataclass(frozen=True, slots=True)
class Page:
    """What is new on one page. `last`: nothing follows. `source_time`: the source's own clock, where it said."""

    items: list[Any]
    last: bool
    source_time: datetime | None


def read_pages(ask: Callable[[int, int], Answer], size: int, where: str) -> Iterator[Page]:
    """Yield the pages of a list. `ask(offset, limit)` brings one. Raises SourceError where the list is not whole."""
    offset, reach, steps_back = 0, 0, 0
    before: dict[str, Any] = {}
    while True:
        answer = ask(offset, size)
        items = items_of(answer, where)
        named = {_name(item): item for item in items}
        new = [item for item in items if (_name(item), item) not in before.items()]
        time, total, end = _source_time(answer.headers), _count(answer.headers), offset + len(items)
        reach = max(reach, end)
        joined = not before or not before.keys().isdisjoint(named)
        if not joined and steps_back < _STEPS_BACK + reach // size:
            steps_back += 1
            yield Page(new, False, time)
            offset = max(0, offset - size)
            continue
        nothing_new = before.keys() >= named.keys()
        if nothing_new and total is not None and end < total:
            sentence = f"{where}: the list ends after {end} of {total} tickets; it will be read again"
            raise SourceError(sentence) from Failure(CUT_SHORT, sentence, retryable=True)
        # a full page may be followed by more whatever the count says: some sources count the page, not the list
        last = nothing_new or (total is not None and end >= total and len(items) < size)
        yield Page(new, last, time)
        if last:
            return
        offset, before = end - 1, named


def _name(item: Any) -> str:
    return ticket_id(item) or content_id(item)


def items_of(answer: Answer, where: str) -> list[Any]:
    """The tickets of an answer."""
    items = answer.json()
    if not isinstance(items, list):
        raise SourceError(f"{where}: the answer is not a list of tickets; check that url is the collection")
    return items


def _count(headers: Mapping[str, str]) -> int | None:
    said = headers.get("X-Total-Count", "").strip()
    return int(said) if said.isascii() and said.isdigit() and len(said) < 12 else None


def _source_time(headers: Mapping[str, str]) -> datetime | None:
    try:
        at = parsedate_to_datetime(headers.get("Date", ""))
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
