"""A page that nobody answers goes to the next one; a click stops it; a worse stage begins again. The real program."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from tests.support.installations import ON_CALL, configuration, of_tickets, promise, written
from tests.support.peers import until
from tests.support.program import command, tierwatch
from tests.support.texts import exchanged
from tests.support.webhook import Webhook, listening

STAGES = "stages: {tier: {gold: [75%, 100%]}}"
POLICY = promise("2m", STAGES)
KEYS = ("oncall: oncall.yml", "link_secret: {file: link-secret}", "api_token: {file: api-token}")


def personal(webhook: Webhook) -> str:
    return f'{{type: webhook, personal: true, options: {{url: "{webhook.url}", secret: {{file: link-secret}}}}}}'


FOR_GOOD = "acknowledgements: {hold: off}"
"""Whoever acknowledges holds it until it gets worse."""


def prepared(folder: Path, engineer: Webhook, lead: Webhook, rota: str = ON_CALL, more: str = FOR_GOOD) -> Path:
    """Everything but the tickets; gives the configuration."""
    (folder / "oncall.yml").write_text(rota, encoding="utf-8")
    (folder / "link-secret").write_text("a secret of thirty-two bytes, or more\n")
    (folder / "api-token").write_text("let-me-in-please\n")
    receivers = {"wall": "{type: log}", "engineer": personal(engineer), "lead": personal(lead)}
    return written(
        folder, POLICY, configuration(of_tickets("jsonl_file", path="tickets.jsonl"), receivers, *KEYS, more)
    )


@contextmanager
def site(folder: Path, open_for: timedelta, engineer: Webhook, lead: Webhook, more: str = FOR_GOOD) -> Iterator[str]:
    """The program with one ticket, which it hears of when it is ready, however long its start took."""
    config = prepared(folder, engineer, lead, more=more)
    (folder / "tickets.jsonl").touch()
    with tierwatch(config) as address:
        say(folder, "1", datetime.now(UTC) - open_for, "opened")
        yield address


def say(folder: Path, event: str, at: datetime, status: str) -> None:
    line = {
        "event_id": event, "kind": "ticket", "subject": "T-1", "at": at.isoformat(), "status": status,
        "fields": {"tier": "gold", "customer": "Harbour <b>Bank"},
    }  # fmt: skip
    with (folder / "tickets.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")


def pages(person: Webhook) -> list[dict[str, Any]]:
    return [request.json() for request in list(person.requests)]


def brief(person: Webhook) -> list[tuple[str, str, str]]:
    return [(page["status"], page["reason"], page["labels"]["stage"]) for page in pages(person)]


def test_who_does_not_answer_is_followed_by_the_next_and_a_click_stops_it(tmp_path: Path) -> None:
    open_for = timedelta(seconds=86)  # 75 % used in four seconds, broken in 34
    with listening() as engineer, listening() as lead, site(tmp_path, open_for, engineer, lead) as address:
        (first,) = until(lambda: pages(engineer))
        assert brief(engineer) == [("firing", "escalated", "used_75")]
        assert first["annotations"]["escalated_to"] == "Zhang Wei / 张伟"
        assert first["annotations"]["step"] == "1 of 2"
        assert pages(lead) == []

        (second,) = until(lambda: pages(lead))
        assert second["annotations"]["step"] == "2 of 2"
        assert second["alert"] == first["alert"]
        assert "Acknowledge: " in second["annotations"]["description"]

        link = second["annotations"]["acknowledge_url"]
        assert link.startswith(f"{address}/acknowledge/")
        shown = requests.get(link, timeout=60)
        assert shown.status_code == 200
        assert "Harbour <b>Bank" not in shown.text
        assert acknowledged(address) == []
        sent = requests.post(link, data={"author": "", "note": "on my way"}, timeout=60)
        assert sent.status_code == 200
        assert "Acknowledged." in sent.text
        assert acknowledged(address) == [("anna", "link", "on my way")]

        # anna has it, so she is told first; the one on duty only then
        until(lambda: ("firing", "escalated", "breached") in brief(lead))
        held = next(page for page in pages(lead) if page["labels"]["stage"] == "breached")
        assert held["annotations"]["step"] == "before step 1 of 2"
        worse = until(lambda: [page for page in pages(engineer) if page["labels"]["stage"] == "breached"])
        assert worse[0]["reason"] == "escalated"
        assert "you acknowledged it" not in worse[0]["annotations"]["description"]

        key = worse[0]["alert"]
        api = f"{address}/api/v1/alerts/{key}/acknowledge"
        assert requests.post(api, json={"author": "chatops"}, timeout=60).status_code == 401
        allowed = requests.post(
            api, json={"author": "chatops"}, timeout=60, headers={"Authorization": "Bearer let-me-in-please"}
        )
        assert allowed.json()["acknowledged"][0]["author"] == "chatops"

        say(tmp_path, "2", datetime.now(UTC), "restored")
        for person in (engineer, lead):
            ended = until(lambda person=person: over(person, 2))
            assert {page["labels"]["stage"] for page in ended} == {"used_75", "breached"}
        assert len(pages(engineer)) == 4, "each stage once, and its end"
        # whether the step after hers came before the acknowledgement depends on the machine
        assert len(pages(lead)) in (4, 5), "each stage, the breach perhaps as the next step too, and the ends"
    written = (tmp_path / "tierwatch.log").read_text(encoding="utf-8")
    assert "alert_acknowledged" in written
    for page in (*pages(engineer), *pages(lead)):
        token = page["annotations"].get("acknowledge_url", "").rpartition("/")[2]
        assert not token or token not in written


def test_an_acknowledgement_ends_and_the_one_on_duty_gets_one_page_with_the_note(tmp_path: Path) -> None:
    open_for = timedelta(seconds=86)  # 75 % used in four seconds, broken in 34
    with (
        listening() as engineer,
        listening() as lead,
        site(tmp_path, open_for, engineer, lead, "acknowledgements: {hold: 20%}") as address,
    ):
        (first,) = until(lambda: pages(engineer))
        api = f"{address}/api/v1/alerts/{first['alert']}/acknowledge"
        sent = requests.post(
            api, json={"author": "anna", "note": "on my <b>way"}, timeout=60,
            headers={"Authorization": "Bearer let-me-in-please"},
        ).json()  # fmt: skip
        (taken,) = sent["acknowledged"]
        assert taken["at"] < taken["ends_at"]
        (again,) = until(lambda: [page for page in pages(engineer) if page["reason"] == "ack_ended"])
        assert again["alert"] == first["alert"]
        said = again["annotations"]
        assert "anna acknowledged it" in said["description"]
        assert "“on my <b>way”" in said["description"]
        assert "备注“on my <b>way”" in said["description_zh"]
        assert said["step"] == "1 of 2"
        explained = requests.get(f"{address}/explain/tickets/T-1?format=json", timeout=60).json()
        (one,) = [one for alert in explained["alerts"] for one in alert.get("acknowledged", ())]
        assert one["ended_at"] >= one["ends_at"]
        metrics = requests.get(f"{address}/metrics", timeout=60).text
        assert 'tierwatch_acknowledgements_ended_total{reason="share"}' in metrics
        say(tmp_path, "2", datetime.now(UTC), "restored")
        until(lambda: over(engineer, 1))
        assert [page["reason"] for page in pages(engineer)].count("ack_ended") == 1


def over(person: Webhook, number: int) -> list[dict[str, Any]] | None:
    found = [page for page in pages(person) if page["status"] == "resolved"]
    return found if len(found) >= number else None


def acknowledged(address: str) -> list[tuple[str, str, str]]:
    said = requests.get(f"{address}/explain/tickets/T-1?format=json", timeout=60).json()
    return [
        (one["author"], one["via"], one["note"]) for alert in said["alerts"] for one in alert.get("acknowledged", ())
    ]


def test_a_mistake_in_the_rota_stops_the_start(tmp_path: Path) -> None:
    with listening() as nobody, listening() as none:
        config = prepared(tmp_path, nobody, none, exchanged(ON_CALL, ("people: [zhang]", "people: [zhou]")))
        for name in ("run", "check-config"):
            ended = command(name, "--config", str(config))
            assert ended.returncode == 1
            assert re.search(r"oncall\.yml:\d+ teams\.noc\.layers\.0\.people\.0: 'zhou' is not one of", ended.stderr)
