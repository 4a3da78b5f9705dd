"""Run a whole log through the engine, offline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from monitor import config as configuration
from monitor import plugins, policy_file
from monitor import replay as replaying
from monitor.commands.console import JsonOption, output
from monitor.commands.console import progress as a_progress
from monitor.errors import ConfigError
from monitor.mapping import SourceMapping


def replay(
    file: Annotated[Path, typer.Argument(help="The log: an audit CSV (or .gz), or events as JSON lines.")],
    source: Annotated[str, typer.Option(help="The collector that reads it: servicenow_audit or jsonl_file.")],
    policy: Annotated[str, typer.Option(help="A policy file, or the name of a shipped policy.")],
    zone: Annotated[str | None, typer.Option(help="Zone of times without one, and of `zone: site` calendars.")] = None,
    readings: Annotated[Path | None, typer.Option(help="Write a line per subject, target and cycle here.")] = None,
    subjects: Annotated[Path | None, typer.Option(help="Write a line per subject here.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Run a whole log through the engine, offline: what its promises came to."""
    from monitor.app import now

    module = plugins.load("monitor.collectors", source)
    if "path" not in plugins.options(module):
        raise ConfigError(f"--source {source} reads no file; use servicenow_audit or jsonl_file")
    if not file.is_file():
        raise ConfigError(f"{file}: there is no such file; check the path")
    rules_policy = policy_file.load(policy, zone or "UTC")
    given: dict[str, Any] = {"path": file}
    if zone is not None and "zone" in plugins.options(module):
        given["zone"] = zone
    collector = module.build(plugins.checked_options(module, given, f"replay {file}"))
    rules = configuration.rulebook(rules_policy, {source: getattr(module, "MAPPING", SourceMapping())})
    with a_progress() as progress, output(readings) as lines, output(subjects) as per_subject:
        log = replaying.read_log(collector, source, now(), progress)
        summary = replaying.replay(log, rules, source, lines, per_subject, progress)
    if not log.events:
        why = ", ".join(f"{count} {reason}" for reason, count in log.rejected.items()) or "it is empty"
        hint = "; give --zone, the zone of its times" if "time_without_zone" in log.rejected else ""
        raise ConfigError(f"{file}: no event could be read ({why}){hint}")
    summary = {"file": str(file), "zone": zone, **summary}
    if as_json:
        print(json.dumps(summary, ensure_ascii=False, indent=2))
    else:
        _print_summary(summary)


def _print_summary(summary: dict[str, Any]) -> None:
    console = Console(soft_wrap=True)
    for name in ("file", "policy", "subjects", "events", "duplicates", "out_of_order", "unknown_statuses", "rejected"):
        console.print(f"{name.replace('_', ' '):<17}{summary[name]}", highlight=False)
    states = Table("status", "seconds", title="Time in each status")
    for status, amount in summary["state_seconds"].items():
        states.add_row(status, f"{amount:,}")
    console.print(states)
    console.print(f"paused for reasons that the policy lists: {summary['pause_seconds']:,} s", highlight=False)
    table = Table("target", "tier", "met", "breached", "cancelled", "open", title="Promises")
    for target, by_tier in summary["outcomes"].items():
        for tier, outcome in by_tier.items():
            table.add_row(target, tier, *(f"{outcome[word]:,}" for word in ("met", "breached", "cancelled", "open")))
    console.print(table)
