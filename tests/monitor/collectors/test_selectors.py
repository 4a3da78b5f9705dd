from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonpath import JSONPathEnvironment

from monitor.collectors._selectors import selector

PATHS = [
    "$",
    "$.a",
    "$['a']",
    "$.a.b",
    "$.a['@type']",
    "$.l[?@.r=='x']",
    "$.l[?@.r == 'x'].v",
    "$.l[?@['r']=='x'].v.a",
    "$.a.l[?@.r=='x'].v",
    "$['l'][?@['@type']=='x'].v",
]
KEYS = st.sampled_from(["a", "b", "l", "r", "v", "@type"])
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["x", "y", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@given(st.sampled_from(PATHS), DOCUMENTS)
def test_the_short_cut_finds_what_the_library_finds(path: str, document: Any) -> None:
    expected = JSONPathEnvironment(strict=True).findall(path, document) if isinstance(document, dict | list) else None
    found = selector(path).nodes(document)
    if expected is not None:
        assert found == expected


def test_the_first_path_that_fits_counts() -> None:
    either = selector("$.name", "$.description")
    assert either.text({"description": "d"}) == "d"
    assert either.text({"name": "n", "description": "d"}) == "n"
    assert either.text({"name": None, "description": "d"}) == "d"
    assert either.text({}) is None


def test_scalars_become_text_and_the_rest_is_nothing() -> None:
    for value, expected in ((3, "3"), (1.5, "1.5"), (True, "true"), (" ", None), ([], None), ({"a": 1}, None)):
        assert selector("$.v").text({"v": value}) == expected
    assert len(selector("$.v").text({"v": "x" * 10_000}) or "") == 500


def test_a_path_beyond_the_short_cuts_works() -> None:
    document = {"note": [{"n": 1, "text": "a"}, {"n": 2, "text": "b"}]}
    assert selector("$.note[?@.n>1].text").text(document) == "b"
    assert selector("$..text").nodes(document) == ["a", "b"]


@pytest.mark.parametrize("path", ["name", "$.", "$.a[", "$.a[?@.b=='x'", ""])
def test_what_is_no_path_is_refused_with_a_sentence(path: str) -> None:
    with pytest.raises(ValueError, match="is not a JSONPath"):
        selector(path)
