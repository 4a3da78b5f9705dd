"""Measure what it takes to count availability: a circuit-year of 1-s bins, and a month of 10-s bins of 10,000 circuits.

The aims are 50 ms, and 60 s of one core with less than 1 GB. Samples come from a random life with outages and gaps.

    python -m tests.bench.availability [--circuits 10000] [--rounds 7]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from time import process_time

import numpy as np
from rich.console import Console
from rich.table import Table

from monitor.availability.counting import GOOD, NO_DATA, SEVERE, counted
from monitor.availability.faults import faults
from monitor.availability.figures import figures, periods_of
from monitor.availability.micros import Codes, micros
from monitor.availability.rules import FaultRule, Rule
from monitor.availability.samples import Samples, binned
from monitor.availability.timeline import Timeline
from monitor.model import Period

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
YEAR, MONTH = 31_536_000, 259_200
"""Bins of 1 s in a year, and of 10 s in 30 days."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured, in processor time."""

    year_ms: float
    """States of a circuit-year of 1-s bins, the best round."""
    noisy_year_ms: float
    """The same of a year of which one second in a hundred is errored."""
    year_from_samples_ms: float
    """Bins and states of a sample for each second."""
    month_s: float
    """States, figures and faults of all circuits, from their samples."""
    circuits: int
    memory_mb: float
    load: float


def life(rng: np.random.Generator, bins: int, noise: float = 0.0) -> Codes:
    """A circuit with a dozen outages and gaps of a minute to an hour, and single severely errored bins."""
    codes = np.full(bins, GOOD, np.uint8)
    for kind in (SEVERE, NO_DATA):
        for begin in rng.integers(0, bins, 12):
            codes[begin : begin + int(rng.integers(60, 3600))] = kind
    if noise:
        codes[rng.random(bins) < noise] = SEVERE
    return codes


def samples(codes: Codes, size: timedelta) -> Samples:
    """A sample in the middle of each bin that has data."""
    places = np.flatnonzero(codes != NO_DATA)
    at = micros(BEGIN) + places * (size // timedelta(microseconds=1)) + 400_000
    none = np.zeros(places.size, np.bool_)
    lost = (codes[places] == SEVERE).astype(np.int64)
    return Samples(at, np.ones(places.size, np.int64), lost, np.full(places.size, 0.02), none, none)


def account(timeline: Timeline) -> int:
    """Everything that a month's line has of a circuit; gives how many faults there are."""
    months = list(periods_of(timeline, Period.MONTH, "Asia/Shanghai"))
    for _ in figures(timeline, months):
        pass
    return len(faults(timeline, FaultRule()))


def best(of: Callable[[], object], rounds: int) -> float:
    """Milliseconds of processor time, the best of the rounds."""
    found = float("inf")
    for _ in range(rounds):
        began = process_time()
        of()
        found = min(found, process_time() - began)
    return found * 1000


def measured(circuits: int, rounds: int) -> Figures:
    rng, load = np.random.default_rng(1), os.getloadavg()[0]
    month, ten = Rule(bin=timedelta(seconds=10)), timedelta(seconds=10)
    lives = [samples(life(rng, MONTH), ten) for _ in range(8)]
    end = BEGIN + MONTH * ten
    began = process_time()
    for number in range(circuits):
        bins = binned(lives[number % len(lives)], month, BEGIN, end)
        account(counted(bins.codes, month, BEGIN))
    month_s = process_time() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # before the years, which take more
    quiet, noisy = life(rng, YEAR), life(rng, YEAR, 0.01)
    second = Rule()
    year = best(lambda: counted(quiet, second, BEGIN), rounds)
    noisy_year = best(lambda: counted(noisy, second, BEGIN), rounds)
    of_year = samples(quiet, second.bin)
    year_end = BEGIN + YEAR * second.bin
    sampled = best(lambda: counted(binned(of_year, second, BEGIN, year_end).codes, second, BEGIN), min(rounds, 2))
    return Figures(year, noisy_year, sampled, month_s, circuits, memory, load)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--circuits", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    found = measured(given.circuits, given.rounds)
    table = Table("what", "measured", "aim", title="Availability, processor time of one core")
    table.add_row("a circuit-year of 1-s bins", f"{found.year_ms:.1f} ms", "50 ms")
    table.add_row("the same, 1 % of it errored", f"{found.noisy_year_ms:.1f} ms", "–")
    table.add_row("the same, from a sample a second", f"{found.year_from_samples_ms:.0f} ms", "–")
    table.add_row(f"{found.circuits:,} circuits, a month of 10-s bins", f"{found.month_s:.1f} s", "60 s")
    table.add_row("memory of these", f"{found.memory_mb:.0f} MB", "1,000 MB")
    Console().print(table)
    machine = {"python": platform.python_version(), "numpy": np.__version__, "processor": platform.machine()}
    print(json.dumps({"availability": asdict(found), **machine}))


if __name__ == "__main__":
    main()
