"""Run `tierwatch` in this process, at an instant of the test's choosing, beside a store that a worker works in."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from monitor import cli, wallclock
from monitor.clock.engine import Transition
from monitor.config import config_file as config
from monitor.history.batch import Batch
from monitor.history.events import Event
from monitor.model import SubjectKey
from monitor.service.engine_worker import Worker
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.ingest import Ingest
from tests.support.by_hand import by_hand
from tests.support.cases import at
from tests.support.to_all import ToAll

CONFIG = """\
zone: Asia/Shanghai
policy: demo
sources:
  tickets: {type: jsonl_file, options: {path: t.jsonl}}
receivers:
  log: {type: log}
"""


class Said(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


Command = Callable[..., Said]


def in_process(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line, in this process: `main` as the console script calls it."""

    def run(*words: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["tierwatch", *words])
        capsys.readouterr()  # what was printed before is none of it
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return run


def runner(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, config: Path, now: datetime) -> Command:
    """The command line on this configuration, when it is *now*."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(wallclock, "now", lambda: now)
    tierwatch = in_process(capsys, monkeypatch)

    def run(*words: str, when: datetime | None = None) -> Said:
        if when is not None:
            monkeypatch.setattr(wallclock, "now", lambda: when)
        return tierwatch(*words, "--config", str(config))

    return run


def console_script(folder: Path) -> Path:
    """The program as an installation has it: an executable file named `tierwatch` in *folder*."""
    path = folder / "tierwatch"
    path.write_text(f"#!{sys.executable}\nfrom monitor.cli import main\nmain()\n", encoding="utf-8")
    path.chmod(0o755)
    return path


class Site:
    """A folder with a configuration, and the store that belongs to it."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "tierwatch.yml"
        self.config.write_text(CONFIG, encoding="utf-8")
        self._read: tuple[dict[Path, bytes], config.Config] | None = None

    @property
    def database(self) -> str:
        return self._loaded().database

    def _loaded(self) -> config.Config:
        """The configuration, read again only when a file of its folder has changed."""
        texts = {path: path.read_bytes() for path in self.config.parent.glob("*.yml")}
        if self._read is None or self._read[0] != texts:
            self._read = (texts, config.load(self.config))
        return self._read[1]

    @contextmanager
    def running(self) -> Iterator[Database]:
        """The store as the program that owns it has it."""
        database = Database(self.database)
        try:
            yield database
        finally:
            database.close()

    def hear(self, now: datetime, *events: Event) -> None:
        """Let the program take these events in and work on them."""
        with self.running() as database:
            Ingest(database).commit_batch("tickets", Batch(events, (), {}), now)
            while self.step(database, now):  # on a busy machine one step is not all of it
                pass

    def step(self, database: Database, now: datetime) -> int:
        """Let the program's worker do what waits; gives how many subjects."""
        rules = self._loaded().rules
        return by_hand(Worker(Clocks(database), rules, lambda *_: (), ToAll(), at(0), ("tickets",))).step(now)[0]

    def transitions(self, subject: str, target: str) -> list[Transition]:
        with self.running() as database:
            (loaded,) = Clocks(database).load([SubjectKey("tickets", subject)])
        return [item for item in loaded.transitions if item.target == target]
