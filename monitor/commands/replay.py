"""Run a whole log through the engine, offline."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from monitor.commands import a_log
from monitor.commands.a_reader import LogLanguageOption, Reader, reader_of_log
from monitor.commands.console import JsonOption, output, print_words, say_what_calendars_lack
from monitor.commands.console import progress as a_progress
from monitor.commands.in_parallel import Workers, WorkersOption
from monitor.commands.report import head
from monitor.config import build_rulebook, policy_file
from monitor.machine import gc_paused
from monitor.messages import message
from monitor.report import replay as replaying
from monitor.text import inert, json_line, shown


def replay(
    file: Annotated[Path, typer.Argument(help="The log: an audit CSV (or .gz), or events as JSON lines.")],
    source: Annotated[str, typer.Option(help="The collector that reads it: servicenow_audit or jsonl_file.")],
    policy: Annotated[str, typer.Option(help="A policy file, or the name of a shipped policy.")],
    zone: Annotated[str | None, typer.Option(help="Zone of times without one, and of `zone: site` calendars.")] = None,
    readings: Annotated[Path | None, typer.Option(help="Write a line per subject, target and cycle here.")] = None,
    subjects: Annotated[Path | None, typer.Option(help="Write a line per subject here.")] = None,
    language: LogLanguageOption = None,
    as_json: JsonOption = False,
    workers: WorkersOption = None,
) -> None:
    """Run a whole log through the engine, offline, and print the outcome of every promise."""
    from monitor.wallclock import now

    log_file = a_log.log_file("replay", file, source, zone)
    rules = build_rulebook.rulebook(policy_file.load(policy, zone or "UTC"), {source: log_file.mapping})
    reads = reader_of_log(rules.policies, zone, language)
    say_what_calendars_lack(rules.policies)
    with gc_paused(), a_progress() as progress, output(readings) as lines, output(subjects) as per_subject:
        log = log_file.read(now(), progress)
        summary = replaying.replay(log, rules, source, lines, per_subject, progress, Workers.of(workers))
    summary = {"file": str(file), "zone": zone, **summary}
    if as_json:
        print(json_line(summary, indent=2))
    else:
        _print_summary(summary, reads)


def _print_summary(summary: dict[str, Any], reads: Reader) -> None:
    console = Console(soft_wrap=True)
    for name in ("file", "policy", "subjects", "events", "duplicates", "out_of_order", "unknown_statuses", "rejected"):
        console.print(f"{name.replace('_', ' '):<17}{summary[name]}", highlight=False)
    print_words(summary["not_understood"])
    states = Table("status", Column("time", justify="right"), title="Time in each status")
    for status, amount in summary["state_seconds"].items():
        states.add_row(Text(inert(status)), shown(timedelta(seconds=amount)))
    console.print(states)
    paused = shown(timedelta(seconds=summary["pause_seconds"]))
    console.print(f"paused for reasons that the policy lists: {paused}", highlight=False)
    outcomes = ("met", "breached", "cancelled", "open")
    heads = [Column(Text(head(name, reads))) for name in ("target", "tier", *outcomes)]
    table = Table(*heads, title=Text(reads.say(message("report-title-logs"))))
    for target, by_tier in summary["outcomes"].items():
        for tier, outcome in by_tier.items():
            names = Text(reads.target(target)), Text(reads.rung("tier", tier))
            table.add_row(*names, *(f"{outcome[word]:,}" for word in outcomes))
    console.print(table)
