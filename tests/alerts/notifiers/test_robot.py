"""The robots of WeCom, DingTalk and Feishu: wire, signatures, budgets, digests and answers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from alerts.delivery.templates import Template
from alerts.notifiers import dingtalk, feishu, wecom
from monitor.alert.alert import Alert, Channel, Delivery, Page, Result, Verdict
from monitor.net.credentials import Secret
from tests.support.loopback import as_json
from tests.support.webhook import Reply, Request, Webhook, listening

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
YES = {"wecom": {"errcode": 0}, "dingtalk": {"errcode": 0}, "feishu": {"code": 0, "StatusCode": 0}}
MODULES = {"wecom": wecom, "dingtalk": dingtalk, "feishu": feishu}
ROBOTS = sorted(MODULES)


@pytest.fixture
def server() -> Iterator[Webhook]:
    with listening() as it:
        yield it


def robot(name: str, server: Webhook, **options: Any) -> Any:
    server.answer = lambda request: as_json(YES[name])
    module: Any = MODULES[name]
    return module.build(module.Config(Secret(server.url + "/send?key=k3y", "$URL"), language="en", **options))


def some(count: int, begin: int = 0) -> list[Page]:
    return [
        Page(
            n, 1, "chat", Alert({"ticket": f"INC{n}"}, {"summary": f"INC{n} near"}, NOW, link=f"https://t.example/{n}")
        )
        for n in range(begin, begin + count)
    ]


def breaches(number: int, first: int = 0) -> list[Page]:
    return [
        replace(each, alert=replace(each.alert, labels={**each.alert.labels, "severity": "critical"}))
        for each in some(number, first)
    ]


def text_of(request: Request) -> str:
    body = request.json()
    said: str = body["content"]["text"] if "msg_type" in body else body["text"]["content"]
    return said


def verdicts(results: list[Result]) -> set[Verdict]:
    return {result.verdict for result in results}


# -- the wire --------------------------------------------------------------------------------------------------------


def test_wecom_gets_plain_text_that_mentions_nobody(server: Webhook) -> None:
    tell = robot("wecom", server)
    assert tell.channels("chat") == (Channel("chat", Delivery.QUEUE),)
    assert verdicts(tell.send(some(1), NOW)) == {Verdict.ACCEPTED}
    (request,) = server.requests
    assert (request.path, request.query) == ("/send", {"key": "k3y"})
    assert request.json() == {
        "msgtype": "text",
        "text": {"content": "[ALERT] INC0 near\nhttps://t.example/0\ntierwatch"},
    }


def test_dingtalk_is_signed_in_its_address(server: Webhook) -> None:
    robot("dingtalk", server, secret=Secret("SECabc", "$SEC")).send(some(1), NOW)
    (request,) = server.requests
    timestamp = request.query["timestamp"]
    assert 0 <= int(timestamp) - NOW.timestamp() * 1000 < 2000
    expected = base64.b64encode(hmac.digest(b"SECabc", f"{timestamp}\nSECabc".encode(), hashlib.sha256)).decode()
    assert request.query == {"key": "k3y", "timestamp": timestamp, "sign": expected}
    assert request.json() == {
        "msgtype": "text",
        "text": {"content": "[ALERT] INC0 near\nhttps://t.example/0\ntierwatch"},
    }


def test_the_signature_of_dingtalk_is_quoted_whole() -> None:
    at = next(
        at
        for n in range(999)
        if "+" in dingtalk.signature(str(int((at := NOW + timedelta(seconds=n)).timestamp() * 1000)), "S")
    )
    url, _ = dingtalk.request("https://x.example/send?a=b", "t", Secret("S", "$S"), at)
    timestamp = str(int(at.timestamp() * 1000))
    assert (
        url
        == f"https://x.example/send?a=b&timestamp={timestamp}&sign={quote(dingtalk.signature(timestamp, 'S'), safe='')}"
    )
    assert "+" not in url
    assert dingtalk.request("https://x.example/send", "t", Secret("S", "$S"), at)[0].startswith(
        "https://x.example/send?timestamp="
    )


def test_feishu_is_signed_in_its_body(server: Webhook) -> None:
    robot("feishu", server, secret=Secret("abc", "$SEC")).send(some(1), NOW)
    body = server.requests[0].json()
    assert 0 <= int(body["timestamp"]) - NOW.timestamp() <= 2
    expected = base64.b64encode(hmac.digest(f"{body['timestamp']}\nabc".encode(), b"", hashlib.sha256)).decode()
    assert body == {
        "timestamp": body["timestamp"],
        "sign": expected,
        "msg_type": "text",
        "content": {"text": "[ALERT] INC0 near\nhttps://t.example/0\ntierwatch"},
    }


@pytest.mark.parametrize("name", ["dingtalk", "feishu"])
def test_without_a_secret_there_is_no_signature(name: str, server: Webhook) -> None:
    robot(name, server).send(some(1), NOW)
    assert "sign" not in {**server.requests[0].query, **server.requests[0].json()}


@pytest.mark.parametrize(("name", "most"), [("wecom", 2048), ("dingtalk", 20_000), ("feishu", 20_000)])
def test_a_long_text_keeps_the_limit_on_the_wire(name: str, most: int, server: Webhook) -> None:
    page = some(1)[0]
    long = replace(page, alert=replace(page.alert, annotations={"summary": "x", "description": "临𝔘" * 9000}))
    assert verdicts(robot(name, server).send([long], NOW)) == {Verdict.ACCEPTED}
    (request,) = server.requests
    size = len(text_of(request).encode()) if name == "wecom" else len(request.body)
    assert most * 0.85 < size <= most
    assert "…\nhttps://t.example/0\ntierwatch" in text_of(request)


@pytest.mark.parametrize("name", ROBOTS)
def test_nothing_that_a_ticket_says_mentions_everybody(name: str, server: Webhook) -> None:
    page = some(1)[0]
    said = '<at user_id="all">x</at> @all @所有人 <@all> [x](http://evil.example)'
    robot(name, server).send([replace(page, alert=replace(page.alert, annotations={"summary": said}))], NOW)
    assert not [bad for bad in ("<", "@", "](") if bad in text_of(server.requests[0])]
    assert "at" not in server.requests[0].json()


@pytest.mark.parametrize("name", ROBOTS)
def test_a_template_gets_times_of_the_zone_of_the_page(name: str, server: Webhook) -> None:
    page = replace(some(1)[0], zone="Asia/Shanghai")
    robot(name, server, template=Template("{{ starts_at }}", "it")).send([page], NOW)
    assert "+08:00" in text_of(server.requests[0])


@pytest.mark.parametrize("name", ROBOTS)
def test_a_template_writes_the_text_below_the_title(name: str, server: Webhook) -> None:
    tell = robot(name, server, template=Template("{{ labels.ticket }} / {{ reason }}", "it"))
    tell.send(some(1), NOW)
    assert text_of(server.requests[0]) == "[ALERT] INC0 near\nINC0 / first\nhttps://t.example/0\ntierwatch"
    (result,) = robot(name, server, template=Template("{{ nope }}", "it")).send(some(1), NOW)
    assert result.verdict is Verdict.ACCEPTED
    assert "'nope' is undefined" in result.detail


# -- the budget ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "count", "per"), [("wecom", 20, MINUTE), ("dingtalk", 20, MINUTE),
                                                     ("feishu", 5, timedelta(seconds=1))])  # fmt: skip
def test_a_page_over_the_budget_waits_until_there_is_room(
    name: str, count: int, per: timedelta, server: Webhook
) -> None:
    tell = robot(name, server)
    tell._clock = lambda: 0.0
    for n in range(count):
        assert verdicts(tell.send(breaches(1, n), NOW)) == {Verdict.ACCEPTED}
    (result,) = tell.send(breaches(1, 99), NOW + per / 2)
    assert (result.verdict, result.reason, result.retry_at) == (Verdict.RETRY, "paced", NOW + per)
    assert len(server.requests) == count
    assert verdicts(tell.send(breaches(1, 99), NOW + per)) == {Verdict.ACCEPTED}


@pytest.mark.parametrize(("name", "count", "lesser"), [("wecom", 20, 15), ("dingtalk", 20, 15), ("feishu", 5, 4)])
def test_a_quarter_of_the_budget_is_kept_for_breaches(name: str, count: int, lesser: int, server: Webhook) -> None:
    tell = robot(name, server)
    tell._clock = lambda: 0.0
    for n in range(lesser):
        assert verdicts(tell.send(some(1, n), NOW)) == {Verdict.ACCEPTED}
    (result,) = tell.send(some(1, 98), NOW)
    assert result.reason == "paced"
    for n in range(count - lesser):
        assert verdicts(tell.send(breaches(1, n), NOW)) == {Verdict.ACCEPTED}
    assert len(server.requests) == count


def test_a_breach_goes_before_other_pages_and_in_a_message_of_its_own(server: Webhook) -> None:
    assert verdicts(robot("dingtalk", server).send([*some(30), *breaches(1, 77)], NOW)) == {Verdict.ACCEPTED}
    first, *others = map(text_of, server.requests)
    assert "INC77" in first
    assert "pages in one message" not in first
    assert all("INC77" not in text for text in others)


def test_feishu_has_a_budget_of_a_minute_too(server: Webhook) -> None:
    tell = robot("feishu", server)
    tell._clock = lambda: 0.0
    for n in range(100):
        assert verdicts(tell.send(breaches(1), NOW + timedelta(seconds=n // 5))) == {Verdict.ACCEPTED}
    (result,) = tell.send(breaches(1), NOW + timedelta(seconds=30))
    assert result.retry_at == NOW + MINUTE


def test_up_to_five_pages_go_out_one_by_one_and_more_in_one_message(server: Webhook) -> None:
    assert verdicts(robot("dingtalk", server).send(some(5), NOW)) == {Verdict.ACCEPTED}
    assert len(server.requests) == 5
    server.requests.clear()
    assert verdicts(robot("dingtalk", server).send(some(6), NOW)) == {Verdict.ACCEPTED}
    (request,) = server.requests
    assert text_of(request).splitlines() == [
        "6 pages in one message",
        *(f"• [ALERT] INC{n} near https://t.example/{n}" for n in range(6)),
        "tierwatch",
    ]


def test_pages_for_which_there_is_little_room_share_it(server: Webhook) -> None:
    tell = robot("wecom", server)
    for n in range(14):
        tell.send(some(1, n), NOW)
    server.requests.clear()
    assert verdicts(tell.send(some(3), NOW)) == {Verdict.ACCEPTED}
    assert len(server.requests) == 1


def test_what_does_not_fit_even_so_waits_and_nothing_is_lost(server: Webhook) -> None:
    tell, waiting, now, told = robot("wecom", server), some(2000), NOW, list[str]()
    tell._clock = lambda: 0.0
    rounds = 0
    while waiting:
        before = len(server.requests)
        results = tell.send(waiting, now)
        assert len(server.requests) - before <= 20
        told += [text_of(request) for request in server.requests[before:]]
        waiting = [result.page for result in results if result.verdict is Verdict.RETRY]
        now, rounds = now + MINUTE, rounds + 1
    assert 1 < rounds < 14
    for n in range(2000):
        assert sum(f"INC{n} near" in text for text in told) == 1


# -- the answers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "said", "verdict", "reason"),
    [
        ("wecom", {"errcode": 45009, "errmsg": "api freq out of limit"}, Verdict.RETRY, "throttled"),
        ("wecom", {"errcode": 93000, "errmsg": "invalid webhook url"}, Verdict.RETRY, "robot_refused"),
        ("wecom", {"errcode": -1, "errmsg": "system busy"}, Verdict.RETRY, "robot_refused"),
        ("wecom", {"errcode": 44004, "errmsg": "empty content"}, Verdict.REFUSED, "refused"),
        ("dingtalk", {"errcode": 130101, "errmsg": "send too fast"}, Verdict.RETRY, "throttled"),
        ("dingtalk", {"errcode": 310000, "errmsg": "sign not match"}, Verdict.RETRY, "robot_refused"),
        ("dingtalk", {"errcode": 430102, "errmsg": "inappropriate text"}, Verdict.REFUSED, "refused"),
        ("feishu", {"code": 11232, "msg": "frequency limited"}, Verdict.RETRY, "throttled"),
        ("feishu", {"code": 9499, "msg": "too many request"}, Verdict.RETRY, "throttled"),
        ("feishu", {"code": 19021, "msg": "sign match fail"}, Verdict.RETRY, "robot_refused"),
        ("feishu", {"StatusCode": 19024}, Verdict.RETRY, "robot_refused"),
        ("feishu", {"StatusCode": 0, "code": 19001}, Verdict.RETRY, "robot_refused"),
        ("feishu", {"StatusCode": 0, "StatusMessage": "success"}, Verdict.ACCEPTED, ""),
        ("wecom", {"msg": "hello"}, Verdict.RETRY, "unexpected"),
    ],
)  # fmt: skip
def test_only_the_code_in_the_answer_counts(
    name: str, said: dict[str, Any], verdict: Verdict, reason: str, server: Webhook
) -> None:
    tell = robot(name, server)
    server.answer = lambda request: as_json(said)
    (result,) = tell.send(some(1), NOW)
    assert (result.verdict, result.reason) == (verdict, reason)
    if verdict is not Verdict.ACCEPTED:
        assert "$URL" in result.detail
        assert str(next(iter(said.values()))) in result.detail or reason == "unexpected" or name == "feishu"
    if verdict is Verdict.RETRY:
        assert result.retry_at is not None
        assert result.retry_at >= NOW + MINUTE


@pytest.mark.parametrize("status", [400, 500])
def test_a_yes_under_an_error_is_none(status: int, server: Webhook) -> None:
    tell = robot("feishu", server)
    server.answer = lambda request: as_json(YES["feishu"], status)
    assert verdicts(tell.send(some(1), NOW)) == {Verdict.RETRY}


def test_one_page_with_words_that_are_not_allowed_loses_no_other(server: Webhook) -> None:
    tell = robot("dingtalk", server)
    server.answer = lambda request: as_json({"errcode": 430102 if "INC7 " in text_of(request) else 0})
    results = tell.send(some(12), NOW)
    assert [result.page.id for result in results if result.verdict is Verdict.REFUSED] == [7]
    assert sum(result.verdict is Verdict.ACCEPTED for result in results) == 11
    accepted = [text_of(request) for request in server.requests if "INC7 " not in text_of(request)]
    for n in (n for n in range(12) if n != 7):
        assert sum(f"INC{n} near" in text for text in accepted) == 1


def test_the_first_that_fails_makes_the_rest_wait(server: Webhook) -> None:
    tell = robot("wecom", server)
    server.replies.extend([as_json({"errcode": 0}), Reply(200, json.dumps({"errcode": 45009}).encode())])
    results = tell.send(some(4), NOW)
    assert [result.verdict.value for result in results] == ["accepted", "retry", "retry", "retry"]
    assert len(server.requests) == 2


# -- options ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ROBOTS)
@pytest.mark.parametrize(
    "url",
    [
        "oapi.example/send?k=s3cr3t",
        "http://oapi.example/s3cr3t",
        "ftp://x/s3cr3t",
        "https://u:s3cr3t@x/",
        "https://[s3cr3t",
    ],
)
def test_an_address_that_is_none_or_travels_in_the_open_is_refused_without_showing_it(name: str, url: str) -> None:
    with pytest.raises(ValueError, match=r"\$URL") as caught:
        MODULES[name].Config(Secret(url, "$URL"))  # type: ignore[attr-defined]
    assert "s3cr3t" not in str(caught.value)
