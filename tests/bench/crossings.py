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
import statistics
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests
from rich.console import Console
from rich.table import Table

from alerts.telling import Telling
from monitor import config
from monitor.alert import Settings
from monitor.collectors import jsonl_file
from monitor.event_json import event_to_json
from monitor.events import Event
from monitor.model import SubjectKind
from monitor.plugins import Batch
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.ingest import Ingest
from monitor.working import Worker
from tests.support import alertmanager, prometheus
from tests.support.peers import until
from tests.support.program import Tierwatch

POLICY = """
policy: bench
version: "1"
effective_from: 2026-01-01
name: {en: Bench, zh: 测量}
ladders:
  tier:
    - {id: gold, en: Gold, zh: 金牌}
    - {id: standard, en: Standard, zh: 标准}
calendars:
  always: {zone: Asia/Shanghai, hours: 24x7}
targets:
  restore:
    name: {en: Restoration, zh: 故障恢复}
    start: [opened, accepted, held]
    stop: [restored, closed]
    budgets: [{when: {tier: gold}, budget: 24h, source: test}]
"""

CONFIG = """
instance: bench
zone: Asia/Shanghai
database: bench.db
listen: 127.0.0.1:0
policy: policy.yml
sources:
  tickets: {{type: jsonl_file, every: 1s, at_most: 2s, options: {{path: events.jsonl}}}}
receivers:
  am: {{type: alertmanager, options: {{urls: ["{alertmanager}"]}}}}
"""

PROMETHEUS = """
global: {{scrape_interval: 15s, scrape_timeout: 10s, evaluation_interval: {every}}}
rule_files: [{rules}]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ["{alertmanager}"]}}]}}]}}
scrape_configs: [{{job_name: tickets, static_configs: [{{targets: ["{exporter}"]}}]}}]
"""

RULES = """
groups:
  - name: tickets
    rules:
      - {alert: Crossed, expr: time() >= ticket_crosses_seconds, labels: {by: prometheus}}
"""

CROSSES = timedelta(hours=18)
"""What of the budget is used when the first stage is crossed: three quarters."""

TICK = 1 / os.sysconf("SC_CLK_TCK")


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


class _Server(ThreadingHTTPServer):
    request_queue_size = 1024  # Alertmanager opens a connection for each of hundreds of groups at once
    daemon_threads = True


class Heard:
    """A webhook that answers at once, however many come; bodies are read afterwards. Use it with `with`."""

    def __init__(self) -> None:
        self.bodies: list[tuple[float, bytes]] = []
        bodies = self.bodies

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                bodies.append((time.time(), body))
                self.send_response_only(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Heard:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def times(self, label: str = "ticket") -> dict[str, float]:
        found: dict[str, float] = {}
        for at, body in list(self.bodies):
            for alert in json.loads(body)["alerts"]:
                if label in alert["labels"] and alert["status"] == "firing":
                    found.setdefault(alert["labels"][label], at)
        return found

    def until(self, number: int, within: float, label: str = "ticket") -> dict[str, float]:
        """As soon as so many were heard of, or when the time is up."""
        end = time.monotonic() + within
        while len(found := self.times(label)) < number and time.monotonic() < end:
            time.sleep(0.5)
        return found


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process used between two looks."""

    cpu: float  # seconds of one core
    wall: float
    rss_mb: float

    @property
    def share(self) -> float:
        return self.cpu / self.wall


class Watch:
    """Looks at a process by its id."""

    def __init__(self, pid: int) -> None:
        self._stat, self._status = Path(f"/proc/{pid}/stat"), Path(f"/proc/{pid}/status")
        self._cpu, self._wall = self._used(), time.monotonic()

    def _used(self) -> float:
        fields = self._stat.read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * TICK

    def usage(self) -> Usage:
        resident = next(line for line in self._status.read_text().splitlines() if line.startswith("VmRSS"))
        return Usage(self._used() - self._cpu, time.monotonic() - self._wall, int(resident.split()[1]) / 1024)


def ticket(name: str, crosses: float, circuit: str = "") -> Event:
    """A ticket whose first stage is crossed at that instant."""
    opened = datetime.fromtimestamp(crosses, UTC) - CROSSES
    fields = {"tier": "gold", "customer": f"Customer of {name}", "team": "NOC", "circuit": circuit or f"line {name}"}
    return Event("tickets", f"{name}#1", SubjectKind.TICKET, name, opened, 0, "accepted", None, False, opened, fields)


def fill(folder: Path, size: Size) -> float:
    """Open clocks that cross nothing for hours, through the real ingest and engine; gives clocks a second."""
    loaded = config.load(folder / "tierwatch.yml")
    database = Database(loaded.database)
    begun = time.monotonic()
    try:
        ingest, clocks = Ingest(database), Clocks(database)
        now = datetime.now(UTC)
        installed = clocks.installed_at(now - timedelta(days=2))
        number = size.clocks - size.singles - size.burst
        far = [ticket(f"F{n:06}", now.timestamp() + 6 * 3600 + n % 36_000) for n in range(number)]
        for start in range(0, number, 1000):
            ingest.commit_batch("tickets", Batch(tuple(far[start : start + 1000]), (), {}), now)
        telling = Telling((), lambda: Settings("bench", installed))
        worker = Worker(clocks, loaded.rules, lambda *_: (), telling, installed, ("tickets",))
        while worker.step(now)[0]:
            pass
    finally:
        database.close()
    return number / (time.monotonic() - begun)


class Stored:
    """Looks into the program's store beside it, and notes when rows are there: the commit is never later."""

    def __init__(self, path: Path, letter: str, number: int) -> None:
        self.committed: float | None = None
        self.accepted: float | None = None
        self._path, self._letter, self._number = path, letter, number
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Stored:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()

    def _look(self) -> None:
        connection = sqlite3.connect(self._path, isolation_level=None)
        told = "SELECT count(*) FROM alerts WHERE source = 'tickets' AND subject >= ? AND subject < ?"
        waiting = "SELECT count(*) FROM outbox WHERE closed_at IS NULL AND held_by = '' AND accepted_at IS NULL"
        range_ = self._letter, chr(ord(self._letter) + 1)
        while not self._ending.wait(0.05) and self.accepted is None:
            if connection.execute(told, range_).fetchone()[0] < self._number:
                continue
            self.committed = self.committed or time.time()
            if not connection.execute(waiting).fetchone()[0]:
                self.accepted = time.time()
        connection.close()

    def complete(self, since: float) -> tuple[float, float]:
        """Seconds until all were committed, and until nothing waited for Alertmanager."""
        never = float("inf")
        return (self.committed or never) - since, (self.accepted or never) - since


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


def latencies(crossed: dict[str, float], heard: dict[str, float]) -> dict[str, float]:
    taken = sorted(heard[name] - at for name, at in crossed.items() if name in heard)
    if not taken:
        return {"crossings": len(crossed), "heard": 0}
    return {
        "crossings": len(crossed),
        "heard": len(taken),
        "p50_seconds": statistics.median(taken),
        "p99_seconds": taken[min(len(taken) - 1, int(0.99 * len(taken)))],
        "max_seconds": taken[-1],
    }


def ours(folder: Path, size: Size, heard: Heard) -> dict[str, Any]:
    """The program on the store: idle, then crossings one by one, then many at once."""
    database, source = folder / "bench.db", folder / "events.jsonl"
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


class Exporter:
    """One gauge per ticket: when it crosses."""

    def __init__(self) -> None:
        self.text = ""

    def show(self, crosses: Mapping[str, float]) -> None:
        lines = [f'ticket_crosses_seconds{{ticket="{name}"}} {at:.3f}' for name, at in crosses.items()]
        self.text = "\n".join(["# TYPE ticket_crosses_seconds gauge", *lines, ""])


def theirs(folder: Path, size: Size, every: str, seconds: float, receiver: str, heard: Heard) -> dict[str, Any]:
    """The alternative: a rule over one series per ticket, evaluated at that interval."""
    number = int(seconds * 5)
    names = [f"{every}-{n:05}" for n in range(number)]
    far = {f"F{n:06}": time.time() + 86_400 + n for n in range(size.clocks - number)}
    exporter = Exporter()
    exporter.show(far)
    rules = folder / "rules.yml"
    rules.write_text(RULES, encoding="utf-8")
    with prometheus.exposing(lambda: exporter.text) as exposition:
        text = PROMETHEUS.format(every=every, rules=rules, alertmanager=receiver, exporter=exposition.address)
        with prometheus.running(text, folder / f"prometheus-{every}") as server:
            until(lambda: server.value("count(ticket_crosses_seconds)"), "Prometheus has scraped", within=60)
            first = time.time() + 20  # the next scrape comes within 15 s
            crossed = {name: first + seconds * (n + 0.5) / number for n, name in enumerate(names)}
            exporter.show({**far, **crossed})
            time.sleep(max(0.0, first - time.time()))
            watch = Watch(child(f"--web.listen-address={server.url.removeprefix('http://')}"))
            time.sleep(max(0.0, first + seconds - time.time()))
            used = watch.usage()
            found: dict[str, Any] = latencies(crossed, heard.until(number, 30))
            return {**found, "cpu_share": used.share, "rss_mb": used.rss_mb}


def child(said: str) -> int:
    """The id of the child of this process whose command line has that word."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode(errors="replace").split("\0")
            parent = int((path.parent / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent == os.getpid() and said in words:
            return int(path.parent.name)
    raise LookupError(said)


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
            (folder / "policy.yml").write_text(POLICY, encoding="utf-8")
            (folder / "tierwatch.yml").write_text(CONFIG.format(alertmanager=peer.url), encoding="utf-8")
            (folder / "events.jsonl").touch()
            filled = fill(folder, size)
            figures: dict[str, Any] = {"clocks": size.clocks, "filled_per_second": filled, **ours(folder, size, heard)}
        if not options.without_prometheus:
            for every, seconds in (("1s", size.fast), ("15s", size.slow)):
                with alertmanager.running(alertmanager.one_receiver(heard.url)) as fresh:
                    receiver = fresh.url.removeprefix("http://")
                    figures[f"rule_{every}"] = theirs(folder, size, every, seconds, receiver, heard)
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
