"""`tierwatch influx`: what was before is written, as often as it is asked for, and what was refused is listed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.commands import influx
from monitor.store.exports import Exports, Sent
from tests.support.command_line import CONFIG, Command, Site, runner
from tests.support.influx_server import InfluxServer, listening
from tests.support.loopback import Reply
from tests.support.transitions import AT, many, row, store

SINCE = "2026-01-05"


@pytest.fixture
def server() -> Iterator[InfluxServer]:
    with listening() as it:
        yield it


@pytest.fixture
def site(tmp_path: Path, server: InfluxServer) -> Site:
    made = Site(tmp_path)
    exporter = f"  history: {{type: influxdb, options: {{url: '{server.url}', bucket: b}}}}\n"
    made.config.write_text(f"{CONFIG}exporters:\n{exporter}", encoding="utf-8")
    rows = [row(1, at=AT - timedelta(days=3)), *many(6, begin=2)]
    with made.running() as database:
        store(database, rows)
    return made


@pytest.fixture
def tierwatch(site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setattr(influx, "PORTION", 4)
    return runner(capsys, monkeypatch, site.config, AT)


def test_history_is_written_from_a_day_on_and_again_with_the_same_end(tierwatch: Command, server: InfluxServer) -> None:
    for _ in range(2):
        said = tierwatch("influx", "backfill", "--since", SINCE)
        assert (said.code, said.err) == (0, "")
        assert said.out == "6 transitions from 2026-01-05 00:00:00+08:00 on written to history.\n"
        assert server.subjects() == {f"INC{number}" for number in range(2, 8)}
        assert len(server.points) == 6
    assert [len(server.lines_of(request)) for request in server.requests] == [4, 2, 4, 2]


def test_a_database_that_answered_204_and_dropped_has_all_once_history_is_written_again(
    tierwatch: Command, server: InfluxServer
) -> None:
    server.drops = lambda line: 'subject="INC3"' in line or 'subject="INC5"' in line
    assert tierwatch("influx", "backfill", "--since", SINCE).out.startswith("6 transitions"), "what the store has"
    assert server.subjects() == {"INC2", "INC4", "INC6", "INC7"}
    server.drops = lambda line: False
    tierwatch("influx", "backfill", "--since", SINCE)
    assert server.subjects() == {f"INC{number}" for number in range(2, 8)}
    assert len(server.points) == 6


def test_an_instant_and_another_language(tierwatch: Command, server: InfluxServer) -> None:
    said = tierwatch("influx", "backfill", "--since", "2026-01-01T00:00:00Z", "--language", "zh")
    assert said.out == "已将 2026-01-01 08:00:00+08:00 起的 7 条状态变化写入 history。\n"


def test_what_may_pass_is_said_and_tried_again(
    tierwatch: Command, server: InfluxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(influx.time, "sleep", lambda seconds: None)
    server.replies.append(Reply(503))
    said = tierwatch("influx", "backfill", "--since", SINCE)
    assert said.code == 0
    assert "503, the fault is on its side" in said.err
    assert len(server.points) == 6


def test_what_does_not_pass_ends_it_and_the_same_command_goes_on(
    tierwatch: Command, server: InfluxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(influx.time, "sleep", lambda seconds: None)
    server.replies += [Reply(204), *[Reply(503)] * influx.MOST_FAILURES]
    said = tierwatch("influx", "backfill", "--since", SINCE)
    assert said.code == 1
    assert "Traceback" not in said.err
    assert len(server.points) == 4
    assert tierwatch("influx", "backfill", "--since", SINCE).code == 0
    assert len(server.points) == 6


def test_what_needs_an_edit_ends_it_at_once(tierwatch: Command, server: InfluxServer) -> None:
    server.replies.append(Reply(404))
    said = tierwatch("influx", "backfill", "--since", SINCE)
    assert said.code == 1
    assert "it knows no bucket b; make it" in said.err
    assert len(server.requests) == 1


def test_a_database_that_asks_for_a_long_wait_ends_it_and_is_not_slept_for(
    tierwatch: Command, server: InfluxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(influx.time, "sleep", slept.append)
    server.replies += [Reply(503, headers={"Retry-After": "5"}), Reply(503, headers={"Retry-After": "3600"})]
    said = tierwatch("influx", "backfill", "--since", SINCE)
    assert said.code == 1
    assert len(slept) == 1
    assert slept[0] >= 5
    assert len(server.requests) == 2


def test_what_is_rejected_is_said_with_the_first_reason(tierwatch: Command, server: InfluxServer) -> None:
    server.bad = lambda line: 'subject="INC4"' in line
    said = tierwatch("influx", "backfill", "--since", SINCE)
    assert said.code == 1
    assert said.out.startswith("5 transitions from")
    assert said.err.startswith("One point was rejected, the first because: unable to parse")


def test_ctrl_c_ends_it_without_a_traceback(
    tierwatch: Command, server: InfluxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(influx.time, "sleep", interrupted)
    server.replies.append(Reply(503))
    said = tierwatch("influx", "backfill", "--since", SINCE)
    assert said.code != 0
    assert "Traceback" not in said.err + said.out


def test_what_was_refused_is_listed_on_one_line_each(tierwatch: Command, site: Site) -> None:
    assert tierwatch("influx", "rejected").out == "No point of history was rejected.\n"
    with site.running() as database:
        exports = Exports(database)
        exports.begin(["history"])
        exports.note("history", Sent(0, 1, [('tierwatch_transition subject="a\nb" 1', "field type conflict")]), AT)
    said = tierwatch("influx", "rejected")
    assert said.out.splitlines() == [
        "2026-01-05 09:00:00+08:00 history: field type conflict",
        '  tierwatch_transition subject="a b" 1',
    ]
    (one,) = json.loads(tierwatch("influx", "rejected", "--json").out)
    assert one["reason"] == "field type conflict"
    assert one["at"] == "2026-01-05T01:00:00.250000Z"
