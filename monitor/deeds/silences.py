"""Add a silence and end one: what may be silenced, for how long, and what becomes of what it held.

Asked twice, the same silence of the same person is added once; one that is over is not ended again.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from alerts.decide import Matcher, Sign, silence_of, silences
from monitor.alert import Alert, SilenceRow
from monitor.config import Config, unknown_value
from monitor.deeds.patterns import takes_long
from monitor.deeds.refused import Refused, Times, WhyRefused, words
from monitor.errors import ConfigError
from monitor.messages import message
from monitor.store import Database, Silences
from monitor.text import one_line, shown
from monitor.worktime import EPOCH

MOST_MATCHERS = 20
"""Matchers of one silence."""

AHEAD = timedelta(days=730)
"""How long before its beginning a silence may be added."""

AGAIN = timedelta(minutes=1)
"""A silence from now on for the same length is the same one for so long: a program that heard no answer asks again."""

_NAMED = 20


class SilenceState(StrEnum):
    """Where a silence stands at an instant."""

    IN_FORCE = "in force"
    """It withholds pages."""
    TO_COME = "to come"
    """It has not begun."""
    OVER = "over"
    """It has ended, or will never begin."""


def state_of(row: SilenceRow, now: datetime) -> SilenceState:
    """Where a silence stands."""
    if row.ends_at <= now or row.ends_at == row.starts_at:
        return SilenceState.OVER
    return SilenceState.IN_FORCE if row.starts_at <= now else SilenceState.TO_COME


@dataclass(frozen=True, slots=True)
class NewSilence:
    """A silence as somebody asks for it: until an instant or for a length, and from now on if nothing else is said."""

    matchers: Sequence[str]
    until: datetime | timedelta
    author: str
    reason: str
    starts_at: datetime | None = None
    maintenance: bool = False


@dataclass(frozen=True, slots=True)
class Fitting:
    """The alerts that fire now and fit a silence, each with the deadline of its clock.

    `woken` are those of them of which the author is told all the same: the breach of their clocks must not stay hidden.
    """

    alerts: Sequence[tuple[Alert, datetime | None]]
    woken: Sequence[tuple[Alert, datetime]]


class SilencingDeeds:
    """Adds and ends the silences of one installation; instants in sentences are written by *times*."""

    def __init__(self, config: Config, database: Database, times: Times) -> None:
        self._config, self._store, self._times = config, Silences(database), times

    def add(self, new: NewSilence, now: datetime) -> tuple[SilenceRow, bool]:
        """Withhold the pages of alerts that fit every matcher: the silence, and whether it is new. Raises Refused."""
        row = _row(new, self._config, now, self._times)
        relative = new.starts_at is None and isinstance(new.until, timedelta)
        stored = self._store.add_once(row, now, silence_of(row).fits, AGAIN if relative else timedelta(0))
        return stored, stored.id == row.id

    def fitting(self, row: SilenceRow) -> Fitting:
        """What fires now and fits; all alerts that fire are read for it."""
        meant = silence_of(row)
        found = [(alert, due) for alert, due in self._store.firing().alerts if meant.fits(alert)]
        hidden = silences.endangered(found, [meant], self._config.wake_through_silence, row.starts_at)
        return Fitting(found, [(alert, due) for _, alert, due in hidden])

    def end(self, name: str, author: str, now: datetime) -> tuple[SilenceRow, int]:
        """End a silence now: as it was, and how many pages that it withheld are due at once. Raises Refused."""
        row = self._store.find(name)
        if row is None:
            known = ", ".join(self._open(now)) or "none"
            raise Refused(WhyRefused.UNKNOWN, message("deed-silence-unknown", name=repr(name[:_NAMED]), known=known))
        if state_of(row, now) is SilenceState.OVER:
            raise Refused(WhyRefused.CONFLICT, message("deed-silence-over", name=name, at=self._times(row.ends_at)))
        others = [one for one in self._store.active(now) if one.id != name]
        return row, self._store.end(name, now, lambda alert: _other(alert, others, now), author)

    def _open(self, now: datetime) -> list[str]:
        """The ids of a few silences that are not over."""
        return [row.id for row in self._store.page(now, False, _NAMED).rows]


def _other(alert: Alert, rows: Sequence[SilenceRow], now: datetime) -> SilenceRow | None:
    """The silence that withholds an alert when the one at hand is over."""
    found = silences.silencing(alert, map(silence_of, rows), now)
    return None if found is None else next(row for row in rows if row.id == found.id)


def _row(new: NewSilence, config: Config, now: datetime, times: Times) -> SilenceRow:
    """The silence as it is stored. Raises Refused."""
    meant = _matchers(new.matchers, config)
    begins, ends = _span(new, now, times)
    author, reason = words(new.author, new.reason)
    name = f"s-{uuid.uuid4().hex[:8]}"
    return SilenceRow(name, tuple(map(str, meant)), begins, ends, author, reason, new.maintenance)


def _matchers(written: Sequence[str], config: Config) -> Sequence[Matcher]:
    """What the matchers mean. Raises Refused."""
    if len(written) > MOST_MATCHERS:
        raise Refused(WhyRefused.WRONG, message("deed-silence-matchers", most=str(MOST_MATCHERS)))
    found = [_matcher(one) for one in written]
    try:
        silences.check(found, config.world.labels)
    except ConfigError as error:
        raise Refused(WhyRefused.WRONG, str(error)) from error
    for each in found:
        if each.sign in (Sign.LIKE, Sign.UNLIKE) and takes_long(each.value):
            raise Refused(WhyRefused.WRONG, message("deed-silence-pattern", matcher=str(each)))
        wrong = _unfit(each, config)
        if wrong is not None:
            raise Refused(WhyRefused.WRONG, f"{each}: {wrong}")
    return found


def _matcher(written: str) -> Matcher:
    """What one matcher means. Raises Refused."""
    if one_line(written) != " ".join(written.split()):
        raise Refused(WhyRefused.WRONG, message("deed-silence-unseen", matcher=one_line(written)))
    try:
        return silences.matcher(written)
    except ConfigError as error:
        raise Refused(WhyRefused.WRONG, str(error)) from error
    except (OverflowError, RecursionError) as error:  # a pattern that Python cannot even read
        raise Refused(WhyRefused.WRONG, message("deed-silence-pattern", matcher=written)) from error


def _unfit(each: Matcher, config: Config) -> str | None:
    """Why a value that the label never has would silence nothing, or everything."""
    world = config.world
    if each.sign in (Sign.EQUAL, Sign.UNEQUAL):
        return unknown_value(each.name, each.value, world)
    values, like = world.values(each.name), Matcher(each.name, Sign.LIKE, each.value)
    if not values or any(like.fits({each.name: value}) for value in (*values, "")):
        return None
    return f"the pattern fits no {each.name} that an alert can have: {', '.join(values)}"


def _span(new: NewSilence, now: datetime, times: Times) -> tuple[datetime, datetime]:
    """From when to when. Raises Refused."""
    begins = now if new.starts_at is None else new.starts_at
    if not EPOCH <= begins <= now + AHEAD:
        raise Refused(WhyRefused.WRONG, message("deed-silence-too-far", most=shown(AHEAD)))
    if isinstance(new.until, timedelta):
        _bounded(new.until)
        ends = begins + new.until
    else:
        ends = new.until
    if ends <= begins:
        said = message("deed-silence-ends-before", ends=times(ends), begins=times(begins))
        raise Refused(WhyRefused.WRONG, said)
    if ends <= now:
        raise Refused(WhyRefused.WRONG, message("deed-silence-ended", ends=times(ends)))
    _bounded(ends - begins)
    return begins, ends


def _bounded(lasting: timedelta) -> None:
    if lasting > silences.LONGEST:
        longest = shown(silences.LONGEST)
        raise Refused(WhyRefused.WRONG, message("deed-silence-too-long", lasts=shown(lasting), longest=longest))
