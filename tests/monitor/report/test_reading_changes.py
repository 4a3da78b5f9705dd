from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from monitor.clock.engine import advance
from monitor.model import SubjectKey
from monitor.report import FIELDS, StoredReading, StoredSubject, compared
from tests.support.cases import at, rules, ticket

KEY = SubjectKey("tickets", "T")
EVENTS = (ticket("T", at(8), "new", tier="gold"), ticket("T", at(9), "working"))
TICK = timedelta(microseconds=1)
TEN = at(10)


def stored(now: datetime = TEN) -> tuple[StoredReading, ...]:
    """What a store has of the readings at *now*."""
    found = []
    for one in advance(EVENTS, (), rules(), now).readings:
        values = {name: getattr(one, name) for name in FIELDS if name not in ("budget", "policy_version")}
        values |= {"budget": one.target.budget, "policy_version": one.target.policy_version}
        said = tuple(values[name] for name in FIELDS)
        found.append(StoredReading(one.target.name, one.cycle, one.open, now, one.next_at, said))
    return tuple(found)


def subject(*readings: StoredReading, look_again_at: datetime | None = None) -> StoredSubject:
    return StoredSubject(KEY, EVENTS, readings, False, look_again_at, "r-2")


def closed(stopped_at: datetime, next_at: datetime | None = None) -> StoredReading:
    said = tuple(stopped_at if name == "stopped_at" else None for name in FIELDS)
    return StoredReading("restore", 1, False, stopped_at, next_at, said)


def test_open_clocks_are_read_for_the_instant_at_which_they_were_read() -> None:
    assert subject(*stored(at(10))).as_of(at(500)) == at(10)
    assert subject(closed(at(9)), *stored(at(10))).as_of(at(500)) == at(10)


def test_closed_ones_hold_until_something_happens_without_news() -> None:
    assert subject(closed(at(9))).as_of(at(500)) == at(500)
    assert subject(closed(at(9), next_at=at(20))).as_of(at(500)) == at(20) - TICK
    assert subject(closed(at(9), next_at=at(20))).as_of(at(15)) == at(15)
    assert subject(closed(at(9)), look_again_at=at(30)).as_of(at(500)) == at(30) - TICK
    assert subject(look_again_at=at(30)).as_of(at(500)) == at(30) - TICK
    assert subject().as_of(at(500)) == at(500)


def test_a_subject_stays_as_it_was_if_all_of_it_ended_before() -> None:
    assert subject(closed(at(9))).kept(at(10))
    assert not subject(closed(at(10))).kept(at(10))
    assert not subject(closed(at(9)), closed(at(11))).kept(at(10))
    assert not subject(closed(at(9)), *stored()).kept(at(10))
    assert not subject().kept(at(10)), "what has no clocks is judged anew: it may get some"


def test_the_same_readings_differ_in_nothing() -> None:
    assert list(compared(KEY, stored(), advance(EVENTS, (), rules(), at(10)).readings)) == []


def test_each_field_that_differs_is_named_with_both_values() -> None:
    readings = advance(EVENTS, (), rules(), at(10)).readings
    for place, name in enumerate(FIELDS):
        first, *rest = stored()
        other = replace(first, values=(*first.values[:place], "other", *first.values[place + 1 :]))
        (found,) = compared(KEY, (other, *rest), readings)
        assert (found.target, found.cycle, found.what) == (first.target, 1, "otherwise")
        assert found.fields == ((name, "other", first.values[place]),)


def test_a_clock_that_only_one_has_appears_or_vanishes() -> None:
    first, *rest = stored()
    readings = advance(EVENTS, (), rules(), at(10)).readings
    assert [(one.target, one.what) for one in compared(KEY, rest, readings)] == [(first.target, "appears")]
    (gone,) = compared(KEY, (*stored(), replace(first, cycle=9)), readings)
    assert (gone.target, gone.cycle, gone.what, gone.fields) == (first.target, 9, "vanishes", ())
