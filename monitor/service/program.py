"""Run the program: the one place where all parts meet.

Threads: one polls per source (APScheduler), one advances the clocks, one delivers per connection of a channel, one
audits and watches the database's file, one reads the configuration again, one serves the page.
Each part catches its own failures, shows them in the metrics, and never stops the others. At the end no thread is
waited for longer than a few seconds, whatever the peers do: requests under way are aborted.

What is made of one configuration is in `parts.py`, what outlives it in `host.py`. A configuration that is read again
is taken as a whole or not at all (semantics 42).
"""

from __future__ import annotations

import _thread
import gc
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import structlog

from alerts.decide import Straight
from exporters.live import MOST_VIEWERS
from exporters.web import Limits, Server
from monitor import CORE, __version__
from monitor.config import Config, fixed_keys, load
from monitor.errors import ConfigError, StoreError, TierwatchError
from monitor.net import deadline, descriptors, noting, redact
from monitor.policy import GROUPS
from monitor.service.host import Host
from monitor.service.machine_watch import MachineWatch
from monitor.service.parts import Parts
from monitor.service.reloads import Answer
from monitor.service.stopping import DATABASE_WITHIN, PAGE_WITHIN, THREADS_WITHIN, UNHURRIED, Course
from monitor.service.store_watch import StoreWatch
from monitor.snapshot import ReloadResult
from monitor.store import Action, Actions, Clocks, Machine, Marked, operator

log = structlog.get_logger()

LOOK_FOR_SIGNALS = 1.0
"""Seconds after which the main thread handles a signal that came at the very instant in which its wait began."""

STEP_WITHIN = 30.0
"""Seconds for which a reload waits for the step of the engine that is under way; nothing else waits meanwhile."""

FEWEST_CONNECTIONS = 8
"""Connections that the page takes, however few descriptors there are."""


class Program:
    """One running tierwatch."""

    def __init__(self, config: Config, read: Callable[[], Config] | None = None) -> None:
        """Opens the database and builds every plug-in. Raises ConfigError or StoreError.

        *read* reads the configuration again, for a reload; without it, from the file that it came from.
        """
        self._read = read or partial(_from_its_file, config)
        self._stopping = threading.Event()
        marked = Marked(config.path, config.database, config.commands)
        clocks = Clocks(marked.database)
        names = [*(source.name for source in config.sources), GROUPS]
        machine = MachineWatch(
            Machine(marked.database), clocks, names, self._straight, lambda: self.parts.settings,
            lambda: self.parts.ask_again(),
        )  # fmt: skip
        store_watch = StoreWatch(marked, clocks, self._straight, lambda: self.parts.settings)
        self.host = Host(
            marked, machine, store_watch, machine.time.now(),
            lambda at, since: self.parts.publisher.snapshot(at, since), ended=lambda: self._server.ended,
        )  # fmt: skip
        self.parts = self._built(config, None)
        self._descriptors = descriptors.spare(0) + descriptors.needed(0)
        """Those that are not open at the start: connections to the page are not counted among the others later."""
        self._server = Server(self.parts.site, config.host, config.port, self._limits(self.parts))
        self.failed = False
        """Whether it stops because it could not go on."""

    @property
    def config(self) -> Config:
        """The configuration that runs."""
        return self.parts.config

    @property
    def rounds(self) -> int:
        """How often the engine's loop has gone round."""
        return self.host.rounds

    @property
    def address(self) -> str:
        return self._server.url.rstrip("/")

    def start(self) -> None:
        """Serve, catch up with every source, then run. Returns when everything has been started."""
        host, parts = self.host, self.parts
        self._server.start()
        host.address = self.address
        host.reloads.taken(parts.config.files.fingerprint, host.now())
        log.info(
            "started", page=self.address, database=host.database.name, policy=parts.config.rules.policy.label,
            config=host.reloads.configured.hash, core=CORE.name,
        )  # fmt: skip
        before = {} if host.machine.ended is None else {"ended": host.machine.ended.isoformat()}
        self._note(Action.STARTED, operator(), host.reloads.configured.hash, version=__version__, **before)
        if CORE.differs:
            log.warning("compiled_core_not_used", because=CORE.differs)
        parts.begin(first=True)
        ended = host.marked.restored(host.machine.ended)
        if ended is not None:
            ends = None if host.machine.ended is None else host.machine.ended.isoformat()
            Actions(host.database).note(Action.RESTORED, host.now(), ends=ends, was_used_until=ended.isoformat())
            log.warning(
                "database_restored", ends=str(host.machine.ended), was_used_until=ended.isoformat(),
                what="what was told, acknowledged and silenced in between is not known; some is told again",
            )  # fmt: skip
        parts.run()
        host.ready.set()
        host.threads.start("live", partial(host.live.forever, self._stopping), self._stopping)
        host.threads.start("reload", partial(host.reloads.forever, self._reload, self._stopping), self._stopping)

    def wait(self, seconds: float | None = None) -> None:
        """Until `ask_to_stop` or `stop` is called, or *seconds* have gone by.

        It begins again and again: a signal that comes just before a wait without end begins would never be handled.
        """
        end = None if seconds is None else time.monotonic() + seconds
        while not self._stopping.is_set():
            left = LOOK_FOR_SIGNALS if end is None else min(LOOK_FOR_SIGNALS, end - time.monotonic())
            if left <= 0:
                break
            self._stopping.wait(left)

    def ask_to_stop(self) -> None:
        """Make a start or `wait` end. Safe in a signal handler, for what it interrupts may hold the event's lock."""
        _thread.start_new_thread(self._begin_to_stop, ())

    def ask_to_reload(self) -> None:
        """Have the configuration read again, once the start is over. Safe in a signal handler."""
        _thread.start_new_thread(self.host.reloads.ask, ())

    def stop(self, course: Course | None = None) -> tuple[str, ...]:
        """End every part; what is not delivered stays in the outbox for the next start. *course* is that of the stop.

        Gives the names of the threads that did not end in time: what they did is done again at the next start.
        """
        course = course or Course(UNHURRIED)
        self._begin_to_stop()
        log.info("stopping")
        self._server.ask_to_stop()
        self.parts.close()
        left = self._end_threads(course)
        self._server.stop(course.left(PAGE_WITHIN))
        self.host.database.close(course.left(DATABASE_WITHIN))
        if left:
            log.warning("stopped_without_waiting", threads=", ".join(left), what="it is done again at the next start")
        else:
            log.info("stopped")
        return left

    def _begin_to_stop(self) -> None:
        self._stopping.set()  # first: a reload that exchanges the parts looks at it afterwards
        self.parts.stopping.set()
        self.host.reloads.wake()
        self.host.live.wake()

    def _end_threads(self, course: Course) -> tuple[str, ...]:
        """Wait for the threads, with all requests aborted after a moment; one begun since then is aborted, too."""
        while alive := self.host.threads.alive:
            if not course.left(THREADS_WITHIN):
                break
            if course.aborts:
                deadline.abort()
            self.parts.wake()
            alive[0].join(0.02)
        return tuple(thread.name for thread in alive)

    # -- reload ------------------------------------------------------------------------------------------------------

    def _reload(self, by: str) -> Answer:
        """Read the configuration again for *by*, and run it as a whole; if it is refused, nothing has changed.

        What is not used any more goes at once: it holds connections, and the collector may not come to it for hours.
        """
        try:
            return self._answer(by)
        finally:
            gc.collect()

    def _answer(self, by: str) -> Answer:
        reloads, now = self.host.reloads, self.host.now
        before = reloads.configured.hash
        try:
            self._take(self._read())
        except TierwatchError as error:
            answer = Answer(ReloadResult.REFUSED, redact(str(error), self.config.secrets_read))
        except Exception as error:
            log.exception("reload_crashed")
            answer = Answer(ReloadResult.REFUSED, f"tierwatch failed while reading it ({type(error).__name__})")
        else:
            answer = Answer(ReloadResult.TAKEN, f"The configuration was read and runs: {reloads.configured.hash}")
            log.info("config_reloaded", config=reloads.configured.hash, policy=self.config.rules.policy.label)
            self._note(Action.RELOADED, by, reloads.configured.hash, before=before)
            return answer
        if not self._stopping.is_set():
            reloads.refused(answer.sentence, now())
            log.error(
                "config_refused", error=answer.sentence, runs=reloads.configured.hash,
                what="the configuration before it runs on; correct it and reload",
            )  # fmt: skip
            self._note(Action.RELOAD_REFUSED, by, before, why=answer.sentence.partition("\n")[0])
            self.host.news.wake()
        return answer

    def _note(self, what: Action, by: str, config: str, **detail: str) -> None:
        """Put a start or a reload into the audit trail. One that cannot be noted stands all the same."""
        try:
            Actions(self.host.database).note(what, self.host.now(), by, config, **detail)
        except StoreError as error:
            log.error(
                "deed_not_noted", deed=what.value, error=str(error), what="the audit trail lacks it; the log has it"
            )

    def _take(self, config: Config) -> None:
        """Run this configuration. Raises ConfigError or StoreError, and then the one before runs on."""
        _check_fixed(self.config, config)
        before, parts = self.parts, self._built(config, self.parts)
        if not self.host.turn.take(STEP_WITHIN):
            raise StoreError(f"the engine is busy with one step for {STEP_WITHIN:.0f} s; reload again later")
        try:
            if self._stopping.is_set():
                raise ConfigError("tierwatch stops; the configuration is read at the next start")
            parts.begin(first=False)
            self._exchange(before, parts)
        finally:
            self.host.turn.give_back()
        before.end()

    def _exchange(self, before: Parts, parts: Parts) -> None:
        """Let the parts run in the place of those before. Nothing is refused from here on."""
        self.parts = parts
        before.close()
        self._server.show(parts.site, self._limits(parts))
        self.host.reloads.taken(parts.config.files.fingerprint, self.host.now())
        try:
            parts.run()
        except Exception:
            log.exception("reload_broken", what="tierwatch stops; whoever supervises it starts it anew")
            self.failed = True
            self._stopping.set()
        if self._stopping.is_set():
            parts.close()

    # -- details -----------------------------------------------------------------------------------------------------

    def _built(self, config: Config, before: Parts | None) -> Parts:
        with noting(config.files):
            return Parts(config, self.host, before)

    def _straight(self) -> Straight:
        return Straight(self.parts.receivers.routes)

    def _limits(self, parts: Parts) -> Limits:
        """As many connections to the page as the descriptors that alerting does not need allow."""
        peers = len(parts.config.sources) + len(parts.receivers.channels) + len(parts.exporting.names)
        spare = self._descriptors - descriptors.needed(peers)
        if spare < FEWEST_CONNECTIONS:
            log.warning(
                "descriptors_scarce", limit=descriptors.limit(), needed=descriptors.needed(peers) + FEWEST_CONNECTIONS,
                what="raise the limit on open files (ulimit -n); with too few, sources and receivers cannot be reached",
            )  # fmt: skip
        usual = Limits()
        connections = max(FEWEST_CONNECTIONS, min(usual.connections + MOST_VIEWERS, spare))
        viewers = max(connections // 4, min(MOST_VIEWERS, connections - usual.connections))
        self.host.live.broadcaster.limit = viewers
        return replace(usual, connections=connections)


def _from_its_file(config: Config) -> Config:
    if config.path is None:
        raise ConfigError("the configuration did not come from a file, so it cannot be read again; restart tierwatch")
    return load(config.path, commands=config.commands)


def _check_fixed(runs: Config, config: Config) -> None:
    """Raises ConfigError where a key differs that only a start can change."""
    now, new = fixed_keys(runs), fixed_keys(config)
    changed = [
        f"{config.places.get(key, key)}: is changed from {now[key]} to {new[key]}, which needs a restart;"
        " restart tierwatch, or put the old value back and reload"
        for key in now
        if now[key] != new[key]
    ]
    if changed:
        raise ConfigError("\n".join(changed))
