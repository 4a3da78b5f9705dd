"""Make the picture of a circuit's last year, and what each of its promises allowed and has used.

Pure. A time of which nothing was said is drawn as such, and never as available.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from exporters.web import bands, wording
from exporters.web.bands import Band, Segment, Tick
from monitor.explain import ClockExplanation, Explanation, IntervalKind, sentences
from monitor.messages import COMMA, Message, joined, message
from monitor.model import CircuitState

YEAR = timedelta(days=365)

NOTHING_SAID = "nothing_said"
"""Time before the first event, or that was deleted."""

WEIGHT: Mapping[str, int] = {
    CircuitState.UNAVAILABLE: 5,
    CircuitState.UNKNOWN: 4,
    CircuitState.DEGRADED: 3,
    NOTHING_SAID: 2,
    CircuitState.RETIRED: 1,
}
PLANNED = "planned"

MOST_PERIODS = 26
"""Periods that are listed one by one, the newest first."""


@dataclass(frozen=True, slots=True)
class Year:
    """The year that ends at `end`: `states` above, `planned` work below."""

    begin: datetime
    end: datetime
    states: Sequence[Band]
    planned: Sequence[Band]
    ticks: Sequence[Tick]
    totals: Sequence[tuple[str, timedelta]]
    zone: str

    @property
    def about(self) -> Message:
        """The picture in words."""
        return message(
            "page-picture-about",
            start=sentences.instant(self.begin, self.zone),
            end=sentences.instant(self.end, self.zone),
            parts=joined([message("page-picture-part", kind=state(of), length=wording.countdown(length))
                          for of, length in self.totals], COMMA),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Availability:
    """A period of a promise about time: which share of it was available, and which share was promised.

    Both are None where the promise counts other hours than all. Planned work and what was corrected does not count.
    """

    clock: ClockExplanation
    available: str | None
    promised: str | None


def state(of: str) -> Message:
    """How a band of the year is called."""
    if of in (NOTHING_SAID, PLANNED):
        return message("page-year-nothing-said" if of == NOTHING_SAID else "page-year-planned")
    return message(f"page-circuit-{of}")


def year(explanation: Explanation, zone: str) -> Year:
    """The last year of a circuit."""
    end = explanation.at
    begin = end - YEAR
    laid = list(states(explanation, begin, end))
    planned = list(planned_work(explanation, begin, end))
    known = {**bands.totals(laid), **bands.totals(planned)}
    return Year(
        begin, end, bands.bands(laid, begin, end, WEIGHT), bands.bands(planned, begin, end, {PLANNED: 1}),
        bands.ticks(begin, end, zone), tuple(known.items()), zone,
    )  # fmt: skip


def states(explanation: Explanation, begin: datetime, end: datetime) -> Iterator[Segment]:
    """What state the circuit was in from *begin* to *end*, without a gap."""
    said = [(at, of.value) for at, of in explanation.states if at < end]
    before = [of for at, of in said if at <= begin]
    edges = [(begin, before[-1] if before else NOTHING_SAID), *((at, of) for at, of in said if at > begin)]
    for (start, of), (stop, _) in pairwise([*edges, (end, "")]):
        if stop > start:
            yield Segment(start, stop, of)


def planned_work(explanation: Explanation, begin: datetime, end: datetime) -> Iterator[Segment]:
    """Time that counts for no promise of the circuit, because of planned work or a correction; each stretch once."""
    found = sorted(
        (max(part.start, begin), min(part.end, end))
        for clock in explanation.clocks
        for part in clock.intervals
        if part.kind is IntervalKind.EXCLUDED and part.end > begin and part.start < end
    )
    reached = begin
    for start, stop in found:
        if stop > max(start, reached):
            yield Segment(max(start, reached), stop, PLANNED)
            reached = stop


def availabilities(explanation: Explanation) -> Iterator[Availability]:
    """The periods of the promises that count time, the newest first."""
    timed = [clock for clock in explanation.clocks if clock.timed and clock.period is not None]
    for clock in sorted(timed, key=lambda clock: clock.reading.started_at, reverse=True)[:MOST_PERIODS]:
        assert clock.period is not None
        until = min(explanation.at, clock.period.end)
        lasted, whole = until - clock.reading.started_at, clock.period.end - clock.period.start
        always = clock.calendar.always
        yield Availability(
            clock,
            _share(clock.counted, lasted) if always else None,
            _share(clock.budget, whole) if always else None,
        )


def _share(away: object, of: timedelta) -> str | None:
    """The share of a time that is left, in percent: cut, so that what was away for a moment never reads as 100."""
    if not isinstance(away, timedelta) or of <= timedelta(0):
        return None
    left = max(timedelta(0), of - away)
    thousandths = 100_000 * left // of
    return f"{thousandths // 1000}.{thousandths % 1000:03d}"
