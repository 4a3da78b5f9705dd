"""The list of open clocks: filtered, sorted, page by page."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field

from exporters.api.answers import Answer
from exporters.api.names import MOST_WORDS, Instant, Words, in_list
from exporters.api.paging import LONGEST_NAME, Cursor, Limit, Page, cursor_of, place_of
from exporters.api.section import Section
from exporters.api.views import ApiViews
from monitor.explain import seconds, text
from monitor.listing import LISTED_STATES, ClockPlace, ClockQuery, ClockRow, ClockSort
from monitor.model import Life, Measure, State, SubjectKind

PLACE = (int, int, str, str, str, int)
"""The kinds of the parts of a `ClockPlace`."""

ListedState = StrEnum("ListedState", [(state.name, state.value) for state in LISTED_STATES])  # type: ignore[misc]
ListedState.__doc__ = "The state of an open clock."


class Order(StrEnum):
    """The direction of a list."""

    ASCENDING = "asc"
    DESCENDING = "desc"


class Clock(BaseModel):
    """One open clock: a promise about a subject that runs, waits or is broken."""

    source: str = Field(description="The source that names the subject.")
    subject: str = Field(description="The subject's name in its source.")
    kind: SubjectKind | None = Field(
        description="What the subject is; null where nothing but the clock is known of it."
    )
    target: str = Field(description="The promise, as the policy names it.")
    cycle: int = Field(description="The cycle of the clock, from 1.")
    tier: str = Field(description="The tier by which it was judged.")
    assurance: str = Field(description="The assurance by which it was judged.")
    state: ListedState = Field(description="How it is counted; `unknown` where its source's data is too old.")
    judged_state: ListedState = Field(
        description="How it was judged by its own history, however old the source's data is."
    )
    life: Life = Field(description="What the clock does.")
    opened: Instant = Field(description="When the cycle began.")
    deadline: Instant | None = Field(
        description="When the budget is used up if the clock runs on; null while it does not run."
    )
    breached_at: Instant | None = Field(description="When the budget was used up; null where it is not.")
    measure: Measure = Field(description="What is counted: time, or how often.")
    budget: float = Field(description="What is promised: seconds, or how often.")
    counted: float = Field(description="What of it had counted at `counted_at`.")
    counted_at: Instant = Field(description="When the clock was last judged.")
    missed_periods: int = Field(description="Periods of a recurring promise that have been missed.")
    calendar: str = Field(description="The calendar by which time counts.")
    policy: str = Field(description="The version of the policy by which it was judged.")
    customer: str = Field(description="The customer; empty where the source says none.")
    circuit: str = Field(description="The circuit; empty where the source says none.")
    team: str = Field(description="The team; empty where the source says none.")
    title: str = Field(description="The title, as the source has it.")
    url: str = Field(description="The subject's page in its source; empty where there is none.")


def clocks(views: ApiViews) -> Section:
    """The section."""
    section = Section("clocks", "Open clocks, each with its state, deadline and subject.")

    @section.get("/clocks", answers=Page[Clock], summary="List open clocks", refusals=(400,))
    def list_clocks(
        tier: Words = [],  # noqa: B006 - FastAPI copies it
        target: Words = [],  # noqa: B006
        state: Annotated[
            list[ListedState], Query(max_length=MOST_WORDS, description="Only these; `unknown` is said of old data.")
        ] = [],  # noqa: B006
        source: Words = [],  # noqa: B006
        kind: Annotated[
            list[SubjectKind], Query(max_length=MOST_WORDS, description="Only subjects of these kinds.")
        ] = [],  # noqa: B006
        customer: Annotated[str, Query(max_length=LONGEST_NAME, description="Only of this customer.")] = "",
        prefix: Annotated[
            str, Query(max_length=LONGEST_NAME, description="Only subjects whose name begins so, letter for letter.")
        ] = "",
        sort: Annotated[ClockSort, Query(description="By `breached_at`, only clocks that are breached are listed.")] = (
            ClockSort.DEADLINE
        ),
        order: Annotated[Order, Query(description="A clock without what is sorted by comes last in both.")] = (
            Order.ASCENDING
        ),
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Answer:
        """Clocks in one order, page by page. A clock that does not change between two pages is listed once.

        Filters of different names must all hold. Where a filter finds few clocks among many, a page may have few rows
        or none and a `next`: go on until `next` is null.
        """
        asked = {
            "list": "clocks", "tier": sorted(tier), "target": sorted(target), "state": sorted(state),
            "source": sorted(source), "kind": sorted(kind), "customer": customer, "prefix": prefix, "sort": sort,
            "order": order,
        }  # fmt: skip
        place = place_of(asked, cursor, PLACE)
        stale = frozenset(one.source for one in views.snapshot().sources if one.stale)
        query = ClockQuery(
            frozenset(tier), frozenset(target), frozenset(map(State, state)), frozenset(source), frozenset(kind),
            customer, prefix, sort, order is Order.DESCENDING, stale,
        )  # fmt: skip
        page = views.clocks(query, limit, None if place is None else ClockPlace(*place))  # type: ignore[arg-type]
        return Answer({"items": [as_json(row) for row in page.rows], "next": cursor_of(asked, page.next)})

    return section


def as_json(row: ClockRow) -> dict[str, Any]:
    """A row as `Clock` says."""
    return {
        "source": row.key.source,
        "subject": row.key.subject,
        "kind": row.kind,
        "target": row.target,
        "cycle": row.cycle,
        "tier": row.tier,
        "assurance": row.assurance,
        "state": row.shown_state,
        "judged_state": row.state,
        "life": row.life,
        "opened": text(row.opened),
        "deadline": text(row.deadline),
        "breached_at": text(row.breached_at),
        "measure": row.measure,
        "budget": seconds(row.budget),
        "counted": seconds(row.counted),
        "counted_at": text(row.read_at),
        "missed_periods": row.missed_periods,
        "calendar": row.calendar,
        "policy": row.policy,
        "customer": in_list(row.customer),
        "circuit": in_list(row.circuit),
        "team": in_list(row.team),
        "title": in_list(row.title),
        "url": in_list(row.url),
    }
