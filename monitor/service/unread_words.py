"""Look for words of open subjects that are not understood, and store the alerts about them.

The judgement is in `alerts/decide/unread_words.py`; this asks the store. A look costs a search in an index while there
is no such word; where there are many, it takes no more than a fifth of the time. Belongs to the engine's thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from alerts.decide import NOT_UNDERSTOOD, Reading, unread_words
from monitor.alert import Alert, Router, Settings
from monitor.clock import Rulebook, line
from monitor.history import understood
from monitor.snapshot import UnreadWords
from monitor.store import Clocks, Unread

EVERY = timedelta(seconds=1)
"""How often it is looked, at most, and only if any subject changed."""

AT_LEAST = timedelta(seconds=30)
"""How often it is looked in any case: the alert for many words ends by time."""


class UnreadWordsWatch:
    """The alerts of one running program about words that it does not understand."""

    def __init__(
        self,
        sources: Sequence[str],
        rules: Rulebook,
        clocks: Clocks,
        words: Unread,
        router: Router,
        settings: Callable[[], Settings],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.clock = clock
        self._sources, self._clocks, self._unread = tuple(sources), clocks, words
        self._router, self._settings = router, settings
        self._reading = Reading(
            lambda source, what, word: understood(rules.mapping(source), rules.words, what, word),
            lambda word: line(word.source, word.what, word.word, rules, word.kind),
            rules.policy,
        )
        self.words = UnreadWords()
        """What was found when it was looked last, for the metrics and the page."""
        self._looked: tuple[datetime, int] | None = None
        self._rests_until = datetime.min.replace(tzinfo=UTC)
        self._quiet = False

    def look(self, now: datetime) -> bool:
        """Tell of words that began or ceased to be understood; true if there is something to send."""
        if not self._wants(now):
            return False
        began = self.clock()
        revision = self._clocks.revision
        changed = self._judged(now)
        if changed:
            self._clocks.commit_alerts(changed, self._router, now)
        self._looked = (now, revision)
        self._rests_until = now + 4 * timedelta(seconds=self.clock() - began)
        return bool(changed)

    def _wants(self, now: datetime) -> bool:
        if self._looked is None:
            return True
        at, revision = self._looked
        if now < at:
            return True
        if now < self._rests_until:
            return False
        return now - at >= (EVERY if self._clocks.revision != revision else AT_LEAST)

    def _judged(self, now: datetime) -> Sequence[Alert]:
        if self._quiet and not self._unread.any(self._sources):
            return ()
        previous = [a for a in self._clocks.alerts_without_subject() if a.labels["alertname"] == NOT_UNDERSTOOD]
        firing = [alert for alert in previous if alert.firing]
        self.words = self._unread.words(self._sources, [name for name in map(unread_words.named_by, firing) if name[1]])
        self._quiet = not firing and not self.words.listed
        return unread_words.decide(self._sources, self.words, previous, self._reading, self._settings(), now)
