"""What a database lost when it died, for it had taken and not yet written it, is sent again; nothing is doubled."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from exporters.points import TRANSITION, of_transition
from monitor.service import exporting as exporting_module
from monitor.service.unsettled import SETTLES
from monitor.store.exports import StoredTransition
from tests.support.exporting import Site
from tests.support.influx_server import Identity, InfluxServer, listening
from tests.support.loopback import Reply
from tests.support.transitions import many, row, store


@pytest.fixture
def server() -> Iterator[InfluxServer]:
    with listening() as it:
        yield it


@pytest.fixture
def site(tmp_path: Path, server: InfluxServer) -> Iterator[Site]:
    made = Site(tmp_path, server)
    yield made
    made.database.close()


def at_steady(site: Site) -> Any:
    """The steady clock of the exporter is that of the site."""
    steady = SimpleNamespace(monotonic=lambda: site.steady, thread_time=time.thread_time)
    return mock.patch.object(exporting_module, "time", steady)


def transitions_of(server: InfluxServer) -> dict[Identity, Any]:
    return {point: fields for point, fields in server.points.items() if point[0] == TRANSITION}


def as_points(rows: Sequence[StoredTransition]) -> dict[Identity, Any]:
    made = [of_transition(each) for each in rows]
    return {
        (TRANSITION, frozenset(tag for tag in one.tags.items() if tag[1]), one.time): frozenset(one.fields.items())
        for one in made
    }


@pytest.mark.parametrize("reply", [Reply(503), Reply(502), Reply(200, b"half", cut=1)])
def test_what_a_database_lost_when_it_died_is_sent_again(site: Site, server: InfluxServer, reply: Reply) -> None:
    store(site.database, many(5))
    site.rounds()
    server.flushed()
    store(site.database, many(4, 6))
    site.rounds()
    server.die()
    assert len(transitions_of(server)) == 5
    server.replies.append(reply)
    store(site.database, [row(10)])
    site.round()
    site.rounds()
    assert transitions_of(server) == as_points([*many(9), row(10)])
    assert site.exporting.health()[0].waiting == 0


def test_what_was_sent_a_minute_ago_is_sent_once_and_what_is_younger_again_after_a_kill(
    site: Site, server: InfluxServer
) -> None:
    with at_steady(site):
        store(site.database, many(3))
        site.rounds()
        site.past(SETTLES)
        store(site.database, many(2, 4))
        site.rounds()
        sent = len(server.requests)
        site.restart()
        site.rounds()
    again = [line for request in server.requests[sent:] for line in server.lines_of(request)]
    assert {f"INC{number}" for number in range(1, 9) if any(f'"INC{number}"' in line for line in again)} == {
        "INC4", "INC5",
    }  # fmt: skip


@pytest.mark.parametrize("status", [401, 403, 404, 429])
def test_an_answer_of_a_database_that_lives_sends_nothing_again(site: Site, server: InfluxServer, status: int) -> None:
    store(site.database, many(3))
    site.rounds()
    store(site.database, [row(4)])
    server.replies.append(Reply(status))
    site.round()
    sent = len(server.requests)
    site.rounds()
    again = [line for request in server.requests[sent:] for line in server.lines_of(request)]
    assert sum("tierwatch_transition" in line for line in again) == 1


def test_a_backlog_goes_down_though_every_other_write_fails(
    site: Site, server: InfluxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting_module, "PORTION", 20)
    site.states.clear()
    site.exporting = site.built()
    store(site.database, many(12 * 20))
    with at_steady(site):
        for _ in range(30):
            site.round()
            site.past(4.0)
            server.replies.append(Reply(503))
            site.round()
            site.past(4.0)
    assert len(server.subjects()) == 12 * 20


STEPS = (
    "write", "write", "204", "204", "400", "413", "422", "401", "429", "503", "cut", "died", "kill", "reload", "minute",
)  # fmt: skip


@settings(max_examples=8, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(st.lists(st.sampled_from(STEPS), max_size=16))
def test_whatever_the_database_answers_nothing_is_lost_or_doubled(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    """Every third row is one that the database takes at no time."""
    with listening() as server:
        site, rows = Site(tmp_path_factory.mktemp("answers"), server), list[StoredTransition]()
        bad = {f"INC{number}" for number in range(0, 100, 3)}
        server.bad = lambda line: any(f'subject="{name}"' in line for name in bad)
        with at_steady(site):
            for step in [*steps, "write"]:
                if step == "write":
                    new = many(4, len(rows) + 1)
                    store(site.database, new)
                    rows += new
                elif step == "minute":
                    site.past(SETTLES)
                    server.flushed()
                elif step == "kill":
                    site.restart()
                elif step == "reload":
                    site.exporting = site.built()
                elif step == "died":
                    server.die()
                    server.replies.append(Reply(503))
                    site.round()
                else:
                    server.partial, server.refusal = step == "422", 422 if step == "422" else 400
                    server.most_lines = 3 if step == "413" else 100_000
                    if step in ("401", "429", "503"):
                        server.replies.append(Reply(int(step)))
                    elif step == "cut":
                        server.replies.append(Reply(200, b"half", cut=1))
                    site.round()
            server.partial, server.refusal, server.most_lines = False, 400, 100_000
            site.rounds()
        assert transitions_of(server) == as_points([each for each in rows if each.subject not in bad])
        site.database.close()
