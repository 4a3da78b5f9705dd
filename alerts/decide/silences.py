"""Say which alerts a silence or a maintenance window withholds, and whom it keeps in the dark.

Pure. A silence has an author, a reason and an end; it withholds sending, never the clock and never the record. One that
would hide a diamond or gold breach is sent to its author instead (`endangered`, `pages`). The one surprise: what warns
an author is withheld by no silence, whatever its matchers say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from alerts import wording
from alerts.wording import endings, links
from alerts.wording import silences as wording_of_silences
from monitor.alert import Alert, Reason, Settings
from monitor.errors import ConfigError
from monitor.model import SubjectKey, SubjectKind
from monitor.policy import ANNOTATIONS, BREACHED_STAGE, LABELS, is_word
from monitor.text import among, did_you_mean, folded

SILENCED_BREACH = "TierwatchSilencedBreach"

STAGE = "silenced"
"""What stands in place of a stage in an alert to an author."""

LONGEST = timedelta(days=30)
"""A longer silence is forgotten before it ends."""

"""What a matcher can ask of an alert."""

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
    """One condition on a label or an attribute of an alert; patterns must fit the whole value.

    Words are compared by `words.folded`, and so is what a pattern must fit; names of single things as they are.
    """

    name: str
    sign: Sign
    value: str

    def fits(self, words: Mapping[str, str]) -> bool:
        word = words.get(self.name, "")
        if self.sign in (Sign.EQUAL, Sign.UNEQUAL):
            return is_one(self.name, word, (self.value,)) is (self.sign is Sign.EQUAL)
        found = re.fullmatch(self.value, word)
        if found is None and is_word(self.name):
            found = re.fullmatch(self.value, folded(word), re.IGNORECASE)
        return (found is not None) is (self.sign is Sign.LIKE)

    def __str__(self) -> str:
        return f"{self.name}{self.sign}{self.value}"


@dataclass(frozen=True, slots=True)
class Silence:
    """Alerts that fit every matcher are withheld from `starts_at` up to `ends_at` (not included).

    `maintenance` marks a window of planned work; it is a silence whose reason is the work. `foreign` is one of
    Alertmanager's own: what it withholds is known from there, and its matchers are not.
    """

    id: str
    matchers: tuple[Matcher, ...]
    starts_at: datetime
    ends_at: datetime
    author: str
    reason: str
    maintenance: bool = False
    foreign: bool = False

    def active(self, now: datetime) -> bool:
        return self.starts_at <= now < self.ends_at

    def fits(self, alert: Alert) -> bool:
        words = known(alert)
        return all(matcher.fits(words) for matcher in self.matchers)


def known(alert: Alert) -> dict[str, str]:
    """What a matcher can ask of an alert: its labels, and what is said of it, such as customer, team and urgency.

    No attribute is called like another annotation (`ANNOTATIONS`).
    """
    said = {
        name: word
        for name, word in alert.annotations.items()
        if name not in ANNOTATIONS and not name.startswith(("summary", "description"))
    }
    return {**said, **alert.labels}


def is_one(name: str, word: str, values: Collection[str]) -> bool:
    """Whether what an alert says of *name* is one of *values*."""
    return word in values or (is_word(name) and among(word, values))


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


def check(matchers: Sequence[Matcher], names: Collection[str] = tuple(LABELS)) -> None:
    """Refuse what would silence everything, or asks what no alert can answer. Raises ConfigError with a sentence."""
    for each in matchers:
        if each.name not in names:
            raise ConfigError(
                f"{each}: alerts have no {each.name!r}; ask for one of {', '.join(names)}"
                f"{did_you_mean(each.name, names)}"
            )
    if all(each.fits({}) for each in matchers):
        said = ", ".join(map(str, matchers)) or "no --match"
        raise ConfigError(f"{said} would silence every alert; name at least one thing, such as --match tier=gold")


def silencing(alert: Alert, silences: Iterable[Silence], now: datetime) -> Silence | None:
    """The silence that withholds *alert* the longest, None if none does."""
    if alert.labels.get("alertname") == SILENCED_BREACH:
        return None
    found = [silence for silence in silences if silence.active(now) and silence.fits(alert)]
    return max(found, key=lambda silence: silence.ends_at, default=None)


Hidden = tuple[Silence, Alert, datetime]
"""A silence, an alert that it withholds, and the deadline of that alert's clock."""


def _wakes(alert: Alert, rungs: frozenset[str]) -> bool:
    """Whether the alert's tier is among *rungs*, or a rung of a further ladder is, with its ladder: `urgency A`."""
    if alert.labels.get("tier") in rungs:
        return True
    words = known(alert)
    further = (rung.partition(" ") for rung in rungs)
    return any(rung and is_one(ladder, words.get(ladder, ""), (rung,)) for ladder, _, rung in further)


def endangered(
    alerts: Sequence[tuple[Alert, datetime | None]],
    silences: Sequence[Silence],
    tiers: frozenset[str],
    now: datetime,
    instead: Mapping[str, Alert] | None = None,
) -> list[Hidden]:
    """(silence, alert, deadline) wherever a withheld alert of *tiers* will breach before its silence ends.

    *alerts* are firing ones with the deadline of their clock, which is in the past once it has breached. *instead* are
    the alerts that stand for all of a cause, by its key: a member is hidden when that one is.
    """
    told_by = instead or {}
    found = []
    for alert, deadline in alerts:
        if deadline is None or not _wakes(alert, tiers):
            continue
        silence = silencing(told_by.get(alert.cause_key, alert), silences, now)
        if silence is not None and deadline < silence.ends_at:
            found.append((silence, alert, deadline))
    return found


Clock = tuple[SubjectKey | None, str, int]


def clock_of(alert: Alert) -> Clock:
    return alert.subject, alert.target, alert.cycle


def pages(hidden: Sequence[Hidden], settings: Settings) -> dict[str, Alert]:
    """What the authors must be sent, by the alert's key: one alert for each silence and clock."""
    of_clock: dict[tuple[str, Clock], list[Hidden]] = {}
    for silence, alert, deadline in hidden:
        if alert.subject is not None:
            of_clock.setdefault((silence.id, clock_of(alert)), []).append((silence, alert, deadline))
    return {page.key: page for page in (_page(alike, settings) for alike in of_clock.values())}


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a clock that a silence hid, and of the silence.

    `alerts` are all that the clock ever had, each with its deadline or breach. `until` is the end of the silence while
    it is in force, None once it is over.
    """

    alerts: Sequence[tuple[Alert, datetime | None]] = ()
    until: datetime | None = None


def changes(
    wanted: Mapping[str, Alert],
    stored: Sequence[Alert],
    keeps: Callable[[Alert], bool],
    fate: Callable[[Alert], Fate],
    settings: Settings,
    now: datetime,
) -> Iterator[Alert]:
    """How the *stored* alerts to authors become the *wanted* ones; one that is not wanted ends, unless it *keeps*.

    Why it ends is asked of *fate*: the silence may be over, or the clock, or both.
    """
    known = {alert.key: alert for alert in stored}
    for key, page in wanted.items():
        before = known.get(key)
        if before is not None and before.firing:
            page = replace(page, starts_at=before.starts_at)
        changed = page.after(before)
        if changed is not None:
            yield changed
    for alert in stored:
        if alert.firing and alert.key not in wanted and not keeps(alert):
            yield _over(alert, fate(alert), settings, now)


def _over(alert: Alert, fate: Fate, settings: Settings, now: datetime) -> Alert:
    """The end of what an author was sent. It is no all-clear where the clock goes on."""
    what = wording.clock(alert, settings)
    sent = [(one, due) for one, due in fate.alerts if one.notifies]
    firing = [(one, due) for one, due in sent if one.firing]
    if firing:
        worst, due = max(firing, key=lambda pair: (pair[0].stage == BREACHED_STAGE, pair[0].starts_at))
        reason = Reason.SILENCE_ENDED if fate.until is None else Reason.NOT_HIDDEN
        how, stands = wording_of_silences.still_open(worst.stage == BREACHED_STAGE, due, fate.until, settings)
        return endings.end(alert, now, reason, what, settings, how, stands)
    last = max((one for one, _ in sent), key=lambda one: one.resolved_at or now, default=None)
    if last is None or last.reason not in endings.ENDINGS[SILENCED_BREACH]:
        return endings.end(alert, now, Reason.WITHDRAWN, what, settings)
    broken = next((due for one, due in sent if one.stage == BREACHED_STAGE and one.reason is last.reason), None)
    late = wording_of_silences.late(broken, settings) if last.reason is Reason.RESTORED else endings.NOTHING
    stands = wording_of_silences.lasting(fate.until, settings)
    return endings.end(alert, last.resolved_at or now, last.reason, what, settings, late, stands)


def _page(alike: Sequence[Hidden], settings: Settings) -> Alert:
    """The alert to an author about one clock; *alike* are the clock's alerts that the silence withholds."""
    silence, worst, deadline = max(alike, key=lambda one: (one[1].stage == BREACHED_STAGE, one[1].starts_at))
    key = worst.subject
    assert key is not None
    about = {name: worst.labels[name] for name in (*_SUBJECTS, "sla_target", "cycle", "tier") if name in worst.labels}
    page_url = settings.page_url
    return Alert(
        labels={
            "alertname": SILENCED_BREACH,
            "instance": settings.instance,
            "silence": silence.id,
            "source": key.source,
            **about,
            "severity": "critical",
        },
        annotations=wording_of_silences.hidden(
            silence, worst, deadline, worst.stage == BREACHED_STAGE, links.explanation(page_url, key), settings
        ),
        starts_at=max(silence.starts_at, min(alert.starts_at for _, alert, _ in alike)),
        target=worst.target,
        cycle=worst.cycle,
        stage=STAGE,
        link=links.explanation(page_url, key),
        cause_key=about_key(key),
        deadline=deadline,
    )


def about_key(key: SubjectKey) -> str:
    """What an alert to an author has for a cause: it belongs to none, and still says whom it is about."""
    return f"#{STAGE}/{key}"


_SUBJECTS = tuple(kind.value for kind in SubjectKind)
