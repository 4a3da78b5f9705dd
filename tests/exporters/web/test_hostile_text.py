"""Whatever a source, a policy or a config says is shown as text: it makes no element, no attribute, no script."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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
    "a", "article", "aside", "b", "bdi", "body", "br", "dd", "div", "dl", "dt", "footer", "h1", "h2", "head", "header",
    "html", "li", "link", "main", "meta", "noscript", "p", "script", "section", "small", "span", "table", "tbody", "td",
    "th", "thead", "time", "title", "tr", "ul", "svg", "rect", "path", "circle",
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


def assert_harmless(html: str) -> None:
    page = read(html)
    assert {tag for tag, _ in page.elements} <= OURS
    for tag, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on") or name in ("style", "srcdoc", "formaction")]
        if tag == "script":
            assert attributes == {"src": "./static/page.js", "defer": None}
        link = attributes.get("href", "./") or ""
        assert link.startswith(("./", "../", "https://", "?")), link
        if link.startswith("https://"):
            assert attributes["rel"] == "noreferrer noopener"


def hostile(text: str) -> dict[str, Any]:
    """An explanation with *text* in every field that is free."""
    said, both = explained(corrected=True), {"en": text, "zh": text}
    said |= {"subject": text, "source": text, "status": text, "policy": text, "kind": text}
    said["attributes"] = dict.fromkeys(said["attributes"], text)
    said["doubts"] = [{"event": text, "what": text, "value": text}]
    for clock in said["clocks"]:
        clock |= {"target": text, "tier": text, "assurance": text, "budget_source": text, "policy_version": text}
        clock["title"] = {"en": text, "zh": text}
        clock["calendar"] = {"name": text, "version": text, "zone": text}
        clock["stages"] = [{"stage": text, "at": clock["started_at"]}]
        clock |= {"hours": text, "when": {text: [text]}, "notes": [both], "promise": both}
        clock["legs"] = [{"sentence": both}]
        for line in clock["intervals"]:
            line |= {"status": text, "because": text, "life": text, "what": text, "cause": both, "reason_name": both}
            line |= {"name": both}
            for stretch in line.get("stretches", ()):
                stretch |= {"reason": text, "approved_by": text, "calendar": text, "provisional": True}
        for one in clock["deadlines"]:
            one["because"] = text
        change = {"before_seconds": 1, "budget_seconds": 2, "calendar": text, "calendar_before": text, "because": text}
        clock["changes"] = [{"at": clock["started_at"], **change}]
    for one in said["corrections"]:
        one |= {"author": text, "reason": text, "event": text, "sentence": both}
    for one in said["before_corrections"]:
        one["target"] = text
    for alert in said["alerts"]:
        alert |= {"stage": text, "state": text, "reason": text, "target": text}
        alert["withheld"] = [{"channel": text, "at": "2026-03-02T05:12:54Z", "reason": text, "detail": text}]
        alert["changes"] = [{"at": "2026-03-02T05:12:54Z", "reason": text, "firing": True}]
        alert["acknowledged"] = [{"at": "2026-03-02T05:13:00Z", "author": text, "via": text, "note": text}]
        alert["deliveries"] = [{"channel": text, "accepted_at": None, "attempts": 1, "error": text}]
    return said


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_text_stays_text_on_the_page(site: Any, attack: str) -> None:
    site.snapshot = snapshots.hostile(attack)
    for path in ("/", "/page"):
        answer = site.get(path)
        assert answer.status_code == 200
        assert_harmless(answer.text)
    assert attack.replace("\x00", "") in "".join(read(site.get("/page").text).text).replace("\x00", "")


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
