"""What the app lets the API see: callables, asked anew for each request and from several threads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from monitor.explain import Explanation
from monitor.listing import (
    CircuitPage,
    CircuitPlace,
    CircuitQuery,
    ClockPage,
    ClockPlace,
    ClockQuery,
    EventPage,
    EventPlace,
    MonthPage,
    PublicationPage,
    PublishedRules,
    ReportedMonth,
)
from monitor.model import SubjectKey
from monitor.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class ApiViews:
    """What is shown. Each may raise one of the five errors; its sentence is then the answer, with 503.

    `snapshot` is no older than a second. `explain` gives the explanation of a subject, None where nothing is known of
    it; `history` a page of its events. `publication` gives the rules of a number, `changes` what the rules of the
    second number change in those of the first; `month` the report of a month; None where there is none.
    """

    snapshot: Callable[[], Snapshot]
    explain: Callable[[str, str], Explanation | None]
    clocks: Callable[[ClockQuery, int, ClockPlace | None], ClockPage]
    circuits: Callable[[CircuitQuery, int, CircuitPlace | None], CircuitPage]
    history: Callable[[SubjectKey, int, EventPlace | None], EventPage]
    publications: Callable[[int, int | None], PublicationPage]
    publication: Callable[[int], PublishedRules | None]
    changes: Callable[[int, int], tuple[str, ...] | None]
    months: Callable[[int, str | None], MonthPage]
    month: Callable[[str], ReportedMonth | None]
