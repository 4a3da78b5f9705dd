"""Drills in the store: one at a time, pages and ends in the outbox, every answer kept, and nothing counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from alerts.decide import Route
from alerts.oncall import Outgoing, Rota, drill_rows, drill_step, everybody_got_it
from alerts.oncall.roster import Layer, Person, Roster, Schedule
from monitor.alert import Channel, Delivery, Drill, DrillEnd, DrillFor, Page, Settlement, SilenceRow, Verdict
from monitor.model import Name
from monitor.store import Acknowledging, Auditing, Deliveries, Drilling, Escalating, Silences, Views
from monitor.store.schema import alerts, counters, drill_tries, metadata, outbox
from tests.support import cases
from tests.support.cases import at, ticket
from tests.support.desk import SETTINGS
from tests.support.switchboard import PHONE, WALL, Switchboard, switchboard

MINUTE = timedelta(minutes=1)
MONDAY_MORNING = datetime.combine(date(2025, 1, 6), time())
STATE = Channel("am/1", Delivery.STATE)
ROUTES = {"phone": (Route(PHONE, personal=True),), "am": (Route(STATE),)}
CHANNELS = {channel.name: channel for channel in (PHONE, STATE, WALL)}
ROTA = Rota(
    Roster(
        {"zhang": Person("zhang", Name("Zhang", "张"), "UTC", ("phone", "am"))},
        {"noc": Schedule("noc", Name("NOC", "网管"), "UTC", ("phone",),
                         (Layer("days", ("zhang",), MONDAY_MORNING, timedelta(days=7), "UTC"),))},
    ),
    {},
    {},
)  # fmt: skip


def asked(now: datetime, id_: str = "d-1") -> Drill:
    return Drill(id_, now, "wang", DrillFor.TEAM, "noc", "diamond", now + 15 * MINUTE, 5 * MINUTE)


@dataclass
class Practice:
    """The drills of one installation; a channel in `down` takes nothing."""

    board: Switchboard
    down: set[str] = field(default_factory=set)
    got: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = Drilling(self.board.database)
        self.deliveries = Deliveries(self.board.database)

    def look(self, now: datetime) -> None:
        known, silences = self.store.on(now)
        for one in known:
            made = drill_step(one, silences, ROTA, Outgoing(ROUTES), SETTINGS, now)
            if made is not None:
                self.store.commit(one.drill, made, CHANNELS, now)
        self.send(now)

    def send(self, now: datetime) -> None:
        for channel in (PHONE, STATE):
            while pages := self.deliveries.due_pages(channel.name, now, 64):
                self.deliveries.settle_pages([self._answer(page, now) for page in pages], now)

    def _answer(self, page: Page, now: datetime) -> Settlement:
        if page.channel in self.down:
            return Settlement(page, Verdict.RETRY, now + MINUTE, "503, it failed", "server_error")
        self.got.append((page.channel, page.alert.reason.value))
        again = None if page.channel == PHONE.name else now + MINUTE
        return Settlement(page, Verdict.ACCEPTED, again, reason=page.alert.reason.value)


@contextmanager
def practice() -> Iterator[Practice]:
    with TemporaryDirectory() as folder, switchboard(Path(folder), cases.RESTORATION) as board:
        yield Practice(board)


@pytest.fixture
def room() -> Iterator[Practice]:
    with practice() as it:
        yield it


def test_one_drill_is_on_at_a_time_and_no_more_than_so_many_begin_in_an_hour(room: Practice) -> None:
    for number in range(3):
        now = at(1, number)
        assert room.store.ask(asked(now, f"d-{number}"), 3).on is None
        before = room.store.ask(asked(now, "d-other"), 3)
        assert before.on is not None
        assert (before.on.id, before.lately) == (f"d-{number}", number)
        room.look(now)
        assert room.store.end(f"d-{number}", DrillEnd.ENDED_EARLY, "", now)
        room.look(now)
        assert not room.store.end(f"d-{number}", DrillEnd.ENDED_EARLY, "", now)
    assert room.store.ask(asked(at(1, 9), "d-9"), 3).lately == 3
    assert room.store.find("d-9") is None
    assert room.store.ask(asked(at(2, 3), "d-10"), 3).lately == 0
    assert [one.id for one in room.store.all()] == ["d-10", "d-2", "d-1", "d-0"]
    latest = room.store.latest()
    assert latest is not None
    assert latest.drill.id == "d-10"


def test_what_is_stored_comes_back_as_it_was(room: Practice) -> None:
    drill = replace(asked(at(1)), escalate=True, detail="說明", named="noc/days", whom=DrillFor.LAYER)
    room.store.ask(drill, 9)
    found = room.store.find("d-1")
    assert found is not None
    assert found.drill == drill
    assert room.store.find("d-2") is None


def test_a_page_that_fails_is_tried_again_and_both_answers_are_kept_although_the_outbox_forgets(room: Practice) -> None:
    room.down = {PHONE.name}
    room.store.ask(asked(at(1)), 9)
    room.look(at(1))
    room.down = set()
    room.look(at(1) + MINUTE)
    Acknowledging(room.board.database).acknowledge(
        Acknowledging(room.board.database).of_drill("d-1"), "zhang", "link", "here", at(1) + 2 * MINUTE
    )
    room.look(at(1) + 2 * MINUTE)
    known = room.store.find("d-1")
    assert known is not None
    assert known.drill.ended_for is DrillEnd.ACKNOWLEDGED
    phone, state = drill_rows(known)
    assert (phone.attempts, phone.errors, phone.accepted_at) == (2, ("503, it failed",), at(1) + MINUTE)
    assert (state.attempts, state.accepted_at) == (1, at(1)), "also after the end has made the state's row anew"
    assert everybody_got_it(known)
    assert room.got.count((PHONE.name, "drill")) == 1
    assert room.got[-2:] == [(PHONE.name, "drill_over"), (STATE.name, "drill_over")]


@pytest.mark.parametrize("tried", [False, True])
def test_what_was_over_before_it_could_be_sent_is_in_no_digest(room: Practice, tried: bool) -> None:
    """An end goes out alone only where the receiver may have the beginning."""
    room.store.ask(asked(at(1)), 9)
    known, silences = room.store.on(at(1))
    made = drill_step(known[0], silences, ROTA, Outgoing(ROUTES), SETTINGS, at(1))
    assert made is not None
    room.store.commit(known[0].drill, made, CHANNELS, at(1))
    if tried:
        room.down = {PHONE.name}
        room.send(at(1))
    room.store.end("d-1", DrillEnd.ENDED_EARLY, "", at(1))
    (one,), _ = room.store.on(at(1))
    over = drill_step(one, (), ROTA, Outgoing(ROUTES), SETTINGS, at(1))
    assert over is not None
    room.store.commit(one.drill, over, CHANNELS, at(1))
    room.down = set()
    room.send(at(1) + 5 * MINUTE)
    assert [what for channel, what in room.got if channel == PHONE.name] == (["drill_over"] if tried else [])
    with room.board.database.read() as connection:
        folded = sa.select(sa.func.count()).select_from(outbox).where(outbox.c.folded_into.is_not(None))
        assert connection.scalar(folded) == 0


def test_an_end_that_is_asked_for_in_the_middle_of_a_step_is_not_lost(room: Practice) -> None:
    room.store.ask(asked(at(1)), 9)
    room.look(at(1))
    (one,), silences = room.store.on(at(1, 6))
    room.store.end("d-1", DrillEnd.ENDED_EARLY, "by lin", at(1, 6))
    made = drill_step(one, silences, ROTA, Outgoing(ROUTES), SETTINGS, at(1, 6))
    assert made is not None
    assert made.pages, "the second call is due"
    assert not room.store.commit(one.drill, made, CHANNELS, at(1, 6))
    room.look(at(1, 6))
    known = room.store.find("d-1")
    assert known is not None
    assert (known.drill.ended_for, known.drill.detail) == (DrillEnd.ENDED_EARLY, "by lin")


def test_a_restart_goes_on_with_it_and_sends_it_to_nobody_else(room: Practice) -> None:
    room.store.ask(asked(at(1)), 9)
    room.look(at(1))
    other = Channel("am/2", Delivery.STATE)
    everything = Route(other)
    room.deliveries.begin([PHONE, STATE, other], at(1, 1), lambda alert, _channel: everything.takes(alert))
    assert room.deliveries.due_pages(other.name, at(1, 2), 9) == ()
    room.look(at(1, 15))
    known = room.store.find("d-1")
    assert known is not None
    assert known.drill.ended_for is DrillEnd.TIME_OVER
    assert room.got[-1] == (STATE.name, "drill_over")


def test_it_is_forgotten_whole_long_after_its_end(room: Practice) -> None:
    empty = _rows(room)
    room.store.ask(asked(at(1)), 9)
    room.look(at(1))
    room.look(at(1, 15))
    room.store.forget(at(1, 15))
    assert room.store.find("d-1") is not None, "not before its time"
    room.store.forget(at(1, 16))
    left = _rows(room)
    assert {name: number for name, number in left.items() if number != empty[name] and name != "counters"} == {}


def _rows(room: Practice) -> dict[str, int]:
    with room.board.database.read() as connection:
        return {
            name: connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for name, table in metadata.tables.items()
        }


# -- nothing is counted of it ----------------------------------------------------------------------------------------


def test_nobody_who_looks_at_what_fires_sees_a_drill(room: Practice) -> None:
    database = room.board.database
    room.store.ask(asked(at(1)), 9)
    room.look(at(1))
    (key,) = Acknowledging(database).of_drill("d-1")
    views = Views(database)
    assert views.firing() == {}
    assert list(Silences(database).firing().alerts) == []
    assert Escalating(database).look(at(1, 1)).standing == ()
    assert Auditing(database).without_decision({WALL.name: at(0), PHONE.name: at(0)}, at(0)) == ()
    Acknowledging(database).acknowledge([key], "zhang", "link", "", at(1, 1))
    assert views.in_force(at(1, 1)).acknowledgements == 0
    assert views.practised(at(0)) == []
    assert [one.labels["drill"] for one in views.alerts()] == ["true"], "but `alerts list` names it"


_KEPT_APART = (alerts.name, "alert_log", outbox.name, "acknowledgements", "decisions", counters.name, "drills",
               drill_tries.name)  # fmt: skip
_OWN = ("tierwatch_alerts_sent_total", "tierwatch_alerts_send_failures_total")


def _state(room: Practice) -> dict[str, Any]:
    """All that is stored, without the drills themselves: what a report, a metric or a page could be made of.

    The database counts the rows of drills too, so the number of a row is its place among the rows that are compared,
    and a page names the digest that it went into by this place.
    """
    found: dict[str, Any] = {}
    with room.board.database.read() as connection:
        drilled = list(connection.scalars(sa.select(alerts.c.key).where(alerts.c.stage == "drill")))
        for name, table in metadata.tables.items():
            if name in ("drills", drill_tries.name):
                continue
            rows = [dict(row._mapping) for row in connection.execute(sa.select(table))]
            if name == counters.name:
                rows = [row for row in rows if row["name"] not in _OWN]
            of = next((column for column in ("alert_key", "key") if column in table.c and name in _KEPT_APART), None)
            rows = [row for row in rows if of is None or row[of] not in drilled]
            if "id" in table.c and isinstance(table.c.id.type, sa.BigInteger):
                _number_anew(rows)
            found[name] = sorted(map(str, rows))
    return found


def _number_anew(rows: list[dict[str, Any]]) -> None:
    places = {number: place for place, number in enumerate(sorted(row["id"] for row in rows))}
    for row in rows:
        row["id"] = places[row["id"]]
        if row.get("folded_into") is not None:
            row["folded_into"] = places.get(row["folded_into"], "a row of a drill")


def _happens(room: Practice, steps: list[tuple[str, int]], number: int, now: datetime) -> None:
    """What has nothing to do with the drill: tickets, and a receiver that takes nothing for a while."""
    what = steps[number][0]
    if what == "open":
        since = now - 200 * MINUTE
        room.board.hear(ticket(f"T{number}", since, "opened", event_id=f"e{number}", tier="gold"))
    elif what == "restore":
        opened = [earlier for earlier, (done, _) in enumerate(steps[:number]) if done == "open"]
        if opened:
            room.board.hear(ticket(f"T{opened[0]}", now, "resolved", event_id=f"e{number}"))
    elif what in ("fail", "take"):
        room.down = {PHONE.name} if what == "fail" else set()


STEPS = st.lists(
    st.tuples(st.sampled_from(["nothing", "open", "restore", "fail", "take", "acknowledge"]), st.integers(1, 90)),
    min_size=1,
    max_size=10,
)


INTO_A_DIGEST_BESIDE_A_DRILL = [
    ("fail", 63), ("nothing", 88), ("nothing", 25), ("open", 5), ("nothing", 5), ("nothing", 5), ("nothing", 23),
    ("restore", 1),
]  # fmt: skip


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(steps=INTO_A_DIGEST_BESIDE_A_DRILL, begins=0, quiet=False)
@given(steps=STEPS, begins=st.integers(0, 9), quiet=st.booleans())
def test_with_and_without_a_drill_all_else_is_the_same(steps: list[tuple[str, int]], begins: int, quiet: bool) -> None:
    """Readings, transitions, alerts, decisions, digests, counters: a drill in between changes none of them."""
    states = []
    for drilled in (False, True):
        with practice() as room:
            now = at(0)
            if quiet:
                row = SilenceRow("s-1", ("tier=diamond",), at(0), at(3), "lin", "works")
                Silences(room.board.database).add(row, at(0), lambda _: False)
            for number, (what, minutes) in enumerate(steps):
                now += minutes * MINUTE
                _happens(room, steps, number, now)
                if drilled and number == begins % len(steps):
                    room.store.ask(asked(now), 9)
                if drilled and what == "acknowledge":
                    acknowledging = Acknowledging(room.board.database)
                    acknowledging.acknowledge(acknowledging.of_drill("d-1"), "zhang", "link", "", now)
                room.board.work(now)
                room.look(now)
            room.look(now + 20 * MINUTE)
            if drilled:
                known = room.store.find("d-1")
                assert known is not None
                assert known.drill.over
            states.append(_state(room))
    assert states[0] == states[1]
