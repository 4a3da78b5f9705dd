"""Read from the address of the list of clocks what it asks for, and write addresses that ask for more.

Pure. Everything in an address may be anything; what is not known is refused, and never sent back but as text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from monitor.explain import sentences
from monitor.listing import LISTED_STATES, ClockPlace, ClockQuery, ClockSort
from monitor.messages import Argument, Message, message
from monitor.model import State
from monitor.snapshot import NearClock, Snapshot

ROWS = 50
"""Clocks on one page."""

LONGEST = 1000
"""Characters of one value of an address; what is longer is no value of ours."""

_MOST = 2**62

ListedClocks = tuple[Sequence[NearClock], ClockPlace | None]
"""The clocks of a page, and the place after which the next page begins."""


class NoSuchListError(Exception):
    """The address asks for what there is not."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for, as it stands in the form. An empty text asks for anything."""

    tier: str = ""
    target: str = ""
    state: str = ""
    source: str = ""
    customer: str = ""
    subject: str = ""
    sort: str = ClockSort.DEADLINE.value
    down: bool = False
    after: str = ""

    def query(self, stale: frozenset[str]) -> ClockQuery:
        """The question for the store; *stale* are the sources whose data is too old to judge by."""
        return ClockQuery(
            tiers=frozenset({self.tier} - {""}),
            targets=frozenset({self.target} - {""}),
            states=frozenset({State(self.state)}) if self.state else frozenset(),
            sources=frozenset({self.source} - {""}),
            customer=self.customer,
            prefix=self.subject,
            sort=ClockSort(self.sort),
            descending=self.down,
            stale=stale,
        )

    def place(self) -> ClockPlace | None:
        """Where the page begins. Raises NoSuchListError."""
        return _place(self.after) if self.after else None

    def from_place(self, place: ClockPlace | None) -> str:
        """The address of the page that begins after a place, or of the first one."""
        after = "" if place is None else json.dumps(list(place), ensure_ascii=True, separators=(",", ":"))
        given = replace(self, after=after)
        wanted = {
            name: value
            for name in ("tier", "target", "state", "source", "customer", "subject", "sort", "after")
            if (value := getattr(given, name))
        }
        return "clocks?" + urlencode(wanted | ({"down": "1"} if self.down else {}), errors="replace")


def asked(parameters: Mapping[str, str]) -> Asked:
    """What the parameters of an address ask for. Raises NoSuchListError."""
    given = {name: parameters.get(name, "") for name in ("tier", "target", "source", "customer", "subject")}
    given = {name: value.strip() for name, value in given.items()}
    after, state = parameters.get("after", ""), parameters.get("state", "")
    sort = parameters.get("sort", "") or ClockSort.DEADLINE.value
    known = (not state or state in {one.value for one in LISTED_STATES}) and sort in {one.value for one in ClockSort}
    if not known or any(len(value) > LONGEST or "\0" in value for value in given.values()):
        raise NoSuchListError
    found = Asked(**given, state=state, sort=sort, down=parameters.get("down") == "1", after=after)
    found.place()
    return found


def _place(text: str) -> ClockPlace:
    if len(text) > 20 * LONGEST:
        raise NoSuchListError
    try:
        missing, value, source, subject, target, cycle = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        raise NoSuchListError from None
    numbers = all(type(one) is int and -_MOST < one < _MOST for one in (missing, value, cycle))
    texts = all(type(one) is str and one.isprintable() for one in (source, subject, target))
    if not numbers or not texts or missing not in (0, 1):
        raise NoSuchListError
    return ClockPlace(missing, value, source, subject, target, cycle)


@dataclass(frozen=True, slots=True)
class Choices:
    """What may be chosen in the form: each value with how it is called."""

    tiers: Sequence[tuple[str, Argument]]
    targets: Sequence[tuple[str, Argument]]
    states: Sequence[tuple[str, Message]]
    sources: Sequence[tuple[str, Argument]]
    sorts: Sequence[tuple[str, Message]]


def choices(snapshot: Snapshot) -> Choices:
    names = snapshot.names
    return Choices(
        [(id_, sentences.rung(names.tiers, id_)) for id_ in names.tiers],
        [(id_, sentences.rung(names.targets, id_)) for id_ in names.targets],
        [(state.value, sentences.state(state)) for state in LISTED_STATES],
        [(source.source, source.source) for source in snapshot.sources],
        [(one.value, message(f"page-clocks-sort-{one.value.replace('_', '-')}")) for one in ClockSort],
    )


def stale(snapshot: Snapshot) -> frozenset[str]:
    """The sources whose data is too old to judge by."""
    return frozenset(source.source for source in snapshot.sources if source.stale)
