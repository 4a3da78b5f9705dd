"""A subject of which something was crossed and nobody was paged, as the audit finds it. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.history import Event, GroupRecord
from monitor.model import SubjectKey


@dataclass(frozen=True, slots=True)
class Suspect:
    """Crossings of one subject of which there is no alert, `(target, cycle, stage, recorded at)`, and its events.

    Of what is counted of several, `group` is the record in the place of events.
    """

    key: SubjectKey
    crossings: tuple[tuple[str, int, str, datetime], ...]
    events: tuple[Event, ...]
    group: GroupRecord | None = None
