"""Intervals record the terms that held in them: budget, calendar, row of the policy, the event that brought them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from random import Random

from hypothesis import event, given
from hypothesis import strategies as st

from monitor.clock import ticket_clock
from monitor.clock.engine import advance
from monitor.clock.reading import Reading
from monitor.history.events import Event
from monitor.history.mapping import Fact
from monitor.model import Life, Measure, OnChange, Phase
from monitor.policy.terms import Term
from monitor.worktime.calendars import Calendar
from monitor.worktime.working_time import WorkingTime
from tests.monitor.clock.test_ticket_clock import RESTORE
from tests.support import histories, laws
from tests.support.cases import at, rules, ticket

H = timedelta(hours=1)
ALWAYS = WorkingTime(Calendar("always", always=True))
OTHER = WorkingTime(Calendar("other", always=True))
LOOSE = Term(None, RESTORE, ALWAYS)
STRICT = Term(at(1), replace(RESTORE, budget=2 * H), OTHER, because="strict")
OPENED, RESTORED = Fact(at(0), "opened", Phase.OPENED), Fact(at(2), "restored", Phase.RESTORED)


def parts(reading: Reading) -> list[tuple[float, float, timedelta, timedelta, str, str]]:
    """Every part: from, to (hours), counted, budget, calendar, and the event that brought its terms."""
    return [
        (
            (part.start - at(0)) / H,
            (part.end - at(0)) / H,
            part.counted,
            part.terms.budget,
            part.terms.calendar.calendar.name,
            part.terms.because,
        )
        for interval in reading.intervals
        for part in interval.parts
    ]


def read(*facts: Fact, terms: tuple[Term, ...] = (LOOSE, STRICT), now: float = 3) -> Reading:
    *_, last = ticket_clock.cycles(facts, terms, at(now))
    return last


def test_an_interval_goes_on_whole_and_is_cut_where_its_terms_change() -> None:
    reading = read(OPENED)
    assert [(one.start, one.end, one.counted) for one in reading.intervals] == [(at(0), at(3), 3 * H)]
    assert parts(reading) == [
        (0, 1, H, 4 * H, "always", ""),
        (1, 3, 2 * H, 2 * H, "other", "strict"),
    ]


def test_an_interval_that_begins_with_other_terms_has_them_from_its_start() -> None:
    reading = read(OPENED, Fact(at(1), "strict", Phase.HELD, "customer"))
    assert parts(reading) == [
        (0, 1, H, 4 * H, "always", ""),
        (1, 3, 0 * H, 2 * H, "other", "strict"),
    ]
    assert all(not interval.cuts for interval in reading.intervals)


def test_terms_that_come_with_the_stop_leave_the_time_before_as_it_was() -> None:
    late = replace(STRICT, since=at(2), because="late")
    reading = read(OPENED, RESTORED, terms=(LOOSE, late))
    assert parts(reading) == [(0, 2, 2 * H, 4 * H, "always", "")]


def test_terms_that_come_before_the_stop_of_their_instant_hold_for_no_time() -> None:
    late = replace(STRICT, since=at(2), because="paused")
    reading = read(OPENED, Fact(at(2), "paused", Phase.HELD, "customer"), RESTORED, terms=(LOOSE, late))
    assert reading.life is Life.STOPPED
    assert parts(reading) == [
        (0, 2, 2 * H, 4 * H, "always", ""),
        (2, 2, 0 * H, 2 * H, "other", "paused"),
    ]


def test_the_last_terms_of_an_instant_hold_from_it() -> None:
    again = replace(LOOSE, since=at(1), because="again")
    assert parts(read(OPENED, terms=(LOOSE, STRICT, again))) == [
        (0, 1, H, 4 * H, "always", ""),
        (1, 3, 2 * H, 4 * H, "always", "again"),
    ]


def test_the_time_for_which_a_clock_was_stopped_has_the_terms_of_its_stop() -> None:
    later = replace(STRICT, since=at(2.5), because="later")
    reading = read(OPENED, RESTORED, Fact(at(3), "back", Phase.ACCEPTED), terms=(LOOSE, later), now=4)
    assert parts(reading) == [
        (0, 2, 2 * H, 4 * H, "always", ""),
        (2, 3, 0 * H, 4 * H, "always", ""),
        (3, 4, H, 2 * H, "other", "later"),
    ]


def test_terms_without_an_effect_are_not_on_record() -> None:
    own = replace(RESTORE, on_change=OnChange.AT_START)
    reading = read(OPENED, terms=(replace(LOOSE, target=own), STRICT))
    assert parts(reading) == [(0, 3, 3 * H, 4 * H, "always", "")]


def rows(events: list[Event], now: float) -> list[tuple[str, Mapping[str, frozenset[str]]]]:
    """Of restoration, the event that brought each row, and what the row is for."""
    (reading,) = (one for one in advance(events, (), rules(), at(now)).readings if one.target.name == "restore")
    found = [part.terms for interval in reading.intervals for part in interval.parts]
    assert reading.row is found[-1].row
    return [(terms.because, terms.row.when) for terms in found if terms.row is not None]


def test_the_row_of_the_policy_is_on_record_with_the_event_that_brought_it() -> None:
    events = [ticket("X", at(0), "new", event_id="a", tier="gold"), ticket("X", at(1), event_id="b", tier="diamond")]
    assert rows(events, 3) == [("", {"tier": frozenset({"gold"})}), ("b", {"tier": frozenset({"diamond"})})]


@given(st.integers(0, 2**32 - 1))
def test_parts_make_up_their_interval_and_every_part_has_the_terms_that_were_taken_last(seed: int) -> None:
    rng = Random(seed)
    law = laws.law(rng, plain=True)
    for reading in histories.history(rng, law).readings():
        every = [part for interval in reading.intervals for part in interval.parts]
        event("cut" if len(every) > len(reading.intervals) else "whole")
        for interval in reading.intervals:
            own = list(interval.parts)
            assert [part.start for part in own] == [interval.start, *(part.end for part in own[:-1])]
            assert own[-1].end == interval.end
            assert sum((part.counted for part in own), timedelta(0)) == interval.counted
            for part in own:
                assert part.terms.since <= part.start
                assert part.terms.row is not None
                if interval.life is Life.RUNNING and reading.target.measure is Measure.TIME:
                    assert part.counted == part.terms.calendar.counted(part.start, part.end)
        assert [part.terms.since for part in every] == sorted(part.terms.since for part in every)
        assert every == [] or every[-1].terms.budget == reading.target.budget
        assert reading.row is not None
        assert reading.tier in reading.row.when.get("tier", {reading.tier})
