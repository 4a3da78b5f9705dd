"""Nothing that runs every second or every minute goes through rows of what is over.

Two programs do the same rounds; the database of one also holds what thousands of tickets left behind years ago. SQLite
counts the steps that it takes, so nothing here depends on the machine's speed. One statement that went through the
closed rows of one table would take several steps for each of them in each round; what the rounds differ by is how often
a synthetic clock moved, which is far less than one.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support.closed_rows import GROWING, counting, fill, sizes
from tests.support.rounds import Peers, begin, built, later, lives, silence, work, written_down

CLOSED = 5_000
ROUNDS = 3


def steps_of_rounds(folder: Path, closed: int) -> tuple[int, int]:
    """The steps of three rounds of every part in which nothing new happens, and rows of the smallest growing table."""
    now = datetime.now(UTC)
    with built(folder, Peers()) as program:
        fill(program.host.database, closed, program.config.rules.version)
        begin(program)
        written_down(folder, lives(now))
        silence(program, now)
        work(program, timedelta(0))
        written_down(folder, later(now))
        for number in range(1, 4):
            work(program, number * timedelta(minutes=2))
        with counting(program.host.database) as steps:
            for number in range(4, 4 + ROUNDS):
                work(program, number * timedelta(minutes=2))
        rows = sizes(program.host.database)
    return steps.hundreds * 100, min(rows[name] for name in GROWING if name not in ("silences", "publications"))


def test_a_round_of_every_part_takes_no_step_for_rows_of_what_is_over(tmp_path: Path) -> None:
    with_one, _ = steps_of_rounds(make(tmp_path / "one"), 1)
    with_many, rows = steps_of_rounds(make(tmp_path / "many"), CLOSED)
    assert rows >= CLOSED
    assert with_one > 100_000, "the steps were not counted"
    assert with_many - with_one < ROUNDS * CLOSED, f"{with_one} steps with one closed ticket, {with_many} with {CLOSED}"


def make(folder: Path) -> Path:
    folder.mkdir()
    return folder
