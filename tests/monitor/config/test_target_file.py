"""What good targets and agreements of a policy file build, and which agreements are no weaker than a promise."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.config import policy_file, yaml_file
from monitor.errors import ConfigError
from monitor.model import AgreementKind, Choose, CircuitState, Measure, Period, Phase, Reopen, SubjectKind
from monitor.policy.policy import StartedBy
from monitor.policy.target import ONE
from tests.support.targets import POLICY, build, rule
from tests.support.texts import exchanged

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
    assert other.cancel == frozenset({Phase.CLOSED}), "as listed: the other's going on cancels it whatever is listed"
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
    text = exchanged(POLICY[:rows] + exchanged(POLICY[rows:], CITY, count=1), WHERE_PROMISED, count=1)
    made = policy_file.build(yaml_file.parse(text, "kinds.yml"))
    assert made.agreements[0].rows[0].budget == timedelta(hours=6)
    strictest = exchanged(text, ("    pause: [customer]\n", "    pause: [customer]\n    choose: strictest\n"), count=1)
    with pytest.raises(ConfigError, match=r"OLA with core allows 6h, .* promises restore within 4h \(tier gold\)"):
        policy_file.build(yaml_file.parse(strictest, "kinds.yml"))
