"""Read the exporters of a configuration: to which databases transitions and aggregates are sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from types import ModuleType
from typing import Any

from monitor.config.plugin_options import NAME, Plugins
from monitor.config.schema import ExporterText


@dataclass(frozen=True, slots=True)
class ExporterConfig:
    """One exporter: its plug-in with checked options, its pace, and how much may wait for it."""

    name: str
    kind: str
    module: ModuleType
    options: Any
    every: timedelta
    spool_bytes: int


def configured_exporter(read: Plugins, name: str, text: ExporterText) -> ExporterConfig:
    """The exporter of that name. Raises ConfigError."""
    document, loc = read.document, ("exporters", name)
    if not NAME.fullmatch(name):
        raise document.error(loc, f"{name!r} is not an exporter's name; write small letters, digits, . _ and -")
    module, options = read.plugin(loc, "exporters.push", text.type, text.options)
    if text.spool_bytes < 0:
        raise document.error((*loc, "spool_bytes"), f"{text.spool_bytes} is below zero; write 0 to keep nothing")
    return ExporterConfig(name, text.type, module, options, text.every, text.spool_bytes)
