"""Follow what is in force while a history is walked: terms, versions of the policy, and who has the subject.

Pure. A clock is judged by the version in force when it started (semantics 12), so each version's terms are kept up to
date side by side; the first version also judges what began before its own date.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from monitor.mapping import Fact
from monitor.model import AgreementKind
from monitor.reading import Party
from monitor.terms import Term

Change = tuple[datetime, int, Term | None]
"""When, in which version, and the term that holds from then on; without a term, the version itself comes into force."""

_NO_CHANGE: Change = (datetime.max.replace(tzinfo=UTC), 0, None)


@dataclass(frozen=True, slots=True)
class Version:
    """The terms of one target under one version of the policy, in force for clocks that begin from `since` on."""

    since: datetime | None
    terms: tuple[Term, ...]


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

    def changes(self, now: datetime) -> Iterator[Change]:
        """Every change of terms and versions up to *now*, in order."""
        if len(self._versions) == 1 and len(self._versions[0].terms) == 1:
            return iter(())
        found: list[Change] = []
        for book, version in enumerate(self._versions):
            if book and version.since is not None:
                found.append((version.since, book, None))
            found += [(term.since, book, term) for term in version.terms[1:] if term.since is not None]
        # A version is in force from its first instant on; what an event changes comes after what it tells.
        found.sort(key=lambda change: (change[0], change[2] is not None, change[1]))
        return iter([change for change in found if change[0] <= now])

    def next_change(self, now: datetime) -> datetime | None:
        """The first instant after *now* at which something else will be in force, as far as that is known."""
        if len(self._versions) == 1 and len(self._versions[0].terms) == 1:
            return None
        instants = [version.since for version in self._versions[1:]]
        instants += [term.since for version in self._versions for term in version.terms[1:]]
        return min((at for at in instants if at is not None and at > now), default=None)

    def follow(
        self,
        history: Sequence[Fact],
        now: datetime,
        hear: Callable[[Fact], None],
        change: Callable[[datetime, int, Term | None], None],
    ) -> None:
        """Tell facts and changes up to *now* in order; at one instant versions come first, then facts, then terms."""
        changes = self.changes(now)
        at, book, term = next(changes, _NO_CHANGE)
        for fact in history:
            if fact.at > now:
                break
            while at < fact.at or (at == fact.at and term is None):
                change(at, book, term)
                at, book, term = next(changes, _NO_CHANGE)
            hear(fact)
        while at <= now:
            change(at, book, term)
            at, book, term = next(changes, _NO_CHANGE)

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
