"""What one subject adds to what is counted of several: who counts, when, how often, and by which word."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from monitor.clock.contributions import Contribution
from monitor.clock.engine import Rulebook, advance
from monitor.history.events import Correction, Event
from monitor.model import CorrectionKind, SubjectKind
from tests.support.counting import COMPLAINTS, FAULTS, PATROLS, RATIO, REPORTS, RESTORE, book, policy_text
from tests.support.texts import exchanged

DAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
H = timedelta(hours=1)


def said(hours: float, status: str | None, number: int = 0, **fields: str) -> Event:
    at = DAY + hours * H
    return Event(
        "tickets", f"{status} {at} {number}", SubjectKind.TICKET, "T1", at, number, status=status, fields=fields
    )


def circuit(hours: float, status: str, reason: str | None = None, **fields: str) -> Event:
    at = DAY + hours * H
    name = f"{status} {at}"
    return Event("tickets", name, SubjectKind.CIRCUIT, "L1", at, 0, status=status, reason=reason, fields=fields)


def added(events: Sequence[Event], rules: Rulebook, now: float = 10_000) -> tuple[Contribution, ...]:
    return advance(events, (), rules, DAY + now * H).contributions


def hours(found: Sequence[Contribution]) -> list[tuple[str, str, float]]:
    return [(one.group.subject, one.what, (one.at - DAY) / H) for one in found]


def of(*targets: str) -> Rulebook:
    return book(policy_text(*targets))


COMPLAINT = {"process": "complaint", "customer": "Acme"}


def test_a_policy_that_counts_nothing_adds_nothing() -> None:
    assert added([said(0, "opened", **COMPLAINT)], of(RESTORE)) == ()


def test_entering_counts_and_staying_does_not() -> None:
    events = [said(0, "opened", **COMPLAINT), said(1, "opened", 1), said(2, "accepted"), said(3, "nonsense"),
              said(4, "accepted"), said(5, "closed"), said(6, "opened")]  # fmt: skip
    assert hours(added(events, of(COMPLAINTS))) == [
        ("complaints/acme", "opened", 0.0),
        ("complaints/acme", "opened", 6.0),
    ]


def test_two_conditions_are_one_and_a_word_that_nobody_understands_leaves_none() -> None:
    patrols = exchanged(PATROLS, ("counts: [closed]", "counts: [restored, closed]"))
    events = [said(0, "opened", process="patrol"), said(1, "restored"), said(2, "nonsense"), said(3, "closed")]
    assert hours(added(events, of(patrols))) == [("patrols", "restored", 1.0)]


def test_a_delivery_changes_nothing_else() -> None:
    events = [said(0, "opened", **COMPLAINT), said(1, "delivered"), said(2, "opened", 1)]
    assert len(added(events, of(COMPLAINTS))) == 1
    statement = {"process": "statement", "customer": "Acme"}
    twice = [said(0, "opened", **statement), said(1, "delivered"), said(2, "accepted"), said(3, "delivered")]
    assert [what for _, what, _ in hours(added(twice, of(REPORTS)))] == ["", "delivered", "delivered"]


def test_what_is_first_seen_later_counts_as_opened_then() -> None:
    assert hours(added([said(3, "accepted", **COMPLAINT)], of(COMPLAINTS))) == [("complaints/acme", "opened", 3.0)]
    assert added([said(3, "cancelled", **COMPLAINT)], of(COMPLAINTS)) == ()


def test_what_is_withdrawn_does_not_count_unless_it_comes_back() -> None:
    events = [said(0, "opened", **COMPLAINT), said(1, "cancelled"), said(2, "nonsense")]
    assert added(events, of(COMPLAINTS)) == ()
    assert len(added([*events, said(3, "opened", 1)], of(COMPLAINTS))) == 2
    kept = exchanged(COMPLAINTS, ("counts: [opened]", "counts: [opened]\n    cancel: []"))
    assert len(added(events, of(kept))) == 1


@pytest.mark.parametrize(("target", "number"), [("complaints", 0), ("", 0), ("other", 1)])
def test_a_correction_takes_a_count_out(target: str, number: int) -> None:
    made = Correction(CorrectionKind.EXCLUDE, "Chen", "a double", start=DAY - H, end=DAY + H, target=target)
    note = Event("tickets", "c1", SubjectKind.TICKET, "T1", DAY + 5 * H, 0, correction=made)
    events = [said(0, "opened", **COMPLAINT), said(2, "accepted"), note]
    assert len(added(events, of(COMPLAINTS))) == number


def test_the_last_word_of_a_ticket_says_whether_and_where_it_counts() -> None:
    events = [said(0, "opened", process="question", customer="Acme")]
    assert added(events, of(COMPLAINTS)) == ()
    events.append(said(1, "accepted", process="complaint"))
    assert hours(added(events, of(COMPLAINTS))) == [("complaints/acme", "opened", 0.0)]
    events.append(said(2, None, customer=" OTHER  Ltd"))
    assert hours(added(events, of(COMPLAINTS))) == [("complaints/other ltd", "opened", 0.0)]


def test_who_is_left_out_or_has_no_value_counts_nowhere() -> None:
    spared = exchanged(COMPLAINTS, ("    per: month", "    unless: {customer: [ACME]}\n    per: month"))
    assert added([said(0, "opened", **COMPLAINT)], of(spared)) == ()
    assert added([said(0, "opened", process="complaint")], of(COMPLAINTS)) == ()
    assert added([said(0, "opened", process="complaint", customer="\u200b ")], of(COMPLAINTS)) == ()


def test_a_circuit_counts_with_each_fault_for_whoever_had_it_then() -> None:
    events = [circuit(0, "available", site="North"), circuit(1, "unavailable"), circuit(2, "unknown"),
              circuit(3, "unavailable"), circuit(4, "available"), circuit(5, "available", site="South"),
              circuit(6, "unavailable")]  # fmt: skip
    assert hours(added(events, of(FAULTS))) == [
        ("faults/north", "unavailable", 1.0),
        ("faults/south", "unavailable", 6.0),
    ]


def test_planned_work_excuses_a_circuit_and_its_end_does_not() -> None:
    events = [circuit(0, "available", site="North"), circuit(1, "held", "planned_work"), circuit(2, "unavailable")]
    assert added(events, of(FAULTS)) == ()
    assert hours(added([*events, circuit(3, "accepted")], of(FAULTS))) == [("faults/north", "unavailable", 3.0)]


def test_a_circuit_is_its_own_value() -> None:
    faults = exchanged(FAULTS, ("by: site", "by: circuit"))
    assert hours(added([circuit(1, "unavailable")], of(faults))) == [("faults/l1", "unavailable", 1.0)]


def test_whoever_is_seen_with_a_value_is_a_sighting_where_something_must_happen() -> None:
    assert hours(added([said(0, "opened", customer="Acme")], of(REPORTS))) == [("statement/acme", "", 0.0)]
    assert hours(added([circuit(0, "available", customer="Acme")], of(REPORTS))) == [("statement/acme", "", 0.0)]
    events = [said(0, "opened", customer="Acme"), said(1, None, customer="ACME"), said(2, None, customer="Other")]
    assert hours(added(events, of(REPORTS))) == [("statement/acme", "", 0.0), ("statement/other", "", 2.0)]


def test_a_promise_counts_when_it_is_kept_or_broken_not_before() -> None:
    rules = of(RESTORE, RATIO)
    opened = said(0, "opened")
    assert added([opened], rules, now=4) == ()
    (late,) = added([opened], rules, now=4.1)
    assert ((late.at - DAY) / H, late.what, late.good_at) == (4.0, "broken", None)
    (kept,) = added([opened, said(3, "closed")], rules)
    assert ((kept.at - DAY) / H, kept.what, kept.good_at) == (3.0, "kept", DAY + 3 * H)
    assert added([opened, said(3, "cancelled")], rules) == ()
    (again,) = added([opened, said(3, "closed"), said(5, "opened"), said(9, "closed")], rules)
    assert ((again.at - DAY) / H, again.what) == (6.0, "broken")


def test_good_is_what_enters_that_too_at_any_time() -> None:
    text = """
  documented:
    name: {en: D}
    counts: [closed]
    good: {entered: [delivered]}
    per: month
    budgets: [{goal: 90%, source: test}]
"""
    rules = of(text)
    (before,) = added([said(0, "opened"), said(1, "delivered"), said(2, "closed")], rules)
    assert (before.at, before.good_at) == (DAY + 2 * H, DAY + H)
    (after,) = added([said(0, "opened"), said(2, "closed"), said(3, "delivered")], rules)
    assert after.good_at == DAY + 3 * H
    (never,) = added([said(0, "opened"), said(2, "closed")], rules)
    assert never.good_at is None


def test_news_come_in_any_order() -> None:
    events = [said(0, "opened", **COMPLAINT), said(1, "accepted"), said(5, "closed"), said(6, "opened")]
    rules = of(COMPLAINTS, REPORTS)
    assert added(events[::-1], rules) == added(events, rules)
