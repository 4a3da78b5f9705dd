"""`opened_at: ignored`: a source whose openings are not to be believed."""

from __future__ import annotations

from dataclasses import replace

from monitor.clock.engine import advance
from monitor.history.events import Event
from monitor.history.mapping import interpret
from monitor.model import Opening, Phase
from tests.support.dated import MAPPING, H, at, book, events

IGNORED = replace(MAPPING, opened_at=Opening.IGNORED)
TARGET = "restore: {start: [opened, accepted], stop: [restored], budgets: [{budget: 4h, source: t}]}"


def dated(said: str, opened: str) -> list[Event]:
    return [replace(one, opened_at=at(opened)) for one in events(said)]


def test_the_clock_begins_with_the_first_event() -> None:
    said = dated("08:00 accepted · 09:00 on_site", "05:00")
    (believed,) = advance(said, (), book(TARGET), at("10:00")).readings
    (ignored,) = advance(said, (), book(TARGET, mapping=IGNORED), at("10:00")).readings
    assert (believed.started_at, believed.first_sight, believed.counted) == (at("05:00"), False, 5 * H)
    assert (ignored.started_at, ignored.first_sight, ignored.counted) == (at("08:00"), True, 2 * H)


def test_the_ignored_opening_is_in_no_fact_and_wakes_nobody() -> None:
    said = dated("08:00 accepted", "20:00")
    assert advance(said, (), book(TARGET), at("10:00")).look_again_at == at("20:00")
    assert advance(said, (), book(TARGET, mapping=IGNORED), at("10:00")).look_again_at is None
    facts = interpret(said, IGNORED, {}).facts
    assert [(fact.at, fact.phase, fact.opened_at) for fact in facts] == [(at("08:00"), Phase.ACCEPTED, None)]


def test_an_ignored_opening_decides_no_repeated_local_time() -> None:
    (one,) = events("01:10 accepted")
    twice = replace(one, or_at=at("02:10"), opened_at=at("01:30"))
    assert interpret([twice], MAPPING, {}).facts[-1].at == at("02:10")
    assert interpret([twice], IGNORED, {}).facts[0].at == at("01:10")


def test_begins_gives_the_opening_from_another_field() -> None:
    target = TARGET.replace("budgets", "begins: [phoned], budgets").replace("[opened, accepted]", "[opened]")
    said = [replace(one, opened_at=at("02:00")) for one in events("08:00 opened phoned=07:00")]
    (reading,) = advance(said, (), book(target, mapping=IGNORED), at("10:00")).readings
    assert (reading.started_at, reading.counted) == (at("07:00"), 3 * H)
