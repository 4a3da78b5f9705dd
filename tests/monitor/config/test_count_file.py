"""A target that counts becomes a rule; every mistake in one is a sentence with its place."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from monitor.config import policy_file, yaml_file
from monitor.errors import ConfigError
from monitor.history.mapping import ATTRIBUTES, INSTANTS
from monitor.model import CircuitState, DayEnd, Measure, OwnInstant, Period, Phase, SubjectKind
from monitor.policy.counting import USUAL_STAGES, form_of, group_key, needed, target_of
from monitor.policy.policy import Policy, TargetRule
from monitor.policy.target import ONE
from monitor.worktime import DueDate
from tests.support.counting import COMPLAINTS, CONGRESS, DAILY, FAULTS, PATROLS, RATIO, REPORTS, RESTORE, policy_text
from tests.support.texts import exchanged

WHOLE = policy_text(RESTORE, COMPLAINTS, PATROLS, REPORTS, RATIO, FAULTS, DAILY) + CONGRESS
KNOWN = ", ".join(ATTRIBUTES)
PHASES = "opened, accepted, on_site, held, restored, closed, cancelled, delivered"
OWN = ", ".join(INSTANTS)
OF_COMPLAINTS = "    by: customer\n    when: {process: complaint}\n    per: month\n"
OF_PATROLS = "    when: {process: patrol}\n    per: month\n"
GOOD = "    good: {target: restore}\n"

BAD: list[tuple[str, str, str]] = [
    # what it replaces, by what, the sentence behind file:line
    (OF_COMPLAINTS, OF_COMPLAINTS + "    start: [opened]\n",
     "targets.complaints.start: what is counted is judged by periods; remove start"),
    (OF_COMPLAINTS, OF_COMPLAINTS + "    at_least: true\n",
     "targets.complaints.at_least: is for feedbacks of one ticket; write at_least: 2 times in the place of budget"),
    ("    counts: [opened]\n", "", f"targets.complaints.counts: is missing; write one of {PHASES}"),
    ("    per: month\n    stages: [75%, 100%]\n    budgets: [{budget: 4 times",
     "    budgets: [{budget: 4 times", "targets.complaints.per: is missing; write per: month, or duties"),
    ("    duties: {each", "    per: month\n    duties: {each",
     "targets.statement.per: is said by duties.each; remove one of the two"),
    ("    by: customer\n    when", "    by: client\n    when",
     f"targets.complaints.by: 'client' is not an attribute; use one of {KNOWN}"),
    (OF_PATROLS, OF_PATROLS + "    groups: [North]\n",
     "targets.patrols.groups: are values of by; write by: customer, or remove groups"),
    ("groups: [Acme]", "groups: [Acme, ACME]",
     "targets.statement.groups.1: 'ACME' is the same word as 'Acme' in line 43, for case, width and space do not count;"
     " keep one of them"),
    ("groups: [Acme]", "groups: [' ']", "targets.statement.groups.0: is empty; write a value of by"),
    (OF_COMPLAINTS, OF_COMPLAINTS + "    pause: [planned_work]\n",
     "targets.complaints.pause: excuses circuits; say with unless which tickets do not count"),
    ("    pause: [planned_work]\n", "    cancel: []\n",
     "targets.faults.cancel: a circuit is never cancelled; remove it"),
    ("    pause: [planned_work]\n", "    pause: [storm]\n",
     "targets.faults.pause.0: 'storm' is not in pause_reasons (planned_work); add it there"),
    (OF_COMPLAINTS, OF_COMPLAINTS + "    last_day: end_of_day\n",
     "targets.complaints.last_day: is for duties; remove it"),
    ("by: last working day}", 'by: last working day, at: "17:00"}',
     "targets.statement.last_day: and duties.at both say when the date ends; remove one of the two"),
    ("counts: [opened]", "counts: [unavailable]",
     f"targets.complaints.counts: 'unavailable' is said of no ticket; write one of {PHASES}"),
    ("counts: [unavailable]", "counts: [closed]",
     "targets.faults.counts: 'closed' is said of no circuit; write one of available, degraded, unavailable"),
    ("counts: [opened]", "counts: [opened, cancelled]",
     "targets.complaints.counts: 'cancelled' is what does not count after all; remove it, or write cancel: []"),
    (GOOD, "    good: {target: restore, entered: [closed]}\n",
     "targets.in_time.good: is either a target that is kept, or what is entered; write one of the two"),
    (GOOD, "    good: {}\n",
     "targets.in_time.counts: is missing; write one of " + PHASES),
    (GOOD, "    counts: [closed]\n    good: {target: restore}\n",
     "targets.in_time.counts: the clocks of good.target are counted; remove counts"),
    (GOOD, "    good: {target: restored}\n",
     "targets.in_time.good.target: 'restored' is not one of the targets (restore, complaints, patrols, statement,"
     " in_time, faults, daily); did you mean 'restore'?"),
    (GOOD, "    good: {target: patrols}\n",
     "targets.in_time.good.target: 'patrols' is judged by periods itself; name a target with stop"),
    ("counts: [opened]", "counts: [opned]",
     f"targets.complaints.counts.0: 'opned' is not a condition; write one of {PHASES}, {OWN}; did you mean 'opened'?"),
    ("counts: [unavailable]", "counts: [detected]",
     "targets.faults.counts.0: 'detected' is an instant, of which a circuit would have one for all its outages; write"
     " the target of: ticket, or remove it"),
    (GOOD, "    of: change\n    good: {target: restore}\n",
     "targets.in_time.good.target: 'restore' is of a ticket, this target of a change; name one of both"),
    (GOOD, "    counts: [closed]\n    good: {entered: [unavailable]}\n",
     f"targets.in_time.good.entered: 'unavailable' is said of no ticket; write one of {PHASES}"),
    (GOOD, "    counts: [closed]\n", "targets.in_time.good: is missing; say what makes a counted one good"),
    ("{goal: 90%", "{budget: 9 times",
     "targets.in_time.good: is for budgets with a goal; write goal: 90% in budgets, or remove good"),
    ("{goal: 90%", "{goal: 0%", "targets.in_time.budgets.0.goal: '0%' is not a share; write 90%"),
    ("{goal: 90%", "{goal: most", "targets.in_time.budgets.0.goal: 'most' is not a share; write 90%"),
    ("{budget: 4 times, source", "{source",
     "targets.complaints.budgets.0.budget: is missing; write budget: 4 times, at_least: 2 times or goal: 90%"),
    ("{budget: 4 times", "{budget: 4 times, at_least: 1 times",
     "targets.complaints.budgets.0.at_least: is another promise than budget; write one of them a row"),
    ("{budget: 4 times", "{budget: 4h",
     "targets.complaints.budgets.0.budget: is no number of times, which counting needs; write 4 times"),
    ("{at_least: 2 times", "{at_least: 0 times",
     "targets.patrols.budgets.0.at_least: 0 times are always reached; write 1 times or more"),
    ("{budget: 4 times", "{opened_in: office, budget: 4 times",
     "targets.complaints.budgets.0.opened_in: asks for the opening of one subject; remove it"),
    ("{budget: 4 times", "{opened_outside: office, budget: 4 times",
     "targets.complaints.budgets.0.opened_outside: asks for the opening of one subject; remove it"),
    ("{budget: 4 times", "{budget: until agreed",
     "targets.complaints.budgets.0.budget: is no number of times, which counting needs; write 4 times"),
    (OF_COMPLAINTS, OF_COMPLAINTS + "    pace: on\n",
     "targets.complaints.pace: is of the allowance of one subject; remove pace"),
    ("targets:", "pace: on\ntargets:",
     "pace: is of allowances, and no target here has per; remove it, or write per: year"),
    ("{budget: 4 times", "{after: 1h, budget: 4 times",
     "targets.complaints.budgets.0.after: is an age, which tickets and changes have; remove it"),
    ("{budget: 4 times", "{when: {site: North}, budget: 4 times",
     "targets.complaints.budgets.0.when.site: cannot choose: it is counted by customer, which alone chooses a row;"
     " write when on the target"),
    ("{at_least: 2 times", "{when: {site: North}, at_least: 2 times",
     "targets.patrols.budgets.0.when.site: cannot choose: it is counted all together, so nothing chooses a row;"
     " write when on the target"),
    ("when: {process: complaint}", "when: {procces: complaint}",
     f"targets.complaints.when.procces: is not an attribute; use one of {KNOWN}; did you mean 'process'?"),
    ("when: {process: complaint}", "when: {process: []}",
     "targets.complaints.when.process: lists no value, so it would fit nobody; write one, or remove it"),
    ("when: {process: complaint}", "when: {tier: bronze}",
     "targets.complaints.when.tier: 'bronze' is not a rung of the ladder (gold, silver)"),
    ("    tier: gold\n", "    tier: bronze\n",
     "targets.faults.tier: 'bronze' is not a rung of the ladder (gold, silver)"),
    (OF_PATROLS, OF_PATROLS + "    choose: strictest\n",
     "targets.patrols.choose: of what must be reached the first row holds; remove it"),
    ("{at_least: 1 times", "{budget: 1 times",
     "targets.statement.duties: are for what must happen; write at_least: 1 times in budgets, or per"),
    ("{each: month, by: last working day}", "{each: day, by: last day}",
     "targets.statement.duties.by: a day has one date; remove by, and write at: 17:00"),
    ("by: last working day", "by: fri", "targets.statement.duties.by: is a day of a week; write each: week"),
    ("{each: month, by: last working day}", "{each: year, by: 15}",
     "targets.statement.duties.by: is a date of a month; write each: month, or last working day"),
    ("{each: month, by: last working day}", "{each: week, by: 8th working day}",
     "targets.statement.duties.by: is beyond any week; write a smaller number"),
    ("by: last working day", "by: 32nd working day",
     "targets.statement.duties.by: is beyond any month; write a smaller number"),
    ("by: last working day", "by: 0th working day",
     "targets.statement.duties.by: '0th working day' is not a date of a period; write last working day, 5th working"
     " day, 15, last day or fri"),
    ("by: last working day", "by: soon",
     "targets.statement.duties.by: 'soon' is not a date of a period; write last working day, 5th working day, 15, last"
     " day or fri"),
    ("by: last working day}", "at: 5pm}",
     "targets.statement.duties.at: '5pm' is not a time of day; write 17:00 in quotes"),
    ("by: last working day}", "at: '9:00'}",
     "targets.statement.duties.at: '9:00' is not a time of day; write 09:00 in quotes"),
    ("during: congress", "during: [congress, congres]",
     "targets.daily.duties.during: 'congres' is not one of the guarded_periods (congress); did you mean 'congress'?"),
    ("customer: [Acme, Globex], ", "",
     "targets.daily.duties.during: 'congress' is for no customer, by which is counted; name one in its for, or remove"
     " by"),
    ("    by: customer\n    duties: {each: day", "    by: customer\n    groups: [Acme]\n    duties: {each: day",
     "targets.daily.groups: are those whom the guarded period is for; remove groups, and name some of them in when of a"
     " row"),
    ("    budgets: [{budget: 4h, source: test}]", "    tier: gold\n    budgets: [{budget: 4h, source: test}]",
     "targets.restore.tier: is for what is counted of several; write counts, or remove tier"),
    ("    budgets: [{budget: 4h, source: test}]", "    budgets: [{budget: 4h, at_least: 1 times, source: test}]",
     "targets.restore.budgets.0.at_least: is for what is counted of several; write budget, or counts"),
    ("    budgets: [{budget: 4h, source: test}]", "    budgets: [{source: test}]",
     "targets.restore.budgets.0.budget: is missing; write it"),
    ("{at_least: 2 times,", "{at_least: 2 times, after_start: 1h,",
     "targets.patrols.budgets.0.after_start: is an age, which tickets and changes have; remove it"),
    ("    stop: [restored, closed]\n", "    stop: [restored, closed]\n    when: {tier: gold}\n",
     "targets.restore.when: is for what is counted of several; ask for it in the rows of budgets (when), or write"
     " counts"),
    ("    stop: [restored, closed]\n", "    stop: [restored, closed]\n    by: customer\n",
     "targets.restore.by: is for what is counted of several; remove it, or write counts"),
    ("    budgets: [{budget: 4h,", "    budgets: [{at_least: 4 times,",
     "targets.restore.budgets.0.at_least: is for what is counted of several; write budget, or counts"),
    ("when: {process: complaint}", "when: {process: }",
     "targets.complaints.when.process: is empty; write a word, or a list of them"),
    ("when: {process: complaint}", "when: {process: [1.5]}",
     "targets.complaints.when.process: 1.5 is no word; write a word in quotes, or a list of them"),
    ("when: {process: complaint}", "when: {process: true}",
     "targets.complaints.when.process: true is no word; write a word in quotes, or a list of them"),
    ("    of: circuit\n", "    of: group\n",
     "targets.faults.of: 'group' is not known here; write 'ticket', 'circuit' or 'change'"),
]  # fmt: skip


def build(*changes: tuple[str, str]) -> Policy:
    return policy_file.build(yaml_file.parse(exchanged(WHOLE, *changes, count=1), "counts.yml"))


def rule(name: str, *changes: tuple[str, str]) -> TargetRule:
    found = build(*changes).rule(name)
    assert found is not None
    return found


@pytest.mark.parametrize(("old", "new", "sentence"), BAD, ids=[bad[2][:60] for bad in BAD])
def test_a_mistake_is_one_sentence_with_file_line_and_key(old: str, new: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        build((old, new))
    place, _, said = str(error.value).partition(" ")
    assert said == sentence
    assert place.startswith("counts.yml:")


def test_what_is_counted_of_whom() -> None:
    complaints = rule("complaints")
    counting = complaints.counting
    assert counting is not None
    assert (complaints.of, counting.of) == (SubjectKind.GROUP, SubjectKind.TICKET)
    assert (counting.by, counting.counts, counting.cancel) == (
        "customer", frozenset({Phase.OPENED}), frozenset({Phase.CANCELLED})
    )  # fmt: skip
    assert counting.when == {"process": frozenset({"complaint"})}
    (row,) = complaints.rows
    assert (row.measure, row.budget, complaints.period) == (Measure.COUNT, 4 * ONE, Period.MONTH)


def test_faults_of_circuits_are_counted_each_and_never_cancelled() -> None:
    faults = rule("faults")
    assert faults.counting is not None
    assert (faults.counting.counts, faults.counting.cancel) == (frozenset({CircuitState.UNAVAILABLE}), frozenset())
    assert not faults.counting.each_once
    assert faults.rows[0].budget == timedelta(0)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("by: last working day", DueDate(-1, working=True)),
        ("by: First Working Day", DueDate(1, working=True)),
        ("by: 5th  working day", DueDate(5, working=True)),
        ("by: 15", DueDate(15)),
        ("by: last day", DueDate()),
    ],
)
def test_a_date_of_a_month(text: str, due: DueDate) -> None:
    counting = rule("statement", ("by: last working day", text)).counting
    assert counting is not None
    assert counting.duty == due


def test_a_time_of_day_in_the_place_of_a_close() -> None:
    found = rule("statement", ("by: last working day}\n    last_day: close_of_business", 'at: "09:30"}'))
    assert found.counting is not None
    assert (found.counting.duty, found.last_day) == (DueDate(at=time(9, 30)), DayEnd.SAME_TIME)


def test_who_is_told_of_a_group() -> None:
    policy = build(("stages: [75%, 100%]\n    budgets: [{budget: 4", "budgets: [{budget: 4"))
    stages = {one.name: policy.stages_of_group(one.counting) for one in policy.targets if one.counting}
    assert stages["complaints"] == USUAL_STAGES  # no tier, and nothing said: the breach alone
    assert [stage.name for stage in stages["faults"]] == ["used_75", "used_90", "breached"]  # those of gold
    assert [stage.name for stage in stages["patrols"]] == ["used_75", "breached"]


def test_a_group_is_named_by_its_target_and_the_folded_value() -> None:
    key = group_key("complaints", form_of("  ＡＣＭＥ  Ltd/9 "))
    assert str(key) == "groups/complaints/acme ltd/9"
    assert target_of(key) == ("complaints", "acme ltd/9")
    assert target_of(group_key("patrols", "")) == ("patrols", "")
    long, other = form_of("x" * 5000 + "a"), form_of("x" * 5000 + "b")
    assert len(long) < 200
    assert long != other


@pytest.mark.parametrize(
    ("goal", "total", "enough"), [(0.9, 50, 45), (0.9, 51, 46), (0.999, 1000, 999), (1.0, 7, 7), (2 / 3, 0, 0)]
)
def test_so_many_must_be_good(goal: float, total: int, enough: int) -> None:
    assert needed(goal, total) == enough


def test_instants_count_cancel_and_make_good_in_the_order_of_their_declaration() -> None:
    lists = "counts: [complained]\n    cancel: [phoned, cancelled]"
    instants = ("targets:", "instants: {diagnosed: {en: Diagnosis}, phoned: {en: Called}}\ntargets:")
    found = rule("complaints", instants, ("counts: [opened]", lists))
    assert found.counting is not None
    assert found.counting.counts == {OwnInstant("complained")}
    assert found.counting.cancel == {OwnInstant("phoned"), Phase.CANCELLED}
    assert found.instants == ("complained", "phoned")
    good = (GOOD, "    counts: [closed]\n    good: {entered: [phoned, diagnosed]}\n")
    assert rule("in_time", instants, good).instants == ("diagnosed", "phoned")
