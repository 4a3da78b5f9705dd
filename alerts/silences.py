"""Say which alerts a silence or a maintenance window withholds, and whom it keeps in the dark.

Pure. A silence has an author, a reason and an end; it withholds sending, never the clock and never the record. One that
would hide a diamond or gold breach is told to its author instead (`endangered`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.alert import Alert
from monitor.errors import ConfigError

_MATCHER = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*(=~|!~|!=|=)\s*(.*?)\s*", re.DOTALL)
_LONGEST = 500


class Sign(StrEnum):
    """How a matcher compares, as in Alertmanager."""

    EQUAL = "="
    UNEQUAL = "!="
    LIKE = "=~"
    UNLIKE = "!~"


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on a label or an attribute of an alert; patterns must fit the whole value."""

    name: str
    sign: Sign
    value: str

    def fits(self, words: Mapping[str, str]) -> bool:
        said = words.get(self.name, "")
        if self.sign in (Sign.EQUAL, Sign.UNEQUAL):
            return (said == self.value) is (self.sign is Sign.EQUAL)
        return (re.fullmatch(self.value, said) is not None) is (self.sign is Sign.LIKE)

    def __str__(self) -> str:
        return f"{self.name}{self.sign}{self.value}"


@dataclass(frozen=True, slots=True)
class Silence:
    """Alerts that fit every matcher are withheld from `starts_at` up to `ends_at` (not included).

    `maintenance` marks a window of planned work; it is a silence whose reason is the work.
    """

    id: str
    matchers: tuple[Matcher, ...]
    starts_at: datetime
    ends_at: datetime
    author: str
    reason: str
    maintenance: bool = False

    def active(self, now: datetime) -> bool:
        return self.starts_at <= now < self.ends_at

    def fits(self, alert: Alert) -> bool:
        words = known(alert)
        return all(matcher.fits(words) for matcher in self.matchers)


def known(alert: Alert) -> dict[str, str]:
    """What a matcher can ask of an alert: its labels, and customer, circuit and team."""
    named = {name: alert.annotations[name] for name in ("customer", "circuit", "team") if name in alert.annotations}
    return {**named, **alert.labels}


def matcher(text: str) -> Matcher:
    """A matcher as written: tier=gold, customer=~"Bank .*". Raises ConfigError with a sentence."""
    found = _MATCHER.fullmatch(text)
    if found is None or len(text) > _LONGEST:
        raise ConfigError(f'{text!r} is not a matcher; write tier=gold, customer=~"Bank .*" or ticket!=T1')
    value = found[3]
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = value[1:-1]
    sign = Sign(found[2])
    if sign in (Sign.LIKE, Sign.UNLIKE):
        try:
            re.compile(value)
        except re.error as error:
            raise ConfigError(f"{text!r}: the pattern is not a regular expression ({error}); correct it") from error
    if not value and sign is Sign.EQUAL:
        raise ConfigError(f"{text!r} would fit every alert without {found[1]!r}; write a value")
    return Matcher(found[1], sign, value)


def silencing(alert: Alert, silences: Iterable[Silence], now: datetime) -> Silence | None:
    """The silence that withholds *alert* the longest, None if none does."""
    found = [silence for silence in silences if silence.active(now) and silence.fits(alert)]
    return max(found, key=lambda silence: silence.ends_at, default=None)


def endangered(
    alerts: Sequence[tuple[Alert, datetime | None]], silences: Sequence[Silence], tiers: frozenset[str], now: datetime
) -> list[tuple[Silence, Alert, datetime]]:
    """(silence, alert, deadline) wherever a withheld alert of *tiers* will breach before its silence ends.

    *alerts* are firing ones with the deadline of their clock, which is in the past once it has breached.
    """
    found = []
    for alert, deadline in alerts:
        if deadline is None or alert.labels.get("tier") not in tiers:
            continue
        silence = silencing(alert, silences, now)
        if silence is not None and deadline < silence.ends_at:
            found.append((silence, alert, deadline))
    return found
