"""Find which texts of a subject can be erased while every promise stays judged as it was. Pure.

A text may choose a budget, end a wait, or say in which group a ticket is counted. So the subject is judged with the
text and without it, and only what changes nothing may go. While a clock of it is open, nothing may change but its title
and its link either: teams are called and pages are routed by the rest.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from monitor.clock import Outcome, Reading, Rulebook, engine
from monitor.history import RAW, Event, without_texts
from monitor.history import Write as WriteText

_SHOWN_ONLY = ("title", "url")


def free_parts(
    events: Sequence[Event], parts: Collection[str], write: WriteText, rules: Rulebook, now: datetime
) -> frozenset[str]:
    """Those of the *parts* that can be erased; of a source that is not configured only what nothing is judged by."""
    harmless = frozenset({RAW, "correction"} & set(parts))
    if not events or events[0].source not in rules.mappings:
        return harmless
    judged = _judgement(engine.advance(events, (), rules, now))

    def unchanged(some: Collection[str]) -> bool:
        after = [without_texts(event, some, write) for event in events]
        return _judgement(engine.advance(after, (), rules, now)) == judged

    free = frozenset(parts)
    if unchanged(free):
        return free
    free = frozenset(part for part in parts if unchanged((part,)))
    return free if unchanged(free) else harmless


def _judgement(outcome: Outcome) -> tuple[Any, ...]:
    """All that others take from the judgement of a subject."""
    subject, open_still = outcome.subject, any(reading.open for reading in outcome.readings)
    shown = {name: text for name, text in subject.attributes.items() if open_still and name not in _SHOWN_ONLY}
    return (
        tuple(map(_without_words, outcome.readings)), outcome.unread, outcome.transitions, outcome.contributions,
        subject.tier, subject.assurance, subject.circuit_state, subject.since, subject.retired, shown,
    )  # fmt: skip


def _without_words(reading: Reading) -> Reading:
    """A reading without the words of the source that it only shows."""
    return replace(reading, intervals=tuple(one._replace(status=None) for one in reading.intervals))


def needless_fields(events: Sequence[Event], rules: Rulebook, source: str) -> frozenset[str]:
    """The fields of a subject's events that no attribute but the title and the link, and no instant, is read from."""
    mapping = rules.mappings.get(source)
    if mapping is None:
        return frozenset()
    needed = {rule.field for name, rule in mapping.attributes.items() if name not in _SHOWN_ONLY}
    needed |= set(mapping.instants.values())
    shown = {rule.field for name, rule in mapping.attributes.items() if name == "title"}
    links = {rule.field for name, rule in mapping.attributes.items() if name == "url"}
    said = {name for event in events for name in event.fields}
    return frozenset((said | shown) - needed - links)
