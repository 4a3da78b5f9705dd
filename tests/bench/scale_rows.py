"""What `tests/bench/scale.py` measures of one filled store: a function for each row, which gives figures by name.

Only what an operator has is used: the program's command, its files, `/metrics`, the receiver's view. The store is
looked into beside the program, to see when something is stored.
"""

from __future__ import annotations

import os
import random
import signal
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench import scale_viewed
from tests.bench.filled import Filled, Life, append, copied, far, installed, later, living, ticket, wait
from tests.bench.scale_effort import Effort, Figures
from tests.bench.scale_seen import all_counted, crossings, scraped, until_counted
from tests.bench.watching import Stored, Watch, peak_mb
from tests.support.peers import HANGING


def fill(folder: Path, clocks: int) -> Filled:
    """A store that the running program has filled from one file, in which they all appeared at once."""
    tickets = folder / "tickets.jsonl"
    ready = folder / "ready.jsonl"
    folder.mkdir(parents=True)
    tickets.touch()
    since = time.time()
    append(ready, far(range(clocks), since))
    with installed(folder, tickets) as life:
        life.start()
        size = ready.stat().st_size
        crossings = Meanwhile(life, "M", clocks)
        watch = Watch(life.pid)
        ready.replace(tickets)
        begun = _begun(life, 0)
        wait(lambda: life.store.position() >= size and life.store.worked_off(), "the fill", _within(clocks), 0.05)
        ended = time.time()
        figures = {
            "fill": clocks / (ended - begun),
            "fill_cpu": 1000 * watch.usage().cpu / clocks,
            "fill_page": crossings.worst(begun, ended),
            "fill_peak": peak_mb(life.pid),
        }
        crossings.close()
        number = life.store.first("SELECT count(*) FROM readings WHERE source = 'tickets' AND open")
        assert number == clocks, f"{number} clocks are open, not {clocks}"
        life.stop()
    database = folder / "flow.db"
    assert not Path(f"{database}-wal").exists(), "the program left its log beside the database"
    return Filled(folder, clocks, since, {**figures, "bytes": database.stat().st_size / clocks})


def cold_start(filled: Filled, effort: Effort) -> Figures:
    """From the command to the first page that is due, and to complete aggregates."""
    with copied(filled) as life:
        life.start()
        due = time.time() + effort.lead + filled.clocks / 40_000
        life.let_happen("C", [ticket(f"C{n}", due) for n in range(5)])
        life.stop()
        assert time.time() < due, "the program did not stop before what was to be due at the next start"
        time.sleep(max(0.0, due + 0.2 - time.time()))
        began = time.time()
        life.spawn()
        complete = None
        end = time.monotonic() + 120 + filled.clocks / 1000
        while time.monotonic() < end and (complete is None or not _told(life, "C")):
            complete = complete or (time.time() if all_counted(life, filled.clocks) else None)
            time.sleep(0.3)  # a look costs the program a scrape
        told = _told(life, "C")
    first = min(told, default=float("inf")) - began
    return {"first_page": first, "aggregates": (complete or float("inf")) - began}


def idle(filled: Filled, effort: Effort) -> Figures:
    """What the program uses while nothing happens but a scrape every 15 s."""
    with living(filled) as life:
        until_counted(life, filled.clocks)
        time.sleep(effort.settle)
        watch, end = Watch(life.pid), time.monotonic() + effort.idle
        while (left := end - time.monotonic()) > 0:
            scraped(life)
            time.sleep(max(0.0, min(15.0, left)))
        used = watch.usage()
    return {"idle": 100 * used.share, "memory": used.rss_mb}


def scrape(filled: Filled, effort: Effort) -> Figures:
    """Scrapes before each of which a clock was added."""
    seconds, size = [], 0
    with living(filled) as life:
        until_counted(life, filled.clocks)
        for n in range(effort.scrapes):
            life.let_happen("N", [ticket(f"N{n:03}", time.time() + 8 * 3600)])
            time.sleep(1.2)  # a snapshot is used again within a second
            taken, text = scraped(life)
            seconds.append(taken)
            size = len(text.encode())
    return {
        "scrape": 1000 * statistics.median(seconds),
        "scrape_most": 1000 * max(seconds),
        "scrape_size": size / 1024,
    }


def one_by_one(filled: Filled, effort: Effort) -> Figures:
    """Crossings at known instants, one after the other; seconds from the instant to the webhook's request."""
    with living(filled) as life:
        return crossings(life, effort, "page")


def together(filled: Filled, effort: Effort) -> Figures:
    """Crossings at one instant, of a few circuits: each circuit is a cause."""
    burst = _burst(filled, effort, effort.burst, effort.circuits)
    return {"together_committed": burst.committed, "together_accepted": burst.accepted}


def each_alone(filled: Filled, effort: Effort) -> Figures:
    """Half as many at one instant, each of its own circuit: each is a page. What one of them costs is counted, too."""
    burst = _burst(filled, effort, effort.burst // 2, 0)
    return {
        "alone_committed": burst.committed,
        "alone_accepted": burst.accepted,
        "alone_cpu": burst.cpu_ms,
        "alone_rows": burst.rows,
    }


def catch_up(filled: Filled, effort: Effort) -> Figures:
    """A day's news appear at once, and crossings are due meanwhile."""
    some = filled.clocks // effort.away
    path = filled.tickets
    before = path.stat().st_size
    try:
        with living(filled) as life:
            crossings = Meanwhile(life, "K", 2 * some)
            watch = Watch(life.pid)
            append(path, (later(one, "accepted") for one in far(range(0, filled.clocks, effort.away), filled.since)))
            append(path, far(range(filled.clocks, filled.clocks + some), filled.since))
            size = path.stat().st_size
            begun = _begun(life, before)
            within = _within(filled.clocks)
            wait(lambda: life.store.position() >= size and life.store.worked_off(), "catching up", within, 0.05)
            ended, cpu = time.time(), watch.usage().cpu
            worst = crossings.worst(begun, ended)
    finally:
        os.truncate(path, before)
    return {
        "catch_up": 2 * some / (ended - begun),
        "catch_up_cpu": 1000 * cpu / (2 * some),
        "catch_up_page": worst,
    }


def recompute(filled: Filled, effort: Effort) -> Figures:
    """A reload with a policy that gives every ticket of the fill another budget, and crossings are due meanwhile."""
    others = "SELECT 1 FROM subjects WHERE rules_version = ? AND source = 'tickets' LIMIT 1"
    with living(filled) as life:
        old = life.store.first("SELECT rules_version FROM subjects WHERE source = 'tickets' LIMIT 1")
        life.promise(version=2, budget="25h")
        crossings = Meanwhile(life, "R", filled.clocks)
        watch, begun = Watch(life.pid), time.time()
        assert life.program is not None
        life.program.send(signal.SIGHUP)
        wait(lambda: life.store.first(others, old) is None, "the recomputation", _within(filled.clocks), 0.05)
        ended, cpu = time.time(), watch.usage().cpu
        worst = crossings.worst(begun, ended)
        peak = peak_mb(life.pid)
    return {
        "recompute": filled.clocks / (ended - begun),
        "recompute_cpu": 1000 * cpu / filled.clocks,
        "recompute_page": worst,
        "recompute_peak": peak,
    }


ROWS: dict[str, Callable[[Filled, Effort], Figures]] = {
    "cold": cold_start,
    "idle": idle,
    "scrape": scrape,
    "page": one_by_one,
    "api": scale_viewed.api,
    "viewers": scale_viewed.viewers,
    "wall": scale_viewed.wall,
    "viewed": scale_viewed.while_viewed,
    "together": together,
    "alone": each_alone,
    "catch-up": catch_up,
    "recompute": recompute,
}
"""By the word that `--rows` knows, in the order in which they are measured."""


class Meanwhile:
    """Crossings that are due while the program is busy with so many *subjects*, one every 0.2 s or so."""

    def __init__(self, life: Life, letter: str, subjects: int) -> None:
        """Returns when they are stored and the first of them is about to be due. Their names begin with *letter*."""
        self._life = life
        lasts = 5 + subjects / 1000
        number = int(lasts / max(0.2, lasts / 600))
        first = time.time() + 4 + number / 200
        self._due = {f"{letter}{n:05}": first + lasts * n / number for n in range(number)}
        self._tickets = [ticket(name, at) for name, at in self._due.items()]
        life.let_happen(letter, self._tickets)
        time.sleep(max(0.0, first - 0.5 - time.time()))

    def worst(self, begun: float, ended: float) -> float:
        """Milliseconds from the instant to the webhook of the crossing that was due in between and told last."""
        due = {name: at for name, at in self._due.items() if begun <= at <= ended}
        if not due:
            return float("nan")
        end = time.monotonic() + 60
        while not due.keys() <= (told := self._life.heard.times()).keys() and time.monotonic() < end:
            time.sleep(0.5)
        return 1000 * max(told.get(name, float("inf")) - at for name, at in due.items())

    def close(self) -> None:
        """Close the tickets; returns when nothing of them is open or waits for a receiver."""
        append(self._life.news, (later(one, "closed") for one in self._tickets))
        left = "SELECT 1 FROM readings WHERE source = 'news' AND open LIMIT 1"
        unsent = "SELECT 1 FROM outbox WHERE closed_at IS NULL AND accepted_at IS NULL AND held_by = '' LIMIT 1"
        wait(lambda: self._life.store.first(left) is None, "the tickets are closed", HANGING)
        wait(lambda: self._life.store.first(unsent) is None, "their ends are sent", HANGING)


@dataclass(frozen=True, slots=True)
class Burst:
    """Crossings at one instant: seconds until all are committed, and until nothing waits for Alertmanager.

    For each crossing: milliseconds of the program's processor time, and rows that were added to the database.
    """

    committed: float
    accepted: float
    cpu_ms: float
    rows: float


def _burst(filled: Filled, effort: Effort, number: int, circuits: int) -> Burst:
    with living(filled) as life:
        at = time.time() + effort.lead + number / 400
        names = [f"B{n:05}" for n in range(number)]
        random.Random(1).shuffle(names)
        circuit = {one: f"ring {int(one[1:]) % circuits}" if circuits else "" for one in names}
        life.let_happen("B", [ticket(one, at, circuit=circuit[one]) for one in names])
        rows, watch = life.store.rows(), Watch(life.pid)
        assert time.time() < at, "the news were not read before their tickets crossed"
        time.sleep(max(0.0, at - 0.5 - time.time()))
        with Stored(life.store.path, "news", "B", number) as stored:
            while time.time() < at + 60 and stored.complete(at)[1] == float("inf"):
                time.sleep(0.1)
        cpu = watch.usage().cpu
        if circuits:
            _rolled_up(life, circuit)
        return Burst(*stored.complete(at), 1000 * cpu / number, (life.store.rows() - rows) / number)


def _rolled_up(life: Life, circuit: dict[str, str]) -> None:
    """Raises AssertionError unless there is a cause for each circuit."""
    query = "SELECT count(*) FROM causes WHERE closed_at IS NULL AND key LIKE 'circuit/ring %'"
    causes, rings = life.store.first(query), len(set(circuit.values()))
    assert causes == rings, f"{causes} causes of {rings} circuits"


def _within(subjects: int) -> float:
    """Seconds that so many subjects are waited for: a fiftieth of the speed of an idle machine."""
    return HANGING + subjects / 60


def _begun(life: Life, before: int) -> float:
    """When the program was last seen not to have read on from there."""
    end = time.monotonic() + HANGING
    looked = time.time()
    while life.store.position() <= before:
        assert time.monotonic() < end, "the program did not begin to read"
        looked = time.time()
        time.sleep(0.02)
    return looked


def _told(life: Life, letter: str) -> list[float]:
    """When the webhook heard of tickets whose names begin so."""
    return [at for name, at in life.heard.times().items() if name.startswith(letter)]


def rows_of(words: Sequence[str]) -> list[str]:
    """Those rows of a store that are asked for, in their order."""
    return [name for name in ROWS if name in words]
