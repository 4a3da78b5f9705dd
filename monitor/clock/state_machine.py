"""Say what a fact does to a clock: the one table of legal moves, and the two readings of a fact.

Pure. Nothing but MOVES changes a clock's life. A status or state that nobody understands never pauses and never stops
a clock; what was delivered in writing matters only where a target lists it.
"""

from __future__ import annotations

from dataclasses import replace

from monitor.history import Fact
from monitor.model import CORRECTED, CircuitState, Life, Move, Phase
from monitor.policy import Target

OPEN_LIVES = (Life.RUNNING, Life.PAUSED, Life.IDLE)

ENDED = "ended:corrected"
"""The reason of an end that a correction says: it stops every clock that it is about, whatever its target lists."""

PERHAPS = "perhaps:"
"""Put before the reason of a wait in excluded time: it waits if the target lists the reason, and else says nothing."""

SETTLED = "settled:"
"""Put before the reason of what a correction tells again of a subject that had delivered: it reopens nothing."""

COUNTED = "counted:"
"""Put before the reason of a wait that a correction says was none."""

BEGUN = "begun"
"""The reason of what a derived clock (`started_by`) hears when the other has ended: it begins, whatever it lists."""

UNDONE = "undone"
"""The reason of what a derived clock hears when the other goes on after all: what the end began is cancelled."""

OPEN_ONLY = "open:"
"""Put before the reason of what a derived clock hears of its source: it moves a clock that is open, and begins none."""

MOVES: dict[tuple[Life | None, Move], Life] = {
    (None, Move.START): Life.RUNNING,
    (None, Move.PAUSE): Life.PAUSED,  # first seen while waiting
    (Life.RUNNING, Move.PAUSE): Life.PAUSED,
    (Life.RUNNING, Move.STOP): Life.STOPPED,
    (Life.RUNNING, Move.CANCEL): Life.CANCELLED,
    (Life.RUNNING, Move.RESET): Life.RUNNING,
    (Life.PAUSED, Move.PAUSE): Life.PAUSED,  # for another reason
    (Life.PAUSED, Move.RESUME): Life.RUNNING,
    (Life.PAUSED, Move.STOP): Life.STOPPED,
    (Life.PAUSED, Move.CANCEL): Life.CANCELLED,
    (Life.PAUSED, Move.RESET): Life.PAUSED,
    (Life.STOPPED, Move.REOPEN): Life.RUNNING,
    (Life.STOPPED, Move.PAUSE): Life.PAUSED,  # reopened into a wait
    (Life.CANCELLED, Move.REOPEN): Life.RUNNING,
    (Life.CANCELLED, Move.PAUSE): Life.PAUSED,
    # an allowance: its clock is open for the whole period
    (None, Move.RESUME): Life.RUNNING,
    (None, Move.REST): Life.IDLE,
    (Life.IDLE, Move.RESUME): Life.RUNNING,
    (Life.IDLE, Move.PAUSE): Life.PAUSED,
    (Life.IDLE, Move.STOP): Life.STOPPED,
    (Life.RUNNING, Move.REST): Life.IDLE,
    (Life.PAUSED, Move.REST): Life.IDLE,
}
"""What a move makes of a clock's life. A pair that is not here changes nothing."""

_UNDECIDED = object()
"""What `Target.decisions` holds of a question that was not asked yet; None is an answer."""

_RUN: dict[Life | None, Move] = {
    None: Move.START,
    Life.PAUSED: Move.RESUME,
    Life.STOPPED: Move.REOPEN,
    Life.CANCELLED: Move.REOPEN,
}


def decide(life: Life | None, target: Target, fact: Fact, again: bool = False) -> tuple[Move, Life] | None:
    """The move that *fact* makes of a clock in *life*, and the life it leads to; None where nothing moves.

    *again* says that the phase held already: a reset comes with a phase, not with its being told again.
    """
    key = (life, fact.phase, fact.reason, again)
    known = target.decisions.get(key, _UNDECIDED)
    if known is not _UNDECIDED:
        return known  # type: ignore[no-any-return]
    what = _as_told(life, target, fact, again)
    to = None if what is None else MOVES.get((life, what))
    found = target.decisions[key] = None if what is None or to is None else (what, to)
    return found


def bare(fact: Fact) -> Fact:
    """The fact without the prefix that says which clocks it moves."""
    reason = fact.reason
    for prefix in (SETTLED, OPEN_ONLY) if reason is not None else ():
        if reason is not None and reason.startswith(prefix):
            return replace(fact, reason=reason.removeprefix(prefix) or None)
    return fact


def _as_told(life: Life | None, target: Target, fact: Fact, again: bool) -> Move | None:
    """The move, with regard to who tells the fact: a correction, the other clock of a derived one, or the source."""
    reason = fact.reason
    if reason is None or fact.phase is None:
        return move(life, target, fact, again)
    if reason == BEGUN:
        return _RUN.get(life)
    if reason == UNDONE:
        return Move.CANCEL
    if reason.startswith(SETTLED) and life in (Life.STOPPED, Life.CANCELLED):
        return None
    if only_open(fact) and life not in OPEN_LIVES:
        return None
    told = bare(fact)
    return move(life, target, fact, again) if told is fact else _as_told(life, target, told, again)


def move(life: Life | None, target: Target, fact: Fact, again: bool = False) -> Move | None:
    """What *fact* does to a clock that is started and stopped, and is in *life*."""
    phase = fact.phase
    if phase is None:
        return None
    if phase in target.cancel:
        return Move.CANCEL
    if phase in target.stop or fact.reason == ENDED:
        return Move.STOP
    if phase is Phase.DELIVERED or phase is CircuitState.UNKNOWN:
        return None
    if target.reset and phase in target.reset and life in OPEN_LIVES and not again:
        return Move.RESET
    if fact.reason is not None and (_waits(life, target, fact) or fact.reason.startswith(PERHAPS)):
        return Move.PAUSE if target.waits(fact.reason.removeprefix(PERHAPS)) else None
    if phase is Phase.UNKNOWN and life is None:
        return Move.START  # never pauses, never stops; what is stopped stays so, for nobody said that the fault is back
    if phase in target.start or _was_none(target, fact.reason):
        return _RUN.get(life)
    return Move.RESUME if life is Life.PAUSED else None  # whatever else it is, it is no listed reason to wait


def _was_none(target: Target, reason: str | None) -> bool:
    """Whether a correction says that what looks like a wait was none."""
    return reason is not None and reason.startswith(COUNTED) and target.waits(reason.removeprefix(COUNTED))


def _waits(life: Life | None, target: Target, fact: Fact) -> bool:
    if fact.reason == CORRECTED:  # excludes time from what runs, and begins nothing that would not have begun
        begins = fact.phase in target.start or (fact.phase is Phase.UNKNOWN and life is None)
        return begins or life in (Life.RUNNING, Life.PAUSED)
    if fact.reason not in target.pauses:
        return False
    if isinstance(fact.phase, CircuitState) and life in (Life.RUNNING, Life.PAUSED):
        return True  # what excuses an outage does so until somebody says otherwise, whatever the circuit's state
    return fact.phase is Phase.HELD or fact.phase in target.start


def as_held(fact: Fact, held: Fact | None) -> Fact:
    """What is said of a circuit; while its state is unknown, what *held* before holds on (semantics 36)."""
    if fact.phase is not CircuitState.UNKNOWN:
        return fact
    if held is None or fact.reason == held.reason:
        return replace(fact, phase=None)
    return replace(fact, phase=held.phase)  # planned work begins or ends meanwhile


def only_open(fact: Fact) -> bool:
    """Whether *fact* moves open clocks only."""
    return fact.reason is not None and fact.reason.startswith(OPEN_ONLY)


def ends_with(target: Target, fact: Fact) -> bool:
    """Whether *fact* ends the clock of *target*, judged or not."""
    return fact.phase in target.stop or fact.phase in target.cancel or fact.reason == ENDED


def draw(target: Target, fact: Fact) -> Move | None:
    """What *fact* does to an allowance: it is used, excused, or left alone."""
    if fact.phase is None or fact.phase is CircuitState.UNKNOWN:
        return None
    if fact.phase not in target.start:
        return Move.REST
    return Move.PAUSE if target.waits(fact.reason) else Move.RESUME
