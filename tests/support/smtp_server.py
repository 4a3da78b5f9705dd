"""Speak SMTP on loopback, keep the mails, and answer as a test says: any code to any command, never, or not to the end.

`says` holds an answer per command (`CONNECT`, `EHLO`, `STARTTLS`, `AUTH`, `MAIL`, `RCPT`, `DATA`, `BODY`, `QUIT`): a
text, a list that is used up one by one, `HANG` or `CLOSE`.
"""

from __future__ import annotations

import base64
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

HANG, CLOSE = "hang", "close"

_USUAL = {
    "CONNECT": "220 here", "STARTTLS": "220 go on", "AUTH": "235 2.7.0 welcome", "MAIL": "250 2.1.0 ok",
    "RCPT": "250 2.1.5 ok", "DATA": "354 go on", "BODY": "250 2.0.0 queued", "QUIT": "221 bye", "RSET": "250 ok",
    "NOOP": "250 ok",
}  # fmt: skip


@dataclass(slots=True)
class Mail:
    """What came in, with its envelope. `secure` says whether TLS was on, `login` who had logged in."""

    sender: str
    to: list[str]
    raw: bytes
    secure: bool
    login: tuple[str, str] | None

    def parsed(self) -> EmailMessage:
        message = message_from_bytes(self.raw, policy=default)
        assert isinstance(message, EmailMessage)
        return message


@dataclass(slots=True)
class _Talk:
    """One connection."""

    stream: Any
    secure: bool
    file: Any = None
    login: tuple[str, str] | None = None
    sender: str = ""
    to: list[str] = field(default_factory=list)


class SmtpServer:
    """Use it with `with`. `mails` holds what was taken, `lines` every command, `connections` their number."""

    def __init__(self, certificate: Path | None = None, implicit: bool = False, offers: tuple[str, ...] = ()) -> None:
        self.says: dict[str, str | list[str]] = {}
        self.mails: list[Mail] = []
        self.lines: list[str] = []
        self.connections = 0
        self._implicit, self._offers = implicit, offers
        self._context: ssl.SSLContext | None = None
        if certificate is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(certificate)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self._ending = threading.Event()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    def __enter__(self) -> SmtpServer:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        for thread in list(self._threads):
            thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while not self._ending.is_set():
            with suppress(TimeoutError):
                connection, _ = self._listener.accept()
                self.connections += 1
                thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(10)
        try:
            with suppress(OSError, ssl.SSLError, ValueError):
                if self._implicit and self._context:
                    connection = self._context.wrap_socket(connection, server_side=True)
                talk = _Talk(connection, self._implicit)
                talk.file = connection.makefile("rb")
                if self._answer(talk, "CONNECT"):
                    self._converse(talk)
                connection = talk.stream
        finally:
            with suppress(OSError):
                connection.close()

    def _converse(self, talk: _Talk) -> None:
        known = {"EHLO": self._greet, "HELO": self._greet, "AUTH": self._login, "STARTTLS": self._protect,
                 "DATA": self._data}  # fmt: skip
        while line := talk.file.readline():
            text = line.decode().rstrip("\r\n")
            self.lines.append(text)
            command = text.split()[0].upper() if text else ""
            if not known.get(command, self._note)(talk, text) or command == "QUIT":
                return

    def _protect(self, talk: _Talk, text: str) -> bool:
        goes_on = self._answer(talk, "STARTTLS")
        if goes_on and self._context is not None:
            talk.stream = self._context.wrap_socket(talk.stream, server_side=True)
            talk.secure, talk.file = True, talk.stream.makefile("rb")
        return goes_on

    def _greet(self, talk: _Talk, text: str) -> bool:
        if "EHLO" in self.says:
            return self._answer(talk, "EHLO")
        offers = ["here", *self._offers]
        if self._context is not None and not talk.secure:
            offers.append("STARTTLS")
        lines = [f"250{'-' if n < len(offers) - 1 else ' '}{offer}\r\n" for n, offer in enumerate(offers)]
        talk.stream.sendall("".join(lines).encode())
        return True

    def _login(self, talk: _Talk, text: str) -> bool:
        _, user, password = base64.b64decode(text.split()[2]).decode().split("\0")
        talk.login = (user, password)
        return self._answer(talk, "AUTH")

    def _data(self, talk: _Talk, text: str) -> bool:
        said = self._next("DATA")
        if not self._say(talk, said) or not said.startswith("354"):
            return said.startswith(("4", "5"))
        body = []
        while (line := talk.file.readline()) not in (b".\r\n", b""):
            body.append(line.removeprefix(b"."))
        said = self._next("BODY")
        if said.startswith("250"):
            self.mails.append(Mail(talk.sender, talk.to, b"".join(body), talk.secure, talk.login))
        talk.to = []
        return self._say(talk, said)

    def _note(self, talk: _Talk, text: str) -> bool:
        command = text.split()[0].upper() if text else ""
        if not self._answer(talk, command):
            return False
        named = text.partition("<")[2].partition(">")[0]
        if command == "MAIL":
            talk.sender, talk.to = named, []
        elif command == "RCPT":
            talk.to.append(named)
        return True

    def _next(self, command: str) -> str:
        said = self.says.get(command, _USUAL.get(command, "502 5.5.1 no such command"))
        if isinstance(said, list):
            return said.pop(0) if said else _USUAL[command]
        return said

    def _answer(self, talk: _Talk, command: str) -> bool:
        return self._say(talk, self._next(command))

    def _say(self, talk: _Talk, said: str) -> bool:
        """Whether the connection goes on."""
        if said == HANG:
            self._ending.wait(30)
            return False
        if said == CLOSE:
            return False
        talk.stream.sendall(f"{said}\r\n".encode())
        return not said.startswith("421")


@contextmanager
def listening(
    certificate: Path | None = None, implicit: bool = False, offers: tuple[str, ...] = ()
) -> Iterator[SmtpServer]:
    """A mail server for the length of a test."""
    with SmtpServer(certificate, implicit, offers) as server:
        yield server
