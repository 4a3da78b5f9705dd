"""A mail server cannot keep a poll of notices beyond its time, whatever it sends."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import pytest
from pydantic import TypeAdapter

from monitor.collectors import carrier_notices
from monitor.errors import SourceError
from tests.support.collecting import poll
from tests.support.hostile_peer import Way, hostile
from tests.support.peers import until
from tests.support.returning import all_returned


def says(begin: bytes, again: bytes, pause: float = 0.05) -> Way:
    """A server that says *begin*, and then *again* and again."""

    def way(say: Any, over: Any) -> None:
        if begin:
            say(begin)
        while not over(pause):
            if again:
                say(again)

    return way


WAYS = {
    "says nothing": says(b"", b""),
    "drips its greeting": says(b"* OK ", b"a"),
    "greets without end": says(b"", b"* OK hello\r\n"),
    "greets fast without end": says(b"", b"* OK hello\r\n" * 1000, 0.0),
    "one line without end": says(b"* OK ", b"a" * 65536, 0.0),
    "drips an answer": says(b"* OK here\r\n* CAPABILITY IMAP4rev1\r\n", b"* "),
    "answers without end": says(b"* OK here\r\n", b"* CAPABILITY IMAP4rev1\r\n"),
    "promises a literal of 4 GB": says(b"* OK here\r\n* 1 FETCH (BODY[] {4294967296}\r\n", b"x"),
}


def asked(port: int) -> SourceError | None:
    options = {
        "host": "127.0.0.1", "port": port, "tls": "none", "username": "u", "password": {"env": "IMAP_PASSWORD"},
        "timeout": "1s", "senders": {"@zayo.com": "zayo"},
    }  # fmt: skip
    return poll(carrier_notices.build(TypeAdapter(carrier_notices.Config).validate_python(options))).error


def test_a_mailbox_gives_up_at_its_timeout_whatever_the_server_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAP_PASSWORD", "s3cret")
    with ExitStack() as stack:
        peers = {name: stack.enter_context(hostile(way)) for name, way in WAYS.items()}
        for name, error in all_returned(asked, {name: peer.port for name, peer in peers.items()}).items():
            assert error is not None, name
            assert error.retryable, name
            assert str(error).startswith("collector carrier_notices/corp: 127.0.0.1: "), name
            assert "s3cret" not in str(error), name
        until(lambda: {peer.open for peer in peers.values()} == {0}, "all connections are closed")
