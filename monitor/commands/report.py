"""Print the outcomes of a month's promises, beside a running program."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NamedTuple
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from monitor import report as reporting
from monitor.commands.a_reader import Reader, ZoneOption, reader
from monitor.commands.console import ConfigOption, LanguageOption, configured, print_line, to_read
from monitor.commands.console import progress as a_progress
from monitor.commands.in_parallel import Workers, WorkersOption
from monitor.config import Config
from monitor.errors import ConfigError
from monitor.history import Event
from monitor.messages import message
from monitor.model import SubjectKey
from monitor.report import SHARES, Month, Progress, Row, Spread, tallied
from monitor.text import inert, shown

GROUPED = ("tier", "assurance", "target")
"""The columns that say what a row is of."""

_COUNTS = ("carried", "started", "met", "breached", "cancelled", "open")


class Form(StrEnum):
    """How the report is written."""

    TABLE = "table"
    CSV = "csv"


def report(
    month: Annotated[str, typer.Option(help="The month, in the zone of the configuration: 2026-10.")],
    config: ConfigOption = Path("tierwatch.yml"),
    form: Annotated[Form, typer.Option("--format", help="table or csv.")] = Form.TABLE,
    language: LanguageOption = None,
    shown_in: ZoneOption = None,
    workers: WorkersOption = None,
) -> None:
    """Print the outcomes of a month's promises by source, tier, assurance and target."""
    from monitor.wallclock import now

    checked = configured(config)
    wanted = reporting.month(month)
    reads = reader(checked, shown_in, language)
    with a_progress() as progress:
        found = of_month(checked, wanted, now(), progress, Workers.of(workers))
    if found.made_at is not None:
        made = reads.time(found.made_at)
        said = f"--month {wanted}: as it was reported on {made}; some of its events have been deleted (keep)"
        print_line(said, file=sys.stderr)
    if form is Form.CSV:
        sys.stdout.write(reporting.as_csv(reporting.record(row) for row in found.rows))
    else:
        at = reads.time(found.until)
        title = reads.say(message("report-title", month=str(wanted), zone=checked.zone, at=at))
        print_wide(table_of(found.rows, title, "source", (row.group.source for row in found.rows), reads))


class OfMonth(NamedTuple):
    """What a month's promises came to, judged as of *until*; `made_at` is when that was reported for good, or None."""

    rows: Sequence[Row]
    until: datetime
    made_at: datetime | None


def of_month(checked: Config, wanted: Month, now: datetime, progress: Progress, spread: Spread) -> OfMonth:
    """The outcomes of a month by source, tier, assurance and target. Raises ConfigError where there are none."""
    from monitor.store import MonthReports, Views

    zone = ZoneInfo(checked.zone)
    until = reporting.as_of(wanted, zone, now)
    with to_read(checked) as database:
        seen = _Seen()
        found = Views(database).subjects_with_events([source.name for source in checked.sources])
        since = Views(database).installed_at()
        tally = tallied(seen.through(found, progress), checked.rules, zone, until, since, spread)
        rows = tally.month(wanted)
        kept = MonthReports(database).of_deleted(str(wanted), wanted.begins(zone))
    if kept is not None:
        return OfMonth(tuple(reporting.row_from_json(row) for row in kept.rows), until, kept.made_at)
    if seen.first is None:
        raise ConfigError(
            f"database {database.name} holds nothing of the sources of {checked.commands.config} yet; see whether"
            f" `{checked.commands.says('run')}` is running and its sources answer"
        )
    if not rows:
        raise ConfigError(
            f"--month {wanted}: no clock ran in it; the first that the sources told is of"
            f" {seen.first.astimezone(zone):%Y-%m-%d}"
        )
    return OfMonth(tuple(rows), until, None)


class _Seen:
    """Keeps the instant of the earliest event while events pass, and reports the progress."""

    def __init__(self) -> None:
        self.first: datetime | None = None

    def through(
        self, subjects: Iterable[tuple[SubjectKey, Sequence[Event]]], progress: Progress
    ) -> Iterator[tuple[SubjectKey, Sequence[Event]]]:
        for number, (key, events) in enumerate(subjects, 1):
            begun = min(event.at for event in events)
            self.first = begun if self.first is None else min(self.first, begun)
            yield key, events
            progress("reading clocks", number, None)


def table_of(rows: Sequence[Row], title: str, first: str, values: Iterable[str], reads: Reader) -> Table:
    """Rows as people read them, after a column *first* with a value for each: names and heads in their languages."""
    table = Table(title=Text(title))
    for name in (first, *GROUPED):
        table.add_column(Text(head(name, reads)), no_wrap=True)
    for name in (*_COUNTS, "excluded"):
        table.add_column(Text(head(name, reads)), justify="right", no_wrap=True)
    for name in (*late_heads(reads), *(head(name, reads) for name in ("by-uc", "first-sight"))):
        table.add_column(Text(name), justify="right", no_wrap=True)
    for row, value in zip(rows, values, strict=True):
        counts = (f"{getattr(row, name):,}" for name in _COUNTS)
        excluded = shown(row.excluded_in_all) if row.excluded else "–"
        names, rest = group_cells(row.group, reads), (Text(inert(_by_uc(row))), f"{row.first_sight:,}")
        table.add_row(Text(inert(value)), *names, *counts, excluded, *lateness(row), *rest)
    return table


def head(name: str, reads: Reader) -> str:
    """The head of a column."""
    return reads.say(message(f"report-column-{name}"))


def late_heads(reads: Reader) -> list[str]:
    """The heads of the columns of lateness."""
    shares = [reads.say(message("report-column-late", share=share)) for share in SHARES]
    return [*shares, head("late-most", reads)]


def group_cells(group: reporting.Group, reads: Reader) -> list[Text]:
    """What a row is of, by names: the columns of GROUPED."""
    names = (reads.rung("tier", group.tier), reads.rung("assurance", group.assurance), reads.target(group.target))
    return [Text(inert(name)) for name in names]


def lateness(row: Row) -> list[str]:
    """The lateness of a row: a cell for each share, and the longest."""
    return [_length(row.late(share)) for share in SHARES] + [_length(row.latest)]


def _length(length: timedelta | None) -> str:
    return "–" if length is None else shown(length)


def _by_uc(row: Row) -> str:
    suppliers = ", ".join(f"{name} {number}" for name, number in row.by_supplier.items())
    return f"{row.from_uc} ({suppliers})" if suppliers else f"{row.from_uc}"


def print_wide(table: Table) -> None:
    """Print a table at its own width, whatever the terminal's: a figure is never cut."""
    console = Console()
    console.width = max(console.width, console.measure(table, options=console.options.update(max_width=10_000)).maximum)
    console.print(table)
