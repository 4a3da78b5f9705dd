import gzip
import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitor.collectors.jsonl_file import MAPPING, Config, build
from monitor.history.mapping import interpret
from monitor.model import Phase
from tests.support.collecting import NOW, poll


def line(number: int, **more: Any) -> str:
    said = {"event_id": f"e{number}", "kind": "ticket", "subject": f"T{number}", "at": "2026-01-01T00:00:00Z"}
    return json.dumps(said | more) + "\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def test_each_line_is_an_event_of_the_configured_source(path: Path) -> None:
    path.write_text(line(1, status="opened") + "\n" + line(2, source="other", fields={"tier": "gold"}))
    polled = poll(build(Config(path)))
    assert [(event.source, event.event_id, event.status) for event in polled.events] == [
        ("corp", "e1", "opened"),
        ("corp", "e2", None),
    ]
    assert polled.rejects == []


def test_the_mark_of_utf_8_before_a_line_is_no_part_of_it(path: Path) -> None:
    mark = b"\xef\xbb\xbf"
    path.write_bytes(mark + line(1).encode() + mark + line(2, status="geöffnet").encode() + 2 * mark + line(3).encode())
    polled = poll(build(Config(path)))
    assert [(event.event_id, event.status) for event in polled.events] == [("e1", None), ("e2", "geöffnet")]
    assert [(reject.record_id, reject.reason) for reject in polled.rejects] == [("line 3", "malformed")]


def test_a_poll_goes_on_where_the_last_one_stopped(path: Path) -> None:
    path.write_text(line(1))
    first = poll(build(Config(path)))
    with path.open("a") as file:
        file.write(line(2))
    second = poll(build(Config(path)), first.position)
    assert (first.ids, second.ids) == ({"e1"}, {"e2"})
    assert poll(build(Config(path)), second.position).events == []


def test_a_last_line_that_is_still_being_written_is_left_for_the_next_poll(path: Path) -> None:
    whole = line(2, status="opened")
    path.write_text(line(1) + whole[:30])
    first = poll(build(Config(path)))
    assert (first.ids, first.rejects) == ({"e1"}, [])
    path.write_text(line(1) + whole)
    assert poll(build(Config(path)), first.position).ids == {"e2"}


def test_a_last_line_that_is_whole_needs_no_newline(path: Path) -> None:
    path.write_text(line(1) + line(2).rstrip("\n"))
    first = poll(build(Config(path)))
    assert first.ids == {"e1", "e2"}
    with path.open("a") as file:
        file.write("\n" + line(3))
    assert poll(build(Config(path)), first.position).ids == {"e3"}


@pytest.mark.parametrize("other", [line(7), line(7) + line(8) + line(9)])
def test_a_file_that_was_cut_or_rewritten_is_read_from_its_beginning(path: Path, other: str) -> None:
    path.write_text(line(1) + line(2))
    first = poll(build(Config(path)))
    path.write_text(other)
    second = poll(build(Config(path)), first.position)
    assert len(second.events) == other.count("\n")


def test_a_file_that_was_replaced_is_read_from_its_beginning(path: Path, tmp_path: Path) -> None:
    path.write_text(line(1) + line(2))
    first = poll(build(Config(path)))
    (tmp_path / "new").write_text(line(1) + line(2) + line(3))
    (tmp_path / "new").replace(path)
    assert poll(build(Config(path)), first.position).ids == {"e1", "e2", "e3"}


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("{broken\n", "malformed"),
        ("[1, 2]\n", "malformed"),
        ('{"event_id": "e"}\n', "malformed"),
        (line(9, staus="opened"), "malformed"),
        (line(9, at="2026-01-01T00:00:00"), "time_without_zone"),
        (line(9, at="31/02/2026"), "bad_time"),
        (line(9, opened_at="1815-06-18T00:00:00Z"), "bad_time"),
        ("[" * 100_000 + "\n", "malformed"),
    ],
)
def test_a_bad_line_is_set_aside_and_the_rest_goes_on(path: Path, bad: str, reason: str) -> None:
    path.write_text(line(1) + bad + line(2))
    polled = poll(build(Config(path)))
    assert polled.ids == {"e1", "e2"}
    assert [(reject.reason, reject.record_id) for reject in polled.rejects] == [(reason, "line 2")]
    assert polled.rejects[0].detail.startswith("line 2: ")


def test_bytes_that_are_no_text_and_lines_without_end_are_set_aside(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\n" + b"x" * (3 * 1024 * 1024) + b"\n" + line(3).encode())
    polled = poll(build(Config(path)))
    assert polled.reasons == ["malformed", "malformed"]
    assert polled.ids == {"e3"}
    assert all(len(reject.body) <= 16 * 1024 for reject in polled.rejects)


def test_a_time_without_zone_is_read_in_the_configured_one_after_it_was_set(path: Path) -> None:
    path.write_text(line(1, at="2026-01-01T12:00:00"))
    first = poll(build(Config(path)))
    assert first.reasons == ["time_without_zone"]
    second = poll(build(Config(path, ZoneInfo("Asia/Shanghai"))), first.position)
    assert second.events[0].at.isoformat() == "2026-01-01T04:00:00+00:00"


def test_an_event_from_the_future_is_kept_aside(path: Path) -> None:
    ahead = NOW + timedelta(hours=1)
    path.write_text(line(1, at=ahead.isoformat()))
    polled = poll(build(Config(path)))
    assert polled.events == []
    assert (polled.rejects[0].reason, polled.rejects[0].rejudge_at) == ("future", ahead)
    assert polled.rejects[0].event is not None


def test_a_packed_file_is_read_whole_and_only_when_it_changed(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl.gz"
    path.write_bytes(gzip.compress((line(1) + line(2).rstrip("\n")).encode()))
    first = poll(build(Config(path)))
    assert first.ids == {"e1", "e2"}
    assert poll(build(Config(path)), first.position).positions == []
    path.write_bytes(gzip.compress((line(1) + line(2) + line(3)).encode()))
    assert poll(build(Config(path)), first.position).ids == {"e1", "e2", "e3"}


def test_a_packed_file_that_is_cut_gives_what_it_has_and_an_error(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl.gz"
    packed = gzip.compress("".join(line(number, x="y") for number in range(3)).encode())
    path.write_bytes(packed[:-10])
    polled = poll(build(Config(path)))
    assert polled.error is not None
    assert "it is cut, or no gzip file" in str(polled.error)
    assert polled.error.retryable


def test_a_missing_file_is_an_error_that_names_it(path: Path) -> None:
    polled = poll(build(Config(path)))
    assert polled.error is not None
    assert str(polled.error).startswith(f"collector jsonl_file/corp: {path} cannot be read (No such file")


def test_many_lines_come_in_batches_each_with_its_position(path: Path) -> None:
    path.write_text("".join(line(number) for number in range(2500)))
    polled = poll(build(Config(path)))
    assert len(polled.events) == 2500
    assert len(polled.positions) == 3
    assert len(poll(build(Config(path)), polled.positions[0]).events) == 1500


def test_the_mapping_reads_our_own_words(path: Path) -> None:
    path.write_text(line(1, status="restored", fields={"tier": "gold"}))
    history = interpret(poll(build(Config(path))).events, MAPPING, {"tier": frozenset({"gold"})})
    assert history.facts[0].phase is Phase.RESTORED
    assert history.attributes == {"tier": "gold"}
    assert history.doubts == ()
