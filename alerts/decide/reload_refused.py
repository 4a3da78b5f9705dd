"""Say that a configuration was refused when it was read again, so that another one runs than is written.

Pure. The program pages on by the configuration before it. A start takes the file or ends, so it ends the alert.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from alerts.wording import endings, links, local
from monitor.alert import Alert, Reason, Settings
from monitor.messages import as_annotations, message
from monitor.snapshot import Configured
from monitor.text import shortened

REFUSED = "TierwatchReloadRefused"

LONGEST = 600
"""Characters of the sentence that a page repeats; the log has the whole."""

_RUNBOOK = "docs/runbook.md#tierwatchreloadrefused"
_WHY = "refused"
_CONFIGURATION = message("alert-reload")


def decide(configured: Configured, previous: Sequence[Alert], settings: Settings, now: datetime) -> tuple[Alert, ...]:
    """The alert if it changed. Deciding again gives nothing."""
    labels = {"alertname": REFUSED, "instance": settings.instance, "severity": "warning"}
    stored = next((alert for alert in previous if alert.labels == labels), None)
    fires = stored is not None and stored.firing
    if not configured.refused:
        if stored is None or not fires:
            return ()
        return (endings.end(stored, now, Reason.CONFIG_TAKEN, _CONFIGURATION, settings),)
    why = shortened(configured.refused.partition("\n")[0], LONGEST)
    if stored is not None and fires and stored.annotations.get(_WHY) == why:
        return ()
    reason = Reason.REWORDED if fires else Reason.FIRST if stored is None else Reason.REOPENED
    starts_at = stored.starts_at if stored is not None and fires else now
    link, since = links.home(settings.page_url), local(configured.since or now, settings.zone)
    words = {
        **as_annotations("summary", message("alert-reload-refused", why=why)),
        **as_annotations("description", message("alert-reload-refused-advice", since=since, command=_check(settings))),
        _WHY: why,
        "explain_url": link,
        "runbook_url": _RUNBOOK,
    }
    return (Alert(labels, {name: said for name, said in words.items() if said}, starts_at, link=link).because(reason),)


def _check(settings: Settings) -> str:
    return settings.commands.says("check-config")
