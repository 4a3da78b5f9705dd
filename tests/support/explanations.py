"""Explanations as JSON and as lines, and alerts on record made of what JSON says of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from monitor.clock.engine import Rulebook
from monitor.explain import (
    Acknowledgement,
    AlertChange,
    AlertRecord,
    ChannelAnswer,
    Explanation,
    PersonCalled,
    WithheldPage,
    as_json,
    explain,
    with_alerts,
)
from monitor.history.events import Event


def explain_json(events: Sequence[Event], rules: Rulebook, now: datetime, target: str | None = None) -> dict[str, Any]:
    """The explanation as JSON."""
    return as_json(explain(events, rules, now, target))


def unsent(explanation: Explanation, alerts: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The stages that were sent to nobody, as JSON says them, where *alerts* are on record."""
    found: list[dict[str, Any]] = as_json(with_alerts(explanation, [record(alert) for alert in alerts]))["untold"]
    return found


def record(alert: Mapping[str, Any]) -> AlertRecord:
    """An alert as the store gives it, of what JSON says of it; what is left out is empty."""
    taken = [Acknowledgement(at(one["at"]), one["author"], one["via"], one["note"])
             for one in alert.get("acknowledged", ())]  # fmt: skip
    by_reason = {(one.at, f"acknowledged by {one.author}"): one for one in taken}
    changes = [
        AlertChange(at(one["at"]), one["reason"], one["firing"], by_reason.pop((at(one["at"]), one["reason"]), None))
        for one in alert.get("changes", ())
    ]
    changes += [AlertChange(one.at, reason, True, one) for (_, reason), one in by_reason.items()]
    return AlertRecord(
        labels=alert.get("labels", {}),
        target=alert.get("target", ""),
        cycle=alert.get("cycle", 1),
        stage=alert["stage"],
        starts_at=at(alert.get("starts_at", "2026-01-01T00:00:00Z")),
        resolved_at=_at(alert.get("resolved_at", "2026-01-01T00:00:00Z" if alert.get("state") == "resolved" else None)),
        reason=alert["reason"],
        answers=[
            ChannelAnswer(
                one["channel"], _at(one["accepted_at"]), one["attempts"], one["error"], _at(one.get("closed_at")),
                one.get("reason"), one.get("held_by"),
            )
            for one in alert.get("deliveries", ())
        ],
        withheld=[
            WithheldPage(one["channel"], at(one["at"]), one["reason"], one["detail"])
            for one in alert.get("withheld", ())
        ],
        acknowledged=taken,
        changes=changes,
        called=[
            PersonCalled(at(one["at"]), one["step"], one["team"], one["to"], one["reason"])
            for one in alert.get("called", ())
        ],
    )  # fmt: skip


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _at(text: str | None) -> datetime | None:
    return None if text is None else at(text)
