"""Check what a configuration lets programs see one by one."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.config.metrics_schema import MetricsText
from monitor.config.names import MOST_URGENT, a_rung
from monitor.config.routes import World
from monitor.config.yaml_file import Document
from monitor.text import did_you_mean


@dataclass(frozen=True, slots=True)
class MetricsConfig:
    """What programs may see one by one: see `MetricsText`. Without a tier no clock is listed."""

    exemplars: bool = True
    detail: int = 0
    detail_tiers: tuple[str, ...] = ()
    probe: str = ""


def configured_metrics(document: Document, text: MetricsText, world: World) -> MetricsConfig:
    """The key `metrics` with names that exist. Raises ConfigError."""
    known, attributes = world.rungs("tier"), world.attributes
    if text.detail_tiers is None:
        tiers = tuple(tier for tier in known if tier in MOST_URGENT)
    else:
        places = (("metrics", "detail_tiers", number) for number in range(len(text.detail_tiers)))
        named = zip(places, text.detail_tiers, strict=True)
        tiers = tuple(dict.fromkeys(a_rung(document, place, tier, "tier", world) for place, tier in named))
    if text.probe and text.probe not in attributes:
        raise document.error(
            ("metrics", "probe"),
            f"{text.probe!r} is not an attribute; use one of {', '.join(attributes)}"
            f"{did_you_mean(text.probe, attributes)}",
        )
    return MetricsConfig(text.exemplars, text.detail if tiers else 0, tiers, text.probe)
