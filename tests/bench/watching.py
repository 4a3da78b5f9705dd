"""What the bench sees of running programs: what a webhook hears and when, when rows are stored, what a process uses."""

from __future__ import annotations

import json
import os
import sqlite3
import statistics
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TICK = 1 / os.sysconf("SC_CLK_TCK")


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


def peak_mb(pid: int) -> float:
    """The most memory that a process has held since it was started."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


class Stored:
    """Looks into the program's store beside it, and notes when rows are there: the commit is never later."""

    def __init__(self, path: Path, source: str, letter: str, number: int) -> None:
        """Of so many subjects of *source* whose names begin with *letter*."""
        self.committed: float | None = None
        self.accepted: float | None = None
        self._path, self._source, self._letter, self._number = path, source, letter, number
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
        told = "SELECT count(*) FROM alerts WHERE source = ? AND subject >= ? AND subject < ?"
        waiting = "SELECT count(*) FROM outbox WHERE closed_at IS NULL AND held_by = '' AND accepted_at IS NULL"
        range_ = self._source, self._letter, chr(ord(self._letter) + 1)
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
