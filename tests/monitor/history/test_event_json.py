import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.history.event_json import event_from_json, event_to_json
from monitor.history.events import Event
from monitor.model import MEMBER_KINDS

TIMES = st.datetimes(timezones=st.just(UTC)).filter(lambda at: 2 < at.year < 9998)
WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
EVENTS = st.builds(
    Event,
    source=WORDS,
    event_id=WORDS,
    kind=st.sampled_from(MEMBER_KINDS),
    subject=WORDS,
    at=TIMES,
    sequence=st.integers(0, 2**40),
    status=st.none() | WORDS,
    reason=st.none() | WORDS,
    feedback=st.booleans(),
    opened_at=st.none() | TIMES,
    fields=st.dictionaries(WORDS, WORDS, max_size=3),
    tie=st.integers(0, 2**40),
    or_at=st.none() | TIMES,
)
LEAST: dict[str, Any] = {
    "source": "s", "event_id": "e1", "kind": "ticket", "subject": "T1", "at": "2026-01-01T00:00:00Z"
}  # fmt: skip


@given(EVENTS)
def test_an_event_comes_back_as_it_was(event: Event) -> None:
    back = event_from_json(json.loads(json.dumps(event_to_json(event))))
    assert back == event
    assert back.tie == event.tie


def test_an_offset_becomes_utc() -> None:
    event = event_from_json({**LEAST, "at": "2026-01-01T08:00:00+08:00"})
    assert event.at == datetime(2026, 1, 1, tzinfo=timezone(timedelta(0)))
    assert event_to_json(event)["at"] == "2026-01-01T00:00:00Z"


def test_a_given_source_stands_above_the_written_one() -> None:
    assert event_from_json(LEAST, source="mine").source == "mine"
    assert event_from_json({name: said for name, said in LEAST.items() if name != "source"}, source="m").source == "m"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"staus": "x"}, "has the key 'staus'"),
        ({"event_id": ""}, "event_id is not a text"),
        ({"subject": 7}, "subject is not a text"),
        ({"kind": "line"}, "kind is not one of ticket or circuit"),
        ({"kind": ["ticket"]}, "kind is not one of"),
        ({"at": "2026-01-01T00:00:00"}, "at has no zone"),
        ({"at": "yesterday"}, "at is not an ISO 8601 time"),
        ({"at": 1767225600}, "at is not an ISO 8601 time"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "at is beyond any calendar"),
        ({"opened_at": "soon"}, "opened_at is not an ISO 8601 time"),
        ({"sequence": "1"}, "sequence is not a whole number"),
        ({"sequence": True}, "sequence is not a whole number"),
        ({"feedback": "yes"}, "feedback is neither"),
        ({"fields": {"tier": 1}}, "fields is not an object of texts"),
        ({"fields": ["tier"]}, "fields is not an object of texts"),
    ],
)
def test_what_is_no_event_is_refused_with_a_sentence(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        event_from_json({**LEAST, **change})


@pytest.mark.parametrize("name", LEAST)
def test_nothing_that_is_needed_may_be_missing(name: str) -> None:
    with pytest.raises(ValueError, match=f"has no {name}"):
        event_from_json({key: said for key, said in LEAST.items() if key != name})


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(ValueError, match="is not a JSON object"):
        event_from_json([LEAST])
