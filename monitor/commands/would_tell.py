"""Print who would be told what of one subject, when and how, and why not the others, if no event comes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Annotated

import typer

from monitor import config as configuration
from monitor.clock import LIVES_OF_GROUPS, Rulebook, engine, window
from monitor.commands.a_forecast import Forecast, as_json_value, as_lines
from monitor.commands.a_reader import Reader, ZoneOption, reader
from monitor.commands.console import ConfigOption, JsonOption, LanguageOption, configured, print_line, to_read
from monitor.commands.console import instant as an_instant
from monitor.errors import ConfigError
from monitor.history import Event
from monitor.model import SubjectKey
from monitor.policy import GROUPS
from monitor.text import json_line

AHEAD = timedelta(days=30)
"""How far ahead is foretold: as long as a silence may last."""


def would_tell(
    subject: Annotated[str, typer.Argument(help="The ticket's or circuit's id, SOURCE/ID, or the name of a group.")],
    config: ConfigOption = Path("tierwatch.yml"),
    at: Annotated[
        str | None, typer.Option(help="From this later instant on (ISO 8601 with zone). Default: now.")
    ] = None,
    language: LanguageOption = None,
    zone: ZoneOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print who would be told what of a subject, when and by which receiver, and why not the others."""
    from monitor.wallclock import now

    checked = configured(config)
    reads = reader(checked, zone, language)
    forecast = foretold(checked, subject, at, now(), reads)
    if as_json:
        print(json_line(as_json_value(forecast), indent=2))
        return
    for line in as_lines(forecast, reads):
        print_line(line)


def foretold(checked: configuration.Config, subject: str, at: str | None, present: datetime, reads: Reader) -> Forecast:
    """What would be told of the one subject that is meant from *at* on (None: the *present*). Raises ConfigError."""
    since = present if at is None else an_instant(at)
    if since < present:
        raise ConfigError(
            f"--at {reads.time(since)} is past; what was told is listed by"
            f" `{checked.commands.says('explain', about=subject)}` and `{checked.commands.says('alerts', 'list')}`"
        )
    return _forecast(checked, subject, present, since, reads)


def _forecast(checked: configuration.Config, subject: str, now: datetime, since: datetime, reads: Reader) -> Forecast:
    from alerts.decide import Repeats, RouteTable, foretold, foretold_repeats, labels
    from alerts.delivery import all_heard, routes_of, ways_out
    from alerts.oncall import Outgoing, read_rota, rota_of
    from alerts.oncall import foretold as people
    from monitor.store import Escalating, Foretelling, Views

    unread = [labels(source.name, checked.rules.policy, checked.instance) for source in checked.sources]
    ways = {one.name: routes_of(one, ways_out(one)[1]) for one in checked.receivers}
    by_name = all_heard(ways, unread)
    routes = tuple(route for mine in by_name.values() for route in mine)
    rota = rota_of(None if checked.oncall is None else read_rota(checked, now)[0])
    every = {
        route.channel.name: (route, one.repeat)
        for one in checked.receivers
        if one.repeat
        for route in by_name[one.name]
    }
    until, rules = since + AHEAD, checked.rules
    with to_read(checked) as database:
        views = Views(database)
        key = _named(views.find(subject), subject, checked)
        counted_in = {key: ""} if key.source == GROUPS else _counted_in(views.events_of(key), rules, until)
        store = Foretelling(database)
        settings = configuration.alert_settings(checked, store.installed_at(now))
        stored = store.stored(
            key, checked.root_causes, counted_in, lambda one, value, at: window(one, value, rules, at), now
        )
        standing = Escalating(database).look(now).standing
    numbers = count(1)  # causes that do not exist yet have no id
    router = RouteTable(routes, lambda: settings, lambda: f"new-{next(numbers)}")
    looks = tuple(foretold.foretell(stored, checked.rules, router, now, until))
    if key not in looks[0].outcomes:
        raise ConfigError(f"{subject}: nothing was known of it by {reads.time(now)}; ask again later")
    own = {f"#{cause.id}" for cause in looks[0].causes.values()}
    mine = [one for one in standing if one.firing[0].subject in stored.subjects or one.firing[0].cause_key in own]
    out = Outgoing(by_name, checked.page_url, None, checked.zone, checked.covered)
    calls = tuple(people.foretell(looks, mine, stored.silences, rota, out, until))
    settled = people.settled(looks, calls)
    known = Repeats(
        every,
        stored.answered,
        stored.silences,
        tuple(people.held(mine, calls)),
        tuple(people.page_events(looks, calls)),
    )
    again = tuple(foretold_repeats.foretell(settled, known, settings, until))
    # more instants than are looked at: what is told is known up to the last of them
    cut_short = len(looks) == foretold.MOST_LOOKS
    return Forecast(
        key, rules.policy.label, since, looks[-1].at if cut_short else until, settled, calls, routes,
        {name: length for name, (_, length) in every.items()}, again, frozenset(counted_in), cut_short,
    )  # fmt: skip


def _counted_in(events: Sequence[Event], rules: Rulebook, until: datetime) -> dict[SubjectKey, str]:
    """The groups in which a subject counts, or will by *until* if no event comes, each with its value."""
    adds = engine.advance(events, None, rules, until).contributions if events else ()
    return {one.group: one.value for one in adds if one.what not in LIVES_OF_GROUPS}


def _named(found: tuple[SubjectKey, ...], subject: str, checked: configuration.Config) -> SubjectKey:
    """The one subject that is meant. Raises ConfigError with a sentence where there is none, or several."""
    if not found:
        raise ConfigError(f"{subject}: no source has named it; look for its id on the page, or in the source itself")
    if len(found) > 1:
        raise ConfigError(f"{subject}: several sources know it; name one: {', '.join(str(key) for key in found)}")
    if found[0].source not in {GROUPS, *(source.name for source in checked.sources)}:
        raise ConfigError(
            f"{found[0]}: its source is not in the configuration any more, so nobody is told of it; add it again"
        )
    return found[0]
