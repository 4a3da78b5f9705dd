"""Why a clock stands where it stands: values, the sentences about them, JSON and the lines for a terminal.

Pure. The page itself is in `exporters.web`.
"""

from __future__ import annotations

from monitor.explain import alert_sentences, quarantine_sentences, sentences
from monitor.explain.alert_record import (
    Acknowledgement,
    AlertChange,
    AlertRecord,
    ChannelAnswer,
    PersonCalled,
    WithheldPage,
)
from monitor.explain.alert_sentences import WHY
from monitor.explain.as_json import alert_as_json, as_json, rang_as_json
from monitor.explain.explanation import (
    ClockExplanation,
    Explanation,
    IntervalExplanation,
    IntervalKind,
    LaidOut,
    for_reader,
    in_zone,
)
from monitor.explain.group import explain_group, explained_since
from monitor.explain.json_values import seconds, text
from monitor.explain.names import NO_NAMES, PolicyNames, names_of
from monitor.explain.subject import as_of, explain, with_alerts
from monitor.explain.terminal import as_lines

__all__ = [
    "NO_NAMES",
    "WHY",
    "Acknowledgement",
    "AlertChange",
    "AlertRecord",
    "ChannelAnswer",
    "ClockExplanation",
    "Explanation",
    "IntervalExplanation",
    "IntervalKind",
    "LaidOut",
    "PersonCalled",
    "PolicyNames",
    "WithheldPage",
    "alert_as_json",
    "alert_sentences",
    "as_json",
    "as_lines",
    "as_of",
    "explain",
    "explain_group",
    "explained_since",
    "for_reader",
    "in_zone",
    "names_of",
    "quarantine_sentences",
    "rang_as_json",
    "seconds",
    "sentences",
    "text",
    "with_alerts",
]
