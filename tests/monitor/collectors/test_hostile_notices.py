"""Hostile mails and files at the real parser: each is refused or read, quickly, and the next notice is read as ever."""

from __future__ import annotations

import base64
import io
import subprocess
import sys
import zipfile
from collections.abc import Iterator

import pytest

from monitor.collectors._notice_parser import PROGRAM, Kind, NoticeParser
from tests.support.collecting import NOW
from tests.support.loopback import Loopback, Reply
from tests.support.notice_python import notice_python

_EVENT = """\
BEGIN:VEVENT
SUMMARY:Work
DTSTART:20260110T010000Z
DTEND:20260110T050000Z
DTSTAMP:20260101T090000Z
UID:1
SEQUENCE:1
{more}X-MAINTNOTE-PROVIDER:example.com
X-MAINTNOTE-ACCOUNT:7
X-MAINTNOTE-MAINTENANCE-ID:M1
X-MAINTNOTE-OBJECT-ID;X-MAINTNOTE-OBJECT-IMPACT=OUTAGE:C-1
X-MAINTNOTE-IMPACT:OUTAGE
X-MAINTNOTE-STATUS:CONFIRMED
ORGANIZER:mailto:noc@example.com
END:VEVENT
"""
HEAD = "From: noc@example.com\r\nSubject: work\r\nDate: Thu, 1 Jan 2026 09:00:00 +0000\r\n"
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def calendar(more: str = "", events: int = 1) -> bytes:
    text = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n" + _EVENT.format(more=more) * events + "END:VCALENDAR\n"
    return text.replace("\n", "\r\n").encode()


def attached(kind: str, content: bytes, *, name: str = "a", beside: bytes = b"") -> bytes:
    """A mail with one part in Base64, and a calendar where that is given."""
    head = f"{HEAD}Content-Type: multipart/mixed; boundary=x\r\n\r\n"
    parts = [(kind, content)] + ([("text/calendar", beside)] if beside else [])
    for one, body in parts:
        text = base64.encodebytes(body).decode()
        head += f"--x\r\nContent-Type: {one}; name={name}\r\nContent-Transfer-Encoding: base64\r\n\r\n{text}\r\n"
    return f"{head}--x--\r\n".encode()


def sheet(**members: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(f"xl/{name}.xml", content)
    return made.getvalue()


@pytest.fixture(scope="module")
def parser() -> Iterator[NoticeParser]:
    with NoticeParser(notice_python(), "corp") as made:
        assert len(made.parse(calendar(), Kind.ICAL, "genericprovider", NOW).notices) == 1
        yield made


def refused(parser: NoticeParser, content: bytes, provider: str = "genericprovider", kind: Kind = Kind.MAIL) -> str:
    """Why the parser refuses it; the next notice is read by the same program, whatever it was."""
    answer = parser.parse(content, kind, provider, NOW)
    starts = parser.starts
    assert len(parser.parse(calendar(), Kind.ICAL, "genericprovider", NOW).notices) == 1
    assert parser.starts == starts
    return answer.refused


def test_a_part_that_decodes_to_more_than_a_notice_has_is_left_out(parser: NoticeParser) -> None:
    assert refused(parser, attached("text/html", b"x" * 9_000_000)) == "not_parsed"
    beside = attached("text/html", b"x" * 9_000_000, beside=calendar())
    assert len(parser.parse(beside, Kind.MAIL, "genericprovider", NOW).notices) == 1


def test_mails_in_mails_without_end_are_refused(parser: NoticeParser) -> None:
    nested = b"".join(
        f"Content-Type: multipart/mixed; boundary=b{number}\r\n\r\n--b{number}\r\n".encode() for number in range(3000)
    )
    assert refused(parser, HEAD.encode() + nested) in ("not_parsed", "too_large")
    many = b"".join(b"--x\r\nContent-Type: text/plain\r\n\r\nhello\r\n" for _ in range(5000))
    mail = f"{HEAD}Content-Type: multipart/mixed; boundary=x\r\n\r\n".encode() + many + b"--x--\r\n"
    assert refused(parser, mail) == "too_large"


def test_headers_without_an_end_are_refused(parser: NoticeParser) -> None:
    assert refused(parser, HEAD.encode() + b"X-More: y\r\n" * 200_000) == "not_parsed"


@pytest.mark.parametrize("charset", ["klingon", "utf-16", "utf-7", "idna", "x" * 5000])
def test_a_lie_about_characters_costs_nothing(parser: NoticeParser, charset: str) -> None:
    mail = f"{HEAD}Content-Type: text/calendar; charset={charset}\r\n\r\n".encode() + calendar()
    assert len(parser.parse(mail, Kind.MAIL, "genericprovider", NOW).notices) == 1
    forged = mail.replace(b"Subject: work", f"Subject: =?{charset[:60]}?q?work?=".encode())
    assert len(parser.parse(forged, Kind.MAIL, "genericprovider", NOW).notices) == 1


def test_a_million_recurrences_are_one_notice(parser: NoticeParser) -> None:
    for rule in ("RRULE:FREQ=SECONDLY;COUNT=1000000\n", "RRULE:FREQ=SECONDLY\n"):
        assert len(parser.parse(calendar(rule), Kind.ICAL, "genericprovider", NOW).notices) == 1


def test_what_takes_too_much_of_a_processor_is_ended_alone(parser: NoticeParser) -> None:
    parser.seconds = 1
    try:
        answer = parser.parse(calendar(events=20_000), Kind.ICAL, "genericprovider", NOW)
    finally:
        parser.seconds = 20
    assert answer.refused == "too_much_work"
    assert refused(parser, b"hello", kind=Kind.ICAL) == "not_parsed"
    assert parser.starts == 1


def test_a_spreadsheet_that_unpacks_to_much_is_refused(parser: NoticeParser) -> None:
    bomb = sheet(sheet1=b"\0" * 50_000_000)
    assert len(bomb) < 100_000
    assert refused(parser, attached(SPREADSHEET, bomb), "att") == "too_large"
    assert refused(parser, attached("application/octet-stream", bomb), "att") == "too_large"
    assert refused(parser, bomb, "att", Kind.XLSX) == "too_large"


def test_a_spreadsheet_with_entities_of_its_own_is_refused(parser: NoticeParser) -> None:
    entity = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'
    for content in (entity, b" " * 100_000 + entity, entity.decode().encode("utf-16")):
        assert refused(parser, attached(SPREADSHEET, sheet(sheet1=content)), "att") == "not_parsed", content[:20]
    assert refused(parser, b"PK\x03\x04 no zip", "att", Kind.XLSX) == "not_parsed"


def test_nothing_that_a_mail_refers_to_is_fetched(parser: NoticeParser) -> None:
    with Loopback(lambda request: Reply(200, b"")) as server:
        html = (
            f'<html><img src="{server.url}/a"><link rel="stylesheet" href="{server.url}/b"><object data="{server.url}">'
        )
        mail = f"{HEAD}Content-Type: text/html\r\n\r\n{html}".encode()
        assert parser.parse(mail, Kind.MAIL, "zayo", NOW).notices == ()
        entity = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{server.url}/c">]><html>&e;</html>'.encode()
        assert parser.parse(entity, Kind.HTML, "turkcell", NOW).notices == ()
    assert server.requests == []


def test_the_program_reaches_no_network_and_starts_no_program() -> None:
    """Whatever the library or what a notice makes of it would do; and nothing takes that back."""
    with Loopback(lambda request: Reply(200, b"")) as server:
        port = int(server.url.rpartition(":")[2])
        tries = (
            f"import socket; socket.create_connection(('127.0.0.1', {port}))",
            f"import urllib.request; urllib.request.urlopen({server.url!r})",
            "import socket; socket.getaddrinfo('example.com', 80)",
            "import subprocess; subprocess.run(['true'])",
            "import os; os.system('true')",
        )
        for code in tries:
            whole = f"import runpy\nrunpy.run_path({str(PROGRAM)!r})['alone']()\n{code}"
            done = subprocess.run([sys.executable, "-c", whole], capture_output=True, text=True, check=False)
            assert done.returncode == 1, code
            assert "is not allowed here" in done.stderr, code
    assert server.requests == []
