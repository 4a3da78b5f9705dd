"""Kill the program at random instants while many tickets live on, and see that each receiver hears of every crossing.

One installation lives through all the kills: 50 by default, as many as TIERWATCH_KILLS says (`make test-long`: 1,000);
up to four times as many, each life longer than the one before, on a machine so busy that lives end before they get to
anything.
The instants are drawn from a seed. Each fifteenth request is answered 503, so retries are under way as well. With
TIERWATCH_CLOCKS=1000000 as many clocks are open beside those tickets; in the end each of them is open and nobody was
told of it.
`tests/flow/crashing.py` says what must hold in the end, and why a page may come twice.
"""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from tests.flow.crash_stories import PLOTS, Story
from tests.flow.crashing import Crashing, crashing
from tests.flow.nursery import Nursery
from tests.support.peers import until

KILLS = int(os.environ.get("TIERWATCH_KILLS", "50"))
CLOCKS = int(os.environ.get("TIERWATCH_CLOCKS", "0"))
AT_ONCE = 6
LONGEST_LIFE = 0.9
"""Seconds; where a start takes long, three times as long as a start takes."""

LONGER = 1 + 1 / KILLS
"""By how much each life beyond KILLS is longer than the one before."""


def heard_of(it: Crashing) -> set[tuple[str, str]]:
    """(ticket, stage) of all that a receiver heard of so far."""
    with it.receivers.lock:
        return {(item.ticket, item.stage) for item in it.receivers.heard if item.firing}


def length_of_a_start(it: Crashing) -> float:
    """Seconds until a life is ready; it lives on."""
    began = time.monotonic()
    it.start()
    until(lambda: (it.folder / "journal").exists() and ["ready"] in it.journal().get(it.lives, []), "it is ready")
    return time.monotonic() - began


@pytest.mark.timeout(300 + KILLS * 6 + CLOCKS * (1 + KILLS / 500))
def test_killed_at_random_instants_it_tells_every_crossing_in_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    chance = random.Random(20261122)
    nursery = Nursery()
    it, server = crashing(tmp_path, nursery, lambda number: number % 15 == 0, CLOCKS)
    live: list[Story] = []
    began = time.monotonic()
    try:
        with server:
            it.prepare(server.url)
            longest = max(LONGEST_LIFE, 3 * length_of_a_start(it))
            nursery.kill()
            while it.lives <= KILLS or (it.lives <= 4 * KILLS and len(heard_of(it)) <= KILLS):
                it.start()
                longest *= 1 if it.lives <= KILLS else LONGER
                end = time.monotonic() + chance.uniform(0.02, longest)
                while time.monotonic() < end:
                    while len(live) < AT_ONCE:
                        live.append(it.tell(chance.choice(list(PLOTS))))
                    live = it.go_on(live)
                    time.sleep(0.01)
                nursery.kill()
            it.start()
            it.finish()
            assert nursery.stop() == 0
    finally:
        nursery.close()
    figures = it.check()
    with capsys.disabled():
        print(f"\n{it.lives - 1} kills in {time.monotonic() - began:.0f} s, {len(it.stories)} tickets: {figures}")
    assert figures.crossings > KILLS, "the run was too quiet to prove anything"
    assert figures.duplicates < figures.queued / 2
