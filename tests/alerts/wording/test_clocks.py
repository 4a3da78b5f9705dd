from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.wording import clocks
from monitor.alert.alert import Alert
from tests.support import cases
from tests.support.cases import at, ticket
from tests.support.desk import Desk

RULES = cases.rules(cases.POLICY[: cases.POLICY.index("  feedback:")])
SAID: dict[str, Any] = {
    "tier": "gold",
    "assurance": "AAA",
    "customer": "ACME 银行",
    "circuit": "SZ-0042",
    "team": "core-net",
    "url": "https://tickets.example/INC42?id=42&token=hush",
}


def first(hours: float, *more: Any, **said: str) -> Alert:
    """The page about the restoration (4 h from midnight UTC), looked at *hours* after its start."""
    history = [ticket("INC42", at(0), "working", **{**SAID, **said}), *more]
    changed = Desk(rules=RULES).look(history, at(hours))
    return next(alert for alert in changed if alert.target == "restore" and alert.notifies)


def test_a_page_says_all_that_the_person_woken_needs() -> None:
    assert dict(first(3.2).annotations) == {
        "summary": "INC42 Restoration (Gold, AAA): 1 h left, due 2026-01-05 12:00 +08:00",
        "summary_zh": "INC42 故障恢复（金牌，AAA）：剩余1小时，2026-01-05 12:00 +08:00 到期",
        "description": "Promised to ACME 银行: Restoration within 4 h.\n"
        "75 % used since 2026-01-05 11:00 +08:00; 1 h left, due 2026-01-05 12:00 +08:00.\n"
        "Circuit: SZ-0042. Team: core-net.\n"
        "Figure: test. Policy: case@1.\n"
        "Why: https://tierwatch.example/explain/tickets/INC42\n"
        "Ticket: https://tickets.example/INC42?id=42",
        "description_zh": "承诺对象：ACME 银行。故障恢复，时限4小时。\n"
        "2026-01-05 11:00 +08:00 起已用 75%；剩余1小时，2026-01-05 12:00 +08:00 到期。\n"
        "电路：SZ-0042。责任班组：core-net。\n"
        "数值来源：test。策略：case@1。\n"
        "说明：https://tierwatch.example/explain/tickets/INC42\n"
        "工单：https://tickets.example/INC42?id=42",
        "customer": "ACME 银行",
        "circuit": "SZ-0042",
        "team": "core-net",
        "due": "2026-01-05 12:00 +08:00",
        "budget": "4 h",
        "budget_source": "test",
        "policy": "case@1",
        "explain_url": "https://tierwatch.example/explain/tickets/INC42",
        "ticket_url": "https://tickets.example/INC42?id=42",
        "reason": "first",
    }


def test_a_breach_says_since_when() -> None:
    said = first(7).annotations
    assert said["summary"] == "INC42 Restoration (Gold, AAA): breached, was due 2026-01-05 12:00 +08:00"
    assert said["summary_zh"] == "INC42 故障恢复（金牌，AAA）：已超时，应于 2026-01-05 12:00 +08:00 前完成"


def test_after_a_pause_it_says_what_was_left_at_the_resuming() -> None:
    pause = (ticket("INC42", at(3.5), "waiting", reason="customer"), ticket("INC42", at(10), "working"))
    said = first(10.05, *pause).annotations
    assert said["summary"].endswith("30 min left, due 2026-01-05 18:30 +08:00")


@pytest.mark.parametrize(
    ("status", "reason", "english", "chinese"),
    [
        ("resolved", None, "completed at 2026-01-05 11:18 +08:00", "已于 2026-01-05 11:18 +08:00 完成"),
        ("cancelled", None, "cancelled at 2026-01-05 11:18 +08:00", "已于 2026-01-05 11:18 +08:00 取消"),
        (
            "waiting", "customer", "paused at 2026-01-05 11:18 +08:00; pages again when it resumes",
            "已于 2026-01-05 11:18 +08:00 挂起，恢复计时后将再次告警",
        ),
    ],
)  # fmt: skip
def test_an_end_says_what_ended_it(status: str, reason: str | None, english: str, chinese: str) -> None:
    desk, history = Desk(rules=RULES), [ticket("INC42", at(0), "working", **SAID)]
    desk.look(history, at(3))
    (over,) = [
        alert
        for alert in desk.look([*history, ticket("INC42", at(3.3), status, reason=reason)], at(3.4))
        if alert.target == "restore"
    ]
    assert over.annotations["summary"] == f"INC42 Restoration (Gold, AAA): {english}"
    assert over.annotations["summary_zh"] == f"INC42 故障恢复（金牌，AAA）：{chinese}"
    assert over.annotations["description"].splitlines()[0] == f"INC42 Restoration (Gold, AAA): {english}."
    assert over.annotations["circuit"] == "SZ-0042"
    assert over.annotations["reason"] == over.reason


def test_what_a_source_does_not_say_is_left_out() -> None:
    said = first(3.2, assurance="", customer="", circuit="", team="", url="").annotations
    assert said["summary"].startswith("INC42 Restoration (Gold): ")
    assert "Circuit" not in said["description"]
    assert "电路" not in said["description_zh"]
    assert said["description"].startswith("Promised to the customer: ")
    assert {"circuit", "customer", "team", "ticket_url"}.isdisjoint(said)


def test_a_short_budget_is_told_to_the_second() -> None:
    changed = Desk(rules=RULES).look([ticket("INC42", at(0), "new", **SAID)], at(0, 8))
    (near,) = [alert for alert in changed if alert.notifies]
    assert near.annotations["summary"].endswith("2 min 30 s left, due 2026-01-05 08:10:00 +08:00")


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("a\nb\tc", "a b c"),
        ("\u202eevil\u2066 \x00x", "evil x"),
        ("  广州\u3000电信 ", "广州 电信"),
        ("x" * 100, "x" * 59 + "…"),
        ("\ud800", ""),
    ],
)
def test_a_sources_words_become_one_short_line(text: str, clean: str) -> None:
    assert clocks.plain(text) == clean


@given(st.text())
def test_no_words_of_a_source_break_a_text_out_of_its_line(text: str) -> None:
    said = first(3.2, customer=text, circuit=text, team=text).annotations
    assert len(said["description"].splitlines()) <= 6
    assert len(said["description"]) < 600
    said["description"].encode()


def test_local_time_follows_the_zone_through_a_change_of_its_clocks() -> None:
    before, after = datetime(2026, 3, 29, 0, 59, tzinfo=UTC), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert clocks.local(before, "Europe/Berlin") == "2026-03-29 01:59 +01:00"
    assert clocks.local(after, "Europe/Berlin") == "2026-03-29 03:00 +02:00"
    assert clocks.local(before, "America/St_Johns") == "2026-03-28 22:29 -02:30"


def end_of(hours: float, *more: Any, looked: float = 3) -> Alert:
    """The end of the page about the restoration, by what was said after it."""
    desk, history = Desk(rules=RULES), [ticket("INC42", at(0), "working", **SAID)]
    desk.look(history, at(looked))
    changed = desk.look([*history, *more], at(hours))
    return next(alert for alert in changed if alert.target == "restore" and alert.notifies and not alert.firing)


def test_an_end_in_time_and_one_that_is_late_are_told_apart() -> None:
    kept = end_of(3.4, ticket("INC42", at(3.3), "resolved"))
    assert kept.annotations["description"].splitlines()[1] == "The promise was kept."
    late = end_of(5.4, ticket("INC42", at(5.3), "resolved"), looked=5)
    assert late.annotations["summary"].endswith(
        ": completed at 2026-01-05 13:18 +08:00, late: it was due 2026-01-05 12:00 +08:00"
    )
    assert "The promise was broken." in late.annotations["description"]
    assert "已超时：应于 2026-01-05 12:00 +08:00 前完成" in late.annotations["summary_zh"]


def test_an_end_by_a_tier_that_pages_nobody_does_not_promise_another_alert() -> None:
    over = end_of(3.2, ticket("INC42", at(3.1), tier="standard", assurance=""))
    assert over.reason == "cancelled", "standard has no figure for it"
    assert "Another alert of this clock" not in over.annotations["description"]


def test_an_end_by_another_tier_names_the_alert_that_holds_now() -> None:
    over = end_of(3.2, ticket("INC42", at(3.1), tier="diamond"))
    assert over.reason == "tier_changed"
    assert "Another alert of this clock goes on." in over.annotations["description"]


def test_a_pause_says_that_the_clock_stands_still() -> None:
    over = end_of(3.4, ticket("INC42", at(3.3), "waiting", reason="customer"))
    assert "no time counts until it resumes" in over.annotations["description"]
    assert "due" not in over.annotations


def test_a_cancelled_breach_says_that_it_had_been_broken() -> None:
    over = end_of(5.4, ticket("INC42", at(5.3), "cancelled"), looked=5)
    assert (
        "The promise no longer applies. It had been broken at 2026-01-05 12:00 +08:00."
        in (over.annotations["description"])
    )
