"""Correct the past of a subject, retire it, and take either back. Nothing is erased: each is an event."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Body
from fastapi import Path as InPath
from pydantic import BaseModel, Field, model_validator

from exporters.api.answers import Answer
from exporters.api.deeds import Asked, At, DeedViews, Reason
from exporters.api.names import Instant, Source, Subject
from exporters.api.section import Section
from monitor.access import Principal, Right
from monitor.clock import Reading
from monitor.deeds import Planned
from monitor.explain import seconds, text
from monitor.history import Correction
from monitor.model import CorrectionKind, Measure, State, SubjectKey
from monitor.policy import ONE

LONGEST_TARGET = 200

TRIED = Field(default=False, strict=True, description="Only say what would change, and store nothing.")

Id = Annotated[str, InPath(max_length=200, description="The correction's id, as `explain` shows it.")]

FROM, TO = "2026-11-20T02:00:00+08:00", "2026-11-20T03:30:00+08:00"
WHY = "the customer had no access to the room"


class AskedCorrection(Asked):
    """What is to be corrected."""

    kind: Literal["exclude", "count", "stop"] = Field(
        description="`exclude`: do not count this time; `count`: count it; `stop`: the work ended at `start`."
    )
    start: At = Field(description="From when; for `stop` the instant.")
    end: At | None = Field(default=None, description="Until when; not for `stop`.")
    target: str = Field(default="", max_length=LONGEST_TARGET, description="Only this target; empty for all.")
    reason: Reason
    even_so: bool = Field(default=False, strict=True, description="Store it although it changes no clock.")
    dry_run: bool = TRIED

    @model_validator(mode="after")
    def _whole(self) -> AskedCorrection:
        if (self.end is None) != (self.kind == "stop"):
            raise ValueError("`exclude` and `count` have an `end`, and `stop` has none")
        return self


class Wanted(Asked):
    """Why something is done."""

    reason: Reason
    dry_run: bool = TRIED


class AskedRetirement(Wanted):
    """Why a subject is retired, and since when it is gone."""

    at: At | None = Field(default=None, description="Since when it is gone; now where it is left out.")


class Stands(BaseModel):
    """Where a clock stands."""

    state: State = Field(description="Its state.")
    counted: float = Field(description="What has counted: seconds, or a number where the target counts something else.")
    deadline: Instant | None = Field(description="Its deadline; null for none.")
    breached_at: Instant | None = Field(description="When it breached; null where it has not.")
    stopped_at: Instant | None = Field(description="When it stopped; null while it is open.")


class Change(BaseModel):
    """What changes of one clock; null where there is no such clock before it, or after it."""

    target: str = Field(description="The target.")
    cycle: int = Field(description="The cycle.")
    before: Stands | None = Field(description="As it stands.")
    after: Stands | None = Field(description="As it stands with the correction.")


class Written(BaseModel):
    """What was written, and what it changes."""

    id: str = Field(description="The id of the event that says it; empty where nothing was stored.")
    kind: CorrectionKind = Field(description="What kind it is.")
    written: bool = Field(description="Whether it is stored now.")
    standing: bool = Field(description="Whether the same was stored before, by the same caller: nothing was added.")
    counts: bool = Field(description="Whether anything that is counted of several changes.")
    changes: list[Change] = Field(description="The clocks that change.")


def corrections(views: DeedViews) -> Section:
    """The section."""
    section = Section("corrections", "What people state of the past of a subject; nothing is erased.")

    @section.change(
        "POST", "/subjects/{source}/{subject}/corrections", answers=Written, right=Right.CORRECT,
        summary="Correct a subject's past", refusals=(409,),
        example={"kind": "exclude", "start": FROM, "end": TO, "target": "restore", "reason": WHY},
    )  # fmt: skip
    def correct_subject(
        source: Source, subject: Subject, asked: Annotated[AskedCorrection, Body()], principal: Principal
    ) -> Answer:
        """A correction that changes no clock is a 409 without `even_so`. The same of the same caller is stored once."""
        made = Correction(
            CorrectionKind(asked.kind), asked.reason, principal.name, asked.start, asked.end, asked.target
        )
        plan = views.correct(SubjectKey(source, subject), made, asked.even_so, asked.dry_run)
        return _answer(plan, asked.dry_run)

    @section.change(
        "POST", "/subjects/{source}/{subject}/corrections/{correction}/revoke", answers=Written, right=Right.CORRECT,
        summary="Take a correction back", refusals=(409,), example={"reason": "it was another room"},
    )  # fmt: skip
    def revoke_correction(
        source: Source, subject: Subject, correction: Id, asked: Annotated[Wanted, Body()], principal: Principal
    ) -> Answer:
        """One that is revoked already is a 409."""
        made = Correction(CorrectionKind.REVOKE, asked.reason, principal.name, revokes=correction)
        plan = views.correct(SubjectKey(source, subject), made, True, asked.dry_run)
        return _answer(plan, asked.dry_run)

    @section.change(
        "POST", "/subjects/{source}/{subject}/retire", answers=Written, right=Right.RETIRE,
        summary="Retire a subject", refusals=(409,), example={"reason": "the line was given up"},
    )  # fmt: skip
    def retire_subject(
        source: Source, subject: Subject, asked: Annotated[AskedRetirement, Body()], principal: Principal
    ) -> Answer:
        """It is gone for good: its clocks end, and nothing counts it any more. One that is retired is a 409."""
        plan = views.retire(SubjectKey(source, subject), principal.name, asked.reason, asked.at, asked.dry_run)
        return _answer(plan, asked.dry_run)

    @section.change(
        "POST", "/subjects/{source}/{subject}/retire/undo", answers=Written, right=Right.RETIRE,
        summary="Take a retirement back", refusals=(409,), example={"reason": "it was the other line"},
    )  # fmt: skip
    def undo_retirement(
        source: Source, subject: Subject, asked: Annotated[Wanted, Body()], principal: Principal
    ) -> Answer:
        """A subject that is not retired is a 409."""
        plan = views.bring_back(SubjectKey(source, subject), principal.name, asked.reason, asked.dry_run)
        return _answer(plan, asked.dry_run)

    return section


def _answer(plan: Planned, tried: bool) -> Answer:
    stored = plan.standing or not tried
    return Answer({
        "id": plan.event.event_id if stored else "",
        "kind": plan.correction.kind.value,
        "written": stored,
        "standing": plan.standing,
        "counts": plan.counts,
        "changes": [
            {
                "target": pair.shown.target.name, "cycle": pair.shown.cycle,
                "before": _stands(pair.old), "after": _stands(pair.new),
            }
            for pair in plan.pairs
        ],
    })  # fmt: skip


def _stands(reading: Reading | None) -> dict[str, Any] | None:
    if reading is None:
        return None
    in_time = reading.target.measure is Measure.TIME
    return {
        "state": reading.state.value,
        "counted": seconds(reading.counted) if in_time else reading.counted // ONE,
        "deadline": text(reading.deadline),
        "breached_at": text(reading.breached_at),
        "stopped_at": text(reading.stopped_at),
    }
