"""Turn values into HTML through the templates, escaping everything that is not ours.

Every template sees `base`, the relative way back to the root, so that the page also works behind a proxy's prefix, and
writes words with `say`, `show`, `word` and `once` in the languages of its reader.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from exporters.web import addresses, clock_list, language, overview, person, timeline, trust, wording, year, zone
from exporters.web.addresses import raw_path
from exporters.web.clock_list import Asked, ListedClocks
from exporters.web.navigation import PageLink
from exporters.web.words import argument, cut, name, whole
from monitor.clock import sentence
from monitor.explain import Explanation, alert_sentences, for_reader, guarded_sentences, sentences, why_not
from monitor.listing import ListedCause
from monitor.messages import DEFAULT, Argument
from monitor.snapshot import Snapshot
from monitor.text import shown_zone, web_link, written_time, zones_listed

if TYPE_CHECKING:
    from exporters.web.acknowledgement import AlertToAcknowledge, Refused, RefusedForm
    from exporters.web.login import LoginForm
    from exporters.web.retirement import RetirementAsked, RetirementEntry


BAND_HEIGHTS = {
    "off_hours": 4, "idle": 4, "stopped": 4, "cancelled": 4, "nothing_said": 4, "retired": 4, "paused": 14,
    "excluded": 14, "unknown": 14, "degraded": 20, "workdays": 18, "available": 18, "running": 22,
}  # fmt: skip
"""How high a band is, so that colour is never the only sign; one that is not named has all of the height, 26."""


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
        "days": wording.countdown,
        "millis": _millis,
        "web_link": web_link,
        "segment": wording.segment,
        "written": sentences.written,
        "exact": sentences.length,
        "name": name,
        "whole": whole,
        "argument": argument,
        "urlencode": partial(quote, safe="/", errors="replace"),  # Jinja's own ends the page at half of a pair
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
        "ends_of": wording.ends_of,
        "picture": timeline.picture,
        "numbers": timeline.numbers,
        "near_on_a_phone": timeline.NEAR_ON_A_PHONE,
        "timeline_kind": timeline.kind,
        "mark_kind": timeline.mark_kind,
        "year_state": year.state,
        "band_heights": BAND_HEIGHTS,
    }
    return environment


def _millis(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _left(deadline: datetime, now: datetime) -> Argument:
    return wording.countdown(max(deadline - now, timedelta(0)))


@dataclass(frozen=True, slots=True)
class Pages:
    """The templates, compiled once. `language` and `zone` are the installation's; a reader may choose others.

    `navigation` is filled once the site's routes are known. `offers_login` says whether anybody could log in.
    """

    language: str = DEFAULT
    zone: str = "UTC"
    offers_login: Callable[[], bool] = lambda: False
    environment: Environment = field(default_factory=_environment)
    navigation: list[PageLink] = field(default_factory=list)
    paths: set[str] = field(default_factory=set)
    """The paths that the site serves, filled with them."""

    def overview(
        self,
        request: Request,
        snapshot: Snapshot,
        now: datetime,
        causes: Sequence[ListedCause] = (),
        *,
        whole: bool = True,
        kiosk: bool = False,
    ) -> Response:
        """The wall, or with `whole=False` only the part that is renewed; *kiosk* for a screen across the room."""
        marks = trust.marks(snapshot, now)
        values = {
            "kiosk": kiosk,
            "live": "/live" in self.paths,
            "causes": tuple(overview.causes(causes)),
            "trust": marks,
            "verdict": trust.verdict(marks),
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
        part = "kiosk.html" if kiosk else "content.html"
        return self._html(request, "overview.html" if whole else part, values)

    def clocks(
        self, request: Request, snapshot: Snapshot, now: datetime, asked: Asked, found: ListedClocks | None
    ) -> Response:
        """A page of the list of clocks; with *found* None that the address asks for a list that there is not."""
        listed, place = found or ((), None)
        values = {
            "snapshot": snapshot,
            "now": now,
            "asked": asked,
            "choices": clock_list.choices(snapshot),
            "rows": tuple(overview.rows(snapshot, listed, now)),
            "first": asked.from_place(None),
            "next": "" if place is None else asked.from_place(place),
            "refused": found is None,
        }
        return self._html(request, "clocks.html", values, 400 if found is None else 200)

    def circuit(
        self, request: Request, snapshot: Snapshot, now: datetime, explanation: Explanation, found: ListedClocks
    ) -> Response:
        """The year of one circuit, its promises, and the clocks *found* of its tickets."""
        where = zone.choice(request, self.zone)
        shown = for_reader(explanation, where)
        values = {
            "snapshot": snapshot,
            "now": now,
            "it": shown,
            "year": year.year(shown, where),
            "periods": tuple(year.availabilities(shown)),
            "rows": tuple(overview.rows(snapshot, found[0], now)),
            "more": found[1] is not None,
        }
        return self._html(request, "circuit.html", values)

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
        values = {"refused": refused, "page": addresses.back(page).removeprefix("./"), "usual": self.zone}
        return self._html(request, "zone.html", values, 400 if refused else 200)

    def login(self, request: Request, form: LoginForm) -> Response:
        """The form to log in, with what was wrong before."""
        return self._html(request, "login.html", {"it": form}, form.refused.status if form.refused else 200)

    def logout(self, request: Request, name: str, word: str) -> Response:
        """The form to log out; *name* is who is logged in, *word* that of the form."""
        return self._html(request, "logout.html", {"person": name, "word_of_form": word})

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
        where, own = zone.choice(request, self.zone), addresses.own(request)
        text = self.environment.get_template(template).render(
            values,
            base=Markup(addresses.base(request)),
            here=Markup(quote(addresses.here(request), safe="")),
            own=own,
            own_fields=parse_qsl(own, keep_blank_values=True),
            path=raw_path(request).strip("/"),
            navigation=self.navigation,
            person=partial(person.of, request, self.offers_login),
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


def named(request: Request) -> tuple[str, str]:
    """The source and the subject of a page about one subject; empty where the address names none.

    From the raw path: in it, a slash inside an id is %2F and cannot be taken for the end of the source's name.
    """
    source, _, subject = raw_path(request).lstrip("/").partition("/")[2].partition("/")
    return unquote(source), unquote(subject)
