"""Read a history as it was corrected afterwards: time excluded, a wait that was none, another end.

Pure. A correction rewrites no event: it changes how the facts are read, so that readings follow and the earlier reading
can be had by leaving it out. Corrections are applied in the order in which they were made; what a later one says of the
same time holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from monitor.events import Correction
from monitor.mapping import Fact
from monitor.model import CORRECTED, CircuitState, CorrectionKind, Phase

_ENDS = (Phase.RESTORED, Phase.CLOSED, Phase.CANCELLED, CircuitState.AVAILABLE)


def corrected(facts: Sequence[Fact], corrections: Sequence[tuple[str, Correction]], target: str = "") -> Sequence[Fact]:
    """The facts as *target* sees them; *corrections* are (event id, correction), oldest first."""
    revoked = {said.revokes for _, said in corrections if said.kind is CorrectionKind.REVOKE}
    for event_id, said in corrections:
        if event_id in revoked or said.target not in ("", target) or said.start is None:
            continue
        if said.kind is CorrectionKind.STOP:
            facts = _stopped(facts, said.start, event_id)
        elif said.end is not None:
            facts = _retold(facts, said.start, said.end, event_id, said.kind)
    return facts


def _retold(facts: Sequence[Fact], start: datetime, end: datetime, event_id: str, kind: CorrectionKind) -> list[Fact]:
    """Every fact from *start* to *end* told otherwise, with what held at both of them put there."""
    found: list[Fact] = []
    held: Fact | None = None  # what the source had said by then
    entered, left = False, False
    for fact in facts:
        if not entered and fact.at >= start:
            entered = True
            found += _told_at(held, start, event_id, kind)
        if not left and fact.at >= end:
            left = True
            found += _again(held, end)
        if fact.phase is not None and fact.phase is not Phase.DELIVERED:
            held = fact
        found.append(_otherwise(fact, kind) if start <= fact.at < end else fact)
    if not entered:
        found += _told_at(held, start, event_id, kind)
    if not left:
        found += _again(held, end)
    return found


def _told_at(held: Fact | None, start: datetime, event_id: str, kind: CorrectionKind) -> list[Fact]:
    """What held at the start, told otherwise from there on; nothing where nothing ran."""
    if held is None or held.phase in _ENDS:
        return []
    told = _otherwise(replace(held, feedback=False, attributes={}, instants={}), kind)
    same = told.reason == held.reason and told.phase is held.phase
    return [] if same else [replace(told, at=start, event_id=event_id)]


def _again(held: Fact | None, end: datetime) -> list[Fact]:
    if held is None or held.phase in _ENDS:
        return []
    return [replace(held, at=end, feedback=False, attributes={}, instants={})]


def _otherwise(fact: Fact, kind: CorrectionKind) -> Fact:
    if fact.phase is None or fact.phase in _ENDS:
        return fact
    if kind is CorrectionKind.EXCLUDE:
        return replace(fact, reason=CORRECTED)
    if fact.phase is Phase.HELD:
        return replace(fact, phase=Phase.ACCEPTED, reason=None)
    return replace(fact, reason=None)


def _stopped(facts: Sequence[Fact], at: datetime, event_id: str) -> list[Fact]:
    """The history in which the subject ended at *at*, and what the source said of that end is left out.

    Where the source still had it going on at *at*, all that it says from then until its own next end is left out. Where
    the source had ended it before, the ends that it said last before *at* are left out.
    """
    circuit = any(isinstance(fact.phase, CircuitState) for fact in facts)
    before = [fact for fact in facts if fact.at < at]
    after = [fact for fact in facts if fact.at >= at]
    told = [index for index, fact in enumerate(before) if fact.phase is not None]
    if told and before[told[-1]].phase in _ENDS:
        for index in reversed(told):
            if before[index].phase not in _ENDS:
                break
            before[index] = replace(before[index], phase=None)
    else:
        for index, fact in enumerate(after):
            if fact.phase in _ENDS:
                break
            after[index] = replace(fact, phase=None)
    end = CircuitState.AVAILABLE if circuit else Phase.RESTORED
    return [*before, Fact(at, event_id, end), *after]
