"""The real program and a real Prometheus: the first breach of a group is an increase, however late it is heard of."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support import prometheus
from tests.support.installations import configuration, of_tickets, promise, written
from tests.support.peers import until
from tests.support.program import tierwatch, value
from tests.support.texts import exchanged

pytestmark = pytest.mark.peer

BUDGET = timedelta(seconds=2)


def say(path: Path, number: int, ticket: str, status: str, at: datetime, **fields: str) -> None:
    event = {"event_id": f"e{number}", "kind": "ticket", "subject": ticket, "at": at.isoformat(), "status": status}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(event | ({"fields": fields} if fields else {})) + "\n")


def test_the_ratio_of_the_manual_is_right_where_the_first_clock_is_heard_of_after_its_deadline(tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    events.touch()
    policy = exchanged(promise(f"{BUDGET.seconds}s"), ("tier: gold}, budget", "tier: [gold, standard]}, budget"))
    path = written(tmp_path, policy, configuration(of_tickets("jsonl_file", path=str(events)), {"log": "{type: log}"}))
    with tierwatch(path) as address:
        assert value(address, 'tierwatch_sla_clocks_breached_total{assurance="none",sla_target="restore"') == 0
        assert value(address, 'tierwatch_alerts_sent_total{channel="log",reason="first"') == 0
        assert value(address, 'tierwatch_outbox_pending{channel="log"') == 0
        opened = datetime.now(UTC)
        until(lambda: datetime.now(UTC) > opened + BUDGET * 2, "its time is over before anybody hears of it")
        say(events, 1, "G", "opened", opened, tier="gold")
        counted = (
            'tierwatch_sla_clocks_breached_total{assurance="none",sla_target="restore",source="tickets",tier="gold"'
        )
        until(lambda: value(address, counted) == 1, "it is counted before the first scrape")
        target = address.removeprefix("http://")
        with prometheus.running(prometheus.config({"tierwatch": target}), tmp_path / "prometheus") as it:
            until(lambda: it.value('tierwatch_sla_clocks_breached_total{tier="gold"}') == 1, "it is scraped")
            assert it.value('min_over_time(tierwatch_sla_clocks_breached_total{tier="gold"}[5m])') == 0
            say(events, 2, "S", "opened", opened, tier="standard")
            until(lambda: it.value('tierwatch_sla_clocks_breached_total{tier="standard"}') == 1, "it is scraped")
            for number, ticket in enumerate("GS", 3):
                say(events, number, ticket, "restored", datetime.now(UTC))
            until(lambda: it.value("sum(tierwatch_sla_clocks_completed_total)") == 2, "both are restored")
            for tier in ("gold", "standard"):
                for word in ("started", "breached", "completed"):
                    grown = f'increase(tierwatch_sla_clocks_{word}_total{{tier="{tier}"}}[10m]) > 0.5'
                    until(lambda grown=grown: it.value(grown), f"{tier} {word} is an increase")
            ratio = (
                "sum by (tier, sla_target) (increase(tierwatch_sla_clocks_breached_total[10m]))"
                " / sum by (tier, sla_target) (increase(tierwatch_sla_clocks_{}_total[10m]))"
            )
            for word in ("completed", "started"):
                found = {row["metric"]["tier"]: float(row["value"][1]) for row in it.query(ratio.format(word))}
                assert found["gold"] == pytest.approx(1, rel=0.1), word
                assert found["standard"] == pytest.approx(1, rel=0.1), word
            assert it.value("sum(increase(tierwatch_source_polls_total[10m])) > 0"), "polls grow, too"
