from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from monitor.clock import derived_starts, ticket_clock
from monitor.clock.reading import Reading
from monitor.history.events import Correction
from monitor.history.mapping import Fact
from monitor.model import AgreementKind, CorrectionKind, Life, Name, Phase, Reopen, State
from monitor.policy.policy import Agreement, BudgetRow, Policy, StartedBy, TargetRule
from monitor.policy.target import Target
from monitor.worktime.calendars import Calendar
from monitor.worktime.working_time import WorkingTime
from tests.support.cases import at

H = timedelta(hours=1)
ALWAYS = WorkingTime(Calendar("always", always=True))
NAME = Name("N", "N")
RESTORE = TargetRule(
    "restore", NAME, frozenset({Phase.OPENED, Phase.ACCEPTED, Phase.HELD}), frozenset({Phase.RESTORED, Phase.CLOSED}),
    (), frozenset({"customer"}),
)  # fmt: skip
REPORT = TargetRule(
    "report", NAME, frozenset({Phase.OPENED}), frozenset({Phase.DELIVERED}), (), frozenset({"customer"}),
    started_by=StartedBy("restore", 3 * H),
)  # fmt: skip
ANSWER = replace(REPORT, name="answer", stop=frozenset({Phase.CLOSED}), started_by=StartedBy("report"))


def fact(hours: float, phase: Phase | None, reason: str | None = None, feedback: bool = False) -> Fact:
    return Fact(at(hours), f"e{hours}", phase, reason, feedback)


OPENED, RESTORED, DELIVERED = fact(0, Phase.OPENED), fact(4, Phase.RESTORED), fact(6, Phase.DELIVERED)


def policy(*rules: TargetRule) -> Policy:
    return Policy("p", "1", NAME, date(2026, 1, 1), {}, {}, {}, rules)


def every(
    facts: Sequence[Fact], now: float, rule: TargetRule = REPORT, parent: TargetRule = RESTORE, *said: Correction
) -> list[Reading]:
    named = tuple((f"c{index}", item) for index, item in enumerate(said))
    own = derived_starts.facts_of(rule, facts, named, policy(parent, REPORT, ANSWER), ALWAYS, at(now))
    target = Target(
        rule.name, 24 * H, rule.start, rule.stop, rule.pauses, rule.reopen, cancel=rule.cancel, reset=rule.reset
    )
    found = ticket_clock.read(own, target, ALWAYS, at(now))
    return [] if found is None else [found]


def test_the_end_of_the_other_target_starts_the_clock_and_its_own_end_stops_it() -> None:
    (open_one,) = every([OPENED, RESTORED], 5)
    assert (open_one.started_at, open_one.state, open_one.counted) == (at(4), State.RUNNING, H)
    (done,) = every([OPENED, RESTORED, DELIVERED], 9)
    assert (done.state, done.stopped_at, done.counted) == (State.MET, at(6), 2 * H)


def test_an_end_within_the_length_starts_nothing_and_exactly_the_length_is_within() -> None:
    assert every([OPENED, fact(2, Phase.RESTORED)], 9) == []
    assert every([OPENED, fact(3, Phase.RESTORED)], 9) == []


def test_a_reopening_takes_the_end_back() -> None:
    (reading,) = every([OPENED, RESTORED, fact(5, Phase.ACCEPTED)], 9)
    assert (reading.life, reading.stopped_at, reading.counted) == (Life.CANCELLED, at(5), H)
    (again,) = every([OPENED, RESTORED, fact(5, Phase.ACCEPTED), fact(7, Phase.RESTORED)], 9)
    assert (again.life, again.counted) == (Life.RUNNING, 3 * H)


def test_each_life_of_a_target_that_starts_anew_starts_the_clock() -> None:
    anew = replace(RESTORE, reopen=Reopen.NEW_CYCLE)
    history = [OPENED, RESTORED, fact(5, Phase.ACCEPTED), fact(9, Phase.RESTORED)]
    (reading,) = every(history, 10, REPORT, anew)
    assert (reading.started_at, reading.counted) == (at(4), 6 * H)


def test_a_wait_before_the_end_of_the_other_target_starts_nothing() -> None:
    assert every([OPENED, fact(1, Phase.HELD, "customer")], 2) == []
    (reading,) = every([OPENED, fact(1, Phase.HELD, "customer"), RESTORED], 5)
    assert (reading.started_at, reading.state, reading.counted) == (at(4), State.RUNNING, H)


def test_a_wait_ends_with_whatever_is_told_next() -> None:
    never = replace(RESTORE, start=frozenset({Phase.OPENED}), stop=frozenset({Phase.RESTORED}))
    history = [OPENED, RESTORED, fact(5, Phase.HELD, "customer"), fact(7, Phase.CLOSED)]
    (reading,) = every(history, 9, REPORT, replace(never, pauses=frozenset()))
    assert (reading.state, reading.counted) == (State.RUNNING, 3 * H)


def test_what_is_told_after_the_own_end_reopens_nothing() -> None:
    history = [OPENED, RESTORED, DELIVERED, fact(7, Phase.HELD, "customer")]
    never = replace(RESTORE, start=frozenset({Phase.OPENED}), pauses=frozenset())
    (reading,) = every(history, 9, REPORT, never)
    assert (reading.state, reading.stopped_at) == (State.MET, at(6))


def test_an_end_that_is_told_with_the_delivery_is_met_at_once() -> None:
    (reading,) = every([OPENED, RESTORED, Fact(at(4), "f", Phase.DELIVERED)], 9)
    assert (reading.state, reading.stopped_at, reading.counted) == (State.MET, at(4), timedelta(0))


def test_a_cycle_that_a_reset_ends_starts_nothing() -> None:
    resets = replace(RESTORE, reset=frozenset({Phase.ON_SITE}), recurring=True)
    assert every([OPENED, fact(4, Phase.ON_SITE)], 9, REPORT, resets) == []
    assert every([OPENED, fact(4, None, feedback=True)], 9, REPORT, resets) == []


def test_a_chain_goes_on_from_end_to_end() -> None:
    (reading,) = every([OPENED, RESTORED, DELIVERED], 9, ANSWER)
    assert (reading.started_at, reading.counted) == (at(6), 3 * H)
    (done,) = every([OPENED, RESTORED, DELIVERED, fact(8, Phase.CLOSED)], 9, ANSWER)
    assert (done.state, done.stopped_at) == (State.MET, at(8))


def test_a_correction_of_the_other_target_moves_the_start_and_one_of_this_target_does_not() -> None:
    stop = Correction(CorrectionKind.STOP, "r", "a", at(5), target="restore")
    (reading,) = every([OPENED, RESTORED], 9, REPORT, RESTORE, stop)
    assert reading.started_at == at(5)
    (own,) = every([OPENED, RESTORED, DELIVERED], 9, REPORT, RESTORE, replace(stop, target="report"))
    assert (own.started_at, own.stopped_at) == (at(4), at(5))


def test_time_that_is_excluded_when_the_other_target_ends_does_not_count_here_either() -> None:
    excluded = Correction(CorrectionKind.EXCLUDE, "r", "a", at(3), at(6))
    (reading,) = every([OPENED, RESTORED], 9, REPORT, RESTORE, excluded)
    assert (reading.started_at, reading.counted) == (at(4), 3 * H)


def test_a_phase_that_resets_in_excluded_time_does_not_let_that_time_count() -> None:
    parent = replace(RESTORE, stop=frozenset({Phase.DELIVERED}))
    resets = replace(REPORT, stop=frozenset({Phase.CLOSED}), reset=frozenset({Phase.ACCEPTED}))
    excluded = Correction(CorrectionKind.EXCLUDE, "r", "a", at(1), at(6))
    history = [OPENED, fact(2, Phase.ACCEPTED), fact(4, Phase.DELIVERED)]
    (reading,) = every(history, 8, replace(resets, started_by=StartedBy("restore")), parent, excluded)
    assert (reading.started_at, reading.counted) == (at(4), 2 * H)


BEGINS = replace(RESTORE, begins=("detected", "complained"))


def begun(*facts: Fact) -> Sequence[Fact]:
    return derived_starts.facts_of(BEGINS, facts, (), policy(BEGINS), ALWAYS, at(99))


def test_a_clock_begins_with_the_first_instant_that_lies_before_the_opening() -> None:
    said = replace(fact(2, Phase.OPENED), instants={"detected": at(1), "complained": at(0.5), "planned": at(0)})
    assert [(item.at, item.phase, item.event_id) for item in begun(said)] == [
        (at(0.5), Phase.OPENED, "e2"), (at(2), Phase.OPENED, "e2")
    ]  # fmt: skip


def test_an_instant_after_the_opening_moves_nothing() -> None:
    said = replace(OPENED, instants={"detected": at(1)})
    assert begun(said) == (said,)


def test_what_was_said_last_of_an_instant_holds() -> None:
    first = replace(fact(2, Phase.OPENED), instants={"detected": at(0)})
    later = replace(fact(3, None), instants={"detected": at(1)})
    assert begun(first, later)[0].at == at(1)


def test_a_policy_that_runs_faster_has_every_length_shorter() -> None:
    row = BudgetRow({}, 4 * H, "always", "", after=2 * H)
    agreement = Agreement(AgreementKind.OLA, "core", "restore", (row,))
    fast = replace(policy(replace(REPORT, rows=(row,))), agreements=(agreement,)).scaled(4)
    (rule,) = fast.targets
    assert rule.started_by == StartedBy("restore", 0.75 * H)
    for scaled in (rule.rows[0], fast.agreements[0].rows[0]):
        assert (scaled.budget, scaled.after) == (H, 0.5 * H)
