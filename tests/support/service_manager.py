"""Be the service manager of a program: a datagram socket, and what came to it, as systemd reads it (man sd_notify)."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.peers import until


class ServiceManager:
    """`address` is what NOTIFY_SOCKET says. `read` gives what came since it was last called, each a set of lines."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(f"\0{address[1:]}" if address.startswith("@") else address)
        self._socket.setblocking(False)
        self.all: list[dict[str, str]] = []

    def read(self) -> list[dict[str, str]]:
        came: list[dict[str, str]] = []
        while True:
            try:
                said = self._socket.recv(65536).decode()
            except BlockingIOError:
                self.all += came
                return came
            came.append(dict(line.split("=", 1) for line in said.splitlines()))

    def is_busy(self) -> None:
        """Read nothing until `read` is called, while the socket takes no more."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to, suppress(BlockingIOError):
            to.setblocking(False)
            while True:
                to.sendto(b"FROM=somebody else", f"\0{self.address[1:]}" if self.address[0] == "@" else self.address)

    def waits_for(self, name: str) -> dict[str, str]:
        """The next datagram that has this line."""
        return until(lambda: next((each for each in self.read() if name in each), None), f"of {name}")

    def close(self) -> None:
        self._socket.close()


@contextmanager
def service_manager(folder: Path, abstract: bool = False) -> Iterator[ServiceManager]:
    """One at a path, or at a name that is no path."""
    manager = ServiceManager(f"@tierwatch-test-{os.getpid()}-{folder.name}" if abstract else str(folder / "notify"))
    try:
        yield manager
    finally:
        manager.close()
