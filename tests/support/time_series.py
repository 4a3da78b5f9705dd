"""Run real databases of time series on loopback, and read back what they hold."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests

from tests.support.peers import ended, need, until
from tests.support.ports import free_port

INFLUXD = Path(__file__).parents[2] / ".peers/influxd"

_CONFIG = """\
reporting-disabled = true
bind-address = "127.0.0.1:{backup}"
[meta]
dir = "{folder}/meta"
[data]
dir = "{folder}/data"
wal-dir = "{folder}/wal"
query-log-enabled = false
[http]
bind-address = "127.0.0.1:{port}"
flux-enabled = true
log-enabled = false
"""


class Found(NamedTuple):
    """A point as a database gives it back."""

    tags: frozenset[tuple[str, str]]
    fields: frozenset[tuple[str, Any]]
    time: int


class Running:
    """The process of a database, which a test may kill and start again; it is there once it is `start`ed."""

    def __init__(self, program: list[str], folder: Path, ready: str) -> None:
        self._program, self._ready, self._log = program, ready, folder / "log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it on what it has on its disk, and wait until it answers."""
        with self._log.open("ab") as out:
            process = self._process = subprocess.Popen(self._program, stdout=out, stderr=out)

        def answers() -> bool:
            if process.poll() is not None:
                pytest.fail(f"{self._program[0]} ended: {self._log.read_text(errors='replace')[-2000:]}")
            try:
                return requests.get(self._ready, timeout=60).status_code < 300
            except requests.ConnectionError:
                return False

        until(answers, f"{self._program[0]} is ready")

    def kill(self) -> None:
        """As `kill -9` does."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, number: int) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            ended(self._process)
            self._process = None


@dataclass(frozen=True, slots=True)
class InfluxDB:
    """An InfluxDB 1.8 with the database `tw`."""

    url: str
    running: Running

    @property
    def process(self) -> int:
        return self.running.pid

    @property
    def options(self) -> dict[str, str]:
        return {"url": self.url, "bucket": "tw/autogen"}

    def query(self, query: str) -> Any:
        """The answer of InfluxQL, times in nanoseconds."""
        asked = {"q": query, "db": "tw", "epoch": "ns"}
        answer = requests.post(f"{self.url}/query", params=asked, timeout=600)
        assert answer.status_code == 200, answer.text
        (result,) = answer.json()["results"]
        assert "error" not in result, result
        return result

    def flux(self, query: str) -> str:
        """The answer of Flux, as CSV."""
        headers = {"Content-Type": "application/vnd.flux", "Accept": "application/csv"}
        answer = requests.post(f"{self.url}/api/v2/query", query.encode(), headers=headers, timeout=600)
        assert answer.status_code == 200, answer.text
        return answer.text

    def points(self, measurement: str, tags: tuple[str, ...]) -> list[Found]:
        """Every point of a measurement; *tags* are the names of those."""
        found = []
        for series in self.query(f'SELECT * FROM "{measurement}"').get("series", ()):
            for values in series["values"]:
                row = {name: value for name, value in zip(series["columns"], values, strict=True) if value is not None}
                time = row.pop("time")
                of_tags = frozenset((name, row.pop(name)) for name in tags if row.get(name))
                found.append(Found(of_tags, frozenset(row.items()), time))
        return found


@dataclass(frozen=True, slots=True)
class VictoriaMetrics:
    """A VictoriaMetrics; it keeps numbers only, to the millisecond, under `measurement_field`."""

    url: str
    running: Running

    @property
    def process(self) -> int:
        return self.running.pid

    @property
    def options(self) -> dict[str, str]:
        return {"url": self.url, "bucket": "any"}

    def values(self, name: str) -> list[tuple[Mapping[str, str], int, float]]:
        """Labels, milliseconds and value of every sample of a series."""
        requests.get(f"{self.url}/internal/force_flush", timeout=600)
        asked = {"match[]": name, "start": "0"}
        answer = requests.get(f"{self.url}/api/v1/export", params=asked, timeout=600)
        assert answer.status_code == 200, answer.text
        found = []
        for line in answer.text.splitlines():
            series = json.loads(line)
            labels = {label: value for label, value in series["metric"].items() if label not in ("__name__", "db")}
            found += [(labels, at, value) for at, value in zip(series["timestamps"], series["values"], strict=True)]
        return found


@contextmanager
def influxdb(folder: Path) -> Iterator[InfluxDB]:
    """An InfluxDB for the length of a block. Without it the test is skipped, but for CI where Go is there."""
    if not INFLUXD.is_file():
        said = "InfluxDB is not built (sh tests/peers/install.sh, with Go)"
        if os.environ.get("CI") == "true" and shutil.which("go"):
            pytest.fail(f"{said}, and CI=true allows no skipping")
        pytest.skip(said)
    port, backup = free_port(), free_port()
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "influxdb.conf"
    config.write_text(_CONFIG.format(folder=folder, port=port, backup=backup))
    with _running([str(INFLUXD), "run", "-config", str(config)], folder, f"http://127.0.0.1:{port}/ping") as running:
        server = InfluxDB(f"http://127.0.0.1:{port}", running)
        server.query("CREATE DATABASE tw")
        yield server


@contextmanager
def victoria_metrics(folder: Path, *options: str) -> Iterator[VictoriaMetrics]:
    """A VictoriaMetrics for the length of a block; *options* are more of its command line."""
    url = f"http://127.0.0.1:{free_port()}"
    program = [
        need("victoria-metrics"), f"-storageDataPath={folder / 'data'}", f"-httpListenAddr={url.removeprefix('http://')}",
        "-search.latencyOffset=0s", "-retentionPeriod=100y", *options,
    ]  # fmt: skip
    with _running(program, folder, f"{url}/health") as running:
        yield VictoriaMetrics(url, running)


@contextmanager
def _running(program: list[str], folder: Path, ready: str) -> Iterator[Running]:
    """The process of the database for the length of a block."""
    folder.mkdir(parents=True, exist_ok=True)
    running = Running(program, folder, ready)
    try:
        running.start()
        yield running
    finally:
        running.stop()
