"""Say how long the engine need not ask the store for work, after it has found none.

Pure. It asks again as soon as anything was committed, by whichever process, and in any case after `LONGEST`: so a
database that cannot be read any more is noticed without news, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.service.prejudge import HORIZON
from monitor.store import Revision

LONGEST = timedelta(seconds=10)
"""After which the store is asked again, whatever is known."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """That nothing is to be done from *since* until just before *until*, in a store of this *revision*.

    `due` is the next instant at which something changes by itself.
    """

    revision: Revision | None = None
    since: datetime | None = None
    until: datetime | None = None
    due: datetime | None = None

    def holds(self, revision: Revision | None, at: datetime) -> bool:
        """Whether there is nothing to do at that instant; never where the time went back, or no revision is known."""
        if revision is None or revision != self.revision or self.since is None or self.until is None:
            return False
        return self.since <= at < self.until


def quiet(revision: Revision, at: datetime, due: datetime | None, rejudge: datetime | None) -> Quiet:
    """What holds after nothing was found at *at*; *due* is judged `HORIZON` before, *rejudge* at its instant."""
    ends = [at + LONGEST, *([] if due is None else [due - HORIZON]), *([] if rejudge is None else [rejudge])]
    return Quiet(revision, at, min(ends), due)
