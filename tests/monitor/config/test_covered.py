"""Covered hours and the terms of acknowledgements as they are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts.delivery import ways_out
from monitor.alert import USUAL_TERMS, AckTerms, CoveredHours, next_covered
from monitor.config import config_file
from monitor.errors import ConfigError
from monitor.worktime import WorkingTime
from tests.support.configurations import good, refused

OFFICE = "{zone: site, hours: {mon-fri: [08:00-18:00]}}"
SUNDAY = datetime(2026, 3, 1, tzinfo=UTC)


def opens(hours: WorkingTime | None) -> datetime | None:
    assert hours is not None
    return next_covered((hours,), SUNDAY)


def test_without_them_nothing_waits_and_acknowledgements_hold_half(folder: Path) -> None:
    checked = good(folder)
    assert checked.covered == CoveredHours()
    assert not checked.receivers[0].hours
    assert checked.acknowledgements == USUAL_TERMS == AckTerms(0.5, timedelta(hours=1))


def test_a_receiver_has_its_own_hours_in_the_zone_that_they_name(folder: Path) -> None:
    (log,) = good(folder, ("{type: log}", f"{{type: log, hours: {OFFICE}}}")).receivers
    assert opens(log.hours.own) == datetime(2026, 3, 2, tzinfo=UTC), "08:00 in Shanghai"
    (log,) = good(folder, ("{type: log}", "{type: log, hours: {zone: UTC, hours: {mon: [09:30-10:00]}}}")).receivers
    assert opens(log.hours.own) == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def test_hours_may_have_holidays_as_a_calendar_has(folder: Path) -> None:
    closed = "{zone: UTC, hours: {mon-fri: [08:00-18:00]}, holidays: {dates: [2026-03-02], years: 2026}}"
    (log,) = good(folder, ("{type: log}", f"{{type: log, hours: {closed}}}")).receivers
    assert opens(log.hours.own) == datetime(2026, 3, 3, 8, tzinfo=UTC)


def test_the_name_of_a_calendar_of_the_policy_stands_for_its_hours(folder: Path) -> None:
    covered = "covered: {tiers: {Gold: working_days}, teams: {Core Team: always}}\nzone:"
    checked = good(folder, ("zone:", covered))
    assert set(checked.covered.tiers) == {"gold"}, "in the policy's spelling"
    assert opens(checked.covered.tiers["gold"]) == datetime(2026, 3, 2, 1, tzinfo=UTC), "09:00 in Shanghai"
    assert opens(checked.covered.teams["Core Team"]) == SUNDAY
    assert checked.receivers[0].hours == checked.covered, "every receiver has those of tiers and teams"


@pytest.mark.parametrize(
    ("hours", "sentence"),
    [
        (
            "day",
            "'day' is not one of the policy's calendars (always, working_days); write the name of a calendar",
        ),
        ("8", "is no calendar; write the name of a calendar of the policy, or {zone: Asia/Shanghai"),
        ("{zone: China, hours: 24x7}", "zone: 'China' is not a time zone"),
        ("{hours: 24x7}", "zone: is missing; write it"),
        ("{zone: UTC, hours: {mon-fri: [18:00-18:00]}}", "'18:00-18:00' has no length"),
        ("{zone: UTC, hours: {mon-fri: []}}", "has no weekly working time"),
        ("{zone: UTC, hours: {mon-fry: [08:00-18:00]}}", "mon-fry"),
        ("{zone: UTC, hours: 24x7, hour: 8}", "hour: is not a key here"),
    ],
)
def test_hours_that_cannot_be_are_refused_with_their_place(folder: Path, hours: str, sentence: str) -> None:
    said = refused(folder, ("{type: log}", f"{{type: log, hours: {hours}}}"))
    assert said.startswith("tierwatch.yml:25 receivers.log.hours")
    assert sentence in said


def test_a_tier_that_is_none_and_a_team_without_a_name_are_refused(folder: Path) -> None:
    said = refused(folder, ("zone:", "covered: {tiers: {golden: always}}\nzone:"))
    assert said.startswith("tierwatch.yml:2 covered.tiers.golden: policy cmcc-2014@1.1 has no tier 'golden'")
    said = refused(folder, ("zone:", "covered: {teams: {' ': always}}\nzone:"))
    assert "is no name of a team" in said
    said = refused(folder, ("zone:", "covered: {teams: {Core: always, core: always}}\nzone:"))
    assert "covered.teams" in said


def test_a_persons_own_receiver_has_none_and_alertmanager_has_its_own(folder: Path) -> None:
    said = refused(folder, ("{type: log}", f"{{type: log, personal: true, hours: {OFFICE}}}"))
    assert said.startswith("tierwatch.yml:25 receivers.log.hours: somebody's own receiver is told what its person")
    peers = f"{{type: alertmanager, options: {{urls: ['http://127.0.0.1:1']}}, hours: {OFFICE}}}"
    with pytest.raises(ConfigError, match="set mute_time_intervals there"):
        ways_out(good(folder, ("{type: log}", peers)).receivers[0])


def test_hours_of_tiers_do_not_refuse_alertmanager(folder: Path) -> None:
    peers = "{type: alertmanager, options: {urls: ['http://127.0.0.1:1']}}"
    changes = ("zone:", "covered: {tiers: {gold: always}}\nzone:"), ("{type: log}", peers)
    assert ways_out(good(folder, *changes).receivers[0])


def test_acknowledgements_hold_what_is_written_or_never_end(folder: Path) -> None:
    written = good(folder, ("zone:", "acknowledgements: {hold: 25%, without_deadline: 20m}\nzone:"))
    assert written.acknowledgements == AckTerms(0.25, timedelta(minutes=20))
    assert good(folder, ("zone:", "acknowledgements: {hold: off}\nzone:")).acknowledgements is None
    fast = good(folder, ("zone:", "speed: 60\nzone:"))
    assert fast.acknowledgements == AckTerms(0.5, timedelta(minutes=1))


@pytest.mark.parametrize("hold", ["0%", "101%", "30m", "half", "yes", "[50%]"])
def test_a_share_that_is_none_is_refused(folder: Path, hold: str) -> None:
    said = refused(folder, ("zone:", f"acknowledgements: {{hold: {hold}}}\nzone:"))
    assert said.startswith("tierwatch.yml:2 acknowledgements.hold:")
    assert "is no share of the time that is left; write 50%, or off" in said


def test_config_is_read_with_both_at_once(folder: Path) -> None:
    path = folder / "tierwatch.yml"
    checked = good(
        folder, ("zone:", f"covered: {{teams: {{core: {OFFICE}}}}}\nacknowledgements: {{hold: 100%}}\nzone:")
    )
    assert config_file.load(path).covered.teams.keys() == checked.covered.teams.keys() == {"core"}
