"""Our lines are those of the library, whatever a source says."""

from __future__ import annotations

import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st
from influxdb_client.client.write.point import Point as OfTheLibrary

from exporters.line_protocol import line
from exporters.points import Point
from tests.support.transitions import HOSTILE

TEXTS = st.text(max_size=12) | st.sampled_from(HOSTILE) | st.text(alphabet=' ,=\\"\n\t\r#x', max_size=8)
NAMES = st.sampled_from(["source", "tier", "because", "subject", "value"]) | TEXTS
NUMBERS = st.floats() | st.sampled_from([0.0, -0.0, 1.0, 1e16, 1e-7, 1767574800.25, 2.0**53])


def of_the_library(point: Point) -> str:
    """The line that the library makes of it."""
    made = OfTheLibrary(point.measurement)
    for name, text in point.tags.items():
        made.tag(name, text)
    for name, value in point.fields.items():
        made.field(name, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a measurement that begins with # is none of ours
        return str(made.time(point.time).to_line_protocol())


@given(
    TEXTS, st.dictionaries(NAMES, TEXTS, max_size=5), st.dictionaries(NAMES, NUMBERS | TEXTS, max_size=4),
    st.integers(-(2**63), 2**63 - 1),
)  # fmt: skip
def test_a_line_is_the_one_of_the_library(
    measurement: str, tags: dict[str, str], fields: dict[str, float | str], time: int
) -> None:
    point = Point(measurement, tags, fields, time)
    for _ in range(2):  # the second begins as the first did
        assert line(point) == of_the_library(point)


def test_points_of_one_group_differ_in_what_is_not_of_the_group() -> None:
    tags = {"tier": "gold", "source": "desk"}
    lines = [line(Point("m", tags, {"value": float(number)}, number)) for number in (1, 2)]
    assert lines == ["m,source=desk,tier=gold value=1 1", "m,source=desk,tier=gold value=2 2"]


def test_a_field_that_is_neither_a_float_nor_a_text_is_refused() -> None:
    """A whole number would fix the type of its field in the database for good."""
    with pytest.raises(TypeError, match="field number"):
        line(Point("m", {}, {"number": 3}, 1))
