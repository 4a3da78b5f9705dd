"""Every target that counts several says of a subject whether it counts, and if not, the first condition that fails."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.clock.engine import Rulebook, advance
from monitor.clock.group_lives import LIVES_OF_GROUPS
from monitor.clock.why_not import NotApplied
from monitor.explain.as_json import as_json
from monitor.explain.names import NO_NAMES, PolicyNames
from monitor.explain.subject import explain
from monitor.explain.terminal import as_lines
from monitor.explain.why_not import sentence
from monitor.history.events import Correction, Event
from monitor.messages import LANGUAGES, text
from monitor.model import CorrectionKind, Name, RetiredBy, SubjectKind
from monitor.policy.refusal import Why
from tests.monitor.clock.test_contributions import DAY, H, circuit, of, said
from tests.support.counting import COMPLAINTS, FAULTS, PATROLS, RATIO, REPORTS, RESTORE
from tests.support.texts import exchanged

CENTRAL = exchanged(
    COMPLAINTS,
    ("budgets: [{budget: 4 times", "unless: {tier: gold}\n    budgets: [{when: {customer: Acme}, budget: 4 times"),
)


def without_clock(book: Rulebook, events: Sequence[Event], now: float = 10) -> dict[str, NotApplied]:
    return {one.rule.name: one for one in explain(events, book, DAY + now * H).without_clock}


def words(one: NotApplied, language: str = "en") -> str:
    return text(sentence(one, NO_NAMES), language).partition(": ")[2]


GONE = Event(
    "tickets", "gone", SubjectKind.TICKET, "T1", DAY + 3 * H,
    correction=Correction(CorrectionKind.RETIRE, "deleted", "wang", DAY + 3 * H, by=RetiredBy.COMMAND),
)  # fmt: skip
LEFT_OUT = Event(
    "tickets", "left-out", SubjectKind.CIRCUIT, "L1", DAY + 3 * H,
    correction=Correction(CorrectionKind.EXCLUDE, "a test", "wang", DAY, DAY + 2 * H),
)  # fmt: skip
OURS = {"process": "complaint", "customer": "Acme"}


@pytest.mark.parametrize(
    ("target", "events", "name", "expected"),
    [
        (CENTRAL, [said(0, "opened", **OURS), said(1, "cancelled")], "complaints",
         "不计数，因其为 已取消；若非如此，工单进入 已开单 时计数"),
        (PATROLS, [said(0, "opened", process="patrol")], "patrols", "工单进入 已关单 时计数，符合条件期间尚未进入"),
        (FAULTS, [circuit(0, "available", site="North"), circuit(1, "unavailable"), LEFT_OUT], "faults",
         "不计数，因更正排除了其进入 中断 的时段"),
    ],
)  # fmt: skip
def test_conditions_are_named_in_the_language_of_the_reader(
    target: str, events: Sequence[Event], name: str, expected: str
) -> None:
    assert words(without_clock(of(target), events)[name], "zh") == expected


def test_a_reason_that_excuses_has_its_name() -> None:
    events = [circuit(0, "available", site="North"), circuit(1, "held", "planned_work"), circuit(2, "unavailable")]
    one = without_clock(of(FAULTS), events)["faults"]
    names = PolicyNames(reasons={"planned_work": Name("Planned work", "计划作业")})
    assert text(sentence(one, names), "en").endswith("not counted, for Planned work excuses that it was unavailable")
    assert text(sentence(one, names), "zh").endswith("不计数，因 计划作业 免计其进入 中断")


@pytest.mark.parametrize(
    ("target", "events", "why", "expected"),
    [
        (CENTRAL, [circuit(0, "unavailable")], Why.OTHER_KIND, "it is of a ticket; this is a circuit"),
        (CENTRAL, [said(0, "opened", tier="Gold", **OURS)], Why.LEFT_OUT, "tier is gold, and `unless` leaves that out"),
        (CENTRAL, [said(0, "opened")], Why.UNSAID, "process is not said; only complaint is counted"),
        (CENTRAL, [said(0, "opened", process="order")], Why.OTHER_WORD, "process is order; only complaint is counted"),
        (CENTRAL, [said(0, "opened", process="complaint")], Why.UNSAID,
         "customer is not said, and only what has one is counted, apart for each"),
        (CENTRAL, [said(0, "opened", process="complaint", customer="Shop")], Why.OTHER_WORD,
         "customer is Shop; the nearest row (customer Acme) needs Acme"),
        (CENTRAL, [said(0, "opened", process="complaint", customer="ACME")], Why.COUNTED,
         "counted together with others; the clock is that of groups/complaints/acme"),
        (CENTRAL, [said(0, "opened", **OURS), said(1, "cancelled")], Why.WITHDRAWN,
         "not counted, for it is cancelled; without that it counts when the ticket is opened"),
        (CENTRAL, [said(0, "opened", **OURS), GONE], Why.GONE, "not counted, for it was retired while it was open"),
        (PATROLS, [said(0, "opened", process="patrol")], Why.NOT_ENTERED, "counted when the ticket is closed"),
        (FAULTS, [circuit(0, "available", site="North"), circuit(1, "held", "planned_work"), circuit(2, "unavailable")],
         Why.EXCUSED,
         "not counted, for planned_work excuses that it was unavailable"),
        (FAULTS, [circuit(0, "available", site="North"), circuit(1, "unavailable"), LEFT_OUT], Why.EXCUSED,
         "not counted, for a correction leaves out the time when it was unavailable"),
        (RESTORE + RATIO, [said(0, "opened")], Why.NOT_JUDGED,
         "counted when its clock of restore is kept or broken, which it is not yet"),
        (RESTORE + RATIO, [said(0, "closed")], Why.NO_CLOCK_TO_COUNT,
         "not counted, for it has no clock of restore, which is what is counted"),
        (RESTORE + RATIO, [said(0, "opened"), said(1, "closed")], Why.COUNTED, "the clock is that of groups/in_time"),
    ],
)  # fmt: skip
def test_each_reason_names_its_one_condition(target: str, events: list[Event], why: Why, expected: str) -> None:
    found = list(without_clock(of(target), events, 3 if why is Why.NOT_JUDGED else 10).values())[-1]
    assert found.refusal.why is why
    assert expected in words(found)
    assert all(words(found, language) for language in LANGUAGES)


def test_a_word_that_nobody_understands_is_named_as_such() -> None:
    platinum = exchanged(COMPLAINTS, ("when: {process: complaint}", "when: {tier: gold}"))
    found = without_clock(of(RESTORE, platinum), [said(0, "opened", tier="platin")])["complaints"]
    assert found.refusal.why is Why.NOT_UNDERSTOOD
    assert words(found) == "tier is platin, which nobody understands; only gold is counted"


def test_terminal_and_json_list_every_target_that_counts() -> None:
    shown = explain([said(0, "opened", **OURS)], of(RESTORE, COMPLAINTS, PATROLS, REPORTS, RATIO, FAULTS), DAY + H)
    listed = {one["target"]: one for one in as_json(shown)["without_clock"]}
    assert set(listed) == {"complaints", "patrols", "statement", "in_time", "faults"}
    assert (listed["complaints"]["why"], listed["complaints"]["name"]) == ("counted", "groups/complaints/acme")
    printed = list(as_lines(shown))
    assert all(f"  {one['sentence']['en']}" in printed for one in listed.values())


# -- the property ------------------------------------------------------------------------------------------------------

ALL = of(RESTORE, CENTRAL, PATROLS, REPORTS, RATIO, FAULTS)
FIELDS = st.dictionaries(
    st.sampled_from(["tier", "process", "customer", "site"]),
    st.sampled_from(["gold", "complaint", "patrol", "statement", "Acme", "Shop"]),
)
STATES = {
    SubjectKind.TICKET: ["opened", "accepted", "closed", "cancelled", "delivered", "nonsense"],
    SubjectKind.CIRCUIT: ["available", "unavailable", "degraded", "unknown"],
}


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    kind = draw(st.sampled_from([SubjectKind.TICKET, SubjectKind.CIRCUIT]))
    found = []
    for number in range(draw(st.integers(1, 5))):
        status, fields = draw(st.sampled_from(STATES[kind])), draw(FIELDS)
        ticket = kind is SubjectKind.TICKET
        found.append(said(number, status, number, **fields) if ticket else circuit(number, status, **fields))
    return found


@settings(max_examples=150, deadline=None)
@given(histories())
def test_it_is_said_to_count_where_the_program_counts_it_for_a_group_that_is_promised_something(
    events: list[Event],
) -> None:
    outcome = advance(events, (), ALL, DAY + 10 * H)
    counts = [one for one in outcome.contributions if one.what and one.what not in LIVES_OF_GROUPS]
    adds = {one.group.subject.partition("/")[0] for one in counts}
    found = without_clock(ALL, events)
    assert set(found) >= {"complaints", "patrols", "statement", "in_time", "faults"}
    for name, one in found.items():
        if one.rule.counting is None:
            continue
        counted = one.refusal.why is Why.COUNTED
        assert counted == (name in adds and one.refusal.row is None)
        if counted:
            assert any(str(each.group) == one.refusal.name for each in outcome.contributions)


@settings(max_examples=100, deadline=None)
@given(FIELDS)
def test_following_the_sentences_makes_a_ticket_count(fields: dict[str, str]) -> None:
    """What the sentence names is changed, and the ticket counts or the next condition is named."""
    for _ in range(5):
        refusal = without_clock(ALL, [said(0, "opened", **fields)])["complaints"].refusal
        if refusal.why is Why.COUNTED:
            return
        if refusal.why is Why.LEFT_OUT:
            fields = {**fields, refusal.name: "silver"}
        else:
            assert refusal.why in (Why.UNSAID, Why.OTHER_WORD, Why.NOT_UNDERSTOOD)
            fields = {**fields, refusal.name: refusal.values[0] if refusal.values else "Shop"}
    raise AssertionError(fields)
