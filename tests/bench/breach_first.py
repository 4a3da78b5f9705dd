"""Measure how long a breach waits behind lesser pages: the real program, and a receiver that takes 50 ms for a page.

`make bench` prints a table, and after it the same as JSON. Thousands of standard customers' tickets breach at one
instant; while their pages wait, tickets of gold customers breach, one a second. The latency is from the true instant of
such a breach until the receiver has its page: what it waits for are the rounds under way, so one alone says little.
Everything lives in a temporary folder.

    python -m tests.bench.breach_first [--quick]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
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

GOLDS, APART = 20, 1.03
"""How many gold tickets breach, and how many seconds apart: not in step with anything that is done each second."""


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


def measure(
    folder: Path, standard: int, within: float, lead: float = 0.0, takes: float = TAKES, golds: int = 1
) -> dict[str, Any]:
    """Let so many standard tickets breach, and some seconds later the gold ones; gives what came of it.

    *lead* is the time that the program is given to read the tickets before the first of them breaches. `gold_seconds`
    is the latency of each gold breach in order, infinite where it was not told *within* so many seconds after the last.
    """
    slow = Slow(takes)
    with Webhook() as hook:
        hook.answer = slow
        with tierwatch(prepare(folder, hook.url)):
            first = time.time() + 6 + standard / 500 + lead
            gold = {f"GOLD{n}": first + 6 + APART * n for n in range(golds)}
            append(folder, [opened(f"S{n:05}", "standard", first) for n in range(standard)])
            append(folder, [opened(name, "gold", at) for name, at in gold.items()])
            end = max(gold.values()) + within
            while not gold.keys() <= slow.came.keys() and time.time() < end:
                time.sleep(0.02)
            came = dict(slow.came)
    last, began = max(gold.values()), min(came.values(), default=first)
    at = came.get("GOLD0", float("inf"))
    return {
        "standard": standard,
        "takes_seconds": takes,
        "gold_seconds": [came.get(name, float("inf")) - instant for name, instant in gold.items()],
        "told_before": sum(when < at for name, when in came.items() if name not in gold),
        "told_a_second": sum(when < last for when in came.values()) / max(0.001, last - began),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="a tenth of it, to try it out")
    quick = parser.parse_args().quick
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="tierwatch-bench-") as name:
        found = measure(Path(name), 200 if quick else 2_000, within=60, golds=2 if quick else GOLDS)
    late = sorted(found.pop("gold_seconds"))
    found |= {"gold_p50_seconds": statistics.median(late), "gold_most_seconds": late[-1]}
    table = Table(title=f"{len(late)} gold breaches behind {found['standard']:,} standard ones")
    for column in (
        "receiver takes s",
        "waiting before the first",
        "told before the first",
        "told a second",
        "gold breach told after s, p50",
        "most",
    ):
        table.add_column(column, justify="right")
    waiting = found["standard"] - found["told_before"]
    cells = [f"{TAKES:.2f}", f"{waiting:,}", f"{found['told_before']:,}", f"{found['told_a_second']:.0f}"]
    table.add_row(*cells, f"{found['gold_p50_seconds']:.3f}", f"{found['gold_most_seconds']:.3f}")
    Console(width=120).print(table)
    rounded = {name: round(value, 4) for name, value in found.items()}
    machine = {"python": platform.python_version(), "processor": platform.machine(), "load_before": round(load, 1)}
    print(json.dumps({"breach_first": rounded, **machine}))


if __name__ == "__main__":
    main()
