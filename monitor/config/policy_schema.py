"""Name what people may write in a policy file, key by key; `policy_file.py` makes a policy of it.

The form only: what pydantic can check, and what `tierwatch schema` tells an editor.
"""

from __future__ import annotations

import re
from dataclasses import field
from datetime import time
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, GetJsonSchemaHandler, Tag, WithJsonSchema
from pydantic.dataclasses import dataclass

from monitor.config.calendar_schema import CalendarText, DayText
from monitor.history import INSTANTS
from monitor.model import (
    COUNTED_STATES,
    MEMBER_KINDS,
    AgreementKind,
    Choose,
    CircuitState,
    DayEnd,
    Name,
    OnChange,
    OwnInstant,
    Period,
    Phase,
    Reopen,
    SubjectKind,
)
from monitor.policy import BREACHED_STAGE, Pace, Stage, Window
from monitor.text import AmountText, Length, instead, length, shown
from monitor.worktime import DueDate

_STRICT = ConfigDict(extra="forbid", frozen=True, defer_build=True)
PHASES = tuple(phase.value for phase in Phase if phase not in (Phase.UNKNOWN, Phase.RETIRED))
NAME = "^[a-z][a-z0-9_]*$"
STATES = tuple(state.value for state in COUNTED_STATES if state is not CircuitState.UNKNOWN)


def stage(text: Any) -> Stage:
    """A stage as written: 75% used, 15m left, or 2h wall left. Raises ValueError with a sentence otherwise."""
    share = re.fullmatch(r"(\d{1,3})\s*%", str(text))
    if share and 0 < int(share[1]) <= 100:
        name = BREACHED_STAGE if share[1] == "100" else f"used_{share[1]}"
        return Stage(name, share=int(share[1]) / 100)
    left = re.fullmatch(r"(\S+)\s+(wall\s+)?left", str(text))
    if left:
        value = length(left[1])
        if left[2]:
            return Stage(f"wall_{shown(value)}", wall=value)
        return Stage(f"left_{shown(value)}", left=value)
    raise ValueError(f"{text!r} is not a stage; write 75% (of the budget used), 15m left or 2h wall left")


def window(text: Any) -> Window:
    """How far a pace looks back, as written: 30d, or 25% of the period. Raises ValueError with a sentence otherwise."""
    share = re.fullmatch(r"(\d{1,3})\s*%", str(text))
    if share and 0 < int(share[1]) <= 100:
        return Window(share=Fraction(int(share[1]), 100))
    try:
        return Window(length=length(text))
    except ValueError as error:
        raise ValueError(f"{text!r} is not a window; write 30d, or 25% (of the period)") from error


def factor(value: Any) -> Fraction:
    """How many times as fast as what lasts is too fast, as written. Raises ValueError with a sentence."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 1 < value <= _FASTEST:
        raise ValueError(f"{value!r} is not a number above 1 and up to {_FASTEST}; write 1.5")
    return Fraction(str(value))


_FASTEST = 100


def some(value: Any) -> Any:
    """One word or a list of them, as a list of text. Raises ValueError with a sentence for anything else."""
    return [_word(item) for item in value] if isinstance(value, list) else [_word(value)]


def _word(value: Any) -> str:
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return str(value)
    if value is None:
        raise ValueError("is empty; write a word, or a list of them")
    written = str(value).lower() if isinstance(value, bool) else repr(value)
    shown = "" if isinstance(value, dict | list) else f"{written} "
    raise ValueError(f"{shown}is no word; write a word in quotes, or a list of them")


def _condition(value: Any) -> Any:
    if value in STATES:
        return CircuitState(value)
    if value in PHASES:
        return Phase(value)
    if value == "retired":
        raise ValueError("'retired' is no condition to build on: it cancels every clock by itself; remove it")
    if value == "unknown":
        raise ValueError("'unknown' is no condition to build on: an unknown status always runs; remove it")
    return OwnInstant(value)  # `target_file` looks whether there is such an instant


def _member(value: Any) -> Any:
    if value in MEMBER_KINDS:
        return SubjectKind(value)
    *others, last = (repr(kind.value) for kind in MEMBER_KINDS)
    raise ValueError(f"{value!r} is not known here; write {', '.join(others)} or {last}")


def _share(value: Any) -> Any:
    given = value.strip() if isinstance(value, str) else ""
    found = re.fullmatch(r"(\d{1,3}(?:\.\d{1,6})?)\s*%", given)
    if found is None or not 0 < float(found[1]) <= 100:
        raise ValueError(f"{value!r} is not a share; write 90%")
    return float(found[1]) / 100


def _date(value: Any) -> Any:
    """A date within a period, as its form. Raises ValueError with a sentence for anything else."""
    text = " ".join(str(value).lower().split())
    if found := _WORKING_DAY.fullmatch(text):
        number = {"last": -1, "first": 1}.get(found[1]) or int(found[2])
        if number:
            return DueDate(number, working=True)
    elif text == "last day":
        return DueDate()
    elif text in _WEEKDAYS:
        return DueDate(1, weekday=_WEEKDAYS.index(text))
    elif not isinstance(value, bool) and re.fullmatch(r"0?[1-9]|[12]\d|3[01]", text):
        return DueDate(int(text))
    raise ValueError(
        f"{value!r} is not a date of a period; write last working day, 5th working day, 15, last day or fri"
    )


def _time_of_day(value: Any) -> Any:
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", value) if isinstance(value, str) else None
    if found is None:
        meant = instead(value, r"([01]\d|2[0-3]):[0-5]\d", "17:00")
        raise ValueError(f"{value!r} is not a time of day; write {meant} in quotes")
    return time(int(found[1]), int(found[2]))


_WORKING_DAY = re.compile(r"(last|first|(\d{1,2})(?:st|nd|rd|th)) working day")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WHOLE_SHARE = r"(0{0,2}[1-9]|0?[1-9]\d|100)\s*%"
"""Of 1 % to 100 %, as a pattern."""
_LENGTH = r"(?=[0-9dhms]*[1-9])(?=\d)(\d+d)?(\d+h)?(\d+m)?(\d+s)?"
"""A length above zero, as a pattern."""
_CONDITION = {
    "anyOf": [
        {"enum": [*PHASES, *STATES, *INSTANTS]},
        {"type": "string", "pattern": NAME, "not": {"enum": ["unknown", "retired"]}},
    ]
}
_STAGE = {
    "type": "string",
    "pattern": rf"^({_WHOLE_SHARE}|{_LENGTH}\s+(wall\s+)?left)$",
    "examples": ["75%", "15m left", "2h wall left"],
}
_WORD = [{"type": "string"}, {"type": "integer"}]
SOME = {"anyOf": [*_WORD, {"type": "array", "items": {"anyOf": _WORD}}]}

_MEMBER = {"enum": [kind.value for kind in MEMBER_KINDS]}
_SHARE = {
    "type": "string",
    "pattern": r"^\s*(0{0,2}100(\.0{1,6})?|(?!0{1,3}(\.0{1,6})?\s*%)0?\d{1,2}(\.\d{1,6})?)\s*%\s*$",
    "examples": ["90%"],
}
_DATE = {
    "anyOf": [
        {"type": "integer", "minimum": 1, "maximum": 31},
        {
            "type": "string",
            "pattern": r"^\s*(0?[1-9]|[12]\d|3[01]"
            r"|([Ll]ast|[Ff]irst|(?!0{1,2}[a-z])\d{1,2}(st|nd|rd|th))\s+[Ww]orking\s+[Dd]ay"
            r"|[Ll]ast\s+[Dd]ay|[Mm]on|[Tt]ue|[Ww]ed|[Tt]hu|[Ff]ri|[Ss]at|[Ss]un)\s*$",
            "examples": ["last working day", "5th working day", "last day", "fri"],
        },
    ]
}
TIME_OF_PERIOD = r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?)?"
"""A date with a local time, which may have a zone, as a pattern."""
_TIME_OF_PERIOD = {
    "type": "string",
    "pattern": rf"^\s*{TIME_OF_PERIOD}\s*$",
    "examples": ["2026-10-01T09:00"],
}
_TIME = {"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d$", "examples": ["17:00"]}

MemberText = Annotated[SubjectKind, BeforeValidator(_member), WithJsonSchema(_MEMBER)]
ShareText = Annotated[Any, BeforeValidator(_share), WithJsonSchema(_SHARE)]
DateText = Annotated[Any, BeforeValidator(_date), WithJsonSchema(_DATE)]
TimeText = Annotated[Any, BeforeValidator(_time_of_day), WithJsonSchema(_TIME)]


def _form(value: Any) -> str:
    """Whether a value stands alone or with its source; messages leave out tags that look like pydantic's types."""
    return "union[sourced]" if isinstance(value, dict | EffectiveFromText | BeginText) else "union[plain]"


_WINDOW = {"type": "string", "pattern": rf"^({_WHOLE_SHARE}|{_LENGTH})$", "examples": ["25%", "30d"]}
_FACTOR = {"type": "number", "exclusiveMinimum": 1, "maximum": _FASTEST, "default": 1.5}

WindowText = Annotated[Any, BeforeValidator(window), WithJsonSchema(_WINDOW)]
FactorText = Annotated[Any, BeforeValidator(factor), WithJsonSchema(_FACTOR)]
StageText = Annotated[Any, BeforeValidator(stage), WithJsonSchema(_STAGE)]
ConditionText = Annotated[Any, BeforeValidator(_condition), WithJsonSchema(_CONDITION)]
Some = Annotated[list[str], BeforeValidator(some), WithJsonSchema(SOME)]
TimeOfPeriod = Annotated[str, WithJsonSchema(_TIME_OF_PERIOD)]
BelowWhole = Annotated[str, WithJsonSchema({"type": "string", "pattern": r"^[1-9]\d?\s*%$", "examples": ["75%"]})]


@dataclass(config=_STRICT)
class NameText:
    en: str
    """The English name."""
    zh: str = ""
    """The Chinese name; without it, `en` is shown."""

    def name(self) -> Name:
        return Name(self.en, self.zh or self.en)


@dataclass(config=_STRICT)
class ReasonText(NameText):
    source: str = ""
    """The document and clause that names this reason; `assumed` if none does. It is shown with every pause."""
    note: str = ""
    """A remark on `source`: why it is assumed, or where to look."""


@dataclass(config=_STRICT)
class EffectiveFromText:
    date: DayText
    """The date itself."""
    source: str = ""
    """The document and clause that gives the `date`; `assumed` if none does."""
    note: str = ""
    """A remark on `source`."""


@dataclass(config=_STRICT)
class BeginText:
    instant: str
    """An instant: `detected`, `complained` or one of your own, as in a list without sources."""
    source: str = ""
    """The document and clause that begins the promise with this `instant`; `assumed` if none does. It is shown with
    every clock that begins so."""
    note: str = ""
    """A remark on `source`."""


@dataclass(config=_STRICT)
class RungText:
    id: str
    """The word of this level in labels, in `when` and in mappings."""
    en: str
    """The English name."""
    zh: str = ""
    """The Chinese name; without it, `en` is shown."""


@dataclass(config=_STRICT)
class DeclaredText:
    en: str
    """The English name."""
    zh: str = ""
    """The Chinese name; without it, `en` is shown."""
    values: Some = field(default_factory=list)
    """All the words that the attribute may have; without it, it may have any."""


@dataclass(config=_STRICT)
class BudgetText:
    source: str
    """Where the figure comes from; `assumed` if from nowhere, and it is shown with every clock."""
    budget: AmountText = None
    """How much the target allows: a length (`4h`), working days (`5wd`), a share of the period (`0.05%`), a number
    (`4 times`), or an instant that is the deadline (`until agreed`). Needed, except with `at_least` or `goal`."""
    at_least: AmountText = None
    """In the place of `budget`, how often it must happen at least in each period: `2 times`; for what is counted of
    several."""
    goal: ShareText = None
    """In the place of `budget`, the share of the counted that must be good in each period: `90%`; needs `good`."""
    when: dict[str, Some] = field(default_factory=dict)
    """Attribute → value or list of values; the row is for subjects that fit all. Without it, for every subject."""
    calendar: str = ""
    """The calendar of this row; without it, the target's `calendar`."""
    note: str = ""
    """A remark on `source`, shown with it: why a figure is assumed, or where to look."""
    after: Length | None = None
    """The row holds once the ticket is this old by the wall clock."""
    after_start: Length | None = None
    """The row holds once this long has passed since the first start of the clock, by the wall clock."""
    opened_in: str = ""
    """A calendar: the row is for subjects that were opened at an instant that counts in it."""
    opened_outside: str = ""
    """A calendar: the row is for subjects that were opened at an instant that does not count in it."""


@dataclass(config=_STRICT)
class StartedByText:
    target: str
    """The target whose end starts this clock; of the same kind of subject, and with a `stop`."""
    over: Length | None = None
    """Only where the other clock was open for longer than this by the wall clock, its end starts this one."""


@dataclass(config=_STRICT)
class GoodText:
    target: str = ""
    """The target that must be kept: each of its clocks counts when it is kept or broken."""
    entered: list[ConditionText] = field(default_factory=list)
    """The conditions of which a counted subject must enter one before the period ends."""


@dataclass(config=_STRICT)
class DutiesText:
    each: Period
    """The period in which it is due once more."""
    by: DateText | None = None
    """The date: `last working day`, `5th working day`, `15` (of the month), `last day`, `fri`. Without it, the last
    day; of `each: day`, the day itself if it is worked."""
    at: TimeText | None = None
    """The local time of day, `17:00`, of a night shift perhaps on the next morning; without it, the end of the date, or
    with `last_day` its close."""
    late: Literal["made_up", "missed"] = "made_up"
    """Whether one that was not done in its period can be made up in the next one (`made_up`: a statement), or is missed
    for good, so that the next period's counts for the next alone (`missed`: an inspection)."""
    during: Some = field(default_factory=list)
    """The name of a guarded period, or a list of them: it is due only in them, and for whom they are. Without it,
    always."""


@dataclass(config=_STRICT)
class PaceText:
    windows: list[WindowText] = field(default_factory=lambda: list(Pace().windows))
    """How far back is looked: lengths (`30d`) or shares of the period (`25%`). All of them must be too fast."""
    factor: FactorText = field(default_factory=lambda: Pace().factor)
    """How many times as fast as what lasts is too fast; above 1. It is over when a window is no faster than that."""


PACE_OFF: list[Any] = []
"""The windows of `pace: off`."""


def _pace(value: Any) -> Any:
    if value in ("on", "off"):
        return {} if value == "on" else {"windows": PACE_OFF}
    if isinstance(value, dict | PaceText):
        return value
    raise ValueError(f"{value!r} says no pace; write on, off, or windows and factor")


class _OrWord:
    """The schema of a mapping that may be `on` or `off` as well."""

    def __get_pydantic_json_schema__(self, core: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"enum": ["on", "off"]}, handler(core)]}


PaceChoice = Annotated[PaceText, BeforeValidator(_pace), _OrWord()]


@dataclass(config=_STRICT)
class TargetText:
    name: NameText
    """The name that pages and explanations show."""
    budgets: list[BudgetText]
    """The rows of figures, tried from the top; `[]` where no figure is known."""
    of: MemberText = SubjectKind.TICKET
    """What the target is of, or what it counts: a ticket, a circuit or a planned change."""
    start: list[ConditionText] = field(default_factory=list)
    """The conditions in which the clock runs, and the instants at which it begins; needed, except with `started_by`
    or `counts`."""
    stop: list[ConditionText] = field(default_factory=list)
    """The conditions and the instants that end the clock; needed, except with `per` or `counts`."""
    cancel: list[ConditionText] = field(default_factory=lambda: [Phase.CANCELLED])
    """The conditions and the instants that end the clock without judging it further; looked at before `stop`."""
    reset: list[ConditionText] = field(default_factory=list)
    """The conditions and the instants that end the cycle and begin another."""
    calendar: str = "always"
    """The calendar of rows that name none; `always` counts around the clock."""
    pause: list[str] = field(default_factory=list)
    """The pause reasons for which this clock waits; each stands under `pause_reasons`."""
    reopen: Reopen = Reopen.RESUME
    """What a reopening does after `stop`: the clock goes on (`resume`), another cycle begins (`new_cycle`), or nothing
    (`never`)."""
    on_change: OnChange = OnChange.AT_EVENT
    """What a change of tier or assurance does to an open clock: see concepts."""
    recurring: bool = False
    """`true`: each progress feedback begins another cycle."""
    per: Period | None = None
    """The period after which the allowance of a circuit is whole again, or after which counting begins anew."""
    at_least: bool = False
    """`true`: the budget is a number of feedbacks that there must be by the `stop`."""
    choose: Choose = Choose.FIRST
    """Which of the `budgets` that fit holds: the first, or the strictest."""
    begins: list[
        Annotated[
            Annotated[str, Tag("union[plain]")] | Annotated[BeginText, Tag("union[sourced]")], Discriminator(_form)
        ]
    ] = field(default_factory=list)
    """Instants (`detected`, `complained`, or one of `instants`): the clock runs from the first of them, if it is before
    the opening. Each may have a `source`."""
    ahead_of: str = ""
    """An instant (`planned`, `agreed` or one of your own): the budget is counted back from it."""
    last_day: DayEnd = DayEnd.SAME_TIME
    """Where the last of several working days ends; for `budgets` of working days."""
    started_by: StartedByText | None = None
    """The end of another target starts this clock; then there is no `start`."""
    unless: dict[str, Some] = field(default_factory=dict)
    """Attribute → value or list of values; a subject that has any of them does not have this target."""
    assumed: list[NameText] = field(default_factory=list)
    """What of this target no source says, beside figures: a sentence each. It is shown with every clock."""
    counts: list[ConditionText] = field(default_factory=list)
    """The conditions that are counted: a subject counts when it enters one of them. The clock is then of several
    subjects together."""
    by: str = ""
    """The attribute by which is counted apart, such as `customer`; without it, everything is counted together."""
    when: dict[str, Some] = field(default_factory=dict)
    """Attribute → value or list of values; only subjects that fit all are counted. With `counts` or `good`."""
    groups: list[str] = field(default_factory=list)
    """Values of `by` for which the target holds from the policy's start, whether or not anything named them yet."""
    good: GoodText | None = None
    """What makes a counted subject good; for budgets with a `goal`."""
    duties: DutiesText | None = None
    """By which date of each period it must have happened; in the place of `per`, for budgets with `at_least`."""
    tier: str = ""
    """The tier under which people are told of what is counted; without it, none."""
    stages: list[StageText] = field(default_factory=list)
    """The stages at which people are told of what is counted; without them, those of `tier`, else the breach alone."""
    pace: PaceChoice | None = None
    """Whether this allowance warns when it is used too fast; without it, what the policy's `pace` says. With `per`."""

    @property
    def counting(self) -> bool:
        """Whether it counts several subjects together."""
        return bool(self.counts or self.by or self.when or self.groups or self.good or self.duties)

    @property
    def instants_that_begin(self) -> list[str]:
        """The names of the instants under `begins`."""
        return [item if isinstance(item, str) else item.instant for item in self.begins]


@dataclass(config=_STRICT)
class AgreementText:
    kind: AgreementKind
    """`OLA` with a team of ours, `UC` with a supplier."""
    party: str
    """The name of the team or supplier, as the attributes `team` and `supplier` give it."""
    supports: str
    """The target whose budget the party may use a part of."""
    budgets: list[BudgetText]
    """What the party may use: rows of lengths, without `calendar` and `after`."""


@dataclass(config=_STRICT)
class InheritText:
    when: dict[str, Some]
    """Attribute → value or list of values; the subject must fit all. At least one."""
    tier: str
    """The tier at which such a subject is served."""
    source: str = ""
    """The document and clause that says so; `assumed` if none does."""
    note: str = ""
    """A remark on `source`."""


@dataclass(config=_STRICT)
class MajorFaultText:
    name: NameText
    """The name that pages show."""
    circuits: Annotated[int, WithJsonSchema({"type": "integer", "minimum": 2})]
    """How many circuits must be unavailable at once."""
    lasting: Length
    """For how long at least that many `circuits` must be unavailable."""
    source: str
    """Where the rule comes from; `assumed` if from nowhere."""
    when: dict[str, Some] = field(default_factory=dict)
    """Attribute → value or list of values; only circuits that fit all are counted."""
    one_cause: bool = False
    """`true`: only `circuits` that share one root cause are counted together."""
    note: str = ""
    """A remark on `source`."""


@dataclass(config=_STRICT)
class GuardedText:
    name: NameText
    """The name that pages and explanations show."""
    since: Annotated[TimeOfPeriod, Field(alias="from")]
    """The local time from which on the period holds, `2026-10-01T09:00`."""
    until: Annotated[TimeOfPeriod, Field(alias="to")]
    """The local time from which on it no longer holds."""
    who: Annotated[dict[str, Some], Field(alias="for")]
    """Attribute → value or list of values: `customer`, `circuit`, `site` and every attribute that chooses a budget. A
    subject that has any of them is in the period."""
    tier: str = ""
    """The tier that is served at least."""
    assurance: str = ""
    """The assurance that is kept at least."""
    stages: list[StageText] = field(default_factory=list)
    """The stages at which somebody is paged, in the place of those of the `tier` and the `assurance`."""
    budgets: dict[str, Length] = field(default_factory=dict)
    """Target → the length that holds in the place of the policy's `budgets`."""
    ordered_by: str = ""
    """Who ordered the period; explanations show it as the source of its `budgets`."""
    note: str = ""
    """A remark for the reader of the file."""


@dataclass(config=_STRICT)
class PolicyText:
    policy: str
    """The id of the policy; with `version` it is the label on every reading."""
    version: str
    """Your name for this state of the policy; change it whenever a figure changes."""
    name: NameText
    """The name that pages and explanations show."""
    effective_from: Annotated[
        Annotated[DayText, Tag("union[plain]")] | Annotated[EffectiveFromText, Tag("union[sourced]")],
        Discriminator(_form),
    ]
    """The date from which this version judges the clocks that start: `2026-01-01`, or `{date: 2026-01-01, source: …}`
    with where that date is from."""
    ladders: dict[str, list[RungText]]
    """`tier`, `assurance`, or any other attribute that may choose, such as `urgency`: the levels of each, highest
    first."""
    calendars: dict[str, CalendarText]
    """The name of each calendar and when time counts in it."""
    targets: dict[str, TargetText]
    """The name of each target and what it promises. The name is the metric label `sla_target`."""
    pause_reasons: dict[str, ReasonText] = field(default_factory=dict)
    """The id of each reason for which a clock may wait, and its name; `pause` and mappings refer to the id."""
    at_risk: BelowWhole = "75%"
    """The share of a budget from which a clock is shown as at risk; below 100 %."""
    stages: dict[str, dict[str, list[StageText]]] = field(default_factory=dict)
    """Ladder → rung → the stages at which somebody is paged: `75%` used, `15m left`, `2h wall left`. It replaces all
    the usual ones."""
    pace: PaceChoice | None = None
    """Whether allowances warn when they are used too fast: `on`, `off` (as without it), or `windows` and `factor`."""
    agreements: list[AgreementText] = field(default_factory=list)
    """What a team of ours (OLA) or a supplier (UC) may use of the budget of one of the `targets`."""
    instants: dict[str, NameText] = field(default_factory=dict)
    """The name of each instant of your own (`phoned`, `diagnosed`), and its names for people; `mapping.instants` says
    where it is, targets list it. Write them in the order in which they happen."""
    attributes: dict[str, DeclaredText] = field(default_factory=dict)
    """Attributes of your own, by name: rows, `unless` and all else that has `when` may ask for them, and mappings may
    give them."""
    inherit: list[InheritText] = field(default_factory=list)
    """Tiers at which subjects are served whatever tier they have of their own."""
    major_faults: dict[str, MajorFaultText] = field(default_factory=dict)
    """The name of each rule for several circuits that are down at once, and the rule."""
    guarded_periods: dict[str, GuardedText] = field(default_factory=dict)
    """The name of each guarded period (重保), in which some customers, circuits or sites are served better."""
    source: str = ""
    """Where the figures come from, for the reader of the file."""
    corrects: Some = field(default_factory=list)
    """The `version`, or a list of them, in whose place this one stands: the same promises, said truly. Open clocks
    follow, reported months stay, and what that changes is told once."""
