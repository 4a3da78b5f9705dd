"""Which promise is running and why, and the figures out of the program: threads 39 to 45, and findings 1 and 10."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from monitor.explain import as_lines, explain
from monitor.model import TransitionKind
from monitor.report import replay
from monitor.store.views import Views
from tests.lessons.stories import (
    OFFICE,
    M,
    every,
    happened,
    installation,
    promise,
    readings,
    rules,
    ticket,
    utc,
)  # fmt: skip
from tests.support.explanations import explain_json

ACCEPT = """\
  accept:
    name: {en: Acceptance}
    start: [opened]
    stop: [accepted, held, restored, closed]
    budgets: [{budget: 10m, source: test}]
"""
STORY = [
    ticket("T1", utc("2026-03-02 08:00"), "new", event_id="e-new", tier="gold"),
    ticket("T1", utc("2026-03-02 08:07"), "working", event_id="e-work"),
    ticket("T1", utc("2026-03-02 10:00"), "waiting", event_id="e-wait", reason="customer"),
    ticket("T1", utc("2026-03-02 11:30"), "working", event_id="e-back"),
    ticket("T1", utc("2026-03-02 14:00"), "resolved", event_id="e-done"),
]


def exported(*stories: list[Any], text: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The summary and the lines that `tierwatch replay` writes."""
    log = replay.Log(last_at=max(event.at for story in stories for event in story))
    for story in stories:
        log.subjects[story[0].subject].extend(story)
        log.events += len(story)
    out = io.StringIO()
    summary = replay.replay(log, rules(text), "tickets", out, None, lambda what, done, total: None)
    return summary, [json.loads(line) for line in out.getvalue().splitlines()]


def test_frappe_3235_the_promise_that_is_running_is_named_with_its_figure_and_its_calendar() -> None:
    """Gold until 10:00, diamond after it: the explanation names the row that holds now, and from which event on."""
    text = promise(
        "{when: {tier: diamond}, budget: 2h, source: 'SLA 4.2'}", "{when: {tier: gold}, budget: 4h, source: 'SLA 4.1'}",
        hours=OFFICE, zone="Asia/Shanghai",
    )  # fmt: skip
    events = [*STORY[:2], ticket("T1", utc("2026-03-02 08:30"), event_id="e-tier", tier="diamond")]
    before, after = (explain_json(events, rules(text), utc(now)) for now in ("2026-03-02 08:20", "2026-03-02 08:40"))
    named = [
        [(clock["target"], clock["tier"], clock["budget_source"], clock["budget_seconds"]) for clock in said["clocks"]]
        for said in (before, after)
    ]
    assert named == [[("restore", "gold", "SLA 4.1", 14400)], [("restore", "diamond", "SLA 4.2", 7200)]]
    (clock,) = after["clocks"]
    assert clock["calendar"] == {"name": "office", "version": "1", "zone": "Asia/Shanghai"}
    assert (clock["policy_version"], clock["intervals"][0]["because"]) == ("lesson@1", "e-new")


def test_frappe_3235_a_ticket_without_a_promise_says_so() -> None:
    text = promise("{when: {tier: diamond}, budget: 2h, source: test}")
    lines = list(as_lines(explain(STORY, rules(text), utc("2026-03-02 15:00"))))
    assert lines[-2] == "Targets without a clock"
    assert lines[-1].endswith(": tier is Gold; the nearest row (tier Diamond) needs Diamond")


def test_itop_the_sum_behind_a_breach_can_be_done_again_on_paper() -> None:
    """08:00-10:00 and 11:30-14:00 are 2:00 + 2:30 = 4:30 of 4 h: late by 30 min, since 13:30.

    The wait of 10:00-11:30 stands there with nothing counted, and each line says which event began it.
    """
    (clock,) = explain_json(STORY, rules(), utc("2026-03-02 15:00"))["clocks"]
    sum_ = [(part["because"], part["life"], part["counted_seconds"] / 60) for part in clock["intervals"]]
    assert sum_ == [
        ("e-new", "running", 120), ("e-wait", "paused", 0), ("e-back", "running", 150),
    ]  # fmt: skip
    assert (clock["counted_seconds"], clock["remaining_seconds"]) == (16200, -1800)
    assert clock["breached_at"] == "2026-03-02T13:30:00Z"


def test_frappe_2372_every_clock_can_be_exported_without_a_query() -> None:
    """One line a clock and cycle with all that a spreadsheet needs: 4:30 of 4 h, late since 13:30; another met."""
    other = [
        ticket("T2", utc("2026-03-02 09:00"), "new", tier="gold"), ticket("T2", utc("2026-03-02 10:00"), "resolved"),
    ]  # fmt: skip
    summary, lines = exported(STORY, other, text=promise())
    assert [(line["subject"], line["state"], line["counted_seconds"], line["breached_at"]) for line in lines] == [
        ("T1", "breached", 16200, "2026-03-02T13:30:00Z"), ("T2", "met", 3600, None),
    ]  # fmt: skip
    assert summary["outcomes"] == {"restore": {"gold": {"met": 1, "breached": 1, "cancelled": 0, "open": 0}}}


def test_freescout_2074_the_first_response_has_a_length_of_its_own() -> None:
    """Opened 08:00, taken up 08:07: 7 minutes of 10, in the export and in the store's counters by tier."""
    _, lines = exported(STORY, text=promise(more=ACCEPT))
    (line,) = [line for line in lines if line["target"] == "accept"]
    assert (line["counted_seconds"], line["budget_seconds"], line["state"]) == (420, 600, "met")


def test_freescout_2074_what_was_kept_is_counted_for_grafana(tmp_path: Path) -> None:
    """The counters that dashboards read: one acceptance met, one restoration that ended late, by tier and target."""
    now = utc("2026-03-02 15:00")
    with installation(tmp_path, rules(promise(more=ACCEPT))) as here:
        here.hear(now, *STORY)
        here.work(now)
        counts = {
            (count.name, count.labels["sla_target"]): count.value
            for count in Views(here.database).counts()
            if count.labels.get("tier") == "gold"
        }
    assert counts["tierwatch_sla_clocks_started_total", "accept"] == 1
    assert counts["tierwatch_sla_clocks_breached_total", "restore"] == 1
    assert ("tierwatch_sla_clocks_breached_total", "accept") not in counts


def test_freescout_5135_nothing_that_was_said_is_deleted(tmp_path: Path) -> None:
    """Found late at 13:45 on what was known; at 15:00 the source adds a wait of 12:00-13:00. The breach of 13:30 is
    withdrawn by a row of its own: both rows stay, and so do all statements."""
    late = [
        ticket("T1", utc("2026-03-02 12:00"), "waiting", event_id="late-wait", reason="customer"),
        ticket("T1", utc("2026-03-02 13:00"), "working", event_id="late-back"),
    ]
    with installation(tmp_path, rules()) as here:
        here.hear(utc("2026-03-02 13:45"), *STORY[:4])
        here.work(utc("2026-03-02 13:45"))
        here.hear(utc("2026-03-02 14:10"), *late, STORY[4])
        here.work(utc("2026-03-02 14:10"))
        (loaded,) = here.worker.clocks.load([STORY[0].key])
        assert len(Views(here.database).events_of(STORY[0].key)) == 7
    breach = utc("2026-03-02 13:30")
    assert ("breached", "breached", breach) in happened(loaded.transitions)
    assert ("withdrawn", "breached:breached", breach) in happened(loaded.transitions)
    assert [item.kind for item in loaded.transitions].count(TransitionKind.BREACHED) == 1


def test_constructorfabric_insight_3447_a_timer_that_touches_tickets_changes_no_clock() -> None:
    """Every 16 minutes something writes its own field for a week: 630 times. The clock is that of the statements."""
    touches = [
        ticket("T1", now, event_id=f"touch-{now:%d%H%M}", sla_timer=f"{now:%H:%M}")
        for now in every(utc("2026-03-02 08:00"), utc("2026-03-09 07:44"), 16 * M)
    ]
    assert len(touches) == 630
    now = utc("2026-03-09 08:00")
    assert readings([*STORY, *touches], now, rules()) == readings(STORY, now, rules())
