from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from monitor import wallclock
from monitor.config import config_file
from monitor.errors import ConfigError
from monitor.history.batch import Batch
from monitor.history.events import Event
from monitor.model import SubjectKey, SubjectKind
from monitor.report import months
from monitor.report.tally import Group, Month, Row
from monitor.service.engine_worker import Worker
from monitor.service.retention import Retention
from monitor.store.clocks import Clocks
from monitor.store.database import Database, readonly
from monitor.store.ingest import Ingest
from monitor.store.schema import events, metadata
from monitor.store.sizes import KINDS
from monitor.store.views import Views
from tests.support.by_hand import by_hand
from tests.support.cases import ticket
from tests.support.command_line import Command, Said, in_process
from tests.support.to_all import ToAll

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 10, 4, tzinfo=UTC)
CONFIG = """\
zone: Asia/Shanghai
policy: demo
sources:
  tickets: {type: jsonl_file, options: {path: t.jsonl}}
  more: {type: jsonl_file, options: {path: m.jsonl}}
receivers:
  log: {type: log}
"""


def local(month: int, day: int, hour: float = 0) -> datetime:
    """An instant of 2026 by the clocks of Shanghai."""
    return (datetime(2026, month, day, tzinfo=SHANGHAI) + timedelta(hours=hour)).astimezone(UTC)


def life(name: str, start: datetime, end: datetime | None = None) -> list[Event]:
    ends = [ticket(name, end, "restored")] if end else []
    return [ticket(name, start, "accepted", tier="gold"), *ends]


STORY = [
    *life("within", local(10, 5, 9), local(10, 5, 10)),
    *life("late", local(10, 6, 9), local(10, 8, 9)),
    *life("over the end", local(10, 31, 23.5), local(11, 1, 0.25)),
    *life("from before", local(9, 30, 23.5), local(10, 1, 0.25)),
    *life("in November", local(11, 1, 0)),
]


@pytest.fixture
def tierwatch(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line, in this process, on 10 November 2026, at noon in Shanghai."""
    monkeypatch.setattr(wallclock, "now", lambda: NOW)
    tierwatch = in_process(capsys, monkeypatch)

    def run(*words: str) -> Said:
        said = tierwatch(*words)
        return said._replace(err=said.err.removeprefix("\n"))

    return run


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "tierwatch.yml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


@pytest.fixture
def database(site: Path) -> Iterator[Database]:
    """The database as a running program holds it: locked, and open."""
    opened = Database(config_file.load(site).database)
    yield opened
    opened.close()


def told(database: Database, events: Sequence[Event]) -> None:
    Ingest(database).commit_batch("tickets", Batch(events, (), {}), NOW)


def lines(out: str) -> dict[str, dict[str, str]]:
    """The CSV's lines by target."""
    return {line["target"]: line for line in csv.DictReader(io.StringIO(out, newline=""))}


def counts(line: dict[str, str]) -> list[int]:
    return [int(line[name]) for name in ("carried", "started", "met", "breached", "cancelled", "open")]


# -- from the store ----------------------------------------------------------------------------------------------------


def test_a_month_is_reported_from_the_store_beside_a_running_program(
    tierwatch: Command, site: Path, database: Database
) -> None:
    told(database, STORY)
    code, out, err = tierwatch("report", "--month", "2026-10", "--config", str(site), "--format", "csv")
    assert (code, err) == (0, "")
    line = lines(out)["restore"]
    assert counts(line) == [1, 3, 2, 1, 0, 1]
    named = ("month", "source", "tier", "assurance", "first_sight")
    assert [line[name] for name in named] == ["2026-10", "tickets", "gold", "none", "3"]
    counted = 48 * 3600 - int(line["late_max_seconds"])
    assert counted == config_file.load(site).rules.policy.rule("restore").rows[1].budget.total_seconds()  # type: ignore[union-attr]


def test_the_present_month_is_as_of_now(tierwatch: Command, site: Path, database: Database) -> None:
    told(database, [*STORY, *life("new", NOW - timedelta(minutes=1), NOW + timedelta(minutes=1))])
    code, out, _ = tierwatch("report", "--month", "2026-11", "--config", str(site), "--format", "csv")
    assert code == 0
    assert counts(lines(out)["restore"]) == [1, 2, 1, 1, 0, 1]


def test_the_table_says_as_of_when(tierwatch: Command, site: Path, database: Database) -> None:
    told(database, STORY)
    code, out, _ = tierwatch("report", "--month", "2026-10", "-c", str(site))
    assert code == 0
    assert "2026-10 (Asia/Shanghai) as of 2026-11-01 00:00:00+08:00" in out
    (line,) = (line for line in out.splitlines() if "Restoration" in line)
    assert [cell.strip() for cell in line.strip("│").split("│")][:10] == [
        "tickets", "Gold", "–", "Restoration", "1", "3", "2", "1", "0", "1",
    ]  # fmt: skip
    assert "as of 2026-11-10 12:00:00+08:00" in tierwatch("report", "--month", "2026-11", "-c", str(site))[1]


def test_sources_that_were_taken_out_are_not_reported(tierwatch: Command, site: Path, database: Database) -> None:
    told(database, [Event("gone", "e1", SubjectKind.TICKET, "T1", local(10, 2), status="opened"), *STORY])
    _, out, _ = tierwatch("report", "--month", "2026-10", "--config", str(site), "--format", "csv")
    assert {line["source"] for line in csv.DictReader(io.StringIO(out, newline=""))} == {"tickets"}


# -- what cannot be reported -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("month", "sentence"),
    [
        ("2026-13", "--month '2026-13' is not a month; write it like 2026-10\n"),
        ("october", "--month 'october' is not a month; write it like 2026-10\n"),
        ("2026-1", "--month '2026-1' is not a month; write it like 2026-10\n"),
        ("２０２６-10", "--month '２０２６-10' is not a month; write it like 2026-10\n"),
        ("0001-10", "--month '0001-10' is not a month; write it like 2026-10\n"),
        (
            "2026-12",
            "--month 2026-12 has not begun: in Asia/Shanghai it is 2026-11; ask for that or an earlier one\n",
        ),
        ("2026-08", "--month 2026-08: no clock ran in it; the first that the sources told is of 2026-09-30\n"),
    ],
)
def test_a_month_that_cannot_be_reported_is_a_sentence(
    tierwatch: Command, site: Path, database: Database, month: str, sentence: str
) -> None:
    told(database, STORY)
    assert tierwatch("report", "--month", month, "--config", str(site)) == (1, "", sentence)


def test_a_database_without_events_or_none_at_all_is_a_sentence(tierwatch: Command, site: Path) -> None:
    code, out, err = tierwatch("report", "--month", "2026-10", "--config", str(site))
    assert (code, out) == (1, "")
    assert f"does not exist yet; start `tierwatch run --config {site}` first" in err
    Database(config_file.load(site).database).close()
    code, out, err = tierwatch("report", "--month", "2026-10", "--config", str(site))
    assert (code, out) == (1, "")
    assert "holds nothing of the sources of" in err
    assert "Traceback" not in err


def test_a_month_begins_in_the_zone_of_the_site() -> None:
    ends = datetime(2026, 10, 31, 16, tzinfo=UTC)
    assert months.as_of(Month(2026, 11), SHANGHAI, ends) == ends
    with pytest.raises(ConfigError, match="has not begun: in Asia/Shanghai it is 2026-10"):
        months.as_of(Month(2026, 11), SHANGHAI, ends - timedelta(microseconds=1))
    assert months.as_of(Month(2026, 10), SHANGHAI, NOW) == ends


# -- page by page ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", [1, 2, 3, 500])
def test_every_subject_comes_once_with_all_its_events_whatever_the_page(
    site: Path, database: Database, page: int
) -> None:
    others = [Event("more", f"e{n}", SubjectKind.TICKET, f"M{n}", local(10, n + 1), status="opened") for n in range(3)]
    told(database, [*STORY, *others])
    beside = readonly(database.url.render_as_string(hide_password=False))
    views = Views(beside)
    found = list(views.subjects_with_events(["tickets", "more"], page))
    beside.close()
    names = sorted({event.subject for event in STORY})
    assert [key for key, _ in found] == [
        *(SubjectKey("tickets", name) for name in names), *(SubjectKey("more", f"M{n}") for n in range(3)),
    ]  # fmt: skip
    for key, its_events in found:
        known = [event for event in (*STORY, *others) if event.key == key]
        assert sorted(its_events, key=lambda event: event.place) == known


def test_no_more_than_a_page_of_subjects_is_read_ahead(database: Database) -> None:
    told(database, [ticket(f"T{number:03}", local(10, 1), "opened") for number in range(30)])
    views, asked = Views(database), []
    read = database.read
    database.read = lambda: (asked.append(1), read())[1]  # type: ignore[method-assign]
    subjects = views.subjects_with_events(["tickets"], 10)
    for number in range(1, 31):
        next(subjects)
        assert len(asked) == (number + 9) // 10


# -- CSV ---------------------------------------------------------------------------------------------------------------


def row(**changed: object) -> Row:
    usual: dict[str, object] = dict(
        month=Month(2026, 10), group=Group("corp", "gold", "AAA", "restore"), carried=0, started=1234567, met=2,
        breached=3, cancelled=4, open=5, excluded={}, lateness=[], from_uc=0, by_supplier={}, first_sight=0,
    )  # fmt: skip
    return Row(**{**usual, **changed})  # type: ignore[arg-type]


def parsed(*rows: Row) -> list[list[str]]:
    text = months.as_csv(months.record(one) for one in rows)
    assert text.count("\r\n") == len(rows) + 1
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def test_the_header_never_depends_on_the_data() -> None:
    (nothing,) = parsed()
    full = parsed(row(excluded={"customer": timedelta(hours=1)}, by_supplier={"A": 2}, lateness=[timedelta(1)]))
    assert nothing == full[0] == list(months.COLUMNS)
    assert months.as_csv(()).startswith("month,source,tier,assurance,target,carried,started,met,breached,")


def test_numbers_are_plain_digits_and_lengths_are_seconds() -> None:
    _, cells = parsed(
        row(
            lateness=[timedelta(seconds=1.5), timedelta(days=20)], excluded={"a": timedelta(hours=1), "b": timedelta(1)}
        )
    )
    line = dict(zip(months.COLUMNS, cells, strict=True))
    assert line["started"] == "1234567"
    assert (line["late_p50_seconds"], line["late_max_seconds"]) == ("1.5", "1728000")
    assert (line["excluded_seconds"], json.loads(line["excluded_by_reason"])) == ("90000", {"a": 3600, "b": 86400})


def test_what_is_not_known_is_an_empty_cell() -> None:
    _, cells = parsed(row())
    line = dict(zip(months.COLUMNS, cells, strict=True))
    assert {name for name, cell in line.items() if cell == ""} == {
        "late_p50_seconds", "late_p90_seconds", "late_p95_seconds", "late_p99_seconds", "late_max_seconds",
    }  # fmt: skip


@pytest.mark.parametrize(
    "evil", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=cmd|"/C calc"!A0', "＝1+1", "-2+3+cmd|' /C calc'!A0"]
)
def test_text_that_a_spreadsheet_would_run_is_text(evil: str) -> None:
    text = months.as_csv([months.record(row(group=Group(evil, evil, evil, evil), by_supplier={evil: 1}))])
    (_, cells) = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert cells[1:5] == [f"'{evil}"] * 4
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝"))]
    assert json.loads(cells[months.COLUMNS.index("breached_by_supplier")]) == {evil: 1}


def test_commas_quotes_and_line_ends_come_back_as_they_were() -> None:
    odd = 'a,"b"\r\nc, 电路'
    text = months.as_csv([months.record(row(group=Group(odd, "gold", "none", "restore")))])
    (_, cells) = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert cells[1] == odd


# -- after events were deleted -----------------------------------------------------------------------------------------


def test_a_month_of_which_events_were_deleted_is_printed_as_it_was_reported(
    tierwatch: Command, site: Path, database: Database
) -> None:
    """`store size` says before what will go; the report says the same before and after."""
    site.write_text(CONFIG + "keep: {events: 1d, quarantine: 30d}\n", encoding="utf-8")
    for event in STORY:
        Ingest(database).commit_batch("tickets", Batch([event], (), {}), event.at)
    checked = config_file.load(site)
    worker = by_hand(Worker(Clocks(database), checked.rules, lambda *_: (), ToAll(), NOW, ("tickets",)))
    while worker.step(NOW)[0]:
        pass
    october = ("report", "--month", "2026-10", "--config", str(site), "--format", "csv")
    before, size = tierwatch(*october), tierwatch("store", "size", "--config", str(site))
    assert (before.code, before.err, size.code) == (0, "", 0)
    later = NOW + timedelta(days=2)
    with capture_logs() as logs:
        for _ in Retention(checked.keep, checked.rules, checked.zone, ["tickets", "more"], database).sweep(later):
            pass
    assert [line["event"] for line in logs] == ["month_reported", "month_reported", "retention_done"]
    after = tierwatch(*october)
    assert after.out == before.out
    assert re.fullmatch(
        r"--month 2026-10: as it was reported on 2026-11-12 12:00:00\+08:00; some of its events have been deleted"
        r" \(keep\)\n",
        after.err,
    )
    with database.read() as connection:
        left = set(connection.scalars(sa.select(events.c.subject).distinct()))
    assert left == {"in November", "over the end"}, "what is open, and what ended in a month that was not reported"


def test_the_size_of_a_database_is_said_by_kind(tierwatch: Command, site: Path, database: Database) -> None:
    told(database, STORY)
    said = tierwatch("store", "size", "--config", str(site))
    lines_ = said.out.splitlines()
    assert re.fullmatch(r".*/tierwatch\.db: [0-9.]+ [KM]B", lines_[0])
    kinds = [re.match(r"([a-z ]+?) +([0-9,]+) rows", line) for line in lines_[1:-1]]
    assert [(found[1], int(found[2])) for found in kinds if found] == [
        ("events", len(STORY)), ("transitions", 0), ("pages", 0), ("quarantine", 0), ("all else", 0),
    ]  # fmt: skip
    assert lines_[-1] == "nothing is ever deleted; write `keep` into the configuration to change that"


def test_every_table_is_of_one_kind() -> None:
    named = [table for tables in KINDS.values() for table in tables]
    assert sorted(named) == sorted(metadata.tables)
