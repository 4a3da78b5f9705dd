"""Every link of the dashboards is opened at the real site: it answers, with the filter of the link applied."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
import requests

from exporters.web.app import Views, build_app
from exporters.web.clock_list import ListedClocks
from exporters.web.serve import Server
from monitor.listing import CircuitQuery, ClockPlace, ClockQuery
from tests.exporters.web.test_lists import Shown
from tests.support import snapshots
from tests.support.dashboards import boards

FILLED = {
    "${__field.labels.tier}": "gold & more/100%",
    "${__field.labels.assurance}": "AA+ <b>",
    "${__data.fields.tier}": "gold & more/100%",
    "${__data.fields.sla_target}": "restore #1",
}
"""What Grafana puts in the places of a link, percent-encoded as it does there by itself, and hard to read otherwise."""

PLACE = re.compile(r"\$\{[^}]*\}")


def links() -> Iterator[tuple[str, str]]:
    """Where each link is, and its address below the root of the page."""
    for name, board in boards().items():
        given = [(name, link) for link in board["links"] if link["type"] == "link"]
        for panel in board["panels"]:
            where = f"{name} {panel['id']}"
            given += [(where, link) for link in panel.get("fieldConfig", {}).get("defaults", {}).get("links", ())]
            given += [(where, link) for link in panel.get("links", ())]
            for override in panel.get("fieldConfig", {}).get("overrides", ()):
                for one in override["properties"]:
                    given += [(where, link) for link in (one["value"] if one["id"] == "links" else ())]
        for where, link in given:
            assert link["url"].startswith("${page_url:raw}/"), where
            yield where, link["url"].removeprefix("${page_url:raw}/")


LINKS = sorted({address for _, address in links()})


@dataclass
class Opened:
    """A site like that of a whole installation; `clocks` and `lists` note what was looked for."""

    url: str = ""
    clocks: list[ClockQuery] = field(default_factory=list)
    lists: Shown = field(default_factory=Shown)

    def views(self) -> Views:
        return Views(
            snapshots.example, lambda *_: None, lambda: snapshots.AT, lambda: (True, "ready"), clocks=self._clocks,
            lists=self.lists.views(),
        )  # fmt: skip

    def _clocks(self, query: ClockQuery, limit: int, after: ClockPlace | None) -> ListedClocks:
        self.clocks.append(query)
        return (), None

    def get(self, path: str) -> requests.Response:
        return requests.get(self.url + path, timeout=60, allow_redirects=False)


@pytest.fixture(scope="module")
def opened() -> Iterator[Opened]:
    site = Opened()
    server = Server(build_app(site.views()), "127.0.0.1", 0)
    server.start()
    site.url = server.url
    yield site
    server.stop()


def filled(address: str) -> str:
    made = PLACE.sub(lambda place: quote(FILLED[place[0]], safe=""), address)
    assert "${" not in made
    return made


def filters(query: ClockQuery | CircuitQuery) -> dict[str, Any]:
    """What a query is limited to, by the names that the addresses have for it."""
    names = {"tiers": "tier", "targets": "target", "states": "state", "sources": "source", "assurances": "assurance"}
    found = {address: getattr(query, name, frozenset()) for name, address in names.items()}
    return {name: value for name, (value, *more) in ((n, [*v]) for n, v in found.items() if v) if not more}


@pytest.mark.parametrize("address", LINKS)
def test_a_link_opens_a_page_that_shows_what_the_panel_counts(opened: Opened, address: str) -> None:
    opened.clocks.clear()
    opened.lists.asked.clear()
    path, wanted = urlsplit(filled(address)).path, dict(parse_qsl(urlsplit(filled(address)).query))
    answer = opened.get(filled(address))
    assert answer.status_code == 200, answer.text[:500]
    if path == "clocks":
        assert filters(opened.clocks[-1]) == wanted
    elif path == "circuits":
        query = opened.lists.asked[-1][0]
        assert filters(query) == wanted or (not wanted and query.states)
    else:
        assert wanted == {}, "none of the other pages has a filter that a panel asks for"


def test_there_are_links_to_every_page_that_answers_a_panel() -> None:
    assert {urlsplit(address).path for address in LINKS} == {"", "clocks", "circuits", "oncall", "sources", "pages"}
    assert len(LINKS) > 15
    assert {place for address in LINKS for place in PLACE.findall(address)} == set(FILLED)


@pytest.mark.parametrize(
    "address", ["clocks?tier=x&target=y", "circuits?assurance=z", "clocks?level=gold", "circuit", "clocks?state=late"]
)
def test_an_address_that_the_site_does_not_take_is_seen(opened: Opened, address: str) -> None:
    """The test above would fail of a link with another name for a filter, to no page, or with a state of another."""
    opened.clocks.clear()
    wanted = dict(parse_qsl(urlsplit(address).query))
    known = set(wanted) <= {"tier", "target", "assurance"}
    answer = opened.get(address)
    applied = opened.clocks and filters(opened.clocks[-1]) == wanted
    applied = applied or (address.startswith("circuits") and filters(opened.lists.asked[-1][0]).keys() >= wanted.keys())
    assert bool(answer.status_code == 200 and applied) == (known and address != "circuit")
