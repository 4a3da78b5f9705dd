"""Random histories of every kind of target that starts and stops, with versions of the policy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import strategies as st

from monitor.clock import ticket_clock
from monitor.clock.reading import Reading
from monitor.clock.timeline import Version
from monitor.history.mapping import Fact
from monitor.model import Condition, Life, Measure, OnChange, OwnInstant, Phase, Reopen, State
from monitor.policy.target import ONE, Stage, Target
from monitor.policy.terms import Term
from monitor.worktime.calendars import Calendar
from monitor.worktime.working_time import WorkingTime
from tests.support.oracle import Oracle

H = timedelta(hours=1)
STEP = timedelta(minutes=30)
WORK = frozenset({Phase.OPENED, Phase.ACCEPTED, Phase.HELD})
DONE = frozenset({Phase.RESTORED, Phase.CLOSED})
ZONES = ("UTC", "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata")
EDGES = (  # around which histories lie: changes of the clocks, a long holiday, the end of a year
    datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 10, 24, 12, tzinfo=UTC),
    datetime(2026, 3, 7, 12, tzinfo=UTC), datetime(2026, 4, 4, tzinfo=UTC),
    datetime(2026, 2, 12, tzinfo=UTC), datetime(2025, 12, 31, 12, tzinfo=UTC),
)  # fmt: skip

DIAGNOSED, TOLD, GONE = OwnInstant("diagnosed"), OwnInstant("told"), OwnInstant("gone")
LENGTH = Target("length", 12 * H, WORK, DONE, frozenset({"customer"}), at_risk=0.5)
KINDS: dict[str, Target] = {
    "length": LENGTH,
    "working days": replace(LENGTH, name="days", budget=timedelta(0), days=2),
    "counted back": replace(LENGTH, name="back", stop=frozenset({Phase.DELIVERED}), ahead_of=EDGES[0]),
    "working days back": replace(
        LENGTH, name="notice", budget=timedelta(0), days=3, ahead_of=EDGES[0], stop=frozenset({Phase.DELIVERED})
    ),
    "reset": replace(LENGTH, name="reset", budget=6 * H, reset=frozenset({Phase.ON_SITE, Phase.ACCEPTED})),
    "cancel": replace(LENGTH, name="cancel", cancel=frozenset({Phase.ON_SITE, Phase.CANCELLED})),
    "no cancel": replace(LENGTH, name="no_cancel", cancel=frozenset(), stop=frozenset({Phase.CLOSED})),
    "until closed": replace(LENGTH, name="closed", start=WORK | {Phase.RESTORED}, stop=frozenset({Phase.CLOSED})),
    "at least": replace(LENGTH, name="updates", budget=2 * ONE, measure=Measure.AT_LEAST),
    "from an instant": replace(LENGTH, name="from", start=frozenset({DIAGNOSED}), stop=DONE | {TOLD}),
    "to an instant": replace(LENGTH, name="to", stop=frozenset({TOLD}), cancel=frozenset({Phase.CANCELLED, GONE})),
    "reset by an instant": replace(
        LENGTH, name="again", start=WORK | {DIAGNOSED}, reset=frozenset({TOLD, Phase.ON_SITE}), stop=DONE | {GONE}
    ),
    "until a date": replace(LENGTH, name="until"),
    "feedback": replace(LENGTH, name="feedback", budget=4 * H, recurring=True),
}

STAGES: list[tuple[Stage, ...]] = [
    (),
    (Stage("used_25", share=0.25),),
    (Stage("wall_3h", wall=3 * H), Stage("used_25", share=0.25)),
    (Stage("wall_30m", wall=H / 2), Stage("left_1h", left=H), Stage("wall_16h", wall=16 * H)),
]

SAID: list[tuple[Condition | None, str | None, bool]] = [
    (Phase.OPENED, None, False), (Phase.ACCEPTED, None, False), (Phase.ON_SITE, None, False),
    (Phase.HELD, "customer", False), (Phase.HELD, "part", False), (Phase.RESTORED, None, False),
    (Phase.CLOSED, None, False), (Phase.CANCELLED, None, False), (Phase.DELIVERED, None, False),
    (Phase.UNKNOWN, None, False), (None, None, True), (Phase.ACCEPTED, None, True), (None, None, False),
]  # fmt: skip

CHANGES = (OnChange.AT_EVENT, OnChange.AT_EVENT, OnChange.AT_START, OnChange.STRICTEST)  # dates are not compared
WALL = WorkingTime(Calendar("always", zone="UTC", always=True))

SAID_AT = [*SAID, *((instant, None, False) for instant in (DIAGNOSED, DIAGNOSED, TOLD, GONE))]


@dataclass(frozen=True)
class Case:
    """A history, the versions of one target over it, and the instant of the reading."""

    kind: str
    facts: tuple[Fact, ...]
    versions: tuple[Version, ...]
    now: datetime

    def readings(self, now: datetime | None = None) -> list[Reading]:
        """Every cycle at *now*, of what has been heard by the case's own instant."""
        known = [fact for fact in self.facts if fact.at <= self.now]
        return list(ticket_clock.judged(known, self.versions, now or self.now))

    def walked(self, now: datetime | None = None) -> Oracle:
        first, *more = self.versions
        oracle = Oracle(first.terms, STEP, more)
        oracle.walk([fact for fact in self.facts if fact.at <= self.now], now or self.now)
        return oracle

    def shown(self, now: datetime) -> list[tuple[int, Life, State, tuple[str, ...], datetime | None, int]]:
        """What anybody could be told of at *now*."""
        return [
            (item.cycle, item.life, item.state, item.reached, item.breached_at, item.missed_periods)
            for item in self.readings(now)
        ]

    @property
    def moments(self) -> set[datetime | None]:
        return {term.since for version in self.versions for term in version.terms} | {v.since for v in self.versions}


shift = ((time(22), time(6)),)
office = ((time(8), time(12)), (time(13), time(17, 30)))


@st.composite
def calendars(draw: st.DrawFn, about: date) -> Calendar:
    """Office hours or shifts of the night, with holidays and make-up days around a date, or all time."""
    zone = draw(st.sampled_from(ZONES))
    if draw(st.integers(0, 2)) == 0:
        return Calendar("always", zone=zone, always=True)
    night = draw(st.integers(0, 3)) == 0
    dates = st.integers(-2, 12).map(lambda days: about + timedelta(days=days))
    spans = st.sampled_from(
        [(), (), shift] if night else [(), (), office, ((time(9), time(0)),), ((time(1), time(3, 30)),)]
    )
    days = draw(st.dictionaries(dates, spans, max_size=4))
    if night:
        week = dict.fromkeys(range(5), shift)
        return Calendar("night", zone=zone, weekly=week, days=days, day_begins=timedelta(hours=6))
    return Calendar("office", zone=zone, weekly=dict.fromkeys(range(5), office), days=days)


@st.composite
def cases(draw: st.DrawFn, kinds: tuple[str, ...] = tuple(KINDS), changes: int = 2, versions: int = 2) -> Case:
    kind = draw(st.sampled_from(sorted(kinds)))
    base = replace(
        KINDS[kind],
        reopen=draw(st.sampled_from(sorted(Reopen))),
        on_change=draw(st.sampled_from(CHANGES[: 3 if kind == "until a date" else 4])),
    )
    words = SAID_AT if "instant" in kind else SAID
    edge = draw(st.sampled_from(EDGES))
    hours = WorkingTime(draw(calendars(edge.date())))
    stride = 8 if base.days or base.ahead_of else 3  # hours between facts, about
    start = at = edge - draw(st.integers(0, 3)) * 12 * H
    facts = []
    said = draw(st.lists(st.tuples(st.integers(0, 2 * stride), st.sampled_from(words)), min_size=1, max_size=8))
    if draw(st.booleans()):
        said.insert(0, (0, SAID[0]))
    for number, (gap, (phase, reason, feedback)) in enumerate(said):
        at += gap * H
        facts.append(Fact(at, f"e{number:02}", phase, reason, feedback))
    now = at + draw(st.integers(0, 6 * stride)) * H
    span = int((now - start) / H)
    instants = st.integers(-2, span + 12).map(lambda hour: start + hour * H)
    planned = st.integers(-24, 240).map(lambda hour: start + hour * H)

    def term(since: datetime | None) -> Term:
        if draw(st.integers(0, 6)) == 0:
            return Term(since, None, None, because="t")
        target = replace(base, stages=draw(st.sampled_from(STAGES)))
        if base.days:
            target = replace(target, days=draw(st.integers(1, 4)))
        elif base.measure is Measure.AT_LEAST:
            target = replace(target, budget=draw(st.integers(1, 3)) * ONE)
        else:
            target = replace(target, budget=draw(st.sampled_from([2, 4, 8, 24])) * H)
        if kind == "until a date" and draw(st.booleans()):
            ends = base.reopen if base.reopen is Reopen.NEVER else Reopen.NEW_CYCLE
            return Term(
                since, replace(target, until=draw(planned), budget=timedelta(0), reopen=ends), WALL, because="t"
            )
        if base.ahead_of:
            target = replace(target, ahead_of=draw(planned))
        return Term(since, target, hours.dates if base.days else hours, because="t")

    def version(since: datetime | None) -> Version:
        moments = sorted(draw(st.sets(instants, max_size=changes)))
        return Version(since, tuple(term(moment) for moment in (None, *moments)))

    told = st.sampled_from([fact.at for fact in facts])  # a version that begins when something is told
    turns = sorted(draw(st.sets(instants | told, max_size=versions)))
    return Case(kind, tuple(facts), (version(None), *(version(since) for since in turns)), now)
