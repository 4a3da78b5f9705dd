"""Lessons about what people wanted to take out of their system: shares kept, as CSV, with what stood in the way."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from zoneinfo import ZoneInfo

from monitor.model import SubjectKey
from monitor.report.months import as_csv, record
from monitor.report.tally import Month
from monitor.report.tallying import tallied
from tests.lessons.stories import WORDS, promise, ticket, utc
from tests.support import cases

UC = """
agreements:
  - {kind: UC, party: Digger Ltd, supports: restore, budgets: [{budget: 1h, source: test}]}
"""


def march(*stories: list) -> list[dict[str, str]]:
    """The month's report as somebody reads the CSV again; a story is the list of one ticket's events."""
    words = {**WORDS.attributes, "supplier": cases.AttributeRule("supplier")}
    book = cases.rules(promise() + UC, replace(WORDS, attributes=words))
    subjects = [(SubjectKey("tickets", f"T{number}"), story) for number, story in enumerate(stories)]
    tally = tallied(subjects, book, ZoneInfo("UTC"), utc("2026-04-01 00:00"))
    text = as_csv(record(row) for row in tally.month(Month(2026, 3)))
    return list(csv.DictReader(io.StringIO(text)))


def fault(opened: str, restored: str, **words: str) -> list:
    return [ticket("T", utc(opened), "new", tier="gold", **words), ticket("T", utc(restored), "resolved")]


KEPT = fault("2026-03-02 08:00", "2026-03-02 09:00")
LATE = fault("2026-03-02 08:00", "2026-03-02 12:01")


def test_freescout_5135_an_export_as_csv_is_exact_to_the_minute() -> None:
    """Restored after 4:01 of 4 hours: one breach, a minute late, nothing rounded away."""
    (row,) = march(LATE)
    assert (row["target"], row["tier"], row["breached"], row["late_max_seconds"]) == ("restore", "gold", "1", "60")


def test_chatwoot_9747_the_share_that_was_met_is_one_division_away() -> None:
    (row,) = march(KEPT, KEPT, KEPT, LATE)
    met, breached = int(row["met"]), int(row["breached"])
    assert (met, breached, met / (met + breached)) == (3, 1, 0.75)


def test_flowinquiry_272_what_comes_back_as_a_cause_is_counted() -> None:
    """One breach by a supplier's overrun, one of our own, and waits by their reason."""
    slow = [
        ticket("T", utc("2026-03-03 08:00"), "new", tier="gold"),
        ticket("T", utc("2026-03-03 09:00"), supplier="Digger Ltd"),
        ticket("T", utc("2026-03-03 13:00"), "resolved"),
    ]
    waits = [
        ticket("T", utc("2026-03-04 08:00"), "new", tier="gold"),
        ticket("T", utc("2026-03-04 09:00"), "waiting", reason="customer"),
        ticket("T", utc("2026-03-04 11:00"), "resolved"),
    ]
    (row,) = march(slow, LATE, waits)
    assert (row["breached"], row["breached_by_uc"], json.loads(row["breached_by_supplier"])) == (
        "2", "1", {"Digger Ltd": 1},
    )  # fmt: skip
    assert json.loads(row["excluded_by_reason"]) == {"customer": 7200}
