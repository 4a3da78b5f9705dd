"""Write the rows of a report as JSON, and read them back, for a report that is kept. Lengths are microseconds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from monitor.report.tally import Group, Month, Row
from monitor.worktime import TICK


def row_to_json(row: Row) -> dict[str, Any]:
    """A row as JSON."""
    return {
        "month": [*row.month],
        "group": [*row.group],
        "counts": [row.carried, row.started, row.met, row.breached, row.cancelled, row.open],
        "excluded": {reason: length // TICK for reason, length in row.excluded.items()},
        "lateness": [length // TICK for length in row.lateness],
        "from_uc": row.from_uc,
        "by_supplier": dict(row.by_supplier),
        "first_sight": row.first_sight,
    }


def row_from_json(data: Mapping[str, Any]) -> Row:
    """The row that was written."""
    carried, started, met, breached, cancelled, still_open = data["counts"]
    return Row(
        month=Month(*data["month"]),
        group=Group(*data["group"]),
        carried=carried,
        started=started,
        met=met,
        breached=breached,
        cancelled=cancelled,
        open=still_open,
        excluded={reason: length * TICK for reason, length in data["excluded"].items()},
        lateness=[length * TICK for length in data["lateness"]],
        from_uc=data["from_uc"],
        by_supplier=data["by_supplier"],
        first_sight=data["first_sight"],
    )
