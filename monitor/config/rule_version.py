"""Name the rules by which a subject was judged, and the version of the code that judged it.

Raise JUDGING with every change of the core that may give a stored history another reading. At the next start open
subjects and the present month are judged anew, and one digest names what that changed (semantics 46).
`tests/histories/` has the readings of each release; a reading that changes there must be documented.
"""

from __future__ import annotations

JUDGING = 6
"""1: before terms that change with the event, planned work, working days from closed dates and repeated local hours.
2: before overrides had a field of their own, and were words among the reasons (decision 0052).
3: before entries of iCalendar files with a time of day closed a part of their date (decision 0067).
4: before the time of day of a duty was one of the working date, in the night after midnight too (semantics 43).
5: before the order of what happens at once, and what another life owes, were decided (decision 0081)."""


def named(rules: str, judging: int = JUDGING) -> str:
    """The version of rules and judging together; *rules* is a hash."""
    return f"{rules}-{judging}"


def judged_by(version: str) -> int:
    """The version of the judging code; the first one wrote none."""
    _, _, judging = version.partition("-")
    return int(judging) if judging.isdigit() else 1


def same_rules(version: str) -> str:
    """The hash of the rules alone."""
    return version.partition("-")[0]
