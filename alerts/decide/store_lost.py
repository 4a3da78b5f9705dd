"""Say that the database's file has vanished or been exchanged under the running program.

Pure. The program pages on from the file that it has open, but what that holds is lost when the program ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from alerts.wording import endings, links, local
from monitor.alert import Alert, Reason, Settings
from monitor.messages import as_annotations, message

STORE_LOST = "TierwatchStoreLost"

_RUNBOOK = "docs/runbook.md#tierwatchstorelost"
_WHAT = "lost"
_DATABASE = message("alert-store")


def decide(what: str, where: str, previous: Sequence[Alert], settings: Settings, now: datetime) -> tuple[Alert, ...]:
    """The alert if it changed; an empty *what* says that the file is where it belongs. Deciding again gives nothing."""
    labels = {"alertname": STORE_LOST, "instance": settings.instance, "severity": "critical"}
    stored = next((alert for alert in previous if alert.labels == labels), None)
    fires = stored is not None and stored.firing
    if not what:
        if stored is None or not fires:
            return ()
        return (endings.end(stored, now, Reason.STORE_BACK, _DATABASE, settings),)
    if stored is not None and fires and stored.annotations.get(_WHAT) == what:
        return ()
    reason = Reason.WORSENED if fires else Reason.FIRST if stored is None else Reason.REOPENED
    starts_at = stored.starts_at if stored is not None and fires else now
    words = {name: text for name, text in _words(what, where, settings, starts_at).items() if text}
    link = links.home(settings.page_url)
    return (Alert(labels, words, starts_at, link=link).because(reason),)


def _words(what: str, where: str, settings: Settings, since: datetime) -> dict[str, str]:
    moment, home = local(since, settings.zone), links.home(settings.page_url)
    happened = message(f"alert-store-{what}")
    return {
        **as_annotations("summary", message("alert-store-lost", file=where, happened=happened, since=moment)),
        **as_annotations("description", message("alert-store-lost-advice")),
        _WHAT: what,
        "explain_url": home,
        "runbook_url": _RUNBOOK,
    }
