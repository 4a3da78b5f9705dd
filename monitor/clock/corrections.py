"""Apply corrections to the facts of a subject: excluded time, a pause that counts after all, another end.

Pure. A correction rewrites no event: it replaces facts, so that readings change, and without it the earlier readings
come back. Corrections are applied in the order in which they were made; of two about the same time the later one holds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from monitor.clock.state_machine import is_end, is_excluded, override_kind, same_reason, silent
from monitor.history import Correction, Fact, Override, OverrideKind, retires, shows_life
from monitor.model import CircuitState, Condition, CorrectionKind, OwnInstant, Phase

ENDS: Collection[Condition] = (Phase.RESTORED, Phase.CLOSED, Phase.CANCELLED, CircuitState.AVAILABLE)
"""What ends a subject, where a correction names no target."""

_ENDED, _COUNTED = Override(OverrideKind.ENDED), OverrideKind.COUNTED


def corrected(
    facts: Sequence[Fact],
    corrections: Sequence[tuple[str, Correction]],
    target: str = "",
    ends: Collection[Condition] = ENDS,
) -> Sequence[Fact]:
    """The facts after the corrections that concern *target*; *corrections* are (event id, correction), oldest first.

    *ends* is what stops or cancels the target; a circuit that is available always ends its fault.
    """
    ends = {*ends, CircuitState.AVAILABLE}
    revoked = {made.revokes for _, made in corrections if made.kind is CorrectionKind.REVOKE}  # none is revoked itself
    facts = with_states(facts)
    for event_id, made in corrections:
        if event_id in revoked or made.target not in ("", target) or made.start is None:
            continue
        if made.kind is CorrectionKind.STOP:
            facts = _stopped(facts, made.start, event_id, ends)
        elif made.end is not None:
            facts = _replaced(facts, (made.start, made.end), event_id, made.kind, ends)
    return facts


def excluded_time(corrections: Sequence[tuple[str, Correction]], target: str) -> list[tuple[datetime, str, bool]]:
    """Every instant at which excluded time of *target* begins or ends: (instant, event id, whether it begins)."""
    revoked = {made.revokes for _, made in corrections if made.kind is CorrectionKind.REVOKE}
    spans = [
        (made.start, made.end, made.kind is CorrectionKind.EXCLUDE, event_id)
        for event_id, made in corrections
        if made.kind in (CorrectionKind.EXCLUDE, CorrectionKind.COUNT) and made.target in ("", target)
        and event_id not in revoked and made.start is not None and made.end is not None
    ]  # fmt: skip
    found: list[tuple[datetime, str, bool]] = []
    for at in sorted({at for start, end, _, _ in spans for at in (start, end)}):
        holding = [excluded for start, end, excluded, _ in spans if start <= at < end]
        now = bool(holding) and holding[-1]
        if now is not (bool(found) and found[-1][2]):
            because = next(event_id for start, end, _, event_id in reversed(spans) if at in (start, end))
            found.append((at, because, now))
    return found


def _replaced(
    facts: Sequence[Fact],
    between: tuple[datetime, datetime],
    event_id: str,
    kind: CorrectionKind,
    ends: Collection[Condition],
) -> list[Fact]:
    """The facts, those between two instants corrected; at both instants a fact repeats the phase that holds there.

    What is repeated moves open clocks only: time that is excluded or counted begins nothing, at neither of its ends.
    """
    start, end = between
    found: list[Fact] = []
    held: Fact | None = None  # the phase by then, as the source stated it
    entered, left = False, False
    placed = next((place for place, fact in enumerate(facts) if fact.at == start and _places(fact)), -1)
    for place, fact in enumerate(facts):
        holds = _holds(fact, held)
        if not entered and fact.at >= start:
            entered = True
            if not (
                (holds and fact.at == start) or placed >= 0
            ):  # what holds at that very instant needs no second fact
                found += _at_start(held, start, event_id, kind) or _suspended(start, event_id, found, kind)
        if not left and fact.at >= end:
            left = True
            found += _going_on(end, event_id, found, held)
            if not (fact.at == end and (holds or fact.phase in ends)):  # nor one that holds for no time
                found += _at_end(held, end)
        if holds:
            held = fact
        # an unknown state before what holds from that very instant on says nothing new of the state before
        early = fact.at == start and fact.phase is CircuitState.UNKNOWN and place < placed
        found += _corrected(fact, event_id, kind) if start <= fact.at < end and not early else (fact,)
    if not entered:
        found += _at_start(held, start, event_id, kind) or _suspended(start, event_id, found, kind)
    if not left:
        found += _going_on(end, event_id, found, held)
        found += _at_end(held, end)
    return found


def with_states(facts: Sequence[Fact], held: Fact | None = None) -> Sequence[Fact]:
    """The facts; where planned work begins or ends in an unknown state of a circuit, with the state before that.

    *held* was the last state before the first of them.
    """
    if not any(fact.phase is CircuitState.UNKNOWN for fact in facts):
        return facts
    found: list[Fact] = []
    for fact in facts:
        excused = held is not None and held.phase is not CircuitState.AVAILABLE and fact.reason != held.reason
        if fact.phase is CircuitState.UNKNOWN and held is not None and excused:
            fact = replace(fact, phase=held.phase)
        if fact.phase is not None and fact.phase is not CircuitState.UNKNOWN:
            held = fact
        found.append(fact)
    return found


def last_state(facts: Sequence[Fact], held: Fact | None) -> Fact | None:
    """The last of *facts* that says a phase or a known state, else *held*."""
    said = (fact for fact in reversed(facts) if fact.phase is not None and fact.phase is not CircuitState.UNKNOWN)
    return next(said, held)


def _holds(fact: Fact, held: Fact | None) -> bool:
    """Whether the phase of *fact* holds from now on; a status that is not understood ends a pause, and nothing else."""
    if fact.phase is None or fact.phase is Phase.DELIVERED:
        return False
    if isinstance(fact.phase, OwnInstant):
        return False
    if fact.phase is CircuitState.UNKNOWN:
        return False
    return fact.phase is not Phase.UNKNOWN or held is None or held.phase in (Phase.HELD, Phase.UNKNOWN)


def _places(fact: Fact) -> bool:
    """Whether the source says with *fact* where the subject is."""
    nowhere = (None, Phase.DELIVERED, Phase.UNKNOWN, CircuitState.UNKNOWN)
    return fact.phase not in nowhere and not isinstance(fact.phase, OwnInstant)


def _at_start(held: Fact | None, start: datetime, event_id: str, kind: CorrectionKind) -> list[Fact]:
    """The fact that held at the start, corrected from there on."""
    if held is None:
        return []
    *_, found = _corrected(_bare(held), event_id, kind)
    return [] if same_reason(found, held) else [_repeated(replace(found, at=start, event_id=event_id))]


def _at_end(held: Fact | None, end: datetime) -> list[Fact]:
    """The fact that holds at the end, as the source stated it."""
    return [] if held is None else [_repeated(replace(_bare(held), at=end))]


def _going_on(end: datetime, event_id: str, found: Sequence[Fact], held: Fact | None) -> list[Fact]:
    """What lets a clock go on at the end that an instant has begun, while no phase was known."""
    if held is not None or not any(isinstance(fact.phase, OwnInstant) for fact in found):
        return []
    return [_repeated(Fact(end, event_id, Phase.UNKNOWN))]


def _suspended(start: datetime, event_id: str, found: Sequence[Fact], kind: CorrectionKind) -> list[Fact]:
    """What suspends a clock at the start of excluded time that an instant has begun, while no phase was known."""
    instants = [fact for fact in found if fact.phase is not None]
    if kind is not CorrectionKind.EXCLUDE or not all(isinstance(fact.phase, OwnInstant) for fact in instants):
        return []
    return [_repeated(Fact(start, event_id, Phase.UNKNOWN, override=Override(OverrideKind.EXCLUDED)))] * bool(instants)


def _repeated(fact: Fact) -> Fact:
    """The fact as one that a correction adds: it repeats a phase."""
    return replace(fact, override=replace(fact.override or Override(), repeats=True))


def _bare(fact: Fact) -> Fact:
    return replace(fact, feedback=False, opened_at=None, attributes={}, instants={}, stands=False)


def _corrected(fact: Fact, event_id: str, kind: CorrectionKind) -> Iterator[Fact]:
    """The facts that a correction puts in the place of *fact*; its override replaces that of an earlier correction."""
    waits = fact.override.waits if fact.override is not None else None
    if fact.phase is None or is_end(fact) or retires(fact.phase):
        yield fact
    elif kind is CorrectionKind.EXCLUDE:
        if fact.phase is Phase.HELD:  # the target's list of reasons decides whether it begins anything
            if fact.reason is not None:
                yield _overridden(fact, OverrideKind.IF_LISTED)
            first, waits = _bare(fact) if fact.reason else fact, fact.reason or waits
            yield _overridden(replace(first, event_id=event_id, reason=None), OverrideKind.EXCLUDED, waits)
        else:
            yield _overridden(replace(fact, reason=None), OverrideKind.EXCLUDED)
    elif is_excluded(fact):
        yield _overridden(replace(fact, reason=waits), _COUNTED if waits else None)
    elif fact.reason is None or override_kind(fact) is _COUNTED:
        yield fact
    elif fact.phase is Phase.HELD:
        yield _overridden(fact, _COUNTED)
    else:
        yield replace(fact, reason=None)


def _overridden(fact: Fact, kind: OverrideKind | None, waits: str | None = None) -> Fact:
    """The fact with what a correction says of it. What only repeats a phase still does."""
    override = replace(fact.override or Override(), kind=kind, waits=waits)
    return replace(fact, override=None if override == Override() else override)


def _stopped(facts: Sequence[Fact], at: datetime, event_id: str, ends: Collection[Condition]) -> list[Fact]:
    """The history in which the subject ended at *at*; the end that the source states is left out.

    Where the subject was open at *at* by the source, the source's phases from then until its next end are left out.
    Where the source had ended it before, its last ends before *at* are left out, but not the one that stands in the
    place of deleted events. What is gone for good by *at* has nothing left to end, and nothing takes back that it is
    gone.
    """

    def ended(fact: Fact) -> bool:
        return fact.phase in ends or is_end(fact) or retires(fact.phase)

    circuit = any(isinstance(fact.phase, CircuitState) for fact in facts)
    before = [fact for fact in facts if fact.at < at]
    after = [fact for fact in facts if fact.at >= at]
    alive = next((fact for fact in reversed(before) if shows_life(fact.phase) or retires(fact.phase)), None)
    if alive is not None and retires(alive.phase):
        return list(facts)
    placed = [index for index, fact in enumerate(before) if fact.phase is not None]
    if placed and retires(before[placed[-1]].phase):
        return list(facts)  # what is gone for good has ended
    if placed and ended(before[placed[-1]]):
        for index in reversed(placed):
            if not ended(before[index]) or before[index].stands or retires(before[index].phase):
                break
            before[index] = silent(before[index])
    else:
        for index, fact in enumerate(after):
            if ended(fact):
                break
            after[index] = silent(fact)
    end = CircuitState.AVAILABLE if circuit else Phase.RESTORED
    return [*before, Fact(at, event_id, end, override=_ENDED), *after]
