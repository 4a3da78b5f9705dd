"""A server that takes writes as InfluxDB 2 does, and answers as a test says."""

from __future__ import annotations

import gzip
import json
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.line_protocol import lines, parsed
from tests.support.loopback import Loopback, Reply, Request
from tests.support.peers import until

Identity = tuple[str, frozenset[tuple[str, str]], int]


class InfluxServer(Loopback):
    """Keeps the fields of each point by measurement, tags and time, as the database does.

    `replies` are used up one by one. Then a batch with a *bad* line is answered 400, or *refusal*, of which the others
    are written if *partial*; one of more than *most_lines* is answered 413. With *answer_none* every write hangs.
    `flushed` writes what was taken to the disk, as it were, and `die` loses what was taken since; lines that it *drops*
    are answered 204 and lost.
    """

    def __init__(self) -> None:
        self.replies: deque[Reply] = deque()
        self.bad: Callable[[str], bool] = lambda _line: False
        self.partial, self.refusal = False, 400
        self.drops: Callable[[str], bool] = lambda _line: False
        self.most_lines = 100_000
        self.answer_none = False
        self.points: dict[Identity, frozenset[tuple[str, Any]]] = {}
        self._on_disk: dict[Identity, frozenset[tuple[str, Any]]] = {}
        super().__init__(self._answer)

    def _answer(self, request: Request) -> Reply:
        if self.replies:
            reply = self.replies.popleft()
            if reply.status in (200, 204):
                self._take([line for line in self.lines_of(request) if not self.bad(line)])
            return reply
        if self.answer_none:
            return Reply(hang=True)
        given = self.lines_of(request)
        if len(given) > self.most_lines:
            return Reply(413)
        wrong = [line for line in given if self.bad(line)]
        if wrong and not self.partial:
            return _said(self.refusal, f"unable to parse '{wrong[0]}': bad")
        self._take([line for line in given if not self.bad(line)])
        if wrong:
            return _said(self.refusal, f"partial write: unable to parse '{wrong[0]}': bad dropped={len(wrong)}")
        return Reply(204)

    def flushed(self) -> None:
        """Some seconds have passed."""
        self._on_disk = dict(self.points)

    def die(self) -> None:
        """As a kill does to a database that answers before it has written."""
        self.points = dict(self._on_disk)

    def _take(self, given: list[str]) -> None:
        for line in given:
            if self.drops(line):
                continue
            measurement, found = parsed(line)
            self.points[measurement, found.tags, found.time] = found.fields

    def lines_of(self, request: Request) -> list[str]:
        """The lines of a write."""
        return lines(gzip.decompress(request.body).decode())

    def subjects(self) -> set[str]:
        """The subjects of the transitions that it has."""
        return {
            str(dict(fields)["subject"]) for (name, *_), fields in self.points.items() if name.endswith("transition")
        }

    def until_asked(self, times: int) -> None:
        """Wait for so many requests."""
        until(lambda: len(self.requests) >= times, f"{times} writes have come")


def _said(status: int, text: str) -> Reply:
    return Reply(status, json.dumps({"code": "invalid", "message": text}).encode())


@contextmanager
def listening() -> Iterator[InfluxServer]:
    """A server for the length of a test."""
    with InfluxServer() as server:
        yield server
