from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alert.alert import Alert, Reason
from monitor.alert.urgency import NO_BREACH, SEVERITIES, is_breach, urgency
from monitor.model import SubjectKey
from tests.support.cases import at

LADDER = ("diamond", "gold", "silver", "bronze", "standard")
NOW = at(12)


def alert(severity: str = "warning", tier: str = "gold", deadline: float = 14, over: bool = False) -> Alert:
    made = Alert(
        {"alertname": "A", "severity": severity, "tier": tier}, {}, at(11), subject=SubjectKey("tickets", "T"),
        deadline=at(deadline),
    )  # fmt: skip
    return made.resolve(at(12), Reason.RESTORED) if over else made


ALERTS = st.builds(
    alert,
    severity=st.sampled_from([*SEVERITIES, "", "loud"]),
    tier=st.sampled_from([*LADDER, "", "-", "platin"]),
    deadline=st.floats(1, 20),
    over=st.booleans(),
)
AGES = st.floats(0, 120)


def test_severity_goes_before_tier_and_tier_before_deadline() -> None:
    in_order = [
        alert("critical", "diamond", 15), alert("critical", "gold", 13), alert("critical", "gold", 14),
        alert("critical", "standard", 12), alert("warning", "diamond", 15), alert("warning", "gold", 13),
        alert("critical", "silver", 13, over=True), alert("warning", "standard", 13), alert("info", "diamond", 13),
    ]  # fmt: skip
    assert sorted(reversed(in_order), key=lambda one: urgency(one, LADDER, NOW)) == in_order


def test_an_end_ranks_as_its_severity_less_one() -> None:
    assert urgency(alert("critical", over=True), LADDER, NOW).rank == urgency(alert("warning"), LADDER, NOW).rank
    assert urgency(alert("warning", over=True), LADDER, NOW).rank == urgency(alert("info"), LADDER, NOW).rank


def test_a_breach_that_was_told_before_gives_way_to_one_that_was_not() -> None:
    again = replace(alert("critical", "diamond"), reason=Reason.REPEAT_DUE)
    assert not is_breach(again)
    assert urgency(alert("critical", "standard"), LADDER, NOW) < urgency(again, LADDER, NOW)


@pytest.mark.parametrize(("tier", "rank"), [("gold", 1), ("platin", 5), ("", 5), ("-", 5)])
def test_a_subject_without_a_known_tier_ranks_below_all_tiers(tier: str, rank: int) -> None:
    assert urgency(alert("critical", tier), LADDER, NOW).rank == rank


@given(real=ALERTS, age=AGES)
def test_a_drill_never_goes_before_a_real_breach_and_always_before_all_else(real: Alert, age: float) -> None:
    made = alert("critical", "diamond")
    drill = replace(made, labels={**made.labels, "drill": "true"}, deadline=None)
    of_real, of_drill = urgency(real, LADDER, NOW), urgency(drill, LADDER, NOW - timedelta(minutes=age))
    assert (of_real <= of_drill) is is_breach(real)


def test_what_speaks_of_no_single_customer_ranks_with_the_highest_tier() -> None:
    ours = Alert({"alertname": "TierwatchUndelivered", "severity": "critical"}, {}, NOW)
    assert urgency(ours, LADDER, NOW).turn == 0


@given(breach=st.builds(alert, severity=st.just("critical"), tier=st.sampled_from(LADDER)), other=ALERTS, age=AGES)
def test_nothing_but_a_breach_ever_goes_before_a_breach(breach: Alert, other: Alert, age: float) -> None:
    old = urgency(other, LADDER, NOW - timedelta(minutes=age))
    new = urgency(breach, LADDER, NOW)
    assert new.turn < NO_BREACH
    assert is_breach(other) == (old.turn < NO_BREACH)
    assert is_breach(other) or new < old


@given(one=ALERTS, other=ALERTS, age=AGES)
def test_a_page_that_waits_passes_one_rank_a_minute(one: Alert, other: Alert, age: float) -> None:
    if is_breach(one) or is_breach(other):
        return
    old, new = urgency(one, LADDER, NOW - timedelta(minutes=age)), urgency(other, LADDER, NOW)
    behind = old.rank - new.rank
    if age < behind:
        assert new < old, "not yet"
    if age > max(behind, 0) + 2:
        assert old < new, "by now"
