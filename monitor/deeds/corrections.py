"""Check a correction of a subject's past: what cannot be right is refused, and what is written already stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.clock import Rulebook
from monitor.deeds.plans import Planned, planned
from monitor.deeds.refused import Refused, Times, WhyRefused, words
from monitor.history import CORRECTION_ID, Correction, Event
from monitor.messages import message
from monitor.model import CorrectionKind, SubjectKey
from monitor.worktime import EPOCH


@dataclass(frozen=True, slots=True)
class Way:
    """How a correction is asked for: what of it is said in a sentence, and what is done where nothing changes.

    One that changes nothing is refused unless `even_so`; with `again`, one that stands already is given instead, for
    programs ask twice. `explain` is the command that shows the times, `even_so_said` what writes it all the same.
    """

    times: Times
    explain: str
    even_so: bool = False
    even_so_said: str = "--even-so"
    again: bool = False


def plan_correction(events: Sequence[Event], asked: Correction, rules: Rulebook, now: datetime, way: Way) -> Planned:
    """What a correction changes, with the event to write. *events* are those of the subject. Raises Refused."""
    author, reason = words(asked.author, asked.reason)
    asked = replace(asked, author=author, reason=reason)
    key = events[0].key
    _refuse_impossible(asked, key, events, rules, now, way.times)
    if asked.kind is CorrectionKind.REVOKE:
        asked = replace(asked, revokes=_revocable(asked.revokes, key, events))
    if way.again:
        standing = _standing(events)
        same = next((one for one in events if one.event_id in standing and one.correction == asked), None)
        if same is not None:
            return Planned(same, asked, standing=True)
    plan = planned(events, asked, rules, now)
    if not plan.changes and not way.even_so:
        said = message("deed-changes-nothing", subject=str(key), explain=way.explain, even_so=way.even_so_said)
        raise Refused(WhyRefused.CONFLICT, said)
    return plan


def _refuse_impossible(
    asked: Correction, key: SubjectKey, events: Sequence[Event], rules: Rulebook, now: datetime, times: Times
) -> None:
    """Refuse a correction that cannot be right. Raises Refused."""
    known = [rule.name for rule in rules.rules]
    if asked.target and asked.target not in known:
        said = message(
            "deed-no-such-target", target=repr(asked.target), policy=rules.policy.label, known=", ".join(known)
        )
        raise Refused(WhyRefused.WRONG, said)
    for at in (asked.start, asked.end):
        if at is not None and at < EPOCH:
            raise Refused(WhyRefused.WRONG, message("deed-too-early", at=at.isoformat()))
        if at is not None and at > now:
            raise Refused(WhyRefused.WRONG, message("deed-in-the-future", at=times(at)))
    if asked.start is not None and asked.end is not None and asked.start >= asked.end:
        said = message("deed-span-turned", start=times(asked.start), end=times(asked.end))
        raise Refused(WhyRefused.WRONG, said)
    begins = max((event.baseline.at for event in events if event.baseline is not None), default=None)
    if begins is not None and asked.start is not None and asked.start < begins:
        raise Refused(WhyRefused.CONFLICT, message("deed-before-deletion", subject=str(key), at=times(begins)))
    first = min(event.opened_at or event.at for event in events if event.correction is None)
    last = asked.end or asked.start
    if last is not None and last <= first:
        raise Refused(WhyRefused.WRONG, message("deed-nothing-known-before", subject=str(key), at=times(first)))


def _standing(events: Sequence[Event]) -> list[str]:
    """The ids of the corrections that are not revoked and are no revocations."""
    made = [(event.event_id, event.correction) for event in events if event.correction is not None]
    revoked = {correction.revokes for _, correction in made}
    return [name for name, one in made if one.kind is not CorrectionKind.REVOKE and name not in revoked]


def _revocable(named: str, key: SubjectKey, events: Sequence[Event]) -> str:
    """The id of the correction to revoke; its beginning, as `explain` shows it, is enough. Raises Refused."""
    made = {event.event_id: event.correction for event in events if event.correction is not None}
    standing = _standing(events)
    has = message("deed-can-be-revoked", several=", ".join(standing)) if standing else message("deed-none-to-revoke")
    begin = named.removesuffix("…")
    found = [name for name in made if name == named or (len(begin) > len(CORRECTION_ID) and name.startswith(begin))]
    if not found:
        said = message("deed-no-such-correction", named=repr(named[:200]), subject=str(key), has=has)
        raise Refused(WhyRefused.UNKNOWN, said)
    if len(found) > 1:
        several = ", ".join(found)
        raise Refused(WhyRefused.WRONG, message("deed-several-corrections", named=repr(named), several=several))
    if made[found[0]].kind is CorrectionKind.REVOKE:
        raise Refused(WhyRefused.CONFLICT, message("deed-revokes-a-revocation", named=found[0]))
    if found[0] not in standing:
        raise Refused(WhyRefused.CONFLICT, message("deed-revoked-already", named=found[0], has=has))
    return found[0]
