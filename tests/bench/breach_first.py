"""Measure how long a breach waits behind lesser pages: the real program, and a receiver that takes 50 ms for a page.

`make bench` prints a table, and after it the same as JSON. Thousands of standard customers' tickets breach at one
instant; while their pages wait, one ticket of a gold customer breaches. The latency is from the true instant of that
breach until the receiver has the page. Everything lives in a temporary folder.

    python -m tests.bench.breach_first [--quick]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.support.installations import configuration, of_tickets, promise, written
from tests.support.program import tierwatch
from tests.support.texts import exchanged
from tests.support.webhook import Reply, Request, Webhook

GOLD, STANDARD = timedelta(hours=4), timedelta(hours=8)

TAKES = 0.05
"""Seconds that the receiver takes for one page."""


@dataclass(slots=True)
class Slow:
    """A receiver that takes its time, and knows when each ticket's page came."""

    takes: float = TAKES
    came: dict[str, float] = field(default_factory=dict)

    def __call__(self, request: Request) -> Reply:
        if request.method == "POST":
            labels = request.json()["labels"]
            self.came.setdefault(labels.get("ticket", labels["alertname"]), time.time())
            time.sleep(self.takes)
        return Reply()


def prepare(folder: Path, url: str, *more: str) -> Path:
    """Gold and standard both have a budget and page at the breach alone; one webhook hears of it."""
    policy = exchanged(
        promise("4h", "stages: {tier: {gold: [100%], standard: [100%]}}"),
        ("source: test}]", "source: test}, {when: {tier: standard}, budget: 8h, source: test}]"),
    )
    (folder / "key").write_text("0123456789abcdef0123456789abcdef\n")
    hook = f'{{type: webhook, options: {{url: "{url}", secret: {{file: key}}}}}}'
    source = of_tickets("jsonl_file", path="events.jsonl")
    (folder / "events.jsonl").touch()
    return written(folder, policy, configuration(source, {"hook": hook}, "synthetic_every: off", *more))


def opened(name: str, tier: str, breaches: float) -> str:
    """The line of a ticket whose promise is broken at that instant."""
    at = datetime.fromtimestamp(breaches, UTC) - (GOLD if tier == "gold" else STANDARD)
    event = {"event_id": name, "kind": "ticket", "subject": name, "at": at.isoformat(), "status": "opened"}
    return json.dumps(event | {"fields": {"tier": tier}}) + "\n"


def append(folder: Path, lines: Sequence[str]) -> None:
    with (folder / "events.jsonl").open("a", encoding="utf-8") as out:
        out.writelines(lines)


def measure(folder: Path, standard: int, within: float, lead: float = 0.0, takes: float = TAKES) -> dict[str, Any]:
    """Let so many standard tickets breach, and some seconds later the gold one; gives what came of it.

    *lead* is the time that the program is given to read the tickets before the first of them breaches.
    """
    slow = Slow(takes)
    with Webhook() as hook:
        hook.answer = slow
        with tierwatch(prepare(folder, hook.url)):
            first = time.time() + 6 + standard / 500 + lead
            gold = first + 6
            append(folder, [opened(f"S{n:05}", "standard", first) for n in range(standard)])
            append(folder, [opened("GOLD", "gold", gold)])
            end = gold + within
            while "GOLD" not in slow.came and time.time() < end:
                time.sleep(0.02)
            came = dict(slow.came)
    at, began = came.get("GOLD", float("inf")), min(came.values(), default=gold)
    return {
        "standard": standard,
        "takes_seconds": takes,
        "gold_seconds": at - gold,
        "told_before": sum(when < at for name, when in came.items() if name != "GOLD"),
        "told_a_second": sum(when < gold for when in came.values()) / max(0.001, gold - began),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="a tenth of it, to try it out")
    quick = parser.parse_args().quick
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="tierwatch-bench-") as name:
        found = measure(Path(name), 200 if quick else 2_000, within=60)
    table = Table(title=f"A gold breach behind {found['standard']:,} standard ones")
    for column in (
        "receiver takes s",
        "waiting before it",
        "told before it",
        "told a second",
        "gold breach told after s",
    ):
        table.add_column(column, justify="right")
    waiting = found["standard"] - found["told_before"]
    cells = [f"{TAKES:.2f}", f"{waiting:,}", f"{found['told_before']:,}", f"{found['told_a_second']:.0f}"]
    table.add_row(*cells, f"{found['gold_seconds']:.3f}")
    Console(width=120).print(table)
    rounded = {name: round(value, 4) for name, value in found.items()}
    machine = {"python": platform.python_version(), "processor": platform.machine(), "load_before": round(load, 1)}
    print(json.dumps({"breach_first": rounded, **machine}))


if __name__ == "__main__":
    main()
