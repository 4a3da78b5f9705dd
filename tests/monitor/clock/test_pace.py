"""When an allowance is used too fast, by numbers that can be worked out on paper."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from monitor.clock import ticket_clock
from monitor.clock.engine import compare, transitions
from monitor.clock.reading import PaceSpell, Reading
from monitor.clock.timeline import Version
from monitor.history.mapping import Fact
from monitor.model import CircuitState, Life, Measure, Period, TransitionKind
from monitor.policy import ONE, Pace, Target, Term, Window
from monitor.worktime import TICK, Calendar, WorkingTime

H, DAY = timedelta(hours=1), timedelta(days=1)
DOWN, UP = CircuitState.UNAVAILABLE, CircuitState.AVAILABLE
ALWAYS = WorkingTime(Calendar("always", always=True))
PACE = Pace((Window(length=10 * DAY),), Fraction(2))
MONTH = Target(
    "availability", 30 * H, frozenset({DOWN}), frozenset(), frozenset({"planned_work"}), period=Period.MONTH, pace=PACE
)  # April: 30 days. 1 h a day lasts; 20 h in ten days are too fast at its beginning.
FAULTS = replace(MONTH, budget=3 * ONE, measure=Measure.COUNT)


def at(days: float, hours: float = 0) -> datetime:
    return datetime(2026, 4, 1, tzinfo=UTC) + days * DAY + hours * H


def fact(when: datetime, state: CircuitState, excuse: str | None = None) -> Fact:
    return Fact(when, f"{when}{state}", state, excuse)


def outage(start: datetime, length: timedelta) -> list[Fact]:
    return [fact(start, DOWN), fact(start + length, UP)]


def read(history: list[Fact], now: datetime, target: Target = MONTH, *more: Term) -> Reading:
    terms = (Term(None, target, ALWAYS), *more)
    known = [fact(at(0), UP), *sorted(history, key=lambda one: one.at)]
    return list(ticket_clock.judged([one for one in known if one.at <= now], (Version(None, terms),), now))[-1]


def spells(reading: Reading) -> list[tuple[datetime, datetime | None]]:
    assert reading.pace is not None
    return [(one.start, one.end) for one in reading.pace.spells]


def test_it_is_too_fast_from_the_microsecond_at_which_twice_what_lasts_is_passed() -> None:
    """After x hours of an outage at the very beginning: x / 10 d > 2 (30 h - x) / (30 d - x), near x = 11.9 h."""
    reading = read([fact(at(0), DOWN)], at(1))
    ((start, end),) = spells(reading)
    assert end is None

    def too_fast(used: timedelta) -> bool:
        used_, left, ahead = used / TICK, (30 * H - used) / TICK, (30 * DAY - used) / TICK
        return used_ * ahead > 2 * left * (10 * DAY / TICK)

    assert too_fast(start - at(0))
    assert not too_fast(start - at(0) - TICK)
    assert read([fact(at(0), DOWN)], start).reached == ("pace",)
    assert read([fact(at(0), DOWN)], start - TICK).reached == ()
    assert read([fact(at(0), DOWN)], at(0, 1)).next_at == start


def test_its_end_is_known_ahead_and_comes_when_the_window_has_emptied_enough() -> None:
    reading = read(outage(at(0), 15 * H), at(1))
    (end,) = [one for one in [reading.next_at] if one is not None]
    # what is in the window by 10 d is no more than the 15 h left by the time left
    inside = at(0, 15) - (end - 10 * DAY)
    assert inside / (10 * DAY) <= (15 * H) / (at(30) - end)
    inside += TICK
    assert inside / (10 * DAY) > (15 * H) / (at(30) - end + TICK) - 1e-12
    later = read(outage(at(0), 15 * H), end)
    assert spells(later) == [(spells(reading)[0][0], end)]
    assert (later.reached, later.next_at) == (("at_risk",) if later.counted >= 22.5 * H else (), at(30))


def test_it_says_what_the_window_used_and_when_nothing_would_be_left() -> None:
    (spell,) = [one for one in (read(outage(at(0), 15 * H), at(2)).pace or ()).spells]  # type: ignore[union-attr]
    assert spell.window == 10 * DAY
    assert spell.used == spell.start - at(0)
    left = 30 * H - spell.used
    assert abs(spell.exhausted_at - (spell.start + left * (spell.window / spell.used))) < timedelta(seconds=1)


def test_an_even_pace_lasts_and_is_no_crossing() -> None:
    daily = [one for day in range(29) for one in outage(at(day, 12), timedelta(minutes=55))]
    reading = read(daily, at(29, 20))
    assert reading.pace is not None
    assert reading.pace.spells == ()
    assert reading.crossings[0].stage == "at_risk"


def test_it_begins_and_ends_again_and_every_turn_is_on_record() -> None:
    story = outage(at(0), 13 * H) + outage(at(20), 13 * H)
    reading = read(story, at(29))
    assert len(spells(reading)) == 2
    kinds = [(row.kind, row.at) for row in transitions([reading]) if row.stage == "pace"]
    assert sorted(kinds, key=lambda one: one[1]) == [
        (kind, edge)
        for start, end in spells(reading)
        for kind, edge in ((TransitionKind.CROSSED, start), (TransitionKind.SUBSIDED, end))
    ]


def test_a_long_window_and_a_short_one_must_both_be_too_fast() -> None:
    both = replace(MONTH, pace=Pace((Window(length=10 * DAY), Window(length=DAY)), Fraction(2)))
    story = outage(at(0), 11.8 * H) + outage(at(2), 1.2 * H)  # 13 h in ten days, 1.2 h in one; 1.21 h a day lasts twice
    assert len(spells(read(story, at(3)))) == 1
    assert spells(read(story, at(3), both)) == []


def test_planned_work_uses_nothing_and_its_announcement_afterwards_takes_the_crossing_back() -> None:
    down = [fact(at(0), DOWN)]
    before = read(down, at(1))
    stored = list(compare(transitions([before]), (), at(1)))
    planned = [fact(at(0), DOWN, "planned_work")]
    after = read(planned, at(1))
    assert spells(after) == []
    gone = compare(transitions([after]), stored, at(1))
    assert (TransitionKind.WITHDRAWN, "crossed:pace") in [(row.kind, row.stage) for row in gone]


def test_planned_work_after_an_outage_lets_the_pace_fall() -> None:
    story = [fact(at(0), DOWN), fact(at(0, 15), DOWN, "planned_work")]
    reading = read(story, at(20))
    assert reading.life is Life.PAUSED
    ((_, end),) = spells(reading)
    assert end is not None


def test_stricter_terms_are_too_fast_at_their_instant() -> None:
    stricter = Term(at(3), replace(MONTH, budget=15 * H), ALWAYS, because="gold")
    reading = read(outage(at(0), 8 * H), at(4), MONTH, stricter)
    assert spells(reading) == [(at(3), None)]
    looser = Term(at(2), replace(MONTH, budget=300 * H), ALWAYS, because="bronze")
    assert spells(read(outage(at(0), 15 * H), at(4), MONTH, looser))[0][1] == at(2)


def test_each_fault_counts_at_its_instant() -> None:
    story = outage(at(1), H) + outage(at(3), H)
    reading = read(story, at(4), FAULTS)
    assert spells(reading) == [(at(3), None)]  # two of three within ten days, one left for 27 days
    ((spell,),) = [(reading.pace.spells if reading.pace else ())]
    assert spell == PaceSpell(at(3), None, 2 * ONE, 10 * DAY, at(3) + 5 * DAY)
    assert read(story, at(11), FAULTS).reached == ("pace",)  # the first leaves the window at that instant, and one
    assert spells(read(story, at(25), FAULTS))[0][1] == at(13)  # of three in ten days is what lasts until the second


def test_with_nothing_left_nothing_begins_and_nothing_ends() -> None:
    reading = read(outage(at(0), 31 * H), at(29))
    assert reading.reached == ("pace", "at_risk", "breached")
    assert spells(reading)[0][1] is None
    late = read(outage(at(29), 24 * H), at(29, 23.9))
    assert late.pace is not None
    assert late.pace.exhausted_at is None


def test_the_next_period_begins_anew() -> None:
    reading = read(outage(at(20), 20 * H), at(31))
    assert reading.cycle == 202605
    assert reading.pace is not None
    assert reading.pace.spells == ()


def test_time_that_the_calendar_does_not_count_uses_nothing() -> None:
    office = WorkingTime(Calendar("office", weekly={day: ((datetime.min.time(), datetime.min.time().replace(hour=6)),)
                                                    for day in range(7)}))  # fmt: skip
    known = [fact(at(0), UP), fact(at(0, 1), DOWN)]
    reading = list(ticket_clock.judged(known, (Version(None, (Term(None, MONTH, office),)),), at(3)))[-1]
    ((start, _),) = spells(reading)
    assert at(1, 0) < start < at(2, 6)
    assert start.hour < 6
