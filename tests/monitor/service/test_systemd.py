from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from monitor.service.systemd import Systemd
from tests.support.service_manager import ServiceManager, service_manager


@pytest.fixture(params=[False, True], ids=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ServiceManager]:
    with service_manager(tmp_path, request.param) as it:
        yield it


def environment(manager: ServiceManager, **more: str) -> dict[str, str]:
    return {"NOTIFY_SOCKET": manager.address, **more}


def test_it_says_that_it_is_ready_lives_and_stops(manager: ServiceManager) -> None:
    rounds = iter(range(10))
    systemd = Systemd(environment(manager, WATCHDOG_USEC="600000000"))
    assert systemd.watchdog == 600
    systemd.ready("http://127.0.0.1:8321", lambda: next(rounds))
    systemd.look()
    systemd.look()
    systemd.stopping()
    ready, *lives, stopping = manager.read()
    assert ready == {"READY": "1", "STATUS": "running; the page is at http://127.0.0.1:8321"}
    assert lives == [{"WATCHDOG": "1"}] * 2
    assert stopping["STOPPING"] == "1"


def test_nothing_is_said_after_the_end_was(manager: ServiceManager) -> None:
    """A signal may come while the start ends: systemd must not take a program that stops for one that is ready."""
    systemd = Systemd(environment(manager, WATCHDOG_USEC="600000000"))
    systemd.stopping()
    systemd.ready("http://127.0.0.1:8321", lambda: 1)
    systemd.look()
    systemd.stopping()
    assert [list(each) for each in manager.read()] == [["STOPPING", "STATUS"]]


def test_that_it_is_ready_is_said_again_until_systemd_has_taken_it(manager: ServiceManager) -> None:
    systemd = Systemd(environment(manager, WATCHDOG_USEC="600000000"))
    manager.is_busy()
    with capture_logs() as logs:
        systemd.ready("", lambda: 1)
        systemd.look()
    assert [line["event"] for line in logs] == ["systemd_not_told"] * 2
    assert {"READY", "WATCHDOG"}.isdisjoint(name for each in manager.read() for name in each)
    systemd.look()
    assert [list(each) for each in manager.read()] == [["READY", "STATUS"], ["WATCHDOG"]]


def test_a_start_that_lasts_asks_for_more_time(manager: ServiceManager) -> None:
    systemd = Systemd(environment(manager))
    systemd.look()
    systemd.look()
    assert manager.read() == [{"EXTEND_TIMEOUT_USEC": "60000000"}] * 2


def test_an_engine_that_does_not_go_round_gives_no_sign_of_life_and_is_logged_once(manager: ServiceManager) -> None:
    systemd = Systemd(environment(manager, WATCHDOG_USEC="600000000"))
    rounds = [1]
    systemd.ready("", lambda: rounds[0])
    with capture_logs() as logs:
        for _ in range(4):
            systemd.look()
    assert [each for each in manager.read() if "WATCHDOG" in each] == [{"WATCHDOG": "1"}]
    assert [line["event"] for line in logs] == ["engine_stuck"]
    rounds[0] = 2
    systemd.look()
    assert manager.read() == [{"WATCHDOG": "1"}]


def test_without_a_watchdog_there_are_no_signs_of_life(manager: ServiceManager) -> None:
    systemd = Systemd(environment(manager))
    systemd.ready("", lambda: 1)
    systemd.look()
    assert [name for each in manager.read() for name in each] == ["READY", "STATUS"]


@pytest.mark.parametrize("more", [{"WATCHDOG_PID": "1"}, {"WATCHDOG_USEC": ""}, {"WATCHDOG_USEC": "soon"}])
def test_a_watchdog_for_somebody_else_or_of_no_length_is_none(manager: ServiceManager, more: dict[str, str]) -> None:
    assert Systemd(environment(manager, **{"WATCHDOG_USEC": "1000000", **more})).watchdog == 0


def test_what_we_start_does_not_inherit_the_socket(manager: ServiceManager) -> None:
    given = environment(manager, WATCHDOG_USEC="1000000", WATCHDOG_PID="1", PATH="/bin")
    Systemd(given)
    assert given == {"PATH": "/bin"}


def test_without_systemd_nothing_is_said() -> None:
    systemd = Systemd({})
    with capture_logs() as logs:
        systemd.starting()
        systemd.ready("", lambda: 1)
        systemd.look()
        systemd.stopping()
    assert logs == []


@pytest.mark.parametrize("address", ["/nowhere/notify", "@nobody-listens-here", "vsock:2:1234", "\0", "a" * 200])
def test_a_socket_that_nobody_has_is_logged_and_harms_nothing(address: str) -> None:
    with capture_logs() as logs:
        Systemd({"NOTIFY_SOCKET": address}).ready("", lambda: 1)
    assert [line["event"] for line in logs] == ["systemd_not_told"]
