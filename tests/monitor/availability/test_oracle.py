"""The room and a plain loop over seconds say the same of random lives with gaps, counted whole and in chunks.

`TIERWATCH_LIVES=10000` tries as many as issue 15 asks for; the usual run tries 300.
"""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from monitor.availability.counting import Counting, counted
from monitor.availability.faults import faults
from monitor.availability.micros import Codes, micros
from monitor.availability.rules import FaultRule, Rule
from monitor.availability.timeline import Timeline
from tests.support import oracle_availability as oracle

LIVES = int(os.environ.get("TIERWATCH_LIVES", "300"))
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
WORDS = (oracle.UP, oracle.WEAK, oracle.DOWN, oracle.BLIND, oracle.BLIND_DOWN)


def codes(life: str) -> Codes:
    return np.array([" .eS".index(one) for one in life], np.uint8)


def by_second(timeline: Timeline) -> list[str]:
    found: list[str] = []
    for begin, end, code in zip(timeline.begins, timeline.ends, timeline.states, strict=True):
        found += [WORDS[code]] * (int(end - begin) // 1_000_000)
    return found


@pytest.mark.parametrize("share", range(4))
def test_random_lives_are_counted_as_by_a_loop_over_seconds(share: int) -> None:
    for number in range(share, LIVES, 4):
        dice = random.Random(number)
        run = dice.choice((1, 2, 5, 10, 10, 10))
        life = oracle.a_life(dice, dice.randint(0, 400), run)
        rule = Rule(run=run)
        expected = oracle.states(life, run)
        whole = counted(codes(life), rule, BEGIN)
        assert by_second(whole) == expected, (number, life)
        chunked = Counting(rule, BEGIN)
        at = 0
        while at < len(life):
            step = dice.choice((1, dice.randint(1, 15), dice.randint(1, 200)))
            chunked.add(codes(life[at : at + step]))
            at += step
            for place, word in enumerate(oracle.states(life[:at], run)):
                if place >= at - chunked.carry.bins:
                    break
                assert word == expected[place], (number, "a settled second changed", place)
        parts = chunked.timeline()
        assert by_second(parts) == expected, (number, life)
        assert (parts.onsets.tolist(), parts.decided.tolist()) == (whole.onsets.tolist(), whole.decided.tolist())
        assert parts.settled == whole.settled


@pytest.mark.parametrize("share", range(4))
def test_random_faults_are_those_of_a_loop_over_seconds(share: int) -> None:
    for number in range(share, LIVES, 4):
        dice = random.Random(f"faults {number}")
        rule = FaultRule(
            dice.choice((0, 15, 60)) * SECOND, dice.choice((2, 3, 4, 6)), dice.choice((20, 90, 200)) * SECOND
        )
        life = oracle.a_life(dice, dice.randint(0, 900), 3)
        of = oracle.states(life, 3)
        expected = oracle.faults(of, rule.merge // SECOND, rule.flaps, rule.flap_window // SECOND)
        found = faults(counted(codes(life), Rule(run=3), BEGIN), rule)
        shown = [
            (
                (one.onset - BEGIN) // SECOND,
                len(life) if one.ended is None else (one.ended - BEGIN) // SECOND,
                one.outages,
                one.flapping,
                one.unavailable // SECOND,
            )
            for one in found
        ]  # fmt: skip
        wanted = [
            (one.begin, one.end, one.outages, one.flapping, of[one.begin : one.end].count(oracle.DOWN))
            for one in expected
        ]
        assert shown == wanted, (number, life, rule)


def test_the_lives_reach_everything_that_is_compared() -> None:
    dice = random.Random(1)
    seen = {word for _ in range(50) for word in oracle.states(oracle.a_life(dice, 300))}
    assert seen == set(WORDS)
    of = [oracle.faults(oracle.states(oracle.a_life(dice, 900, 3), 3), 15, 5, 60) for _ in range(50)]
    assert {one.flapping for some in of for one in some} == {True, False}
    assert max(one.outages for some in of for one in some) > 2
    assert micros(BEGIN) % 1_000_000 == 0
