"""Refuse YAML whose values are nested too deeply or too many, before anything is built of them.

The events of the parser come one at a time and cost no memory. What an alias repeats is counted as if it were written
out, for that is what is built in the end: ten lines can stand for a thousand million values.
"""

from __future__ import annotations

from typing import Any

import yaml

from monitor.errors import ConfigError

DEEPEST = 50
"""Levels; a loader that builds by recursion would end the process at some thousands."""

MOST = 100_000
"""Values, keys among them, each as often as aliases repeat it."""


def check(loader: Any, file: str) -> None:
    """Read the events of *loader*, and dispose of it. Raises ConfigError, and YAMLError for text that is not YAML."""
    sizes: dict[str, int] = {}
    around: list[tuple[str | None, int]] = []
    total = 0
    try:
        while loader.check_event():
            event = loader.get_event()
            if isinstance(event, yaml.CollectionEndEvent):
                anchor, before = around.pop()
                if anchor is not None:
                    sizes[anchor] = total - before
                continue
            if isinstance(event, yaml.AliasEvent):
                total += sizes.get(str(event.anchor), 1)
            elif isinstance(event, yaml.NodeEvent):
                if isinstance(event, yaml.CollectionStartEvent):
                    around.append((event.anchor, total))
                elif event.anchor is not None:
                    sizes[event.anchor] = 1
                total += 1
            _within(len(around), total, event.start_mark.line + 1, file)
    finally:
        loader.dispose()


def _within(depth: int, total: int, line: int, file: str) -> None:
    if depth > DEEPEST:
        raise ConfigError(f"{file}:{line}: is nested more than {DEEPEST} levels deep; check the brackets")
    if total > MOST:
        raise ConfigError(
            f"{file}:{line}: has more than {MOST:,} values up to here, each counted as often as an alias (*name)"
            " repeats it; write fewer"
        )
