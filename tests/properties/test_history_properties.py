"""Random histories under random policies against the oracle that is written from the documents alone.

`python -m tests.bench.histories` holds many more of the same against it.
"""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.histories import history
from tests.support.laws import law

seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=60)
@given(seeds)
def test_every_history_is_read_as_the_documents_say(seed: int) -> None:
    """Terms that change with the fact that begins or ends a clock, derived clocks, unknown circuits, equal instants."""
    rng = Random(seed)
    rules = law(rng)
    for _ in range(8):
        one = history(rng, rules)
        assert not one.differences(), one.smallest().told()
