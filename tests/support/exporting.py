"""A store and the exporters of one program beside it, stepped by hand."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from pathlib import Path

from exporters.push import influxdb
from monitor.config import ExporterConfig
from monitor.service.exporting import Exporting, State
from monitor.snapshot import Snapshot
from monitor.store import Exports
from monitor.store.database import Database
from monitor.store.views import Views
from tests.support import snapshots
from tests.support.influx_server import InfluxServer
from tests.support.peers import HANGING
from tests.support.transitions import AT

EVERY = timedelta(seconds=10)


class Site:
    """A store and the exporters of one program beside it; `now` moves by hand, `snapshot` is what is published."""

    def __init__(
        self, folder: Path, server: InfluxServer, spool_bytes: int = 1 << 20, seconds: float = HANGING
    ) -> None:
        """A write may take so many *seconds*."""
        self.url = f"sqlite:///{folder / 'tierwatch.db'}"
        options = influxdb.Config(url=server.url, bucket="b", timeout=timedelta(seconds=seconds))
        self.configured = [ExporterConfig("history", "influxdb", influxdb, options, EVERY, spool_bytes)]
        self.now, self.snapshot, self.states = AT, snapshots.example(), dict[str, State]()
        self.stopping, self.steady = threading.Event(), 0.0
        self.database = Database(self.url)
        self.exporting = self.built()

    def built(self) -> Exporting:
        made = Exporting(
            self.configured, Exports(self.database), self.stopping, self._published, lambda: self.now, self.states
        )
        made.begin()
        return made

    def _published(self, at: datetime) -> Snapshot:
        return self.snapshot

    def restart(self) -> None:
        """As after a kill: what is not in the database is gone."""
        self.database.close()
        self.database, self.states = Database(self.url), {}
        self.exporting = self.built()

    def past(self, seconds: float) -> None:
        """Let time pass for the exporter."""
        self.steady += seconds

    def round(self) -> float:
        (line,) = self.exporting._lines
        line.state.opens_at = 0.0  # the waits are judged by `waits`
        return self.exporting.round(line)

    def rounds(self) -> None:
        """Until nothing waits."""
        while self.round() < 1.0 or self.exporting.health()[0].caught_up != self.now:
            pass

    def counted(self, name: str, **labels: str) -> float:
        found = [one for one in Views(self.database).counts() if one.name == name]
        return sum(one.value for one in found if one.labels == {"exporter": "history", **labels})
