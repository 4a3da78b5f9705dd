from __future__ import annotations

from datetime import timedelta

import pytest

from monitor import policy_file, yamlfile
from monitor.budgets import ONE
from monitor.errors import ConfigError
from monitor.model import AgreementKind, Choose, CircuitState, Measure, Period, Phase, Reopen, SubjectKind
from monitor.policies import Policy, StartedBy, TargetRule

POLICY = """
policy: kinds
version: "1"
effective_from: 2026-01-01
name: {en: Every kind of budget}
ladders:
  tier: [{id: diamond, en: Diamond}, {id: gold, en: Gold}, {id: silver, en: Silver}]
  assurance: [{id: AAA, en: AAA}, {id: normal, en: Normal}]
calendars:
  always: {zone: UTC, hours: 24x7}
  office: {zone: UTC, hours: {mon-fri: ["08:00-17:00"]}}
pause_reasons:
  customer: {en: Waiting for the customer}
  planned_work: {en: Planned work}
inherit:
  - {when: {far_tier: diamond, scope: cross-city}, tier: diamond}
agreements:
  - {kind: OLA, party: core, supports: restore, budgets: [{budget: 1h, source: test}]}
  - kind: UC
    party: Digger
    supports: restore
    budgets:
      - {when: {tier: diamond}, budget: 2h, source: test}
      - {budget: 3h, source: test}
targets:
  restore:
    name: {en: Restoration}
    start: [opened, accepted, on_site, held]
    stop: [restored, closed]
    pause: [customer]
    begins: [detected, complained]
    budgets:
      - {when: {tier: diamond}, budget: 2h, source: test}
      - {when: {tier: gold}, budget: 4h, source: test}
  report:
    name: {en: Report}
    started_by: {target: restore, over: 3h}
    stop: [delivered]
    budgets: [{budget: 1wd, calendar: office, source: test}]
  updates:
    name: {en: Updates}
    at_least: true
    start: [opened, accepted]
    stop: [restored]
    budgets: [{budget: 3 times, source: test}]
  feedback:
    name: {en: Feedback}
    start: [opened, accepted, held]
    stop: [restored, closed]
    reset: [on_site]
    recurring: true
    choose: strictest
    budgets:
      - {budget: 30m, source: test}
      - {after: 1h, budget: 1h, source: test}
  interruption:
    name: {en: Interruption}
    of: circuit
    per: year
    start: [unavailable]
    pause: [planned_work]
    budgets: [{when: {assurance: normal}, budget: 24h, source: test}]
  availability:
    name: {en: Availability}
    of: circuit
    per: month
    start: [unavailable, degraded]
    budgets: [{budget: 0.05%, source: test}]
  repeats:
    name: {en: Repeated faults}
    of: circuit
    per: quarter
    start: [unavailable]
    budgets: [{budget: 4 times, source: test}]
  outage:
    name: {en: One outage}
    of: circuit
    start: [unavailable]
    stop: [available, degraded]
    reopen: new_cycle
    budgets: [{budget: 6h, source: test}]
  notice:
    name: {en: Notice}
    of: change
    start: [opened, accepted]
    stop: [delivered]
    cancel: [cancelled, closed]
    ahead_of: planned
    budgets: [{when: {tier: [diamond, gold]}, budget: 5wd, calendar: office, source: test}]
"""


def build(*changes: tuple[str, str]) -> Policy:
    """The policy with pieces of its text replaced; each piece must be there."""
    text = POLICY
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return policy_file.build(yamlfile.parse(text, "kinds.yml"))


def rule(name: str, *changes: tuple[str, str]) -> TargetRule:
    found = build(*changes).rule(name)
    assert found is not None
    return found


# -- what good ones build ------------------------------------------------------------------------------------------


def test_an_allowance_of_time_has_its_period_and_no_stop() -> None:
    made = rule("interruption")
    assert (made.of, made.period, made.stop) == (SubjectKind.CIRCUIT, Period.YEAR, frozenset())
    assert (made.start, made.pauses) == (frozenset({CircuitState.UNAVAILABLE}), frozenset({"planned_work"}))
    (row,) = made.rows
    assert (row.budget, row.measure, row.share, row.days) == (timedelta(hours=24), Measure.TIME, 0.0, 0)


def test_a_share_is_kept_as_a_share_until_its_period_is_known() -> None:
    (row,) = rule("availability").rows
    assert row.share == pytest.approx(0.0005)
    assert (row.budget, row.measure) == (timedelta(0), Measure.TIME)


def test_a_number_of_times_counts_in_ones() -> None:
    (most,) = rule("repeats").rows
    assert (most.budget, most.measure) == (4 * ONE, Measure.COUNT)
    (least,) = rule("updates").rows
    assert (least.budget, least.measure) == (3 * ONE, Measure.AT_LEAST)


def test_working_days_are_kept_as_days_until_a_cycle_begins() -> None:
    (row,) = rule("notice").rows
    assert (row.days, row.budget, row.calendar, row.measure) == (5, timedelta(0), "office", Measure.TIME)


def test_what_is_counted_back_knows_the_instant() -> None:
    made = rule("notice")
    assert (made.of, made.ahead_of) == (SubjectKind.CHANGE, "planned")
    assert made.cancel == frozenset({Phase.CANCELLED, Phase.CLOSED})
    assert made.reopen is Reopen.NEW_CYCLE  # what is planned anew is another promise


def test_a_target_says_to_whom_it_does_not_apply() -> None:
    made = rule(
        "restore", ("    pause: [customer]\n", "    pause: [customer]\n    unless: {process: [survey, order]}\n")
    )
    assert made.unless == {"process": frozenset({"survey", "order"})}
    assert made.row({"tier": "gold"}) is made.rows[1]
    assert made.row({"tier": "gold", "process": "order"}) is None


def test_what_another_target_begins_starts_with_its_end_and_ends_with_its_going_on() -> None:
    made = rule("report")
    assert made.started_by == StartedBy("restore", timedelta(hours=3))
    assert (made.start, made.cancel) == (frozenset({Phase.OPENED}), frozenset({Phase.CANCELLED}))
    other = rule("report", ("stop: [delivered]\n    budgets: [{budget: 1wd", "stop: [delivered]\n    cancel: [closed]\n"
                            "    budgets: [{budget: 1wd"))  # fmt: skip
    assert other.cancel == frozenset({Phase.CANCELLED, Phase.CLOSED})
    assert rule("report", (", over: 3h", "")).started_by == StartedBy("restore")


def test_rows_of_an_older_age_are_looked_at_first() -> None:
    made = rule("feedback")
    assert [row.after for row in made.rows] == [timedelta(hours=1), timedelta(0)]
    assert (made.choose, made.reset, made.recurring) == (Choose.STRICTEST, frozenset({Phase.ON_SITE}), True)


def test_what_is_not_written_is_the_usual() -> None:
    made = rule("outage")
    assert (made.cancel, made.reset, made.period) == (frozenset({Phase.CANCELLED}), frozenset(), None)
    assert (made.choose, made.begins, made.ahead_of, made.started_by) == (Choose.FIRST, (), "", None)
    assert rule("restore").begins == ("detected", "complained")
    assert rule("restore").of is SubjectKind.TICKET


def test_an_agreement_has_its_party_and_rows_of_lengths() -> None:
    ola, uc = build().agreements
    assert (ola.kind, ola.party, ola.supports) == (AgreementKind.OLA, "core", "restore")
    assert [row.budget for row in ola.rows] == [timedelta(hours=1)]
    assert (uc.kind, uc.party) == (AgreementKind.UC, "Digger")
    assert [row.when for row in uc.rows] == [{"tier": frozenset({"diamond"})}, {}]


def test_an_inheritance_says_whom_it_is_for() -> None:
    (made,) = build().inherit
    assert made.when == {"far_tier": frozenset({"diamond"}), "scope": frozenset({"cross-city"})}
    assert made.tier == "diamond"


def test_cancelled_may_be_listed_among_the_ends_and_cancels_all_the_same() -> None:
    made = rule("restore", ("stop: [restored, closed]", "stop: [restored, closed, cancelled]"))
    assert Phase.CANCELLED in made.cancel


def test_cancelled_may_end_a_clock_where_cancel_says_that_nothing_cancels_it() -> None:
    made = rule("restore", ("stop: [restored, closed]", "stop: [restored, closed, cancelled]\n    cancel: []"))
    assert (made.cancel, Phase.CANCELLED in made.stop) == (frozenset(), True)


# -- agreements that are no weaker ---------------------------------------------------------------------------------

UC = "      - {when: {tier: diamond}, budget: 2h, source: test}\n      - {budget: 3h, source: test}\n"


def with_uc(*rows: str) -> tuple[str, str]:
    return UC, "".join(f"      - {{{row}, source: test}}\n" for row in rows)


@pytest.mark.parametrize(
    "rows",
    [
        ["budget: 2h"],
        ["when: {tier: diamond}, budget: 2h"],
        ["when: {tier: gold}, budget: 4h"],
        ["when: {tier: silver}, budget: 9h"],  # nothing is promised to silver
        ["when: {tier: [gold, silver]}, budget: 4h"],
        ["when: {tier: diamond}, budget: 1h", "budget: 4h"],  # the first row is diamond's
        ["when: {tier: [diamond, gold]}, budget: 1h", "when: {tier: diamond, scope: far}, budget: 9h"],
        ["when: {scope: city, tier: gold}, budget: 3h"],
    ],
    ids=lambda rows: " / ".join(rows),
)
def test_an_agreement_is_held_against_those_promises_only_that_it_can_meet(rows: list[str]) -> None:
    assert len(build(with_uc(*rows)).agreements[1].rows) == len(rows)


@pytest.mark.parametrize(
    ("rows", "index", "allows", "promise", "whom"),
    [
        (["budget: 3h"], 0, "3h", "2h", "tier diamond"),
        (["when: {tier: [diamond, gold]}, budget: 3h"], 0, "3h", "2h", "tier diamond"),
        (["when: {tier: gold}, budget: 5h"], 0, "5h", "4h", "tier gold"),
        (["when: {scope: city}, budget: 3h"], 0, "3h", "2h", "tier diamond"),
        (["when: {tier: gold}, budget: 1h", "budget: 3h"], 1, "3h", "2h", "tier diamond"),
        (["when: {tier: diamond, scope: city}, budget: 1h", "budget: 3h"], 1, "3h", "2h", "tier diamond"),
    ],
    ids=lambda value: " / ".join(value) if isinstance(value, list) else "",
)
def test_an_agreement_that_is_weaker_than_the_sla_is_refused(
    rows: list[str], index: int, allows: str, promise: str, whom: str
) -> None:
    with pytest.raises(ConfigError) as error:
        build(with_uc(*rows))
    assert str(error.value) == (
        f"kinds.yml:{23 + index} agreements.1.budgets.{index}.budget: UC with Digger allows {allows}, but the SLA above"
        f" it promises restore within {promise} ({whom}); write {promise} or less, or say in when whom it is for"
    )


CITY = (
    "      - {when: {tier: diamond}, budget: 2h, source: test}\n      - {when: {tier: gold}",
    "      - {when: {scope: city}, budget: 8h, source: test}\n      - {when: {tier: gold}",
)
WHERE_PROMISED = ("budgets: [{budget: 1h, source: test}]", "budgets: [{when: {scope: city}, budget: 6h, source: test}]")


def test_of_rows_of_the_sla_that_overlap_the_one_that_holds_is_looked_at() -> None:
    rows = POLICY.index(CITY[0], POLICY.index("targets:"))
    text = (POLICY[:rows] + POLICY[rows:].replace(*CITY, 1)).replace(*WHERE_PROMISED, 1)
    made = policy_file.build(yamlfile.parse(text, "kinds.yml"))
    assert made.agreements[0].rows[0].budget == timedelta(hours=6)
    strictest = text.replace("    pause: [customer]\n", "    pause: [customer]\n    choose: strictest\n", 1)
    with pytest.raises(ConfigError, match=r"OLA with core allows 6h, .* promises restore within 4h \(tier gold\)"):
        policy_file.build(yamlfile.parse(strictest, "kinds.yml"))


# -- what is refused -----------------------------------------------------------------------------------------------

PHASES = "opened, accepted, on_site, held, restored, closed, cancelled, delivered"
STATES = "available, degraded, unavailable"
REPORT = "started_by: {target: restore, over: 3h}\n"

BAD: list[tuple[str, str, str, str]] = [
    # what it replaces, by what, a piece of the line that is named, the sentence behind file:line
    # conditions
    ("stop: [restored, closed]\n    pause", "stop: [restored, accepted]\n    pause", "stop: [restored, accepted]",
     "targets.restore.stop: 'accepted' both runs and stops the clock; remove it from one list"),
    ("    ahead_of: planned", "    reset: [closed]\n    ahead_of: planned", "reset: [closed]",
     "targets.notice.reset: 'closed' both cancels the clock and starts it anew; remove it from one list"),
    ("cancel: [cancelled, closed]", "cancel: [cancelled, accepted]", "cancel: [cancelled, accepted]",
     "targets.notice.cancel: 'accepted' both runs and cancels the clock; remove it from one list"),
    ("cancel: [cancelled, closed]", "cancel: [cancelled, delivered]", "cancel: [cancelled, delivered]",
     "targets.notice.cancel: 'delivered' both stops and cancels the clock; remove it from one list"),
    ("reset: [on_site]", "reset: [closed]", "reset: [closed]",
     "targets.feedback.reset: 'closed' both stops the clock and starts it anew; remove it from one list"),
    ("start: [opened, accepted]\n    stop: [restored]", "start: [opened, cancelled]\n    stop: [restored]",
     "start: [opened, cancelled]",
     "targets.updates.start: 'cancelled' cancels a clock unless cancel says otherwise; remove it here, or write"
     " cancel"),
    ("reset: [on_site]", "reset: [cancelled]", "reset: [cancelled]",
     "targets.feedback.reset: 'cancelled' cancels a clock unless cancel says otherwise; remove it here, or write"
     " cancel"),
    ("start: [opened, accepted, on_site, held]\n    stop: [restored, closed]",
     "start: [opened, accepted]\n    stop: [restored, held]", "stop: [restored, held]",
     "targets.restore.stop: 'held' would act before any pause reason (customer) is looked at; remove it here, or"
     " remove pause"),
    ("    pause: [customer]\n", "    pause: [customer]\n    reset: [held]\n", "reset: [held]",
     "targets.restore.reset: 'held' would act before any pause reason (customer) is looked at; remove it here, or"
     " remove pause"),
    ("start: [opened, accepted, on_site, held]\n", "start: [opened]\n    cancel: [held]\n", "cancel: [held]",
     "targets.restore.cancel: 'held' would act before any pause reason (customer) is looked at; remove it here, or"
     " remove pause"),
    ("reset: [on_site]", "reset: [unavailable]", "reset: [unavailable]",
     f"targets.feedback.reset: 'unavailable' is said of no ticket; write one of {PHASES}"),
    ("start: [unavailable, degraded]", "start: [held]", "start: [held]",
     f"targets.availability.start: 'held' is said of no circuit; write one of {STATES}"),
    ("stop: [available, degraded]", "stop: [available, closed]", "stop: [available, closed]",
     f"targets.outage.stop: 'closed' is said of no circuit; write one of {STATES}"),
    ("stop: [available, degraded]", "stop: [available]\n    cancel: [closed]", "cancel: [closed]",
     f"targets.outage.cancel: 'closed' is said of no circuit; write one of {STATES}"),
    ("cancel: [cancelled, closed]", "cancel: [available]", "cancel: [available]",
     f"targets.notice.cancel: 'available' is said of no change; write one of {PHASES}"),
    ("reset: [on_site]", "reset: [unknown]", "reset: [unknown]",
     "targets.feedback.reset.0: 'unknown' is no condition to build on: an unknown status always runs"),
    ("reset: [on_site]", "reset: [onsite]", "reset: [onsite]",
     f"targets.feedback.reset.0: 'onsite' is not a condition; write one of {PHASES}, {STATES}"),
    ("    start: [opened, accepted]\n    stop: [restored]", "    stop: [restored]", "updates:",
     f"targets.updates.start: lists no condition; write at least one of {PHASES}"),
    ("stop: [available, degraded]", "stop: []", "stop: []",
     f"targets.outage.stop: lists no condition; write at least one of {STATES}"),
    # what a target is, and the keys it may have
    ("of: circuit\n    per: year", "of: ticket\n    per: year", "start: [unavailable]",
     f"targets.interruption.start: 'unavailable' is said of no ticket; write one of {PHASES}"),
    ("    reset: [on_site]\n", "    per: day\n", "per: day",
     "targets.feedback.per: is for allowances of circuits; write of: circuit, or remove per"),
    ("    per: month\n", "    per: month\n    stop: [available]\n", "stop: [available]",
     "targets.availability.stop: an allowance ends with its period; remove stop"),
    ("    per: month\n", "    per: month\n    recurring: true\n", "per: month\n    recurring: true",
     "targets.availability.recurring: an allowance begins anew with its period; remove recurring"),
    ("    per: month\n", "    per: month\n    reset: [available]\n", "reset: [available]",
     "targets.availability.reset: an allowance begins anew with its period; remove reset"),
    ("    per: month\n    start: [unavailable, degraded]", "    per: month\n    started_by: {target: outage}",
     "started_by: {target: outage}",
     "targets.availability.started_by: an allowance begins with its period; remove started_by"),
    ("    per: month\n", "    per: month\n    ahead_of: planned\n", "per: month\n    ahead_of: planned",
     "targets.availability.ahead_of: an allowance is not counted back; remove ahead_of, or per"),
    ("    per: month\n", "    per: month\n    at_least: true\n", "per: month\n    at_least: true",
     "targets.availability.at_least: is judged at the stop; remove it, or per"),
    ("    per: month\n", "    per: decade\n", "decade",
     "targets.availability.per: 'decade': input should be 'day', 'week', 'month', 'quarter' or 'year'"),
    (REPORT, REPORT + "    start: [closed]\n", "start: [closed]",
     "targets.report.start: the end of the other target starts this one; remove start"),
    (REPORT, REPORT + "    begins: [detected]\n", "begins: [detected]\n",
     "targets.report.begins: the end of the other target starts this one; remove begins"),
    (REPORT, REPORT + "    reset: [on_site]\n", "over: 3h}\n    reset: [on_site]",
     "targets.report.reset: the end of the other target starts this one; remove reset"),
    ("    ahead_of: planned\n", "    ahead_of: planned\n    recurring: true\n", "planned\n    recurring: true",
     "targets.notice.recurring: what is counted back comes once; remove recurring"),
    ("ahead_of: planned", "ahead_of: start", "ahead_of: start",
     "targets.notice.ahead_of: 'start' is not an instant of a subject; write one of detected, complained, planned"),
    ("begins: [detected, complained]", "begins: [alarm]", "begins: [alarm]",
     "targets.restore.begins: 'alarm' is not an instant of a subject; write one of detected, complained, planned"),
    ("start: [opened, accepted, on_site, held]", "start: [accepted, held]", "begins: [detected",
     "targets.restore.begins: moves the opening; add opened to start"),
    ("    reopen: new_cycle\n", "    begins: [detected]\n", "begins: [detected]\n",
     "targets.outage.begins: a circuit has no opening that could be moved; remove begins"),
    ("    at_least: true\n", "    at_least: true\n    recurring: true\n", "at_least: true",
     "targets.updates.at_least: counts the feedbacks that recurring begins anew with; remove one of the two"),
    ("choose: strictest", "choose: best", "choose: best",
     "targets.feedback.choose: 'best': input should be 'first' or 'strictest'"),
    ("of: change", "of: changes", "of: changes",
     "targets.notice.of: 'changes': input should be 'ticket', 'circuit' or 'change'"),
    # figures
    ("budget: 30m", "budget: 0m", "0m",
     "targets.feedback.budgets.0.budget: '0m' is no time at all; write a length above zero"),
    ("budget: 1wd", "budget: 0wd", "0wd",
     "targets.report.budgets.0.budget: '0wd' is a budget of nothing; write one above zero"),
    ("budget: 4 times", "budget: 0 times", "0 times",
     "targets.repeats.budgets.0.budget: '0 times' is a budget of nothing; write one above zero"),
    ("budget: 0.05%", "budget: 0%", "0%",
     "targets.availability.budgets.0.budget: '0%' is a budget of nothing; write one above zero"),
    ("budget: 0.05%", "budget: 100%", "100%",
     "targets.availability.budgets.0.budget: '100%' is the whole period or more; write the share that may be lost, such"
     " as 0.05%"),
    ("budget: 1wd", "budget: 1 day", "1 day",
     "targets.report.budgets.0.budget: '1 day' is not a budget; write 4h or 1d12h, 5wd (working days), 0.05% or 4"
     " times"),
    ("budget: 4 times", "budget: 4", "budget: 4,",
     "targets.repeats.budgets.0.budget: 4 is not a budget; write 4h or 1d12h, 5wd (working days), 0.05% or 4 times"),
    ("budget: 30m", "budget: 99999999999d", "9999",
     "targets.feedback.budgets.0.budget: '99999999999d' is not a length that anything lasts; write 4h, 90m, 45s or"
     " 1d12h"),
    ("budget: 1wd", "budget: 0.05%", "0.05%, calendar",
     "targets.report.budgets.0.budget: is a share of a period; write per: month on the target"),
    ("budget: 4 times", "budget: 3wd", "3wd",
     "targets.repeats.budgets.0.budget: working days are no allowance; write a length, a share or a number of times"),
    ("budget: 1wd", "budget: 1 time", "1 time,",
     "targets.report.budgets.0.budget: is a number of times; write per: year on the target, or at_least: true"),
    ("budget: 3 times", "budget: 3h", "budget: 3h, source: test}]",
     "targets.updates.budgets.0.budget: is no number of times, which at_least needs; write 3 times"),
    ("    ahead_of: planned\n    budgets: [{when: {tier: [diamond, gold]}, budget: 5wd",
     "    ahead_of: planned\n    at_least: true\n    budgets: [{budget: 5 times", "5 times",
     "targets.notice.budgets.0.budget: a number of times cannot be counted back; write 5wd or a length"),
    ("{after: 1h, budget: 1h", "{after: 1 hour, budget: 1h", "1 hour",
     "targets.feedback.budgets.1.after: '1 hour' is not a length; write 4h, 90m, 45s or 1d12h"),
    ("{budget: 6h", "{after: 1h, budget: 6h", "after: 1h, budget: 6h",
     "targets.outage.budgets.0.after: is an age, which tickets and changes have and circuits have not; remove it"),
    ("{after: 1h, budget: 1h", "{after: 1h, budget: 1wd", "choose:",
     "targets.feedback.choose: cannot compare budgets of several kinds; write all of them in one kind"),
    ("calendar: office, source: test}]\n  updates", "calendar: ofice, source: test}]\n  updates", "ofice",
     "targets.report.budgets.0.calendar: 'ofice' is not one of the calendars (always, office); add it there"),
    ("    of: circuit\n    per: quarter\n", "    of: circuit\n    calendar: night\n    per: quarter\n", "4 times",
     "targets.repeats.budgets.0.calendar: 'night' is not one of the calendars (always, office); add it there"),
    ("when: {assurance: normal}", "when: {assurance: AAAA}", "AAAA",
     "targets.interruption.budgets.0.when.assurance: 'AAAA' is not a rung of the ladder (AAA, normal)"),
    ("when: {assurance: normal}", "when: {assurance: []}", "assurance: []",
     "targets.interruption.budgets.0.when.assurance: lists no value, so it would fit nobody; write one, or remove it"),
    ("    ahead_of: planned\n", "    ahead_of: planned\n    unless: {tier: platinum}\n", "unless: {tier: platinum}",
     "targets.notice.unless.tier: 'platinum' is not a rung of the ladder (diamond, gold, silver)"),
    ("    ahead_of: planned\n", "    ahead_of: planned\n    unless: {customer: ACME}\n", "unless: {customer: ACME}",
     "targets.notice.unless.customer: cannot choose a budget; use one of tier, assurance, urgency, scope, process,"
     " customer_tier, far_tier"),
    ("    ahead_of: planned\n", "    ahead_of: planned\n    unless: {scope: []}\n", "unless: {scope: []}",
     "targets.notice.unless.scope: lists no value, so it would fit nobody; write one, or remove it"),
    ("when: {assurance: normal}", "when: {far_tier: normal}", "far_tier: normal",
     "targets.interruption.budgets.0.when.far_tier: 'normal' is not a rung of the ladder (diamond, gold, silver)"),
    ("when: {assurance: normal}", "when: {supplier: Digger}", "supplier: Digger",
     "targets.interruption.budgets.0.when.supplier: cannot choose a budget; use one of tier, assurance, urgency, scope,"
     " process, customer_tier, far_tier"),
    ("  assurance: [{id: AAA, en: AAA}, {id: normal, en: Normal}]\n", "", "assurance: normal",
     "targets.interruption.budgets.0.when.assurance: 'normal' is a rung of no ladder here; write ladders.assurance"),
    # one begun by another
    ("target: restore", "target: restored", "target: restored",
     "targets.report.started_by.target: 'restored' is not one of the targets (restore, report, updates, feedback,"
     " interruption, availability, repeats, outage, notice)"),
    ("target: restore", "target: report", "target: report",
     "targets.report.started_by.target: is a circle, report by report, in which nothing begins; take one started_by"
     " out"),
    ("target: restore", "target: outage", "target: outage",
     "targets.report.started_by.target: 'outage' is of a circuit, this target of a ticket; name one of both"),
    ("    start: [unavailable]\n    stop: [available, degraded]", "    started_by: {target: repeats}\n"
     "    stop: [degraded]", "target: repeats",
     "targets.outage.started_by.target: 'repeats' is an allowance, which no event ends; name a target with stop"),
    ("over: 3h", "over: 3", "over: 3",
     "targets.report.started_by.over: 3 is not a length; write 4h, 90m, 45s or 1d12h"),
    ("over: 3h", "longer: 3h", "longer",
     "targets.report.started_by.longer: is not a key here; remove it or correct its spelling"),
    # agreements
    ("kind: OLA", "kind: SLA", "kind: SLA", "agreements.0.kind: 'SLA': input should be 'OLA' or 'UC'"),
    ("party: core, ", "", "kind: OLA", "agreements.0.party: is missing; write it"),
    ("party: core, supports: restore", "party: core, supports: restored", "supports: restored",
     "agreements.0.supports: 'restored' is not one of the targets (restore, report, updates, feedback, interruption,"
     " availability, repeats, outage, notice)"),
    *[
        ("party: core, supports: restore", f"party: core, supports: {name}", f"supports: {name}",
         f"agreements.0.supports: '{name}' has no budget of time that could be shared out")
        for name in ("interruption", "availability", "repeats", "updates", "report", "notice")
    ],
    ("budgets: [{budget: 1h, source: test}]", "budgets: [{budget: 1wd, source: test}]", "1wd, source: test}]}",
     "agreements.0.budgets.0.budget: is no length; write 2h or 90m"),
    ("budgets: [{budget: 1h, source: test}]", "budgets: [{budget: 0.1%, source: test}]", "0.1%",
     "agreements.0.budgets.0.budget: is no length; write 2h or 90m"),
    ("budgets: [{budget: 1h, source: test}]", "budgets: [{budget: 2 times, source: test}]", "2 times",
     "agreements.0.budgets.0.budget: is no length; write 2h or 90m"),
    ("budgets: [{budget: 1h, source: test}]", "budgets: [{budget: 1h, calendar: office, source: test}]",
     "calendar: office, source: test}]}",
     "agreements.0.budgets.0.calendar: an agreement counts in the calendar of 'restore'; remove it"),
    ("budgets: [{budget: 1h, source: test}]", "budgets: [{budget: 1h, after: 1h, source: test}]", "after: 1h, source",
     "agreements.0.budgets.0.after: an agreement is the same at any age; remove it"),
    ("budgets: [{budget: 1h, source: test}]", "budgets: [{when: {tier: lead}, budget: 1h, source: test}]", "lead",
     "agreements.0.budgets.0.when.tier: 'lead' is not a rung of the ladder (diamond, gold, silver)"),
    # inheritance
    ("scope: cross-city}, tier: diamond}", "scope: cross-city}, tier: platinum}", "platinum",
     "inherit.0.tier: 'platinum' is not a rung of the ladder (diamond, gold, silver)"),
    ("{when: {far_tier: diamond, scope: cross-city}, tier", "{when: {}, tier", "when: {}",
     "inherit.0.when: is empty, so everybody would be of this tier; say whom it is for"),
    ("{when: {far_tier: diamond, scope: cross-city}, tier", "{when: {customer: ACME}, tier", "ACME",
     "inherit.0.when.customer: cannot choose a budget; use one of tier, assurance, urgency, scope, process,"
     " customer_tier, far_tier"),
    ("{when: {far_tier: diamond, scope: cross-city}, tier: diamond}", "{when: {scope: city}}", "when: {scope: city}}",
     "inherit.0.tier: is missing; write it"),
]  # fmt: skip

GOOD: list[tuple[str, str]] = [
    ("budget: 0.05%", "budget: 99.95%"),
    ("budget: 4 times", "budget: 1time"),
    ("reset: [on_site]", "reset: [accepted]"),  # at work again, and anew
    ("    at_least: true\n    start: [opened, accepted]\n    stop: [restored]\n    budgets: [{budget: 3 times",
     "    started_by: {target: report}\n    stop: [restored]\n    budgets: [{budget: 3h"),
    ("agreements:\n", "agreements:\n  - {kind: OLA, party: noc, supports: outage, budgets: []}\n"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "piece", "sentence"), BAD, ids=[bad[3][:70] for bad in BAD])
def test_a_bad_target_is_one_sentence_with_file_line_and_key(old: str, new: str, piece: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        build((old, new))
    changed = POLICY.replace(old, new, 1)
    assert piece in changed
    line = changed[: changed.index(piece) + len(piece.rstrip("\n"))].count("\n") + 1  # where the piece ends
    assert str(error.value) == f"kinds.yml:{line} {sentence}"


@pytest.mark.parametrize(("old", "new"), GOOD, ids=[new[:50] for _, new in GOOD])
def test_what_only_looks_like_it_is_no_mistake(old: str, new: str) -> None:
    assert build((old, new)).targets


def test_a_circle_through_several_targets_is_named_in_full() -> None:
    with pytest.raises(ConfigError) as error:
        build(
            ("    begins: [detected, complained]\n", "    started_by: {target: report}\n"),
            ("    start: [opened, accepted, on_site, held]\n", ""),
        )
    assert str(error.value).endswith(
        "targets.report.started_by.target: is a circle, restore by report by restore, in which nothing begins; take one"
        " started_by out"
    )


def test_every_sentence_of_a_target_or_an_agreement_says_what_to_write_instead() -> None:
    asking = ("write", "remove", "add", "use", "name", "say", "take", "is missing", "is not one of", "is not a rung",
              "should be", "always runs", "shared out")  # fmt: skip
    assert [bad[3] for bad in BAD if not any(word in bad[3].split(": ", 1)[1] for word in asking)] == []
