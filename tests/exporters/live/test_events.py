"""An event is one event, whatever a source calls its tickets, and its id is that of one transition for ever."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.live import events
from exporters.live.events import Changed, EventId, event_id, read_id
from exporters.live.viewer import Gone
from exporters.own_metrics import LIVE_ENDED
from tests.support.transitions import AT, HOSTILE, row

PLACE = EventId(7, 1_767_574_800_250_000)


def fields(wire: bytes) -> list[tuple[str, str]]:
    """The lines of one event; fails where it is not exactly one."""
    *lines, end, after = wire.decode("ascii").split("\n")
    assert (end, after) == ("", "")
    assert "" not in lines
    return [(name, value) for name, _, value in (line.partition(": ") for line in lines)]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_of_a_source_ends_an_event_or_begins_another(text: str) -> None:
    made = events.told(row(7, subject=text, because=text, source=text, tier=text))
    (event, place, data) = fields(made.wire)
    assert (event, place) == (("event", "transition"), ("id", str(PLACE)))
    said = json.loads(data[1])
    assert (said["subject"], said["because"], said["source"]) == (text, text, text)


@given(st.text())
def test_any_text_is_one_event(text: str) -> None:
    assert len(fields(events.told(row(1, subject=text)).wire)) == 3
    assert len(fields(events.changed(Changed(AT, AT, [text]), PLACE))) == 3


def test_an_id_says_row_and_instant_and_is_read_as_it_was_written() -> None:
    assert event_id(7, AT) == PLACE
    assert read_id(str(PLACE)) == PLACE
    assert read_id(str(PLACE.at(AT + timedelta(seconds=1)))) == PLACE._replace(seen=PLACE.recorded + 1_000_000)
    assert read_id(str(event_id(0, None))) == EventId(0, 0)


@pytest.mark.parametrize(
    "text", ["", "x", "7", "7-", "-7", "7-1-", "7-1-2-3", "٧-١", "9" * 19 + "-1", "1-" + "9" * 400]
)
def test_what_is_no_id_is_none(text: str) -> None:
    assert read_id(text) is None


def test_whoever_may_see_one_customer_is_told_of_no_source() -> None:
    what = Changed(AT, AT - timedelta(minutes=7), ["corp"])
    whole, bare = (fields(events.changed(what, PLACE, sources=sources)) for sources in (True, False))
    assert json.loads(whole[-1][1]) == {
        "at": "2026-01-05T01:00:00.250000Z", "data_from": "2026-01-05T00:53:00.250000Z", "stale": ["corp"],
    }  # fmt: skip
    assert json.loads(bare[-1][1]) == {"at": "2026-01-05T01:00:00.250000Z"}


@pytest.mark.parametrize("html", ["<p>a</p>\n<p>b</p>", "a\r\nb\rc\n\nd", "", "\n", "\ud800", "id: 1\ndata: x"])
def test_a_part_of_a_page_is_one_event_with_its_lines(html: str) -> None:
    lines = events.part(html).decode().removesuffix("\n\n").split("\n")
    assert lines[0] == "event: part"
    assert all(line.startswith("data: ") for line in lines[1:])
    shown = "\n".join(line.removeprefix("data: ") for line in lines[1:])
    assert shown == html.replace("\r\n", "\n").replace("\r", "\n").replace("\ud800", "?")


def test_an_instant_is_written_in_utc() -> None:
    assert events.written(datetime(2026, 1, 5, 9, tzinfo=UTC).astimezone()) == "2026-01-05T09:00:00Z"


def test_a_batch_chooses_by_each_word() -> None:
    from exporters.live.viewer import Filter

    one = events.told(row(1), "Harbour Bank")
    for wanted, taken in (
        (Filter(), True), (Filter(tiers=frozenset({"gold"})), True), (Filter(tiers=frozenset({"silver"})), False),
        (Filter(sources=frozenset({"desk"}), kinds=frozenset({"breached"})), True),
        (Filter(sources=frozenset({"desk"}), kinds=frozenset({"met"})), False),
        (Filter(customer="Harbour Bank"), True), (Filter(customer="Harbour"), False), (Filter(customer=""), False),
    ):  # fmt: skip
        assert wanted.takes(one) is taken, wanted
    assert not Filter(customer="Harbour Bank").takes(replace(one, customer=""))


def test_the_catalogue_lists_why_streams_end() -> None:
    assert tuple(Gone) == LIVE_ENDED
