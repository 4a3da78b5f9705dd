"""Repeats through a real store: the engine's thread and a receiver, minute by minute."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from alerts.decide.audit import LONGEST_UNSENT
from alerts.decide.withholding import Route
from monitor.alert.alert import Channel, Delivery, Reason, Settlement, Verdict
from monitor.alert.repeat import Repeat
from monitor.explain.alert_sentences import answer, withheld
from monitor.messages import text
from monitor.service.repeater import AT_ONCE
from monitor.store.auditing import Auditing
from monitor.store.deliveries import Deliveries
from monitor.store.schema import counters, outbox
from monitor.store.silencing import Silences
from monitor.store.views import Views
from tests.support import cases
from tests.support.cases import at, ticket
from tests.support.repeats import EVERY, T1, Room, fault
from tests.support.switchboard import PHONE, switchboard


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with switchboard(tmp_path, cases.RESTORATION) as board:
        yield Room(board)


def test_the_worst_stage_is_told_again_until_its_end_and_the_lower_ones_are_not(room: Room) -> None:
    room.board.hear(fault("T1", 0))
    assert room.through(at(2.9), at(5.1)) == [
        "3:00 +T1/restore/used_75 first",
        "3:30 +T1/restore/used_75 repeat_due",
        "3:36 +T1/restore/used_90 worsened",
        "4:01 +T1/restore/breached worsened",
        "4:31 +T1/restore/breached repeat_due",
        "5:01 +T1/restore/breached repeat_due",
    ]
    assert room.decided() == [("inhibited", "used_90"), ("inhibited", "breached")], (
        "once for each alert, however often it would be due"
    )
    said = room.board.ears["phone"].heard[-1].annotations
    assert said["summary"].endswith("(1 h 1 min ago, still open)")
    room.board.hear(ticket("T1", at(5, 10), "resolved"))
    assert room.through(at(5, 10), at(6)) == [
        "5:10 -T1/restore/breached restored", "5:10 -T1/restore/used_75 restored", "5:10 -T1/restore/used_90 restored",
    ]  # fmt: skip


def test_all_repeats_of_an_alert_are_one_row_and_each_is_counted(room: Room) -> None:
    room.board.hear(fault("T1", 0))
    room.through(at(2.9), at(6.1))
    of_phone = room.rows(outbox.c.reason, outbox.c.version)
    assert of_phone == [("first", 1), ("repeat_due", 1), ("worsened", 1), ("worsened", 1), ("repeat_due", 4)]
    counted = {(name, labels.get("reason", "")): n for name, labels, n in room.rows(*counters.c)}
    assert counted["tierwatch_alerts_withheld_total", "inhibited"] == 2
    assert counted["tierwatch_alerts_sent_total", "repeat_due"] == 5


def test_the_explanation_says_what_was_told_again_and_what_was_not(room: Room) -> None:
    room.board.hear(fault("T1", 0))
    for hours, minute in ((3, 0), (3, 36), (4, 1), (4, 31), (5, 1)):
        room.run(at(hours, minute))
    told = {alert.stage: alert for alert in Views(room.board.database).alerts_of(T1)}
    answers = [answer(one, "UTC") for one in told["breached"].answers]
    assert [text(one, "en") for one in answers] == [
        "accepted at 2026-01-05 04:01:00+00:00", "repeated, last accepted at 2026-01-05 05:01:00+00:00",
    ]  # fmt: skip
    assert text(answers[1], "zh") == "重复通知，最近于 2026-01-05 05:01:00+00:00 送达"
    (held,) = map(withheld, told["used_75"].withheld)
    assert text(held, "en") == "not sent, a worse stage of the same clock was sent instead (used_90)"
    assert text(held, "zh") == "未发送：已由同一时钟的更高阶段代表 (used_90)"


def test_without_repeat_the_store_is_not_asked(room: Room) -> None:
    room.every = None
    room.restart()
    room.board.hear(fault("T1", 0))
    assert room.through(at(3.9), at(4.9))[-1] == "4:01 +T1/restore/breached worsened"
    room.board.database.close()
    assert room.repeater.look(at(9)) is False


def test_nothing_is_asked_of_the_store_until_something_may_be_due(room: Room) -> None:
    room.board.hear(fault("T1", 0))
    room.run(at(3))
    room.repeater.look(at(3, 1))
    asked: list[str] = []
    engine = room.board.database._engine
    sa.event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    for minute in range(2, 30):
        assert room.repeater.look(at(3, minute)) is False
    assert asked == []
    assert room.repeater.look(at(3, 30)) is True


def test_an_acknowledgement_stops_it_until_the_clock_worsens(room: Room) -> None:
    room.board.hear(fault("T1", 0))
    room.run(at(3))
    room.acknowledge(at(3, 10))
    assert room.through(at(3, 11), at(4.6)) == [
        "3:36 +T1/restore/used_90 worsened",
        "4:01 +T1/restore/breached worsened",
        "4:31 +T1/restore/breached repeat_due",
    ]
    room.acknowledge(at(4, 40))
    assert room.through(at(4, 41), at(6)) == []
    room.board.hear(ticket("T1", at(6), "resolved"))
    room.run(at(6))
    room.board.hear(ticket("T1", at(6.5), "working", tier="gold"))
    reopened = room.through(at(6.5), at(7.1))
    assert [line for line in reopened if "repeat" in line] == ["7:00 +T1/restore/breached repeat_due"], "another life"


def test_a_silence_withholds_it_on_record_once_and_it_goes_on_afterwards(room: Room) -> None:
    room.board.hear(fault("T1", 0))
    for minutes in (180, 216, 241):
        room.run(at(0, minutes))
    room.silence(at(4.25), at(6.75))
    assert room.through(at(4, 2), at(6, 44)) == []
    assert room.decided() == [("inhibited", "used_90"), ("inhibited", "breached"), *[("silenced", "s1")] * 3]
    assert room.through(at(6.75), at(7.3)) == [
        "6:45 +T1/restore/breached repeat_due", "7:15 +T1/restore/breached repeat_due",
    ]  # fmt: skip


def test_a_silence_that_is_taken_back_holds_it_up_no_longer_than_half_a_minute(room: Room) -> None:
    room.board.hear(fault("T1", 0))
    room.run(at(4, 1))
    room.silence(at(4.25), at(9))
    assert room.through(at(4, 2), at(5)) == []
    Silences(room.board.database).end("s1", at(5), lambda alert: None)
    assert room.through(at(5, 1), at(5, 5)) == ["5:01 +T1/restore/breached repeat_due"]


def test_of_what_shares_a_cause_only_the_alert_of_the_cause_is_told_again(room: Room) -> None:
    room.board.hear(fault("T1", 0, circuit="C1"))
    assert room.run(at(3)) == ["+T1/restore/used_75 first"]
    room.board.hear(fault("T2", 0.1, circuit="C1"))
    assert room.through(at(3, 6), at(3, 35)) == ["3:06 +RootCause/1 first"]
    assert room.run(at(3, 36)) == ["+RootCause/1 repeat_due"]
    grouped = [detail for why, detail in room.decided() if why == "grouped"]
    assert len(grouped) == 3, "T2 and the worse stage of T1 when they came, and the repeat of T1 once"
    assert set(grouped) == {"cause1"}


def test_a_page_that_waits_is_not_doubled(room: Room) -> None:
    room.board.hear(fault("T1", 0, tier="diamond"))
    for minute in range(1, 180, 10):
        room.work(at(2, minute))
    assert room.board.told(PHONE, at(5)) == ["+T1/restore/breached first"]
    room.work(at(5.5))
    room.work(at(6))
    room.work(at(7))
    assert len(room.rows(outbox.c.id)) == 2
    assert room.board.told(PHONE, at(7)) == ["+T1/restore/breached repeat_due"]


def test_a_restart_changes_nothing_and_after_a_stop_there_is_one_repeat(room: Room) -> None:
    room.board.hear(fault("T1", 0))
    room.run(at(4, 1))
    heard = []
    for minute in range(2, 70):
        room.restart()
        heard += [(minute, line) for line in room.run(at(4, minute))]
    assert heard == [(31, "+T1/restore/breached repeat_due"), (61, "+T1/restore/breached repeat_due")]
    room.restart()
    assert room.through(at(20), at(20, 29)) == ["20:00 +T1/restore/breached repeat_due"]
    assert room.through(at(20, 30), at(20, 30)) == ["20:30 +T1/restore/breached repeat_due"]


def test_a_clock_of_the_machine_that_was_put_back_holds_nothing_up_for_long(room: Room) -> None:
    room.board.hear(fault("T1", 0))
    room.run(at(4, 1))
    assert room.repeater.look(at(400)) is True
    assert room.board.told(PHONE, at(400)) == ["+T1/restore/breached repeat_due"]
    assert room.through(at(4.5), at(4.6)) == [], "told far in the future, as far as the store knows"
    room.board.hear(fault("T2", 0.75))
    assert room.through(at(4.8), at(5.4)) == [
        "4:48 +T2/restore/breached first", "5:18 +T2/restore/breached repeat_due",
    ]  # fmt: skip


def test_what_was_refused_is_told_again_an_interval_later(room: Room) -> None:
    room.board.hear(fault("T1", 0))
    room.run(at(4, 1))
    store = Deliveries(room.board.database)
    room.work(at(4, 31))
    (page,) = store.due_pages("phone", at(4, 31), 10)
    store.settle_pages([Settlement(page, Verdict.REFUSED, None, "no", "refused")], at(4.75))
    assert room.through(at(4.75), at(5.3)) == ["5:15 +T1/restore/breached repeat_due"]


def test_what_the_receiver_was_never_told_is_not_repeated(room: Room) -> None:
    room.board.hear(fault("T1", 0))
    room.work(at(4, 1))
    store = Deliveries(room.board.database)
    (page,) = store.due_pages("phone", at(4, 1), 10)
    store.settle_pages([Settlement(page, Verdict.REFUSED, None, "no", "refused")], at(4, 1))
    assert room.through(at(4, 2), at(5)) == []


def test_an_answer_that_came_late_is_found_within_an_interval(room: Room) -> None:
    """A round that takes long is on record with the instant at which it began."""
    room.board.hear(fault("T1", 0))
    room.work(at(4, 1))
    store = Deliveries(room.board.database)
    (page,) = store.due_pages("phone", at(4, 1), 10)
    assert [room.repeater.look(at(4, minute)) for minute in range(2, 40)] == [False] * 38
    store.settle_pages([Settlement(page, Verdict.ACCEPTED, None)], at(4, 1))
    (heard,) = room.through(at(4, 40), at(5, 10))
    assert heard.endswith("+T1/restore/breached repeat_due")


def test_many_are_told_again_in_several_steps_and_each_once(room: Room) -> None:
    many = 2 * AT_ONCE + 1
    room.board.hear(*(fault(f"T{number}", 0) for number in range(many)))
    room.board.work(at(5))

    def told(now: datetime) -> list[str]:
        lines: list[str] = []
        while more := room.board.told(PHONE, now):
            lines += more
        return lines

    assert len(told(at(6))) == many
    assert [room.repeater.look(at(6.5)) for _ in range(4)] == [True, True, True, False]
    again = told(at(6.5))
    assert len(again) == len(set(again)) == many
    assert {line.rpartition(" ")[2] for line in again} == {"repeat_due"}


def test_an_alert_that_ended_while_it_was_judged_is_not_told_again(room: Room) -> None:
    room.board.hear(fault("T1", 0))
    room.run(at(4, 1))
    store, ended = room.repeater._store, ticket("T1", at(4, 29), "resolved")
    due = store.due({"phone": EVERY}, None, at(4, 31))
    looked = store.look(due.repeats, at(4, 31))
    assert [item.alert.stage for item in looked.due] == ["breached"]
    room.board.hear(ended)
    assert room.run(at(4, 31)) == ["-T1/restore/breached restored"]
    page = looked.due[0].alert
    assert store.commit([Repeat(looked.due[0], Reason.REPEAT_DUE, page)], {"phone": PHONE}, at(4, 31)) == ()


def test_in_a_pause_the_stages_ahead_of_the_breach_are_quiet(room: Room) -> None:
    room.board.hear(fault("T1", 0))
    room.run(at(3))
    room.board.hear(ticket("T1", at(3, 10), "waiting", reason="customer"))
    assert room.through(at(3, 10), at(6)) == ["3:10 -T1/restore/used_75 paused"]
    room.board.hear(ticket("T1", at(6), "working", tier="gold"))
    assert room.through(at(6), at(6.5)) == [
        "6:00 +T1/restore/used_75 resumed", "6:26 +T1/restore/used_90 worsened",
    ]  # fmt: skip


def test_the_auditor_finds_nothing_to_complain_of(room: Room) -> None:
    room.board.hear(fault("T1", 0))
    room.through(at(3.9), at(5.6))
    store, now = Auditing(room.board.database), at(5.6)
    assert store.without_decision({"phone": at(0)}, at(0)) == ()
    assert store.without_decision({"phone": at(0), "new": at(5)}, at(0)) == (), "a repeat is no news to others"
    assert store.unsent(LONGEST_UNSENT, now) == ()
    assert store.refused(at(0)) == ()


def test_who_practises_and_who_does_not_take_it_hear_nothing(room: Room) -> None:
    room.board.hear(fault("T1", 0))
    room.run(at(4, 1))
    for route in (Route(PHONE, shadow=True), Route(PHONE, {"tier": frozenset({"diamond"})})):
        room.route = route
        room.restart()
        assert room.through(at(4.5), at(6)) == []
    assert room.decided() == []


def test_another_channel_is_none_of_its_business(room: Room) -> None:
    other = Channel("other", Delivery.QUEUE)
    room.board.hear(fault("T1", 0))
    room.board.routes = (Route(PHONE), Route(other))
    room.board.work(at(4, 1))
    assert room.board.told(other, at(4, 1)) == ["+T1/restore/breached first"]
    assert room.board.told(PHONE, at(4, 1)) == ["+T1/restore/breached first"]
    assert room.repeater.look(at(5)) is True
    assert room.board.told(other, at(5)) == []
    assert room.board.told(PHONE, at(5)) == ["+T1/restore/breached repeat_due"]
