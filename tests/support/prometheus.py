"""Run a real Prometheus on loopback and something for it to scrape; take queries apart.

Queries are taken apart only far enough to compare them with the catalogue: whether they parse is for promtool to say.
"""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

import pytest
import requests

from tests.support.peers import HANGING, ended, need, until
from tests.support.ports import free_port

CLASSIC = "text/plain; version=0.0.4; charset=utf-8"
T = TypeVar("T")

STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
SELECTOR = re.compile(r"(?<![\w:])((?:\w+:)?tierwatch[\w:]*|up)\b(?:\s*\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"')
LABELS = re.compile(r"\b(?:by|on|without|ignoring|group_left|group_right)\s*\(([^)]*)\)")

GRAFANA: Mapping[str, str] = {"$__rate_interval": "5m", "$__interval": "1m", "$__range": "1h"}


def promtool(*arguments: str | Path) -> str:
    """Run promtool and return what it says; fail with that where it refuses."""
    ran = subprocess.run(
        [need("promtool"), *map(str, arguments)], capture_output=True, text=True, timeout=HANGING, check=False
    )
    said = ran.stdout + ran.stderr
    if ran.returncode != 0:
        pytest.fail(f"promtool {' '.join(map(str, arguments))}:\n{said}")
    return said


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A server that runs; `url` is where it listens."""

    url: str

    def query(self, expr: str) -> list[dict[str, Any]]:
        """The samples of an instant query; fails where Prometheus reports an error."""
        answer = requests.get(f"{self.url}/api/v1/query", params={"query": expr}, timeout=60)
        body = answer.json()
        if body["status"] != "success":
            pytest.fail(f"{expr}\n{body['error']}")
        found = body["data"]["result"]
        return list(found) if body["data"]["resultType"] == "vector" else [{"metric": {}, "value": found}]

    def value(self, expr: str) -> float | None:
        """The value of a query that gives one sample; None where it gives none."""
        found = self.query(expr)
        assert len(found) <= 1, found
        return float(found[0]["value"][1]) if found else None

    def firing(self, name: str) -> list[dict[str, Any]]:
        """The alerts of that name that fire, each with its labels and annotations."""
        alerts = requests.get(f"{self.url}/api/v1/alerts", timeout=60).json()["data"]["alerts"]
        return [each for each in alerts if each["labels"]["alertname"] == name and each["state"] == "firing"]

    def rules(self) -> list[dict[str, Any]]:
        """Every rule with its health and last error."""
        groups = requests.get(f"{self.url}/api/v1/rules", timeout=60).json()["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]

    def ready(self) -> bool:
        try:
            return requests.get(f"{self.url}/-/ready", timeout=2).status_code == 200
        except (requests.ConnectionError, requests.Timeout):
            return False


def config(targets: Mapping[str, str], rules: Sequence[Path] = (), alertmanagers: Sequence[str] = ()) -> str:
    """A configuration that scrapes and evaluates every second. *targets* are addresses by job."""
    lines = ["global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}"]
    lines += ["rule_files:", *(f"  - {path}" for path in rules)] if rules else []
    if alertmanagers:
        lines += ["alerting:", "  alertmanagers:", f"    - static_configs: [{{targets: {list(alertmanagers)}}}]"]
    lines += ["scrape_configs:"] if targets else []
    for job, address in targets.items():
        lines += [f"  - job_name: {job}", f"    static_configs: [{{targets: ['{address}']}}]"]
    return "\n".join(lines) + "\n"


@contextmanager
def running(text: str, folder: Path, flags: Sequence[str] = ()) -> Iterator[Prometheus]:
    """A Prometheus with that configuration and its data in *folder*; ended by its own process at the end."""
    program = need("prometheus")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "prometheus.yml").write_text(text, encoding="utf-8")
    promtool("check", "config", folder / "prometheus.yml")
    log = folder / "prometheus.log"
    address = f"127.0.0.1:{free_port()}"
    with log.open("w") as out:
        process = subprocess.Popen(
            [
                program,
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address={address}",
                *flags,
            ],
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        server = Prometheus(f"http://{address}")

        def up() -> bool:
            if process.poll() is not None:
                pytest.fail(f"prometheus ended with {process.returncode}:\n{log.read_text()[-2000:]}")
            return server.ready()

        until(up)
        yield server
    finally:
        process.terminate()
        ended(process)


@dataclass(slots=True)
class Exposition:
    """What is scraped. `read` makes the text at every scrape; None answers 503, as a program that is ill does."""

    address: str
    read: Callable[[], str] | None


@contextmanager
def exposing(read: Callable[[], str]) -> Iterator[Exposition]:
    """Serve the text of *read* on loopback, at every path.

    A text is made after the answer before it, so that a scraper gets it at once on a busy machine too.
    """
    made: dict[Callable[[], str], bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            make = exposition.read
            body = b"" if make is None else made.get(make) or make().encode()
            self.send_response(503 if make is None else 200)
            self.send_header("Content-Type", CLASSIC)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(ConnectionError):  # the scraper gave up after a second
                self.wfile.write(body)
            if make is not None:
                made[make] = make().encode()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name is the base class's)
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    exposition = Exposition(f"127.0.0.1:{server.server_address[1]}", read)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield exposition
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


def plain(expr: str) -> str:
    """The query as Prometheus gets it when every variable says All."""
    for name, value in GRAFANA.items():
        expr = expr.replace(name, value)
    return re.sub(r'"\$\w+"', '".*"', expr)


def selectors(expr: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Each metric that is named, with the labels that it is matched by."""
    for name, matchers in SELECTOR.findall(LABELS.sub("", expr)):
        yield name, frozenset(MATCHER.findall(matchers))


def grouping_labels(expr: str) -> frozenset[str]:
    """The labels that the query groups or joins by."""
    return frozenset(
        label.strip() for part in LABELS.findall(STRING.sub('""', expr)) for label in part.split(",") if label
    )
