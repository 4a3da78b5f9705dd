from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from monitor.simulator.answers import TRUTH_PATH, answer
from monitor.simulator.life import ENDED, REPORT_MINUTES, RESTORE_MINUTES, Kind, Odd, Status
from monitor.simulator.world import LISTED_AT_LEAST, Ticket, World

START = datetime(2026, 11, 21, 12, 0, 0, 123_000, tzinfo=UTC)
STAGES = {"diamond": (0.5, 0.75, 0.9, 1.0), "gold": (0.75, 0.9, 1.0)}


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def truth(world: World) -> bytes:
    return answer(world, TRUTH_PATH, "", "http://here").body


def restored_at(ticket: Ticket) -> datetime | None:
    return next((change.at for change in ticket.changes if change.word == Status.RESOLVED), None)


def held(ticket: Ticket) -> bool:
    return any(change.word in (Status.PENDING, Status.HELD) for change in ticket.changes)


def test_looking_often_or_once_shows_the_same_world() -> None:
    once, often = World(5, START, 60.0), World(5, START, 60.0)
    looks, seconds = Random(9), 0.0
    while seconds < 900:
        often.advance(at(seconds))
        seconds += looks.uniform(0.01, 20)
    for world in (once, often):
        world.advance(at(900))
    assert truth(once) == truth(often)
    assert once.circuit_status == often.circuit_status


def test_another_seed_is_another_world() -> None:
    assert truth(World(1, START, 60.0)) != truth(World(2, START, 60.0))


def test_the_clock_going_back_changes_nothing() -> None:
    world = World(1, START, 60.0)
    world.advance(at(60))
    before = truth(world)
    world.advance(at(10))
    assert truth(world) == before


@pytest.mark.parametrize("seed", range(1, 6))
def test_nothing_is_dated_after_now(seed: int) -> None:
    world = World(seed, START, 60.0)
    for seconds in (0.0, 0.7, 13.0, 200.0):
        world.advance(at(seconds))
        assert all(change.at <= at(seconds) for ticket in world.remembered() for change in ticket.changes)


@pytest.mark.parametrize("seed", range(1, 6))
def test_whatever_appears_after_a_look_is_dated_after_it(seed: int) -> None:
    world = World(seed, START, 60.0)
    for second in range(1, 300):
        known = {ticket.id: len(ticket.changes) for ticket in world.remembered()}
        world.advance(at(second))
        for ticket in world.remembered():
            assert all(change.at > at(second - 1) for change in ticket.changes[known.get(ticket.id, 0) :])


def test_tickets_are_numbered_in_the_order_of_their_opening() -> None:
    world = World(1, START, 60.0)
    world.advance(at(600))
    tickets = list(world.remembered())
    assert [ticket.id for ticket in tickets] == [f"TT-{n + 1:06d}" for n in range(len(tickets))]
    assert [ticket.opened_at for ticket in tickets] == sorted(ticket.opened_at for ticket in tickets)


@pytest.mark.parametrize("seed", range(1, 6))
@pytest.mark.parametrize("speed", [60.0, 600.0])
def test_forty_to_eighty_tickets_are_open_at_any_time(seed: int, speed: float) -> None:
    world = World(seed, START, speed)
    for step in range(100):
        world.advance(START + timedelta(minutes=30 * step) / speed)
        assert 40 <= world.open_count <= 80


@pytest.mark.parametrize("seed", range(1, 11))
def test_at_the_start_promises_to_the_best_customers_are_broken_already(seed: int) -> None:
    world = World(seed, START, 60.0)
    assert len(world.listed) >= 40
    broken = [
        ticket
        for ticket in world.listed.values()
        if ticket.open
        and not held(ticket)
        and (tier := ticket.circuit.customer.tier) in STAGES
        and at(0) - ticket.opened_at > timedelta(minutes=RESTORE_MINUTES[tier]) / 60
    ]
    assert len(broken) >= 3


@pytest.mark.parametrize("seed", range(1, 11))
def test_in_the_first_two_minutes_promises_to_the_best_customers_come_near(seed: int) -> None:
    """Counted without any ticket that was ever held, so that no pause can be in the way."""
    world = World(seed, START, 60.0)
    old = [ticket for ticket in world.listed.values() if ticket.open]
    world.advance(at(120))
    crossing, restored = 0, 0
    for ticket in old:
        tier = ticket.circuit.customer.tier
        if tier not in STAGES or ticket.odd is not Odd.NOTHING or held(ticket) or ticket.status == Status.CANCELLED:
            continue
        budget = timedelta(minutes=RESTORE_MINUTES[tier]) / 60
        reached = [ticket.opened_at + share * budget for share in STAGES[tier]]
        until = min(restored_at(ticket) or at(120), at(120))
        if any(at(0) < instant < until for instant in reached):
            crossing += 1
            restored += restored_at(ticket) is not None
    assert crossing - restored >= 3
    assert restored >= 1


def test_over_an_hour_the_best_customers_promises_are_kept_neared_and_broken() -> None:
    world = World(1, START, 60.0)
    world.advance(at(3600))
    used = [
        (restored - ticket.opened_at) / (timedelta(minutes=RESTORE_MINUTES[ticket.circuit.customer.tier]) / 60)
        for ticket in world.remembered()
        if ticket.circuit.customer.tier in STAGES and (restored := restored_at(ticket))
    ]
    assert len(used) > 150
    assert 0.05 < sum(share > 1 for share in used) / len(used) < 0.30
    assert 0.20 < sum(share > 0.75 for share in used) / len(used) < 0.50


def gaps(world: World, tier: str) -> Iterator[timedelta]:
    for ticket in world.remembered():
        if ticket.circuit.customer.tier == tier:
            told = [change.at for change in ticket.changes if change.word == "ProgressFeedback"]
            yield from (later - sooner for sooner, later in pairwise(told))


@pytest.mark.parametrize("tier", ["diamond", "gold", "silver"])
def test_customers_are_told_in_time_mostly_and_late_at_times(tier: str) -> None:
    world = World(1, START, 60.0)
    world.advance(at(3600))
    lengths = list(gaps(world, tier))
    late = sum(length > timedelta(minutes=REPORT_MINUTES[tier]) / 60 for length in lengths)
    assert 0.03 < late / len(lengths) < 0.15


def test_a_circuit_with_an_unrestored_ticket_is_rarely_shown_as_up() -> None:
    """It comes up a moment before the ticket says so, and is up while a ticket waits to be rejected."""
    world = World(1, START, 60.0)
    wrong = total = 0
    for second in range(0, 600, 10):
        world.advance(at(second))
        for ticket in world.listed.values():
            if ticket.open:
                total += 1
                wrong += world.circuit_status[ticket.circuit.id] == "up"
    assert wrong / total < 0.02
    assert {"down", "degraded", "up"} == set(world.circuit_status.values())


def test_no_circuit_has_two_unrestored_tickets() -> None:
    world = World(1, START, 60.0, customers=20, circuits=400)
    for second in range(0, 600, 10):
        world.advance(at(second))
        circuits = [ticket.circuit.id for ticket in world.listed.values() if ticket.open]
        assert len(circuits) == len(set(circuits))


def test_an_ended_ticket_stays_listed_for_a_while_and_is_remembered_after() -> None:
    world = World(1, START, 600.0)
    world.advance(at(60))
    ended = next(ticket for ticket in world.listed.values() if ticket.status in ENDED)
    world.advance(ended.last_update + LISTED_AT_LEAST)
    assert ended.id in world.listed
    world.advance(ended.last_update + LISTED_AT_LEAST + timedelta(seconds=1))
    assert ended.id not in world.listed
    assert ended in list(world.remembered())


def test_memory_is_bounded() -> None:
    world = World(1, START, 600.0, most_listed=150, most_remembered=400)
    for minute in range(1, 11):
        world.advance(at(60 * minute))
        assert len(world.listed) <= 150
        assert len(list(world.remembered())) <= 400
    assert world.forgotten > 300
    assert set(world.listed) <= {ticket.id for ticket in world.remembered()}


def odd_of(world: World) -> dict[Odd, list[Any]]:
    return {odd: [ticket for ticket in world.remembered() if ticket.odd is odd] for odd in Odd}


def test_some_tickets_are_odd_from_the_start_and_few_later() -> None:
    world = World(1, START, 60.0)
    assert all(odd_of(world).values())
    world.advance(at(3600))
    found = odd_of(world)
    assert sum(len(tickets) for odd, tickets in found.items() if odd is not Odd.NOTHING) < 0.06 * sum(
        map(len, found.values())
    )
    unknown = found[Odd.UNKNOWN_STATUS][0]
    assert Status.ASSESSING_CANCELLATION in [change.word for change in unknown.changes if change.kind is Kind.STATUS]
