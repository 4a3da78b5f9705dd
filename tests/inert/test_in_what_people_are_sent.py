"""What others wrote stays text in what people are sent: the page of every notifier, the log, and a terminal."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any

import pytest
from structlog.testing import capture_logs

from alerts.wording import plain
from monitor.alert.alert import Alert, Notifier, Verdict
from monitor.explain import as_lines, explain
from monitor.log import harmless
from tests.support import smtp_server
from tests.support.cases import at, rules, ticket
from tests.support.hostile_texts import STORABLE, TEXTS, acting
from tests.support.notifier_samples import SAMPLES, built, kept_apprise
from tests.support.pages import alert, page
from tests.support.webhook import listening

RENDERED_AS_TEXT = {"dingtalk", "feishu", "wecom", "apprise", "smtp"}
"""Those whose reader shows what came; the others hand labels and annotations on to programs, whole."""

HEADERS = {
    "From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
    "Auto-Submitted", "X-Auto-Response-Suppress", "References", "In-Reply-To", "Importance", "X-Priority", "Precedence",
    "List-Id", "Reply-To", "Priority",
}  # fmt: skip


def hostile(text: str) -> Alert:
    """An alert with the text wherever a source, a policy or a template has a say."""
    known = alert("INC1", customer=text, tier=text, source=text or "x", sla_target=text)
    said = dict.fromkeys(("summary", "description", "summary_zh", "description_zh"), f"INC1 {text}")
    return dataclasses.replace(known, annotations={**known.annotations, **said}, target=text, stage=text)


@contextmanager
def receiver(name: str) -> Iterator[tuple[Notifier, Any]]:
    """A notifier at a server that takes everything, and what came in."""
    if name == "smtp":
        with smtp_server.listening(offers=("AUTH PLAIN",)) as mail:
            yield built(name, f"smtp://127.0.0.1:{mail.port}"), mail.mails
        return
    if name == "apprise":
        with kept_apprise() as (tell, server):
            server.requests.clear()
            yield tell, server.requests
        return
    with listening() as web:
        web.answer = lambda request: SAMPLES[name].yes
        yield built(name, web.url), web.requests


def shown(name: str, got: Any) -> Iterator[str]:
    """Every text of a mail's parts or of a request's JSON."""
    if name == "smtp":
        mail: EmailMessage = got.parsed()
        yield from (str(mail["Subject"]), *(str(part.get_content()) for part in mail.walk()))
        return
    yield from _texts(json.loads(got.body))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_text_stays_text_in_a_page(name: str) -> None:
    """One notifier for all texts: Apprise starts a process."""
    with receiver(name) as (tell, came), capture_logs() as logged:
        (channel, *_) = tell.channels("ops")
        for number, text in enumerate(STORABLE.values()):
            (result,) = tell.send([page(hostile(text), channel.name, number)], at(12 + number))
            assert result.verdict is Verdict.ACCEPTED, (text[:50], result.detail)
            assert not acting(f"{result.reason} {result.detail}", but="")
        found = list(came)
    if name == "log":
        lines = [harmless(None, "info", dict(one)) for one in logged if one["event"] == "page_sent"]
        assert len(lines) == len(STORABLE)
        assert not [word for one in lines for word in one.values() if isinstance(word, str) and acting(word, but="")]
        return
    assert len(found) == len(STORABLE), "each page is one message, whatever it says"
    for got in found:
        if name == "smtp":
            mail = got.parsed()
            assert set(mail.keys()) <= HEADERS
            assert not mail.is_multipart()
            assert mail.get_content_type() == "text/plain"
            assert mail.get_all("To") == ["ops@example.com"]
        for text in shown(name, got):
            assert name not in RENDERED_AS_TEXT or not acting(text, but="\r\n\t\u2028\u2029"), f"{name}: {text[:200]!r}"
            if name in ("dingtalk", "feishu", "wecom"):
                assert "@all" not in text
                assert "<at" not in text
                assert "](http://evil" not in text


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_wording_of_alerts(text: str) -> None:
    made = plain(text)
    assert not acting(made, but="")
    made.encode()
    assert made.isprintable()


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_a_line_of_the_log(text: str) -> None:
    said = harmless(None, "info", {"event": text, "ticket": text, "number": 3})
    for word in (said["event"], said["ticket"]):
        assert word.isprintable()
        assert len(word) <= 2001
    assert said["number"] == 3


@pytest.mark.parametrize("text", STORABLE.values(), ids=STORABLE.keys())
def test_an_explanation_in_a_terminal(text: str) -> None:
    known = ticket("T1", at(0), "new", tier="gold", customer=text, title=text)
    other = ticket("T1", at(0.5), text or "x", event_id=f"e{text}", assignee_group=text)
    lines = list(as_lines(explain([known, other], rules(), at(1))))
    assert lines
    assert all(one.isprintable() for one in lines)
