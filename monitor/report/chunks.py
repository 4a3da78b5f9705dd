"""Cut a stream of subjects into chunks, so that several processes can judge them with one result.

Pure. Where a chunk ends depends on the subjects alone, never on the number of processes; results are put together in
the order of the chunks. So a command prints the same for any number of processes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol, TypeVar

from monitor.history import Event
from monitor.model import SubjectKey

ENOUGH_EVENTS = 1000
"""A chunk ends with the subject that brings it to so many events."""
MOST_SUBJECTS = 500

C = TypeVar("C")
R = TypeVar("R")
Subject = tuple[SubjectKey, Sequence[Event]]


class Spread(Protocol):
    """Does *work* for each chunk, and gives the results in the order of the chunks.

    It may do so in other processes: *work* has no effect but its result, and chunks and results can be pickled.
    """

    def __call__(self, work: Callable[[C], R], chunks: Iterable[C], /) -> Iterator[R]: ...


def in_turn(work: Callable[[C], R], chunks: Iterable[C], /) -> Iterator[R]:
    """One chunk after the other, in this process."""
    return map(work, chunks)


def chunked(subjects: Iterable[Subject]) -> Iterator[list[Subject]]:
    """The subjects in lists, of which one at a time is held."""
    return cut(subjects, lambda subject: len(subject[1]))


def cut(items: Iterable[C], size: Callable[[C], int]) -> Iterator[list[C]]:
    """Any items in lists; *size* says how many events an item has."""
    chunk: list[C] = []
    events = 0
    for item in items:
        chunk.append(item)
        events += size(item)
        if events >= ENOUGH_EVENTS or len(chunk) >= MOST_SUBJECTS:
            yield chunk
            chunk, events = [], 0
    if chunk:
        yield chunk


def stretches(sizes: Iterable[int]) -> Iterator[range]:
    """The chunks of subjects with so many events each, as ranges of their places."""
    begin = end = events = 0
    for size in sizes:
        end += 1
        events += size
        if events >= ENOUGH_EVENTS or end - begin >= MOST_SUBJECTS:
            yield range(begin, end)
            begin, events = end, 0
    if begin < end:
        yield range(begin, end)


@contextmanager
def named(key: SubjectKey) -> Iterator[None]:
    """Name the subject in the traceback of a defect."""
    try:
        yield
    except Exception as error:
        error.add_note(f"while reading {key}")
        raise
