"""Put what a source and an operator said of a subject in the order in which a clock hears it: slow and obvious.

What nobody said as a statement of its own is added here: the opening that a source states, instants at their own times,
and that a subject is gone for good. By `docs/concepts.md` ("The opening", "A start in the past", "Instants that move
clocks", "Gone for good", "Corrections") and semantics K and 37.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tests.support.oracle_law import LASTING, OWN_INSTANTS, STATES, WORDS, Made, Promise, Said

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
            if at is not None and any(one.status is not None and one.at <= at for one in found):
                found = _last_of_its_instant(found, Said(at, f"gone/{at}", "retired", added=True))
        return found

    def heard(self, promise: Promise) -> list[Said]:
        """What the clock of *promise* hears, up to now."""
        found = self.of_subject()
        for name in OWN_INSTANTS:
            at = self.last_value(name)
            if at is not None and name in promise.listed:
                found = _last_of_its_instant(found, Said(at, f"instant/{name}", instant=name, added=True))
        earlier = [(at, self.said_by(name)) for name in promise.begins if (at := self.last_value(name)) is not None]
        first = next((one.at for one in found if one.status is not None), None)
        if earlier and first is not None and min(earlier)[0] < first:
            at, by = min(earlier)
            found = _first_of_its_instant(found, Said(at, "begins", "opened", stated_by=by, added=True))
        return [one for one in found if one.at <= self.now]


def _first_of_its_instant(said: Sequence[Said], added: Said) -> list[Said]:
    return [*(one for one in said if one.at < added.at), added, *(one for one in said if one.at >= added.at)]


def _last_of_its_instant(said: Sequence[Said], added: Said) -> list[Said]:
    """With *added* after all else of its instant, but an instant before the subject is gone."""
    gone = (place for place, one in enumerate(said) if one.at == added.at and one.status == "retired")
    later = (place for place, one in enumerate(said) if one.at > added.at)
    place = min([*(gone if added.instant else ()), *later], default=len(said))
    return [*said[:place], added, *said[place:]]


def without_text(one: Said) -> Said:
    """The statement without what it says of the ticket's phase."""
    return replace(one, status=None, reason=None)
