"""Word the one page that stands for alerts which began and ended before their receiver could be told (semantics 39).

Pure. Each line is what the alert's own end says; nothing of its beginning is repeated.
"""

from __future__ import annotations

from dataclasses import replace

from monitor.alert import Alert, Missed
from monitor.messages import Argument, as_annotations, from_annotations, lines, message
from monitor.text import one_line


def worded(alert: Alert, missed: Missed) -> Alert:
    """The digest in words."""
    rest = missed.number - len(missed.alerts)
    description = lines(
        message("alert-missed-over"),
        *(message("alert-missed-one", alert=_said(over)) for over in missed.alerts),
        message("alert-missed-one", alert=message("alert-missed-more", count=rest)) if rest > 0 else None,
    )
    words = {
        **as_annotations("summary", message("alert-missed", count=missed.number)),
        **as_annotations("description", description),
        "reason": alert.reason.value,
    }
    return replace(alert, annotations=words)


def _said(over: Alert) -> Argument:
    """What an alert that is over says in a line."""
    said = {name: one_line(text) for name, text in over.annotations.items()}
    return from_annotations("summary", said) or over.labels.get("alertname", "")
