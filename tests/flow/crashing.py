"""Tickets whose lives go on as the receivers hear of them, a program that is killed meanwhile, and what must hold then.

Every ticket waits until both receivers have been told before its next event is written, so a page that is lost stops
the test. The events carry instants just after the crossing that they wait for, however late it was heard of: so what is
true does not depend on when the program was up. (What the program thought meanwhile may then turn out never to have
been, and is taken back; that has to arrive as well.)

What is held against the receivers in the end:

- every stage that the pure engine finds reached in the stored events was accepted by each receiver, or a worse stage of
  the same clock was (semantics 23);
- the queue's receiver accepted every row of the outbox, per alert in the order in which they were written, and what it
  heard of last is that the alert is over. A row that is closed as `replaced` was replaced by what it accepted, and one
  that is `digested` is in a digest that it accepted (`tests/flow/crash_ledger.py`).
  It may hear an end of which it did not hear the beginning, where a row of that was tried, for it may have arrived;
- to the states' receiver no alert ever went back to a state before one that it had accepted;
- a row that was accepted twice was under way when the program was killed: handed out, and its answer not kept. The
  answer is kept after it was given, in a transaction of its own, so a kill in between sends again what was handed out
  in that round, once. A kill at any other instant sends nothing twice. (States are told again on purpose: each minute
  and after each start. Those are counted and are no duplicates.)
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from monitor.clock import engine
from monitor.config import config_file as configuration
from monitor.policy.target import BREACHED_STAGE
from monitor.store.clocks import Clocks
from monitor.store.database import Database, readonly
from monitor.store.schema import alert_log, alerts, events, outbox, readings, touched
from monitor.store.views import Views
from tests.flow.crash_ledger import Ledger
from tests.flow.crash_stories import SOURCE, STAGES, Heard, Receivers, Story
from tests.flow.nursery import Nursery
from tests.support.killable import QUEUE, STATE
from tests.support.loopback import Loopback
from tests.support.peers import HANGING, until

POLICY = """
policy: crash
version: "1"
effective_from: 2026-01-01
name: {en: Crash, zh: 崩溃}
ladders:
  tier:
    - {id: gold, en: Gold, zh: 金牌}
    - {id: standard, en: Standard, zh: 标准}
calendars:
  always: {zone: UTC, hours: 24x7}
pause_reasons:
  customer: {en: Waiting for the customer, zh: 等待客户}
targets:
  restore:
    name: {en: Restoration, zh: 故障恢复}
    start: [opened, accepted, held]
    stop: [restored, closed]
    pause: [customer]
    budgets: [{when: {tier: gold}, budget: 1m, source: test}, {when: {tier: standard}, budget: 100000h, source: test}]
stages:
  tier:
    gold: [50%, 75%, 100%]
"""

CONFIG = """
instance: crash
database: crash.db
listen: 127.0.0.1:0
policy: policy.yml
speed: 60
sources:
  tickets:
    type: jsonl_file
    options: {{path: events.jsonl}}
    mapping:
      reasons: {{customer: customer}}
{beside}
receivers:
  hook: {{type: webhook, options: {{url: "{url}/hook", secret: {{file: secret}}}}}}
  am: {{type: alertmanager, options: {{urls: ["{url}"]}}}}
"""

BESIDE = "beside"
"""The source of tickets that stay open beside the stories, and cross nothing."""


@dataclass
class Crashing:
    """One installation, its receivers and its stories. `lives` counts the starts.

    `beside` is how many tickets are open beside the stories, from before the first life that is killed to the end.
    """

    folder: Path
    nursery: Nursery = field(repr=False)
    receivers: Receivers = field(repr=False)
    stories: list[Story] = field(default_factory=list, repr=False)
    lives: int = 0
    beside: int = 0

    @property
    def config(self) -> Path:
        return self.folder / "tierwatch.yml"

    def prepare(self, url: str) -> None:
        """Write the configuration, and let the installation begin now, before the first ticket."""
        (self.folder / "policy.yml").write_text(POLICY, encoding="utf-8")
        source = f"  {BESIDE}: {{type: jsonl_file, options: {{path: {BESIDE}.jsonl}}}}" if self.beside else ""
        self.config.write_text(CONFIG.format(url=url, beside=source), encoding="utf-8")
        (self.folder / "secret").write_text("hush-hush", encoding="utf-8")
        (self.folder / "secret").chmod(0o600)
        (self.folder / "events.jsonl").touch()
        database = Database(f"sqlite:///{self.folder}/crash.db")
        Clocks(database).installed_at(datetime.now(UTC))
        database.close()
        if self.beside:
            self._open_beside()

    def _open_beside(self) -> None:
        """Let one life read the tickets that stay open, and judge them all; it is stopped as an init system does."""
        opened = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
        with (self.folder / f"{BESIDE}.jsonl").open("w", encoding="utf-8") as out:
            for number in range(self.beside):
                one = {"event_id": f"{number}", "kind": "ticket", "subject": f"B{number}", "at": opened}
                out.write(json.dumps({**one, "status": "opened", "fields": {"tier": "standard"}}) + "\n")
        self.start()
        until(self._judged_beside, f"{self.beside:,} tickets are judged", HANGING + self.beside)
        assert self.nursery.stop() == 0
        assert self.open_beside() == self.beside

    def _judged_beside(self) -> bool:
        """Whether the last of them is read and none waits; in a short look, for the writer's log waits for readers."""
        of_last = "SELECT 1 FROM events WHERE source = ? AND event_id = ?"
        waits = "SELECT 1 FROM touched WHERE source = ? LIMIT 1"
        with closing(sqlite3.connect(self.folder / "crash.db", timeout=60, isolation_level=None)) as connection:
            read = connection.execute(of_last, (BESIDE, str(self.beside - 1))).fetchone()
            return read is not None and connection.execute(waits, (BESIDE,)).fetchone() is None

    def open_beside(self) -> int:
        """How many of the tickets beside the stories are open."""
        with self._read() as connection:
            mine = (readings.c.source == BESIDE) & readings.c.open
            return connection.scalar(sa.select(sa.func.count()).where(mine)) or 0

    def tell(self, plot: str) -> Story:
        story = Story(f"T{len(self.stories) + 1}", plot, self.folder, self.receivers)
        self.stories.append(story)
        return story

    def start(self, points: Sequence[tuple[str, int]] = ()) -> None:
        self.lives += 1
        self.nursery.start(self.config, self.lives, points)

    def go_on(self, stories: Sequence[Story]) -> list[Story]:
        """Let each story go on; gives those that are not over."""
        return [story for story in stories if not story.go_on()]

    def finish(self, within: float = HANGING) -> None:
        """Until every story is over and nothing waits in the store."""
        left, end = self.stories, time.monotonic() + within
        while left := self.go_on(left):
            if time.monotonic() > end:
                stuck = "; ".join(f"{story.name} ({story.plot}) waits for {story.waits_for}" for story in left)
                pytest.fail(f"after {within:g} s: {stuck}")
            time.sleep(0.01)
        while not self._quiet():
            assert time.monotonic() < end + 10, "something waits in the store"
            time.sleep(0.02)

    def journal(self) -> dict[int, list[list[Any]]]:
        """What each life said."""
        found: dict[int, list[list[Any]]] = {}
        for line in (self.folder / "journal").read_text(encoding="utf-8").splitlines():
            said = json.loads(line)
            if said[0] == "life":
                found[said[1]] = []
            else:
                found[max(found)].append(said)
        return found

    def _quiet(self) -> bool:
        with self._read() as connection:
            news = connection.scalar(sa.select(sa.func.count()).where(touched.c.source == SOURCE))
            unsent = outbox.c.accepted_at.is_(None) & outbox.c.closed_at.is_(None)
            return not news and not connection.scalar(sa.select(sa.func.count()).where(unsent))

    def _read(self) -> Any:
        return readonly(f"sqlite:///{self.folder}/crash.db").read()

    # -- what must hold ------------------------------------------------------------------------------------------

    def check(self) -> Figures:
        """Assert all that the docstring of this module says; gives the figures."""
        self._events_are_kept()
        self._nothing_happened_beside()
        crossings = self._crossings()
        by_channel: dict[str, list[Heard]] = {QUEUE: [], STATE: []}
        for item in self.receivers.heard:
            by_channel[item.channel].append(item)
        for channel, heard in by_channel.items():
            fired = defaultdict(set)
            for item in heard:
                if item.firing:
                    fired[item.ticket].add(item.stage)
            unsent = [
                (ticket, stage) for ticket, stage in crossings if not fired[ticket] & set(STAGES[STAGES.index(stage) :])
            ]
            assert unsent == [], f"{channel} was never told"
            last = {(item.ticket, item.stage): item.firing for item in heard}
            assert not any(last.values()), f"{channel} was not told that it is over"
        ledger, duplicates = self._queue_is_whole_and_in_order(by_channel[QUEUE])
        self._states_never_go_back(by_channel[STATE])
        states = len({(item.key, item.reason, item.firing, item.starts_at) for item in by_channel[STATE]})
        return Figures(
            len(crossings), len(by_channel[QUEUE]) - duplicates, duplicates, ledger.number("replaced"),
            ledger.number("digested"), states, len(by_channel[STATE]) - states,
        )  # fmt: skip

    def _events_are_kept(self) -> None:
        lines = (self.folder / "events.jsonl").read_text(encoding="utf-8").splitlines()
        with self._read() as connection:
            kept = set(connection.scalars(sa.select(events.c.event_id)))
        assert {json.loads(line)["event_id"] for line in lines} <= kept

    def _nothing_happened_beside(self) -> None:
        """Every ticket beside the stories is open, and has no alert."""
        assert self.open_beside() == self.beside
        with self._read() as connection:
            assert connection.scalar(sa.select(sa.func.count()).where(alerts.c.source == BESIDE)) == 0

    def _crossings(self) -> list[tuple[str, str]]:
        """(ticket, stage) of every stage that pages and was reached, by the pure engine over the stored events."""
        rules = configuration.load(self.config).rules
        views, found = Views(readonly(f"sqlite:///{self.folder}/crash.db")), []
        for story in self.stories:
            (key,) = views.find(story.name)
            for reading in engine.advance(views.events_of(key), (), rules, datetime.now(UTC)).readings:
                reached = {crossing.stage for crossing in reading.crossings}
                if reading.breached_at is not None:
                    reached.add(BREACHED_STAGE)
                found += [(story.name, stage) for stage in STAGES if stage in reached]
        return found

    def _queue_is_whole_and_in_order(self, heard: Sequence[Heard]) -> tuple[Ledger, int]:
        """Gives the rows, and how many acceptances were duplicates."""
        with self._read() as connection:
            ledger = Ledger.read(connection, heard, self.receivers.digests)
        assert ledger.untold() == [], "closed, and nobody had it"
        rows = {row.id: row for row in ledger.of_tickets}
        assert {item.row for item in heard if item.row} <= rows.keys()
        for key in {item.key for item in heard}:
            mine = [item for item in heard if item.key == key]
            numbers = [item.row for item in mine if item.row]
            assert numbers == sorted(numbers), "out of order"
            known = list(_known(mine, {id_ for id_, row in rows.items() if row.reason == "replaced"}))
            if known and not known[0].firing and ledger.may_have_arrived_before(known[0].row):
                known = known[1:]
            once = {item.row or -number: item.firing for number, item in enumerate(known, start=1)}
            assert list(once.values()) == [number % 2 == 0 for number in range(len(once))], f"not in turns: {mine}"
        under_way = self._under_way()
        lives = defaultdict(list)
        for item in (*heard, *self.receivers.digests):
            lives[item.row].append(item.life)
        lives.pop(0, None)  # not a row, but what a digest ends
        for row, times in lives.items():
            assert len(times) == len(set(times)), "twice in one life"
            assert all(row in under_way[life] for life in times[:-1]), "twice, and it was not under way"
            if ledger.rows[row].reason in ("replaced", "digested"):
                assert row in under_way[times[-1]], "heard, and closed as if it was not"
        return ledger, sum(len(times) - 1 for times in lives.values())

    def _under_way(self) -> dict[int, set[int]]:
        """The rows of the queue that were handed out and not settled when each life ended."""
        found: dict[int, set[int]] = defaultdict(set)
        for life, lines in self.journal().items():
            for what, *rest in lines:
                if what == "handed" and rest[0] == QUEUE:
                    found[life] |= set(rest[1])
                if what == "settled" and rest[0] == QUEUE:
                    found[life] -= set(rest[1])
        return found

    def _states_never_go_back(self, heard: Sequence[Heard]) -> None:
        """Each alert's accepted states are found in its log one after the other."""
        with self._read() as connection:
            rows = connection.execute(sa.select(alert_log).order_by(alert_log.c.id)).all()
            named = {row.key: row.labels for row in connection.execute(sa.select(alerts.c.key, alerts.c.labels))}
        courses = defaultdict(list)
        for row in rows:
            courses[json.dumps(named[row.key], sort_keys=True)].append((row.reason, row.firing))
        place: Counter[str] = Counter()
        for item in heard:
            course = courses[item.key]
            state = (item.reason, item.firing)
            assert state in course[place[item.key] :], f"{item} after {course[: place[item.key]]}"
            place[item.key] = course.index(state, place[item.key])


def _known(mine: Sequence[Heard], replaced: AbstractSet[int]) -> Iterator[Heard]:
    """What a receiver heard of one alert, without the rows whose answers were lost and which were then replaced.

    A digest may have ended such a row at the receiver, and its answer may be lost as well: where the alert fires again
    by then, the digest has nothing left to say and is dropped. That end goes with the row.
    """
    firing: Heard | None = None
    for item in mine:
        if item.row not in replaced and (item.row or firing is None or firing.row not in replaced):
            yield item
        firing = item if item.firing else firing


@dataclass(frozen=True, slots=True)
class Figures:
    """What a run came to. `again` counts states that were told again, as states are."""

    crossings: int
    queued: int
    duplicates: int
    replaced: int
    digested: int
    states: int
    again: int


def crashing(
    folder: Path, nursery: Nursery, fails: Callable[[int], bool] | None = None, beside: int = 0
) -> tuple[Crashing, Loopback]:
    """An installation and the server of its receivers, which is to be entered."""
    receivers = Receivers(fails or (lambda number: False))
    return Crashing(folder, nursery, receivers, beside=beside), Loopback(receivers.respond)
