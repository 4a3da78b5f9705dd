"""Hold a policy: the dated rules that give a ticket or circuit its targets, and the figures of each by attribute.

Pure. A rung without a figure has no target; the next stricter figure is never guessed (docs/domain.md,
"Missing figures"). What holds for one subject, and from when, is worked out in `terms.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import product

from monitor.history import CHOOSING, LADDERS, OPEN, RUNGS_OF
from monitor.model import (
    AgreementKind,
    Choose,
    Condition,
    DayEnd,
    Measure,
    Name,
    OnChange,
    Period,
    Phase,
    Reopen,
    Rung,
    SubjectKind,
)
from monitor.policy.counting import USUAL_STAGES, Counting
from monitor.policy.guarded import GUARDED, GuardedPeriod
from monitor.policy.pace import Pace
from monitor.policy.refusal import Circumstances, Refusal, Why
from monitor.policy.target import BREACHED_STAGE, PACE_STAGE, Stage, Underpinning
from monitor.text import among, by_word, look_up
from monitor.worktime import Calendar

NO_RUNG = "none"
"""Label value where a subject has no tier or no assurance (an empty label value would vanish from a metric)."""


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """A figure and the attributes it is for; every attribute in `when` must have one of the listed values.

    `budget` is a length, or a number of times as that many of `ONE`; of working days and of a share of a period it is
    zero, and `days` or `share` says how many. `after` is the age from which the row holds: that of the subject, or with
    `of_clock` the time since the clock's first start.
    """

    when: Mapping[str, frozenset[str]]
    budget: timedelta
    calendar: str
    figure: str
    days: int = 0
    share: float = 0.0
    measure: Measure = Measure.TIME
    after: timedelta = timedelta(0)
    of_clock: bool = False
    note: str = field(default="", compare=False)
    """A remark on where the figure is from; it changes no reading."""
    same_day: bool = False
    """No working day more: due at the end of the date itself."""
    until: str = ""
    """The instant that is the deadline; the row holds only where it is known."""
    opened_in: str = ""
    """A calendar: the row holds for subjects that were opened at an instant that counts in it."""
    opened_outside: str = ""
    """A calendar: the row holds for subjects that were opened at an instant that does not count in it."""

    def fits(self, attributes: Mapping[str, str]) -> bool:
        """Whether the row is for a subject with these attributes, whatever else it asks for."""
        return fits(self.when, attributes)

    def unmet(self, of: Circumstances) -> Iterator[Refusal]:
        """The conditions that are not met, in the order in which the row writes them; the age comes last."""
        for name, values in self.when.items():
            word = of.attributes.get(name, "")
            if not _listed(word or None, values):
                yield Refusal(Why.OTHER_WORD if word else Why.UNSAID, name, word, tuple(sorted(values)))
        if self.until and of.instants is not None and self.until not in of.instants:
            yield Refusal(Why.NO_DATE, self.until)
        if of.counting is not None and (self.opened_in or self.opened_outside):
            if self.opened_in and self.opened_in not in of.counting:
                yield Refusal(Why.OPENED_OUTSIDE, self.opened_in)
            if self.opened_outside in of.counting:
                yield Refusal(Why.OPENED_IN, self.opened_outside)
        if self.after > of.age:
            yield Refusal(Why.CLOCK_TOO_YOUNG if self.of_clock else Why.TOO_YOUNG, length=self.after)

    def may_fit(self, attributes: Mapping[str, str]) -> bool:
        """Whether the row fits a subject of which these are some of the attributes."""
        return fits({name: values for name, values in self.when.items() if name in attributes}, attributes)


def fits(when: Mapping[str, frozenset[str]], attributes: Mapping[str, str]) -> bool:
    """Whether every attribute in *when* has one of the listed values, in whatever spelling."""
    return all(_listed(attributes.get(name), values) for name, values in when.items())


def _listed(said: str | None, values: frozenset[str]) -> bool:
    return said is not None and (said in values or among(said, values))


@dataclass(frozen=True, slots=True)
class StartedBy:
    """The end of another target's clock that begins this one: each stop of a life that took more than `over`."""

    target: str
    over: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class TargetRule:
    """A target as the policy writes it: conditions, and a budget row per rung or case.

    `begins` are instants of the subject from which the clock runs if one of them lies before the opening;
    `ahead_of` is the instant before which the budget is counted back. Rows with a later `after` come first.
    """

    name: str
    title: Name
    start: frozenset[Condition]
    stop: frozenset[Condition]
    rows: tuple[BudgetRow, ...]
    pauses: frozenset[str] = frozenset()
    reopen: Reopen = Reopen.RESUME
    on_change: OnChange = OnChange.AT_EVENT
    recurring: bool = False
    of: SubjectKind = SubjectKind.TICKET
    cancel: frozenset[Condition] = frozenset({Phase.CANCELLED})
    reset: frozenset[Condition] = frozenset()
    period: Period | None = None
    choose: Choose = Choose.FIRST
    begins: tuple[str, ...] = ()
    ahead_of: str = ""
    last_day: DayEnd = DayEnd.SAME_TIME
    started_by: StartedBy | None = None
    unless: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Subjects to which the target does not apply at all: those with any of these values."""
    counting: Counting | None = None
    """What is counted, where the target is of a group; then `of` is the group, and no phase starts or stops it."""
    assumed: tuple[Name, ...] = field(default=(), compare=False)
    """What of the target no source says, a sentence each; it changes no reading."""
    pace: Pace | None = None
    instants: tuple[str, ...] = ()
    """The instants that the lists name, in the order in which the policy declares them: so they are taken where they
    are equal."""
    ages: tuple[timedelta, ...] = field(init=False, compare=False, repr=False)
    """The ages from which on a row may hold, the lowest first; none of a row that holds from the beginning."""
    asks_more: bool = field(init=False, compare=False, repr=False)
    """Whether a row asks for more than attributes and an age: for an instant, or for the time of the opening."""

    def __post_init__(self) -> None:
        asks = any(row.until or row.opened_in or row.opened_outside for row in self.rows)
        object.__setattr__(self, "asks_more", asks)
        object.__setattr__(self, "ages", tuple(sorted({row.after for row in self.rows if row.after})))

    def leaves_out(self, attributes: Mapping[str, str]) -> bool:
        """Whether the target does not apply to a subject with these attributes, whatever its rows say."""
        return any(_listed(attributes.get(name), values) for name, values in self.unless.items())

    def rows_for(self, attributes: Mapping[str, str]) -> tuple[BudgetRow, ...]:
        """The rows of which one may hold for a subject that has these attributes among others."""
        return () if self.leaves_out(attributes) else tuple(row for row in self.rows if row.may_fit(attributes))

    def row(self, attributes: Mapping[str, str], age: timedelta = timedelta(0)) -> BudgetRow | None:
        """The row that holds for a subject with these attributes at this age, whatever its instants are."""
        found = self._fitting(Circumstances(attributes, age))
        return found if isinstance(found, BudgetRow) else None

    def chosen(self, of: Circumstances) -> BudgetRow | Refusal:
        """The row that holds for a subject, or why none does.

        The refusal is about the nearest row: the one with the fewest unmet conditions, the first of several. It names
        the first of them in the order in which the row writes them.
        """
        found = self._fitting(of)
        if isinstance(found, BudgetRow) and self.ahead_of and self.ahead_of not in (of.instants or ()):
            return Refusal(Why.NO_INSTANT, self.ahead_of, row=found, others=len(self.rows) - 1, unmet=1)
        return found

    def _fitting(self, of: Circumstances) -> BudgetRow | Refusal:
        for name, values in self.unless.items():
            if _listed(of.attributes.get(name), values):
                return Refusal(Why.LEFT_OUT, name, of.attributes[name], unmet=1)
        fitting: list[BudgetRow] = []
        nearest: tuple[list[Refusal], BudgetRow] | None = None
        for row in self.rows:
            unmet = list(row.unmet(of))
            if not unmet:
                fitting.append(row)
            elif nearest is None or len(unmet) < len(nearest[0]):
                nearest = unmet, row
        if fitting:
            if self.choose is Choose.STRICTEST:
                return min(fitting, key=lambda row: (row.budget, row.days, row.share))
            return fitting[0]
        if nearest is None:
            return Refusal(Why.NO_FIGURE)
        unmet, row = nearest
        return replace(unmet[0], row=row, others=len(self.rows) - 1, unmet=len(unmet))


@dataclass(frozen=True, slots=True)
class Agreement:
    """An OLA or UC that supports a target: what a team or a supplier may use of the budget."""

    kind: AgreementKind
    party: str
    supports: str
    rows: tuple[BudgetRow, ...]


@dataclass(frozen=True, slots=True)
class Inheritance:
    """The tier that a subject with these attributes is served at, whatever it has of its own."""

    when: Mapping[str, frozenset[str]]
    tier: str


@dataclass(frozen=True, slots=True)
class MajorFault:
    """So many circuits with these attributes, down for so long; with `one_cause`, of one and the same cause."""

    name: str
    title: Name
    when: Mapping[str, frozenset[str]]
    circuits: int
    lasting: timedelta
    figure: str
    one_cause: bool = False


ASSUMED = "assumed"
"""The source of what no document says."""

Place = tuple[str, ...]
"""A place in a policy file: `("pause_reasons", "customer_access")`, `("targets", "restore", "begins", "detected")`."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where something in a policy comes from: a document with its clause, `assumed`, or empty where nothing is said."""

    source: str = ""
    note: str = ""

    @property
    def assumed(self) -> bool:
        return self.source == ASSUMED


@dataclass(frozen=True, slots=True)
class Declared:
    """An attribute of the policy's own. With `values` it has no other words; without, it may have any."""

    title: Name
    values: tuple[str, ...] = ()


_ALWAYS_LOOKED_AT = ("tier", "assurance", "customer_tier")
"""The attributes of which every term has the word: its labels, and what stands for a tier that is not said."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The dated rules that give a ticket or circuit its targets.

    `stages` is keyed by ladder, then rung: at which amounts somebody is told (semantics 8). `at_risk` is the share of a
    budget from which a clock is shown as at risk, for every tier (semantics 7). It is in force from `effective_from`,
    the beginning of that day in `zone`, on (semantics 12).
    """

    id: str
    version: str
    title: Name
    effective_from: date
    ladders: Mapping[str, tuple[Rung, ...]]
    calendars: Mapping[str, Calendar]
    reasons: Mapping[str, Name]
    targets: tuple[TargetRule, ...]
    at_risk: float = 0.75
    stages: Mapping[str, Mapping[str, tuple[Stage, ...]]] = field(default_factory=dict)
    agreements: tuple[Agreement, ...] = ()
    inherit: tuple[Inheritance, ...] = ()
    major_faults: tuple[MajorFault, ...] = ()
    zone: str = "UTC"
    instants: Mapping[str, Name] = field(default_factory=dict)
    """The instants that the policy declares, beside those that every policy has (`INSTANTS`)."""
    corrects: tuple[str, ...] = ()
    """The versions whose place it takes: what was judged by them is judged by it as by an upgrade (semantics 46)."""
    sources: Mapping[Place, Provenance] = field(default_factory=dict, compare=False)
    """Where what is no figure comes from, by its place in the file; it changes no reading."""
    attributes: Mapping[str, Declared] = field(default_factory=dict)
    """The attributes that the policy declares beside `mapping.ATTRIBUTES`."""
    guarded: tuple[GuardedPeriod, ...] = ()
    """When which subjects are served better; of several periods that a subject is in, the first counts."""
    choosing: tuple[str, ...] = field(init=False, compare=False, repr=False)
    """The attributes that anything here looks at: terms depend on no other, so no other changes them."""
    _words: tuple[tuple[str, Mapping[str, str] | None], ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        named = {name for when in self.conditions() for name in when}.union(_ALWAYS_LOOKED_AT, self.ladders)
        named |= {GUARDED} if self.guarded else set()
        choosing = tuple(name for name in (*CHOOSING, "circuit", *self.attributes, GUARDED) if name in named)
        object.__setattr__(self, "choosing", choosing)
        graded = {*_ALWAYS_LOOKED_AT, *self.ladders, GUARDED}
        words = [(name, None if name in graded else by_word({w: w for w in self.named(name)})) for name in choosing]
        object.__setattr__(self, "_words", tuple(words))

    def conditions(self) -> Iterator[Mapping[str, frozenset[str]]]:
        """Everything that asks for attributes, the rows of figures first."""
        rows = [row for rule in self.targets for row in rule.rows]
        rows += [row for agreement in self.agreements for row in agreement.rows]
        yield from (row.when for row in rows)
        yield from (rule.unless for rule in self.targets)
        counted = [rule.counting for rule in self.targets if rule.counting is not None]
        yield from (when for counting in counted for when in (counting.when, counting.unless))
        yield from (rule.when for rule in self.inherit)
        yield from (fault.when for fault in self.major_faults)
        yield from (period.who for period in self.guarded)

    def named(self, name: str) -> Iterator[str]:
        """The words that the policy names for an attribute; one may come several times."""
        for when in self.conditions():
            yield from sorted(when.get(name, ()))

    def open(self, name: str) -> bool:
        """Whether the attribute may have any word, so that one that the policy does not name is no mistake."""
        declared = self.attributes.get(name)
        return name not in self.ladders and (name in OPEN if declared is None else not declared.values)

    def chosen_by(self, attributes: Mapping[str, str]) -> tuple[str, ...]:
        """What of *attributes* terms depend on: equal for subjects that have the same terms.

        Words that the policy does not name are all alike, so there are no more answers than combinations of its words.
        """
        found = []
        for name, words in self._words:
            word = attributes.get(name, "")
            found.append(word if words is None or not word else look_up(words, word) or "")
        return tuple(found)

    @property
    def said(self) -> tuple[str, ...]:
        """The attributes that are said of an alert beside its labels, for the policy chooses by them."""
        return tuple(name for name in self.choosing if name not in RUNGS_OF)

    @property
    def further_ladders(self) -> tuple[str, ...]:
        """The ladders beside `tier` and `assurance` that have stages: their rungs page and are no labels."""
        return tuple(name for name in self.ladders if name not in LADDERS and any(self.stages.get(name, {}).values()))

    @property
    def rungs_of(self) -> dict[str, str]:
        """Attribute → the ladder of which its words are rungs."""
        return {**{ladder: ladder for ladder in self.ladders}, **RUNGS_OF}

    @property
    def rungs(self) -> dict[str, frozenset[str]]:
        """The known rung ids per ladder."""
        return {ladder: frozenset(rung.id for rung in rungs) for ladder, rungs in self.ladders.items()}

    @property
    def label(self) -> str:
        return f"{self.id}@{self.version}"

    def rule(self, name: str) -> TargetRule | None:
        return next((rule for rule in self.targets if rule.name == name), None)

    def graded(self, attributes: Mapping[str, str]) -> Mapping[str, str]:
        """The attributes with the tier that is served: by inheritance, else its own, else its customer's.

        In a guarded period it is at least that of the period.
        """
        graded = self._with_tier(attributes)
        period = self.guarded_period(attributes)
        if period is None or not period.grades:
            return graded
        return {
            **graded,
            **{ladder: self._higher(ladder, graded.get(ladder), period.grades[ladder]) for ladder in period.grades},
        }

    def _with_tier(self, attributes: Mapping[str, str]) -> Mapping[str, str]:
        for rule in self.inherit:
            if fits(rule.when, attributes):
                return {**attributes, "tier": rule.tier}
        if "tier" not in attributes and "customer_tier" in attributes:
            return {**attributes, "tier": attributes["customer_tier"]}
        return attributes

    def _higher(self, ladder: str, own: str | None, other: str) -> str:
        """The higher of two rungs; *own* where the ladder does not have the *other*."""
        ranks = {rung.id: rung.rank for rung in self.ladders.get(ladder, ())}
        if other not in ranks:
            return own if own is not None else NO_RUNG
        return other if own is None or ranks.get(own, len(ranks)) > ranks[other] else own

    def guarded_period(self, attributes: Mapping[str, str]) -> GuardedPeriod | None:
        """The guarded period that a subject with these attributes is in."""
        name = attributes.get(GUARDED) if self.guarded else None
        return None if name is None else next((period for period in self.guarded if period.name == name), None)

    def chosen(self, rule: TargetRule, of: Circumstances) -> BudgetRow | Refusal:
        """The row of *rule* that holds for a subject, that of its guarded period first; or why none does."""
        return self._ordered(rule, of.attributes) or rule.chosen(of)

    def row(self, rule: TargetRule, attributes: Mapping[str, str], age: timedelta = timedelta(0)) -> BudgetRow | None:
        """The row of *rule* for a subject with these attributes at this age, whatever its instants are."""
        return self._ordered(rule, attributes) or rule.row(attributes, age)

    def _ordered(self, rule: TargetRule, attributes: Mapping[str, str]) -> BudgetRow | None:
        """The row that the subject's guarded period has for *rule*."""
        period = self.guarded_period(attributes)
        if period is None or rule.leaves_out(attributes):
            return None
        return period.rows.get(rule.name)

    def promised(self, kinds: Collection[SubjectKind] = tuple(SubjectKind)) -> Iterator[tuple[str, str, str]]:
        """(tier, assurance, target) wherever a subject of these kinds, that tier and assurance may have a figure.

        Whatever else chooses a row is taken to be said.
        """
        rungs = {name: [*(rung.id for rung in self.ladders.get(name, ())), NO_RUNG] for name in ("tier", "assurance")}
        for rule in self.targets:
            if rule.counting is not None or rule.of not in kinds:
                continue
            for tier, assurance in product(rungs["tier"], rungs["assurance"]):
                ordered = any(rule.name in period.rows for period in self.guarded)
                if ordered or rule.rows_for({"tier": tier, "assurance": assurance}):
                    yield tier, assurance, rule.name

    def promised_of_groups(self) -> Iterator[tuple[str, str, str]]:
        """The same of the targets of groups."""
        for rule in self.targets:
            if rule.counting is not None and rule.rows:
                yield rule.counting.tier or NO_RUNG, NO_RUNG, rule.name

    def stages_of_group(self, counting: Counting) -> tuple[Stage, ...]:
        """When somebody is told of a group: what the target says, else what its tier does, else the breach alone."""
        if counting.stages:
            return counting.stages
        return self.stages_for({"tier": counting.tier}) if counting.tier else USUAL_STAGES

    def source(self, *place: str) -> Provenance:
        """Where what stands at *place* comes from; an empty one where the policy does not say."""
        return self.sources.get(place, Provenance())

    def scaled(self, speed: float) -> Policy:
        """The same policy with every length divided by *speed*: for the demo, which never touches timestamps."""
        if speed == 1:
            return self
        targets = tuple(
            replace(
                rule,
                rows=tuple(_scaled(row, speed) for row in rule.rows),
                started_by=rule.started_by and replace(rule.started_by, over=rule.started_by.over / speed),
            )
            for rule in self.targets
        )
        agreements = tuple(
            replace(item, rows=tuple(_scaled(row, speed) for row in item.rows)) for item in self.agreements
        )
        stages = {
            ladder: {rung: tuple(s.faster(speed) for s in of_rung) for rung, of_rung in of_ladder.items()}
            for ladder, of_ladder in self.stages.items()
        }
        guarded = tuple(
            replace(
                period,
                stages=tuple(stage.faster(speed) for stage in period.stages),
                rows={name: _scaled(row, speed) for name, row in period.rows.items()},
            )
            for period in self.guarded
        )
        version = f"{self.version}/x{speed:g}"
        return replace(self, version=version, targets=targets, stages=stages, agreements=agreements, guarded=guarded)

    def stages_for(self, attributes: Mapping[str, str]) -> tuple[Stage, ...]:
        """Every stage that the subject's tier or its assurance asks for, each once; or those of its guarded period."""
        period = self.guarded_period(attributes)
        if period is not None and period.stages:
            return period.stages
        found: dict[str, Stage] = {}
        for ladder, by_rung in self.stages.items():
            for stage in by_rung.get(attributes.get(ladder, NO_RUNG), ()):
                found.setdefault(stage.name, stage)
        return tuple(found.values())

    def stages_of(self, rule: TargetRule, attributes: Mapping[str, str]) -> tuple[Stage, ...]:
        """The stages that page for a target: with a pace, that one too, where any stage warns ahead of the breach."""
        stages = self.stages_for(attributes)
        if rule.pace is None or all(stage.name == BREACHED_STAGE for stage in stages):
            return stages
        return (*stages, Stage(PACE_STAGE))

    def underpinning(self, target: str, attributes: Mapping[str, str]) -> tuple[Underpinning, ...]:
        """What each team and supplier that has an agreement may use of *target*'s budget."""
        found = []
        for agreement in self.agreements:
            row = next((row for row in agreement.rows if agreement.supports == target and row.fits(attributes)), None)
            if row is not None:
                found.append(Underpinning(agreement.kind, agreement.party, row.budget))
        return tuple(found)

    def idle_stages(self) -> tuple[tuple[str, str, timedelta], ...]:
        """(target, stage, budget) for every stage that a budget of the policy is too short for."""
        stages = {stage for by_rung in self.stages.values() for of_rung in by_rung.values() for stage in of_rung}
        found = {
            (rule.name, stage.name, row.budget)
            for rule in self.targets
            for row in rule.rows
            for stage in stages
            if row.budget and row.measure is Measure.TIME and not stage.applies(row.budget)
        }
        return tuple(sorted(found))

    def missing(self) -> tuple[tuple[str, str, str], ...]:
        """(target, ladder, rung) for every rung of a ladder that a target's rows use but give no figure.

        So for every word of an attribute that is declared with its words.
        """
        listed = {ladder: tuple(rung.id for rung in rungs) for ladder, rungs in self.ladders.items()}
        listed |= {name: declared.values for name, declared in self.attributes.items() if declared.values}
        gaps: list[tuple[str, str, str]] = []
        for rule in self.targets:
            for ladder, rungs in listed.items() if rule.rows else ():
                named = [row.when.get(ladder) for row in rule.rows]
                if any(values is None for values in named):
                    continue  # a row without this ladder covers every rung
                for rung in rungs:
                    if not any(values is not None and rung in values for values in named):
                        gaps.append((rule.name, ladder, rung))
        return tuple(gaps)


def _scaled(row: BudgetRow, speed: float) -> BudgetRow:
    timed = row.measure is Measure.TIME
    return replace(row, budget=row.budget / speed if timed else row.budget, after=row.after / speed)
