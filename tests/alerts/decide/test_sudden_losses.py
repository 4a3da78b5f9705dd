from __future__ import annotations

from datetime import timedelta

from alerts.decide import sudden_losses
from alerts.decide.sudden_losses import SUDDEN_LOSS
from monitor.alert.alert import Alert
from monitor.alert.reasons import Reason
from tests.support.cases import at
from tests.support.desk import SETTINGS

LOSS = ("circuits", "8 of 20 circuits are absent")
OTHER = ("north", "9 of 30 circuits are absent")


def look(held: list[tuple[str, str]], stored: dict[str, Alert], hour: float) -> list[tuple[str, bool, str]]:
    changed = sudden_losses.decide(held, tuple(stored.values()), SETTINGS, at(hour))
    stored.update({alert.key: alert for alert in changed})
    return [(alert.labels["source"], alert.firing, str(alert.reason)) for alert in changed]


def test_each_source_has_one_alert_that_ends_when_its_list_is_believed() -> None:
    stored: dict[str, Alert] = {}
    assert look([LOSS], stored, 1) == [("circuits", True, "first")]
    assert look([LOSS], stored, 2) == [], "deciding again gives nothing"
    assert look([LOSS, OTHER], stored, 3) == [("north", True, "first")]
    assert look([OTHER], stored, 4) == [("circuits", False, "list_believed")]
    assert look([OTHER], stored, 5) == []
    assert look([LOSS, OTHER], stored, 6) == [("circuits", True, "reopened")]
    (again,) = (alert for alert in stored.values() if alert.labels["source"] == "circuits")
    assert again.starts_at == at(6), "it is another loss"


def test_the_page_says_what_goes_on_and_what_to_do_in_every_language() -> None:
    (alert,) = sudden_losses.decide([LOSS], (), SETTINGS, at(1))
    assert alert.labels["alertname"] == SUDDEN_LOSS
    assert (
        "tierwatch retire circuits --accept-loss --reason WHY --config tierwatch.yml"
        in alert.annotations["description"]
    )
    assert (
        "tierwatch retire circuits --accept-loss --reason WHY --config tierwatch.yml"
        in alert.annotations["description_zh"]
    )
    assert "nothing is retired" in alert.annotations["summary"]
    assert alert.annotations["error"] == LOSS[1]
    (over,) = sudden_losses.decide([], (alert,), SETTINGS, at(1) + timedelta(minutes=5))
    assert over.reason is Reason.LIST_BELIEVED
    assert "error" not in over.annotations


def test_alerts_of_other_kinds_are_left_alone() -> None:
    other = Alert({"alertname": "TierwatchStoreLost", "instance": "noc"}, {}, at(0), reason=Reason.FIRST)
    assert sudden_losses.decide([], (other,), SETTINGS, at(1)) == ()
