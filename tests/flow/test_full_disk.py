"""The real program on a disk that takes nothing more: it says so by every way that needs no database, and goes on."""

from __future__ import annotations

import os
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

import requests

from tests.support.installations import configuration, promise, written
from tests.support.peers import until
from tests.support.program import Tierwatch, metrics, value, wait_for
from tests.support.tmf621_server import Tmf621Server, ticket
from tests.support.webhook import Webhook, listening

BUDGET = timedelta(hours=1)


@contextmanager
def lines() -> Iterator[tuple[IO[str], list[str]]]:
    """A pipe for a log, which no limit on files concerns, and the lines that came out of it."""
    read, write = os.pipe()
    found: list[str] = []

    def drain() -> None:
        with os.fdopen(read, encoding="utf-8") as log:
            for line in log:
                found.append(line)

    thread = threading.Thread(target=drain)
    thread.start()
    try:
        with os.fdopen(write, "w") as its:
            yield its, found
    finally:
        thread.join()


def full(pid: int, most: int) -> None:
    """No file of this program can grow beyond so many bytes: with one byte, its database takes no write any more."""
    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, hard))


def _deadline(address: str) -> str | None:
    return next(
        (line for line in metrics(address).splitlines() if line.startswith("tierwatch_sla_next_deadline")), None
    )


def paged(hook: Webhook) -> list[str]:
    pages = [request.json()["labels"] for request in list(hook.requests)]
    return [labels["ticket"] for labels in pages if labels.get("stage") == "breached"]


def test_a_full_disk_is_said_by_every_way_that_needs_no_database_and_nothing_is_lost_by_it(tmp_path: Path) -> None:
    with Tmf621Server() as source, listening() as hook, listening() as outside, lines() as (stderr, log):
        (tmp_path / "secret").write_text("a secret of thirty-two bytes, or more\n")
        (tmp_path / "outside").write_text(f"{outside.url}/ping\n")
        to_hook = f'{{type: webhook, options: {{url: "{hook.url}", secret: {{file: secret}}}}}}'
        reader = f'{{type: tmf621, every: 1s, at_most: 2s, options: {{url: "{source.url}"}}}}'
        beats = "heartbeat: {url: {file: outside}, every: 10s}"
        text = configuration(reader, {"hook": to_hook}, beats, "synthetic_every: off")
        config = written(tmp_path, promise("1h", "stages: {tier: {gold: [100%]}}"), text)
        source.put(ticket("T-1", opened=datetime.now(UTC) - BUDGET / 2))
        program = Tierwatch(config, stderr=stderr)
        try:
            address = program.address()
            until(lambda: _deadline(address), "the clock of T-1")
            wait_for(address, "tierwatch_store_up", 1)
            full(program.pid, 1)
            source.put(ticket("T-2", opened=datetime.now(UTC) - BUDGET, updated=datetime.now(UTC)))
            until(lambda: value(address, "tierwatch_store_up") == 0, "the metric of the store")
            until(lambda: [line for line in log if "could not be written" in line], "the line in the log")
            polls = len(source.lists)
            until(lambda: len(source.lists) > polls, "a ping that was under way has come")
            before, polls = len(outside.requests), len(source.lists)
            for more in range(1, 4):  # the source is polled again and again, and nothing of it can be stored
                until(lambda wanted=polls + more: len(source.lists) >= wanted, "a further poll")
                assert value(address, "tierwatch_store_up") == 0
                assert _deadline(address) is not None, "a commit that is refused puts no count in doubt"
            assert len(outside.requests) == before, "somebody outside is not told that all is well"
            page = requests.get(address, timeout=600)
            assert "The database takes no writes" in page.text
            assert _deadline(address) is not None, "Prometheus goes on watching the clocks"
            assert paged(hook) == []
            full(program.pid, resource.RLIM_INFINITY)
            until(lambda: paged(hook) == ["T-2"], "the page of what breached meanwhile")
            wait_for(address, "tierwatch_store_up", 1)
        finally:
            program.stop()
