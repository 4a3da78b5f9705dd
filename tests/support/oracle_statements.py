"""Put what a source and an operator said of a subject in the order in which a clock hears it: slow and obvious.

What nobody said as a statement of its own is added here: the opening that a source states, instants at their own times,
and that a subject is gone for good. By `docs/concepts.md` ("The opening", "A start in the past", "Instants that move
clocks", "Gone for good", "Corrections") and semantics K and 37.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tests.support.oracle_law import LASTING, OWN_INSTANTS, STATES, WORDS, Made, Promise, Said

ENDS = frozenset({"available", "retired"})
LIFE = (WORDS - {"delivered"}) | STATES


@dataclass(frozen=True)
class Told:
    """What is known of a subject at an instant."""

    said: tuple[Said, ...]
    now: datetime
    believed: bool = True
    circuit: bool = False

    def known(self) -> list[Said]:
        """The source's statements, in their order."""
        return [one for one in self.said if one.at <= self.now and one.made is None]

    def corrections(self, target: str) -> list[Made]:
        """The corrections that stand and are about a target, in the order in which they were made."""
        made = [(one.name, one.made) for one in self.said if one.at <= self.now and one.made is not None]
        gone = {one.revokes for _, one in made if one.kind == "revoke"}
        return [one for name, one in made if name not in gone and one.kind != "revoke" and one.target in ("", target)]

    def says(self, target: str) -> Callable[[datetime], str | None]:
        """What the last word of the corrections on an instant is: `exclude`, `count`, or nothing."""
        stands = [one for one in self.corrections(target) if one.kind in ("exclude", "count")]

        def of(at: datetime) -> str | None:
            found = None
            for one in stands:
                if one.start is not None and one.end is not None and one.start <= at < one.end:
                    found = one.kind
            return found

        return of

    def edges(self, target: str) -> set[datetime]:
        """The instants at which corrections change what counts."""
        stands = [one for one in self.corrections(target) if one.kind in ("exclude", "count")]
        return {at for one in stands for at in (one.start, one.end) if at is not None and at <= self.now}

    def ended_at(self, target: str) -> datetime | None:
        """When the subject ended by a correction."""
        return next((one.start for one in self.corrections(target) if one.kind == "stop"), None)

    def opened(self) -> list[Said]:
        """The statements, with the opening that the source states last, if its first status is not before it."""
        known = self.known()
        stated = [one.opened_at for one in known if one.opened_at is not None]
        first = next((one.at for one in known if one.status is not None), None)
        if not stated or not self.believed or self.circuit or (first is not None and first < stated[-1]):
            return known
        by = next(one.name for one in known if one.opened_at == stated[-1])
        return _first_of_its_instant(known, Said(stated[-1], "opening", "opened", stated_by=by, added=True))

    def last_value(self, name: str) -> datetime | None:
        """The last value of an instant, None if it was taken back. What every policy has is not taken back."""
        found = None
        for one in self.known():
            if name in one.instants and (one.instants[name] is not None or name not in LASTING):
                found = one.instants[name]
        return found

    def said_by(self, name: str) -> str:
        """The statement that says the last value of an instant."""
        return next(one.name for one in reversed(self.known()) if one.instants.get(name) is not None)

    def of_subject(self) -> list[Said]:
        """What was said, and when the subject was gone, for all targets."""
        found = self.opened()
        for made in self.corrections(""):
            at = made.start if made.kind == "retire" else None
            if at is not None and any(self.shows(one) and one.at <= at for one in found):
                found = _last_of_its_instant(found, Said(at, f"gone/{at}", "retired", added=True))
        return found

    def shows(self, one: Said) -> bool:
        """Whether something is known of the subject by a statement; planned work says nothing of its circuit."""
        return one.status is not None and not (self.circuit and one.status in WORDS)

    def heard(self, promise: Promise) -> list[Said]:
        """What the clock of *promise* hears, up to now."""
        found = self.of_subject()
        for name in OWN_INSTANTS:
            at = self.last_value(name)
            if at is not None and name in promise.listed:
                said = Said(at, f"instant/{name}", instant=name, stated_by=self.said_by(name), added=True)
                found = _last_of_its_instant(found, said)
        earlier = [(at, self.said_by(name)) for name in promise.begins if (at := self.last_value(name)) is not None]
        first = next((one.at for one in found if one.status is not None and not one.left_out), None)
        if earlier and first is not None and min(earlier)[0] < first:
            at, by = min(earlier)
            found = _first_of_its_instant(found, Said(at, "begins", "opened", stated_by=by, added=True))
        found = _with_the_end(found, self.ended_at(promise.name), promise.stop | promise.cancel | ENDS, self.circuit)
        return [one for one in found if one.at <= self.now]


def _first_of_its_instant(said: Sequence[Said], added: Said) -> list[Said]:
    return [*(one for one in said if one.at < added.at), added, *(one for one in said if one.at >= added.at)]


def _last_of_its_instant(said: Sequence[Said], added: Said) -> list[Said]:
    """With *added* after all else of its instant, but an instant before the subject is gone."""
    gone = (place for place, one in enumerate(said) if one.at == added.at and one.status == "retired")
    later = (place for place, one in enumerate(said) if one.at > added.at)
    place = min([*(gone if added.instant else ()), *later], default=len(said))
    return [*said[:place], added, *said[place:]]


def _with_the_end(said: Sequence[Said], at: datetime | None, ends: Collection[str], circuit: bool) -> list[Said]:
    """With an end that a correction states; what the source says of that end is left out.

    Where the source had ended it before, that is its last ends; else all that it says from then until its next end.
    """
    if at is None:
        return list(said)
    found, where = list(said), _where(said, circuit)
    before = [place for place, one in enumerate(said) if one.at < at and where[place]]
    if [one for one in (where[place] for place in before) if one == "retired" or one in LIFE][-1:] == ["retired"]:
        return found
    if before and where[before[-1]] in ends:
        for place in reversed(before):
            if where[place] not in ends or where[place] == "retired":
                break
            found[place] = replace(said[place], left_out=True)
    else:
        for place, one in enumerate(said):
            if one.at >= at and where[place]:
                if where[place] in ends:
                    break
                found[place] = replace(one, left_out=True)
    return _first_of_its_instant(found, Said(at, "over", "over", added=True, over=True))


def _where(said: Sequence[Said], circuit: bool) -> list[str]:
    """Where the subject is by each statement, or the instant that came; of a circuit its state, which words leave."""
    if not circuit:
        return [one.instant or one.status or "" for one in said]
    found, state = list[str](), ""
    for one in said:
        if one.status is not None and one.status not in WORDS:
            state = one.status
        found.append("" if one.status is None else state)
    return found
