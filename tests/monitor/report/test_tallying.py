from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from monitor.history.events import Event
from monitor.model import SubjectKey, SubjectKind
from monitor.report.chunks import ENOUGH_EVENTS, MOST_SUBJECTS, chunked, stretches
from monitor.report.tallying import Sums, put_together, sums_of, tallied
from tests.support.cases import at, ticket
from tests.support.counting import COMPLAINTS, PATROLS, RATIO, RESTORE, book, policy_text

RULES = book(policy_text(RESTORE, COMPLAINTS, PATROLS, RATIO))
ZONE = ZoneInfo("Asia/Shanghai")
UNTIL = at(24 * 50)
WORDS = ("opened", "closed", "cancelled", "Lost", "LOST", "parked")

histories = st.lists(
    st.lists(st.tuples(st.integers(0, 24 * 45), st.sampled_from(WORDS)), min_size=1, max_size=5), max_size=12
)


def subjects_of(lives: list[list[tuple[int, str]]]) -> list[tuple[SubjectKey, list[Event]]]:
    found = []
    for number, life in enumerate(lives):
        fields = ({"process": "complaint", "customer": "Acme"}, {"process": "patrol"}, {})[number % 3]
        events = [
            Event(
                "tickets",
                f"{number}/{place}",
                SubjectKind.TICKET,
                f"T{number:02}",
                at(hour),
                0,
                status=word,
                fields=fields,
            )
            for place, (hour, word) in enumerate(life)
        ]
        found.append((SubjectKey("tickets", f"T{number:02}"), events))
    return found


def found(sums: Sums) -> tuple[Any, ...]:
    return sums.tally.rows(), sums.words.words, sums.subjects


@given(histories, st.lists(st.integers(0, 12), max_size=4))
def test_the_sums_of_parts_are_those_of_the_whole(lives: list[list[tuple[int, str]]], cuts: list[int]) -> None:
    subjects = subjects_of(lives)
    edges = sorted({0, len(subjects), *(cut for cut in cuts if cut < len(subjects))})
    parts = [subjects[begin:end] for begin, end in pairwise(edges)]
    whole = put_together([sums_of(subjects, RULES, ZONE, UNTIL)], RULES, ZONE, UNTIL)
    cut = put_together((sums_of(part, RULES, ZONE, UNTIL) for part in parts), RULES, ZONE, UNTIL)
    assert found(cut) == found(whole)


def test_sums_and_chunks_go_through_a_pipe() -> None:
    subjects = subjects_of([[(number, "opened"), (number + number % 7, "closed")] for number in range(40)])

    def spread(work: Callable[[Any], Any], chunks: Iterable[Any], /) -> Iterator[Any]:
        return (pickle.loads(pickle.dumps(work(pickle.loads(pickle.dumps(chunk))))) for chunk in chunks)

    rows = tallied(subjects, RULES, ZONE, UNTIL, spread=spread).rows()
    assert rows == tallied(subjects, RULES, ZONE, UNTIL).rows()
    assert sum(row.breached for row in rows) >= 10


def test_a_chunk_at_a_time_is_read_from_the_stream() -> None:
    """Subjects with few events, one with very many, and empty ones."""
    sizes = [1] * (2 * MOST_SUBJECTS) + [0] * 10 + [5 * ENOUGH_EVENTS] + [ENOUGH_EVENTS // 4] * 9
    event = ticket("T", at(0), "new")
    taken = 0

    def stream() -> Iterator[tuple[SubjectKey, list[Event]]]:
        nonlocal taken
        for taken, size in enumerate(sizes, 1):
            yield SubjectKey("tickets", str(taken)), [event] * size

    held = []
    for chunk in chunked(stream()):
        held.append(len(chunk))
        assert taken == sum(held), "nothing is read ahead"
        assert len(chunk) <= MOST_SUBJECTS
        assert sum(len(events) for _, events in chunk[:-1]) < ENOUGH_EVENTS
    assert taken == len(sizes)
    assert held == [len(places) for places in stretches(sizes)]
    assert [place for places in stretches(sizes) for place in places] == list(range(len(sizes)))
