"""Spread the chunks of a command over processes, and take their results in the order of the chunks.

The processes are forked when the work begins: they have the log, the rules and the calendars without a copy, and only
chunks and results go through pipes. Where other threads run, and on a system on which forking is not safe, the work is
done in this process. The processes ignore Ctrl-C: the command ends them at once, for they only read and count. They end
by themselves when the command is gone, whatever ended it.
"""

from __future__ import annotations

import fcntl
import gc
import multiprocessing
import os
import select
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from monitor.errors import TierwatchError

C = TypeVar("C")
R = TypeVar("R")

FEWEST_CHUNKS = 4
"""With fewer, the start of processes takes longer than they save."""
_AHEAD = 16  # results that may wait for the one that comes first, for each process
_QUOTA = Path("/sys/fs/cgroup/cpu.max")
_NOTHING: Any = object()

WorkersOption = Annotated[
    int | None,
    typer.Option(
        "--workers",
        min=1,
        help="How many processes share the work; the result is the same. Default: the cores that this process may use.",
    ),
]


def cores(quota: Path = _QUOTA) -> int:
    """How many cores this process may use: those it may run on, and no more than the quota of its container."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with suppress(OSError, ValueError, ZeroDivisionError):
        most, period = quota.read_text(encoding="ascii").split()
        allowed = min(allowed, max(1, -(-int(most) // int(period))))  # `max` without a quota: no number
    return allowed


def _can_fork() -> bool:
    return sys.platform != "darwin" and hasattr(os, "fork") and threading.active_count() == 1


@dataclass(frozen=True, slots=True)
class Workers:
    """A `Spread` over so many processes; with one, or for few chunks, in this one."""

    number: int

    @classmethod
    def of(cls, asked: int | None) -> Workers:
        """As many as were asked for, else one for each core."""
        return cls(cores() if asked is None else asked)

    def __call__(self, work: Callable[[C], R], chunks: Iterable[C], /) -> Iterator[R]:
        coming = iter(chunks)
        first = list(islice(coming, FEWEST_CHUNKS))
        every = chain(first, coming)
        if self.number == 1 or len(first) < FEWEST_CHUNKS or not _can_fork():
            yield from map(work, every)
            return
        team: list[_Worker] = []
        try:
            for _ in range(self.number):
                team.append(_Worker.start(work, team))
            yield from _in_order(team, every)
        finally:
            for worker in team:
                worker.end()


def _in_order(team: Sequence[_Worker], chunks: Iterator[Any]) -> Iterator[Any]:
    """Every result in the order of the chunks. A process has one chunk at a time; the next one is read meanwhile."""
    idle, busy = list(team), dict[Connection, _Worker]()
    done: dict[int, Any] = {}
    given = taken = 0
    chunk = next(chunks, _NOTHING)
    while chunk is not _NOTHING or taken < given:
        while idle and chunk is not _NOTHING and given - taken < _AHEAD * len(team):
            worker = idle.pop()
            worker.give(given, chunk)
            busy[worker.pipe] = worker
            given, chunk = given + 1, next(chunks, _NOTHING)
        for pipe in wait(list(busy)):
            assert isinstance(pipe, Connection)
            worker = busy.pop(pipe)
            number, result = worker.take()
            done[number] = result
            idle.append(worker)
        while taken in done:
            yield done.pop(taken)
            taken += 1


@dataclass(frozen=True, slots=True)
class _Worker:
    """One process, this end of the pipe to it, and of another that ends with this process: nothing is ever in it."""

    process: ForkProcess
    pipe: Connection
    life: int

    @classmethod
    def start(cls, work: Callable[[Any], Any], others: Sequence[_Worker]) -> _Worker:
        mine, its = multiprocessing.Pipe()
        its_life, life = os.pipe()
        ours = [mine.fileno(), life, *(end for other in others for end in (other.pipe.fileno(), other.life))]
        process = multiprocessing.get_context("fork").Process(
            target=_serve, args=(its, its_life, ours, work), daemon=True
        )
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # until it ignores Ctrl-C
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            its.close()
            os.close(its_life)
        return cls(process, mine, life)

    def give(self, number: int, chunk: Any) -> None:
        try:
            self.pipe.send((number, chunk))
        except OSError:
            raise self._ended() from None

    def take(self) -> tuple[int, Any]:
        """The number of the chunk and its result. Raises what the work raised; TierwatchError if the process ended."""
        try:
            number, result, error = self.pipe.recv()
        except (EOFError, OSError):
            raise self._ended() from None
        if error is not None:
            raise error
        return number, result

    def _ended(self) -> TierwatchError:
        self.process.join()
        code = self.process.exitcode or 0
        how = f"by signal {-code}" if code < 0 else f"with code {code}"
        return TierwatchError(
            f"a process of this command ended {how} before its work was done, so there is no whole result; where memory"
            " ran out, give fewer --workers",
            retryable=True,
        )

    def end(self) -> None:
        """End the process at once, whatever it does."""
        self.pipe.close()
        self.process.kill()
        self.process.join()
        self.process.close()
        os.close(self.life)


def _serve(pipe: Connection, life: int, ours: Sequence[int], work: Callable[[Any], Any]) -> None:
    """Do the work for each chunk until the command closes the pipe or ends. Runs in a process of its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    for end in ours:  # the command's: else no pipe would ever end
        os.close(end)
    _end_with(life)
    gc.freeze()  # what was there before is of the command; looking at it would copy its pages
    with suppress(EOFError, OSError):
        while True:
            number, chunk = pipe.recv()
            pipe.send((number, *_tried(work, chunk)))


def _end_with(life: int) -> None:
    """Let the end of a pipe end this process, in the middle of a chunk too: that is what SIGIO does by default."""
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(life, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(life, fcntl.F_SETFL, fcntl.fcntl(life, fcntl.F_GETFL) | os.O_ASYNC)
    if select.select([life], [], [], 0)[0]:  # it has ended already
        os._exit(1)


def _tried(work: Callable[[Any], Any], chunk: Any) -> tuple[Any, Exception | None]:
    """The result, or what was raised, with the traceback of this process in its notes."""
    try:
        return work(chunk), None
    except Exception as error:  # it is raised again by the command
        error.add_note(f"\nin a process of its own:\n{''.join(traceback.format_exception(error))}")
        return None, error
