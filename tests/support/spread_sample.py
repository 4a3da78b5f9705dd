"""Spread work over processes as a command does, in a process that a test may stop."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator

import typer

from monitor.commands.console import progress
from monitor.commands.in_parallel import Workers
from monitor.errors import TierwatchError

CHUNKS = 60


def in_order(number: int) -> None:
    """Print each result, and at the end how many processes gave one."""
    results = list(Workers(number)(lambda chunk: (chunk, os.getpid()), iter(range(CHUNKS))))
    print([chunk for chunk, _ in results], len({process for _, process in results} - {os.getpid()}))


def defect(number: int) -> None:
    for _ in Workers(number)(lambda chunk: 1 // (7 - chunk), range(CHUNKS)):
        pass


def sentence(number: int) -> None:
    def work(chunk: int) -> int:
        if chunk == 7:
            raise TierwatchError("chunk 7 cannot be read", retryable=True)
        return chunk

    for _ in Workers(number)(work, range(CHUNKS)):
        pass


def waits(number: int) -> None:
    """Every process says that it works, and waits until it is ended."""

    def work(chunk: int) -> None:
        os.write(1, b"works\n")
        signal.pause()

    for _ in Workers(number)(work, range(CHUNKS)):
        pass


def ahead(number: int) -> None:
    """The first chunk ends when the twentieth has; print how many were taken from the stream by then."""
    read, write = os.pipe()
    taken = 0

    def chunks() -> Iterator[int]:
        nonlocal taken
        while True:
            taken += 1
            yield taken

    def work(chunk: int) -> int:
        if chunk == 1:
            os.read(read, 1)
        if chunk == 20:
            os.write(write, b".")
        return chunk

    results = Workers(number)(work, chunks())
    next(results)
    print(taken)
    results.close()  # type: ignore[attr-defined]


def beside_a_bar(number: int) -> None:
    """As `in_order`, with a progress bar."""
    with progress() as show:
        processes = set()
        for chunk, process in Workers(number)(lambda chunk: (chunk, os.getpid()), range(CHUNKS)):
            processes.add(process)
            show("judging", chunk + 1, CHUNKS)
    print(len(processes - {os.getpid()}))


STORIES = {story.__name__: story for story in (in_order, defect, sentence, waits, ahead, beside_a_bar)}


def main(story: str, number: int) -> None:
    try:
        STORIES[story](number)
    except TierwatchError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    typer.run(main)
