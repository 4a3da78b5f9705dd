"""The command `tierwatch`: run, demo, check-config, explain, replay.

Prints for people, or JSON with --json. Every failure is a sentence on standard error and exit code 1 (2: bad usage).
"""

from __future__ import annotations

import json
import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import IO, Annotated, Any

import structlog
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from monitor import config as configuration
from monitor import demo as demonstration
from monitor import plugins, policy_file
from monitor import replay as replaying
from monitor.calendars import notices as calendar_notices
from monitor.errors import ConfigError, TierwatchError
from monitor.explain import as_lines
from monitor.explain import explain as explaining
from monitor.lengths import shown
from monitor.mapping import SourceMapping

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)

ConfigOption = Annotated[
    Path, typer.Option("--config", "-c", envvar="TIERWATCH_CONFIG", help="The configuration file.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def main() -> None:
    """Run the command line; a failure of ours that was foreseen is one sentence, never a traceback."""
    try:
        app()
    except TierwatchError as error:
        typer.echo(str(error), err=True)
        sys.exit(1)


@app.command()
def run(config: ConfigOption = Path("tierwatch.yml")) -> None:
    """Watch the configured sources until stopped."""
    _log_to_stderr()
    _run(configuration.load(config), None)


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Port of the page, on loopback.")] = 8321,
    speed: Annotated[float, typer.Option(help="How much faster than life; budgets shrink alike.")] = 60,
    duration: Annotated[
        float, typer.Option(help="Stop after so many seconds; 0: run until stopped, an hour at most.")
    ] = 0,
    folder: Annotated[Path, typer.Option(help="Where the demo's configuration and database are put.")] = Path(".demo"),
) -> None:
    """Watch a simulated operator: 300 customers, 2,000 circuits, faults that open, wait, are restored and come back."""
    _log_to_stderr()
    longest = duration or 3600.0
    with demonstration.operator(speed, longest + 60) as simulator:
        path = demonstration.write_config(folder, port, speed, simulator)
        _run(configuration.load(path), longest, f"explain a ticket with: tierwatch explain TICKET --config {path}")


def _run(config: configuration.Config, seconds: float | None, hint: str = "") -> None:
    from monitor.app import Program

    program = Program(config)

    def stop(_number: int, _frame: FrameType | None) -> None:
        program.ask_to_stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    try:
        program.start()
        print(f"tierwatch is at {program.address}  (metrics: {program.address}/metrics)", flush=True)
        if hint:
            print(hint, flush=True)
        program.wait(seconds)
    finally:
        program.stop()


@app.command("check-config")
def check_config(config: ConfigOption = Path("tierwatch.yml")) -> None:
    """Check a configuration and its policy; list the rungs for which the policy has no figure."""
    from monitor.app import now

    checked = configuration.load(config)
    policy = checked.rules.policy
    print(f"{config}: good. Policy {policy.label}: {policy.title.en} {policy.title.zh}")
    for source in checked.sources:
        print(f"source {source.name}: {source.kind}, every {source.every}, mapping version {source.mapping.version}")
    for receiver in checked.receivers:
        print(f"receiver {receiver.name}: {receiver.kind}")
    for line in (*calendar_notices(policy.calendars.values(), now().date()), *_notices(checked)):
        print(line)
    for rule in policy.targets:
        if not rule.rows:
            print(f"target {rule.name}: no figure at all, so it applies to nothing")
    for target, ladder, rung in policy.missing():
        print(f"target {target}: no figure for {ladder} {rung}, so it does not apply there")


def _notices(checked: configuration.Config) -> Iterator[str]:
    """What is no mistake, and may still not be meant."""
    policy = checked.rules.policy
    if not any(stages for by_rung in policy.stages.values() for stages in by_rung.values()):
        yield "stages: this policy pages nobody: it has no ladder, or no stages"
    for target, stage, budget in policy.idle_stages():
        yield f"target {target}: stage {stage} says nothing of its budget of {shown(budget)}, which is not longer"
    if not checked.page_url and checked.host in ("0.0.0.0", "::"):
        yield f"page_url: links in pages will name {checked.host}, which leads nowhere; write the address people use"
    for source in checked.sources:
        rules = source.mapping.statuses.items()
        for status, reason in ((word, rule.reason) for word, rule in rules if rule.reason):
            if reason not in policy.reasons:
                yield f"source {source.name}: {status!r} waits for {reason}, which policy {policy.label} does not have"


class Schema(StrEnum):
    """Which file's schema is asked for."""

    POLICY = "policy"
    CONFIG = "config"


@app.command()
def schema(kind: Annotated[Schema, typer.Argument(help="Which file is to be checked.")] = Schema.POLICY) -> None:
    """Print the JSON Schema of a policy or a configuration, so that an editor completes and checks it."""
    found = policy_file.json_schema() if kind is Schema.POLICY else configuration.json_schema()
    print(json.dumps(found, ensure_ascii=False, indent=2))


@app.command()
def explain(
    subject: Annotated[str, typer.Argument(help="The ticket's or circuit's id, or SOURCE/ID.")],
    config: ConfigOption = Path("tierwatch.yml"),
    target: Annotated[str | None, typer.Option(help="Only this target.")] = None,
    at: Annotated[str | None, typer.Option(help="As of this instant (ISO 8601 with zone); now if left out.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Print every interval of a subject's clocks: what counted, what did not, and because of which event."""
    from monitor.app import now
    from monitor.store.database import readonly
    from monitor.store.views import Views

    checked = configuration.load(config)
    instant = _instant(at) if at is not None else now()
    known = [rule.name for rule in checked.rules.policy.targets]
    if target is not None and target not in known:
        raise ConfigError(f"target {target!r} is not in policy {checked.rules.policy.label}; it has {', '.join(known)}")
    database = readonly(checked.database)
    try:
        views = Views(database)
        keys = views.find(subject)
        if not keys:
            raise ConfigError(
                f"{subject}: no source has named it; look for its id on the page, or in the source itself"
            )
        if len(keys) > 1:
            raise ConfigError(f"{subject}: several sources know it; name one: {', '.join(str(key) for key in keys)}")
        events = [event for event in views.events_of(keys[0]) if event.at <= instant]
        if not events:
            raise ConfigError(f"{subject}: nothing was known of it by {instant.isoformat()}; ask for a later instant")
        said = {**explaining(events, checked.rules, instant, target), "alerts": views.told(keys[0])}
    finally:
        database.close()
    if as_json:
        print(json.dumps(said, ensure_ascii=False, indent=2))
        return
    for line in as_lines(said):
        print(line)
    for alert in said["alerts"]:
        answered = ", ".join(f"{d['channel']} {d['accepted_at'] or 'not yet'}" for d in alert["deliveries"]) or "nobody"
        print(f"alert {alert['target']} {alert['stage']}: {alert['state']} ({alert['reason']}), told: {answered}")


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"--at {text!r} is not an instant; write 2026-11-21T12:00:00+08:00") from error
    if instant.tzinfo is None:
        raise ConfigError(f"--at {text!r} has no zone; write {text}+08:00 or {text}Z")
    return instant.astimezone(UTC)


@app.command()
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
    with _progress() as progress, _output(readings) as lines, _output(subjects) as per_subject:
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


def _output(path: Path | None) -> Any:
    return nullcontext(None) if path is None else _opened(path)


@contextmanager
def _opened(path: Path) -> Iterator[IO[str]]:
    try:
        with path.open("w", encoding="utf-8") as file:
            yield file
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be written ({error.strerror}); check the folder and its permissions"
        ) from error


@contextmanager
def _progress() -> Iterator[replaying.Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, Any] = {}

        def show(what: str, done: int, total: int | None) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            if done % 500 == 0 or done == total:
                bar.update(tasks[what], completed=done)

        yield show


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


def _log_to_stderr() -> None:
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0),
        ],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )


if __name__ == "__main__":
    main()
