from __future__ import annotations

from dataclasses import replace

import pytest

from alerts.decide import clock_alerts as alert_rules
from monitor.alert.alert import Alert, Delivery, Reason
from tests.support import cases
from tests.support.cases import at, ticket
from tests.support.desk import SETTINGS, Desk, brief
from tests.support.texts import exchanged

RESTORE_ONLY = exchanged(
    cases.POLICY,
    ("start: [opened]\n", "start: [closed]\n"),
    ("stop: [accepted, held, restored, closed]", "stop: [cancelled]"),
)


def restoring(policy: str = RESTORE_ONLY, **settings: object) -> Desk:
    """A desk whose policy has the restoration target only (no acceptance, no feedback)."""
    text = policy[: policy.index("  feedback:")]
    return Desk(rules=cases.rules(text), settings=replace(SETTINGS, **settings))  # type: ignore[arg-type]


GOLD = [ticket("T1", at(0), "working", tier="gold")]  # 4 h: 3:00, 3:36, 4:00


def test_nothing_is_said_before_the_first_stage() -> None:
    assert restoring().look(GOLD, at(2.99)) == ()


def test_a_stage_fires_dated_by_its_crossing_however_late_anybody_looked() -> None:
    (alert,) = restoring().look(GOLD, at(3.3))
    assert alert.labels == {
        "alertname": "TierwatchDeadlineNear",
        "instance": "north",
        "source": "tickets",
        "ticket": "T1",
        "tier": "gold",
        "assurance": "none",
        "sla_target": "restore",
        "cycle": "1",
        "stage": "used_75",
        "severity": "warning",
    }
    assert (alert.starts_at, alert.resolved_at, alert.reason) == (at(3), None, Reason.FIRST)
    assert alert.link == "https://tierwatch.example/explain/tickets/T1"
    assert alert.annotations["reason"] == "first"


def test_worse_stages_fire_beside_lower_ones() -> None:
    desk = restoring()
    assert brief(desk.look(GOLD, at(3))) == ["+restore/used_75 first"]
    assert brief(desk.look(GOLD, at(3, 36))) == ["+restore/used_90 worsened"]
    assert desk.look(GOLD, at(4)) == ()  # exactly the budget is met
    (breach,) = desk.look(GOLD, at(4, 1))
    assert (breach.labels["alertname"], breach.labels["severity"]) == ("TierwatchDeadlineBreached", "critical")
    assert (breach.starts_at, breach.reason) == (at(4), Reason.WORSENED)
    assert desk.firing == ["breached", "used_75", "used_90"]


def test_of_stages_passed_together_only_the_worst_pages_and_the_rest_is_on_record() -> None:
    desk = restoring()
    changed = desk.look(GOLD, at(5))
    assert brief(changed) == [
        "+restore/breached first",
        ".restore/used_90 superseded",
        ".restore/used_75 superseded",
    ]
    assert [alert.goes_by(Delivery.STATE) for alert in changed] == [True, False, False]
    assert desk.look(GOLD, at(6)) == ()


def test_a_stop_ends_every_stage_at_its_instant() -> None:
    desk = restoring()
    desk.look(GOLD, at(3))
    desk.look(GOLD, at(3.7))
    changed = desk.look([*GOLD, ticket("T1", at(3.8), "resolved")], at(4))
    assert brief(changed) == ["-restore/used_75 restored", "-restore/used_90 restored"]
    assert {alert.resolved_at for alert in changed} == {at(3.8)}


def test_a_cancelled_ticket_ends_as_cancelled() -> None:
    desk = restoring()
    desk.look(GOLD, at(5))
    changed = desk.look([*GOLD, ticket("T1", at(5.5), "cancelled")], at(6))
    assert brief(changed) == ["-restore/breached cancelled"]


def test_a_pause_ends_what_is_near_and_resuming_fires_it_again() -> None:
    desk = restoring()
    desk.look(GOLD, at(3))
    desk.look(GOLD, at(3.7))
    held = [*GOLD, ticket("T1", at(3.8), "waiting", reason="customer")]
    changed = desk.look(held, at(3.9))
    assert brief(changed) == ["-restore/used_75 paused", "-restore/used_90 paused"]
    assert {alert.resolved_at for alert in changed} == {at(3.8)}
    assert desk.look(held, at(9)) == ()
    resumed = desk.look([*held, ticket("T1", at(10), "working")], at(10.1))
    assert brief(resumed) == ["+restore/used_90 resumed", "+restore/used_75 resumed"]
    assert {alert.starts_at for alert in resumed} == {at(10)}


def test_a_pause_does_not_end_a_breach() -> None:
    desk = restoring()
    desk.look(GOLD, at(3))
    desk.look(GOLD, at(5))
    held = [*GOLD, ticket("T1", at(5.5), "waiting", reason="customer")]
    assert brief(desk.look(held, at(6))) == ["-restore/used_75 paused"]
    assert desk.firing == ["breached"]


def test_a_stage_crossed_and_paused_unseen_pages_when_it_resumes() -> None:
    history = [*GOLD, ticket("T1", at(3.2), "waiting", reason="customer")]
    desk = restoring()
    assert desk.look(history, at(4)) == ()
    (alert,) = desk.look([*history, ticket("T1", at(6), "working")], at(6.1))
    assert (alert.stage, alert.starts_at, alert.reason) == ("used_75", at(6), Reason.FIRST)


def test_a_late_pause_withdraws_a_breach() -> None:
    desk = restoring()
    desk.look(GOLD, at(3))
    desk.look(GOLD, at(5))
    late = [*GOLD, ticket("T1", at(1), "waiting", reason="customer"), ticket("T1", at(3), "working")]
    changed = desk.look(late, at(5.1))  # 3.1 h counted: the breach never was, three quarters are used
    assert brief(changed) == ["+restore/used_75 reworded", "-restore/breached withdrawn"]
    assert (changed[0].starts_at, changed[1].resolved_at) == (at(5), at(5.1))


def test_a_withdrawn_breach_leaves_the_worst_stage_that_still_holds_firing() -> None:
    desk = restoring()
    desk.look(GOLD, at(5))  # breached pages, the lower ones are superseded
    late = [*GOLD, ticket("T1", at(1), "waiting", reason="customer"), ticket("T1", at(2.2), "working")]
    changed = desk.look(late, at(5.1))  # 3.9 h counted
    assert brief(changed) == ["+restore/used_90 first", "-restore/breached withdrawn"]


def test_a_stage_that_was_withdrawn_and_holds_again_fires_again() -> None:
    desk = restoring()
    desk.look(GOLD, at(5))
    late = [*GOLD, ticket("T1", at(1), "waiting", reason="customer"), ticket("T1", at(4), "working")]
    assert brief(desk.look(late, at(5.1))) == ["-restore/breached withdrawn"]
    assert brief(desk.look(late, at(8)))[0] == "+restore/breached first"


def test_a_history_without_the_clock_withdraws_its_alerts() -> None:
    desk = restoring()
    desk.look(GOLD, at(3))
    changed = desk.look([ticket("T1", at(0), "working", tier="standard")], at(3.5))
    assert brief(changed) == ["-restore/used_75 withdrawn"]


def test_a_change_of_tier_fires_the_new_alert_before_it_ends_the_old() -> None:
    desk = restoring()
    desk.look(GOLD, at(3))
    desk.look(GOLD, at(3.7))
    raised = [*GOLD, ticket("T1", at(3.8), tier="diamond")]
    changed = desk.look(raised, at(3.9))  # 2 h for diamond
    told = [item for item in brief(changed) if not item.startswith(".")]
    assert told == ["+restore/breached tier_changed", "-restore/used_75 tier_changed", "-restore/used_90 tier_changed"]
    assert [alert.labels["tier"] for alert in changed if alert.notifies] == ["diamond", "gold", "gold"]
    assert desk.look(raised, at(4)) == ()


def test_a_change_back_to_an_earlier_tier_fires_again_under_its_old_labels() -> None:
    desk = restoring()
    desk.look(GOLD, at(3.7))
    raised = [*GOLD, ticket("T1", at(3.7), tier="diamond")]
    desk.look(raised, at(3.7))
    changed = desk.look([*raised, ticket("T1", at(3.75), tier="gold")], at(3.75))
    assert [item for item in brief(changed) if item[0] == "+"] == ["+restore/breached tier_changed"]


def test_a_tier_without_stages_ends_the_alerts() -> None:
    policy = exchanged(RESTORE_ONLY, ("{when: {tier: gold}", "{when: {tier: [gold, standard]}"))
    desk = restoring(policy)
    desk.look(GOLD, at(3))
    changed = desk.look([*GOLD, ticket("T1", at(3.1), tier="standard")], at(3.2))
    assert brief(changed) == ["-restore/used_75 tier_changed"]


def test_assurance_is_part_of_the_identity_and_adds_its_own_stages() -> None:
    policy = exchanged(RESTORE_ONLY, ("{when: {tier: gold}", "{when: {tier: [gold, standard]}"))
    history = [ticket("T1", at(0), "working", tier="standard", assurance="AAA")]
    (alert,) = restoring(policy).look(history, at(3.1))
    assert (alert.labels["assurance"], alert.stage) == ("AAA", "used_75")


def test_a_reopened_clock_fires_again_from_the_reopening() -> None:
    desk = restoring()
    desk.look(GOLD, at(5))
    stopped = [*GOLD, ticket("T1", at(5.5), "resolved")]
    desk.look(stopped, at(6))
    changed = desk.look([*stopped, ticket("T1", at(20), "working")], at(20))
    assert brief(changed)[0] == "+restore/breached reopened"
    assert changed[0].starts_at == at(20)


def test_a_breach_older_than_the_installation_is_recorded_and_not_paged() -> None:
    desk = restoring(installed_at=at(5))
    assert brief(desk.look(GOLD, at(5))) == [
        ".restore/breached backlog",
        ".restore/used_90 backlog",
        ".restore/used_75 backlog",
    ]
    assert desk.look(GOLD, at(50)) == ()


def test_a_stage_that_holds_at_the_installation_pages_when_its_clock_has_not_breached() -> None:
    desk = restoring(installed_at=at(3.8))
    assert brief(desk.look(GOLD, at(3.8)))[0] == "+restore/used_90 first"
    assert brief(desk.look(GOLD, at(4.1))) == ["+restore/breached worsened"]


def test_an_old_breach_stays_quiet_through_a_pause_but_not_through_a_reopening() -> None:
    desk = restoring(installed_at=at(5))
    desk.look(GOLD, at(5))
    held = [*GOLD, ticket("T1", at(6), "waiting", reason="customer"), ticket("T1", at(7), "working")]
    assert desk.look(held, at(6.5)) == ()
    assert desk.look(held, at(7.5)) == ()
    again = [*held, ticket("T1", at(8), "resolved"), ticket("T1", at(9), "working")]
    assert desk.look(again, at(8.5)) == ()
    assert brief(desk.look(again, at(9.5))) == ["+restore/breached first"]


def test_an_old_breach_that_is_withdrawn_makes_the_clock_an_ordinary_one() -> None:
    desk = restoring(installed_at=at(5))
    desk.look(GOLD, at(5))
    late = [*GOLD, ticket("T1", at(1), "waiting", reason="customer"), ticket("T1", at(2.2), "working")]
    assert brief(desk.look(late, at(5.0))) == ["+restore/used_90 first"]
    assert brief(desk.look(late, at(5.3))) == ["+restore/breached worsened"]


def test_what_was_over_before_anybody_looked_is_recorded_and_not_paged() -> None:
    desk = restoring()
    history = [*GOLD, ticket("T1", at(3.7), "resolved")]
    changed = desk.look(history, at(5))
    assert brief(changed) == [".restore/used_75 passed", ".restore/used_90 passed"]
    assert {alert.resolved_at for alert in changed} == {at(3.7)}
    assert desk.look(history, at(6)) == ()


def test_what_was_over_before_the_installation_is_not_even_recorded() -> None:
    desk = restoring(installed_at=at(100))
    assert desk.look([*GOLD, ticket("T1", at(5), "resolved")], at(100)) == ()


def test_a_further_stage_passed_unseen_before_the_stop_is_recorded_beside_the_end_of_the_first() -> None:
    desk = restoring()
    desk.look(GOLD, at(3))
    changed = desk.look([*GOLD, ticket("T1", at(3.7), "resolved")], at(5))
    assert brief(changed) == [".restore/used_90 passed", "-restore/used_75 restored"]


def test_what_was_passed_and_turns_out_to_be_open_pages() -> None:
    desk = restoring()
    stopped = [*GOLD, ticket("T1", at(3.7), "resolved")]
    desk.look(stopped, at(3.9))
    assert brief(desk.look(GOLD, at(3.9))) == ["+restore/used_90 first"]


def test_new_words_are_a_change_of_their_own_and_no_news_to_a_queue() -> None:
    desk = restoring()
    desk.look(GOLD, at(3))
    (alert,) = desk.look([*GOLD, ticket("T1", at(3.1), team="core")], at(3.2))
    assert (alert.reason, alert.annotations["team"]) == (Reason.REWORDED, "core")
    assert alert.goes_by(Delivery.STATE)
    assert not alert.goes_by(Delivery.QUEUE)


def test_every_cycle_of_a_recurring_clock_has_alerts_of_its_own() -> None:
    desk = Desk()
    history = [ticket("T1", at(0), "working", tier="gold"), ticket("T1", at(0, 25), feedback=True)]
    assert brief(desk.look(history[:1], at(0, 24))) == ["+feedback/used_75 first"]
    changed = desk.look(history, at(0, 49))
    assert [(alert.target, alert.cycle, alert.firing) for alert in changed] == [
        ("feedback", 1, False),
        ("feedback", 2, True),
    ]


def test_a_listed_at_risk_stage_pages_once() -> None:
    policy = RESTORE_ONLY + 'stages: {tier: {gold: ["75%"]}}\nat_risk: "50%"\n'
    policy = exchanged(policy, (policy[policy.index("  feedback:") : policy.index("stages:")], ""))
    desk = Desk(rules=cases.rules(policy))
    assert desk.look(GOLD, at(2.5)) == ()
    assert brief(desk.look(GOLD, at(3))) == ["+restore/used_75 first"]
    assert desk.look(GOLD, at(9)) == ()  # no stage for the breach is listed, so none pages


def test_minutes_left_are_a_stage_like_any_other() -> None:
    policy = RESTORE_ONLY[: RESTORE_ONLY.index("  feedback:")] + 'stages: {tier: {gold: ["15m left"]}}\n'
    (alert,) = Desk(rules=cases.rules(policy)).look(GOLD, at(3, 50))
    assert (alert.stage, alert.starts_at) == ("left_15m", at(3, 45))


def test_an_open_ticket_that_nobody_speaks_of_any_more_goes_on_firing() -> None:
    desk = restoring()
    desk.look(GOLD, at(5))
    for day in range(1, 200, 20):
        assert desk.look(GOLD, at(24 * day)) == ()
    assert desk.firing == ["breached"]


def digest(previous: list[Alert], *rows: tuple[str, str, int], hours: float = 1) -> tuple[Alert, ...]:
    return alert_rules.backlog_digest(rows, previous, SETTINGS, at(hours))


def test_the_backlog_is_one_alert_that_ends_with_its_last_clock() -> None:
    assert digest([]) == ()
    (first,) = digest([], ("gold", "restore", 7), ("diamond", "restore", 2))
    assert first.labels == {"alertname": "TierwatchBacklog", "instance": "north", "severity": "warning"}
    assert first.starts_at == SETTINGS.installed_at
    assert "Gold, Restoration: 7\nDiamond, Restoration: 2" in first.annotations["description"]
    assert "金牌，故障恢复：7\n钻石，故障恢复：2" in first.annotations["description_zh"]
    assert first.annotations["summary"].endswith(": 9")
    assert digest([first], ("diamond", "restore", 2), ("gold", "restore", 7)) == ()
    (fewer,) = digest([first], ("gold", "restore", 7))
    assert (fewer.reason, fewer.key) == (Reason.REWORDED, first.key)
    (over,) = digest([fewer], hours=30)
    assert (over.reason, over.resolved_at) == (Reason.NONE_LEFT, at(30))
    assert digest([over]) == ()
    assert [alert.reason for alert in digest([over], ("gold", "restore", 1))] == [Reason.REOPENED]


@pytest.mark.parametrize("told", [Reason.FIRST, Reason.RESUMED, Reason.PAUSED, Reason.WITHDRAWN])
def test_only_the_recorded_reasons_are_kept_from_receivers(told: Reason) -> None:
    alert = Alert({"a": "b"}, {}, at(0), reason=told)
    assert alert.goes_by(Delivery.QUEUE)
    for quiet in (Reason.SUPERSEDED, Reason.BACKLOG, Reason.PASSED):
        assert not replace(alert, reason=quiet).goes_by(Delivery.STATE)
