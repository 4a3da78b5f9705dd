"""What an exporter's database has at the end is what the store holds, whatever happened in between."""

from __future__ import annotations

import gc
import threading
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from exporters.points import TRANSITION, of_metrics, of_transition, packed
from exporters.push import influxdb
from monitor.service.exporting import PORTION
from monitor.store import Exports
from monitor.store.exports import DROPPED, FAILURES, POINTS, REJECTED
from tests.support import snapshots
from tests.support.exporting import EVERY, Site
from tests.support.influx_server import InfluxServer, listening
from tests.support.line_protocol import parsed
from tests.support.loopback import Reply
from tests.support.peers import HANGING, until
from tests.support.transitions import AT, many, row, store


@pytest.fixture
def server() -> Iterator[InfluxServer]:
    with listening() as it:
        yield it


@pytest.fixture
def site(tmp_path: Path, server: InfluxServer) -> Iterator[Site]:
    made = Site(tmp_path, server)
    yield made
    made.database.close()


def looks(server: InfluxServer) -> set[int]:
    """The times of the aggregates that the database has, in seconds."""
    return {time // 1_000_000_000 for name, _, time in server.points if name != TRANSITION}


def slot(at: datetime) -> int:
    return int(at.timestamp()) // 10 * 10


def test_all_transitions_and_the_look_are_written(site: Site, server: InfluxServer) -> None:
    rows = many(PORTION + 10)
    store(site.database, rows)
    site.rounds()
    assert server.subjects() == {each.subject for each in rows}
    metrics = of_metrics(site.snapshot, site.now, EVERY)
    assert len(server.points) == len(rows) + len(metrics)
    assert site.counted(POINTS) == len(server.points)
    (health,) = site.exporting.health()
    assert (health.waiting, health.spooled, health.last_success, health.caught_up) == (0, 0, AT, AT)


def test_there_is_one_look_in_each_span(site: Site, server: InfluxServer) -> None:
    for seconds in (0, 1, 9, 10, 11, 35):
        site.now = AT + timedelta(seconds=seconds)
        site.rounds()
    assert looks(server) == {slot(AT), slot(AT) + 10, slot(AT) + 30}


def test_nothing_of_clocks_that_are_not_counted_is_written(site: Site, server: InfluxServer) -> None:
    site.snapshot = replace(snapshots.empty(), counted=False)
    store(site.database, many(1))
    site.rounds()
    assert looks(server) == set()
    assert server.subjects() == {"INC1"}


def test_a_kill_between_the_write_and_the_position_doubles_nothing(site: Site, server: InfluxServer) -> None:
    rows = many(20)
    store(site.database, rows)
    written = [of_transition(each) for each in Exports(site.database).after("history", 20)]
    influxdb.build(site.configured[0].options).export(written, AT)
    before = dict(server.points)
    site.restart()
    site.rounds()
    assert {point: fields for point, fields in server.points.items() if point[0] == TRANSITION} == before
    assert len(before) == len(rows)


def test_an_outage_loses_nothing_and_memory_holds_one_look(site: Site, server: InfluxServer) -> None:
    store(site.database, many(30))
    for number in range(12):
        site.now = AT + number * EVERY
        server.replies.append(Reply(503))
        site.round()
        assert site.exporting._lines[0].fresh == []
        if number == 6:
            site.restart()
    assert server.points == {}
    health = site.exporting.health()[0]
    assert (health.waiting, health.caught_up) == (30, None)
    assert health.spooled > 0
    site.rounds()
    assert len(server.subjects()) == 30
    assert looks(server) == {slot(AT + number * EVERY) for number in range(12)}
    assert site.exporting.health()[0].spooled == 0
    assert site.counted(FAILURES, reason="server_error") == 12
    assert site.counted(DROPPED, kind="aggregates") == 0


def test_ten_minutes_without_the_database_lose_nothing_and_take_no_memory(site: Site, server: InfluxServer) -> None:
    rows = many(PORTION + 10)
    store(site.database, rows)
    (line,) = site.exporting._lines
    size, looked = list[int](), range(61)
    server.replies += [Reply(503)] * 3
    for number in looked:
        site.now = AT + number * EVERY
        if number % 30 == 0:
            site.round()
        else:
            line.state.opens_at = time.monotonic() + HANGING  # not tried again yet
            site.exporting.round(line)
        if number == 30:
            tracemalloc.start()
        elif number in range(31, 60):
            gc.collect()
            size.append(tracemalloc.get_traced_memory()[0])
        elif number == 60:
            tracemalloc.stop()
        assert line.fresh == []
    assert server.points == {}
    of_a_look = len(packed(of_metrics(site.snapshot, AT, EVERY)))
    assert max(size) - size[0] < 14 * of_a_look, "of 29 looks none stays in memory, not even packed"
    site.rounds()
    assert server.subjects() == {each.subject for each in rows}
    assert looks(server) == {slot(AT + number * EVERY) for number in looked}
    assert (site.counted(FAILURES, reason="server_error"), site.counted(DROPPED, kind="aggregates")) == (3, 0)


def test_when_the_spool_is_full_the_oldest_looks_are_dropped_and_counted(tmp_path: Path, server: InfluxServer) -> None:
    site = Site(tmp_path, server, spool_bytes=9_000)
    of_a_look = len(of_metrics(site.snapshot, AT, EVERY))
    for number in range(12):
        site.now = AT + number * EVERY
        server.replies.append(Reply(500))
        store(site.database, [row(number + 1)])
        site.round()
    assert 0 < site.exporting.health()[0].spooled <= 9_000
    site.rounds()
    there = sorted(looks(server))
    assert there == [slot(AT + number * EVERY) for number in range(12)][-len(there) :]
    assert 0 < len(there) < 12
    assert site.counted(DROPPED, kind="aggregates") == (12 - len(there)) * of_a_look
    assert len(server.subjects()) == 12
    site.database.close()


def test_aggregates_that_wait_go_out_beside_a_backlog_of_transitions(site: Site, server: InfluxServer) -> None:
    server.replies.append(Reply(500))
    site.round()
    store(site.database, many(2 * PORTION))
    site.round()
    assert len(server.subjects()) == PORTION
    assert looks(server) == {slot(AT)}


def test_a_point_that_is_refused_is_kept_with_the_reason_and_the_others_are_written(
    site: Site, server: InfluxServer
) -> None:
    server.bad = lambda line: 'subject="INC3"' in line
    store(site.database, many(8))
    site.rounds()
    assert server.subjects() == {f"INC{number}" for number in (1, 2, 4, 5, 6, 7, 8)}
    (kept,) = Exports(site.database).refused(["history"])
    assert dict(parsed(kept.point)[1].fields)["subject"] == "INC3"
    assert "unable to parse" in kept.reason
    assert site.counted(REJECTED) == 1
    site.rounds()
    assert site.counted(REJECTED) == 1


def waits(site: Site, server: InfluxServer, reply: Reply) -> float:
    """For how many seconds the exporter is left alone after an answer."""
    (line,) = site.exporting._lines
    server.replies.append(reply)
    line.state.opens_at = 0.0
    before = time.monotonic()
    site.exporting.round(line)
    return line.state.opens_at - before


def test_a_database_is_left_alone_for_as_long_as_it_asks_within_reason(site: Site, server: InfluxServer) -> None:
    store(site.database, many(1))
    assert waits(site, server, Reply(429, headers={"Retry-After": "700"})) >= 700
    assert waits(site, server, Reply(503, headers={"Retry-After": "90000"})) >= 3600
    assert waits(site, server, Reply(401)) >= 60
    assert len(server.requests) == 3
    asked = len(server.requests)
    site.exporting.round(site.exporting._lines[0])
    assert len(server.requests) == asked
    site.rounds()
    assert server.subjects() == {"INC1"}


def test_a_corrected_configuration_is_tried_at_once(site: Site, server: InfluxServer) -> None:
    store(site.database, many(1))
    assert waits(site, server, Reply(401)) >= 60
    site.exporting = site.built()
    assert len(list(site.exporting.work())) == 1
    site.exporting.round(site.exporting._lines[0])
    assert server.subjects() == {"INC1"}


def test_a_failure_is_logged_when_it_is_another_than_before(site: Site, server: InfluxServer) -> None:
    store(site.database, many(1))
    with capture_logs() as logged:
        for reply in (Reply(404), Reply(404), Reply(500), Reply(500)):
            server.replies.append(reply)
            site.round()
        site.rounds()
    assert [line["event"] for line in logged] == ["export_failed", "export_failed", "export_recovered"]
    assert "see the options bucket, org and url" in logged[0]["error"]
    assert logged[2]["failures"] == 4


@pytest.mark.parametrize("reply", [Reply(hang=True), Reply(204, b"x", cut=0, headers={"Content-Length": "9"})])
def test_an_answer_that_never_comes_leads_to_a_second_write_and_one_point(
    tmp_path: Path, server: InfluxServer, reply: Reply
) -> None:
    site = Site(tmp_path, server, seconds=2)
    store(site.database, many(3))
    server.replies.append(reply)
    site.round()
    site.rounds()
    assert len([point for point in server.points if point[0] == TRANSITION]) == 3
    site.database.close()


def test_the_thread_ends_when_the_program_stops_and_a_reload_goes_on_where_it_was(
    site: Site, server: InfluxServer
) -> None:
    store(site.database, many(3))
    ((name, work),) = site.exporting.work()
    assert name == "exporter history"
    thread = threading.Thread(target=work, name=name)
    thread.start()
    until(lambda: len(server.subjects()) == 3, "the transitions are written")
    site.stopping.set()
    while thread.is_alive():
        site.exporting.wake()
        thread.join(0.05)
    site.stopping.clear()
    store(site.database, [row(4)])
    site.exporting = site.built()
    site.rounds()
    sent = [line for request in server.requests for line in server.lines_of(request)]
    assert sum('subject="INC1"' in line for line in sent) == 1
    assert len(server.subjects()) == 4
