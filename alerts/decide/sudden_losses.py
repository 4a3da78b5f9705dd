"""Say that an inventory lost so many circuits at once that nobody believes it, until it is accepted or whole again.

Pure. There is one alert per source. What is held back goes on as before: its clocks run and page, so this is a warning.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from alerts.wording import endings, links, local
from monitor.alert import Alert, Reason, Settings
from monitor.messages import Argument, as_annotations, message

SUDDEN_LOSS = "TierwatchSuddenLoss"

_RUNBOOK = "docs/runbook.md#tierwatchsuddenloss"

Held = tuple[str, str]
"""A source that holds a loss back, and its collector's sentence."""


def decide(held: Sequence[Held], previous: Sequence[Alert], settings: Settings, now: datetime) -> tuple[Alert, ...]:
    """The alerts that changed. Deciding again on the result gives nothing."""
    return tuple(_changed(held, previous, settings, now))


def _changed(held: Sequence[Held], previous: Sequence[Alert], settings: Settings, now: datetime) -> Iterator[Alert]:
    stored = {one.labels.get("source", ""): one for one in previous if one.labels.get("alertname") == SUDDEN_LOSS}
    for source, detail in held:
        before = stored.get(source)
        since = before.starts_at if before is not None and before.firing else now
        told = _alert(source, since, detail, settings).after(before)
        if told is not None:
            yield told
    standing = {source for source, _ in held}
    for source, known in stored.items():
        if known.firing and source not in standing:
            yield endings.end(known, now, Reason.LIST_BELIEVED, _what(source), settings)


def _alert(source: str, since: datetime, detail: str, settings: Settings) -> Alert:
    labels = {"alertname": SUDDEN_LOSS, "instance": settings.instance, "source": source, "severity": "warning"}
    command = settings.commands.says("retire", about=source, options=("--accept-loss", "--reason", "WHY"))
    home, moment = links.home(settings.page_url), local(since, settings.zone)
    words = {
        **as_annotations("summary", message("alert-sudden-loss", source=source, since=moment)),
        **as_annotations("description", message("alert-sudden-loss-advice", command=command)),
        "error": detail,
        "explain_url": home,
        "runbook_url": _RUNBOOK,
    }
    return Alert(labels, {name: text for name, text in words.items() if text}, since, link=home)


def _what(source: str) -> Argument:
    return message("alert-sudden-loss-of", source=source)
