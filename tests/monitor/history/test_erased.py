from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.history import (
    Batch,
    Correction,
    Event,
    Reject,
    fields_without,
    least,
    texts_in_json,
    texts_of,
    without_texts,
)
from monitor.model import CorrectionKind
from tests.support.cases import at, ticket

EVENT = ticket("T1", at(1), "waiting for Lin", reason="Lin is away", title="Lin", tier="gold")
PARTS = frozenset({"status", "reason", "fields.title", "fields.tier"})


def marked(text: str) -> str:
    return "[erased 1]" if "Lin" in text else text


@given(st.sets(st.sampled_from(sorted(PARTS))))
def test_only_the_named_parts_change_and_never_ids_or_times(parts: set[str]) -> None:
    after = without_texts(EVENT, parts, lambda _: "x")
    for event_part, text in texts_of(after):
        assert text == ("x" if event_part in parts else dict(texts_of(EVENT))[event_part])
    assert after.place == EVENT.place
    assert (after.key, after.kind, after.opened_at, set(after.fields)) == (
        EVENT.key, EVENT.kind, EVENT.opened_at, set(EVENT.fields),
    )  # fmt: skip


def test_a_correction_loses_its_author_and_reason_and_keeps_what_it_does() -> None:
    correction = Correction(CorrectionKind.STOP, "Lin said so", "Lin", at(1))
    event = Event("tickets", "c1", EVENT.kind, "T1", at(2), correction=correction)
    after = without_texts(event, {"correction"}, marked).correction
    assert after == Correction(CorrectionKind.STOP, "[erased 1]", "[erased 1]", at(1))


def test_two_names_of_members_never_become_one() -> None:
    said = {"Lin": 1, "Lin W": 2, "wall": ["Lin", {"x": "Lin"}], "n": None}
    assert texts_in_json(said, marked) == {
        "[erased 1]": 1, "[erased 1]'": 2, "wall": ["[erased 1]", {"x": "[erased 1]"}], "n": None,
    }  # fmt: skip


def test_a_field_that_is_no_part_stays() -> None:
    assert fields_without({"a": "Lin", "b": "Lin"}, {"fields.a"}, marked) == {"a": "[erased 1]", "b": "Lin"}


@pytest.mark.parametrize("keep_raw", [True, False])
@pytest.mark.parametrize("leave_out", [(), ("title",), ("nothing", "title")])
def test_what_is_left_out_is_nowhere_in_the_batch(keep_raw: bool, leave_out: tuple[str, ...]) -> None:
    waits = Reject("tickets", "e2", "future", "dated ahead", "Lin", at(9), EVENT, "T1")
    batch = least(Batch([EVENT], [waits], {"n": 1}, {EVENT.event_id: "Lin"}), leave_out, keep_raw)
    (event,), (reject,) = batch.events, batch.rejects
    assert reject.event == event
    assert event.fields == ({"tier": "gold"} if leave_out else EVENT.fields)
    assert (event.event_id, event.status, batch.position) == (EVENT.event_id, EVENT.status, {"n": 1})
    assert (reject.body, dict(batch.bodies)) == (("Lin", {EVENT.event_id: "Lin"}) if keep_raw else ("", {}))
