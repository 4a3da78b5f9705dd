"""Whatever a collector brings can be stored (A4): one guard for all plug-ins."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.errors import SourceError
from monitor.history.batch import Batch
from monitor.history.events import Event, Reject
from monitor.history.sound_batch import MOST_REJECTS, _fault, _plainly_sound, _repaired, sound, text_of
from monitor.model import SubjectKind
from monitor.store.database import Database
from monitor.store.ingest import Ingest, PollOutcome

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)


def event(**more: Any) -> Event:
    usual: dict[str, Any] = {"source": "desk", "event_id": "e1", "kind": SubjectKind.TICKET, "subject": "T1", "at": NOW}
    return Event(**usual | more)


@pytest.fixture(scope="module")
def ingest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingest]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('sound') / 'tw.db'}")
    yield Ingest(database)
    database.close()


@pytest.mark.parametrize(
    "bad",
    [
        {"subject": "T\ud800"},
        {"subject": "T\0"},
        {"subject": ""},
        {"subject": "T" * 2000},
        {"subject": 7},
        {"event_id": "e\udfff"},
        {"at": datetime(2026, 1, 1)},  # noqa: DTZ001 - that is what is bad about it
        {"at": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))},
        {"at": datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=14)))},
        {"opened_at": datetime(2026, 1, 1)},  # noqa: DTZ001
        {"or_at": datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=14)))},
        {"sequence": 2**63},
        {"tie": 2**63},
        {"sequence": -(10**5000)},
        {"sequence": "1"},
        {"kind": "ticket"},
        {"fields": ["a"]},
    ],
)
def test_an_event_that_cannot_be_kept_is_set_aside_and_its_neighbours_count(
    ingest: Ingest, bad: dict[str, Any]
) -> None:
    batch = sound("desk", Batch([event(**bad), event(event_id="good", subject="GOOD")], (), {}))
    assert [kept.subject for kept in batch.events] == ["GOOD"]
    assert [reject.reason for reject in batch.rejects] == ["unusable"]
    assert ingest.commit_batch("desk", Batch([event(**bad), event(event_id="good")], (), {}), NOW).rejected == 1


@pytest.mark.parametrize("title", ["half \ud83d", "a\0b", "\udc80"])
def test_a_value_with_characters_that_no_text_can_hold_is_repaired_and_the_event_counts(title: str) -> None:
    batch = sound("desk", Batch([event(status=title, fields={"title": title, title: "x"})], (), {}, {"e1": title}))
    (kept,) = batch.events
    assert "\ufffd" in kept.fields["title"]
    assert "\ufffd" in str(kept.status)
    assert "\ufffd" in batch.bodies["e1"]
    assert [(reject.reason, reject.subject) for reject in batch.rejects] == [("text_repaired", "T1")]


def test_halves_that_belong_together_become_one_character() -> None:
    assert text_of("\ud83d\ude00 \ufeffcafé") == "\U0001f600 \ufeffcafé"


def test_a_sound_batch_is_not_touched() -> None:
    good = event(fields={"title": "光缆中断 \U0001f600"})
    batch = sound("desk", Batch([good], (), {"seen": {"网": 1}}))
    assert batch.events[0] is good
    assert batch.position == {"seen": {"网": 1}}


def test_rejects_are_told_on_one_line_once_each_and_not_by_the_million() -> None:
    bad = [Reject("other", f"r{n % 3000}\ud800", "malformed", "x\n\x1b[31m", "\ud800") for n in range(10_000)]
    batch = sound("desk", Batch((), bad, {}))
    assert len(batch.rejects) == MOST_REJECTS + 1
    assert batch.rejects[-1].reason == "too_many"
    assert "2000 further records" in batch.rejects[-1].detail
    assert batch.rejects[0].detail == "x [31m"
    assert {reject.source for reject in batch.rejects} == {"desk"}


def test_a_record_from_the_future_that_could_not_be_kept_does_not_wait() -> None:
    reject = Reject("desk", "r", "future", "why", rejudge_at=NOW, event=event(subject="\ud800"))
    (kept,) = sound("desk", Batch((), [reject], {})).rejects
    assert (kept.reason, kept.event, kept.rejudge_at) == ("unusable", None, None)


@pytest.mark.parametrize("position", [{"at": NOW}, {"x": float("nan")}, {1: {2}}])
def test_a_position_that_is_no_json_is_an_error_of_the_source(position: Any) -> None:
    with pytest.raises(SourceError, match="position is not plain JSON"):
        sound("desk", Batch((), (), position))


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=8)
ANY_TIME = st.datetimes(timezones=st.sampled_from([UTC, None, timezone(timedelta(hours=14))]))
EVENTS = st.builds(
    event,
    event_id=ANY_TEXT,
    subject=ANY_TEXT,
    at=ANY_TIME,
    opened_at=st.none() | ANY_TIME,
    sequence=st.integers(),
    status=st.none() | ANY_TEXT,
    reason=st.none() | ANY_TEXT,
    fields=st.dictionaries(ANY_TEXT, ANY_TEXT, max_size=2),
)
REJECTS = st.builds(
    Reject,
    source=ANY_TEXT,
    record_id=ANY_TEXT,
    reason=ANY_TEXT,
    detail=ANY_TEXT,
    body=ANY_TEXT,
    rejudge_at=st.none() | ANY_TIME,
    event=st.none() | EVENTS,
    subject=ANY_TEXT,
)


@given(EVENTS)
def test_the_short_look_finds_sound_only_what_the_close_one_does(one: Event) -> None:
    if _plainly_sound(one):
        assert _fault(one) is None
        assert _repaired(one) is one


def test_the_short_look_is_enough_for_a_usual_event() -> None:
    fields = {"title": "客户 down", "tier": "gold"}
    assert _plainly_sound(event(status="open", reason="planned_work", opened_at=NOW, or_at=NOW, fields=fields))
    assert not _plainly_sound(event(fields={"title": "half \ud800"}))


@given(st.lists(EVENTS, max_size=3), st.lists(REJECTS, max_size=3), st.dictionaries(ANY_TEXT, ANY_TEXT, max_size=2))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_storing_whatever_comes_never_fails(
    ingest: Ingest, events: list[Event], rejects: list[Reject], position: dict[str, str]
) -> None:
    batch = Batch(events, rejects, position, {one.event_id: str(one.status) for one in events})
    ingest.commit_batch("desk", batch, NOW)
    ingest.commit_poll("desk", PollOutcome(NOW, NOW, ("other", "".join(position))))


def test_the_sentence_of_a_failed_poll_is_one_plain_line(ingest: Ingest, tmp_path: Path) -> None:
    ingest.commit_poll("sour", PollOutcome(NOW, NOW, ("other", "a\nb\x1b[31m\ud800")))
