"""Check a configuration with its policy and its rota, and print what may not be meant in it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import typer

from monitor.commands.console import ConfigOption, configured, print_line
from monitor.config import Config
from monitor.net import Secrets, noting

SECRETS_MISSING = 3
"""The exit code where nothing is wrong but secrets that are not there: on a machine that does not have them, say."""


def check_config(config: ConfigOption = Path("tierwatch.yml")) -> None:
    """Check a configuration and its policy; list the rungs for which the policy has no figure.

    Exit code 3 where nothing is wrong but secrets that are not there; each is named.
    """
    from monitor.wallclock import now
    from monitor.worktime import entries_left_out
    from monitor.worktime import notices as calendar_notices

    checked = configured(config, Secrets.IF_THERE)
    policy, missing = checked.rules.policy, list(checked.missing_secrets)
    with noting(checked.files):
        people = list(_people(checked, missing))
    good = "good but for its secrets" if missing else "good"
    print_line(f"{config}: {good}. Policy {policy.label}: {policy.title.en} {policy.title.zh}")
    for source in checked.sources:
        print_line(
            f"source {source.name}: {source.kind}, every {source.every}, mapping version {source.mapping.version}"
        )
        if source.mapping.opened_at == "ignored":
            print("  the openings that it states are ignored: clocks begin with the first event seen")
    for receiver in checked.receivers:
        print_line(f"receiver {receiver.name}: {receiver.kind}{', personal' if receiver.personal else ''}")
    for line in (*_exporters(checked), *people, *_watched(checked)):
        print_line(line)
    said = (*calendar_notices(checked.calendars, now().date()), *entries_left_out(checked.calendars))
    for line in (*said, *_notices(checked)):
        print_line(line)
    print_line(_series(checked))
    print_line(f"hash of the files: {checked.files.fingerprint}, as tierwatch_config_info has it once they run")
    for line in _figures(checked):
        print_line(line)
    for sentence in missing:
        print_line(f"secret missing: {sentence}", file=sys.stderr)
    if missing:
        number = f"{len(missing)} secret{'' if len(missing) == 1 else 's'}"
        print_line(f"{config}: everything else is good; {number} must be there before the start", file=sys.stderr)
        raise typer.Exit(SECRETS_MISSING)


def _exporters(checked: Config) -> Iterator[str]:
    """Where numbers are sent."""
    for exporter in checked.exporters:
        yield f"exporter {exporter.name}: {exporter.kind}, aggregates every {exporter.every}"


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
    from alerts.oncall import layers_of, rota_file
    from exporters import series

    channels = sum(len(ways_out(receiver)[1]) for receiver in checked.receivers)
    teams = rota_file(checked).roster.teams.values() if checked.oncall is not None else ()
    layers = sum(len(layers_of(schedule)) for schedule in teams)
    of = series.sizes(checked.rules.policies, len(checked.sources), channels, len(checked.exporters), layers)
    return (
        f"metrics: at most {series.at_most(of)} series, for {of.groups} combinations of source, tier, assurance and"
        " target"
    )


def _people(checked: Config, missing: list[str]) -> Iterator[str]:
    """Who is called, and when nobody is there; a mistake in the rota is one of the configuration.

    Adds to *missing* the secrets of the rota that are not there.
    """
    from alerts.delivery import ways_out
    from alerts.oncall import guarded_layers, read_rota, remarks
    from monitor.wallclock import now

    for receiver in checked.receivers:
        if receiver.personal or receiver.repeat is not None:
            ways_out(receiver)
    if checked.oncall is not None:
        oncall, said = read_rota(checked, now())
        missing.extend(oncall.missing_secrets)
        yield f"oncall {checked.oncall.name}: {len(oncall.roster.teams)} teams, {len(oncall.roster.people)} people"
        yield from guarded_layers(oncall.roster, now(), checked.zone)
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
    zones = sorted({one.zone for one in policy.calendars.values()})
    if zones and checked.zone not in zones:
        yield f"zone: times are shown in {checked.zone}, while the calendars of the policy count in {', '.join(zones)}"
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
