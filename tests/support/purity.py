"""Catch a pure room that reads a clock, opens a file or a connection, or starts something, while its tests run.

The linter and the contracts of imports look at the text; this looks at what happens, also through a library. Who did it
is the nearest frame of ours on the stack: what a test, its helpers or another room do beneath is theirs to do.
It costs nothing between two catches but a look at a flag for each of Python's audit events.
"""

from __future__ import annotations

import ctypes
import gc
import sys
import time
import tomllib
import zoneinfo
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parents[1]
_CONTRACTS = tomllib.loads((TESTS.parent / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]

ROOMS: tuple[str, ...] = next(
    tuple(contract["source_modules"]) for contract in _CONTRACTS if contract["name"] == "The core does no I/O"
)
"""The pure rooms, as the contract of imports has them."""

OURS = frozenset({"monitor", "alerts", "exporters", "grafana", "tests"})
"""Whoever is nearest of these has done it."""

_BETWEEN = frozenset({__name__, "tests.support.leftovers"})
"""What stands between somebody and what he calls, to look at it."""

EVENTS = (
    "open", "socket.", "subprocess.", "sqlite3.connect", "os.", "shutil.", "tempfile.", "http.",
    "urllib.", "smtplib.", "ssl.", "fcntl.", "ctypes.dlopen",
)  # fmt: skip
"""How the audit events begin that mean input or output. (They are Python's own; clocks have none.)"""

CLOCKS = ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "sleep")
"""What reads a clock or waits, of the module `time`; these two do where they are given nothing:"""

CALENDARS = ("localtime", "gmtime")

_TABLES = (*zoneinfo.TZPATH, str(Path("tzdata") / "zoneinfo"), str(Path("site-packages") / "babel"))
"""Where the rules of time zones and of plural forms lie: tables that come with Python and a library, each read once."""


class Impure(AssertionError):
    """A pure room did what it may not."""


def folders() -> Iterator[Path]:
    """Where the tests of the pure rooms are: a folder or a file for each that has any, and the properties."""
    for room in ROOMS:
        path = TESTS.joinpath(*room.split("."))
        yield from (each for each in (path, path.with_name(f"test_{path.name}.py")) if each.exists())
    yield TESTS / "properties"


_FOLDERS = frozenset(folders())


def is_of_a_pure_room(test: Path) -> bool:
    """Whether the test in that file is one while which the guard is up."""
    return test in _FOLDERS or not _FOLDERS.isdisjoint(test.parents)


@dataclass(slots=True)
class Guard:
    """Looks at who does it; keeps what it caught, for code that catches every exception."""

    caught: list[str] = field(default_factory=list)

    def look(self, what: str) -> None:
        """Raises Impure if a pure room is the nearest of ours on the stack."""
        frame = sys._getframe(1)
        while frame is not None:
            name = frame.f_globals.get("__name__") or ""
            if name.startswith("importlib."):  # _bootstrap: a module is loaded where it is first named
                return
            if name.partition(".")[0] in OURS and name not in _BETWEEN:
                if any(name == room or name.startswith(f"{room}.") for room in ROOMS):
                    self.caught.append(f"{name}:{frame.f_lineno}: {what}")
                    raise Impure(f"{self.caught[-1]}; pure rooms are given the time, and do no input or output")
                return
            frame = frame.f_back  # type: ignore[assignment]


_up: list[Guard] = []
"""The guard that is up; an audit hook cannot be taken away again, so there is one that looks here."""


def _audit(event: str, given: tuple[Any, ...]) -> None:
    if _up and event.startswith(EVENTS) and not (event == "open" and any(at in str(given[0]) for at in _TABLES)):
        _up[-1].look(f"{event} {given}")


_hooked: list[bool] = []


@contextmanager
def guarded() -> Iterator[Guard]:
    """The guard is up as long as the block runs."""
    if not _hooked:
        _hooked.append(True)
        sys.addaudithook(_audit)
    guard = Guard()
    own = [(vars(time), name, _reading(guard, name, getattr(time, name))) for name in CLOCKS]
    own += [(vars(time), name, _reading_now(guard, name, getattr(time, name))) for name in CALENDARS]
    for kind, names in ((datetime, ("now", "utcnow")), (date, ("today",))):
        methods = _methods(kind)
        own += [(methods, name, _method(guard, f"{kind.__name__}.{name}", methods[name])) for name in names]
    before = [(where, name, where[name]) for where, name, _ in own]
    _place(own)
    _up.append(guard)
    try:
        yield guard
    finally:
        _up.remove(guard)
        _place(before)


def _methods(kind: type) -> dict[str, Any]:
    """The methods of a type written in C, to be changed: Python itself only lets them be read."""
    (methods,) = gc.get_referents(vars(kind))
    return methods  # type: ignore[no-any-return]


def _place(items: list[tuple[dict[str, Any], str, Any]]) -> None:
    for where, name, value in items:
        where[name] = value
    for kind in (date, datetime):
        ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))


def _reading(guard: Guard, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
    def read(*args: Any) -> Any:
        guard.look(f"time.{name}")
        return real(*args)

    return read


def _reading_now(guard: Guard, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
    def read(*seconds: Any) -> Any:
        if not seconds or seconds[0] is None:
            guard.look(f"time.{name}")
        return real(*seconds)

    return read


def _method(guard: Guard, name: str, real: Any) -> Any:
    def read(cls: type, *args: Any, **named: Any) -> Any:
        guard.look(name)
        return real.__get__(None, cls)(*args, **named)

    return classmethod(read)
