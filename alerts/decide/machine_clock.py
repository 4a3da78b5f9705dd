"""Say that this machine's clock jumped, that pages go out by a time nobody has borne out, and what was withdrawn.

Pure. There are two alerts of the program itself. TierwatchClockJumped fires at once and as long as the clock is not
trusted; TierwatchClockUnproven fires while pages go out all the same. Both end with the witness, or the clock's return.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from alerts.wording import endings, length, links, local
from monitor.alert import Alert, Reason, Settings
from monitor.machine import PATIENCE, MachineClock, Trust, Witness
from monitor.messages import Argument, as_annotations, from_annotations, lines, message

JUMPED = "TierwatchClockJumped"
UNPROVEN = "TierwatchClockUnproven"

MARK = "clock"
"""The annotation that a page carries which goes out by an unproven time."""

_RUNBOOK = "docs/runbook.md#"
_STATE = "clock_state"
_CLOCK = message("alert-machine-clock")


def decide(clock: MachineClock, previous: Sequence[Alert], settings: Settings, now: datetime) -> tuple[Alert, ...]:
    """The alerts that changed. Deciding again on the result gives nothing."""
    return tuple(_changes(clock, previous, settings, now))


def _changes(clock: MachineClock, previous: Sequence[Alert], settings: Settings, now: datetime) -> Iterator[Alert]:
    wanted = {JUMPED: not clock.trusted, UNPROVEN: clock.trust is Trust.UNPROVEN}
    for name, fires in wanted.items():
        labels = {"alertname": name, "instance": settings.instance, "severity": "critical"}
        stored = next((alert for alert in previous if alert.labels == labels), None)
        if fires:
            yield from _fires(labels, stored, clock, settings, now)
        elif stored is not None and stored.firing:
            over = replace(stored, starts_at=min(stored.starts_at, now))
            why = message(f"alert-machine-witness-{clock.witness or Witness.RETURNED}")
            yield endings.end(over, now, Reason.CLOCK_TRUSTED, _CLOCK, settings, why)


def _fires(
    labels: Mapping[str, str], stored: Alert | None, clock: MachineClock, settings: Settings, now: datetime
) -> Iterator[Alert]:
    state = f"{clock.trust}/{clock.jump}"
    goes_on = stored is not None and stored.firing
    if stored is not None and goes_on and stored.annotations.get(_STATE) == state:
        return
    if not goes_on:
        reason = Reason.FIRST if stored is None else Reason.REOPENED
    else:
        reason = Reason.REWORDED if clock.trust is Trust.UNPROVEN else Reason.WORSENED
    starts_at = stored.starts_at if stored is not None and goes_on else now
    words = _jumped(clock, settings, now) if labels["alertname"] == JUMPED else _unproven(clock, settings, now)
    words |= {_STATE: state, "explain_url": links.home(settings.page_url)}
    words["runbook_url"] = _RUNBOOK + labels["alertname"].lower()
    said = {name: text for name, text in words.items() if text}
    yield Alert(labels, said, starts_at, link=links.home(settings.page_url)).because(reason)


def _jumped(clock: MachineClock, settings: Settings, now: datetime) -> dict[str, str]:
    if clock.trust is Trust.CONTRADICTED:
        does = message("alert-machine-contradicted")
    elif clock.trust is Trust.UNPROVEN:
        does = message("alert-machine-unproven")
    else:
        does = message("alert-machine-held", until=local(now + PATIENCE, settings.zone))
    return {
        **as_annotations("summary", message("alert-machine-jumped", size=_size(clock), does=does)),
        **as_annotations("description", message("alert-machine-jumped-advice", command=_accept(settings))),
    }


def _unproven(clock: MachineClock, settings: Settings, now: datetime) -> dict[str, str]:
    since = local(now, settings.zone)
    return {
        **as_annotations("summary", message("alert-machine-pages-unproven", size=_size(clock), since=since)),
        **as_annotations("description", message("alert-machine-pages-unproven-advice", command=_accept(settings))),
    }


def _accept(settings: Settings) -> str:
    return settings.commands.says("clock", "accept")


def _size(clock: MachineClock) -> Argument:
    exact = 1 if abs(clock.size) < timedelta(minutes=5) else 60
    long = length(timedelta(seconds=round(abs(clock.size).total_seconds() / exact) * exact))
    if clock.size.total_seconds() > 0:
        return message("alert-machine-forward", length=long)
    return message("alert-machine-back", length=long)


def marked(alert: Alert) -> Alert:
    """A page that goes out by a time nobody has borne out says so; ends, and words of the program's own, do not."""
    if not alert.firing or (alert.subject is None and not alert.cause_key):
        return alert
    said = alert.annotations
    summary, description = from_annotations("summary", said), from_annotations("description", said)
    marks = {
        **as_annotations("description", lines(message("alert-machine-mark-description"), description)),
        MARK: "unproven",
    }
    if summary:
        marks |= as_annotations("summary", message("alert-machine-mark", summary=summary))
    return replace(alert, annotations={**said, **marks})


def withdrawn(alert: Alert, now: datetime, settings: Settings) -> Alert:
    """The end of an alert that began at an instant still ahead: the clock by which it was told was wrong.

    Any other alert is given back as it is.
    """
    if alert.firing or alert.reason is not Reason.WITHDRAWN or alert.starts_at <= now:
        return alert
    target, subject = alert.labels.get("sla_target", ""), alert.subject.subject if alert.subject else ""
    name, wrong = f"{subject} {target}".strip(), local(alert.starts_at, settings.zone)
    why = message("alert-machine-withdrawn", at=wrong)
    words = {
        **as_annotations("summary", message("alert-named", name=name, text=why) if name else why),
        **as_annotations("description", message("alert-machine-withdrawn-description", at=wrong)),
    }
    return replace(alert, starts_at=now, resolved_at=now, annotations={**alert.annotations, **words})
