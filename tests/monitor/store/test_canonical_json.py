"""A JSON value is stored as one text, whatever order its names came in and whichever way it was written."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from monitor.model import SubjectKind
from monitor.store.schema import encoded

texts = st.text()
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)


@given(st.dictionaries(texts, texts) | values)
def test_a_value_is_the_text_of_the_json_library(value: Any) -> None:
    told = None if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert encoded(value) == told


def test_a_word_of_ours_is_stored_as_the_word_and_a_number_stays_one() -> None:
    assert encoded({"kind": SubjectKind.TICKET, "b": "é\n\0\u2028", "a": "\ud800"}) == (
        '{"a":"\ud800","b":"é\\n\\u0000\u2028","kind":"ticket"}'
    )
    assert encoded({"b": "x", "a": 2}) == '{"a":2,"b":"x"}'
