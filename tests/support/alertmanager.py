"""Start a real Alertmanager on a free loopback port, with its own folder, and stop it by its process id."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.peers import ended, need, until

BINARY = "prometheus-alertmanager"
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def binary() -> str:
    """The program's path; where it is missing the test is skipped, and fails in CI."""
    return need(BINARY, "alertmanager")


@dataclass(slots=True)
class RealAlertmanager:
    """One running peer. `stop` and `start` keep its port, so that it can come back as itself."""

    folder: Path
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returns when it is ready."""
        log = self.folder / "log"
        begin = log.stat().st_size if log.exists() else 0
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [
                    binary(),
                    f"--config.file={self.folder / 'alertmanager.yml'}",
                    f"--storage.path={self.folder / 'data'}",
                    f"--web.listen-address=127.0.0.1:{self.port}",
                    "--cluster.listen-address=",
                ],
                stdout=out,
                stderr=out,
            )
        found = until(lambda: self._said(log, begin), "Alertmanager says where it listens")
        self.port = int(found)
        until(self._ready, "Alertmanager is ready")

    def stop(self, kill: bool = False) -> None:
        """Ends it by its process id; *kill* gives it no time to write anything down."""
        if self.process is not None:
            (self.process.kill if kill else self.process.terminate)()
            ended(self.process)
            self.process = None

    def alerts(self) -> list[dict[str, Any]]:
        """What it lists as active or suppressed."""
        listed: list[dict[str, Any]] = self._get("/api/v2/alerts")
        return listed

    def remembers(self) -> None:
        """Returns when what the webhook got is written down: the next flush of a group comes after the last is done."""
        begun = self._flushes()
        until(lambda: self._flushes() > begun, "Alertmanager flushes its groups again")

    def _flushes(self) -> float:
        with _OPENER.open(f"{self.url}/metrics", timeout=60) as answer:
            text = answer.read().decode()
        found = re.search(r"^alertmanager_nflog_queries_total (\S+)$", text, re.MULTILINE)
        assert found is not None
        return float(found[1])

    def _said(self, log: Path, begin: int) -> str | None:
        assert self.process is not None
        text = log.read_bytes()[begin:].decode()
        if self.process.poll() is not None:
            pytest.fail(f"Alertmanager ended at once:\n{text}")
        found = re.search(r'Listening on" address=127\.0\.0\.1:(\d+)', text)
        return found[1] if found else None

    def _ready(self) -> bool:
        try:
            with _OPENER.open(f"{self.url}/-/ready", timeout=60) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def _get(self, path: str) -> Any:
        with _OPENER.open(self.url + path, timeout=60) as answer:
            return json.load(answer)


def one_receiver(webhook: str, **route: str) -> str:
    """A configuration that sends everything to one webhook, fast."""
    timing = {"group_wait": "0s", "group_interval": "1s", "repeat_interval": "1h", **route}
    lines = "".join(f"  {name}: {value}\n" for name, value in timing.items())
    return (
        f"route:\n  receiver: it\n  group_by: ['...']\n{lines}"
        f"receivers:\n  - name: it\n    webhook_configs:\n      - url: {webhook}\n        send_resolved: true\n"
    )


@contextmanager
def running(config: str) -> Iterator[RealAlertmanager]:
    """A peer with *config*, in a folder that is gone afterwards."""
    binary()
    with tempfile.TemporaryDirectory(prefix="tierwatch-am-") as folder:
        peer = RealAlertmanager(Path(folder))
        (peer.folder / "alertmanager.yml").write_text(config, encoding="utf-8")
        try:
            peer.start()
            yield peer
        finally:
            peer.stop()
