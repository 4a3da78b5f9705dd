"""Answer programs that look for clocks and circuits one by one: `/metrics/detail` and HTTP service discovery.

`/sd/…` answers as Prometheus asks (its page "HTTP SD"): the whole list each time, `[]` where there is nothing, and an
error rather than a part of it, for whoever asks keeps the last list then. What is the same as before has the same ETag.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from exporters import detail
from exporters.families import legible
from exporters.web.request_limit import RequestLimit
from monitor.snapshot import Detail, ListedCircuit
from monitor.text import json_body, shortened

META = "__meta_tierwatch_"
"""The labels of a target begin with it: Prometheus drops them when its own rules have looked at them."""

LONGEST = 300
"""Characters of a target or of a label's value; a longer target is left out, a longer value is cut."""

_NAMED = ("title", "site", "device", "circuit", "provider")
"""What is said of a circuit beside its key and its rungs, where its source says it."""


class ListedSource(NamedTuple):
    """A source that is read over the network: its name, its kind, and the scheme and address of its server."""

    name: str
    kind: str
    scheme: str
    address: str


@dataclass(frozen=True, slots=True)
class Scraped:
    """What programs may look for. `detail` is None where no clock is listed by itself.

    `circuits` gives the circuits of a source and of a tier (None: of all); None where there are too many of them, or
    they are not counted yet. `probe` is the attribute that holds what is probed of a circuit.
    """

    detail: Callable[[], Detail] | None = None
    circuits: Callable[[str | None, str | None], Sequence[ListedCircuit] | None] = lambda _source, _tier: ()
    sources: Sequence[ListedSource] = ()
    probe: str = ""


@dataclass(frozen=True, slots=True)
class ScrapedEndpoints:
    """The endpoints; plain functions that run in threads, one at a time."""

    scraped: Scraped

    def routes(self) -> Iterator[Route]:
        places = RequestLimit(1)
        if self.scraped.detail is not None:
            yield Route("/metrics/detail", places.endpoint(self.detail))
        yield Route("/sd/circuits", places.endpoint(self.circuits))
        yield Route("/sd/sources", places.endpoint(self.sources))

    def detail(self, request: Request) -> Response:
        assert self.scraped.detail is not None
        body, kind = detail.render(self.scraped.detail(), request.headers.get("accept", ""))
        return Response(body, headers={"content-type": kind, "vary": "Accept"})

    def circuits(self, request: Request) -> Response:
        asked = request.query_params
        found = self.scraped.circuits(asked.get("source"), asked.get("tier"))
        if found is None:
            raise HTTPException(503, headers={"Retry-After": "30"})
        probe = self.scraped.probe
        return _listed(request, (_of_circuit(one, target) for one in found if (target := one.attributes.get(probe))))

    def sources(self, request: Request) -> Response:
        return _listed(
            request,
            (
                _group(one.address, {"source": one.name, "kind": one.kind, "scheme": one.scheme})
                for one in self.scraped.sources
            ),
        )


def _of_circuit(circuit: ListedCircuit, target: str) -> dict[str, Any] | None:
    labels = {"source": circuit.key.source, "subject": circuit.key.subject, "tier": circuit.tier}
    labels |= {"assurance": circuit.assurance}
    labels |= {name: circuit.attributes[name] for name in _NAMED if circuit.attributes.get(name)}
    return _group(target, labels)


def _group(target: str, labels: dict[str, str]) -> dict[str, Any] | None:
    """A target with its labels; None for one that cannot be probed: too long, or with what no address has."""
    target = target.strip()
    if len(target) > LONGEST or not target.isprintable() or " " in target or not target:
        return None
    said = {f"{META}{name}": shortened(legible(value), LONGEST) for name, value in labels.items()}
    return {"targets": [target], "labels": said}


def _listed(request: Request, groups: Iterable[dict[str, Any] | None]) -> Response:
    written = json_body([one for one in groups if one is not None]) + b"\n"
    tag = f'"{hashlib.sha256(written).hexdigest()[:32]}"'
    headers = {"etag": tag, "cache-control": "no-cache"}
    if tag in (one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")):
        return Response(status_code=304, headers=headers)
    return Response(written, headers={**headers, "content-type": "application/json"})
