"""The rule of consecutive bins: what begins and ends unavailable time, what is settled, and counting in chunks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.availability.counting import Carry, Counting, counted
from monitor.availability.rules import Rule, Rules
from monitor.availability.timeline import STATES, Timeline, either
from monitor.errors import ConfigError
from monitor.model import CircuitState
from tests.support.circuit_lives import BEGIN, SECOND, codes, counted_life, seconds, shown

H = timedelta(hours=1)


def unavailable(life: str, rule: Rule | None = None) -> int:
    return shown(counted_life(life, rule)).count("D")


def test_nine_severely_errored_seconds_are_no_unavailable_time() -> None:
    assert unavailable("." * 20 + "S" * 9 + "." * 20) == 0


def test_ten_at_the_end_of_the_data_are_ten() -> None:
    assert unavailable("." * 20 + "S" * 10) == 10


def test_ten_then_nine_good_ones_then_ten_are_twenty_nine() -> None:
    assert unavailable("." * 20 + "S" * 10 + "." * 9 + "S" * 10 + "." * 20) == 29


def test_a_severely_errored_second_restarts_the_run_that_would_end_the_outage() -> None:
    assert unavailable("S" * 10 + "." * 9 + "S" + "." * 10) == 20


def test_a_good_second_within_an_outage_is_unavailable_time() -> None:
    life = "." * 5 + "S" * 10 + "." + "S" * 10 + "." * 10
    assert shown(counted_life(life)) == "A" * 5 + "D" * 21 + "A" * 10


def test_the_ten_good_ones_that_end_an_outage_are_available_time() -> None:
    assert shown(counted_life("S" * 12 + "." * 10)) == "D" * 12 + "A" * 10


def test_errored_seconds_are_degraded_time_while_available_and_end_an_outage_as_good_ones_do() -> None:
    assert shown(counted_life("..e..SS" + "S" * 10 + "e" * 10)) == "AAWAA" + "D" * 12 + "W" * 10
    assert shown(counted_life("..SSS..")) == "AAWWWAA"


def test_a_gap_is_unknown_and_neither_ends_nor_lengthens_a_run() -> None:
    life = "." * 5 + "S" * 5 + " " * 100 + "S" * 5
    assert shown(counted_life(life)) == "A" * 5 + "D" * 5 + "d" * 100 + "D" * 5
    assert shown(counted_life("." * 5 + "S" * 5 + " " * 100 + "S" * 4)) == "A" * 5 + "W" * 5 + "?" * 100 + "W" * 4


def test_a_gap_within_an_outage_is_unknown_and_not_down() -> None:
    timeline = counted_life("S" * 10 + " " * 30 + "S" * 3)
    assert shown(timeline) == "D" * 10 + "d" * 30 + "D" * 3
    assert {one.state for one in timeline.intervals() if one.length == 30 * SECOND} == {CircuitState.UNKNOWN}
    assert all(one.down for one in timeline.intervals())


def test_a_blind_prober_never_begins_an_outage() -> None:
    assert shown(counted_life(" " * 1000)) == "?" * 1000


def test_what_may_still_become_an_outage_is_provisional() -> None:
    counting = Counting(Rule(), BEGIN)
    counting.add(codes("." * 20 + "S" * 9))
    before = counting.timeline(BEGIN + H)
    assert (shown(before), seconds(before.settled)) == ("A" * 20 + "W" * 9, 20)
    assert [one.settled for one in before.intervals()] == [True, False]
    counting.add(codes("S"))
    after = counting.timeline(BEGIN + H)
    assert (shown(after), seconds(after.settled)) == ("A" * 20 + "D" * 10, 30)


def test_what_may_still_end_an_outage_is_provisional() -> None:
    timeline = counted_life("S" * 10 + "." * 9)
    assert (shown(timeline), seconds(timeline.settled)) == ("D" * 19, 10)


def test_a_bin_is_settled_when_no_reply_can_come_any_more() -> None:
    whole = counted(codes("." * 20), Rule(), BEGIN, BEGIN + 20 * SECOND)
    assert seconds(whole.settled) == 18
    assert seconds(counted(codes("." * 20), Rule(), BEGIN, BEGIN + 22 * SECOND).settled) == 20
    assert [one.settled for one in whole.intervals()] == [True, False]


def test_an_outage_is_decided_when_its_tenth_bin_is_closed() -> None:
    timeline = counted_life("." * 7 + "SSS" + "   " + "S" * 9 + "." * 10)
    assert [seconds(at) for at in timeline.onsets.tolist()] == [7]
    assert [seconds(at) for at in timeline.decided.tolist()] == [20 + 2]


def test_the_state_and_the_open_run_go_over_the_end_of_a_month() -> None:
    """The outage begins in the last six seconds of March, which March alone would never have called one."""
    turn = datetime(2026, 4, 1, tzinfo=UTC)
    counting = Counting(Rule(), turn - 10 * SECOND)
    counting.add(codes("....SSSSSS"))
    assert counting.carry.bins == 6
    counting.add(codes("SSSS" + "." * 10))
    assert shown(counting.timeline()) == "AAAA" + "D" * 10 + "A" * 10


LIVES = st.lists(
    st.tuples(st.sampled_from(".eS "), st.integers(1, 14)), max_size=25
).map(lambda stretches: "".join(kind * many for kind, many in stretches))  # fmt: skip


@given(life=LIVES, cuts=st.lists(st.integers(0, 350), max_size=8), run=st.integers(1, 11))
def test_chunks_that_end_anywhere_give_what_the_whole_gives(life: str, cuts: list[int], run: int) -> None:
    rule = Rule(run=run)
    counting = Counting(rule, BEGIN)
    edges = [0, *sorted(min(cut, len(life)) for cut in cuts), len(life)]
    for first, last in pairwise(edges):
        counting.add(codes(life[first:last]))
    whole = counted(codes(life), rule, BEGIN)
    parts = counting.timeline()
    assert shown(parts) == shown(whole)
    for name in ("begins", "states", "onsets", "decided"):
        assert getattr(parts, name).tolist() == getattr(whole, name).tolist()
    assert (parts.start, parts.end, parts.settled) == (whole.start, whole.end, whole.settled)


@given(life=LIVES, more=LIVES, run=st.integers(1, 11))
def test_what_is_settled_stays_whatever_comes(life: str, more: str, run: int) -> None:
    before, after = counted(codes(life), Rule(run=run), BEGIN), counted(codes(life + more), Rule(run=run), BEGIN)
    sure = seconds(min(before.settled, before.end))
    assert shown(before)[:sure] == shown(after)[:sure]


@given(life=LIVES, run=st.integers(1, 11))
def test_bins_that_are_kept_back_are_fewer_than_what_decides_but_for_gaps(life: str, run: int) -> None:
    counting = Counting(Rule(run=run), BEGIN)
    counting.add(codes(life))
    kept: Carry = counting.carry
    assert int(kept.counts[kept.codes != 0].sum()) < run


@given(one=LIVES, other=LIVES)
def test_a_circuit_is_unavailable_where_either_direction_is(one: str, other: str) -> None:
    length = max(len(one), len(other))
    both = shown(either(counted_life(one.ljust(length)), counted_life(other.ljust(length))))
    for here, left, right in zip(
        both, shown(counted_life(one.ljust(length))), shown(counted_life(other.ljust(length))), strict=True
    ):
        pair = {left, right}
        if "D" in pair:
            assert here == "D"
        elif pair & {"?", "d"}:
            assert here == ("d" if "d" in pair else "?")
        else:
            assert here == ("W" if "W" in pair else "A")


def test_two_directions_that_were_watched_at_other_times_are_unknown_outside_of_both() -> None:
    later = counted(codes("." * 10), Rule(), BEGIN + 5 * SECOND)
    assert shown(either(counted_life("." * 10), later)) == "?" * 5 + "A" * 5 + "?" * 5


def test_the_first_decision_of_two_directions_dates_the_outage() -> None:
    quick = counted(codes("S" * 10), Rule(timeout=timedelta(seconds=1)), BEGIN)
    both = either(counted_life("S" * 10), quick)
    assert [seconds(at) for at in both.decided.tolist()] == [11, 12]


def test_no_bins_are_no_time() -> None:
    timeline = counted_life("")
    assert (list(timeline.intervals()), timeline.start, timeline.end) == ([], timeline.end, timeline.start)
    assert list(either(timeline, timeline).intervals()) == []


def test_every_code_has_a_state() -> None:
    assert len(STATES) == 5
    with pytest.raises(ValueError, match="7 is no kind of bin"):
        Counting(Rule(), BEGIN).add(np.array([7], np.uint8))


def test_a_timeline_can_be_looked_at_beyond_its_ends() -> None:
    timeline: Timeline = counted_life("." * 5 + "S" * 10)
    longer = timeline.over(timeline.start - 3_000_000, timeline.end + 2_000_000)
    assert shown(longer) == "???" + "A" * 5 + "D" * 10 + "dd"
    assert shown(timeline.over(timeline.start + 4_000_000, timeline.start + 6_000_000)) == "AD"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"bin": timedelta(0)}, "bin"), ({"bin": timedelta(days=2)}, "bin"), ({"run": 0}, "run"),
        ({"severe_loss": 0.0}, "severe_loss"), ({"severe_loss": 1.5}, "severe_loss"),
        ({"severe_loss": float("nan")}, "severe_loss"), ({"errored_loss": 0.6}, "above severe_loss"),
        ({"errored_loss": -0.1}, "errored_loss"), ({"timeout": timedelta(0)}, "timeout"),
        ({"errored_delay": timedelta(seconds=3)}, "errored_delay"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_count_is_refused(wrong: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        Rule(**wrong)  # type: ignore[arg-type]


def test_each_assurance_level_has_its_rule_or_the_usual_one() -> None:
    rules = Rules(Rule(run=3), {"AAA": Rule(run=2)})
    assert (rules.of("AAA").run, rules.of("A").run, rules.of("").run) == (2, 3, 3)
