"""Business hours, holidays, changes of the clocks and zones: threads 21 to 30."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.config import build_rulebook, policy_file, yaml_file
from monitor.history.event_json import event_from_json
from monitor.model import State
from monitor.worktime.working_time import TICK
from tests.lessons.stories import OFFICE, WORDS, H, M, every, local, promise, read, rules, ticket, utc
from tests.support.desk import Desk, brief

NEW_YORK, BERLIN = "America/New_York", "Europe/Berlin"

FEED = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//lessons//EN
BEGIN:VEVENT
UID:martin@lessons
DTSTAMP:20260101T000000Z
DTSTART;VALUE=DATE:20261111
DTEND;VALUE=DATE:20261112
TRANSP:TRANSPARENT
SUMMARY:St Martin
END:VEVENT
BEGIN:VEVENT
UID:carnival@lessons
DTSTAMP:20260101T000000Z
DTSTART;VALUE=DATE:20261112
DTEND;VALUE=DATE:20261113
SUMMARY:A day that only this feed takes for a holiday
END:VEVENT
BEGIN:VEVENT
UID:repentance@lessons
DTSTAMP:20260101T000000Z
DTSTART;VALUE=DATE:20261118
DTEND;VALUE=DATE:20261119
SUMMARY:Repentance Day
END:VEVENT
END:VCALENDAR
"""


def test_zammad_390_days_that_a_feed_takes_for_holidays_are_seen_and_can_be_taken_back(tmp_path: Path) -> None:
    """11 November is marked as free in the feed and works. 12 November is taken back by hand, with a reason. Only
    18 November is closed: 56 h of 09-17 from Tuesday the 10th are the 10th to the 13th and 16th, 17th, 19th."""
    (tmp_path / "feed.ics").write_text(FEED.replace("\n", "\r\n"), encoding="utf-8")
    back = "{date: 2026-11-12, hours: [09:00-17:00], reason: the feed is wrong, approved_by: NOC lead}"
    text = promise("{budget: 56h, source: test}", hours=OFFICE, dated=f", holidays: {{ics: feed.ics}}, days: [{back}]")
    policy = policy_file.build(yaml_file.parse(text, "lesson.yml"), "UTC", tmp_path)
    book = build_rulebook.rulebook(policy, {"tickets": WORDS})
    events = [ticket("T1", utc("2026-11-10 09:00"), "new")]
    assert read(events, utc("2026-11-10 09:00"), book).deadline == utc("2026-11-19 17:00")
    said = {day.isoformat(): because.reason for day, because in policy.calendars["office"].because.items()}
    assert said == {"2026-11-12": "the feed is wrong", "2026-11-18": "Repentance Day"}


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", NEW_YORK, "Asia/Kolkata", "Pacific/Auckland"])
def test_erpnext_38745_a_new_ticket_is_not_late_in_any_zone(zone: str) -> None:
    """Opened 10:00 by the clocks of the zone, 1 h of 09-17 there: due 11:00 of the same zone, and running."""
    opened = local("2026-03-02 10:00", zone)
    book = rules(promise("{budget: 1h, source: test}", hours=OFFICE, zone=zone))
    reading = read([ticket("T1", opened, "new")], opened, book)
    assert (reading.state, reading.counted, reading.deadline) == (State.RUNNING, 0 * H, local("2026-03-02 11:00", zone))


def test_frappe_3776_a_time_without_a_zone_is_never_guessed() -> None:
    """A statement whose time has no zone is refused; with one it is that instant: 10:00 in Shanghai is 02:00 UTC."""
    said = {"event_id": "e", "kind": "ticket", "subject": "T1", "status": "new"}
    with pytest.raises(ValueError, match="at has no zone"):
        event_from_json({**said, "at": "2026-03-02T10:00:00"}, source="tickets")
    event = event_from_json({**said, "at": "2026-03-02T10:00:00+08:00"}, source="tickets")
    assert event.at == utc("2026-03-02 02:00")


def test_dbt_zendesk_25_business_minutes_across_a_change_of_the_clocks() -> None:
    """New York, 09-17. Friday 6 March 16:00 (21:00 UTC) to Monday 9 March 10:00 (14:00 UTC, after the change): one hour
    on Friday and one on Monday, 120 minutes, not 60 and not 180. In autumn, 30 October to 2 November, the same."""
    book = rules(promise("{budget: 8h, source: test}", hours=OFFICE, zone=NEW_YORK))
    for opened, ended in (
        (utc("2026-03-06 21:00"), utc("2026-03-09 14:00")),
        (utc("2026-10-30 20:00"), utc("2026-11-02 15:00")),
    ):
        events = [ticket("T1", opened, "new"), ticket("T1", ended, "resolved")]
        assert read(events, ended, book).counted == 120 * M


def test_dbt_zendesk_25_a_night_shift_has_the_hours_that_the_night_has() -> None:
    """Around the clock in Berlin by hours: the day of the change in March has 23 h, the one in October 25 h."""
    book = rules(promise("{budget: 100h, source: test}", hours="{mon-sun: [00:00-24:00]}", zone=BERLIN))
    for first, last, hours in (("2026-03-29", "2026-03-30", 23), ("2026-10-25", "2026-10-26", 25)):
        end = local(f"{last} 00:00", BERLIN)
        events = [ticket("T1", local(f"{first} 00:00", BERLIN), "new"), ticket("T1", end, "resolved")]
        assert read(events, end, book).counted == hours * H


def test_azure_devops_docs_8675_business_hours_follow_the_clocks_on_the_wall() -> None:
    """Opened on a Saturday; one hour of 09-17 in New York is up on Monday 10:00 there: 15:00 UTC in winter, 14:00 UTC
    after the change of 8 March."""
    book = rules(promise("{budget: 1h, source: test}", hours=OFFICE, zone=NEW_YORK))
    for opened, deadline in (("2026-02-28 12:00", "2026-03-02 15:00"), ("2026-03-07 12:00", "2026-03-09 14:00")):
        events = [ticket("T1", utc(opened), "new")]
        assert read(events, utc(opened), book).deadline == utc(deadline)


def test_grafana_oncall_3261_escalation_does_not_move_by_an_hour_when_summer_time_ends() -> None:
    """Berlin, 09-17, 4 h from Friday 23 October 16:00 (14:00 UTC): 1 h, then Monday 26 October, in winter time, from
    09:00 (08:00 UTC). 75 % is Monday 11:00 (10:00 UTC), the deadline 12:00 (11:00 UTC). An hour early fires nothing."""
    events = [ticket("T1", local("2026-10-23 16:00", BERLIN), "new", tier="gold")]
    desk = Desk(rules=rules(promise(hours=OFFICE, zone=BERLIN)))
    assert desk.look(events, utc("2026-10-26 09:59:59")) == ()
    (alert,) = desk.look(events, utc("2026-10-26 10:00"))
    assert (alert.stage, alert.starts_at) == ("used_75", utc("2026-10-26 10:00"))
    assert read(events, utc("2026-10-26 10:00"), desk.rules).deadline == utc("2026-10-26 11:00")


@pytest.mark.parametrize("hours", ["{mon-fri: [08:00-18:00]}", "{mon-fri: [08:00-14:00, 14:00-18:00]}"])
def test_glpi_22678_a_stage_before_the_deadline_fires_at_its_hour_and_not_at_midnight(hours: str) -> None:
    """The thread's own case: 4 h of 08-18, in one span or in two, and `1h left`. From Monday 10:00 that is 13:00. From
    Monday 17:00 one hour counts on Monday and three on Tuesday, to 11:00: the stage is Tuesday 10:00, not 00:00."""
    book = rules(promise(hours=hours, stages="[1h left, 100%]"))
    for opened, stage, deadline in (
        ("2026-03-02 10:00", "2026-03-02 13:00", "2026-03-02 14:00"),
        ("2026-03-02 17:00", "2026-03-03 10:00", "2026-03-03 11:00"),
    ):
        events = [ticket("T1", utc(opened), "new", tier="gold")]
        desk = Desk(rules=book)
        for now in every(utc(opened), utc(stage) - TICK, 30 * M):
            assert desk.look(events, now) == ()
        (alert,) = desk.look(events, utc(stage))
        assert (alert.stage, alert.starts_at) == ("left_1h", utc(stage))
        assert read(events, utc(stage), book).deadline == utc(deadline)


@pytest.mark.parametrize("opened", ["2026-03-06 16:00", "2026-03-06 17:00", "2026-03-07 03:00", "2026-03-08 23:59"])
def test_glpi_15429_a_stage_before_the_deadline_does_not_fire_at_creation(opened: str) -> None:
    """8 h of 09-17 with `1h left`: 7 h must have counted. From Friday 16:00 that is Monday 15:00; opened after closing
    or at the weekend, Monday 16:00. Looked at every half hour until then, nothing fires."""
    events = [ticket("T1", utc(opened), "new", tier="gold")]
    desk = Desk(rules=rules(promise("{budget: 8h, source: test}", hours=OFFICE, stages="[1h left, 100%]")))
    wanted = utc("2026-03-09 15:00") if opened.endswith("16:00") else utc("2026-03-09 16:00")
    now = utc(opened)
    while now < wanted:
        assert desk.look(events, now) == ()
        now += 30 * M
    assert brief(desk.look(events, wanted)) == ["+restore/left_1h first"]


@pytest.mark.parametrize("left", ["1h", "30m"])
def test_glpi_15429_a_stage_longer_than_the_budget_does_not_fire_at_creation(left: str) -> None:
    """Of a budget of 30 minutes neither an hour nor 30 minutes are ever left: only the breach, after 08:30, is told."""
    events = [ticket("T1", utc("2026-03-02 08:00"), "new", tier="gold")]
    desk = Desk(rules=rules(promise("{budget: 30m, source: test}", stages=f"[{left} left, 100%]")))
    for minute in (0, 1, 29, 30):
        assert desk.look(events, utc("2026-03-02 08:00") + minute * M) == ()
    assert brief(desk.look(events, utc("2026-03-02 08:31"))) == ["+restore/breached first"]


def test_glpi_15357_a_stage_ten_days_ahead_is_ten_days_ahead_and_not_the_deadline() -> None:
    """30 days from 2 March 08:00 end on 1 April 08:00; `10d left` is 22 March 08:00."""
    book = rules(promise("{budget: 30d, source: test}", stages="[10d left, 100%]"))
    events = [ticket("T1", utc("2026-03-02 08:00"), "new", tier="gold")]
    reading = read(events, utc("2026-03-23 08:00"), book)
    assert reading.deadline == utc("2026-04-01 08:00")
    assert [c.at for c in reading.crossings if c.stage == "left_10d"] == [utc("2026-03-22 08:00")]


@pytest.mark.parametrize(
    ("opened", "deadline"),
    [
        pytest.param("2026-03-02 08:00", "2026-03-02 13:00", id="osticket 1168: before opening"),
        pytest.param("2026-03-02 19:00", "2026-03-03 13:00", id="osticket 2131: after closing"),
        pytest.param("2026-03-06 15:00", "2026-03-09 11:00", id="osticket 4969: over a weekend"),
        pytest.param("2026-03-05 15:00", "2026-03-06 11:00", id="over a night"),
    ],
)
def test_osticket_1168_2131_4969_only_business_hours_count(opened: str, deadline: str) -> None:
    """4 h of 09-17: from 09:00 it is 13:00; from 15:00 it is 2 h that day and 2 h the next working day, 11:00."""
    book = rules(promise(hours=OFFICE))
    assert read([ticket("T1", utc(opened), "new")], utc(opened), book).deadline == utc(deadline)


def test_chatwoot_14009_frappe_2212_a_day_may_have_several_spans() -> None:
    """08-12 and 13-17: 3 h from 11:00 are 11-12 and 13-15. Lunch counts nothing: at 12:30 one hour has counted.

    Saturday has its own: 2 h from Friday 16:30 are 16:30-17 and Saturday 09-10 and 11-11:30.
    """
    hours = "{mon-fri: [08:00-12:00, 13:00-17:00], sat: [09:00-10:00, 11:00-12:00]}"
    book = rules(promise("{when: {urgency: low}, budget: 3h, source: test}", "{budget: 2h, source: test}", hours=hours))
    events = [ticket("T1", utc("2026-03-02 11:00"), "new", urgency="low")]
    assert read(events, utc("2026-03-02 12:30"), book).counted == 1 * H
    assert read(events, utc("2026-03-02 12:30"), book).deadline == utc("2026-03-02 15:00")
    friday = [ticket("T2", utc("2026-03-06 16:30"), "new")]
    assert read(friday, utc("2026-03-06 16:30"), book).deadline == utc("2026-03-07 11:30")


def test_chatwoot_13392_business_hours_are_honoured_by_every_target_that_names_them() -> None:
    """1 h of 09-17 from Friday 16:30 is up on Monday 09:30; until then, and at 09:30 sharp, nobody is late."""
    book = rules(promise("{budget: 1h, source: test}", hours=OFFICE))
    events = [ticket("T1", utc("2026-03-06 16:30"), "new")]
    assert read(events, utc("2026-03-08 12:00"), book).state is State.RUNNING
    assert read(events, utc("2026-03-09 09:30"), book).breached_at is None
    assert read(events, utc("2026-03-09 09:30") + TICK, book).breached_at == utc("2026-03-09 09:30")


def test_zammad_make_up_days_of_mainland_china_count() -> None:
    """Saturday 14 February 2026 is worked for the Spring Festival of the 15th to the 23rd: 16 h of 09-17 from Friday
    the 13th 09:00 are Friday and Saturday, done at 17:00 in Shanghai. A ninth hour falls on Tuesday the 24th."""
    zone = "Asia/Shanghai"
    book = rules(promise("{budget: 17h, source: test}", hours=OFFICE, zone=zone, dated=", holidays: {country: CN}"))
    events = [ticket("T1", local("2026-02-13 09:00", zone), "new")]
    assert read(events, local("2026-02-14 17:00", zone), book).counted == 16 * H
    assert read(events, local("2026-02-14 17:00", zone), book).deadline == local("2026-02-24 10:00", zone)
