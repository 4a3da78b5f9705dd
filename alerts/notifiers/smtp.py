"""Send pages as mail, plain text in UTF-8.

Every address in `to` is a channel of its own, `NAME/1`, `NAME/2`, so that a mailbox that refuses hides no other one
and nobody is sent a page twice because of another. The pages of one round go through one connection. A page's
Message-ID is the same at each try, and the mails of one alert form one thread.

Traps. A 5xx to the recipient or to the text closes the page for good; one to the greeting, the login or the sender is
about the configuration, and the page waits. Removing an address from the middle of `to` renumbers those after it:
pages that wait go to the next one. `timeout` is for everything until the login is accepted, and again for each mail.
`tls: none` is for this machine only, unless `allow_plaintext` says otherwise: anybody on the way could read a page.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from enum import StrEnum
from pathlib import Path
from typing import ClassVar

from pydantic import ConfigDict

from alerts.delivery import TemplateOption
from alerts.notifiers import _mail_server
from alerts.notifiers._delivery import SLOWLY, identity, is_loopback, joined, named, one_by_one
from alerts.notifiers._words import cut, plain, words
from monitor.alert import Channel, Delivery, Page, Result, Verdict
from monitor.messages import Language
from monitor.net import Deadline, Ended, Failed, SecretOption
from monitor.text import Length, one_line, shown

MOST_SUBJECT = 200
MOST_BODY = 100_000

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_ABOUT_US = frozenset({530, 534, 535, 538})  # the login, wherever it is said
GOODBYE = 2.0
"""Seconds for the end of a conversation in which every page has its answer."""

_PORTS = {"starttls": 587, "implicit": 465, "none": 25}


class Tls(StrEnum):
    """How the connection is protected."""

    STARTTLS = "starttls"
    IMPLICIT = "implicit"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Config:
    """`sender` and `to` are bare addresses. `port` is 587, 465 or 25, by `tls`."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    host: str
    """The name or address of the mail server."""
    sender: str
    """The bare mail address that mails come from."""
    to: tuple[str, ...]
    """The bare mail addresses that mails go to; each is a channel of its own."""
    port: int | None = None
    """The port of the server; without it 587, 465 or 25, by `tls`."""
    tls: Tls = Tls.STARTTLS
    """How the connection is encrypted; `none` to this machine only, unless `allow_plaintext`."""
    allow_plaintext: bool = False
    """`true` allows `tls: none` to another machine: anybody on the way can read pages and login."""
    username: str | None = None
    """The user of the login; with `password`."""
    password: SecretOption | None = None
    """A secret: the password of `username`."""
    language: Language | None = None
    """The language of the text; without it, the `language` of the installation."""
    template: TemplateOption | None = None
    """The body, in Jinja2, written out or as `{file: PATH}`."""
    timeout: Length = timedelta(seconds=20)
    """How long everything until the login may take, and again each whole mail."""
    ca_file: Path | None = None
    """The certificate authority to trust."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9.:-]+", self.host):
            raise ValueError(f"host {self.host!r} is not a server's name or address")
        if self.port is not None and not 0 < self.port < 65536:
            raise ValueError(f"port {self.port} is not one; leave it out, or write 1 to 65535")
        if not self.to:
            raise ValueError("lists nobody in to; write at least one address")
        for address in (self.sender, *self.to):
            if not _ADDRESS.fullmatch(address):
                raise ValueError(f"{address!r} is not a bare mail address such as oncall@example.com")
        if len({address.lower() for address in self.to}) < len(self.to):
            raise ValueError("lists one address twice in to; keep one")
        if (self.username is None) != (self.password is None):
            raise ValueError("write both username and password, or neither")
        known = None if self.password is None or self.password.missing else self.password
        if known is not None and not (known.reveal() + str(self.username)).isascii():
            raise ValueError(f"the login in {known.origin} has characters that SMTP logins cannot carry")
        if self.tls is Tls.NONE and not self.allow_plaintext and not is_loopback(self.host):
            raise ValueError(
                f"tls: none to {self.host} sends pages, and the login, in the open; write starttls or implicit,"
                " or allow_plaintext: true if the way there is safe"
            )


@dataclass(frozen=True, slots=True)
class _Trouble:
    """What stands between us and a mailbox that takes a page."""

    verdict: Verdict
    reason: str
    sentence: str
    slowly: bool = False


class Smtp:
    """One mail server; each recipient is a channel, on one connection."""

    batch: ClassVar[int] = 4

    def __init__(self, config: Config) -> None:
        self._config = config
        self._domain = config.sender.rpartition("@")[2]
        self._port = config.port or _PORTS[config.tls.value]
        self._context = None if config.tls is Tls.NONE else ssl.create_default_context(cafile=config.ca_file)

    def channels(self, receiver: str) -> tuple[Channel, ...]:
        """One per recipient, counted from 1."""
        return tuple(Channel(f"{receiver}/{n}", Delivery.QUEUE) for n in range(1, len(self._config.to) + 1))

    def send(self, pages: Sequence[Page], now: datetime) -> Sequence[Result]:
        """One mail per page over one connection; never raises for what the server answered."""
        if not pages:
            return []
        deadline = self._deadline()
        try:
            with deadline:
                connection = self._connected()
        except (OSError, smtplib.SMTPException, ValueError) as error:
            trouble = self._judged(error, deadline)
            return [self._result(page, trouble, now) for page in pages]
        try:
            return one_by_one(pages, lambda page: self._mail(connection, page, now))
        finally:
            self._end(connection)

    def _deadline(self) -> Deadline:
        return Deadline(self._config.timeout.total_seconds())

    def _end(self, connection: smtplib.SMTP) -> None:
        """Say goodbye, if that is quickly done: every page has its answer."""
        if connection.sock is not None:
            with Deadline(min(self._config.timeout.total_seconds(), GOODBYE)) as deadline:
                deadline.watch(connection.sock)
                with suppress(OSError, smtplib.SMTPException):
                    connection.quit()
        connection.close()

    def _connected(self) -> smtplib.SMTP:
        """A connection that is protected and logged in as configured."""
        config, timeout = self._config, self._config.timeout.total_seconds()
        connection: smtplib.SMTP
        if config.tls is Tls.IMPLICIT:
            connection = _mail_server.Tls(
                config.host, self._port, local_hostname=self._domain, timeout=timeout, context=self._context
            )
        else:
            connection = _mail_server.Plain(config.host, self._port, local_hostname=self._domain, timeout=timeout)
        try:
            connection.ehlo_or_helo_if_needed()
            if config.tls is Tls.STARTTLS:
                code, _ = connection.starttls(context=self._context)
                if code != 220:
                    raise smtplib.SMTPNotSupportedError("STARTTLS")
                connection.ehlo_or_helo_if_needed()
            if config.username is not None and config.password is not None:
                connection.login(config.username, config.password.reveal())
        except BaseException:
            connection.close()
            raise
        return connection

    def _mail(self, connection: smtplib.SMTP, page: Page, now: datetime) -> Result:
        number = page.channel.rpartition("/")[2]
        if not number.isdigit() or not 0 < int(number) <= len(self._config.to):
            detail = f"receiver {page.channel}: it is not in the list of to any more"
            return Result(page, Verdict.REFUSED, "no_such_recipient", detail)
        to = self._config.to[int(number) - 1]
        mail, trouble = self._written(page, to, now)
        deadline = self._deadline()
        try:
            with deadline:
                if connection.sock is not None:
                    deadline.watch(connection.sock)
                connection.sendmail(self._config.sender, [to], mail.as_bytes())
        except (OSError, smtplib.SMTPException, ValueError) as error:
            failed = self._result(page, self._judged(error, deadline), now)
            return replace(failed, detail=joined(failed.detail, trouble))
        return Result(page, Verdict.ACCEPTED, detail=trouble)

    def _written(self, page: Page, to: str, now: datetime) -> tuple[EmailMessage, str]:
        """The mail. Its headers are made of one-line text and checked addresses, so nothing can add one."""
        made = words(page.alert, self._config.language, plain, self._config.template, page.zone)
        thread = f"<{page.alert.incident}@{self._domain}>"
        mail = EmailMessage(policy=SMTP)
        mail["From"], mail["To"] = self._config.sender, to
        mail["Subject"] = cut(one_line(made.title), MOST_SUBJECT)
        mail["Date"] = format_datetime(now.astimezone(UTC))
        mail["Message-ID"] = f"<{identity(page)}@{self._domain}>"
        mail["In-Reply-To"] = mail["References"] = thread
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
        mail.set_content(replace(made, title="").text(MOST_BODY) + "\n", charset="utf-8", cte="base64")
        return mail, made.trouble

    def _judged(self, error: Exception, deadline: Deadline) -> _Trouble:
        """What an error means. Never the server's own words: it can repeat what it was told."""
        if deadline.ended is Ended.STOPPED:
            return _Trouble(Verdict.RETRY, Failed.STOPPED, "tierwatch stops, so the mail was given up")
        if deadline.ended is not None or _is_timeout(error):  # whichever of the two looked first
            length = shown(self._config.timeout)
            return _Trouble(Verdict.RETRY, "timeout", f"no connection, or no whole answer, within {length}")
        if isinstance(error, ssl.SSLError):
            why = getattr(error, "verify_message", "") or (error.reason or "the handshake failed").replace("_", " ")
            return _Trouble(Verdict.RETRY, "tls", f"TLS failed: {why.lower()}; check tls, port and ca_file", True)
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            ((code, said),) = error.recipients.values()
            return self._answered(code, said, "the recipient")
        if isinstance(error, smtplib.SMTPSenderRefused):
            return self._answered(error.smtp_code, error.smtp_error, "the sender", about_us=True)
        if isinstance(error, smtplib.SMTPDataError):
            return self._answered(error.smtp_code, error.smtp_error, "the text")
        if isinstance(error, smtplib.SMTPAuthenticationError):
            secret = self._config.password
            what = f"the user {self._config.username!r} with the password in {secret.origin if secret else ''}"
            return self._answered(error.smtp_code, error.smtp_error, what, about_us=True)
        if isinstance(error, smtplib.SMTPResponseException):
            return self._answered(error.smtp_code, error.smtp_error, "the connection", about_us=True)
        return _broken(error)

    def _answered(self, code: int, said: bytes | str, what: str, about_us: bool = False) -> _Trouble:
        text = said.decode("ascii", "replace") if isinstance(said, bytes) else said
        enhanced = re.match(r"[245]\.\d{1,3}\.\d{1,3}\b", text)
        shown = f"{code} {enhanced[0]}" if enhanced else f"{code}"
        if code in _ABOUT_US or (about_us and code >= 500):
            reason = "unauthorized" if code in _ABOUT_US else "sender_refused"
            return _Trouble(Verdict.RETRY, reason, f"{shown}, it refused {what}; check the options", True)
        if code >= 500:
            return _Trouble(Verdict.REFUSED, "refused", f"{shown}, it refused {what} for good")
        if code == 421:
            return _Trouble(Verdict.RETRY, "throttled", f"{shown}, it is busy and closes the connection")
        return _Trouble(Verdict.RETRY, "deferred", f"{shown}, it does not take {what} now")

    def _result(self, page: Page, trouble: _Trouble, now: datetime) -> Result:
        begin = f"receiver {page.channel}: {self._config.host}:{self._port}: {trouble.sentence}"
        if trouble.verdict is Verdict.REFUSED:
            detail = f"{begin}; the page of {named(page)} is not sent again"
            return Result(page, Verdict.REFUSED, trouble.reason, detail)
        retry_at = now + SLOWLY if trouble.slowly else None
        return Result(page, Verdict.RETRY, trouble.reason, f"{begin}; the page waits", retry_at)


def _is_timeout(error: Exception) -> bool:
    """Whether the time of a socket was up. smtplib hides that within a lost connection."""
    return isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)


def _broken(error: Exception) -> _Trouble:
    """A conversation that ended without a code."""
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return _Trouble(Verdict.RETRY, "not_supported", "it does not offer TLS or login; check tls and port", True)
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return _Trouble(Verdict.RETRY, "network", "it closed the connection in the middle")
    if isinstance(error, OSError):
        return _Trouble(Verdict.RETRY, "network", "no connection, or it broke; check host and port")
    return _Trouble(Verdict.RETRY, "unusable", "the mail cannot be sent as it is; check the options", True)


def build(config: Config) -> Smtp:
    return Smtp(config)
