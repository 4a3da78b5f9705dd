"""Measure `clock.read` on histories of twenty events: how many a second one thread reads.

python -m tests.bench.clock_read
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from time import process_time

from rich.console import Console
from rich.table import Table

from monitor.clock import ticket_clock
from monitor.history.mapping import Fact
from monitor.model import Phase, Reopen
from monitor.policy.target import Stage, Target
from monitor.worktime.calendars import Calendar
from monitor.worktime.working_time import WorkingTime

START = datetime(2026, 3, 2, tzinfo=UTC)
EVENTS, HISTORIES, ROUNDS = 20, 2_000, 7
HOURS = dict.fromkeys(range(5), ((time(8), time(12)), (time(13), time(17))))
CALENDARS = {
    "24x7": WorkingTime(Calendar("always", zone="Asia/Shanghai", always=True)),
    "Mon-Fri 08-12, 13-17": WorkingTime(Calendar("office", zone="Asia/Shanghai", weekly=HOURS)),
}
STAGES = (Stage("used_50", 0.5), Stage("used_75", 0.75), Stage("used_90", 0.9), Stage("breached", 1.0))
TARGET = Target(
    "restore",
    timedelta(hours=4),
    frozenset({Phase.OPENED, Phase.ACCEPTED, Phase.HELD}),
    frozenset({Phase.RESTORED, Phase.CLOSED}),
    frozenset({"customer", "vendor"}),
    Reopen.RESUME,
    stages=STAGES,
)


@dataclass(frozen=True, slots=True)
class Speed:
    """Histories a second of processor time, the best round."""

    calendar: str
    histories: float


def history(rng: random.Random, subject: int) -> tuple[Fact, ...]:
    """A ticket's life in twenty events: it opens, waits now and then, is restored, sometimes comes back."""
    at = START + timedelta(minutes=rng.randrange(60 * 24 * 60))
    words = [Phase.OPENED]
    while len(words) < EVENTS:
        words.append(rng.choice((Phase.ACCEPTED, Phase.ACCEPTED, Phase.HELD, Phase.HELD, Phase.RESTORED)))
    facts = []
    for number, phase in enumerate(words):
        reason = rng.choice(("customer", "vendor", "unlisted")) if phase is Phase.HELD else None
        facts.append(Fact(at, f"{subject}-{number}", phase, reason, status=phase.value))
        at += timedelta(minutes=rng.randrange(1, 300))
    return tuple(facts)


def measure(histories: Sequence[tuple[Fact, ...]], calendar: WorkingTime) -> float:
    """Histories a second, the best of the rounds."""
    now = START + timedelta(days=200)
    best = float("inf")
    for _ in range(ROUNDS):
        began = process_time()
        for facts in histories:
            ticket_clock.read(facts, TARGET, calendar, now)
        best = min(best, process_time() - began)
    return len(histories) / best


def main() -> None:
    rng = random.Random(1)
    histories = [history(rng, number) for number in range(HISTORIES)]
    speeds = [Speed(name, measure(histories, calendar)) for name, calendar in CALENDARS.items()]
    table = Table("calendar", "histories/s", title=f"clock.read, {EVENTS} events a history")
    for speed in speeds:
        table.add_row(speed.calendar, f"{speed.histories:,.0f}")
    Console().print(table)
    print(json.dumps({"clock_read": {speed.calendar: round(speed.histories) for speed in speeds}}))


if __name__ == "__main__":
    main()
