"""The time of the running program, as its threads ask for it, on a machine whose clock jumps and sleeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import StoreError
from monitor.machine.machine_clock import TOLERANCE, Look, MachineClock, Remembered, Trust
from monitor.service.machine_time import MachineTime
from monitor.service.machine_watch import MachineWatch
from monitor.worktime.local_time import EPOCH
from tests.support.desk import SETTINGS

S = timedelta(seconds=1)
BEGAN = timedelta(days=20_000)


@dataclass
class Machine:
    """Its true time, and by how much its wall clock is wrong."""

    true: timedelta = BEGAN
    asleep: timedelta = timedelta(0)
    wrong: timedelta = timedelta(0)

    def read(self) -> Look:
        return Look(self.true + self.wrong, self.true - self.asleep - BEGAN, self.true - BEGAN)


FAR = timedelta(days=400)
JUMPS = st.one_of(st.timedeltas(TOLERANCE + S, FAR), st.timedeltas(-FAR, -TOLERANCE - S))
MOVES = st.one_of(
    st.tuples(st.just("passes"), st.timedeltas(timedelta(0), timedelta(minutes=7))),
    st.tuples(st.just("jumps"), JUMPS),
    st.tuples(st.just("sleeps"), st.timedeltas(timedelta(0), FAR)),
    st.tuples(st.just("accepted"), st.just(timedelta(0))),
)


@given(JUMPS)
def test_whoever_looks_first_after_a_jump_goes_by_the_time_from_before(jump: timedelta) -> None:
    machine = Machine()
    time = MachineTime(read=machine.read)
    machine.true += S
    machine.wrong = jump
    clock, at = time.look()
    assert (clock.trust, at) == (Trust.HELD, EPOCH + machine.true)
    assert time.now() == at


@given(st.lists(MOVES, max_size=12))
def test_every_answer_is_the_time_by_the_judgement_that_comes_with_it(moves: list[tuple[str, timedelta]]) -> None:
    machine = Machine()
    time = MachineTime(read=machine.read)
    for what, length in moves:
        if what == "jumps":
            machine.wrong += length
        elif what == "accepted":
            time.accept(time.clock.jump)
        else:
            machine.true += length
            machine.asleep += length if what == "sleeps" else timedelta(0)
        clock, at = time.look()
        late = at - (EPOCH + clock.reckon(machine.read()))
        assert timedelta(0) <= late <= 2 * TOLERANCE, "it may stand still for a few seconds, and nothing else"


@dataclass
class Store:
    """Remembers nothing, and fails as often as it is told to."""

    failures: int = 0

    def remembered(self) -> Remembered:
        return Remembered()

    def accepted(self) -> tuple[int, str]:
        return 0, ""

    def remember(self, clock: MachineClock, boot_id: str, now: datetime, *more: datetime) -> None:
        if self.failures:
            self.failures -= 1
            raise StoreError("database: the disk is full")

    def judged_beyond(self, now: datetime, configured: Sequence[str]) -> int:
        return 0


def test_a_store_that_fails_at_a_jump_lets_nothing_wait_for_the_hour_that_the_clock_was_put_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine, store, asked = Machine(), Store(), []
    monkeypatch.setattr("monitor.wallclock.look", machine.read)
    clocks = SimpleNamespace(alerts_without_subject=lambda: (), commit_alerts=lambda *_: None)
    watch = MachineWatch(
        cast(Any, store), cast(Any, clocks), (), cast(Any, lambda: None), lambda: SETTINGS, lambda: asked.append(1)
    )
    watch.look()
    machine.wrong = -timedelta(hours=1)
    store.failures = 1
    with pytest.raises(StoreError):
        watch.look()
    assert watch.look()[2], "it is still to be told"
    assert asked, "whatever waits for an instant of the wall clock is asked again"
