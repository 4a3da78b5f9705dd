"""Let no test leave a process behind, however it ends: a plug-in of pytest that `tests/conftest.py` registers.

Three nets, each for what falls through the one before:

- a process that a test started and did not end is killed after that test, and the test fails;
- what a run started in any other way (a child of a child, a fixture of a module) and is there when the run is over is
  named and killed, and the run fails; the nursery (`tests/support/forking.py`) is told to end before;
- a process of pytest that dies (a time-out that ends the process, a kill) has a warden, which kills what it started.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import uuid
import weakref
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tests.support import forking, warden
from tests.support.forking import Forked, OfTheRun

GRACE = 10.0
"""Seconds in which what a run has told to end may end."""

_WARDEN = Path(warden.__file__)

Process = subprocess.Popen[Any] | Forked
KINDS: tuple[type[Any], ...] = (subprocess.Popen, Forked)
"""What a test may start."""


def _alive(processes: list[Process]) -> list[Process]:
    return [process for process in processes if process.returncode is None and process.poll() is None]


class Leftovers:
    """What one process of pytest has started: the whole run, or a worker of it."""

    def __init__(self) -> None:
        self._outer = os.environ.get(warden.MARK)
        own = uuid.uuid4().hex[:12]
        self.path = own if self._outer is None else f"{self._outer}/{own}"
        self._left: dict[str, list[str]] = {}
        self._wide = 0
        self._of_test: list[weakref.ref[Process]] = []
        unmarked = {name: value for name, value in os.environ.items() if name != warden.MARK}
        self._warden = subprocess.Popen(
            [sys.executable, "-S", "-E", str(_WARDEN), self.path], stdin=subprocess.PIPE, env=unmarked,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        os.environ[warden.MARK] = self.path
        self._inner = [kind.__init__ for kind in KINDS]
        for kind, inner in zip(KINDS, self._inner, strict=True):
            kind.__init__ = self._noting(inner)

    def _noting(self, inner: Any) -> Any:
        """Mark each process, even one with an environment of its own, and note who has to end it."""

        def noted(process: Process, *args: Any, **named: Any) -> None:
            if named.get("env") is not None:
                named["env"] = {**named["env"], warden.MARK: self.path}
            inner(process, *args, **named)
            if not self._wide and not isinstance(process, OfTheRun):
                self._of_test.append(weakref.ref(process))

        return noted

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, Any, Any]:
        """What a fixture of a module or of the run starts lives longer than a test."""
        wide = fixturedef.scope != "function"
        self._wide += wide
        try:
            return (yield)
        finally:
            self._wide -= wide

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self) -> Generator[None, Any, Any]:
        """Look after every fixture has ended what it started."""
        try:
            return (yield)
        finally:
            self._end_those_of_the_test()

    def _end_those_of_the_test(self) -> None:
        started = [process for each in self._of_test if (process := each()) is not None]
        self._of_test.clear()
        if not _alive(started):
            return
        gc.collect()  # what an exception kept alive, and would have ended its process, is over as well
        alive = _alive(started)
        for process in alive:
            process.kill()
            process.wait(timeout=warden.PATIENCE)
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream is not None:
                    stream.close()
        if alive:
            pytest.fail(f"the test left behind: {'; '.join(str(process.args) for process in alive)}", pytrace=False)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Name what is left, kill it, and fail the run. A worker lets the run know."""
        forking.close()
        left = warden.gone_within(self.path, GRACE)
        warden.kill(self.path)
        if left:
            self._left[self.path] = [f"{pid}: {command}" for pid, command in left.items()]
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output["left"] = self._left
        elif self._left:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """What a worker has found; one that died has none, and its warden kills."""
        self._left |= getattr(node, "workeroutput", {}).get("left", {})

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        for path, commands in self._left.items():
            terminalreporter.section(f"processes left behind by {path}", red=True)
            for command in commands:
                terminalreporter.write_line(command)

    def pytest_unconfigure(self) -> None:
        for kind, inner in zip(KINDS, self._inner, strict=True):
            kind.__init__ = inner
        if self._outer is None:
            del os.environ[warden.MARK]
        else:
            os.environ[warden.MARK] = self._outer
        assert self._warden.stdin is not None
        self._warden.stdin.close()
        self._warden.wait(timeout=2 * warden.PATIENCE)
