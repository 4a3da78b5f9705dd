"""Old data on a real store: which clocks count, how seldom they are counted, and what each receiver hears."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from alerts.decide.routing import RouteTable
from monitor.alert.alert import SilenceRow
from monitor.config import config_file
from monitor.config.config_file import SourceConfig
from monitor.service.recounting import Recounting
from monitor.service.stale_source_watch import EVERY, RECOUNT_EVERY, StaleSourceWatch, paging
from monitor.store.auditing import Auditing
from monitor.store.clocks import Clocks, OpenClocks
from monitor.store.database import Database
from monitor.store.ingest import Ingest, PollOutcome
from monitor.store.silencing import Silences
from monitor.store.views import Views
from tests.support import cases
from tests.support.cases import at, ticket
from tests.support.switchboard import PHONE, WALL, Switchboard, switchboard

CONFIG = """
database: case.db
policy: demo
sources:
  tickets: {type: jsonl_file, stale_after: 15m, options: {path: tickets.jsonl}}
receivers:
  log: {type: log}
"""
REFUSED = ("unauthorized", "tickets: 401, it refused the token in $TOKEN; renew it")
TOLD, OVER = "+DataTooOld/ first", "-DataTooOld/ read_again"


@dataclass(slots=True)
class Watch:
    board: Switchboard
    sources: tuple[SourceConfig, ...]
    clocks: Clocks = field(init=False)
    looker: StaleSourceWatch = field(init=False)
    watched: dict[str, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.clocks = Clocks(self.board.database)
        Recounting(self.board.database).look()
        self.start()

    def start(self, before: StaleSourceWatch | None = None) -> None:
        """As a program that begins, or one that reads its configuration again."""
        board = self.board
        router = RouteTable(board.routes, lambda: board.settings)
        self.looker = StaleSourceWatch(
            self.sources, board.rules, self.clocks, Views(board.database), router, lambda: board.settings,
            self.watched, before,
        )  # fmt: skip

    def fault(self, name: str, tier: str, now: float = 0) -> None:
        self.board.hear(ticket(name, at(now), "working", tier=tier))
        self.board.work(at(now))

    def polled(self, now: float, failure: tuple[str, str] | None = None) -> None:
        Ingest(self.board.database).commit_poll("tickets", PollOutcome(at(now), at(now), failure))

    def heard(self, now: datetime) -> list[str]:
        """What the phone hears after a look."""
        self.looker.look(now)
        return [line for line in self.board.told(PHONE, now) if "DataTooOld" in line]


@contextmanager
def counts(database: Database) -> Iterator[list[str]]:
    """The statements that look at clocks, as the database gets them."""
    asked: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "FROM readings" in statement:
            asked.append(statement)

    sa.event.listen(database._engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        sa.event.remove(database._engine, "before_cursor_execute", note)


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    path = tmp_path / "tierwatch.yml"
    path.write_text(CONFIG, encoding="utf-8")
    with switchboard(tmp_path, cases.POLICY) as board:
        yield Watch(board, config_file.load(path).sources)


def test_a_source_that_refuses_us_is_told_and_its_return_too(watch: Watch) -> None:
    watch.fault("T1", "gold")
    watch.polled(0)
    assert watch.heard(at(0.1)) == []
    watch.polled(0.2, REFUSED)
    assert watch.heard(at(0.25)) == []
    assert watch.heard(at(0.3)) == [TOLD]
    (alert,) = [one for one in watch.clocks.alerts_without_subject() if one.firing]
    assert alert.starts_at == at(0.25)
    assert REFUSED[1] in alert.annotations["description"]
    assert alert.annotations["due"].startswith("2026-01-05 08:30"), "the feedback is due first"
    watch.polled(0.5)
    assert watch.heard(at(0.5)) == [OVER]
    assert [line for line in watch.board.told(WALL, at(1)) if "DataTooOld" in line] == [OVER], "its present state"
    channels = {WALL.name: at(0), PHONE.name: at(0)}
    assert Auditing(watch.board.database).without_decision(channels, at(0)) == ()


def test_clocks_that_page_nobody_are_no_reason_to(watch: Watch) -> None:
    watch.fault("T1", "standard")
    watch.polled(0)
    watch.polled(1, REFUSED)
    assert watch.heard(at(2)) == []


def test_an_alert_outlives_a_restart_and_a_source_that_is_taken_out(watch: Watch) -> None:
    watch.fault("T1", "gold")
    watch.polled(0)
    watch.polled(1, REFUSED)
    assert watch.heard(at(2)) == [TOLD]
    configured, watch.sources = watch.sources, ()
    watch.start()
    assert watch.heard(at(3)) == []
    watch.sources = configured
    watch.start()
    assert watch.heard(at(4)) == []
    assert watch.clocks.alerts_without_subject()[0].firing
    watch.polled(5)
    assert watch.heard(at(5)) == [OVER]


def test_a_machine_that_slept_lets_its_sources_answer_first(watch: Watch) -> None:
    watch.fault("T1", "gold")
    watch.polled(0)
    assert watch.heard(at(0)) == []
    assert watch.heard(at(8)) == [], "nothing failed, and nothing could be asked"
    watch.polled(8)
    assert watch.heard(at(8) + EVERY) == []
    watch.polled(8.1, REFUSED)
    watch.heard(at(8.2))
    assert watch.heard(at(9)) == [TOLD]


def test_reloads_put_the_alert_of_a_source_that_hangs_off_no_further(watch: Watch) -> None:
    watch.fault("T1", "gold")
    watch.polled(0)
    minutes = range(0, 60, 1)
    told = []
    for minute in minutes:
        told += watch.heard(at(minute / 60))
        watch.start(watch.looker)
    assert told == [TOLD]


def test_a_source_that_a_reload_added_gets_its_time_to_answer(watch: Watch) -> None:
    watch.fault("T1", "gold")
    for minute in range(60):
        watch.watched["tickets"] = at(1)
        assert watch.heard(at(minute / 60)) == []
    told = []
    for minute in range(60, 120):
        told += watch.heard(at(minute / 60))
    assert told == [TOLD]


def test_a_poll_that_never_ends_is_told_in_the_end(watch: Watch) -> None:
    watch.fault("T1", "gold")
    watch.polled(0)
    heard = [watch.heard(at(0) + EVERY * step) for step in range(200)]
    assert [(step * EVERY, lines) for step, lines in enumerate(heard) if lines] == [
        (timedelta(minutes=15) + EVERY, [TOLD])
    ]


def test_a_silence_withholds_it_like_others(watch: Watch) -> None:
    row = SilenceRow("s1", ("alertname=TierwatchDataTooOld",), at(0), at(9), "lin", "works")
    Silences(watch.board.database).add(row, at(0), lambda alert: False)
    watch.fault("T1", "gold")
    watch.polled(0)
    watch.polled(1, REFUSED)
    assert watch.heard(at(2)) == []
    assert watch.heard(at(9)) == [TOLD]


def test_no_row_of_a_clock_is_read_where_all_versions_of_the_policy_page_alike(watch: Watch) -> None:
    watch.fault("T1", "gold")
    watch.polled(0)
    watch.polled(0.1, REFUSED)
    with counts(watch.board.database) as asked:
        told = [line for step in range(20) for line in watch.heard(at(0.4) + EVERY * step)]
    assert (told, asked) == ([TOLD], [])


def test_while_the_open_clocks_are_counted_nothing_new_is_told_and_no_row_is_read(watch: Watch) -> None:
    watch.fault("T1", "gold")
    watch.polled(0)
    watch.polled(0.1, REFUSED)
    watch.heard(at(0.2))
    watch.board.database.kept.doubt()
    with counts(watch.board.database) as asked:
        assert watch.heard(at(0.4)) == []
    assert asked == []
    Recounting(watch.board.database).look()
    assert watch.heard(at(0.5)) == [TOLD]


def test_where_the_versions_of_the_policy_page_otherwise_rows_are_read_and_seldom(watch: Watch) -> None:
    (policy,) = watch.board.rules.policies
    other = replace(policy, version="2", stages={})
    watch.board.rules = replace(watch.board.rules, policies=(policy, other), since=(None, at(900)))
    watch.start()
    watch.fault("T1", "gold")
    watch.polled(0)
    began = at(0.4)
    with counts(watch.board.database) as asked:
        for step in range(20):
            watch.heard(at(0) + EVERY * step)
        assert asked == []
        watch.polled(0.1, REFUSED)
        told = [line for step in range(60) for line in watch.heard(began + EVERY * step)]
        assert told == [TOLD], "the version that judges the clock pages"
        assert len(asked) == 1, "no clock changed"
        for step in range(60, 120):
            watch.clocks.revision += 1
            watch.heard(began + EVERY * step)
        assert len(asked) == 1 + 60 * EVERY / RECOUNT_EVERY


def test_clocks_are_counted_by_what_pages_and_with_the_nearest_deadline(watch: Watch) -> None:
    watch.fault("T1", "diamond")
    watch.fault("T2", "diamond", 1)
    watch.fault("T3", "standard")
    watch.board.hear(ticket("T4", at(1), "waiting", reason="customer", tier="gold"))
    watch.board.work(at(1))
    watch.polled(1, REFUSED)
    asked = frozenset({"tickets"})
    found = (watch.looker._open_clocks(asked, at(1)) or {})["tickets"]
    assert {clocks.tier for clocks in found} == {"diamond", "gold"}
    diamond = next(clocks for clocks in found if clocks.tier == "diamond")
    assert diamond.deadline == at(1.5), "what has breached is not ahead any more"
    groups = {("tickets", clocks.tier, clocks.assurance) for clocks in found}
    assert paging(watch.clocks.open_clocks(groups), watch.board.rules)["tickets"] == found
    assert watch.looker._open_clocks(frozenset({"elsewhere"}), at(1)) == {}


def test_an_assurance_alone_pages(watch: Watch) -> None:
    rows = [
        OpenClocks("tickets", "standard", "AAA", "case@1", 2, at(3)),
        OpenClocks("tickets", "standard", "AAA", "case@0", 1, at(2)),
        OpenClocks("tickets", "standard", "normal", "case@1", 4, at(1)),
    ]
    (found,) = paging(rows, watch.board.rules)["tickets"]
    assert (found.clocks, found.deadline, found.by_assurance) == (3, at(2), True)
