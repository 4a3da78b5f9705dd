from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from monitor.clock import ticket_clock
from monitor.clock.corrections import corrected
from monitor.clock.reading import Reading
from monitor.history.events import Correction
from monitor.history.mapping import Fact
from monitor.model import CircuitState, Condition, CorrectionKind, Life, Measure, Period, Phase, Reopen, State
from monitor.policy.target import ONE, Target
from monitor.policy.terms import Term
from monitor.worktime.calendars import Calendar
from monitor.worktime.working_time import WorkingTime
from tests.support.cases import at

H = timedelta(hours=1)
ALWAYS = WorkingTime(Calendar("always", always=True))
RESTORE = Target(
    "restore", 4 * H, frozenset({Phase.OPENED, Phase.ACCEPTED, Phase.HELD}), frozenset({Phase.RESTORED, Phase.CLOSED}),
    frozenset({"customer"}),
)  # fmt: skip
ACCEPT = replace(RESTORE, name="accept", start=frozenset({Phase.OPENED, Phase.HELD}), stop=frozenset({Phase.ACCEPTED}))
CLOSE = replace(RESTORE, name="close", start=RESTORE.start | {Phase.RESTORED}, stop=frozenset({Phase.CLOSED}))
SURVEY = replace(RESTORE, name="survey", stop=frozenset({Phase.DELIVERED}))
DOWN, UP, SILENT = CircuitState.UNAVAILABLE, CircuitState.AVAILABLE, CircuitState.UNKNOWN
OUTAGE = Target("interruption", 24 * H, frozenset({DOWN}), frozenset(), frozenset({"planned_work"}), period=Period.YEAR)


def fact(hours: float, phase: Condition | None, reason: str | None = None) -> Fact:
    return Fact(at(hours), f"e{hours}", phase, reason)


def exclude(start: float, end: float, target: str = "") -> Correction:
    return Correction(CorrectionKind.EXCLUDE, "r", "a", at(start), at(end), target)


def count(start: float, end: float) -> Correction:
    return Correction(CorrectionKind.COUNT, "r", "a", at(start), at(end))


def stop(hours: float, target: str = "") -> Correction:
    return Correction(CorrectionKind.STOP, "r", "a", at(hours), target=target)


def revoke(name: str) -> Correction:
    return Correction(CorrectionKind.REVOKE, "r", "a", revokes=name)


def every(history: list[Fact], now: float, *said: Correction, target: Target = RESTORE) -> list[Reading]:
    named = tuple((f"c{index}", item) for index, item in enumerate(said))
    told = corrected(history, named, target.name, target.stop | target.cancel)
    return [reading for reading in [ticket_clock.read(told, target, ALWAYS, at(now))] if reading is not None]


def read(history: list[Fact], now: float, *said: Correction, target: Target = RESTORE) -> Reading:
    (reading,) = every(history, now, *said, target=target)
    return reading


OPENED = fact(0, Phase.OPENED)
WAITS = [OPENED, fact(1, Phase.HELD, "customer"), fact(5, Phase.ACCEPTED)]


def test_time_that_is_excluded_does_not_count() -> None:
    reading = read([OPENED], 6, exclude(1, 3))
    assert (reading.counted, reading.deadline, reading.state) == (4 * H, at(6), State.AT_RISK)
    assert [(part.life, part.reason) for part in reading.intervals] == [
        (Life.RUNNING, None), (Life.PAUSED, "corrected"), (Life.RUNNING, None)
    ]  # fmt: skip


def test_what_is_told_in_excluded_time_still_happens_but_counts_from_its_end_on() -> None:
    assert read([OPENED, fact(2, Phase.ACCEPTED)], 6, exclude(1, 3)).counted == 4 * H
    assert read([OPENED, fact(2, Phase.RESTORED)], 6, exclude(1, 3)).stopped_at == at(2)
    assert read([fact(2, Phase.OPENED)], 6, exclude(1, 3)).started_at == at(2)
    assert read([fact(2, Phase.UNKNOWN)], 6, exclude(1, 3)).counted == 3 * H


def test_a_wait_goes_on_after_excluded_time() -> None:
    reading = read(WAITS, 6, exclude(0.5, 2))
    assert (reading.counted, [part.reason for part in reading.intervals]) == (
        1.5 * H, [None, "corrected", "customer", None]
    )  # fmt: skip


def test_planned_work_that_lasts_longer_than_what_was_excluded_is_shown_as_such() -> None:
    reading = read([fact(0, DOWN), fact(1, DOWN, "planned_work")], 6, exclude(0.5, 2), target=OUTAGE)
    assert [(part.start, part.reason) for part in reading.intervals[1:]] == [
        (at(0.5), "corrected"), (at(2), "planned_work")
    ]  # fmt: skip


def test_a_ticket_first_seen_waiting_in_excluded_time_began_there() -> None:
    narrow = replace(RESTORE, start=frozenset({Phase.OPENED, Phase.ACCEPTED}))
    reading = read([fact(2, Phase.HELD, "customer")], 6, exclude(1, 3), target=narrow)
    assert (reading.started_at, reading.state) == (at(2), State.PAUSED)


def test_a_target_that_runs_on_after_the_restoration_can_have_that_time_excluded() -> None:
    assert read([OPENED, fact(1, Phase.RESTORED)], 6, exclude(2, 4), target=CLOSE).counted == 4 * H
    assert read([OPENED, fact(3, Phase.RESTORED)], 6, exclude(2, 4), target=CLOSE).counted == 4 * H


def test_excluding_time_after_the_end_does_not_reopen_what_a_delivery_stopped() -> None:
    history = [OPENED, fact(1, Phase.DELIVERED)]
    for said in (exclude(2, 3), count(2, 3)):
        reading = read(history, 6, said, target=SURVEY)
        assert (reading.state, reading.stopped_at) == (State.MET, at(1))


def test_a_phase_that_resets_is_not_told_again_by_a_correction() -> None:
    resets = replace(RESTORE, reset=frozenset({Phase.ON_SITE, Phase.ACCEPTED}))
    history = [OPENED, fact(1, Phase.ON_SITE)]
    for said in (exclude(2, 3), count(2, 3)):
        assert read(history, 6, said, target=resets).cycle == 2
    inside = read([OPENED, fact(2, Phase.ON_SITE)], 6, exclude(1, 3), target=resets)
    assert (inside.cycle, inside.started_at, inside.counted) == (2, at(2), 3 * H)
    assert read(WAITS[:2], 6, count(1, 3), target=resets).cycle == 1


def test_a_wait_that_was_none_counts() -> None:
    assert read(WAITS, 6).counted == 2 * H
    assert read(WAITS, 6, count(1, 5)).counted == 6 * H
    assert read(WAITS, 6, count(2, 3)).counted == 3 * H


def test_a_wait_that_was_none_does_not_stop_what_acceptance_stops() -> None:
    reading = read(WAITS[:2], 6, count(1, 3), target=ACCEPT)
    assert (reading.state, reading.counted) == (State.PAUSED, 3 * H)


def test_a_ticket_first_seen_in_a_wait_that_was_none_runs_from_there() -> None:
    assert read([fact(1, Phase.HELD, "customer")], 3, count(1, 2)).counted == H


def test_what_a_later_correction_says_of_the_same_time_holds() -> None:
    assert read(WAITS, 6, exclude(0, 6), count(2, 4)).counted == 2 * H
    assert read(WAITS, 6, count(2, 4), exclude(0, 6)).counted == timedelta(0)
    assert read([OPENED], 6, exclude(1, 4), count(2, 3)).counted == 4 * H


def test_a_corrected_end_stops_the_clock_there() -> None:
    reading = read([OPENED, fact(5, Phase.RESTORED)], 6, stop(3))
    assert (reading.state, reading.stopped_at) == (State.MET, at(3))
    later = read([OPENED, fact(1, Phase.RESTORED), fact(2, Phase.CLOSED)], 6, stop(3))
    assert (later.state, later.stopped_at, later.counted) == (State.MET, at(3), 3 * H)


def test_a_ticket_that_was_reopened_after_its_own_end_is_open_after_a_corrected_one_too() -> None:
    history = [OPENED, fact(5, Phase.RESTORED), fact(6, Phase.ACCEPTED)]
    assert read(history, 7, stop(3)).counted == 4 * H


def test_a_corrected_end_stops_a_target_whatever_ends_it_otherwise() -> None:
    history = [OPENED, fact(4, Phase.RESTORED), fact(5, Phase.DELIVERED)]
    assert read(history, 6, stop(2), target=SURVEY).stopped_at == at(2)
    assert read([OPENED, fact(4, Phase.RESTORED), fact(5, Phase.CLOSED)], 6, stop(3), target=CLOSE).stopped_at == at(3)
    assert read([OPENED, fact(1, Phase.ACCEPTED)], 6, stop(3), target=ACCEPT).stopped_at == at(3)


def test_a_correction_may_be_about_one_target_only() -> None:
    assert read([OPENED], 3, exclude(1, 2, "restore")).counted == 2 * H
    assert read([OPENED], 3, exclude(1, 2, "accept")).counted == 3 * H


def test_a_correction_that_was_revoked_is_as_if_never_made() -> None:
    assert read([OPENED], 6, exclude(1, 3), revoke("c0")).counted == 6 * H
    assert corrected([OPENED], [("c0", exclude(1, 3)), ("c1", revoke("c0"))], "restore") == [OPENED]


def test_a_revocation_is_not_revoked() -> None:
    assert read([OPENED], 6, exclude(1, 3), revoke("c0"), revoke("c1")).counted == 6 * H
    assert read([OPENED], 6, exclude(1, 3), revoke("c0"), revoke("c1"), exclude(1, 3)).counted == 4 * H


def test_an_outage_of_which_time_is_excluded_uses_less_of_its_allowance() -> None:
    assert read([fact(0, DOWN), fact(4, UP)], 6, exclude(1, 3), target=OUTAGE).counted == 2 * H
    assert read([fact(0, DOWN, "planned_work"), fact(4, UP)], 6, count(1, 3), target=OUTAGE).counted == 2 * H
    assert read([fact(0, DOWN), fact(4, UP)], 6, stop(1), target=OUTAGE).counted == H


def test_a_state_that_nobody_knows_neither_ends_nor_escapes_an_exclusion() -> None:
    assert read([fact(0, DOWN), fact(1, SILENT)], 6, exclude(2, 4), target=OUTAGE).counted == 4 * H
    assert read([fact(0, DOWN), fact(3, SILENT)], 6, exclude(2, 4), target=OUTAGE).counted == 4 * H


def test_a_fault_within_excluded_time_is_none_and_one_that_lasts_longer_is() -> None:
    faults = replace(OUTAGE, budget=4 * ONE, measure=Measure.COUNT)
    assert read([fact(0, UP), fact(2, DOWN), fact(3, UP)], 6, exclude(1, 4), target=faults).counted == timedelta(0)
    assert read([fact(0, UP), fact(2, DOWN), fact(5, UP)], 6, exclude(1, 4), target=faults).counted == ONE


def test_a_new_cycle_that_begins_in_excluded_time_waits_for_its_end() -> None:
    anew = replace(RESTORE, reopen=Reopen.NEW_CYCLE)
    history = [OPENED, fact(1, Phase.RESTORED), fact(2, Phase.ACCEPTED)]
    reading = read(history, 6, exclude(1.5, 3), target=anew)
    assert (reading.cycle, reading.started_at, reading.counted) == (2, at(2), 3 * H)


def test_what_is_told_of_a_wait_in_excluded_time_resumes_nothing() -> None:
    history = [OPENED, fact(5, Phase.HELD, "part"), fact(5.5, Phase.RESTORED)]
    assert read(history, 6, exclude(4, 6)).deadline == at(4)


def test_a_fault_that_ends_with_the_excluded_time_is_none() -> None:
    faults = replace(OUTAGE, budget=4 * ONE, measure=Measure.COUNT)
    assert read([fact(2, DOWN), fact(4, UP)], 6, exclude(1, 4), target=faults).counted == timedelta(0)


def test_a_promise_made_after_a_delivery_begins_nothing_whatever_was_excluded_in_between() -> None:
    history, terms = [OPENED, fact(1, Phase.DELIVERED)], (Term(None, None, None), Term(at(4), SURVEY, ALWAYS))
    told = corrected(history, [("c", exclude(2, 3))], "survey", SURVEY.stop)
    assert list(ticket_clock.cycles(told, terms, at(5))) == list(ticket_clock.cycles(history, terms, at(5))) == []


def of(*facts: Fact, target: Target = RESTORE, said: tuple[Correction, ...] = (), now: float = 9) -> list[Reading]:
    told = corrected(facts, [(f"c{number}", one) for number, one in enumerate(said)], target.name, target.stop)
    return list(ticket_clock.cycles(told, (Term(None, target, ALWAYS),), at(now)))


def test_after_overlapping_exclusions_an_unknown_status_runs_on() -> None:
    (reading,) = of(fact(0, Phase.UNKNOWN), said=(exclude(0, 1), exclude(0, 2)), now=3)
    assert (reading.life, reading.counted) == (Life.RUNNING, H)


def test_overlapping_exclusions_do_not_reopen_what_was_delivered() -> None:
    story = (fact(0, Phase.OPENED), Fact(at(0), "sent", Phase.DELIVERED))
    (reading,) = of(*story, target=SURVEY, said=(exclude(0, 1), exclude(0, 2)), now=3)
    assert (reading.life, reading.stopped_at) == (Life.STOPPED, at(0))


def test_a_notice_that_was_late_before_it_was_known_is_late_through_an_exclusion() -> None:
    notice = replace(SURVEY, name="notice", ahead_of=at(1), reopen=Reopen.NEW_CYCLE)  # four hours ahead of 01:00
    (reading,) = of(fact(0, Phase.OPENED), target=notice, said=(exclude(0, 2),), now=3)
    assert (reading.state, reading.breached_at) == (State.BREACHED, at(0))


def test_time_that_is_excluded_twice_reopens_nothing() -> None:
    narrow = replace(RESTORE, start=frozenset({Phase.OPENED}))
    history = [OPENED, fact(1, Phase.RESTORED), fact(3, Phase.HELD, "part")]
    reading = read(history, 6, exclude(2, 5), exclude(2.5, 5), target=narrow)
    assert (reading.state, reading.stopped_at) == (State.MET, at(1))


def test_a_wait_that_was_excluded_and_then_counted_reopens_nothing() -> None:
    narrow = replace(RESTORE, start=frozenset({Phase.OPENED}))
    history = [OPENED, fact(1, Phase.RESTORED), fact(3, Phase.HELD, "part")]
    reading = read(history, 6, exclude(2, 5), count(2, 5), target=narrow)
    assert (reading.state, reading.stopped_at) == (State.MET, at(1))


def test_a_wait_that_was_counted_and_then_excluded_still_begins_the_clock() -> None:
    narrow = replace(RESTORE, start=frozenset({Phase.OPENED}))
    reading = read([fact(1, Phase.HELD, "customer")], 6, count(0, 5), exclude(0, 3), target=narrow)
    assert (reading.started_at, reading.counted, reading.state) == (at(1), 2 * H, State.PAUSED)
