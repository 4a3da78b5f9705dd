"""Whoever looks on gets every transition that is committed once, in order, also after a break or a restart."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from exporters.live import LiveStream, event_id
from exporters.live.viewer import Filter
from exporters.web.live import LiveEndpoint
from exporters.web.serve import Server
from monitor.service import live
from monitor.service.live import MOST_BEHIND, MOST_MISSED, PORTION, SHOW_AT_LEAST_EVERY, LiveFeed
from monitor.snapshot import Snapshot
from monitor.store import Feed, beside, statements
from monitor.store.database import Database
from monitor.store.schema import subjects, transitions
from tests.support import snapshots
from tests.support.asked import asked
from tests.support.streams import Viewer
from tests.support.transitions import AT, many, row, store


class Site:
    """A store, whoever reads it for viewers, and the server on which they look on. `now` moves by hand."""

    def __init__(self, path: Path) -> None:
        self.now, self.snapshots, self.written = AT + timedelta(minutes=1), 0, 0
        self.database = Database(f"sqlite:///{path}")
        self.feed = LiveFeed(Feed(self.database), self.database.revision, lambda: self.now, self._published)
        self.stopping = threading.Event()
        site = LiveEndpoint(self.feed.broadcaster, lambda: self.now, "en", "UTC")
        self.feed.broadcaster.make = {"wall": lambda request: PlainTextResponse(f"{self.written} are written")}
        app = Starlette(routes=[Route("/live", site.live), Route("/of/{customer}", self._of)])
        self.server = Server(app, "127.0.0.1", 0)
        self.server.start()
        self.url = self.server.url
        self.thread = threading.Thread(target=self.feed.forever, args=[self.stopping], name="live")
        self.thread.start()

    async def _of(self, request: Request) -> LiveStream:
        wanted = Filter(customer=request.path_params["customer"])
        return LiveStream(self.feed.broadcaster, request, self.now, wanted)

    def _published(self, at: datetime, since: datetime) -> Snapshot:
        self.snapshots += 1
        return replace(snapshots.example(), at=at)

    def write(self, number: int = 1, **changes: object) -> None:
        """So many transitions, recorded now."""
        rows = [row(self.written + each + 1, recorded_at=self.now, **changes) for each in range(number)]
        self.written += number
        store(self.database, rows)

    def stop(self) -> None:
        self.stopping.set()
        self.feed.wake()
        self.thread.join()
        self.server.stop()
        self.database.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path / "tierwatch.db")
    yield made
    made.stop()


def numbers(viewer: Viewer, number: int) -> list[int]:
    return [int(event.data["subject"].removeprefix("INC")) for event in viewer.some(number)]


def test_what_is_committed_is_told_with_the_number_of_its_row(site: Site) -> None:
    site.write(2)
    with Viewer(site.url) as viewer:
        assert viewer.next("begin").id == str(event_id(2, site.now).at(site.now))
        site.write()
        (event,) = viewer.some(1)
        assert event.id == str(event_id(3, site.now))
        assert event.data == {
            "source": "desk", "subject": "INC3", "target": "restore", "cycle": 1, "kind": "breached",
            "stage": "breached", "tier": "gold", "assurance": "AAA", "at": "2026-01-05T01:00:00.250000Z",
            "recorded_at": "2026-01-05T01:01:00.250000Z", "because": "e3",
        }  # fmt: skip
        assert viewer.next("changed").id == str(event_id(3, site.now).at(site.now))


def test_a_viewer_that_was_away_gets_what_it_missed_and_nothing_twice(site: Site) -> None:
    with Viewer(site.url) as viewer:
        viewer.next("begin")
        site.write(5)
        assert numbers(viewer, 2) == [1, 2]
    site.write(3)
    with Viewer(site.url, last=viewer.last) as again:
        assert again.next("begin").data["resumed"] is True
        assert numbers(again, 6) == [3, 4, 5, 6, 7, 8]
        site.write()
        assert numbers(again, 1) == [9]


def test_whatever_the_breaks_are_every_transition_comes_once(site: Site) -> None:
    chance, last, seen = random.Random(14), "", list[int]()
    with Viewer(site.url) as first:
        last = first.next("begin").id
    writing = threading.Thread(target=_written_slowly, args=[site, chance.randrange(1 << 30)])
    writing.start()
    while len(seen) < 400:
        with Viewer(site.url, last=last) as viewer:
            seen += numbers(viewer, min(chance.choice((1, 2, 30, 90)), 400 - len(seen)))
            last = viewer.last
    writing.join()
    assert seen == list(range(1, 401))


def _written_slowly(site: Site, seed: int) -> None:
    chance = random.Random(seed)
    while site.written < 400:
        site.write(min(chance.choice((1, 1, 7, 40)), 400 - site.written))
        site.stopping.wait(0.05)


def test_a_restart_is_a_break_like_any_other(tmp_path: Path) -> None:
    path = tmp_path / "tierwatch.db"
    before = Site(path)
    with Viewer(before.url) as viewer:
        viewer.next("begin")
        before.write(3)
        assert numbers(viewer, 2) == [1, 2]
        before.stop()
    after = Site(path)
    after.written = 3
    after.write(2)
    with Viewer(after.url, last=viewer.last) as again:
        assert numbers(again, 3) == [3, 4, 5]
    after.stop()


@pytest.mark.parametrize(
    ("last", "because"),
    [
        ("nothing", "unknown"),
        ("3-1", "unknown"),
        ("99-1767574800250000", "unknown"),
        (f"{10**18 - 1}-{10**18 - 1}", "unknown"),
        ("0-0", "too_old"),
    ],
)
def test_an_id_that_says_nothing_is_answered_by_a_reset(site: Site, last: str, because: str) -> None:
    site.write(3)
    with Viewer(site.url, last=last) as viewer:
        event = viewer.next("reset")
        assert event.data == {"because": because}
        assert event.id == str(event_id(3, site.now))
        site.write()
        assert numbers(viewer, 1) == [4]


def test_whoever_was_away_for_more_than_a_day_or_missed_too_much_fetches_anew(site: Site) -> None:
    site.write(1)
    with Viewer(site.url) as viewer:
        here = viewer.next("begin").id
    site.now += timedelta(hours=23)
    site.write(1)
    with Viewer(site.url, last=here) as again:
        assert numbers(again, 1) == [2]
    site.now += timedelta(hours=2)
    with Viewer(site.url, last=here) as again:
        assert again.next("reset").data == {"because": "too_old"}
    with Viewer(site.url, last=again.last) as quiet:
        assert quiet.next("begin").data["resumed"] is True
    site.write(MOST_MISSED + 1)
    with Viewer(site.url, last=again.last) as again:
        assert again.next("reset").data == {"because": "too_many"}


def test_a_number_that_was_given_twice_is_no_place_to_go_on_from(site: Site) -> None:
    site.write(2)
    with Viewer(site.url) as viewer:
        viewer.next("begin")
        another = sa.update(transitions).where(transitions.c.id == 2)
        with site.database.write() as connection:
            connection.execute(another.values(recorded_at=site.now + timedelta(seconds=1)))
        assert viewer.next("reset").data == {"because": "unknown"}
        site.write()
        assert numbers(viewer, 1) == [3]


def test_a_past_that_is_read_in_is_not_told_row_by_row(site: Site) -> None:
    with Viewer(site.url) as viewer:
        viewer.next("begin")
        store(site.database, many(MOST_BEHIND + PORTION + 1))
        assert next(event for event in viewer.events() if event.name != "changed").data == {"because": "too_many"}
        site.written = MOST_BEHIND + PORTION + 1
        site.write()
        assert numbers(viewer, 1) == [site.written]


def test_more_than_a_portion_is_told_whole_and_in_order(site: Site) -> None:
    with Viewer(site.url) as viewer:
        viewer.next("begin")
        site.write(2 * PORTION + 3)
        assert numbers(viewer, 2 * PORTION + 3) == list(range(1, 2 * PORTION + 4))


def test_a_customer_sees_its_own_and_nothing_of_others(site: Site) -> None:
    known = [("INC1", "Harbour Bank"), ("INC2", "Other"), ("INC3", ""), ("INC5", "Harbour Bank"), ("INC6", "Other")]
    with site.database.write() as connection:
        rows = [
            {
                "source": "desk", "subject": subject, "kind": "ticket", "tier": "gold", "assurance": "AAA",
                "attributes": {"customer": customer} if customer else {}, "status": "", "circuit_state": None,
                "since": None, "rules_version": "1", "retired_at": None, "retired_by": "",
            }
            for subject, customer in known
        ]  # fmt: skip
        statements.add(connection, subjects, rows)
    with ExitStack() as stack:
        theirs = stack.enter_context(Viewer(site.url, "of/Harbour%20Bank"))
        all_of_them = stack.enter_context(Viewer(site.url))
        here = theirs.next("begin").id
        all_of_them.next("begin")
        site.write(6)
        assert numbers(all_of_them, 6) == [1, 2, 3, 4, 5, 6]
        assert numbers(theirs, 2) == [1, 5]
        changed = theirs.next("changed")
        assert set(changed.data) == {"at"}
        again = stack.enter_context(Viewer(site.url, "of/Harbour%20Bank", last=here))
        assert numbers(again, 2) == [1, 5]
        assert again.next("changed").id.startswith("6-")
        nobody = stack.enter_context(Viewer(site.url, "of/Harbour", last=here))
        assert [event.name for event in _before_changed(nobody)] == ["begin"]


def _before_changed(viewer: Viewer) -> Iterator:  # type: ignore[type-arg]
    for event in viewer.events():
        if event.name == "changed":
            return
        yield event


def test_a_part_is_shown_anew_when_something_was_committed(site: Site) -> None:
    with Viewer(site.url, "live?part=wall") as viewer:
        assert viewer.next("part").text == "0 are written"
        site.write(2)
        assert next(event for event in viewer.events() if event.text == "2 are written").name == "part"


def test_a_part_that_there_is_not_is_not_found(site: Site) -> None:
    with Viewer(site.url, "live?part=nothing") as viewer:
        assert viewer.status == 404


def test_what_a_command_writes_beside_the_program_is_told(site: Site) -> None:
    with Viewer(site.url) as viewer, closing(beside(site.database.url.render_as_string())) as other:
        viewer.next("begin")
        store(other, [row(1, recorded_at=site.now)])
        assert numbers(viewer, 1) == [1]


class Looking:
    """A feed whose thread is the test, with one viewer or none."""

    def __init__(self, database: Database) -> None:
        self.snapshots = 0
        self.feed = LiveFeed(Feed(database), database.revision, lambda: AT, self._published)

    def _published(self, at: datetime, since: datetime) -> Snapshot:
        self.snapshots += 1
        return snapshots.example()


def test_nothing_is_asked_while_nobody_looks_on_or_nothing_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Database(f"sqlite:///{tmp_path / 'tierwatch.db'}")) as database:
        looking = Looking(database)
        store(database, many(3))
        with asked(database) as found:
            assert looking.feed.round(0.0) == live.IDLE
        assert found == []
        monkeypatch.setattr(type(looking.feed.broadcaster), "viewers", 1)
        looking.feed.opening("")
        looking.feed.round(1.0)
        seconds = [2.0 + each / 4 for each in range(400)]
        before = looking.snapshots
        with asked(database) as found:
            for at in seconds:
                looking.feed.round(at)
        assert found == []
        assert looking.snapshots - before == pytest.approx(100 / SHOW_AT_LEAST_EVERY, abs=1)


@pytest.mark.parametrize("viewers", [1, 500, 5_000])
def test_whatever_is_committed_is_shown_within_a_second_while_the_thread_does_as_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, viewers: int
) -> None:
    chance, waits = random.Random(viewers), []
    with closing(Database(f"sqlite:///{tmp_path / 'tierwatch.db'}")) as database:
        looking, at, number = Looking(database), 100.0, 0
        monkeypatch.setattr(type(looking.feed.broadcaster), "viewers", viewers)
        looking.feed.opening("")
        looking.feed.round(at)
        for _ in range(60):
            pause, committed = looking.feed.round(at), None
            assert pause > 0
            if chance.random() < 0.5:  # something is committed while the thread waits
                number += 1
                committed = at + pause * chance.random()
                store(database, [row(number, recorded_at=AT + timedelta(microseconds=number))])
            at += pause
            before = looking.snapshots
            while committed is not None and looking.snapshots == before:
                pause = looking.feed.round(at)
                if looking.snapshots == before:
                    at += pause
            if committed is not None:
                waits.append(at - committed)
    most = max(live.SHOW_EVERY, live.LOOK_EVERY, viewers * live.FOR_EACH_VIEWER)
    assert len(waits) > 10
    assert max(waits) <= most + 1e-6
    assert viewers > 500 or most < 0.8


def test_a_snapshot_is_asked_for_that_is_younger_than_what_was_committed(tmp_path: Path) -> None:
    asked_since: list[datetime] = []
    times = iter(AT + timedelta(seconds=each) for each in range(100))
    with closing(Database(f"sqlite:///{tmp_path / 'tierwatch.db'}")) as database:

        def published(at: datetime, since: datetime) -> Snapshot:
            asked_since.append(since)
            return snapshots.example()

        feed = LiveFeed(Feed(database), database.revision, lambda: next(times), published)
        feed.opening("")
        feed._tell(None)
        feed._show(10.0)
        assert asked_since == [AT]
        feed._tell(None)
        feed._show(10.2)
        assert len(asked_since) == 1
        feed._show(11.1)
        assert asked_since == [AT, AT + timedelta(seconds=2)]
