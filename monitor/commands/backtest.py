"""Judge a whole log by one policy or several, month by month."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.table import Table
from rich.text import Text

from monitor import report
from monitor.commands import a_log
from monitor.commands.a_reader import LogLanguageOption, Reader, reader_of_log
from monitor.commands.console import print_line, print_words, say_what_calendars_lack
from monitor.commands.console import progress as a_progress
from monitor.commands.in_parallel import Workers, WorkersOption
from monitor.commands.report import GROUPED, group_cells, head, late_heads, lateness, print_wide, table_of
from monitor.config import build_rulebook, policy_file
from monitor.errors import ConfigError
from monitor.explain import text
from monitor.machine import gc_paused
from monitor.messages import message
from monitor.policy import Policy
from monitor.report import SHARES, Result, Row, word_line
from monitor.report import backtest as backtesting
from monitor.text import json_line

_COMPARED = ("met", "breached", "open")


class Form(StrEnum):
    """How the result is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def backtest(
    policy: Annotated[list[str], typer.Option(help="A policy file or a shipped policy; again for one to compare.")],
    file: Annotated[Path, typer.Option("--input", help="The log: an audit CSV (or .gz), or events as JSON lines.")],
    source: Annotated[str, typer.Option(help="The collector that reads it: servicenow_audit or jsonl_file.")],
    zone: Annotated[
        str | None,
        typer.Option(help="Zone of months, of times without one, of `zone: site` calendars, and of what is printed."),
    ] = None,
    form: Annotated[Form, typer.Option("--format", help="table, csv or json.")] = Form.TABLE,
    language: LogLanguageOption = None,
    workers: WorkersOption = None,
) -> None:
    """Judge a whole log as if a policy had always been in force: kept and broken promises by month, tier and target."""
    from monitor.wallclock import now

    log_file = a_log.log_file("backtest", file, source, zone)
    policies = _policies(policy, zone or "UTC")
    reads = reader_of_log(policies.values(), zone, language)
    say_what_calendars_lack(policies.values())
    with gc_paused(), a_progress() as progress:
        log = log_file.shares(now(), progress)
        books = {name: build_rulebook.rulebook(item, {source: log_file.mapping}) for name, item in policies.items()}
        found = backtesting.backtest(log, books, source, ZoneInfo(zone or "UTC"), progress, Workers.of(workers))
    results = found.results
    words = {
        result.policy: [word_line(one, source, books[result.policy]) for one in result.not_understood]
        for result in results
    }
    said = {
        "file": str(file),
        "zone": zone,
        "subjects": found.subjects,
        "events": found.events,
        "until": text(found.until),
        "duplicates": found.duplicates,
        "rejected": found.rejected,
        "unknown_statuses": backtesting.unknown_statuses(results),
    }
    if form is Form.JSON:
        by_policy = [
            {
                "policy": one.policy,
                "rows": [report.record(row) for row in one.rows],
                "not_understood": words[one.policy],
            }
            for one in results
        ]
        print(json_line({**said, "policies": by_policy}, indent=2))
    elif form is Form.CSV:
        records = [{"policy": one.policy, **report.record(row)} for one in results for row in one.rows]
        sys.stdout.write(report.as_csv(records, ("policy", *report.COLUMNS)))
        _print_words(words, err=True)
    else:
        _print({**said, "until": reads.time(found.until)}, results, words, reads)


def _policies(given: Sequence[str], zone: str) -> dict[str, Policy]:
    """Each policy by its label; where two have the same one, by label and file."""
    for number, name in enumerate(given):
        if name in given[:number]:
            raise ConfigError(f"--policy {name} is given twice; give each policy once")
    loaded = [policy_file.load(name, zone) for name in given]
    labels = [policy.label for policy in loaded]
    return {
        policy.label if labels.count(policy.label) == 1 else f"{policy.label} ({name})": policy
        for name, policy in zip(given, loaded, strict=True)
    }


def _print_words(words: dict[str, list[dict[str, Any]]], *, err: bool = False) -> None:
    """The words that were not understood: once where every policy says the same."""
    first, *others = words.values()
    if all(other == first for other in others):
        print_words(first, err=err)
        return
    for policy, its in words.items():
        print_words(its, f" by {policy}", err=err)


def _print(
    said: dict[str, Any], results: Sequence[Result], words: dict[str, list[dict[str, Any]]], reads: Reader
) -> None:
    for name, value in said.items():
        print_line(f"{name.replace('_', ' '):<17}{value}")
    _print_words(words)
    if len(results) == 1:
        (only,) = results
        title = reads.say(message("report-title-log", policy=only.policy))
        print_wide(table_of(only.rows, title, "month", (str(row.month) for row in only.rows), reads))
    else:
        print_wide(_compared(results, reads))


def _compared(results: Sequence[Result], reads: Reader) -> Table:
    """Every policy's outcomes beside those of the others."""
    table = Table(title=Text(reads.say(message("report-title-logs"))))
    for name in ("month", *GROUPED):
        table.add_column(Text(head(name, reads)), no_wrap=True)
    for result in results:
        for name in (*(head(each, reads) for each in _COMPARED), *late_heads(reads)):
            table.add_column(Text(f"{result.policy}\n{name}"), justify="right", no_wrap=True)
    for month, group, rows in backtesting.side_by_side(results):
        cells = [cell for row in rows for cell in _cells(row)]
        table.add_row(str(month), *group_cells(group, reads), *cells)
    return table


def _cells(row: Row | None) -> list[str]:
    if row is None:
        return ["–"] * (len(_COMPARED) + len(SHARES) + 1)
    return [f"{getattr(row, name):,}" for name in _COMPARED] + lateness(row)
