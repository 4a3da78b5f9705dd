"""What `docs/semantics.md` decides, one test for each of its cases, and the smallest example of each fault mended."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.clock.engine import Outcome, advance
from monitor.clock.reading import Reading
from monitor.config import build_rulebook, policy_file, yaml_file
from monitor.history.events import Event
from monitor.model import CircuitState, Life, State, SubjectKind
from tests.support.laws import MAPPING
from tests.support.oracle_law import TIERS
from tests.support.texts import exchanged

H = timedelta(hours=1)
REASONS = ("customer", "part", "planned_work")
HEAD = """
policy: semantics
version: "1"
effective_from: 2026-01-01
name: {en: Semantics}
ladders: {tier: [{id: diamond, en: D}, {id: gold, en: G}, {id: silver, en: S}, {id: bronze, en: B}]}
calendars: {always: {zone: UTC, hours: 24x7}}
pause_reasons: {customer: {en: C}, part: {en: P}, planned_work: {en: W}}
targets:
"""
RESTORE = "start: [opened, accepted, held], stop: [restored]"
REPORT = (
    "report: {name: {en: R}, started_by: {target: restore}, stop: [delivered], calendar: always, MORE"
    " budgets: [{budget: 2h, source: test}]}"
)


def at(clock: str) -> datetime:
    """That time of 2 March 2026, UTC."""
    hour, minute = clock.split(":")
    return datetime(2026, 3, 2, int(hour), int(minute), tzinfo=UTC)


def target(name: str, rest: str, **figures: str) -> str:
    """A target; *figures* are budgets by tier, `any` for every tier."""
    rows = ", ".join(
        f"{{budget: {budget}, source: test}}"
        if tier == "any"
        else f"{{when: {{tier: {tier}}}, budget: {budget}, source: test}}"
        for tier, budget in figures.items()
    )
    return f"{name}: {{name: {{en: N}}, calendar: always, {rest}, budgets: [{rows}]}}"


def restore(rest: str = "", **figures: str) -> str:
    return target("restore", f"{rest or RESTORE}", **figures or {"any": "4h"})


def report(more: str = "") -> str:
    return exchanged(REPORT, ("MORE", f"{more}," if more else ""))


def look(targets: list[str], said: str, now: str) -> Outcome:
    """What the engine says at *now*; *said* is `08:00 opened gold · 09:00 held customer · …`, an event each."""
    policy = policy_file.build(yaml_file.parse(HEAD + "".join(f"  {item}\n" for item in targets), "semantics.yml"))
    circuit = "of: circuit" in targets[0]
    events = [_event(number, *line.split(), circuit=circuit) for number, line in enumerate(said.split(" · "))]
    return advance(events, (), build_rulebook.rulebook(policy, {"tickets": MAPPING}), at(now))


def _event(number: int, clock: str, *words: str, circuit: bool) -> Event:
    kind = SubjectKind.CIRCUIT if circuit else SubjectKind.TICKET
    tier = next((word for word in words if word in (*TIERS, "platin")), None)
    planned = next((at(word).isoformat() for word in words if ":" in word), None)
    fields = {name: value for name, value in (("tier", tier), ("planned", planned)) if value is not None}
    reason = next((word for word in words if word in REASONS), None)
    rest = [w for w in words if w not in fields.values() and w not in (*REASONS, "feedback") and ":" not in w]
    status = rest[0] if rest else None
    return Event(
        "tickets", f"e{number}", kind, "X", at(clock), number, status, reason, "feedback" in words, None, fields
    )


def cycles(targets: list[str], said: str, now: str, name: str = "restore") -> list[Reading]:
    return [reading for reading in look(targets, said, now).readings if reading.target.name == name]


def one(targets: list[str], said: str, now: str, name: str = "restore") -> Reading:
    (reading,) = cycles(targets, said, now, name)
    return reading


# -- a fact that moves a clock and changes its terms (semantics 34) ----------------------------------------------------

GOLD_AND_DIAMOND = [restore(gold="4h", diamond="2h")]


@pytest.mark.parametrize("told", ["12:00 accepted gold", "12:00 gold · 12:00 accepted"])
def test_a_reopening_that_brings_a_looser_tier_is_judged_by_that_tier(told: str) -> None:
    said = f"08:00 opened gold · 10:30 restored · 11:00 diamond · {told} · 12:30 restored"
    assert (one(GOLD_AND_DIAMOND, said, "13:00").state, one(GOLD_AND_DIAMOND, said, "13:00").counted) == ("met", 3 * H)


def test_a_reopening_that_brings_a_stricter_tier_breaches_at_that_instant() -> None:
    reading = one(GOLD_AND_DIAMOND, "08:00 opened gold · 10:30 restored · 12:00 accepted diamond", "12:00")
    assert reading.breached_at == at("12:00")


@pytest.mark.parametrize("on_change", ["at_start", "strictest", "at_event"])
@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("reopen: new_cycle", "08:00 accepted gold · 09:00 restored · 10:00 accepted silver"),
        ("recurring: true", "08:00 accepted gold · 09:00 feedback silver"),
        ("reset: [on_site]", "08:00 accepted gold · 09:00 on_site silver"),
    ],
)
def test_a_cycle_that_a_fact_begins_is_judged_by_the_terms_that_it_brings(on_change: str, kind: str, said: str) -> None:
    targets = [restore(f"{RESTORE}, {kind}, on_change: {on_change}", gold="2h", silver="3h")]
    first, second = cycles(targets, said, "11:00")
    assert (first.target.budget, second.target.budget, second.tier) == (2 * H, 3 * H, "silver")


def test_a_notice_that_is_opened_anew_with_another_date_is_judged_by_that_date() -> None:
    notice = [target("restore", "start: [opened], stop: [delivered], ahead_of: planned", any="2h")]
    said = "08:00 opened gold 14:00 · 09:00 delivered · 10:00 opened 20:00"
    assert [reading.deadline for reading in cycles(notice, said, "11:00")] == [at("12:00"), at("18:00")]


@pytest.mark.parametrize("phase", ["restored", "cancelled"])
def test_an_end_is_judged_by_the_terms_before_it(phase: str) -> None:
    reading = one(GOLD_AND_DIAMOND, f"08:00 opened gold · 11:00 {phase} diamond", "13:00")
    assert (reading.breached_at, reading.target.budget, reading.tier) == (None, 4 * H, "gold")


def test_a_reopening_under_at_start_that_resumes_keeps_its_terms() -> None:
    targets = [restore(f"{RESTORE}, on_change: at_start", gold="4h", diamond="2h")]
    reading = one(targets, "08:00 opened gold · 09:00 restored · 10:00 accepted diamond", "11:00")
    assert (reading.target.budget, reading.tier) == (4 * H, "gold")


def test_a_reopening_that_takes_the_promise_away_begins_nothing() -> None:
    reading = one(GOLD_AND_DIAMOND, "08:00 opened gold · 09:00 restored · 10:00 accepted bronze", "11:00")
    assert (reading.state, reading.stopped_at) == (State.MET, at("09:00"))


def test_a_fault_whose_own_event_says_a_looser_tier_is_counted_by_it() -> None:
    faults = [target("restore", "of: circuit, start: [unavailable], per: day", gold="1 times", silver="2 times")]
    said = "08:00 unavailable gold · 09:00 available · 10:00 unavailable silver"
    assert one(faults, said, "11:00").breached_at is None
    assert one(faults, f"{said} · 11:00 available · 12:00 unavailable gold", "12:00").breached_at == at("12:00")


# -- the other faults --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "phase", "life"),
    [
        ("", "cancelled", Life.CANCELLED),
        ("cancel: [cancelled, closed]", "cancelled", Life.CANCELLED),
        ("cancel: [closed]", "closed", Life.CANCELLED),
        ("cancel: [closed]", "cancelled", Life.RUNNING),
        ("cancel: []", "cancelled", Life.RUNNING),
    ],
)
def test_a_derived_clock_is_cancelled_by_the_phases_that_it_lists(more: str, phase: str, life: Life) -> None:
    reading = one([restore(), report(more)], f"08:00 opened · 09:00 restored · 09:30 {phase}", "09:45", "report")
    assert reading.life is life


@pytest.mark.parametrize("more", ["", "cancel: []", "cancel: [closed]"])
def test_a_derived_clock_is_cancelled_where_the_other_goes_on_whatever_it_lists(more: str) -> None:
    reading = one([restore(), report(more)], "08:00 opened · 09:00 restored · 09:30 accepted", "09:45", "report")
    assert (reading.life, reading.stopped_at) == (Life.CANCELLED, at("09:30"))


def test_the_source_never_begins_a_derived_clock_that_lost_its_promise() -> None:
    owed = target("report", "started_by: {target: restore}, stop: [delivered], pause: [customer]", gold="2h")
    said = "08:00 opened gold · 09:00 restored · 09:10 bronze · 09:20 held part · 09:30 held customer · 09:40 accepted"
    never = restore("start: [opened], stop: [restored]")
    reading = one([never, owed], said, "10:00", "report")
    assert (reading.life, reading.stopped_at) == (Life.CANCELLED, at("09:10"))


def test_an_unknown_word_ends_the_wait_of_a_derived_clock() -> None:
    never = restore("start: [opened], stop: [restored]")
    said = "08:00 opened · 09:00 restored · 09:10 held customer · 09:20 gibberish"
    reading = one([never, report("pause: [customer]")], said, "09:30", "report")
    assert (reading.life, reading.counted) == (Life.RUNNING, H / 3)


def test_an_age_is_the_tickets_for_a_derived_clock_too() -> None:
    owed = target("report", "started_by: {target: restore}, stop: [delivered]", any="2h")
    owed = exchanged(owed, ("budgets: [", "budgets: [{after: 2h, budget: 1h, source: test}, "))
    assert one([restore(), owed], "08:00 opened · 11:00 restored", "11:30", "report").target.budget == H


OUTAGE = "of: circuit, start: [unavailable], stop: [available], pause: [planned_work]"
DAY = "of: circuit, start: [unavailable], per: day, pause: [planned_work]"


@pytest.mark.parametrize("rest", [OUTAGE, DAY])
@pytest.mark.parametrize(
    ("said", "hours"),
    [
        ("08:00 unavailable · 09:00 unknown · 10:00 held planned_work · 11:00 accepted · 12:00 available", 3),
        ("08:00 unavailable · 09:00 held planned_work · 10:00 unknown · 11:00 accepted · 12:00 available", 2),
        ("08:00 unavailable · 09:00 gibberish · 12:00 available", 4),
        ("08:00 available · 09:00 unknown · 10:00 held planned_work · 11:00 accepted · 12:00 available", 0),
    ],
)
def test_planned_work_excuses_an_outage_while_the_circuit_is_unknown(rest: str, said: str, hours: int) -> None:
    readings = cycles([restore(rest, any="9h")], said, "13:00")
    assert sum((reading.counted for reading in readings), timedelta(0)) == hours * H


@pytest.mark.parametrize(
    ("said", "hours"),
    [
        ("08:00 unavailable · 09:00 held planned_work · 10:00 degraded · 12:00 available", 1),
        ("08:00 unavailable · 09:00 degraded · 10:00 held planned_work · 11:00 accepted · 12:00 available", 3),
    ],
)
def test_a_state_that_a_single_outage_does_not_list_leaves_planned_work_as_it_is(said: str, hours: int) -> None:
    assert one([restore(OUTAGE, any="9h")], said, "13:00").counted == hours * H


def test_a_promise_begins_at_the_change_after_a_reopening_that_had_none() -> None:
    targets = [restore(gold="4h", silver="4h")]
    said = "08:00 opened gold · 08:30 restored diamond · 09:00 accepted · 10:00 silver"
    first, second = cycles(targets, said, "10:30")
    assert (first.state, second.cycle, second.started_at, second.counted) == (State.MET, 2, at("10:00"), H / 2)
    assert len(cycles(targets, exchanged(said, ("09:00 accepted", "09:00 closed")), "10:30")) == 1


@pytest.mark.parametrize(
    ("stop", "said"),
    [
        ("[delivered]", "08:00 opened diamond · 10:00 delivered silver"),
        ("[delivered]", "08:00 delivered silver · 09:00 gibberish"),
        ("[delivered]", "08:00 delivered diamond · 09:00 gibberish · 10:00 silver"),
        ("[accepted, held, closed, restored]", "08:00 closed silver · 08:30 held · 09:00 gibberish gold"),
        ("[accepted, held, closed, restored]", "08:30 held diamond · 09:00 gibberish · 09:30 gold"),
    ],
)
def test_nothing_begins_where_a_stop_was_understood(stop: str, said: str) -> None:
    targets = [restore(f"start: [opened], stop: {stop}", gold="4h", silver="4h")]
    assert cycles(targets, said, "11:00") == []


def test_what_ends_at_the_instant_of_its_opening_begins_a_report() -> None:
    targets = [restore("start: [opened, accepted, held], stop: [restored, closed]"), report()]
    assert one(targets, "08:00 opened · 08:00 closed", "09:00").state is State.MET
    assert one(targets, "08:00 opened · 08:00 closed", "09:00", "report").started_at == at("08:00")


def test_crossings_are_in_the_order_of_their_instants_whoever_has_the_ticket() -> None:
    policy = exchanged(HEAD, ("targets:", "stages: {tier: {gold: [50%, 3h wall left, 90%]}}\ntargets:"))
    built = policy_file.build(yaml_file.parse(f"{policy}  {restore(gold='4h')}\n", "semantics.yml"))
    rules = build_rulebook.rulebook(built, {"tickets": MAPPING})
    opened = _event(0, "08:00", "opened", "gold", circuit=False)
    for hand_overs in ((), ("09:30",), ("09:00", "11:15", "11:40")):
        events = [opened, *(_event(n, clock, circuit=False) for n, clock in enumerate(hand_overs, 1))]
        (reading,) = advance(events, (), rules, at("12:30")).readings
        assert [crossing.stage for crossing in reading.crossings] == ["wall_3h", "used_50", "at_risk", "used_90"]


# -- docs/semantics.md: what several pages left open -------------------------------------------------------------------


def test_several_events_of_one_instant() -> None:
    assert one(GOLD_AND_DIAMOND, "08:00 opened gold · 11:00 diamond · 11:00 restored", "13:00").breached_at is None
    assert one(GOLD_AND_DIAMOND, "08:00 opened gold · 11:00 diamond · 11:01 restored", "13:00").breached_at is not None
    both = [restore("start: [opened, accepted, held], stop: [restored, closed]"), report()]
    assert cycles(both, "08:00 opened · 09:00 closed · 09:00 accepted", "10:00", "report") == []
    again = one(
        both, "08:00 opened · 08:30 closed · 08:45 delivered · 09:00 accepted · 09:00 closed", "10:00", "report"
    )
    assert (again.life, again.counted) == (Life.RUNNING, H + H / 4)
    faults = [target("restore", "of: circuit, start: [unavailable], per: day", any="4 times")]
    assert one(faults, "08:00 available · 09:00 unavailable · 09:00 available", "10:00").counted == timedelta(seconds=1)


def test_an_end_of_another_target_that_takes_new_cycles() -> None:
    targets = [restore(f"{RESTORE}, reopen: new_cycle"), report()]
    reading = one(targets, "08:00 opened · 09:00 restored · 09:30 accepted", "10:00", "report")
    assert (reading.life, reading.started_at) == (Life.RUNNING, at("09:00"))


def test_a_promise_that_ends_under_strictest() -> None:
    targets = [restore(f"{RESTORE}, on_change: strictest", gold="4h", diamond="2h", silver="6h")]
    for tier in ("bronze", "silver"):
        reading = one(targets, f"08:00 opened gold · 09:00 {tier}", "10:00")
        assert (reading.life, reading.target.budget, reading.tier) == (Life.RUNNING, 4 * H, "gold")


def test_a_clock_whose_promise_ended_and_returned() -> None:
    targets = [restore("start: [opened, accepted], stop: [restored]", gold="4h")]
    by_phase = one(targets, "08:00 opened gold · 09:00 bronze · 09:30 on_site · 10:00 gold · 11:00 accepted", "12:00")
    assert (by_phase.cycle, by_phase.counted) == (1, 2 * H)
    _, by_change = cycles(targets, "08:00 opened gold · 09:00 bronze · 10:00 gold", "12:00")
    assert (by_change.cycle, by_change.counted) == (2, 2 * H)


def test_an_allowance_whose_promise_ends_and_returns() -> None:
    day = [target("restore", DAY, gold="4h", silver="9h")]
    reading = one(day, "08:00 unavailable gold · 09:00 bronze · 11:00 gold", "12:00")
    assert (reading.cycle, reading.counted) == (20260302, 2 * H)


def test_the_deadline_of_what_has_ended() -> None:
    targets = [restore(f"{RESTORE}, pause: [customer]")]
    assert one(targets, "08:00 opened · 09:00 held customer · 10:00 restored", "11:00").deadline == at("13:00")
    assert one(targets, "08:00 opened · 09:00 cancelled", "11:00").deadline is None


def test_feedback_together_with_the_end_of_the_promise() -> None:
    targets = [restore(f"{RESTORE}, recurring: true", gold="1h")]
    first, second = cycles(targets, "08:00 opened gold · 08:30 feedback bronze", "10:00")
    assert (first.state, second.state, second.counted) == (State.MET, State.CANCELLED, timedelta(0))


def test_a_reset_told_again_and_a_promise_that_begins_in_a_phase_that_nobody_lists() -> None:
    resets = [restore(f"{RESTORE}, reset: [on_site]")]
    assert len(cycles(resets, "08:00 opened · 09:00 on_site · 09:30 gibberish · 10:00 on_site", "11:00")) == 2
    later = [restore("start: [opened, accepted], stop: [restored]", gold="4h")]
    assert cycles(later, "08:00 opened bronze · 09:00 on_site · 10:00 gold", "11:00") == []
    assert cycles(later, "08:00 opened bronze · 09:00 held part · 10:00 gold", "11:00") == []


def test_a_tier_that_is_no_rung() -> None:
    outcome = look([restore(gold="4h")], "08:00 opened gold · 09:00 platin", "10:00")
    (reading,) = outcome.readings
    assert (reading.life, reading.tier) == (Life.RUNNING, "gold")
    assert [(doubt.what, doubt.value) for doubt in outcome.doubts] == [("tier", "platin")]


def test_an_opening_without_any_status() -> None:
    opened = Event("tickets", "e0", SubjectKind.TICKET, "X", at("09:00"), 0, None, None, False, at("08:00"), {})
    for start, began in (("[opened, accepted]", [at("08:00")]), ("[accepted]", [])):
        policy = HEAD + f"  {restore(f'start: {start}, stop: [restored]')}\n"
        rules = build_rulebook.rulebook(
            policy_file.build(yaml_file.parse(policy, "semantics.yml")), {"tickets": MAPPING}
        )
        assert [reading.started_at for reading in advance([opened], (), rules, at("10:00")).readings] == began


def test_a_circuit_that_is_unknown_is_shown_as_unknown() -> None:
    outcome = look([restore(OUTAGE, any="9h")], "08:00 unavailable · 09:00 unknown", "10:00")
    assert outcome.subject.circuit_state is CircuitState.UNKNOWN


def test_every_case_of_the_page_has_its_test() -> None:
    root = Path(__file__).parents[3]
    page = (root / "docs" / "semantics.md").read_text("utf-8")
    cases = re.findall(r"^### [A-K]\. .*?^Test: `(test_\w+)`", page, re.MULTILINE | re.DOTALL)
    named = [
        name for line in re.findall(r"^Test: (.*)$", page, re.MULTILINE) for name in re.findall(r"`([^`]+)`", line)
    ]
    defined = {name for path in (root / "tests").rglob("test_*.py") for name in _defined(path)}
    assert len(cases) == len(re.findall(r"^### [A-K]\. ", page, re.MULTILINE)) == 11
    assert [name for name in named if name not in defined and not (root / name).is_file()] == []


def _defined(path: Path) -> list[str]:
    return re.findall(r"^def (test_\w+)\(", path.read_text("utf-8"), re.MULTILINE)
