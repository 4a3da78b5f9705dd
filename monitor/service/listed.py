"""Give the lists behind the first page what they show: of the store, the rota, and the words not understood.

Pages and API see the same. What somebody does with a record that is set aside wakes the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from exporters.web import ListViews
from monitor.clock import line
from monitor.config import Config, reread
from monitor.listing import NotDone, RetryDone, WordToMap
from monitor.model import SubjectKey
from monitor.service.escalator import Escalator
from monitor.snapshot import UnreadWords
from monitor.store import Causes, Database, QuarantineRecords, Records, Tellings

if TYPE_CHECKING:
    from exporters.api import Section


class Listed:
    """What one configuration shows in its lists, and does with records."""

    def __init__(
        self, config: Config, database: Database, escalator: Escalator, unread: Callable[[], UnreadWords],
        now: Callable[[], datetime], news: Callable[[], None],
    ) -> None:  # fmt: skip
        self._config, self._escalator, self._unread = config, escalator, unread
        self._now, self._news = now, news
        self._records, self._tellings, self._causes = QuarantineRecords(database), Tellings(database), Causes(database)
        self._others = Records(database)

    def pages(self) -> ListViews:
        """What the pages see."""
        return ListViews(
            records=self._records.page,
            tellings=lambda query, limit, before: self._tellings.page(query, limit, self._now(), before),
            causes=lambda limit, after: self._causes.page(limit, self._now(), after),
            circuits=self._others.circuits,
            week=lambda offset: self._escalator.week(self._now(), offset),
            words=lambda: tuple(words_to_map(self._config, self._unread())),
        )

    def sections(self) -> Sequence[Section]:
        """The sections of the API. Imported and built when the API is first asked for."""
        from exporters.api import ApiLists, list_sections

        pages = self.pages()
        return list_sections(
            ApiLists(
                records=pages.records,
                record=self._records.find,
                retry=self._retry,
                drop=self._drop,
                tellings=pages.tellings,
                causes=pages.causes,
                week=pages.week,
                words=pages.words,
            )
        )

    def _retry(self, number: int, author: str, reason: str) -> RetryDone:
        now = self._now()
        done = self._records.retry(
            number, lambda record, body: reread(self._config, record, body, now), author, reason, now
        )
        self._news()
        return done

    def _drop(self, number: int, author: str, reason: str) -> NotDone | None:
        return self._records.drop(number, author, reason, self._now())


def words_to_map(config: Config, unread: UnreadWords) -> Iterator[WordToMap]:
    """The words that are not understood, those of the most subjects first, each with the lines to write."""
    for one in sorted(unread.listed, key=lambda one: (-one.subjects, one.source, one.what, one.form)):
        mapping = line(one.source, one.what, one.word, config.rules, one.kind)
        yield WordToMap(one.source, one.what, one.word, one.subjects, SubjectKey(one.source, one.example), mapping)
