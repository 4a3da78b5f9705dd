"""The real program as a service: what it says to systemd, in which order, and when it says nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.hostile_peer import WAYS, hostile
from tests.support.installations import configuration, promise, written
from tests.support.peers import until
from tests.support.program import Tierwatch
from tests.support.service_manager import ServiceManager, service_manager
from tests.support.texts import exchanged

OFTEN = "300000"
"""Microseconds: a sign of life is sent every tenth of a second."""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "tickets.jsonl").touch()
    text = configuration("{type: jsonl_file, options: {path: tickets.jsonl}}", {"log": "{type: log}"})
    return written(tmp_path, promise("4h"), text)


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServiceManager]:
    with service_manager(tmp_path) as it:
        monkeypatch.setenv("NOTIFY_SOCKET", it.address)
        monkeypatch.setenv("WATCHDOG_USEC", OFTEN)
        yield it


def names(manager: ServiceManager) -> list[str]:
    manager.read()
    return [name for each in manager.all for name in each if name != "STATUS"]


def test_it_starts_is_ready_lives_and_stops_in_this_order(config: Path, manager: ServiceManager) -> None:
    program = Tierwatch(config)
    try:
        address = program.address()
        ready = manager.waits_for("READY")
        manager.waits_for("WATCHDOG")
        manager.waits_for("WATCHDOG")
    finally:
        assert program.stop() == 0
    assert address in ready["STATUS"]
    said = names(manager)
    assert said[-1] == "STOPPING"
    assert "WATCHDOG" not in said[: said.index("READY")]
    assert set(said[: said.index("READY")]) <= {"EXTEND_TIMEOUT_USEC"}
    assert set(said[said.index("READY") + 1 : -1]) == {"WATCHDOG"}


def test_a_start_that_waits_for_its_sources_asks_for_time_and_is_not_ready(
    config: Path, manager: ServiceManager
) -> None:
    with hostile(WAYS["drips a header"]) as peer:
        options = f'{{url: "http://127.0.0.1:{peer.port}", network: {{total_timeout: 10h}}}}'
        far = f"  far: {{type: tmf621, options: {options}}}\ncatch_up: 10h\nreceivers:\n"
        text = exchanged(config.read_text(encoding="utf-8"), ("receivers:\n", far))
        config.write_text(text, encoding="utf-8")
        program = Tierwatch(config)
        try:
            for _ in range(3):
                manager.waits_for("EXTEND_TIMEOUT_USEC")
        finally:
            assert program.stop() == 0
    assert "WATCHDOG" not in names(manager)


def test_an_engine_that_is_stuck_gives_no_sign_of_life(config: Path, manager: ServiceManager) -> None:
    program = Tierwatch(config, stuck="engine")
    try:
        program.address()
        log = config.parent / "tierwatch.log"
        manager.waits_for("READY")  # a manager that reads nothing is not told of anything else
        stuck = until(
            lambda: names(manager) and re.search(r"engine_stuck.* rounds=(\d+)", log.read_text()), "is noticed"
        )
        signs = [name for each in manager.all for name in each].count("WATCHDOG")
        assert signs <= int(stuck[1]) + 1, "one for each number of rounds: none yet, and the one that never ends"
    finally:
        assert program.stop() == 0
