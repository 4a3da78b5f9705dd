from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from monitor.simulator.life import (
    CUSTOMER_HOLDS,
    ENDED,
    LONGEST_DETECTION,
    OPERATOR_HOLDS,
    Ending,
    Kind,
    Life,
    Odd,
    Script,
    Status,
    draw_script,
    plan,
)
from monitor.simulator.population import TIERS, Circuit, populate_circuits, populate_customers

OPENED = datetime(2026, 11, 21, 12, 0, 0, 123_000, tzinfo=UTC)
CIRCUITS = populate_circuits(Random(1), populate_customers(20), 400)
NEXT = {
    None: {Status.ACKNOWLEDGED},
    Status.ACKNOWLEDGED: {Status.IN_PROGRESS, Status.REJECTED},
    Status.IN_PROGRESS: {
        Status.PENDING,
        Status.HELD,
        Status.ASSESSING_CANCELLATION,
        Status.RESOLVED,
        Status.CANCELLED,
    },
    Status.PENDING: {Status.IN_PROGRESS},
    Status.HELD: {Status.IN_PROGRESS},
    Status.ASSESSING_CANCELLATION: {Status.IN_PROGRESS},
    Status.RESOLVED: {Status.IN_PROGRESS, Status.CLOSED},
}


def circuit_of(tier: str) -> Circuit:
    return next(circuit for circuit in CIRCUITS if circuit.customer.tier == tier)


def everyday_life(seed: int, tier: str, speed: float) -> Life:
    rng = Random(seed)
    return plan(rng, circuit_of(tier), OPENED, speed, draw_script(rng, tier))


lives = st.builds(
    everyday_life, st.integers(0, 2**32), st.sampled_from(TIERS), st.sampled_from([0.1, 1.0, 60.0, 900.0, 3600.0])
)


@given(lives)
def test_changes_are_in_strict_order_and_in_whole_milliseconds(life: Life) -> None:
    instants = [change.at for change in life.changes]
    assert all(before < after for before, after in pairwise(instants))
    assert all(at.microsecond % 1000 == 0 for at in instants)


@given(lives)
def test_a_ticket_goes_only_the_ways_that_a_ticket_goes_and_ends(life: Life) -> None:
    status: str | None = None
    for change in life.changes:
        if change.kind is Kind.STATUS:
            assert change.word in NEXT[Status(status) if status else None]
            status = change.word
    assert status in ENDED


@given(lives)
def test_the_circuit_fails_before_the_ticket_is_opened_and_is_up_in_the_end(life: Life) -> None:
    states = [change for change in life.changes if change.kind is Kind.CIRCUIT]
    assert life.changes[0] is states[0]
    assert states[0].word in ("down", "degraded")
    assert states[-1].word == "up"


@given(lives)
def test_nothing_is_noted_after_the_ticket_ended(life: Life) -> None:
    ends = next(change.at for change in life.changes if change.word in ENDED)
    assert all(change.at <= ends for change in life.changes)


@given(lives)
def test_a_held_ticket_says_why(life: Life) -> None:
    for change in life.changes:
        if change.word == Status.PENDING:
            assert change.text in CUSTOMER_HOLDS
        if change.word == Status.HELD:
            assert change.text in OPERATOR_HOLDS


@given(st.integers(0, 2**32), st.sampled_from(TIERS))
def test_speed_shortens_the_lengths_and_leaves_the_opening(seed: int, tier: str) -> None:
    slow, fast = everyday_life(seed, tier, 1.0), everyday_life(seed, tier, 60.0)
    assert len(slow.changes) == len(fast.changes)
    opening = next(change for change in fast.changes if change.word == Status.ACKNOWLEDGED)
    assert opening.at == OPENED
    for long, short in zip(slow.changes, fast.changes, strict=True):
        if (long.kind, long.word) == (short.kind, short.word):
            assert abs((long.at - OPENED) / 60 - (short.at - OPENED)) < timedelta(milliseconds=30)
    assert OPENED - slow.changes[0].at <= timedelta(minutes=LONGEST_DETECTION)


def test_a_scripted_life_is_restored_when_the_script_says() -> None:
    life = plan(Random(3), circuit_of("gold"), OPENED, 60.0, Script(Odd.NOTHING, Ending.RESTORED, 240.0, holds=0))
    restored = next(change for change in life.changes if change.word == Status.RESOLVED)
    assert restored.at - OPENED == timedelta(minutes=4)


def test_a_reopened_life_is_restored_twice_and_the_circuit_fails_twice() -> None:
    life = plan(Random(3), circuit_of("gold"), OPENED, 60.0, Script(Odd.NOTHING, Ending.REOPENED, 240.0, holds=1))
    words = [change.word for change in life.changes]
    assert words.count(Status.RESOLVED) == 2
    assert sum(word in ("down", "degraded") for word in words) == 2


def test_all_endings_oddities_and_reasons_occur() -> None:
    seen = {
        word
        for seed in range(3000)
        for change in everyday_life(seed, "silver", 60.0).changes
        for word in (change.word, change.text)
    }
    assert {*CUSTOMER_HOLDS, *OPERATOR_HOLDS, *Status} <= seen
    rng = Random(1)
    scripts = [draw_script(rng, "silver") for _ in range(3000)]
    assert {script.odd for script in scripts} == set(Odd)
    assert {script.ending for script in scripts} == set(Ending)
    assert sum(script.odd is Odd.NOTHING for script in scripts) > 2850
