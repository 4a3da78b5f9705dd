"""Word what is said of a source whose data is too old to judge by, in every language.

Pure. As with every page, the same state of affairs gives the same words however often it is asked. Of a failure the
collector's own sentence is told, which holds no secret; it is cleaned and cut, for a source may have written part of
it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.wording import links
from alerts.wording.clocks import LONGEST_SENTENCE, filled, local, plain, see
from alerts.wording.promises import length
from monitor.alert import Settings
from monitor.messages import COMMA, SENTENCES, Argument, as_annotations, joined, lines, message
from monitor.policy import NO_RUNG

RUNBOOK = "docs/runbook.md#tierwatchdatatooold"


@dataclass(frozen=True, slots=True)
class UnreadSource:
    """A source that is not seen `since`; `tiers` are (tier, open clocks that page), the highest tier first.

    `by_assurance` of these clocks page because of their assurance; `deadline` is the earliest that is ahead of one that
    runs. `error` is the sentence of the failure of the last poll, if it was `failing`.
    """

    source: str
    since: datetime
    last_success: datetime | None
    stale_after: timedelta
    failing: bool
    error: str
    tiers: Sequence[tuple[str, int]]
    by_assurance: int
    deadline: datetime | None


def too_old(unseen: UnreadSource, settings: Settings) -> dict[str, str]:
    """The annotations while the data is too old; empty ones are left out."""
    name, total = plain(unseen.source), sum(clocks for _, clocks in unseen.tiers)
    since = local(unseen.since, settings.zone)
    due = "" if unseen.deadline is None else local(unseen.deadline, settings.zone)
    home = links.home(settings.page_url)
    summary = (
        message("alert-source-too-old-due", source=name, since=since, clocks=total, due=due)
        if due
        else message("alert-source-too-old", source=name, since=since, clocks=total)
    )
    description = lines(
        joined([_read(unseen, settings), _why(unseen)], SENTENCES),
        _clocks_by_tier(unseen, settings),
        message("alert-source-first-due", due=due) if due else message("alert-source-none-due"),
        message("alert-source-meanwhile"),
        message("alert-source-advice"),
        see(home),
    )
    return filled(
        {
            **as_annotations("summary", summary),
            **as_annotations("description", description),
            "due": due,
            "explain_url": home,
            "runbook_url": RUNBOOK,
        }
    )


def named(source: str) -> Argument:
    """What an alert of this kind is about."""
    return message("alert-source", source=plain(source))


def unread(last_success: datetime | None, settings: Settings) -> Argument:
    """What still stands while the source is not read."""
    if last_success is None:
        return message("alert-source-still-unread")
    return message("alert-source-still-not-read", at=local(last_success, settings.zone))


def _read(unseen: UnreadSource, settings: Settings) -> Argument:
    allowed = length(unseen.stale_after)
    if unseen.last_success is None:
        return message("alert-source-never-read", allowed=allowed)
    return message("alert-source-last-read", at=local(unseen.last_success, settings.zone), allowed=allowed)


def _why(unseen: UnreadSource) -> Argument:
    if not unseen.failing:
        return message("alert-source-hangs")
    error = plain(unseen.error, LONGEST_SENTENCE)
    return message("alert-source-failed", error=error) if error else message("alert-source-failed-unknown")


def _clocks_by_tier(unseen: UnreadSource, settings: Settings) -> Argument:
    counts = [
        message("alert-count-of", name=settings.tiers.get(tier) or _unnamed(tier), count=clocks)
        for tier, clocks in unseen.tiers
    ]
    listed, by = joined(counts, COMMA), unseen.by_assurance
    if by:
        return message("alert-source-clocks-by-assurance", clocks=listed, by_assurance=by)
    return message("alert-source-clocks", clocks=listed)


def _unnamed(tier: str) -> Argument:
    return message("alert-no-tier") if tier == NO_RUNG else plain(tier)
