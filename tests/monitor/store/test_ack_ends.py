"""Acknowledgements end: who is told then, once and with the note; through a real store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from alerts.oncall import ack_ends
from alerts.oncall.escalation import Outgoing, Rota, judge
from alerts.oncall.escalation_plan import Step
from alerts.oncall.roster import Layer, Recipient, Role, Roster, Schedule
from monitor.alert import AckEnd, AckTerms, Covered
from monitor.explain import alert_as_json, alert_sentences
from monitor.messages import text
from monitor.model import Name, SubjectKey
from monitor.store.acknowledging import Acknowledging
from monitor.store.escalating import Escalating
from monitor.store.schema import acknowledgements, escalations
from monitor.store.views import Views
from tests.monitor.store.test_escalating import LEAD, NOC, PEOPLE, ROTA, ROUTES, STEPS, ZHANG, fault
from tests.support import cases
from tests.support.cases import at, ticket
from tests.support.stores import counted
from tests.support.switchboard import PHONE, WALL, Switchboard, switchboard

T1 = SubjectKey("tickets", "T1")
NOBODY = Rota(Roster(), {}, {})


class Desk:
    """A switchboard with people behind it, whose acknowledgements end."""

    def __init__(self, board: Switchboard, rota: Rota = ROTA, terms: AckTerms = AckTerms()) -> None:  # noqa: B008
        self.board, self.rota, self.terms = board, rota, terms
        self.next_at: datetime | None = None

    def work(self, now: datetime) -> None:
        self.board.work(now)
        store = Escalating(self.board.database)
        looked = store.look(now)
        judged = judge(looked, self.rota, Outgoing(ROUTES), now)
        store.commit(looked, judged, {way.channel.name: way.channel for ways in ROUTES.values() for way in ways}, now)
        self.next_at = judged.next_at

    def told(self, now: datetime) -> dict[str, list[str]]:
        """What each person's receiver, and the one of everybody, is sent now."""
        said = {channel.name: self.board.told(channel, now) for channel in (PHONE, ZHANG, LEAD)}
        return {name: lines for name, lines in said.items() if lines}

    def acknowledge(self, now: datetime, author: str = "zhang", note: str = "at it", name: str = "T1") -> int:
        store = Acknowledging(self.board.database)
        keys = store.firing(SubjectKey("tickets", name))
        return store.acknowledge(keys, author, "link", note, now, self.ending)

    def ending(self, covers: tuple[Covered, ...], author: str, now: datetime) -> AckEnd:
        return ack_ends.end_of(covers, author, self.rota.roster, tuple(self.rota.roster.teams), self.terms, now)

    def description(self, channel: str) -> str:
        return str(self.board.ears[channel].heard[-1].annotations["description"])

    @property
    def rows(self) -> list[tuple[object, ...]]:
        with self.board.database.read() as connection:
            columns = acknowledgements.c.author, acknowledgements.c.ends_at, acknowledgements.c.ended_at
            return [tuple(row) for row in connection.execute(sa.select(*columns).order_by(acknowledgements.c.id))]


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Switchboard]:
    with switchboard(tmp_path, cases.RESTORATION) as found:  # gold: 75 % at 3:00, 90 % at 3:36, due at 4:00
        found.routes = tuple(way for ways in ROUTES.values() for way in ways)
        yield found


@pytest.fixture
def desk(board: Switchboard) -> Desk:
    found = Desk(board)
    board.hear(fault("T1", 0))
    found.work(at(3))
    found.told(at(3))
    return found


def test_it_holds_half_of_what_is_left_and_then_the_person_on_duty_gets_one_page(desk: Desk) -> None:
    assert desk.acknowledge(at(3, 10)) == 1
    assert desk.rows == [("zhang", at(3, 35), None)]
    desk.work(at(3, 34))
    assert desk.told(at(3, 34)) == {}
    assert desk.next_at == at(3, 35)
    for _ in range(3):
        desk.work(at(3, 35))
    assert desk.told(at(3, 35)) == {"zhang": ["+T1/restore/used_75 ack_ended"]}
    assert desk.rows == [("zhang", at(3, 35), at(3, 35))]
    page = desk.board.ears["zhang"].heard[-1].annotations
    first, second = page["description"].splitlines()[:2]
    assert first.startswith("zhang acknowledged it 2026-01-05 03:10 +00:00: “at it”; that ended 2026-01-05 03:35")
    assert first.endswith("for its share of the time left is over.")
    assert "step 1 of 2" in second
    assert page["description_zh"].startswith("zhang 于 2026-01-05 03:10 +00:00 确认，备注“at it”；该确认已于")


def test_the_chain_goes_on_from_there_if_nobody_acknowledges_again(desk: Desk) -> None:
    desk.acknowledge(at(3, 4))
    desk.work(at(3, 32))
    assert desk.told(at(3, 32)) == {"zhang": ["+T1/restore/used_75 ack_ended"]}
    desk.work(
        at(
            3,
            45,
        )
    )
    assert desk.told(at(3, 45)) == {"phone": ["+T1/restore/used_90 worsened"]}, "a worse stage begins nothing anew"
    desk.work(at(3, 46))
    assert desk.told(at(3, 46)) == {"lead": ["+T1/restore/used_90 escalated"]}, "half of the 28 minutes that were left"
    with desk.board.database.read() as connection:
        rows = connection.execute(sa.select(escalations.c.step, escalations.c.reason).order_by(escalations.c.id)).all()
    assert (1000, "ack_ended") in [tuple(row) for row in rows]
    assert (1001, "share") in [tuple(row) for row in rows]


def test_who_acknowledges_again_holds_again_and_the_second_end_is_told_once_too(desk: Desk) -> None:
    desk.acknowledge(at(3))
    desk.work(at(3, 30))
    assert desk.told(at(3, 30)) == {"zhang": ["+T1/restore/used_75 ack_ended"]}
    assert desk.acknowledge(at(3, 32), "lead", "I take it") == 1
    desk.work(at(3, 35))
    assert desk.told(at(3, 35)) == {}
    assert desk.rows[1][:2] == ("lead", at(3, 46))


def test_one_that_is_given_before_the_end_goes_on(desk: Desk) -> None:
    desk.acknowledge(at(3))
    assert desk.acknowledge(at(3, 5)) == 0, "the same person once more"
    assert desk.acknowledge(at(3, 20)) == 1, "renewed in its second half: until 3:40"
    desk.work(at(3, 30))
    assert desk.told(at(3, 30)) == {}
    assert [row[2] for row in desk.rows] == [at(3, 30), None]
    desk.work(at(3, 35))
    assert desk.told(at(3, 35)) == {}


def test_a_worse_stage_begins_anew_with_the_holder_as_before_and_no_end_is_told_after_it(desk: Desk) -> None:
    desk.acknowledge(at(3, 30), "lead")
    desk.work(at(3, 36))
    assert "lead" in desk.told(at(3, 36)), "whoever had acknowledged is told first"
    desk.acknowledge(at(3, 37), "lead")
    desk.work(at(3, 45))
    assert "ack_ended" not in str(desk.told(at(3, 45))), "that of the stage before holds nothing any more"
    desk.work(
        at(
            3,
            48,
        )
    )
    desk.work(at(3, 49))
    assert desk.told(at(3, 49)) == {"zhang": ["+T1/restore/used_90 ack_ended"]}


def test_a_broken_promise_is_held_for_the_length(desk: Desk) -> None:
    desk.work(at(4, 1))
    desk.told(at(4, 1))
    desk.acknowledge(at(4, 2))
    assert {row[1] for row in desk.rows} == {at(5, 2)}
    desk.work(at(5, 2))
    assert desk.told(at(5, 2)) == {"zhang": ["+T1/restore/breached ack_ended"]}
    assert "for its time is over" in desk.description("zhang")


def shifts(*people: str, hours: int = 1) -> Rota:
    layer = Layer("all", people, datetime(2026, 1, 1), timedelta(hours=hours), "UTC")  # noqa: DTZ001 wall-clock time
    roster = Roster(PEOPLE, {"noc": replace(NOC, layers=(layer,))})
    return Rota(roster, {"noc": STEPS}, ROTA.tickets_of)


def test_it_ends_with_the_shift_of_its_holder_and_the_next_on_duty_is_paged(board: Switchboard) -> None:
    desk = Desk(board, shifts("zhang", "lead", hours=3))  # zhang 00:00, lead 03:00, zhang 06:00
    board.rules = cases.rules(cases.RESTORATION.replace("budget: 4h", "budget: 12h"))
    board.hear(fault("T1", -7))
    desk.work(at(2, 10))
    desk.told(at(2, 10))
    desk.acknowledge(at(2, 10), "zhang")
    assert desk.rows == [("zhang", at(3), None)], "half of what is left would be 03:35"
    desk.work(at(3))
    told = desk.told(at(3))
    assert told == {"lead": ["+T1/restore/used_75 ack_ended"]}
    assert "for the shift is over" in desk.description("lead")


def test_a_rota_that_changes_takes_it_away_at_once(desk: Desk) -> None:
    desk.acknowledge(at(3))
    desk.rota = shifts("lead", hours=24)
    desk.work(at(3, 10))
    assert desk.told(at(3, 10)) == {"lead": ["+T1/restore/used_75 ack_ended"]}
    assert desk.rows == [("zhang", at(3, 30), at(3, 10))]


def test_a_stranger_holds_no_longer_than_the_shift_that_is_on(board: Switchboard) -> None:
    desk = Desk(board, shifts("zhang", "lead"))
    board.hear(fault("T1", 0))
    desk.work(at(3))
    desk.acknowledge(at(3, 50), "chatops")
    assert desk.rows[0][1] == at(3, 55)
    desk = Desk(board, shifts("zhang", "lead"), AckTerms(1.0))
    desk.acknowledge(at(3, 51), "bot")
    assert desk.rows[1][1] == at(4), "the hand-over at 4:00"


def test_without_a_rota_the_channels_that_were_told_get_it_once_more(board: Switchboard) -> None:
    desk = Desk(board, NOBODY)
    board.hear(fault("T1", 0))
    desk.work(at(3))
    assert desk.told(at(3)) == {"phone": ["+T1/restore/used_75 first"]}
    board.told(WALL, at(3))
    desk.acknowledge(at(3))
    for _ in range(3):
        desk.work(at(3, 30))
    assert desk.told(at(3, 30)) == {"phone": ["+T1/restore/used_75 ack_ended"]}
    assert "at it" in desk.description("phone")
    assert "ack_ended" not in str(board.told(WALL, at(3, 30))), "Alertmanager repeats by itself"
    with board.database.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(escalations)) == 0, "nobody is called"


def test_a_ticket_without_a_chain_is_told_as_without_a_rota(board: Switchboard) -> None:
    desk = Desk(board, Rota(ROTA.roster, ROTA.steps, {"noc": frozenset({"core"})}))
    board.hear(fault("T1", 0))
    desk.work(at(3))
    desk.told(at(3))
    desk.acknowledge(at(3))
    desk.work(at(3, 30))
    assert desk.told(at(3, 30)) == {"phone": ["+T1/restore/used_75 ack_ended"]}


def test_after_a_stop_and_a_restart_the_end_is_told_once(desk: Desk) -> None:
    desk.acknowledge(at(3))
    again = Desk(desk.board)
    again.work(at(3, 33))
    again.work(at(3, 34))
    assert again.told(at(3, 34)) == {"zhang": ["+T1/restore/used_75 ack_ended"]}
    assert Desk(desk.board).told(at(3, 35)) == {}


def test_what_is_over_meanwhile_is_told_to_nobody_and_has_ended(desk: Desk) -> None:
    desk.acknowledge(at(3))
    desk.board.hear(ticket("T1", at(3, 20), "resolved"))
    desk.work(at(3, 20))
    desk.told(at(3, 20))
    desk.work(at(3, 30))
    assert desk.told(at(3, 30)) == {}
    assert desk.rows[0][2] == at(3, 30)
    assert Escalating(desk.board.database).next_end() is None


def test_in_a_pause_nobody_is_told_and_after_it_the_person_on_duty_is(desk: Desk) -> None:
    desk.acknowledge(at(3))
    desk.board.hear(ticket("T1", at(3, 10), "waiting", reason="customer"))
    desk.work(at(3, 10))
    desk.told(at(3, 10))
    desk.work(at(3, 30))
    assert desk.told(at(3, 30)) == {}
    desk.board.hear(ticket("T1", at(6), "working"))
    desk.work(at(6))
    assert desk.told(at(6))["zhang"] == ["+T1/restore/used_75 resumed", "+T1/restore/used_75 ack_ended"]


def test_one_from_before_the_upgrade_or_while_it_is_off_never_ends(desk: Desk) -> None:
    store = Acknowledging(desk.board.database)
    store.acknowledge(store.firing(T1), "zhang", "link", "", at(3))
    desk.work(at(3, 35))
    assert desk.told(at(3, 35)) == {}
    assert desk.rows == [("zhang", None, None)]


def test_a_first_step_of_the_breach_is_called_before_it_all_the_same(board: Switchboard) -> None:
    late = (Step(None, (Recipient(Role.ON_CALL, "noc"),)),)
    desk = Desk(board, Rota(ROTA.roster, {"noc": late}, ROTA.tickets_of))
    board.hear(fault("T1", 0))
    desk.work(at(3))
    desk.told(at(3))
    desk.acknowledge(at(3))
    desk.work(at(3, 30))
    assert desk.told(at(3, 30)) == {"zhang": ["+T1/restore/used_75 ack_ended"]}


def test_it_is_counted_and_explained(desk: Desk) -> None:
    desk.acknowledge(at(3))
    views = Views(desk.board.database)
    assert views.in_force(at(3, 10)).acknowledgements == 1
    (held,) = views.alerts_of(T1)
    assert alert_as_json(held)["acknowledged"][0]["ends_at"] == "2026-01-05T03:30:00Z"
    said = alert_sentences.acknowledged(held.acknowledged[0], "UTC")
    assert text(
        said, "en"
    ) == "acknowledged by zhang (by link), holds until 2026-01-05 03:30:00+00:00" or "holds" in text(said, "en")
    desk.work(at(3, 30))
    assert views.in_force(at(3, 30)).acknowledgements == 0
    assert counted(desk.board.database, "tierwatch_acknowledgements_ended_total") == 1
    (over,) = views.alerts_of(T1)
    assert text(alert_sentences.holds(over.acknowledged[0], "UTC"), "en") == (
        "ended 2026-01-05 03:30:00+00:00: its share of the time that was left is over"
    )
    assert "失效" in text(alert_sentences.holds(over.acknowledged[0], "UTC"), "zh")
    assert [(call.step, call.reason) for call in over.called][-1] == (1, "ack_ended")


def test_the_name_of_a_team_is_not_a_holder(board: Switchboard) -> None:
    team = Schedule("noc", Name("NOC", ""), "UTC", ("phone",))
    desk = Desk(board, Rota(Roster(PEOPLE, {"noc": team}), {"noc": STEPS}, ROTA.tickets_of))
    board.hear(fault("T1", 0))
    desk.work(at(3))
    desk.acknowledge(at(3), "noc")
    assert desk.rows == [("noc", at(3, 30), None)], "nobody is ever on duty: its share alone"
