"""What one subject adds to what is counted of several: who counts, when, how often, and by which word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.clock.contributions import Contribution
from monitor.clock.engine import Rulebook, advance
from monitor.clock.group_lives import LEFT, LIVES, LIVES_OF_GROUPS, RETIRED
from monitor.config import build_rulebook, policy_file, yaml_file
from monitor.history.events import Correction, Event
from monitor.model import CorrectionKind, RetiredBy, SubjectKind
from tests.support.counting import COMPLAINTS, FAULTS, MAPPING, PATROLS, RATIO, REPORTS, RESTORE, book, policy_text
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
    """What counts, and where it was seen; without the lives of circuits, which `lived` gives."""
    found = advance(events, (), rules, DAY + now * H).contributions
    return tuple(one for one in found if one.what not in LIVES_OF_GROUPS)


def lived(events: Sequence[Event], rules: Rulebook) -> list[tuple[str, str, float]]:
    found = advance(events, (), rules, DAY + 10_000 * H).contributions
    return hours([one for one in found if one.what in LIVES_OF_GROUPS])


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


def test_a_circuit_lives_with_a_value_until_it_has_another_one_or_is_retired() -> None:
    rules = of(FAULTS)
    events = [circuit(0, "available"), circuit(1, "available", site="North"), circuit(2, "unknown", site=" NORTH"),
              circuit(3, "degraded", site="South"), circuit(4, "retired"), circuit(5, "unknown"),
              circuit(6, "nonsense", site="East"), circuit(7, "unavailable")]  # fmt: skip
    assert lived(events, rules) == [
        ("faults/north", LIVES, 0.0), ("faults/north", LEFT, 3.0), ("faults/south", LIVES, 3.0),
        ("faults/south", RETIRED, 4.0), ("faults/east", LIVES, 7.0),
    ]  # fmt: skip
    assert lived(events[::-1], rules) == lived(events, rules)
    assert lived([said(0, "opened", site="North")], rules) == [], "a ticket does not say that a site is there"
    assert lived([circuit(0, "available"), circuit(1, "retired")], rules) == []
    own = of(exchanged(FAULTS, ("by: site", "by: circuit")))
    assert lived(events[3:5], own) == [("faults/l1", LIVES, 3.0), ("faults/l1", RETIRED, 4.0)]


def test_a_circuit_counts_in_whatever_a_group_of_tickets_is_by() -> None:
    events = [circuit(0, "available", customer="Acme"), circuit(4, "retired")]
    assert lived(events, of(COMPLAINTS)) == [("complaints/acme", LIVES, 0.0), ("complaints/acme", RETIRED, 4.0)]
    assert lived(events, of(PATROLS)) == [], "what is counted of all is gone with nobody"


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


VISITS = exchanged(PATROLS, ("counts: [closed]", "counts: [visited]"))


def dated(*targets: str) -> Rulebook:
    """The rules of a policy with instants of its own, each said by the field of its name."""
    names = ("visited", "reported", "refused")
    declared = "instants: {" + ", ".join(f"{name}: {{en: {name}}}" for name in names) + "}\n"
    built = policy_file.build(yaml_file.parse(declared + policy_text(*targets).lstrip(), "counts.yml"))
    return build_rulebook.rulebook(built, {"tickets": replace(MAPPING, instants={name: name for name in names})})


def moment(hours: float) -> str:
    return (DAY + hours * H).isoformat()


def test_an_instant_counts_at_its_own_time_whatever_the_phase() -> None:
    events = [said(0, "opened", process="patrol"), said(5, "accepted", visited=moment(3)), said(6, "closed")]
    assert hours(added(events, dated(VISITS))) == [("patrols", "visited", 3.0)]
    assert hours(added([*events, said(7, None, visited=moment(4))], dated(VISITS))) == [("patrols", "visited", 4.0)]
    assert added([*events, said(7, None, visited="")], dated(VISITS)) == ()


def test_an_instant_takes_a_ticket_out_of_no_condition() -> None:
    rules = dated(exchanged(PATROLS, ("counts: [closed]", "counts: [visited, closed]")))
    events = [said(0, "closed", process="patrol", visited=moment(1)), said(2, "closed", 1)]
    assert hours(added(events, rules)) == [("patrols", "closed", 0.0), ("patrols", "visited", 1.0)]
    first = dated(exchanged(COMPLAINTS, ("counts: [opened]", "counts: [opened, visited]")))
    late = [said(3, "accepted", visited=moment(1), **COMPLAINT)]
    assert hours(added(late, first)) == [("complaints/acme", "visited", 1.0), ("complaints/acme", "opened", 3.0)]


def test_an_instant_that_is_to_come_counts_once_it_has_come() -> None:
    events = [said(0, "opened", process="patrol", visited=moment(9))]
    before = advance(events, (), dated(VISITS), DAY + 8 * H)
    assert (before.contributions, before.look_again_at) == ((), DAY + 9 * H)
    assert hours(added(events, dated(VISITS), 9)) == [("patrols", "visited", 9.0)]


def test_an_instant_withdraws_a_count_until_it_is_taken_back() -> None:
    rules = dated(exchanged(COMPLAINTS, ("counts: [opened]", "counts: [opened]\n    cancel: [refused]")))
    events = [said(0, "opened", **COMPLAINT), said(3, "closed", refused=moment(2))]
    assert added(events, rules) == ()
    assert len(added([*events, said(4, None, refused="")], rules)) == 1
    ahead = [said(0, "opened", refused=moment(9), **COMPLAINT)]
    assert [len(added(ahead, rules, now)) for now in (8, 9)] == [1, 0]


def test_an_instant_makes_a_counted_one_good() -> None:
    share = exchanged(PATROLS, ("at_least: 2 times", "goal: 90%"), ("counts: [closed]", "counts: [closed]\n    good:"
                      " {entered: [reported]}"))  # fmt: skip
    events = [said(0, "closed", process="patrol"), said(5, None, reported=moment(4))]
    (one,) = added(events, dated(share))
    assert (one.at, one.good_at) == (DAY, DAY + 4 * H)


def test_an_excluded_instant_does_not_count() -> None:
    made = Correction(CorrectionKind.EXCLUDE, "Chen", "a double", start=DAY + 2 * H, end=DAY + 4 * H)
    note = Event("tickets", "c1", SubjectKind.TICKET, "T1", DAY + 5 * H, 0, correction=made)
    events = [said(0, "opened", process="patrol", visited=moment(3))]
    assert len(added(events, dated(VISITS))) == 1
    assert added([*events, note], dated(VISITS)) == ()


def gone(hours: float, kind: SubjectKind = SubjectKind.TICKET, name: str = "T1") -> Event:
    made = Correction(CorrectionKind.RETIRE, "it is gone", "Chen", start=DAY + hours * H, by=RetiredBy.COMMAND)
    return Event("tickets", f"gone {hours}", kind, name, DAY + hours * H, 0, correction=made)


def test_a_ticket_that_went_while_it_was_open_does_not_count_and_one_that_was_over_does() -> None:
    events = [said(0, "opened", **COMPLAINT), said(1, "accepted")]
    for retirement in (gone(2), said(2, "retired")):
        assert added([*events, retirement], of(COMPLAINTS)) == ()
        assert len(added([*events, said(1.5, "closed"), retirement], of(COMPLAINTS))) == 1
    assert added([said(0, "retired", **COMPLAINT)], of(COMPLAINTS)) == ()


def test_a_ticket_that_lives_again_counts_as_before_and_anew() -> None:
    events = [said(0, "opened", **COMPLAINT), gone(1), said(2, "opened")]
    assert [at for _, _, at in hours(added(events, of(COMPLAINTS)))] == [0.0, 2.0]
    back = Correction(CorrectionKind.REVOKE, "a mistake", "Chen", revokes="gone 1")
    note = Event("tickets", "back", SubjectKind.TICKET, "T1", DAY + 2 * H, 0, correction=back)
    assert len(added([*events[:2], note], of(COMPLAINTS))) == 1


def test_nothing_counts_that_comes_after_a_subject_went() -> None:
    events = [said(0, "opened", process="patrol"), said(1, "closed"), gone(2), said(3, None, visited=moment(2.5))]
    assert added(events, dated(VISITS)) == ()
    early = [*events[:3], said(3, None, visited=moment(1.5))]
    assert hours(added(early, dated(VISITS))) == [("patrols", "visited", 1.5)]
    statement = {"process": "statement", "customer": "Acme"}
    late = [said(0, "closed", **statement), gone(1), said(2, "delivered")]
    assert [what for _, what, _ in hours(added(late, of(REPORTS)))] == [""]


def test_the_faults_of_a_circuit_that_is_gone_have_happened() -> None:
    events = [circuit(0, "available", site="North"), circuit(1, "unavailable"), gone(2, SubjectKind.CIRCUIT, "L1")]
    assert hours(added(events, of(FAULTS))) == [("faults/north", "unavailable", 1.0)]
    again = [*events, circuit(3, "unavailable")]
    assert [at for _, _, at in hours(added(again, of(FAULTS)))] == [1.0, 3.0]


def test_a_clock_that_ended_with_its_ticket_is_neither_kept_nor_broken() -> None:
    events = [said(0, "opened", process="x"), gone(1)]
    assert added(events, of(RESTORE, RATIO)) == ()
    assert [one.what for one in added([said(0, "opened"), gone(5)], of(RESTORE, RATIO))] == ["broken"]
