"""Acknowledge the alerts that a name stands for, so that nobody else is called for them, and take that back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.deeds.refused import Refused, WhyRefused, who
from monitor.messages import message
from monitor.store import Acknowledging, AlertWithAcknowledgements, Database, Ending, Views


@dataclass(frozen=True, slots=True)
class AcknowledgedAlerts:
    """The alerts that were meant, each with who acknowledged it, and for how many of them this was news."""

    alerts: Sequence[AlertWithAcknowledgements]
    news: int


class AcknowledgingDeeds:
    """Acknowledges the alerts of one installation."""

    def __init__(self, database: Database) -> None:
        self._store, self._views = Acknowledging(database), Views(database)

    def acknowledge(
        self, named: str, author: str, via: str, note: str, now: datetime, ends: Ending | None, most: int | None = None
    ) -> AcknowledgedAlerts:
        """Acknowledge every firing alert of a subject, a root cause or a drill, or one alert. Raises Refused.

        *ends* says when that ends. Where *most* people acknowledged an alert *via* the same way, no other can. The same
        once more by the same person is no news.
        """
        name, keys = who(author), self._keys(named)
        news = self._store.acknowledge(keys, name, via, note, now, ends, most)
        return AcknowledgedAlerts(self._found(keys), news)

    def take_back(self, named: str, author: str, now: datetime) -> AcknowledgedAlerts:
        """Let what is in force of the same alerts end at once: the next steps are taken again. Raises Refused."""
        name, keys = who(author), self._keys(named)
        ended = self._store.take_back(keys, name, now)
        if not ended:
            raise Refused(WhyRefused.CONFLICT, message("deed-not-acknowledged", named=named))
        return AcknowledgedAlerts(self._found(keys), ended)

    def _found(self, keys: Sequence[str]) -> list[AlertWithAcknowledgements]:
        return [told for told in map(self._store.find, keys) if told is not None]

    def _keys(self, named: str) -> tuple[str, ...]:
        """The keys of the alerts with this name. Raises Refused."""
        if self._store.find(named) is not None:
            return (named,)
        of_several = self._store.of_cause(named) or self._store.of_drill(named)
        if of_several:
            return of_several
        subjects = self._views.find(named)
        if not subjects:
            raise Refused(WhyRefused.UNKNOWN, message("deed-no-such-alert", named=named))
        if len(subjects) > 1:
            several = ", ".join(map(str, subjects))
            raise Refused(WhyRefused.WRONG, message("deed-several-subjects", subject=named, several=several))
        found = self._store.firing(subjects[0])
        if not found:
            raise Refused(WhyRefused.CONFLICT, message("deed-nothing-fires", subject=str(subjects[0])))
        return found
