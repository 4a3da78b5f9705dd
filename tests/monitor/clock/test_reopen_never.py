"""`reopen: never`: what a fact of the ticket ended stays ended."""

from __future__ import annotations

import pytest

from monitor.errors import ConfigError
from monitor.model import Life
from tests.support.dated import H, at, book, cycles, one

ROW = "budgets: [{budget: 4h, source: t}]"
NEVER = f"restore: {{start: [opened, accepted], stop: [restored], pause: [customer], reopen: never, {ROW}}}"


@pytest.mark.parametrize("end", ["restored", "cancelled"])
@pytest.mark.parametrize("again", ["accepted", "held customer", "opened", "strange"])
def test_a_reopened_ticket_does_not_start_the_clock_again(end: str, again: str) -> None:
    said = f"08:00 opened · 10:00 {end}"
    assert cycles([NEVER], f"{said} · 11:00 {again}", "12:00") == cycles([NEVER], said, "12:00")


def test_a_later_end_is_not_the_end() -> None:
    reading = one(NEVER, "08:00 opened · 10:00 restored · 11:00 accepted · 16:00 restored", "17:00")
    assert (reading.stopped_at, reading.counted, reading.breached_at) == (at("10:00"), 2 * H, None)


def test_an_end_that_is_corrected_stays_the_end() -> None:
    reading = one(NEVER, "08:00 opened · 10:00 restored · 11:00 accepted · 12:00 stop=09:00", "13:00")
    assert (reading.stopped_at, reading.counted) == (at("09:00"), H)


def test_what_a_lost_promise_cancelled_begins_with_the_next_promise() -> None:
    rows = "budgets: [{when: {tier: gold}, budget: 4h, source: t}]"
    target = NEVER.replace(ROW, rows)
    said = "08:00 opened gold · 09:00 silver · 09:30 on_site · 10:00 gold"
    assert one(target, said, "10:30").life is Life.CANCELLED
    reading = one(target, f"{said} · 11:00 accepted", "12:00")
    assert (reading.life, reading.counted) == (Life.RUNNING, 2 * H)


def test_a_ticket_that_is_reopened_while_nothing_is_promised_owes_nothing_later() -> None:
    target = NEVER.replace(ROW, "budgets: [{when: {tier: gold}, budget: 4h, source: t}]")
    said = "08:00 opened gold · 09:00 restored · 10:00 silver · 11:00 accepted · 12:00 gold"
    assert [one.stopped_at for one in cycles([target], said, "13:00")] == [at("09:00")]


def test_what_another_clock_began_and_took_back_begins_again() -> None:
    report = f"report: {{started_by: {{target: restore}}, stop: [delivered], reopen: never, {ROW}}}"
    parent = f"restore: {{start: [opened, accepted], stop: [restored], {ROW}}}"
    said = "08:00 opened · 09:00 restored · 10:00 accepted · 11:00 restored"
    reading = cycles([report, parent], said, "12:00")[-1]
    assert (reading.life, reading.counted) == (Life.RUNNING, 2 * H)
    delivered = f"{said} · 12:00 delivered · 13:00 accepted · 14:00 restored"
    assert cycles([report, parent], delivered, "15:00")[-1].stopped_at == at("12:00")


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ("recurring: true", "each feedback begins another cycle of it; remove never, or recurring"),
        ("ahead_of: planned", "a plan that is opened anew is another promise; remove never"),
    ],
)
def test_it_is_refused_where_another_cycle_is_what_the_target_is_about(more: str, sentence: str) -> None:
    target = f"restore: {{start: [opened], stop: [restored], reopen: never, {more}, {ROW}}}"
    with pytest.raises(ConfigError, match=sentence):
        book(target)
    with pytest.raises(ConfigError, match="an allowance begins anew with its period; remove never"):
        book(f"restore: {{start: [unavailable], per: month, reopen: never, {ROW}}}", kind="circuit")
