"""Pages that wait for covered hours, through a real store: as their receivers are sent them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time
from pathlib import Path

import pytest
import sqlalchemy as sa

from alerts.decide import audit
from alerts.decide.withholding import Route
from alerts.oncall.escalation import Outgoing, Rota, judge
from alerts.oncall.escalation_plan import Step
from alerts.oncall.roster import Recipient, Role
from monitor.alert import Channel, CoveredHours, Delivery, RangOutside, Rings, SilenceRow
from monitor.explain import alert_as_json, alert_sentences
from monitor.explain import text as iso
from monitor.messages import text
from monitor.model import SubjectKey
from monitor.store.auditing import Auditing
from monitor.store.deliveries import Deliveries
from monitor.store.escalating import Escalating
from monitor.store.schema import decisions, escalations, outbox
from monitor.store.silencing import Silences
from monitor.store.views import Views
from monitor.worktime import Calendar, WorkingTime
from tests.monitor.store.test_escalating import LEAD, ROTA, ROUTES, ZHANG
from tests.support import cases
from tests.support.cases import at, ticket
from tests.support.switchboard import PHONE, WALL, Switchboard, switchboard
from tests.support.texts import exchanged

DRY = Channel("dry", Delivery.QUEUE)
T1 = SubjectKey("tickets", "T1")
LONG = exchanged(cases.RESTORATION, ("budget: 4h", "budget: 8h"))
"""Gold: 8 h. Opened at 00:00 it is at 75 % at 06:00, at 90 % at 07:12, and due at 08:00."""


def desk(opening: time, closing: time = time(18)) -> CoveredHours:
    return CoveredHours(WorkingTime(Calendar("desk", weekly={day: ((opening, closing),) for day in range(7)})))


def hour(hours: int, minutes: int = 0) -> CoveredHours:
    return desk(time(hours, minutes))


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Switchboard]:
    with switchboard(tmp_path, LONG) as found:
        covered(found, hour(7))
        yield found


def covered(board: Switchboard, hours: CoveredHours) -> None:
    board.routes = (Route(WALL, hours=hours.of_all), Route(PHONE, hours=hours), Route(DRY, shadow=True, hours=hours))
    board.settings = replace(board.settings, covered=True)


def gold(name: str = "T1", hours: float = 0, **more: str):  # type: ignore[no-untyped-def]
    return ticket(name, at(hours), "working", tier=more.pop("tier", "gold"), **more)


def held(board: Switchboard, channel: Channel = PHONE) -> list[tuple[str, datetime | None]]:
    query = sa.select(outbox.c.held_by, outbox.c.next_at).where(outbox.c.channel == channel.name)
    with board.database.read() as connection:
        return [tuple(row) for row in connection.execute(query.where(outbox.c.closed_at.is_(None)))]


def reasons(board: Switchboard) -> list[tuple[str, str]]:
    with board.database.read() as connection:
        rows = connection.execute(sa.select(decisions.c.channel, decisions.c.reason).order_by(decisions.c.id))
        return [tuple(row) for row in rows]


def test_a_page_rings_when_the_hours_begin_and_the_wall_is_told_at_once(board: Switchboard) -> None:
    board.hear(gold())
    board.work(at(6))
    assert board.told(WALL, at(6)) == ["+T1/restore/used_75 first"]
    assert board.told(PHONE, at(6)) == []
    assert held(board) == [(f"waits_for_hours/{at(7).isoformat()}", at(7))]
    assert board.told(PHONE, at(6, 59)) == []
    assert Deliveries(board.database).next_page("phone") == at(7)
    assert board.told(PHONE, at(7)) == ["+T1/restore/used_75 first"]
    assert reasons(board) == [("phone", "waits_for_hours"), ("dry", "shadow")]


def test_a_page_that_cannot_wait_rings_now(board: Switchboard) -> None:
    covered(board, hour(7, 12))
    board.hear(gold())
    board.work(at(6))
    assert board.told(PHONE, at(6)) == ["+T1/restore/used_75 first"], "90 % comes at the very instant of the opening"
    board.work(at(7, 12))
    assert board.told(PHONE, at(7, 12)) == ["+T1/restore/used_90 worsened"]


def test_after_a_restart_it_still_waits_for_the_same_instant(board: Switchboard) -> None:
    board.hear(gold())
    board.work(at(6))
    Deliveries(board.database).begin([WALL, PHONE, DRY], at(6.5))
    board.work(at(6.5))
    assert board.told(PHONE, at(6.5)) == []
    assert held(board) == [(f"waits_for_hours/{at(7).isoformat()}", at(7))]
    assert board.told(PHONE, at(7)) == ["+T1/restore/used_75 first"]


@pytest.mark.parametrize("status", ["resolved", "waiting", "cancelled"])
def test_what_ends_or_pauses_while_it_waits_is_told_to_nobody(board: Switchboard, status: str) -> None:
    board.hear(gold())
    board.work(at(6))
    board.hear(ticket("T1", at(6.5), status, reason="customer"))
    board.work(at(6.5))
    assert board.told(PHONE, at(6.5)) == []
    assert board.told(PHONE, at(8)) == []
    (told,) = Views(board.database).alerts_of(T1)
    (answer,) = [one for one in told.answers if one.channel == "phone"]
    assert answer.reason == "nothing_new"


def test_after_a_pause_it_is_decided_anew(board: Switchboard) -> None:
    board.hear(gold())
    board.work(at(6))
    board.hear(ticket("T1", at(6, 10), "waiting", reason="customer"))
    board.work(at(6, 10))
    board.hear(ticket("T1", at(20), "working"))
    board.work(at(20))
    assert board.told(PHONE, at(20)) == ["+T1/restore/used_75 resumed"], "1:50 are left, and the desk opens at seven"


def test_a_deadline_that_moves_nearer_is_decided_anew_at_once(tmp_path: Path) -> None:
    hurried = "      - {when: {tier: gold, urgency: high}, budget: 6h50m, source: test}\n"
    policy = exchanged(LONG, ("      - {when: {tier: gold}", f"{hurried}      - {{when: {{tier: gold}}"))
    with switchboard(tmp_path, policy) as board:
        covered(board, hour(7))
        board.hear(gold())
        board.work(at(6))
        assert board.told(PHONE, at(6)) == []
        board.hear(ticket("T1", at(6, 1), "working", tier="gold", urgency="high"))
        board.work(at(6, 1))
        assert held(board) == [("", at(6, 1))], "due 06:50, before the hours begin"
        assert board.told(PHONE, at(6, 1)) == ["+T1/restore/used_75 first"]


def test_a_worse_stage_that_rings_replaces_what_waits(board: Switchboard) -> None:
    covered(board, hour(7, 30))
    board.routes = tuple(replace(route, only={}) for route in board.routes)
    board.hear(gold())
    board.work(at(6))
    assert board.told(PHONE, at(6)) == ["+T1/restore/used_75 first"], "90 % comes before half past seven"
    board.hear(gold("T2", 0.5))
    covered(board, hour(7))
    board.work(at(6.5))
    assert board.told(PHONE, at(6.5)) == []
    board.hear(ticket("T2", at(6.6), "working", tier="diamond"))  # 2 h: broken at once
    board.work(at(6.6))
    assert board.told(PHONE, at(6.6)) == ["+T2/restore/breached tier_changed"]
    assert board.told(PHONE, at(7)) == [], "what waited is over"


def test_a_silence_that_ends_at_night_lets_nothing_ring_before_the_hours(board: Switchboard) -> None:
    Silences(board.database).add(silence(0, 6.5), at(0), lambda _alert: True)
    board.hear(gold())
    board.work(at(6))
    assert board.told(PHONE, at(6.5)) == []
    assert held(board) == [(f"waits_for_hours/{at(7).isoformat()}", at(7))]
    assert board.told(PHONE, at(7)) == ["+T1/restore/used_75 first"]
    assert reasons(board).count(("phone", "waits_for_hours")) == 1


def test_a_silence_that_begins_while_it_waits_holds_it_when_the_hours_begin(board: Switchboard) -> None:
    board.hear(gold())
    board.work(at(6))
    Silences(board.database).add(silence(6.5, 7.1), at(6.5), lambda _alert: True)
    assert board.told(PHONE, at(7)) == []
    assert held(board) == [("silenced/s1", at(7.1))]
    assert board.told(PHONE, at(7.1)) == ["+T1/restore/used_75 first"]


def silence(begins: float, ends: float) -> SilenceRow:
    return SilenceRow("s1", ("tier=gold",), at(begins), at(ends), "lin", "work")


def test_what_joins_a_root_cause_while_it_waits_does_not_ring_beside_it(board: Switchboard) -> None:
    board.hear(gold(circuit="C1"))
    board.work(at(6))
    board.hear(gold("T2", 0.1, circuit="C1"))
    board.work(at(6.1))
    assert board.told(PHONE, at(6.1)) == ["+RootCause/1 first"], "a root cause never waits"
    assert board.told(PHONE, at(7)) == []
    assert sorted(word for word, _ in held(board)) == ["grouped/cause1", "grouped/cause1"]


def test_the_audit_knows_why_it_was_not_sent(board: Switchboard) -> None:
    board.hear(gold())
    board.work(at(6))
    store, channels = Auditing(board.database), {"phone": at(0), "wall": at(0)}
    board.told(WALL, at(6))
    assert audit.audit(store, board.rules, channels, at(0), at(0), at(6.9)) == ()
    (late,) = audit.audit(store, board.rules, channels, at(0), at(0), at(7.2))
    assert late.channel == "phone", "five minutes after the hours began it should have been sent"


def test_it_is_counted_and_explained(board: Switchboard) -> None:
    board.hear(gold())
    board.work(at(6))
    health = {one.channel: dict(one.held) for one in Views(board.database).channels(at(6))}
    assert health["phone"]["waits_for_hours"] == 1
    (told,) = Views(board.database).alerts_of(T1)
    phone, dry = told.withheld
    assert text(alert_sentences.withheld(phone, "Asia/Shanghai"), "en") == (
        "not sent, waits for covered hours, until 2026-01-05 15:00:00+08:00"
    )
    assert text(alert_sentences.withheld(dry, "UTC"), "en").startswith(
        "not sent, the receiver is in shadow, until 2026"
    )
    (answer,) = [one for one in told.answers if one.channel == "phone"]
    assert text(alert_sentences.answer(answer, "UTC"), "zh") == "等待值守时段，2026-01-05 07:00:00+00:00 发送"
    (practised,) = Views(board.database).practised(at(0))
    assert practised["detail"] == f"waits_for_hours/{at(7).isoformat()}"


def test_why_it_rang_outside_the_hours_is_explained_in_every_form(board: Switchboard) -> None:
    covered(board, hour(17))
    board.hear(gold())
    board.work(at(6))
    assert board.told(PHONE, at(6)) == board.told(WALL, at(6)) == ["+T1/restore/used_75 first"]
    board.work(at(7, 12))
    assert board.told(PHONE, at(7, 12)) == ["+T1/restore/used_90 worsened"]
    first, second = Views(board.database).alerts_of(T1)
    for told, why, what, zh in (
        (first, "stage", "the stage used_90 comes 2026-01-05 07:12:00+00:00, before they begin", "阶段 used_90"),
        (second, "deadline", "the deadline 2026-01-05 08:00:00+00:00 comes before they begin", "截止 2026-01-05 08:00"),
    ):
        (phone,) = [one for one in told.answers if one.channel == "phone"]
        assert f"rings outside covered hours, for {what}" in text(alert_sentences.answer(phone, "UTC"), "en")
        assert f"在值守时段之外通知：{zh}" in text(alert_sentences.answer(phone, "UTC"), "zh")
        said = {one["channel"]: one["rings_outside_hours"] for one in alert_as_json(told)["deliveries"]}
        assert (said["phone"]["why"], said["phone"]["hours_begin"]) == (why, iso(at(17)))
        assert what in said["phone"]["sentence"]["en"]
        assert said.get("wall") is None, "it has no hours"


def test_what_is_kept_of_a_page_that_rang_is_read_as_it_was() -> None:
    for why in Rings:
        for before, opens, stage in ((None, None, ""), (at(1), at(2), ""), (at(1), at(2), "a|b")):
            rang = RangOutside(why, before, opens, stage)
            assert RangOutside.of(rang.stored) == rang
    assert RangOutside.of("") is None


# -- people ----------------------------------------------------------------------------------------------------------


def look(board: Switchboard, now: datetime, hours: CoveredHours, rota: Rota = ROTA) -> datetime | None:
    store = Escalating(board.database)
    looked = store.look(now)
    judged = judge(looked, rota, Outgoing(ROUTES, hours=hours.of_all), now)
    channels = {way.channel.name: way.channel for ways in ROUTES.values() for way in ways}
    store.commit(looked, judged, channels, now)
    return judged.next_at


def test_a_chain_begins_when_the_page_does_and_then_goes_on_whatever_the_hour(board: Switchboard) -> None:
    closes_soon = CoveredHours(None, {"gold": WorkingTime(Calendar("tier", weekly={0: ((time(7), time(7, 5)),)}))})
    board.hear(gold())
    board.work(at(6))
    assert look(board, at(6), closes_soon) == at(6, 0.5), "it looks again: the hours may have changed"
    with board.database.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(escalations)) == 0
    look(board, at(7), closes_soon)
    assert board.told(ZHANG, at(7)) == ["+T1/restore/used_75 escalated"]
    look(board, at(7.5), closes_soon)
    assert board.told(LEAD, at(7.5)) == ["+T1/restore/used_75 escalated"], "half of what was left, outside the hours"


def test_hours_of_a_receiver_hold_no_step_and_a_step_replaces_what_waits_there(board: Switchboard) -> None:
    board.hear(gold())
    board.work(at(6))
    look(board, at(6), hour(7))
    assert board.told(ZHANG, at(6)) == ["+T1/restore/used_75 escalated"]

    contact = (Step(0.0, (Recipient(Role.ON_CALL, "noc"),)), Step(0.1, (Recipient(Role.CONTACT, "noc"),)))
    rota = Rota(ROTA.roster, {"noc": contact}, ROTA.tickets_of)
    assert board.told(PHONE, at(6, 12)) == []
    look(board, at(6, 12), hour(7), rota)
    assert board.told(PHONE, at(6, 12)) == ["+T1/restore/used_75 escalated"]
    assert board.told(PHONE, at(7)) == []
    assert ("phone", "replaced") in reasons(board)
