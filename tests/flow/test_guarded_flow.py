"""A guarded period begins and ends while the real program runs: earlier pages, other people, a daily report; then back.

Time is moved, not waited for: the machine sleeps from one instant of the story to the next.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import requests

from tests.support.installations import configuration, of_tickets, promise, written
from tests.support.peers import until
from tests.support.program import value, wait_for
from tests.support.shifted import Clocks, shifted
from tests.support.webhook import Webhook, listening

M = timedelta(minutes=1)
GUARDED, NAME = "TierwatchGuardedPeriod", "tierwatch_guarded"

ROTA = """
people:
  zhang: {name: {en: Zhang Wei, zh: 张伟}, receivers: [usual]}
  anna: {name: {en: Anna}, receivers: [ordered]}
teams:
  noc:
    name: {en: NOC}
    receivers: [wall]
    layers:
      - {people: [zhang], start: 2026-01-05}
      - {people: [anna], during: congress}
    escalation:
      - {at: 0%, tell: on_call}
"""


def policy(begin: datetime, end: datetime, due: datetime) -> str:
    """Four hours for gold, told of at 75 %; in the period at 30 %, and a report is due at *due*."""
    report = f"""
  daily:
    name: {{en: Daily report, zh: 重保日报}}
    counts: [closed]
    when: {{process: report}}
    by: customer
    duties: {{each: day, at: "{due:%H:%M}", during: congress}}
    budgets: [{{at_least: 1 times, source: test}}]"""
    return promise(
        "4h",
        report.strip("\n"),
        "stages: {tier: {gold: [75%, 100%]}}",
        "guarded_periods:",
        "  congress:",
        "    name: {en: Congress, zh: 大会重保}",
        f"    from: {begin.isoformat()}",
        f"    to: {end.isoformat()}",
        "    for: {customer: [Harbour Bank]}",
        "    stages: [30%, 100%]",
        "    ordered_by: order 7",
    )


def say(folder: Path, ticket: str, at: datetime, customer: str) -> None:
    line = {
        "event_id": ticket, "kind": "ticket", "subject": ticket, "at": at.isoformat(), "status": "opened",
        "fields": {"tier": "gold", "customer": customer},
    }  # fmt: skip
    with (folder / "tickets.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def told(webhook: Webhook, status: str = "firing", **labels: str) -> list[dict[str, Any]]:
    """The pages with that status and these labels, oldest first."""
    pages = [request.json() for request in list(webhook.requests)]
    return [page for page in pages if page["status"] == status and labels.items() <= page["labels"].items()]


def open_clocks(target: str, source: str, state: str, tier: str) -> str:
    labels = f'assurance="none",sla_target="{target}",source="{source}",state="{state}",tier="{tier}"'
    return f"tierwatch_sla_clocks{{{labels}}}"


def explained(address: str, source: str, subject: str) -> dict[str, Any]:
    answer = requests.get(f"{address}/explain/{source}/{subject}?format=json", timeout=60)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def to(webhook: Webhook, personal: bool = False) -> str:
    who = "personal: true, " if personal else ""
    return f'{{type: webhook, {who}options: {{url: "{webhook.url}", secret: {{file: link-secret}}}}}}'


def test_a_period_begins_and_ends_while_the_program_runs(tmp_path: Path) -> None:
    zero = datetime.now(UTC).replace(second=0, microsecond=0)
    begin, due, end = zero + 60 * M, zero + 120 * M, zero + 150 * M
    local = due.astimezone(ZoneInfo("Asia/Shanghai"))
    if (local.hour, local.minute) == (0, 0):
        due, local = due + M, local + M  # the first instant of a date has no date before it to be of
    (tmp_path / "oncall.yml").write_text(ROTA, encoding="utf-8")
    (tmp_path / "link-secret").write_text("a secret of thirty-two bytes, or more\n")
    (tmp_path / "tickets.jsonl").touch()
    clocks = Clocks(tmp_path / "clocks.json")

    def sleep_until(at: datetime) -> None:
        """The machine sleeps: its boot time goes on with its clock, which proves the new time."""
        by = (at - datetime.now(UTC)).total_seconds()
        clocks.set(wall=by, boot=by)

    of_period = '{period="congress"'
    in_force, running = f"{NAME}_period_in_force{of_period}}}", f'{NAME}_clocks{of_period},state="running"}}'
    with listening() as wall, listening() as usual, listening() as ordered:
        receivers = {"wall": to(wall), "usual": to(usual, True), "ordered": to(ordered, True)}
        source = of_tickets("jsonl_file", path="tickets.jsonl")
        keys = ("oncall: oncall.yml", "link_secret: {file: link-secret}")
        config = written(tmp_path, policy(begin, end, local), configuration(source, receivers, *keys))
        with shifted(config, clocks) as address:
            say(tmp_path, "T-1", zero, "Harbour Bank")
            say(tmp_path, "T-2", zero, "Pearl Airport")
            wait_for(address, open_clocks("restore", "tickets", "running", "gold"), 2)
            assert value(address, in_force) == 0
            assert value(address, f"{NAME}_period_begin_timestamp_seconds{of_period}") == begin.timestamp()
            assert value(address, f"{NAME}_period_end_timestamp_seconds{of_period}") == end.timestamp()
            (coming,) = explained(address, "tickets", "T-1")["guarded"]
            assert (coming["when"], coming["stages"]["after"]) == ("later", ["used_30", "breached"])

            sleep_until(begin + M)
            (page,) = until(lambda: told(wall, alertname=GUARDED))
            assert "Congress" in page["annotations"]["summary"]
            assert "Due in it: Daily report." in page["annotations"]["description"]
            assert "Ordered by order 7." in page["annotations"]["description"]
            assert value(address, in_force) == 1
            wait_for(address, running, 1)
            assert told(wall, ticket="T-1") == []

            sleep_until(zero + 73 * M)  # 30 % of four hours
            (page,) = until(lambda: told(wall, ticket="T-1"))
            assert (page["labels"]["stage"], page["annotations"]["guarded"]) == ("used_30", "congress")
            (page,) = until(lambda: told(ordered, ticket="T-1"))
            assert page["annotations"]["escalated_to"] == "Anna"
            assert explained(address, "tickets", "T-1")["guarded"][0]["when"] == "now"

            sleep_until(due + M)
            (page,) = until(lambda: told(wall, sla_target="daily", stage="breached"))
            assert page["annotations"]["customer"] == "Harbour Bank"
            until(lambda: told(ordered, sla_target="daily"))
            wait_for(address, open_clocks("daily", "groups", "breached", "none"), 1)
            (report,) = explained(address, "groups", "daily/harbour%20bank")["clocks"]
            assert (report["state"], report["missed_periods"]) == ("breached", 0)

            sleep_until(end + M)
            (page,) = until(lambda: told(wall, "resolved", alertname=GUARDED))
            assert page["reason"] == "period_over"
            assert "the usual levels, figures and stages hold again" in page["annotations"]["summary"]
            assert value(address, in_force) == 0
            assert value(address, running) == 0
            until(lambda: told(wall, "resolved", ticket="T-1", stage="used_30"))
            (over,) = explained(address, "tickets", "T-1")["guarded"]
            assert over["when"] == "over"
            assert "The usual terms hold again." in over["sentence"]["en"]
            assert usual.requests == [], "nobody but those of the order was called"

            sleep_until(zero + 181 * M)  # 75 % of four hours
            for ticket in ("T-1", "T-2"):
                (page,) = until(lambda ticket=ticket: told(wall, ticket=ticket, stage="used_75"))
                assert "guarded" not in page["annotations"]
                (page,) = until(lambda ticket=ticket: told(usual, ticket=ticket))
                assert page["annotations"]["escalated_to"] == "Zhang Wei / 张伟"
            assert [page["labels"]["stage"] for page in told(wall, ticket="T-2")] == ["used_75"]
            assert told(ordered, ticket="T-2") == []
