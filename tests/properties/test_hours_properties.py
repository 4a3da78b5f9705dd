"""Pages that wait, over random clocks, stages and calendars: never past the deadline, the next stage or the opening.

The oracles are the engine's own later crossings, and a walk over the wall minute by minute.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, note
from hypothesis import strategies as st

from alerts.decide import withholding
from alerts.decide.hours import Waits, waiting
from alerts.decide.withholding import Route
from monitor.alert import Channel, CoveredHours, Delivery
from monitor.clock import engine
from monitor.worktime import Calendar, Span, WorkingTime
from tests.support import cases
from tests.support.cases import at, ticket
from tests.support.desk import SETTINGS, Desk
from tests.support.texts import exchanged

MINUTE = timedelta(minutes=1)
PHONE = Channel("phone", Delivery.QUEUE)
STAGES = ("50%", "75%", "90%", "30m left", "10m left", "20m wall left", "100%")
ZONES = ("UTC", "Asia/Shanghai", "America/New_York")
CALENDARS = {
    "always": "always: {zone: UTC, hours: 24x7}",
    "office": "always: {zone: UTC, hours: {mon-sun: ['08:00-12:00', '13:00-18:00']}}",
}

halves = st.integers(0, 47)


@st.composite
def weeks(draw: st.DrawFn) -> Mapping[int, tuple[Span, ...]]:
    """Weekly hours on half hours, some of them over midnight, and never none at all."""
    days = draw(st.sets(st.integers(0, 6), min_size=1))
    found: dict[int, tuple[Span, ...]] = {}
    for day in days:
        opening = draw(st.integers(0, 46))
        closing = draw(st.integers(opening + 1, 47))
        found[day] = ((_at_half(opening), _at_half(closing)),)
    return found


def _at_half(number: int) -> time:
    return time(number // 2, number % 2 * 30)


hours = st.builds(lambda week, zone: Calendar("hours", zone=zone, weekly=week), weeks(), st.sampled_from(ZONES))
"""Where a zone changes its time, hours do as well: the clocks below also run over such nights."""

policies = st.tuples(
    st.sampled_from(("1h", "4h", "9h", "1d")),
    st.lists(st.sampled_from(STAGES[:-1]), max_size=4, unique=True),
    st.sampled_from(sorted(CALENDARS)),
)
starts = st.one_of(
    st.integers(0, 7 * 24 * 60).map(lambda minutes: at(0) + MINUTE * minutes),
    st.integers(0, 48 * 60).map(lambda minutes: datetime(2026, 3, 7, tzinfo=at(0).tzinfo) + MINUTE * minutes),
)


def written(budget: str, stages: list[str], calendar: str) -> str:
    said = ", ".join([*stages, "100%"])
    return exchanged(
        cases.RESTORATION,
        ("budget: 4h", f"budget: {budget}"),
        (CALENDARS["always"], CALENDARS[calendar]),
        ("\ntargets:", f"\nstages: {{tier: {{gold: [{said}]}}}}\ntargets:"),
    )


def is_open(calendar: Calendar, when: datetime) -> bool:
    """By the wall alone: semantics 45."""
    local = when.astimezone(ZoneInfo(calendar.zone))
    return any(start <= local.time() < end for start, end in calendar.weekly.get(local.weekday(), ()))


def first_open(calendar: Calendar, now: datetime, most: datetime) -> datetime | None:
    """The next covered minute by looking at each; None where there is none up to *most*."""
    when = now
    while when <= most:
        if is_open(calendar, when):
            return when
        when = when.replace(second=0, microsecond=0) + MINUTE
    return None


@given(policy=policies, start=starts, calendar=hours, late=st.integers(0, 600), only=st.booleans())
def test_a_held_page_rings_before_the_deadline_and_the_next_stage_and_not_after_the_opening(
    policy: tuple[str, list[str], str], start: datetime, calendar: Calendar, late: int, only: bool
) -> None:
    rules = cases.rules(written(*policy))
    desk = Desk(rules=rules, settings=replace(SETTINGS, installed_at=start, covered=True))
    events = [ticket("T1", start, "working", tier="gold")]
    over = engine.advance(events, (), rules, start + timedelta(days=20)).readings
    (clock,) = (one for one in over if one.target.name == "restore")
    crossed = {one.stage: one.at for one in clock.crossings}
    deadline = clock.deadline
    assert deadline is not None
    routed = {"stage": frozenset(sorted(crossed)[:2])} if only else {}
    route = Route(PHONE, routed, hours=CoveredHours(WorkingTime(calendar)))
    for stage, reached in sorted(crossed.items(), key=lambda pair: pair[1]):
        now = reached + timedelta(seconds=late)
        for alert in desk.look(events, now):
            if not (alert.firing and alert.notifies) or alert.stage == "breached" or not route.takes(alert):
                continue
            note(f"{stage} at {now}: {alert.stage}, ahead {alert.ahead}, deadline {deadline}")
            (decision,) = withholding.decide(alert, (route,), (), None, now)
            ringing = [
                when for name, when in crossed.items()
                if when > now and name in (routed.get("stage") or crossed) and name != "breached"
                and name in {one.name for one in clock.target.stages}
            ]  # fmt: skip
            limit = min([deadline, *ringing])
            opens = first_open(calendar, now, limit)
            if decision.held:
                assert decision.until is not None
                assert now < decision.until < limit
                assert decision.until == opens, "never later than the next covered instant, and not before it"
            else:
                found = waiting(alert, route.hours, route.takes, now)
                assert (opens is not None and opens == now) or opens is None or opens >= limit
                assert (found.why is Waits.COVERED) == is_open(calendar, now)
