"""Every promise of the domain page through a whole history: what the shipped policies say at each instant.

All instants are those of Shanghai in 2026 unless a year is given. The figures are counted by hand from the calendar:
15 to 23 February and 1 to 7 October are holidays, and the Saturdays 14 February and 10 October are worked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor import policy_file, rulebooks
from monitor.budgets import ONE
from monitor.engine import Outcome, advance
from monitor.events import Event
from monitor.lengths import amount
from monitor.mapping import CHOOSING, INSTANTS, AttributeRule, SourceMapping, StatusRule
from monitor.model import CircuitState, Phase, State, SubjectKind
from monitor.policies import BudgetRow
from monitor.reading import Reading
from monitor.working_time import TICK

H, M = timedelta(hours=1), timedelta(minutes=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")
WORDS = SourceMapping(
    statuses={phase.value: StatusRule(phase) for phase in Phase if phase is not Phase.UNKNOWN},
    circuit_states={state.value: state for state in CircuitState},
    attributes={name: AttributeRule(name) for name in CHOOSING},
    instants={name: name for name in INSTANTS},
)
RULES = {
    name: rulebooks.rulebook(policy_file.load(name, "Asia/Shanghai"), {"desk": WORDS}) for name in policy_file.shipped()
}
PAGE = Path(__file__).parents[2] / "docs" / "promises.md"


def on(text: str) -> datetime:
    """An instant in Shanghai: `02-12 15:00` is of 2026, another year is written before it."""
    whole = text if len(text.split()[0]) == 10 else f"2026-{text}"
    return datetime.fromisoformat(whole).replace(tzinfo=SHANGHAI)


class Life:
    """What is said of one subject, in the order in which it is written."""

    def __init__(self, policy: str, kind: SubjectKind = SubjectKind.TICKET, **attributes: str) -> None:
        self.rules, self.kind, self.attributes = RULES[policy], kind, attributes
        self.events: list[Event] = []

    def says(
        self, when: str | datetime, status: str | None = None, *, reason: str | None = None, told: bool = False,
        **fields: str,
    ) -> Life:  # fmt: skip
        """Add a status, a progress feedback (*told*) or fields; the attributes come with the first event."""
        at = on(when) if isinstance(when, str) else when
        dated = {name: on(text).isoformat() if name in INSTANTS else text for name, text in fields.items()}
        said = dated if self.events else {**self.attributes, **dated}
        number = len(self.events)
        event = Event("desk", f"e{number}", self.kind, "X", at, number, status, reason, told, fields=said)
        self.events.append(event)
        return self

    def without_last(self) -> Life:
        """The same life up to the last event."""
        copy = Life("demo", self.kind)
        copy.rules, copy.attributes, copy.events = self.rules, self.attributes, self.events[:-1]
        return copy

    def at(self, now: str | datetime) -> Outcome:
        known = [event for event in self.events if event.at <= (on(now) if isinstance(now, str) else now)]
        return advance(known or self.events, (), self.rules, on(now) if isinstance(now, str) else now)

    def cycles(self, target: str, now: str | datetime) -> list[Reading]:
        """Every cycle of a target's clock, as it stands then; nothing that was said may be doubted."""
        outcome = self.at(now)
        assert outcome.doubts == ()
        return [reading for reading in outcome.readings if reading.target.name == target]

    def clock(self, target: str, now: str | datetime) -> Reading:
        """The one cycle of a target's clock."""
        (reading,) = self.cycles(target, now)
        return reading

    def states(self, target: str, *instants: str | datetime) -> list[State]:
        """The state of the latest cycle at each instant."""
        return [self.cycles(target, now)[-1].state for now in instants]


def circuit(policy: str, **attributes: str) -> Life:
    return Life(policy, SubjectKind.CIRCUIT, **attributes)


def change(policy: str, **attributes: str) -> Life:
    return Life(policy, SubjectKind.CHANGE, **attributes)


def drains(life: Life, target: str, *, at_risk: str, deadline: str) -> None:
    """Running until *at_risk*, at risk up to and at *deadline*, breached a tick later."""
    risk, end = on(at_risk), on(deadline)
    assert life.clock(target, risk - TICK).deadline == end
    assert life.states(target, risk - TICK, risk, end, end + TICK) == [
        State.RUNNING, State.AT_RISK, State.AT_RISK, State.BREACHED,
    ]  # fmt: skip
    assert life.clock(target, end + TICK).breached_at == end


def is_kept_until(life: Life, target: str, deadline: str, word: str) -> None:
    """What keeps the promise at *deadline* sharp keeps it; a tick later it is late, and dated by the deadline."""
    end = on(deadline)
    rest = life.events
    in_time, late = (Life("demo", life.kind) for _ in range(2))
    for copy, stop in ((in_time, end), (late, end + TICK)):
        copy.rules, copy.events = life.rules, list(rest)
        copy.says(stop, word)
    kept, broken = in_time.clock(target, end + H), late.clock(target, end + H)
    assert (kept.state, kept.stopped_at, kept.breached_at) == (State.MET, end, None)
    assert (broken.state, broken.stopped_at, broken.breached_at) == (State.BREACHED, end + TICK, end)


# -- survey --------------------------------------------------------------------------------------------------------


def survey(policy: str, when: str, **attributes: str) -> Life:
    return Life(policy, process="survey", **attributes).says(when, "opened")


def test_a_gold_survey_across_provinces_is_answered_in_four_working_days_over_the_spring_festival() -> None:
    life = survey("cmcc-2014", "02-12 15:00", tier="gold", scope="cross-province")  # a Thursday
    life.says("02-13 09:00", "accepted")
    # Friday 13, Saturday 14 (worked), Tuesday 24, Wednesday 25: 96 h of working dates, 72 of them by Tuesday 15:00
    drains(life, "survey", at_risk="02-24 15:00", deadline="02-25 15:00")
    is_kept_until(life, "survey", "02-25 15:00", "delivered")
    assert life.clock("survey", "02-20 12:00").counted == 9 * H + 48 * H, "nothing counts during the festival"


def test_a_weekend_is_no_working_day_and_a_start_on_one_counts_from_monday() -> None:
    friday = survey("cmcc-2014", "03-06 10:00", tier="gold", scope="cross-province")
    saturday = survey("cmcc-2014", "03-07 10:00", tier="gold", scope="cross-province")
    assert friday.clock("survey", "03-06 10:00").deadline == on("03-12 10:00")
    assert saturday.clock("survey", "03-07 10:00").deadline == on("03-12 10:00")


@pytest.mark.parametrize(
    ("scope", "tier", "deadline"),
    [
        # from Tuesday 29 September: Wednesday 30 is the first working day, then 8, 9, 10 (Saturday), 12, 13, 14 October
        ("in-city", "gold", "10-09"), ("in-city", "silver", "10-10"), ("in-city", "bronze", "10-12"),
        ("in-city", "standard", "10-12"),
        ("cross-city", "gold", "10-10"), ("cross-city", "silver", "10-12"), ("cross-city", "bronze", "10-13"),
        ("cross-city", "standard", "10-13"),
        ("cross-province", "gold", "10-12"), ("cross-province", "silver", "10-13"),
        ("cross-province", "bronze", "10-14"), ("cross-province", "standard", "10-14"),
    ],
)  # fmt: skip
def test_the_table_of_surveys_over_the_national_day(scope: str, tier: str, deadline: str) -> None:
    life = survey("operator-practice", "09-29 09:30", scope=scope, tier=tier)
    assert life.clock("survey", "09-29 09:30").deadline == on(f"{deadline} 09:30")
    is_kept_until(life, "survey", f"{deadline} 09:30", "delivered")
    assert life.states("survey", on(f"{deadline} 09:30") + TICK) == [State.BREACHED]


def test_a_survey_that_is_withdrawn_owes_nothing_and_one_that_is_asked_for_again_goes_on() -> None:
    gone = survey("operator-practice", "03-02 09:00", scope="in-city", tier="gold").says("03-03 09:00", "cancelled")
    assert gone.states("survey", "03-02 12:00", "03-10 09:00") == [State.RUNNING, State.CANCELLED]
    again = survey("operator-practice", "03-02 09:00", scope="in-city", tier="gold")
    again.says("03-03 09:00", "delivered").says("03-05 09:00", "accepted")
    found = again.clock("survey", "03-05 09:00")
    assert (found.counted, found.deadline) == (24 * H, on("03-09 09:00"))  # two days left: Friday and Monday


def test_no_other_process_tier_or_scope_has_a_survey() -> None:
    for attributes in (
        {"tier": "silver", "scope": "cross-province"}, {"tier": "gold", "scope": "in-city"}, {"tier": "gold"},
    ):  # fmt: skip
        assert survey("cmcc-2014", "03-02 09:00", **attributes).cycles("survey", "03-02 10:00") == []
    fault = Life("operator-practice", tier="gold", scope="in-city").says("03-02 09:00", "opened")
    assert fault.cycles("survey", "03-02 10:00") == []


# -- provisioning --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("tier", "least"), [("gold", 3), ("silver", 3), ("bronze", 2), ("standard", 2)])
def test_provisioning_is_told_of_at_least_so_often(tier: str, least: int) -> None:
    life = Life("operator-practice", process="provisioning", tier=tier).says("03-02 09:00", "opened")
    life.says("03-03 09:00", "accepted")
    for day in range(least - 1):
        life.says(f"03-{4 + day:02} 10:00", told=True)
    assert life.states("progress", "03-02 09:00", "03-10 09:00") == [State.RUNNING, State.RUNNING]
    assert life.clock("progress", "03-10 09:00").counted == (least - 1) * ONE
    life.says("03-11 10:00", "restored")
    short = life.clock("progress", "03-11 10:00")
    assert (short.state, short.breached_at) == (State.BREACHED, on("03-11 10:00"))
    enough = life.without_last().says("03-11 09:00", told=True).says("03-11 10:00", "restored")
    assert enough.states("progress", "03-11 09:30", "03-11 10:00") == [State.RUNNING, State.MET]


def test_an_acceptance_that_is_taken_back_leaves_time_to_tell() -> None:
    life = Life("operator-practice", process="provisioning", tier="bronze").says("03-02 09:00", "opened")
    life.says("03-03 09:00", told=True).says("03-04 09:00", "restored").says("03-05 09:00", "accepted")
    assert life.states("progress", "03-04 10:00", "03-05 10:00") == [State.BREACHED, State.RUNNING]
    life.says("03-05 11:00", told=True).says("03-06 09:00", "restored")
    assert life.states("progress", "03-06 10:00") == [State.MET]


# -- acceptance ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["cmcc-2009", "cmcc-2014", "demo"])
@pytest.mark.parametrize("word", ["accepted", "on_site"])
def test_a_ticket_is_accepted_within_ten_minutes_of_each_dispatch(policy: str, word: str) -> None:
    life = Life(policy).says("02-17 03:00", "opened")  # a holiday, at night
    drains(life, "accept", at_risk="02-17 03:07:30", deadline="02-17 03:10")
    is_kept_until(life, "accept", "02-17 03:10", word)
    life.says("02-17 03:06", word).says("02-17 05:00", "opened")
    first, second = life.cycles("accept", "02-17 05:08")
    assert (first.state, first.counted) == (State.MET, 6 * M)
    assert (second.state, second.deadline) == (State.AT_RISK, on("02-17 05:10"))


# -- restoration ---------------------------------------------------------------------------------------------------


def aa(when: str = "03-02 09:00", **fields: str) -> Life:
    return Life("cmcc-2014", assurance="AA", scope="cross-province").says(when, "opened", **fields)


def test_aa_across_provinces_is_restored_within_four_hours() -> None:
    life = aa().says("03-02 09:05", "accepted").says("03-02 10:00", "on_site")
    drains(life, "restore", at_risk="03-02 12:00", deadline="03-02 13:00")
    is_kept_until(life, "restore", "03-02 13:00", "restored")


@pytest.mark.parametrize(
    "said",
    [
        {"detected": "03-02 08:40"},
        {"complained": "03-02 08:40"},
        {"detected": "03-02 08:50", "complained": "03-02 08:40"},
        {"detected": "03-02 08:40", "complained": "03-02 09:30"},
    ],
)
@pytest.mark.parametrize("policy", ["cmcc-2014", "demo"])
def test_restoration_begins_with_detection_or_complaint_whichever_is_first(policy: str, said: dict[str, str]) -> None:
    life = Life(policy, assurance="AA", scope="cross-province", tier="gold").says("03-02 09:00", "opened", **said)
    found = life.clock("restore", "03-02 09:30")
    assert (found.started_at, found.counted, found.deadline) == (on("03-02 08:40"), 50 * M, on("03-02 12:40"))
    is_kept_until(life, "restore", "03-02 12:40", "restored")
    assert life.clock("accept", "03-02 09:05").started_at == on("03-02 09:00"), "the dispatch stays the dispatch"


def test_an_instant_after_the_opening_moves_nothing() -> None:
    assert aa(detected="03-02 09:20").clock("restore", "03-02 10:00").started_at == on("03-02 09:00")


def test_a_listed_wait_suspends_restoration_and_a_reopening_goes_on() -> None:
    life = aa().says("03-02 10:00", "held", reason="customer_power").says("03-02 12:00", "accepted")
    assert life.states("restore", "03-02 11:00") == [State.PAUSED]
    assert life.clock("restore", "03-02 12:30").deadline == on("03-02 15:00")
    life.says("03-02 13:00", "restored").says("03-03 09:00", "opened")
    assert life.states("restore", "03-02 20:00") == [State.MET]
    assert life.clock("restore", "03-03 09:30").deadline == on("03-03 11:00")  # two of the four hours are used
    is_kept_until(life, "restore", "03-03 11:00", "restored")


def test_planned_work_suspends_no_restoration() -> None:
    life = Life("demo", tier="gold").says("03-02 09:00", "opened").says("03-02 10:00", "held", reason="planned_work")
    assert life.states("restore", "03-02 11:00", "03-02 13:00:01") == [State.RUNNING, State.BREACHED]


def test_a_diamond_customers_cross_city_service_is_diamond_at_the_far_end() -> None:
    near = {"tier": "bronze", "far_tier": "diamond"}
    served = Life("cmcc-2009", scope="cross-city", **near).says("03-02 09:00", "opened")
    assert served.clock("feedback", "03-02 09:10").deadline == on("03-02 09:30")
    assert served.clock("feedback", "03-02 09:10").tier == "diamond"
    assert served.at("03-02 09:10").subject.tier == "diamond"
    in_city = Life("cmcc-2009", scope="in-city", **near).says("03-02 09:00", "opened")
    gold_far = Life("cmcc-2009", scope="cross-city", tier="bronze", far_tier="gold").says("03-02 09:00", "opened")
    for other in (in_city, gold_far):
        assert other.cycles("feedback", "03-02 09:10") == []
        assert other.at("03-02 09:10").subject.tier == "bronze"


# -- progress feedback ---------------------------------------------------------------------------------------------


def test_gold_hears_every_thirty_minutes_while_the_fault_is_open() -> None:
    life = Life("cmcc-2014", tier="gold").says("03-02 09:00", "opened").says("03-02 09:10", "on_site")
    drains(life, "feedback", at_risk="03-02 09:22:30", deadline="03-02 09:30")
    life.says("03-02 09:30", told=True).says(on("03-02 10:00") + TICK, told=True).says("03-02 10:20", "restored")
    first, second, third = life.cycles("feedback", "03-02 11:00")
    assert (first.state, first.counted) == (State.MET, 30 * M)
    assert (second.state, second.breached_at, second.missed_periods) == (State.BREACHED, on("03-02 10:00"), 1)
    assert (third.state, third.stopped_at) == (State.MET, on("03-02 10:20"))


def test_elsewhere_the_first_is_due_in_thirty_minutes_and_then_one_each_hour() -> None:
    life = Life("operator-practice").says("03-02 09:00", "opened")
    drains(life, "feedback", at_risk="03-02 09:22:30", deadline="03-02 09:30")
    life.says("03-02 09:20", told=True)
    second = life.cycles("feedback", "03-02 09:50")[-1]
    assert (second.state, second.deadline) == (State.RUNNING, on("03-02 10:20"))
    life.says("03-02 10:20", told=True).says("03-02 11:30", told=True)
    assert [(r.state, r.breached_at) for r in life.cycles("feedback", "03-02 12:30")] == [
        (State.MET, None), (State.MET, None), (State.BREACHED, on("03-02 11:20")), (State.AT_RISK, None),
    ]  # fmt: skip
    assert life.states("feedback", on("03-02 12:30") + TICK) == [State.BREACHED]


def test_a_fault_that_ends_within_the_hour_owes_one_feedback() -> None:
    life = Life("operator-practice").says("03-02 09:00", "opened", detected="03-02 08:50")
    life.says("03-02 09:15", told=True).says("03-02 09:49", "restored")
    assert life.cycles("feedback", "03-02 09:10")[0].deadline == on("03-02 09:20"), "from detection on"
    assert [reading.state for reading in life.cycles("feedback", "03-02 12:00")] == [State.MET, State.MET]


# -- fault report --------------------------------------------------------------------------------------------------


def outage(until: str | datetime, policy: str = "operator-practice") -> Life:
    """A fault from half past twelve on 30 September, the last working day before the holidays."""
    return Life(policy).says("09-30 12:30", "opened").says("09-30 12:40", "accepted").says(until, "restored")


def test_an_outage_of_over_three_hours_is_reported_within_one_working_day() -> None:
    life = outage("09-30 16:00").says("09-30 18:00", "closed")
    assert life.cycles("report", "09-30 15:59") == []
    # from Wednesday 16:00 to Thursday 8 October 16:00: 8 h and 16 h of working dates, 18 of them by 10:00
    drains(life, "report", at_risk="10-08 10:00", deadline="10-08 16:00")
    is_kept_until(life, "report", "10-08 16:00", "delivered")


def test_three_hours_sharp_owe_no_report_and_a_tick_more_does() -> None:
    assert outage("09-30 15:30").cycles("report", "10-01 09:00") == []
    assert len(outage(on("09-30 15:30") + TICK).cycles("report", "10-01 09:00")) == 1


def test_the_outage_is_measured_from_its_detection() -> None:
    life = Life("operator-practice").says("09-30 12:30", "opened", detected="09-30 12:00").says("09-30 15:10", "closed")
    assert life.clock("report", "09-30 15:10").deadline == on("10-08 15:10")


def test_a_report_on_a_fault_that_comes_back_is_owed_anew_when_it_is_over() -> None:
    life = outage("09-30 16:00").says("09-30 17:00", "opened").says("09-30 18:00", "restored")
    assert life.states("report", "09-30 16:30", "09-30 17:30", "09-30 18:00") == [
        State.RUNNING, State.CANCELLED, State.RUNNING,
    ]  # fmt: skip
    assert life.cycles("report", "09-30 18:00")[-1].deadline == on("10-08 18:00")


def test_the_time_for_which_service_was_back_is_no_outage() -> None:
    short = outage("09-30 13:30").says("09-30 20:00", "opened").says("09-30 22:00", "restored")  # 1 h and 2 h
    assert short.cycles("report", "10-01 09:00") == []
    long = outage("09-30 13:30").says("09-30 20:00", "opened").says("09-30 22:00:01", "restored")
    assert len(long.cycles("report", "10-01 09:00")) == 1


def test_a_report_delivered_in_the_second_of_the_restoration_is_delivered() -> None:
    life = outage("09-30 16:00").says("09-30 16:00", "delivered")
    assert life.states("report", "10-20 09:00") == [State.MET]


def test_a_withdrawn_ticket_owes_no_report() -> None:
    life = Life("operator-practice").says("09-30 08:00", "opened").says("09-30 16:00", "cancelled")
    assert life.cycles("report", "10-20 09:00") == []


# -- notice of a network change ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tier", "deadline"),
    # before Monday 12 October: Saturday 10 (worked), Friday 9, Thursday 8, Wednesday 30 and Tuesday 29 September
    [("gold", "09-29 02:00"), ("silver", "09-30 02:00"), ("bronze", "10-08 02:00")],
)
def test_notice_is_given_so_many_working_days_ahead(tier: str, deadline: str) -> None:
    life = change("cmcc-2014", tier=tier).says("09-21 10:00", "opened", planned="10-12 02:00")
    life.says("09-22 10:00", "accepted")
    assert life.clock("notice", "09-23 10:00").deadline == on(deadline)
    end = on(deadline)
    assert life.states("notice", "09-21 10:00", end, end + TICK) == [State.RUNNING, State.AT_RISK, State.BREACHED]
    is_kept_until(life, "notice", deadline, "delivered")


def test_a_gold_notice_is_at_risk_when_three_quarters_of_its_working_time_are_gone() -> None:
    # from Monday 21 September 10:00: 14 h, then 22, 23, 24 and 28 (25 to 27 are holidays), and 2 h of the 29th: 112 h,
    # of which 84 have gone by after 14 h, 48 h and 22 h of Thursday the 24th
    life = change("cmcc-2014", tier="gold").says("09-21 10:00", "opened", planned="10-12 02:00")
    drains(life, "notice", at_risk="09-24 22:00", deadline="09-29 02:00")


def test_a_change_put_off_leaves_more_time_and_one_brought_forward_less() -> None:
    life = change("cmcc-2014", tier="gold").says("09-21 10:00", "opened", planned="10-12 02:00")
    life.says("09-22 10:00", planned="10-16 02:00")  # 15, 14, 13, 12 and Saturday 10
    assert life.clock("notice", "09-22 09:00").deadline == on("09-29 02:00")
    assert life.clock("notice", "09-22 11:00").deadline == on("10-10 02:00")
    life.says("09-23 10:00", planned="10-09 02:00")  # 8 October, 30, 29, 28 and 24 September
    assert life.clock("notice", "09-23 11:00").deadline == on("09-24 02:00")
    is_kept_until(life, "notice", "09-24 02:00", "delivered")


def test_a_change_brought_forward_past_its_last_moment_is_late_at_once_and_not_before() -> None:
    life = change("cmcc-2014", tier="gold").says("09-21 10:00", "opened", planned="10-12 02:00")
    life.says("09-28 10:00", planned="10-09 02:00")
    assert life.states("notice", on("09-28 10:00") - TICK) == [State.AT_RISK]
    assert life.clock("notice", "09-28 10:00").breached_at == on("09-28 10:00")


def test_a_change_planned_for_too_soon_is_late_from_the_start() -> None:
    life = change("cmcc-2014", tier="bronze").says("10-08 10:00", "opened", planned="10-10 02:00")
    assert life.clock("notice", "10-08 10:00").breached_at == on("10-08 10:00")


@pytest.mark.parametrize("word", ["cancelled", "restored", "closed"])
def test_a_change_that_is_called_off_or_over_needs_no_notice(word: str) -> None:
    life = change("cmcc-2014", tier="gold").says("09-21 10:00", "opened", planned="10-12 02:00")
    life.says("09-28 10:00", word)
    assert life.states("notice", "10-20 09:00") == [State.CANCELLED]
    late = change("cmcc-2014", tier="gold").says("09-21 10:00", "opened", planned="10-12 02:00")
    late.says("09-30 10:00", word)
    assert late.states("notice", "10-20 09:00") == [State.BREACHED]
    told = change("cmcc-2014", tier="gold").says("09-21 10:00", "opened", planned="10-12 02:00")
    told.says("09-22 10:00", "delivered").says("10-13 10:00", word)
    assert told.states("notice", "10-20 09:00") == [State.MET]


def test_a_change_that_is_taken_up_again_has_its_last_moment_still() -> None:
    life = change("cmcc-2014", tier="gold").says("09-21 10:00", "opened", planned="10-12 02:00")
    life.says("09-22 10:00", "cancelled").says("09-28 10:00", "opened")
    assert [(reading.state, reading.deadline) for reading in life.cycles("notice", "09-28 12:00")] == [
        (State.CANCELLED, None), (State.RUNNING, on("09-29 02:00")),
    ]  # fmt: skip
    life.says("09-29 02:00", "delivered")
    assert life.states("notice", "10-20 09:00") == [State.MET]


def test_a_notice_that_was_given_stays_given_when_the_change_is_put_off() -> None:
    life = change("cmcc-2014", tier="gold").says("09-21 10:00", "opened", planned="10-12 02:00")
    life.says("09-28 10:00", "delivered").says("09-30 10:00", planned="10-16 02:00")
    found = life.clock("notice", "10-20 09:00")
    assert (found.state, found.deadline) == (State.MET, on("09-29 02:00"))


def test_a_change_without_a_date_and_a_standard_customer_have_no_notice() -> None:
    assert change("cmcc-2014", tier="gold").says("09-21 10:00", "opened").cycles("notice", "10-20 09:00") == []
    plain = change("cmcc-2014", tier="standard").says("09-21 10:00", "opened", planned="10-12 02:00")
    assert plain.cycles("notice", "10-20 09:00") == []
    dated = change("cmcc-2014", tier="gold").says("09-21 10:00", "opened").says("09-22 10:00", planned="10-12 02:00")
    assert dated.clock("notice", "09-22 10:00").deadline == on("09-29 02:00")


# -- complaint -----------------------------------------------------------------------------------------------------


def test_a_complaint_is_first_replied_to_within_a_day_of_being_made() -> None:
    life = Life("operator-practice", process="complaint").says("10-01 12:00", "opened", complained="10-01 10:00")
    life.says("10-01 13:00", "accepted")
    drains(life, "complaint", at_risk="10-02 04:00", deadline="10-02 10:00")
    is_kept_until(life, "complaint", "10-02 10:00", "delivered")
    is_kept_until(life, "complaint", "10-02 10:00", "closed")


def test_work_after_the_first_reply_does_not_undo_it_and_a_new_opening_asks_for_another() -> None:
    life = Life("operator-practice", process="complaint").says("03-02 09:00", "opened")
    life.says("03-02 12:00", "delivered").says("03-02 13:00", "accepted").says(
        "03-04 09:00", "held", reason="planned_work"
    )
    assert life.states("complaint", "03-05 09:00") == [State.MET]
    life.says("03-06 09:00", "opened")
    again = life.cycles("complaint", "03-06 10:00")[-1]
    assert (again.cycle, again.deadline) == (2, on("03-07 09:00"))


# -- repeat faults -------------------------------------------------------------------------------------------------


def failing(life: Life, *days: str) -> Life:
    for day in days:
        life.says(f"{day} 10:00", "unavailable").says(f"{day} 10:30", "available")
    return life


def test_a_circuit_of_assurance_a_may_fail_four_times_in_a_year() -> None:
    life = failing(circuit("cmcc-2014", assurance="A").says("01-10 00:00", "available"), "02-02", "03-02", "04-02")
    failing(life, "05-02", "06-02")
    assert life.states("repeat_faults", "02-03 00:00", "04-02 09:00", "04-02 10:00", "05-03 00:00") == [
        State.IDLE, State.IDLE, State.AT_RISK, State.AT_RISK,
    ]  # fmt: skip
    assert life.states("repeat_faults", on("06-02 10:00") - TICK, "06-02 10:00") == [State.AT_RISK, State.BREACHED]
    assert life.clock("repeat_faults", "06-03 00:00").breached_at == on("06-02 10:00")
    ended, fresh = life.cycles("repeat_faults", "2027-01-01 00:00")
    assert (ended.cycle, ended.state, ended.counted) == (2026, State.BREACHED, 5 * ONE)
    assert (fresh.cycle, fresh.state, fresh.counted) == (2027, State.IDLE, 0 * ONE)


def test_four_faults_are_kept_and_one_that_lasts_into_the_new_year_is_of_the_old_one() -> None:
    life = failing(circuit("cmcc-2014", assurance="A").says("01-10 00:00", "available"), "02-02", "03-02", "04-02")
    life.says("12-31 20:00", "unavailable").says("2027-01-01 05:00", "available")
    ended, fresh = life.cycles("repeat_faults", "2027-01-02 00:00")
    assert (ended.state, ended.counted, ended.stopped_at) == (State.MET, 4 * ONE, on("2027-01-01 00:00"))
    assert (fresh.state, fresh.counted) == (State.IDLE, 0 * ONE)
    failing(life, "2027-01-02")
    assert life.cycles("repeat_faults", "2027-01-03 00:00")[-1].counted == ONE


def test_one_outage_is_one_fault_and_planned_work_or_degradation_is_none() -> None:
    life = circuit("cmcc-2014", assurance="A").says("01-10 00:00", "available")
    life.says("02-02 10:00", "unavailable").says("02-02 10:05", "unavailable").says("02-02 10:10", "unknown")
    life.says("02-02 10:20", "unavailable").says("02-02 11:00", "degraded").says("02-03 11:00", "available")
    assert life.clock("repeat_faults", "02-04 00:00").counted == ONE
    life.says("03-02 00:00", "held", reason="planned_work").says("03-02 00:10", "unavailable")
    life.says("03-02 01:00", "available").says("03-02 02:00", "accepted")
    assert life.clock("repeat_faults", "03-03 00:00").counted == ONE
    life.says("04-02 00:00", "held", reason="planned_work").says("04-02 00:10", "unavailable")
    life.says("04-02 02:00", "accepted").says("04-02 03:00", "available")  # it stays down when the work is over
    assert life.clock("repeat_faults", "04-02 01:59").counted == ONE
    assert life.clock("repeat_faults", "04-03 00:00").counted == 2 * ONE


# -- interruption --------------------------------------------------------------------------------------------------


def normal() -> Life:
    return circuit("cmcc-2014", assurance="normal").says("01-10 00:00", "available")


def test_a_normal_circuit_may_be_down_for_a_day_in_a_year() -> None:
    life = normal().says("03-02 08:00", "unavailable").says("03-02 20:00", "available")  # 12 h
    life.says("06-02 00:00", "unavailable")
    assert life.clock("interruption", "05-02 00:00").deadline is None
    assert life.states("interruption", "05-02 00:00", on("06-02 06:00") - TICK, "06-02 06:00") == [
        State.IDLE, State.RUNNING, State.AT_RISK,
    ]  # fmt: skip
    assert life.clock("interruption", "06-02 01:00").deadline == on("06-02 12:00")
    assert life.states("interruption", "06-02 12:00", on("06-02 12:00") + TICK) == [State.AT_RISK, State.BREACHED]
    assert life.clock("interruption", "06-03 00:00").breached_at == on("06-02 12:00")


def test_a_day_sharp_is_kept_and_the_new_year_begins_whole() -> None:
    life = normal().says("03-02 00:00", "unavailable").says("03-02 20:00", "available")  # 20 h
    life.says("12-31 20:00", "unavailable").says("2027-01-01 05:00", "available")  # 4 h and 5 h
    ended, fresh = life.cycles("interruption", "2027-01-01 06:00")
    assert (ended.cycle, ended.state, ended.counted, ended.stopped_at) == (
        2026, State.MET, 24 * H, on("2027-01-01 00:00"),
    )  # fmt: skip
    assert (fresh.cycle, fresh.state, fresh.counted, fresh.started_at) == (
        2027, State.IDLE, 5 * H, on("2027-01-01 00:00"),
    )  # fmt: skip
    tick_more = normal().says("03-02 00:00", "unavailable").says(on("03-02 20:00") + TICK, "available")
    tick_more.says("12-31 20:00", "unavailable").says("2027-01-01 05:00", "available")
    assert tick_more.cycles("interruption", "2027-01-01 06:00")[0].breached_at == on("2027-01-01 00:00") - TICK


def test_planned_work_is_excused_until_it_is_over() -> None:
    life = normal().says("03-02 00:00", "held", reason="planned_work").says("03-02 01:00", "unavailable")
    life.says("03-03 05:00", "accepted").says("03-03 07:00", "available")  # 28 h of work, then 2 h more
    assert life.states("interruption", "03-02 12:00") == [State.PAUSED]
    assert life.clock("interruption", "03-03 05:00").counted == 0 * H
    assert life.clock("interruption", "03-04 00:00").counted == 2 * H


def test_a_degraded_circuit_is_not_interrupted_and_other_rungs_have_no_figure() -> None:
    life = normal().says("03-02 00:00", "degraded").says("03-05 00:00", "available")
    assert life.clock("interruption", "03-06 00:00").counted == 0 * H
    for assurance in ("AAA", "AA", "A"):
        other = circuit("cmcc-2014", assurance=assurance).says("03-02 00:00", "unavailable")
        assert other.cycles("interruption", "03-06 00:00") == []


@pytest.mark.parametrize(("assurance", "hours"), [("AAA", 4), ("AA", 8), ("A", 16), ("normal", 24)])
def test_the_demos_circuits_have_less_time_the_higher_their_assurance(assurance: str, hours: int) -> None:
    life = circuit("demo", assurance=assurance).says("03-02 00:00", "unavailable")
    assert life.clock("interruption", "03-02 01:00").deadline == on("03-02 00:00") + hours * H


# -- major faults --------------------------------------------------------------------------------------------------

PROVINCE = {"assurance": "AAA", "scope": "cross-province"}


def test_a_cross_province_aaa_circuit_that_is_down_for_six_hours_is_a_major_fault_each_time() -> None:
    life = circuit("operator-practice", **PROVINCE).says("03-02 09:00", "unavailable")
    drains(life, "major_outage", at_risk="03-02 13:30", deadline="03-02 15:00")
    is_kept_until(life, "major_outage", "03-02 15:00", "available")
    is_kept_until(life, "major_outage", "03-02 15:00", "degraded")
    life.says("03-02 14:00", "available").says("03-02 14:10", "unavailable").says("03-02 21:00", "available")
    first, second = life.cycles("major_outage", "03-03 00:00")
    assert (first.state, first.counted) == (State.MET, 5 * H)
    assert (second.state, second.breached_at) == (State.BREACHED, on("03-02 20:10"))


def test_an_aaa_circuit_that_is_degraded_for_twelve_hours_is_a_major_fault() -> None:
    life = circuit("operator-practice", assurance="AAA", scope="in-city").says("03-02 09:00", "degraded")
    drains(life, "major_degradation", at_risk="03-02 18:00", deadline="03-02 21:00")
    is_kept_until(life, "major_degradation", "03-02 21:00", "available")
    life.says("03-02 12:00", "unavailable").says("03-02 13:00", "unknown").says("03-02 14:00", "degraded")
    assert life.clock("major_degradation", "03-02 20:00").deadline == on("03-02 21:00"), "down is no better"
    assert life.cycles("major_outage", "03-02 20:00") == []
    assert life.cycles("major_long_fault", "03-02 20:00") == []


@pytest.mark.parametrize("assurance", ["AA", "A", "normal"])
def test_a_lower_circuit_that_is_down_or_degraded_for_seventy_two_hours_is_a_major_fault(assurance: str) -> None:
    life = circuit("operator-practice", assurance=assurance).says("03-02 09:00", "degraded")
    life.says("03-03 09:00", "unavailable").says("03-04 09:00", "degraded")
    drains(life, "major_long_fault", at_risk="03-04 15:00", deadline="03-05 09:00")
    is_kept_until(life, "major_long_fault", "03-05 09:00", "available")


def test_planned_work_is_no_major_fault() -> None:
    life = circuit("operator-practice", **PROVINCE).says("03-02 00:00", "held", reason="planned_work")
    life.says("03-02 00:10", "unavailable").says("03-02 08:00", "accepted")
    assert life.states("major_outage", "03-02 07:00") == [State.PAUSED]
    assert life.clock("major_outage", "03-02 09:00").deadline == on("03-02 14:00")


# -- IT support ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("urgency", ["A", "B"])
@pytest.mark.parametrize("word", ["on_site", "restored"])
def test_level_1_has_somebody_on_site_within_two_hours_at_any_time(urgency: str, word: str) -> None:
    life = Life("it-support", urgency=urgency).says("10-03 23:00", "opened").says("10-03 23:10", "accepted")
    drains(life, "restore", at_risk="10-04 00:30", deadline="10-04 01:00")
    is_kept_until(life, "restore", "10-04 01:00", word)


@pytest.mark.parametrize("word", ["on_site", "restored"])
def test_level_2_has_somebody_on_site_within_four_office_hours(word: str) -> None:
    life = Life("it-support", urgency="C").says("03-06 15:30", "opened")  # Friday: an hour and a half until closing
    drains(life, "restore", at_risk="03-09 09:30", deadline="03-09 10:30")
    is_kept_until(life, "restore", "03-09 10:30", word)


# -- generic duties ------------------------------------------------------------------------------------------------


def test_somebody_is_on_the_spot_ten_minutes_after_an_alarm() -> None:
    life = Life("operator-practice", process="alarm").says("03-02 03:00", "opened").says("03-02 03:02", "accepted")
    drains(life, "on_the_spot", at_risk="03-02 03:07:30", deadline="03-02 03:10")
    is_kept_until(life, "on_the_spot", "03-02 03:10", "on_site")
    life.says("03-02 03:09", "on_site").says("03-02 04:00", "accepted")
    assert life.states("on_the_spot", "03-02 05:00") == [State.MET]


def test_a_violation_is_dealt_with_in_eight_hours() -> None:
    life = Life("operator-practice", process="violation").says("03-07 20:00", "opened").says("03-07 21:00", "on_site")
    drains(life, "violation", at_risk="03-08 02:00", deadline="03-08 04:00")
    is_kept_until(life, "violation", "03-08 04:00", "restored")


def test_an_abnormality_is_reported_ten_minutes_after_it_was_seen() -> None:
    life = Life("operator-practice", process="abnormality").says("03-02 09:04", "opened", detected="03-02 09:00")
    drains(life, "abnormality", at_risk="03-02 09:07:30", deadline="03-02 09:10")
    is_kept_until(life, "abnormality", "03-02 09:10", "delivered")
    assert life.says("03-02 09:08", "closed").states("abnormality", "03-02 10:00") == [State.CANCELLED]


# -- who has which -------------------------------------------------------------------------------------------------


def has(life: Life) -> set[str]:
    return {reading.target.name for reading in life.at("03-02 12:00").readings}


def opened(policy: str, **attributes: str) -> Life:
    return Life(policy, **attributes).says("03-02 09:00", "opened")


def test_a_fault_whose_source_says_no_process_has_the_targets_of_faults_only() -> None:
    who = {"tier": "gold", "assurance": "AA", "scope": "cross-province"}
    for process in ({}, {"process": "fault"}):
        assert has(opened("cmcc-2014", **who, **process)) == {"accept", "restore", "feedback"}
        assert has(opened("operator-practice", **who, **process)) == {"feedback"}


@pytest.mark.parametrize(
    ("process", "own"),
    [
        ("survey", "survey"), ("provisioning", "progress"), ("complaint", "complaint"), ("alarm", "on_the_spot"),
        ("violation", "violation"), ("abnormality", "abnormality"),
    ],
)  # fmt: skip
def test_an_order_of_another_process_has_that_target_and_none_of_a_fault(process: str, own: str) -> None:
    assert has(opened("operator-practice", process=process, tier="gold", scope="in-city")) == {own}
    who = {"tier": "gold", "assurance": "AA", "scope": "cross-province"}
    assert not has(opened("cmcc-2014", process=process, **who)) & {"restore", "feedback"}


# -- the page ------------------------------------------------------------------------------------------------------


def listed(heading: str) -> list[list[str]]:
    """The rows of the table under a heading of the page."""
    text = PAGE.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    return rows[2:]


def written(row: BudgetRow) -> tuple[timedelta, int]:
    return (row.budget, row.days)


def given(words: Sequence[str]) -> set[tuple[timedelta, int]]:
    amounts = [amount(word) for word in words]
    return {(item.times * ONE if item.times else item.length or timedelta(0), item.days) for item in amounts}


def test_the_page_lists_every_target_that_ships_but_the_demos_and_no_other() -> None:
    rows = [(policy.strip("`"), target.strip("`")) for _, target, policy, _, _ in listed("What is watched")]
    shipped = [
        (name, rule.name) for name in policy_file.shipped() if name != "demo" for rule in policy_file.load(name).targets
    ]
    assert sorted(rows) == sorted(shipped)


def test_the_page_gives_the_figures_and_sources_of_the_files() -> None:
    for _, target, policy, figures, source in listed("What is watched"):
        rule = policy_file.load(policy.strip("`")).rule(target.strip("`"))
        assert rule is not None
        assert given(re.findall(r"`([^`]+)`", figures)) == {written(row) for row in rule.rows}, (policy, target)
        assert {source} == ({row.figure for row in rule.rows} or {"none"}), (policy, target)


def test_whatever_is_not_watched_has_its_reason() -> None:
    rows = listed("What is not watched, and why")
    assert len(rows) > 10
    assert all(promise and why for promise, why in rows)
