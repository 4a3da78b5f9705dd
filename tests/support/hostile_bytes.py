"""Good bodies of each source as bytes, records apart, and what an attacker or a broken export puts into them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.loopback import Loopback, Reply
from tests.support.notice_stand_in import mail, said, stand_in
from tests.support.tmf621_server import ticket

VALUE = b"POISON"
"""Where a record's poison goes: the value of a field that nothing depends on."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How records become a body, one good record by its name, and the poison that fits into one of them."""

    body: Callable[[list[bytes]], bytes]
    record: Callable[[str], bytes]
    poison: Mapping[str, bytes]
    suffix: str
    options: Mapping[str, Any]
    subject: str = "{}"
    """The subject of a record by its name."""

    def subjects(self, *names: str) -> set[str]:
        return {self.subject.format(name) for name in names}


_NUMBER, _DEEP = b"9" * 5000, b"[" * 20_000 + b"]" * 20_000
_IN_JSON = {
    "half of a surrogate pair": rb'"\ud800 x"',
    "the other half": rb'"x \udfff"',
    "a NUL": rb'"a\u0000b"',
    "control characters": b'"a\x01\x1b[31m\tb"',
    "no UTF-8": b'"caf\xe9"',
    "5,000 digits": _NUMBER,
    "1e999": b"-1e999",
    "no number": b"NaN",
    "20,000 levels": _DEEP,
    "900 levels": b"[" * 900 + b"]" * 900,
    "900 objects": b'{"a":' * 900 + b"1" + b"}" * 900,
    "no JSON": b"undefined",
    "a megabyte": b'"' + b"A" * 1_000_000 + b'"',
    "null": b"null",
    "the year 9999": b'"9999-12-31T23:59:59-14:00"',
    "the year 1": b'"0001-01-01T00:00:00+14:00"',
    "10,000 entries": b"[" + b"{}," * 9_999 + b"{}]",
}


def _ticket(name: str) -> bytes:
    return json.dumps(ticket(name)).encode()[:-1] + b', "tier": ' + VALUE + b', "name": ' + VALUE + b"}"


def _circuit(name: str) -> bytes:
    return json.dumps({"id": name, "status": "up"}).encode()[:-1] + b', "tier": ' + VALUE + b"}"


def _event(name: str) -> bytes:
    said = {"event_id": name, "kind": "ticket", "subject": name, "at": "2026-01-01T00:00:00Z", "status": "opened"}
    return json.dumps(said).encode()[:-1] + b', "fields": {"title": ' + VALUE + b"}}"


_HEADER = b"number,incident_state,sys_mod_count,opened_at,sys_updated_at,assignment_group\n"


def _row(name: str) -> bytes:
    return name.encode() + b",New,0,1/5/2016 09:00,1/5/2016 09:05," + VALUE


_IN_CSV = {
    "a quote that never closes": b'"x',
    "a quote in the middle": b'5" disk',
    "a row over two lines": b'"a\nb"',
    "a row over two lines that breaks": b'"a\nb"c',
    "a NUL": b"a\0b",
    "no UTF-8": b"caf\xe9",
    "200,000 characters": b"A" * 200_000,
    "a row more": b"x\nX,New,99999999999999999999,1/5/2016 09:00,1/5/2016 09:05,x",
    "5,000 digits": b"x\nX,New," + _NUMBER + b",1/5/2016 09:00,1/5/2016 09:05,x",
    "control characters": b"a\x1b[31m\x07b",
    "too many columns": b"a,b,c,d",
}

_NEXT_MAIL = b"\n\0 the next mail\n"


def _notice(name: str) -> bytes:
    return mail(said(name, summary=VALUE.decode())).replace(b'"' + VALUE + b'"', VALUE)


KINDS: Mapping[str, Kind] = {
    "carrier_notices": Kind(
        _NEXT_MAIL.join,
        _notice,
        _IN_JSON,
        "maildir",
        {"senders": {"@zayo.com": "zayo"}, "circuits": {"zayo": {"C-1": {"circuit": "noc/our-1"}}}},
        "zayo:{}",
    ),
    "tmf621": Kind(lambda records: b"[" + b", ".join(records) + b"]", _ticket, _IN_JSON, "", {}),
    "circuit_http": Kind(
        lambda records: b'{"circuits": [' + b",".join(records) + b"]}", _circuit, _IN_JSON, "", {"up_after": 1}
    ),
    "jsonl_file": Kind(lambda records: b"".join(one + b"\n" for one in records), _event, _IN_JSON, "jsonl", {}),
    "servicenow_audit": Kind(
        lambda records: _HEADER + b"".join(one + b"\n" for one in records), _row, _IN_CSV, "csv", {"zone": "UTC"}
    ),
}


def good(kind: Kind, name: str) -> bytes:
    return kind.record(name).replace(VALUE, b'"gold"' if kind.suffix != "csv" else b"gold")


class Source:
    """A source that shows the bytes of `body`."""

    def __init__(self, body: bytes = b"") -> None:
        self.body = body
        self.options: dict[str, Any] = {}


@contextmanager
def showing(kind: Kind, folder: Path) -> Iterator[tuple[Callable[[bytes], None], dict[str, Any]]]:
    """A source of that kind: what changes its bytes, and the options with which it is read."""
    if kind.suffix == "maildir":
        for part in ("new", "cur", "tmp"):
            (folder / part).mkdir()

        def deliver(body: bytes) -> None:
            for old in (folder / "new").iterdir():
                old.unlink()
            for number, one in enumerate(body.split(_NEXT_MAIL)):
                (folder / "new" / f"{number:05}").write_bytes(one)

        yield deliver, {"maildir": str(folder), "python": stand_in(folder), **kind.options}
        return
    if kind.suffix:
        path = folder / f"log.{kind.suffix}"
        yield path.write_bytes, {"path": str(path), **kind.options}
        return
    source = Source()
    with Loopback(lambda request: Reply(200, source.body, {"Content-Type": "application/json"})) as server:
        options = {"url": f"{server.url}/troubleTicket", "network": {"attempts": 1}, **kind.options}
        yield (lambda body: setattr(source, "body", body)), options
