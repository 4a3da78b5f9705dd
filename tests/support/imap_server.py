"""An IMAP server on loopback with one mailbox, which notes every command and has faults when it is told to."""

from __future__ import annotations

import socketserver
import threading
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Box:
    """The mailbox: mails by UID, and what is wrong with the server. `drops_after` is a number of commands."""

    mails: dict[int, bytes] = field(default_factory=dict)
    validity: int = 7
    password: str = "secret word"
    drops_after: int = 10_000
    says_size: int | None = None
    commands: list[str] = field(default_factory=list)
    flags_changed: int = 0


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        box: Box = self.server.box  # type: ignore[attr-defined]
        self._say("* OK ready")
        while line := self.rfile.readline():
            tag, _, command = line.decode("latin-1").strip().partition(" ")
            box.commands.append(command)
            if len(box.commands) > box.drops_after:
                return
            said = self._answered(box, command)
            if said is None:
                self._say("* BYE", f"{tag} OK bye")
                return
            self._say(f"{tag} {said}")

    def _answered(self, box: Box, command: str) -> str | None:
        """The end of the answer to a command, whose beginning is sent; None for the last one."""
        words = [*command.upper().split(), ""]
        if words[0] == "CAPABILITY":
            self._say("* CAPABILITY IMAP4rev1")
        elif words[0] == "LOGIN":
            return "OK welcome" if box.password in command else f"NO wrong: {command}"
        elif words[0] == "EXAMINE":
            if '"INBOX"' not in command:
                return "NO no such mailbox"
            self._say(f"* {len(box.mails)} EXISTS", f"* OK [UIDVALIDITY {box.validity}] valid")
        elif words[:2] == ["UID", "SEARCH"]:
            first = int(words[3].removesuffix(":*"))
            found = [uid for uid in box.mails if uid >= first] or sorted(box.mails)[-1:]
            self._say("* SEARCH " + " ".join(map(str, found)))
        elif words[:2] == ["UID", "FETCH"]:
            self._fetch(box, command)
        elif words[0] == "LOGOUT":
            return None
        else:
            box.flags_changed += 1
        return "OK done"

    def _fetch(self, box: Box, command: str) -> None:
        uid = int(command.split()[2])
        content = box.mails.get(uid)
        if content is None:
            return
        if "RFC822.SIZE" in command:
            size = len(content) if box.says_size is None else box.says_size
            self._say(f'* 1 FETCH (UID {uid} RFC822.SIZE {size} INTERNALDATE "01-Jan-2026 10:00:00 +0000")')
            return
        if "PEEK" not in command:
            box.flags_changed += 1
        if "HEADER" in command:
            content = content.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        self.wfile.write(f"* 1 FETCH (UID {uid} BODY[] {{{len(content)}}}\r\n".encode() + content + b")\r\n")

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


class ImapServer:
    """The server; use it with `with`."""

    def __init__(self, box: Box | None = None) -> None:
        self.box = box or Box()
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.box = self.box  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.port: int = self._server.server_address[1]

    def __enter__(self) -> ImapServer:
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
