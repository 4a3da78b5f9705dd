"""Say what the notices of a maintenance make of it: the events of the planned change, and which circuits are not known.

Pure. Each notice is one event of the change, dated by when it was sent. The same notices give the same events, in
whatever order they arrived: what was said before is recognised by its id.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from pydantic import ConfigDict

from monitor.history import Event, Reject, content_id
from monitor.model import SubjectKind
from monitor.notices import Notice, NoticeStatus, Work, work_from_json
from monitor.text import by_word, look_up

UNMATCHED = "unmatched_circuit"
"""Why a circuit id of a carrier is set aside: none of ours is known by it."""


@dataclass(frozen=True, slots=True)
class OursOption:
    """Which circuit of ours a carrier's id stands for."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    circuit: str
    """The source that knows the circuit, and its id there: `SOURCE/ID`."""
    tier: str = ""
    """The customer's tier, which chooses how long ahead the notice is owed."""
    customer: str = ""
    """The customer."""

    def __post_init__(self) -> None:
        source, _, circuit = self.circuit.partition("/")
        if not source or not circuit:
            raise ValueError(f"circuit {self.circuit!r} is not written as SOURCE/ID")


Ours = Mapping[str, Mapping[str, OursOption]]


def subject_of(notice: Notice) -> str:
    """The id of the planned change."""
    return f"{notice.provider}:{notice.maintenance}"


def changes_of(work: Work, source: str, ours: Ours) -> Iterator[Event]:
    """The events of the planned change, one for each notice that takes effect, and one more for one that moves it."""
    opened, notices = work.opened_at, work.effective
    for number, notice in enumerate(notices, start=1):
        fields = dict(_fields(notice, work, ours))
        status = None if notice.status is NoticeStatus.NO_CHANGE else notice.status.value
        yield _event(source, notice, status, 2 * number, opened, fields)
        if notice.status is NoticeStatus.RE_SCHEDULED:  # the new window is announced by the notice that opens it
            yield _event(source, notice, "announced", 2 * number + 1, opened, fields)


def _event(
    source: str, notice: Notice, status: str | None, sequence: int, opened: datetime, fields: Mapping[str, str]
) -> Event:
    said = (notice.sent_at, notice.sequence, status, sequence, opened, sorted(fields.items()))
    return Event(
        source, content_id(subject_of(notice), *said), SubjectKind.CHANGE, subject_of(notice), notice.sent_at,
        sequence=sequence, status=status, opened_at=opened, fields=fields,
    )  # fmt: skip


def _fields(notice: Notice, work: Work, ours: Ours) -> Iterator[tuple[str, str]]:
    yield "provider", notice.provider
    yield "maintenance", notice.maintenance
    if notice.account:
        yield "account", notice.account
    if notice.summary:
        yield "summary", notice.summary
    if notice.windows:
        yield "planned", notice.windows[0][0].isoformat()
        yield "planned_end", notice.windows[-1][1].isoformat()
    named = [found for name in work.circuits if (found := known(notice.provider, name, ours)) is not None]
    if named:
        yield "circuit", named[0].circuit.partition("/")[2]
    for name in ("tier", "customer"):
        said = next((value for one in named if (value := getattr(one, name))), "")
        if said:
            yield name, said


def known(provider: str, name: str, ours: Ours) -> OursOption | None:
    """The circuit of ours that *provider* calls *name*; spaces and capitals do not matter."""
    those = ours.get(provider)
    return None if those is None else look_up(by_word(those), name)


def missing(work: Work, source: str, ours: Ours) -> Iterator[Reject]:
    """The circuits that the maintenance names and none of ours is known by."""
    first = work.notices[0]
    for name in work.circuits:
        if known(first.provider, name, ours) is None:
            detail = (
                f"{first.provider} calls a circuit {name!r}, in {first.maintenance}, and the option `circuits` does not"
                " have it; write which of yours it is"
            )
            yield Reject(source, f"{first.provider}/{name}", UNMATCHED, detail, subject=subject_of(first))


def kept(said: Any, now: datetime) -> dict[str, Work]:
    """The works of a position that are not over; what another version wrote and nobody understands is left out."""
    found: dict[str, Work] = {}
    for key, notices in said.items() if isinstance(said, Mapping) else ():
        try:
            work = work_from_json(notices)
        except (ValueError, TypeError, KeyError, AttributeError):
            continue
        if work.notices and not work.over(now):
            found[key] = work
    return found


def digest_of(ours: Ours) -> str:
    """What changes with the option `circuits`, so that all works are said anew."""
    return content_id(
        sorted((of, name, one.circuit, one.tier, one.customer) for of in ours for name, one in ours[of].items())
    )
