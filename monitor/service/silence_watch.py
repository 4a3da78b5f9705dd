"""Find breaches that silences hide, ours and Alertmanager's, and page the authors; ask receivers what they hold.

The judgement is in `alerts/decide/silences.py` and `alerts/decide/receiver_lists.py`; this asks the store and the
receivers. `look` belongs to the engine's thread, `ask` to any other; a receiver that does not answer leaves everything
as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog

from alerts.decide import Lister, Listing, receiver_lists, silence_of, silences
from monitor.alert import Alert, Channel, Router, Settings, SilenceRow
from monitor.errors import DeliveryError
from monitor.machine import AtMostEvery
from monitor.model import SubjectKey, SubjectKind
from monitor.service.resting import Rest
from monitor.store import Clocks, Confirmations, Database, Firing, Silences, Unchanged

EVERY = timedelta(seconds=3)
"""How often silences are looked at, at most."""

log = structlog.get_logger()


class SilenceWatch:
    """The silences in force, and the lists of alerts that receivers hold."""

    def __init__(
        self,
        database: Database,
        router: Router,
        settings: Callable[[], Settings],
        tiers: Collection[str],
        listers: Mapping[Channel, Lister],
    ) -> None:
        self._silences, self._confirmations = Silences(database), Confirmations(database)
        self._clocks = Clocks(database)
        self._about_silences = Unchanged(database, lambda: self._silences.of_stage(silences.STAGE, ()))
        self._router, self._settings, self._tiers = router, settings, frozenset(tiers)
        self._listers = dict(listers)
        self._looking: AtMostEvery[datetime] = AtMostEvery(EVERY)
        self._after_reading = Rest()
        self._in_force: tuple[SilenceRow, ...] | None = None
        self._listings: dict[Channel, Listing] = {}
        self.unconfirmed: dict[str, int] = {channel.name: 0 for channel in self._listers}
        self.suppressed_due: dict[str, int] = {}

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Those that can be asked."""
        return tuple(self._listers)

    def look(self, now: datetime) -> bool:
        """Tell authors what their silences hide; true if there may be something to send."""
        if not self._looking.take(now):
            return False
        in_force = self._silences.active(now)
        news = self._in_force is not None and self._in_force != in_force
        self._in_force = in_force
        if not self._after_reading.over:
            return news
        with self._after_reading.looking():
            return self._look_for_hidden(in_force, now) or news

    def _look_for_hidden(self, in_force: Sequence[SilenceRow], now: datetime) -> bool:
        """Tell of breaches that silences hide. Reads all alerts that fire, of the tiers that wake through silences."""
        listings = list(self._listings.values())
        foreign = any(listing.silences for listing in listings)
        firing = Firing((), {})
        if in_force or foreign:
            firing = self._silences.firing(None if foreign else self._tiers)
        ours = [silence_of(row) for row in in_force]
        hidden = silences.endangered(firing.alerts, ours, self._tiers, now, firing.instead)
        theirs = receiver_lists.withheld(firing.alerts, listings, now, firing.instead)
        self.suppressed_due = dict(receiver_lists.by_tier(theirs))
        hidden += [found for found in theirs if found[1].labels.get("tier") in self._tiers]
        return self._tell(hidden, now)

    def _tell(self, hidden: list[silences.Hidden], now: datetime) -> bool:
        settings = self._settings()
        wanted = silences.pages(hidden, settings)
        stored = self._silences.of_stage(silences.STAGE, wanted) if wanted else self._about_silences()
        if not (stored or wanted):
            return False
        fate = partial(self._fate, now=now)
        changed = tuple(silences.changes(wanted, stored, self._undecided, fate, settings, now))
        if changed:
            self._clocks.commit_alerts(changed, self._router, now)
        return bool(changed)

    def _fate(self, alert: Alert, now: datetime) -> silences.Fate:
        """What became of the clock that an alert to an author is about, and of the silence."""
        name = alert.labels.get("silence", "")
        subject = next((alert.labels[kind.value] for kind in SubjectKind if kind.value in alert.labels), "")
        key = SubjectKey(alert.labels.get("source", ""), subject)
        ends = [row.ends_at for row in self._in_force or () if row.id == name]
        ends += [
            one.ends_at for listing in self._listings.values() for one in listing.silences.values() if one.id == name
        ]
        lasts = [at for at in ends if at > now]
        return silences.Fate(self._silences.of_clock(key, alert.target, alert.cycle), max(lasts, default=None))

    def _undecided(self, alert: Alert) -> bool:
        """Whether an alert about a silence of Alertmanager must stand because not every peer was asked since the start.

        It ends all the same once its clock does not fire any more.
        """
        if alert.annotations.get("silence_of") != "alertmanager" or self._listers.keys() <= self._listings.keys():
            return False
        firing = self._silences.firing({alert.labels.get("tier", "")}).alerts
        return any(
            (silences.about_key(one.subject), one.target, one.cycle) == (alert.cause_key, alert.target, alert.cycle)
            for one, _ in firing
            if one.subject is not None
        )

    def ask(self, channel: Channel, now: datetime) -> bool:
        """Ask one receiver what it holds; true if something must be told to it again."""
        accepted = self._confirmations.accepted(channel.name)
        try:
            listing = self._listers[channel].listed(channel, self._settings().instance, now)
        except DeliveryError as error:
            log.warning("receiver_not_asked", channel=channel.name, error=str(error))
            return False
        self._listings[channel] = listing
        missing = receiver_lists.unconfirmed(accepted, listing)
        self.unconfirmed[channel.name] = len(missing)
        if missing:
            log.warning("alerts_unconfirmed", channel=channel.name, alerts=len(missing), what="they are told again now")
            self._confirmations.tell_again(missing, now)
        return bool(missing)
