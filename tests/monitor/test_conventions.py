"""Each convention and each example of `docs/concepts.md` once, from events to readings."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from monitor import policy_file, rulebooks, yamlfile
from monitor.engine import advance
from monitor.events import Correction, Event
from monitor.mapping import ATTRIBUTES, INSTANTS, AttributeRule, SourceMapping, StatusRule
from monitor.model import CircuitState, CorrectionKind, Life, Phase, State, SubjectKind
from monitor.reading import Reading

ZONE = ZoneInfo("Asia/Shanghai")
HEAD = """
policy: conventions
version: "1"
effective_from: 2020-01-01
name: {en: Conventions}
ladders: {tier: [{id: diamond, en: Diamond}, {id: gold, en: Gold}]}
calendars:
  always: {zone: Asia/Shanghai, hours: 24x7}
  office: {zone: Asia/Shanghai, hours: {mon-fri: ["08:00-17:00"]}}
pause_reasons:
  customer: {en: Waiting for the customer}
  planned_work: {en: Planned work}
"""
OPEN = "start: [opened, accepted, held], stop: [restored, closed], pause: [customer]"
RESTORE = f"restore: {{name: {{en: R}}, {OPEN}, budgets: [{{budget: 4h, source: test}}]}}"
OFFICE = f"restore: {{name: {{en: R}}, {OPEN}, calendar: office, budgets: [{{budget: 4h, source: test}}]}}"
MAPPING = SourceMapping(
    statuses={phase.value: StatusRule(phase) for phase in Phase if phase is not Phase.UNKNOWN},
    attributes={name: AttributeRule(name) for name in ATTRIBUTES},
    circuit_states={state.value: state for state in CircuitState},
    instants={name: name for name in INSTANTS},
)


def at(text: str) -> datetime:
    """An instant of the zone: `01-31 08:00` of 2026, or with its year."""
    return datetime.fromisoformat(text if text[:2] == "20" else f"2026-{text}").replace(tzinfo=ZONE)


def local(instant: datetime | None) -> str | None:
    return None if instant is None else f"{instant.astimezone(ZONE):%m-%d %H:%M}"


class Told:
    """The events of one subject, told one after the other."""

    def __init__(self, *targets: str, more: str = "", kind: SubjectKind = SubjectKind.TICKET) -> None:
        text = "\n".join([HEAD, more, "targets:", *(f"  {target}" for target in targets)])
        policy = policy_file.build(yamlfile.parse(text, "conventions.yml"), "Asia/Shanghai")
        self.rules = rulebooks.rulebook(policy, {"s": MAPPING})
        self.kind = kind
        self.events: list[Event] = []

    def say(self, when: str, status: str | None = None, *, sequence: int = 0, event_id: str = "", opened: str = "",
            reason: str | None = None, feedback: bool = False, **fields: str) -> Told:  # fmt: skip
        name = event_id or f"e{len(self.events):03}"
        opened_at = at(opened) if opened else None
        event = Event("s", name, self.kind, "X", at(when), sequence, status, reason, feedback, opened_at, fields)
        self.events.append(event)
        return self

    def correct(self, said: Correction, name: str = "c1") -> Told:
        when = at("2026-12-31 12:00")  # when it was made; what it is about lies before
        self.events.append(Event("s", name, self.kind, "X", when, correction=said))
        return self

    def all(self, now: str, target: str = "") -> list[Reading]:
        readings = advance(self.events, (), self.rules, at(now)).readings
        return [reading for reading in readings if target in ("", reading.target.name)]

    def last(self, now: str, target: str = "") -> Reading:
        return self.all(now, target)[-1]


def hours(reading: Reading) -> float:
    return reading.counted.total_seconds() / 3600


# -- boundaries ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("restored", "state"), [("12:00", State.MET), ("12:00:00.000001", State.BREACHED)], ids=["at it", "after it"]
)
def test_an_event_exactly_at_the_deadline_is_in_time(restored: str, state: State) -> None:
    reading = Told(RESTORE).say("03-02 08:00", "opened").say(f"03-02 {restored}", "restored").last("03-02 13:00")
    assert (reading.state, local(reading.deadline)) == (state, "03-02 12:00")
    assert local(reading.breached_at) == (None if state is State.MET else "03-02 12:00")


@pytest.mark.parametrize(
    ("restored", "state"),
    [
        ("03-02 17:00", State.MET),
        ("03-03 07:30", State.MET),
        ("03-03 08:00", State.MET),
        ("03-03 08:01", State.BREACHED),
    ],
)
def test_a_deadline_exactly_at_closing_time_is_broken_when_time_counts_again(restored: str, state: State) -> None:
    told = Told(OFFICE).say("03-02 13:00", "opened")
    assert local(told.last("03-02 14:00").deadline) == "03-02 17:00"
    assert told.last("03-03 08:00").state is State.AT_RISK
    reading = told.say(restored, "restored").last("03-04 00:00")
    assert (reading.state, local(reading.deadline)) == (state, "03-02 17:00")


def test_a_pause_of_no_length_counts_everything_and_moves_nothing() -> None:
    told = Told(RESTORE).say("03-02 08:00", "opened")
    told.say("03-02 09:00", "held", reason="customer").say("03-02 09:00", "accepted", sequence=1)
    reading = told.last("03-02 10:00")
    assert (hours(reading), local(reading.deadline), reading.state) == (2, "03-02 12:00", State.RUNNING)
    assert {part.life for part in reading.intervals} == {Life.RUNNING}


def test_a_pause_left_in_the_update_of_the_stop_lasts_up_to_it() -> None:
    told = Told(RESTORE).say("03-02 08:00", "opened").say("03-02 09:00", "held", reason="customer")
    told.say("03-02 11:00", "accepted", sequence=1).say("03-02 11:00", "restored", sequence=2)
    reading = told.last("03-02 12:00")
    assert (hours(reading), reading.state, local(reading.stopped_at)) == (1, State.MET, "03-02 11:00")


def test_a_pause_entered_and_left_in_the_update_of_the_stop_is_none() -> None:
    told = Told(RESTORE).say("03-02 08:00", "opened")
    told.say("03-02 11:00", "held", reason="customer", sequence=1).say("03-02 11:00", "restored", sequence=2)
    reading = told.last("03-02 12:00")
    assert (hours(reading), reading.state) == (3, State.MET)
    assert [part.life for part in reading.intervals] == [Life.RUNNING]


def test_a_status_before_the_stated_opening_shows_that_the_opening_is_wrong() -> None:
    told = Told(RESTORE).say("03-02 07:30", "accepted").say("03-02 08:05", "accepted", opened="03-02 08:00")
    assert local(told.last("03-02 09:00").started_at) == "03-02 07:30"


def test_what_is_filled_in_before_the_opening_starts_nothing() -> None:
    told = Told(RESTORE).say("03-02 07:30", title="no line").say("03-02 08:05", "accepted", opened="03-02 08:00")
    assert local(told.last("03-02 09:00").started_at) == "03-02 08:00"


def test_equal_timestamps_are_ordered_by_sequence_then_by_id_and_never_by_arrival() -> None:
    def reading(first: dict[str, object], second: dict[str, object]) -> Reading:
        told = Told(RESTORE).say("03-02 08:00", "opened", event_id="a")
        told.say("03-02 09:00", "restored", **first).say("03-02 09:00", "accepted", **second)  # type: ignore[arg-type]
        assert told.last("03-02 10:00") == backwards(told).last("03-02 10:00")
        return told.last("03-02 10:00")

    assert reading({"sequence": 1, "event_id": "b"}, {"sequence": 2, "event_id": "c"}).state is State.RUNNING
    assert reading({"sequence": 2, "event_id": "b"}, {"sequence": 1, "event_id": "c"}).state is State.MET
    assert reading({"event_id": "b"}, {"event_id": "c"}).state is State.RUNNING
    assert reading({"event_id": "c"}, {"event_id": "b"}).state is State.MET


def backwards(told: Told) -> Told:
    told.events = told.events[::-1]
    return told


def test_a_feedback_and_the_stop_in_one_event_meet_the_feedback_that_was_due() -> None:
    feedback = f"feedback: {{name: {{en: F}}, {OPEN}, recurring: true, budgets: [{{budget: 30m, source: test}}]}}"
    told = Told(feedback).say("03-02 08:00", "opened").say("03-02 08:24", "restored", feedback=True)
    first, second = told.all("03-02 09:00")
    assert (first.state, hours(first)) == (State.MET, 0.4)
    assert (second.state, hours(second), local(second.stopped_at)) == (State.MET, 0, "03-02 08:24")


def test_a_reset_ends_the_cycle_and_begins_another_once() -> None:
    told = Told(RESTORE.replace("budgets", "reset: [on_site], budgets")).say("03-02 08:00", "opened")
    told.say("03-02 09:00", "on_site").say("03-02 10:00", "on_site")
    readings = told.all("03-02 11:00")
    assert [(reading.cycle, hours(reading), reading.life) for reading in readings] == [
        (1, 1, Life.STOPPED),
        (2, 2, Life.RUNNING),
    ]


def test_what_cancels_a_clock_is_the_targets_own_word() -> None:
    told = Told(RESTORE.replace("stop: [restored, closed]", "stop: [restored], cancel: [closed]"))
    told.say("03-02 08:00", "opened").say("03-02 09:00", "cancelled")
    assert told.last("03-02 10:00").state is State.RUNNING
    assert told.say("03-02 11:00", "closed").last("03-02 12:00").state is State.CANCELLED


def test_what_is_delivered_moves_no_clock_that_does_not_list_it() -> None:
    told = Told(RESTORE).say("03-02 08:00", "opened").say("03-02 09:00", "held", reason="customer")
    told.say("03-02 10:00", "delivered")
    assert told.last("03-02 11:00").state is State.PAUSED


# -- working days --------------------------------------------------------------------------------------------------


def days(count: int, more: str = "") -> str:
    budgets = f"calendar: office, budgets: [{{budget: {count}wd, source: test}}]"
    return f"survey: {{name: {{en: S}}, {OPEN}, {more}{budgets}}}"


@pytest.mark.parametrize(
    ("count", "opened", "deadline"),
    [
        (5, "03-06 16:30", "03-13 16:30"),  # the date of the start is not counted
        (1, "03-07 10:00", "03-09 10:00"),  # a Saturday counts from Monday
        (1, "03-05 20:00", "03-06 20:00"),  # outside the hours
        (1, "03-06 00:00", "03-07 00:00"),  # midnight is the end of the date before: of Friday
        (2, "03-02 10:00", "03-04 10:00"),
    ],
)
def test_working_days_count_dates_and_keep_the_time_of_day(count: int, opened: str, deadline: str) -> None:
    told = Told(days(count)).say(opened, "opened")
    assert local(told.last(opened).deadline) == deadline
    assert told.last(deadline).state is State.AT_RISK
    assert told.say(deadline, "restored").last("03-31 00:00").state is State.MET


def test_a_deadline_at_midnight_is_broken_when_the_next_working_date_begins() -> None:
    told = Told(days(1)).say("03-06 00:00", "opened")
    assert told.last("03-09 00:00").state is State.AT_RISK
    reading = told.last("03-09 00:00:00.000001")
    assert (reading.state, local(reading.breached_at)) == (State.BREACHED, "03-07 00:00")


@pytest.mark.parametrize(
    ("held", "accepted", "deadline"),
    [("03-09 10:00", "03-10 12:00", "03-16 18:30"), ("03-07 00:00", "03-09 00:00", "03-13 16:30")],
    ids=["26 hours of working dates", "a weekend only"],
)
def test_a_pause_moves_a_deadline_of_working_days_by_the_time_of_working_dates(
    held: str, accepted: str, deadline: str
) -> None:
    told = Told(days(5)).say("03-06 16:30", "opened").say(held, "held", reason="customer").say(accepted, "accepted")
    assert local(told.last("03-11 00:00").deadline) == deadline


def test_working_days_drain_over_whole_dates() -> None:
    told = Told(days(5)).say("03-06 16:30", "opened")
    assert [hours(told.last(now)) for now in ("03-07 00:00", "03-08 12:00", "03-09 00:00")] == [7.5, 7.5, 7.5]
    half = Told(days(2)).say("03-02 10:00", "opened").last("03-03 10:00")
    assert half.counted / half.target.budget == 0.5


# -- counted back --------------------------------------------------------------------------------------------------

NOTICE = (
    "notice: {name: {en: N}, of: change, start: [opened], stop: [delivered], ahead_of: planned, calendar: office,"
    " budgets: [{budget: 5wd, source: test}]}"
)


def change() -> Told:
    return Told(NOTICE, kind=SubjectKind.CHANGE)


def test_a_notice_is_due_so_many_working_days_before_the_work() -> None:
    told = change().say("03-02 10:00", "opened", planned="2026-03-16T02:00:00+08:00")
    assert local(told.last("03-02 12:00").deadline) == "03-09 02:00"
    assert told.say("03-09 02:00", "delivered").last("03-31 00:00").state is State.MET


def test_work_that_is_known_too_late_is_breached_at_once() -> None:
    reading = change().say("03-11 10:00", "opened", planned="2026-03-16T02:00:00+08:00").last("03-11 10:00")
    assert (reading.state, local(reading.breached_at)) == (State.BREACHED, "03-11 10:00")


def test_rescheduling_is_a_change_of_terms() -> None:
    told = change().say("03-02 10:00", "opened", planned="2026-03-16T02:00:00+08:00")
    later = told.say("03-05 10:00", planned="2026-03-18T02:00:00+08:00").last("03-05 12:00")
    assert (later.state, local(later.deadline)) == (State.RUNNING, "03-11 02:00")
    sooner = told.say("03-06 10:00", planned="2026-03-12T02:00:00+08:00").last("03-06 12:00")
    assert (sooner.state, local(sooner.breached_at)) == (State.BREACHED, "03-06 10:00")
    assert told.say("03-06 14:00", planned="2026-03-30T02:00:00+08:00").last("03-06 15:00").state is State.BREACHED


def test_work_that_is_opened_again_after_its_notice_is_another_promise() -> None:
    told = change().say("03-02 10:00", "opened", planned="2026-03-16T02:00:00+08:00").say("03-03 10:00", "delivered")
    told.say("03-04 10:00", "opened", planned="2026-03-23T02:00:00+08:00")
    first, second = told.all("03-05 00:00")
    assert (first.state, second.state, local(second.deadline)) == (State.MET, State.RUNNING, "03-16 02:00")


def test_without_a_planned_instant_there_is_no_clock() -> None:
    assert change().say("03-02 10:00", "opened").all("03-03 00:00") == []


# -- begun by another's end, and in the past -----------------------------------------------------------------------

REPORT = (
    "report: {name: {en: P}, started_by: {target: restore, over: 3h}, stop: [delivered], calendar: office,"
    " budgets: [{budget: 1wd, source: test}]}"
)


def test_a_report_is_owed_from_the_end_of_a_long_fault() -> None:
    told = Told(RESTORE, REPORT).say("03-02 08:00", "opened").say("03-02 11:00:01", "restored")
    reading = told.last("03-02 12:00", "report")
    assert (local(reading.started_at), local(reading.deadline)) == ("03-02 11:00", "03-03 11:00")
    assert told.say("03-03 09:00", "delivered").last("03-04 00:00", "report").state is State.MET


def test_three_hours_sharp_is_not_over_three_hours() -> None:
    told = Told(RESTORE, REPORT).say("03-02 08:00", "opened").say("03-02 11:00", "restored")
    assert told.all("03-04 00:00", "report") == []


def test_time_for_which_a_fault_had_ended_is_no_part_of_what_it_took() -> None:
    told = Told(RESTORE, REPORT).say("03-02 08:00", "opened").say("03-02 10:00", "restored")
    told.say("03-02 20:00", "accepted").say("03-02 21:00", "restored")
    assert told.all("03-03 00:00", "report") == []


def test_a_fault_that_goes_on_takes_its_report_back_until_it_ends_again() -> None:
    told = Told(RESTORE, REPORT).say("03-02 08:00", "opened").say("03-02 12:00", "restored")
    told.say("03-02 13:00", "accepted")
    assert told.last("03-02 14:00", "report").state is State.CANCELLED
    told.say("03-02 15:00", "restored")
    assert told.last("03-02 16:00", "report").state is State.RUNNING


BEGINS = RESTORE.replace("budgets", "begins: [detected, complained], budgets")


def test_a_clock_runs_from_the_first_of_the_instants_before_the_opening() -> None:
    said = {"detected": "2026-03-02T07:40:00+08:00", "complained": "2026-03-02T07:55:00+08:00"}
    assert local(Told(BEGINS).say("03-02 08:00", "opened", **said).last("03-02 09:00").deadline) == "03-02 11:40"
    late = Told(BEGINS).say("03-02 08:00", "opened").say("03-02 11:50", **said)
    assert late.last("03-02 11:49").state is State.AT_RISK
    assert local(late.last("03-02 11:50").breached_at) == "03-02 11:40"


def test_an_instant_after_the_opening_changes_nothing_and_the_last_word_holds() -> None:
    told = Told(BEGINS).say("03-02 08:00", "opened", detected="2026-03-02T08:10:00+08:00")
    assert local(told.last("03-02 09:00").started_at) == "03-02 08:00"
    told.say("03-02 08:30", detected="2026-03-02T07:00:00+08:00").say(
        "03-02 08:40", detected="2026-03-02T07:50:00+08:00"
    )
    assert local(told.last("03-02 09:00").started_at) == "03-02 07:50"


# -- allowances and counts -----------------------------------------------------------------------------------------


def allowance(period: str, budget: str) -> Told:
    target = (
        f"allowed: {{name: {{en: A}}, of: circuit, per: {period}, start: [unavailable], pause: [planned_work],"
        f" budgets: [{{budget: {budget}, source: test}}]}}"
    )
    return Told(target, kind=SubjectKind.CIRCUIT)


@pytest.mark.parametrize(
    ("period", "number"),
    [("year", 2026), ("quarter", 20261), ("month", 202603), ("week", 20260302), ("day", 20260304)],
)
def test_a_period_has_its_number_whatever_was_known_before(period: str, number: int) -> None:
    told = allowance(period, "1h").say("03-04 09:00", "available")
    assert [reading.cycle for reading in told.all("03-04 10:00")] == [number]
    assert told.say("2025-03-04 09:00", "available").last("03-04 10:00").cycle == number


def test_an_allowance_is_idle_between_outages_and_whole_again_with_its_period() -> None:
    told = allowance("month", "1h").say("03-04 09:00", "available")
    idle = told.last("03-05 00:00")
    assert (idle.life, idle.state, idle.deadline) == (Life.IDLE, State.IDLE, None)
    told.say("03-05 09:00", "unavailable")
    assert local(told.last("03-05 09:10").deadline) == "03-05 10:00"
    told.say("03-05 09:40", "available").say("03-31 23:50", "unavailable")
    march, april = told.all("04-01 00:30")
    assert (march.state, hours(march)) == (State.MET, pytest.approx(5 / 6))
    assert (april.cycle, hours(april), local(april.deadline)) == (202604, 0.5, "04-01 01:00")


def test_a_deadline_beyond_the_period_is_none() -> None:
    told = allowance("day", "1h").say("03-04 23:30", "unavailable")
    assert told.last("03-04 23:40").deadline is None
    assert [reading.state for reading in told.all("03-05 00:10")] == [State.MET, State.RUNNING]


def test_an_unknown_state_begins_no_use_and_ends_none() -> None:
    quiet = allowance("day", "1h").say("03-04 09:00", "available").say("03-04 10:00", "unknown")
    assert quiet.last("03-04 12:00").life is Life.IDLE
    down = allowance("day", "4h").say("03-04 09:00", "unavailable").say("03-04 10:00", "unknown")
    assert hours(down.last("03-04 12:00")) == 3


def test_planned_work_excuses_an_outage_while_it_lasts() -> None:
    told = allowance("day", "4h").say("03-04 09:00", "unavailable")
    told.say("03-04 10:00", "held", reason="planned_work").say("03-04 11:00", "accepted")
    assert hours(told.last("03-04 12:00")) == 2


def test_a_share_is_of_the_whole_period() -> None:
    reading = allowance("month", "0.05%").say("03-20 09:00", "available").last("03-20 10:00")
    assert reading.target.budget.total_seconds() == pytest.approx(22 * 60 + 19.2)


def faults(told: Told, *dates: str) -> Told:
    for date in dates:
        told.say(f"{date} 09:00", "unavailable").say(f"{date} 10:00", "available")
    return told


def test_the_fifth_of_four_faults_breaches_at_its_beginning() -> None:
    told = faults(allowance("year", "4 times").say("01-01 09:00", "available"), "02-01", "02-02", "02-03")
    assert told.last("02-04 00:00").state is State.AT_RISK
    assert faults(told, "02-04").last("02-05 00:00").state is State.AT_RISK
    reading = faults(told, "02-05").last("02-06 00:00")
    assert (reading.state, local(reading.breached_at)) == (State.BREACHED, "02-05 09:00")


def test_one_fault_counts_once_through_planned_work_and_over_the_end_of_a_period() -> None:
    told = allowance("month", "4 times").say("03-31 09:00", "unavailable")
    told.say("03-31 10:00", "held", reason="planned_work").say("03-31 11:00", "accepted")
    march, april = told.all("04-01 12:00")
    assert (march.counted.total_seconds(), april.counted.total_seconds()) == (1, 0)


AT_LEAST = f"updates: {{name: {{en: U}}, {OPEN}, at_least: true, budgets: [{{budget: 2 times, source: test}}]}}"


def test_at_least_so_many_is_judged_at_the_stop() -> None:
    told = Told(AT_LEAST).say("03-02 08:00", "opened").say("03-02 09:00", feedback=True)
    assert told.last("03-20 00:00").state is State.RUNNING
    told.say("03-20 00:00", "restored")
    reading = told.last("03-21 00:00")
    assert (reading.state, local(reading.breached_at)) == (State.BREACHED, "03-20 00:00")
    told.say("03-22 00:00", "accepted").say("03-22 01:00", feedback=True)
    assert told.last("03-22 02:00").state is State.RUNNING
    assert told.say("03-22 03:00", "restored").last("03-23 00:00").state is State.MET


# -- agreements, inheritance, corrections --------------------------------------------------------------------------

UC = "agreements: [{kind: UC, party: Digger, supports: restore, budgets: [{budget: 90m, source: test}]}]"


@pytest.mark.parametrize(("restored", "causes"), [("13:00", ["Digger"]), ("14:00", [])])
def test_a_breach_is_caused_by_a_contract_without_whose_overrun_the_promise_would_have_been_kept(
    restored: str, causes: list[str]
) -> None:
    told = Told(RESTORE, more=UC).say("03-02 08:00", "opened", team="core").say("03-02 09:00", supplier="Digger")
    told.say("03-02 12:10", team="core").say(f"03-02 {restored}", "restored")
    reading = told.last("03-02 15:00")
    assert [(leg.party, leg.over.total_seconds() / 60) for leg in reading.legs] == [("core", 0), ("Digger", 100)]
    assert [leg.party for leg in reading.caused_by] == causes


TIERS = "{when: {tier: diamond}, budget: 2h, source: test}, {when: {tier: gold}, budget: 3h, source: test}"
TIERED = RESTORE.replace("budgets: [", f"budgets: [{TIERS}, ")


@pytest.mark.parametrize(
    ("said", "budget"),
    [
        ({"far_tier": "diamond", "scope": "cross-city", "tier": "gold"}, 2),
        ({"far_tier": "diamond", "tier": "gold"}, 3),
        ({"customer_tier": "diamond", "tier": "gold"}, 3),
        ({"customer_tier": "diamond"}, 2),
        ({}, 4),
    ],
    ids=["inherited", "its own", "its own before its customer's", "its customer's", "none"],
)
def test_the_tier_that_is_served(said: dict[str, str], budget: int) -> None:
    inherit = "inherit: [{when: {far_tier: diamond, scope: cross-city}, tier: diamond}]"
    reading = Told(TIERED, more=inherit).say("03-02 08:00", "opened", **said).last("03-02 09:00")
    assert reading.target.budget.total_seconds() == budget * 3600


def correction(kind: CorrectionKind, start: str = "", end: str = "", revokes: str = "", target: str = "") -> Correction:
    instants = [at(text) if text else None for text in (start, end)]
    return Correction(kind, "as agreed", "desk lead", instants[0], instants[1], target, revokes)


def held_ticket() -> Told:
    told = Told(RESTORE).say("03-02 08:00", "opened").say("03-02 09:00", "held", reason="customer")
    return told.say("03-02 10:00", "accepted").say("03-02 14:00", "restored")


def test_what_corrections_do() -> None:
    assert hours(held_ticket().last("12-31 13:00")) == 5
    excluded = held_ticket().correct(correction(CorrectionKind.EXCLUDE, "03-02 11:00", "03-02 13:00"))
    assert (hours(excluded.last("12-31 13:00")), excluded.last("12-31 13:00").state) == (3, State.MET)
    counted = held_ticket().correct(correction(CorrectionKind.COUNT, "03-02 09:00", "03-02 10:00"))
    assert hours(counted.last("12-31 13:00")) == 6
    stopped = held_ticket().correct(correction(CorrectionKind.STOP, "03-02 12:00"))
    assert (hours(stopped.last("12-31 13:00")), local(stopped.last("12-31 13:00").stopped_at)) == (3, "03-02 12:00")
    revoked = excluded.correct(correction(CorrectionKind.REVOKE, revokes="c1"), "c2")
    assert hours(revoked.last("12-31 13:00")) == 5


def test_a_revocation_that_is_revoked_revokes_nothing() -> None:
    told = held_ticket().correct(correction(CorrectionKind.EXCLUDE, "03-02 11:00", "03-02 13:00"), "c1")
    told.correct(correction(CorrectionKind.REVOKE, revokes="c1"), "c2")
    told.correct(correction(CorrectionKind.REVOKE, revokes="c2"), "c3")
    assert hours(told.last("12-31 13:00")) == 3


def test_a_correction_about_another_target_changes_nothing() -> None:
    other = held_ticket().correct(correction(CorrectionKind.EXCLUDE, "03-02 11:00", "03-02 13:00", target="report"))
    assert hours(other.last("12-31 13:00")) == 5


def test_of_two_corrections_about_the_same_time_the_later_word_holds() -> None:
    told = held_ticket().correct(correction(CorrectionKind.EXCLUDE, "03-02 11:00", "03-02 13:00"), "c1")
    told.correct(correction(CorrectionKind.COUNT, "03-02 11:00", "03-02 12:00"), "c2")
    assert hours(told.last("12-31 13:00")) == 4
