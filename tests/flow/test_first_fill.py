"""A source that brings more and more holds back nothing that is due: the real program, and a desk that does not end."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.bench.breach_first import Slow
from tests.support.endless_desk import BATCH, MOST
from tests.support.installations import configuration, promise, written
from tests.support.peers import until
from tests.support.program import tierwatch
from tests.support.webhook import Webhook


def test_a_breach_is_told_while_a_source_is_still_read_for_the_first_time(tmp_path: Path) -> None:
    """The desk goes on until the receiver has the page of the one that was due meanwhile."""
    told = Slow(takes=0)
    with Webhook() as hook:
        hook.answer = told
        (tmp_path / "key").write_text("0123456789abcdef0123456789abcdef\n")
        receiver = f'{{type: webhook, options: {{url: "{hook.url}", secret: {{file: key}}}}}}'
        source = f'{{type: tests.support.endless_desk, every: 1s, at_most: 2s, options: {{folder: "{tmp_path}"}}}}'
        policy = promise("4h", "stages: {tier: {gold: [100%]}}")
        more = ("synthetic_every: off", "catch_up: 1s")
        with tierwatch(written(tmp_path, policy, configuration(source, {"hook": receiver}, *more))):
            until(lambda: "DUE" in told.came or (tmp_path / "batches").exists(), "the breach is told")
            (tmp_path / "enough").touch()
            until(lambda: (tmp_path / "batches").exists(), "the desk has ended")
            number = int((tmp_path / "batches").read_text())
            assert 0 < number < MOST, "the page came only after all that was read"

            def read() -> bool:
                with closing(sqlite3.connect(tmp_path / "flow.db")) as connection:
                    return connection.execute("SELECT count(*) FROM readings").fetchone() == (BATCH * number + 1,)

            until(read, "every ticket has its clock")
