"""Print what came of circuits in each month, from files of measurements, with what is not known beside every figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from importlib.util import find_spec
from math import ceil, floor
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.commands.a_reader import LogLanguageOption, Reader, a_zone, reader_of_log
from monitor.commands.console import JsonOption, day_or_instant, output
from monitor.errors import ConfigError
from monitor.messages import Message, message
from monitor.model import Period
from monitor.text import did_you_mean, exact_length, inert, json_line, length

if TYPE_CHECKING:
    from rich.table import Table

    from monitor.availability import Fault, Figures
    from monitor.commands.a_circuit_account import Account
    from monitor.commands.a_measurement import LeftOut, Measured

Words = list[str]


class Per(StrEnum):
    """The period of a line."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


def availability(
    files: Annotated[list[Path], typer.Argument(help="Measurements: CSV or JSON lines, packed (.gz) or not.")],
    column: Annotated[Words | None, typer.Option(help="What a column is called, at=checked_at; once for each.")] = None,
    zone: Annotated[str | None, typer.Option(help="Zone of the periods, and of times without one.")] = None,
    time_format: Annotated[str | None, typer.Option(help="How times are written: %d/%m/%Y %H:%M, say.")] = None,
    unmeasured: Annotated[list[float] | None, typer.Option(help="A delay that says: not measured. -4, say.")] = None,
    silence: Annotated[str | None, typer.Option(help="How long a stated state holds without another: 6h.")] = None,
    rules: Annotated[Path | None, typer.Option(help="How is counted at each assurance level, a YAML file.")] = None,
    planned: Annotated[Path | None, typer.Option(help="Excusable planned work: circuit, start, end.")] = None,
    tickets: Annotated[Path | None, typer.Option(help="Tickets: circuit, opened, accepted, restored, cause.")] = None,
    circuit: Annotated[Words | None, typer.Option(help="Only this circuit; once for each.")] = None,
    since: Annotated[str | None, typer.Option(help="Count from here on. Default: the first measurement.")] = None,
    until: Annotated[str | None, typer.Option(help="Count up to here. Default: the last measurement.")] = None,
    per: Annotated[Per, typer.Option(help="A line for each day, month or year.")] = Per.MONTH,
    events: Annotated[Path | None, typer.Option(help="Write the changes of state here, for jsonl_file.")] = None,
    language: LogLanguageOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print the availability of circuits from files of measurements, with unknown time, bounds and faults."""
    if find_spec("numpy") is None:
        raise ConfigError("availability needs numpy, which is not installed; pip install 'tierwatch[batch]'")
    from monitor.commands import a_circuit_account, a_measurement
    from monitor.config import availability_rules
    from monitor.history import event_to_json

    reads = reader_of_log([], a_zone(zone, "UTC"), language)
    reading = a_measurement.HowToRead(_columns(column or []), zone, time_format, frozenset(unmeasured or ()))
    counting = availability_rules(rules)
    how = a_circuit_account.How(
        counting.rules, counting.faults, Period(per.value), reads.zone, _silence(silence),
        _instant(since, reads.zone, "--since"), _instant(until, reads.zone, "--until"),
        a_measurement.windows(planned, reading), a_measurement.tickets(tickets, reading),
    )  # fmt: skip
    found, left_out = a_measurement.measured(files, reading)
    accounts = [a_circuit_account.account(name, found[name], how) for name in _wanted(found, circuit or [])]
    with output(events) as lines:
        for event in a_circuit_account.events(accounts) if lines is not None else ():
            print(json_line(event_to_json(event)), file=lines)
    if as_json:
        said = {"files": [str(file) for file in files], "zone": reads.zone, "left_out": dict(left_out)}
        circuits = [a_circuit_account.as_json(one) for one in accounts]
        print(json_line({**said, "circuits": circuits}, indent=2))
    else:
        _print(accounts, left_out, reads)


def _columns(given: Sequence[str]) -> dict[str, str]:
    from monitor.commands.a_measurement import COLUMNS

    found = {}
    for one in given:
        ours, equals, theirs = one.partition("=")
        if not equals or not theirs:
            raise ConfigError(f"--column {one!r} names no column; write at=checked_at")
        if ours not in COLUMNS:
            hint = did_you_mean(ours, COLUMNS)
            raise ConfigError(f"--column {one!r}: {ours!r} is none of {', '.join(COLUMNS)}{hint}")
        found[ours] = theirs
    return found


def _silence(text: str | None) -> timedelta | None:
    try:
        return None if text is None else length(text)
    except ValueError as error:
        raise ConfigError(f"--silence: {error}") from error


def _instant(text: str | None, zone: str, option: str) -> datetime | None:
    return None if text is None else day_or_instant(text, zone, option)


def _wanted(found: Mapping[str, Measured], only: Sequence[str]) -> list[str]:
    for name in only:
        if name not in found:
            raise ConfigError(f"--circuit {name!r} is not in the files{did_you_mean(name, found)}")
    return [name for name in sorted(found) if not only or name in only]


def _print(accounts: Sequence[Account], left_out: Mapping[LeftOut, int], reads: Reader) -> None:
    from monitor.commands.report import print_wide

    print_wide(_table_of_figures(accounts, reads))
    faults = _table_of_faults(accounts, reads)
    if faults.row_count:
        print_wide(faults)
    if left_out:
        reasons = ", ".join(f"{why} {count}" for why, count in sorted(left_out.items()))
        typer.echo(reads.say(message("availability-left-out", reasons=reasons)), err=True)


def _table(title: Message, left: Sequence[str], right: Sequence[str], reads: Reader) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(reads.say(title)))
    for name in (*left, *right):
        head = Text(reads.say(message(f"availability-column-{name}")))
        table.add_column(head, justify="left" if name in left else "right", no_wrap=True)
    return table


def _table_of_figures(accounts: Sequence[Account], reads: Reader) -> Table:
    from rich.text import Text

    from monitor.availability import repeats

    lengths = ("unavailable", "degraded", "unknown", "excused")
    columns = ("availability", "bounds", *lengths, "faults")
    table = _table(message("availability-title", zone=reads.zone), ("circuit", "period"), columns, reads)
    for one in accounts:
        for of in one.figures:
            times = (exact_length(getattr(of, name)) for name in lengths)
            number = repeats(one.faults, (of.bounds.start, of.bounds.end))
            shares = percent(of.availability), bounds(of)
            table.add_row(Text(inert(one.circuit)), str(of.bounds.number), *shares, *times, f"{number:,}")
    return table


def _table_of_faults(accounts: Sequence[Account], reads: Reader) -> Table:
    from rich.text import Text

    stamps = ("onset", "detected", "accepted", "restored", "ended")
    table = _table(message("availability-faults"), ("circuit", *stamps), ("unavailable", "contested", "outages"), reads)
    for one in accounts:
        for fault in one.faults:
            table.add_row(Text(inert(one.circuit)), *_cells(fault, stamps, reads))
    return table


def _cells(fault: Fault, stamps: Sequence[str], reads: Reader) -> list[str]:
    instants: list[Any] = [getattr(fault, name) for name in stamps]
    flaps = " " + reads.say(message("availability-flapping")) if fault.flapping else ""
    return [
        *("–" if at is None else reads.time(at) for at in instants),
        exact_length(fault.unavailable),
        exact_length(fault.contested),
        f"{fault.outages}{flaps}",
    ]


def percent(share: float | None, up: bool = False) -> str:
    """A share in percent, cut to three places and never rounded to all; a dash where nothing is known."""
    if share is None:
        return "–"
    cut = ceil(share * 100_000 - 1e-6) if up else floor(share * 100_000 + 1e-6)
    cut = min(cut, 99_999) if share < 1 and not up else cut
    return f"{cut / 1000:.3f} %"


def bounds(of: Figures) -> str:
    """The least and the greatest availability, whatever the unknown time was."""
    if of.least is None or of.most is None:
        return "–"
    return f"{percent(of.least)} – {percent(of.most, up=True)}"
