"""Who is told, when, and how often: threads 31 to 37, and finding 5."""

from __future__ import annotations

from pathlib import Path

import pytest

from alerts.delivery.outbox import RETENTION
from monitor.clock.engine import advance
from monitor.config.policy_file import DEFAULT_STAGES
from monitor.model import State
from monitor.store.deliveries import Deliveries
from tests.lessons.stories import (
    OFFICE,
    QUEUE,
    STATE,
    H,
    M,
    every,
    happened,
    installation,
    promise,
    read,
    rules,
    ticket,
    utc,
)  # fmt: skip
from tests.support.desk import Desk, brief
from tests.support.texts import exchanged

GOLD = ticket("T1", utc("2026-03-02 08:00"), "new", tier="gold")  # 4 h: 11:00, 11:36, 12:00


def test_glpi_1996_mails_do_not_go_on_forever(tmp_path: Path) -> None:
    """Opened 08:00, resolved 14:00, looked at every 5 minutes for a day. The phone rings once for 75 % (11:00), once
    for 90 % (11:36, seen 11:40), once for the breach (after 12:00, seen 12:05), and hears once of each end at 14:00.
    The wall, which wants states again and again, hears nothing any more a quarter of an hour after the end."""
    told: list[tuple[str, str]] = []
    resolved = utc("2026-03-02 14:00")
    with installation(tmp_path, rules()) as here:
        here.hear(GOLD.at, GOLD)
        for now in every(utc("2026-03-02 08:00"), utc("2026-03-03 08:00"), 5 * M):
            if now == resolved:
                here.hear(now, ticket("T1", now, "resolved"))
            here.work(now)
            told += [(now.strftime("%H:%M"), said) for said in here.deliver(QUEUE, now)]
            here.deliver(STATE, now)
            if now > resolved + RETENTION:
                assert Deliveries(here.database).next_page(STATE.name) is None
        assert Deliveries(here.database).next_page(QUEUE.name) is None
    assert told[:3] == [("11:00", "used_75 first"), ("11:40", "used_90 worsened"), ("12:05", "breached worsened")]
    assert sorted(told[3:]) == [
        ("14:00", "breached restored"), ("14:00", "used_75 restored"), ("14:00", "used_90 restored"),
    ]  # fmt: skip


@pytest.mark.parametrize("levels", [1, 2, 3, 5])
def test_glpi_5319_every_level_fires_and_not_the_first_alone(levels: int) -> None:
    """4 h and stages at 50, 60, 75, 90 and 100 %: 10:00, 10:24, 11:00, 11:36 after 12:00; the last *levels* of them."""
    shares = [50, 60, 75, 90, 100][-levels:]
    desk = Desk(rules=rules(promise(stages=f"[{', '.join(f'{share}%' for share in shares)}]")))
    told = [
        (alert.stage, alert.starts_at.strftime("%H:%M"))
        for now in every(utc("2026-03-02 08:00"), utc("2026-03-02 12:01"), 1 * M)
        for alert in desk.look([GOLD], now)
    ]
    wanted = [("used_50", "10:00"), ("used_60", "10:24"), ("used_75", "11:00"), ("used_90", "11:36")]
    assert told == [*wanted, ("breached", "12:00")][-levels:]


@pytest.mark.parametrize("rung", ["diamond", "gold", "silver"])
def test_zammad_3523_every_stage_of_every_rung_that_ships_fires(rung: str) -> None:
    """The stages that hold where a policy says nothing, from real looks: none of them is dead."""
    text = exchanged(promise(), ("- {id: standard,", "- {id: silver, en: Silver}\n    - {id: standard,"))
    desk = Desk(rules=rules(text[: text.index("stages:\n  tier:")]))
    opening = ticket("T1", utc("2026-03-02 08:00"), "new", tier=rung)
    for now in every(utc("2026-03-02 08:00"), utc("2026-03-02 12:05"), 5 * M):
        desk.look([opening], now)
    names = {"100%": "breached"} | {f"{share}%": f"used_{share}" for share in (50, 75, 90)}
    assert desk.firing == sorted(names[text] for text in DEFAULT_STAGES["tier"][rung])
    assert len(desk.fired) == len(desk.firing) > 0


def test_zammad_4432_2157_nobody_is_woken_at_midnight_or_at_the_weekend() -> None:
    """8 h of 09-17 from Friday 15:00: 2 h on Friday, 6 h on Monday. 75 % is 6 h: Monday 13:00; 90 % is 7:12: Monday
    14:12; late after Monday 15:00. Looked at every 12 minutes from Friday on, only those three are told."""
    desk = Desk(rules=rules(promise("{budget: 8h, source: test}", hours=OFFICE)))
    opening = ticket("T1", utc("2026-03-06 15:00"), "new", tier="gold")
    told = [
        (now, line)
        for now in every(utc("2026-03-06 15:00"), utc("2026-03-09 17:00"), 12 * M)
        for line in brief(desk.look([opening], now))
    ]
    assert told == [
        (utc("2026-03-09 13:00"), "+restore/used_75 first"),
        (utc("2026-03-09 14:12"), "+restore/used_90 worsened"),
        (utc("2026-03-09 15:12"), "+restore/breached worsened"),
    ]


def test_zammad_4432_a_deadline_at_closing_time_wakes_nobody_in_the_night() -> None:
    """4 h of 09-17 from Monday 13:00 are used up at closing time, 17:00. It is late when time counts again: nothing is
    told in the night, and on Tuesday after 09:00 the breach is told, dated Monday 17:00."""
    desk = Desk(rules=rules(promise(hours=OFFICE, stages="[100%]")))
    opening = ticket("T1", utc("2026-03-02 13:00"), "new", tier="gold")
    for now in every(utc("2026-03-02 17:00"), utc("2026-03-03 09:00"), 1 * H):
        assert desk.look([opening], now) == ()
    (alert,) = desk.look([opening], utc("2026-03-03 09:01"))
    assert (alert.stage, alert.starts_at) == ("breached", utc("2026-03-02 17:00"))


def test_zammad_904_a_merged_ticket_stops_escalating() -> None:
    """75 % at 11:00 is told; at 11:10 the ticket is merged into another. Its alert ends; 12:00 passes in silence."""
    desk = Desk(rules=rules())
    assert brief(desk.look([GOLD], utc("2026-03-02 11:00"))) == ["+restore/used_75 first"]
    events = [GOLD, ticket("T1", utc("2026-03-02 11:10"), "merged")]
    assert brief(desk.look(events, utc("2026-03-02 11:10"))) == ["-restore/used_75 cancelled"]
    for now in every(utc("2026-03-02 11:15"), utc("2026-03-02 16:00"), 15 * M):
        assert desk.look(events, now) == ()
    assert read(events, utc("2026-03-02 16:00"), rules()).state is State.CANCELLED


@pytest.mark.parametrize("first_word", ["new", "closed"])
def test_zammad_2949_tickets_imported_closed_page_nobody(first_word: str) -> None:
    """Opened in 2024, closed two days later against 4 h, imported in March 2026: late on record, told to nobody. Where
    the import has nothing but `closed`, there is no clock at all."""
    events = [ticket("T1", utc("2024-05-08 09:00"), "closed", tier="gold")]
    if first_word == "new":
        events.insert(0, ticket("T1", utc("2024-05-06 09:00"), "new", tier="gold"))
    desk = Desk(rules=rules())
    for now in every(utc("2026-03-02 08:00"), utc("2026-03-02 20:00"), 1 * H):
        assert desk.look(events, now) == ()
    assert (desk.fired, desk.firing) == (set(), [])
    cycles = advance(events, (), rules(), utc("2026-03-02 20:00")).readings
    assert [(reading.state, reading.open) for reading in cycles] == [(State.BREACHED, False)] * (first_word == "new")


def test_zammad_2532_each_level_is_an_alert_of_its_own_that_can_go_to_other_people() -> None:
    """Three levels, three alerts whose labels tell them apart, so that a receiver's routes can send each elsewhere."""
    desk = Desk(rules=rules())
    for now in every(utc("2026-03-02 11:00"), utc("2026-03-02 12:12"), 12 * M):
        desk.look([GOLD], now)
    labels = sorted((a.labels["stage"], a.labels["severity"], a.labels["tier"]) for a in desk.stored.values())
    assert labels == [("breached", "critical", "gold"), ("used_75", "warning", "gold"), ("used_90", "warning", "gold")]
    assert len(desk.stored) == 3


def test_chatwoot_6889_somebody_is_told_before_the_breach_and_at_it() -> None:
    """`30m left` of 4 h is 11:30, half an hour before 12:00. At 12:00 sharp nobody is late; at 12:01 it is."""
    desk = Desk(rules=rules(promise(stages="[30m left, 100%]")))
    assert desk.look([GOLD], utc("2026-03-02 11:29")) == ()
    assert brief(desk.look([GOLD], utc("2026-03-02 11:30"))) == ["+restore/left_30m first"]
    assert desk.look([GOLD], utc("2026-03-02 12:00")) == ()
    assert brief(desk.look([GOLD], utc("2026-03-02 12:01"))) == ["+restore/breached worsened"]


def test_chatwoot_a_breach_between_two_looks_is_recorded() -> None:
    """Looked at 10:00 and 13:00. Late since 12:00, resolved 12:30: both are on record at their own instants. Nobody is
    woken for what is over, and the record says so."""
    desk = Desk(rules=rules())
    assert desk.look([GOLD], utc("2026-03-02 10:00")) == ()
    recorded = advance([GOLD], (), rules(), utc("2026-03-02 10:00")).transitions
    events = [GOLD, ticket("T1", utc("2026-03-02 12:30"), "resolved")]
    now = utc("2026-03-02 13:00")
    fresh = happened(advance(events, recorded, rules(), now).transitions)
    assert ("breached", "breached", utc("2026-03-02 12:00")) in fresh
    assert ("ended_late", "", utc("2026-03-02 12:30")) in fresh
    assert sorted(brief(desk.look(events, now))) == [
        ".restore/breached passed", ".restore/used_75 passed", ".restore/used_90 passed",
    ]  # fmt: skip
    assert desk.fired == set()


def test_otobo_389_a_stage_is_dated_by_its_instant_whatever_the_step_of_the_looks() -> None:
    """75 % of 4 h from 08:00 is 11:00. Looked at every 1, 7, 50 minutes or 3:30 h, the alert starts at 11:00."""
    for step in (1 * M, 7 * M, 50 * M, 210 * M):
        desk = Desk(rules=rules(promise(stages="[75%]")))
        for now in every(utc("2026-03-02 08:00"), utc("2026-03-02 11:59"), step):
            desk.look([GOLD], now)
        assert [alert.starts_at for alert in desk.stored.values()] == [utc("2026-03-02 11:00")]
