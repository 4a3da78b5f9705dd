"""What others wrote stays text on every page: each method of `Pages`, each list, each template, and the pictures."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree

import pytest
from starlette.requests import Request
from starlette.responses import Response

from exporters.web import navigation
from exporters.web.acknowledgement import AlertToAcknowledge, FormEntry, Refused, RefusedForm
from exporters.web.clock_list import Asked
from exporters.web.customer_page import CustomerPages, CustomerViews
from exporters.web.lists import Lists
from exporters.web.login import LoginForm
from exporters.web.pages import Pages
from exporters.web.retirement import RetirementAsked, RetirementEntry
from monitor.access import LoggedInBy, Principal, Role
from monitor.explain import Acknowledgement
from monitor.listing import (
    CalledRow,
    CausePlace,
    CircuitPlace,
    ClockPlace,
    CustomerCircuits,
    CustomerMonth,
    RecordPlace,
    WithheldRow,
    WordToMap,
)  # fmt: skip
from monitor.messages import BOTH, message
from monitor.model import CircuitState, Name, SubjectKey, SubjectKind
from tests.exporters.web import test_lists as listed
from tests.exporters.web.test_hostile_text import FORM, OURS, hostile, read
from tests.support import snapshots
from tests.support.hostile_texts import TEXTS, acting
from tests.support.snapshots import AT

TEMPLATES = Path(inspect.getfile(Pages)).parent / "templates"
KNOWN = {*OURS, *FORM, "datalist", "h3"}
"""The elements that our templates have; any other one came out of a text."""

SHIFT = Principal("lin", frozenset({Role.NOC}), by=LoggedInBy.PASSWORD)
BY_NAME = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())


def a_request(text: str, path: str = "/clocks") -> Request:
    """A request with the text in its query and cookies, as far as a browser can send it."""
    sent = quote(text[:300], safe="", errors="replace")
    query = "&".join(f"{name}={sent}" for name in ("tier", "subject", "page", "zone", "language", "customer", "name"))
    cookie = f"tierwatch_language={sent}; tierwatch_zone={sent}"
    return Request({
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": query.encode(),
        "headers": [(b"cookie", cookie.encode())], "state": {"principal": SHIFT, "form_word": text},
        "path_params": {"token": "eyJhIjoiMDEyMw.x-_Z"}, "server": ("127.0.0.1", 80), "scheme": "http",
    })  # fmt: skip


def an_acknowledgement(pages: Pages, request: Request, text: str) -> Response:
    done = Acknowledgement(AT, text, text, text)
    asked = AlertToAcknowledge(Name(text, text), text, text, retirable=True, acknowledged=(done,))
    return pages.acknowledgement(request, asked, True, AT)


def a_refused_form(pages: Pages, request: Request, text: str) -> Response:
    again = RefusedForm(FormEntry(text, text), Refused(400, text))
    return pages.acknowledgement(request, AlertToAcknowledge(Name(text, text), text), False, AT, again)


def a_circuit(pages: Pages, request: Request, text: str) -> Response:
    said, snapshot = hostile(text), snapshots.hostile(text)
    circuit = replace(said.subject, kind=SubjectKind.CIRCUIT, circuit_state=CircuitState.UNKNOWN)
    said = replace(said, subject=circuit, states=[(AT, CircuitState.UNAVAILABLE)])
    return pages.circuit(request, snapshot, AT, said, (snapshot.nearest, ClockPlace(0, 1, text, text, text, 1)))


def some_clocks(pages: Pages, request: Request, text: str) -> Response:
    snapshot = snapshots.hostile(text)
    asked = Asked(tier=text, target=text, source=text, customer=text, subject=text, after=text)
    return pages.clocks(request, snapshot, AT, asked, (snapshot.nearest, ClockPlace(0, 1, text, text, text, 1)))


def the_wall(**how: bool) -> Callable[[Pages, Request, str], Response]:
    return lambda pages, request, text: pages.overview(
        request, snapshots.hostile(text), AT, (listed.cause(text), listed.cause(text, over=True)), **how
    )


def a_list(endpoint: str, **shown: Any) -> Callable[[Pages, Request, str], Response]:
    """One of the lists, with rows that hold the text in each of their fields."""

    def render(pages: Pages, request: Request, text: str) -> Response:
        key = SubjectKey(f"corp{text}", f"INC{text}")
        known = listed.Shown(
            records=(listed.record(text),), causes=(listed.cause(text),), week=listed.week(text),
            circuits=(listed.circuit(text),), words=(WordToMap(text, text, text, 1, key, text),),
            told=shown.get("told", lambda _text, _key: (listed.told(text=_text, key=_key),))(text, key),
            next={
                "records": RecordPlace(text, text, 1), "causes": CausePlace(0, text, 0, text), "told": 4,
                "circuits": CircuitPlace("unknown", text, text, text, text),
            },
        )  # fmt: skip
        request.scope["query_string"] += b"&what=" + shown.get("what", b"sent")
        return getattr(Lists(known.views(), lambda: snapshots.hostile(text), lambda: AT, pages), endpoint)(request)

    return render


def of_a_customer(part: bytes) -> Callable[[Pages, Request, str], Response]:
    """The page of a customer of that name, or the part of it that is renewed."""

    def render(pages: Pages, request: Request, text: str) -> Response:
        request.scope["raw_path"] = f"/customers/{quote(text[:300], safe='', errors='replace') or 'x'}".encode()
        request.scope["query_string"] += part
        snapshot, circuits = snapshots.hostile(text), CustomerCircuits([listed.circuit(text)])
        views = CustomerViews(lambda _: True, lambda *_: circuits, lambda _: CustomerMonth(AT, {text: 1}, {text: 2}))
        shown = CustomerPages(views, lambda *_: (snapshot.nearest, None), lambda: snapshot, lambda: AT, pages)
        return shown.page(request)

    return render


def withheld(text: str, key: SubjectKey) -> tuple[WithheldRow, ...]:
    return (WithheldRow(3, AT, listed.about(text, key), text, text, text),)


def called(text: str, key: SubjectKey) -> tuple[CalledRow, ...]:
    return (CalledRow(3, AT, listed.about(text, key), text, text, 1, text),)


RENDERED: Mapping[str, Callable[[Pages, Request, str], Response]] = {
    "overview": the_wall(whole=True, kiosk=False),
    "overview: what is renewed": the_wall(whole=False, kiosk=False),
    "overview: kiosk": the_wall(whole=True, kiosk=True),
    "overview: kiosk, renewed": the_wall(whole=False, kiosk=True),
    "clocks": some_clocks,
    "circuit": a_circuit,
    "explanation": lambda pages, request, text: pages.explanation(request, hostile(text), "form"),
    "retirement": lambda pages, request, text: pages.retirement(
        request, RetirementAsked(SubjectKey(text, text), text), False, (RetirementEntry(text, text), Refused(400, text))
    ),
    "retirement: done": lambda pages, request, text: pages.retirement(
        request, RetirementAsked(SubjectKey(text, text), text), True, None
    ),
    "acknowledgement": an_acknowledgement,
    "acknowledgement: again": a_refused_form,
    "zones": lambda pages, request, text: pages.zones(request, refused=True),
    "login": lambda pages, request, text: pages.login(request, LoginForm(text, text, True, text)),
    "logout": lambda pages, request, text: pages.logout(request, text, text),
    "sentence": lambda pages, request, text: pages.sentence(
        request, 404, message("page-nothing-known", subject=text, source=text)
    ),
    "sentence: plain": lambda pages, request, text: pages.sentence(request, 503, text),
    "listed: sources": a_list("sources"),
    "listed: told": a_list("told"),
    "listed: withheld": a_list("told", told=withheld, what=b"withheld"),
    "listed: called": a_list("told", told=called, what=b"called"),
    "listed: causes": a_list("causes"),
    "listed: circuits": a_list("circuits"),
    "listed: oncall": a_list("oncall"),
    "listed: customer": of_a_customer(b""),
    "listed: customer, renewed": of_a_customer(b"&part=1"),
}
"""Every method of `Pages` that answers, and every list, by name; a new one needs its line."""


def assert_inert(html: str) -> None:
    """Nothing that a browser would run or load from elsewhere, and links that lead to pages of ours or over https."""
    page = read(html)
    assert {tag for tag, _ in page.elements} <= KNOWN
    for tag, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on") or name in ("style", "srcdoc", "formaction")]
        assert tag != "script" or re.fullmatch(r"(\./|(\.\./)+)static/page\.js", attributes["src"] or "")
        for name in ("href", "src", "action"):
            link = attributes.get(name) or ""
            assert urlsplit(link).scheme in ("", "https"), link
            assert not link.startswith(("//", "\\")), link
            assert not link.startswith("https://") or attributes["rel"] == "noreferrer noopener"
    assert not acting(html, but="\n\t\u2028\u2029"), "nothing steers or turns what stands around it"


@cache
def pages() -> Pages:
    known = Pages(BOTH, "Asia/Shanghai")
    known.navigation.extend(navigation.PAGES)
    known.paths.update({"/live", "/circuits", "/clocks"})
    return known


@BY_NAME
@pytest.mark.parametrize("name", RENDERED)
def test_text_stays_text_on_the_page(name: str, text: str) -> None:
    answer = RENDERED[name](pages(), a_request(text), text)
    assert_inert(bytes(answer.body).decode())
    assert not [value for value in answer.headers.values() if not value.isascii() or acting(value, but="")]


def test_every_page_is_tried() -> None:
    answering = {
        name
        for name, method in inspect.getmembers(Pages, inspect.isfunction)
        if not name.startswith("_") and inspect.signature(method).return_annotation == "Response"
    }
    assert {name.partition(":")[0] for name in RENDERED} == answering
    endpoints = {
        name
        for name, method in inspect.getmembers(Lists, inspect.isfunction)
        if not name.startswith("_") and inspect.signature(method).return_annotation == "Response"
    }
    tried = {name.partition(": ")[2] for name in RENDERED if name.startswith("listed")}
    assert tried - {"withheld", "called", "customer", "customer, renewed"} == endpoints


def test_every_template_is_tried() -> None:
    """Those that a page is made of, and those that they include or import."""
    for name, render in RENDERED.items():
        assert render(pages(), a_request("x"), "x").status_code in (200, 400, 404, 503), name
    assert pages().environment.cache is not None
    loaded = {key[1] for key in pages().environment.cache}
    assert loaded == {file.name for file in TEMPLATES.glob("*.html")}


def test_no_template_marks_text_as_safe() -> None:
    """Escaping is on for all of them, and nothing in them turns it off."""
    assert pages().environment.autoescape is True
    for file in TEMPLATES.glob("*.html"):
        assert not re.search(r"\|\s*safe\b|autoescape|\bMarkup\b", file.read_text(encoding="utf-8")), file.name
        assert not re.search(r"\son\w+=|\sstyle=", file.read_text(encoding="utf-8")), file.name
    script = (TEMPLATES.parent / "static/page.js").read_text(encoding="utf-8")
    assert not re.search(r"\beval\(|new Function|document\.write|insertAdjacentHTML|outerHTML", script)


PICTURED = ("explanation", "circuit", "listed: oncall", "overview")


def pictures(html: str) -> Iterator[str]:
    yield from re.findall(r"<svg\b.*?</svg>", html, re.DOTALL)


@BY_NAME
@pytest.mark.parametrize("name", PICTURED)
def test_a_picture_is_well_formed_and_draws_nothing_of_its_own(name: str, text: str) -> None:
    found = [*pictures(bytes(RENDERED[name](pages(), a_request(text), text).body).decode())]
    assert found
    for one in found:
        tree = ElementTree.fromstring(one)
        for element in tree.iter():
            assert element.tag in {"svg", "g", "rect", "path", "circle", "line", "text", "title", "desc", "a"}
            assert not [name for name in element.attrib if name.startswith("on") or name == "style"]
            assert not {name for name in element.attrib if name.endswith("href")} or element.tag == "a"


def test_what_would_harm_is_seen() -> None:
    """The tests above would fail: each of these is a page on which a text got out."""
    harms = (
        "<p><img src=x></p>", '<p onclick="x">', '<a href="javascript:x">y</a>', "<script>x</script>", "\u202e", "\x9b",
        '<a href="//evil.example">y</a>', '<a href="https://evil.example">y</a>',
        '<script src="//evil.example/x"></script>',
    )  # fmt: skip
    for harm in harms:
        with pytest.raises((AssertionError, KeyError)):
            assert_inert(harm)
    assert_inert('<p>a\nb \u65b0</p><a href="../clocks?tier=gold">y</a>')
    assert read("<b>x</b>").elements == [("b", {})]
