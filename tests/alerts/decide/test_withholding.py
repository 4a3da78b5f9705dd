"""Decisions on one change, as values; every reason has one home, and the first lines of the module say which."""

from __future__ import annotations

import importlib
import re
from dataclasses import replace
from pathlib import Path

from alerts.decide import withholding
from alerts.decide.withholding import Route
from monitor.alert.alert import Alert, Cause, Channel, Decision, Delivery, Reason, Withheld
from tests.support.cases import at

ROOT = Path(__file__).parents[3]
WALL, PHONE = Channel("wall", Delivery.STATE), Channel("phone", Delivery.QUEUE)
ALERT = Alert({"alertname": "A", "tier": "gold"}, {}, at(1))
HELD = Decision(WALL, Withheld.SILENCED, held=True, detail="s1")


def test_every_reason_is_listed_with_a_function_that_exists() -> None:
    lines = [line for line in (withholding.__doc__ or "").splitlines() if line.startswith("| ")]
    rows = [tuple(map(str.strip, line.split("|")[1:3])) for line in lines[1:]]
    assert {word for word, _ in rows if word} == {f"`{why.value}`" for why in Withheld}
    for _, homes in rows:
        for home in re.findall(r"`(.+?)`", homes):
            if home.endswith(".py"):
                assert (ROOT / home).is_file()
                continue
            module, _, function = home.rpartition(".")
            assert callable(getattr(importlib.import_module(f"alerts.decide.{module or 'withholding'}"), function))


def why(alert: Alert, *routes: Route, cause: Cause | None = None) -> list[str | None]:
    return [decision.withheld for decision in withholding.decide(alert, routes, (), cause, at(2))]


def test_each_channel_has_one_decision_and_its_reason() -> None:
    routes = Route(WALL), Route(PHONE, {"tier": frozenset({"silver"})}), Route(Channel("dry", Delivery.QUEUE), {}, True)
    assert why(ALERT, *routes) == [None, "not_routed", "shadow"]
    assert why(ALERT.because(Reason.REWORDED), Route(WALL), Route(PHONE)) == [None, "nothing_new"]
    assert why(ALERT.resolve(at(2), Reason.SUPERSEDED), Route(WALL)) == ["recorded"]
    cause = Cause("c1", "circuit/C1", at(1), None, "gold")
    assert why(ALERT, Route(WALL), cause=cause) == ["grouped"]
    assert why(ALERT.resolve(at(2), Reason.RESTORED), Route(WALL), cause=cause) == [None], "an end is not withheld"


def test_what_is_sent_or_held_is_queued_and_what_the_alert_says_itself_is_not_on_record_twice() -> None:
    assert Decision(WALL, None).queued
    assert HELD.queued
    assert not Decision(WALL, Withheld.NOT_ROUTED).queued
    assert [why for why in Withheld if not Decision(WALL, why).on_record] == ["recorded", "nothing_new"]
    assert not Decision(WALL, None).on_record
    assert (HELD.held_by, Decision(WALL, None).held_by) == ("silenced/s1", "")


def test_a_state_that_is_being_sent_as_firing_is_not_held() -> None:
    other, queue = replace(ALERT, labels={"alertname": "B"}), replace(HELD, channel=PHONE)
    changes = [(ALERT, [HELD, queue]), (other, [HELD])]
    assert withholding.held_states(changes) == (ALERT.key, other.key)
    assert withholding.go_on_sending(changes, frozenset()) == changes
    found = withholding.go_on_sending(changes, {(ALERT.key, "wall"), (ALERT.key, "phone")})
    assert found == [(ALERT, [Decision(WALL, None), queue]), (other, [HELD])], "a queue takes silence for nothing"


def test_a_state_that_was_accepted_is_sent_on_with_new_words() -> None:
    reworded = ALERT.because(Reason.REWORDED)
    assert withholding.renewed(reworded, HELD, accepted=True) == Decision(WALL, None)
    assert withholding.renewed(reworded, HELD, accepted=False) == HELD
    assert withholding.renewed(ALERT, HELD, accepted=True) == HELD
