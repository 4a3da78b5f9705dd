"""List crossings and pages that were not delivered and have no reason on record."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.commands.a_reader import ZoneOption, reader
from monitor.commands.console import ConfigOption, JsonOption, LanguageOption, configured, print_line, to_read
from monitor.errors import ConfigError
from monitor.explain import text
from monitor.messages import DEFAULT
from monitor.messages import text as in_language
from monitor.text import json_line, length, shown


def audit(
    config: ConfigOption = Path("tierwatch.yml"),
    since: Annotated[str, typer.Option(help="How far back: 24h, 7d.")] = "24h",
    language: LanguageOption = None,
    zone: ZoneOption = None,
    as_json: JsonOption = False,
) -> None:
    """List every crossing and page that was not delivered and has no reason on record. Exit code 1 if there are any."""
    from alerts.decide import audit as auditor
    from monitor.store import Auditing, Heartbeats
    from monitor.wallclock import now

    try:
        back = length(since)
    except ValueError as error:
        raise ConfigError(f"--since: {error}") from error
    checked, at = configured(config), now()
    reads = reader(checked, zone, language)
    with to_read(checked) as database:
        store = Heartbeats(database)
        installed, channels = store.installed_at(), store.channels()
        if installed is None or not channels:
            raise ConfigError(
                f"{config}: nothing has run on its database yet; start `{checked.commands.says('run')}` first"
            )
        found = auditor.audit(Auditing(database), checked.rules, channels, installed, at - back, at)
    if as_json:
        said = [
            {
                "kind": finding.kind.value,
                "what": finding.what,
                "since": text(finding.since),
                "channel": finding.channel,
                "detail": finding.detail,
                "sentence": in_language(auditor.sentence(finding, reads.names.targets, reads.zone), DEFAULT),
            }
            for finding in found
        ]
        print(json_line(said, indent=2))
    else:
        for finding in found:
            print_line(reads.say(auditor.sentence(finding, reads.names.targets, reads.zone)))
        if not found:
            print_line(f"every crossing and page of the last {shown(back)} was delivered, or has a reason on record")
    if found:
        raise typer.Exit(1)
