"""Put the facts of one subject and the changes of terms of one target into one order, as data for the walk.

Pure. A clock is judged by the version of the policy in force when it started (semantics 12), so the terms of every
version are kept side by side; the first version also judges what began before its own date. At one instant versions
come first, then facts, then terms. The one surprise: where a fact and a change of terms share an instant, the timeline
leaves open which one comes first, for that depends on what the clock does (semantics 34).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from monitor.history import Fact
from monitor.policy import Term

_INSTANT = attrgetter("at")


@dataclass(frozen=True, slots=True)
class Version:
    """The terms of one target under one version of the policy, in force for clocks that begin from `since` on."""

    since: datetime | None
    terms: tuple[Term, ...]


class TermsChange(NamedTuple):
    """Another term of a version from `at` on; without a term, the version itself comes into force."""

    at: datetime
    version: int
    term: Term | None


class Instant(NamedTuple):
    """The facts of one instant, and the changes of terms at that instant; both in order."""

    facts: tuple[Fact, ...]
    changes: tuple[TermsChange, ...]

    def brought(self, place: int, done: Collection[TermsChange]) -> list[TermsChange]:
        """The changes that the fact at *place* may bring: not those of a later fact, and not those that are *done*.

        What was said before a change that it brings comes with it: an opening may be stated by a later event.
        """
        known = {fact.event_id for fact in self.facts[: place + 1]}
        later = {fact.event_id for fact in self.facts[place + 1 :]} - known
        own = [n for n, change in enumerate(self.changes) if change.term is None or change.term.because not in later]
        return [change for change in self.changes[: max(own, default=-1) + 1] if change not in done]


Step = Fact | TermsChange | Instant
"""One step of a timeline. A fact or a change by itself shares its instant with nothing of the other kind."""


def timeline(
    history: Sequence[Fact], versions: Sequence[Version], now: datetime, since: datetime | None = None
) -> Iterator[Step]:
    """Every fact of *history* and every change of terms up to *now*, in order.

    *history* is in the total order of events (semantics 2). A version that comes into force at the instant of a fact is
    a step before it. With *since* the facts are those from that instant on, and so are the changes.
    """
    facts = history if not history or history[-1].at <= now else [fact for fact in history if fact.at <= now]
    changes = _changes(history, versions, now)
    if since is not None:
        changes = [change for change in changes if change.at >= since]
    if not changes:
        yield from facts
        return
    done = 0
    for at, at_once in groupby(facts, key=_INSTANT):
        while done < len(changes) and (changes[done].at < at or (changes[done].at == at and not changes[done].term)):
            yield changes[done]
            done += 1
        first = done
        while done < len(changes) and changes[done].at == at:
            done += 1
        if first == done:
            yield from at_once
        else:
            yield Instant(tuple(at_once), tuple(changes[first:done]))
    yield from changes[done:]


def _changes(history: Sequence[Fact], versions: Sequence[Version], now: datetime) -> list[TermsChange]:
    """The changes of all versions up to *now*, in order; what one fact changes in every version stands together."""
    if never_change(versions):
        return []
    found: list[TermsChange] = []
    for number, version in enumerate(versions):
        if number and version.since is not None:
            found.append(TermsChange(version.since, number, None))
        found += [TermsChange(term.since, number, term) for term in version.terms[1:] if term.since is not None]
    place: dict[tuple[datetime, str], int] = {}
    every = list(enumerate(history)) if len(versions) > 1 else []
    said = [(index, fact) for index, fact in every if fact.phase is None or fact.status is not None]
    for index, fact in [*said, *every]:  # first the events themselves: an opening stands before the one that states it
        place.setdefault((fact.at, fact.event_id), index)

    def order(change: TermsChange) -> tuple[datetime, int, int]:
        # A version is in force from its first instant on, and a row that holds from an age on as well.
        first = -2 if change.term is None else place.get((change.at, change.term.because), -1)
        return change.at, first, change.version

    return sorted((change for change in found if change.at <= now), key=order)


def never_change(versions: Sequence[Version]) -> bool:
    """Whether one term holds throughout."""
    return len(versions) == 1 and len(versions[0].terms) == 1


def next_change(versions: Sequence[Version], now: datetime) -> datetime | None:
    """The first instant after *now* at which other terms will be in force, as far as that is known."""
    if never_change(versions):
        return None
    instants = [version.since for version in versions[1:]]
    instants += [term.since for version in versions for term in version.terms[1:]]
    return min((at for at in instants if at is not None and at > now), default=None)


class TermsInForce:
    """The terms in force at the point that a walk has come to: one of each version, and the newest version in force."""

    __slots__ = ("by_version", "version")

    def __init__(self, versions: Sequence[Version]) -> None:
        self.by_version = [version.terms[0] for version in versions]
        self.version = 0

    def copy(self) -> TermsInForce:
        other = TermsInForce(())
        other.by_version, other.version = [*self.by_version], self.version
        return other

    @property
    def term(self) -> Term:
        """The term under which a cycle would begin now."""
        return self.by_version[self.version]

    def apply(self, change: TermsChange) -> None:
        """Put a change into force."""
        if change.term is None:
            self.version = max(self.version, change.version)
        else:
            self.by_version[change.version] = change.term
