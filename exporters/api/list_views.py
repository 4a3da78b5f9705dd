"""What the app lets the API see of causes, pages, duties and records that are set aside, and do with these."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from monitor.listing import (
    CausePage,
    CausePlace,
    DutyWeek,
    NotDone,
    RecordPage,
    RecordPlace,
    RecordQuery,
    RetryDone,
    TellingPage,
    TellingQuery,
    WholeRecord,
    WordToMap,
)


@dataclass(frozen=True, slots=True)
class ApiLists:
    """Callables, asked anew for each request and from several threads.

    `week` gives the week that is so many weeks after this one, None where there is no rota. `retry` and `drop` take the
    number of a record, who does it and why.
    """

    records: Callable[[RecordQuery, int, RecordPlace | None], RecordPage]
    record: Callable[[int], WholeRecord | None]
    retry: Callable[[int, str, str], RetryDone]
    drop: Callable[[int, str, str], NotDone | None]
    tellings: Callable[[TellingQuery, int, int | None], TellingPage]
    causes: Callable[[int, CausePlace | None], CausePage]
    week: Callable[[int], DutyWeek | None]
    words: Callable[[], Sequence[WordToMap]]
