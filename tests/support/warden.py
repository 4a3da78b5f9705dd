"""Find processes by a mark in their environment, and end them when whoever started them is gone.

Every process of a test run carries the path of the run in the variable MARK: `run`, `run/worker`, and `run/worker/run`
where a test runs pytest itself. So whatever a run started is found, however far down and in whatever session, and no
process of anybody else is touched.

`python warden.py PATH` is the warden of one process of pytest: it waits until its standard input ends, which happens
with the death of that process, whatever it dies of, and then kills what carries PATH or a path below it. Where there is
no /proc nothing is found. Only the standard library is imported, so that it starts at once.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable

MARK = "TIERWATCH_TEST_RUN"

PATIENCE = 10.0
"""Seconds for which a killed process may take to be gone, and for which it may start others meanwhile."""


def marked(path: str) -> dict[int, str]:
    """The living processes that carry *path* or one below it, each with its command."""
    found = {}
    for name in os.listdir("/proc") if os.path.isdir("/proc/self") else ():
        if name.isdecimal() and carries(name, path):
            found[int(name)] = _read(name, "cmdline").replace("\0", " ").strip()
    return found


def kill(path: str) -> None:
    """Kill all that `marked` finds, and what they start meanwhile; returns when there is none."""
    gone_within(path, PATIENCE, lambda: [_kill(pid, path) for pid in marked(path)])


def gone_within(path: str, seconds: float, meanwhile: Callable[[], object] = lambda: None) -> dict[int, str]:
    """Wait until there is none; gives those that are there when the time is up."""
    end = time.monotonic() + seconds
    while True:
        meanwhile()
        left = marked(path)
        if not left or time.monotonic() > end:
            return left
        time.sleep(0.02)


def _kill(pid: int, path: str) -> None:
    """Kill the process, unless its number is somebody else's by now."""
    try:
        handle = os.pidfd_open(pid)
    except OSError:
        return
    try:
        if carries(str(pid), path):
            signal.pidfd_send_signal(handle, signal.SIGKILL)
    except OSError:
        pass
    finally:
        os.close(handle)


def carries(pid: str, path: str) -> bool:
    """Whether the process carries *path* or one below it."""
    begin = f"{MARK}="
    for entry in _read(pid, "environ").split("\0"):
        if entry.startswith(begin):
            value = entry.removeprefix(begin)
            return value == path or value.startswith(f"{path}/")
    return False


def _read(pid: str, name: str) -> str:
    """A file of a process; empty where it has ended, or is another user's."""
    try:
        with open(f"/proc/{pid}/{name}", "rb") as file:
            return file.read().decode(errors="replace")
    except OSError:
        return ""


if __name__ == "__main__":
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)  # it ends after the others
    sys.stdin.read()
    kill(sys.argv[1])
