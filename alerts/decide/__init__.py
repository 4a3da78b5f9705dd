"""What is sent and what is withheld, and why: alerts of clocks, causes, sources and of the program itself.

Pure. What withholds a page is in `withholding.py`; the store asks, and keeps the answers. How it is worded is in
`alerts.wording`, how it is sent in `alerts.delivery`.
"""

from __future__ import annotations

from alerts.decide.foretold import Answered, Change, HeldPage, LetGo, Look, Stored, StoredSubject
from alerts.decide.foretold_repeats import ForetoldRepeats, HeldFrom, PageEvent, Repeats
from alerts.decide.heartbeat import Straight
from alerts.decide.hours import rings_outside, waiting
from alerts.decide.lives import LogEntry
from alerts.decide.queues import DIGEST, Pages, QueuedPage, StoredStage
from alerts.decide.receiver_lists import Lister, Listing
from alerts.decide.repeats import judge
from alerts.decide.root_causes import keys_to_judge
from alerts.decide.routing import RouteTable, silence_of
from alerts.decide.silences import Matcher, Sign, Silence, silencing
from alerts.decide.stale_sources import Unjudged, Watched
from alerts.decide.unread_words import Reading, labels
from alerts.decide.withholding import NOT_UNDERSTOOD, Route, with_last_resort

__all__ = [
    "DIGEST",
    "NOT_UNDERSTOOD",
    "Answered",
    "Change",
    "ForetoldRepeats",
    "HeldFrom",
    "HeldPage",
    "LetGo",
    "Lister",
    "Listing",
    "LogEntry",
    "Look",
    "Matcher",
    "PageEvent",
    "Pages",
    "QueuedPage",
    "Reading",
    "Repeats",
    "Route",
    "RouteTable",
    "Sign",
    "Silence",
    "Stored",
    "StoredStage",
    "StoredSubject",
    "Straight",
    "Unjudged",
    "Watched",
    "judge",
    "keys_to_judge",
    "labels",
    "rings_outside",
    "silence_of",
    "silencing",
    "waiting",
    "with_last_resort",
]
