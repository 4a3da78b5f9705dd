"""Read the weekly hours of a calendar: to which date each span belongs, and when working dates begin.

A span may cross midnight; it belongs to the date on which it begins, or with `shift_belongs_to: end` to the one on
which it ends. Where spans cross midnight, every working date begins at the latest end of such a span, or with `end` at
the earliest beginning (semantics 43). The one surprise: two spans that meet at midnight are one shift too, as
`22:00-24:00` and on the next day `00:00-06:00`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import time, timedelta

from monitor.config.yaml_file import Document, Loc
from monitor.worktime import MIDNIGHT, Span, Week

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY, _WEEK = 24 * 60, 7 * 24 * 60

Minutes = tuple[int, int]
"""A span of the week in minutes from Monday 00:00; its end may lie beyond the week."""


def week(document: Document, loc: Loc, hours: Mapping[str, Sequence[Span]], by_end: bool) -> tuple[Week, timedelta]:
    """The spans of each working date's weekday, and when working dates begin. Raises ConfigError with the key."""
    written: dict[int, Loc] = {}
    spans: list[tuple[Minutes, Loc]] = []
    for days, of_day in hours.items():
        place: Loc = (*loc, "hours", days)
        for weekday in _weekdays(document, place, days):
            if weekday in written:
                raise document.error(place, f"{DAYS[weekday]} is given twice; keep one")
            written[weekday] = place
            spans += [(_minutes(weekday, span, by_end), place) for span in of_day]
    _no_overlap(document, [(minutes, place) for minutes, place in spans])
    crossing = [(a, b) for (a, b), _ in spans if a // _DAY != (b - 1) // _DAY]
    begins = _begins(crossing, by_end)
    for (a, b), place in spans:
        if (a - begins) // _DAY != (b - 1 - begins) // _DAY:
            edge, other = _text(begins), "after" if by_end else "before"
            raise document.error(
                place,
                f"{_text(a)}-{_text(b)} begins before {edge} and ends after it, and at {edge} every working day of this"
                f" calendar begins, since {_text(crossing[0][0])}-{_text(crossing[0][1])} crosses midnight; write what"
                f" lies before and what lies {other} {edge} as two spans",
            )
    merged = list(_merged([minutes for minutes, _ in spans]))
    if not crossing:
        across = [(a, b) for a, b in merged if a // _DAY != (b - 1) // _DAY]
        meeting = [(a, b) for a, b in across if a % _DAY and b % _DAY and b - a <= _DAY]
        begins = _begins(meeting, by_end)
        if any((a - begins) // _DAY != (b - 1 - begins) // _DAY for a, b in _halves(merged, meeting)):
            begins = 0  # spans lie across such a beginning: no shifts were meant
    return _by_date(merged, begins), timedelta(minutes=begins)


def in_order(document: Document, loc: Loc, spans: Sequence[Span], begins: timedelta = MIDNIGHT) -> tuple[Span, ...]:
    """The spans of one working date, in their order from its beginning on. Raises ConfigError where they overlap."""
    begin = int(begins.total_seconds()) // 60
    laid: list[tuple[Minutes, Span]] = []
    for span in spans:
        start = begin + (_of(span[0]) - begin) % _DAY
        end = start + ((_of(span[1]) - start) % _DAY or _DAY)
        if end > begin + _DAY:
            edge = _text(begin)
            raise document.error(
                loc,
                f"{_text(start)}-{_text(end)} goes on after {edge}, when the next working day of this calendar begins;"
                f" end it at {'24:00' if not begin else edge}, and write the rest under the next date",
            )
        laid.append(((start, end), span))
    laid.sort(key=lambda item: item[0])
    _no_overlap(document, [(minutes, loc) for minutes, _ in laid], wraps=False)
    return tuple(span for _, span in laid)


def _minutes(weekday: int, span: Span, by_end: bool) -> Minutes:
    start, end = _of(span[0]), _of(span[1]) or _DAY
    if end <= start:
        start, end = (start - _DAY, end) if by_end else (start, end + _DAY)
    return weekday * _DAY + start, weekday * _DAY + end


def _begins(crossing: Sequence[Minutes], by_end: bool) -> int:
    """When working dates begin, in minutes from midnight."""
    if not crossing:
        return 0
    return min(a % _DAY for a, _ in crossing) - _DAY if by_end else max(b % _DAY for _, b in crossing)


def _merged(spans: Sequence[Minutes]) -> Iterator[Minutes]:
    """Spans that meet as one, round the end of the week too; in order."""
    found: list[Minutes] = []
    for a, b in sorted((a % _WEEK, a % _WEEK + b - a) for a, b in spans):
        if found and found[-1][1] == a:
            found[-1] = found[-1][0], b
        else:
            found.append((a, b))
    if len(found) > 1 and found[-1][1] == found[0][0] + _WEEK:
        (_, end), (begin, _) = found.pop(0), found[-1]
        found[-1] = begin, end + _WEEK
    yield from found


def _halves(merged: Sequence[Minutes], meeting: Sequence[Minutes]) -> Iterator[Minutes]:
    """The spans as they count: shifts as a whole, all other spans cut at midnight."""
    for a, b in merged:
        if (a, b) in meeting:
            yield a, b
            continue
        while a < b:
            cut = min(b, (a // _DAY + 1) * _DAY)
            yield a, cut
            a = cut


def _by_date(merged: Sequence[Minutes], begins: int) -> dict[int, tuple[Span, ...]]:
    """Each span, cut where working dates begin, under the weekday of its date."""
    found: defaultdict[int, list[Minutes]] = defaultdict(list)
    for a, b in merged:
        while a < b:
            date = (a - begins) // _DAY
            cut = min(b, (date + 1) * _DAY + begins)
            found[date % 7].append((a - date * _DAY, cut - date * _DAY))
            a = cut
    return {day: tuple((_time(a), _time(b)) for a, b in sorted(found[day])) for day in sorted(found)}


def _no_overlap(document: Document, spans: Sequence[tuple[Minutes, Loc]], wraps: bool = True) -> None:
    """Refuse spans that overlap."""
    ordered = sorted(((a % _WEEK, a % _WEEK + b - a), place) for (a, b), place in spans) if wraps else list(spans)
    if wraps and ordered:
        (a, b), place = ordered[0]
        ordered.append(((a + _WEEK, b + _WEEK), place))
    for i in range(1, len(ordered)):
        (_, before), ((after, _), place) = ordered[i - 1][0], ordered[i]
        if after < before:
            raise document.error(place, f"spans overlap at {_text(after)}; write them apart or as one")


def _weekdays(document: Document, loc: Loc, text: str) -> Sequence[int]:
    first, _, last = text.partition("-")
    if first not in DAYS or (last and last not in DAYS):
        raise document.error(loc, f"{text!r} is not a weekday or a span of them; write mon or mon-fri")
    a = DAYS.index(first)
    b = DAYS.index(last) if last else a
    if b < a:
        raise document.error(loc, f"{text!r} runs backwards; write the earlier day first (mon-fri)")
    return range(a, b + 1)


def _of(at: time) -> int:
    return at.hour * 60 + at.minute


def _time(minutes: int) -> time:
    return time(minutes // 60 % 24, minutes % 60)


def _text(minutes: int) -> str:
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"
