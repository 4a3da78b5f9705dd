"""Tell when a guarded period (重保) begins and ends, and what is different in it.

Pure. The alert fires for as long as the period holds; its end says that the usual terms hold again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from alerts import wording
from alerts.wording import endings, length, links
from monitor.alert import Alert, Reason, Settings
from monitor.messages import Argument, as_annotations, joined, lines, message
from monitor.policy import GuardedPeriod

GUARDED_PERIOD = "TierwatchGuardedPeriod"
_LISTED = 10


def decide(
    periods: Sequence[GuardedPeriod], previous: Sequence[Alert], settings: Settings, now: datetime
) -> tuple[Alert, ...]:
    """The alerts of guarded periods that changed."""
    known = {alert.key: alert for alert in previous if alert.labels.get("alertname") == GUARDED_PERIOD}
    held = {alert.key: (alert, period) for period in periods for alert in (_alert(period, settings),)}
    changed: list[Alert] = []
    for key, (alert, period) in held.items():
        before = known.get(key)
        if period.holds(now) and (before is None or not before.firing):
            changed.append(alert.because(Reason.FIRST if before is None else Reason.REOPENED))
        elif period.holds(now) and before is not None and _reworded(before, alert):
            changed.append(alert.because(Reason.REWORDED))
        elif not period.holds(now) and before is not None and before.firing:
            reason = Reason.PERIOD_OVER if now >= period.until else Reason.WITHDRAWN
            changed.append(endings.end(before, now, reason, period.title, settings))
    for key, before in known.items():
        if before.firing and key not in held:
            name = wording.plain(before.labels.get("period", ""))
            changed.append(endings.end(before, now, Reason.WITHDRAWN, name, settings))
    return tuple(changed)


def _reworded(before: Alert, alert: Alert) -> bool:
    return any(before.annotations.get(name) != words for name, words in alert.annotations.items())


def _alert(period: GuardedPeriod, settings: Settings) -> Alert:
    labels = {
        "alertname": GUARDED_PERIOD,
        "instance": settings.instance,
        "period": period.name,
        "severity": "info",
    }
    return Alert(labels, _words(period, settings), period.since, link=links.home(settings.page_url))


def _words(period: GuardedPeriod, settings: Settings) -> dict[str, str]:
    until = wording.local(period.until, settings.zone)
    summary = message("alert-guarded", title=period.title, until=until)
    description = lines(
        *_for(period.who),
        *(message(f"alert-guarded-{ladder}", rung=rung) for ladder, rung in period.grades.items()),
        *_figures(period),
        message("alert-guarded-ordered", author=wording.plain(period.ordered_by)) if period.ordered_by else "",
    )
    return wording.filled(
        {
            **as_annotations("summary", summary),
            **as_annotations("description", description),
            "explain_url": links.home(settings.page_url),
        }
    )


def _for(who: Mapping[str, frozenset[str]]) -> Iterator[Argument]:
    for name, values in who.items():
        named = [wording.plain(value) for value in sorted(values)]
        yield message("alert-guarded-for", attribute=name, names=wording.and_more(named[:_LISTED], len(named)))


def _figures(period: GuardedPeriod) -> Iterator[Argument]:
    if period.stages:
        yield message("alert-guarded-stages", stages=joined([stage.name for stage in period.stages], _BETWEEN))
    for target, row in period.rows.items():
        yield message("alert-guarded-figure", target=target, budget=length(row.budget))
    if period.duties:
        yield message("alert-guarded-duties", duties=joined(period.duties, _BETWEEN))


_BETWEEN = message("alert-names-between")
