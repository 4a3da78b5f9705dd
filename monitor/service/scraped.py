"""Gather what programs look for one by one: clocks with a deadline near, circuits to probe, servers of sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from urllib.parse import urlsplit

from exporters.web import ListedSource, Scraped
from monitor.config import Config, SourceConfig
from monitor.service.host import Host
from monitor.snapshot import Detail
from monitor.store import Pressing

MOST_CIRCUITS = 20_000
"""Circuits of one list; of more, part by part is to be asked for (`?tier=`, `?source=`)."""

_PORTS = {"http": 80, "https": 443}


def scraped(config: Config, host: Host) -> Scraped:
    """What one configuration lets programs look for."""
    store, wanted = Pressing(host.database), config.metrics

    def detail() -> Detail:
        return host.places.at(store, wanted.detail_tiers, wanted.detail, host.now())

    return Scraped(
        detail=detail if wanted.detail else None,
        circuits=partial(store.circuits, most=MOST_CIRCUITS) if wanted.probe else lambda _source, _tier: (),
        sources=tuple(_servers(config.sources)),
        probe=wanted.probe,
    )


def _servers(sources: Sequence[SourceConfig]) -> Iterator[ListedSource]:
    """The servers of the sources that are read over the network, without path, credentials or query."""
    for source in sources:
        parts = urlsplit(getattr(source.options, "url", "") or "")
        if parts.hostname is not None and parts.scheme in _PORTS:
            name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
            address = f"{name}:{parts.port or _PORTS[parts.scheme]}"
            yield ListedSource(source.name, source.kind, parts.scheme, address)
