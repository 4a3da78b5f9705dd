"""Give the lists behind the first page what they show: of the store, the rota, and the words not understood."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from exporters.web import ListViews
from monitor.clock import line
from monitor.config import Config
from monitor.listing import WordToMap
from monitor.model import SubjectKey
from monitor.service.escalator import Escalator
from monitor.service.host import Host
from monitor.snapshot import UnreadWords
from monitor.store import Causes, QuarantineRecords, Tellings


def list_views(config: Config, host: Host, escalator: Escalator, unread: Callable[[], UnreadWords]) -> ListViews:
    """What the pages see by one configuration."""
    records, tellings, causes = QuarantineRecords(host.database), Tellings(host.database), Causes(host.database)
    return ListViews(
        records=records.page,
        tellings=lambda query, limit, before: tellings.page(query, limit, host.now(), before),
        causes=lambda limit, after: causes.page(limit, host.now(), after),
        week=lambda offset: escalator.week(host.now(), offset),
        words=lambda: tuple(words_to_map(config, unread())),
    )


def words_to_map(config: Config, unread: UnreadWords) -> Iterator[WordToMap]:
    """The words that are not understood, those of the most subjects first, each with the lines to write."""
    for one in sorted(unread.listed, key=lambda one: (-one.subjects, one.source, one.what, one.form)):
        mapping = line(one.source, one.what, one.word, config.rules, one.kind)
        yield WordToMap(one.source, one.what, one.word, one.subjects, SubjectKey(one.source, one.example), mapping)
