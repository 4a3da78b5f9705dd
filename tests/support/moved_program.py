"""A whole program without its threads on a machine whose clocks are moved: it lives a year in minutes.

Its one reader of clocks is replaced from outside; wall time, monotonic time and boot time move together, as on a
machine whose clock was never put. Each part does its round when it is asked to, by its own code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from exporters.prometheus import Prometheus
from exporters.web import FormEntry
from monitor import wallclock
from monitor.config import config_file
from monitor.machine import Look
from monitor.service.program import Program
from monitor.service.recounting import Recounting
from monitor.store.schema import alerts
from monitor.worktime import EPOCH
from tests.support.by_hand import parts_by_hand
from tests.support.installations import ON_CALL
from tests.support.loopback import Loopback, Reply, Request, as_json
from tests.support.texts import exchanged

ROTA = exchanged(ON_CALL, ("receivers: [wall]", "receivers: [hook]"))
SOURCE = "desk"
_MOST_ROUNDS = 100_000


class MovedClock:
    """The clocks of a machine, all at one instant that is moved forward."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def look(self) -> Look:
        return Look(self.now - EPOCH, self.now - EPOCH, self.now - EPOCH)


@contextmanager
def moved(clock: MovedClock) -> Iterator[None]:
    """Let everything read that clock for as long as the block runs."""
    now, look = wallclock.now, wallclock.look
    wallclock.now, wallclock.look = lambda: clock.now, clock.look
    try:
        yield
    finally:
        wallclock.now, wallclock.look = now, look


class Receivers:
    """A webhook, and an Alertmanager that lists what it was told and has not ended by the moved clock."""

    def __init__(self, clock: MovedClock) -> None:
        self.pages, self._clock, self._held = 0, clock, dict[str, dict[str, Any]]()

    def respond(self, request: Request) -> Reply:
        if request.method == "GET":
            self._held = {key: one for key, one in self._held.items() if self._lasts(one)}
            return as_json([] if request.path.endswith("silences") else list(self._held.values()))
        if request.path.endswith("/api/v2/alerts"):
            for one in request.json():
                self._held[repr(sorted(one["labels"].items()))] = {**one, "status": {"silencedBy": []}}
        else:
            self.pages += 1
        return Reply(200)

    def _lasts(self, one: dict[str, Any]) -> bool:
        return datetime.fromisoformat(one["endsAt"]) > self._clock.now


class MovedProgram:
    """One program, its clock and its receivers."""

    def __init__(self, program: Program, clock: MovedClock, server: Loopback, receivers: Receivers) -> None:
        self.program, self.clock, self.receivers, self._server = program, clock, receivers, server
        self.database = program.host.database
        self._metrics = Prometheus()
        self._acknowledged: set[str] = set()
        self._begin()

    def _begin(self) -> None:
        """What a start does once."""
        parts, host, at = self.program.parts, self.program.host, self.clock.now
        parts._publish(at)
        parts.judging.begin(parts.config.rules.version, host.machine.ended, at)
        parts.recomputation.mark()
        tiers = tuple(parts.settings.tiers)
        host.deliveries.begin(parts.receivers.channels, at, parts.router.takes, tiers)
        self.poll()
        parts.pulse.begin(at)
        parts.retention.begin(at)

    def poll(self) -> None:
        self.program.parts.sources._poll(self.program.config.sources[0])

    def step(self, length: timedelta, acknowledge: bool = True) -> None:
        """Let so much time pass, and then do all that is due: poll, judge, escalate, deliver, audit."""
        assert length >= timedelta(0), "time is moved forward only: a clock that goes back is not trusted"
        self.clock.now += length
        self.poll()
        self._judge_and_deliver()
        if acknowledge:
            self._acknowledge()
        self.watch()
        self._confirm()
        self._server.requests.clear()

    def _judge_and_deliver(self) -> None:
        _while(lambda: self.program.parts.engine.advance() == 0.0)
        self.deliver()

    def deliver(self) -> None:
        for line in self.program.parts.receivers._lines.values():
            _while(lambda line=line: self.program.parts.receivers._round(line, 0) == 0.0)  # type: ignore[misc]

    def watch(self) -> None:
        """What the threads `trust` and `recount` do every second."""
        Recounting(self.database).look()
        self.program.host.store_watch.look(self.clock.now)
        self.program.parts.pulse.watch(self.clock.now)

    def _confirm(self) -> None:
        for channel in self.program.parts.silence_watch.channels:
            self.program.parts.confirm(channel)

    def _acknowledge(self) -> None:
        """Somebody acknowledges every third breach that fires."""
        desk = self.program.parts.escalator.desk()
        assert desk is not None
        fires = alerts.c.resolved_at.is_(None) & (alerts.c.source == SOURCE) & (alerts.c.stage == "breached")
        with self.database.read() as connection:
            keys = set(connection.scalars(sa.select(alerts.c.key).where(fires)))
        for key in sorted(keys - self._acknowledged):
            if int(key[:8], 16) % 3 == 0:
                desk.by_key(key, FormEntry("zhang", "looking"))
        self._acknowledged = keys

    def second(self) -> None:
        """A second in which nothing comes."""
        self.clock.now += timedelta(seconds=1)
        self.program.parts.engine.advance()
        for line in self.program.parts.receivers._lines.values():
            self.program.parts.receivers._round(line, 0)
        self.watch()

    def minute(self) -> None:
        """What is done once in a minute or oftener, in one second: a poll, the questions to receivers, a scrape."""
        self.clock.now += timedelta(minutes=1)
        self.poll()
        self._confirm()
        self._judge_and_deliver()
        self.watch()
        self.scrape()
        self._server.requests.clear()

    def scrape(self) -> bytes:
        snapshot = self.program.parts.publisher.snapshot(self.clock.now)
        return self._metrics.render(snapshot, self.clock.now)[0]

    def sweep(self) -> None:
        """What the thread `retention` does once a day."""
        for _ in self.program.parts.retention.sweep(self.clock.now):
            pass


def _while(busy: Callable[[], bool]) -> None:
    for _ in range(_MOST_ROUNDS):
        if not busy():
            return
    raise AssertionError("it never came to rest")


@contextmanager
def living(folder: Path, policy: str, options: str, keep: str, begins: datetime) -> Iterator[MovedProgram]:
    """A program in *folder*, at that instant, whose source is a desk of those *options* (`yearly_desk.py`)."""
    clock = MovedClock(begins)
    receivers = Receivers(clock)
    for name, text in (("secret", "a secret of thirty-two bytes, or more\n"), ("oncall.yml", ROTA), ("p.yml", policy)):
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "secret").chmod(0o600)
    with ExitStack() as stack:
        server = stack.enter_context(Loopback(receivers.respond))
        hook = f'type: webhook, options: {{url: "{server.url}", secret: {{file: secret}}}}'
        (folder / "tierwatch.yml").write_text(
            _CONFIG.format(options=options, keep=keep, hook=hook, url=server.url), encoding="utf-8"
        )
        stack.enter_context(moved(clock))
        program = Program(config_file.load(folder / "tierwatch.yml"))
        parts_by_hand(program.parts)
        stack.callback(program.stop)
        yield MovedProgram(program, clock, server, receivers)


_CONFIG = """
instance: year
zone: UTC
database: year.db
listen: 127.0.0.1:0
policy: p.yml
oncall: oncall.yml
link_secret: {{file: secret}}
api_token: {{file: secret}}
page_url: http://127.0.0.1:9
keep: {keep}
sources:
  desk: {{type: tests.support.yearly_desk, every: 30s, at_most: 2m, options: {options}}}
receivers:
  hook: {{repeat: 1d, {hook}}}
  am: {{type: alertmanager, options: {{urls: ["{url}"]}}}}
  engineer: {{personal: true, {hook}}}
  lead: {{personal: true, {hook}}}
"""
