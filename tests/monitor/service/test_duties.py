"""How many people are on duty by layer, and that nobody is named."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from alerts.oncall import roster, roster_file
from monitor.service import duties as module
from monitor.service.duties import Duties
from tests.support.rotas import FILE, RECEIVERS, written

SHANGHAI = ZoneInfo("Asia/Shanghai")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.fixture
def known(tmp_path_factory: pytest.TempPathFactory) -> roster.Roster:
    return roster_file.load(written(tmp_path_factory.mktemp("rota"), FILE), RECEIVERS, ()).roster


def test_each_layer_of_a_team_is_there_and_one_has_somebody(known: roster.Roster) -> None:
    (layer,) = known.teams["noc"].layers
    found = Duties().by_layer(known, local("2026-03-02T12:00"))
    assert found == {("noc", layer.name): 1, ("noc", "calendar"): 0, ("noc", "override"): 0}


def test_an_override_is_counted_as_one(known: roster.Roster) -> None:
    found = Duties().by_layer(known, local("2026-02-01T12:00"))
    assert {layer for (_, layer), number in found.items() if number} == {"override"}


def test_before_the_first_turn_nobody_is_on_duty(known: roster.Roster) -> None:
    assert set(Duties().by_layer(known, local("2026-01-01T12:00")).values()) == {0}


def test_a_duty_is_worked_out_once_until_its_end(known: roster.Roster, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def counting(schedule: roster.Schedule, at: datetime) -> roster.Duty:
        asked.append(at)
        return roster.on_duty(schedule, at)

    monkeypatch.setattr(module, "on_duty", counting)
    duties, begin = Duties(), local("2026-02-01T08:00")
    for minutes in (0, 30, 59, 61, 90):
        at = begin + timedelta(minutes=minutes)
        assert duties.by_layer(known, at) == Duties().by_layer(known, at)
    assert len(asked) == 2 + 5, "once before the override and once in it; each fresh one by itself"
