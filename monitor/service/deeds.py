"""Let the API change what people may change: every deed is checked and done by `monitor/deeds`, as that of a command.

Whoever asks was let in before, and is the author. A deed wakes the engine.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import structlog

from exporters.web import ReloadAnswer
from monitor.alert import SilenceRow
from monitor.clock import Rulebook
from monitor.config import Config
from monitor.deeds import (
    AcknowledgedAlerts,
    AcknowledgingDeeds,
    NewSilence,
    Planned,
    SilencingDeeds,
    Way,
    known_events,
    plan_correction,
    plan_retirement,
    plan_return,
    write,
)
from monitor.explain import text
from monitor.history import Correction, Event
from monitor.model import RetiredBy, SubjectKey
from monitor.service.escalator import API, Escalator
from monitor.store import Database, Silences, Views

if TYPE_CHECKING:
    from exporters.api import Section

log = structlog.get_logger()


def in_utc(at: datetime) -> str:
    """An instant in a sentence for a program."""
    return text(at) or ""


class Deeds:
    """What the API of one configuration may change."""

    def __init__(
        self, config: Config, database: Database, escalator: Escalator, now: Callable[[], datetime],
        news: Callable[[], None], reload: Callable[[str], ReloadAnswer],
    ) -> None:  # fmt: skip
        """*news* is called when something was stored; *reload* is given who has the configuration read again."""
        self._config, self._database, self._escalator = config, database, escalator
        self._now, self._news, self._reload = now, news, reload
        self._silencing = SilencingDeeds(config, database, in_utc)
        self._acknowledging, self._views, self._silences = (
            AcknowledgingDeeds(database),
            Views(database),
            Silences(database),
        )
        self._one_at_a_time = threading.Lock()
        """Of what is written of the past of subjects: what is sent twice at once is written once."""

    def sections(self) -> Sequence[Section]:
        """The sections of the API. Imported and built when the API is first asked for."""
        from exporters.api import DeedViews, deed_sections

        return deed_sections(
            DeedViews(
                now=self._now,
                silences=lambda over, limit, after: self._silences.page(self._now(), over, limit, after),
                silence=self._silences.find,
                add_silence=self._add_silence,
                end_silence=self._end_silence,
                acknowledge=self._acknowledge,
                take_back=self._take_back,
                correct=self._correct,
                retire=self._retire,
                bring_back=self._bring_back,
                reload=self._reload,
            )
        )

    def _add_silence(self, new: NewSilence) -> tuple[SilenceRow, bool]:
        row, is_new = self._silencing.add(new, self._now())
        log.info("silence_added", silence=row.id, author=row.author, new=is_new)
        self._news()
        return row, is_new

    def _end_silence(self, name: str, author: str) -> None:
        _, freed = self._silencing.end(name, author, self._now())
        log.info("silence_ended", silence=name, author=author, due_now=freed)
        self._news()

    def _acknowledge(self, named: str, author: str, note: str) -> AcknowledgedAlerts:
        ends = self._escalator.ending()
        done = self._acknowledging.acknowledge(named, author, API, note, self._now(), ends)
        self._escalator.acknowledged(done, author, API)
        self._news()
        return done

    def _take_back(self, named: str, author: str) -> AcknowledgedAlerts:
        done = self._acknowledging.take_back(named, author, self._now())
        self._escalator.changed()
        log.info("acknowledgement_taken_back", alerts=done.news, author=author)
        self._news()
        return done

    def _correct(self, key: SubjectKey, asked: Correction, even_so: bool, tried: bool) -> Planned:
        explain = self._config.commands.says("explain", about=str(key))
        way = Way(in_utc, explain, even_so, "`even_so`", again=True)
        return self._written(key, lambda events, rules, now: plan_correction(events, asked, rules, now, way), tried)

    def _retire(self, key: SubjectKey, author: str, reason: str, start: datetime | None, tried: bool) -> Planned:
        def plan(events: Sequence[Event], rules: Rulebook, now: datetime) -> Planned:
            return plan_retirement(events, author, reason, RetiredBy.API, rules, now, in_utc, start)

        return self._written(key, plan, tried)

    def _bring_back(self, key: SubjectKey, author: str, reason: str, tried: bool) -> Planned:
        return self._written(key, lambda events, rules, now: plan_return(events, author, reason, rules, now), tried)

    def _written(
        self, key: SubjectKey, planning: Callable[[Sequence[Event], Rulebook, datetime], Planned], tried: bool
    ) -> Planned:
        """Plan with the events of a subject, and write what is planned, unless it is only tried or stands already."""
        now, rules = self._now(), self._config.rules
        with self._one_at_a_time:
            plan = planning(known_events(self._views, key, rules, now), rules, now)
            if tried or plan.standing:
                return plan
            write(self._database, plan, now)
        log.info("subject_corrected", subject=str(key), kind=plan.correction.kind.value, id=plan.event.event_id)
        self._news()
        return plan
