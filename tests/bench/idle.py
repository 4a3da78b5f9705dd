"""Measure what each thread of an idle program uses: processor time and wake-ups per second.

    python -m tests.bench.idle [--clocks 3000] [--seconds 60]

A store is filled by the running program, as for `tests.bench.scale`. Then the program runs on a copy of it in a process
of its own with one more thread, which looks at the others by the system's counters (Linux), and nothing happens but a
scrape every 15 s. Only processor time is measured, so it holds beside other jobs; of two states of the code compare
several rounds in turns.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import requests

from monitor import cli
from tests.bench.filled import Life, copied
from tests.bench.scale_rows import fill

SETTLE = 15.0
"""Seconds after the start that are not measured: the clocks are counted, and what was due is told."""

SCRAPE_EVERY = 15.0


class Used(NamedTuple):
    """Milliseconds of the processor, and how often a thread waited for something."""

    milliseconds: float
    wakes: int


def used() -> dict[int, Used]:
    """Of each thread of this process, by its id, since it began."""
    found = {}
    for task in Path("/proc/self/task").iterdir():
        lines = (task / "status").read_text().splitlines()
        waits = next(line for line in lines if line.startswith("voluntary_ctxt_switches"))
        found[int(task.name)] = Used(int((task / "schedstat").read_text().split()[0]) / 1e6, int(waits.split()[1]))
    return found


def measure(seconds: float) -> None:
    """Print, as JSON, what each thread used per second, by its name; then end the program."""
    time.sleep(SETTLE)
    before = used()
    time.sleep(seconds)
    after = used()
    names = {thread.native_id: thread.name for thread in threading.enumerate()}
    rows: dict[str, list[float]] = {}
    for task, now in after.items():
        since, row = before.get(task, Used(0, 0)), rows.setdefault(names.get(task, "ended"), [0.0, 0.0])
        row[0] += (now.milliseconds - since.milliseconds) / seconds
        row[1] += (now.wakes - since.wakes) / seconds
    print(json.dumps(rows), flush=True)
    os.kill(os.getpid(), signal.SIGTERM)


def inside(config: str, seconds: float) -> None:
    """Run the program in this process, and measure its threads."""
    threading.Thread(target=measure, args=[seconds], name="measure", daemon=True).start()
    sys.argv = ["tierwatch", "run", "--config", config]
    cli.main()


def idle(life: Life, seconds: float) -> Mapping[str, list[float]]:
    """Milliseconds and wake-ups per second by thread."""
    words = [sys.executable, "-m", "tests.bench.idle", "--inside", str(life.config), "--seconds", str(seconds)]
    with (life.folder / "tierwatch.log").open("w") as log:
        child = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            assert child.stdout is not None
            assert child.stdout.readline().startswith("tierwatch is at ")
            end = time.monotonic() + SETTLE + seconds
            while (left := end - time.monotonic()) > 0:
                requests.get(f"{life.address}/metrics", timeout=60).raise_for_status()
                time.sleep(min(SCRAPE_EVERY, left))
            found: Mapping[str, list[float]] = json.loads(child.stdout.readline())
            child.wait(60)
            return found
        finally:
            child.kill()
            child.wait()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--clocks", type=int, default=3_000)
    arguments.add_argument("--seconds", type=float, default=60)
    arguments.add_argument("--inside", help=argparse.SUPPRESS)
    said = arguments.parse_args()
    if said.inside:
        inside(said.inside, said.seconds)
        return
    with (
        tempfile.TemporaryDirectory(prefix="tierwatch-idle-") as folder,
        copied(fill(Path(folder) / "filled", said.clocks)) as life,
    ):
        rows = idle(life, said.seconds)
    whole = sum(milliseconds for milliseconds, _ in rows.values())
    print("| thread | wake-ups a second | processor, ms a second | share, % |\n| --- | --- | --- | --- |")
    for name, (milliseconds, wakes) in sorted(rows.items(), key=lambda row: -row[1][0]):
        print(f"| {name} | {wakes:.1f} | {milliseconds:.2f} | {100 * milliseconds / whole:.0f} |")
    print(f"| all | | {whole:.2f} | 100 |")


if __name__ == "__main__":
    main()
