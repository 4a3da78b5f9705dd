"""People are called, hear what became of it, and acknowledge: through a real store, as their receivers hear it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.decide.withholding import Route
from alerts.oncall.escalation import Outgoing, Rota, judge
from alerts.oncall.escalation_plan import Step, StepReason
from alerts.oncall.roster import Layer, Person, Recipient, Role, Roster, Schedule
from monitor.alert.alert import Channel, Delivery
from monitor.explain import alert_as_json, alert_sentences
from monitor.messages import in_every_language
from monitor.model import Name, SubjectKey
from monitor.store.acknowledging import Acknowledging
from monitor.store.escalating import Escalating
from monitor.store.schema import escalations, silences
from monitor.store.views import Views
from tests.support import cases
from tests.support.cases import at, ticket
from tests.support.switchboard import PHONE, WALL, Switchboard, switchboard

ZHANG, LEAD = Channel("zhang", Delivery.QUEUE), Channel("lead", Delivery.QUEUE)
PEOPLE = {name: Person(name, Name(name, name), "UTC", (name,)) for name in ("zhang", "lead")}
NOC = Schedule(
    "noc", Name("NOC", ""), "UTC", ("phone",),
    (Layer("all", ("zhang",), datetime(2026, 1, 1), timedelta(days=7), "UTC"),),  # noqa: DTZ001 wall-clock time
)  # fmt: skip
STEPS = (Step(0.0, (Recipient(Role.ON_CALL, "noc"),)), Step(0.5, (Recipient(Role.PERSON, "lead"),)))
ROTA = Rota(Roster(PEOPLE, {"noc": NOC}), {"noc": STEPS}, {"noc": frozenset()})
ROUTES = {
    "wall": (Route(WALL),),
    "phone": (Route(PHONE),),
    "zhang": (Route(ZHANG, personal=True),),
    "lead": (Route(LEAD, personal=True),),
}


@dataclass
class Desk:
    """A switchboard with people behind it."""

    board: Switchboard
    rota: Rota = ROTA
    heard: dict[str, list[str]] = field(default_factory=dict)

    def hear(self, *events: object) -> None:
        self.board.hear(*events)  # type: ignore[arg-type]

    def work(self, now: datetime) -> None:
        self.board.work(now)
        store = Escalating(self.board.database)
        looked = store.look(now)
        judged = judge(looked, self.rota, Outgoing(ROUTES), now)
        store.commit(looked, judged, {way.channel.name: way.channel for ways in ROUTES.values() for way in ways}, now)

    def told(self, channel: Channel, now: datetime) -> list[str]:
        said = self.board.told(channel, now)
        self.heard.setdefault(channel.name, []).extend(said)
        return said

    def acknowledge(self, now: datetime, author: str = "zhang", subject: str = "T1") -> int:
        store = Acknowledging(self.board.database)
        return store.acknowledge(store.firing(SubjectKey("tickets", subject)), author, "link", "at it", now)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with switchboard(tmp_path, cases.RESTORATION) as board:
        board.routes = tuple(way for ways in ROUTES.values() for way in ways)
        yield Desk(board)


def fault(name: str, hours: float, circuit: str = "", **more: str):  # type: ignore[no-untyped-def]
    return ticket(name, at(hours), "working", tier="gold", circuit=circuit, **more)


def test_the_engineer_first_then_the_lead_by_half_of_what_was_left(desk: Desk) -> None:
    desk.hear(fault("T1", 0))
    desk.work(at(3))
    assert desk.told(PHONE, at(3)) == ["+T1/restore/used_75 first"]
    assert desk.told(ZHANG, at(3)) == ["+T1/restore/used_75 escalated"]
    assert desk.told(LEAD, at(3)) == []
    desk.work(at(3.49))
    assert desk.told(LEAD, at(3.49)) == []
    for _ in range(3):
        desk.work(at(3.5))
    assert desk.told(LEAD, at(3.5)) == ["+T1/restore/used_75 escalated"]
    assert desk.told(ZHANG, at(3.5)) == []
    with desk.board.database.read() as connection:
        rows = connection.execute(sa.select(escalations.c.step, escalations.c.person, escalations.c.reason)).all()
    assert [tuple(row) for row in rows] == [(-1, "", "begun"), (0, "noc/zhang", "share"), (1, "noc/lead", "share")]


def test_an_acknowledgement_stops_it_and_a_worse_stage_begins_again(desk: Desk) -> None:
    desk.hear(fault("T1", 0))
    desk.work(at(3))
    desk.told(ZHANG, at(3))
    assert desk.acknowledge(at(3.1)) == 1
    assert desk.acknowledge(at(3.2)) == 0, "once more is no news"
    desk.work(at(3.5))
    assert desk.told(LEAD, at(3.5)) == []
    desk.work(at(3.6))
    assert desk.told(ZHANG, at(3.6)) == ["+T1/restore/used_90 escalated"]
    (told, *_) = map(alert_as_json, Views(desk.board.database).alerts_of(SubjectKey("tickets", "T1")))
    assert told["acknowledged"] == [
        {"at": "2026-01-05T03:06:00Z", "author": "zhang", "via": "link", "note": "at it"},
    ]  # fmt: skip
    assert "acknowledged by zhang" in [change["reason"] for change in told["changes"]]


def test_whoever_was_called_hears_the_end_and_nobody_else_does(desk: Desk) -> None:
    desk.hear(fault("T1", 0))
    desk.work(at(3))
    desk.told(ZHANG, at(3))
    desk.hear(ticket("T1", at(3.2), "resolved"))
    desk.work(at(3.2))
    assert desk.told(ZHANG, at(3.2)) == ["-T1/restore/used_75 restored"]
    assert desk.told(LEAD, at(3.2)) == []
    desk.work(at(9))
    assert desk.told(ZHANG, at(9)) == []


def test_a_receiver_that_was_told_anyway_hears_the_end_once(desk: Desk) -> None:
    steps = {"noc": (Step(0.0, (Recipient(Role.CONTACT, "noc"),)), Step(0.5, (Recipient(Role.CONTACT, "noc"),)))}
    desk.rota = Rota(ROTA.roster, steps, ROTA.tickets_of)
    desk.hear(fault("T1", 0))
    desk.work(at(3))
    assert desk.told(PHONE, at(3)) == ["+T1/restore/used_75 first"], "told once, not twice"
    desk.work(at(3.5))
    assert desk.told(PHONE, at(3.5)) == ["+T1/restore/used_75 escalated"]
    desk.hear(ticket("T1", at(3.55), "resolved"))
    desk.work(at(3.55))
    desk.work(at(3.56))
    assert desk.told(PHONE, at(3.56)) == ["-T1/restore/used_75 restored"]


def test_a_pause_ends_the_page_and_resuming_goes_on_where_it_was(desk: Desk) -> None:
    desk.hear(fault("T1", 0))
    desk.work(at(3))
    desk.told(ZHANG, at(3))
    desk.hear(ticket("T1", at(3.25), "waiting", reason="customer"))
    desk.work(at(3.25))
    assert desk.told(ZHANG, at(3.25)) == ["-T1/restore/used_75 paused"]
    desk.work(at(6))
    assert desk.told(LEAD, at(6)) == []
    desk.hear(ticket("T1", at(7), "working"))
    desk.work(at(7))
    assert desk.told(ZHANG, at(7)) == ["+T1/restore/used_75 resumed"]
    desk.work(at(7.24))
    assert desk.told(LEAD, at(7.24)) == []
    desk.work(at(7.25))
    assert desk.told(LEAD, at(7.25)) == ["+T1/restore/used_75 escalated"]


def test_a_ticket_that_is_opened_again_calls_again_though_it_had_been_acknowledged(desk: Desk) -> None:
    desk.hear(fault("T1", 0))
    desk.work(at(3))
    desk.told(ZHANG, at(3))
    desk.acknowledge(at(3.1))
    desk.hear(ticket("T1", at(3.2), "resolved"))
    desk.work(at(3.2))
    desk.told(ZHANG, at(3.2))
    desk.hear(ticket("T1", at(5), "working"))
    desk.work(at(5))
    assert desk.told(ZHANG, at(5)) == ["+T1/restore/used_75 escalated"]
    desk.work(at(5.4))  # half of what was left, and 90 % used: the worst that is told
    assert desk.told(LEAD, at(5.4)) == ["+T1/restore/used_90 escalated"]
    desk.hear(ticket("T1", at(5.5), "resolved"))
    desk.work(at(5.5))
    assert desk.told(ZHANG, at(5.5)) == ["-T1/restore/used_75 restored"]
    assert desk.told(LEAD, at(5.5)) == ["-T1/restore/used_90 restored"]


def test_of_a_root_cause_the_cause_is_escalated_and_its_members_are_not(desk: Desk) -> None:
    desk.hear(fault("T1", 0, "C1"), fault("T2", 0, "C1"))
    desk.work(at(3))
    assert desk.told(ZHANG, at(3)) == ["+RootCause/1 escalated"]
    desk.work(at(3.5))
    assert desk.told(LEAD, at(3.5)) == ["+RootCause/1 escalated"]
    desk.hear(ticket("T1", at(3.6), "resolved"), ticket("T2", at(3.6), "resolved"))
    desk.work(at(3.6))
    assert desk.told(ZHANG, at(3.6)) == ["-RootCause/1 restored"]
    assert desk.told(LEAD, at(3.6)) == ["-RootCause/1 restored"]


def test_who_was_called_for_several_waves_of_a_cause_hears_of_one_end(desk: Desk) -> None:
    desk.hear(fault("T1", 0, "C1"), fault("T2", 0, "C1"))
    desk.work(at(3))
    assert desk.told(ZHANG, at(3)) == ["+RootCause/1 escalated"]
    desk.work(at(4, 1))
    assert desk.told(ZHANG, at(4, 1)) == [], "the steps go on; they do not begin anew"
    desk.hear(ticket("T1", at(4.2), "resolved"), ticket("T2", at(4.2), "resolved"))
    desk.work(at(4.2))
    assert desk.told(ZHANG, at(4.2)) == ["-RootCause/1 restored"]
    desk.work(at(4.3))
    assert desk.told(ZHANG, at(4.3)) == []


def test_who_was_called_before_there_was_a_cause_hears_of_the_cause_too(desk: Desk) -> None:
    desk.hear(fault("T1", 0, "C1"))
    desk.work(at(3))
    assert desk.told(ZHANG, at(3)) == ["+T1/restore/used_75 escalated"]
    desk.hear(fault("T2", 0.3, "C1"))
    desk.work(at(3.3))
    assert desk.told(ZHANG, at(3.3)) == ["+RootCause/1 escalated"]
    desk.work(at(3.55))
    assert desk.told(LEAD, at(3.55)) == [], "half of what was left for T1, and it is grouped"


def test_a_silence_calls_nobody(desk: Desk) -> None:
    row = {
        "id": "s1", "matchers": ["tier=gold"], "starts_at": at(0), "ends_at": at(3.2), "author": "lin",
        "reason": "works", "maintenance": False, "created_at": at(0),
    }  # fmt: skip
    with desk.board.database.write() as connection:
        connection.execute(sa.insert(silences).values(**row))
    desk.hear(fault("T1", 0))
    desk.work(at(3))
    assert desk.told(ZHANG, at(3)) == []
    desk.work(at(3.2))
    assert desk.told(ZHANG, at(3.2)) == ["+T1/restore/used_75 escalated"]


def test_an_old_link_acknowledges_nothing_that_was_told_since(desk: Desk) -> None:
    desk.hear(fault("T1", 0))
    desk.work(at(3))
    store = Acknowledging(desk.board.database)
    (old,) = store.firing(SubjectKey("tickets", "T1"))
    found = store.find(old)
    assert found is not None
    assert not found.passed
    desk.work(at(3.7))  # 90 % were used at 3:36, and the lead was due at 3:30
    desk.told(LEAD, at(3.7))
    found = store.find(old)
    assert found is not None
    assert found.passed
    assert store.find("no such alert") is None


def test_hostile_words_of_an_acknowledgement_stay_one_short_line(desk: Desk) -> None:
    desk.hear(fault("T1", 0))
    desk.work(at(3))
    store = Acknowledging(desk.board.database)
    (key,) = store.firing(SubjectKey("tickets", "T1"))
    store.acknowledge([key], "a\n\u202e" + "b" * 500, "api", "n\r\n" * 900, at(3.1))
    found = store.find(key)
    assert found is not None
    (said,) = found.acknowledged
    assert said.author == "a " + "b" * 98
    assert len(said.note) == 500
    assert "\n" not in said.note
    assert store.acknowledge(["unknown"], "x", "api", "", at(3.2)) == 0


LIVES = st.lists(
    st.tuples(st.sampled_from(["working", "waiting", "resolved", "ack", "pass"]), st.integers(1, 50)), max_size=6
)


@given(LIVES)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_who_was_told_of_a_beginning_hears_of_its_end(
    tmp_path_factory: pytest.TempPathFactory, lives: list[tuple[str, int]]
) -> None:
    with switchboard(tmp_path_factory.mktemp("life"), cases.RESTORATION) as board:
        board.routes = tuple(way for ways in ROUTES.values() for way in ways)
        desk, minute = Desk(board), 179
        desk.hear(fault("T1", 0))
        for what, minutes in [*lives, ("resolved", 5), ("pass", 1)]:
            minute += minutes
            now = at(0, minute)
            if what == "ack":
                desk.acknowledge(now)
            elif what != "pass":
                desk.hear(ticket("T1", now, what, reason="customer" if what == "waiting" else None))
            desk.work(now)
            for channel in (ZHANG, LEAD, PHONE):
                desk.told(channel, now)
    for heard in desk.heard.values():
        standing = set()
        for line in heard:
            name = line[1:].split()[0]
            standing ^= {name} if (line[0] == "+") is (name not in standing) else set()
        assert not standing, heard


def test_who_acknowledges_before_the_first_step_is_taken_is_heard(desk: Desk) -> None:
    """The first page carries a link, and a program answers at once; the steps are judged a moment later."""
    desk.hear(fault("T1", 0))
    desk.board.work(at(3))
    assert desk.told(PHONE, at(3)) == ["+T1/restore/used_75 first"]
    assert desk.acknowledge(at(3), author="lin") == 1
    for hours in (3.01, 3.5, 3.59):
        desk.work(at(hours))
        assert (desk.told(ZHANG, at(hours)), desk.told(LEAD, at(hours))) == ([], [])
    desk.work(at(3.6))
    assert desk.told(ZHANG, at(3.6)) == ["+T1/restore/used_90 escalated"], "a worse stage begins anew"


def test_an_acknowledgement_of_another_life_is_not_heard_and_an_early_one_of_this_life_is(desk: Desk) -> None:
    desk.hear(fault("T1", 0))
    desk.work(at(3))
    assert desk.told(ZHANG, at(3)) == ["+T1/restore/used_75 escalated"]
    desk.acknowledge(at(3.1))
    desk.hear(ticket("T1", at(3.2), "resolved"))
    desk.work(at(3.2))
    desk.told(ZHANG, at(3.2))
    desk.hear(ticket("T1", at(3.3), "working"))
    desk.work(at(3.3))
    assert desk.told(ZHANG, at(3.3)) == ["+T1/restore/used_75 escalated"], "what was said of its former life is over"
    desk.hear(ticket("T1", at(3.35), "resolved"))
    desk.work(at(3.35))
    desk.told(ZHANG, at(3.35))
    desk.hear(ticket("T1", at(3.4), "working"))
    desk.board.work(at(3.4))
    assert desk.acknowledge(at(3.4), author="lin") == 1
    desk.work(at(3.41))
    assert desk.told(ZHANG, at(3.41)) == []


def answering(rota: Rota, minutes: int) -> Rota:
    """The lead is called where nobody answers for so long."""
    steps = (STEPS[0], Step(None, (Recipient(Role.PERSON, "lead"),), unanswered=timedelta(minutes=minutes)))
    return Rota(rota.roster, {"noc": steps}, rota.tickets_of)


def test_unanswered_counts_from_when_the_page_of_the_step_before_was_accepted(desk: Desk) -> None:
    desk.rota = answering(ROTA, 10)
    desk.hear(fault("T1", 0))
    desk.work(at(3))
    assert desk.told(ZHANG, at(3, 6)) == ["+T1/restore/used_75 escalated"], "accepted after six minutes"
    desk.work(at(3, 15))
    assert desk.told(LEAD, at(3, 15)) == []
    desk.work(at(3, 16))
    assert desk.told(LEAD, at(3, 16)) == ["+T1/restore/used_75 escalated"]


def test_a_page_that_is_never_accepted_holds_up_the_next_step_no_longer_than_an_answer_would(desk: Desk) -> None:
    desk.rota = answering(ROTA, 10)
    desk.hear(fault("T1", 0))
    desk.work(at(3))
    desk.told(PHONE, at(3))  # another receiver's acceptance is no sign of the one who was called
    desk.work(at(3, 9.9))
    assert desk.told(LEAD, at(3, 9.9)) == []
    desk.work(at(3, 10))
    assert desk.told(LEAD, at(3, 10)) == ["+T1/restore/used_75 escalated"]
    with desk.board.database.read() as connection:
        reasons = connection.scalars(sa.select(escalations.c.reason).where(escalations.c.step >= 0)).all()
    assert reasons == ["share", "undelivered"]


def test_the_holder_of_a_warning_is_called_first_and_a_restart_does_not_collapse_the_chain(desk: Desk) -> None:
    desk.hear(fault("T1", 0))
    desk.work(at(3))
    desk.told(ZHANG, at(3))
    assert desk.acknowledge(at(3.1), "lead") == 1
    desk.work(at(6))  # nothing looked meanwhile: two stages and the breach have passed
    assert desk.told(LEAD, at(6)) == ["+T1/restore/breached escalated"]
    assert desk.told(ZHANG, at(6)) == []
    desk.work(at(6, 4.9))
    assert desk.told(ZHANG, at(6, 4.9)) == []
    desk.work(at(8))
    assert desk.told(ZHANG, at(8)) == ["+T1/restore/breached escalated"]
    assert desk.told(LEAD, at(8)) == []
    desk.work(at(8, 5))
    assert desk.told(LEAD, at(8, 5)) == ["+T1/restore/breached escalated"]


def test_an_explanation_lists_who_was_called_as_which_step_and_why(desk: Desk) -> None:
    desk.hear(fault("T1", 0))
    desk.work(at(3))
    desk.work(at(3.5))
    assert desk.acknowledge(at(3.55), "lead") == 1
    desk.work(at(5))
    alerts = {alert.stage: alert for alert in Views(desk.board.database).alerts_of(SubjectKey("tickets", "T1"))}
    assert alert_as_json(alerts["used_75"])["called"] == [
        {"at": "2026-01-05T03:00:00Z", "step": 1, "team": "noc", "to": "zhang", "reason": "share"},
        {"at": "2026-01-05T03:30:00Z", "step": 2, "team": "noc", "to": "lead", "reason": "share"},
    ]
    (first,) = alerts["breached"].called
    assert (first.step, first.to, first.reason) == (0, "lead", "holder")
    assert in_every_language(alert_sentences.called(first)) == {
        "en": "lead called before step 1: had acknowledged the stage before, and it got worse",
        "zh": "第1步之前通知 lead：曾确认上一阶段，情况恶化",
    }


def test_every_reason_of_a_call_has_words() -> None:
    never = {StepReason.ACKNOWLEDGED, StepReason.PAUSED, StepReason.NO_DEADLINE}
    assert alert_sentences.WHY.keys() == {why.value for why in StepReason} - {why.value for why in never}
