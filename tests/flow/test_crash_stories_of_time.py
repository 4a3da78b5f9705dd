"""Paces, ends of acknowledgements and jumps of the machine's clock, with a crash at any transaction of their stories.

A crash here is an end of everything at the k-th transaction, before it is committed or just after; then all is built
anew from the same database and the story goes on. In the end the store has what it has without a crash, each transition
once, and every page was handed out; those of one round may come twice, if the answers to it were lost. No process is
killed and nothing waits: `tests/flow/test_crash_instants.py` does that for the rest.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from alerts.decide import clock_alerts
from monitor.history.batch import Batch
from monitor.history.events import Event
from monitor.machine.machine_clock import Look
from monitor.model import SubjectKind
from monitor.policy.target import PACE_STAGE
from monitor.service.engine_worker import Worker
from monitor.service.machine_watch import MachineWatch
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.ingest import Ingest
from monitor.store.machine import Machine
from monitor.store.schema import acknowledgements, alerts, transitions
from monitor.worktime.local_time import EPOCH
from tests.lessons.stories import QUEUE
from tests.monitor.commands.test_would_tell import CONFIG, GOLD, POLICY, ROTA, acknowledged
from tests.support import driven as driven_module
from tests.support.by_hand import by_hand
from tests.support.cases import MONDAY, at, rules, ticket
from tests.support.desk import SETTINGS
from tests.support.driven import Driven
from tests.support.to_all import ToAll

STRIDE = 1 if int(os.environ.get("TIERWATCH_KILLS", "50")) > 50 else 4
"""Every so many transactions one is crashed at; all of them in the long run (`make test-long`)."""


class Crash(Exception):
    """The end of the program."""


@dataclass
class Fuse:
    """Ends the program once, at the transaction of this number."""

    number: int = -1
    committed: bool = False
    seen: int = 0
    blown: bool = False
    armed: bool = True

    def database(self, url: str) -> Database:
        return _Crashing(url, self)


class _Crashing(Database):
    def __init__(self, url: str, fuse: Fuse) -> None:
        super().__init__(url)
        self._fuse = fuse

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        fuse = self._fuse
        mine, fuse.seen = fuse.seen, fuse.seen + fuse.armed
        due = fuse.armed and mine == fuse.number and not fuse.blown
        with super().write() as connection:
            yield connection
            if due and not fuse.committed:
                fuse.blown = True
                raise Crash
        if due:
            fuse.blown = True
            raise Crash


@dataclass
class Result:
    """What a story left: the transitions that hold, each as often as it is recorded, and the pages handed out."""

    holding: Counter[tuple[Any, ...]]
    sent: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    more: Any = None


def recorded(database: Database) -> Counter[tuple[Any, ...]]:
    """The transitions that hold, with how often each is on record since it was last withdrawn."""
    found: Counter[tuple[Any, ...]] = Counter()
    with database.read() as connection:
        for row in connection.execute(sa.select(transitions).order_by(transitions.c.id)):
            if row.kind == "withdrawn":
                kind, _, stage = row.stage.partition(":")
                found[row.source, row.subject, row.target, row.cycle, kind, stage, row.at] -= 1
            else:
                found[row.source, row.subject, row.target, row.cycle, row.kind, row.stage, row.at] += 1
    return +found


def tried(story: Callable[[Path, Fuse], Result], folder: Path) -> None:
    """The story without a crash, and with one at each transaction."""
    whole_fuse = Fuse()
    (folder / "whole").mkdir()
    whole = story(folder / "whole", whole_fuse)
    assert set(whole.holding.values()) == {1}
    assert whole_fuse.seen > STRIDE
    for number in range(0, whole_fuse.seen, STRIDE):
        for committed in (False, True):
            where = folder / f"{number}-{committed}"
            where.mkdir()
            fuse = Fuse(number, committed)
            found = story(where, fuse)
            assert fuse.blown
            assert found.holding == whole.holding, (number, committed)
            assert found.sent.keys() == whole.sent.keys(), (number, committed)
            assert whole.sent <= found.sent, (number, committed)
            assert (found.sent - whole.sent).total() <= LOST_ANSWERS, (number, committed)
            assert found.more == whole.more, (number, committed)


LOST_ANSWERS = 8
"""At most one round of a channel is handed out again: the answers that were lost with it."""


# -- driven: the pace, and the end of an acknowledgement --------------------------------------------------------------


def drive(config: Path, fuse: Fuse, end: datetime, acts: list[Callable[[Driven], None]]) -> Result:
    """One program after the other until *end*; each act is done once, and again where it crashed."""
    sent: list[Any] = []
    now, todo, over = at(8), list(acts), False
    while not over:
        fuse.armed = False
        driven = Driven(config, now)
        fuse.armed = True
        try:
            driven.now = now
            driven.step()
            while todo:
                todo[0](driven)
                todo.pop(0)
            driven.run(end)
            over = True
        except Crash:
            pass
        sent += driven.sent
        now = driven.now
        holding, more = recorded(driven.database), _acknowledged(driven.database)
        driven.close()
    pages = Counter((one.channel, one.alertname, one.stage, one.reason) for one in sent)
    return Result(holding, pages, more)


def _acknowledged(database: Database) -> list[tuple[str, bool]]:
    with database.read() as connection:
        rows = connection.execute(sa.select(acknowledgements))
        return sorted((row.author, row.ended_at is not None) for row in rows)


PACE_POLICY = """
policy: case
version: "1"
effective_from: 2026-01-01
name: {en: Case}
ladders: {assurance: [{id: AAA, en: AAA}]}
calendars: {always: {zone: UTC, hours: 24x7}}
pause_reasons: {}
stages: {assurance: {AAA: [75%, 100%]}}
targets:
  interruption:
    name: {en: Interruption}
    of: circuit
    per: month
    start: [unavailable]
    pace: {windows: [2d, 1d], factor: 1.5}
    budgets: [{budget: 10h, source: test}]
"""


def circuit(hour: float, status: str) -> Event:
    return Event("tickets", f"{status} {hour}", SubjectKind.CIRCUIT, "L1", at(hour), status=status,
                 fields={"assurance": "AAA"})  # fmt: skip


@pytest.fixture
def crashing_store(monkeypatch: pytest.MonkeyPatch) -> Callable[[Fuse], None]:
    return lambda fuse: monkeypatch.setattr(driven_module, "Database", fuse.database)


def installed(folder: Path, policy: str, config: str) -> Path:
    (folder / "policy.yml").write_text(policy, encoding="utf-8")
    (folder / "secret").write_text("a secret of thirty-two bytes, or more", encoding="utf-8")
    (folder / "oncall.yml").write_text(ROTA, encoding="utf-8")
    (folder / "tierwatch.yml").write_text(config, encoding="utf-8")
    return folder / "tierwatch.yml"


def test_a_pace_is_crossed_and_subsides_once_whatever_it_is_killed_at(
    tmp_path: Path, crashing_store: Callable[[Fuse], None]
) -> None:
    said = [circuit(8, "available"), circuit(9, "unavailable"), circuit(12, "available"), circuit(70, "unavailable"),
            circuit(71.5, "available")]  # fmt: skip

    def hear(event: Event) -> Callable[[Driven], None]:
        def act(driven: Driven) -> None:
            driven.run(event.at)
            driven.now = max(driven.now, event.at)
            driven.hear(event)

        return act

    def story(folder: Path, fuse: Fuse) -> Result:
        crashing_store(fuse)
        config = installed(folder, PACE_POLICY, "zone: UTC\npolicy: policy.yml\nsources:\n  tickets: {type: jsonl_file,"
                           " options: {path: t.jsonl}}\nreceivers:\n  wall: {type: log}\n")  # fmt: skip
        result = drive(config, fuse, at(24 * 7), [hear(event) for event in said])
        kinds = Counter(name[4] for name in result.holding if name[5] == PACE_STAGE)
        assert kinds["subsided"] == kinds["crossed"] == 2
        return result

    tried(story, tmp_path)


def test_an_acknowledgement_ends_once_and_is_told_whatever_it_is_killed_at(
    tmp_path: Path, crashing_store: Callable[[Fuse], None]
) -> None:
    def heard(driven: Driven) -> None:
        driven.hear(GOLD)

    def taken(driven: Driven) -> None:
        with driven.database.read() as connection:
            if connection.scalar(sa.select(sa.func.count()).select_from(acknowledgements)):
                return  # the crash came after it was kept
        acknowledged("T1", at(11.25))(driven)

    def story(folder: Path, fuse: Fuse) -> Result:
        crashing_store(fuse)
        config = installed(folder, POLICY, CONFIG + "oncall: oncall.yml\n")
        result = drive(config, fuse, at(12.5), [heard, taken])
        assert result.more == [("zhang", True)]
        return result

    tried(story, tmp_path)


# -- the machine's clock ----------------------------------------------------------------------------------------------


@dataclass
class Wall:
    """A machine that was started at MONDAY: its true time, and by how much its wall clock is wrong."""

    true: timedelta
    wrong: timedelta = timedelta(0)

    def read(self) -> Look:
        return Look(self.true + self.wrong, self.true - (MONDAY - EPOCH), self.true - (MONDAY - EPOCH))


class Machined:
    """The engine of one program and its watch over the machine's clock."""

    def __init__(self, database: Database) -> None:
        clocks = Clocks(database)
        router = ToAll((QUEUE,))
        self.store = Machine(database)
        self.watch = MachineWatch(self.store, clocks, ("tickets",), lambda: router, lambda: SETTINGS, lambda: None)
        self.worker = by_hand(Worker(
            clocks, rules(), lambda outcome, known, now: clock_alerts.decide(outcome, known, SETTINGS, now),
            router, MONDAY, ("tickets",),
        ))  # fmt: skip

    def advance(self) -> None:
        """As the program does in each round of its engine."""
        clock, now, _ = self.watch.look()
        if clock.begins:
            self.worker.step(now, undo=self.watch.undoes(now))
            self.watch.judged(now)

    def accept(self) -> None:
        clock, now, _ = self.watch.look()
        if not clock.trusted:
            self.store.accept(clock.jump, "wang", now)


def test_what_a_wrong_clock_had_judged_is_taken_back_whatever_it_is_killed_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Wall(at(8) - EPOCH)
    monkeypatch.setattr("monitor.wallclock.look", machine.read)

    def story(folder: Path, fuse: Fuse, wrong: bool = True) -> Result:
        machine.true, machine.wrong = at(8) - EPOCH, timedelta(0)
        heard = [ticket(f"T{number}", at(8), "working", tier="gold") for number in range(3)]

        def hear(program: Machined, database: Database) -> None:
            Ingest(database).commit_batch("tickets", Batch(heard, (), {}), at(8))

        def clock(wrong: timedelta) -> Callable[[Machined, Database], None]:
            def turn(program: Machined, database: Database) -> None:
                machine.wrong = wrong
                program.accept()

            return turn

        def passes(program: Machined, database: Database) -> None:
            machine.true = at(8.5) - EPOCH

        turns = [clock(timedelta(days=2)), clock(timedelta(0))] if wrong else []
        todo = [hear, *turns, passes]
        url = f"sqlite:///{folder}/machine.db"
        while todo:
            database = fuse.database(url)
            try:
                program = Machined(database)
                program.advance()
                while todo:
                    todo[0](program, database)
                    for _ in range(6):
                        program.advance()
                    todo.pop(0)
            except Crash:
                pass
            finally:
                database.close()
        database = Database(url)
        with database.read() as connection:
            firing = sorted(connection.scalars(sa.select(alerts.c.stage).where(alerts.c.resolved_at.is_(None))))
        result = Result(recorded(database), Counter(), firing)
        database.close()
        return result

    (tmp_path / "right").mkdir()
    right = story(tmp_path / "right", Fuse(), wrong=False)
    (tmp_path / "wrong").mkdir()
    assert story(tmp_path / "wrong", Fuse()).holding == right.holding, "a wrong clock leaves nothing"
    (tmp_path / "tried").mkdir()
    monkeypatch.setattr("tests.flow.test_crash_stories_of_time.STRIDE", 1)
    tried(story, tmp_path / "tried")
