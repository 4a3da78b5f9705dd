"""Start the real programs as a user would: tierwatch itself, and the simulated operator."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import requests

from tests.support.forking import Forked
from tests.support.peers import HANGING, ended, until


class Tierwatch:
    """One running `tierwatch run`; its log goes to a file beside the configuration."""

    def __init__(
        self, config: Path, descriptors: int | None = None, forked: bool = True, stuck: str = "nothing",
        stderr: Any = None,
    ) -> None:  # fmt: skip
        """*descriptors* bounds how many files and connections the program may open.

        If it is not *forked* the command itself is started, and imports everything. *stuck* is what of it never ends
        (`tests/support/stuck.py`); the system ends it five seconds after a signal only if that is empty, or it is not
        *forked*. The log goes to *stderr* instead, if it is given.
        """
        words = ["run", "--config", str(config)]
        self._log = (config.parent / "tierwatch.log").open("a", encoding="utf-8")
        self._process: subprocess.Popen[str] | Forked
        if forked:
            self._process = Forked(
                [stuck, *words] if stuck else words, module="tests.support.stuck" if stuck else "monitor.cli",
                stdout=subprocess.PIPE, stderr=self._log if stderr is None else stderr, descriptors=descriptors,
            )  # fmt: skip
        else:
            command = [sys.executable, "-m", "monitor.cli", *words]
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self._log, text=True)

    def address(self) -> str:
        """The page's address, once the program has started every part; waits for the line that says so."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line.startswith("tierwatch is at "), f"did not start: {line!r}; see {self._log.name}"
        return line.split()[3].rstrip("/")

    @property
    def pid(self) -> int:
        return self._process.pid

    def alive(self) -> bool:
        return self._process.poll() is None

    def send(self, number: int) -> bool:
        """Send it; true if the program has ended."""
        self._process.send_signal(number)
        return self._process.poll() is not None

    def kill(self) -> None:
        """As `kill -9` does."""
        self._process.kill()
        self._end()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """As an init system does, or with another signal; gives the exit code."""
        self._process.send_signal(number)
        return self._end()

    def _end(self) -> int:
        code = ended(self._process)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._log.close()
        return code


@contextmanager
def tierwatch(config: Path, descriptors: int | None = None) -> Iterator[str]:
    """The program for as long as the block runs; gives its address."""
    program = Tierwatch(config, descriptors)
    try:
        yield program.address()
        assert program.alive()
    finally:
        program.stop()


def command(
    *words: str, cwd: Path | None = None, env: Mapping[str, str] | None = None, module: str = "monitor.cli"
) -> subprocess.CompletedProcess[str]:
    """`tierwatch` with these words, or the `main` of another module, to its end.

    *env* is its whole environment, without it that of the test.
    """
    with TemporaryFile("w+", encoding="utf-8") as out, TemporaryFile("w+", encoding="utf-8") as err:
        process = Forked(words, stdout=out, stderr=err, cwd=cwd, env=env, module=module)
        code = ended(process)
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(process.args, code, out.read(), err.read())


def printed(*words: str) -> str:
    """What `tierwatch` with these words prints; it succeeds."""
    done = command(*words)
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def operator(*options: str) -> Iterator[str]:
    """The simulated operator for as long as the block runs; gives its address."""
    command = [sys.executable, "-m", "monitor.simulator", "--port", "0", "--watch-stdin", *options]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{json.loads(process.stdout.readline())['port']}"
    finally:
        process.stdin.close()
        ended(process)
        process.stdout.close()


def metrics(address: str) -> str:
    """What Prometheus would read."""
    answer = requests.get(f"{address}/metrics", timeout=60)
    answer.raise_for_status()
    return answer.text


def value(address: str, series: str) -> float | None:
    """The value of the first series whose line begins so."""
    for line in metrics(address).splitlines():
        if line.startswith(series):
            return float(line.rsplit(" ", 1)[1])
    return None


def wait_for(address: str, series: str, at_least: float, within: float = HANGING) -> float:
    """Poll the metrics until a series has reached a value."""

    def look() -> float | None:
        found = value(address, series)
        return found if found is not None and found >= at_least else None

    return until(look, within=within)
