"""Judge subjects a few seconds before they are due, while the engine has nothing else to do.

When thousands of clocks cross a stage at one instant, only the writing is left for that instant. A subject is judged
as of its own next threshold. That judgement is used only if no event of the subject came meanwhile and nothing more of
it has become due.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.machine import AtMostEvery
from monitor.memory import Asked, CacheUse
from monitor.model import SubjectKey
from monitor.store import Clocks, Loaded, Step

HORIZON = timedelta(seconds=10)
"""How long before they are due subjects are judged: enough time for some thousands, with little work in vain."""

KEPT = timedelta(seconds=30)
"""How long after its instant an unused judgement is kept; the engine may be late."""

MOST = 5_000
"""Judgements that are kept at most; each takes some 10 kB."""

ASK_EVERY = timedelta(seconds=1)
"""How often the store is asked for subjects that are due soon, once all known ones are judged."""

CHUNK = 50
"""Subjects that are judged at once, so that what falls due meanwhile does not wait."""


@dataclass(slots=True)
class Prejudgements:
    """The judgements of subjects that are due soon; belongs to the engine's thread."""

    clocks: Clocks
    load: Callable[[Sequence[SubjectKey]], Sequence[Loaded]]
    judge: Callable[[Loaded, datetime], Step | None]
    sources: tuple[str, ...]
    known: dict[SubjectKey, Step] = field(default_factory=dict)
    queue: list[tuple[SubjectKey, datetime]] = field(default_factory=list)
    """The subjects that are due soon, the nearest last."""
    asking: AtMostEvery[datetime] = field(default_factory=lambda: AtMostEvery(ASK_EVERY))
    asked: Asked = field(default_factory=Asked)

    def use(self) -> CacheUse:
        """How many subjects that were due, or had news, were judged before, and how many were not."""
        return CacheUse("prejudgements", len(self.known), MOST, self.asked.hits, self.asked.misses)

    def look(self, now: datetime) -> int:
        """Judge the next few subjects that will be due soon; gives how many."""
        if not self.queue and self.asking.due(now):
            self._ask(now)
        some: dict[SubjectKey, datetime] = {}
        while self.queue and len(some) < CHUNK:
            key, at = self.queue.pop()
            if at > now:
                some[key] = at
        for loaded in self.load(tuple(some)) if some else ():
            if loaded.revision is None and (step := self.judge(loaded, some[loaded.key])) is not None:
                self.known[loaded.key] = step
        return len(some)

    def _ask(self, now: datetime) -> None:
        for key in [key for key, step in self.known.items() if step.at <= now - KEPT]:
            del self.known[key]  # it did not become due after all
        soon = self.clocks.due_soon(now, now + HORIZON, self.sources, MOST)
        new = [(key, at) for key, at in soon.items() if key not in self.known or self.known[key].at != at]
        self.queue = new[: MOST - len(self.known)][::-1]
        self.asking.done(now)

    def take(self, due: Collection[SubjectKey], now: datetime) -> Mapping[SubjectKey, Step]:
        """The judgements of subjects that are due, as far as they still hold; they are not kept any longer."""
        steps = {key: step for key in due if (step := self.known.pop(key, None)) is not None}
        heard = self.clocks.marked(steps) if steps else ()
        held = {key: step for key, step in steps.items() if key not in heard and _holds(step, now)}
        self.asked.hits += len(held)
        self.asked.misses += len(due) - len(held)
        return held


def _holds(step: Step, now: datetime) -> bool:
    """Whether the judgement for an instant is that for *now* as well: nothing of the subject was due in between."""
    following = (step.outcome.next_at, step.outcome.look_again_at)
    return step.at <= now and all(at is None or at > now for at in following)
