"""Connect to a mail server within a deadline, and read answers of bounded length.

The library's own time-out begins anew with every byte, and it collects the lines of an answer for as long as they come;
see `monitor/net/deadline.py`.
"""

from __future__ import annotations

import smtplib
import socket
from typing import Any

from monitor.net import dial

MOST_ANSWER = 64 * 1024
"""Bytes of one answer of the server."""


class _Lines:
    """What the server says, as a file; `begin` is called before each answer."""

    def __init__(self, connection: socket.socket) -> None:
        self._stream, self._left = connection.makefile("rb"), MOST_ANSWER

    def begin(self) -> None:
        self._left = MOST_ANSWER

    def readline(self, limit: int = -1) -> bytes:
        line = self._stream.readline(limit)
        self._left -= len(line)
        if self._left < 0:
            raise OSError("the answer is too long")
        return line

    def close(self) -> None:
        self._stream.close()


class Plain(smtplib.SMTP):
    """A connection that begins without TLS."""

    file: Any

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return dial(host, port, timeout)

    def getreply(self) -> tuple[int, bytes]:
        _bounded(self)
        return super().getreply()


class Tls(smtplib.SMTP_SSL):
    """A connection with TLS from its beginning."""

    file: Any

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = dial(host, port, timeout)
        try:
            return self.context.wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            raise

    def getreply(self) -> tuple[int, bytes]:
        _bounded(self)
        return super().getreply()


def _bounded(connection: Plain | Tls) -> None:
    """Put our reader where the library would make its own."""
    if connection.file is None and connection.sock is not None:
        connection.file = _Lines(connection.sock)
    elif connection.file is not None:
        connection.file.begin()
