"""Arrange a tally in columns, and write it as CSV.

Pure. CSV is RFC 4180 with one header line; numbers are plain digits, lengths are seconds. Text that a spreadsheet would
run as a formula gets an apostrophe before it, because it can come from a customer or a supplier.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from monitor.errors import ConfigError
from monitor.explain import seconds
from monitor.report.tally import SHARES, Month, Row, month_of
from monitor.text import json_line, visible

COLUMNS = (
    "month", "source", "tier", "assurance", "target",
    "carried", "started", "met", "breached", "cancelled", "open",
    "excluded_seconds", "excluded_by_reason",
    *(f"late_p{share}_seconds" for share in SHARES), "late_max_seconds",
    "breached_by_uc", "breached_by_supplier", "first_sight",
)  # fmt: skip
"""The header. It never depends on the data, so that reports of two months can be put below each other."""

_FORMULA = tuple("=+-@＝＋－＠\t\r\n")


def month(written: str) -> Month:
    """The month that was written for `--month`. Raises ConfigError."""
    found = re.fullmatch(r"([0-9]{4})-(0[1-9]|1[0-2])", written)
    if found is None or not 1970 <= int(found[1]) <= 2199:
        raise ConfigError(f"--month {written!r} is not a month; write it like 2026-10")
    return Month(int(found[1]), int(found[2]))


def as_of(wanted: Month, zone: ZoneInfo, now: datetime) -> datetime:
    """The instant for which a month is judged: its end, or now where that is earlier. Raises ConfigError."""
    present = month_of(now, zone)
    if wanted > present:
        raise ConfigError(
            f"--month {wanted} has not begun: in {zone.key} it is {present}; ask for that or an earlier one"
        )
    return min(now, wanted.after.begins(zone))


def record(row: Row) -> dict[str, Any]:
    """A row by column; what is counted by reason or supplier is a mapping."""
    by_reason = {reason: seconds(length) for reason, length in row.excluded.items()}
    values = (
        str(row.month), *row.group,
        row.carried, row.started, row.met, row.breached, row.cancelled, row.open,
        seconds(row.excluded_in_all), by_reason,
        *(_seconds(row.late(share)) for share in SHARES), _seconds(row.latest),
        row.from_uc, dict(row.by_supplier), row.first_sight,
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def as_csv(records: Iterable[Mapping[str, Any]], columns: Sequence[str] = COLUMNS) -> str:
    """Records below one header line; a mapping is JSON in its cell, what is not known is empty."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([cell(item[name]) for name in columns] for item in records)
    return text.getvalue()


def cell(value: Any) -> Any:
    """A value as the cell of a table that a spreadsheet may open: a mapping as JSON, and nothing that runs.

    Breaks of lines stay as they are, in quotes; other control characters and overrides of direction do not.
    """
    if value is None or isinstance(value, int | float):
        return value
    text = "\r".join(map(visible, value.split("\r"))) if isinstance(value, str) else json_line(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _seconds(length: timedelta | None) -> float | int | None:
    return None if length is None else seconds(length)
