"""Make pages for notifiers to send."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.alert.alert import Alert, Page, Reason
from monitor.model import SubjectKey


def now() -> datetime:
    """The machine's time: a real Alertmanager compares ours with its own."""
    return datetime.now(UTC)


def alert(ticket: str = "INC1", stage: str = "used_75", ago: float = 60, link: str = "", **labels: str) -> Alert:
    """An alert that began *ago* seconds before now."""
    breached = stage == "breached"
    name = "TierwatchDeadlineBreached" if breached else "TierwatchDeadlineNear"
    return Alert(
        labels={
            "alertname": name, "instance": "north", "source": "tickets", "ticket": ticket, "tier": "gold",
            "assurance": "none", "sla_target": "restore", "cycle": "1", "stage": stage,
            "severity": "critical" if breached else "warning", **labels,
        },
        annotations={"summary": f"{ticket} {stage}", "summary_zh": "临近", "reason": "first"},
        starts_at=now() - timedelta(seconds=ago),
        subject=SubjectKey(labels.get("source", "tickets"), ticket),
        target="restore",
        cycle=1,
        stage=stage,
        link=link,
    )  # fmt: skip


def page(of: Alert, channel: str = "am/1", number: int = 1, attempts: int = 0) -> Page:
    return Page(number, 1, channel, of, attempts)


def pages(*alerts: Alert, channel: str = "am/1") -> list[Page]:
    return [page(item, channel, number) for number, item in enumerate(alerts, 1)]


def ended(of: Alert, reason: Reason = Reason.RESTORED) -> Alert:
    """The alert as it ends now."""
    return of.resolve(now(), reason)
