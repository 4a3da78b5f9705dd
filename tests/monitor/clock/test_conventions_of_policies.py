"""The conventions of `docs/concepts.md` for agreements, inheritance and corrections, each once, in whole histories."""

from __future__ import annotations

import pytest

from monitor.history.events import Correction
from monitor.model import CorrectionKind, State
from tests.support.conventions import RESTORE, Told, at, hours, local
from tests.support.texts import exchanged

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
TIERED = exchanged(RESTORE, ("budgets: [", f"budgets: [{TIERS}, "))


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


def test_a_revocation_is_not_revoked_and_the_correction_is_made_once_more() -> None:
    told = held_ticket().correct(correction(CorrectionKind.EXCLUDE, "03-02 11:00", "03-02 13:00"), "c1")
    told.correct(correction(CorrectionKind.REVOKE, revokes="c1"), "c2")
    told.correct(correction(CorrectionKind.REVOKE, revokes="c2"), "c3")
    assert hours(told.last("12-31 13:00")) == 5
    told.correct(correction(CorrectionKind.EXCLUDE, "03-02 11:00", "03-02 13:00"), "c4")
    assert hours(told.last("12-31 13:00")) == 3


def test_a_correction_about_another_target_changes_nothing() -> None:
    other = held_ticket().correct(correction(CorrectionKind.EXCLUDE, "03-02 11:00", "03-02 13:00", target="report"))
    assert hours(other.last("12-31 13:00")) == 5


def test_of_two_corrections_about_the_same_time_the_later_word_holds() -> None:
    told = held_ticket().correct(correction(CorrectionKind.EXCLUDE, "03-02 11:00", "03-02 13:00"), "c1")
    told.correct(correction(CorrectionKind.COUNT, "03-02 11:00", "03-02 12:00"), "c2")
    assert hours(told.last("12-31 13:00")) == 4
