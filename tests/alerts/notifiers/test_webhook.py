"""Our own payload on the wire, its signature and its key."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts.notifiers import webhook
from alerts.notifiers._delivery import SLOWLY
from alerts.notifiers.webhook import Config
from monitor.alert.alert import Alert, Channel, Delivery, Page, Reason, Result, Verdict
from monitor.net.credentials import Auth, Secret
from tests.support.webhook import Reply, Webhook, listening

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
FIRES = Alert(
    {"alertname": "TierwatchDeadlineNear", "ticket": "INC1"},
    {"summary": "INC1: 5m left", "summary_zh": "INC1：剩余5分钟"},
    NOW - timedelta(hours=1),
    link="https://tierwatch.example/explain/desk/INC1",
)


@pytest.fixture
def server() -> Iterator[Webhook]:
    with listening() as it:
        yield it


def tell(server: Webhook, **options: Any) -> webhook.Webhook:
    return webhook.build(Config(server.url + "/in?a=b", Secret("s3cr3t", "$HOOK"), **options))


def one(server: Webhook, reply: Reply, **options: Any) -> Result:
    server.replies.append(reply)
    (result,) = tell(server, **options).send([Page(17, 2, "mine", FIRES)], NOW)
    return result


def test_it_is_told_every_change_once(server: Webhook) -> None:
    assert tell(server).channels("mine") == (Channel("mine", Delivery.QUEUE),)


def test_the_payload_is_version_1(server: Webhook) -> None:
    assert one(server, Reply(204)).verdict is Verdict.ACCEPTED
    (request,) = server.requests
    assert (request.method, request.path, request.query) == ("POST", "/in", {"a": "b"})
    assert request.headers["Content-Type"] == "application/json"
    assert request.json() == {
        "version": "1",
        "alert": FIRES.key,
        "status": "firing",
        "reason": "first",
        "labels": {"alertname": "TierwatchDeadlineNear", "ticket": "INC1"},
        "annotations": {"summary": "INC1: 5m left", "summary_zh": "INC1：剩余5分钟"},
        "starts_at": "2026-01-05T11:00:00Z",
        "resolved_at": None,
        "link": "https://tierwatch.example/explain/desk/INC1",
    }


def test_an_end_says_when_and_why() -> None:
    body = webhook.payload(Page(1, 1, "mine", FIRES.resolve(NOW, Reason.RESTORED)))
    assert (body["status"], body["reason"], body["resolved_at"]) == ("resolved", "restored", "2026-01-05T12:00:00Z")


def test_the_signature_is_over_timestamp_dot_body_as_they_came(server: Webhook) -> None:
    one(server, Reply(200), auth=Auth(token=Secret("t0ken", "$T")))
    (request,) = server.requests
    timestamp = request.headers["Tierwatch-Timestamp"]
    assert 0 <= int(timestamp) - NOW.timestamp() <= 2
    expected = hmac.digest(b"s3cr3t", f"{timestamp}.".encode() + request.body, "sha256").hex()
    assert request.headers["Tierwatch-Signature"] == f"v1={expected}"
    assert request.headers["Authorization"] == "Bearer t0ken"


def test_the_signature_is_the_one_of_the_documented_example() -> None:
    made = webhook.headers(
        Page(1, 1, "x", FIRES), b'{"a": 1}', Secret("key", "$K"), datetime.fromtimestamp(1767614400, UTC)
    )
    by_hand = hashlib.sha256(
        bytes(b ^ 0x5C for b in b"key".ljust(64, b"\0"))
        + hashlib.sha256(bytes(b ^ 0x36 for b in b"key".ljust(64, b"\0")) + b'1767614400.{"a": 1}').digest()
    ).hexdigest()
    assert made["Tierwatch-Signature"] == f"v1={by_hand}"


def test_the_idempotency_key_is_of_page_and_version_and_the_same_at_each_try(server: Webhook) -> None:
    one(server, Reply(503))
    one(server, Reply(200))
    first, second = (request.headers["Idempotency-Key"] for request in server.requests)
    assert first == second
    assert first.startswith("17-2-")
    other = webhook.headers(Page(17, 3, "mine", FIRES), b"", Secret("k", "$K"), NOW)["Idempotency-Key"]
    elsewhere = Alert({**FIRES.labels, "instance": "south"}, {}, FIRES.starts_at)
    foreign = webhook.headers(Page(17, 2, "mine", elsewhere), b"", Secret("k", "$K"), NOW)["Idempotency-Key"]
    assert len({first, other, foreign}) == 3


@pytest.mark.parametrize(
    ("status", "verdict", "reason"),
    [
        (400, Verdict.REFUSED, "refused"), (413, Verdict.REFUSED, "refused"), (422, Verdict.REFUSED, "refused"),
        (401, Verdict.RETRY, "unauthorized"), (404, Verdict.RETRY, "not_found"), (409, Verdict.RETRY, "refused"),
        (429, Verdict.RETRY, "throttled"), (500, Verdict.RETRY, "server_error"),
    ],
)  # fmt: skip
def test_what_it_answers_decides(server: Webhook, status: int, verdict: Verdict, reason: str) -> None:
    result = one(server, Reply(status))
    assert (result.verdict, result.reason) == (verdict, reason)
    assert str(status) in result.detail
    assert "ticket=INC1" in result.detail or verdict is Verdict.RETRY
    if status in (401, 404, 409):
        assert result.retry_at is not None
        assert result.retry_at - NOW >= SLOWLY
        assert "receivers.mine.options." in result.detail


def test_one_page_that_it_cannot_digest_holds_up_only_its_own_alert(server: Webhook) -> None:
    server.replies.extend([Reply(500), Reply(200), Reply(200)])
    pages = [Page(n, 1, "mine", Alert({"n": str(n % 3)}, {}, NOW)) for n in range(4)]
    verdicts = [result.verdict.value for result in tell(server).send(pages, NOW)]
    assert verdicts == ["retry", "accepted", "accepted", "retry"]


def test_one_that_fails_again_and_again_is_not_asked_for_every_page(server: Webhook) -> None:
    server.answer = lambda request: Reply(500)
    pages = [Page(n, 1, "mine", Alert({"n": str(n)}, {}, NOW)) for n in range(50)]
    assert {result.verdict for result in tell(server).send(pages, NOW)} == {Verdict.RETRY}
    assert len(server.requests) == 3
