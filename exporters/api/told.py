"""What was told to whom, what was withheld and why, and who was called, the newest first."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field

from exporters.api.answers import Answer
from exporters.api.list_views import ApiLists
from exporters.api.names import Instant
from exporters.api.paging import LONGEST_NAME, Cursor, Limit, Page, cursor_of, place_of
from exporters.api.section import Section
from monitor.access import Right
from monitor.explain import WithheldPage, alert_sentences, text
from monitor.listing import AboutAlert, CalledRow, Delivered, Telling, TellingQuery, ToldRow, WithheldRow
from monitor.messages import in_every_language
from monitor.model import SubjectKey

Filter = Annotated[str, Query(max_length=LONGEST_NAME, description="Only of this one; empty: of any.")]
OfSubject = Annotated[str, Query(max_length=2 * LONGEST_NAME, description="Only of this subject, `source/ID`.")]


class About(BaseModel):
    """The alert that a row is about."""

    alert: str = Field(description="The alert's fingerprint.")
    alertname: str = Field(description="What kind of alert it is; empty where it is deleted.")
    source: str | None = Field(description="The source of its subject; null where it is of no single one.")
    subject: str | None = Field(description="Its subject; null where it is of no single one.")
    target: str = Field(description="The promise, as the policy names it; empty where there is none.")
    stage: str = Field(description="The stage that was reached; empty where there is none.")
    tier: str = Field(description="The tier of the subject.")
    firing: bool = Field(description="Whether it fires now.")


class Told(About):
    """One page that was put into an outbox."""

    number: int = Field(description="Its number; a later one has a greater one.")
    at: Instant = Field(description="When it was made.")
    channel: str = Field(description="The receiver, or one peer of it.")
    state: Delivered = Field(description="What has become of it.")
    reason: str = Field(description="Why the alert changed, or why the page was closed.")
    attempts: int = Field(description="Tries that failed since the receiver last took it.")
    answer: str = Field(description="What the receiver last answered to a try that failed.")
    accepted_at: Instant | None = Field(description="When the receiver took it; null where it did not.")
    closed_at: Instant | None = Field(description="When nothing more was to be sent of it; null while there is.")
    confirmed_at: Instant | None = Field(description="When somebody acknowledged the alert after it; null for nobody.")
    confirmed_by: str = Field(description="Who; empty for nobody.")


class WithheldOut(About):
    """What one receiver was not sent, or not at once."""

    number: int = Field(description="Its number; a later one has a greater one.")
    at: Instant = Field(description="When that was decided.")
    channel: str = Field(description="The receiver, or one peer of it.")
    reason: str = Field(description="The word for why.")
    detail: str = Field(description="What withheld it.")
    sentence: dict[str, str] = Field(description="Why, as a sentence, by the code of each language.")


class Called(About):
    """One person who was called by an escalation."""

    number: int = Field(description="Its number; a later one has a greater one.")
    at: Instant = Field(description="When.")
    team: str = Field(description="The team.")
    person: str = Field(description="The person, by the rota's id.")
    step: int = Field(description="The step of the team's chain; 0 comes before the first.")
    reason: str = Field(description="Why.")


def told(views: ApiLists) -> Section:
    """The section."""
    section = Section("pages", "What was sent to whom, what was not sent and why, and who was called.")

    @section.get("/pages", answers=Page[Told], summary="List what was sent", right=Right.READ_PEOPLE, refusals=(400,))
    def list_pages(
        tier: Filter = "", channel: Filter = "", subject: OfSubject = "", limit: Limit = 50, cursor: Cursor = None
    ) -> Answer:
        """Pages that were put into an outbox. Where a filter finds few, go on until `next` is null."""
        return _answer(views, TellingQuery(Telling.SENT, tier, channel, "", _key(subject)), limit, cursor)

    @section.get(
        "/withheld", answers=Page[WithheldOut], summary="List what was not sent", right=Right.READ_PEOPLE,
        refusals=(400,),
    )  # fmt: skip
    def list_withheld(
        tier: Filter = "", channel: Filter = "", subject: OfSubject = "", limit: Limit = 50, cursor: Cursor = None
    ) -> Answer:
        """What receivers were not sent, or not at once. Where a filter finds few, go on until `next` is null."""
        return _answer(views, TellingQuery(Telling.WITHHELD, tier, channel, "", _key(subject)), limit, cursor)

    @section.get(
        "/calls", answers=Page[Called], summary="List who was called", right=Right.READ_PEOPLE, refusals=(400,)
    )
    def list_calls(
        tier: Filter = "", team: Filter = "", subject: OfSubject = "", limit: Limit = 50, cursor: Cursor = None
    ) -> Answer:
        """People whom an escalation called. Where a filter finds few, go on until `next` is null."""
        return _answer(views, TellingQuery(Telling.CALLED, tier, "", team, _key(subject)), limit, cursor)

    return section


def _key(subject: str) -> SubjectKey | None:
    """The subject of a filter; what names no source is nobody's."""
    source, _, name = subject.partition("/")
    return SubjectKey(source, name) if subject else None


def _answer(views: ApiLists, query: TellingQuery, limit: int, cursor: str | None) -> Answer:
    asked = {
        "list": query.what, "tier": query.tier, "channel": query.channel, "team": query.team,
        "subject": None if query.subject is None else list(query.subject),
    }  # fmt: skip
    place = place_of(asked, cursor, (int,))
    page = views.tellings(query, limit, None if place is None else int(place[0] or 0))
    rest = None if page.next is None else (page.next,)
    return Answer({"items": [_row(one) for one in page.rows], "next": cursor_of(asked, rest)})


def _row(one: ToldRow | WithheldRow | CalledRow) -> dict[str, Any]:
    said = {**_about(one.alert), "number": one.number, "at": text(one.at)}
    if isinstance(one, CalledRow):
        return {**said, "team": one.team, "person": one.person, "step": one.step, "reason": one.reason}
    if isinstance(one, WithheldRow):
        why = alert_sentences.withheld(WithheldPage(one.channel, one.at, one.reason, one.detail))
        words = {"channel": one.channel, "reason": one.reason, "detail": one.detail}
        return {**said, **words, "sentence": in_every_language(why)}
    return {
        **said,
        "channel": one.channel,
        "state": one.state,
        "reason": one.reason,
        "attempts": one.attempts,
        "answer": one.answer,
        "accepted_at": text(one.accepted_at),
        "closed_at": text(one.closed_at),
        "confirmed_at": text(one.confirmed_at),
        "confirmed_by": one.confirmed_by,
    }


def _about(one: AboutAlert) -> dict[str, Any]:
    return {
        "alert": one.key,
        "alertname": one.name,
        "source": None if one.subject is None else one.subject.source,
        "subject": None if one.subject is None else one.subject.subject,
        "target": one.target,
        "stage": one.stage,
        "tier": one.tier,
        "firing": one.firing,
    }
