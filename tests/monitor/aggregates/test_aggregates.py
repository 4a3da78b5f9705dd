"""The counts of open clocks, change by change and in one pass."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from monitor.aggregates import Aggregates, Allowed, Changes, Clock, Recount
from monitor.model import State

GOLD = ("tickets", "gold", "AA", "restore")


def clock(state: str = "running", deadline: int | None = 10, exhausted: int | None = None) -> Clock:
    return Clock(*GOLD, state, deadline, exhausted)


def allowance(life: str, budget: int, used: int) -> Clock:
    return Clock(*GOLD, "idle", None, None, life, budget, "always", used)


clocks = st.builds(
    Clock, st.sampled_from("ab"), st.just("gold"), st.just("AA"), st.sampled_from(("accept", "restore")),
    st.sampled_from(("running", "at_risk", "breached", "paused")), st.none() | st.integers(0, 9),
    st.none() | st.integers(0, 9), st.sampled_from(("running", "idle")), st.sampled_from((0, 5)),
    st.sampled_from(("always", "office")), st.none() | st.integers(0, 9),
)  # fmt: skip


def in_one_pass(*some: Clock) -> Aggregates:
    found = Recount()
    for one in some:
        found.take(one[:4], one.state, [(one.deadline, one.exhausted)])
        if one.used is not None:
            found.take_used(one[:4], one.allowed, one.used)
    return found.done({}, {})


@given(st.lists(clocks, max_size=12), st.lists(clocks, max_size=12), st.randoms())
def test_what_is_added_and_taken_away_leaves_what_a_recount_finds(
    stay: list[Clock], go: list[Clock], random: object
) -> None:
    kept = Aggregates()
    assert kept.apply(Changes(clocks=[(1, one) for one in (*go, *stay)]))
    random.shuffle(go)  # type: ignore[attr-defined]
    assert kept.apply(Changes(clocks=[(-1, one) for one in go]))
    assert kept.counted() == in_one_pass(*stay).counted()


def test_a_group_goes_with_its_last_clock_and_a_value_stays_what_it_was() -> None:
    kept = in_one_pass(clock(), clock("at_risk", 8))
    before = kept.counted()
    assert kept.apply(Changes(clocks=[(-1, clock()), (-1, clock("at_risk", 8))]))
    assert kept.counted().groups == {}
    assert before.groups[GOLD].states == {State.RUNNING: 1, State.AT_RISK: 1}
    assert list(before.groups[GOLD].ahead) == [8, 10]


def test_deadlines_of_breached_clocks_are_kept_apart() -> None:
    found = in_one_pass(clock("breached", 3), clock("running", 9), clock("paused", None, 7)).counted().groups[GOLD]
    assert (list(found.ahead), list(found.late), list(found.exhausted)) == ([9], [3], [7])


def test_what_is_used_of_allowances_is_kept_by_budget_and_apart_while_it_grows() -> None:
    used = [allowance("idle", 10, 4), allowance("idle", 10, 2), allowance("paused", 20, 7), allowance("running", 10, 3)]
    found = in_one_pass(clock(), *used).counted().groups[GOLD].used
    assert {allowed: list(some) for allowed, some in found.items()} == {
        Allowed(False, 10, "always"): [2, 4],
        Allowed(False, 20, "always"): [7],
        Allowed(True, 10, "always"): [3],
    }


def test_what_is_not_there_cannot_be_taken_away() -> None:
    for wrong in (clock("running", 11), clock("breached"), clock(exhausted=1), Clock("b", *clock()[1:])):
        assert not in_one_pass(clock()).apply(Changes(clocks=[(-1, wrong)]))
    for other in (allowance("idle", 10, 5), allowance("idle", 11, 4), allowance("running", 10, 4)):
        assert not in_one_pass(allowance("idle", 10, 4)).apply(Changes(clocks=[(-1, other)]))
    assert not Aggregates().apply(Changes(guarded=Counter({("p", "tickets", "running"): -1})))
    assert not Aggregates().apply(Changes(circuits=Counter({("s", "gold", "AA", "available"): -1})))


def test_changes_that_cancel_each_other_change_nothing() -> None:
    assert not Changes(circuits=Counter({("s", "gold", "AA", "available"): 0}))
    assert Changes(circuits=Counter({("s", "gold", "AA", "available"): -1}))
