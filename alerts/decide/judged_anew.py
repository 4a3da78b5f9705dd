"""Tell once, as a digest, what an upgrade of the judging code has changed (semantics 46).

Pure. A crossing from before the upgrade that only the new code sees is recorded and paged to nobody. An alert that the
new code withdraws ends with that reason. Crossings after the former program's last look page as ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from alerts import wording
from alerts.wording import endings, links
from monitor.alert import Alert, Reason, Settings
from monitor.messages import as_annotations, lines, message

JUDGED_ANEW = "TierwatchJudgedAnew"

FLAG = "judged_anew"
SHOWN_FOR = timedelta(hours=24)
"""How long the digest stands at least."""

_WHAT = message("alert-judged-anew")


def apart(changed: Sequence[Alert], cutoff: datetime, upgrade: str, settings: Settings) -> tuple[Alert, ...]:
    """The changed alerts of a subject that is judged anew, with those set apart that go into the digest."""
    return tuple(_apart(alert, cutoff, upgrade, settings) for alert in changed)


def _apart(alert: Alert, cutoff: datetime, upgrade: str, settings: Settings) -> Alert:
    if alert.firing and alert.notifies and alert.reason is not Reason.REWORDED and alert.starts_at < cutoff:
        return alert.resolve(alert.starts_at, Reason.JUDGED_ANEW).because(Reason.JUDGED_ANEW)
    if not alert.firing and alert.reason is Reason.WITHDRAWN:
        why = message("alert-judged-anew-end")
        at = alert.resolved_at or alert.starts_at
        ended = endings.end(alert, at, Reason.WITHDRAWN, wording.clock(alert, settings), settings, why)
        return replace(ended, annotations={**ended.annotations, FLAG: upgrade})
    return alert


def digest(
    breached: Sequence[tuple[str, str, int]], withdrawn: int, at: datetime, previous: Sequence[Alert],
    settings: Settings, now: datetime,
) -> tuple[Alert, ...]:  # fmt: skip
    """The digest of the upgrade at *at* if it changed; it is told once everything has been judged anew."""
    labels = {"alertname": JUDGED_ANEW, "instance": settings.instance, "severity": "warning"}
    stored = next((alert for alert in previous if alert.labels == labels), None)
    told = stored is not None and stored.annotations.get(FLAG) == at.isoformat()
    stands = now - at < SHOWN_FOR and (bool(withdrawn) or bool(breached))
    if not breached and not stands:
        if stored is None or not stored.firing:
            return ()
        return (endings.end(stored, now, Reason.NONE_LEFT, _WHAT, settings),)
    if told and stored is not None and not stored.firing:
        return ()
    words = _words(breached, withdrawn, at, settings)
    reason = Reason.REWORDED if told else Reason.FIRST if stored is None else Reason.REOPENED
    new = Alert(labels, words, at, link=links.home(settings.page_url)).because(reason)
    if told and stored is not None and stored.content == new.content:
        return ()
    return (new,)


def _words(
    breached: Sequence[tuple[str, str, int]], withdrawn: int, at: datetime, settings: Settings
) -> dict[str, str]:
    total, home = sum(clocks for _, _, clocks in breached), links.home(settings.page_url)
    rows = sorted(breached, key=lambda row: -row[2])
    description = lines(
        message("alert-judged-anew-why", at=wording.local(at, settings.zone)),
        *wording.counted(rows, settings),
        wording.see(home),
    )
    said = {
        **as_annotations(
            "summary", message("alert-judged-anew-summary", what=_WHAT, clocks=total, withdrawn=withdrawn)
        ),
        **as_annotations("description", description),
        "explain_url": home,
        FLAG: at.isoformat(),
    }
    return {name: text for name, text in said.items() if text}
