"""Whose mails are believed: by From, and where it is demanded by what the own mail server found."""

from __future__ import annotations

import pytest

from monitor.collectors._notice_senders import NotBelievedError, carrier_of

SENDERS = {"noc@zayo.com": "zayo", "@colt.net": "colt"}
OURS = "mx.example.org"


def mail(*headers: str) -> bytes:
    return "\r\n".join([*headers, "", "Dear customer"]).encode()


def results(text: str) -> bytes:
    return mail(f"Authentication-Results: {text}", "From: NOC <noc@zayo.com>")


@pytest.mark.parametrize(
    ("sender", "carrier"),
    [
        ("noc@zayo.com", "zayo"),
        ("Zayo NOC <NOC@Zayo.com>", "zayo"),
        ('"noc@colt.net" <anybody@colt.net>', "colt"),
        ("=?utf-8?q?Z=C3=A4yo?= <noc@zayo.com>", "zayo"),
    ],
)
def test_a_sender_that_is_listed_is_its_carrier(sender: str, carrier: str) -> None:
    assert carrier_of(mail(f"From: {sender}"), SENDERS) == carrier


@pytest.mark.parametrize(
    "headers",
    [
        (),
        ("From:",),
        ("From: noc@zayo.com.evil.example",),
        ("From: noc@evil.example, noc@zayo.com",),
        ("From: noc@zayo.com", "From: noc@evil.example"),
        ('From: "noc@zayo.com" <noc@evil.example>',),
        ("From: other@zayo.com",),
        ("From: x@sub.colt.net",),
        ("From: noc@zayo.com\0",),
        ("Sender: noc@zayo.com",),
    ],
)
def test_nobody_else_is(headers: tuple[str, ...]) -> None:
    with pytest.raises(NotBelievedError):
        carrier_of(mail(*headers), SENDERS)


@pytest.mark.parametrize(
    "text",
    [
        f"{OURS}; dmarc=pass header.from=zayo.com",
        f"{OURS}; spf=fail smtp.mailfrom=x.example; dkim=pass (1024-bit; ours) header.d=zayo.com header.s=k",
        f"{OURS}; spf=pass smtp.mailfrom=bounce@zayo.com",
        f"{OURS} 1; dkim=pass header.i=@zayo.com",
    ],
)
def test_what_the_own_mail_server_found_genuine_is_believed(text: str) -> None:
    assert carrier_of(results(text), SENDERS, OURS) == "zayo"


@pytest.mark.parametrize(
    "text",
    [
        f"{OURS}; none",
        f"{OURS}; dmarc=fail header.from=zayo.com",
        f"{OURS}; dkim=pass header.d=evil.example",
        f"{OURS}; spf=pass smtp.mailfrom=zayo.com.evil.example",
        f"{OURS}; dkim=pass header.d=com",
        f"{OURS}; dkim=fail (dkim=pass header.d=zayo.com) header.d=zayo.com",
        "mx.evil.example; dmarc=pass header.from=zayo.com",
        f"evil.example {OURS}; dmarc=pass header.from=zayo.com",
    ],
)
def test_what_it_did_not_find_genuine_is_not(text: str) -> None:
    with pytest.raises(NotBelievedError):
        carrier_of(results(text), SENDERS, OURS)


def test_a_result_that_the_sender_wrote_below_that_of_the_own_server_does_not_count() -> None:
    forged = mail(
        f"Authentication-Results: {OURS}; dmarc=fail header.from=zayo.com",
        f"Authentication-Results: {OURS}; dmarc=pass header.from=zayo.com",
        "From: noc@zayo.com",
    )
    with pytest.raises(NotBelievedError):
        carrier_of(forged, SENDERS, OURS)


def test_headers_without_an_end_are_read_up_to_a_limit() -> None:
    endless = b"From: noc@evil.example\r\n" + b"X: y\r\n" * 100_000 + b"From: noc@zayo.com\r\n"
    with pytest.raises(NotBelievedError, match="not among"):
        carrier_of(endless, SENDERS)
