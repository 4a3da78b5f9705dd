"""Every notifier says of a drill that it is one: in every language, with any template, alone and among others."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from alerts.delivery import Template, outbox
from alerts.notifiers._words import digest, neutral, packed, utf8, words
from alerts.notifiers.alertmanager import as_json
from alerts.wording import drills
from monitor.alert import Alert, Drill, DrillEnd, DrillFor, Page, Reason, Settlement
from monitor.config import plugins
from tests.support import smtp_server
from tests.support.beginnings import a_drill
from tests.support.cases import at
from tests.support.desk import SETTINGS
from tests.support.notifier_samples import SAMPLES, built
from tests.support.pages import page, pages
from tests.support.webhook import listening

NAMES = plugins.names("alerts.notifiers")
WORDS = ("DRILL", "演练")
SAYS_NOTHING = Template("look into {{ labels.tier }}", "test")
"""A template of a user who did not think of drills."""


def over() -> Alert:
    return replace(
        a_drill().resolve(at(3), Reason.DRILL_OVER),
        annotations={"summary": "it is over", "description": "nothing is left"},
    )


def bare() -> Alert:
    """A drill that somebody has worded without its mark."""
    return replace(a_drill(), annotations={"summary": "a promise is broken", "summary_zh": "已超时"})


class Kept:
    """A store with the pages of a channel that are due."""

    def __init__(self, due: Sequence[Page]) -> None:
        self.due, self.settled = tuple(due), list[Settlement]()

    def due_pages(self, channel: str, now: object, limit: int) -> tuple[Page, ...]:
        return self.due

    def settle_pages(self, settlements: Sequence[Settlement], now: object) -> None:
        self.settled += settlements


def given_template(tell: Any, language: str) -> None:
    """Let a notifier that has words word its text by the template, in that language."""
    config = getattr(tell, "_config", None)
    if is_dataclass(config) and "template" in {field.name for field in fields(config)}:
        tell._config = replace(config, template=SAYS_NOTHING, language=language)  # type: ignore[type-var]
    if hasattr(tell, "_template"):
        tell._template, tell._language = SAYS_NOTHING, language


@contextmanager
def peer(name: str) -> Iterator[tuple[str, Any]]:
    """A server for the notifier, and what shows the text of each message that it got."""
    if name == "smtp":
        with smtp_server.listening(offers=("AUTH PLAIN",)) as mail:
            yield (
                f"smtp://127.0.0.1:{mail.port}",
                lambda: [(one.parsed()["Subject"], one.parsed().get_content()) for one in mail.mails],
            )
        return
    with listening() as server:
        server.answer = lambda request: SAMPLES[name].yes
        yield server.url, lambda: [json.dumps(request.json(), ensure_ascii=False) for request in server.requests]


CASES = [
    (name, which, language)
    for name in NAMES
    for which in (a_drill, bare, over)
    for language in ("en", "zh", "both")
    if name != "apprise" or (which, language) == (bare, "zh")  # it starts a process each time, and words as robots do
]


@pytest.mark.parametrize(("name", "which", "language"), CASES)
def test_every_notifier_marks_a_drill_in_both_words_whatever_the_template(name: str, which: Any, language: str) -> None:
    alert = which()
    with peer(name) as (url, got), capture_logs() as logged:
        tell = built(name, url)
        given_template(tell, language)
        (channel, *_) = tell.channels("ops")
        store = Kept([page(alert, channel.name)])
        done = outbox.deliver(store, tell, channel, at(3))
        said = got()
    assert done.sent == 1, [item.detail for item in store.settled]
    if name == "log":
        said = [json.dumps(logged, ensure_ascii=False, default=str)]
    if name == "pagerduty" and not alert.firing:
        assert '"event_action": "resolve"' in said[0], "an end carries no text there"
        return
    (message,) = said
    for part in message if isinstance(message, tuple) else [message]:  # of a mail the subject and the text
        assert all(word in part for word in WORDS), part
    if name in ("alertmanager", "webhook", "pagerduty", "log"):
        assert '"drill": "true"' in message


@pytest.mark.parametrize("language", ["en", "zh", "both"])
def test_the_mark_stands_in_title_and_text_and_once_in_each(language: str) -> None:
    for alert in (a_drill(), bare(), over()):
        made = words(drills.marked(alert), language, neutral)
        with_template = words(alert, language, neutral, SAYS_NOTHING)
        for said in (made.title, made.body, with_template.title, with_template.body):
            assert all(word in said for word in WORDS)
        assert drills.marked(drills.marked(alert)) == drills.marked(alert)
        assert "[ALERT]" not in made.title
        assert "look into diamond" in with_template.body


def test_the_mark_is_what_stays_where_there_is_room_for_little() -> None:
    made = words(drills.marked(a_drill()), "both", neutral)
    assert all(word in made.text(60, utf8) for word in WORDS)
    assert all(word in made.text(20) for word in WORDS)


def test_among_other_pages_in_one_message_its_line_has_the_mark() -> None:
    others = [page(drills.marked(bare()), "ops", number) for number in range(2)]
    (group,) = packed(others, "zh", neutral, 2048, utf8)
    for line in digest(group, "zh", neutral, 2048, utf8).splitlines()[1:-1]:
        assert all(word in line for word in WORDS)


def test_a_real_alert_is_left_as_it_is() -> None:
    (real,) = pages(replace(a_drill(), labels={"alertname": "TierwatchDeadlineBreached"}, annotations={"summary": "x"}))
    assert drills.marked(real.alert) is real.alert
    assert not any(word in words(real.alert, "both", neutral).title for word in WORDS)


@pytest.mark.parametrize("why", DrillEnd)
def test_every_way_to_end_is_said_in_every_language(why: DrillEnd) -> None:
    drill = Drill(
        "d-1", at(2), "wang", DrillFor.TEAM, "noc", "diamond", at(3), timedelta(minutes=5), begun_at=at(2),
        ended_at=at(3), ended_for=why,
    )  # fmt: skip
    said = drills.ended(drills.begun(drill, SETTINGS), drill, (), SETTINGS).annotations
    assert said["summary"] != said["summary_zh"]
    assert "drill-ended" not in said["summary"] + said["summary_zh"]


def test_alertmanager_is_told_when_the_drill_ends_and_never_later() -> None:
    until = a_drill().annotations[drills.DRILL_UNTIL]
    assert as_json(a_drill(), at(2.9))["endsAt"] == until.replace("+00:00", "Z")
    early = as_json(a_drill(), at(2))
    assert early["endsAt"] < until.replace("+00:00", "Z"), "a silent tierwatch is noticed as soon as with any alert"
    real = replace(a_drill(), labels={"alertname": "TierwatchDeadlineBreached"})
    assert as_json(real, at(2.9))["endsAt"] > until.replace("+00:00", "Z")
