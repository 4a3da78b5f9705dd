"""The months that were reported for good."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from exporters.api.answers import Answer
from exporters.api.names import Instant
from exporters.api.paging import Cursor, Limit, Page, cursor_of, place_of
from exporters.api.section import Section
from exporters.api.views import ApiViews
from monitor.explain import text
from monitor.listing import ReportedMonth

MONTH = r"^[0-9]{4}-(0[1-9]|1[0-2])$"


class Report(BaseModel):
    """The report of one month."""

    month: str = Field(description="The month, such as 2026-10.", pattern=MONTH)
    zone: str = Field(description="The time zone whose month it is.")
    until: Instant = Field(description="When the month ended.")
    made_at: Instant = Field(description="When the report was made.")
    rules_version: str = Field(description="The hash of the rules by which it was made.")


class WholeReport(Report):
    """The report of one month with its rows."""

    rows: list[dict[str, Any]] = Field(
        description="One for each source, tier, assurance and target; the columns are those of the command `report`."
    )


def reports(views: ApiViews) -> Section:
    """The section."""
    section = Section("reports", "What was kept and what was missed in each month.")

    @section.get("/reports", answers=Page[Report], summary="List the months that were reported", refusals=(400,))
    def list_reports(limit: Limit = 50, cursor: Cursor = None) -> Answer:
        """The latest first. A month is reported for good where the configuration says how long events are kept."""
        asked = {"list": "reports"}
        place = place_of(asked, cursor, (str,))
        page = views.months(limit, None if place is None else str(place[0]))
        rest = None if page.next is None else (page.next,)
        return Answer({"items": [_report(one) for one in page.rows], "next": cursor_of(asked, rest)})

    @section.get("/reports/{month}", answers=WholeReport, summary="Show the report of a month")
    def show_report(month: Annotated[str, Path(pattern=MONTH, description="The month, such as 2026-10.")]) -> Answer:
        found = views.month(month)
        if found is None:
            raise HTTPException(
                404, "This month was not reported for good; the command `report` counts it from events."
            )
        return Answer(_report(found) | {"rows": [dict(row) for row in found.rows or ()]})

    return section


def _report(one: ReportedMonth) -> dict[str, Any]:
    return {
        "month": one.month,
        "zone": one.zone,
        "until": text(one.until),
        "made_at": text(one.made_at),
        "rules_version": one.rules_version,
    }
