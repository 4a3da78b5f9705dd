"""Have carriers' notices parsed by a program in a process of its own, which is ended when the poll is over.

The program (`_notice_program.py`) has the limits of memory and time and forks for each notice; here is the time in
which it has to be ready and to answer. If it dies or says nothing, the notice that it had is refused and it is started
anew.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from monitor.collectors import _notice_program
from monitor.errors import SourceError
from monitor.net import Deadline, Ended

PROGRAM = Path(_notice_program.__file__)
STARTING = 300.0
"""Seconds in which the parser has to be ready: it reads some 1,500 files from the disk."""
ANSWERING = _notice_program.PATIENCE + 60
"""Seconds in which the program answers; the limit of a notice is its own, this one ends the program."""
LARGEST = 30_000_000
"""Bytes of a mail or a file; a larger one is refused unread."""


class Kind(StrEnum):
    """What the bytes are."""

    MAIL = "mail"
    ICAL = "ical"
    HTML = "html"
    XLSX = "xlsx"
    CSV = "csv"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the parser found, or a word and a sentence for why it found nothing."""

    notices: tuple[Mapping[str, Any], ...] = ()
    refused: str = ""
    detail: str = ""


@dataclass(slots=True)
class NoticeParser:
    """The program for one poll. Use it with `with`; it starts with the first notice. `python` runs it.

    `source` is for what is said when it cannot be started. A notice has so many `seconds` of a processor, and the
    program `patience` seconds for its answer.
    """

    python: Path | None
    source: str
    patience: float = ANSWERING
    seconds: int = _notice_program.SECONDS
    program: Path = PROGRAM
    starts: int = 0
    providers: frozenset[str] = frozenset()
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def __enter__(self) -> NoticeParser:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def parse(self, content: bytes, kind: Kind, provider: str, received: datetime) -> Answer:
        """What *content* announces, read as a notice of *provider*.

        Raises SourceError where the parser is not installed, or cannot be started.
        """
        if len(content) > LARGEST:
            return Answer(refused="too_large", detail=f"it has {len(content):,} bytes")
        process = self._started()
        if provider not in self.providers:
            return Answer(refused="unknown_provider", detail=f"the parser knows no carrier {provider!r}")
        head = {
            "provider": provider,
            "kind": kind.value,
            "bytes": len(content),
            "received": format_datetime(received),
            "seconds": self.seconds,
        }
        with Deadline(self.patience) as deadline:
            deadline.at_end(lambda: _kill(process))
            try:
                said = _asked(process, json.dumps(head).encode() + b"\n" + content)
            except (OSError, ValueError):
                said = {"refused": "too_much_work", "detail": "the parser ended, or said nothing in time"}
                self.close()
        self._stopped(deadline)
        if "refused" in said:
            return Answer(refused=str(said["refused"]), detail=str(said["detail"]))
        return Answer(tuple(said["notices"]))

    def close(self) -> None:
        """End the program and what it forked."""
        process, self._process = self._process, None
        if process is None:
            return
        _kill(process)
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.close()
        python = str(self.python or sys.executable)
        try:
            # -P: the folder of the program is no place to import from; -s: nor is the folder of the user
            process = self._process = subprocess.Popen(
                [python, "-P", "-s", str(self.program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, start_new_session=True, env={"PATH": os.defpath},
            )  # fmt: skip
            self.starts += 1
            with Deadline(STARTING) as deadline:
                deadline.at_end(lambda: _kill(process))
                said = _asked(process, b"")
        except (OSError, ValueError) as error:
            self.close()
            raise SourceError(
                f"collector carrier_notices/{self.source}: {python} does not run the parser of notices"
                f" ({getattr(error, 'strerror', None) or 'it ended, or said nothing'}); check the option `python`"
            ) from error
        if "missing" in said:
            self.close()
            raise SourceError(
                f"collector carrier_notices/{self.source}: {python} has no package {said['missing']}; install"
                " tierwatch[notices] beside tierwatch, or in an environment of its own that the option `python` names"
            )
        self.providers = frozenset(str(name) for name in said["providers"])
        return process

    def _stopped(self, deadline: Deadline) -> None:
        """Raise SourceError where tierwatch stops: what was asked is read again later."""
        if deadline.ended is Ended.STOPPED:
            raise SourceError(f"collector carrier_notices/{self.source}: tierwatch stops; it will be read again")


def _asked(process: subprocess.Popen[bytes], request: bytes) -> Mapping[str, Any]:
    """What the program says next, to *request* if that is one. Raises OSError or ValueError where it ends."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(request)
    process.stdin.flush()
    try:
        said = json.loads(process.stdout.readline())
    except RecursionError:
        raise ValueError from None
    if not isinstance(said, dict):
        raise ValueError
    return said


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and its group, in which is what it forked."""
    with suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
