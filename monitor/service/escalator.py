"""Call people: read the rota, take the steps that are due, and take acknowledgements from links and programs.

The judgement is in `alerts/oncall/escalation.py`; this asks the store and remembers. `look` belongs to the engine's
thread, `refresh` to the scheduler's, the rest to whoever answers HTTP. A token of a link is never logged.
"""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from alerts.decide import Route
from alerts.delivery import Linking
from alerts.oncall import (
    LOOK_AGAIN,
    OnCall,
    Outgoing,
    Refusal,
    Rota,
    duty_week,
    ending,
    judge,
    keeping,
    linked,
    read_rota,
    remarks,
    rota_of,
    verify,
    with_calendars,
)
from exporters.web import AcknowledgementActions, AlertToAcknowledge, FormEntry, Refused
from monitor.access import Keys
from monitor.alert import step_shown
from monitor.config import Config
from monitor.deeds import AcknowledgedAlerts, AcknowledgingDeeds
from monitor.explain import Acknowledgement
from monitor.listing import DutyWeek
from monitor.messages import message
from monitor.model import Name
from monitor.service.duties import Duties
from monitor.snapshot import OnCallFigures
from monitor.store import LONGEST_AUTHOR, Acknowledging, AlertWithAcknowledgements, Database, Ending, Escalating
from monitor.text import among, one_line

AT_MOST_EVERY = timedelta(seconds=1)
"""While much happens, the steps are judged no oftener than this, and only for a fifth of the time."""

REFRESH_EVERY = timedelta(minutes=15)
"""How often rotas that are kept in calendars are read again."""

AT_THE_START = timedelta(seconds=10)
"""How long a start waits for a calendar of which a copy was kept: nobody is paged meanwhile."""

REFRESH_FIRST = timedelta(minutes=1)
"""When they are read again first after a start, for those that were not waited for."""

LINK, API = "link", "api"

MOST_PEOPLE = 20
"""So many people acknowledge one alert by its links; who was told by a link of their own always may."""

GONE = message("oncall-alert-gone")

FULL = message("oncall-link-full", most=MOST_PEOPLE)

NAMELESS = message("oncall-name-missing")

log = structlog.get_logger()


def keys_of(config: Config) -> Keys | None:
    """What signs links; None where links are not wanted."""
    secrets = [secret.reveal().encode() for secret in config.link_secrets]
    return Keys(*secrets) if secrets else None


def linking(config: Config, page_url: Callable[[], str]) -> Linking:
    """What adds to pages, as they are sent, a link to acknowledge them; adds none where links are not wanted."""
    keys = keys_of(config)
    return lambda alert, now: linked(alert, page_url(), keys, now)


@dataclass(slots=True)
class _Pace:
    """When the steps are judged again."""

    looked: datetime | None = None
    next_at: datetime | None = None
    news: bool = True
    took: timedelta = timedelta(0)

    def soonest(self) -> datetime | None:
        if self.looked is None or self.next_at is None:
            return None
        return max(self.next_at, self.looked + 4 * self.took)

    def wants(self, now: datetime) -> bool:
        if self.looked is None or now < self.looked:
            return True
        if now - self.looked < 4 * self.took:
            return False
        if self.next_at is not None and now >= self.next_at:
            return True
        return now - self.looked >= (AT_MOST_EVERY if self.news else LOOK_AGAIN)


class Escalator:
    """Everything about people of one running tierwatch. Without a rota it still takes acknowledgements."""

    def __init__(
        self, config: Config, database: Database, routes: Mapping[str, Sequence[Route]], page_url: Callable[[], str],
        now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        """Raises ConfigError where the rota has a mistake."""
        self._config, self._now, self._page_url = config, now, page_url
        self._routes = dict(routes)
        self._channels = {route.channel.name: route.channel for ways in routes.values() for route in ways}
        self._store, self._acknowledging = Escalating(database), Acknowledging(database)
        self._deeds = AcknowledgingDeeds(database)
        self._keys = keys_of(config)
        self._pace = _Pace()
        self._ahead: tuple[int, datetime | None] = (0, None)
        self._duties = Duties()
        self._oncall: OnCall | None = None
        for sentence in config.notices:
            log.warning("config_noticed", what=sentence)
        if config.oncall is not None:
            self._oncall, said = read_rota(config, now(), AT_THE_START)
            for sentence in (*said, *remarks(config, self._oncall, now())):
                log.warning("rota_noticed", what=sentence)

    @property
    def next_at(self) -> datetime | None:
        """When a step is to be taken, as far as is known."""
        return self._pace.soonest()

    @property
    def rota(self) -> Rota:
        """Who is on duty and who is called, as it was read last; nobody where there is no rota."""
        return rota_of(self._oncall)

    def figures(self, now: datetime) -> OnCallFigures:
        """How many wait for a step, and how many people are on duty; for one thread at a time."""
        waiting, next_at = self._ahead
        return OnCallFigures(waiting, next_at, self._duties.by_layer(self.rota.roster, now))

    def week(self, now: datetime, offset: int) -> DutyWeek | None:
        """The rota's week of *now*, or one so many weeks later; None where there is no rota."""
        oncall = self._oncall
        return None if oncall is None else duty_week(oncall.roster, now, self._config.zone, offset)

    @property
    def has_feeds(self) -> bool:
        return self._oncall is not None and bool(self._oncall.feeds)

    def refresh(self) -> None:
        """Read the calendars again; what cannot be read stays as its last good copy has it."""
        assert self._oncall is not None
        copies = keeping(self._config.database, (self._config.oncall or Path()).parent)
        self._oncall, said = with_calendars(self._oncall, copies, self._now())
        for sentence in said:
            log.warning("rota_noticed", what=sentence)

    def look(self, now: datetime, news: bool = False) -> bool:
        """Take every step that is due; true if there is something to send."""
        if self._oncall is None and not self._ends_one(now):
            return False
        self._pace.news |= news
        if not self._pace.wants(now):
            return False
        rota, began = rota_of(self._oncall), self._now()
        looked = self._store.look(now)
        out = Outgoing(self._routes, self._page_url(), self._keys, self._config.zone, self._config.covered)
        judged = judge(looked, rota, out, now)
        self._ahead = judged.ahead, judged.next_step_at
        told = self._store.commit(looked, judged, self._channels, now)
        for call in judged.calls:
            log.info(
                "escalated", alert=call.run, team=call.team, step=step_shown(call.step), reason=call.reason,
                to=", ".join(call.whom),
            )  # fmt: skip
        for why, number in Counter(judged.ended.values()).items():
            log.info("acknowledgements_ended", acknowledgements=number, reason=why.value)
        self._pace = _Pace(now, judged.next_at, news=False, took=max(self._now() - began, timedelta(0)))
        return told

    def _ends_one(self, now: datetime) -> bool:
        """Without a rota nobody is called: whether an acknowledgement ends all the same."""
        due = self._store.next_end()
        return due is not None and due <= now

    # -- acknowledgements --------------------------------------------------------------------------------------------

    def desk(self) -> AcknowledgementActions | None:
        """What the page may do; None where neither links nor programs may acknowledge."""
        if self._keys is None and self._config.api_token is None:
            return None
        return AcknowledgementActions(
            read=self._read,
            by_link=self._by_link,
            by_key=self._by_key,
            allows=None if self._config.api_token is None else self._allows,
        )

    def _read(self, token: str) -> AlertToAcknowledge | Refused:
        link = self._verified(token)
        if isinstance(link, Refused):
            return link
        told = self._acknowledging.find(link[0])
        return Refused(404, GONE) if told is None else _asked(told, link[1])

    def _by_link(self, token: str, said: FormEntry) -> AlertToAcknowledge | Refused:
        link = self._verified(token)
        if isinstance(link, Refused):
            return link
        author = said.author if one_line(said.author) else link[1]
        return self._acknowledge(link[0], author, LINK, said.note, link[1])

    def _by_key(self, key: str, said: FormEntry) -> AlertToAcknowledge | Refused:
        return self._acknowledge(key, said.author, API, said.note)

    def _acknowledge(
        self, key: str, author: str, via: str, note: str, person: str = ""
    ) -> AlertToAcknowledge | Refused:
        if self._acknowledging.find(key) is None:
            return Refused(404, GONE)
        author = one_line(author)[:LONGEST_AUTHOR]
        if not author:
            return Refused(400, NAMELESS)
        told_by_link = via == LINK and not among(author, [person])
        most = MOST_PEOPLE if told_by_link else None
        done = self._deeds.acknowledge(key, author, via, note, self._now(), self.ending(), most)
        self.acknowledged(done, author, via)
        news = done.news
        told = self._acknowledging.find(key)
        if told is None:
            return Refused(404, GONE)
        if not news and not among(author, [one.author for one in told.acknowledged]):
            log.warning("acknowledgement_refused", via=via, reason="too_many_people", alert=key)
            return Refused(409, FULL)
        return _asked(told, person)

    def ending(self) -> Ending:
        """When an acknowledgement that is given now ends."""
        return ending(self._config, self._oncall)

    def acknowledged(self, done: AcknowledgedAlerts, author: str, via: str) -> None:
        """Have the steps judged again, and log who acknowledged, where that is news."""
        if not done.news:
            return
        self.changed()
        named = ", ".join(told.alert.key for told in done.alerts)
        log.info("alert_acknowledged", alert=named, via=via, author=author)

    def changed(self) -> None:
        """Have the steps judged again soon: something was acknowledged, or is not any more."""
        self._pace.news = True

    def _verified(self, token: str) -> tuple[str, str] | Refused:
        """The alert and the person of a link; what is refused is logged without it."""
        found = Refusal.MALFORMED if self._keys is None else verify(token, self._now(), self._keys)
        if isinstance(found, Refusal):
            log.warning("acknowledgement_refused", via=LINK, reason=found.value)
            return Refused(403, found.sentence)
        return found.alert, found.person

    def _allows(self, token: str) -> bool:
        secret = self._config.api_token
        good = secret is not None and hmac.compare_digest(token.encode(), secret.reveal().encode())
        if not good:
            log.warning("acknowledgement_refused", via=API, reason="unauthorized")
        return good


def _asked(told: AlertWithAcknowledgements, person: str) -> AlertToAcknowledge:
    said = told.alert.annotations
    summary = said.get("summary", "") or told.alert.labels.get("alertname", "")
    return AlertToAcknowledge(
        summary=Name(summary, said.get("summary_zh", "") or summary),
        key=told.alert.key,
        retirable=told.alert.of_one_subject,
        person=person,
        firing=told.alert.firing,
        passed=told.passed,
        acknowledged=tuple(
            Acknowledgement(
                one.at,
                one.author,
                one.via,
                one.note,
                one.ends_at,
                one.ended_at,
                one.ends_for.value if one.ends_for else "",
            )
            for one in told.acknowledged
        ),
    )
