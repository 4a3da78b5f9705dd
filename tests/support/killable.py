"""Run the real program so that it kills itself at a named point, and say what it had under way.

Nothing in the product knows of this: the points are put around its functions from outside. `python -m
tests.support.killable` is a nursery: it reads one life per line of standard input as JSON, forks (so that a life starts
at once, its modules being loaded already), and writes the life's process id and how it ended, a line of JSON each; the
first line says that it is ready.

What a life did is in its journal, a line for each thing, written before the thing can be lost: `handed` and `settled`
pages, `ready`, and the `blown` point.
"""

from __future__ import annotations

import gc
import importlib
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests
import sqlalchemy as sa

from monitor.commands.log_output import log_to_stderr
from monitor.config import config_file as configuration
from monitor.service import program as app

QUEUE, STATE = "hook", "am/1"
"""The channels of the configuration that lives are given."""

_PACE = timedelta(milliseconds=150)
"""Between two polls; no configuration may ask for less than a second."""


@dataclass(frozen=True, slots=True)
class Point:
    """A place in the program: before or after a function, or `inside` its transaction, just before that is committed.

    `when` looks at the arguments (and, for `after`, at the result), and says whether the passing counts.
    """

    where: str
    moment: str
    when: Callable[[tuple[Any, ...], Any], bool] = lambda args, result: True


def _of(channel: str) -> Callable[[tuple[Any, ...], Any], bool]:
    """A call that is about pages of *channel*; the pages are the first argument."""
    return lambda args, result: any(getattr(item, "page", item).channel == channel for item in args[1])


def _on(channel: str) -> Callable[[tuple[Any, ...], Any], bool]:
    """A call on the thread that delivers to *channel*."""
    return lambda args, result: threading.current_thread().name == f"channel {channel}"


def _pages(args: tuple[Any, ...], result: Any) -> bool:
    return any(step.alerts for step in args[1])


def _some(args: tuple[Any, ...], result: Any) -> bool:
    return bool(result)


_COMMIT_EVENTS = "monitor.store.ingest:Ingest.commit_batch"
_COMMIT = "monitor.store.clocks:Clocks.commit"
_DUE = "monitor.store.deliveries:Deliveries.due_pages"
_SETTLE = "monitor.store.deliveries:Deliveries.settle_pages"
_BEGIN = "monitor.store.deliveries:Deliveries.begin"

AT_WORK = {
    "before the events are kept": Point(_COMMIT_EVENTS, "before", lambda args, result: bool(args[2].events)),
    "while the events are kept": Point(_COMMIT_EVENTS, "inside", lambda args, result: bool(args[2].events)),
    "after the events were kept": Point(_COMMIT_EVENTS, "after", lambda args, result: bool(args[2].events)),
    "before the histories are loaded": Point("monitor.store.clocks:Clocks.load", "before"),
    "after the histories were loaded": Point("monitor.store.clocks:Clocks.load", "after"),
    "after the alerts were decided": Point("alerts.decide.clock_alerts:decide", "after", _some),
    "after the alerts were routed": Point("alerts.decide.routing:RouteTable.route", "after"),
    "while the alerts are kept": Point(_COMMIT, "inside", _pages),
    "after the alerts were kept": Point(_COMMIT, "after", _pages),
    "after pages were read for the queue": Point(_DUE, "after", lambda args, result: args[1] == QUEUE and bool(result)),
    "after pages were read for the states": Point(
        _DUE, "after", lambda args, result: args[1] == STATE and bool(result)
    ),
    "before a round is sent to the queue": Point("alerts.notifiers.webhook:Webhook.send", "before"),
    "before a round is sent to the states": Point("alerts.notifiers.alertmanager:Alertmanager.send", "before"),
    "before the queue's answer is read": Point("urllib3.connection:HTTPConnection.getresponse", "before", _on(QUEUE)),
    "before the states' answer is read": Point("urllib3.connection:HTTPConnection.getresponse", "before", _on(STATE)),
    "between two answers of a round": Point("alerts.notifiers.webhook:Webhook._post", "after"),
    "before the queue's answers are kept": Point(_SETTLE, "before", _of(QUEUE)),
    "while the queue's answers are kept": Point(_SETTLE, "inside", _of(QUEUE)),
    "after the queue's answers were kept": Point(_SETTLE, "after", _of(QUEUE)),
    "while the states' answers are kept": Point(_SETTLE, "inside", _of(STATE)),
}
"""Between an event and the receipt, in this order."""

AT_START = {
    "before the outbox is looked through": Point(_BEGIN, "before"),
    "while the outbox is looked through": Point(_BEGIN, "inside"),
    "after the outbox was looked through": Point(_BEGIN, "after"),
    "while the sources are caught up with": Point(
        "monitor.service.poller:Sources._after_poll", "before", lambda args, result: not args[0]._scheduler.running
    ),
    "after the sources were caught up with": Point("monitor.service.poller:Sources.catch_up", "after"),
}
"""Between a start and the first page; each is passed once in a life."""

POINTS = AT_WORK | AT_START


@dataclass(slots=True)
class Journal:
    """A file that outlives its writer: every line is with the kernel before the writer goes on."""

    path: Path
    _file: int = field(init=False)

    def __post_init__(self) -> None:
        self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def say(self, *words: Any) -> None:
        os.write(self._file, (json.dumps(words) + "\n").encode())


@dataclass(slots=True)
class Fuse:
    """Kills this process when its point is passed for the nth time."""

    name: str
    left: int
    journal: Journal
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def passed(self) -> None:
        with self._lock:
            self.left -= 1
            if self.left == 0:
                self.journal.say("blown", self.name)
                os.kill(os.getpid(), signal.SIGKILL)
                threading.Event().wait()  # the signal is on its way; nothing else happens on this thread


def install(name: str, fuse: Fuse) -> None:
    """Put *fuse* at the point *name*."""
    point = POINTS[name]
    owner, attribute = _find(point.where)
    inner = getattr(owner, attribute)
    inside = threading.local()

    def outer(*args: Any, **named: Any) -> Any:
        if point.moment == "before" and point.when(args, None):
            fuse.passed()
        inside.now = point.moment == "inside" and point.when(args, None)
        try:
            result = inner(*args, **named)
        finally:
            inside.now = False
        if point.moment == "after" and point.when(args, result):
            fuse.passed()
        return result

    setattr(owner, attribute, outer)
    if point.moment == "inside":
        sa.event.listen(sa.Engine, "commit", lambda connection: fuse.passed() if _true(inside) else None)


def _true(inside: threading.local) -> bool:
    return getattr(inside, "now", False)


def _find(where: str) -> tuple[Any, str]:
    module, _, path = where.partition(":")
    owner: Any = importlib.import_module(module)
    *outer, attribute = path.split(".")
    for name in outer:
        owner = getattr(owner, name)
    return owner, attribute


def keep_journal(journal: Journal) -> None:
    """Write down which pages are handed out and which are settled."""
    from monitor.store.deliveries import Deliveries

    due_pages, settle_pages = Deliveries.due_pages, Deliveries.settle_pages

    def due(self: Any, channel: str, *rest: Any) -> Any:
        pages = due_pages(self, channel, *rest)
        if pages:
            journal.say("handed", channel, [page.id for page in pages])
        return pages

    def settle(self: Any, settlements: Any, *rest: Any) -> None:
        settle_pages(self, settlements, *rest)
        journal.say("settled", settlements[0].page.channel, [item.page.id for item in settlements])

    Deliveries.due_pages, Deliveries.settle_pages = due, settle  # type: ignore[method-assign]


def sign(number: int) -> None:
    """Say in every request which life it comes from: one may arrive when its life is over."""
    send = requests.Session.send

    def signed(self: Any, request: requests.PreparedRequest, **named: Any) -> Any:
        request.headers["Life"] = str(number)
        return send(self, request, **named)

    requests.Session.send = signed  # type: ignore[method-assign]


def live(config: Path, number: int, points: list[tuple[str, int]]) -> None:
    """One life of the program, up to its end or its kill."""
    journal = Journal(config.parent / "journal")
    journal.say("life", number)
    keep_journal(journal)
    sign(number)
    for name, nth in points:
        install(name, Fuse(name, nth, journal))
    log_to_stderr()
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    loaded = configuration.load(config)
    program = app.Program(replace(loaded, sources=tuple(replace(one, every=_PACE) for one in loaded.sources)))
    signal.signal(signal.SIGTERM, lambda number, frame: program.ask_to_stop())
    try:
        program.start()
        journal.say("ready")
        program.wait()
    finally:
        program.stop()


def main() -> None:
    for name in ("alerts.notifiers.webhook", "alerts.notifiers.alertmanager", "monitor.collectors.jsonl_file"):
        importlib.import_module(name)
    gc.freeze()
    print(json.dumps({"ready": os.getpid()}), flush=True)
    for line in sys.stdin:
        said = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _child(said)
        print(json.dumps({"started": pid}), flush=True)
        _, status = os.waitpid(pid, 0)
        print(json.dumps({"ended": os.waitstatus_to_exitcode(status)}), flush=True)


def _child(said: dict[str, Any]) -> None:
    code = 1
    try:
        folder = Path(said["config"]).parent
        log = os.open(folder / "tierwatch.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        live(Path(said["config"]), said["life"], [(name, nth) for name, nth in said["points"]])
        code = 0
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
