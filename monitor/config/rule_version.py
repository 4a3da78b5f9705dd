"""Name what a subject was judged by: the rules, and the version of the code that judges by them.

Raise JUDGING with every change of the core by which a stored history may be read otherwise. At the next start open
subjects and the present month are judged anew, and what that changes is told once, as a digest (semantics 46).
`tests/histories/` has what each release read; a history that is read otherwise there is to be documented.
"""

from __future__ import annotations

JUDGING = 3
"""1: before terms that change with the event, planned work, working days from closed dates and repeated local hours.
2: before overrides had a field of their own, and were words among the reasons (decision 0052)."""


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
