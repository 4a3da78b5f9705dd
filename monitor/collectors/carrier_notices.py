"""Read carriers' notices of planned work from a maildir, a mailbox (IMAP) or a folder of files.

Each maintenance becomes a planned change with its status, its planned start and its circuits. Use it where carriers
announce their work by mail, iCalendar, HTML or spreadsheets; `circuits` says which of your circuits a carrier's circuit
id stands for. Needs `tierwatch[notices]`, here or in an environment of its own (`python`).

Traps. Anybody can write any From: only mails of `senders` are read, and `authenticated_by` demands that your own mail
server found them genuine. A mail that cannot be read is set aside with its reason, and the next one is read. Mails are
never moved, and no flag is changed. A circuit id that `circuits` does not have is set aside as `unmatched_circuit`;
that list is what is missing. A notice counts from when it was sent by its own word, but never later than it was
received. The carrier's notice is what customers are told: where you announce the work yourself, use a source that says
when you did.
"""

from __future__ import annotations

import imaplib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from monitor.collectors import _notice_files as places
from monitor.collectors import _notice_imap as imap
from monitor.collectors._notice_events import OursOption, changes_of, digest_of, kept, missing
from monitor.collectors._notice_parser import Kind, NoticeParser
from monitor.collectors._notice_senders import NotBelievedError, carrier_of
from monitor.collectors._records import body
from monitor.errors import SourceError
from monitor.history import AttributeRule, Batch, Collector, Cursor, Event, Reject, SourceMapping, StatusRule
from monitor.model import Phase
from monitor.net import SecretOption
from monitor.notices import Notice, Work, notices_from, with_notice, work_to_json
from monitor.text import Length

_BATCH = 20

MAPPING = SourceMapping(
    statuses={
        "tentative": StatusRule(Phase.OPENED),
        "re-scheduled": StatusRule(Phase.OPENED),
        "confirmed": StatusRule(Phase.DELIVERED),
        "announced": StatusRule(Phase.DELIVERED),
        "in_process": StatusRule(Phase.ACCEPTED),
        "completed": StatusRule(Phase.CLOSED),
        "cancelled": StatusRule(Phase.CANCELLED),
    },
    attributes={
        "provider": AttributeRule("provider"),
        "circuit": AttributeRule("circuit"),
        "customer": AttributeRule("customer"),
        "tier": AttributeRule("tier"),
        "title": AttributeRule("summary"),
    },
    instants={"planned": "planned"},
)
"""A notice is what is owed in writing (`delivered`); one that moves the work opens it anew."""


@dataclass(frozen=True, slots=True)
class Config:
    """One of `maildir`, `folder` and `host` says where the notices are."""

    maildir: Path | None = None
    """A maildir: the folder that has `new` and `cur`. Nothing in it is moved or changed."""
    folder: Path | None = None
    """A folder of files (.eml, .ics, .html, .xlsx, .csv, .txt); a carrier's lie in a folder of its name in it."""
    host: str | None = None
    """The name or address of an IMAP server."""
    port: int | None = None
    """The port of the server; without it 993, or 143, by `tls`."""
    tls: imap.Tls = imap.Tls.IMPLICIT
    """How the connection is encrypted; `none` to this machine only."""
    username: str | None = None
    """The user of the mailbox."""
    password: SecretOption | None = None
    """A secret: the password of `username`."""
    mailbox: str = "INBOX"
    """The mailbox at the server."""
    timeout: Length = timedelta(seconds=60)
    """How long the login may take, and again each mail."""
    ca_file: Path | None = None
    """The certificate authority to trust."""
    senders: Mapping[str, str] = field(default_factory=dict)
    """Who is believed: an address, or `@domain`, to the carrier's name in the parser (`zayo`, `genericprovider`)."""
    authenticated_by: str = ""
    """Your own mail server's name in Authentication-Results; it must say DMARC, DKIM or SPF pass for the sender."""
    circuits: Mapping[str, Mapping[str, OursOption]] = field(default_factory=dict)
    """Carrier → its circuit id → `{circuit: SOURCE/ID}` of ours, and `tier` and `customer` for the change."""
    python: Path | None = None
    """The Python that has the parser, where it is in an environment of its own."""

    def __post_init__(self) -> None:
        if sum(place is not None for place in (self.maildir, self.folder, self.host)) != 1:
            raise ValueError("write one of maildir, folder and host: that is where the notices are")
        if (self.maildir is not None or self.host is not None) and not self.senders:
            raise ValueError("lists nobody in senders; write whose mails are believed, such as '@zayo.com': zayo")
        for sender in self.senders:
            if "@" not in sender or sender != sender.lower().strip():
                raise ValueError(f"senders: {sender!r} is no address in small letters, and no @domain")
        if self.host is not None:
            if self.username is None or self.password is None:
                raise ValueError("a mailbox needs username and password")
            if self.tls is imap.Tls.NONE and self.host not in ("127.0.0.1", "::1", "localhost"):
                raise ValueError(f"tls: none to {self.host} sends the login in the open; write implicit or starttls")
            if self.port is not None and not 0 < self.port < 65536:
                raise ValueError(f"port {self.port} is not one; leave it out, or write 1 to 65535")


@dataclass(slots=True)
class CarrierNotices:
    """Reads what it has not read yet; of each maintenance it keeps the notices, in the position."""

    config: Config

    def poll(self, cursor: Cursor) -> Iterable[Batch]:
        position = dict(cursor.position)
        works, digest = kept(position.get("works"), cursor.now), digest_of(self.config.circuits)
        reading = _Reading(self.config, cursor, works)
        if works and position.get("circuits") != digest:
            for work in works.values():
                reading.say(work)
        place = _mapping(position.get("place"))
        with NoticeParser(self.config.python, cursor.source) as parser:
            for found, place in self._found(_mapping(position.get("place")), cursor):
                if found is not None:
                    reading.take(found, parser)
                if reading.parsed >= _BATCH:
                    yield reading.batch(place, digest)
        yield reading.batch(place, digest)

    def _found(
        self, place: Mapping[str, Any], cursor: Cursor
    ) -> Iterator[tuple[places.Found | None, Mapping[str, Any]]]:
        """What was not read yet, each with the place behind it; None with the last place. Raises SourceError."""
        config, name = self.config, f"collector carrier_notices/{cursor.source}"
        where = config.maildir or config.folder
        try:
            if where is None:
                yield from imap.unread(self._mailbox(), dict(place), cursor.now)
                return
            said = place.get("seen")
            seen = {str(mark) for mark in said} if isinstance(said, list) else set()
            listed, unread = (places.mails if config.maildir else places.files)(where, seen, cursor.now)
            done = seen & set(listed)
            for found in unread:
                done.add(found.mark)
                yield found, {"seen": sorted(done)}
            yield None, {"seen": sorted(done)}
        except imap.WrongAnswerError as error:
            raise SourceError(
                f"{name}: {config.host}: {error}; it will be asked again", retryable=error.retryable
            ) from error
        except imaplib.IMAP4.error as error:
            raise SourceError(
                f"{name}: {config.host}: it does not answer as IMAP does; it will be asked again"
            ) from error
        except OSError as error:
            if where is not None:
                why = error.strerror or type(error).__name__
                raise SourceError(
                    f"{name}: {where} cannot be read ({why}); check path and permissions; it will be read again"
                ) from error
            why = error.strerror or "the connection failed, or took too long"
            raise SourceError(f"{name}: {config.host}: {why}; it will be asked again") from error

    def _mailbox(self) -> imap.Mailbox:
        config = self.config
        assert config.host is not None
        assert config.username is not None
        assert config.password is not None
        return imap.Mailbox(
            config.host, config.port or imap.PORTS[config.tls], config.tls, config.username, config.password,
            config.mailbox, config.timeout, config.ca_file,
        )  # fmt: skip


@dataclass(slots=True)
class _Reading:
    """What one poll has read and not handed out yet."""

    config: Config
    cursor: Cursor
    works: dict[str, Work]
    events: list[Event] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    parsed: int = 0

    def take(self, found: places.Found, parser: NoticeParser) -> None:
        """Read one mail or file; what cannot be used is set aside with its reason."""
        self.parsed += 1
        kind, carrier = found.kind, found.carrier
        if kind is None:
            self.refuse(found, "unknown_kind", f"its name ends in none of {' '.join(places.KINDS)}")
            return
        if not carrier:
            if kind is not Kind.MAIL:
                self.refuse(found, "not_believed", "it lies in no folder of a carrier")
                return
            try:
                carrier = carrier_of(found.content, self.config.senders, self.config.authenticated_by)
            except NotBelievedError as error:
                self.refuse(found, "not_believed", str(error))
                return
        answer = parser.parse(found.content, kind, carrier, found.received_at)
        if answer.refused:
            self.refuse(found, answer.refused, answer.detail)
            return
        if not answer.notices:
            self.refuse(found, "no_notice", f"{carrier} announces nothing in it that the parser finds")
        for said in notices_from(answer.notices, carrier, found.received_at):
            if not isinstance(said, Notice):
                self.refuse(found, said.why.value, str(said))
                continue
            key = f"{said.provider}:{said.maintenance}"
            before = self.works.get(key)
            work = with_notice(before, said)
            if work is not before:
                self.works[key] = work
                self.say(work)

    def say(self, work: Work) -> None:
        """Say all that is known of a work; what was said before is recognised by its id."""
        self.events += changes_of(work, self.cursor.source, self.config.circuits)
        self.rejects += missing(work, self.cursor.source, self.config.circuits)

    def refuse(self, found: places.Found, why: str, detail: str) -> None:
        text = found.content[:4096].decode("utf-8", "replace")
        self.rejects.append(Reject(self.cursor.source, found.name, why, f"{found.name}: {detail}", body(text)))

    def batch(self, place: Mapping[str, Any], digest: str) -> Batch:
        """What was read until *place*, and no more."""
        events, rejects = tuple(self.events), tuple(self.rejects)
        self.events, self.rejects, self.parsed = [], [], 0
        works = {key: work_to_json(work) for key, work in self.works.items()}
        return Batch(events, rejects, {"place": dict(place), "works": works, "circuits": digest})


def _mapping(said: Any) -> Mapping[str, Any]:
    return said if isinstance(said, Mapping) else {}


def build(config: Config) -> Collector:
    """A collector for one maildir, mailbox or folder."""
    return CarrierNotices(config)
