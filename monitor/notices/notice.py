"""Define a notice: one revision of what a carrier announces of one maintenance, with its window and its circuits.

Pure. A window that ends before it begins, lies in 1970 or lasts longer than LONGEST is refused, because it would excuse
what nobody announced; a cancellation needs no window, and one that cannot be used is left out of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from monitor.text import one_line

LONGEST = timedelta(days=92)
"""Of a window; carriers announce a night, at most some weeks in which nights are named."""

MOST_CIRCUITS = 5_000
_LONGEST_NAME = 200
_LONGEST_SUMMARY = 1_000
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)


class NoticeStatus(StrEnum):
    """What a notice says of the work."""

    TENTATIVE = "tentative"
    """The work may be done; nothing is announced yet."""
    CONFIRMED = "confirmed"
    """The work will be done in the window."""
    RE_SCHEDULED = "re-scheduled"
    """The work will be done in another window; the one before no longer holds from this notice on."""
    IN_PROCESS = "in_process"
    """The work has begun."""
    CANCELLED = "cancelled"
    """The work will not be done."""
    COMPLETED = "completed"
    """The work is over."""
    NO_CHANGE = "no_change"
    """The status is that of the notice before."""


class Impact(StrEnum):
    """What the work does to a circuit."""

    OUTAGE = "outage"
    """The circuit does not work."""
    DEGRADED = "degraded"
    """The circuit works worse than it should."""
    REDUCED_REDUNDANCY = "reduced_redundancy"
    """The circuit works, but what would take its place does not."""
    NO_IMPACT = "no_impact"
    """The circuit works as ever."""


EXCUSING = frozenset({Impact.OUTAGE, Impact.DEGRADED})
"""The impacts that announce an interruption."""


class Refused(StrEnum):
    """Why what was parsed is no notice that can be used: a metric label, so the list is short and closed."""

    NO_ID = "no_maintenance_id"
    """It names no maintenance, or one whose name is longer than names are."""
    NO_TIME = "no_time"
    """It has no time at which it was sent, or no window where it needs one."""
    BAD_WINDOW = "bad_window"
    """Its window ends before it begins, lies before 1990 or lasts longer than three months."""
    NO_CIRCUIT = "no_circuit"
    """It names no circuit, and is neither a cancellation nor an end."""
    TOO_MANY = "too_many_circuits"
    """It names more circuits than a notice does."""
    UNKNOWN_WORD = "unknown_word"
    """Its status or an impact is none that we know."""


class NotUsable(ValueError):
    """What was parsed is no notice that can be used; `detail` is part of a sentence."""

    def __init__(self, why: Refused, detail: str) -> None:
        super().__init__(detail)
        self.why, self.detail = why, detail


@dataclass(frozen=True, slots=True)
class Affected:
    """A circuit, by the carrier's own id of it, and what the work does to it."""

    circuit: str
    impact: Impact


Window = tuple[datetime, datetime]
"""From when until when work is done."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice. `sent_at` is never later than it was received; two that say the same are equal.

    `sequence` is the carrier's number of the revision, -1 where it states none. `windows` are in order, and none where
    a cancellation names none that can be used. Every circuit is named for all of them.
    """

    provider: str
    maintenance: str
    sent_at: datetime
    sequence: int
    status: NoticeStatus
    windows: tuple[Window, ...]
    circuits: tuple[Affected, ...]
    account: str = ""
    summary: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What its revisions have in common: an id of one carrier is none of another's."""
        return self.provider, self.maintenance

    @property
    def order(self) -> tuple[datetime, int, str, str]:
        """The order in which notices of one maintenance take effect: as they were sent, whenever they arrived."""
        return self.sent_at, self.sequence, self.status, self.summary


def notices_from(said: Sequence[Mapping[str, Any]], provider: str, received_at: datetime) -> list[Notice | NotUsable]:
    """The notices of one mail or file, each maintenance once, with all windows that are named of it.

    *said* is what was parsed, in the words of the BCOP for maintenance notices. *provider* is who is believed to have
    sent it; what the text says of its provider is not asked. *received_at* is when it came.
    """
    by_name: dict[str, list[Mapping[str, Any]]] = {}
    for one in said:
        by_name.setdefault(_name(one.get("maintenance_id")), []).append(one)
    found: list[Notice | NotUsable] = []
    for name, those in by_name.items():
        try:
            found.append(_notice(name, those, provider, received_at))
        except NotUsable as error:
            found.append(error)
    return found


def _notice(name: str, those: Sequence[Mapping[str, Any]], provider: str, received_at: datetime) -> Notice:
    if not name:
        raise NotUsable(Refused.NO_ID, "it names no maintenance, or one with a name longer than 200 characters")
    first = those[0]
    status = _status(first.get("status"), name)
    sent = _instant(first.get("stamp"))
    if sent is None:
        raise NotUsable(Refused.NO_TIME, f"{name}: nothing says when it was sent")
    windows = {window for one in those if (window := _window(one, status, name)) is not None}
    circuits: dict[str, Impact] = {}
    for one in those:
        for circuit, impact in _circuits(one, name):
            circuits[circuit] = min(circuits.get(circuit, impact), impact, key=_SEVERITY.__getitem__)
    if not circuits and status not in _ENDS:
        raise NotUsable(Refused.NO_CIRCUIT, f"{name}: it names no circuit")
    if len(circuits) > MOST_CIRCUITS:
        raise NotUsable(Refused.TOO_MANY, f"{name}: it names {len(circuits):,} circuits")
    return Notice(
        provider, name, min(sent, received_at), _number(first.get("sequence")), status, tuple(sorted(windows)),
        tuple(Affected(circuit, impact) for circuit, impact in circuits.items()), _name(first.get("account")),
        one_line(str(first.get("summary") or ""))[:_LONGEST_SUMMARY],
    )  # fmt: skip


_SEVERITY = {impact: place for place, impact in enumerate(Impact)}
_STATUSES = {"IN-PROCESS": NoticeStatus.IN_PROCESS, "NO-CHANGE": NoticeStatus.NO_CHANGE}
_ENDS = (NoticeStatus.CANCELLED, NoticeStatus.COMPLETED)


def _status(said: Any, name: str) -> NoticeStatus:
    text = str(said)[:_LONGEST_NAME]
    try:
        return _STATUSES.get(text) or NoticeStatus(text.lower())
    except ValueError:
        raise NotUsable(Refused.UNKNOWN_WORD, f"{name}: its status {one_line(text)!r} is none that we know") from None


def _window(said: Mapping[str, Any], status: NoticeStatus, name: str) -> Window | None:
    start, end = _instant(said.get("start")), _instant(said.get("end"))
    fault = None
    if start is None or end is None:
        early = any(type(at) is int and at < _EARLIEST.timestamp() for at in (said.get("start"), said.get("end")))
        why = Refused.BAD_WINDOW if early else Refused.NO_TIME
        fault = NotUsable(why, f"{name}: its window {'lies before 1990' if early else 'has no begin or no end'}")
    elif end <= start:
        fault = NotUsable(Refused.BAD_WINDOW, f"{name}: its window ends at {_shown(end)} and begins at {_shown(start)}")
    elif end - start > LONGEST:
        fault = NotUsable(Refused.BAD_WINDOW, f"{name}: its window lasts {(end - start).days} days")
    if fault is None:
        assert start is not None
        assert end is not None
        return start, end
    if status is NoticeStatus.CANCELLED:
        return None
    raise fault


def _circuits(said: Mapping[str, Any], name: str) -> Iterator[tuple[str, Impact]]:
    """The circuits that are named, and what is done to them; one that has no name is none."""
    listed = said.get("circuits")
    for one in listed if isinstance(listed, list) else ():
        circuit = _name(one.get("circuit_id")) if isinstance(one, Mapping) else ""
        if not circuit:
            continue
        text = str(one.get("impact"))[:_LONGEST_NAME]
        try:
            yield circuit, Impact(text.lower().replace("-", "_"))
        except ValueError:
            why = f"{name}: the impact {one_line(text)!r} is none that we know"
            raise NotUsable(Refused.UNKNOWN_WORD, why) from None


def _instant(said: Any) -> datetime | None:
    """Seconds since 1970 as an instant; None for what is none, or lies before 1990 or after 2200."""
    if not isinstance(said, int) or isinstance(said, bool):
        return None
    try:
        at = datetime.fromtimestamp(said, UTC)
    except (OverflowError, OSError, ValueError):
        return None
    return at if _EARLIEST <= at <= _LATEST else None


def _number(said: Any) -> int:
    return said if isinstance(said, int) and not isinstance(said, bool) and 0 <= said < 2**31 else -1


def _name(said: Any) -> str:
    text = one_line(said).strip() if isinstance(said, str) else ""
    return text if 0 < len(text) <= _LONGEST_NAME else ""


def _shown(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%MZ}"
