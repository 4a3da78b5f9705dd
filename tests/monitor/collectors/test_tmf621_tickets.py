import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.collectors._selectors import selector
from monitor.collectors._tmf621_tickets import V4, V5, Parts, Seen, TicketReader
from monitor.collectors.tmf621 import MAPPING, Config
from monitor.history.mapping import interpret
from monitor.history.placing import in_order
from monitor.model import Phase
from tests.support.collecting import NOW, public_data
from tests.support.tmf621_server import stamp, ticket

FEEDBACK = selector("$.note[?@['@type']=='ProgressFeedback']")
T0 = datetime(2026, 1, 1, 8, tzinfo=UTC)
H = timedelta(hours=1)
LIFE = [
    ("acknowledged", T0, "created"),
    ("inProgress", T0 + H, "crew sent"),
    ("pending", T0 + 2 * H, "no access"),
    ("inProgress", T0 + 3 * H, ""),
    ("resolved", T0 + 4 * H, "fibre spliced"),
]


def read(raw: Any, seen: Seen | None = None, zone: ZoneInfo | None = None, now: datetime = NOW) -> Parts:
    selectors = Config("http://host/v5").every_selector
    reader = TicketReader("corp", now, zone, (V5, V4), selectors, FEEDBACK)
    return reader.read(raw, {} if seen is None else seen)


def statuses(parts: Parts) -> list[tuple[str | None, datetime]]:
    return [(event.status, event.at) for event in in_order(parts.events) if event.status is not None]


def fields(parts: Parts) -> list[tuple[str, datetime]]:
    return [(event.fields["tier"], event.at) for event in parts.events if event.fields]


@pytest.mark.parametrize("version", ["v5", "v4"])
def test_each_status_change_is_an_event_and_the_fields_are_one_more(version: str) -> None:
    parts = read(ticket("1", version=version, changes=LIFE, updated=T0 + 5 * H))
    assert statuses(parts) == [(status, at) for status, at, _ in LIFE]
    said = parts.events[-1]
    assert (said.at, said.fields["tier"], said.fields["circuit"], said.fields["customer"]) == (
        T0 + 5 * H,
        "gold",
        "C1",
        "Harbour Bank",
    )
    assert {event.opened_at for event in parts.events} == {T0}
    assert parts.rejects == []
    assert json.loads(parts.bodies[said.event_id])["id"] == "1"


def test_reading_a_ticket_again_gives_the_same_events() -> None:
    seen: Seen = {}
    raw = ticket("1", changes=LIFE)
    assert read(raw, seen).events == read(raw, seen, now=NOW + H).events


def test_a_ticket_that_was_touched_without_a_change_brings_nothing_new() -> None:
    seen: Seen = {}
    first = read(ticket("1", changes=LIFE), seen)
    touched = read(ticket("1", changes=LIFE, updated=NOW - H), seen)
    assert touched.events == first.events


def test_a_tier_that_changes_and_changes_back_is_three_events() -> None:
    seen: Seen = {}
    found = [
        fields(read(ticket("1", tier=tier, updated=T0 + hours * H), seen, now=NOW + hours * H))[0]
        for hours, tier in enumerate(("gold", "diamond", "gold"))
    ]
    assert found == [("gold", T0), ("diamond", T0 + H), ("gold", T0 + 2 * H)]


def test_fields_that_change_under_an_old_date_count_from_just_after_those_before() -> None:
    seen: Seen = {}
    every = [read(ticket("1", tier=tier), seen).events[-1] for tier in ("gold", "diamond", "gold")]
    assert len({event.event_id for event in every}) == 3
    assert [event.fields["tier"] for event in in_order(every)] == ["gold", "diamond", "gold"]


def test_a_forgotten_ticket_costs_one_event_more_and_never_one_less() -> None:
    first = read(ticket("1", updated=T0 + H))
    assert read(ticket("1", updated=T0 + H)).events == first.events
    later = read(ticket("1", updated=T0 + 2 * H))
    assert len({event.event_id for event in (*first.events, *later.events)}) == len(first.events) + 1


def test_equal_changes_are_events_of_their_own() -> None:
    twice = [("inProgress", T0, ""), ("pending", T0, "x"), ("inProgress", T0, ""), ("pending", T0, "x")]
    parts = read(ticket("1", changes=twice))
    assert [event.status for event in in_order(parts.events) if event.status] == [status for status, *_ in twice]


def test_a_history_that_is_told_newest_first_is_put_in_order() -> None:
    same = [("acknowledged", T0, ""), ("inProgress", T0 + H, "a"), ("pending", T0 + H, "b"), ("closed", T0 + 2 * H, "")]
    forward, backward = read(ticket("1", changes=same)), read(ticket("1", changes=same[::-1], status="closed"))
    assert [status for status, _ in statuses(forward)] == [status for status, _, _ in same]
    assert statuses(backward) == statuses(forward)
    assert {event.event_id for event in backward.events} == {event.event_id for event in forward.events}


def test_a_present_status_that_the_history_lacks_is_an_event_of_its_date() -> None:
    raw = ticket("1", changes=LIFE[:2], status="closed", statusChangeDate=stamp(T0 + 2 * H))
    assert statuses(read(raw))[-1] == ("closed", T0 + 2 * H)


def test_a_ticket_without_history_has_its_present_status() -> None:
    raw = ticket("1", changes=[], status="inProgress", statusChangeDate=stamp(T0 + H), updated=T0 + 2 * H)
    assert statuses(read(raw)) == [("inProgress", T0 + H)]


def test_an_undated_status_is_dated_by_the_update_with_which_it_was_seen_first() -> None:
    seen: Seen = {}

    def raw(status: str, hours: int) -> Any:
        return ticket("1", changes=[], status=status, updated=T0 + hours * H)

    told = [statuses(read(raw(status, hours), seen)) for hours, status in enumerate(("held", "held", "new", "held"))]
    assert told == [[("held", T0)], [("held", T0)], [("new", T0 + 2 * H)], [("held", T0 + 3 * H)]]


def test_a_present_status_older_than_the_history_still_comes_after_it() -> None:
    raw = ticket("1", changes=LIFE[:3], status="closed", statusChangeDate=stamp(T0), updated=T0 + H)
    assert statuses(read(raw))[-1] == ("closed", T0 + 2 * H)


def test_only_selected_notes_are_feedback_and_an_edited_text_is_no_new_one() -> None:
    notes = [("n1", T0 + H, "ProgressFeedback"), ("n2", T0 + 2 * H, "Note"), ("n1", T0 + 3 * H, "ProgressFeedback")]
    raw = ticket("1", notes=notes)
    told = [event for event in read(raw).events if event.feedback]
    assert [event.at for event in told] == [T0 + H, T0 + 3 * H]
    raw["note"][0]["text"] = "edited"
    assert [event.event_id for event in read(raw).events if event.feedback] == [event.event_id for event in told]


def test_notes_without_id_are_told_apart_by_their_content() -> None:
    raw = ticket("1", notes=[("", T0 + H, "ProgressFeedback")] * 2)
    for note in raw["note"]:
        del note["id"]
    assert len({event.event_id for event in read(raw).events if event.feedback}) == 2


@pytest.mark.parametrize("raw", [None, 7, "ticket", [], {}, {"id": None}, {"id": ""}, {"id": True}, {"id": {"a": 1}}])
def test_what_is_no_ticket_is_malformed(raw: Any) -> None:
    parts = read(raw)
    assert parts.events == []
    assert [reject.reason for reject in parts.rejects] == ["malformed"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"creationDate": "2026-01-01T08:00:00"}, "time_without_zone"),
        ({"creationDate": "31/02/2026 25:61"}, "bad_time"),
        ({"creationDate": "0001-01-01T00:00:00Z"}, "bad_time"),
        ({"creationDate": stamp(NOW + H)}, "future"),
        ({"lastUpdate": 12}, "bad_time"),
        ({"statusChangeHistory": "resolved"}, "malformed"),
        ({"statusChangeHistory": [7]}, "malformed"),
        ({"statusChangeHistory": [{"statusChangeDate": "2026-01-01T08:00:00Z"}]}, "malformed"),
        ({"statusChangeHistory": [{"status": {}, "statusChangeDate": "2026-01-01T08:00:00Z"}]}, "malformed"),
        ({"statusChangeHistory": [{"status": "held"}]}, "bad_time"),
        ({"statusChangeHistory": [{"status": "held", "statusChangeDate": "2026-01-01T08:00:00"}]}, "time_without_zone"),
        ({"statusChangeReason": ["a"]}, "malformed"),
        ({"status": 3}, "malformed"),
        ({"note": [{"@type": "ProgressFeedback"}]}, "bad_time"),
    ],
)
def test_a_part_that_cannot_be_used_is_set_aside_and_the_rest_counts(change: dict[str, Any], reason: str) -> None:
    parts = read(ticket("1", changes=LIFE) | change)
    assert [reject.reason for reject in parts.rejects] == [reason]
    assert parts.rejects[0].record_id.startswith("1 ")
    assert parts.rejects[0].detail.startswith("ticket 1 ")
    assert [event for event in parts.events if event.fields]
    assert [reject.record_id for reject in read(ticket("1", changes=LIFE) | change).rejects] == [
        parts.rejects[0].record_id
    ]


def test_a_ticket_without_any_date_is_set_aside() -> None:
    parts = read({"id": "1", "status": "held"})
    assert parts.events == []
    assert [reject.reason for reject in parts.rejects] == ["bad_time"]


def test_a_change_from_the_future_is_kept_aside_with_its_event() -> None:
    ahead = NOW + H
    parts = read(ticket("1", changes=[*LIFE, ("closed", ahead, "")], updated=T0 + 4 * H))
    assert [(reject.reason, reject.rejudge_at) for reject in parts.rejects] == [("future", ahead)]
    assert parts.rejects[0].event is not None
    assert parts.rejects[0].event.status == "closed"
    assert statuses(parts)[-1][0] == "resolved"


def test_times_without_zone_are_read_in_the_configured_one() -> None:
    raw = ticket("1") | {"creationDate": "2026-01-01T16:00:00"}
    assert read(raw, zone=ZoneInfo("Asia/Shanghai")).events[0].opened_at == T0


def test_a_number_as_id_is_a_name_too() -> None:
    assert {event.subject for event in read(ticket("1", id=4711)).events} == {"4711"}


def test_the_mapping_reads_the_words_of_the_standard() -> None:
    history = interpret(read(ticket("1", changes=LIFE)).events, MAPPING, {"tier": frozenset({"gold"})})
    phases = [fact.phase for fact in history.facts if fact.phase]
    assert phases == [Phase.OPENED, Phase.OPENED, Phase.ACCEPTED, Phase.HELD, Phase.ACCEPTED, Phase.RESTORED]
    assert history.attributes["tier"] == "gold"
    assert [(doubt.what, doubt.value) for doubt in history.doubts] == [("reason", "no access")]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("2026-01-01T00:00:00Z"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    ["creationDate", "lastUpdate", "status", "statusChangeDate", "statusChangeReason", "statusChangeHistory",
     "statusChange", "note", "relatedParty", "relatedEntity", "troubleTicketCharacteristic", "name", "href"]
)  # fmt: skip
ENTRIES = st.dictionaries(
    st.sampled_from(["status", "statusChangeDate", "statusChangeReason", "date", "@type", "role", "name"]), JSON
)


@given(st.dictionaries(NAMES, JSON | st.lists(ENTRIES, max_size=3)))
def test_no_ticket_whatever_it_holds_stops_the_reading(spoilt: dict[str, Any]) -> None:
    parts = read(ticket("1", changes=LIFE) | spoilt)
    assert all(event.subject == "1" for event in parts.events)
    assert len({event.event_id for event in parts.events}) == len(parts.events)


@pytest.mark.data
@pytest.mark.parametrize(
    "name", ["02--TroubleTicket-list-example-response", "03--TroubleTicket-retrieve-example-response"]
)
def test_the_published_examples_are_read(name: str) -> None:
    said = json.loads((public_data("tmf621/examples") / f"{name}.json").read_text(encoding="utf-8"))
    for raw in said if isinstance(said, list) else [said]:
        parts = read(raw)
        assert parts.rejects == []
        assert [status for status, _ in statuses(parts)] == [change["status"] for change in raw["statusChangeHistory"]]
        last = parts.events[-1]
        assert (last.fields["customer"], last.fields["priority"]) == ("Jack Smith", "High")
        assert last.fields["title"] == raw["name"]
        reasons = [event.reason for event in parts.events if event.status is not None]
        assert reasons == [change["statusChangeReason"] for change in raw["statusChangeHistory"]]
