"""Files that grow, are cut, replaced or damaged while they are read (A1, A4): nothing that stays is lost."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.collectors import jsonl_file, servicenow_audit
from monitor.collectors._csv_rows import Broken, rows
from monitor.history.batch import Collector
from tests.support.collecting import poll

COLUMNS = "number,incident_state,sys_mod_count,opened_at,sys_updated_at"


def line(name: str) -> str:
    said = {"event_id": name, "kind": "ticket", "subject": name, "at": "2026-01-01T00:00:00Z", "status": "opened"}
    return json.dumps(said) + "\n"


def row(name: str) -> str:
    return f"{name},New,0,1/5/2016 09:00,1/5/2016 09:05\n"


def jsonl(path: Path) -> Collector:
    return jsonl_file.build(jsonl_file.Config(path))


def audit(path: Path) -> Collector:
    from zoneinfo import ZoneInfo

    return servicenow_audit.build(servicenow_audit.Config(path, ZoneInfo("UTC")))


STEP = st.sampled_from(["grow", "half", "finish", "truncate", "replace", "drop first", "poll"])


@pytest.mark.parametrize("kind", ["jsonl", "audit"])
def test_whatever_happens_to_a_file_between_polls_what_stands_in_it_at_last_is_read(kind: str, tmp_path: Path) -> None:
    one, head, build = (line, "", jsonl) if kind == "jsonl" else (row, COLUMNS + "\n", audit)

    @given(st.lists(STEP, min_size=1, max_size=25))
    @settings(max_examples=50)
    def check(steps: list[str]) -> None:
        path = tmp_path / "log"
        names, number, half = list[str](), 0, ""
        position: Mapping[str, Any] = {}
        read: set[str] = set()
        path.write_text(head)
        for step in (*steps, "finish", "poll"):
            if step in ("grow", "half") and not half:
                number += 1
                names.append(f"T{number}")
                text = one(names[-1])
                cut = len(text) // 2 if step == "half" else len(text)
                half = text[cut:]
                with path.open("a") as file:
                    file.write(text[:cut])
            elif step == "finish" and half:
                with path.open("a") as file:
                    file.write(half)
                half = ""
            elif step in ("truncate", "replace", "drop first"):
                number += 1
                names = {"truncate": [], "replace": [f"T{number}"], "drop first": [*names[1:], f"T{number}"]}[step]
                half = ""
                new = tmp_path / "new" if step != "truncate" else path
                new.write_text(head + "".join(map(one, names)))
                new.replace(path)
            elif step == "poll":
                polled = poll(build(path), position)
                assert polled.error is None
                read |= polled.subjects
                position = polled.position or position
        assert set(names) <= read

    check()


def test_a_log_that_is_replaced_between_its_two_readings_is_read_from_its_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log.csv"
    path.write_text(COLUMNS + "\n" + row("A") + row("B"))
    position = poll(audit(path)).position
    path.write_text(COLUMNS + "\n" + row("A") + row("B") + row("C"))
    unchanged = servicenow_audit.ServicenowAudit._unchanged

    def then_replaced(*arguments: Any) -> bool:
        same = unchanged(*arguments)
        path.write_text(COLUMNS + "\n" + row("X") + row("Y") + row("Z"))
        return same

    monkeypatch.setattr(servicenow_audit.ServicenowAudit, "_unchanged", then_replaced)
    polled = poll(audit(path), position)
    assert polled.error is None
    assert polled.subjects == {"X", "Y", "Z"}


@pytest.mark.parametrize("kind", ["jsonl", "audit"])
def test_a_damaged_gzip_file_is_an_error_of_the_source(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "log.gz"
    whole = gzip.compress((COLUMNS + "\n" + "".join(row(f"T{n}") for n in range(2000))).encode())
    for damaged in (whole[: len(whole) // 2], whole[:40] + b"\xff" * 40 + whole[80:], b"no gzip at all", b""):
        path.write_bytes(damaged)
        polled = poll(jsonl(path) if kind == "jsonl" else audit(path))
        if not damaged and kind == "jsonl":  # no line has been written yet
            assert polled.error is None
        elif not damaged:
            assert "has no column number" in str(polled.error)
        else:
            assert "cannot be read (it is cut, or no gzip file)" in str(polled.error)
        assert (polled.events, polled.rejects) == ([], [])


def read_rows(text: str, columns: int = 3) -> list[list[str] | str]:
    found = rows(io.StringIO(text, newline=""), columns)
    return [f"broken: {one.why}" if isinstance(one, Broken) else one for one in found]


def test_a_quote_that_never_closes_breaks_its_own_row_only() -> None:
    found = read_rows('a,"b,c\n' + "d,e,f\n" * 150 + "g,h,i\n")
    assert found[0] == "broken: has quotes that do not close, or another number of columns"
    assert found[1:] == [["d", "e", "f"]] * 150 + [["g", "h", "i"]]


def test_a_row_over_several_lines_is_one_row() -> None:
    assert read_rows('a,"b\r\nb ""x"" b\r\n",c\r\nd,e,f\r\n') == [["a", 'b\r\nb "x" b\r\n', "c"], ["d", "e", "f"]]
    assert read_rows('a,5" disk,c\nd,e,f') == [["a", '5" disk', "c"], ["d", "e", "f"]]


def test_a_row_without_end_is_cut_and_the_next_is_read() -> None:
    found = read_rows("a," + "b" * 3_000_000 + ",c\nd,e,f\n")
    assert found == ["broken: is longer than 100000 characters", ["d", "e", "f"]]


@given(st.text(st.sampled_from('ab,"\n\r\0 '), max_size=60))
def test_rows_end_whatever_the_text_is(text: str) -> None:
    assert len(read_rows(text)) <= text.count("\n") + text.count("\r") + 1
