"""The real program and real databases of time series, both killed: they give back exactly what the store holds.

Of each the same life: written, killed with what it had taken just now, away, and back; the program is killed, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from exporters.points import TRANSITION, Point, of_transition
from monitor.store import Exports
from monitor.store.database import Database, readonly
from tests.support.installations import configuration, promise, written
from tests.support.peers import until
from tests.support.program import Tierwatch, printed, wait_for
from tests.support.time_series import InfluxDB, Running, influxdb, victoria_metrics
from tests.support.tmf621_server import Tmf621Server, ticket
from tests.support.transitions import many, store

pytestmark = pytest.mark.peer

TAGS = ("source", "tier", "assurance", "target", "kind", "stage")
FAILURES = 'tierwatch_exporter_failures_total{exporter="history"'
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
MANY = 6_000


@dataclass(frozen=True)
class Peer:
    """A database: what it holds, and how a point of ours looks there."""

    running: Running
    options: dict[str, str]
    held: Callable[[], Counter[Any]]
    shown: Callable[[Point], Any]


@contextmanager
def influx(folder: Path) -> Iterator[Peer]:
    with influxdb(folder) as server:
        yield Peer(server.running, server.options, lambda: _points(server), _whole)


def _points(server: InfluxDB) -> Counter[Any]:
    return Counter(tuple(one) for one in server.points(TRANSITION, TAGS))


def _whole(point: Point) -> Any:
    tags = frozenset(one for one in point.tags.items() if one[1])
    return tags, frozenset(point.fields.items()), point.time


@contextmanager
def victoria(folder: Path) -> Iterator[Peer]:
    """With the option that docs/influxdb.md asks for; of a point it keeps the numbers, to the millisecond."""
    with victoria_metrics(folder, "-dedup.minScrapeInterval=1ms") as server:

        def held() -> Counter[Any]:
            found = server.values(f"{TRANSITION}_instant")
            return Counter((frozenset(labels.items()), at, round(value, 3)) for labels, at, value in found)

        def shown(point: Point) -> Any:
            tags = frozenset(one for one in point.tags.items() if one[1])
            return tags, point.time // 1_000_000, round(float(point.fields["instant"]), 3)

        yield Peer(server.running, server.options, held, shown)


def stored(database: Path, peer: Peer) -> Counter[Any]:
    """What the store holds, as the database shows it."""
    opened = readonly(f"sqlite:///{database}")
    try:
        rows = [row for portion in Exports(opened).since(BEGINNING, 5_000) for row in portion]
    finally:
        opened.close()
    return Counter(peer.shown(of_transition(row)) for row in rows)


def exporter(peer: Peer) -> str:
    options = ", ".join(f"{name}: '{text}'" for name, text in peer.options.items())
    return f"exporters:\n  history: {{type: influxdb, every: 1s, options: {{{options}}}}}\n"


def answers(peer: Peer, expected: Callable[[], Counter[Any]], number: int) -> Callable[[], bool]:
    def same() -> bool:
        try:
            found = peer.held()
        except requests.ConnectionError:
            return False
        return len(found) >= number and found == expected()

    return same


@pytest.mark.parametrize("kind", [influx, victoria])
def test_a_database_has_what_the_store_holds_after_kills_of_both_and_outages(tmp_path: Path, kind: Any) -> None:
    begun = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=50)

    def fault(*numbers: int) -> None:
        """Of each ticket the promise began, and was broken, in a second of its own."""
        for number in numbers:
            opened = begun - timedelta(seconds=number)
            source.put(ticket(f"T-{number}", opened=opened, updated=datetime.now(UTC)))

    with Tmf621Server() as source, kind(tmp_path / "peer") as peer:
        reader = f'{{type: tmf621, every: 1s, at_most: 2s, options: {{url: "{source.url}"}}}}'
        text = configuration(reader, {"log": "{type: log}"}) + exporter(peer)
        config, database = written(tmp_path, promise("40m"), text), tmp_path / "flow.db"

        def whole(number: int) -> None:
            until(answers(peer, lambda: stored(database, peer), 2 * number), f"{number} tickets")

        program = Tierwatch(config)
        try:
            address = program.address()
            fault(*range(8))
            whole(8)
            peer.running.kill()  # with what it had taken just now
            fault(*range(8, 12))
            wait_for(address, FAILURES, 1)
            program.kill()  # with what waits
            program = Tierwatch(config)
            address = program.address()
            fault(12)
            wait_for(address, FAILURES, 2)
            peer.running.start()
            whole(13)
            program.kill()  # with what was sent and is not settled
            program = Tierwatch(config)
            program.address()
            fault(13)
            whole(14)
        finally:
            program.kill()


def test_a_backfill_that_the_database_does_not_outlive_is_given_again_and_doubles_nothing(tmp_path: Path) -> None:
    with influx(tmp_path / "peer") as peer:
        text = configuration("{type: jsonl_file, options: {path: t.jsonl}}", {"log": "{type: log}"}) + exporter(peer)
        config, database = written(tmp_path, promise("40m"), text), Database(f"sqlite:///{tmp_path / 'flow.db'}")
        store(database, many(MANY))
        database.close()
        words = ("influx", "backfill", "--config", str(config), "--since", "2026-01-01")
        printed(*words)
        peer.running.kill()
        peer.running.start()
        assert f"{MANY}" in printed(*words).replace(",", "").replace("\u202f", "")
        assert peer.held() == stored(tmp_path / "flow.db", peer)
