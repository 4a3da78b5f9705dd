"""Say why a row of figures does not fit a subject: one typed reason, which the choice of a row itself gives.

Pure. `TargetRule.chosen` asks each row for its unmet conditions; a row without any fits. So the answer to "why not" is
what the program acted on and no second opinion. A further kind of condition is one more value of `Why` and one more
line in `BudgetRow.unmet`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.policy.policy import BudgetRow


class Why(StrEnum):
    """Why a target does not apply to a subject, or applies and has no clock."""

    # the choice of a row
    OTHER_KIND = "other_kind"
    """The target is of another kind of subject."""
    NOT_IN_VERSION = "not_in_version"
    """The version of the policy that is in force has no such target."""
    LEFT_OUT = "left_out"
    """`unless` leaves the subject out."""
    NO_FIGURE = "no_figure"
    """The target has no row at all."""
    UNSAID = "unsaid"
    """An attribute that the nearest row asks for is not said."""
    NOT_UNDERSTOOD = "not_understood"
    """An attribute that the nearest row asks for is said in a word that is not understood."""
    OTHER_WORD = "other_word"
    """An attribute has a word that the nearest row does not list."""
    TOO_YOUNG = "too_young"
    """The nearest row holds from a later age on."""
    CLOCK_TOO_YOUNG = "clock_too_young"
    """The nearest row holds from a later age of the clock on, counted from its first start."""
    NO_DATE = "no_date"
    """The instant that is the deadline under the nearest row is not said."""
    OPENED_OUTSIDE = "opened_outside"
    """The subject was opened at an instant that does not count in the calendar that the nearest row names."""
    OPENED_IN = "opened_in"
    """The subject was opened at an instant that counts in the calendar that the nearest row names."""
    NO_INSTANT = "no_instant"
    """The instant from which the budget is counted back is not said."""
    # promised, and no clock
    NOT_BEGUN = "not_begun"
    """None of the conditions that start the clock has come."""
    OTHER_NOT_ENDED = "other_not_ended"
    """The clock begins with the end of another target, which has not ended."""
    OTHER_ENDED_SOON = "other_ended_soon"
    """That other target ended before it had been open for long enough."""
    GUARDED_LATER = "guarded_later"
    """The duty is due in guarded periods alone, of which the next is yet to begin."""
    GUARDED_OVER = "guarded_over"
    """The duty is due in guarded periods alone, and the last of them is over."""
    GUARDED_NOW = "guarded_now"
    """The guarded period of the duty holds, and nothing is due in it at present."""
    PROMISED_LATER = "promised_later"
    """Nothing was promised when a condition that starts the clock came; the next one begins it."""
    # a target that counts several subjects
    COUNTED = "counted"
    """The subject counts together with others; the clock is that of their group."""
    NOT_ENTERED = "not_entered"
    """The subject has entered none of the conditions that are counted."""
    WITHDRAWN = "withdrawn"
    """The subject was withdrawn, so nothing that it entered counts."""
    GONE = "gone"
    """The subject was retired while it was open, so nothing that it entered counts."""
    EXCUSED = "excused"
    """What the subject entered is excused by a reason or left out by a correction."""
    NOT_JUDGED = "not_judged"
    """The subject's clock of the target that must be kept is neither kept nor broken yet."""
    NO_CLOCK_TO_COUNT = "no_clock_to_count"
    """The subject has no clock of the target that must be kept."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a row may ask for of a subject: its attributes with the tier that is served, its age, its instants.

    `counting` are the calendars in which the instant of its opening counts. With None, any instant is taken to be
    known, and any opening to fit.
    """

    attributes: Mapping[str, str]
    age: timedelta = timedelta(0)
    instants: Mapping[str, datetime] | None = None
    counting: Collection[str] | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a target does not apply: the first condition that is not met, and what would meet it.

    `name` is an attribute, an instant or another target; `word` what the subject has of the attribute, empty where
    nothing is said; `values` the words or conditions that would do (none with LEFT_OUT: any other word does). `row` is
    the nearest row, of which `unmet` conditions are not met, and `others` is how many other rows there are. `inherited`
    says that `word` is a tier at which the subject is served whatever its own is. With COUNTED, `name` is the group.
    """

    why: Why
    name: str = ""
    word: str = ""
    values: tuple[str, ...] = ()
    row: BudgetRow | None = field(default=None, repr=False)
    others: int = 0
    unmet: int = 0
    length: timedelta = timedelta(0)
    lasted: timedelta = timedelta(0)
    inherited: bool = False
