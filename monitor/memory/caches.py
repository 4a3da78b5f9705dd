"""Remember results of pure functions, each in a cache with a limit and a name: memory is bounded, and it is counted.

Pure. The running program publishes how each is used (`tierwatch_cache_*`). Nothing else in the tree may use
`functools.cache` or `lru_cache`: `tests/monitor/memory/test_caches.py` looks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class CacheUse(NamedTuple):
    """How a cache is used: entries and the most that it may have, and how often it had what was asked for or had not.

    `hits` and `misses` count from the start of the program. They are None where the entries are parts of those of
    another cache.
    """

    name: str
    entries: int
    limit: int
    hits: int | None = None
    misses: int | None = None


@dataclass(slots=True)
class Asked:
    """How often a cache of one configuration had what was asked for or had not; the next configuration counts on."""

    hits: int = 0
    misses: int = 0


_INFO: dict[str, Callable[[], Any]] = {}
"""Of each cache by its name, what tells its use. Filled while modules are imported, and never changed after that."""


def remembered(name: str, limit: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Remember what a function of hashable arguments gives. Beyond *limit* the one used longest ago goes."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        cached = lru_cache(maxsize=limit)(function)
        _INFO[name] = cached.cache_info
        return cached  # type: ignore[return-value]

    return decorate


def caches_of_functions() -> tuple[CacheUse, ...]:
    """The use of every cache of the modules that are imported, by name."""
    found = ((name, info()) for name, info in sorted(_INFO.items()))
    return tuple(CacheUse(name, info.currsize, info.maxsize, info.hits, info.misses) for name, info in found)
