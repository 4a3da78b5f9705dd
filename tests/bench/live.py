"""What 500 viewers cost, and how long a transition takes from its commit to the wire.

A program whose tickets change all the time runs twice in one process of its own: with nobody looking on, and with
viewers in this process. Both figures are ratios to what the issue allows (a quarter of a core; a second), so that 1 is
the limit on any machine that has nothing else to do.
"""

from __future__ import annotations

import argparse
import json
import selectors
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.growth import Figure, against, show
from tests.bench.watching import TICK

VIEWERS = 500
SECONDS = 30.0
EACH_SECOND = 5
"""Tickets that are opened or resolved in a second."""

CORE_ALLOWED = 0.25
DELAY_ALLOWED = 1.0

CONFIGURATION = """\
zone: UTC
policy: demo
listen: 127.0.0.1:{port}
database: tierwatch.db
synthetic_every: off
sources:
  desk: {{type: jsonl_file, every: 1s, options: {{path: tickets.jsonl}}}}
receivers:
  log: {{type: log}}
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """What one run used and saw: processor time in cores, and seconds from commit to the wire."""

    cores: float
    delays: tuple[float, ...] = ()
    events: int = 0


class Watching:
    """Many viewers in one thread: each notes when it got which transition. Use it with `with`."""

    def __init__(self, port: int, number: int, path: str) -> None:
        self._selector, self._ending = selectors.DefaultSelector(), threading.Event()
        self.seen: dict[str, list[float]] = {}
        self.events = 0
        request = f"GET /{path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode()
        for _ in range(number):
            connection = socket.create_connection(("127.0.0.1", port))
            connection.sendall(request)
            connection.setblocking(False)
            self._selector.register(connection, selectors.EVENT_READ, bytearray())
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> Watching:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]

    def _read(self) -> None:
        while not self._ending.is_set():
            for key, _ in self._selector.select(0.2):
                part = key.fileobj.recv(1 << 18)  # type: ignore[union-attr]
                if not part:
                    raise SystemExit("a stream ended")
                self._take(key.data, part)

    def _take(self, before: bytearray, part: bytes) -> None:
        now = time.time()
        before += part
        while (end := before.find(b"\n\n")) >= 0:
            event = bytes(before[:end])
            del before[: end + 2]
            if b"event: transition" in event:
                self.events += 1
                place = event.partition(b"id: ")[2].partition(b"\n")[0].decode()
                self.seen.setdefault(place, []).append(now)


def used(process: int) -> float:
    """Processor time of a process, in seconds of one core."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK


def changing(path: Path, seconds: float, each: int = EACH_SECOND) -> None:
    """Write tickets that open and are resolved, a few in each second."""
    begun, number = time.monotonic(), 0
    with path.open("a", encoding="utf-8") as file:
        while time.monotonic() - begun < seconds:
            for _ in range(each):
                number += 1
                for status in ("opened", "resolved"):
                    event = {
                        "event_id": f"{number} {status}", "kind": "ticket", "subject": f"T{number}",
                        "at": datetime.now(UTC).isoformat(), "status": status, "fields": {"tier": "gold"},
                    }  # fmt: skip
                    file.write(json.dumps(event) + "\n")
            file.flush()
            time.sleep(1.0)


def run(viewers: int, seconds: float, path: str) -> Figures:
    """One run of the program."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            port = free.getsockname()[1]
        (folder / "tickets.jsonl").touch()
        (folder / "tierwatch.yml").write_text(CONFIGURATION.format(port=port), encoding="utf-8")
        command = [sys.executable, "-m", "monitor.cli", "run", "--config", str(folder / "tierwatch.yml")]
        with (folder / "log").open("w", encoding="utf-8") as out:
            process = subprocess.Popen(command, stderr=out, stdout=out)
        try:
            _ready(port, process)
            with Watching(port, viewers, path) as watching:
                time.sleep(3.0)
                before, begun = used(process.pid), time.monotonic()
                changing(folder / "tickets.jsonl", seconds)
                cores = (used(process.pid) - before) / (time.monotonic() - begun)
                time.sleep(3.0)
            return Figures(cores, tuple(_delays(folder / "tierwatch.db", watching, viewers)), watching.events)
        finally:
            process.terminate()
            process.wait(30)


def _ready(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), 5) as asking:
                asking.sendall(b"GET /-/ready HTTP/1.0\r\n\r\n")
                if b" 200 " in asking.recv(100):
                    return
        except OSError:
            pass
        time.sleep(0.1)
    raise SystemExit("tierwatch did not start")


def _delays(database: Path, watching: Watching, viewers: int) -> list[float]:
    """From the instant at which a transition was recorded, in the step that committed it, to the last viewer."""
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT id, recorded_at FROM transitions").fetchall()
    recorded = {f"{number}-{at}": at / 1_000_000 for number, at in rows}
    for place, times in watching.seen.items():
        assert len(times) == viewers, f"{len(times)} of {viewers} viewers got {place}"
    return [max(times) - recorded[place] for place, times in watching.seen.items()]


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--viewers", type=int, default=VIEWERS)
    asked.add_argument("--seconds", type=float, default=SECONDS)
    asked.add_argument("--part", default="", help="a part of a page that every viewer is sent as well")
    asked.add_argument("--markdown", action="store_true", help="the table as Markdown")
    given = asked.parse_args()
    path = f"live?part={given.part}" if given.part else "live"
    alone, looked_at = run(0, given.seconds, path), run(given.viewers, given.seconds, path)
    more = looked_at.cores - alone.cores
    worst = max(looked_at.delays)
    figures = [
        Figure("Processor with nobody", "% of a core", 1, alone=100 * alone.cores),
        Figure("Processor with viewers", "% of a core", 1, alone=100 * looked_at.cores),
        Figure("More with viewers", "% of a core", 1, alone=100 * more, goal=f"{100 * CORE_ALLOWED:.0f}"),
        Figure("Commit to the last viewer, median", "s", 2, alone=statistics.median(looked_at.delays)),
        Figure("Commit to the last viewer, most", "s", 2, alone=worst, goal=f"{DELAY_ALLOWED:g}"),
    ]
    title = f"{given.viewers} viewers of /{path}, {looked_at.events:,} events sent in {given.seconds:g} s"
    show(title, against(figures), given.markdown)


if __name__ == "__main__":
    main()
