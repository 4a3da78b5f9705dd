"""Read `tierwatch.yml`: what is watched, by which policy, and who is told.

Every mistake names file, line and key and stops the start; nothing is ever switched off by a typing error. Secrets come
from the environment or from files, never from this file.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

from monitor import plugins, policy_file, rulebooks, yamlfile
from monitor.config_text import ConfigText, MappingText, ReceiverText, SourceText
from monitor.credentials import Secret
from monitor.engine import Rulebook
from monitor.errors import ConfigError
from monitor.lengths import shown
from monitor.mapping import ATTRIBUTES, INSTANTS, AttributeRule, SourceMapping
from monitor.policies import Policy
from monitor.snapshot import OWN_SOURCE
from monitor.yamlfile import Document

SHORTEST_LINK_SECRET = 32
"""Bytes."""

SHORTEST_REPEAT = timedelta(minutes=1)

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,62}")


@dataclasses.dataclass(frozen=True, slots=True)
class SourceConfig:
    """One source: its plug-in with checked options, its pace, its mapping."""

    name: str
    kind: str
    module: ModuleType
    options: Any
    every: timedelta
    at_most: timedelta
    stale_after: timedelta
    mapping: SourceMapping


@dataclasses.dataclass(frozen=True, slots=True)
class ReceiverConfig:
    """One receiver: its plug-in with checked options. It is told again every `repeat` of what goes on firing."""

    name: str
    kind: str
    module: ModuleType
    options: Any
    only: Mapping[str, frozenset[str]] = dataclasses.field(default_factory=dict)
    shadow: bool = False
    personal: bool = False
    repeat: timedelta | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Config:
    """A whole configuration, checked. An empty `page_url` stands for the address that the page is served on.

    `oncall` is where the rota stands, None without one; `alerts.oncall_file` reads it. `heartbeat` is the address that
    is told that all is well, `heartbeat_every` how often; `synthetic_every` is how often a synthetic clock goes the
    whole way, None for never. `link_secrets` sign the links of pages, the present one first; `api_token` lets programs
    acknowledge.
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


def load(path: Path) -> Config:
    """Read and check a configuration. Raises ConfigError with one sentence per mistake."""
    document = yamlfile.read(path)
    if not isinstance(document.data, dict):
        raise ConfigError(f"{path}:1: is empty or not a mapping; see docs/configuration.md for an example")
    base = path.parent
    text = yamlfile.validate(ConfigText, document, (), _secrets_beside_of(document.data, base))
    _zone(document, text.zone)
    if not (math.isfinite(text.speed) and text.speed > 0):
        raise document.error(("speed",), f"{text.speed} is not above zero; leave it out, except for a demo")
    host, port = _listen(document, text.listen)
    policies = _policies(document, text, base)
    sources = tuple(_source(document, name, item, policies) for name, item in text.sources.items())
    receivers = tuple(_receiver(document, name, item, text.speed) for name, item in text.receivers.items())
    if not sources:
        raise document.error(("sources",), "lists no source, so there is nothing to watch; add one")
    if not receivers:
        raise document.error(("receivers",), "lists nobody to be told; add one (type: log writes to the log only)")
    return Config(
        instance=text.instance,
        zone=text.zone,
        database=_database(text.database, base),
        host=host,
        port=port,
        page_url=text.page_url.rstrip("/"),
        catch_up=text.catch_up,
        root_causes=_root_causes(document, text.root_causes),
        sources=sources,
        receivers=receivers,
        rules=rulebooks.rulebook(policies, {source.name: source.mapping for source in sources}),
        oncall=base / text.oncall if text.oncall else None,
        wake_through_silence=_waking(document, text.wake_through_silence, policies),
        heartbeat=text.heartbeat.url if text.heartbeat else None,
        heartbeat_every=text.heartbeat.every if text.heartbeat else timedelta(minutes=1),
        synthetic_every=text.synthetic_every,
        link_secrets=_link_secrets(document, text),
        api_token=text.api_token,
    )


def _link_secrets(document: Document, text: ConfigText) -> tuple[Secret, ...]:
    if text.oncall and text.link_secret is None:
        raise document.error(
            ("oncall",), "pages to people have links to acknowledge, and nothing signs them; add link_secret"
        )
    if text.link_secret_previous is not None and text.link_secret is None:
        raise document.error(("link_secret_previous",), "is that of an earlier link_secret; add the present one")
    written = {"link_secret": text.link_secret, "link_secret_previous": text.link_secret_previous}
    for key, secret in written.items():
        if secret is not None and len(secret.reveal().encode()) < SHORTEST_LINK_SECRET:
            raise document.error(
                (key,), f"what is in {secret.origin} is shorter than {SHORTEST_LINK_SECRET} bytes; make a longer one"
            )
    return tuple(secret for secret in written.values() if secret is not None)


def _root_causes(document: Document, names: Sequence[str]) -> tuple[str, ...]:
    for index, name in enumerate(names):
        if name not in ATTRIBUTES:
            known = ", ".join(ATTRIBUTES)
            raise document.error(("root_causes", index), f"{name!r} is not an attribute; use some of {known}")
    return tuple(names)


_WAKING = ("diamond", "gold")


def _waking(document: Document, tiers: Sequence[str] | None, policies: Sequence[Policy]) -> frozenset[str]:
    """The tiers whose breach pages through a silence; those two where nothing is written, if the policy has them."""
    known = {rung.id: None for policy in policies for rung in policy.ladders.get("tier", ())}
    for index, tier in enumerate(tiers or ()):
        if tier not in known:
            has = ", ".join(known) or "none"
            label = policies[-1].label
            raise document.error(("wake_through_silence", index), f"policy {label} has no tier {tier!r}; it has {has}")
    return frozenset(_WAKING) & known.keys() if tiers is None else frozenset(tiers)


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
        raise document.error(("listen",), f"{text!r} is not an address; write 127.0.0.1:8321")
    return found[1] or found[2], int(found[3])


def _database(text: str, base: Path) -> str:
    return text if "://" in text else f"sqlite:///{(base / text).resolve()}"


def _source(document: Document, name: str, text: SourceText, policies: Sequence[Policy]) -> SourceConfig:
    loc = ("sources", name)
    if not _NAME.fullmatch(name):
        raise document.error(loc, f"{name!r} is not a source's name; write small letters, digits, . _ and -")
    if name == OWN_SOURCE:
        raise document.error(loc, f"{name!r} is the name of tierwatch's own synthetic clock; give the source another")
    module, options = _plugin(document, loc, "monitor.collectors", text.type, text.options)
    default = getattr(module, "MAPPING", SourceMapping())
    for attribute in text.mapping.attributes:
        if attribute not in ATTRIBUTES:
            known = ", ".join(ATTRIBUTES)
            raise document.error((*loc, "mapping", "attributes", attribute), f"is not an attribute; use one of {known}")
    for instant in text.mapping.instants:
        if instant not in INSTANTS:
            known = ", ".join(INSTANTS)
            raise document.error((*loc, "mapping", "instants", instant), f"is not an instant; use one of {known}")
    mapping = overlay(default, text.mapping)
    _known_reasons(document, loc, text.mapping, policies)
    return SourceConfig(name, text.type, module, options, text.every, text.at_most, text.stale_after, mapping)


def overlay(default: SourceMapping, text: MappingText) -> SourceMapping:
    """A collector's own mapping with the user's words laid over it."""
    return SourceMapping(
        version=text.version,
        statuses={**default.statuses, **text.statuses},
        reasons={**default.reasons, **text.reasons},
        attributes={
            **default.attributes,
            **{name: AttributeRule(item.field, item.values) for name, item in text.attributes.items()},
        },
        circuit_states={**default.circuit_states, **text.circuit_states},
        instants={**default.instants, **text.instants},
    )


def _known_reasons(document: Document, loc: tuple[str, ...], text: MappingText, policies: Sequence[Policy]) -> None:
    known = {reason for policy in policies for reason in policy.reasons}
    for word, reason in text.reasons.items():
        if reason not in known:
            raise document.error((*loc, "mapping", "reasons", word), _no_reason(reason, policies[-1]))
    for word, rule in text.statuses.items():
        if rule.reason is not None and rule.reason not in known:
            raise document.error((*loc, "mapping", "statuses", word), _no_reason(rule.reason, policies[-1]))


def _no_reason(reason: str, policy: Policy) -> str:
    known = ", ".join(policy.reasons) or "none"
    return f"{reason!r} is not a pause reason of policy {policy.label} ({known}); correct it or add it to the policy"


def _receiver(document: Document, name: str, text: ReceiverText, speed: float) -> ReceiverConfig:
    loc = ("receivers", name)
    if not _NAME.fullmatch(name):
        raise document.error(loc, f"{name!r} is not a receiver's name; write small letters, digits, . _ and -")
    module, options = _plugin(document, loc, "alerts.notifiers", text.type, text.options)
    only = {label: frozenset(values) for label, values in text.only.items()}
    repeat = _repeat(document, (*loc, "repeat"), text, speed)
    return ReceiverConfig(name, text.type, module, options, only, text.shadow, text.personal, repeat)


def _repeat(document: Document, loc: tuple[str, ...], text: ReceiverText, speed: float) -> timedelta | None:
    """How often a receiver is told again: a demo's budgets are shorter, and so is this."""
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


def _plugin(
    document: Document, loc: tuple[str, ...], package: str, kind: str, given: dict[str, Any]
) -> tuple[ModuleType, Any]:
    try:
        module = plugins.load(package, kind)
    except ConfigError as error:
        raise document.error((*loc, "type"), str(error)) from error
    known = plugins.options(module)
    for option in given:
        if option not in known:
            has = f"it has {', '.join(known)}" if known else "it has none"
            raise document.error((*loc, "options", option), f"is not an option of {kind}; {has}")
    base = Path(document.file).parent
    options = yamlfile.validate(module.Config, document, (*loc, "options"), _secrets_beside(base, given))
    return module, _files_beside(base, options)


def _secrets_beside(base: Path, given: Any) -> Any:
    """Options with every `{file: PATH}` read from the folder of the configuration."""
    if isinstance(given, dict):
        if given.keys() == {"file"} and isinstance(given["file"], str):
            return {"file": str(base / given["file"])}
        return {key: _secrets_beside(base, value) for key, value in given.items()}
    return [_secrets_beside(base, value) for value in given] if isinstance(given, list) else given


_WITH_SECRETS = ("heartbeat", "link_secret", "link_secret_previous", "api_token")


def _secrets_beside_of(data: dict[str, Any], base: Path) -> dict[str, Any]:
    """The whole document, with the secrets under such keys read from its folder."""
    return {key: _secrets_beside(base, value) if key in _WITH_SECRETS else value for key, value in data.items()}


def _files_beside(base: Path, options: Any) -> Any:
    """Checked options with every relative path read from the folder of the configuration."""
    changed = {}
    for item in dataclasses.fields(options):
        value = getattr(options, item.name)
        if isinstance(value, Path):
            changed[item.name] = base / value
        elif dataclasses.is_dataclass(value) and not isinstance(value, type):
            changed[item.name] = _files_beside(base, value)
    return dataclasses.replace(options, **changed) if changed else options
