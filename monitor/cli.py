"""The command `tierwatch`: run, demo, check-config, explain, replay.

Prints for people, or JSON with --json. Every failure is a sentence on standard error and exit code 1 (2: bad usage).
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.commands.console import ConfigOption
from monitor.commands.on_demand import CommandsOnDemand
from monitor.errors import TierwatchError

if TYPE_CHECKING:
    from monitor.config import Config

app = typer.Typer(
    cls=CommandsOnDemand, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__
)


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
    from monitor.config import load

    _log_to_stderr()
    _run(load(config), None)


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
    from monitor.commands import demo_setup as demonstration
    from monitor.config import load

    demonstration.check_speed(speed)
    _log_to_stderr()
    longest = duration or 3600.0
    with demonstration.operator(speed, longest + 60) as simulator:
        path = demonstration.write_config(folder, port, speed, simulator)
        _run(load(path), longest, f"explain a ticket with: tierwatch explain TICKET --config {path}")


def _run(config: Config, seconds: float | None, hint: str = "") -> None:
    from monitor.net import deadline, descriptors
    from monitor.service import Program

    descriptors.raise_limit()
    built: list[Program] = []

    def stop(_number: int, _frame: FrameType | None) -> None:
        if not built:  # a calendar is read, nothing runs yet
            deadline.abort()
            raise SystemExit(0)
        built[0].ask_to_stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    program = Program(config)
    built.append(program)
    try:
        program.start()
        print(f"tierwatch is at {program.address}  (metrics: {program.address}/metrics)", flush=True)
        if hint:
            print(hint, flush=True)
        program.wait(seconds)
    finally:
        left = program.stop()
    if left:  # the interpreter would wait for them
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


@app.command("check-config")
def check_config(config: ConfigOption = Path("tierwatch.yml")) -> None:
    """Check a configuration and its policy; list the rungs for which the policy has no figure."""
    from monitor.config import load
    from monitor.wallclock import now
    from monitor.worktime import entries_left_out
    from monitor.worktime import notices as calendar_notices

    checked = load(config)
    policy = checked.rules.policy
    print(f"{config}: good. Policy {policy.label}: {policy.title.en} {policy.title.zh}")
    for source in checked.sources:
        print(f"source {source.name}: {source.kind}, every {source.every}, mapping version {source.mapping.version}")
        if source.mapping.opened_at == "ignored":
            print("  the openings that it states are ignored: clocks begin with the first event seen")
    for receiver in checked.receivers:
        print(f"receiver {receiver.name}: {receiver.kind}{', personal' if receiver.personal else ''}")
    for line in _people(checked):
        print(line)
    for line in _watched(checked):
        print(line)
    said = (*calendar_notices(checked.calendars, now().date()), *entries_left_out(checked.calendars))
    for line in (*said, *_notices(checked)):
        print(line)
    print(_series(checked))
    for line in _figures(checked):
        print(line)


def _figures(checked: Config) -> Iterator[str]:
    """What has no figure, and what of each version is assumed."""
    from monitor.policy import assumed

    policy = checked.rules.policy
    for rule in policy.targets:
        if not rule.rows:
            yield f"target {rule.name}: no figure at all, so it applies to nothing"
    for target, ladder, rung in policy.missing():
        yield f"target {target}: no figure for {ladder} {rung}, so it does not apply there"
    yield from filter(None, map(assumed, checked.rules.policies))


def _series(checked: Config) -> str:
    """How much there is to scrape."""
    from alerts.delivery import ways_out
    from exporters import series

    channels = sum(len(ways_out(receiver)[1]) for receiver in checked.receivers)
    of = series.sizes(checked.rules.policies, len(checked.sources), channels)
    return (
        f"metrics: at most {series.at_most(of)} series, for {of.groups} combinations of source, tier, assurance and"
        " target"
    )


def _people(checked: Config) -> Iterator[str]:
    """Who is called, and when nobody is there; a mistake in the rota is one of the configuration."""
    from alerts.delivery import ways_out
    from alerts.oncall import guarded_layers, read_rota, remarks
    from monitor.wallclock import now

    for receiver in checked.receivers:
        if receiver.personal or receiver.repeat is not None:
            ways_out(receiver)
    if checked.oncall is not None:
        oncall, said = read_rota(checked, now())
        yield f"oncall {checked.oncall.name}: {len(oncall.roster.teams)} teams, {len(oncall.roster.people)} people"
        yield from guarded_layers(oncall.roster, now())
        yield from (*said, *remarks(checked, oncall, now()))


def _watched(checked: Config) -> Iterator[str]:
    """Who notices if tierwatch itself fails."""
    if checked.heartbeat is None:
        yield "heartbeat: no url, so nobody outside notices when tierwatch or its machine is gone; see docs/trust.md"
    else:
        yield f"heartbeat: every {checked.heartbeat_every} to the address in {checked.heartbeat.origin}"
    if checked.synthetic_every is None:
        yield "synthetic clock: off, so nothing proves that a crossing would reach the receivers; see docs/trust.md"
    else:
        yield f"synthetic clock: every {checked.synthetic_every}"


def _notices(checked: Config) -> Iterator[str]:
    """What is no mistake, and may still not be meant."""
    from monitor.text import shown

    policy = checked.rules.policy
    yield from checked.notices
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
    from monitor.config import policy_file
    from monitor.config import schema as config_text

    found = policy_file.json_schema() if kind is Schema.POLICY else config_text.json_schema()
    print(json.dumps(found, ensure_ascii=False, indent=2))


def _log_to_stderr() -> None:
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    import structlog

    from monitor.log import OnceAMinute, harmless, plain_traceback

    sparing = OnceAMinute()
    others = logging.StreamHandler()
    others.setLevel(logging.WARNING)
    others.addFilter(sparing)
    logging.getLogger().addHandler(others)
    structlog.configure(
        processors=[
            sparing,
            harmless,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(),
                pad_event_to=0,
                exception_formatter=plain_traceback,  # others print what variables hold: links, secrets
            ),
        ],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )


if __name__ == "__main__":
    main()
