"""Keep the notices of one maintenance, and say which of them still speak of a circuit.

Pure. Notices arrive in any order and more than once. They take effect in the order in which they were sent; one that
has a lower sequence than one that was sent before it is stale, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.notices.notice import Affected, Impact, Notice, NoticeStatus

MOST_NOTICES = 50
"""Of one maintenance that are kept; of more, the first and the latest."""

REMEMBERED = timedelta(days=60)
"""How long after its last window, or its last notice, a maintenance is kept for what is still said of it."""


@dataclass(frozen=True, slots=True)
class Work:
    """The notices of one maintenance, in the order in which they take effect."""

    notices: tuple[Notice, ...]

    @property
    def opened_at(self) -> datetime:
        """When the work was first spoken of."""
        return self.notices[0].sent_at

    @property
    def circuits(self) -> tuple[str, ...]:
        """Every circuit that any of them names, by the carrier's own id: a notice that leaves one out takes it out."""
        return tuple(dict.fromkeys(one.circuit for notice in self.notices for one in notice.circuits))

    @property
    def effective(self) -> tuple[Notice, ...]:
        """The notices without the stale ones; one that says `no_change` has the status of the one before."""
        found: list[Notice] = []
        latest = -1
        for notice in self.notices:
            if 0 <= notice.sequence < latest:
                continue
            latest = max(latest, notice.sequence)
            found.append(notice)
        return tuple(found)

    def over(self, now: datetime) -> bool:
        """Whether nothing more is expected of it."""
        last = max([self.notices[-1].sent_at, *(end for notice in self.notices for _, end in notice.windows)])
        return last + REMEMBERED < now


def with_notice(work: Work | None, notice: Notice) -> Work:
    """The work with one more notice; the same where it has that one already."""
    if work is None:
        return Work((notice,))
    if notice in work.notices:
        return work
    notices = sorted([*work.notices, notice], key=lambda one: one.order)
    return Work(tuple(notices if len(notices) <= MOST_NOTICES else [notices[0], *notices[1 - MOST_NOTICES :]]))


def work_to_json(work: Work) -> list[dict[str, Any]]:
    """The work as plain JSON."""
    return [
        {
            "provider": one.provider,
            "maintenance": one.maintenance,
            "sent_at": one.sent_at.isoformat(),
            "sequence": one.sequence,
            "status": one.status.value,
            "windows": [[start.isoformat(), end.isoformat()] for start, end in one.windows],
            "circuits": [[circuit.circuit, circuit.impact.value] for circuit in one.circuits],
            "account": one.account,
            "summary": one.summary,
        }
        for one in work.notices
    ]


def work_from_json(said: list[Mapping[str, Any]]) -> Work:
    """The work that `work_to_json` wrote. Raises ValueError, TypeError or KeyError for what it did not write."""
    return Work(
        tuple(
            Notice(
                str(one["provider"]), str(one["maintenance"]), _at(one["sent_at"]), int(one["sequence"]),
                NoticeStatus(one["status"]), tuple((_at(start), _at(end)) for start, end in one["windows"]),
                tuple(Affected(str(circuit), Impact(impact)) for circuit, impact in one["circuits"]),
                str(one["account"]), str(one["summary"]),
            )
            for one in said
        )
    )  # fmt: skip


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
