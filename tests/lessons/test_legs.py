"""Lessons about agreements inside the house: what each team and supplier used of a promise to the customer."""

from __future__ import annotations

from datetime import timedelta

from monitor.clock.engine import Rulebook
from monitor.model import AgreementKind
from tests.lessons.stories import WORDS, H, M, promise, read, ticket, utc
from tests.support import cases

OLA = """
agreements:
  - {kind: OLA, party: backbone, supports: restore, budgets: [{budget: 1h, source: test}]}
"""


def rules() -> Rulebook:
    return cases.rules(promise(more="") + OLA, WORDS)


def test_glpi_24481_a_team_s_share_does_not_grow_while_the_ticket_waits() -> None:
    """The backbone team has it for 30 min, then it waits a month for the customer: still 30 min of the team's hour."""
    events = [
        ticket("T1", utc("2026-03-02 08:00"), "new", tier="gold", team="backbone"),
        ticket("T1", utc("2026-03-02 08:30"), "waiting", reason="customer"),
    ]
    (leg,) = read(events, utc("2026-04-02 08:00"), rules()).legs
    assert (leg.kind, leg.party, leg.counted, leg.budget) == (AgreementKind.OLA, "backbone", 30 * M, H)
    assert leg.over == timedelta(0)


def test_glpi_1911_a_team_s_share_begins_when_the_team_is_given_the_ticket() -> None:
    """The desk has it from 08:00, the backbone team from 10:00: at 11:30 the team has used 1:30 of its hour."""
    events = [
        ticket("T1", utc("2026-03-02 08:00"), "new", tier="gold", team="desk"),
        ticket("T1", utc("2026-03-02 10:00"), team="backbone"),
    ]
    reading = read(events, utc("2026-03-02 11:30"), rules())
    assert [(leg.party, leg.counted, leg.over) for leg in reading.legs] == [
        ("desk", 2 * H, timedelta(0)),
        ("backbone", 90 * M, 30 * M),
    ]
    assert reading.counted == sum((leg.counted for leg in reading.legs), timedelta(0)) == 3.5 * H
