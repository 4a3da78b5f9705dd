"""Answer HTTP: the metrics, the page, the explanations and whether the program is well.

Only GET and HEAD, and nothing is changed by a request, but for [acknowledgements](acknowledgement.py),
[retirements](retirement.py) and [reloads](reload.py); nothing is read but what `Views` gives. The Host header is used
for no link: all of them are relative. Whatever cannot be shown is answered with a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from exporters import prometheus
from exporters.live import Broadcaster
from exporters.prometheus import Prometheus
from exporters.web import language, navigation, zone
from exporters.web.acknowledgement import AcknowledgementActions, AcknowledgementEndpoints
from exporters.web.customer_page import CustomerPages, CustomerViews
from exporters.web.headers import FORM_POLICY, HEADERS, SafeHeaders
from exporters.web.list_pages import CircuitPages, ListClocks, ListPages
from exporters.web.lists import Lists, ListViews
from exporters.web.live import LiveEndpoint
from exporters.web.login import LOGINS_AT_ONCE, PROVIDER_AT_ONCE, LoginActions, LoginEndpoints
from exporters.web.pages import Pages, named
from exporters.web.reload import RELOADS_AT_ONCE, ReloadAnswer, ReloadAsked, ReloadEndpoint
from exporters.web.request_limit import RequestLimit
from exporters.web.retirement import RetirementActions, RetirementEndpoints
from exporters.web.scraped import Scraped, ScrapedEndpoints
from exporters.web.who import Gate, Who
from monitor.errors import TierwatchError
from monitor.explain import Explanation, as_json, in_zone
from monitor.messages import DEFAULT, Argument, Message, joined, message, text
from monitor.snapshot import Snapshot
from monitor.text import json_body

STATIC = Path(__file__).with_name("static")

API_PATH = "/api/v1"
"""Where the API is mounted."""

REFUSALS = {
    401: message("page-refused-401"),
    403: message("page-refused-403"),
    404: message("page-refused-404"),
    503: message("page-refused-503"),
}
PAGES_AT_ONCE, EXPLANATIONS_AT_ONCE, METRICS_AT_ONCE, ACKNOWLEDGEMENTS_AT_ONCE, LISTS_AT_ONCE = 2, 2, 1, 2, 2
"""Requests of each kind that are worked on at the same time: together few, beside the threads that alert."""

SUBJECT_PAGES = ("explain", "subjects")
"""The page about one subject has two addresses: older pages, alerts and metrics link to the first one."""

MOST_RENDERED = 8
"""Wishes for a format (Accept) for which the metrics are kept."""

FAILED = message("page-failed")

CAUSES = 5
"""Root causes on the wall, at most."""

KIOSK = "kiosk"
"""The parameter of the wall for a screen across the room."""


@dataclass(frozen=True, slots=True)
class Views:
    """What the app lets this site see, asked anew for each request and from several threads.

    `explain` gives the explanation of a subject with its `alerts`, None where nothing is known of it. `ready` says
    whether the program does its work, and a sentence. `desk` takes acknowledgements, None where there are none.
    `clocks` lists open clocks, None where it cannot be looked through.
    `retire` is what it may retire. `reload` has the configuration read again for whoever may ask, and answers when that
    is over; None where it cannot be. `gate` says who is let in, `login` how people log in, None where nobody can.
    `customers` is what one customer is shown, None where that cannot be looked through. `scraped` is what programs look
    for one by one. `language` and `zone` are the installation's: the code of a language
    or `both`, and a time zone. `api` answers what is below `API_PATH`; None where there is no API. `live` streams what
    is committed, `lists` is what the lists behind the first page show; None where there is neither.
    """

    snapshot: Callable[[], Snapshot]
    explain: Callable[[str, str], Explanation | None]
    now: Callable[[], datetime]
    ready: Callable[[], tuple[bool, str]]
    desk: AcknowledgementActions | None = None
    language: str = DEFAULT
    retire: RetirementActions = field(default_factory=RetirementActions)
    zone: str = "UTC"
    reload: Callable[[ReloadAsked], ReloadAnswer] | None = None
    clocks: ListClocks | None = None
    live: Broadcaster | None = None
    gate: Gate = field(default_factory=Gate)
    api: ASGIApp | None = None
    scraped: Scraped = field(default_factory=Scraped)
    login: LoginActions | None = None
    lists: ListViews | None = None
    customers: CustomerViews | None = None


def build_app(views: Views, exporter: Prometheus | None = None) -> Starlette:
    """The site. Any of the views may raise one of the five errors; its sentence is then the answer, with 503.

    The *exporter* remembers who has seen which counter; one that another site had goes on with that.
    """
    exporter = exporter or prometheus.build(prometheus.Config())
    shown = Pages(views.language, views.zone, (lambda: False) if views.login is None else views.login.offered)
    site, pages = _Site(views, shown, exporter), RequestLimit(PAGES_AT_ONCE)
    explanations = RequestLimit(EXPLANATIONS_AT_ONCE)
    app = Starlette(
        routes=[
            Route("/", pages.endpoint(site.overview)),
            Route("/page", pages.endpoint(site.content)),
            Route("/language", language.choose),
            Route("/zone", pages.endpoint(site.zone)),
            Route("/metrics", RequestLimit(METRICS_AT_ONCE).endpoint(site.metrics)),
            *ScrapedEndpoints(views.scraped).routes(),
            Route("/-/healthy", site.healthy),
            Route("/-/ready", site.ready),
            *(Route(f"/{name}/{{subject:path}}", explanations.endpoint(site.explanation)) for name in SUBJECT_PAGES),
            *_listing(views, site, explanations),
            *_acknowledging(views, site.pages),
            *_retiring(views, site.pages),
            *_reloading(views),
            *_living(views, site),
            *_with_lists(views, site.pages),
            *_for_customers(views, site.pages),
            *(() if views.api is None else (Below(API_PATH, views.api),)),
            *_logging_in(views, site.pages),
            Mount("/static", _Static(directory=STATIC)),
        ],
        middleware=[
            Middleware(SafeHeaders),
            Middleware(Who, gate=views.gate, page=site.refused),
            Middleware(GZipMiddleware, minimum_size=1024, compresslevel=5),
        ],
        exception_handlers={
            HTTPException: site.refused,
            TierwatchError: site.unavailable,
            Exception: site.failed,
        },
    )
    site.pages.paths.update(route.path for route in app.routes if isinstance(route, Route))
    site.pages.navigation.extend(navigation.served(site.pages.paths))
    app.router.redirect_slashes = False  # a redirect would be built from the Host header
    return app


def _listing(views: Views, site: _Site, explanations: RequestLimit) -> Iterator[Route]:
    if views.clocks is not None:
        lists = ListPages(site.pages, views.snapshot, views.clocks, views.now)
        yield Route("/clocks", RequestLimit(LISTS_AT_ONCE).endpoint(lists.clocks))
        circuits = CircuitPages(lists, views.explain)
        yield Route("/circuits/{subject:path}", explanations.endpoint(circuits.circuit))


def _acknowledging(views: Views, pages: Pages) -> Iterator[Route]:
    if views.desk is not None:
        endpoints = AcknowledgementEndpoints(views.desk, pages, views.now, RequestLimit(ACKNOWLEDGEMENTS_AT_ONCE))
        yield Route("/acknowledge/{token}", endpoints.by_link, methods=["GET", "POST"])
        every = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        yield Route("/api/v1/alerts/{key}/acknowledge", endpoints.by_key, methods=every)


def _retiring(views: Views, pages: Pages) -> Iterator[Route]:
    endpoints = RetirementEndpoints(views.retire, pages, RequestLimit(ACKNOWLEDGEMENTS_AT_ONCE))
    if views.retire.by_link is not None:
        yield Route("/acknowledge/{token}/retire", endpoints.by_link, methods=["GET", "POST"])
    if views.retire.by_key is not None:
        yield Route("/retire/{subject:path}", endpoints.by_key, methods=["POST"])


def _reloading(views: Views) -> Iterator[Route]:
    if views.reload is not None:
        endpoint = ReloadEndpoint(views.reload, RequestLimit(RELOADS_AT_ONCE))
        yield Route("/-/reload", endpoint.reload, methods=["POST"])


def _logging_in(views: Views, pages: Pages) -> Iterator[Route]:
    if views.login is not None:
        limits = RequestLimit(LOGINS_AT_ONCE), RequestLimit(PROVIDER_AT_ONCE)
        endpoints = LoginEndpoints(views.login, pages, *limits)
        yield Route("/login", endpoints.login, methods=["GET", "POST"])
        yield Route("/login-with", endpoints.depart)
        yield Route("/logged-in", endpoints.arrive)
        yield Route("/logout", endpoints.logout, methods=["GET", "POST"])


def _living(views: Views, site: _Site) -> Iterator[Route]:
    """The stream; from now on the parts of pages in it are those of this site, for those who look already too."""
    if views.live is not None:
        views.live.make = {"wall": partial(site.part, kiosk=False), "kiosk": partial(site.part, kiosk=True)}
        yield Route("/live", LiveEndpoint(views.live, views.now, views.language, views.zone).live)


def _with_lists(views: Views, pages: Pages) -> Iterator[Route]:
    if views.lists is not None:
        yield from Lists(views.lists, views.snapshot, views.now, pages).routes()


def _for_customers(views: Views, pages: Pages) -> Iterator[Route]:
    if views.customers is not None and views.clocks is not None:
        yield from CustomerPages(views.customers, views.clocks, views.snapshot, views.now, pages).routes()


@dataclass(frozen=True, slots=True)
class _Site:
    """The endpoints. They are plain functions, which run in threads, few at a time, so a slow one stops nobody."""

    views: Views
    pages: Pages
    exporter: Prometheus
    rendered: dict[tuple[str, str], tuple[datetime, bytes, str]] = field(default_factory=dict)

    def overview(self, request: Request) -> Response:
        return self._wall(request, kiosk=KIOSK in request.query_params)

    def content(self, request: Request) -> Response:
        return self.part(request, kiosk=KIOSK in request.query_params)

    def part(self, request: Request, *, kiosk: bool) -> Response:
        """The part of the wall that changes."""
        return self._wall(request, whole=False, kiosk=kiosk)

    def _wall(self, request: Request, *, whole: bool = True, kiosk: bool) -> Response:
        lists = self.views.lists
        causes = () if lists is None else lists.causes(CAUSES, None).rows
        now = self.views.now()
        return self.pages.overview(request, self.views.snapshot(), now, causes, whole=whole, kiosk=kiosk)

    def zone(self, request: Request) -> Response:
        """Keep the zone that was chosen; the form to choose one where none was, or none that there is."""
        chosen = zone.choose(request)
        if chosen is not None:
            return chosen
        response = self.pages.zones(request, refused=zone.PARAMETER in request.query_params)
        response.headers["content-security-policy"] = FORM_POLICY
        return response

    def metrics(self, request: Request) -> Response:
        body, kind = self._rendered(request.headers.get("accept", ""), _scraper(request))
        return Response(body, headers={"content-type": kind, "vary": "Accept"})

    def _rendered(self, accept: str, scraper: str) -> tuple[bytes, str]:
        """The metrics, rendered once for each snapshot, so that asking for them all the time costs little."""
        snapshot = self.views.snapshot()
        at, body, kind = self.rendered.get((accept, scraper), (None, b"", ""))
        if at != snapshot.at:
            body, kind = self.exporter.render(snapshot, self.views.now(), accept, scraper)
            if len(self.rendered) >= MOST_RENDERED:
                self.rendered.clear()
            self.rendered[accept, scraper] = (snapshot.at, body, kind)
        return body, kind

    def healthy(self, request: Request) -> Response:
        return _plain("tierwatch answers.")

    def ready(self, request: Request) -> Response:
        done, sentence = self.views.ready()
        return _plain(sentence, 200 if done else 503)

    def explanation(self, request: Request) -> Response:
        source, subject = named(request)
        explanation = self.views.explain(source, subject) if source and subject else None
        if explanation is None:
            return self._answer(request, 404, message("page-nothing-known", subject=subject, source=source))
        if _wants_json(request):
            return _json(as_json(in_zone(explanation, zone.asked(request) or self.views.zone)))
        response = self.pages.explanation(request, explanation, self.views.retire.offered)
        if self.views.retire.by_key is not None:
            response.headers["content-security-policy"] = FORM_POLICY
        return response

    def refused(self, request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        refusal = _answers_only(error) if status == 405 else REFUSALS.get(status, FAILED)
        response = self._answer(request, status, refusal)
        if isinstance(error, HTTPException) and error.headers:
            response.headers.update(error.headers)
        return response

    def unavailable(self, request: Request, error: Exception) -> Response:
        return self._answer(request, 503, message("page-unavailable", error=str(error)))

    def failed(self, request: Request, error: Exception) -> Response:
        """Outermost: what stands here passes no middleware, and the server logs the error after it."""
        response = self._answer(request, 500, FAILED)
        response.headers.update(HEADERS)
        return response

    def _answer(self, request: Request, status: int, sentence: Argument) -> Response:
        """The sentence, in the form that whoever asked can read."""
        if _wants_json(request):
            return _json({"error": text(sentence, DEFAULT)}, status)
        if request.scope["path"].startswith(("/metrics", "/-/", "/sd/")):
            return _plain(text(sentence, DEFAULT), status)
        return self.pages.sentence(request, status, sentence)


class Below(Mount):
    """Another app, for every address below one: also for a name that has a line feed in it."""

    def __init__(self, path: str, app: ASGIApp) -> None:
        super().__init__(path, app)
        self.path_regex = re.compile(f"^{re.escape(path)}/(?P<path>.*)$", re.DOTALL)


class _Static(StaticFiles):
    """Files of the page: kept by the browser, but asked about each time, so that an upgrade shows at once."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["cache-control"] = "no-cache"
        return response


def _answers_only(error: Exception) -> Message:
    """The sentence with the methods that an address takes (RFC 9110, 15.5.6: they stand in `Allow`)."""
    headers = error.headers if isinstance(error, HTTPException) else None
    methods = sorted(method.strip() for method in (headers or {}).get("Allow", "").split(","))
    return message("page-refused-405", methods=joined(methods, message("page-and")))


def _wants_json(request: Request) -> bool:
    return request.query_params.get("format") == "json"


def _scraper(request: Request) -> str:
    """Who reads the metrics to remember them: Prometheus and its kin say so. Empty for anybody else."""
    scrapes = "x-prometheus-scrape-timeout-seconds" in request.headers
    return request.client.host if scrapes and request.client is not None else ""


def _plain(sentence: str, status: int = 200) -> Response:
    return Response(f"{sentence}\n".encode("utf-8", "replace"), status, media_type="text/plain")


def _json(value: Any, status: int = 200) -> Response:
    return Response(json_body(value, indent=1) + b"\n", status, media_type="application/json")
