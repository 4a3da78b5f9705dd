"""The tickets of `tests/flow/crashing.py`, whose lives go on as the receivers hear of them, and those receivers."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from monitor.policy.target import BREACHED_STAGE
from tests.support.killable import QUEUE, STATE
from tests.support.loopback import Reply, Request

SHARES = {"used_50": 0.5, "used_75": 0.75, BREACHED_STAGE: 1.0}
STAGES = tuple(SHARES)
SOURCE = "tickets"
BUDGET = timedelta(seconds=1)  # a minute, sixty times as fast
_AFTER = timedelta(milliseconds=20)


@dataclass(frozen=True, slots=True)
class Heard:
    """One alert that a receiver accepted. `row` is the outbox row of a queue's page, 0 for a state."""

    channel: str
    key: str
    ticket: str
    stage: str
    firing: bool
    reason: str
    starts_at: datetime
    row: int
    life: int


@dataclass(frozen=True, slots=True)
class Digest:
    """One digest that the queue's receiver accepted: its row, and the keys of the alerts that it calls over.

    `more` says that it counts more alerts than it names.
    """

    row: int
    over: frozenset[str]
    more: bool
    life: int


@dataclass
class Receivers:
    """Two receivers at one address: one takes states as Alertmanager does, one takes a queue as a webhook does.

    A digest ends at the latter what it holds open and the digest names, with row 0: what it heard of a row whose answer
    was lost is over by that. `fails` says of a request, by its number, that it is answered 503 and not taken.
    """

    fails: Callable[[int], bool] = lambda number: False
    heard: list[Heard] = field(default_factory=list, repr=False)
    digests: list[Digest] = field(default_factory=list, repr=False)
    requests: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def respond(self, request: Request) -> Reply:
        with self.lock:
            self.requests += 1
            if self.fails(self.requests):
                return Reply(503, b"overloaded")
            said, life = request.json(), int(request.headers.get("Life", 0))
            if request.path == "/hook":
                row = int(request.headers["Idempotency-Key"].split("-")[0])
                self._hear(QUEUE, said["alert"], said, said["status"] == "firing", said["starts_at"], row, life)
                if "missed" in said:
                    self._hear_digest(row, said["missed"], life)
            else:
                now = datetime.now(UTC)
                for alert in said:
                    key = json.dumps(alert["labels"], sort_keys=True)
                    firing = datetime.fromisoformat(alert["endsAt"]) > now
                    self._hear(STATE, key, alert, firing, alert["startsAt"], 0, life)
        return Reply(200)

    def _hear(self, channel: str, key: str, said: Any, firing: bool, starts_at: str, row: int, life: int) -> None:
        labels, reason = said["labels"], said["annotations"]["reason"]
        if labels.get("source") != SOURCE:  # what the program says of itself, and its own test tickets
            return
        at = datetime.fromisoformat(starts_at)
        self.heard.append(Heard(channel, key, labels["ticket"], labels["stage"], firing, reason, at, row, life))

    def _hear_digest(self, row: int, missed: Any, life: int) -> None:
        over = frozenset(one["alert"] for one in missed["over"])
        self.digests.append(Digest(row, over, missed["number"] > len(over), life))
        last = {item.key: item for item in self.heard if item.channel == QUEUE}
        self.heard += [replace(last[key], firing=False, reason="digested", row=0, life=life)
                       for key in sorted(over & last.keys()) if last[key].firing]  # fmt: skip

    def of(self, ticket: str, channel: str) -> list[Heard]:
        with self.lock:
            return [item for item in self.heard if item.ticket == ticket and item.channel == channel]


@dataclass
class Story:
    """One ticket: its events are written when the receivers have heard enough."""

    name: str
    plot: str
    folder: Path
    receivers: Receivers = field(repr=False)
    runs_since: datetime = field(default_factory=lambda: datetime.now(UTC))
    counted: timedelta = timedelta(0)
    waits_for: str = ""
    written: int = 0
    _course: Iterator[Callable[[], bool]] | None = None
    _until: Callable[[], bool] | None = None

    def go_on(self) -> bool:
        """Write what may be written now; true when the story is over."""
        if self._course is None:
            self._course = PLOTS[self.plot](self)
            self._until = next(self._course, None)
        while self._until is not None and self._until():
            self._until = next(self._course, None)
        return self._until is None

    def begin(self) -> None:
        """The clock runs from now on."""
        self.runs_since = datetime.now(UTC)
        self._write(self.runs_since, "accepted")

    def end(self, stage: str, status: str, **more: Any) -> None:
        """The clock is halted just after it reached *stage*, whatever the time is now."""
        at = self.runs_since + BUDGET * SHARES[stage] - self.counted + _AFTER
        self.counted += at - self.runs_since
        self._write(at, status, **more)

    def _write(self, at: datetime, status: str, **more: Any) -> None:
        self.written += 1
        said = {
            "event_id": f"{self.name}-{self.written}", "kind": "ticket", "subject": self.name, "status": status,
            "at": at.isoformat(), "fields": {"tier": "gold"}, **more,
        }  # fmt: skip
        with (self.folder / "events.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(said) + "\n")

    def told(self, stage: str) -> Callable[[], bool]:
        """Both receivers know that the stage, or a worse one, fires."""
        enough = STAGES[STAGES.index(stage) :]

        def known() -> bool:
            return all(self._firing(channel) & set(enough) for channel in (QUEUE, STATE))

        self.waits_for = f"{stage} told"
        return known

    def over(self) -> Callable[[], bool]:
        """Both receivers know of no stage that fires."""
        self.waits_for = "all over"
        return lambda: not any(self._firing(channel) for channel in (QUEUE, STATE))

    def _firing(self, channel: str) -> set[str]:
        last = {item.stage: item.firing for item in self.receivers.of(self.name, channel)}
        return {stage for stage, firing in last.items() if firing}


def _late(story: Story) -> Iterator[Callable[[], bool]]:
    story.begin()
    for stage in STAGES:
        yield story.told(stage)
    story.end(BREACHED_STAGE, "restored")
    yield story.over()


def _paused(story: Story) -> Iterator[Callable[[], bool]]:
    story.begin()
    yield story.told("used_50")
    story.end("used_50", "held", reason="customer")
    yield story.over()
    story.begin()
    yield story.told("used_75")
    story.end("used_75", "restored")
    yield story.over()


def _restored(story: Story) -> Iterator[Callable[[], bool]]:
    story.begin()
    yield story.told("used_50")
    story.end("used_50", "restored")
    yield story.over()


def _reopened(story: Story) -> Iterator[Callable[[], bool]]:
    yield from _restored(story)
    story.begin()
    yield story.told(BREACHED_STAGE)
    story.end(BREACHED_STAGE, "restored")
    yield story.over()


PLOTS: dict[str, Callable[[Story], Iterator[Callable[[], bool]]]] = {
    "late": _late, "paused": _paused, "restored": _restored, "reopened": _reopened,
}  # fmt: skip
