from __future__ import annotations

import gc
import os
import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support import memory_folder
from tests.support.alertmanager import RealAlertmanager, one_receiver, running
from tests.support.leftovers import Leftovers
from tests.support.purity import guarded, is_of_a_pure_room
from tests.support.webhook import Webhook, listening

# Machines that run these tests are shared: a slow example is no failure. `make test-long` sets the long profile.
# tests/properties has some 50 properties: quick is about 5,000 examples, long more than 500,000.
_COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow], "print_blob": True}
settings.register_profile("quick", max_examples=100, **_COMMON)
settings.register_profile("long", max_examples=10_000, **_COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

FLOW = Path(__file__).parent / "flow"

LONGEST = ("test_crash", "test_absence", "test_store_lost", "test_trust", "test_oncall_flow", "test_crash_instants")
"""The files of flow tests that take longest: they begin first."""

memory_folder.use()


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Leftovers())
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell does that to what it begins in the background
        signal.signal(signal.SIGINT, signal.default_int_handler)  # or what tests start would ignore it as well


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect without looking for garbage, and keep what was collected out of every later look for it."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let every second worker of xdist begin with the tests of the running program, and the others with the rest.

    The tests of the running program wait most of their time, the rest compute. So the processors are used meanwhile,
    and no long wait is begun when nothing else is left to do. (`--dist worksteal` gives each worker an equal piece of
    the list to begin with.)
    """
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    if workers == 1:
        return
    flow = sorted((item for item in items if FLOW in item.path.parents), key=lambda item: item.path.stem not in LONGEST)
    rest = [item for item in items if FLOW not in item.path.parents]
    begin_with_flow, length = (workers + 1) // 2, len(items) // workers
    ordered: list[pytest.Item] = []
    for number in range(workers):
        if number % 2 == 0:
            ordered += flow[number // 2 :: begin_with_flow]
        more = max(0, length * (number + 1) - len(ordered))
        ordered += rest[:more]
        del rest[:more]
    items[:] = ordered + rest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """A test of a pure room fails where that room reads a clock or does I/O, even if it swallows the exception."""
    if not is_of_a_pure_room(item.path):
        return (yield)
    with guarded() as guard:
        result = yield
    assert guard.caught == []
    return result


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    """A receiver on loopback that keeps what it was sent."""
    with listening() as it:
        yield it


@pytest.fixture
def peer(webhook: Webhook) -> Iterator[RealAlertmanager]:
    """A real Alertmanager that hands everything to `webhook`."""
    with running(one_receiver(webhook.url)) as it:
        yield it
