"""Write `docs/reference/config.md`: every key of every file that an operator writes.

Keys, types and defaults come from the dataclasses by which the files are checked, the sentences from what is written
below their fields, the examples from files that a test loads.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from types import ModuleType
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from alerts.oncall import roster_schema
from monitor.collectors._selectors import Selector
from monitor.config import (
    access_file,
    acknowledgements,
    calendar_schema,
    heartbeat_schema,
    hub,
    keep,
    metrics_schema,
    plugins,
    policy_schema,
)
from monitor.config import schema as config_schema
from monitor.config.descriptions import written
from monitor.net.credentials import Auth
from monitor.net.network import Network
from monitor.text.durations import shown
from tests.reference import key_examples
from tests.reference.markdown import code, link, page, table
from tests.reference.sentences import descriptions

INTRODUCTION = """
Every key of `tierwatch.yml`, of a policy file with its calendars, and of a rota file.
[Configuration](../configuration.md) and [on call](../oncall.md) explain how the keys work together; `tierwatch schema`
prints those of a configuration and of a policy for an editor. A key without a default is `needed`. Each example is cut
from a file that a test loads.
"""


@dataclass(frozen=True, slots=True)
class Section:
    """One heading of the page: what stands at a place in a file. `place` is how a path to its keys is written."""

    heading: str
    kind: type
    place: str = ""


CONFIGURATION = (
    Section("Top level", config_schema.ConfigText),
    Section("Heartbeat", heartbeat_schema.HeartbeatText, "heartbeat."),
    Section("Hub", hub.HubText, "hub."),
    Section("Covered hours", config_schema.CoveredText, "covered."),
    Section("Acknowledgements", acknowledgements.AcknowledgementsText, "acknowledgements."),
    Section("Keep", keep.KeepText, "keep."),
    Section("Metrics", metrics_schema.MetricsText, "metrics."),
    Section("Source", config_schema.SourceText, "sources.NAME."),
    Section("Mapping", config_schema.MappingText, "sources.NAME.mapping."),
    Section("Attribute of a mapping", config_schema.AttributeText, "sources.NAME.mapping.attributes.ATTRIBUTE."),
    Section("Receiver", config_schema.ReceiverText, "receivers.NAME."),
    Section("Exporter", config_schema.ExporterText, "exporters.NAME."),
    Section("Who is let in", access_file.AccessText, "access."),
    Section("Identity provider", access_file.OidcText, "access.oidc."),
    Section("Proxy that logs people in", access_file.ProxyText, "access.proxy."),
    Section("Auth", Auth, "….auth."),
    Section("Network", Network, "….network."),
)
POLICY = (
    Section("Policy", policy_schema.PolicyText),
    Section("Name", policy_schema.NameText, "….name."),
    Section("Rung", policy_schema.RungText, "ladders.LADDER[]."),
    Section("Pause reason", policy_schema.ReasonText, "pause_reasons.REASON."),
    Section("Date with its source", policy_schema.EffectiveFromText, "effective_from."),
    Section("Calendar", calendar_schema.CalendarText, "calendars.NAME."),
    Section("Holidays of a country", calendar_schema.CountryText, "calendars.NAME.holidays."),
    Section("Holidays of an iCalendar file", calendar_schema.IcsText, "calendars.NAME.holidays."),
    Section("Holidays by date", calendar_schema.DatesText, "calendars.NAME.holidays."),
    Section("Single date", calendar_schema.DatedText, "calendars.NAME.days[]."),
    Section("Season", calendar_schema.SeasonText, "calendars.NAME.seasons[]."),
    Section("Pace of an allowance", policy_schema.PaceText, "pace."),
    Section("Target", policy_schema.TargetText, "targets.NAME."),
    Section("Beginning with its source", policy_schema.BeginText, "targets.NAME.begins[]."),
    Section("Start by another target", policy_schema.StartedByText, "targets.NAME.started_by."),
    Section("What is good", policy_schema.GoodText, "targets.NAME.good."),
    Section("Duties", policy_schema.DutiesText, "targets.NAME.duties."),
    Section("Budget row", policy_schema.BudgetText, "targets.NAME.budgets[]."),
    Section("Agreement", policy_schema.AgreementText, "agreements[]."),
    Section("Inherited tier", policy_schema.InheritText, "inherit[]."),
    Section("Major fault", policy_schema.MajorFaultText, "major_faults.NAME."),
    Section("Guarded period", policy_schema.GuardedText, "guarded_periods.NAME."),
    Section("Attribute of your own", policy_schema.DeclaredText, "attributes.NAME."),
)
ROTA = (
    Section("Rota", roster_schema.FileText),
    Section("Person", roster_schema.PersonText, "people.ID."),
    Section("Team", roster_schema.TeamText, "teams.ID."),
    Section("Layer", roster_schema.LayerText, "teams.ID.layers[]."),
    Section("Override", roster_schema.OverrideText, "teams.ID.overrides[]."),
    Section("Step", roster_schema.StepText, "teams.ID.escalation[]."),
    Section("Calendar of a team", roster_schema.FeedText, "teams.ID.calendar."),
)


def plug_ins(package: str, place: str) -> tuple[Section, ...]:
    """The options of every plug-in of a package."""
    found: list[tuple[str, ModuleType]] = [(kind, plugins.load(package, kind)) for kind in plugins.names(package)]
    return tuple(Section(f"Options of {kind}", module.Config, place) for kind, module in found)


COLLECTORS = plug_ins("monitor.collectors", "sources.NAME.options.")
NOTIFIERS = plug_ins("alerts.notifiers", "receivers.NAME.options.")
EXPORTERS = plug_ins("exporters.push", "exporters.NAME.options.")
GROUPS = {
    "The configuration, tierwatch.yml": CONFIGURATION,
    "Collectors": COLLECTORS,
    "Notifiers": NOTIFIERS,
    "Exporters": EXPORTERS,
    "The policy": POLICY,
    "The rota, oncall.yml": ROTA,
}
SECTIONS = tuple(section for group in GROUPS.values() for section in group)
_HEADINGS = {section.kind.__name__: section.heading for section in SECTIONS if section.kind.__name__ != "Config"}


def write() -> str:
    parts = [INTRODUCTION]
    for title, sections in GROUPS.items():
        parts.append(f"## {title}")
        for section in sections:
            parts += [f"### {section.heading}", _section(section)]
    return page("Configuration keys", *parts)


class _Schema(GenerateJsonSchema):
    ignored_warning_kinds = {"non-serializable-default"}  # noqa: RUF012 (pydantic's own class attribute)


def _section(section: Section) -> str:
    schema = TypeAdapter(section.kind).json_schema(schema_generator=_Schema)
    properties, texts, keys = schema.get("properties", {}), descriptions(section.kind), _keys(section)
    if not keys:
        return "No options."
    others = related(section)
    rows = []
    for item in dataclasses.fields(section.kind):
        key = keys[item.name]
        value = _any(properties[key], schema)
        rows.append((
            code(key), value, default_of(item), texts.get(item.name, ""), code(key_examples.of(section.kind, key)),
            ", ".join(code(other) for other in others[key]),
        ))  # fmt: skip
    where = f"Where: `{section.place}KEY`\n\n" if section.place else ""
    return where + table(("key", "value", "default", "meaning", "example", "related"), rows)


def _keys(section: Section) -> dict[str, str]:
    """Each field of a section, and how it is written."""
    return {item.name: written(section.kind, item.name) for item in dataclasses.fields(section.kind)}


def related(section: Section) -> dict[str, list[str]]:
    """The keys of a section that the sentence of each key names, and those whose sentence names it."""
    keys = _keys(section)
    texts = {keys[name]: text for name, text in descriptions(section.kind).items() if name in keys}
    named = {key: set(re.findall(r"`([a-z_]+)[`:]", text)) & texts.keys() - {key} for key, text in texts.items()}
    return {key: [other for other in texts if other in named[key] or key in named[other]] for key in texts}


def default_of(item: dataclasses.Field[Any]) -> str:
    """The default as a file would have it; "needed" without one."""
    value = item.default
    if item.default_factory is not dataclasses.MISSING:
        value = item.default_factory()
    return "needed" if value is dataclasses.MISSING else code(_written(value))


def _written(value: Any) -> str:
    if value is None or value in ("", (), [], {}):
        return ""
    if isinstance(value, Selector):
        return ", ".join(value.paths)
    if dataclasses.is_dataclass(value):  # the defaults of a section are those of its keys
        return ""
    if isinstance(value, timedelta):
        return shown(value)
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(_written(one) for one in value)}]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def kinds(schema: dict[str, Any], whole: dict[str, Any]) -> Iterator[str]:
    """What may be written for a key, in words, from its JSON Schema."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        if name in _HEADINGS:
            yield link(_HEADINGS[name].lower(), _HEADINGS[name])
            return
        schema = whole["$defs"][name]
    for several in ("anyOf", "oneOf", "allOf"):
        for one in schema.get(several, ()):
            yield from kinds(one, whole)
    if one := _kind(schema, whole):
        yield one


def _kind(schema: dict[str, Any], whole: dict[str, Any]) -> str:
    """The kind of value of a schema that is no choice of several; empty for null."""
    if "enum" in schema or "const" in schema:
        words = [code(str(word)) for word in schema.get("enum", [schema.get("const")])]
        return ("one of " if len(words) > 1 else "") + ", ".join(words)
    if schema.get("examples"):
        return "text such as " + ", ".join(code(str(one)) for one in schema["examples"])
    if schema.get("type") == "array":
        return "a list of: " + _any(schema["items"], whole)
    if schema.get("type") == "object":
        return _mapping(schema, whole)
    return _FORMATS.get(schema.get("format", ""), _PLAIN.get(schema.get("type", ""), ""))


def _any(schema: dict[str, Any], whole: dict[str, Any]) -> str:
    return " or ".join(dict.fromkeys(kinds(schema, whole)))


_PLAIN = {"string": "text", "integer": "a whole number", "number": "a number", "boolean": "`true` or `false`"}
_FORMATS = {"path": "a path", "date": "a date"}


def _mapping(schema: dict[str, Any], whole: dict[str, Any]) -> str:
    if set(schema.get("properties", ())) <= {"env", "file", "credential"} and schema.get("properties"):
        return " or ".join(f"`{{{place}: {'PATH' if place == 'file' else 'NAME'}}}`" for place in schema["properties"])
    below = schema.get("additionalProperties")
    words = schema.get("propertyNames", {}).get("enum")
    names = f"a name of {', '.join(code(word) for word in words)}" if words else "name"
    values = _any(below, whole) if isinstance(below, dict) else ""
    return f"a mapping: {names} → {values or 'value'}"
