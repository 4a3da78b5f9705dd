"""Print who would be told what of one subject, when and how, and why not the others, if no event comes."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Annotated

import typer

from monitor import config as configuration
from monitor.commands.a_forecast import Forecast, as_json_value, as_lines
from monitor.commands.console import ConfigOption, JsonOption, LanguageOption, configured
from monitor.commands.console import instant as an_instant
from monitor.commands.console import language as a_language
from monitor.errors import ConfigError
from monitor.model import SubjectKey

AHEAD = timedelta(days=30)
"""How far ahead is foretold: as long as a silence may last."""


def would_tell(
    subject: Annotated[str, typer.Argument(help="The ticket's or circuit's id, or SOURCE/ID.")],
    config: ConfigOption = Path("tierwatch.yml"),
    at: Annotated[
        str | None, typer.Option(help="From this later instant on (ISO 8601 with zone). Default: now.")
    ] = None,
    language: LanguageOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print who would be told what of a subject, when and by which receiver, and why not the others."""
    from monitor.wallclock import now

    checked = configured(config)
    choice = a_language(language, checked.language)
    present = now()
    since = present if at is None else an_instant(at)
    if since < present:
        raise ConfigError(
            f"--at {since.isoformat()} is past; what was told is listed by"
            f" `{checked.commands.says('explain', about=subject)}` and `{checked.commands.says('alerts', 'list')}`"
        )
    forecast = _forecast(checked, subject, present, since)
    if as_json:
        print(json.dumps(as_json_value(forecast), ensure_ascii=False, indent=2))
        return
    for line in as_lines(forecast, checked.zone, choice):
        print(line)


def _forecast(checked: configuration.Config, subject: str, now: datetime, since: datetime) -> Forecast:
    from alerts.decide import RouteTable, foretold, labels
    from alerts.delivery import all_heard, routes_of, ways_out
    from alerts.oncall import Outgoing, read_rota, rota_of
    from alerts.oncall import foretold as people
    from monitor.store import Escalating, Foretelling, Views, readonly

    unread = [labels(source.name, checked.rules.policy, checked.instance) for source in checked.sources]
    ways = {one.name: routes_of(one, ways_out(one)[1]) for one in checked.receivers}
    by_name = all_heard(ways, unread)
    routes = tuple(route for mine in by_name.values() for route in mine)
    rota = rota_of(None if checked.oncall is None else read_rota(checked, now)[0])
    repeats = {route.channel.name: one.repeat for one in checked.receivers if one.repeat for route in by_name[one.name]}
    until = since + AHEAD
    database = readonly(checked.database, checked.commands)
    try:
        key = _named(Views(database).find(subject), subject, checked)
        store = Foretelling(database)
        settings = configuration.alert_settings(checked, store.installed_at(now))
        stored = store.stored(key, checked.root_causes, now)
        standing = Escalating(database).look(now).standing
    finally:
        database.close()
    numbers = count(1)  # causes that do not exist yet have no id
    router = RouteTable(routes, lambda: settings, lambda: f"new-{next(numbers)}")
    looks = tuple(foretold.foretell(stored, checked.rules, router, now, until))
    if key not in looks[0].outcomes:
        raise ConfigError(f"{subject}: nothing was known of it by {now.isoformat()}; ask again later")
    own = {f"#{cause.id}" for cause in looks[0].causes.values()}
    mine = [one for one in standing if one.firing[0].subject in stored.subjects or one.firing[0].cause_key in own]
    out = Outgoing(by_name, checked.page_url, None, checked.zone, checked.covered)
    calls = tuple(people.foretell(looks, mine, stored.silences, rota, out, until))
    return Forecast(key, checked.rules.policy.label, since, until, people.settled(looks, calls), calls, routes, repeats)


def _named(found: tuple[SubjectKey, ...], subject: str, checked: configuration.Config) -> SubjectKey:
    """The one subject that is meant. Raises ConfigError with a sentence where there is none, or several."""
    if not found:
        raise ConfigError(f"{subject}: no source has named it; look for its id on the page, or in the source itself")
    if len(found) > 1:
        raise ConfigError(f"{subject}: several sources know it; name one: {', '.join(str(key) for key in found)}")
    if found[0].source not in {source.name for source in checked.sources}:
        raise ConfigError(
            f"{found[0]}: its source is not in the configuration any more, so nobody is told of it; add it again"
        )
    return found[0]
