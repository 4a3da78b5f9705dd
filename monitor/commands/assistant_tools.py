"""The questions that an assistant may ask, each answered by the function that the command of the same matter uses.

Nothing here writes: the database is opened for reading, and no secret of the configuration is read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from monitor import report as reporting
from monitor.commands.a_forecast import as_json_value as forecast_as_json
from monitor.commands.a_reader import reader
from monitor.commands.an_answer import answer
from monitor.commands.console import configured, to_read
from monitor.commands.console import instant as an_instant
from monitor.commands.explain import explained
from monitor.commands.in_parallel import Workers
from monitor.commands.oncall import desk_of
from monitor.commands.report import of_month
from monitor.commands.unknown import asked_sources, set_aside, unknown_as_json
from monitor.commands.would_tell import foretold
from monitor.config import Config
from monitor.errors import ConfigError
from monitor.explain import WithheldPage, alert_sentences, seconds, text
from monitor.explain import as_json as explanation_as_json
from monitor.listing import LISTED_STATES, CausePlace, ClockPlace, ClockQuery, ClockRow, ListedCause
from monitor.messages import in_every_language
from monitor.model import State
from monitor.snapshot import is_stale
from monitor.text import shown

if TYPE_CHECKING:
    from monitor.store import Database

LONGEST_WORD = 400
"""Characters of an argument."""

MOST_ROWS = 50
"""Rows of one page of a list."""

PATIENCE = 20.0
"""Seconds for which a month is read; whoever asks has waited long enough then, and the command has no such bound."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: the configuration, its path, the instant of asking, and the arguments as they were given."""

    config: Config
    path: Path
    now: datetime
    words: Mapping[str, str]

    def word(self, name: str) -> str | None:
        """An argument; None where it was not given or is empty."""
        return self.words.get(name) or None

    def instant(self) -> datetime:
        """As of when is asked."""
        at = self.word("at")
        return self.now if at is None else an_instant(at, "at")

    def database(self) -> AbstractContextManager[Database]:
        """The database, for reading. Raises StoreError."""
        return to_read(self.config)


Found = tuple[Mapping[str, Any], datetime]
"""What was found, and as of when."""


@dataclass(frozen=True, slots=True)
class Tool:
    """One question that may be asked. `needed` and `optional` are its arguments, each with what it means."""

    name: str
    says: str
    find: Callable[[Asked], Found]
    needed: Mapping[str, str]
    optional: Mapping[str, str]

    def arguments(self, given: Mapping[str, Any]) -> dict[str, str]:
        """The arguments, all as texts. Raises ConfigError with a sentence for whatever is not one of this tool."""
        known = {**self.needed, **self.optional}
        for name, value in given.items():
            if name not in known:
                has = ", ".join(known) or "no arguments"
                raise ConfigError(f"{self.name} has no argument {name[:80]!r}; it has {has}")
            if not isinstance(value, str):
                raise ConfigError(f"{self.name}: {name} must be a text, in quotes")
            if len(value) > LONGEST_WORD:
                raise ConfigError(f"{self.name}: {name} has {len(value):,} characters; at most {LONGEST_WORD} are read")
        for name in self.needed:
            if not given.get(name):
                raise ConfigError(f"{self.name} needs the argument {name}: {self.needed[name]}")
        return dict(given)


def asked(tool: Tool, given: Mapping[str, Any], path: Path, now: datetime, people: bool) -> dict[str, Any]:
    """The answer to one question. Raises one of the five errors, whose sentence is then the answer."""
    words = tool.arguments(given)
    config = configured(path)  # anew each time: it may have been edited
    found, at = tool.find(Asked(config, path, now, words))
    rules = config.rules
    with to_read(config) as database:
        newest = _newest(database)
        hidden = None if people else _people(config, database, now)
    return answer(found, rules.policy.label, rules.version, newest, at, hidden)


def _newest(database: Database) -> str | None:
    """The hash of the rules that were published last."""
    from monitor.store import Records

    newest = Records(database).publications(1).rows
    return newest[0].version if newest else None


def _people(config: Config, database: Database, now: datetime) -> frozenset[str]:
    """Who is named in the rota, and who has silenced or acknowledged what holds now."""
    from alerts.oncall import rota_file
    from monitor.store import Views

    found = Views(database).in_force(now)
    names = {one.author for one in found.longest} | {one.author for one in found.newest}
    if config.oncall is not None:
        for id_, person in rota_file(config).roster.people.items():
            names |= {id_, person.name.en, person.name.zh}
    return frozenset(names - {""})


# -- one subject -----------------------------------------------------------------------------------------------------


def _explain(asked: Asked) -> Found:
    at = asked.instant()
    explanation = explained(asked.config, asked.words["subject"], asked.word("target"), at, asked.config.zone)
    return explanation_as_json(explanation), at


def _why_not(asked: Asked) -> Found:
    explanation = explained(asked.config, asked.words["subject"], None, asked.now, asked.config.zone)
    whole = explanation_as_json(explanation)
    withheld = [
        {
            "target": alert.target, "cycle": alert.cycle, "stage": alert.stage, "channel": one.channel,
            "at": text(one.at), "reason": one.reason, "sentence": _why_withheld(one, asked.config.zone),
        }
        for alert in explanation.alerts or ()
        for one in alert.withheld
    ]  # fmt: skip
    names = ("source", "subject", "kind", "without_clock", "unread", "untold")
    return {**{name: whole[name] for name in names}, "withheld": withheld}, asked.now


def _why_withheld(one: WithheldPage, zone: str) -> dict[str, str]:
    return in_every_language(alert_sentences.withheld(one, zone))


def _would_tell(asked: Asked) -> Found:
    forecast = foretold(asked.config, asked.words["subject"], asked.word("at"), asked.now, reader(asked.config))
    return forecast_as_json(forecast), forecast.since


# -- lists -----------------------------------------------------------------------------------------------------------


def _clocks(asked: Asked) -> Found:
    from monitor.store import Listing

    policy = asked.config.rules.policy
    tiers, targets = [rung.id for rung in policy.ladders.get("tier", ())], [rule.name for rule in policy.targets]
    sources, states = [one.name for one in asked.config.sources], [state.value for state in LISTED_STATES]
    one_of = {"tier": tiers, "target": targets, "state": states, "source": sources}
    wanted = {name: frozenset(_chosen(asked, name, known)) for name, known in one_of.items()}
    place = _place(asked, ClockPlace._fields)
    with asked.database() as database:
        stale = frozenset(name for name, one in _health(asked, database).items() if one["stale"])
        query = ClockQuery(
            wanted["tier"], wanted["target"], frozenset(map(State, wanted["state"])), wanted["source"],
            customer=asked.word("customer") or "", stale=stale,
        )  # fmt: skip
        page = Listing(database).clocks(query, MOST_ROWS, None if place is None else ClockPlace(*place))
    rows = [_clock(row) for row in page.rows]
    return {"clocks": rows, "next": None if page.next is None else json.dumps(page.next)}, asked.now


def _clock(row: ClockRow) -> dict[str, Any]:
    return {
        "source": row.key.source, "subject": row.key.subject, "target": row.target, "cycle": row.cycle,
        "tier": row.tier, "assurance": row.assurance, "state": row.shown_state.value, "life": row.life.value,
        "data_too_old": row.stale, "opened": text(row.opened), "deadline": text(row.deadline),
        "breached_at": text(row.breached_at), "measure": row.measure.value, "budget": seconds(row.budget),
        "counted": seconds(row.counted), "counted_at": text(row.read_at), "policy": row.policy,
        "customer": row.customer, "circuit": row.circuit, "team": row.team, "title": row.title,
    }  # fmt: skip


def _causes(asked: Asked) -> Found:
    from monitor.store import Causes

    place = _place(asked, CausePlace._fields)
    with asked.database() as database:
        page = Causes(database).page(MOST_ROWS, asked.now, None if place is None else CausePlace(*place))
    rows = [_cause(row) for row in page.rows]
    return {"causes": rows, "next": None if page.next is None else json.dumps(page.next)}, asked.now


def _cause(row: ListedCause) -> dict[str, Any]:
    return {
        "id": row.id, "key": row.key, "opened_at": text(row.opened_at), "closed_at": text(row.closed_at),
        "deadline": text(row.deadline), "tier": row.tier, "wave": row.wave, "breached": row.broken,
        "subjects": row.subjects, "more_subjects_than_counted": row.many,
        "members": [
            {"subject": str(one.key), "target": one.target, "stage": one.stage, "deadline": text(one.deadline)}
            for one in row.members
        ],
    }  # fmt: skip


def _sources(asked: Asked) -> Found:
    from monitor.store import Views

    with asked.database() as database:
        found = _health(asked, database)
        aside = Views(database).quarantined()
    for (source, reason), number in aside.items():
        if source in found:
            found[source]["set_aside"][reason] = number
    return {"sources": [{"source": name, **one} for name, one in found.items()]}, asked.now


def _health(asked: Asked, database: Database) -> dict[str, dict[str, Any]]:
    """Each configured source, and whether its data is too old to judge by."""
    from monitor.store import Views

    views = Views(database)
    rows, since = views.sources(), views.installed_at() or asked.now
    found: dict[str, dict[str, Any]] = {}
    for source in asked.config.sources:
        row = rows.get(source.name)
        last = None if row is None else row.last_success
        found[source.name] = {
            "type": source.kind, "up": None if row is None else row.up, "last_success": text(last),
            "data_from": text(None if row is None else row.watermark),
            "stale": is_stale(last, source.stale_after, since, asked.now),
            "stale_after_seconds": seconds(source.stale_after),
            "error": "" if row is None or row.up else row.error, "set_aside": {},
        }  # fmt: skip
    return found


def _unknown_words(asked: Asked) -> Found:
    return unknown_as_json(*set_aside(asked.config, asked_sources(asked.config, asked.word("source")))), asked.now


def _chosen(asked: Asked, name: str, known: list[str]) -> list[str]:
    """The words of an argument, between commas. Raises ConfigError for one that there is not."""
    chosen = [word.strip() for word in (asked.word(name) or "").split(",") if word.strip()]
    for word in chosen:
        if word not in known:
            raise ConfigError(f"{name} {word!r} is none of this configuration; it has {', '.join(known) or 'none'}")
    return chosen


def _place(asked: Asked, fields: tuple[str, ...]) -> list[Any] | None:
    """Where the next page begins. Raises ConfigError for what no answer has said."""
    after = asked.word("after")
    if after is None:
        return None
    numbers = {"missing", "value", "cycle", "over", "closed_at"}
    try:
        place = json.loads(after)
    except (ValueError, RecursionError):
        place = None
    kinds = [int if name in numbers else str for name in fields]
    if not isinstance(place, list) or [type(one) for one in place] != kinds or not all(map(_fits, place)):
        raise ConfigError("after is none of this list; give the `next` of the answer before, letter for letter")
    return place


def _fits(one: int | str) -> bool:
    return isinstance(one, str) or abs(one) < 1 << 62


# -- the rest --------------------------------------------------------------------------------------------------------


def _on_duty(asked: Asked) -> Found:
    desk = desk_of(asked.path, asked.word("team"), asked.word("at"), None)
    return {"teams": [desk.duty(team) for team in desk.teams]}, desk.now


def _reports(asked: Asked) -> Found:
    begun = monotonic()

    def patience(_what: str, done: int, _total: int | None) -> None:
        if monotonic() - begun > PATIENCE:
            raise ConfigError(
                f"month {asked.words['month']}: {done:,} subjects were read in {PATIENCE:g} s and more are left; have"
                " the command `report` typed for that month, which takes the time that it needs"
            )

    wanted = reporting.month(asked.words["month"])
    month = of_month(asked.config, wanted, asked.now, patience, Workers.of(1))
    rows = [reporting.record(row) | {"source": row.group.source} for row in month.rows]
    kept = {"reported_for_good_at": text(month.made_at), "zone": asked.config.zone}
    return {"month": str(wanted), **kept, "rows": rows}, month.until


def _policy(asked: Asked) -> Found:
    from monitor.store import Records

    policy = asked.config.rules.policy
    with asked.database() as database:
        published = Records(database).publications(MOST_ROWS).rows
    targets = [
        {
            "target": rule.name, "title": in_every_language(rule.title), "of": rule.of.value,
            "budgets": [
                {"when": {name: sorted(values) for name, values in row.when.items()}, "budget": shown(row.budget)}
                if row.budget else {"when": {name: sorted(values) for name, values in row.when.items()}}
                for row in rule.rows
            ],
        }
        for rule in policy.targets
    ]  # fmt: skip
    return {
        "policy": policy.label, "effective_from": str(policy.effective_from), "targets": targets,
        "published": [
            {"at": text(one.at), "rules": one.version, "policies": list(one.policies), "author": one.author,
             "changes": list(one.changes)}
            for one in published
        ],
    }, asked.now  # fmt: skip


_SUBJECT = {"subject": "the ticket's or circuit's id, or SOURCE/ID"}
_AT = {"at": "as of this instant, ISO 8601 with zone; without it, now"}
_AFTER = {"after": "the `next` of the answer before, for the next page"}

TOOLS = {
    tool.name: tool
    for tool in (
        Tool("explain", "Every clock of one ticket, circuit or change: state, deadline, what counted, what did not and"
             " why, and what was sent.", _explain, _SUBJECT, {"target": "only this target", **_AT}),
        Tool("why_not", "Why one subject has no clock for a promise, and why nobody was told of what it has.",
             _why_not, _SUBJECT, {}),
        Tool("would_tell", "Who would be told what of one subject, when, by which receiver, and why not the others, if"
             " no event comes.", _would_tell, _SUBJECT, {"at": "from this later instant on, ISO 8601 with zone"}),
        Tool("clocks", "Open clocks, the nearest deadline first, fifty at a time.", _clocks, {}, {
             "tier": "only these tiers, between commas", "target": "only these targets", "state": "only these states",
             "source": "only these sources", "customer": "only this customer, as its source writes it", **_AFTER}),
        Tool("causes", "Root causes: what many clocks alert for together; those that last, then those that are over.",
             _causes, {}, _AFTER),
        Tool("on_duty", "Who is on duty in each team of the rota, and until when.", _on_duty, {},
             {"team": "only this team", **_AT}),
        Tool("sources", "Each source: whether it answers, how old its data is, what was set aside.", _sources, {}, {}),
        Tool("unknown_words", "Words of sources that are not understood, with the mapping to write.", _unknown_words,
             {}, {"source": "only this source"}),
        Tool("reports", "What a month's promises came to, by source, tier, assurance and target.", _reports,
             {"month": "such as 2026-10, in the zone of the configuration"}, {}),
        Tool("policy", "The promises that hold, and when which rules were published.", _policy, {}, {}),
    )
}  # fmt: skip
"""At most ten: more of them, and an assistant chooses worse."""
