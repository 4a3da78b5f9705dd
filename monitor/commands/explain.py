"""Print one subject's clocks, interval by interval."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from monitor.commands.a_reader import ZoneOption, a_zone
from monitor.commands.console import ConfigOption, JsonOption, LanguageOption, configured, print_line, to_read
from monitor.commands.console import instant as an_instant
from monitor.commands.console import language as a_language
from monitor.config import Config
from monitor.errors import ConfigError
from monitor.explain import Explanation, as_lines, as_of, explain_group, explained_since, in_zone, with_alerts
from monitor.explain import as_json as to_json
from monitor.explain import explain as explaining
from monitor.text import json_line, shown_time


def explain(
    subject: Annotated[str, typer.Argument(help="The ticket's or circuit's id, or SOURCE/ID.")],
    config: ConfigOption = Path("tierwatch.yml"),
    target: Annotated[str | None, typer.Option(help="Only this target.")] = None,
    at: Annotated[str | None, typer.Option(help="As of this instant (ISO 8601 with zone). Default: now.")] = None,
    language: LanguageOption = None,
    zone: ZoneOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print every interval of a subject's clocks: what counted, what did not, and which event began it."""
    from monitor.wallclock import now

    checked = configured(config)
    choice, where = a_language(language, checked.language), a_zone(zone, checked.zone)
    instant = an_instant(at) if at is not None else now()
    explanation = explained(checked, subject, target, instant, where)
    if as_json:
        print(json_line(to_json(explanation), indent=2))
        return
    for line in as_lines(explanation, choice, str(config)):
        print_line(line)


def explained(checked: Config, subject: str, target: str | None, instant: datetime, where: str) -> Explanation:
    """The clocks of the one subject that is meant, as of an *instant*, with what was sent; times are in *where*.

    Raises ConfigError where there is no such subject or target, or nothing was known of it by then.
    """
    from monitor.store import Views

    known = [rule.name for rule in checked.rules.policy.targets]
    if target is not None and target not in known:
        raise ConfigError(f"target {target!r} is not in policy {checked.rules.policy.label}; it has {', '.join(known)}")
    with to_read(checked) as database:
        views = Views(database)
        keys = views.find(subject)
        if not keys:
            raise ConfigError(
                f"{subject}: no source has named it; look for its id on the page, or in the source itself"
            )
        if len(keys) > 1:
            raise ConfigError(f"{subject}: several sources know it; name one: {', '.join(str(key) for key in keys)}")
        events = [event for event in views.events_of(keys[0]) if event.at <= instant]
        record = views.group(keys[0], lambda value: explained_since(keys[0], value, checked.rules, instant), instant)
        if not events and record is None:
            raise ConfigError(
                f"{subject}: nothing was known of it by {shown_time(instant, where)}; ask for a later instant"
            )
        alerts = [alert for alert in views.alerts_of(keys[0]) if target in (None, alert.target)]
        if record is not None:
            explained = explain_group(record, checked.rules, instant)
        else:
            explained = explaining(events, checked.rules, as_of(events, instant), target)
        return in_zone(with_alerts(explained, alerts), where)
