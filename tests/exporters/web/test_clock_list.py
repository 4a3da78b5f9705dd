"""The list of clocks asks the store for what its address says, and refuses what is no such list."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.web import clock_list
from exporters.web.clock_list import Asked, NoSuchListError
from exporters.web.headers import FORM_POLICY
from monitor.listing import LISTED_STATES, ClockPlace, ClockQuery, ClockSort
from monitor.model import State, SubjectKey
from tests.exporters.web.test_hostile_text import ATTACKS, FORM, assert_harmless
from tests.support import snapshots

PRINTABLE = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cf", "Zs", "Zl", "Zp", "Co", "Cn")), max_size=30)
PLACES = st.builds(
    ClockPlace, st.integers(0, 1), st.integers(-(2**50), 2**50), PRINTABLE, PRINTABLE, PRINTABLE, st.integers(1, 99)
)
ASKED = st.builds(
    Asked,
    tier=PRINTABLE, target=PRINTABLE, source=PRINTABLE, customer=PRINTABLE, subject=PRINTABLE,
    state=st.sampled_from(["", *(state.value for state in LISTED_STATES)]),
    sort=st.sampled_from([one.value for one in ClockSort]), down=st.booleans(),
)  # fmt: skip


@given(ASKED, st.none() | PLACES)
def test_an_address_leads_to_what_it_was_made_of(asked: Asked, place: ClockPlace | None) -> None:
    address = asked.from_place(place)
    assert address.startswith("clocks?")
    again = clock_list.asked(dict(parse_qsl(address.partition("?")[2], keep_blank_values=True)))
    assert replace(again, after="") == replace(asked, after="")
    assert again.place() == place


@given(st.dictionaries(st.sampled_from(["tier", "state", "sort", "after", "down", "customer"]), st.text(max_size=40)))
def test_whatever_an_address_holds_is_asked_or_refused(parameters: dict[str, str]) -> None:
    try:
        query = clock_list.asked(parameters).query(frozenset())
    except NoSuchListError:
        return
    assert isinstance(query, ClockQuery)


@pytest.mark.parametrize(
    "parameters",
    [
        {"state": "green"}, {"state": "met"}, {"sort": "price"}, {"after": "x"}, {"after": "[]"}, {"after": "[" * 9000},
        {"after": '[2,0,"a","b","c",1]'}, {"after": '[0,1e400,"a","b","c",1]'}, {"after": '[0,true,"a","b","c",1]'},
        {"after": f'[0,{10**40},"a","b","c",1]'}, {"after": '[0,0,"a","b\\u0000","c",1]'}, {"customer": "x" * 1001},
        {"subject": "a\0b"}, {"after": "9" * 5000},
    ],
)  # fmt: skip
def test_a_list_that_there_is_not_is_refused_with_the_form(site: Any, parameters: dict[str, str]) -> None:
    with pytest.raises(NoSuchListError):
        clock_list.asked(parameters)
    answer = site.get(f"/clocks?language=en&{urlencode(parameters)}")
    assert answer.status_code == 400
    assert "Choose again" in answer.text
    assert "<form" in answer.text
    assert site.queries == []


def test_the_form_sends_what_the_store_is_asked(site: Any) -> None:
    chosen = {"tier": "gold", "target": "restore", "state": "unknown", "source": "corp", "customer": "海港银行 "}
    more = {"subject": "TT2", "sort": "opened", "down": "1"}
    answer = site.get(f"/clocks?{urlencode(chosen | more)}")
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"] == FORM_POLICY
    ((query, limit, after),) = site.queries
    stale = frozenset(source.source for source in site.snapshot.sources if source.stale)
    assert stale
    assert query == ClockQuery(
        tiers=frozenset({"gold"}), targets=frozenset({"restore"}), states=frozenset({State.UNKNOWN}),
        sources=frozenset({"corp"}), customer="海港银行", prefix="TT2", sort=ClockSort.OPENED, descending=True,
        stale=stale,
    )  # fmt: skip
    assert (limit, after) == (clock_list.ROWS, None)
    assert 'value="海港银行"' in answer.text
    assert '<option value="gold" selected>' in answer.text


def test_pages_follow_one_another(site: Any) -> None:
    site.next = ClockPlace(0, 12, "corp", "TT/2 <b>", "restore", 1)
    page = site.get("/clocks?state=running&language=en").text
    (link,) = [part.partition('"')[0] for part in page.split('href="') if "after=" in part.partition('"')[0]]
    site.next = None
    second = site.get("/" + link.removeprefix("./").replace("&amp;", "&")).text
    assert site.queries[-1][2] == ClockPlace(0, 12, "corp", "TT/2 <b>", "restore", 1)
    assert site.queries[-1][0].states == {State.RUNNING}
    assert 'rel="next"' not in second
    assert "First page" in second or "第一页" in second


def test_an_empty_list_says_what_will_stand_there(site: Any) -> None:
    site.listed = []
    assert "as soon as a source brings one" in site.get("/clocks?language=en").text
    site.next = ClockPlace(0, 1, "a", "b", "c", 1)
    assert "more are to be looked through" in site.get("/clocks?language=en").text


def test_clocks_of_a_stale_source_are_unknown_here_too(site: Any) -> None:
    stale = next(source.source for source in site.snapshot.sources if source.stale)
    site.listed = [replace(site.listed[0], key=SubjectKey(stale, "L-1"), state=State.RUNNING)]
    assert '<tr class="unknown">' in site.get("/clocks").text


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_text_stays_text_in_the_list(site: Any, attack: str) -> None:
    site.snapshot = snapshots.hostile(attack)
    site.listed = list(site.snapshot.nearest)
    site.next = ClockPlace(0, 1, attack, attack, attack, 1)
    answer = site.get(
        f"/clocks?{urlencode({'tier': attack.replace(chr(0), ''), 'customer': attack.replace(chr(0), '')})}"
    )
    assert answer.status_code == 200
    assert_harmless(answer.text, FORM)
