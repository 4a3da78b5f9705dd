"""Read a history as it was corrected afterwards: time excluded, a wait that was none, another end.

Pure. A correction rewrites no event: it changes how the facts are read, so that readings follow and the earlier reading
can be had by leaving it out. Corrections are applied in the order in which they were made; what a later one says of the
same time holds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from monitor.clock.state_machine import is_end, is_excluded, same_reason, silent
from monitor.history import Correction, Fact, Override, OverrideKind
from monitor.model import CircuitState, Condition, CorrectionKind, Phase

ENDS: Collection[Condition] = (Phase.RESTORED, Phase.CLOSED, Phase.CANCELLED, CircuitState.AVAILABLE)
"""What ends a subject, where nobody says which target it is about."""


_EXCLUDED, _IF_LISTED = Override(OverrideKind.EXCLUDED), Override(OverrideKind.IF_LISTED)
_COUNTED, _ENDED, _PLAIN = Override(OverrideKind.COUNTED), Override(OverrideKind.ENDED), Override()


def corrected(
    facts: Sequence[Fact],
    corrections: Sequence[tuple[str, Correction]],
    target: str = "",
    ends: Collection[Condition] = ENDS,
) -> Sequence[Fact]:
    """The facts as *target* sees them; *corrections* are (event id, correction), oldest first.

    *ends* is what stops or cancels the target; that a circuit is available always ends what it had.
    """
    ends = {*ends, CircuitState.AVAILABLE}
    revoked = {said.revokes for _, said in corrections if said.kind is CorrectionKind.REVOKE}  # none is revoked itself
    facts = _as_held(facts)
    for event_id, said in corrections:
        if event_id in revoked or said.target not in ("", target) or said.start is None:
            continue
        if said.kind is CorrectionKind.STOP:
            facts = _stopped(facts, said.start, event_id, ends)
        elif said.end is not None:
            facts = _retold(facts, (said.start, said.end), event_id, said.kind, ends)
    return facts


def _retold(
    facts: Sequence[Fact],
    between: tuple[datetime, datetime],
    event_id: str,
    kind: CorrectionKind,
    ends: Collection[Condition],
) -> list[Fact]:
    """Every fact from the first to the last instant told otherwise, with what held at both of them put there."""
    start, end = between
    found: list[Fact] = []
    held: Fact | None = None  # what the source had said by then
    entered, left, over = False, False, False
    for fact in facts:
        said = _says_where_it_is(fact, held)
        if not entered and fact.at >= start:
            entered = True
            if not (said and fact.at == start):  # what the source says at that very instant is said once
                found += _settled(_told_at(held, start, event_id, kind), over)
        if not left and fact.at >= end:
            left = True
            if not (fact.at == end and (said or fact.phase in ends)):  # nor for no time at all
                found += _settled(_again(held, end), over)
        if said:
            held, over = fact, False
        elif fact.phase in ends:
            over = True  # a delivery, after which nothing of the target goes on
        found += _otherwise(fact, event_id, kind) if start <= fact.at < end else (fact,)
    if not entered:
        found += _settled(_told_at(held, start, event_id, kind), over)
    if not left:
        found += _settled(_again(held, end), over)
    return found


def _as_held(facts: Sequence[Fact]) -> Sequence[Fact]:
    """The facts with planned work that is said while a circuit is unknown told of the state that held before."""
    if not any(fact.phase is CircuitState.UNKNOWN for fact in facts):
        return facts
    found: list[Fact] = []
    held: Fact | None = None
    for fact in facts:
        excused = held is not None and held.phase is not CircuitState.AVAILABLE and fact.reason != held.reason
        if fact.phase is CircuitState.UNKNOWN and held is not None and excused:
            fact = replace(fact, phase=held.phase)
        if fact.phase is not None and fact.phase is not CircuitState.UNKNOWN:
            held = fact
        found.append(fact)
    return found


def _says_where_it_is(fact: Fact, held: Fact | None) -> bool:
    """Whether *fact* holds from now on; what nobody understands takes back a wait, and nothing else."""
    if fact.phase is None or fact.phase is Phase.DELIVERED or _is_settled(fact):
        return False
    if fact.phase is CircuitState.UNKNOWN:
        return False
    return fact.phase is not Phase.UNKNOWN or held is None or held.phase in (Phase.HELD, Phase.UNKNOWN)


def _told_at(held: Fact | None, start: datetime, event_id: str, kind: CorrectionKind) -> list[Fact]:
    """What held at the start, told otherwise from there on."""
    if held is None:
        return []
    *_, told = _otherwise(_bare(held), event_id, kind)
    return [] if same_reason(told, held) else [replace(told, at=start, event_id=event_id)]


def _again(held: Fact | None, end: datetime) -> list[Fact]:
    return [] if held is None else [replace(_bare(held), at=end)]


def _settled(told: Sequence[Fact], over: bool) -> list[Fact]:
    """What is told of a subject whose target had been delivered: nobody reopens it by that."""
    if not over:
        return list(told)
    return [replace(fact, override=replace(fact.override or _PLAIN, reopens_nothing=True)) for fact in told]


def _is_settled(fact: Fact) -> bool:
    """Whether an earlier correction told *fact* of what was delivered already."""
    return fact.override is not None and fact.override.reopens_nothing


def _bare(fact: Fact) -> Fact:
    return replace(fact, feedback=False, opened_at=None, attributes={}, instants={})


def _otherwise(fact: Fact, event_id: str, kind: CorrectionKind) -> Iterator[Fact]:
    """The facts that a correction puts in the place of *fact*; its override replaces that of an earlier correction."""
    if fact.phase is None or is_end(fact) or _is_settled(fact):
        yield fact
    elif kind is CorrectionKind.EXCLUDE:
        if fact.phase is Phase.HELD:  # only its own reason says whether it begins anything
            if fact.reason is not None:
                yield replace(fact, override=_IF_LISTED)
            yield replace(_bare(fact) if fact.reason else fact, event_id=event_id, reason=None, override=_EXCLUDED)
        else:
            yield replace(fact, reason=None, override=_EXCLUDED)
    elif is_excluded(fact):
        yield replace(fact, override=None)
    elif fact.reason is None or fact.override == _COUNTED:
        yield fact
    elif fact.phase is Phase.HELD:
        yield replace(fact, override=_COUNTED)
    else:
        yield replace(fact, reason=None)


def _stopped(facts: Sequence[Fact], at: datetime, event_id: str, ends: Collection[Condition]) -> list[Fact]:
    """The history in which the subject ended at *at*, and what the source said of that end is left out.

    Where the source still had it going on at *at*, all that it says from then until its own next end is left out. Where
    the source had ended it before, the ends that it said last before *at* are left out.
    """

    def ended(fact: Fact) -> bool:
        return fact.phase in ends or is_end(fact)

    circuit = any(isinstance(fact.phase, CircuitState) for fact in facts)
    before = [fact for fact in facts if fact.at < at]
    after = [fact for fact in facts if fact.at >= at]
    told = [index for index, fact in enumerate(before) if fact.phase is not None]
    if told and ended(before[told[-1]]):
        for index in reversed(told):
            if not ended(before[index]):
                break
            before[index] = silent(before[index])
    else:
        for index, fact in enumerate(after):
            if ended(fact):
                break
            after[index] = silent(fact)
    end = CircuitState.AVAILABLE if circuit else Phase.RESTORED
    return [*before, Fact(at, event_id, end, override=_ENDED), *after]
