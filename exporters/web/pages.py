"""Turn values into HTML through the templates, escaping everything that is not ours.

Every template sees `base`, the relative way back to the root, so that the page also works behind a proxy's prefix.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response

from exporters.web import overview, wording
from exporters.web.explanation import Explanation
from monitor.explain import sentences
from monitor.messages import Argument, text
from monitor.model import Name
from monitor.snapshot import Snapshot

if TYPE_CHECKING:
    from exporters.web.acknowledgement import Again, Asked


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("exporters.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "utc": wording.utc,
        "iso": wording.iso,
        "age": wording.age,
        "left": _left,
        "millis": _millis,
        "way": sentences.way,
    }
    environment.globals |= {"state_names": wording.STATES, "circuit_names": wording.CIRCUIT_STATES}
    return environment


def _millis(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _left(deadline: datetime, now: datetime) -> str:
    return wording.countdown(max(deadline - now, timedelta(0)))


@dataclass(frozen=True, slots=True)
class Pages:
    """The templates, compiled once."""

    environment: Environment = field(default_factory=_environment)

    def overview(self, request: Request, snapshot: Snapshot, now: datetime, *, whole: bool = True) -> Response:
        """The page of everything, or with `whole=False` only the part that is renewed every few seconds."""
        values = {
            "snapshot": snapshot,
            "now": now,
            "open_clocks": sum(tile.total for tile in overview.tiles(snapshot)),
            "warnings": tuple(overview.warnings(snapshot, now)),
            "tiles": tuple(overview.tiles(snapshot)),
            "rows": tuple(overview.rows(snapshot, snapshot.nearest, now)),
            "late": tuple(overview.rows(snapshot, snapshot.late, now)),
            "circuit_totals": overview.circuit_totals(snapshot),
            "circuits": tuple(overview.circuits(snapshot)),
        }
        return self._html(request, "overview.html" if whole else "content.html", values)

    def explanation(self, request: Request, said: Explanation) -> Response:
        return self._html(request, "explanation.html", {"said": said})

    def acknowledgement(
        self, request: Request, asked: Asked, sent: bool, now: datetime, again: Again | None = None
    ) -> Response:
        """What would be acknowledged, with the form for it, or with it *again*; once that was *sent*, what stands."""
        values = {"asked": asked, "sent": sent, "now": now, "again": again}
        return self._html(request, "acknowledgement.html", values, 400 if again else 200)

    def sentence(self, request: Request, status: int, sentence: Argument) -> Response:
        """A page that holds one sentence, for what could not be shown."""
        return self._html(
            request,
            "sentence.html",
            {"sentence": Name(text(sentence, "en"), text(sentence, "zh")), "status": status},
            status,
        )

    def _html(self, request: Request, template: str, values: dict[str, Any], status: int = 200) -> Response:
        text = self.environment.get_template(template).render(values, base=_base(request))
        body = text.encode("utf-8", "replace")  # a lone surrogate in a source's text must not end the page
        return Response(body, status, media_type="text/html")


def raw_path(request: Request) -> str:
    """The path as it was sent, still percent-encoded: an id may hold a slash."""
    raw = request.scope.get("raw_path") or wording.path(request.scope["path"]).encode()
    return raw.decode("ascii", "replace").partition("?")[0]


def _base(request: Request) -> str:
    return "../" * (raw_path(request).count("/") - 1) or "./"
