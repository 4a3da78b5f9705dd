"""Poll trouble tickets from a TM Forum TMF621 server, version 4 or 5.

Use it for any ticket system that speaks the standard's list query. It reads what has changed since the last poll in
the best way that the server allows: `lastUpdate.gt`, else `sort=-lastUpdate`, else the whole list each time; every
`full_scan_every` it reads the whole list anyway, for every source loses or delays an update some day. `selectors` say
where tier, assurance, circuit, customer and the like stand in a ticket; the standard has no place for most of them.

Traps. Reasons of `pending` and `held` are free text in the standard: until the mapping names them as pause reasons,
such a ticket's clocks run on. A note counts as progress feedback only if `feedback` selects it. With `scan_statuses`
the whole-list reading asks for those statuses only; it is not used where it is the only way to see a ticket close.
The list changes while it is read: what was read counts at once, but the reading counts as whole only where that is
proven (see `_tmf621_pages.py`); else a record with the reason `list_not_whole` stands in quarantine, nothing is taken
for read, and the next poll reads the list again. Each answer of a server that gives small pages only and reorders them
all the time can hide a ticket. A value that cannot be read is set aside with its reason, and the rest of its ticket
counts.
A server that hides old tickets from its list shows no later change of theirs. Times without zone need `zone`.
A ticket with an open clock that a whole reading of the list does not show is asked for by its id. It is retired where
the answer is 404 or 410 at two polls while the server answers for a ticket that it lists (see `_tmf621_gone.py`); a
server that answers 404 to a login that may not see a ticket cannot be told from one that has it no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Literal
from urllib.parse import quote, urlsplit

from monitor.collectors._gone import after_answers, retirement_of, seen_again
from monitor.collectors._records import Why, ZoneOption
from monitor.collectors._selectors import Selector, SelectorOption, selector
from monitor.collectors._tmf621_again import read_again
from monitor.collectors._tmf621_gone import ACCEPT, ask_for, in_turn, shown_again, suspects
from monitor.collectors._tmf621_pages import (
    MOST_PASSES,
    NotJoined,
    NotWhole,
    Page,
    Server,
    items_of,
    read_ordered,
    read_pages,
)
from monitor.collectors._tmf621_tickets import V4, V5, Parts, TicketReader, ticket_id
from monitor.collectors._tmf621_ways import Listing, NotHonoured, Place, Way
from monitor.errors import SourceError
from monitor.history import (
    ATTRIBUTES,
    AttributeRule,
    Batch,
    Collector,
    Cursor,
    Reject,
    SourceMapping,
    StatusRule,
    content_id,
)
from monitor.model import Phase, RetiredBy, SubjectKey, SubjectKind
from monitor.net import Address, Answer, AuthOption, Failed, Fetch, Network, reason_of
from monitor.text import Length

_WHOLE = frozenset({200, 206})
_NOT_UNDERSTOOD = frozenset({400, 422, 500, 501})
"""Answers to a parameter that a server does not know. 500 may also be a server in trouble; the next way will tell."""

_PASSES_IN_DOUBT = 2
"""How often the list is read at a poll after one that proved nothing."""

_TICKET, _BY = SubjectKind.TICKET, RetiredBy.TICKET_SYSTEM
_NOT_FOUND = "asked for twice by its id and not found"

_OURS = frozenset({"offset", "limit", "sort", "fields"})

SUBJECTS = frozenset({SubjectKind.TICKET})
"""The kinds of subjects that such a source names; of others it has no counters."""

MAPPING = SourceMapping(
    statuses={
        "acknowledged": StatusRule(Phase.OPENED),
        "inProgress": StatusRule(Phase.ACCEPTED),
        "pending": StatusRule(Phase.HELD),
        "held": StatusRule(Phase.HELD),
        "resolved": StatusRule(Phase.RESTORED),
        "closed": StatusRule(Phase.CLOSED),
        "cancelled": StatusRule(Phase.CANCELLED),
        "rejected": StatusRule(Phase.CANCELLED),
        "reopened": StatusRule(Phase.ACCEPTED),
        "assessingCancellation": StatusRule(Phase.ACCEPTED),
    },
    attributes={name: AttributeRule(name) for name in ATTRIBUTES},
    instants={"detected": "detected", "complained": "complained", "agreed": "requested_resolution"},
    whole=True,
)
"""The statuses of the standard, and the two that MEF adds. There are no standard words for reasons."""


def _characteristic(name: str) -> str:
    return f"$.troubleTicketCharacteristic[?@.name=='{name}'].value"


_BOTH = {
    "tier": (_characteristic("tier"), "$.tier"),
    "assurance": (_characteristic("assurance"), "$.assurance"),
    "urgency": (_characteristic("urgency"),),
    "scope": (_characteristic("scope"),),
    "process": (_characteristic("process"),),
    "customer_tier": (_characteristic("customer_tier"),),
    "far_tier": (_characteristic("far_tier"),),
    "customer_class": (_characteristic("customer_class"),),
    "service": (_characteristic("service"),),
    "order_class": (_characteristic("order_class"),),
    "team": (_characteristic("team"),),
    "supplier": (_characteristic("supplier"),),
    "provider": (_characteristic("provider"),),
    "device": (_characteristic("device"),),
    "site": (_characteristic("site"),),
    "cause": (_characteristic("cause"),),
    "detected": (_characteristic("detected"),),
    "complained": (_characteristic("complained"),),
    "requested_resolution": ("$.requestedResolutionDate",),
    "expected_resolution": ("$.expectedResolutionDate",),
    "title": ("$.name", "$.description"),
    "url": (_characteristic("url"), "$.href"),
    "priority": ("$.priority",),
    "severity": ("$.severity",),
    "ticket_type": ("$.ticketType",),
}
_IN_V5 = {
    "circuit": ("$.relatedEntity[?@.role=='circuit'].entity.id",),
    "customer": (
        "$.relatedParty[?@.role=='customer'].partyOrPartyRole.name",
        "$.relatedParty[?@.role=='customer'].partyOrPartyRole.id",
    ),
    "team": ("$.relatedParty[?@.role=='team'].partyOrPartyRole.name",),
}
_IN_V4 = {
    "circuit": ("$.relatedEntity[?@.role=='circuit'].id",),
    "customer": ("$.relatedParty[?@.role=='customer'].name", "$.relatedParty[?@.role=='customer'].id"),
    "team": ("$.relatedParty[?@.role=='team'].name",),
}
_VERSIONS = {
    "v4": ((V4,), (_BOTH, _IN_V4)),
    "v5": ((V5,), (_BOTH, _IN_V5)),
    "auto": ((V5, V4), (_BOTH, _IN_V5, _IN_V4)),
}


@dataclass(frozen=True, slots=True)
class Config:
    """`url` is the collection (…/troubleTicket) or the base above it; `query` is added to every list query.

    `selectors` replace the usual ones by name, or add fields; null takes one away. `overlap` is how far before the
    newest known update each reading begins.
    """

    url: Address
    """The collection (`…/troubleTicket`) or the base above it."""
    version: Literal["auto", "v4", "v5"] = "auto"
    """The version of the server's API; `auto` understands both."""
    auth: AuthOption | None = None
    """The login."""
    network: Network = field(default_factory=Network)
    """How the server is reached."""
    page_size: int = 100
    """How many tickets one request asks for; 2 or more."""
    overlap: Length = timedelta(seconds=60)
    """How far before the newest known update each reading begins."""
    full_scan_every: Length = timedelta(hours=1)
    """How often the whole list is read although the server can say what changed."""
    scan_statuses: tuple[str, ...] = ()
    """The statuses that a reading of the whole list asks for; see `full_scan_every`."""
    query: Mapping[str, str] = field(default_factory=dict)
    """Parameters that are added to every request of the list."""
    selectors: Mapping[str, SelectorOption | None] = field(default_factory=dict)
    """Raw field → JSONPath or a list of them, of which the first that fits counts; `null` takes a usual field away."""
    feedback: SelectorOption | None = None
    """JSONPath of the notes that are progress feedback, each with a `date`; without it there is no feedback."""
    zone: ZoneOption | None = None
    """The zone of times that have none."""

    def __post_init__(self) -> None:
        if self.page_size < 2:
            raise ValueError("page_size is 2 or more")
        if _OURS & set(self.query):
            raise ValueError(f"query has {', '.join(sorted(_OURS & set(self.query)))}, which the collector sets itself")

    @property
    def collection(self) -> str:
        """The address of the list."""
        base = self.url.rstrip("/")
        named = urlsplit(base).path.rsplit("/", 1)[-1].lower() == "troubleticket"
        return base if named else f"{base}/troubleTicket"

    @property
    def every_selector(self) -> dict[str, Selector]:
        """The usual selectors of the version, with those of the options over them."""
        usual: dict[str, tuple[str, ...]] = {}
        for group in _VERSIONS[self.version][1]:
            for name, paths in group.items():
                usual[name] = usual.get(name, ()) + paths
        found: Mapping[str, Selector | None] = {
            **{name: selector(*paths) for name, paths in usual.items()},
            **self.selectors,
        }
        return {name: chosen for name, chosen in found.items() if chosen is not None}


@dataclass(slots=True)
class Tmf621:
    """Reads one server's list. All that it must know between polls is in the position."""

    config: Config
    _fetch: Fetch | None = None
    _larger_pages: bool = True
    _passes: int = MOST_PASSES
    _selectors: Mapping[str, Selector] = field(init=False)

    def __post_init__(self) -> None:
        self._selectors = self.config.every_selector

    def poll(self, cursor: Cursor) -> Iterable[Batch]:
        config, place = self.config, Place.of(cursor.position, self._read_as())
        fallback = False
        for way in place.ways(cursor.now, config.full_scan_every):
            listing = Listing(way, place, config.overlap, config.scan_statuses, cursor.now, fallback)
            try:
                yield from self._read(listing, cursor)
                return
            except NotHonoured as refused:
                place = place.without(way, cursor.now) if refused.sure else place
                fallback = True

    def _read(self, listing: Listing, cursor: Cursor) -> Iterator[Batch]:
        where = f"collector tmf621/{cursor.source}"
        if self._fetch is None or self._fetch.where != where:
            self._fetch = Fetch(where, SourceError, auth=self.config.auth, network=self.config.network)
        fetch = self._fetch

        def ask(offset: int, limit: int, way: Mapping[str, str] | None = None) -> Answer:
            paging = {"offset": str(offset), "limit": str(limit)}
            plain = listing.way is Way.SCAN or offset or limit > self.config.page_size
            accept = _WHOLE if plain else _WHOLE | _NOT_UNDERSTOOD
            parameters = {**self.config.query, **(way or listing.query), **paging}
            answer = fetch.get(self.config.collection, now=cursor.now, params=parameters, accept=accept)
            if answer.status not in _WHOLE:
                raise NotHonoured(sure=answer.status != 500)
            return answer

        reader = self._reader(cursor)
        listed: set[str] = set()
        try:
            if listing.probe:
                first = items_of(ask(0, 1, listing.probe), where)[:1]
                listing.oldest = next((reader.read(item, {}).last_update for item in first), None)
            for page in self._pages(ask, listing, where):
                every = [reader.read(item, listing.place.seen) for item in page.items]
                done = listing.take(page, every)
                listed |= {ticket.ticket for ticket in every if ticket.events}
                every += _back(listing, page.items, cursor)
                yield _batch(every, listing.place.position)
                if done:
                    self._passes = MOST_PASSES
                    yield from self._ask_for_missing(listing, listed, fetch, reader, cursor)
                    return
        except NotWhole as doubt:
            self._passes = _PASSES_IN_DOUBT
            aside = Reject(cursor.source, "list of tickets", doubt.why, f"{where}: {doubt.sentence}")
            yield Batch((), (aside,), listing.place.position)
        except SourceError as error:
            if reason_of(error) == Failed.CUT_SHORT:
                early = Reject(cursor.source, "list of tickets", Why.PAGE_ENDED_EARLY, str(error))
                yield Batch((), (early,), listing.place.position)
            raise

    def _ask_for_missing(
        self, listing: Listing, listed: Set[str], fetch: Fetch, reader: TicketReader, cursor: Cursor
    ) -> Iterator[Batch]:
        """Ask by id for open tickets that the list does not show, and retire those that are gone."""
        place, now = listing.place, cursor.now
        if listing.way is Way.SCAN:
            place = replace(place, suspects=suspects(cursor.open_subjects(), listed, place.gone))
        if not place.suspects or not listed:
            listing.place = place
            return

        def ask(name: str) -> Answer:
            return fetch.get(f"{self.config.collection}/{quote(name, safe='')}", now=now, accept=ACCEPT, retry=False)

        said = ask_for(in_turn(place.suspects, place.gone), min(listed), ask)
        judged = after_answers(place.gone, said.none, said.there, now)
        left = [name for name in place.suspects if name not in {*said.there, *said.silent, *judged.retired}]
        listing.place = replace(place, gone=judged.gone, suspects=(*left, *said.silent))
        every = [reader.read(item, listing.place.seen) for item in said.tickets]
        every += [
            Parts(name, [retirement_of(SubjectKey(cursor.source, name), _TICKET, at, _BY, _NOT_FOUND, now)])
            for name, at in judged.retired.items()
        ]
        yield _batch(every, listing.place.position)

    def _pages(self, ask: Callable[[int, int], Answer], listing: Listing, where: str) -> Iterator[Page]:
        """The pages of the list, the last one marked. Raises NotWhole and NotHonoured."""
        scan, size = listing.way is Way.SCAN, self.config.page_size
        server = Server(0 if scan else listing.place.longest, self._larger_pages)
        try:
            if listing.way is Way.SORT:
                yield from read_ordered(ask, size, where, server)
                return
            for page in read_pages(ask, size, where, server, self._passes):
                if page.last and scan:
                    listing.place = replace(listing.place, longest=server.longest)
                yield page
        except NotJoined:
            raise NotHonoured(sure=False) from None
        finally:
            self._larger_pages = server.larger

    def again(self, record_id: str, body: str, cursor: Cursor) -> Batch | None:
        return read_again(self._reader(cursor), body, cursor)

    def _reader(self, cursor: Cursor) -> TicketReader:
        layouts = _VERSIONS[self.config.version][0]
        config = self.config
        return TicketReader(cursor.source, cursor.now, config.zone, layouts, self._selectors, config.feedback)

    def _read_as(self) -> str:
        """A word for everything that decides what a ticket becomes; when it changes, all tickets are read again."""
        config = self.config
        paths = sorted((name, *chosen.paths) for name, chosen in self._selectors.items())
        feedback = config.feedback.paths if config.feedback else ()
        return content_id(paths, feedback, str(config.zone), config.version, config.collection, config.query)[:12]


def _back(listing: Listing, items: Sequence[Any], cursor: Cursor) -> Iterator[Parts]:
    """What says that tickets which were retired are shown again; of a ticket that was only missing, that it is not."""
    gone = listing.place.gone
    if not gone.retired and not gone.missing:
        return
    shown = {name: item for item in items if (name := ticket_id(item)) is not None}
    gone = after_answers(gone, (), shown, cursor.now).gone
    gone, again = seen_again(gone, shown)
    listing.place = replace(listing.place, gone=gone)
    for name, since in again.items():
        event = shown_again(cursor.source, shown[name], name, since, cursor.now)
        if event is not None:
            yield Parts(name, [event])


def _batch(every: Iterable[Parts], position: Mapping[str, Any]) -> Batch:
    tickets = list(every)
    return Batch(
        [event for ticket in tickets for event in ticket.events],
        [reject for ticket in tickets for reject in ticket.rejects],
        position,
        {name: text for ticket in tickets for name, text in ticket.bodies.items()},
    )


def build(config: Config) -> Collector:
    """A collector for one server."""
    return Tmf621(config)
