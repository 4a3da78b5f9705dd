"""Run the real program on a machine whose clocks a test moves; its words are `FILE run --config …`.

FILE holds JSON: `wall` and `boot` are seconds that are added to these clocks, `patience` the seconds for which a
witness is waited for. Nothing in the product knows of this: its one reader of clocks is replaced from outside.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from apscheduler.executors import base as executors
from apscheduler.schedulers import base as schedulers
from apscheduler.triggers import interval

from monitor import wallclock
from monitor.machine import machine_clock
from monitor.machine.machine_clock import Look
from tests.support.forking import Forked
from tests.support.program import Tierwatch


class Clocks:
    """The clocks of a machine, as its file has them."""

    def __init__(self, path: Path, patience: float = 300) -> None:
        self.path = path
        self.patience = patience
        self.set()

    def set(self, wall: float = 0, boot: float = 0) -> None:
        """Move the clocks, seen from where they would be."""
        text = json.dumps({"wall": wall, "boot": boot, "patience": self.patience})
        other = self.path.with_suffix(".new")
        other.write_text(text, encoding="ascii")
        os.replace(other, self.path)


class Shifted(Tierwatch):
    """The program on that machine."""

    def __init__(self, config: Path, clocks: Clocks) -> None:
        self._log = (config.parent / "tierwatch.log").open("a", encoding="utf-8")
        words = [str(clocks.path), "run", "--config", str(config)]
        self._process = Forked(words, module=__name__, stdout=subprocess.PIPE, stderr=self._log)


@contextmanager
def shifted(config: Path, clocks: Clocks) -> Iterator[str]:
    """The program on that machine for as long as the block runs; gives its address."""
    program = Shifted(config, clocks)
    try:
        yield program.address()
        assert program.alive()
    finally:
        program.stop()


def _move(path: Path) -> None:
    now, look = wallclock.now, wallclock.look
    said = json.loads(path.read_text(encoding="ascii"))
    machine_clock.PATIENCE = timedelta(seconds=said["patience"])

    def shift(name: str) -> timedelta:
        return timedelta(seconds=json.loads(path.read_text(encoding="ascii"))[name])

    def moved_now() -> datetime:
        return now() + shift("wall")

    def moved_look() -> Look:
        real = look()  # reads the wall through `now`, which is moved already
        return Look(real.wall, real.monotonic, real.boot + shift("boot"))

    class Moved(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return moved_now().astimezone(tz)

    wallclock.now = moved_now
    wallclock.look = moved_look
    for module in (schedulers, executors, interval):  # they read the machine's clock by themselves
        module.datetime = Moved


def main() -> None:
    _move(Path(sys.argv.pop(1)))
    from monitor import cli

    cli.main()
