"""Lessons about who is told next: several levels, other people at each, up the chain."""

from __future__ import annotations

from datetime import timedelta

from alerts.oncall.escalation_plan import (
    AcknowledgedStage,
    EscalationHistory,
    KnownDeadline,
    NotifiedStage,
    Step,
    due,
    plan,
)
from alerts.oncall.roster import Recipient, Role
from tests.support.cases import at


def person(name: str) -> tuple[Recipient, ...]:
    return (Recipient(Role.PERSON, name),)


STEPS = (Step(0.5, person("engineer")), Step(0.75, person("team lead")), Step(None, person("manager")))
FOUR_HOURS = EscalationHistory((NotifiedStage("used_50", at(0)),), (KnownDeadline(at(0), at(4)),))


def called(now_hours: float, history: EscalationHistory = FOUR_HOURS) -> list[str]:
    planned = plan(STEPS, history, lambda _whom, _at: True)
    return [item.holder or STEPS[item.step].whom[0].id for item in due(planned, at(now_hours))]


def test_zammad_2532_three_levels_go_to_three_people() -> None:
    """Four hours are left when somebody is first told: engineer at 2, lead at 3, the manager once it is late."""
    assert called(1.9) == []
    assert called(2) == ["engineer"]
    assert called(3) == ["engineer", "team lead"]
    assert called(4) == ["engineer", "team lead"]  # exactly at the deadline it is met
    assert called(4.01) == ["engineer", "team lead", "manager"]


def test_erpnext_6049_it_goes_up_the_chain_until_somebody_says_that_he_has_it() -> None:
    taken = EscalationHistory(
        FOUR_HOURS.notified, FOUR_HOURS.deadlines, (), (AcknowledgedStage("used_50", at(2.5), "engineer"),)
    )
    assert called(3, taken) == ["engineer"]
    worse = EscalationHistory(
        (*FOUR_HOURS.notified, NotifiedStage("breached", at(4) + timedelta(microseconds=1))), FOUR_HOURS.deadlines, (),
        taken.acknowledged,
    )  # fmt: skip
    # it worsened: everybody anew, the one who has it first, and each a while after the one before
    assert called(4.01, worse) == ["engineer", "engineer"]
    assert called(4.5, worse) == ["engineer", "engineer", "engineer", "team lead", "manager"]
