"""Retire subjects for the page: by the link of an alert's page, or with the api_token. Nothing else may.

The trust is that of acknowledgements: whoever has a link that was sent for an alert may retire the subject of that
alert. A token is never logged.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog

from alerts.oncall import Refusal, verify
from exporters.web import Refused, RetirementActions, RetirementAsked, RetirementEntry
from monitor.access import Keys
from monitor.config import Config
from monitor.deeds import LONGEST_REASON, WhyRefused, known_events, plan_retirement, write
from monitor.deeds import Refused as NotDone
from monitor.messages import message
from monitor.model import RetiredBy, SubjectKey
from monitor.store import LONGEST_AUTHOR, Acknowledging, Database, Views
from monitor.text import one_line, shown_time

log = structlog.get_logger()


class Retiring:
    """What the page of one running program may retire."""

    def __init__(
        self, config: Config, database: Database, keys: Keys | None, now: Callable[[], datetime],
        news: Callable[[], None],
    ) -> None:  # fmt: skip
        """*news* is called when a retirement has been stored."""
        self._config, self._keys, self._now, self._news = config, keys, now, news
        self._database, self._acknowledging, self._views = database, Acknowledging(database), Views(database)

    def actions(self) -> RetirementActions:
        """What the page may do, by the secrets of the configuration."""
        links = self._keys is not None
        return RetirementActions(
            read=self._read if links else None,
            by_link=self._by_link if links else None,
            by_key=None if self._config.api_token is None else self._by_key,
        )

    def _read(self, token: str) -> RetirementAsked | Refused:
        found = Refusal.MALFORMED if self._keys is None else verify(token, self._now(), self._keys)
        if isinstance(found, Refusal):
            log.warning("retirement_refused", via="link", reason=found.value)
            return Refused(403, found.sentence)
        told = self._acknowledging.find(found.alert)
        if told is None or told.alert.subject is None or not told.alert.of_one_subject:
            return Refused(404, message("page-retire-no-subject"))
        return RetirementAsked(told.alert.subject, found.person)

    def _by_link(self, token: str, said: RetirementEntry) -> RetirementAsked | Refused:
        found = self._read(token)
        return found if isinstance(found, Refused) else self._retire(found.key, said, "link")

    def _by_key(self, key: SubjectKey, said: RetirementEntry) -> RetirementAsked | Refused:
        secret = self._config.api_token
        if secret is None or not hmac.compare_digest(said.token.encode(), secret.reveal().encode()):
            log.warning("retirement_refused", via="api", reason="unauthorized")
            return Refused(403, message("page-retire-wrong-token"))
        return self._retire(key, said, "api")

    def _retire(self, key: SubjectKey, said: RetirementEntry, via: str) -> RetirementAsked | Refused:
        author, reason = one_line(said.author)[:LONGEST_AUTHOR], one_line(said.reason)[:LONGEST_REASON]
        if not author or not reason:
            return Refused(400, message("page-retire-incomplete"))
        now, rules, zone = self._now(), self._config.rules, ZoneInfo(self._config.zone)
        unknown = Refused(404, message("page-nothing-known", subject=key.subject, source=key.source))
        try:
            events = known_events(self._views, key, rules, now)
            plan = plan_retirement(events, author, reason, RetiredBy.PAGE, rules, now, lambda at: shown_time(at, zone))
        except NotDone as refused:
            return unknown if refused.why is WhyRefused.UNKNOWN else Refused(409, refused.sentence)
        write(self._database, plan, now)
        self._news()
        log.info("subject_retired", subject=str(key), via=via, author=author)
        return RetirementAsked(key, author)
