"""How many requests of the API are worked on at once, in one section and in all, and that they let alerting pass."""

from __future__ import annotations

import asyncio
import threading

import pytest
from starlette.exceptions import HTTPException

from exporters.api.section import READS_AT_ONCE, READS_IN_ALL, Room
from exporters.web import RequestLimit
from tests.support.peers import HANGING


class Works:
    """Work that lasts until it is let go, and how much of it there is at once."""

    def __init__(self) -> None:
        self.now, self.most, self.done = 0, 0, 0
        self.lock, self.go = threading.Lock(), threading.Event()

    def __call__(self) -> None:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        assert self.go.wait(HANGING)
        with self.lock:
            self.now -= 1
            self.done += 1


async def settled(works: Works, number: int) -> None:
    while works.now < number:
        await asyncio.sleep(0.001)
    for _ in range(20):
        await asyncio.sleep(0.001)


def test_all_sections_together_have_fewer_places_than_their_own_ones_are() -> None:
    sections, works = READS_IN_ALL, Works()
    assert sections * READS_AT_ONCE > READS_IN_ALL

    async def all_of_them() -> None:
        every = RequestLimit(READS_IN_ALL)
        rooms = [Room(RequestLimit(READS_AT_ONCE), every, lambda: False) for _ in range(sections)]
        asked = [asyncio.create_task(room.run(works)) for room in rooms for _ in range(READS_AT_ONCE)]
        await settled(works, READS_IN_ALL)
        works.go.set()
        await asyncio.gather(*asked)

    asyncio.run(asyncio.wait_for(all_of_them(), HANGING))
    assert (works.most, works.done) == (READS_IN_ALL, sections * READS_AT_ONCE)


def test_one_section_leaves_room_for_the_others() -> None:
    slow, quick = Works(), Works()
    quick.go.set()

    async def both() -> None:
        every = RequestLimit(READS_IN_ALL)
        busy, other = (Room(RequestLimit(READS_AT_ONCE), every, lambda: False) for _ in range(2))
        asked = [asyncio.create_task(busy.run(slow)) for _ in range(3 * READS_AT_ONCE)]
        await settled(slow, READS_AT_ONCE)
        await other.run(quick)
        assert quick.done == 1
        assert slow.done == 0
        slow.go.set()
        await asyncio.gather(*asked)

    asyncio.run(asyncio.wait_for(both(), HANGING))
    assert slow.most == READS_AT_ONCE


def test_a_request_begins_when_alerting_is_over() -> None:
    order: list[str] = []
    at_work = [True, True, False]

    def alerting() -> bool:
        order.append("looked")
        return at_work.pop(0)

    room = Room(RequestLimit(1), RequestLimit(1), alerting)
    asyncio.run(asyncio.wait_for(room.run(lambda: order.append("worked")), HANGING))
    assert order == ["looked", "looked", "looked", "worked"]


def test_places_are_given_back_where_there_is_none_among_all() -> None:
    async def refused() -> None:
        own, every = RequestLimit(1), RequestLimit(1, patience=0.5)
        room = Room(own, every, lambda: False)
        async with every.place():
            with pytest.raises(HTTPException):
                await room.run(int)
        assert await room.run(int) == 0

    asyncio.run(asyncio.wait_for(refused(), HANGING))
