"""Say what a fact does to a clock: the one table of legal moves, and who has the subject after a fact.

Pure. Nothing but MOVES changes a clock's life. A status or state that is not understood never pauses and never stops a
clock; a delivery in writing matters only where a target lists it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from monitor.history import Fact, OverrideKind, retires
from monitor.model import AgreementKind, CircuitState, Life, Move, OwnInstant, Phase
from monitor.policy import Target

Party = tuple[AgreementKind, str]
"""Who has a subject: a team of ours (OLA) or a supplier (UC), by name."""

OPEN_LIVES = (Life.RUNNING, Life.PAUSED, Life.IDLE)

# Bound once: in Python 3.11, looking a member up costs more than the rest of its line.
_EXCLUDED, _IF_LISTED, _COUNTED = OverrideKind.EXCLUDED, OverrideKind.IF_LISTED, OverrideKind.COUNTED
_ENDED, _BEGUN, _UNDONE = OverrideKind.ENDED, OverrideKind.BEGUN, OverrideKind.UNDONE

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
    (Life.IDLE, Move.CANCEL): Life.CANCELLED,
    (Life.RUNNING, Move.REST): Life.IDLE,
    (Life.PAUSED, Move.REST): Life.IDLE,
}
"""What a move makes of a clock's life. A pair that is not here changes nothing."""

_UNDECIDED = object()
"""What `Target.decisions` gives for a question that was not asked yet; None is an answer."""

_RUN: dict[Life | None, Move] = {
    None: Move.START,
    Life.PAUSED: Move.RESUME,
    Life.STOPPED: Move.REOPEN,
    Life.CANCELLED: Move.REOPEN,
}


def decide(life: Life | None, target: Target, fact: Fact, again: bool = False) -> tuple[Move, Life] | None:
    """The move that *fact* makes of a clock in *life*, and the life it leads to; None where nothing moves.

    *again* says that the phase held already: a phase resets a clock when it begins, and not when it is repeated.
    """
    key = (life, fact.phase, fact.reason, fact.override, again)
    known = target.decisions.get(key, _UNDECIDED)
    if known is not _UNDECIDED:
        return known  # type: ignore[no-any-return]
    what = _as_overridden(life, target, fact, again)
    if what is Move.PAUSE and target.until is not None:
        what = _RUN.get(life)  # no wait moves a deadline that was agreed
    to = None if what is None else MOVES.get((life, what))
    found = target.decisions[key] = None if what is None or to is None else (what, to)
    return found


def for_every_clock(fact: Fact) -> Fact:
    """The fact for all clocks, where an override limits it to those that are open."""
    override = fact.override
    if override is None or not (override.repeats or override.open_only):
        return fact
    for_all = replace(override, repeats=False, open_only=False)
    return replace(fact, override=None if override.kind is None else for_all)


def is_excluded(fact: Fact) -> bool:
    """Whether a correction says that the time from *fact* on does not count."""
    return fact.override is not None and fact.override.kind is _EXCLUDED


def is_end(fact: Fact) -> bool:
    """Whether *fact* is an end that a correction states."""
    return fact.override is not None and fact.override.kind is _ENDED


def same_reason(fact: Fact, other: Fact) -> bool:
    """Whether both facts give one reason: the source's, or that of an override."""
    if fact.reason != other.reason or fact.override == other.override:
        return fact.reason == other.reason
    return override_kind(fact) is override_kind(other)


def override_kind(fact: Fact) -> OverrideKind | None:
    """What an override says of *fact*; None where its source's word holds."""
    return None if fact.override is None else fact.override.kind


def silent(fact: Fact) -> Fact:
    """The fact without its phase, reason and override."""
    return replace(fact, phase=None, reason=None, override=None)


def _as_overridden(life: Life | None, target: Target, fact: Fact, again: bool) -> Move | None:
    """The move, after the override that a correction or another target's clock put on the fact."""
    override = fact.override
    if override is None or fact.phase is None:
        return move(life, target, fact, again)
    if (override.open_only or override.repeats) and life not in OPEN_LIVES:
        return None
    if override.kind is _BEGUN:
        return _RUN.get(life)
    if override.kind is _UNDONE:
        return Move.CANCEL
    return move(life, target, fact, again)


def move(life: Life | None, target: Target, fact: Fact, again: bool = False) -> Move | None:
    """What *fact* does to a clock that is started and stopped, and is in *life*."""
    phase = fact.phase
    if phase is None:
        return None
    if phase in target.cancel or retires(phase):
        return Move.CANCEL
    if phase in target.stop or is_end(fact):
        return Move.STOP
    begun = life in OPEN_LIVES or _begun_by_phases(target)
    if not begun or phase is Phase.DELIVERED or phase is CircuitState.UNKNOWN or isinstance(phase, OwnInstant):
        return _in_no_phase(life, target, fact)
    if target.reset and phase in target.reset and life in OPEN_LIVES and not again:
        return Move.RESET
    kind = override_kind(fact)
    if kind is _IF_LISTED:
        return Move.PAUSE if fact.reason in target.pauses else None
    if _excludes(life, target, fact) if kind is _EXCLUDED else kind is None and _waits(life, target, fact):
        return Move.PAUSE
    if phase is Phase.UNKNOWN and life is None:
        return Move.START  # it does not reopen a stopped clock: no source said that the fault is back
    if phase in target.start or (kind is _COUNTED and fact.reason in target.pauses):
        return _RUN.get(life)
    return Move.RESUME if life is Life.PAUSED else None  # any other phase ends a pause


def _in_no_phase(life: Life | None, target: Target, fact: Fact) -> Move | None:
    """What a fact does that ends nothing and brings no phase of the clock's: nothing, except for an instant.

    An instant says of no wait that it is over, so it resumes nothing. The reason and the override of *fact* are those
    with which the ticket waits.
    """
    if not isinstance(fact.phase, OwnInstant):
        return None
    if life in OPEN_LIVES:
        return Move.RESET if fact.phase in target.reset else None
    if fact.phase not in target.start:
        return None
    return Move.PAUSE if is_excluded(fact) or fact.reason in target.pauses else _RUN.get(life)


def _begun_by_phases(target: Target) -> bool:
    """Whether some phase or state begins the clock; one that only instants begin is neither begun nor reopened else."""
    return any(not isinstance(condition, OwnInstant) for condition in target.start)


def waits(held: Fact, pauses: Collection[str]) -> bool:
    """Whether the phase that *held* brought is a wait for a clock that waits for *pauses*."""
    if held.override is not None and held.override.kind is _EXCLUDED:
        return True
    counts = held.override is not None and held.override.kind is _COUNTED
    return held.phase is Phase.HELD and held.reason in pauses and not counts


def _excludes(life: Life | None, target: Target, fact: Fact) -> bool:
    """Whether excluded time pauses the clock; it begins no clock that the phase would not begin."""
    if life is Life.RUNNING or life is Life.PAUSED:
        return True
    if life is None and fact.override is not None and fact.override.waits in target.pauses:
        return True
    return fact.phase in target.start or (fact.phase is Phase.UNKNOWN and life is None)


def _waits(life: Life | None, target: Target, fact: Fact) -> bool:
    """Whether the source's reason is one for which the target waits, in this phase."""
    if fact.reason not in target.pauses:
        return False
    if isinstance(fact.phase, CircuitState) and life in (Life.RUNNING, Life.PAUSED):
        return True  # an excuse of an outage holds until the source ends it, in every state of the circuit
    return fact.phase is Phase.HELD or fact.phase in target.start


def as_held(fact: Fact, held: Fact | None) -> Fact:
    """The fact with the state that *held* before it, where it says that a circuit's state is unknown (semantics 36).

    Without a phase, where nothing changes; with that earlier state, where planned work begins or ends.
    """
    if fact.phase is not CircuitState.UNKNOWN:
        return fact
    if held is None or same_reason(fact, held):
        return replace(fact, phase=None)
    return replace(fact, phase=held.phase)


def begins_none(fact: Fact) -> bool:
    """Whether *fact* moves open clocks only."""
    return fact.override is not None and (fact.override.open_only or fact.override.repeats)


def owes(fact: Fact) -> bool:
    """Whether *fact* says of a clock that another's end began that its time is excluded: it is owed all the same."""
    return is_excluded(fact) and fact.override is not None and fact.override.open_only


def ends_with(target: Target, fact: Fact) -> bool:
    """Whether *fact* stops or cancels the clock of *target*."""
    return fact.phase in target.stop or fact.phase in target.cancel or is_end(fact) or retires(fact.phase)


def draw(target: Target, fact: Fact) -> Move | None:
    """What *fact* does to an allowance: it is used, excused, left alone, or gone with its circuit."""
    if fact.phase is None or fact.phase is CircuitState.UNKNOWN:
        return None
    if retires(fact.phase):
        return Move.CANCEL
    if fact.phase not in target.start:
        return Move.REST
    excused = fact.reason in target.pauses if override_kind(fact) is None else is_excluded(fact)
    return Move.PAUSE if excused else Move.RESUME


def party_after(fact: Fact, before: Party | None) -> Party | None:
    """Who has the subject after *fact*: the supplier that it names, else the team that it names, else as before."""
    attributes = fact.attributes
    if attributes.get("supplier"):
        return (AgreementKind.UC, attributes["supplier"])
    if attributes.get("team"):
        return (AgreementKind.OLA, attributes["team"])
    return before


def first_party(history: Sequence[Fact]) -> Party | None:
    """The party that a history names first; it has had the subject from the start."""
    for fact in history:
        if fact.attributes:
            found = party_after(fact, None)
            if found is not None:
                return found
    return None
