"""Measure the way from a crossing to a page: the real program, a real Alertmanager, and a webhook behind it.

`make bench` prints a table, and after it the same as JSON. The store has 100,000 open clocks; some of them cross a
stage one by one, and then thousands at the same instant. In the same run the alternative is measured: a Prometheus with
a rule over one series per ticket. Latencies are from the true instant of the crossing. What is polled (the store, the
webhook's log) is noted when it was seen, which is never too early. Everything lives in a temporary folder.

    python -m tests.bench.crossings [--quick]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event as Signal
from typing import Any

import requests
from rich.console import Console
from rich.table import Table

from alerts.decide.routing import RouteTable
from monitor.alert.alert import Settings
from monitor.collectors import jsonl_file
from monitor.config import config_file
from monitor.history.batch import Batch
from monitor.history.event_json import event_to_json
from monitor.history.events import Event
from monitor.model import SubjectKind
from monitor.service.engine_worker import Worker
from monitor.service.intake import Intake
from monitor.service.machine_time import MachineTime
from monitor.service.turn import Turn
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.ingest import Ingest
from tests.bench.prometheus_rule import theirs
from tests.bench.watching import Heard, Stored, Watch, child, latencies
from tests.support import alertmanager
from tests.support.installations import configuration, of_tickets, promise, to_alertmanager, written
from tests.support.program import Tierwatch

CROSSES = timedelta(hours=18)
"""What of the budget is used when the first stage is crossed: three quarters."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is done, and for how long."""

    clocks: int = 100_000
    singles: int = 300
    spread: float = 50
    burst: int = 5_000
    circuits: int = 500
    idle: float = 30
    slow: float = 60  # seconds of crossings for the rule every 15 s
    fast: float = 20  # and every second


QUICK = Size(clocks=10_000, singles=60, spread=10, burst=1_000, circuits=100, idle=10, slow=30, fast=10)


def ticket(name: str, crosses: float, circuit: str = "") -> Event:
    """A ticket whose first stage is crossed at that instant."""
    opened = datetime.fromtimestamp(crosses, UTC) - CROSSES
    fields = {"tier": "gold", "customer": f"Customer of {name}", "team": "NOC", "circuit": circuit or f"line {name}"}
    return Event("tickets", f"{name}#1", SubjectKind.TICKET, name, opened, 0, "accepted", None, False, opened, fields)


def fill(folder: Path, size: Size) -> float:
    """Open clocks that cross nothing for hours, through the real ingest and engine; gives clocks a second."""
    loaded = config_file.load(folder / "tierwatch.yml")
    database = Database(loaded.database)
    begun = time.monotonic()
    try:
        ingest, clocks = Ingest(database), Clocks(database)
        now = datetime.now(UTC)
        installed = clocks.installed_at(now - timedelta(days=2))
        number = size.clocks - size.singles - size.burst
        far = [ticket(f"F{n:06}", now.timestamp() + 6 * 3600 + n % 36_000) for n in range(number)]
        router = RouteTable((), lambda: Settings("flow", installed))
        worker = Worker(clocks, loaded.rules, lambda *_: (), router, installed, ("tickets",))
        intake = Intake(ingest, worker, Turn(), MachineTime(), Signal())
        for start in range(0, number, 1000):
            intake.commit("tickets", Batch(tuple(far[start : start + 1000]), (), {}))
        while worker.step(now)[0]:
            pass
    finally:
        database.close()
    return number / (time.monotonic() - begun)


def append(path: Path, events: Sequence[Event]) -> None:
    text = "".join(json.dumps(event_to_json(event)) + "\n" for event in events)
    with path.open("a", encoding="utf-8") as out:
        out.write(text)


def until_read(path: Path, number: int, within: float = 60) -> None:
    """Until so many clocks are in the store."""
    with sqlite3.connect(path) as connection:
        end = time.monotonic() + within
        while connection.execute("SELECT count(*) FROM readings").fetchone()[0] < number:
            assert time.monotonic() < end, "the program did not read its source in time"
            time.sleep(0.2)


def ours(folder: Path, size: Size, heard: Heard) -> dict[str, Any]:
    """The program on the store: idle, then crossings one by one, then many at once."""
    database, source = folder / "flow.db", folder / "events.jsonl"
    program = Tierwatch(folder / "tierwatch.yml")
    found: dict[str, Any] = {}
    try:
        address = program.address()
        pid = child(str(folder / "tierwatch.yml"))
        time.sleep(5)
        found["idle"] = idle(pid, address, size.idle)
        first = time.time() + 6
        crossed = {f"S{n:05}": first + size.spread * (n + 0.5) / size.singles for n in range(size.singles)}
        append(source, [ticket(name, at) for name, at in crossed.items()])
        watch = Watch(pid)
        time.sleep(max(0.0, first + size.spread - time.time()))
        found["singles"] = latencies(crossed, heard.until(size.singles, 20))
        found["singles"]["cpu_share"] = watch.usage().share
        for name, circuits in (("together", size.circuits), ("each_alone", 0)):
            found[name] = burst(pid, database, source, size, circuits, heard, name)
        found["rss_mb"] = Watch(pid).usage().rss_mb
    finally:
        program.stop()
    return found


def idle(pid: int, address: str, seconds: float) -> dict[str, float]:
    """What the program uses while nothing happens but a scrape every 15 s."""
    watch, end = Watch(pid), time.monotonic() + seconds
    taken = []
    while time.monotonic() < end:
        begun = time.monotonic()
        requests.get(f"{address}/metrics", timeout=10).raise_for_status()
        taken.append(time.monotonic() - begun)
        time.sleep(max(0.0, min(15.0, end - time.monotonic())))
    used = watch.usage()
    return {"cpu_share": used.share, "scrape_seconds": max(taken), "rss_mb": used.rss_mb}


def burst(pid: int, database: Path, source: Path, size: Size, circuits: int, heard: Heard, name: str) -> dict[str, Any]:
    """Tickets that all cross at one instant, in no order: of a few circuits, or each of its own."""
    with sqlite3.connect(database) as connection:
        (before,) = connection.execute("SELECT count(*) FROM readings").fetchone()
    number = size.burst // (1 if circuits else 2)
    at = float(int(time.time()) + 8 + number // 800)
    names = [f"{name[0].upper()}{n:05}" for n in range(number)]
    random.Random(1).shuffle(names)
    circuit = {one: f"ring {int(one[1:]) % circuits}" if circuits else "" for one in names}
    append(source, [ticket(one, at, circuit[one]) for one in names])
    until_read(database, before + number)
    assert time.time() < at, "the source was not read before its tickets crossed; give it more time"
    time.sleep(max(0.0, at - 0.5 - time.time()))
    watch = Watch(pid)
    with Stored(database, name[0].upper(), number) as stored:
        while time.time() < at + 30 and stored.complete(at)[1] == float("inf"):
            time.sleep(0.1)
    committed, accepted = stored.complete(at)
    used = watch.usage().cpu
    time.sleep(1)
    return {"crossings": number, "committed_seconds": committed, "accepted_seconds": accepted, "cpu_seconds": used,
            **rolled_up(database, names, circuit, heard)}  # fmt: skip


def rolled_up(database: Path, names: Sequence[str], circuit: dict[str, str], heard: Heard) -> dict[str, Any]:
    """Of tickets that crossed together: what they were rolled up to, and which were paged on their own before that."""
    with sqlite3.connect(database) as connection:
        keys = [row[0] for row in connection.execute("SELECT key FROM causes WHERE closed_at IS NULL")]
        query = "SELECT a.subject, a.cause_key, o.held_by FROM alerts a JOIN outbox o ON o.alert_key = a.key"
        rows = {row[0]: row[1:] for row in connection.execute(query) if row[0] in set(names)}
    rings = {f"circuit/{ring}" for ring in circuit.values() if ring}
    told = heard.times()
    return {
        "alerts": len(rows),
        "causes": len(rings & set(keys)),
        "of_their_own_circuit": sum(rows[one][0] == f"circuit/{circuit[one]}" for one in rows) if rings else 0,
        "withheld": sum(row[1].startswith("grouped/") for row in rows.values()),
        "heard_alone": sum(one in told for one in names),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="a tenth of it, to try it out")
    parser.add_argument("--without-prometheus", action="store_true")
    options = parser.parse_args()
    size = QUICK if options.quick else Size()
    missing = [name for name in (alertmanager.BINARY, "prometheus") if shutil.which(name) is None]
    if missing:
        print(f"crossings: not installed: {', '.join(missing)} (sh tests/peers/install.sh)")
        return
    assert jsonl_file.MAPPING.statuses["accepted"], "the bench speaks the words of jsonl_file"
    begun, load = time.monotonic(), os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="tierwatch-bench-") as name, Heard() as heard:
        folder = Path(name)
        with alertmanager.running(alertmanager.one_receiver(heard.url)) as peer:
            source = of_tickets("jsonl_file", path="events.jsonl")
            written(folder, promise("24h"), configuration(source, {"am": to_alertmanager(peer.url)}))
            (folder / "events.jsonl").touch()
            filled = fill(folder, size)
            figures: dict[str, Any] = {"clocks": size.clocks, "filled_per_second": filled, **ours(folder, size, heard)}
        if not options.without_prometheus:
            for every, seconds in (("1s", size.fast), ("15s", size.slow)):
                with alertmanager.running(alertmanager.one_receiver(heard.url)) as fresh:
                    receiver = fresh.url.removeprefix("http://")
                    figures[f"rule_{every}"] = theirs(folder, size.clocks, every, seconds, receiver, heard)
    figures["seconds"], figures["load_before"], figures["load_after"] = (
        time.monotonic() - begun, load, os.getloadavg()[0],
    )  # fmt: skip
    show(figures)


def show(figures: dict[str, Any]) -> None:
    table = Table(title=f"Crossing to webhook, {figures['clocks']:,} open clocks")
    for column in ("", "crossings", "p50 s", "p99 s", "max s", "processor", "memory MB"):
        table.add_column(column, justify="left" if not column else "right")
    one_by_one = figures["singles"]
    for what, name in (("tierwatch", "singles"), ("a rule every second", "rule_1s"), ("every 15 s", "rule_15s")):
        if name in figures:
            row = figures[name]
            cells = [f"{row.get(key, float('nan')):.3f}" for key in ("p50_seconds", "p99_seconds", "max_seconds")]
            if name != "singles" and "p50_seconds" in row:
                for place, key in enumerate(("p50_seconds", "p99_seconds")):
                    cells[place] += f" ({row[key] / one_by_one[key]:,.0f} ×)"
            rss = row.get("rss_mb", figures["rss_mb"])
            table.add_row(
                what, f"{row['heard']}/{row['crossings']}", *cells, f"{100 * row['cpu_share']:.1f} %", f"{rss:.0f}"
            )
    console = Console(width=120)
    console.print(table)
    many = Table(title="Crossings at one instant")
    for column in ("", "crossings", "committed s", "accepted s", "processor s", "causes", "withheld", "paged alone"):
        many.add_column(column, justify="left" if not column else "right")
    for what, name in (("of a few circuits", "together"), ("each of its own", "each_alone")):
        row = figures[name]
        seconds = [f"{row[key]:.2f}" for key in ("committed_seconds", "accepted_seconds", "cpu_seconds")]
        counts = [f"{row[key]:,}" for key in ("causes", "withheld", "heard_alone")]
        many.add_row(what, f"{row['crossings']:,}", *seconds, *counts)
    console.print(many)
    quiet = figures["idle"]
    console.print(
        f"Idle, a scrape every 15 s: {100 * quiet['cpu_share']:.1f} % of one core, {quiet['rss_mb']:.0f} MB; the"
        f" slowest scrape took {1000 * quiet['scrape_seconds']:.0f} ms."
        f" Load average {figures['load_before']:.1f} before, {figures['load_after']:.1f} after."
    )
    machine = {"python": platform.python_version(), "processor": platform.machine()}
    print(json.dumps({"crossings": _rounded(figures), **machine}))


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(item) for name, item in value.items()}
    return round(value, 4) if isinstance(value, float) else value


if __name__ == "__main__":
    main()
