"""Many clocks at once: tallies, months, replay, backtest, comparisons of two policies or two versions.

Pure but for the log that `replay` reads. The commands are in `monitor.commands`.
"""

from __future__ import annotations

from monitor.report.backtest import Result
from monitor.report.chunks import Spread, Subject, chunked, cut
from monitor.report.months import COLUMNS, as_csv, as_of, month, record
from monitor.report.policy_changes import ZERO, Kind, Move, Pair, Tally, changes_of_rules
from monitor.report.promised_texts import free_parts, needless_fields
from monitor.report.reading_changes import FIELDS, Difference, StoredReading, StoredSubject, compared
from monitor.report.replay import Log, Progress, read_log, word_line
from monitor.report.row_json import row_from_json, row_to_json
from monitor.report.shares import Shares, shares_of
from monitor.report.tally import SHARES, Group, Month, Row, month_of
from monitor.report.tallying import tallied
from monitor.report.trail import TrailEntry, TrailForm, TrailScope, TrailWriter, checked_trail
from monitor.report.unknown_words import UnknownWord, together, unknown_words

__all__ = [
    "COLUMNS",
    "FIELDS",
    "SHARES",
    "ZERO",
    "Difference",
    "Group",
    "Kind",
    "Log",
    "Month",
    "Move",
    "Pair",
    "Progress",
    "Result",
    "Row",
    "Shares",
    "Spread",
    "StoredReading",
    "StoredSubject",
    "Subject",
    "Tally",
    "TrailEntry",
    "TrailForm",
    "TrailScope",
    "TrailWriter",
    "UnknownWord",
    "as_csv",
    "as_of",
    "changes_of_rules",
    "checked_trail",
    "chunked",
    "compared",
    "cut",
    "free_parts",
    "month",
    "month_of",
    "needless_fields",
    "read_log",
    "record",
    "row_from_json",
    "row_to_json",
    "shares_of",
    "tallied",
    "together",
    "unknown_words",
    "word_line",
]
