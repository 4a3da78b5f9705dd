"""What Apprise is given, what it is not trusted with, and that nothing it says gets out."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from alerts.delivery.templates import Template
from alerts.notifiers import apprise
from alerts.notifiers._delivery import SLOWLY
from alerts.notifiers.apprise import Config
from monitor.alert.alert import Alert, Channel, Delivery, Page, Verdict
from monitor.errors import ConfigError
from monitor.net.credentials import Secret
from tests.support.webhook import Reply, Webhook, listening

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[Webhook]:
    with listening() as it:
        yield it


def tell(server: Webhook, kind: str = "json", rest: str = "/t0ken", **options: Any) -> apprise.Apprise:
    url = server.url.replace("http", kind) + rest
    return apprise.build(Config(Secret(url, "$CHAT"), language="en", **options))


def some(count: int, text: str = "near") -> list[Page]:
    alerts = (
        Alert({"n": str(n)}, {"summary": f"INC{n} {text}"}, NOW, link=f"https://t.example/{n}") for n in range(count)
    )
    return [Page(n, 1, "chat", alert) for n, alert in enumerate(alerts)]


def test_a_page_is_one_message(server: Webhook) -> None:
    made = tell(server)
    assert made.channels("chat") == (Channel("chat", Delivery.QUEUE),)
    (result,) = made.send(some(1), NOW)
    assert result.verdict is Verdict.ACCEPTED
    (request,) = server.requests
    assert request.path == "/t0ken"
    assert request.json()["message"] == "[ALERT] INC0 near\nhttps://t.example/0\ntierwatch"
    assert request.json()["type"] == "warning"


def test_many_pages_are_one_message(server: Webhook) -> None:
    results = tell(server).send(some(6), NOW)
    assert {result.verdict for result in results} == {Verdict.ACCEPTED}
    (request,) = server.requests
    assert request.json()["message"].splitlines()[:2] == [
        "6 pages in one message",
        "• [ALERT] INC0 near https://t.example/0",
    ]


def test_a_digest_that_is_too_large_is_halved(server: Webhook) -> None:
    server.replies.append(Reply(413))
    assert {result.verdict for result in tell(server).send(some(6), NOW)} == {Verdict.ACCEPTED}
    assert len(server.requests) == 3


def test_a_message_keeps_the_length_that_the_service_allows(server: Webhook) -> None:
    made = tell(server, "mmost", "/t0ken1234567890abcdefghi")
    tell_page = Page(1, 1, "chat", Alert({}, {"summary": "x", "description": "临" * 9000}, NOW))
    assert [result.verdict for result in made.send([tell_page], NOW)] == [Verdict.ACCEPTED]
    (request,) = server.requests
    text = str(request.json())
    assert "临…" in text
    assert len(text) < 4300


def test_nothing_in_a_ticket_mentions_anybody(server: Webhook) -> None:
    tell(server).send(some(1, "@everyone <!channel> [a](http://evil.example)"), NOW)
    message = server.requests[0].json()["message"]
    assert not [bad for bad in ("@", "<", "](") if bad in message]


def test_a_template_gets_times_of_the_zone_of_the_page(server: Webhook) -> None:
    page = replace(some(1)[0], zone="Asia/Shanghai")
    tell(server, template=Template("{{ starts_at }}", "it")).send([page], NOW)
    assert "+08:00" in server.requests[0].json()["message"]


def test_a_template_writes_the_text(server: Webhook) -> None:
    tell(server, template=Template("{{ labels.n }}!", "it")).send(some(1), NOW)
    assert "\n0!\n" in server.requests[0].json()["message"]
    (result,) = tell(server, template=Template("{{ nope }}", "it")).send(some(1), NOW)
    assert (result.verdict, "'nope' is undefined" in result.detail) == (Verdict.ACCEPTED, True)


@pytest.mark.parametrize(
    ("status", "reason"),
    [(400, "refused"), (401, "unauthorized"), (404, "not_found"), (429, "throttled"), (503, "server_error")],
)
def test_a_no_is_tried_again_after_a_minute(server: Webhook, status: int, reason: str) -> None:
    server.answer = lambda request: Reply(status)
    results = tell(server).send(some(3), NOW)
    assert {(result.verdict, result.reason) for result in results} == {(Verdict.RETRY, reason)}
    assert all(result.retry_at is not None and result.retry_at >= NOW + SLOWLY for result in results)
    assert len(server.requests) == 1
    assert str(status) in results[0].detail


FAILS = """
class AppriseAsset:
    def __init__(self, **_): ...
class NotifyType: WARNING = SUCCESS = ""
class NotifyFormat: TEXT = ""
class Apprise:
    def __init__(self, **_): ...
    def add(self, url): return True
    def notify(self, **_): {does}
"""


def faked(does: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the process of Apprise find a library of that name which does something else."""
    (folder / "apprise.py").write_text(FAILS.format(does=does), encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(folder))


def test_an_exception_of_apprise_keeps_its_words_to_itself(
    server: Webhook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tell(server)
    faked("raise RuntimeError('https://x/t0ken')", tmp_path, monkeypatch)
    (result,) = made.send(some(1), NOW)
    assert (result.verdict, result.reason) == (Verdict.RETRY, "apprise_failed")
    assert "RuntimeError" in result.detail
    assert "t0ken" not in result.detail


def test_a_process_that_dies_is_started_again(server: Webhook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tell(server)
    faked("import os; os._exit(1)", tmp_path, monkeypatch)
    (result,) = made.send(some(1), NOW)
    assert (result.verdict, result.reason) == (Verdict.RETRY, "apprise_failed")
    monkeypatch.delenv("PYTHONPATH")
    (result,) = made.send(some(1), NOW)
    assert result.verdict is Verdict.ACCEPTED


def test_a_plug_in_that_never_ends_is_killed_with_what_it_started(
    server: Webhook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tell(server, timeout=timedelta(seconds=1))
    faked("import subprocess; subprocess.run(['sleep', '600'])", tmp_path, monkeypatch)
    (result,) = made.send(some(1), NOW)
    assert (result.verdict, result.reason) == (Verdict.RETRY, "timeout")
    assert "no whole answer within 1s" in result.detail


def test_nothing_that_apprise_logs_gets_out(server: Webhook, caplog: pytest.LogCaptureFixture) -> None:
    server.answer = lambda request: Reply(400)
    with caplog.at_level(logging.DEBUG, logger="apprise"):
        made = tell(server)
        caplog.clear()
        made.send(some(1), NOW)
    assert "t0ken" not in caplog.text


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("wecombot://s3cr3t", "wecom"), ("dingtalk://s3cr3t", "dingtalk"), ("feishu://s3cr3t", "feishu"),
        ("lark://s3cr3t", "feishu"), ("HTTPS://open.larksuite.com/open-apis/bot/v2/hook/s3cr3t", "feishu"),
        ("https://oapi.dingtalk.com/robot/send?access_token=s3cr3t", "dingtalk"),
    ],
)  # fmt: skip
def test_robots_that_answer_200_to_everything_are_ours(url: str, ours: str) -> None:
    with pytest.raises(ValueError, match=f"write type: {ours}") as caught:
        Config(Secret(url, "$CHAT"))
    assert "s3cr3t" not in str(caught.value)


def test_a_url_that_apprise_does_not_know_is_refused_without_showing_it() -> None:
    with pytest.raises(ConfigError, match=r"\$CHAT is not one URL that Apprise knows") as caught:
        apprise.build(Config(Secret("nosuchservice://s3cr3t", "$CHAT")))
    assert "s3cr3t" not in str(caught.value)


def test_without_apprise_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(ConfigError, match=r"tierwatch\[chat\]"):
        apprise.build(Config(Secret("json://localhost", "$CHAT")))
