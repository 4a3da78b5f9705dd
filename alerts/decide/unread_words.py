"""Say which words of open subjects nobody understands: a promise may be missed, and nobody is paged for it.

Pure. There is one alert per source and word, not per ticket. It pages like the highest rung that pages, for the word
may stand for that one. It ends when the mapping reads the word, or no open subject says it any more. Acknowledging it
ends its repeats; it goes on firing.

The one surprise: a source has only so many such alerts (`MOST` in an hour). What is beyond them is told in one more,
which says how many words it stands for, so that a hostile source pages a few times and not a few thousand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alerts import wording
from alerts.decide.withholding import NOT_UNDERSTOOD
from alerts.wording import endings, links, unread_words
from monitor.alert import Alert, Reason, Settings
from monitor.history import LADDERS
from monitor.messages import Argument, message
from monitor.model import SubjectKey
from monitor.policy import NO_RUNG, Policy
from monitor.snapshot import UnreadWord, UnreadWords
from monitor.text import label

MOST = 10
"""How many words of one source have an alert of their own."""

WITHIN = timedelta(hours=1)
"""For how long a word that is over keeps its place among them."""

HELD = timedelta(minutes=10)
"""The alert for all the other words ends no sooner than this after it began."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How words are read now, the mapping to write for one, and the policy by whose highest rung it pages.

    `read` gives what (source, attribute, word) is read as, None where it is not understood.
    """

    read: Callable[[str, str, str], str | None]
    line: Callable[[UnreadWord], str]
    policy: Policy


def labels(source: str, policy: Policy, instance: str) -> dict[str, str]:
    """What every alert of this kind about one source has: the highest rung of each ladder that pages, if any does."""
    found = {
        ladder: next((rung.id for rung in rungs if policy.stages.get(ladder, {}).get(rung.id)), NO_RUNG)
        for ladder, rungs in policy.ladders.items()
    }
    tier, assurance = (found.get(ladder, NO_RUNG) for ladder in LADDERS)
    said = {"alertname": NOT_UNDERSTOOD, "instance": instance, "source": source, "tier": tier}
    said |= {} if assurance == NO_RUNG else {"assurance": assurance}
    return {**said, "severity": "warning" if set(found.values()) <= {NO_RUNG} else "critical"}


def decide(
    sources: Sequence[str],
    words: UnreadWords,
    previous: Sequence[Alert],
    reading: Reading,
    settings: Settings,
    now: datetime,
) -> tuple[Alert, ...]:
    """The alerts that changed, what fires before what ends. Deciding again on the result gives nothing.

    *words* list every word that fires already and is still said. Alerts of a source that is not among *sources* stay
    as they are.
    """
    return tuple(alert for source in sources for alert in _of(source, words, previous, reading, settings, now))


def named_by(alert: Alert) -> tuple[str, str, str]:
    """(source, attribute, word) of an alert; the last two are empty for the one that stands for many."""
    said = alert.labels
    return said.get("source", ""), said.get("attribute", ""), said.get("word", "")


def about(source: str, previous: Sequence[Alert]) -> list[Alert]:
    """The alerts of this kind about one source, firing and resolved."""
    return [a for a in previous if a.labels.get("alertname") == NOT_UNDERSTOOD and a.labels.get("source") == source]


def _of(
    source: str, words: UnreadWords, previous: Sequence[Alert], reading: Reading, settings: Settings, now: datetime
) -> Iterator[Alert]:
    known = about(source, previous)
    said: dict[tuple[str, str, str], UnreadWord] = {}
    for word in words.listed:
        if word.source == source:
            said.setdefault((source, word.what, label(word.form)), word)
    own = _with_alerts(said, known, now)
    ended: list[Alert] = []
    for name in own:
        yield from _fires(_alert(said[name], reading, settings, now), known, ended, said[name], settings, now)
    count = sum(number for (of, _), number in words.words.items() if of == source)
    others = [word for name, word in said.items() if name not in own]
    rest = max(len(others), count - len(own))
    many = [alert for alert in known if alert.firing and named_by(alert)[1:] == ("", "")]
    if rest:
        yield from _fires(_many(source, others, rest, reading, settings, now), known, ended, None, settings, now)
    elif many and now - max(alert.starts_at for alert in many) >= HELD:
        ended += [endings.end(a, now, Reason.NONE_LEFT, unread_words.others(source), settings) for a in many]
    for alert in known:
        if alert.firing and named_by(alert) not in own and named_by(alert)[1]:
            ended.append(_over(alert, reading, settings, now))
    yield from ended


def _with_alerts(
    said: Mapping[tuple[str, str, str], UnreadWord], known: Sequence[Alert], now: datetime
) -> list[tuple[str, str, str]]:
    """The words that have an alert of their own: those that fire, then as many more as there is room for."""
    firing = [name for name in said if any(a.firing and named_by(a) == name for a in known)]
    lately = {
        named_by(a)
        for a in known
        if named_by(a)[1] and (a.firing or (a.resolved_at is not None and now - a.resolved_at < WITHIN))
    }
    again = [name for name in said if name in lately and name not in firing]
    fresh = [name for name in said if name not in lately]
    return firing + again + fresh[: max(0, MOST - len(lately))]


def _fires(
    alert: Alert, known: Sequence[Alert], ended: list[Alert], word: UnreadWord | None, settings: Settings, now: datetime
) -> Iterator[Alert]:
    """What is told of an alert that holds; the same under other labels, from before the policy changed, ends."""
    before = next((other for other in known if other.key == alert.key), None)
    same = [other for other in known if other.firing and named_by(other) == named_by(alert)]
    starts_at = min((other.starts_at for other in same), default=now)
    alert = replace(alert, starts_at=starts_at)
    told = alert.after(before, moved=bool(same))
    if told is not None:
        yield told
    what = unread_words.others(alert.labels["source"]) if word is None else unread_words.named(word)
    ended += [endings.end(o, now, Reason.TIER_CHANGED, what, settings) for o in same if o.key != alert.key]


def _alert(word: UnreadWord, reading: Reading, settings: Settings, now: datetime) -> Alert:
    of_source = labels(word.source, reading.policy, settings.instance)
    link = links.explanation(settings.page_url, SubjectKey(word.source, word.example))
    said = unread_words.not_understood(
        word, reading.line(word), of_source["severity"] == "critical", link, settings.commands.config
    )
    return Alert({**of_source, "attribute": word.what, "word": label(word.form)}, said, now, link=link)


def _many(
    source: str, words: Sequence[UnreadWord], rest: int, reading: Reading, settings: Settings, now: datetime
) -> Alert:
    home = links.home(settings.page_url)
    said = unread_words.many(source, words, rest, home)
    return Alert(labels(source, reading.policy, settings.instance), said, now, link=home)


def _over(alert: Alert, reading: Reading, settings: Settings, now: datetime) -> Alert:
    source, what, form = named_by(alert)
    said = alert.annotations.get("word", form)
    name = unread_words.word_of(source, what, said)
    value = reading.read(source, what, said)
    if value is None:
        return endings.end(alert, now, Reason.NONE_LEFT, name, settings)
    return endings.end(alert, now, Reason.UNDERSTOOD, name, settings, stands=_read_as(value))


def _read_as(value: str) -> Argument:
    return message("alert-word-read-as", value=wording.plain(value))
