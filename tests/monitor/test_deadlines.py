from __future__ import annotations

from hypothesis import given

from monitor.deadlines import deadlines, pieces
from monitor.model import Life
from tests.properties.test_clock_properties import Case, cases


@given(cases())
def test_the_last_deadline_is_the_readings_own(case: Case) -> None:
    for reading in case.readings():
        cut = pieces(reading)
        moved = deadlines(reading, cut)
        assert (moved[-1].deadline if moved else None) == reading.deadline


@given(cases())
def test_pieces_are_the_intervals_cut_where_terms_changed(case: Case) -> None:
    for reading in case.readings():
        cut = pieces(reading)
        for number, part in enumerate(reading.intervals):
            mine = [piece for piece in cut if piece.interval == number]
            assert (mine[0].start, mine[-1].end) == (part.start, part.end)
            assert sum((piece.counted for piece in mine), type(part.counted)()) == part.counted
            if part.life is Life.RUNNING:
                assert all(piece.calendar is not None for piece in mine)
