"""Words that are not understood, and records that are set aside: listed, retried, dropped."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from exporters.api.answers import Answer
from exporters.api.list_views import ApiLists
from exporters.api.names import Instant
from exporters.api.paging import LARGEST, LONGEST_NAME, Cursor, Limit, Page, cursor_of, place_of
from exporters.api.section import Section
from monitor.access import Principal, Right, may
from monitor.explain import quarantine_sentences, text
from monitor.listing import NotDone, QuarantinedRecord, RecordPlace, RecordQuery, Retried, Standing
from monitor.messages import DEFAULT
from monitor.messages import text as in_language

PLACE = (str, str, int)
"""The kinds of the parts of a `RecordPlace`."""

Number = Annotated[int, Path(ge=1, le=LARGEST, description="The number of a record.")]


class Word(BaseModel):
    """A word of open subjects that is not understood."""

    source: str = Field(description="The source that says it.")
    what: str = Field(description="What it stands for.")
    word: str = Field(description="One spelling of it.")
    subjects: int = Field(description="How many open subjects say it.")
    example: str = Field(description="One of them.")
    mapping: str = Field(description="The YAML to write, with a proposed value; empty where no line would help.")


class WordList(BaseModel):
    """The words that most open subjects have, at most a hundred."""

    items: list[Word] = Field(description="Those of the most subjects first.")


class Record(BaseModel):
    """A record that was set aside."""

    number: int = Field(description="Its number.")
    source: str = Field(description="The source.")
    record: str = Field(description="What its source or collector calls it.")
    reason: str = Field(description="The word for why it was set aside.")
    subject: str | None = Field(description="The subject that it is of; null where that is not known.")
    detail: str = Field(description="What is said of it.")
    state: Standing = Field(description="What has become of it.")
    first_seen: Instant = Field(description="When it was set aside.")
    last_seen: Instant = Field(description="When its source last brought it, to a day.")
    judged_at: Instant | None = Field(description="When it is judged by itself; null where it is not.")
    resolved_at: Instant | None = Field(description="When it left quarantine; null while it is there.")


class Deed(BaseModel):
    """What was done with a record."""

    at: Instant = Field(description="When.")
    kind: str = Field(description="`record_retried` or `record_dropped`.")
    author: str = Field(description="Who; empty without `read_people`.")
    reason: str = Field(description="Why; empty without `read_people`, for it may name somebody.")
    result: str = Field(description="What came of a retry; empty for a drop.")


class RecordWithDeeds(Record):
    """A record and what was done with it. The text that was kept is shown by `tierwatch quarantine show` only."""

    deeds: list[Deed] = Field(description="What was done with it, the oldest first.")


class Why(BaseModel):
    """Why somebody does it."""

    reason: str = Field(min_length=1, max_length=500, pattern=r"\S", description="Why; it is stored and shown.")


class RetryOut(BaseModel):
    """What came of a retry."""

    number: int = Field(description="The record's number.")
    result: Retried = Field(description="What came of it.")
    events: int = Field(description="How many of its events were new.")
    detail: str = Field(description="What is said of it now, where it stays.")


def quarantine(views: ApiLists) -> Section:
    """The section."""
    section = Section("quarantine", "What could not be used or understood, and what is to become of it.")

    @section.get("/words", answers=WordList, summary="List words that are not understood")
    def list_words() -> Answer:
        """Words that a promise to an open subject depends on, and the lines that would map them."""
        return Answer({
            "items": [
                {
                    "source": one.source, "what": one.what, "word": one.word, "subjects": one.subjects,
                    "example": one.example.subject, "mapping": one.mapping,
                }
                for one in views.words()
            ]
        })  # fmt: skip

    @section.get("/quarantine", answers=Page[Record], summary="List records that are set aside", refusals=(400,))
    def list_records(
        source: Annotated[str, Query(max_length=LONGEST_NAME, description="Only of this source.")] = "",
        reason: Annotated[str, Query(max_length=LONGEST_NAME, description="Only for this reason.")] = "",
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Answer:
        """By source and reason, the newest first."""
        asked = {"list": "quarantine", "source": source, "reason": reason}
        place = place_of(asked, cursor, PLACE)
        after = None if place is None else RecordPlace(*place)  # type: ignore[arg-type]
        page = views.records(RecordQuery(source, reason), limit, after)
        return Answer({"items": [_record(one) for one in page.rows], "next": cursor_of(asked, page.next)})

    @section.get("/quarantine/{number}", answers=RecordWithDeeds, summary="Show a record", refusals=(404,))
    def show_record(number: Number, principal: Principal) -> Answer:
        """One record, whatever has become of it."""
        found = views.record(number)
        if found is None:
            raise _refusal(number, NotDone.UNKNOWN)
        people = may(principal, Right.READ_PEOPLE)
        deeds = [
            {
                "at": text(one.at), "kind": one.kind, "author": one.author if people else "",
                "reason": one.reason if people else "", "result": one.result,
            }
            for one in found.deeds
        ]  # fmt: skip
        return Answer({**_record(found.record), "deeds": deeds})

    @section.change(
        "POST", "/quarantine/{number}/retry", answers=RetryOut, summary="Retry a record", right=Right.QUARANTINE,
        refusals=(404, 409), example={"reason": "the mapping was corrected"},
    )  # fmt: skip
    def retry_record(number: Number, why: Why, principal: Principal) -> Answer:
        """Have it read or judged once more by the present configuration; once it has left, nothing is done again."""
        done = views.retry(number, principal.name, why.reason.strip())
        if isinstance(done.result, NotDone):
            raise _refusal(number, done.result)
        return Answer({"number": number, "result": done.result, "events": done.events, "detail": done.detail})

    @section.change(
        "POST", "/quarantine/{number}/drop", answers=Record, summary="Drop a record", right=Right.QUARANTINE,
        refusals=(404, 409), example={"reason": "a test of the ticket system"},
    )  # fmt: skip
    def drop_record(number: Number, why: Why, principal: Principal) -> Answer:
        """Take it out of quarantine for good; it stays out while its source brings the same."""
        refused = views.drop(number, principal.name, why.reason.strip())
        found = views.record(number)
        if refused is not None or found is None:
            raise _refusal(number, refused or NotDone.UNKNOWN)
        return Answer(_record(found.record))

    return section


def _refusal(number: int, why: NotDone) -> HTTPException:
    sentence = in_language(quarantine_sentences.not_done(number, why, "UTC"), DEFAULT)
    return HTTPException(404 if why is NotDone.UNKNOWN else 409, sentence)


def _record(one: QuarantinedRecord) -> dict[str, Any]:
    return {
        "number": one.number,
        "source": one.source,
        "record": one.record,
        "reason": one.reason,
        "subject": one.subject or None,
        "detail": one.detail,
        "state": one.standing,
        "first_seen": text(one.first_seen),
        "last_seen": text(one.last_seen),
        "judged_at": text(one.rejudge_at),
        "resolved_at": text(one.resolved_at),
    }
