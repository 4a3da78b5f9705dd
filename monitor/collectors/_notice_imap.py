"""Read the mails of one mailbox by IMAP (RFC 9051, 3501), and change nothing there.

The mailbox is opened by EXAMINE and mails are fetched by BODY.PEEK, so no flag changes. A mail is known by the
UIDVALIDITY of the mailbox and its UID: where the first has changed, all UIDs are new ones and the mailbox is read from
its beginning, which is harmless. One total deadline holds for all that is asked until the next mail.
"""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from monitor.collectors._notice_files import Found
from monitor.collectors._notice_parser import LARGEST
from monitor.net import Deadline, SecretOption, dial

_MOST_LISTED = 1_000
"""UIDs that one poll goes through; the next one goes on."""
_LONGEST_LINE = 1_000_000
_SIZE = re.compile(rb"RFC822\.SIZE (\d{1,15})")
_DATE = re.compile(rb'INTERNALDATE "([^"]{1,60})"')
_UID = re.compile(rb"UID (\d{1,10})")


class Tls(StrEnum):
    """How the connection is protected."""

    STARTTLS = "starttls"
    IMPLICIT = "implicit"
    NONE = "none"


PORTS = {Tls.STARTTLS: 143, Tls.IMPLICIT: 993, Tls.NONE: 143}


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where the mails are, and who reads them."""

    host: str
    port: int
    tls: Tls
    username: str
    password: SecretOption
    mailbox: str
    timeout: timedelta
    ca_file: Path | None


class WrongAnswerError(Exception):
    """The server refused, or answered something else than was asked; the text is part of a sentence."""

    def __init__(self, why: str, retryable: bool = True) -> None:
        super().__init__(why)
        self.retryable = retryable


def unread(box: Mailbox, position: dict[str, Any], now: datetime) -> Iterator[tuple[Found, dict[str, Any]]]:
    """The mails after *position*, each with the position behind it. Raises OSError, WrongAnswerError, IMAP4.error."""
    deadline = Deadline(box.timeout.total_seconds())
    with deadline:
        server = _connected(box)
    try:
        with Deadline(box.timeout.total_seconds()) as deadline:
            deadline.watch(server.sock)
            validity = _opened(server, box)
            after = position.get("uid", 0) if position.get("validity") == validity else 0
            uids = _listed(server, after)
        for uid in uids[:_MOST_LISTED]:
            with Deadline(box.timeout.total_seconds()) as deadline:
                deadline.watch(server.sock)
                found = _fetched(server, validity, uid, now)
            if found is not None:
                yield found, {"validity": validity, "uid": uid}
    finally:
        with Deadline(2.0) as deadline, suppress(OSError, imaplib.IMAP4.error):
            deadline.watch(server.sock)
            server.logout()
        with suppress(OSError):
            server.shutdown()


class _Plain(imaplib.IMAP4):
    """A connection within the deadline, and lines of bounded length."""

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return dial(self.host, self.port, timeout)

    def readline(self) -> bytes:
        line = super().readline()
        if len(line) > _LONGEST_LINE:
            raise OSError("the answer is too long")
        return line

    def read(self, size: int) -> bytes:
        if size > LARGEST + 1024:
            raise OSError("the answer is too long")
        return super().read(size)


class _Tls(_Plain):
    """A connection with TLS from its beginning."""

    def __init__(self, host: str, port: int, timeout: float, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__(host, port, timeout)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        plain = super()._create_socket(timeout)
        try:
            return self._context.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise


def _connected(box: Mailbox) -> imaplib.IMAP4:
    within = box.timeout.total_seconds()
    context = None if box.tls is Tls.NONE else ssl.create_default_context(cafile=box.ca_file)
    server: imaplib.IMAP4
    if box.tls is Tls.IMPLICIT:
        assert context is not None
        server = _Tls(box.host, box.port, within, context)
    else:
        server = _Plain(box.host, box.port, within)
    try:
        if box.tls is Tls.STARTTLS:
            server.starttls(context)
        try:
            server.login(box.username, box.password.reveal())
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:  # the text may repeat what was sent
            raise WrongAnswerError(f"it refused the login in {box.password.origin}", retryable=False) from error
    except BaseException:
        with suppress(OSError):
            server.shutdown()
        raise
    return server


def _opened(server: imaplib.IMAP4, box: Mailbox) -> int:
    name = '"' + box.mailbox.replace("\\", "\\\\").replace('"', '\\"') + '"'
    status, _ = server.select(name, readonly=True)
    if status != "OK":
        raise WrongAnswerError(f"it does not open the mailbox {box.mailbox!r}", retryable=False)
    said = server.response("UIDVALIDITY")[1]
    try:
        return int(said[0])
    except (TypeError, ValueError, IndexError):
        raise WrongAnswerError("it does not say the UIDVALIDITY of the mailbox") from None


def _listed(server: imaplib.IMAP4, after: int) -> list[int]:
    status, said = server.uid("SEARCH", "UID", f"{after + 1}:*")
    if status != "OK":
        raise WrongAnswerError("it does not list the mailbox")
    words = [word for line in said if isinstance(line, bytes) for word in line.split()]
    if any(not word.isdigit() or len(word) > 10 for word in words):
        raise WrongAnswerError("it lists something else than UIDs")
    return sorted({int(word) for word in words if int(word) > after})  # `n:*` always names the last one


def _fetched(server: imaplib.IMAP4, validity: int, uid: int, now: datetime) -> Found | None:
    """A mail; None where it is gone. Of one that is too large only its headers are fetched."""
    status, said = server.uid("FETCH", str(uid), "(UID RFC822.SIZE INTERNALDATE)")
    if status != "OK":
        raise WrongAnswerError(f"it does not fetch the mail {uid}")
    about = b" ".join(part if isinstance(part, bytes) else part[0] for part in said if part)
    size, named = _SIZE.search(about), _UID.search(about)
    if size is None or named is None or int(named[1]) != uid:
        return None
    what = "BODY.PEEK[]" if int(size[1]) <= LARGEST else "BODY.PEEK[HEADER]"
    status, said = server.uid("FETCH", str(uid), f"({what})")
    content = next((part[1] for part in said if isinstance(part, tuple)), None)
    if status != "OK" or not isinstance(content, bytes):
        return None
    if int(size[1]) > LARGEST:
        content = content[:65536].ljust(LARGEST + 1)
    return Found(f"{validity}/{uid}", f"mail {uid}", content, _received(about, now))


def _received(about: bytes, now: datetime) -> datetime:
    found = _DATE.search(about)
    try:
        at = None if found is None else parsedate_to_datetime(found[1].decode("ascii").replace("-", " ", 2))
    except (ValueError, TypeError, IndexError, OverflowError):
        at = None
    return now if at is None or at.tzinfo is None else min(at.astimezone(UTC), now)
