"""Mails as a server gets them, and what its codes mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest

from alerts.delivery.templates import Template
from alerts.notifiers import smtp
from alerts.notifiers._delivery import SLOWLY
from alerts.notifiers.smtp import Config, Tls
from monitor.alert.alert import Alert, Channel, Delivery, Page, Reason, Result, Verdict
from monitor.net.credentials import Secret
from tests.support.certificates import certificate
from tests.support.smtp_server import CLOSE, SmtpServer, listening

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
PASSWORD = Secret("pa55word", "$SMTP_PASSWORD")
FIRES = Alert(
    {"alertname": "A", "ticket": "INC1", "instance": "north"},
    {
        "summary_zh": "INC1 恢复：剩余5分钟",
        "description_zh": "责任团队：网管。",
        "summary": "INC1",
        "description": "Team: NOC.",
    },
    NOW - timedelta(hours=1),
    link="https://t.example/e/INC1",
)


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with listening() as it:
        yield it


def config(server: SmtpServer, to: tuple[str, ...] = ("ops@example.com",), **options: Any) -> Config:
    given = {"tls": Tls.NONE, "language": "both", **options}
    return Config("127.0.0.1", "tierwatch@example.com", to, port=server.port, **given)


def one(server: SmtpServer, alert: Alert = FIRES, **options: Any) -> Result:
    (result,) = smtp.build(config(server, **options)).send([Page(17, 2, "mail/1", alert)], NOW)
    return result


def test_every_recipient_is_a_channel_told_every_change_once(server: SmtpServer) -> None:
    tell = smtp.build(config(server, ("a@example.com", "b@example.com")))
    assert tell.channels("mail") == (Channel("mail/1", Delivery.QUEUE), Channel("mail/2", Delivery.QUEUE))
    assert [r.verdict for r in tell.send([Page(1, 1, "mail/2", FIRES)], NOW)] == [Verdict.ACCEPTED]
    assert [(mail.sender, mail.to) for mail in server.mails] == [("tierwatch@example.com", ["b@example.com"])]
    (gone,) = tell.send([Page(1, 1, "mail/3", FIRES)], NOW)
    assert (gone.verdict, gone.reason) == (Verdict.REFUSED, "no_such_recipient")


def test_a_mail_is_plain_text_in_utf8_with_its_subject_encoded(server: SmtpServer) -> None:
    assert one(server).verdict is Verdict.ACCEPTED
    (mail,) = server.mails
    head = mail.raw.partition(b"\r\n\r\n")[0]
    assert head.isascii()
    assert b"=?utf-8?" in head
    assert b"\n" not in mail.raw.replace(b"\r\n", b"")
    parsed = mail.parsed()
    assert parsed["Subject"] == "【告警】INC1 恢复：剩余5分钟 / [ALERT] INC1"
    assert (parsed["From"], parsed["To"]) == ("tierwatch@example.com", "ops@example.com")
    assert (parsed.get_content_type(), parsed.get_content_charset()) == ("text/plain", "utf-8")
    assert parsed.get_content().splitlines() == [
        "责任团队：网管。", "", "Team: NOC.", "https://t.example/e/INC1", "tierwatch · north",
    ]  # fmt: skip
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(parsed["Date"]) == NOW


def test_an_id_is_the_same_at_each_try_and_one_alert_is_one_thread(server: SmtpServer) -> None:
    one(server)
    one(server)
    one(server, FIRES.resolve(NOW, Reason.RESTORED))
    one(server, replace(FIRES, labels={"ticket": "INC2"}))
    ids = [mail.parsed()["Message-ID"] for mail in server.mails]
    threads = [mail.parsed()["References"] for mail in server.mails]
    assert ids[0] == ids[1]
    assert ids[0].startswith("<17-2-")
    assert ids[0].endswith("@example.com>")
    assert len(set(ids)) == 3
    assert threads[0] == threads[2] == f"<{FIRES.key}@example.com>"
    assert threads[3] != threads[0]
    assert all(mail.parsed()["In-Reply-To"] == mail.parsed()["References"] for mail in server.mails)


def test_no_ticket_can_add_a_header_or_end_the_mail(server: SmtpServer) -> None:
    said = "x\r\nBcc: all@example.com\r\n\r\n.\r\nMAIL FROM:<evil@example.com>\u2028Cc: b"
    hostile = replace(FIRES, annotations={"summary": said, "description": said}, labels={"instance": said})
    assert one(server, hostile).verdict is Verdict.ACCEPTED
    (mail,) = server.mails
    parsed = mail.parsed()
    assert mail.to == ["ops@example.com"]
    assert parsed["Bcc"] is None
    assert parsed["Cc"] is None
    assert parsed["Subject"].startswith("【告警】x Bcc: all@example.com . MAIL FROM:")
    assert not [line for line in server.lines if "evil" in line]


def test_a_long_subject_and_body_are_cut(server: SmtpServer) -> None:
    one(server, replace(FIRES, annotations={"summary": "临" * 900, "description": "𝔘" * 200_000}))
    parsed = server.mails[0].parsed()
    assert len(parsed["Subject"]) == 200
    assert len(parsed.get_content().replace("\r\n", "\n")) <= 100_001
    assert "…" in parsed.get_content()
    assert max(len(line) for line in server.mails[0].raw.split(b"\r\n")) <= 998


def test_the_pages_of_one_round_share_a_connection(server: SmtpServer) -> None:
    pages = [Page(n, 1, "mail/1", replace(FIRES, labels={"n": str(n)})) for n in range(5)]
    assert len(smtp.build(config(server)).send(pages, NOW)) == 5
    assert (server.connections, len(server.mails)) == (1, 5)
    assert server.lines[-1].upper() == "QUIT"


def test_a_template_gets_times_of_the_zone_of_the_page(server: SmtpServer) -> None:
    made = smtp.build(config(server, template=Template("{{ starts_at }}", "it")))
    made.send([Page(1, 1, "mail/1", FIRES, zone="Asia/Shanghai")], NOW)
    assert "+08:00" in server.mails[0].parsed().get_content()


def test_a_template_writes_the_body(server: SmtpServer) -> None:
    assert one(server, template=Template("{{ labels.ticket }}!", "it")).detail == ""
    result = one(server, template=Template("{{ nope }}", "it"), language="en")
    assert result.verdict is Verdict.ACCEPTED
    assert "'nope' is undefined" in result.detail
    assert [mail.parsed().get_content().splitlines()[0] for mail in server.mails] == ["INC1!", "Team: NOC."]


@pytest.mark.parametrize("implicit", [False, True], ids=["starttls", "implicit"])
def test_the_connection_is_protected_before_anybody_logs_in(tmp_path: Path, implicit: bool) -> None:
    pem = certificate(tmp_path)
    with listening(pem, implicit, offers=("AUTH PLAIN",)) as server:
        tls = Tls.IMPLICIT if implicit else Tls.STARTTLS
        assert one(server, tls=tls, ca_file=pem, username="me", password=PASSWORD).verdict is Verdict.ACCEPTED
        (mail,) = server.mails
        assert (mail.secure, mail.login) == (True, ("me", "pa55word"))


@pytest.mark.parametrize("implicit", [False, True], ids=["starttls", "implicit"])
@pytest.mark.parametrize("expired", [False, True], ids=["unknown", "expired"])
def test_a_certificate_that_does_not_hold_stops_it(tmp_path: Path, implicit: bool, expired: bool) -> None:
    pem = certificate(tmp_path, expired)
    with listening(pem, implicit, offers=("AUTH PLAIN",)) as server:
        tls = Tls.IMPLICIT if implicit else Tls.STARTTLS
        ca = pem if expired else None
        result = one(server, tls=tls, ca_file=ca, username="me", password=PASSWORD)
        assert (result.verdict, result.reason) == (Verdict.RETRY, "tls")
        assert ("expired" in result.detail) is expired
        assert server.mails == []


def test_a_server_without_tls_or_login_is_told_nothing(server: SmtpServer) -> None:
    assert one(server, tls=Tls.STARTTLS, username="me", password=PASSWORD).reason == "not_supported"
    assert one(server, username="me", password=PASSWORD).reason == "not_supported"
    assert server.mails == []
    assert not [line for line in server.lines if "AUTH" in line]


@pytest.mark.parametrize(
    ("stage", "said", "verdict", "reason"),
    [
        ("AUTH", "535 5.7.8 pa55word is wrong", Verdict.RETRY, "unauthorized"),
        ("MAIL", "553 5.1.8 pa55word", Verdict.RETRY, "sender_refused"),
        ("RCPT", "530 5.7.0 login first", Verdict.RETRY, "unauthorized"),
        ("RCPT", "450 4.2.0 greylisted", Verdict.RETRY, "deferred"),
        ("RCPT", "550 5.1.1 no such user", Verdict.REFUSED, "refused"),
        ("BODY", "552 5.3.4 too big", Verdict.REFUSED, "refused"),
        ("BODY", "451 4.3.0 disk", Verdict.RETRY, "deferred"),
        ("BODY", "421 4.3.2 down", Verdict.RETRY, "throttled"),
        ("BODY", CLOSE, Verdict.RETRY, "network"),
        ("CONNECT", "554 5.7.1 blocked", Verdict.RETRY, "sender_refused"),
    ],
)
def test_codes(stage: str, said: str, verdict: Verdict, reason: str) -> None:
    with listening(offers=("AUTH PLAIN",)) as server:
        server.says[stage] = said
        result = one(server, username="me", password=PASSWORD)
    assert (result.verdict, result.reason) == (verdict, reason)
    assert "pa55word" not in result.detail
    if said != CLOSE:
        assert " ".join(said.split()[:2]) in result.detail
    if reason in ("unauthorized", "sender_refused"):
        assert result.retry_at == NOW + SLOWLY


def test_a_page_that_is_deferred_holds_up_only_its_own_alert(server: SmtpServer) -> None:
    server.says["BODY"] = ["451 4.3.0 later"]
    pages = [Page(n, 1, "mail/1", replace(FIRES, labels={"n": str(n % 2)})) for n in range(4)]
    verdicts = [result.verdict.value for result in smtp.build(config(server)).send(pages, NOW)]
    assert verdicts == ["retry", "accepted", "retry", "accepted"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"to": ()}, "lists nobody"),
        ({"to": ("a@x", "A@x")}, "twice"),
        ({"to": ("a@x\r\nBcc: b@x",)}, "bare mail address"),
        ({"to": ("Ops <a@x>",)}, "bare mail address"),
        ({"sender": "nobody"}, "bare mail address"),
        ({"host": "a b"}, "not a server"),
        ({"port": 70000}, "port 70000"),
        ({"username": "me"}, "both username and password"),
        ({"username": "我", "password": PASSWORD}, "cannot carry"),
        ({"tls": Tls.NONE}, "in the open"),
    ],
)
def test_options_that_cannot_work_are_refused(wrong: dict[str, Any], said: str) -> None:
    given = {"host": "mail.example.com", "sender": "a@x", "to": ("b@x",), **wrong}
    with pytest.raises(ValueError, match=said):
        Config(**given)


def test_without_protection_only_to_this_machine_unless_said_so() -> None:
    for host, allowed in (("localhost", False), ("127.0.0.1", False), ("::1", False), ("mail.example.com", True)):
        assert Config(host, "a@x", ("b@x",), tls=Tls.NONE, allow_plaintext=allowed).tls is Tls.NONE
