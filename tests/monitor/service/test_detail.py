"""Which clocks are listed one by one: the nearest, each for ten minutes at least, never more than there are places."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.model import SubjectKey
from monitor.service.detail import DWELL, DetailPlaces
from monitor.snapshot import Detail, DetailClock

START = datetime(2026, 3, 2, tzinfo=UTC)
TIERS = ("diamond", "gold")


def clock(number: int, minutes: int = 0, tier: str = "gold") -> DetailClock:
    return DetailClock(SubjectKey("corp", f"T{number}"), "restore", 1, tier, "AA", START + timedelta(minutes=minutes))


@dataclass
class Open:
    """The clocks at risk or breached, as a store would have them."""

    clocks: dict[int, DetailClock] = field(default_factory=dict)

    def first(self, tiers: Collection[str], limit: int) -> tuple[DetailClock, ...]:
        mine = [one for one in self.clocks.values() if one.tier in tiers]
        return tuple(sorted(mine, key=lambda one: (one.deadline, one))[:limit])

    def of(self, clocks: Iterable[DetailClock]) -> tuple[DetailClock, ...]:
        wanted = {one.key for one in clocks}
        return tuple(one for one in self.clocks.values() if one.key in wanted)

    def number(self, tiers: Collection[str]) -> dict[str, int] | None:
        return {tier: sum(one.tier == tier for one in self.clocks.values()) for tier in tiers}


def at(places: DetailPlaces, store: Open, minutes: float = 0, most: int = 2) -> Detail:
    return places.at(store, TIERS, most, START + timedelta(minutes=minutes))  # type: ignore[arg-type]


def names(detail: Detail) -> list[str]:
    return [one.key.subject for one in detail.clocks]


def test_the_nearest_are_listed_and_the_others_counted() -> None:
    store = Open({n: clock(n, n) for n in range(5)} | {9: clock(9, 1, "diamond"), 7: clock(7, 0, "bronze")})
    found = at(DetailPlaces(), store)
    assert names(found) == ["T0", "T9"] or names(found) == ["T0", "T1"]
    assert sum(found.dropped.values()) == 4
    assert set(found.dropped) == set(TIERS)


def test_whoever_is_listed_stays_for_ten_minutes_though_others_are_nearer() -> None:
    places, store = DetailPlaces(), Open({1: clock(1, 60), 2: clock(2, 70)})
    assert names(at(places, store)) == ["T1", "T2"]
    store.clocks |= {3: clock(3, 5), 4: clock(4, 6)}
    assert names(at(places, store, 9.9)) == ["T1", "T2"]
    assert names(at(places, store, 10)) == ["T3", "T4"]
    assert at(places, store, 10).dropped == {"diamond": 0, "gold": 2}


def test_the_place_of_a_clock_that_ended_stays_taken() -> None:
    places, store = DetailPlaces(), Open({1: clock(1), 2: clock(2)})
    at(places, store)
    store.clocks = {3: clock(3), 4: clock(4)}
    assert names(at(places, store, 5)) == []
    assert at(places, store, 5).dropped["gold"] == 2
    assert names(at(places, store, 10)) == ["T3", "T4"]


def test_another_deadline_is_no_other_clock() -> None:
    places, store = DetailPlaces(), Open({1: clock(1, 30)})
    at(places, store)
    store.clocks[1] = clock(1, 90)
    (found,) = at(places, store, 1).clocks
    assert found.deadline == START + timedelta(minutes=90)


def test_a_machine_clock_that_is_set_back_frees_the_places() -> None:
    places, store = DetailPlaces(), Open({1: clock(1), 2: clock(2)})
    at(places, store, 60)
    store.clocks = {3: clock(3), 4: clock(4)}
    assert names(at(places, store, 0)) == ["T3", "T4"]


STEPS = st.lists(
    st.tuples(st.integers(0, 4), st.sets(st.integers(0, 12), max_size=8), st.integers(0, 90)), min_size=1, max_size=12
)


@given(STEPS)
def test_however_fast_clocks_come_and_go_no_more_are_new_in_ten_minutes_than_there_are_places(
    steps: list[tuple[int, set[int], int]],
) -> None:
    places, store, minute, first, most = DetailPlaces(), Open(), 0, dict[str, int](), 3
    for passed, numbers, deadline in steps:
        minute += passed
        store.clocks = {n: clock(n, (n * 7 + deadline) % 90, TIERS[n % 2]) for n in numbers}
        found = at(places, store, minute, most)
        assert len(found.clocks) <= most
        assert sum(found.dropped.values()) == len(numbers) - len(found.clocks)
        assert set(names(found)) <= {f"T{n}" for n in numbers}
        for name in names(found):
            first.setdefault(name, minute)
        assert sum(minute - since < DWELL / timedelta(minutes=1) for since in first.values()) <= most
