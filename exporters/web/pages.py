"""Turn values into HTML through the templates, escaping everything that is not ours.

Every template sees `base`, the relative way back to the root, so that the page also works behind a proxy's prefix, and
writes words with `say`, `show`, `word` and `once` in the languages of its reader.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from exporters.web import language, overview, wording, zone
from exporters.web.navigation import PageLink
from exporters.web.words import argument, cut, name, whole
from monitor.clock import sentence
from monitor.explain import Explanation, alert_sentences, for_reader, guarded_sentences, sentences, why_not
from monitor.messages import DEFAULT, Argument
from monitor.snapshot import Snapshot
from monitor.text import shown_zone, web_link, written_time, zones_listed

if TYPE_CHECKING:
    from exporters.web.acknowledgement import AlertToAcknowledge, Refused, RefusedForm
    from exporters.web.retirement import RetirementAsked, RetirementEntry


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("exporters.web"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=cut,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "written_time": written_time,
        "iso": wording.iso,
        "age": wording.age,
        "left": _left,
        "millis": _millis,
        "web_link": web_link,
        "segment": wording.segment,
        "written": sentences.written,
        "exact": sentences.length,
        "name": name,
        "whole": whole,
        "argument": argument,
    }
    environment.globals |= {
        "sentences": sentences,
        "alert_sentences": alert_sentences,
        "guarded": guarded_sentences,
        "why_not": why_not,
        "understood": sentence,
        "instant": sentences.instant,
        "circuit_state": wording.circuit_state,
        "language_choices": language.choices(),
        "shown_zone": shown_zone,
        "zones_listed": zones_listed,
    }
    return environment


def _millis(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _left(deadline: datetime, now: datetime) -> Argument:
    return wording.countdown(max(deadline - now, timedelta(0)))


@dataclass(frozen=True, slots=True)
class Pages:
    """The templates, compiled once. `language` and `zone` are the installation's; a reader may choose others.

    `navigation` is filled once the site's routes are known.
    """

    language: str = DEFAULT
    zone: str = "UTC"
    environment: Environment = field(default_factory=_environment)
    navigation: list[PageLink] = field(default_factory=list)

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
            "acknowledged": tuple(overview.acknowledged(snapshot)),
            "words_not_understood": tuple(overview.words(snapshot)),
            "circuits": tuple(overview.circuits(snapshot)),
        }
        return self._html(request, "overview.html" if whole else "content.html", values)

    def explanation(self, request: Request, explanation: Explanation, retiring: str = "command") -> Response:
        """The explanation; *retiring* is how it offers to retire the subject."""
        shown = for_reader(explanation, zone.choice(request, self.zone))
        return self._html(request, "explanation.html", {"it": shown, "retiring": retiring})

    def retirement(
        self, request: Request, asked: RetirementAsked, sent: bool, again: tuple[RetirementEntry, Refused] | None
    ) -> Response:
        """The form to retire a subject, or the form *again*; once it was *sent*, that it is retired."""
        values = {"asked": asked, "sent": sent, "again": again}
        return self._html(request, "retirement.html", values, 400 if again else 200)

    def acknowledgement(
        self, request: Request, asked: AlertToAcknowledge, sent: bool, now: datetime, again: RefusedForm | None = None
    ) -> Response:
        """What would be acknowledged, with the form for it, or with it *again*; once that was *sent*, what stands."""
        retire = f"{request.path_params['token']}/retire" if asked.retirable else ""
        values = {"asked": asked, "sent": sent, "now": now, "again": again, "retire": retire}
        return self._html(request, "acknowledgement.html", values, 400 if again else 200)

    def zones(self, request: Request, *, refused: bool) -> Response:
        """The form to choose the zone of times; *refused* where another one was asked for than there is."""
        page = request.query_params.get("page", "")
        values = {"refused": refused, "page": language.back(page).removeprefix("./"), "usual": self.zone}
        return self._html(request, "zone.html", values, 400 if refused else 200)

    def listed(self, request: Request, template: str, values: dict[str, Any]) -> Response:
        """One of the lists, by its template."""
        return self._html(request, template, values)

    def zone_of(self, request: Request) -> str:
        """The zone in which a request is shown times."""
        return zone.choice(request, self.zone)

    def sentence(self, request: Request, status: int, sentence: Argument) -> Response:
        """A page that holds one sentence, for what could not be shown."""
        return self._html(request, "sentence.html", {"sentence": sentence, "status": status}, status)

    def _html(self, request: Request, template: str, values: dict[str, Any], status: int = 200) -> Response:
        choice, words = language.choice(request, self.language), language.words(request, self.language)
        where = zone.choice(request, self.zone)
        text = self.environment.get_template(template).render(
            values,
            base=_base(request),
            here=_here(request),
            path=raw_path(request).strip("/"),
            navigation=self.navigation,
            language=choice,
            zone=where,
            asked_language=language.asked(request),
            asked_zone=zone.asked(request),
            words=words,
            say=words.say,
            show=words.show,
            word=words.word,
            once=words.once,
        )
        body = text.encode("utf-8", "replace")  # a lone surrogate in a source's text must not end the page
        return Response(body, status, media_type="text/html", headers={"vary": "Cookie"})


def _here(request: Request) -> Markup:
    """This page for the links that choose a language; the first page where its address is longer than they keep."""
    path = raw_path(request).lstrip("/")
    return Markup(quote(path if len(path) <= language.LONGEST else "", safe=""))


def raw_path(request: Request) -> str:
    """The path as it was sent, still percent-encoded: an id may hold a slash."""
    raw = request.scope.get("raw_path") or wording.path(request.scope["path"]).encode()
    return raw.decode("ascii", "replace").partition("?")[0]


def _base(request: Request) -> Markup:
    return Markup("../" * (raw_path(request).count("/") - 1) or "./")
