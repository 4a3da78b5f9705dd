"""The audit trail has every deed that any table knows, in one order, whatever the form."""

from __future__ import annotations

import csv
import json
import tracemalloc
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.alert.alert import SilenceRow
from monitor.errors import ConfigError
from monitor.report import TrailEntry, TrailForm, TrailScope, TrailWriter, checked_trail
from monitor.store import Action, Actions, Database, Silences, Trail, statements
from monitor.store import trail as store_trail
from monitor.store.schema import decisions, metadata
from monitor.store.trail import TRAIL_KINDS
from tests.support.cases import at
from tests.support.deeds import NOW, Told, do_everything

LATER = NOW + timedelta(days=1)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path / 'store.db'}")
    do_everything(made)
    Actions(made).note(Action.ERASED, NOW)
    yield made
    made.close()


def entries(database: Database, since: datetime | None = None, until: datetime = LATER) -> list[TrailEntry]:
    return list(Trail(database).entries(since, until))


def written(database: Database, form: TrailForm) -> tuple[bytes, TrailWriter]:
    writer = TrailWriter(form, TrailScope("main", None, LATER, "Asia/Shanghai"))
    return "".join(writer.lines(Trail(database).entries(None, LATER))).encode(), writer


def test_every_kind_of_deed_is_in_the_trail_and_described(database: Database) -> None:
    assert {entry.kind for entry in entries(database)} == set(TRAIL_KINDS)
    assert set(Action) <= set(TRAIL_KINDS)


def test_a_reload_says_by_which_way_it_was_asked_for_and_what_ran_before(database: Database) -> None:
    for kind in (Action.RELOADED, Action.RELOAD_REFUSED):
        (entry,) = [entry for entry in entries(database) if entry.kind == kind]
        assert (entry.who, entry.about, entry.detail["before"]) == ("SIGHUP", "aa", "bb")


def test_every_table_that_says_who_did_it_is_read() -> None:
    """A new table with an author is a new deed: it has to be in the trail."""
    naming = {"author", "person", "holder"}
    tables = {table.name for table in metadata.sorted_tables if naming & set(table.columns.keys())}
    read = {kind.at.table.name for kind in store_trail._KINDS}
    assert tables <= read
    assert {"events", "outbox", "decisions", "month_reports"} <= read, "corrections, pages and reports name nobody"


def test_who_did_it_and_what_they_said_is_in_it(database: Database) -> None:
    of = {entry.kind: entry for entry in entries(database)}
    for kind in ("acknowledged", "acknowledgement_withdrawn", "silence_added", "silence_ended", "corrected",
                 "rules_published", "clock_accepted", "loss_accepted", "record_retried", "record_dropped"):  # fmt: skip
        assert of[kind].who == "lin", kind
    assert of["acknowledged"].about == "tickets/T1 restore used_75"
    assert of["acknowledged"].detail["note"] == "agreed with the customer"
    assert of["corrected"].detail["reason"] == "agreed with the customer"
    assert of["corrected"].detail["correction"] == "exclude"
    assert (of["person_called"].detail["team"], of["person_called"].detail["person"]) == ("noc", "lin")
    assert (of["page_accepted"].detail["channel"], of["page_closed"].detail["channel"]) == ("wall", "phone")
    assert [of[f"drill_{what}"].who for what in ("asked", "begun", "ended")] == ["lin", "", "lin"]
    assert of["drill_ended"].detail["reason"] == "acknowledged"
    assert of["drill_ended"].detail["called"] == of["drill_begun"].detail["people"] == ["lin"]
    assert of["silence_ended"].detail["would_have_ended"] == at(20).isoformat()


def test_a_silence_has_the_end_that_it_was_given_and_the_one_that_it_had(database: Database) -> None:
    row = SilenceRow("s-2", ("tier=gold",), NOW, NOW + timedelta(hours=2), "lin", "works")
    silences, added = Silences(database), "silence_added"
    silences.add(row, NOW + timedelta(minutes=1), lambda _: False)
    (entry,) = [one for one in entries(database) if (one.kind, one.about) == (added, "s-2")]
    assert (entry.detail["until"], entry.detail["ended"]) == (row.ends_at.isoformat(), None)
    early = NOW + timedelta(minutes=5)
    silences.end("s-2", early, lambda _: None, "wang")
    (entry,) = [one for one in entries(database) if (one.kind, one.about) == (added, "s-2")]
    assert (entry.detail["until"], entry.detail["ended"]) == (row.ends_at.isoformat(), early.isoformat())


def test_a_period_has_its_beginning_and_not_its_end_and_periods_add_up(database: Database) -> None:
    whole = entries(database)
    assert [entry.at for entry in whole] == sorted(entry.at for entry in whole)
    assert entries(database, NOW, NOW) == []
    middle = NOW + timedelta(seconds=1)
    assert entries(database, None, middle) + entries(database, middle) == whole
    assert all(entry.at == NOW for entry in entries(database, NOW, middle))


@pytest.mark.parametrize("form", TrailForm)
def test_an_export_is_the_same_each_time_and_proves_itself(database: Database, form: TrailForm) -> None:
    data, writer = written(database, form)
    assert written(database, form)[0] == data
    assert checked_trail(data.splitlines(keepends=True), "t") == (writer.entries, writer.digest)
    assert writer.entries == len(entries(database))


@pytest.mark.parametrize("form", TrailForm)
def test_every_line_that_is_changed_left_out_doubled_or_moved_is_found(database: Database, form: TrailForm) -> None:
    lines = written(database, form)[0].splitlines(keepends=True)
    first = 1 if form is TrailForm.CSV else 0
    for place in range(first, len(lines)):
        changed = lines[place].replace(b"09:00:00Z", b"09:00:01Z").replace(b"2026", b"2027", 1)
        assert changed != lines[place]
        for wrong in (
            [*lines[:place], changed, *lines[place + 1 :]] if place < len(lines) - 1 else [*lines[:place], b"{}\n"],
            [*lines[:place], *lines[place + 1 :]],
            [*lines[: place + 1], *lines[place:]],
            [*lines[:place], *lines[place + 1 : place + 2], lines[place], *lines[place + 2 :]],
            lines[:place],
        ):
            if wrong != lines:
                with pytest.raises(ConfigError, match=r"follow from|is no line|file was cut"):
                    checked_trail(wrong, "t")


def test_both_forms_say_the_same_in_utc_and_in_the_zone(database: Database) -> None:
    as_json = [json.loads(line) for line in written(database, TrailForm.JSONL)[0].decode().splitlines()]
    rows = list(csv.DictReader(written(database, TrailForm.CSV)[0].decode().splitlines()))
    assert len(rows) == len(as_json)
    for row, said in zip(rows, as_json, strict=True):
        assert (row["at"], row["local"], row["kind"], row["about"]) == tuple(
            said[name] for name in ("at", "local", "kind", "about")
        )
        assert json.loads(row["detail"]) == said["detail"]
        assert said["at"].endswith("Z")
        assert said["local"].endswith("+08:00")
        assert datetime.fromisoformat(said["at"]) == datetime.fromisoformat(said["local"])


@pytest.mark.parametrize("hostile", ["=HYPERLINK(1)", "+1", "-1", "@x", "＝1", "\t=1", 'a"b,\nc', "\u2028=1", "王芳"])
def test_what_people_write_runs_in_no_spreadsheet_and_breaks_no_line(tmp_path: Path, hostile: str) -> None:
    database = Database(f"sqlite:///{tmp_path / 'store.db'}")
    do_everything(database, Told(hostile, hostile))
    try:
        data, writer = written(database, TrailForm.CSV)
        rows = list(csv.reader(data.decode().split("\n")[:-1]))
        assert len(rows) == writer.entries + 3
        starts = {cell[:1] for row in rows for cell in row} & set("=+-@＝\t\r\n")
        assert starts == set()
        assert checked_trail(data.splitlines(keepends=True), "t") == (writer.entries, writer.digest)
        lines, writer = written(database, TrailForm.JSONL)
        assert lines.count(b"\n") == writer.entries + 2
    finally:
        database.close()


def test_a_long_trail_takes_no_more_memory_than_a_short_one(database: Database) -> None:
    """The bound is a tenth of what the rows themselves have as text."""
    detail, number = "x" * 1000, 20_000
    with database.write() as connection:
        row = {"alert_key": "k", "channel": "mail", "at": NOW, "reason": "silenced", "detail": detail}
        statements.add(connection, decisions, [row] * number)
    writer = TrailWriter(TrailForm.JSONL, TrailScope("main", None, LATER, "UTC"))
    tracemalloc.start()
    try:
        length = sum(map(len, writer.lines(Trail(database).entries(None, LATER))))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert length > number * len(detail)
    assert peak < length / 10


def test_the_trail_has_no_alert_of_our_own_clock(database: Database) -> None:
    assert [entry for entry in entries(database) if entry.about.startswith("tierwatch/")] == []


def test_the_page_describes_every_kind() -> None:
    page = (Path(__file__).parents[3] / "docs" / "trust.md").read_text(encoding="utf-8")
    for kind, what in TRAIL_KINDS.items():
        assert f"| `{kind}` | {what} |" in page
