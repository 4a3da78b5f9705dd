"""Word everything that people read in one language and print it as JSON: what it is, and its text.

`tests/monitor/messages/test_third_language.py` runs this in a copy of the product that has a further catalogue:

    python -m tests.support.third_language xx

A kind of text that is new is a function below, with its line in KINDS.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta

from alerts.delivery.digests import worded
from alerts.notifiers._words import digest, neutral, words
from alerts.wording import endings, repeats
from monitor.alert.alert import Alert, Missed, Reason
from monitor.clock.not_understood import KINDS as WORDS
from monitor.clock.not_understood import sentence
from monitor.messages import LANGUAGES, annotation_name, text
from tests.support.beginnings import BEGINNINGS
from tests.support.cases import at
from tests.support.desk import SETTINGS
from tests.support.pages import pages

Texts = Iterator[tuple[str, str]]


def _said(alert: Alert, language: str) -> Texts:
    for name in ("summary", "description", "change"):
        if alert.annotations.get(name):
            yield name, alert.annotations[annotation_name(name, language)]


def beginnings(language: str) -> Texts:
    """One page of every kind, near pages and breaches among them."""
    for name, begin in BEGINNINGS.items():
        for part, said in _said(begin(), language):
            yield f"{name} {part}", said


def ends(language: str) -> Texts:
    """Every way in which each of them ends."""
    for name, rows in endings.ENDINGS.items():
        for reason in rows:
            for part, said in _said(endings.end(BEGINNINGS[name](), at(30), reason, "THE SUBJECT", SETTINGS), language):
                yield f"{name} {reason} {part}", said


def repeated(language: str) -> Texts:
    """Every page once more, before and after its deadline."""
    for name, begin in BEGINNINGS.items():
        for hours in (-1, 1):
            again = repeats.again(begin(), at(9) + timedelta(hours=hours), True, SETTINGS, at(9))
            yield f"{name} {hours}", again[annotation_name("summary", language)]


def digests(language: str) -> Texts:
    """What stands for alerts that began and ended before their receiver could be told."""
    over = [begin().resolve(at(30), Reason.RESTORED) for begin in BEGINNINGS.values()]
    yield from _said(worded(over[0], Missed(len(over) + 3, tuple(over))), language)


def chats(language: str) -> Texts:
    """Pages as chats and mails show them, one by one and put together."""
    alerts = [begin() for begin in BEGINNINGS.values()]
    for alert in (*alerts, *(one.resolve(at(30), reason) for one in alerts[:1] for reason in Reason)):
        yield f"{alert.labels['alertname']} {alert.reason}", words(alert, language, neutral).text(9000)
    yield "many", digest(pages(*alerts), language, neutral, 9000)


def not_understood(language: str) -> Texts:
    """What a source wrote and nobody understands, as part of a sentence."""
    for what in WORDS:
        yield what, text(sentence(what, "2026-01-05|2026-01-06"), language)


KINDS: tuple[Callable[[str], Texts], ...] = (beginnings, ends, repeated, digests, chats, not_understood)


def main(language: str) -> None:
    assert language in LANGUAGES
    print(json.dumps({f"{kind.__name__}: {what}": said for kind in KINDS for what, said in kind(language)}))


if __name__ == "__main__":
    main(sys.argv[1])
