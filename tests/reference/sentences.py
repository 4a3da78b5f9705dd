"""The sentences below the members of a class, read from its source once: the pages ask for them at every row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from monitor.config import descriptions as in_source

descriptions: Callable[[type], Mapping[str, str]] = cache(in_source.descriptions)
