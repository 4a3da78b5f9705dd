"""Points: what is written of a transition and of the metrics, and that no two of them ever meet."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from exporters.catalogue import BY_NAME
from exporters.points import TRANSITION, Point, of_metrics, of_transition, packed, unpacked
from exporters.prometheus import read
from tests.support import snapshots
from tests.support.transitions import AT, HOSTILE, ONE, row

WORDS = st.sampled_from(("gold", "silver", ""))
INSTANTS = st.timedeltas(timedelta(0), timedelta(seconds=3)).map(lambda passed: AT + passed)


def identity(point: Point) -> tuple[str, tuple[tuple[str, str], ...], int]:
    return point.measurement, tuple(sorted((name, text) for name, text in point.tags.items() if text)), point.time


def test_the_time_is_the_second_and_the_number_of_the_row() -> None:
    point = of_transition(row(77))
    assert point.measurement == TRANSITION
    assert point.time == int(AT.timestamp()) * 1_000_000_000 + 77
    assert point.fields == {"subject": "INC77", "because": "e77", "cycle": 1.0, "instant": AT.timestamp()}
    assert set(point.tags) == {"source", "tier", "assurance", "target", "kind", "stage"}


@given(st.lists(st.tuples(st.integers(1, 10**9 - 1), WORDS, INSTANTS), unique_by=lambda each: each[0], min_size=2))
def test_two_transitions_never_share_measurement_tags_and_time(given_: list[tuple[int, str, datetime]]) -> None:
    points = [of_transition(row(number, tier=tier, at=at)) for number, tier, at in given_]
    assert len({identity(point) for point in points}) == len(points)


@given(st.timedeltas(timedelta(0), timedelta(days=365 * 70)).map(lambda passed: AT + passed))
def test_the_true_instant_comes_back_to_the_microsecond(at: datetime) -> None:
    instant = of_transition(row(1, at=at)).fields["instant"]
    assert isinstance(instant, float)
    assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=round(instant * 1_000_000)) == at


def test_an_instant_before_1970_has_a_time_in_its_own_second() -> None:
    point = of_transition(row(5, at=datetime(1969, 12, 31, 23, 59, 59, 500_000, tzinfo=UTC)))
    assert point.time == -1_000_000_000 + 5


def test_no_text_of_a_point_has_a_line_break_or_a_control_character() -> None:
    for text in HOSTILE:
        point = of_transition(ONE._replace(subject=text, because=text, tier=text))
        texts = [*point.tags.values(), *(value for value in point.fields.values() if isinstance(value, str))]
        assert not any(ord(one) < 32 or one in "\x7f\u202e" for said in texts for one in said)


def test_each_metric_is_a_measurement_with_its_labels_and_a_value() -> None:
    snapshot, now = snapshots.example(), snapshots.AT + timedelta(seconds=7)
    points = of_metrics(snapshot, now, timedelta(seconds=10))
    rows = read(snapshot, now)
    written = {(point.measurement, tuple(point.tags.values()), point.fields["value"]) for point in points}
    assert written == {
        (name, labels, value)
        for name, values in rows.items()
        for labels, value in values.items()
        if isinstance(value, float | int) and math.isfinite(value)
    }
    assert all(tuple(point.tags) == BY_NAME[point.measurement].labels for point in points)
    assert {type(point.fields["value"]) for point in points} == {float}
    assert len({identity(point) for point in points}) == len(points)


def test_all_looks_of_one_span_have_one_time() -> None:
    every = timedelta(seconds=10)
    begin = snapshots.AT.replace(second=20, microsecond=0)
    times = {
        point.time
        for seconds in (0, 3, 9.999999)
        for point in of_metrics(snapshots.example(), begin + timedelta(seconds=seconds), every)
    }
    assert times == {int(begin.timestamp()) * 1_000_000_000}


def test_what_is_packed_comes_back() -> None:
    points = [*of_metrics(snapshots.example(), snapshots.AT, timedelta(seconds=10)), of_transition(row(3))]
    assert list(unpacked(packed(points))) == points
