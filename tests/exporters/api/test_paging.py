from __future__ import annotations

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException

from exporters.api.paging import LARGEST, LONGEST_CURSOR, Place, cursor_of, place_of

ASKED = {"list": "things", "sort": "name"}
KINDS = (int, str, int)
PLACES = st.tuples(
    st.integers(-LARGEST, LARGEST), st.text(st.characters(exclude_categories=("Cs",)), max_size=30), st.integers(0, 9)
)


@given(PLACES)
def test_a_cursor_holds_its_place(place: Place) -> None:
    cursor = cursor_of(ASKED, place)
    assert cursor is not None
    assert set(cursor) <= set(string.ascii_letters + string.digits + "-_")
    assert place_of(ASKED, cursor, KINDS) == place


def test_a_cursor_of_the_longest_names_is_taken() -> None:
    cursor = cursor_of(ASKED, (1, "𠀀" * 1000, 1))
    assert cursor is not None
    assert len(cursor) < LONGEST_CURSOR
    assert place_of(ASKED, cursor, KINDS) == (1, "𠀀" * 1000, 1)


@given(st.text(max_size=60) | st.text("abcdefABCDEF0123456789-_=", max_size=60))
@example("W10")  # []
@example("bnVsbA")  # null
@example("MQ")  # 1
@example("")
@example("W1tbW1tbW1tbW1tb" * 500)
def test_no_other_text_is_a_cursor(text: str) -> None:
    with pytest.raises(HTTPException) as refused:
        place_of(ASKED, text, KINDS)
    assert refused.value.status_code == 400
    assert refused.value.detail.endswith(".")


@pytest.mark.parametrize("other", [{"list": "things", "sort": "age"}, {"list": "people", "sort": "name"}])
def test_a_cursor_fits_one_list_in_one_order(other: dict[str, str]) -> None:
    cursor = cursor_of(other, (1, "a", 1))
    with pytest.raises(HTTPException):
        place_of(ASKED, cursor, KINDS)


@pytest.mark.parametrize(
    "place",
    [(1, "a"), (1, "a", 1, 1), ("1", "a", 1), (1, None, 1), (True, "a", 1), (1.0, "a", 1), (LARGEST + 1, "a", 1),
     (1, "a" * 1001, 1)],
)  # fmt: skip
def test_a_place_of_another_form_is_refused(place: Place) -> None:
    with pytest.raises(HTTPException):
        place_of(ASKED, cursor_of(ASKED, place), KINDS)


def test_a_cursor_that_was_changed_is_refused() -> None:
    """Not even one that would mean the same: one place has one cursor."""
    cursor = cursor_of(ASKED, (1, "a", 1)) or ""
    for changed in (f"{cursor}=", f"{cursor}==", f" {cursor}", f"{cursor}\n", cursor[:-1], cursor.swapcase()):
        with pytest.raises(HTTPException):
            place_of(ASKED, changed, KINDS)


def test_the_end_of_a_list_has_no_cursor() -> None:
    assert cursor_of(ASKED, None) is None
    assert place_of(ASKED, None, KINDS) is None
