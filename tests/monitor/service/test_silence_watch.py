"""What silences hide is told to their authors, and what receivers lost is told again: on a real store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from alerts.decide.receiver_lists import Listing
from alerts.decide.routing import RouteTable, silence_of
from alerts.decide.silences import Silence
from monitor.alert.alert import Alert, Channel, SilenceRow
from monitor.errors import DeliveryError
from monitor.model import SubjectKey
from monitor.service.silence_watch import SilenceWatch
from monitor.store.deliveries import Deliveries
from monitor.store.silencing import Silences
from monitor.store.views import Views
from tests.support import cases
from tests.support.cases import at, ticket
from tests.support.switchboard import PHONE, WALL, Switchboard, switchboard

TOLD, OVER = "+SilencedBreach/ first", "-SilencedBreach/ restored"


@dataclass(slots=True)
class Peer:
    """A receiver that lists what the test says."""

    silences: dict[str, Silence] = field(default_factory=dict)
    alerts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    silent: bool = False

    def listed(self, channel: Channel, instance: str, now: datetime) -> Listing:
        assert instance == "north"
        if self.silent:
            raise DeliveryError("it does not answer")
        return Listing(dict(self.alerts), dict(self.silences))

    def holds(self, *alerts: Alert, until: float | None = None) -> None:
        """These, under a silence of its own where *until* is given."""
        names = () if until is None else ("am1",)
        self.alerts = {alert.key: names for alert in alerts}
        if until is not None:
            self.silences = {"am1": Silence("am1", (), at(0), at(until), "wang", "works", foreign=True)}


@dataclass(slots=True)
class Desk:
    board: Switchboard
    peers: dict[Channel, Peer] = field(default_factory=dict)
    tiers: frozenset[str] = frozenset({"diamond", "gold"})
    loop: SilenceWatch = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        board = self.board
        router = RouteTable(board.routes, lambda: board.settings, lambda: f"cause{next(board.names)}")
        self.loop = SilenceWatch(board.database, router, lambda: board.settings, self.tiers, self.peers)

    def silence(self, name: str = "s1", *matchers: str, since: float = 0, until: float = 9) -> None:
        row = SilenceRow(name, matchers or ("tier=gold",), at(since), at(until), "lin", "works")
        Silences(self.board.database).add(row, at(0), silence_of(row).fits)

    def fault(self, name: str = "T1", now: float = 3, tier: str = "gold", circuit: str = "") -> None:
        self.board.hear(ticket(name, at(0), "working", tier=tier, circuit=circuit))
        self.board.work(at(now))

    def firing(self) -> list[Alert]:
        return [alert for alert, _ in Silences(self.board.database).firing().alerts]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with switchboard(tmp_path, cases.RESTORATION) as board:
        yield Desk(board)


def test_a_breach_that_a_silence_would_hide_is_told_to_its_author_by_every_way(desk: Desk) -> None:
    desk.silence()
    desk.fault()
    assert desk.loop.look(at(3))
    assert desk.board.told(PHONE, at(3)) == [TOLD]
    assert desk.board.told(WALL, at(3)) == [TOLD]
    (told,) = desk.board.ears["phone"].heard
    assert (told.labels["silence"], told.labels["ticket"], told.annotations["author"]) == ("s1", "T1", "lin")
    assert not desk.loop.look(at(3.1)), "once is enough"


def test_a_silence_that_ends_before_the_deadline_wakes_nobody(desk: Desk) -> None:
    desk.silence(until=4)
    desk.fault()
    assert not desk.loop.look(at(3))
    assert desk.board.told(PHONE, at(3)) == []


def test_other_tiers_may_be_silenced(desk: Desk) -> None:
    desk.tiers = frozenset({"diamond"})
    desk.start()
    desk.silence()
    desk.fault()
    assert not desk.loop.look(at(3))


def test_a_breach_that_happened_under_a_silence_counts_too(desk: Desk) -> None:
    desk.silence()
    desk.fault(now=5)
    assert desk.loop.look(at(5))
    assert desk.board.told(PHONE, at(5)) == [TOLD]
    assert "breached, was due 2026-01-05 12:00 +08:00" in desk.board.ears["phone"].heard[-1].annotations["summary"]


def test_it_ends_with_the_clock(desk: Desk) -> None:
    desk.silence()
    desk.fault()
    desk.loop.look(at(3))
    desk.board.told(PHONE, at(3))
    desk.board.hear(ticket("T1", at(3.5), "resolved"))
    desk.board.work(at(3.5))
    assert desk.loop.look(at(3.5))
    assert desk.board.told(PHONE, at(3.5)) == [OVER]


def test_it_ends_with_the_silence_and_the_page_itself_goes_out(desk: Desk) -> None:
    desk.silence()
    desk.fault()
    desk.loop.look(at(3))
    desk.board.told(PHONE, at(3))
    Silences(desk.board.database).end("s1", at(3.5), lambda _: None)
    assert desk.loop.look(at(3.5))
    assert sorted(desk.board.told(PHONE, at(3.5))) == ["+T1/restore/used_75 first", "-SilencedBreach/ silence_ended"]


def test_a_silence_that_begins_or_ends_rings_although_nobody_is_woken(desk: Desk) -> None:
    assert not desk.loop.look(at(1))
    desk.silence("s1", "ticket=T9", since=2, until=3)
    assert not desk.loop.look(at(1.5))
    assert desk.loop.look(at(2))
    assert not desk.loop.look(at(2.5))
    assert desk.loop.look(at(3))


def test_it_looks_only_every_few_seconds(desk: Desk) -> None:
    assert not desk.loop.look(at(3))
    desk.silence()
    desk.fault()
    assert not desk.loop.look(at(3, 1 / 60))
    assert desk.loop.look(at(3, 5 / 60))
    desk.silence("s2", "ticket=T1", until=12)
    assert desk.loop.look(at(2)), "a machine's clock that was set back does not stop it"


def test_the_same_silence_over_a_tier_and_a_whole_circuit_is_told_for_each_clock(desk: Desk) -> None:
    desk.silence("s1", "tier=gold")
    desk.board.hear(*(ticket(name, at(0), "working", tier="gold", circuit="C1") for name in ("T1", "T2")))
    desk.board.work(at(3))
    assert desk.loop.look(at(3))
    assert desk.board.told(PHONE, at(3)) == [TOLD, TOLD]


def test_a_silence_of_one_member_hides_nothing_that_the_cause_tells(desk: Desk) -> None:
    desk.silence("s1", "ticket=T1")
    desk.board.hear(*(ticket(name, at(0), "working", tier="gold", circuit="C1") for name in ("T1", "T2")))
    desk.board.work(at(3))
    assert not desk.loop.look(at(3))
    assert desk.board.told(PHONE, at(3)) == ["+RootCause/1 first"]


def test_whom_it_is_about_can_be_explained(desk: Desk) -> None:
    desk.silence()
    desk.fault()
    desk.loop.look(at(3))
    told = Views(desk.board.database).alerts_of(SubjectKey("tickets", "T1"))
    assert [(alert.target, alert.stage, alert.state) for alert in told] == [
        ("restore", "silenced", "firing"),
        ("restore", "used_75", "firing"),
    ]
    assert {one.reason for one in told[1].withheld} == {"silenced"}


# -- what receivers hold ---------------------------------------------------------------------------------------------


@pytest.fixture
def peer(desk: Desk) -> Peer:
    """The wall, as a receiver that can be asked."""
    found = Peer()
    desk.peers = {WALL: found}
    desk.start()
    return found


def test_what_the_receiver_lost_is_counted_and_told_again(desk: Desk, peer: Peer) -> None:
    desk.fault()
    desk.board.told(WALL, at(3))
    assert desk.loop.unconfirmed == {"wall": 0}
    assert desk.loop.ask(WALL, at(3, 0.5))
    assert desk.loop.unconfirmed == {"wall": 1}
    assert desk.board.told(WALL, at(3, 0.5)) == ["+T1/restore/used_75 first"]
    peer.holds(*desk.firing())
    assert not desk.loop.ask(WALL, at(3, 1.5))
    assert desk.loop.unconfirmed == {"wall": 0}


def test_what_was_not_accepted_yet_is_not_missed(desk: Desk, peer: Peer) -> None:
    desk.fault()
    assert not desk.loop.ask(WALL, at(3))
    assert Deliveries(desk.board.database).next_page("wall") == at(3)


def test_a_receiver_that_cannot_be_asked_changes_nothing(desk: Desk, peer: Peer) -> None:
    desk.fault()
    desk.board.told(WALL, at(3))
    assert desk.loop.ask(WALL, at(3))
    desk.board.told(WALL, at(3))
    peer.silent = True
    assert not desk.loop.ask(WALL, at(3, 1))
    assert desk.loop.unconfirmed == {"wall": 1}
    assert desk.board.told(WALL, at(3, 0.5)) == []


def test_what_a_receivers_own_silence_hides_is_told_to_its_author(desk: Desk, peer: Peer) -> None:
    desk.fault()
    peer.holds(*desk.firing(), until=9)
    desk.loop.ask(WALL, at(3))
    assert desk.loop.look(at(3))
    assert TOLD in desk.board.told(PHONE, at(3))
    (told,) = (one for one in desk.board.ears["phone"].heard if one.labels["alertname"] == "TierwatchSilencedBreach")
    assert (told.labels["silence"], told.annotations["author"]) == ("am1", "wang")
    assert "amtool silence expire am1" in told.annotations["description"]
    assert desk.loop.suppressed_due == {"gold": 1}


def test_every_tier_is_counted_and_only_the_high_ones_wake(desk: Desk, peer: Peer) -> None:
    desk.tiers = frozenset({"diamond"})
    desk.start()
    desk.fault()
    peer.holds(*desk.firing(), until=9)
    desk.loop.ask(WALL, at(3))
    assert not desk.loop.look(at(3))
    assert desk.loop.suppressed_due == {"gold": 1}


def told_of_a_hidden_breach(desk: Desk, peer: Peer) -> None:
    """Gold is about to break under a silence of the receiver's own, and its author was told."""
    desk.fault()
    peer.holds(*desk.firing(), until=9)
    desk.loop.ask(WALL, at(3))
    desk.loop.look(at(3))
    desk.board.told(PHONE, at(3))


def test_it_ends_when_the_receiver_withholds_it_no_more(desk: Desk, peer: Peer) -> None:
    told_of_a_hidden_breach(desk, peer)
    peer.silent = True
    desk.loop.ask(WALL, at(3.1))
    assert not desk.loop.look(at(3.1)), "no answer is no evidence"
    peer.silent = False
    peer.holds(*desk.firing())
    peer.silences = {}
    desk.loop.ask(WALL, at(3.2))
    assert desk.loop.look(at(3.2))
    assert desk.board.told(PHONE, at(3.2)) == ["-SilencedBreach/ silence_ended"]
    assert desk.loop.suppressed_due == {}


def test_after_a_start_it_stands_until_the_receiver_was_asked(desk: Desk, peer: Peer) -> None:
    told_of_a_hidden_breach(desk, peer)
    desk.start()
    assert not desk.loop.look(at(3.1))
    peer.holds(*desk.firing())
    peer.silences = {}
    desk.loop.ask(WALL, at(3.2))
    assert desk.loop.look(at(3.2))
    assert desk.board.told(PHONE, at(3.2)) == ["-SilencedBreach/ silence_ended"]


def test_after_a_start_it_ends_with_its_clock_although_the_receiver_is_silent(desk: Desk, peer: Peer) -> None:
    told_of_a_hidden_breach(desk, peer)
    desk.start()
    desk.board.hear(ticket("T1", at(3.5), "resolved"))
    desk.board.work(at(3.5))
    assert desk.loop.look(at(3.5))
    assert sorted(desk.board.told(PHONE, at(3.5))) == [OVER, "-T1/restore/used_75 restored"]
