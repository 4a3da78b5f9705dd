"""Over random lives of a ticket, told in any order and looked at whenever: what must always hold of its alerts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.clock import engine
from monitor.clock.reading import Reading
from monitor.history.events import Event
from monitor.model import Life
from monitor.policy.target import BREACHED_STAGE
from tests.support import cases
from tests.support.cases import MONDAY, ticket
from tests.support.desk import SETTINGS, Desk
from tests.support.texts import exchanged

POLICY = exchanged(
    cases.POLICY,
    ("24x7}\n", '24x7}\n  office: {zone: UTC, hours: {mon-fri: ["08:00-17:00"]}}\n'),
    ("{when: {tier: gold}, budget: 4h,", "{when: {tier: gold}, calendar: office, budget: 4h,"),
    ("targets:\n", "stages: {tier: {diamond: [50%, 75%, 90%, 100%], gold: [STAGES]}}\ntargets:\n"),
    ("STAGES", "75%, 90%, 100%, 5m wall left, 1h wall left, 3h wall left"),
)
RULES = cases.rules(POLICY)
unhurried = settings(deadline=None)  # a busy machine is no failure
END = MONDAY + timedelta(hours=30)


@dataclass(frozen=True, slots=True)
class Heard:
    """An event and the instant at which it reached us."""

    event: Event
    arrived: datetime


def minute(number: int) -> datetime:
    return MONDAY + timedelta(minutes=number)


@st.composite
def lives(draw: st.DrawFn, late: bool = False, tiers: bool = True) -> list[Heard]:
    """What happens to one ticket within a day; *late* lets what is said arrive up to five hours after it."""
    instants = draw(st.lists(st.integers(0, 24 * 60), min_size=1, max_size=9, unique=True))
    heard: list[Heard] = []
    for index, number in enumerate(sorted(instants)):
        when = minute(number)
        status = draw(st.sampled_from(["new", "working", "waiting", "resolved", "cancelled", "odd", None]))
        reason = "customer" if status == "waiting" else None
        fields: dict[str, Any] = {}
        if index == 0 or (tiers and draw(st.integers(0, 3)) == 0):
            fields["tier"] = draw(st.sampled_from(["diamond", "gold", "standard"] if tiers else ["diamond", "gold"]))
        said = ticket(
            "T1",
            when,
            status if index else "new",
            reason=reason,
            feedback=draw(st.booleans()),
            sequence=index,
            **fields,
        )
        delay = timedelta(minutes=draw(st.integers(0, 300))) if late else timedelta(0)
        heard.append(Heard(said, when + delay))
    return heard


looks = st.lists(st.integers(0, 29 * 60).map(minute), max_size=12).map(sorted)


def known(heard: Sequence[Heard], now: datetime) -> list[Event]:
    return [item.event for item in heard if item.arrived <= now]


def play(heard: Sequence[Heard], at: Sequence[datetime], installed_at: datetime = MONDAY) -> Desk:
    desk = Desk(rules=RULES, settings=replace(SETTINGS, installed_at=installed_at))
    for now in [*at, END]:
        desk.look(known(heard, now), now)
    return desk


def attentive(heard: Sequence[Heard]) -> Desk:
    """Look as the program does: at every arrival, and whenever a threshold has come."""
    desk, arrivals = Desk(rules=RULES), sorted({item.arrived for item in heard})
    now: datetime | None = arrivals[0]
    while now is not None and now <= END:
        desk.look(known(heard, now), now)
        due = [reading.next_at for reading in readings(heard, now) if reading.next_at is not None]
        now = min((at for at in (*arrivals, *due) if at > now), default=None)
    desk.look(known(heard, END), END)
    return desk


def readings(heard: Sequence[Heard], now: datetime) -> tuple[Reading, ...]:
    events = known(heard, now)
    return engine.advance(events, (), RULES, now).readings if events else ()


def holding(reading: Reading) -> list[str]:
    """The paging stages that are reached and count, least severe first."""
    listed = {stage.name for stage in reading.target.stages}
    return [
        name
        for name in reading.reached
        if name in listed and reading.open and (reading.life is Life.RUNNING or name == BREACHED_STAGE)
    ]


@unhurried
@given(lives(late=True), looks)
def test_in_the_end_the_worst_stage_of_every_open_clock_fires_and_nothing_else_does(
    heard: list[Heard], at: list[datetime]
) -> None:
    desk = play(heard, at)
    told = {(a.target, a.cycle, a.stage, a.labels["tier"]) for a in desk.stored.values() if a.notifies and a.firing}
    allowed = set()
    for reading in readings(heard, END):
        stages = [(reading.target.name, reading.cycle, stage, reading.tier) for stage in holding(reading)]
        allowed.update(stages)
        assert not stages or stages[-1] in told
    assert told <= allowed


@unhurried
@given(lives(late=True), looks)
def test_labels_never_change_and_name_one_stage_of_one_cycle(heard: list[Heard], at: list[datetime]) -> None:
    desk = Desk(rules=RULES)
    seen: dict[tuple[str, int, str, str, str], str] = {}
    for now in [*at, END]:
        for alert in desk.look(known(heard, now), now):
            place = (alert.target, alert.cycle, alert.stage, alert.labels["tier"], alert.labels["assurance"])
            assert seen.setdefault(place, alert.key) == alert.key
            assert all(isinstance(value, str) and value for value in alert.labels.values())
            assert alert.resolved_at is None or alert.resolved_at >= alert.starts_at
            assert alert.notifies or not alert.firing
            assert alert.starts_at <= now
    assert len(set(seen.values())) == len(seen)


@unhurried
@given(lives(late=True), looks, st.booleans())
def test_deciding_again_without_news_changes_nothing(heard: list[Heard], at: list[datetime], old: bool) -> None:
    desk = Desk(rules=RULES, settings=replace(SETTINGS, installed_at=minute(600) if old else MONDAY))
    for now in [*at, END]:
        desk.look(known(heard, now), now)
        assert desk.look(known(heard, now), now) == ()


@unhurried
@given(lives(), looks)
def test_time_alone_ends_nothing(heard: list[Heard], at: list[datetime]) -> None:
    desk = play(heard, at)
    for days in (1, 10, 300):
        changed = desk.look(known(heard, END), END + timedelta(days=days))
        assert all(alert.firing or not alert.notifies for alert in changed)


@unhurried
@given(lives(late=True), looks)
def test_a_ticket_that_ends_ends_every_alert(heard: list[Heard], at: list[datetime]) -> None:
    last = ticket("T1", minute(25 * 60), "closed", event_id="last")
    desk = play([*heard, Heard(last, last.at)], at)
    assert desk.firing == []


@unhurried
@given(lives(tiers=False), looks)
def test_looking_seldom_tells_of_no_other_alert_and_leaves_none_without_a_record(
    heard: list[Heard], at: list[datetime]
) -> None:
    often, seldom = attentive(heard), play(heard, at)
    assert seldom.fired <= often.fired
    paused = {(r.target.name, r.cycle) for r in readings(heard, END) if r.life is Life.PAUSED}
    for key in often.fired - seldom.fired:
        record = seldom.stored.get(key)
        if record is None:  # judged when the clock runs again or ends
            assert (often.stored[key].target, often.stored[key].cycle) in paused
        else:
            assert record.reason in ("superseded", "passed")


@unhurried
@given(lives(late=True), looks, st.integers(0, 29 * 60).map(minute))
def test_a_breach_older_than_the_installation_never_pages(
    heard: list[Heard], at: list[datetime], installed_at: datetime
) -> None:
    desk = Desk(rules=RULES, settings=replace(SETTINGS, installed_at=installed_at))
    for now in [*[one for one in at if one >= installed_at], END]:
        for alert in desk.look(known(heard, now), now):
            if alert.stage == BREACHED_STAGE and alert.notifies and alert.firing and alert.reason == "first":
                assert alert.starts_at >= installed_at
