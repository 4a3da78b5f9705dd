"""Decide what of a receiver's queue is not sent any more: what was replaced, and what is over already.

Pure: the rows of a queue come in, the oldest first; what is closed, replaced, digested or put back comes out. Only
pages that were never handed to the receiver, or that it did not take, are left out; a page that is under way is left
alone, and looked at again when its answer is known. The one surprise: however much is left out, what the receiver was
sent agrees with the alerts in the end, and nothing that still fires is unsent (semantics 38, 39).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from monitor.alert import Alert, ClockKey, Missed, Reason, Withheld
from monitor.model import SubjectKey

DIGEST = "TierwatchMissed"
"""The name of the alert that a digest is."""

_UNSENT = frozenset({Withheld.NOTHING_NEW.value, Withheld.REPLACED.value, Withheld.DIGESTED.value})
"""With these words a row was closed that its receiver never had."""

_REPLACED_BY_ANOTHER = frozenset({Reason.TIER_CHANGED.value, Reason.WORSENED.value})
"""Ends in whose place another alert of the same clock or cause fires: they are no news of their own."""

_WORDS_OF_ITS_OWN = frozenset({Reason.ESCALATED, Reason.ACK_ENDED, Reason.REPEAT_DUE})


class QueuedPage(NamedTuple):
    """A row of a queue.

    `ends` says that the page ends the alert, `word` is the alert's reason in it. `closed_for` is the word with which
    the row was closed; it counts only with `closed_at`.
    """

    id: int
    key: str
    ends: bool
    word: str
    critical: bool
    attempts: int
    under_way: bool
    accepted: bool
    held_by: str
    closed_at: datetime | None
    closed_for: str

    @property
    def open(self) -> bool:
        return self.closed_at is None

    @property
    def for_hours(self) -> bool:
        """It waits for covered hours."""
        return self.held_by.startswith(f"{Withheld.WAITS_FOR_HOURS}/")

    @property
    def untried(self) -> bool:
        """Nobody can have received it."""
        return self.open and not self.under_way and not self.attempts


Pages = Mapping[str, Sequence[QueuedPage]]
"""The rows of a channel by the key of their alert, the oldest first."""


class StoredStage(NamedTuple):
    """A stored alert of a clock: its key, its clock, its stage, and whether it fires."""

    key: str
    clock: ClockKey
    stage: str
    firing: bool


def known_as_firing(pages: Sequence[QueuedPage]) -> bool:
    """Whether the receiver may take the alert to be firing, by what it was sent before what waits now."""
    sent = [page for page in pages if not page.open and page.closed_for not in _UNSENT]
    return bool(sent) and not sent[-1].ends


def will_be_known_as_firing(pages: Sequence[QueuedPage]) -> bool:
    """Whether the receiver takes the alert to be firing once all that waits now has been sent."""
    sent = [page for page in pages if page.open or page.closed_for not in _UNSENT]
    return bool(sent) and not sent[-1].ends


# -- what ends, and was never sent -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UnsentEnds:
    """`unsent` are alerts whose end is not sent, `closed` rows that were held back until now: both are nothing new."""

    unsent: frozenset[str]
    closed: tuple[int, ...]


def unsent_ends(pages: Pages) -> UnsentEnds:
    """Of alerts that end now: those of which the receiver knows nothing. *pages* are their rows so far."""
    unsent: set[str] = set()
    closed: list[int] = []
    for key, mine in pages.items():
        waiting = [page for page in mine if page.open]
        if all(page.held_by and page.untried for page in waiting):
            closed += [page.id for page in waiting]
            if not known_as_firing(mine) and not _may_be_known(mine):
                unsent.add(key)
        elif waiting[-1] is not mine[-1] and waiting[-1].ends and _is_left_alone(waiting):
            unsent.add(key)  # its end waits already, and what began after it was replaced
    return UnsentEnds(frozenset(unsent), tuple(closed))


def _may_be_known(mine: Sequence[QueuedPage]) -> bool:
    """Whether the receiver may have had an earlier life of the alert that no digest has told it is over.

    The digest leaves out what fires again, so whoever ends that must say it.
    """
    digested = [page for page in mine if page.closed_for == Withheld.DIGESTED.value]
    return bool(digested) and bool(digested[-1].attempts) and not digested[-1].accepted


def _is_left_alone(waiting: Sequence[QueuedPage]) -> bool:
    """Whether pages of one alert stay as they are for now: one of them is under way, or held."""
    return any(page.under_way or page.held_by for page in waiting)


# -- what a worse stage replaces -------------------------------------------------------------------------------------


def worsened(sent: Iterable[Alert]) -> dict[ClockKey, Alert]:
    """Of alerts that are sent now: those that are a worse stage of their clock, by the clock."""
    return {
        ClockKey(alert.subject.source, alert.subject.subject, alert.target, alert.cycle): alert
        for alert in sent
        if alert.reason is Reason.WORSENED and alert.subject is not None
    }


def others(worse: Mapping[ClockKey, Alert], stages: Iterable[StoredStage]) -> dict[str, Alert]:
    """The alerts that may give way, each by its key with the worse one of its clock."""
    found: dict[str, Alert] = {}
    for stage in stages:
        new = worse.get(stage.clock)
        if new is not None and stage.key != new.key:
            found[stage.key] = new
    return found


def lesser_stages(
    pages: Pages, worse: Mapping[str, Alert], waiting: Collection[str] = ()
) -> list[tuple[QueuedPage, str]]:
    """The pages that a worse stage of the same clock replaces, each with that stage. No breach is replaced.

    *waiting* are the keys of worse stages that wait for covered hours: they replace only pages that wait like them.

    A page whose end waits behind it stays: without it the receiver might be sent two ends in a row.
    """
    return [
        (page, worse[page.key].stage)
        for mine in pages.values()
        for page in _since_the_last_end(mine)
        if page.untried and not page.critical and _gives_way(page, worse[page.key].key in waiting)
    ]


def _gives_way(page: QueuedPage, worse_waits: bool) -> bool:
    return page.for_hours or (not page.held_by and not worse_waits)


def _since_the_last_end(mine: Sequence[QueuedPage]) -> Sequence[QueuedPage]:
    last = max((place for place, page in enumerate(mine) if page.ends), default=-1)
    return mine[last + 1 :]


# -- what is over before it could be sent ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Folded:
    """`replaced` are rows that are closed for a later one of their alert.

    Of each alert in `over` the receiver knows nothing: the first page that waits, and the alert's end, become one line
    of the digest.
    """

    replaced: tuple[int, ...] = ()
    over: tuple[tuple[QueuedPage, QueuedPage], ...] = ()


def fold(pages: Pages) -> Folded:
    """What still waits of these alerts, brought down to what their receiver needs.

    Of an alert that is over and of which it knows nothing that is a line of the digest, of one that it takes to be
    firing the end. Where another fires in its place, no digest says that it is over: it is nothing where no page of it
    was ever tried, and its end otherwise, for the receiver may have had what it did not answer. Where anything of an
    alert is under way or held, all of it stays as it is.
    """
    replaced: list[int] = []
    over: list[tuple[QueuedPage, QueuedPage]] = []
    for mine in pages.values():
        waiting = [page for page in mine if page.open]
        if len(waiting) < 2 or _is_left_alone(waiting):
            continue
        last = waiting[-1]
        if not last.ends:
            continue
        another = last.word in _REPLACED_BY_ANOTHER
        if known_as_firing(mine) or (another and any(page.attempts for page in waiting)):
            replaced += [page.id for page in waiting[:-1]]
        elif another:
            replaced += [page.id for page in waiting]
        elif last.word == Reason.DRILL_OVER.value:  # in no digest; who may have the page is sent the end
            doubtful = any(page.attempts for page in waiting)
            replaced += [page.id for page in (waiting[:-1] if doubtful else waiting)]
        else:
            replaced += [page.id for page in waiting[1:]]
            over.append((waiting[0], last))
    return Folded(tuple(replaced), tuple(over))


def digest(ends: Sequence[Alert], channel: str, now: datetime) -> Alert:
    """The alert that stands for alerts which ended; its words are made when it is sent."""
    labels = {
        "alertname": DIGEST,
        "instance": ends[0].labels.get("instance", ""),
        "receiver": channel,
        "severity": "info",
    }
    return Alert(labels, {}, min(end.starts_at for end in ends), now, Reason.DIGEST)


def is_empty(missed: Missed | None) -> bool:
    """Whether a digest has nothing left to say: all of it fires again, and has pages of its own."""
    return missed is not None and not missed.number


# -- what is put back ------------------------------------------------------------------------------------------------


def gave_way(pages: Pages, replacements: Iterable[tuple[str, datetime, str]]) -> dict[str, str]:
    """By the key of each alert whose last page gave way to a worse stage: that stage.

    *replacements* are (key, at, stage) of what was ever replaced, in order.
    """
    last = {key: mine[-1] for key, mine in pages.items() if mine[-1].closed_for == Withheld.REPLACED.value}
    return {key: stage for key, at, stage in replacements if key in last and at == last[key].closed_at}


def put_back(
    over: Collection[str], stages: Sequence[StoredStage], pages: Pages, gave_way_to: Mapping[str, str]
) -> Iterator[QueuedPage]:
    """The pages that gave way to alerts which are *over* now and were never sent: they wait again.

    A lesser stage that still fires would be unsent otherwise. One that is over as well passes it on to what gave way
    to it. *stages* are all alerts of the clocks of those that are over.
    """
    by_stage: dict[tuple[ClockKey, str], list[StoredStage]] = defaultdict(list)
    for each in stages:
        if each.key in gave_way_to:
            by_stage[each.clock, gave_way_to[each.key]].append(each)
    todo = [(each.clock, each.stage) for each in stages if each.key in over]
    looked_at: set[tuple[ClockKey, str]] = set()
    while todo:
        worse = todo.pop()
        looked_at.add(worse)
        for each in by_stage[worse]:
            if not each.firing:
                todo += [(each.clock, each.stage)] if (each.clock, each.stage) not in looked_at else []
            elif not will_be_known_as_firing(pages[each.key]):
                yield pages[each.key][-1]


# -- what a page says, and after which other it goes -------------------------------------------------------------------


def reworded(waiting: Mapping[int, Alert], alert: Alert) -> dict[int, Alert]:
    """Of the pages of one alert that wait, the oldest first: those that get other words, with what is so now.

    They may be sent long after they were made. What goes out before an end that waits is of an earlier life of the
    alert: it keeps its words, or that end would contradict them.
    """
    last_end = max((id_ for id_, queued in waiting.items() if not queued.firing), default=0)
    return {
        id_: alert.because(queued.reason)
        for id_, queued in waiting.items()
        if id_ > last_end and queued.reason not in _WORDS_OF_ITS_OWN
    }


def goes_after(changed: Sequence[Alert]) -> dict[str, str]:
    """By the key of each alert that ends, that of the one which fires in its place and is sent before it."""
    fires: dict[tuple[SubjectKey | str, str, int], str] = {}
    found: dict[str, str] = {}
    for alert in changed:
        clock = (alert.cause_key, "", 0) if alert.subject is None else (alert.subject, alert.target, alert.cycle)
        if alert.firing:
            fires.setdefault(clock, alert.key)
        elif clock in fires and clock[0]:
            found[alert.key] = fires[clock]
    return found
