"""The year of a circuit covers exactly that year, says what nobody said, and never rounds an outage away."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporters.web import bands, year
from monitor.explain import Explanation, IntervalKind
from monitor.messages import text
from monitor.model import CircuitState, SubjectKey, SubjectKind
from monitor.snapshot import NearClock
from monitor.worktime import Bounds, Calendar
from tests.exporters.web.explained import explained
from tests.exporters.web.test_hostile_text import ATTACKS, assert_harmless, hostile
from tests.support import snapshots
from tests.support.snapshots import AT

WHOLE = explained()


def circuit(*states: tuple[int, CircuitState]) -> Explanation:
    """A circuit with these states, each since so many hours ago."""
    said = [(AT - timedelta(hours=hours), state) for hours, state in sorted(states, key=lambda one: -one[0])]
    subject = replace(
        WHOLE.subject, key=SubjectKey("inventory", "GZ-SZ-1148"), kind=SubjectKind.CIRCUIT,
        circuit_state=said[-1][1] if said else None, since=said[-1][0] if said else None,
    )  # fmt: skip
    return replace(WHOLE, at=AT, subject=subject, states=said)


@given(
    st.lists(st.tuples(st.integers(0, 12_000), st.sampled_from(CircuitState)), max_size=900, unique_by=lambda o: o[0])
)
@settings(max_examples=80, deadline=None)
def test_the_bands_cover_the_year_and_nothing_else(states: list[tuple[int, CircuitState]]) -> None:
    drawn = year.year(circuit(*states), "Asia/Shanghai")
    laid = sorted(drawn.states)
    assert (laid[0].start, laid[-1].end) == (AT - year.YEAR, AT)
    assert [one.end for one in laid[:-1]] == [one.start for one in laid[1:]]
    assert len(laid) <= bands.MOST
    known = [(AT - timedelta(hours=hours), state) for hours, state in states]
    exact = [one for one in year.states(circuit(*states), AT - year.YEAR, AT)]
    for one in exact:
        before = [(at, state) for at, state in known if at <= one.start]
        assert one.kind == (max(before, key=lambda found: found[0])[1] if before else year.NOTHING_SAID)
    if len(list(bands.merged(exact))) <= bands.MOST:
        assert sum(dict(drawn.totals).values(), timedelta(0)) >= year.YEAR


def test_a_time_of_which_nobody_spoke_is_not_available() -> None:
    drawn = year.year(circuit((24, CircuitState.AVAILABLE)), "UTC")
    assert [band.kind for band in sorted(drawn.states)] == [year.NOTHING_SAID, CircuitState.AVAILABLE]
    assert "nothing was said" in text(drawn.about, "en")


def test_planned_work_stands_below_once_whatever_the_promises() -> None:
    work = (
        WHOLE.clocks[0]
        .intervals[0]
        ._replace(kind=IntervalKind.EXCLUDED, start=AT - timedelta(hours=9), end=AT - timedelta(hours=7))
    )
    later = work._replace(start=AT - timedelta(hours=8), end=AT - timedelta(hours=6))
    clocks = [replace(WHOLE.clocks[0], intervals=[work]), replace(WHOLE.clocks[1], intervals=[later])]
    shown = replace(circuit((24, CircuitState.AVAILABLE)), clocks=clocks)
    assert dict(year.year(shown, "UTC").totals)[year.PLANNED] == timedelta(hours=3)


def promised(counted: timedelta, always: bool = True) -> Explanation:
    """A circuit with a month of a promise, of which ten days have passed."""
    begin = AT - timedelta(days=10)
    one = next(clock for clock in WHOLE.clocks if clock.target.name == "restore")
    clock = replace(
        one,
        period=Bounds(1, begin, begin + timedelta(days=30)),
        counted=counted,
        budget=timedelta(minutes=43, seconds=12),
        calendar=Calendar("always", "1", "UTC", always=always),
        reading=replace(one.reading, started_at=begin),
    )
    return replace(circuit((24 * 20, CircuitState.AVAILABLE)), clocks=[clock])


@pytest.mark.parametrize(
    ("counted", "available"),
    [
        (timedelta(0), "100.000"),
        (timedelta(microseconds=1), "99.999"),
        (timedelta(days=1), "90.000"),
        (timedelta(days=11), "0.000"),
    ],
)
def test_availability_is_cut_and_never_rounded_up(counted: timedelta, available: str) -> None:
    (found,) = year.availabilities(promised(counted))
    assert (found.available, found.promised) == (available, "99.900")


def test_a_promise_about_some_hours_has_no_share_of_all_hours() -> None:
    (found,) = year.availabilities(promised(timedelta(hours=1), always=False))
    assert (found.available, found.promised) == (None, None)


def test_the_page_of_a_circuit_shows_the_year_its_promises_and_its_tickets(site: Any) -> None:
    site.said = promised(timedelta(minutes=10))
    near = replace(snapshots.example().nearest[0], circuit="GZ-SZ-1148", key=SubjectKey("corp", "TT-of-it"))
    other = replace(near, circuit="another", key=SubjectKey("corp", "TT-of-another"))
    site.listed = [near, other]
    page = site.get("/circuits/inventory/GZ-SZ-1148?language=en").text
    assert site.asked == [("inventory", "GZ-SZ-1148")]
    assert "99.900 %" in page
    assert 'class="picture"' in page
    assert "TT-of-it" in page
    assert "TT-of-another" not in page


def test_a_circuit_without_anything_says_what_will_stand_there(site: Any) -> None:
    site.said = replace(circuit(), clocks=[])
    page = site.get("/circuits/inventory/GZ-SZ-1148?language=en").text
    assert "Its periods will stand here" in page
    assert "Open ones will stand here" in page


def test_what_is_no_circuit_has_no_such_page(site: Any) -> None:
    site.said = WHOLE
    assert site.get("/circuits/corp/TT1").status_code == 404
    site.said = None
    assert site.get("/circuits/corp/TT1").status_code == 404


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_text_stays_text_on_the_page_of_a_circuit(site: Any, attack: str) -> None:
    said = hostile(attack)
    site.said = replace(said, subject=replace(said.subject, kind=SubjectKind.CIRCUIT), states=circuit().states)
    site.snapshot = snapshots.hostile(attack)
    site.listed = [replace(near, circuit=attack) for near in site.snapshot.nearest]
    answer = site.get("/circuits/corp/x")
    assert answer.status_code == 200
    assert_harmless(answer.text)


def test_tickets_are_named_beside_a_circuit_on_the_wall(site: Any) -> None:
    snapshot = snapshots.example()
    down = snapshot.circuits_down[0]
    near: NearClock = replace(snapshot.nearest[0], circuit=down.key.subject)
    site.snapshot = replace(snapshot, nearest=(near,), late=())
    page = site.get("/page?language=en").text
    begin = page.index(f'href="./circuits/{quote(down.key.source)}/{quote(down.key.subject)}"')
    assert near.key.subject in page[begin : page.index("</li>", begin)]
