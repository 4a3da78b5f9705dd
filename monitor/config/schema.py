"""Say how `tierwatch.yml` is written: each key with its type and its default, and the schema for editors.

`config_file.py` checks what a configuration means beyond its form.
"""

from __future__ import annotations

import dataclasses
from dataclasses import field
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Discriminator, Tag, TypeAdapter, WithJsonSchema
from pydantic.dataclasses import dataclass

from monitor.config.access_file import AccessText
from monitor.config.acknowledgements import AcknowledgementsText
from monitor.config.calendar_schema import CalendarText
from monitor.config.descriptions import described
from monitor.config.heartbeat_schema import EveryOrOff, HeartbeatText
from monitor.config.hub import HubText
from monitor.config.keep import KeepText
from monitor.config.metrics_schema import MetricsText
from monitor.config.policy_schema import SOME, Some, some
from monitor.history import StatusRule
from monitor.messages import DEFAULT, Language
from monitor.model import CircuitState, Opening, Phase
from monitor.net import SecretOption
from monitor.policy import LABELS
from monitor.text import Length, did_you_mean

_STRICT = ConfigDict(extra="forbid", frozen=True, defer_build=True)


def _status(text: Any) -> StatusRule:
    word, _, reason = str(text).partition("/")
    known = {item.value: item for item in Phase if item is not Phase.UNKNOWN}
    if word not in known:
        raise ValueError(
            f"{text!r} is not a phase; write one of {', '.join(known)}, or held/REASON{did_you_mean(word, known)}"
        )
    if reason and known[word] is not Phase.HELD:
        raise ValueError(f"{text!r}: only a wait has a reason; write {word} or held/{reason}")
    return StatusRule(known[word], reason or None)


_STATUS = {
    "type": "string",
    "pattern": "^(" + "|".join(item.value for item in Phase if item is not Phase.UNKNOWN) + "|held/.+)$",
    "examples": ["accepted", "held", "held/customer_access"],
}


def _state(text: Any) -> CircuitState:
    known = {item.value: item for item in CircuitState}
    if text not in known:
        raise ValueError(
            f"{text!r} is not a circuit's state; write one of {', '.join(known)}{did_you_mean(str(text), known)}"
        )
    return known[text]


CircuitStateText = Annotated[
    CircuitState, BeforeValidator(_state), WithJsonSchema({"enum": [item.value for item in CircuitState]})
]

StatusText = Annotated[Any, BeforeValidator(_status), WithJsonSchema(_STATUS)]


_ONLY = {
    "type": "object",
    "propertyNames": {"anyOf": [{"enum": list(LABELS)}, {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,31}$"}]},
    "additionalProperties": SOME,
}

HOURS_FORMS = "write the name of a calendar of the policy, or {zone: Asia/Shanghai, hours: {mon-fri: [08:00-18:00]}}"

_TEXTS = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
PolicyNames = Annotated[list[str], BeforeValidator(some), WithJsonSchema(_TEXTS)]
OnlyText = Annotated[dict[str, Some], WithJsonSchema(_ONLY)]


def no_address(given: Any) -> str:
    """The end of a sentence that refuses *given* as an address; a port alone is meant for loopback."""
    port = str(given).strip().lstrip(":")
    right = port.isascii() and port.isdigit() and int(port[:6]) <= 65535
    what = "is a port without its address" if right else "is not an address"
    return f"{given!r} {what}; write 127.0.0.1:{port if right else 8321}"


def _address(given: Any) -> Any:
    if isinstance(given, bool) or not isinstance(given, int | float):
        return given
    raise ValueError(no_address(given))


AddressText = Annotated[str, BeforeValidator(_address)]


@dataclass(config=_STRICT)
class AttributeText:
    field: str
    """The raw field of the source's record that holds the attribute."""
    values: dict[str, str] = dataclasses.field(default_factory=dict)
    """A table from the source's word to the policy's word; without a table, the raw word is used. See `field`."""


@dataclass(config=_STRICT)
class MappingText:
    version: str = "1"
    """Your name for this state of the mapping; `check-config` prints it."""
    statuses: dict[str, StatusText] = field(default_factory=dict)
    """The source's status → a phase: `opened`, `accepted`, `on_site`, `held`, `restored`, `closed`, `cancelled`,
    `delivered` or `retired`; `held/REASON` for a status that is its own reason."""
    reasons: dict[str, str] = field(default_factory=dict)
    """The source's reason for a wait → a pause reason of the policy (`pause_reasons`); `*` and `?` fit any text."""
    attributes: dict[str, AttributeText] = field(default_factory=dict)
    """Attribute (`tier`, `assurance`, `customer` …) → the raw field and the table of words it is read with."""
    circuit_states: dict[str, CircuitStateText] = field(default_factory=dict)
    """The source's word for a circuit → `available`, `degraded`, `unavailable`, `unknown` or `retired`."""
    opened_at: Opening | None = None
    """`ignored` where the opening that the source states is not to be believed: clocks then begin with the first event.
    Without it, as the collector's own mapping says: `believed`."""
    instants: dict[str, str] = field(default_factory=dict)
    """`detected`, `complained`, `planned` or one of the policy's `instants` → the raw field that holds the instant;
    targets list it, or use it by `begins` and `ahead_of`."""


@dataclass(config=_STRICT)
class SourceText:
    type: str
    """The collector that reads this source, or the dotted name of a module of your own."""
    every: Length = timedelta(seconds=30)
    """How often the source is polled; each poll comes up to a tenth earlier or later."""
    at_most: Length = timedelta(minutes=5)
    """The longest wait after failed polls: the wait doubles from `every` up to this."""
    stale_after: Length = timedelta(minutes=15)
    """How long the source may go unread before its clocks are shown as unknown; several times `every`."""
    options: dict[str, Any] = field(default_factory=dict)
    """The options of the collector that `type` names."""
    mapping: MappingText = field(default_factory=MappingText)
    """How the words of this source are read, laid over the collector's own mapping."""
    leave_out: list[str] = field(default_factory=list)
    """Raw fields that are never stored, and no raw record with them; none that a clock is judged by (`mapping`)."""
    keep_raw: bool = True
    """Whether records are stored as they came too, beside what is read of them; not with `leave_out`."""


def _hours_kind(value: Any) -> str | None:
    """Whether hours are the name of a calendar or hours of their own."""
    if isinstance(value, str):
        return "union[name]"
    return "union[calendar]" if isinstance(value, dict | CalendarText) else None


HoursText = Annotated[
    Annotated[str, Tag("union[name]")] | Annotated[CalendarText, Tag("union[calendar]")],
    Discriminator(_hours_kind, "form", f"is no calendar; {HOURS_FORMS}"),
]


@dataclass(config=_STRICT)
class CoveredText:
    tiers: dict[str, HoursText] = field(default_factory=dict)
    """Tier → the hours in which its pages are taken; see `hours` of a receiver."""
    teams: dict[str, HoursText] = field(default_factory=dict)
    """Team, as the source names it → the hours in which the pages of its subjects are taken."""


@dataclass(config=_STRICT)
class ReceiverText:
    type: str
    """The notifier that reaches this receiver, or the dotted name of a module of your own."""
    options: dict[str, Any] = field(default_factory=dict)
    """The options of the notifier that `type` names."""
    only: OnlyText = field(default_factory=dict)
    """Label → value or list of values; the receiver gets only alerts that have one of the values for each label."""
    shadow: bool = False
    """`true` decides and records every page and sends none."""
    personal: bool = False
    """`true` makes it the receiver of one person: it gets only the pages that call this person; see `oncall`."""
    repeat: Length | None = None
    """How often a page of an alert that keeps firing is sent again, a minute or more; not with `personal`."""
    hours: HoursText | None = None
    """When somebody is there: a calendar of the policy, or `zone` and `hours` as in one. A page waits for these hours
    if they begin before its deadline and before the next stage that rings; not with `personal` or `type: alertmanager`.
    """


@dataclass(config=_STRICT)
class ExporterText:
    type: str
    """The exporter that sends there, or the dotted name of a module of your own."""
    every: Length = timedelta(seconds=10)
    """How often the aggregates are sent; transitions are sent as they come."""
    spool_bytes: int = 32 * 1024 * 1024
    """How much of the database the aggregates may take that cannot be sent; beyond it the oldest are dropped."""
    options: dict[str, Any] = field(default_factory=dict)
    """The options of the exporter that `type` names."""


@dataclass(config=_STRICT)
class ConfigText:
    sources: dict[str, SourceText]
    """What is watched: the name of each source and how it is read. At least one."""
    policy: PolicyNames
    """The name of a shipped policy or the path of a policy file; or a list of them, which are versions."""
    receivers: dict[str, ReceiverText]
    """Who gets pages: the name of each receiver and how it is reached. At least one."""
    exporters: dict[str, ExporterText] = field(default_factory=dict)
    """Databases that get transitions and aggregates: the name of each and how it is reached. None by itself."""
    instance: str = "tierwatch"
    """The name of this installation: the label `instance` of its alerts. Do not change it while alerts fire."""
    zone: str = "UTC"
    """The time zone of all times that people read, of months, and of calendars that say `zone: site`. A reader may
    choose another for the times, on the web page and with `--zone`."""
    language: Language = DEFAULT
    """The language of pages and of the web page: a language with a catalogue, or `both` for English and Chinese."""
    database: str = "tierwatch.db"
    """The path of a SQLite file. One running tierwatch per database; other databases are refused."""
    listen: AddressText = "127.0.0.1:8321"
    """Address and port of the web page and of `/metrics`. Keep it on an inner network. Who reads what: `access`."""
    page_url: str = ""
    """The address of the web page as people reach it; links in alerts begin with it. Without it, `listen`."""
    speed: float = 1.0
    """For the demo only: divides every budget, every stage by time left and every `repeat`."""
    catch_up: Length = timedelta(seconds=60)
    """The longest time that a start waits for the first poll of all `sources` before clocks may fire."""
    root_causes: list[str] = field(default_factory=lambda: ["cause", "circuit"])
    """The attributes by which alerts are joined under one cause; the first one that a subject has counts. An empty list
    joins nothing."""
    oncall: str = ""
    """The path of the rota file: who is on duty and who is paged next. It needs `link_secret`."""
    wake_through_silence: list[str] | None = None
    """The tiers whose breach pages through a silence, and rungs of further ladders as `urgency A`; without it `diamond`
    and `gold`, where the policy has them."""
    tell_nobody: list[str] = field(default_factory=list)
    """The tiers and assurances of which no receiver takes the pages on purpose; else that is refused or reported. See
    `receivers`."""
    covered: CoveredText = field(default_factory=CoveredText)
    """The hours in which pages of a tier or of a team are taken; outside them, a page waits that can. See `hours`."""
    keep: KeepText = field(default_factory=KeepText)
    """How long what is over is kept: `{events: 400d, pages: 90d}`. Without it, for good."""
    metrics: MetricsText = field(default_factory=MetricsText)
    """What programs may see one by one: `{detail: 500, detail_tiers: [diamond], probe: device}`."""
    acknowledgements: AcknowledgementsText = field(default_factory=AcknowledgementsText)
    """How long an acknowledgement holds before the person on duty is paged again."""
    heartbeat: HeartbeatText | None = None
    """An address outside that gets a ping while all is well, and complains when none comes."""
    hub: HubText | None = None
    """Where subscribers may have notifications of violations sent; without it nobody can subscribe."""
    synthetic_every: EveryOrOff = timedelta(minutes=5)
    """How often a synthetic clock goes the whole way, `10s` or more; `off` for never."""
    link_secret: SecretOption | None = None
    """A secret of at least 32 bytes that signs the links with which people acknowledge and those to pages of customers;
    needed with `oncall`."""
    link_secret_previous: SecretOption | None = None
    """The secret before `link_secret`: links that it signed are still accepted. Remove it after ten days."""
    api_token: SecretOption | None = None
    """A secret with which programs may acknowledge; without it they may not."""
    reload_token: SecretOption | None = None
    """A secret with which a program on another machine may have the configuration read again; without it none may."""
    access: AccessText | None = None
    """Who is let in: accounts, an identity provider, a proxy. Without it, whoever reaches the page reads everything."""


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a configuration, for editors (2020-12). What stands under `options` is each plug-in's own."""
    schema = described(TypeAdapter(ConfigText).json_schema(), ConfigText)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "tierwatch configuration"}
