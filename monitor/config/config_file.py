"""Read `tierwatch.yml`: what is watched, by which policy, and who gets pages.

Every mistake names file, line and key and stops the start; a typing error never turns anything off. Secrets come
from the environment or from files, never from this file.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

from monitor.alert import ALWAYS, USUAL_TERMS, AckTerms, CoveredHours
from monitor.clock import Rulebook
from monitor.config import access_file, acknowledgements, build_rulebook, covered, policy_file, routes, yaml_file
from monitor.config import names as config_names
from monitor.config.access_file import AccessText
from monitor.config.exporters import ExporterConfig, configured_exporter
from monitor.config.hub import HubConfig, hub_of
from monitor.config.keep import KeepText
from monitor.config.metrics_config import MetricsConfig, configured_metrics
from monitor.config.plugin_options import NAME, Plugins, secrets_beside
from monitor.config.routes import World
from monitor.config.schema import (
    AttributeText,
    ConfigText,
    MappingText,
    ReceiverText,
    SourceText,
    no_address,
)
from monitor.config.yaml_file import Document
from monitor.errors import ConfigError
from monitor.history import AttributeRule, SourceMapping
from monitor.messages import DEFAULT
from monitor.net import FilesRead, Secret, Secrets, noting, noting_secrets, redact
from monitor.policy import GROUPS, Policy
from monitor.snapshot import OWN_SOURCE
from monitor.text import AS_INSTALLED, CommandLine, laid_over, shown
from monitor.worktime import Calendar

SHORTEST_LINK_SECRET = 32
"""Bytes."""

_UNSIGNED = "pages to people have links to acknowledge, and nothing signs them; add link_secret"

SHORTEST_REPEAT = timedelta(minutes=1)

FIXED = ("instance", "database", "listen")
"""The keys that only a start can change."""


@dataclasses.dataclass(frozen=True, slots=True)
class SourceConfig:
    """One source: its plug-in with checked options, its pace, its mapping, and what of it is not stored."""

    name: str
    kind: str
    module: ModuleType
    options: Any
    every: timedelta
    at_most: timedelta
    stale_after: timedelta
    mapping: SourceMapping
    leave_out: frozenset[str] = frozenset()
    keep_raw: bool = True


@dataclasses.dataclass(frozen=True, slots=True)
class ReceiverConfig:
    """One receiver: its plug-in with checked options. It gets a page again every `repeat` while an alert fires.

    Its pages wait for `hours`, which those of tiers and teams are a part of.
    """

    name: str
    kind: str
    module: ModuleType
    options: Any
    only: Mapping[str, frozenset[str]] = dataclasses.field(default_factory=dict)
    shadow: bool = False
    personal: bool = False
    repeat: timedelta | None = None
    hours: CoveredHours = ALWAYS


@dataclasses.dataclass(frozen=True, slots=True)
class Config:
    """A whole configuration, checked. An empty `page_url` stands for the address that the page is served on.

    `oncall` is the path of the rota, None without one; `alerts.oncall.roster_file` reads it. `heartbeat` is the address
    that gets a ping while all is well, every `heartbeat_every`; `synthetic_every` is how often a synthetic clock is
    sent through the program, None for never. `language` is the code of a language or `both`. `link_secrets` sign the
    links of pages, the present one first; `api_token` lets programs acknowledge. `untaken` lists the stages that page
    and that no receiver takes, without the rungs in `tell_nobody`; `notices` are warnings about what is allowed and may
    be an oversight. `covered` are the hours of tiers and teams; without `acknowledgements` none of them ever ends.
    `secrets` says whether those were read, `missing_secrets` names each that was wanted and is not there.
    `commands` makes the commands of hints.
    `secrets_read` are all that it names and that were found.
    `files` are those that it was read from, but for the rota. `places` are file, line and key of what only a start can
    change.
    `unsigned` is the sentence that refuses a rota where nothing signs its links; it is empty where something does.
    """

    instance: str
    zone: str
    database: str
    host: str
    port: int
    page_url: str
    catch_up: timedelta
    root_causes: tuple[str, ...]
    sources: tuple[SourceConfig, ...]
    receivers: tuple[ReceiverConfig, ...]
    rules: Rulebook
    oncall: Path | None = None
    wake_through_silence: frozenset[str] = frozenset()
    heartbeat: Secret | None = None
    heartbeat_every: timedelta = timedelta(minutes=1)
    synthetic_every: timedelta | None = timedelta(minutes=5)
    link_secrets: tuple[Secret, ...] = ()
    api_token: Secret | None = None
    path: Path | None = None
    speed: float = 1.0
    language: str = DEFAULT
    untaken: tuple[routes.Untaken, ...] = ()
    notices: tuple[str, ...] = ()
    covered: CoveredHours = ALWAYS
    acknowledgements: AckTerms | None = USUAL_TERMS
    unsigned: str = ""
    keep: KeepText = dataclasses.field(default_factory=KeepText)
    secrets: Secrets = Secrets.NEEDED
    missing_secrets: tuple[str, ...] = ()
    commands: CommandLine = AS_INSTALLED
    reload_token: Secret | None = None
    exporters: tuple[ExporterConfig, ...] = ()
    metrics: MetricsConfig = dataclasses.field(default_factory=MetricsConfig)
    access: AccessText | None = None
    hub: HubConfig | None = None
    files: FilesRead = dataclasses.field(default_factory=FilesRead, compare=False, repr=False)
    secrets_read: frozenset[Secret] = dataclasses.field(default=frozenset(), compare=False, repr=False)
    places: Mapping[str, str] = dataclasses.field(default_factory=dict, compare=False)

    @property
    def calendars(self) -> tuple[Calendar, ...]:
        """The calendars of the policy in force, and those of covered hours that are written in place."""
        found = {one.name: one for one in self.rules.policy.calendars.values()}
        for hours in (self.covered, *(receiver.hours for receiver in self.receivers)):
            for one in (hours.own, *hours.tiers.values(), *hours.teams.values()):
                if one is not None:
                    found.setdefault(one.calendar.name, one.calendar)
        return tuple(found.values())

    @property
    def world(self) -> World:
        """What labels of alerts can be made of."""
        return World(self.rules.policies, tuple(source.name for source in self.sources), self.instance)


def fixed_keys(config: Config) -> dict[str, str]:
    """What only a start can change, as texts by key."""
    values = (config.instance, config.database, f"{config.host}:{config.port}")
    return dict(zip(FIXED, values, strict=True))


def load(path: Path, secrets: Secrets = Secrets.NEEDED, commands: CommandLine | None = None) -> Config:
    """Read and check a configuration, with its *secrets* or without; *commands* says how the program was called.

    Raises ConfigError with one sentence per mistake, in which no secret stands that was read.
    """
    files, read = FilesRead(), set[Secret]()
    with noting(files), noting_secrets(read):
        try:
            return dataclasses.replace(_load(path, secrets, commands), files=files, secrets_read=frozenset(read))
        except ConfigError as error:
            raise ConfigError(redact(str(error), read)) from None


def _load(path: Path, secrets: Secrets, commands: CommandLine | None) -> Config:
    document = yaml_file.read(path)
    document.check_mapping("docs/configuration.md")
    base = path.parent
    text, missing = yaml_file.validate_with(secrets, ConfigText, document, (), secrets_beside(document.data, base))
    _zone(document, text.zone)
    if not (math.isfinite(text.speed) and text.speed > 0):
        raise document.error(("speed",), f"{text.speed} is not above zero; leave it out, except for a demo")
    host, port = _listen(document, text.listen)
    policies = _policies(document, text, base)
    world = World(policies, tuple(text.sources), text.instance)
    read = Plugins(document, secrets)
    sources = tuple(_source(read, name, item, world) for name, item in text.sources.items())
    hours = covered.of_all(document, text, policies, base)
    receivers = tuple(_receiver(read, name, text, world, hours) for name in text.receivers)
    exporters = tuple(configured_exporter(read, name, item) for name, item in text.exporters.items())
    if text.access is not None:
        access_file.check(document, text.access, text.page_url)
    if not sources:
        raise document.error(("sources",), "lists no source, so there is nothing to watch; add one")
    if not receivers:
        raise document.error(("receivers",), "lists nobody to be told; add one (type: log writes to the log only)")
    wakes = config_names.waking(document, text.wake_through_silence, world)
    untaken = _untaken(document, text, wakes, world)
    words = config_names.idle_words({name: item.mapping for name, item in text.sources.items()}, policies)
    return Config(
        instance=text.instance,
        zone=text.zone,
        database=_database(document, text.database, base),
        host=host,
        port=port,
        page_url=text.page_url.rstrip("/"),
        catch_up=text.catch_up,
        root_causes=config_names.root_causes(document, text.root_causes, world),
        sources=sources,
        receivers=receivers,
        rules=build_rulebook.rulebook(policies, {source.name: source.mapping for source in sources}),
        oncall=base / text.oncall if text.oncall else None,
        wake_through_silence=wakes,
        heartbeat=text.heartbeat.url if text.heartbeat else None,
        heartbeat_every=text.heartbeat.every if text.heartbeat else timedelta(minutes=1),
        synthetic_every=text.synthetic_every,
        link_secrets=_link_secrets(document, text),
        unsigned=f"{document.where(('oncall',))}: {_UNSIGNED}" if text.oncall and text.link_secret is None else "",
        api_token=text.api_token,
        path=path,
        speed=text.speed,
        language=text.language,
        untaken=untaken,
        covered=hours,
        keep=text.keep,
        acknowledgements=acknowledgements.terms(text.acknowledgements, text.speed),
        notices=(
            *(one.sentence for one in untaken if not text.oncall),
            *words,
            *filter(None, [access_file.notice(text.access, host)]),
        ),
        secrets=secrets,
        missing_secrets=(*missing, *read.missing),
        commands=commands or CommandLine(config=str(path)),
        reload_token=text.reload_token,
        exporters=exporters,
        metrics=configured_metrics(document, text.metrics, world),
        access=text.access,
        hub=hub_of(text.hub, base),
        places={key: document.where((key,)) for key in FIXED},
    )


def _untaken(document: Document, text: ConfigText, wakes: frozenset[str], world: World) -> tuple[routes.Untaken, ...]:
    """The stages that page and that no receiver takes. With a rota, `escalator` checks whether people are paged."""
    expected = config_names.unpaged_on_purpose(document, text.tell_nobody, world)
    found = config_names.untaken(text.receivers, expected, world)
    worst = None if text.oncall else routes.worst_untaken(found, wakes, world)
    if worst is not None:
        raise document.error(("receivers",), nobody_is_told(worst))
    return found


def nobody_is_told(worst: routes.Untaken) -> str:
    """The sentence that refuses a configuration in which nobody is paged for the most urgent breach."""
    return (
        f"no receiver takes the breach of {worst.ladder} {worst.rung}, so nobody would be told of it; let one take it,"
        f" or write tell_nobody: [{worst.name}] if that is meant"
    )


def _link_secrets(document: Document, text: ConfigText) -> tuple[Secret, ...]:
    if text.link_secret_previous is not None and text.link_secret is None:
        raise document.error(("link_secret_previous",), "is that of an earlier link_secret; add the present one")
    written = {"link_secret": text.link_secret, "link_secret_previous": text.link_secret_previous}
    for key, secret in written.items():
        if secret is not None and not secret.missing and len(secret.reveal().encode()) < SHORTEST_LINK_SECRET:
            raise document.error(
                (key,), f"what is in {secret.origin} is shorter than {SHORTEST_LINK_SECRET} bytes; make a longer one"
            )
    return tuple(secret for secret in written.values() if secret is not None)


def _policies(document: Document, text: ConfigText, base: Path) -> tuple[Policy, ...]:
    """Every version of the policy, the oldest first."""
    names, alone = text.policy, isinstance(document.data["policy"], str)
    if not any(name.strip() for name in names):
        raise document.error(("policy",), "lists no policy; write the name of a shipped one or the path of a file")
    found: list[Policy] = []
    for index, name in enumerate(names):
        loc = ("policy",) if alone else ("policy", index)
        try:
            policy = policy_file.load(name, text.zone, base).scaled(text.speed)
        except ConfigError as error:
            raise ConfigError(f"{document.where(loc)}: {error}") from error
        for other in found:
            if other.effective_from == policy.effective_from:
                raise document.error(
                    loc,
                    f"{policy.label} and {other.label} are both in force from {policy.effective_from}; give the newer"
                    " one a later effective_from",
                )
            if other.label == policy.label:
                raise document.error(loc, f"{policy.label} is listed twice; give each version its own version")
        found.append(policy)
    return tuple(sorted(found, key=lambda policy: policy.effective_from))


def _zone(document: Document, zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise document.error(("zone",), f"{zone!r} is not a time zone; write one like Asia/Shanghai") from error


def _listen(document: Document, text: str) -> tuple[str, int]:
    found = re.fullmatch(r"(?:\[([0-9a-fA-F:]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})", text)
    if found is None or int(found[3]) > 65535:
        raise document.error(("listen",), no_address(text))
    return found[1] or found[2], int(found[3])


def _database(document: Document, text: str, base: Path) -> str:
    if "://" not in text:
        return f"sqlite:///{(base / text).resolve()}"
    kind = text.partition("://")[0]
    if kind != "sqlite":
        raise document.error(
            ("database",),
            f"{kind}:// names a database that tierwatch cannot use yet; write the path of a file, which SQLite keeps:"
            " tierwatch.db",
        )
    return text


def _source(read: Plugins, name: str, text: SourceText, world: World) -> SourceConfig:
    document, loc = read.document, ("sources", name)
    if not NAME.fullmatch(name):
        raise document.error(loc, f"{name!r} is not a source's name; write small letters, digits, . _ and -")
    if name == OWN_SOURCE:
        raise document.error(loc, f"{name!r} is the name of tierwatch's own synthetic clock; give the source another")
    if name == GROUPS:
        raise document.error(loc, f"{name!r} is the name under which tierwatch counts; give the source another")
    module, options = read.plugin(loc, "monitor.collectors", text.type, text.options)
    default = getattr(module, "MAPPING", SourceMapping())
    config_names.mapping(document, (*loc, "mapping"), text.mapping, world)
    mapping = dataclasses.replace(overlay(default, text.mapping), zone=getattr(options, "zone", None))
    for number, left in enumerate(text.leave_out):
        if (needed := _read_from(left, mapping, world)) is not None:
            sentence = f"{left!r} is read as {needed}, by which clocks are judged and people are called; leave it in"
            raise document.error((*loc, "leave_out", number), sentence)
    left_out, raw = frozenset(text.leave_out), text.keep_raw and not text.leave_out
    return SourceConfig(
        name, text.type, module, options, text.every, text.at_most, text.stale_after, mapping, left_out, raw
    )


_SHOWN_ONLY = ("title", "url")


def _read_from(field: str, mapping: SourceMapping, world: World) -> str | None:
    """What is read from a raw field that more than the page needs: an attribute or an instant; None for nothing."""
    fields = {name: rule.field for name, rule in mapping.attributes.items() if name not in _SHOWN_ONLY}
    if mapping.same_names:
        fields |= {name: name for name in world.attributes if name not in mapping.attributes}
        fields |= {name: name for policy in world.policies for name in policy.instants}
    return next((name for name, of in {**fields, **mapping.instants}.items() if of == field), None)


def overlay(default: SourceMapping, text: MappingText) -> SourceMapping:
    """The collector's own mapping, in which the words of the configuration replace those of the collector."""
    return SourceMapping(
        version=text.version,
        statuses=laid_over(default.statuses, text.statuses),
        reasons=laid_over(default.reasons, text.reasons),
        attributes={
            **default.attributes,
            **{name: _attribute(default.attributes.get(name), item) for name, item in text.attributes.items()},
        },
        circuit_states=laid_over(default.circuit_states, text.circuit_states),
        instants={**default.instants, **text.instants},
        opened_at=text.opened_at or default.opened_at,
        whole=default.whole,
        same_names=default.same_names,
    )


def _attribute(default: AttributeRule | None, text: AttributeText) -> AttributeRule:
    """The rule of the configuration; where the collector has a table for the same field, both tables are merged."""
    values: Mapping[str, str] = text.values
    if default is not None and default.field == text.field and default.values and text.values:
        values = laid_over(default.values, text.values)
    return AttributeRule(text.field, values)


def _receiver(read: Plugins, name: str, config: ConfigText, world: World, shared: CoveredHours) -> ReceiverConfig:
    document, text = read.document, config.receivers[name]
    loc = ("receivers", name)
    if not NAME.fullmatch(name):
        raise document.error(loc, f"{name!r} is not a receiver's name; write small letters, digits, . _ and -")
    module, options = read.plugin(loc, "alerts.notifiers", text.type, text.options)
    only = config_names.only(document, name, text, world)
    repeat = _repeat(document, (*loc, "repeat"), text, config.speed)
    options = _speaking(config.language, options)
    hours = covered.of_receiver(document, name, text, shared, world.policies, config.zone, Path(document.file).parent)
    return ReceiverConfig(name, text.type, module, options, only, text.shadow, text.personal, repeat, hours)


def _speaking(language: str, options: Any) -> Any:
    """The options of a receiver, in the installation's language where they name none."""
    if getattr(options, "language", language) is None:
        return dataclasses.replace(options, language=language)
    return options


def _repeat(document: Document, loc: tuple[str, ...], text: ReceiverText, speed: float) -> timedelta | None:
    """How often a receiver gets a page again; divided by the demo's speed, as budgets are."""
    if text.repeat is None:
        return None
    if text.personal:
        raise document.error(
            loc, "somebody's own receiver is told what its person is called for, each step once; leave out repeat"
        )
    if text.repeat < SHORTEST_REPEAT:
        raise document.error(
            loc, f"{shown(text.repeat)} is shorter than {shown(SHORTEST_REPEAT)}; write a longer one, such as 30m"
        )
    return text.repeat / speed
