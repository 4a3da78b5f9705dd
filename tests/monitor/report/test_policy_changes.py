from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from monitor.clock import engine
from monitor.clock.engine import Rulebook
from monitor.config import build_rulebook, policy_file, yaml_file
from monitor.history.events import Event
from monitor.model import SubjectKey
from monitor.policy.policy import Policy
from monitor.report.policy_changes import LARGEST, Kind, Tally, changes, changes_of_rules, pairs
from tests.support.cases import MAPPING, POLICY, at, rules, ticket
from tests.support.texts import exchanged

KEY = SubjectKey("tickets", "T1")
GOLD = "{when: {tier: gold}, budget: 4h, source: test}"
TWO = (('version: "1"', 'version: "2"'), ("2026-01-01", "2026-02-01"))


def altered(*pieces: tuple[str, str]) -> str:
    return exchanged(POLICY, *pieces, count=1)


def policy(*pieces: tuple[str, str]) -> Policy:
    return policy_file.build(yaml_file.parse(altered(*pieces), "case.yml"))


def plain(*pieces: tuple[str, str]) -> Any:
    return build_rulebook.plain(policy(*pieces))


def compared(events: Sequence[Event], new: Rulebook, hour: float, old: Rulebook | None = None) -> dict[str, Any]:
    """What becomes of each clock, by target."""
    before = engine.advance(events, (), old or rules(), at(hour)).readings
    after = engine.advance(events, (), new, at(hour)).readings
    return {pair.shown.target.name: pair for pair in pairs(KEY, before, after)}


OPEN = [ticket("T1", at(0), "new", tier="gold"), ticket("T1", at(0.1), "working")]


# -- clocks ------------------------------------------------------------------------------------------------------------


def test_the_same_rules_change_nothing() -> None:
    found = compared(OPEN, rules(), 3)
    assert set(found) == {"accept", "restore", "feedback"}
    assert all(pair.same and pair.kinds == () and not pair.moved for pair in found.values())


@pytest.mark.parametrize(
    ("budget", "hour", "kinds", "hours"),
    [
        ("3h", 1, (Kind.EARLIER,), -1),
        ("5h", 1, (Kind.LATER,), 1),
        ("3h", 3.5, (Kind.EARLIER, Kind.BREACHED), -1),
        ("5h", 4.5, (Kind.LATER, Kind.UNBREACHED), 1),
        ("3h", 5, (Kind.EARLIER,), -1),
    ],
)
def test_another_budget_moves_the_deadline(budget: str, hour: float, kinds: tuple[Kind, ...], hours: int) -> None:
    pair = compared(OPEN, rules(altered((GOLD, exchanged(GOLD, ("4h", budget))))), hour)["restore"]
    assert (pair.kinds, pair.moved) == (kinds, timedelta(hours=hours))
    assert pair.deadlines == (at(4), at(4 + hours))


def test_a_target_that_was_not_promised_appears_and_the_other_way_round() -> None:
    less = rules(altered((f"      - {GOLD}\n", "")))
    assert compared(OPEN, less, 1)["restore"].kinds == (Kind.VANISHES,)
    assert compared(OPEN, rules(), 1, old=less)["restore"].kinds == (Kind.APPEARS,)
    assert compared(OPEN, rules(), 5, old=less)["restore"].kinds == (Kind.BREACHED, Kind.APPEARS)
    assert compared(OPEN, less, 5)["restore"].kinds == (Kind.UNBREACHED, Kind.VANISHES)


def test_a_paused_clock_has_no_deadline_to_move_and_is_told_all_the_same() -> None:
    waiting = [*OPEN, ticket("T1", at(1), "waiting", reason="customer")]
    pair = compared(waiting, rules(altered((GOLD, exchanged(GOLD, ("4h", "3h"))))), 2)["restore"]
    assert (pair.kinds, pair.moved, pair.deadlines) == ((Kind.OTHERWISE,), timedelta(0), (None, None))


def test_a_wait_that_does_not_pause_any_more_is_another_state() -> None:
    waiting = [*OPEN, ticket("T1", at(1), "waiting", reason="customer")]
    runs = rules(altered(("    pause: [customer]\n", "")))
    assert compared(waiting, runs, 2)["restore"].kinds == (Kind.OTHERWISE,)
    assert compared(waiting, runs, 5)["restore"].kinds == (Kind.BREACHED,)


def test_a_clock_is_open_if_either_has_it_open() -> None:
    other = rules(altered(("stop: [restored, closed]\n    pause", "stop: [closed]\n    pause")))
    restored = [*OPEN, ticket("T1", at(1), "resolved")]
    found = compared(restored, other, 2)
    assert (found["restore"].open, found["restore"].kinds) == (True, (Kind.OTHERWISE,))
    assert not found["accept"].open


def test_beside_the_old_version_a_new_one_leaves_the_clocks_that_started_before_it() -> None:
    new = policy((GOLD, exchanged(GOLD, ("4h", "3h"))), ('version: "1"', 'version: "2"'), ("2026-01-01", "2026-01-06"))
    both = build_rulebook.rulebook((policy(), new), {"tickets": MAPPING})
    alone = build_rulebook.rulebook(new, {"tickets": MAPPING})
    later = [ticket("T1", at(24.5), "new", tier="gold"), ticket("T1", at(24.6), "working")]
    assert compared(OPEN, both, 1)["restore"].same
    assert compared(OPEN, alone, 1)["restore"].kinds == (Kind.EARLIER,)
    assert compared(later, both, 25)["restore"].kinds == (Kind.EARLIER,)


# -- the sum -----------------------------------------------------------------------------------------------------------


def test_a_tally_keeps_numbers_and_the_largest_moves_only() -> None:
    tally = Tally()
    for number in range(30):
        key = SubjectKey("tickets", f"T{number:02}")
        hours = 1 + number % 12
        other = rules(altered((GOLD, exchanged(GOLD, ("4h", f"{4 + hours}h")))))
        old, new = (engine.advance(OPEN, (), book, at(1)).readings for book in (rules(), other))
        tally.add(pairs(key, old, new))
    assert (tally.clocks, tally.changed) == (90, 30)
    assert list(tally.groups()) == [("gold", "restore", {**dict.fromkeys(Kind, 0), Kind.LATER: 30})]
    assert len(tally.largest) == LARGEST
    assert [(move.by // timedelta(hours=1), move.key.subject) for move in tally.largest] == [
        (12, "T11"), (12, "T23"), (11, "T10"), (11, "T22"), (10, "T09"), (10, "T21"), (9, "T08"), (9, "T20"),
        (8, "T07"), (8, "T19"),
    ]  # fmt: skip


# -- figures -----------------------------------------------------------------------------------------------------------


def test_a_policy_differs_in_nothing_from_itself() -> None:
    assert changes(plain(), plain()) == ()


@pytest.mark.parametrize(
    ("pieces", "lines"),
    [
        ([(GOLD, exchanged(GOLD, ("4h", "3h")))], ["targets.restore.budgets[tier=gold].budget: 4:00:00 → 3:00:00"]),
        (
            [("    pause: [customer]\n", "")],
            ["targets.restore.pause: customer → none"],
        ),
        (
            [(f"      - {GOLD}\n", "")],
            [
                "targets.restore.budgets[tier=gold].budget: 4:00:00 → none",
                "targets.restore.budgets[tier=gold].calendar: always → none",
                "targets.restore.budgets[tier=gold].measure: time → none",
                "targets.restore.budgets[tier=gold].source: test → none",
                "targets.restore.budgets[tier=gold].when.tier: gold → none",
            ],
        ),
        (
            [("recurring: true", "recurring: false")],
            ["targets.feedback.recurring: true → false"],
        ),
        (
            [("hours: 24x7", 'hours: {mon-tue: ["09:00-12:00", "13:00-18:00"]}')],
            [
                "calendars.always.always: true → false",
                "calendars.always.weekly.mon: none → 09:00:00-12:00:00, 13:00:00-18:00:00",
                "calendars.always.weekly.tue: none → 09:00:00-12:00:00, 13:00:00-18:00:00",
            ],
        ),
        ([("{en: Case}", "{en: Case, zh: 例}")], ["name.zh: Case → 例"]),
    ],
)
def test_what_a_policy_says_otherwise_is_named(pieces: list[tuple[str, str]], lines: list[str]) -> None:
    assert list(changes(plain(), plain(*pieces))) == lines


def test_stages_and_counted_budgets_are_told_as_people_write_them() -> None:
    stages = [("targets:\n", "stages:\n  tier:\n    gold: [50%, 1h left]\ntargets:\n")]
    assert "stages.tier.gold.used_50.share: none → 0.5" in changes(plain(), plain(*stages))
    at_least = ("recurring: true", "at_least: true")
    four, five = (plain(at_least, ("budget: 30m", f"budget: {number} times")) for number in (4, 5))
    assert changes(four, five) == ("targets.feedback.budgets[tier=diamond|gold].budget: 4 times → 5 times",)


def test_rows_in_another_order_are_told_for_the_first_that_fits_holds() -> None:
    diamond = exchanged(GOLD, ("gold", "diamond"), ("4h", "2h"))
    swapped = plain((f"      - {diamond}\n      - {GOLD}\n", f"      - {GOLD}\n      - {diamond}\n"))
    assert changes(plain(), swapped) == (
        "targets.restore.budgets in another order: [tier=diamond] [tier=gold] → [tier=gold] [tier=diamond]",
    )


def test_two_rows_for_the_same_case_are_kept_apart() -> None:
    twice = plain((f"      - {GOLD}\n", f"      - {GOLD}\n      - {exchanged(GOLD, ('4h', '5h'))}\n"))
    assert "targets.restore.budgets[tier=gold]#2.budget: none → 5:00:00" in changes(plain(), twice)


# -- publications ------------------------------------------------------------------------------------------------------


def whole(*policies: Any, **sources: Any) -> dict[str, Any]:
    return {"policies": list(policies), "mappings": sources}


def test_the_first_publication_names_its_policies() -> None:
    assert changes_of_rules(None, whole(plain(), plain(*TWO))) == (
        "case@1: in force from 2026-01-01",
        "case@2: in force from 2026-02-01",
    )


def test_a_version_that_came_is_told_against_the_one_before_it() -> None:
    new = plain(*TWO, (GOLD, exchanged(GOLD, ("4h", "3h"))))
    assert changes_of_rules(whole(plain()), whole(plain(), new)) == (
        "case@2: new, in force from 2026-02-01",
        "case@2 targets.restore.budgets[tier=gold].budget: 4:00:00 → 3:00:00",
    )
    assert changes_of_rules(whole(plain(), new), whole(plain())) == ("case@2: taken out",)


def test_a_version_that_was_edited_in_its_place_is_told_too() -> None:
    edited = plain((GOLD, exchanged(GOLD, ("4h", "3h"))))
    assert changes_of_rules(whole(plain()), whole(edited)) == (
        "case@1 targets.restore.budgets[tier=gold].budget: 4:00:00 → 3:00:00",
    )


def test_mappings_are_told_by_source() -> None:
    said = {"statuses": {"New": {"phase": "opened", "reason": None}}}
    other = {"statuses": {"New": {"phase": "accepted", "reason": None}}}
    assert changes_of_rules(whole(plain(), a=said, b=said), whole(plain(), a=other, c=said)) == (
        "source a statuses.New.phase: opened → accepted",
        "source b: taken out",
        "source c: new",
    )
