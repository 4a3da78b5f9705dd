"""A list that changes while it is read (A1): called whole only where that is proven, and never read without end."""

from __future__ import annotations

import json
from itertools import count
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.collectors._records import Why
from monitor.collectors._tmf621_pages import _LARGER, MOST_PASSES, MOST_REQUESTS, Ask, NotWhole, Server, read_pages
from monitor.errors import SourceError
from monitor.net.fetch import Answer
from tests.support.moving_list import MovingList

STEP = st.tuples(st.sampled_from(["insert", "remove", "move", "swap", "turn"]), st.integers(0, 60))
PLAN = st.lists(st.lists(STEP, max_size=4), max_size=30)
COUNT = st.sampled_from(["none", "true", "page", "zero", "huge"])


def names(number: int) -> list[str]:
    return [f"T{n}" for n in range(number)]


def whole(ask: Ask, size: int = 10, server: Server | None = None) -> tuple[bool, set[str], NotWhole | None]:
    """Read a list once: whether it was called whole, what was read, and why it was not called so."""
    seen: set[str] = set()
    try:
        for page in read_pages(ask, size, "here", server):
            seen |= {item["id"] for item in page.items}
            if page.last:
                return True, seen, None
    except NotWhole as doubt:
        return False, seen, doubt
    raise AssertionError("the pages ended without a word")


@given(st.integers(0, 60), PLAN, COUNT, st.integers(2, 12), st.sampled_from([1, 2, 3, 5, 11, 10_000]), st.booleans())
def test_a_list_is_called_whole_only_if_all_that_stayed_in_it_were_read(
    length: int, plan: Any, counting: Any, size: int, largest: int, paging: bool
) -> None:
    largest = largest if paging else 1_000_000
    world = MovingList(names(length), plan, counting, largest, paging)
    claimed, seen, doubt = whole(world.ask, size)
    if claimed:
        assert world.stayed <= seen
    else:
        assert doubt is not None
        assert doubt.why in (Why.LIST_NOT_WHOLE, Why.PAGE_ENDED_EARLY)
    assert len(world.requests) <= MOST_PASSES * (25 + 4 * (length + 120) // max(1, min(size, largest) - 1))
    world.forget()
    claimed, seen, doubt = whole(world.ask, size)
    assert seen == set(world.names), "a list that stands still is read whole by the next poll"
    assert claimed is (counting != "huge")


@given(st.integers(0, 60), PLAN, st.integers(2, 12), st.integers(1, 60))
def test_an_answer_that_is_shorter_than_the_server_s_longest_is_whole_by_itself(
    length: int, plan: Any, size: int, longest: int
) -> None:
    world = MovingList(names(length), plan, "true", max(2, longest))
    claimed, seen, _ = whole(world.ask, size, Server(max(2, longest)))
    if claimed:
        assert world.stayed <= seen
    if length < min(size, longest) and not plan:
        assert len(world.requests) == 1


@given(st.integers(1, 200), st.integers(0, 10**9), st.integers(2, 21))
def test_what_stays_in_a_list_is_read_however_it_is_shuffled_if_the_server_gives_large_pages(
    length: int, seed: int, size: int
) -> None:
    world, random = MovingList(names(length)), Random(seed)
    size = max(size, length // 9)

    def shuffled(offset: int, limit: int) -> Answer:
        random.shuffle(world.names)
        return world.ask(offset, limit)

    seen: set[str] = set()
    try:
        for page in read_pages(shuffled, size, "here"):
            seen |= {item["id"] for item in page.items}
    except NotWhole:
        assert size * _LARGER < length, "one large page holds the whole list"
    else:
        assert seen == set(world.names)


@pytest.mark.parametrize("counting", ["none", "true", "page", "zero"])
@pytest.mark.parametrize("at", range(1, 14))
@pytest.mark.parametrize("step", [("remove", 0), ("insert", 0), ("move", 120), ("turn", 0), ("remove", 61)])
def test_one_change_before_any_request_hides_nothing_and_fails_no_poll(step: Any, at: int, counting: Any) -> None:
    world = MovingList(names(250), [[]] * (at - 1) + [[step]], counting)
    claimed, seen, _ = whole(world.ask, 50)
    assert claimed
    assert world.stayed <= seen


def test_a_list_that_stands_still_costs_one_large_answer_more() -> None:
    world = MovingList(names(250), counting="true")
    assert whole(world.ask, 50)[0]
    assert [limit for _, limit in world.requests] == [50] * 7 + [300]


def test_a_server_that_refuses_large_pages_is_read_in_small_ones() -> None:
    world, server = MovingList(names(95)), Server()

    def ask(offset: int, limit: int) -> Answer:
        if limit > 10:
            raise SourceError("here: 400, it did not accept the request")
        return world.ask(offset, limit)

    seen = {item["id"] for page in read_pages(ask, 10, "here", server) for item in page.items}
    assert seen == set(world.names)
    assert not server.larger


def test_a_list_that_changes_all_the_while_is_not_called_whole_and_says_so() -> None:
    world = MovingList(names(100), [[("remove", 50), ("insert", 0)]] * 10_000, "true", largest=10)
    claimed, seen, doubt = whole(world.ask)
    assert not claimed
    assert doubt is not None
    assert doubt.why is Why.LIST_NOT_WHOLE
    assert "it changed all the while" in str(doubt)
    assert f"The {len(seen)} that were seen are used" in str(doubt)


def test_a_count_that_says_more_than_the_list_shows_is_a_doubt_and_no_endless_search() -> None:
    world = MovingList(names(25), counting="huge")
    claimed, seen, doubt = whole(world.ask)
    assert not claimed
    assert len(seen) == 25
    assert "the source counts 99999999 tickets, but its list ends after 25" in str(doubt)
    assert len(world.requests) < 12


def test_a_server_without_paging_gives_the_whole_list_each_time() -> None:
    world = MovingList(names(250), paging=False)
    assert whole(world.ask, 50)[:2] == (True, set(world.names))
    assert len(world.requests) <= 4


def test_a_server_that_always_gives_the_first_page_is_not_believed() -> None:
    world = MovingList(names(250))
    claimed, _, doubt = whole(lambda offset, limit: world.ask(0, min(limit, 50)), 50)
    assert not claimed
    assert "show no end" in str(doubt)


def answer(items: list[Any], headers: dict[str, str] | None = None) -> Answer:
    return Answer(
        200,
        headers or {},
        json.dumps(items).encode(),
        "http://host/",
        lambda failure, url: (_ for _ in ()).throw(failure),
    )


def test_answers_that_never_join_end_after_a_few_requests() -> None:
    number = count()
    asked = 0

    def ask(offset: int, limit: int) -> Answer:
        nonlocal asked
        asked += 1
        return answer([{"id": f"F{next(number)}"} for _ in range(10)])

    claimed, _, doubt = whole(ask, 10)
    assert not claimed
    assert "do not join" in str(doubt)
    assert asked < 200


@pytest.mark.parametrize("counted", [False, True])
@pytest.mark.parametrize(("length", "cap"), [(30, 1), (250, 10), (250, 50), (1500, 7), (1500, 10), (6000, 50)])
def test_a_list_that_is_ordered_anew_at_every_request_ends_with_a_sentence_and_fails_no_poll(
    length: int, cap: int, counted: bool
) -> None:
    random, order, asked = Random(1), names(length), 0

    def ask(offset: int, limit: int) -> Answer:
        nonlocal asked
        asked += 1
        random.shuffle(order)
        headers = {"X-Total-Count": str(length)} if counted else {}
        return answer([{"id": name} for name in order[offset : offset + min(limit, cap)]], headers)

    claimed, seen, doubt = whole(ask, 50)
    assert asked <= MOST_REQUESTS
    if claimed:
        assert seen == set(order)
    else:
        assert doubt is not None
        assert doubt.why is Why.LIST_NOT_WHOLE
        assert f"The {len(seen)} that were seen are used" in str(doubt)


def test_a_list_without_end_is_left_after_a_bounded_number_of_requests_with_a_sentence() -> None:
    asked = 0

    def ask(offset: int, limit: int) -> Answer:
        nonlocal asked
        asked += 1
        return answer([{"id": f"F{offset + n}"} for n in range(10)])

    with pytest.raises(SourceError, match="the list has not ended after 2000 requests"):
        whole(ask, 10)
    assert asked <= MOST_REQUESTS
