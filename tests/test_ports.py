"""Ports for servers that are told theirs: nobody who asks the system for any port gets one of them meanwhile."""

from __future__ import annotations

import socket
from contextlib import ExitStack

from tests.support.ports import FIRST, _given_by_the_system, _ports, free_port


def test_whoever_asks_for_any_port_gets_none_of_them() -> None:
    with ExitStack() as held:
        given = {held.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(200)}
    assert min(given) >= _given_by_the_system()
    assert free_port() < _given_by_the_system()


def test_one_that_was_given_is_not_given_again_soon() -> None:
    given = [free_port() for _ in range(100)]
    assert len(set(given)) == len(given)


def test_one_that_somebody_listens_on_is_passed_over() -> None:
    with ExitStack() as held:
        taken = {free_port() for _ in range(20)}
        for port in taken:
            held.enter_context(socket.create_server(("127.0.0.1", port)))
        assert not {free_port() for _ in range(200)} & taken


def test_each_worker_has_its_own() -> None:
    given = 32_768
    shares = [set(_ports(f"gw{number}", given)) for number in range(64)]
    assert sum(map(len, shares)) == len(set.union(*shares))
    assert all(FIRST <= port < given for port in set.union(*shares))
    assert _ports("", given) == _ports("gw0", given)
