"""What is read in shares is what is read in turn, wherever the shares are cut."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.collectors import jsonl_file, servicenow_audit
from monitor.errors import SourceError
from monitor.history import Collector, in_order
from monitor.report import replay, shares

NOW = datetime(2016, 6, 1, tzinfo=UTC)
HEADER = "number,incident_state,sys_mod_count,opened_at,sys_updated_at,priority,resolved_at"

TICKETS = st.sampled_from(["INC1", "INC2", "INC3", "IN\0C", "?", ""])
WORDS = st.sampled_from(["New", "Active", "resolved", "Odd", "oDD", "half \udcff", "?"])
NUMBERS = st.sampled_from(["0", "1", "2", "x"])
TIMES = st.sampled_from(
    ["1/3/2016 08:00", "31/3/2016 23:59:59", "1/4/2016 0:30", "2016-04-01T10:00+09:00", "2016-03-27 02:30:00",
     "31/4/2016 10:00", "27/3/2016 02:30", "30/10/2015 02:30", "1/7/2016 09:00", "1/1/1970 00:00", "never",
     "1/3/9999 08:00"]
)  # fmt: skip
PRIORITIES = st.sampled_from(["1 - Critical", '"2, or 3"'])
ROWS = st.tuples(TICKETS, WORDS, NUMBERS, TIMES, TIMES, PRIORITIES, TIMES).map(",".join)
LINES = st.one_of(ROWS, ROWS, ROWS, st.sampled_from(["", "INC1,New", 'INC1,"New', "INC2,New,0,,,,,,", "x" * 100_001]))
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "Africa/Cairo", "Pacific/Apia"])


def audit(path: Path, zone: str = "UTC") -> Collector:
    return servicenow_audit.build(servicenow_audit.Config(path, ZoneInfo(zone)))


def written(path: Path, lines: Iterable[str]) -> Path:
    text = "".join(f"{line}\r\n" for line in (HEADER, *lines))
    path.write_bytes(text.encode(errors="surrogateescape"))
    return path


def quiet(*_: object) -> None:
    pass


def same(collector: Collector, cuts: Sequence[int]) -> replay.Log:
    """Read in turn, and in shares that begin at *cuts*; returns the first when both are the same."""
    log = replay.read_log(collector, "log", NOW, quiet)
    read = shares.shares_of(collector, "log", NOW, quiet)
    if not log.events:
        assert isinstance(read, replay.Log)
        assert read.rejected == log.rejected
        return log
    assert isinstance(read, shares.Unread)
    assert read.until == log.last_at
    number = len(read.sizes)
    assert sum(read.sizes) == log.events + sum(reject != "text_repaired" for reject in log.rejected.elements())
    ends = sorted({0, number, *(cut % number for cut in cuts)})
    parts = [read.share(range(begin, end)) for begin, end in pairwise(ends)]
    first = {subject: place for part in parts for subject, place in part.first.items()}
    found = {subject: events for part in reversed(parts) for subject, events in part.subjects.items()}
    assert sorted(found, key=first.__getitem__) == list(log.subjects)
    assert found == log.subjects
    for subject, events in log.subjects.items():
        assert in_order(found[subject]) == in_order(events)
    rejected = read.rejected(place for part in reversed(parts) for place in part.aside)
    assert list(rejected.items()) == list(log.rejected.items())
    assert read.duplicates == log.duplicates
    return log


def test_any_log_is_the_same_in_any_shares(tmp_path: Path) -> None:
    @given(st.lists(LINES, max_size=12), st.lists(st.integers(0, 10), max_size=3), ZONES)
    @settings(max_examples=300, deadline=None)
    def check(lines: list[str], cuts: list[int], zone: str) -> None:
        same(audit(written(tmp_path / "log.csv", lines), zone), cuts)

    check()


def test_what_is_counted_once_in_a_batch_is_so_in_shares(tmp_path: Path) -> None:
    """Repairs of one ticket are one in each thousand rows, whichever share has which of them."""
    words = ["half \udcff", "New", "New", "New", "New"]
    rows = [f"INC{n % 7},{words[n % 5]},{n},1/3/2016 08:00,{1 + n % 31}/3/2016 08:00,," for n in range(2500)]
    rows[0] = "INC0,New,0,never,1/3/2016 08:00,,"
    rows[1200] = rows[1207] = 'INC3,"New'
    log = same(audit(written(tmp_path / "log.csv", rows)), [2, 3, 5])
    assert list(log.rejected.items()) == [("bad_time", 1), ("text_repaired", 3 * 7), ("malformed", 2)]


def test_a_large_subject_and_rows_far_apart(tmp_path: Path) -> None:
    rows = ["FAR,New,0,1/3/2016 08:00,1/3/2016 08:00,,"]
    rows += [f"LARGE,Active,{n},1/3/2016 08:00,{1 + n % 28}/3/2016 {n % 24}:00,," for n in range(3000)]
    rows += ["FAR,Resolved,1,1/3/2016 08:00,31/3/2016 09:00,,31/3/2016 09:00"]
    log = same(audit(written(tmp_path / "log.csv", rows)), [1])
    assert {subject: len(events) for subject, events in log.subjects.items()} == {"FAR": 2, "LARGE": 3000}


def test_equal_rows_are_events_of_their_own(tmp_path: Path) -> None:
    rows = ["INC1,New,0,1/3/2016 08:00,1/3/2016 08:00,,", "INC2,New,0,1/3/2016 08:00,1/3/2016 08:00,,"] * 3
    assert same(audit(written(tmp_path / "log.csv", rows)), [1]).events == 6


def test_an_empty_log_is_no_share(tmp_path: Path) -> None:
    assert same(audit(written(tmp_path / "log.csv", [])), []).events == 0


def test_a_file_that_is_cut_fails_as_it_does_in_turn(tmp_path: Path) -> None:
    path = tmp_path / "log.csv.gz"
    path.write_bytes(b"\x1f\x8b\x08\x00")
    said = []
    for read in (replay.read_log, shares.shares_of):
        with pytest.raises(SourceError) as failed:
            read(audit(path), "log", NOW, quiet)
        said.append(str(failed.value))
    assert said[0] == said[1]
    assert "is cut, or no gzip file" in said[0]


def test_the_number_of_rows_is_told_meanwhile(tmp_path: Path) -> None:
    told: list[tuple[str, int, int | None]] = []
    rows = [f"INC{n},New,0,1/3/2016 08:00,1/3/2016 08:00,," for n in range(1500)]
    collector = audit(written(tmp_path / "log.csv", rows))
    shares.shares_of(collector, "log", NOW, lambda *said: told.append(said))
    assert told == [("reading events", 1000, None), ("reading events", 1500, None)]


def test_a_log_that_cannot_be_read_apart_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text(
        '{"event_id": "1", "kind": "ticket", "subject": "T", "at": "2016-01-01T00:00:00Z"}\n', encoding="utf-8"
    )
    read = shares.shares_of(jsonl_file.build(jsonl_file.Config(path)), "log", NOW, quiet)
    assert isinstance(read, shares.Whole)
    assert list(read.share(range(1)).subjects) == ["T"]
