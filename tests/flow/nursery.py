"""Starts lives of the program by forking (`tests/support/killable.py`), and kills them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.support.peers import ended

ROOT = Path(__file__).parents[2]


class Nursery:
    """Starts lives of the program by forking, so that each starts at once."""

    def __init__(self) -> None:
        """Returns when it is ready."""
        command = [sys.executable, "-m", "tests.support.killable"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        self._pid = 0
        self._said()

    def start(self, config: Path, life: int, points: Sequence[tuple[str, int]] = ()) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"config": str(config), "life": life, "points": points}) + "\n")
        self._process.stdin.flush()
        self._pid = int(self._said()["started"])

    def kill(self) -> None:
        """As `kill -9` does; returns when it is dead."""
        self.strike()
        assert self.ended() == -signal.SIGKILL, "it had ended before it was killed"

    def strike(self) -> None:
        """Kill whatever lives; somebody else waits for its end."""
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)

    def stop(self) -> int:
        os.kill(self._pid, signal.SIGTERM)
        return self.ended()

    def ended(self) -> int:
        """Waits until the life is over; gives its exit code, below zero for a signal."""
        code = int(self._said()["ended"])
        self._pid = 0
        return code

    def _said(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the nursery ended"
        said: dict[str, Any] = json.loads(line)
        return said

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self.strike()
        self._process.stdin.close()
        ended(self._process)
        self._process.stdout.close()
