"""Requests let alerting pass, for a moment and no longer, and give their places back whatever becomes of them."""

from __future__ import annotations

import asyncio
import time

import pytest
from starlette.exceptions import HTTPException

from exporters.web.request_limit import LONGEST_YIELD, RequestLimit, let_pass


def test_who_lets_alerting_pass_goes_on_as_soon_as_that_is_over() -> None:
    left = [True, True, True, False]
    asyncio.run(let_pass(lambda: left.pop(0)))
    assert left == []


def test_alerting_that_never_ends_holds_nobody_up_for_longer_than_a_moment() -> None:
    asked = 0

    def at_work() -> bool:
        nonlocal asked
        asked += 1
        return True

    began = time.monotonic()
    asyncio.run(asyncio.wait_for(let_pass(at_work), 60))
    assert time.monotonic() - began >= LONGEST_YIELD
    assert asked > 1


def test_a_place_is_given_back_after_work_that_fails() -> None:
    async def failing(limit: RequestLimit) -> None:
        for _ in range(3):
            with pytest.raises(ValueError, match="no number"):
                await limit.run(int, "no number")
        assert await limit.run(int, "7") == 7

    asyncio.run(asyncio.wait_for(failing(RequestLimit(1)), 60))


def test_a_place_that_is_held_refuses_the_next_after_its_patience() -> None:
    async def two(limit: RequestLimit) -> None:
        async with limit.place():
            with pytest.raises(HTTPException) as refused:
                await limit.run(int, "7")
            assert refused.value.status_code == 503
        assert await limit.run(int, "7") == 7

    asyncio.run(asyncio.wait_for(two(RequestLimit(1, patience=0.5)), 60))
