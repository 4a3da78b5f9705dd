"""One value that cannot be read harms its own record only (A4)."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.collectors._json_body import document, why_unreadable
from monitor.collectors._tmf621_tickets import ticket_id
from monitor.errors import SourceError
from monitor.net.failures import Failure
from monitor.net.fetch import Answer

GOOD = {"id": "GOOD", "name": 'a "quoted", [bracketed] \\ {title}', "deep": [{"a": [1, {"b": 2}]}]}


def refuse(failure: Failure, url: str) -> NoReturn:
    raise SourceError(failure.sentence) from failure


def read(text: str | bytes) -> Any:
    body = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return document(Answer(200, {}, body, "http://host/", refuse))


POISON = {
    "a number of 5,000 digits": "9" * 5000,
    "a negative one": "-" + "9" * 5000,
    "100,000 levels": "[" * 100_000 + "]" * 100_000,
    "100,000 objects": '{"a":' * 100_000 + "1" + "}" * 100_000,
    "a word": "tru",
    "nothing at all": "",
    "two values": '"a" "b"',
    "a date": "2026-01-01",
    "a broken escape": r'"\u12"',
    "hexadecimal": "0x10",
    "both brackets": "[1 2]",
}


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON)
def test_a_value_that_cannot_be_read_is_replaced_and_the_neighbours_are_read(poison: str) -> None:
    good = json.dumps(GOOD)
    found = read(f'[{good}, {{"id": "P1", "priority": {poison}, "status": "held"}}, {good}]')
    assert [found[0], found[2]] == [GOOD, GOOD]
    assert (found[1]["id"], found[1]["status"]) == ("P1", "held")
    assert why_unreadable(found[1])
    assert why_unreadable(GOOD) is None
    within = read(f'{{"circuits": [{{"id": "P1", "status": {poison}}}, {good}]}}')["circuits"]
    assert (within[0]["id"], within[1]) == ("P1", GOOD)
    assert why_unreadable(within[0])


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON)
def test_a_record_that_is_no_json_at_all_is_replaced(poison: str) -> None:
    found = read(f"[{json.dumps(GOOD)}, {poison}, {json.dumps(GOOD)}]")
    assert (found[0], found[-1]) == (GOOD, GOOD)
    assert all(ticket_id(record) is None for record in found[1:-1])


def test_bytes_that_are_no_text_stay_in_their_record() -> None:
    found = read(b'[{"id": "A", "name": "caf\xe9"}, {"id": "B"}]')
    assert [record["id"] for record in found] == ["A", "B"]


@pytest.mark.parametrize("cut", ['[{"id": "A"}, {"id":', '[{"id": "A"}', '[{"id": "A", "name": "x', "[[]", '[{"a":1}}'])
def test_a_body_that_does_not_close_was_cut_short(cut: str) -> None:
    with pytest.raises(SourceError, match="the JSON ends before it is whole"):
        read(cut)


@given(st.binary(max_size=60), st.integers(0, 300), st.integers(0, 12))
def test_any_bytes_are_a_document_or_a_source_error(edit: bytes, at: int, length: int) -> None:
    body = json.dumps([GOOD, GOOD]).encode()
    with suppress(SourceError):
        read(body[:at] + edit + body[at + length :])


def test_the_work_grows_with_the_length_only() -> None:
    found = read("[" + ",".join(['{"id": "A", "x": ' + "[" * 2000 + "]" * 2000 + "}"] * 200) + "]")
    assert len(found) == 200
    assert all(record["id"] == "A" for record in found)
