"""What SMTP says at any stage of a conversation, and what becomes of the pages then."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from monitor.alert.alert import Result, Verdict
from tests.support import smtp_server
from tests.support.cases import at
from tests.support.notifier_samples import (
    SOON,
    built,
    check_secrets,
    check_wording,
    of_one_alert,
    sent,
)
from tests.support.smtp_server import CLOSE, HANG, SmtpServer


@pytest.fixture
def mail() -> Iterator[SmtpServer]:
    with smtp_server.listening(offers=("AUTH PLAIN",)) as it:
        yield it


STAGES = ["CONNECT", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "BODY"]


def mailed(mail: SmtpServer, **given: Any) -> list[Result]:
    with capture_logs() as lines:
        results = sent(built("smtp", f"smtp://127.0.0.1:{mail.port}", **given))
    check_secrets(results, lines)
    for result in results:
        check_wording(result)
    return results


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("said", ["421 4.3.2 closing", "450 4.7.1 later", "452 4.2.2 full", HANG, CLOSE])
def test_a_mail_server_that_may_change_its_mind_is_asked_again(stage: str, said: str, mail: SmtpServer) -> None:
    mail.says[stage] = said
    results = mailed(mail, timeout=SOON)
    assert {result.verdict for result in results} == {Verdict.RETRY}
    assert mail.mails == []
    assert mail.connections == 1


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(
    "said", ["500 what", "550 5.1.1 pa55-of-ours is nobody", "552 5.3.4 too big", "554 5.7.1 spam"]
)
def test_a_refusal_for_good_closes_the_page_unless_it_is_about_us(stage: str, said: str, mail: SmtpServer) -> None:
    mail.says[stage] = said
    about_the_page = stage in ("RCPT", "DATA", "BODY")
    results = mailed(mail)
    assert {result.verdict for result in results} == {Verdict.REFUSED if about_the_page else Verdict.RETRY}
    assert mail.mails == []


def test_the_mails_of_one_alert_stay_in_order(mail: SmtpServer) -> None:
    mail.says["BODY"] = ["250 ok", "451 4.3.0 later"]
    tell = built("smtp", f"smtp://127.0.0.1:{mail.port}")
    verdicts = {result.page.id: result.verdict for result in tell.send(of_one_alert(tell), at(12))}
    assert verdicts == {0: Verdict.ACCEPTED, 1: Verdict.RETRY, 2: Verdict.RETRY}
    assert len(mail.mails) == 1
