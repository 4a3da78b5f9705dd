"""The alert of a configuration that was refused, from its beginning to its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from alerts.decide import reload_refused
from monitor.alert.alert import Alert
from monitor.alert.reasons import Reason
from monitor.snapshot import Configured
from tests.support.cases import at
from tests.support.desk import SETTINGS

RUNS = Configured("f00d", at(0))
REFUSED = replace(RUNS, refused="tierwatch.yml:3 policy: is not there\ntierwatch.yml:9 zone: neither", refused_at=at(1))


def told(configured: Configured, *previous: Alert, hours: float = 1) -> tuple[Alert, ...]:
    return reload_refused.decide(configured, previous, SETTINGS, at(hours))


def test_a_refused_configuration_is_told_with_its_first_mistake_and_what_runs() -> None:
    (alert,) = told(REFUSED)
    assert (alert.labels["alertname"], alert.labels["severity"], alert.reason) == (
        "TierwatchReloadRefused", "warning", Reason.FIRST,
    )  # fmt: skip
    assert alert.annotations["summary"].endswith("tierwatch.yml:3 policy: is not there")
    assert "zone" not in alert.annotations["summary"]
    assert "check-config" in alert.annotations["description"]
    assert "配置被拒绝" in alert.annotations["summary_zh"]


def test_nothing_is_told_twice_another_mistake_is_and_the_beginning_stays() -> None:
    (first,) = told(REFUSED)
    assert told(REFUSED, first, hours=2) == ()
    again = replace(REFUSED, refused="tierwatch.yml:1: is empty", refused_at=at(2))
    (second,) = told(again, first, hours=2)
    assert (second.reason, second.starts_at, second.labels) == (Reason.REWORDED, first.starts_at, first.labels)


def test_it_ends_when_a_configuration_is_taken_or_the_program_starts_and_can_come_back() -> None:
    (first,) = told(REFUSED)
    (end,) = told(RUNS, first, hours=2)
    assert (end.firing, end.reason, end.resolved_at) == (False, Reason.CONFIG_TAKEN, at(2))
    assert told(RUNS, end, hours=3) == ()
    assert told(RUNS) == ()
    (back,) = told(REFUSED, end, hours=4)
    assert (back.reason, back.starts_at) == (Reason.REOPENED, at(4))


def test_a_very_long_sentence_is_cut() -> None:
    (alert,) = told(replace(REFUSED, refused="x" * 5000))
    assert len(alert.annotations["summary"]) < reload_refused.LONGEST + 100
    assert alert.starts_at - at(1) == timedelta(0)
