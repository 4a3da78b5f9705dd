"""One subject: what it is, its events, why its clocks stand where they stand, and why it has no others."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from exporters.api.answers import Answer
from exporters.api.names import Instant, Source, Subject
from exporters.api.paging import Cursor, Limit, Page, cursor_of, place_of
from exporters.api.people import without_people
from exporters.api.section import Section
from exporters.api.views import ApiViews
from monitor.access import Principal, Right, may
from monitor.explain import as_json, text
from monitor.history import Event
from monitor.listing import EventPlace
from monitor.model import CircuitState, SubjectKey, SubjectKind

PLACE = (int, int, int, str)
"""The kinds of the parts of an `EventPlace`."""


class Explanation(BaseModel):
    """A subject with its clocks and everything that they follow from, as `tierwatch explain --json` writes it."""

    at: Instant = Field(description="The instant for which it holds.")
    source: str = Field(description="The source that names the subject.")
    subject: str = Field(description="The subject's name in its source.")
    kind: SubjectKind = Field(description="What the subject is.")
    status: str | None = Field(description="Its last status, as the source writes it; null where it said none.")
    attributes: dict[str, Any] = Field(description="What the source says of it, by our names.")
    circuit_state: CircuitState | None = Field(
        default=None, description="Of a circuit, the state that was last said of it; not there otherwise."
    )
    since: Instant | None = Field(default=None, description="Of a circuit, when that state began; not there otherwise.")
    retired: dict[str, Any] | None = Field(
        default=None, description="When, by whom and why it was taken as gone for good; not there otherwise."
    )
    deleted_before: dict[str, Any] | None = Field(
        default=None, description="The instant before which its events were deleted; not there otherwise."
    )
    policy: str = Field(description="The version of the policy that holds.")
    guarded: list[dict[str, Any]] = Field(description="Guarded periods that it is in.")
    clocks: list[dict[str, Any]] = Field(
        description="Its clocks, each with its promise, intervals, deadlines and sentences in every language."
    )
    events: int = Field(description="How many events it has.")
    corrections: list[dict[str, Any]] = Field(description="Corrections of its history.")
    before_corrections: list[dict[str, Any]] = Field(description="What the corrected clocks were before.")
    doubts: list[dict[str, Any]] = Field(description="What of its history is in doubt.")
    unread: list[dict[str, Any]] = Field(description="Words that are not understood.")
    without_clock: list[dict[str, Any]] = Field(description="Targets of which it has no clock, each with the reason.")
    alerts: list[dict[str, Any]] = Field(description="Its alerts, with what was sent to whom and what was withheld.")
    untold: list[dict[str, Any]] = Field(description="Stages that were reached and that nobody was told of.")


class WhyNot(BaseModel):
    """Why a subject has no clock of a target, and why nobody was told of a stage."""

    at: Instant = Field(description="The instant for which it holds.")
    source: str = Field(description="The source that names the subject.")
    subject: str = Field(description="The subject's name in its source.")
    policy: str = Field(description="The version of the policy that holds.")
    without_clock: list[dict[str, Any]] = Field(description="Targets of which it has no clock, each with the reason.")
    untold: list[dict[str, Any]] = Field(description="Stages that were reached and that nobody was told of.")


class HistoryEvent(BaseModel):
    """One dated statement of a source about a subject."""

    event: str = Field(description="The event's name in its source.")
    at: Instant = Field(description="The instant of which it speaks.")
    status: str | None = Field(description="The status, as the source writes it; null where it says nothing of it.")
    reason: str | None = Field(description="The reason, as the source writes it; null where it says nothing of it.")
    feedback: bool = Field(description="Whether it is feedback to the customer on the progress.")
    opened_at: Instant | None = Field(
        description="When the source says that the ticket was opened; null where it does not."
    )
    fields: dict[str, Any] = Field(description="Further values, by the source's names.")
    correction: bool = Field(description="Whether it is a correction that somebody here has written.")
    stands_for_deleted: bool = Field(description="Whether it stands in the place of events that were deleted.")


def subjects(views: ApiViews) -> Section:
    """The section."""
    section = Section("subjects", "Tickets, circuits, planned work, and what is counted together.")

    def explained(source: str, subject: str, principal: Principal) -> dict[str, Any]:
        explanation = views.explain(source, subject)
        if explanation is None:
            raise HTTPException(404, "Nothing is known of this subject in this source.")
        found = {"alerts": [], "untold": [], **as_json(explanation)}
        return found if may(principal, Right.READ_PEOPLE) else without_people(found)

    @section.get("/subjects/{source}/{subject}", answers=Explanation, summary="Explain a subject and its clocks")
    def explain_subject(source: Source, subject: Subject, principal: Principal) -> Answer:
        """The stored readings are not used: the history is read again with the function that the engine uses.

        Who was paged and who answered, corrected or retired is left out without the right `read_people`.
        """
        return Answer(explained(source, subject, principal))

    @section.get("/subjects/{source}/{subject}/why-not", answers=WhyNot, summary="Say why there is no clock or page")
    def explain_why_not(source: Source, subject: Subject, principal: Principal) -> Answer:
        found = explained(source, subject, principal)
        return Answer({name: found[name] for name in WhyNot.model_fields})

    @section.get(
        "/subjects/{source}/{subject}/history", answers=Page[HistoryEvent], summary="List the events of a subject",
        refusals=(400,),
    )  # fmt: skip
    def list_history(source: Source, subject: Subject, limit: Limit = 50, cursor: Cursor = None) -> Answer:
        """In the order in which they count. What several subjects are counted together by has no events of its own."""
        asked = {"list": "history", "source": source, "subject": subject}
        place = place_of(asked, cursor, PLACE)
        after = None if place is None else EventPlace(*place)  # type: ignore[arg-type]
        page = views.history(SubjectKey(source, subject), limit, after)
        if not page.rows and views.explain(source, subject) is None:
            raise HTTPException(404, "Nothing is known of this subject in this source.")
        return Answer({"items": [_event(one) for one in page.rows], "next": cursor_of(asked, page.next)})

    return section


def _event(event: Event) -> dict[str, Any]:
    return {
        "event": event.event_id,
        "at": text(event.at),
        "status": event.status,
        "reason": event.reason,
        "feedback": event.feedback,
        "opened_at": text(event.opened_at),
        "fields": dict(event.fields),
        "correction": event.correction is not None,
        "stands_for_deleted": event.baseline is not None,
    }
