"""Samples become bins by the time at which they were sent, and what says nothing of the circuit is no data."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.availability.micros import micros
from monitor.availability.rules import Rule
from monitor.availability.samples import Binned, Oddity, Samples, binned, grid
from tests.support.circuit_lives import BEGIN, SECOND

ZERO = micros(BEGIN)
NAN = math.nan
Row = tuple[float, int, int, float, bool, bool]


def row(at: float, lost: int = 0, sent: int = 1, delay: float = NAN, blind: bool = False, down: bool = False) -> Row:
    return at, sent, lost, delay, blind, down


def samples(rows: Sequence[Row]) -> Samples:
    columns = list(zip(*rows, strict=True)) if rows else [()] * 6
    return Samples(
        np.array([ZERO + round(at * 1e6) for at in columns[0]], np.int64), np.array(columns[1], np.int64),
        np.array(columns[2], np.int64), np.array(columns[3], np.float64), np.array(columns[4], np.bool_),
        np.array(columns[5], np.bool_),
    )  # fmt: skip


def bins(rows: Sequence[Row], length: int = 5, rule: Rule | None = None) -> Binned:
    return binned(samples(rows), rule or Rule(), BEGIN, BEGIN + length * SECOND)


def codes(rows: Sequence[Row], length: int = 5, rule: Rule | None = None) -> str:
    return "".join(" .eS"[code] for code in bins(rows, length, rule).codes)


def test_a_sample_belongs_to_the_second_in_which_it_was_sent() -> None:
    assert codes([row(0), row(1.999999), row(2, lost=1)]) == "..S  "


def test_half_of_the_probes_lost_is_severely_errored_and_fewer_is_errored() -> None:
    rows = [row(0, lost=1, sent=2), row(1, lost=1, sent=3), row(2, sent=3), row(3, lost=3, sent=3)]
    assert codes(rows) == "Se.S "
    assert codes(rows, rule=Rule(errored_loss=0.4)) == "S..S "
    assert codes(rows, rule=Rule(severe_loss=1.0)) == "ee.S "


def test_the_samples_of_one_second_are_counted_together() -> None:
    assert codes([row(0.1, lost=1), row(0.4), row(0.8), row(1.1, lost=1), row(1.2, lost=1), row(1.3)]) == "eS   "


def test_a_delay_above_the_threshold_is_errored() -> None:
    rule = Rule(errored_delay=timedelta(milliseconds=100))
    assert (
        codes([row(0, delay=0.1), row(1, delay=0.101), row(2, delay=0.05), row(2.5, delay=0.2)], rule=rule) == ".ee  "
    )
    assert codes([row(0, delay=1.9)]) == ".    "


def test_a_reply_after_the_timeout_is_lost_and_counted_as_late() -> None:
    found = bins([row(0, delay=2.0), row(1, delay=2.000001)])
    assert ("".join(" .eS"[code] for code in found.codes), found.odd) == (".S   ", {Oddity.LATE: 1})


def test_a_delay_of_zero_or_less_is_total_loss() -> None:
    assert codes([row(0, delay=0.0), row(1, delay=-3.0), row(2, delay=-0.0), row(3, delay=1e-9)]) == "SSS. "


def test_neither_a_delay_nor_a_loss_is_no_data() -> None:
    """As a reader of files says it: nothing was sent that somebody knows of."""
    found = bins([row(0, sent=0), row(1, sent=-2), row(2, lost=2), row(3, lost=-1), row(4)])
    assert "".join(" .eS"[code] for code in found.codes) == "    ."
    assert found.odd == {Oddity.UNMEASURED: 4}


def test_an_infinite_delay_is_lost_and_an_unknown_one_changes_nothing() -> None:
    assert codes([row(0, delay=math.inf), row(1, delay=NAN), row(2, delay=-math.inf)]) == "S.S  "


def test_a_blind_prober_says_nothing_and_another_that_sees_does() -> None:
    found = bins([row(0, lost=1, blind=True), row(1, lost=1, blind=True), row(1.5), row(2, down=True, blind=True)])
    assert "".join(" .eS"[code] for code in found.codes) == " .   "
    assert found.odd == {Oddity.BLIND: 3}


def test_who_has_authority_says_down_without_a_probe() -> None:
    assert codes([row(0, down=True, sent=0), row(1, down=True), row(1.5), row(2)]) == "SS.  "


def test_a_sample_that_came_twice_counts_once() -> None:
    once = [row(0.2, lost=1), row(0.4), row(0.6, delay=NAN)]
    twice = bins([*once, once[0], once[0], once[2]])
    assert ("".join(" .eS"[code] for code in twice.codes), twice.odd) == (
        "e    ", {Oddity.DUPLICATE: 3, Oddity.BACKWARDS: 1}
    )  # fmt: skip


def test_two_probes_at_one_instant_are_two() -> None:
    assert codes([row(0, delay=0.1), row(0, delay=0.2), row(0, lost=1)]) == "e    "


def test_late_values_with_old_clocks_and_a_clock_that_steps_back_go_to_their_place() -> None:
    found = bins([row(3), row(0, lost=1), row(2), row(1)])
    assert "".join(" .eS"[code] for code in found.codes) == "S... "
    assert found.odd == {Oddity.BACKWARDS: 2}


def test_a_clock_that_steps_forward_leaves_a_gap() -> None:
    assert codes([row(0), row(4)]) == ".   ."


def test_samples_outside_of_the_bins_are_left_out_and_counted() -> None:
    found = bins([row(-0.000001), row(0), row(5), row(1e9)])
    assert ("".join(" .eS"[code] for code in found.codes), found.odd) == (".    ", {Oddity.OUTSIDE: 3})


def test_no_samples_are_bins_without_data() -> None:
    assert codes([]) == "     "
    assert bins([], length=0).codes.size == 0
    assert binned(samples([]), Rule(), BEGIN, BEGIN - SECOND).codes.size == 0


def test_a_span_that_no_machine_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="are more than"):
        binned(samples([]), Rule(), BEGIN, BEGIN + timedelta(days=4000))


@given(st.randoms(use_true_random=False), st.integers(1, 5))
def test_the_order_of_arrival_and_repetition_change_nothing(dice: random.Random, times: int) -> None:
    kinds = (0.0, 0.01, 3.0, -1.0, NAN)
    rows = [row(dice.randrange(80) / 16, dice.randrange(3), 2, dice.choice(kinds)) for _ in range(40)]
    shuffled = rows * times
    dice.shuffle(shuffled)
    assert codes(shuffled) == codes(rows)


def test_bins_of_a_prober_that_sends_once_in_each_stand_around_its_beat() -> None:
    """4 min and 3 s, now early, now late: bins that began at its instants would get two, and none."""
    dice = random.Random(7)
    times = np.array([ZERO + (240 * turn + 1 + dice.randint(-3, 3)) * 1_000_000 for turn in range(500)], np.int64)
    rule = Rule(bin=timedelta(minutes=4))
    first, last = grid(times, rule)
    size = 240_000_000
    assert (last - first, np.unique((times - first) // size).size) == (500 * size, 500)


def test_bins_of_a_quick_prober_begin_on_whole_seconds() -> None:
    times = np.array([ZERO + 300_000 + 100_000 * turn for turn in range(50)], np.int64)
    assert grid(times, Rule()) == (ZERO, ZERO + 6_000_000)
    assert grid(times[:1], Rule()) == (ZERO, ZERO + 1_000_000)


def test_a_step_of_the_clock_does_not_move_the_bins() -> None:
    times = np.array([ZERO + 240_000_000 * turn for turn in range(100)], np.int64)
    stepped = np.append(times, times[50] - 2_000_000)
    rule = replace(Rule(), bin=timedelta(minutes=4))
    assert abs(grid(stepped, rule)[0] - grid(times, rule)[0]) < 1_000_000
