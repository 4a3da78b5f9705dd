"""Instants in order, against a list that is sorted anew each time."""

from __future__ import annotations

from bisect import bisect_right

from hypothesis import given
from hypothesis import strategies as st

from monitor.aggregates.instants import _MOST, Instants, SortedInstants

few = st.integers(-3, 40)
any_instant = few | st.integers(-(2**62), 2**62)
steps = st.lists(st.tuples(st.booleans(), few), max_size=400)


def holds(view: Instants, model: list[int]) -> None:
    assert list(view) == model
    assert len(view) == len(model)
    assert view.total == sum(model)
    assert view.first == (model[0] if model else None)
    for at in (-4, 0, 7, 20, 41):
        assert view.up_to(at) == bisect_right(model, at)
        assert view.total_after(at) == sum(one for one in model if one > at)


@given(st.lists(any_instant, max_size=60), steps)
def test_they_are_what_was_added_and_not_removed_and_a_view_stays_what_it_was(first: list[int], then: list) -> None:  # type: ignore[type-arg]
    kept, model = SortedInstants(sorted(first)), sorted(first)
    before, known = kept.view(), list(model)
    for adds, at in then:
        if adds:
            kept.add(at)
            model = sorted([*model, at])
        else:
            assert kept.remove(at) is (at in model)
            if at in model:
                model.remove(at)
    holds(kept.view(), model)
    holds(before, known)
    assert kept.view() == Instants.of(model)


def test_many_are_cut_into_chunks_and_joined_again_when_they_go() -> None:
    kept = SortedInstants()
    for at in range(20_000):
        kept.add(at * 7919 % 20_000)
    chunks = kept.view().chunks
    assert max(map(len, chunks)) <= _MOST
    assert len(chunks) <= 3 * 20_000 // _MOST
    for at in range(20_000):
        if at % 100:
            assert kept.remove(at)
    assert list(kept.view()) == list(range(0, 20_000, 100))
    assert len(kept.view().chunks) <= 5


def test_an_instant_takes_less_than_sixteen_bytes() -> None:
    kept = SortedInstants()
    for at in range(50_000):
        kept.add(at * 7919 % 50_000)
    chunks = kept.view().chunks
    held = sum(chunk.__sizeof__() + 4 * 32 for chunk in chunks)  # a chunk, its last, its sum and the places of these
    assert held / 50_000 < 16


def test_two_are_equal_however_they_are_cut() -> None:
    grown = SortedInstants()
    for at in range(2_000):
        grown.add(at)
    assert grown.view() == Instants.of(range(2_000))
    assert grown.view() != Instants.of(range(1, 2_001))
    assert grown.view() != list(range(2_000))
