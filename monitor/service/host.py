"""Hold what outlives every configuration of one running program: database, time, threads, and counters.

A configuration that is read again replaces the parts (`parts.py`), and none of this.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from exporters import prometheus
from exporters.prometheus import Prometheus
from monitor.service.alerting_first import AlertingFirst
from monitor.service.detail import DetailPlaces
from monitor.service.engine_worker import Timing
from monitor.service.exemplars import Exemplars
from monitor.service.exporting import State
from monitor.service.live import LiveFeed
from monitor.service.logins import LoginMemory
from monitor.service.machine_watch import MachineWatch
from monitor.service.reload_requests import ReloadRequests
from monitor.service.reloads import Reloads
from monitor.service.store_watch import StoreWatch
from monitor.service.threads import Threads
from monitor.service.turn import Turn
from monitor.service.wakeup import Wakeup
from monitor.snapshot import Snapshot
from monitor.store import Clocks, Database, Deliveries, Feed, Ingest, Marked, Views


def _exporter() -> Prometheus:
    return prometheus.build(prometheus.Config())


@dataclass(slots=True)
class Host:
    """What the parts of each configuration are built into.

    `polling` has a lock for each source by name, so that two configurations do not poll one source at once. `address`
    is where the page is served, empty before that. `rounds` is how often the engine's loop has gone round. `watched`
    says since when each source is watched without a break. `exporting` has what is known of each exporter by name,
    `logins` who failed to log in how often. `exemplars` are the subjects that counters have counted last, `places`
    those of clocks that are listed one by one. `published` gives what is published at an instant, no older than
    another. `live` tells those who look on, `alerting_first` says when requests wait for alerting.
    """

    marked: Marked
    machine: MachineWatch
    store_watch: StoreWatch
    started: datetime
    published: Callable[[datetime, datetime], Snapshot]
    reloads: Reloads = field(default_factory=Reloads)
    ready: threading.Event = field(default_factory=threading.Event)
    ended: Callable[[], Mapping[str, int]] = dict
    address: str = ""
    rounds: int = 0
    news: Wakeup = field(default_factory=Wakeup)
    turn: Turn = field(default_factory=Turn)
    threads: Threads = field(default_factory=Threads)
    timing: Timing = field(default_factory=Timing)
    exporter: Prometheus = field(default_factory=_exporter)
    polling: defaultdict[str, threading.Lock] = field(default_factory=lambda: defaultdict(threading.Lock))
    watched: dict[str, datetime] = field(default_factory=dict)
    exporting: dict[str, State] = field(default_factory=dict)
    exemplars: Exemplars = field(default_factory=Exemplars)
    places: DetailPlaces = field(default_factory=DetailPlaces)
    alerting_first: AlertingFirst = field(default_factory=AlertingFirst)
    logins: LoginMemory = field(default_factory=LoginMemory)
    database: Database = field(init=False)
    ingest: Ingest = field(init=False)
    clocks: Clocks = field(init=False)
    deliveries: Deliveries = field(init=False)
    views: Views = field(init=False)
    requests: ReloadRequests = field(init=False)
    live: LiveFeed = field(init=False)

    def __post_init__(self) -> None:
        self.database = self.marked.database
        self.ingest, self.clocks = Ingest(self.database), Clocks(self.database)
        self.deliveries, self.views = Deliveries(self.database), Views(self.database)
        feed = Feed(self.database)
        self.live = LiveFeed(feed, self.database.revision, self.now, lambda at, since: self.published(at, since))
        self.requests = ReloadRequests(self.reloads, self.ready.is_set)

    @property
    def now(self) -> Callable[[], datetime]:
        """The time that the program goes by."""
        return self.machine.time.now

    def watch(self, sources: Iterable[str], at: datetime) -> None:
        """Watch these sources from now on, those that are new since this instant."""
        for name in self.watched.keys() - set(sources):
            del self.watched[name]
        for name in sources:
            self.watched.setdefault(name, at)

    def readiness(self) -> tuple[bool, str]:
        """Whether the start is over, with a sentence."""
        if self.ready.is_set():
            return True, "ready"
        return False, "tierwatch is catching up with its sources; try again in a few seconds"
