"""Measure working time: one at a time, in batches, and against other libraries, all in one run.

`make bench` prints a table, and after it the same as JSON. Rates are per second of processor time of one thread, the
best of several rounds; machines differ and the load on them too, so quote the ratios.
"""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
from rich.console import Console
from rich.table import Table

from monitor.worktime.batch import Micros, deadlines, elapsed
from monitor.worktime.working_time import WorkingTime, instant, micros
from tests.support.working_time_peers import peers, the_office

BATCH, SINGLES, ROUNDS = 1_000_000, 200_000, 7
PEER_CASES = {"timegrid": 20_000, "businesstimedelta": 300}


def best(count: int, work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Cases per second of processor time, in the best round."""
    times = []
    for _ in range(rounds):
        begun = time.process_time()
        work()
        times.append(time.process_time() - begun)
    return count / min(times)


def plain(working: WorkingTime, first: int, last: int, starts: Micros, lengths: Micros) -> Micros:
    """The same sum with two binary searches per case and no guide table: what the batch is compared with."""
    table = working.table(first, last)
    opens, closes, totals = (np.array(column, np.int64) for column in (table.starts, table.ends, table.totals))
    begun = np.searchsorted(opens, starts, side="right") - 1
    goals = totals[begun] + np.minimum(starts, closes[begun]) - opens[begun] + lengths
    found = np.searchsorted(totals, goals, side="left")
    answer: Micros = closes[found - 1] - totals[found] + goals
    return answer


def main() -> None:
    working, numbers = WorkingTime(the_office()), np.random.default_rng(1)
    first, last = (micros(datetime(year, 1, 2, tzinfo=UTC)) for year in (2015, 2035))
    starts = numbers.integers(first, last, BATCH)
    lengths = numbers.integers(1, micros(datetime(1970, 1, 2, 16, tzinfo=UTC)), BATCH)
    ends = deadlines(working, starts, lengths)
    assert (elapsed(working, starts, ends) == lengths).all()
    assert (plain(working, first, last, starts, lengths) == ends).all()

    some = [instant(at) for at in starts[:SINGLES].tolist()]
    long = [timedelta(microseconds=length) for length in lengths[:SINGLES].tolist()]
    done = [working.add(start, length) for start, length in zip(some, long, strict=True)]
    assert [micros(at) for at in done] == ends[:SINGLES].tolist()

    in_order = np.sort(starts)
    rates = {
        "batch, no order": {
            "deadlines": best(BATCH, lambda: deadlines(working, starts, lengths)),
            "elapsed": best(BATCH, lambda: elapsed(working, starts, ends)),
        },
        "batch, sorted": {"deadlines": best(BATCH, lambda: deadlines(working, in_order, lengths))},
        "np.searchsorted, no order": {
            "deadlines": best(BATCH, lambda: plain(working, first, last, starts, lengths), 3)
        },
        "one at a time": {
            "deadlines": best(SINGLES, lambda: list(map(working.add, some, long))),
            "elapsed": best(SINGLES, lambda: list(map(working.counted, some, done))),
        },
    }
    for peer in peers():
        count = PEER_CASES[peer.name]
        pairs, spans = list(zip(some, long, strict=True))[:count], list(zip(some, done, strict=True))[:count]
        assert all(peer.add(start, length) == end for (start, length), end in zip(pairs[:50], done, strict=False))
        rates[peer.name] = {
            "deadlines": best(count, lambda p=peer, c=pairs: [p.add(*case) for case in c], 3),  # type: ignore[misc]
            "elapsed": best(count, lambda p=peer, c=spans: [p.counted(*case) for case in c], 3),  # type: ignore[misc]
        }
    show(rates)


def show(rates: dict[str, dict[str, float]]) -> None:
    ours = rates["batch, no order"]
    table = Table(title="Working time: cases per second of one core")
    for column in ("", "deadlines", "batch is … times", "elapsed", "batch is … times"):
        table.add_column(column, justify="left" if not column else "right")
    for name, rate in rates.items():
        cells = [name]
        for what in ("deadlines", "elapsed"):
            cells += [f"{rate[what]:,.0f}", f"{ours[what] / rate[what]:,.1f}"] if what in rate else ["–", "–"]
        table.add_row(*cells)
    console = Console(width=100)
    console.print(table)
    machine = {"python": platform.python_version(), "numpy": np.__version__, "processor": platform.machine()}
    rounded = {name: {what: round(value) for what, value in rate.items()} for name, rate in rates.items()}
    print(json.dumps({"working_time": rounded, **machine}))


if __name__ == "__main__":
    main()
