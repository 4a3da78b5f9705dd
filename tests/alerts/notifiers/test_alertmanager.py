"""Every way in which an Alertmanager, or something in its place, can fail to take a page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from alerts.notifiers import alertmanager
from alerts.notifiers.alertmanager import FIRES_ON, SLOWLY, Alertmanager, Config, as_json
from monitor.alert.alert import Alert, Delivery, Reason, Result, Verdict
from monitor.net.credentials import Auth, Secret
from tests.support.pages import alert, page, pages
from tests.support.ports import free_port
from tests.support.webhook import Reply, Request, Webhook, listening

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
TOKEN = Secret("s3cr3t-t0ken", "$AM_TOKEN")


@pytest.fixture
def server() -> Iterator[Webhook]:
    with listening() as it:
        yield it


def notifier(server: Webhook, **options: Any) -> Alertmanager:
    return alertmanager.build(Config((server.url,), **options))


def one(server: Webhook, reply: Reply, **options: Any) -> Result:
    server.replies.append(reply)
    (result,) = notifier(server, **options).send(pages(alert()), NOW)
    return result


def test_every_peer_is_told_states() -> None:
    tell = alertmanager.build(Config(("http://a:9093", "http://b:9093/am/")))
    channels = tell.channels("ops")
    assert [(channel.name, channel.delivery) for channel in channels] == [
        ("ops/1", Delivery.STATE),
        ("ops/2", Delivery.STATE),
    ]


def test_an_alert_carries_both_times_and_no_empty_label() -> None:
    fires = Alert({"a": "b", "empty": ""}, {"summary": "临近", "none": ""}, NOW - timedelta(hours=1))
    assert as_json(fires, NOW) == {
        "labels": {"a": "b"},
        "annotations": {"summary": "临近"},
        "startsAt": "2026-01-05T11:00:00Z",
        "endsAt": "2026-01-05T12:15:00Z",
    }
    over = fires.resolve(NOW - timedelta(minutes=30), Reason.RESTORED)
    assert as_json(over, NOW)["endsAt"] == "2026-01-05T11:30:00Z"


def test_an_alert_never_ends_before_it_starts() -> None:
    ahead = Alert({"a": "b"}, {}, NOW + FIRES_ON * 2)
    body = as_json(ahead, NOW)
    assert body["startsAt"] == body["endsAt"]
    assert ahead.resolve(NOW, Reason.WITHDRAWN).resolved_at == ahead.starts_at


def test_times_go_out_in_utc_whatever_zone_they_come_in() -> None:
    there = datetime(2026, 1, 5, 19, 30, tzinfo=timezone(timedelta(hours=8)))
    assert as_json(Alert({"a": "b"}, {}, there), NOW)["startsAt"] == "2026-01-05T11:30:00Z"


def test_the_request_is_the_one_of_the_second_api(server: Webhook) -> None:
    result = one(server, Reply(200), auth=Auth(token=TOKEN))
    assert result.verdict is Verdict.ACCEPTED
    (request,) = server.requests
    assert request.path == "/api/v2/alerts"
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Authorization"] == "Bearer s3cr3t-t0ken"
    assert [item["labels"]["ticket"] for item in request.json()] == ["INC1"]


def test_proxies_of_the_environment_are_not_used(server: Webhook, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert one(server, Reply(200)).verdict is Verdict.ACCEPTED


@pytest.mark.parametrize(
    ("status", "reason", "edit"),
    [(401, "unauthorized", "auth"), (403, "forbidden", "auth"), (404, "not_found", "urls"), (405, "refused", "urls")],
)
def test_what_only_an_edit_can_mend_keeps_the_pages_and_says_what_to_edit(
    server: Webhook, status: int, reason: str, edit: str
) -> None:
    result = one(server, Reply(status, b"no"), auth=Auth(token=TOKEN))
    assert (result.verdict, result.reason, result.retry_at) == (Verdict.RETRY, reason, NOW + SLOWLY)
    assert f"receivers.am.options.{edit}" in result.detail
    assert str(status) in result.detail
    assert "s3cr3t" not in result.detail
    if edit == "auth":
        assert "$AM_TOKEN" in result.detail


def test_a_retry_after_is_honoured(server: Webhook) -> None:
    result = one(server, Reply(429, headers={"Retry-After": "17"}))
    assert (result.verdict, result.reason) == (Verdict.RETRY, "throttled")
    assert result.retry_at is not None
    assert timedelta(seconds=17) <= result.retry_at - NOW < timedelta(seconds=18)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_fault_on_its_side_is_tried_again(server: Webhook, status: int) -> None:
    result = one(server, Reply(status, b"<html>oops</html>"))
    assert (result.verdict, result.reason, result.retry_at) == (Verdict.RETRY, "server_error", None)


def test_a_receiver_that_hangs_is_given_up_after_the_time_out(server: Webhook) -> None:
    result = one(server, Reply(hang=True), timeout=timedelta(milliseconds=200))
    assert (result.verdict, result.reason) == (Verdict.RETRY, "timeout")


def test_an_answer_that_is_cut_off_is_no_answer(server: Webhook) -> None:
    result = one(server, Reply(200, b'"par', cut=2))
    assert (result.verdict, result.reason) == (Verdict.RETRY, "cut_short")


def test_nobody_listening_is_tried_again() -> None:
    tell = alertmanager.build(Config((f"http://127.0.0.1:{free_port()}",)))
    (result,) = tell.send(pages(alert()), NOW)
    assert (result.verdict, result.reason) == (Verdict.RETRY, "network")


@pytest.mark.parametrize("status", [200, 400])
def test_a_portal_that_answers_anything_is_not_believed(server: Webhook, status: int) -> None:
    result = one(server, Reply(status, b"<html>Please log in</html>", {"Content-Type": "text/html"}))
    assert (result.verdict, result.reason, result.retry_at) == (Verdict.RETRY, "not_alertmanager", NOW + SLOWLY)
    assert "receivers.am.options.urls" in result.detail


def picky(bad: set[str], status: int = 400) -> Any:
    """A receiver that refuses a batch with any of the tickets *bad* in it."""

    def answer(request: Request) -> Reply:
        tickets = {item["labels"]["ticket"] for item in request.json()}
        return Reply(status, b'"bad alert"') if tickets & bad else Reply(200)

    return answer


def test_a_refused_batch_is_halved_until_the_bad_ones_stand_alone(server: Webhook) -> None:
    server.answer = picky({"INC7", "INC200"})
    results = notifier(server).send(pages(*(alert(f"INC{n}") for n in range(256))), NOW)
    refused = sorted(r.page.alert.labels["ticket"] for r in results if r.verdict is Verdict.REFUSED)
    assert refused == ["INC200", "INC7"]
    assert sum(r.verdict is Verdict.ACCEPTED for r in results) == 254
    assert len(server.requests) < 40


def test_a_refused_alert_is_named_with_its_words_and_without_what_lets_us_in(server: Webhook) -> None:
    basic = Auth(username="me", password=Secret("pa55word", "file pw"))
    sent = basic.headers["Authorization"].decode()
    said = json.dumps({"code": 602, "message": f"labels in body: pa55word {sent} is wrong"}).encode()
    result = one(server, Reply(422, said), auth=basic)
    assert (result.verdict, result.reason) == (Verdict.REFUSED, "refused")
    assert "ticket=INC1" in result.detail
    assert "labels in body" in result.detail
    assert "pa55word" not in result.detail
    assert sent.split()[1] not in result.detail


def test_a_batch_that_is_too_large_is_halved(server: Webhook) -> None:
    server.answer = lambda request: Reply(413 if len(request.json()) > 10 else 200)
    results = notifier(server).send(pages(*(alert(f"INC{n}") for n in range(100))), NOW)
    assert {result.verdict for result in results} == {Verdict.ACCEPTED}


def test_one_alert_that_is_too_large_for_a_proxy_waits(server: Webhook) -> None:
    result = one(server, Reply(413))
    assert (result.verdict, result.reason, result.retry_at) == (Verdict.RETRY, "too_large", NOW + SLOWLY)


def test_a_fault_amid_the_halving_keeps_what_was_not_taken(server: Webhook) -> None:
    server.replies.extend([Reply(400, b'"bad"'), Reply(200), Reply(503)])
    results = notifier(server).send(pages(alert("A"), alert("B")), NOW)
    assert [(r.page.alert.labels["ticket"], r.verdict) for r in results] == [
        ("A", Verdict.ACCEPTED),
        ("B", Verdict.RETRY),
    ]


def test_a_page_for_a_peer_that_the_configuration_no_longer_has_is_closed(server: Webhook) -> None:
    (result,) = notifier(server).send([page(alert(), "am/2")], NOW)
    assert (result.verdict, result.reason) == (Verdict.REFUSED, "no_such_peer")


def test_the_worst_stage_of_each_clock_goes_out_before_what_it_hides(server: Webhook) -> None:
    lower, worse, worst = alert("A", "used_50", ago=90), alert("A", "used_90", ago=30), alert("A", "breached", ago=300)
    resumed = [alert("B", "used_90", ago=5), alert("B", "used_75", ago=5)]
    resumed[1] = replace(resumed[1], starts_at=resumed[0].starts_at)
    over = alert("C", "breached").resolve(NOW, Reason.RESTORED)
    notifier(server).send(pages(lower, worse, worst, *resumed, over), NOW)
    sent = [[(i["labels"]["ticket"], i["labels"]["stage"]) for i in request.json()] for request in server.requests]
    assert sent == [
        [("A", "breached"), ("B", "used_90")],
        [("A", "used_50"), ("A", "used_90"), ("B", "used_75"), ("C", "breached")],
    ]


@pytest.mark.parametrize("status", [*range(200, 206), *range(300, 309), *range(400, 452), *range(500, 512), 599])
def test_every_status_is_judged_and_only_a_taken_one_is_accepted(server: Webhook, status: int) -> None:
    body = b'"said"' if status in (400, 422) else b""
    result = one(server, Reply(status, b"" if status == 204 else body))
    assert (result.verdict is Verdict.ACCEPTED) == (status in (200, 201, 202, 204))
    assert (result.verdict is Verdict.REFUSED) == (status in (400, 422))
    assert result.verdict is Verdict.ACCEPTED or result.reason
    assert result.verdict is Verdict.ACCEPTED or result.detail.startswith("receiver am: ")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"urls": []}, "every Alertmanager peer"),
        ({"urls": ["http://a:9093", "http://a:9093/"]}, "twice"),
        ({"urls": ["http://a:9093/api/v2/alerts"]}, "before /api/v2"),
        ({"urls": ["http://me:pw@a:9093"]}, "under auth"),
        ({"urls": ["a:9093"]}, "http://host"),
        ({"urls": ["http://a:9093"], "timeout": "soon"}, "not a length"),
        ({"urls": ["http://a:9093"], "proxy": "http://p:1"}, "nexpected keyword"),
    ],
)
def test_options_that_cannot_be_meant_are_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        TypeAdapter(Config).validate_python(given)
