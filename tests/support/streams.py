"""A viewer of the stream of events, as a browser reads it."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from tests.support.peers import HANGING


@dataclass(frozen=True, slots=True)
class Sent:
    """One event as it came; `id` is empty where it has none."""

    name: str
    text: str
    id: str = ""

    @property
    def data(self) -> Any:
        return json.loads(self.text)


class Viewer:
    """One stream. `last` is the id by which a browser would come again. Use it with `with`."""

    def __init__(
        self, url: str, path: str = "live", last: str = "", small: bool = False, more: Mapping[str, str] | None = None
    ) -> None:
        """With *small* it takes next to nothing before it reads; *more* are further headers."""
        parts = urlsplit(url)
        self._connection = HTTPConnection(str(parts.hostname), parts.port, timeout=HANGING)
        self._connection.connect()
        if small:
            self._connection.sock.close()
            self._connection.sock = opened(str(parts.hostname), parts.port or 80)
        self._connection.request(
            "GET", f"/{path}", headers={**({"Last-Event-ID": last} if last else {}), **(more or {})}
        )
        self._response = self._connection.getresponse()
        self.status, self.headers, self.last = self._response.status, self._response.headers, last
        self.comments = 0

    def __enter__(self) -> Viewer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        with suppress(OSError):
            self._connection.sock and self._connection.sock.shutdown(socket.SHUT_RDWR)
        self._response.close()
        self._connection.close()

    def events(self) -> Iterator[Sent]:
        """Every event until the stream ends."""
        name, data, place = "message", list[str](), ""
        with suppress(HTTPException, OSError, ValueError):
            for raw in self._response:
                line = raw.decode().rstrip("\n")
                field, _, value = line.partition(":")
                value = value.removeprefix(" ")
                if line.startswith(":"):
                    self.comments += 1
                elif field == "event":
                    name = value
                elif field == "data":
                    data.append(value)
                elif field == "id":
                    self.last = place = value
                elif not line and data:
                    yield Sent(name, "\n".join(data), place)
                    name, data, place = "message", [], ""

    def next(self, name: str) -> Sent:
        """The next event of that name; others are passed over."""
        found = next((event for event in self.events() if event.name == name), None)
        assert found is not None, f"the stream ended before an event {name}"
        return found

    def some(self, number: int) -> list[Sent]:
        """The next transitions, so many; nothing else may end the wait."""
        found: list[Sent] = []
        for event in self.events() if number else ():
            assert event.name != "reset", event.text
            if event.name == "transition":
                found.append(event)
                if len(found) == number:
                    break
        assert len(found) == number, "the stream ended before"
        return found

    def rest(self) -> Sequence[Sent]:
        """All until the server ends the stream."""
        return tuple(self.events())


def opened(host: str, port: int) -> socket.socket:
    """A connection whose client takes next to nothing before it reads."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    connection.settimeout(HANGING)
    connection.connect((host, port))
    return connection
