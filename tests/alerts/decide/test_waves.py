"""Waves of one root cause in a queue, as values: what of them is sent, and which pages the newest one replaces."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from alerts.decide import waves
from alerts.decide.queues import QueuedPage
from monitor.alert.alert import Alert, Channel, Decision, Delivery, Reason, Withheld
from tests.support.cases import at

PHONE = Channel("phone", Delivery.QUEUE)
SENT = Decision(PHONE, None)


def wave(number: int, cause: str = "c1") -> Alert:
    labels = {"alertname": "TierwatchRootCause", "instance": "north", "root_cause": cause, "wave": str(number)}
    return Alert(labels, {}, at(number), cause_key=f"#{cause}")


ONE, TWO, THREE = wave(1), wave(2), wave(3)
KNOWN = {"#c1": {one.key: one.wave for one in (ONE, TWO, THREE)}}


def page(of: Alert, state: str) -> QueuedPage:
    """The page of a wave: it waits, was tried, is under way or held, or was accepted or replaced."""
    closed_at = at(9) if state in ("accepted", "replaced") else None
    held_by = state if "/" in state else ""
    tried, under_way = int(state == "tried"), state == "under way"
    return QueuedPage(
        of.wave, of.key, False, "first", True, tried, under_way, state == "accepted", held_by, closed_at, "first"
    )


def over(of: Alert) -> Alert:
    return of.resolve(at(8), Reason.CAUSE_OVER)


@pytest.mark.parametrize(
    ("first", "second", "ends"),
    [
        ("accepted", "accepted", (2,)),
        ("accepted", "replaced", (1,)),
        ("replaced", "accepted", (2,)),
        ("replaced", "replaced", ()),
        ("waits", "accepted", (1, 2)),  # its own end follows it
        ("under way", "accepted", (1, 2)),
        ("tried", "waits", (1, 2)),
        ("silenced/s1", "accepted", (2,)),
        ("accepted", "silenced/s1", (1,)),
    ],
)
def test_one_end_is_sent_for_all_waves_that_the_receiver_took(first: str, second: str, ends: Sequence[int]) -> None:
    pages = {ONE.key: [page(ONE, first)], TWO.key: [page(TWO, second)]}
    kept = waves.ends_to_send([(over(TWO), SENT), (over(ONE), SENT)], KNOWN, pages)
    assert sorted(alert.wave for alert, _ in kept) == list(ends)


def test_what_fires_and_what_is_no_wave_is_kept() -> None:
    other = Alert({"alertname": "A"}, {}, at(1)).resolve(at(2), Reason.RESTORED)
    queued = [(THREE, SENT), (other, SENT)]
    assert waves.ends_to_send(queued, {}, {}) == queued


@pytest.mark.parametrize(
    ("state", "gone"),
    [("waits", True), ("tried", True), ("silenced/s1", True), ("under way", False), ("accepted", False)],
)
def test_a_newer_wave_replaces_what_waits(state: str, gone: bool) -> None:
    older = page(ONE, state)
    assert waves.replaced([(TWO, SENT)], KNOWN, {ONE.key: [older]}) == ([older] if gone else [])


def test_a_held_wave_replaces_only_what_the_same_thing_holds() -> None:
    held = Decision(PHONE, Withheld.SILENCED, held=True, detail="s1")
    pages = {ONE.key: [page(ONE, "silenced/s1")], TWO.key: [page(TWO, "silenced/s2"), page(TWO, "waits")]}
    assert waves.replaced([(THREE, held)], KNOWN, pages) == [page(ONE, "silenced/s1")]


def test_an_older_wave_and_another_cause_replace_nothing() -> None:
    pages = {THREE.key: [page(THREE, "waits")]}
    assert waves.replaced([(TWO, SENT), (wave(9, "c2"), SENT)], KNOWN, pages) == []
