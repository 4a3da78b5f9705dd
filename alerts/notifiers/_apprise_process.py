"""Run Apprise in a process that is killed when a message takes too long (semantics 41).

Apprise brings its own HTTP, SMTP and MQTT, with time-outs that begin anew with every byte. The process is started for
the first message, kept for the next, and killed with everything it started at a deadline.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import weakref
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitor.net import Deadline, Ended, Secret

STARTING = 60.0
"""Seconds in which the process has to be ready: Python and Apprise are read from the disk."""

PROGRAM = Path(__file__).with_name("_apprise_worker.py")


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a message. `statuses` are those that Apprise noticed, `failed` names an exception of it."""

    taken: bool = False
    statuses: tuple[int, ...] = ()
    failed: str = ""
    ended: Ended | None = None


class Worker:
    """The process for one URL. One message at a time."""

    def __init__(self, url: Secret) -> None:
        self._url, self._lock = url, threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._last_one: weakref.finalize[..., Any] | None = None

    def send(self, text: str, kind: str, within: float) -> Sent:
        """Give a message of a kind (WARNING, SUCCESS, INFO) to Apprise.

        Whatever the service does, the answer is there *within* seconds once the process has started.
        """
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                failure = self._start()
                if failure is not None:
                    return failure
            return self._exchange({"text": text, "kind": kind, "seconds": within}, within)

    def close(self) -> None:
        """End the process, if there is one."""
        if self._last_one is not None:
            self._last_one()
        self._process = None

    def _start(self) -> Sent | None:
        self.close()
        try:
            # -P: the folder of the program holds modules with names of libraries
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(PROGRAM)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, text=True, encoding="utf-8", start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            return Sent(failed=type(error).__name__)
        self._last_one = weakref.finalize(self, _end, self._process)
        ready = self._exchange({"url": self._url.reveal()}, STARTING)
        return ready if ready.failed or ready.ended else None

    def _exchange(self, what: dict[str, Any], within: float) -> Sent:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        with Deadline(within) as deadline:
            deadline.at_end(lambda: _kill(process))
            try:
                process.stdin.write(json.dumps(what) + "\n")
                process.stdin.flush()
                line = process.stdout.readline()
                answer = json.loads(line) if line else None
            except (OSError, ValueError):
                answer = None
        if isinstance(answer, dict) and not deadline.ended:
            return Sent(bool(answer.get("taken")), tuple(answer.get("statuses", ())), answer.get("failed", ""))
        self.close()
        return Sent(failed="" if deadline.ended else "the end of its process", ended=deadline.ended)


def _kill(process: subprocess.Popen[str]) -> None:
    """Kill the process and whatever it started; it leads a session of its own."""
    with suppress(ProcessLookupError, PermissionError):
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)


def _end(process: subprocess.Popen[str]) -> None:
    _kill(process)
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(OSError):
                stream.close()
