"""Events as PagerDuty wants them, and what its answers mean."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts.delivery.templates import Template
from alerts.notifiers import pagerduty
from alerts.notifiers.pagerduty import MOST_BYTES, Config
from monitor.alert.alert import Alert, Missed, Page, Reason, Result, Verdict
from monitor.model import SubjectKey
from monitor.net.credentials import Secret
from tests.support.loopback import as_json
from tests.support.pages import pages
from tests.support.webhook import Reply, Webhook, listening

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
KEY = Secret("r0uting-key", "$PD_KEY")
YES = as_json({"status": "success", "message": "Event processed", "dedup_key": "x"}, 202)
FIRES = Alert(
    {"alertname": "TierwatchDeadlineBreached", "tier": "gold", "sla_target": "restore", "severity": "critical"},
    {"summary": "INC1 breached", "summary_zh": "INC1 已超时", "description": "Why", "circuit": "C-7",
     "ticket_url": "https://desk.example/INC1"},
    NOW - timedelta(minutes=5),
    subject=SubjectKey("desk", "INC1"),
    link="https://tierwatch.example/explain/desk/INC1",
)  # fmt: skip


@pytest.fixture
def server() -> Iterator[Webhook]:
    with listening() as it:
        yield it


def one(server: Webhook, reply: Reply, alert: Alert = FIRES, **options: Any) -> Result:
    server.replies.append(reply)
    tell = pagerduty.build(Config(KEY, url=server.url + "/v2/enqueue", language="en", **options))
    (result,) = tell.send(pages(alert, channel="pd"), NOW)
    return result


def test_a_page_triggers(server: Webhook) -> None:
    assert one(server, YES).verdict is Verdict.ACCEPTED
    (request,) = server.requests
    assert request.path == "/v2/enqueue"
    assert request.json() == {
        "routing_key": "r0uting-key",
        "event_action": "trigger",
        "dedup_key": FIRES.key,
        "client": "tierwatch",
        "client_url": "https://tierwatch.example/explain/desk/INC1",
        "links": [
            {"href": "https://tierwatch.example/explain/desk/INC1", "text": "tierwatch"},
            {"href": "https://desk.example/INC1", "text": "ticket"},
        ],
        "payload": {
            "summary": "[ALERT] INC1 breached",
            "source": "INC1",
            "severity": "critical",
            "timestamp": "2026-01-05T11:55:00+00:00",
            "component": "C-7",
            "group": "gold",
            "class": "restore",
            "custom_details": {
                "text": "Why", "reason": "first", "summary": "INC1 breached", "summary_zh": "INC1 已超时",
                "description": "Why", "circuit": "C-7", "ticket_url": "https://desk.example/INC1",
                "alertname": "TierwatchDeadlineBreached", "tier": "gold", "sla_target": "restore",
                "severity": "critical",
            },
        },
    }  # fmt: skip


def test_an_end_resolves_under_the_same_key(server: Webhook) -> None:
    one(server, YES, FIRES.resolve(NOW, Reason.RESTORED))
    assert server.requests[0].json() == {
        "routing_key": "r0uting-key",
        "event_action": "resolve",
        "dedup_key": FIRES.key,
    }


def test_a_digest_is_an_alert_that_is_over_at_once_and_resolves_what_pagerduty_may_know_of(server: Webhook) -> None:
    over = FIRES.resolve(NOW, Reason.RESTORED)
    said_over = replace(over, labels={"alertname": "TierwatchMissed"})
    digest = Page(7, 1, "pager", said_over, 0, Missed(2, (over,), (over.key,)))
    server.answer = lambda request: YES
    (result,) = pagerduty.build(Config(KEY, url=server.url)).send([digest], NOW)
    assert (result.page, result.verdict) == (digest, Verdict.ACCEPTED)
    said = [(body["event_action"], body["dedup_key"]) for body in (request.json() for request in server.requests)]
    assert said == [("trigger", digest.alert.key), ("resolve", digest.alert.key), ("resolve", over.key)]


@pytest.mark.parametrize(
    ("severity", "theirs"),
    [("critical", "critical"), ("warning", "warning"), ("info", "info"), ("", "warning"), ("page", "warning")],
)
def test_severities_are_theirs(severity: str, theirs: str) -> None:
    body, _ = pagerduty.event(replace(FIRES, labels={"severity": severity}), Config(KEY))
    assert body["payload"]["severity"] == theirs


def test_an_alert_of_the_program_itself_has_a_source_and_no_links() -> None:
    body, _ = pagerduty.event(Alert({"instance": "north"}, {}, NOW, link="javascript:x"), Config(KEY))
    assert body["payload"]["source"] == "north"
    assert "links" not in body
    assert body["payload"]["summary"]


@pytest.mark.parametrize("letter", ["x", "临", "𝔘"])
def test_an_event_never_exceeds_its_limits(letter: str, server: Webhook) -> None:
    many = {f"n{n}": letter * 9000 for n in range(40)}
    huge = replace(FIRES, annotations={"summary": letter * 5000, "description": letter * 300_000, **many})
    one(server, YES, huge)
    body = server.requests[0].json()
    assert len(server.requests[0].body) <= MOST_BYTES
    assert len(body["payload"]["summary"]) == 1024
    assert body["payload"]["summary"].endswith("…")
    assert body["payload"]["custom_details"]["text"].endswith("…")
    assert body["payload"]["custom_details"]["severity"] == "critical"


def test_more_details_than_there_is_room_for_are_left_out() -> None:
    many = {f"n{n}": "临" * 60 for n in range(5000)}
    body, _ = pagerduty.event(replace(FIRES, annotations=many), Config(KEY))
    assert len(json.dumps(body)) <= MOST_BYTES


def test_a_template_gets_times_of_the_zone_of_the_page(server: Webhook) -> None:
    server.replies.append(YES)
    page = Page(1, 1, "pd/1", FIRES, zone="Asia/Shanghai")
    pagerduty.build(Config(KEY, url=server.url, template=Template("{{ starts_at }}", "it"))).send([page], NOW)
    assert server.requests[0].json()["payload"]["custom_details"]["text"].endswith("+08:00")


def test_a_template_writes_the_text(server: Webhook) -> None:
    one(server, YES, template=Template("{{ labels.tier }}!", "it"))
    assert server.requests[0].json()["payload"]["custom_details"]["text"] == "gold!"
    result = one(server, YES, template=Template("{{ nope }}", "it"))
    assert result.verdict is Verdict.ACCEPTED
    assert "'nope' is undefined" in result.detail
    assert server.requests[1].json()["payload"]["custom_details"]["text"] == "Why"


@pytest.mark.parametrize(
    ("reply", "verdict", "reason", "said"),
    [
        (as_json({"message": "Event object is invalid", "errors": ["Length of 'summary'"]}, 400),
         Verdict.REFUSED, "refused", "Length of 'summary'"),
        (as_json({"status": "invalid event", "errors": ["Invalid routing key r0uting-key"]}, 400),
         Verdict.RETRY, "unauthorized", "$PD_KEY"),
        (as_json({"errors": ["bad: r0uting-key"]}, 400), Verdict.REFUSED, "refused", "<$PD_KEY>"),
        (Reply(400, b"<html>"), Verdict.RETRY, "not_pagerduty", "not PagerDuty's"),
        (Reply(200, b"<html>"), Verdict.RETRY, "unexpected", "url"),
        (Reply(429, headers={"Retry-After": "30"}), Verdict.RETRY, "throttled", "429"),
        (Reply(503), Verdict.RETRY, "server_error", "503"),
        (Reply(403), Verdict.RETRY, "forbidden", "routing_key"),
    ],
)  # fmt: skip
def test_answers(server: Webhook, reply: Reply, verdict: Verdict, reason: str, said: str) -> None:
    result = one(server, reply)
    assert (result.verdict, result.reason) == (verdict, reason)
    assert said in result.detail
    assert "r0uting-key" not in result.detail
    if reply.status == 429:
        assert result.retry_at is not None
        assert timedelta(seconds=30) <= result.retry_at - NOW < timedelta(seconds=32)


def test_a_resolve_never_overtakes_its_trigger(server: Webhook) -> None:
    server.replies.extend([Reply(503), YES])
    other = replace(FIRES, labels={"ticket": "INC2"})
    tell = pagerduty.build(Config(KEY, url=server.url))
    results = tell.send(pages(FIRES, FIRES.resolve(NOW, Reason.RESTORED), other), NOW)
    assert [result.verdict for result in results] == [Verdict.RETRY, Verdict.RETRY, Verdict.ACCEPTED]
    assert [request.json()["event_action"] for request in server.requests] == ["trigger", "trigger"]
    assert server.requests[1].json()["dedup_key"] == other.key


def test_the_link_to_acknowledge_is_a_link_of_the_event_and_never_its_address(server: Webhook) -> None:
    url = "https://tierwatch.example/acknowledge/eyJhIjoi.x"
    taken = replace(FIRES, annotations={**FIRES.annotations, "acknowledge_url": url})
    cause = replace(taken, link="", annotations={"summary": "s", "acknowledge_url": url})
    for said in (taken, cause, taken.resolve(NOW, Reason.RESTORED)):
        one(server, YES, said)
    first, second, over = (request.json() for request in server.requests)
    assert first["links"][-1] == {"href": url, "text": "acknowledge"}
    assert first["client_url"] == FIRES.link
    assert first["payload"]["custom_details"]["acknowledge_url"] == url
    assert second["links"] == [{"href": url, "text": "acknowledge"}]
    assert "client_url" not in second
    assert set(over) == {"routing_key", "event_action", "dedup_key"}
