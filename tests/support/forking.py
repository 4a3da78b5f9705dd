"""Start the program by forking a process that has its modules already: it starts at once.

A start of `tierwatch` imports a thousand modules, more than a second of a processor, and the suite starts it some
hundred times. Here `python -m tests.support.forking N`, the nursery of one process of pytest, imports them once, and
each start is a fork of it. From there on the program is what `python -m monitor.cli` is: `main` with these words, this
folder, this environment, these files, and an exit through the interpreter. What begins before `main` is tested where
the command itself is started (`tests/monitor/test_cli.py`, and each `Tierwatch` that is not `forked`).

The nursery reads from the socket N one line of JSON for each start, beside which come standard input, output, error and
a pipe for the exit code, and answers with the process id. It has no threads, so that forking it is safe.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import resource
import select
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "alerts.notifiers", "exporters", "exporters.web", "monitor.collectors", "monitor.commands", "monitor.service",
)  # fmt: skip
SPARED = {"monitor.commands.demo_setup", "alerts.notifiers.apprise"}
"""They import what the program that is tested does not need."""

Request = Mapping[str, Any]


class OfTheRun(subprocess.Popen[bytes]):
    """A process that outlives the test that started it; `tests/support/leftovers.py` looks for it when the run ends."""


class Forked:
    """One start of the program, as `subprocess.Popen` has a process."""

    def __init__(
        self,
        words: Sequence[str],
        *,
        stdout: IO[Any] | int = subprocess.DEVNULL,
        stderr: IO[Any] | int = subprocess.DEVNULL,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        module: str = "monitor.cli",
        descriptors: int | None = None,
    ) -> None:
        """*words* are those after `tierwatch`; *module* has the `main`. *descriptors* bounds how many may be open."""
        self.args = [module, *words]
        self.returncode: int | None = None
        self.stdin = None
        self.stdout: IO[str] | None = None
        self.stderr: IO[str] | None = None
        request = {
            "module": module, "words": list(words), "folder": str(cwd or Path.cwd()), "descriptors": descriptors,
            "environment": dict(os.environ if env is None else env),
        }  # fmt: skip
        nothing = os.open(os.devnull, os.O_RDWR)
        self._code, code = os.pipe()
        given = [nothing, code]
        try:
            files = [nothing]
            for name, wanted in (("stdout", stdout), ("stderr", stderr)):
                if wanted == subprocess.PIPE:
                    read, write = os.pipe()
                    given.append(write)
                    setattr(self, name, os.fdopen(read, encoding="utf-8"))
                    files.append(write)
                else:
                    files.append(nothing if isinstance(wanted, int) else wanted.fileno())
            self.pid = _nursery.start(request, [*files, code])
        finally:
            for each in given:
                os.close(each)

    def poll(self) -> int | None:
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return code

    def _ended(self, timeout: float | None) -> int | None:
        if self.returncode is None and _readable(self._code, timeout):
            said = os.read(self._code, 16)
            assert said, f"the nursery ended before {self.args}"
            os.close(self._code)
            self.returncode = int(said)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


def _readable(file: int, timeout: float | None) -> bool:
    waiting = select.poll()
    waiting.register(file, select.POLLIN)
    return bool(waiting.poll(None if timeout is None else timeout * 1000))


class Nursery:
    """The process that is forked, as pytest sees it; started when it is first needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: OfTheRun | None = None
        self._socket: socket.socket | None = None

    def start(self, request: Request, files: Sequence[int]) -> int:
        """Gives the process id."""
        with self._lock:
            ours = self._open()
            line = json.dumps(request).encode() + b"\n"
            sent = socket.send_fds(ours, [line], list(files))
            ours.sendall(line[sent:])
            return int(_line(ours, b""))

    def _open(self) -> socket.socket:
        if self._socket is None:
            self._socket, theirs = socket.socketpair()
            with theirs:
                self._process = OfTheRun(
                    [sys.executable, "-m", __name__, str(theirs.fileno())], pass_fds=[theirs.fileno()], cwd=ROOT,
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                )  # fmt: skip
        return self._socket

    def close(self) -> None:
        """It ends, and lets the programs that it started go on."""
        if self._socket is not None and self._process is not None:
            self._socket.close()
            self._process.wait()
            self._socket = self._process = None


_nursery = Nursery()
close = _nursery.close


def _line(of: socket.socket, begun: bytes) -> bytes:
    while not begun.endswith(b"\n"):
        more = of.recv(65536)
        assert more, "the other side of the nursery ended"
        begun += more
    return begun


# -- the nursery itself ----------------------------------------------------------------------------------------------


def _load() -> None:
    for package in PACKAGES:
        for path in importlib.import_module(package).__path__:
            for file in sorted(Path(path).glob("*.py")):
                name = f"{package}.{file.stem}"
                if file.stem != "__init__" and name not in SPARED:
                    importlib.import_module(name)
    for name in ("monitor.cli", "uvicorn.protocols.http.h11_impl", "uvicorn.lifespan.on", "uvicorn.loops.asyncio"):
        importlib.import_module(name)
    from monitor.messages.catalogue import LANGUAGES, catalogue

    for language in LANGUAGES:
        for id_ in catalogue(language).ids:
            catalogue(language).format(id_, {})


def _serve(ours: socket.socket) -> Request | None:
    """Fork for each request, and say how each child ended. Gives, in a child, its request; at the end None."""
    ends: dict[int, int] = {}
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(woken, False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    with selectors.DefaultSelector() as waiting:
        waiting.register(ours, selectors.EVENT_READ)
        waiting.register(woken, selectors.EVENT_READ)
        while True:
            ready = {key.fileobj for key, _ in waiting.select()}
            if woken in ready:
                os.read(woken, 4096)
                _reap(ends)
            if ours not in ready:
                continue
            begun, files, _, _ = socket.recv_fds(ours, 65536, 4)
            if not begun:
                return None
            request: Request = json.loads(_line(ours, begun))
            pid = os.fork()
            if pid == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for each in (*ends.values(), woken, wake, files.pop()):
                    os.close(each)
                for number, file in enumerate(files):
                    os.dup2(file, number)
                for file in set(files):
                    os.close(file)
                return request
            ends[pid] = files.pop()
            for file in files:
                os.close(file)
            ours.sendall(f"{pid}\n".encode())


def _reap(ends: dict[int, int]) -> None:
    while ends:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        with os.fdopen(ends.pop(pid), "wb") as end:
            try:
                end.write(str(os.waitstatus_to_exitcode(status)).encode())
                end.flush()
            except BrokenPipeError:
                pass  # nobody waits for it any more


def main() -> None:
    with socket.socket(fileno=int(sys.argv[1])) as ours:
        _load()
        gc.freeze()
        request = _serve(ours)
    if request is None:
        return
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    if request["descriptors"] is not None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (request["descriptors"],) * 2)
    sys.argv = ["tierwatch", *request["words"]]
    sys.modules["__main__"].__package__ = None  # so that a sentence on usage names `tierwatch`
    importlib.import_module(request["module"]).main()


if __name__ == "__main__":
    main()
