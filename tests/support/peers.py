"""Find the real programs that tests talk to, and wait for what they say."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from tests.support.forking import Forked

T = TypeVar("T")

HANGING = 600.0
"""Seconds after which nothing more is waited for. It ends what hangs; no machine is so slow."""


def need(*programs: str) -> str:
    """The path of the first program that is installed.

    Without one the test is skipped, except in CI, where a missing peer is a failure.
    """
    found = next((path for path in map(shutil.which, programs) if path is not None), None)
    if found is not None:
        return found
    said = f"{programs[0]} is not installed (sh tests/peers/install.sh)"
    if os.environ.get("CI") == "true":
        pytest.fail(f"{said}, and CI=true allows no skipping")
    pytest.skip(said)


def busy() -> bool:
    """Whether more waits for a processor of this machine than it has: then nothing is asserted in seconds."""
    return os.getloadavg()[0] > (os.cpu_count() or 1)


def until(answer: Callable[[], T | None], what: str = "", within: float = HANGING) -> T:
    """Ask again and again until there is an answer that is true; fail when the time is up."""
    end = time.monotonic() + within
    while True:
        got = answer()
        if got:
            return got
        if time.monotonic() > end:
            pytest.fail(f"no answer within {within:g} s {what}; the last one was {got!r}")
        time.sleep(0.05)


def ended(process: subprocess.Popen[Any] | Forked, within: float = HANGING) -> int:
    """Wait for the end of a process that has been told to end, and give its exit code.

    One that does not end in time is killed, and the test fails.
    """
    try:
        return process.wait(timeout=within)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        pytest.fail(f"it was told to end, and did not within {within:g} s: {process.args}")
