"""A model of a machine: wall, monotonic and boot time, and what its peers state, against the judgement of its clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.machine.clock_witnesses import Peers, Seen
from monitor.machine.machine_clock import (
    PATIENCE,
    SETTLE,
    TOLERANCE,
    Look,
    MachineClock,
    Remembered,
    Trust,
    Witness,
    begin,
)

S = timedelta(seconds=1)
HOUR = timedelta(hours=1)
WALL = timedelta(days=20_000)


@dataclass
class Machine:
    """The true time, three clocks, and peers whose clocks may be wrong by so much."""

    true: timedelta = WALL
    monotonic: timedelta = timedelta(days=3)
    boot: timedelta = timedelta(days=4)
    wrong: timedelta = timedelta(0)
    peers: Peers = field(default_factory=Peers)
    accepted: int = 0
    clock: MachineClock = field(init=False)

    def __post_init__(self) -> None:
        self.clock = begin(self.read(), "boot")

    def read(self) -> Look:
        return Look(self.true + self.wrong, self.monotonic, self.boot)

    def go(self, length: timedelta) -> MachineClock:
        """Time passes, and somebody looks every second at most."""
        while length > timedelta(0):
            step = min(length, S)
            self.true, self.monotonic, self.boot = self.true + step, self.monotonic + step, self.boot + step
            length -= step
            self.look()
        return self.clock

    def look(self) -> MachineClock:
        self.clock = self.clock.look(self.read(), self.peers, self.accepted)
        return self.clock

    def sleep(self, length: timedelta) -> None:
        """The machine is suspended."""
        self.true, self.boot = self.true + length, self.boot + length

    def freeze(self, length: timedelta) -> None:
        """The machine is paused from outside: it cannot know; only its wall clock is right afterwards."""
        self.true += length

    def hear(self, peer: str, lie: timedelta = timedelta(0), *, source: str = "", here: bool = False) -> None:
        date = timedelta(seconds=(self.true + lie) // S)
        steady = self.clock.steady if self.clock.trusted else None
        seen = Seen(peer, date, self.monotonic - S / 10, self.monotonic, source, here)
        self.peers = self.peers.stated(seen, steady)

    @property
    def time(self) -> timedelta:
        return self.clock.reckon(self.read())


JUMPS = st.one_of(
    st.timedeltas(min_value=TOLERANCE + S, max_value=timedelta(days=400)),
    st.timedeltas(min_value=-timedelta(days=400), max_value=-TOLERANCE - S),
)


@given(JUMPS)
def test_a_jump_is_held_at_once_and_the_time_goes_on_as_before(jump: timedelta) -> None:
    machine = Machine()
    machine.go(5 * S)
    machine.wrong = jump
    assert machine.look().trust is Trust.HELD
    assert machine.clock.size == jump
    assert machine.clock.begins is (jump > timedelta(0))
    machine.go(60 * S)
    assert machine.time == machine.true  # by the continued time nothing has happened


@given(JUMPS)
def test_with_no_witness_it_goes_on_after_five_minutes_by_the_later_time(jump: timedelta) -> None:
    machine = Machine()
    machine.wrong = jump
    machine.look()
    assert machine.go(PATIENCE - S).trust is Trust.HELD
    assert machine.go(S).trust is Trust.UNPROVEN
    assert machine.clock.begins
    assert machine.time == max(machine.true, machine.true + jump)


@given(JUMPS, st.booleans())
def test_a_clock_that_returns_is_trusted_again(jump: timedelta, late: bool) -> None:
    machine = Machine()
    machine.wrong = jump
    machine.go(PATIENCE + S if late else S)
    machine.wrong = timedelta(0)
    assert machine.look().trust is Trust.PROVEN
    assert machine.clock.witness is Witness.RETURNED
    assert machine.time == machine.true


@given(st.timedeltas(min_value=TOLERANCE + S, max_value=timedelta(days=30)), st.booleans())
def test_a_machine_that_slept_reads_its_sources_first_and_is_never_doubted(length: timedelta, doubted: bool) -> None:
    machine = Machine()
    if doubted:  # it sleeps while a jump is held: the jump stays as it was
        machine.wrong = HOUR
        machine.look()
    machine.sleep(length)
    machine.look()
    if doubted:
        assert (machine.clock.trust, machine.clock.jump, machine.time) == (Trust.HELD, 1, machine.true)
        return
    assert (machine.clock.trust, machine.clock.witness) == (Trust.RESUMED, Witness.BOOT_TIME)
    assert machine.time == machine.true
    assert not machine.clock.begins
    assert machine.go(SETTLE).trust is Trust.PROVEN


def test_a_slew_is_no_jump_and_a_staircase_of_small_steps_is() -> None:
    slewed, stairs = Machine(), Machine()
    for _ in range(3600):
        slewed.wrong += S / 2000  # 500 ppm
        slewed.go(S)
        assert slewed.clock.trust is Trust.PROVEN
    for _ in range(3):
        stairs.wrong += 4 * S
        stairs.go(60 * S)
    assert stairs.clock.trust is Trust.HELD


@given(st.lists(st.timedeltas(min_value=-TOLERANCE * 0.8, max_value=TOLERANCE * 0.8), max_size=4))
def test_a_correction_within_the_tolerance_holds_nothing(steps: list[timedelta]) -> None:
    machine = Machine()
    for step in steps:
        machine.wrong = step
        assert machine.go(2 * S).trust is Trust.PROVEN or abs(step) > TOLERANCE


@given(JUMPS, JUMPS, st.integers(min_value=0, max_value=290))
def test_a_second_jump_is_another_one_and_does_not_lengthen_the_hold(a: timedelta, b: timedelta, after: int) -> None:
    machine = Machine()
    machine.wrong = a
    machine.look()
    machine.accepted = 0
    machine.go(after * S)
    machine.wrong = a + b
    machine.look()
    if abs(a + b) <= TOLERANCE:
        assert machine.clock.trust is Trust.PROVEN
        return
    assert machine.clock.jump == 2
    machine.accepted = 1  # what was accepted is the first
    assert machine.look().trust is Trust.HELD
    assert machine.go(PATIENCE - after * S).trust is Trust.UNPROVEN
    machine.accepted = 2
    assert machine.look().witness is Witness.OPERATOR


# -- peers ---

LEANS = st.timedeltas(min_value=timedelta(minutes=-10), max_value=timedelta(minutes=10))
FAR = st.one_of(
    st.timedeltas(min_value=timedelta(minutes=2), max_value=timedelta(days=40)),
    st.timedeltas(min_value=timedelta(days=-40), max_value=timedelta(minutes=-2)),
)


@given(st.timedeltas(min_value=timedelta(minutes=2), max_value=40 * 24 * HOUR), st.lists(LEANS, min_size=1, max_size=5))
def test_peers_bear_a_jump_out_however_wrong_their_own_clocks_are(jump: timedelta, leans: list[timedelta]) -> None:
    machine = Machine()
    for number, lean in enumerate(leans):
        machine.hear(f"peer{number}", lean)
    machine.go(5 * S)
    machine.freeze(jump)
    assert machine.look().trust is Trust.HELD
    machine.go(S)
    for number, lean in enumerate(leans):
        assert machine.look().trust is Trust.HELD or 2 * number > len(leans)  # more than half, not the first
        machine.hear(f"peer{number}", lean)
    machine.look()
    assert (machine.clock.trust, machine.clock.witness) == (Trust.PROVEN, Witness.PEERS)
    assert machine.time == machine.true


@given(FAR, st.integers(min_value=1, max_value=5))
def test_peers_bear_out_a_clock_that_was_wrong_and_is_set_right(wrong: timedelta, number: int) -> None:
    machine = Machine(wrong=wrong)
    for peer in range(number):
        machine.hear(f"peer{peer}")
    machine.go(5 * S)
    machine.wrong = timedelta(0)
    assert machine.look().trust is Trust.HELD
    machine.go(S)
    for peer in range(number):
        machine.hear(f"peer{peer}")
    machine.look()
    assert (machine.clock.trust, machine.clock.witness) == (Trust.PROVEN, Witness.PEERS)
    assert machine.time == machine.true


@given(FAR, st.integers(min_value=2, max_value=6), st.data())
def test_peers_that_go_on_as_before_contradict_a_false_jump(jump: timedelta, number: int, data: st.DataObject) -> None:
    machine = Machine()
    leans = [data.draw(LEANS) / 10 for _ in range(number)]
    for peer, lean in enumerate(leans):
        machine.hear(f"peer{peer}", lean)
    machine.go(5 * S)
    machine.wrong = jump
    machine.look()
    machine.go(3 * S)
    for peer, lean in enumerate(leans):
        machine.hear(f"peer{peer}", lean)
    assert machine.look().trust is Trust.CONTRADICTED
    machine.go(2 * PATIENCE)
    assert machine.clock.trust is Trust.CONTRADICTED
    assert machine.time == machine.true


@given(
    JUMPS, st.integers(min_value=1, max_value=6), st.timedeltas(min_value=-400 * 24 * HOUR, max_value=400 * 24 * HOUR)
)
def test_one_peer_that_lies_moves_nothing_and_holds_no_longer_than_silence(
    jump: timedelta, honest: int, lie: timedelta
) -> None:
    silent, lying = Machine(), Machine()
    for machine in (silent, lying):
        for peer in range(honest):
            machine.hear(f"peer{peer}")
        machine.hear("liar")
        machine.go(5 * S)
    lying.go(5 * S)
    lying.hear("liar", lie)
    assert lying.look().trust is Trust.PROVEN  # a date alone holds nothing
    silent.go(5 * S)
    for machine in (silent, lying):
        machine.wrong = jump
        machine.look()
    for _ in range(20):
        lying.go(15 * S)
        lying.hear("liar", lie)
        lying.look()
    silent.go(300 * S)
    assert lying.clock.trust is silent.clock.trust is Trust.UNPROVEN or (honest == 1 and lie == timedelta(0))


def test_a_date_out_of_a_cache_is_no_witness() -> None:
    machine = Machine()
    machine.hear("a")
    machine.go(10 * S)
    before = machine.peers
    machine.hear("a", -10 * S)  # the same date once more
    assert machine.peers == before
    machine.hear("a", -HOUR)
    assert machine.peers == before


def test_who_answered_a_question_from_before_the_jump_says_nothing_of_it() -> None:
    machine = Machine()
    machine.go(S)
    asked = machine.monotonic
    machine.freeze(HOUR)
    machine.look()
    machine.go(2 * S)
    date = timedelta(seconds=machine.true // S)
    machine.peers = machine.peers.stated(Seen("a", date, asked, machine.monotonic), None)
    assert machine.look().trust is Trust.HELD


@pytest.mark.parametrize(("source", "trust"), [("", Trust.HELD), ("tickets", Trust.PROVEN)])
def test_a_receiver_on_this_machine_bears_nothing_out_for_it_reads_the_same_clock(source: str, trust: Trust) -> None:
    machine = Machine()
    machine.hear("127.0.0.1:9093", source=source, here=True)
    machine.go(5 * S)
    machine.freeze(HOUR)
    machine.look()
    machine.go(S)
    machine.hear("127.0.0.1:9093", source=source, here=True)
    assert machine.look().trust is trust


def test_where_a_peer_elsewhere_is_known_those_here_do_not_vote() -> None:
    machine = Machine()
    for peer, here in (("tickets.example:443", False), ("127.0.0.1:80", True), ("127.0.0.1:81", True)):
        machine.hear(peer, source="s", here=here)
    machine.go(5 * S)
    machine.freeze(HOUR)
    machine.look()
    machine.go(S)
    for peer in ("127.0.0.1:80", "127.0.0.1:81"):
        machine.hear(peer, source="s", here=True)
    assert machine.look().trust is Trust.HELD
    machine.hear("tickets.example:443", source="s")
    assert machine.look().trust is Trust.PROVEN


@pytest.mark.parametrize(("late", "trust"), [(timedelta(0), Trust.PROVEN), (timedelta(minutes=20), Trust.HELD)])
def test_the_newest_change_of_a_source_without_dates_bears_out_a_jump_forward(late: timedelta, trust: Trust) -> None:
    machine = Machine()
    machine.go(5 * S)
    machine.freeze(HOUR)
    machine.look()
    machine.go(S)
    machine.peers = machine.peers.changed("files", machine.true - late, machine.monotonic)
    assert machine.look().trust is trust


def test_of_a_poll_in_several_batches_the_newest_change_is_the_witness() -> None:
    machine = Machine()
    machine.freeze(HOUR)
    machine.look()
    machine.go(S)
    for late in (2 * S, 30 * HOUR):  # a list that gives its newest tickets first
        machine.peers = machine.peers.changed("files", machine.true - late, machine.monotonic)
    assert machine.look().trust is Trust.PROVEN


# -- the start ---


def remembered(machine: Machine, held: bool = False) -> Remembered:
    clock = machine.clock
    since = clock.held_since + machine.boot - machine.monotonic if held else None
    return Remembered("boot", clock.steady_boot, since, clock.jump, machine.time)


@given(JUMPS)
def test_a_jump_while_the_program_was_down_is_seen_at_its_start(jump: timedelta) -> None:
    machine = Machine()
    before = remembered(machine)
    machine.go(100 * S)
    machine.wrong = jump
    started = begin(machine.read(), "boot", before)
    assert (started.trust, started.size, started.jump) == (Trust.HELD, jump, 1)
    machine.sleep(HOUR)
    machine.wrong = timedelta(0)
    assert begin(machine.read(), "boot", before).trust is Trust.PROVEN  # a downtime is none


def test_a_restart_does_not_lengthen_a_hold() -> None:
    machine = Machine()
    machine.wrong = HOUR
    machine.look()
    machine.go(PATIENCE - 10 * S)
    machine.clock = begin(machine.read(), "boot", remembered(machine, held=True))
    assert (machine.clock.trust, machine.clock.jump) == (Trust.HELD, 1)
    assert machine.go(10 * S).trust is Trust.UNPROVEN


@given(st.timedeltas(min_value=TOLERANCE + S, max_value=WALL))
def test_a_machine_that_boots_before_the_newest_instant_on_record_is_held(back: timedelta) -> None:
    machine = Machine()
    newest = machine.true
    machine.wrong = -back
    machine.clock = begin(machine.read(), "another boot", Remembered("boot", timedelta(0), None, 4, newest))
    assert (machine.clock.trust, machine.clock.jump) == (Trust.HELD, 5)
    assert machine.time == newest  # it goes on where it was
    machine.go(10 * S)
    machine.wrong = timedelta(0)
    assert machine.look().trust is Trust.PROVEN


@given(FAR, st.lists(st.booleans(), min_size=2, max_size=6))
def test_at_a_start_most_peers_are_believed_and_one_is_not(wrong: timedelta, honest: list[bool]) -> None:
    machine = Machine(wrong=wrong)
    for number, good in enumerate(honest):
        machine.hear(f"peer{number}", timedelta(0) if good else wrong)
    other = machine.peers.otherwise(machine.clock.steady)
    good = sum(honest)
    if good >= 2 and 2 * good > len(honest):
        assert other is not None
        assert abs(other + machine.monotonic - machine.true) < 2 * S
    else:
        assert other is None
