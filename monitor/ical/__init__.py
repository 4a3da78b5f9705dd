"""Read iCalendar files (RFC 5545) of other programs: their events, each repetition by itself, and what cannot be used.

Whatever a file holds, reading it ends within seconds: rules are worked out in a process of its own, with limits.
"""

from __future__ import annotations

from monitor.ical.entries import LARGEST, Entry, Feed, Unusable, Why, WrongFeed, read

__all__ = ["LARGEST", "Entry", "Feed", "Unusable", "Why", "WrongFeed", "read"]
