"""Whether a call returns at all, and leaves nothing behind: for peers that never let a request end."""

from __future__ import annotations

import gc
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TypeVar

import pytest

from tests.support.peers import until

A = TypeVar("A")
T = TypeVar("T")

AT_ALL = 60.0
"""Seconds in which a call with a deadline of about a second returns, also on a machine that is ten times slower."""


def all_returned(call: Callable[[A], T], given: Mapping[str, A], within: float = AT_ALL) -> dict[str, T]:
    """What *call* gives for each, all at the same time; the test fails with the names of those that do not return."""
    results: dict[str, T] = {}
    failures: dict[str, BaseException] = {}

    def work(name: str, argument: A) -> None:
        try:
            results[name] = call(argument)
        except BaseException as error:
            failures[name] = error

    threads = {
        name: threading.Thread(target=work, args=one, daemon=True)
        for name, one in zip(given, given.items(), strict=True)
    }
    for thread in threads.values():
        thread.start()
    end = time.monotonic() + within
    for thread in threads.values():
        thread.join(max(0.0, end - time.monotonic()))
    still = [name for name, thread in threads.items() if thread.is_alive()]
    if still:
        pytest.fail(f"these have not returned within {within:g} s: {', '.join(still)}")
    for name, failure in failures.items():
        raise AssertionError(name) from failure
    return results


def returned(call: Callable[[], T], within: float = AT_ALL) -> T:
    """What *call* gives; the test fails if it does not return."""
    return all_returned(lambda _: call(), {"the call": None}, within)["the call"]


def descriptors() -> dict[int, str]:
    """What each descriptor of this process is open on."""
    found: dict[int, str] = {}
    for name in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):  # that of the listing itself
            found[int(name)] = os.readlink(f"/proc/self/fd/{name}")
    return found


@contextmanager
def nothing_left() -> Iterator[None]:
    """After the block there are no more threads and descriptors than before it, once they had a moment to end."""
    threads, files = threading.active_count(), descriptors()
    yield

    def ended() -> bool:
        gc.collect()  # an error that was looked at holds what it happened to
        return threading.active_count() <= threads and len(descriptors()) <= len(files)

    try:
        until(ended, f"(there were {threads} threads and {len(files)} descriptors)")
    except pytest.fail.Exception as failure:
        running = sorted(thread.name for thread in threading.enumerate())
        more = {number: what for number, what in descriptors().items() if files.get(number) != what}
        pytest.fail(f"{failure}; the threads are {running}, other descriptors than before: {more}")
