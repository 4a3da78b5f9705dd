"""Follow what is in force while a history is walked: terms, versions of the policy, and who has the subject.

Pure. A clock is judged by the version in force when it started (semantics 12), so each version's terms are kept up to
date side by side; the first version also judges what began before its own date.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from monitor.clock.reading import Party
from monitor.history import Fact
from monitor.model import AgreementKind
from monitor.policy import Term

Change = tuple[datetime, int, Term | None]
"""When, in which version, and the term that holds from then on; without a term, the version itself comes into force."""

_NEVER: Change = (datetime.max.replace(tzinfo=UTC), 0, None)


@dataclass(frozen=True, slots=True)
class Version:
    """The terms of one target under one version of the policy, in force for clocks that begin from `since` on."""

    since: datetime | None
    terms: tuple[Term, ...]


class Walk(Protocol):
    """What is led through a history: it hears facts, and other terms and versions."""

    def hear(self, fact: Fact) -> None:
        """Take in a fact under the terms that hold."""

    def change(self, at: datetime, book: int, term: Term | None) -> None:
        """Go on under another term, or another version."""

    def brings(self, fact: Fact) -> bool:
        """Whether what *fact* does is judged by the terms that hold after it (semantics 34)."""

    def hear_under(self, fact: Fact, changes: Sequence[Change]) -> None:
        """Take in a fact that is judged by the terms which *changes* bring at its instant."""


class Course:
    """What is in force at the point that a walk has come to."""

    __slots__ = ("_versions", "books", "latest", "party")

    def __init__(self, history: Sequence[Fact], versions: Sequence[Version]) -> None:
        self._versions = versions
        self.books = [version.terms[0] for version in versions]
        self.latest = 0
        self.party: Party | None = _first_party(history)

    @property
    def term(self) -> Term:
        """The term under which a cycle would begin now."""
        return self.books[self.latest]

    def changes(self, history: Sequence[Fact], now: datetime) -> list[Change]:
        """Every change of terms and versions up to *now*, in order: what one fact changes in every version together."""
        if len(self._versions) == 1 and len(self._versions[0].terms) == 1:
            return []
        found: list[Change] = []
        for book, version in enumerate(self._versions):
            if book and version.since is not None:
                found.append((version.since, book, None))
            found += [(term.since, book, term) for term in version.terms[1:] if term.since is not None]
        several = len(self._versions) > 1
        place: dict[tuple[datetime, str], int] = {}
        for index, fact in enumerate(history if several else ()):
            place.setdefault((fact.at, fact.event_id), index)
        # A version is in force from its first instant on, and a row that holds from an age on as well.
        found.sort(key=lambda one: (one[0], -2 if one[2] is None else place.get((one[0], one[2].because), -1), one[1]))
        return [change for change in found if change[0] <= now]

    def next_change(self, now: datetime) -> datetime | None:
        """The first instant after *now* at which something else will be in force, as far as that is known."""
        if len(self._versions) == 1 and len(self._versions[0].terms) == 1:
            return None
        instants = [version.since for version in self._versions[1:]]
        instants += [term.since for version in self._versions for term in version.terms[1:]]
        return min((at for at in instants if at is not None and at > now), default=None)

    def follow(self, history: Sequence[Fact], now: datetime, walk: Walk) -> None:
        """Tell *walk* facts and changes up to *now* in order; at one instant versions come first, then facts.

        Other terms come with the fact that says them where what it does is judged by them, and otherwise when all facts
        of their instant have been told.
        """
        changes = [*self.changes(history, now), _NEVER]
        if len(changes) == 1:
            for fact in history:
                if fact.at > now:
                    break
                walk.hear(fact)
            return
        done = 0
        for place, fact in enumerate(history):
            if fact.at > now:
                break
            at, book, term = changes[done]
            while at < fact.at or (at == fact.at and term is None):
                walk.change(at, book, term)
                done += 1
                at, book, term = changes[done]
            if at > fact.at or not walk.brings(fact):
                walk.hear(fact)
                continue
            ahead = _still_to_come(history, place)
            same = [change for change in changes[done:] if change[0] == at]
            brought = [change for change in same if change[2] is None or change[2].because not in ahead]
            changes[done : done + len(same)] = [*brought, *(change for change in same if change not in brought)]
            done += len(brought)
            walk.hear_under(fact, brought)
        for at, book, term in changes[done:-1]:
            walk.change(at, book, term)

    def turn(self, book: int, term: Term | None) -> None:
        """Take up a change."""
        if term is None:
            self.latest = max(self.latest, book)
        else:
            self.books[book] = term

    def hand_over(self, fact: Fact) -> Party | None:
        """Who has the subject from *fact* on, if that is somebody else than before."""
        if not fact.attributes:
            return None
        party = _party(fact.attributes.get("supplier"), fact.attributes.get("team"), self.party)
        if party is None or party == self.party:
            return None
        self.party = party
        return party


def _still_to_come(history: Sequence[Fact], place: int) -> set[str]:
    """The ids of the facts of the same instant that come after the one at *place*, and have not come before."""
    at, first, last = history[place].at, place, place + 1
    while first > 0 and history[first - 1].at == at:
        first -= 1
    while last < len(history) and history[last].at == at:
        last += 1
    came = {fact.event_id for fact in history[first : place + 1]}
    return {fact.event_id for fact in history[place + 1 : last]} - came


def _party(supplier: str | None, team: str | None, before: Party | None) -> Party | None:
    """A supplier that is named has the subject; a team that is named without one takes it back."""
    if supplier:
        return (AgreementKind.UC, supplier)
    if team:
        return (AgreementKind.OLA, team)
    return before


def _first_party(history: Sequence[Fact]) -> Party | None:
    for fact in history:
        if fact.attributes:
            found = _party(fact.attributes.get("supplier"), fact.attributes.get("team"), None)
            if found is not None:
                return found
    return None
