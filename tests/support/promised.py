"""Lives of subjects under the policies that ship, in the words of the calendar of Shanghai."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.clock.engine import Outcome, advance
from monitor.clock.reading import Reading
from monitor.config import build_rulebook, policy_file
from monitor.history.events import Event
from monitor.history.mapping import CHOOSING, INSTANTS, AttributeRule, SourceMapping, StatusRule
from monitor.model import CircuitState, Phase, State, SubjectKind
from monitor.policy import Policy
from monitor.worktime.working_time import TICK

H, M = timedelta(hours=1), timedelta(minutes=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")
WORDS = SourceMapping(
    statuses={phase.value: StatusRule(phase) for phase in Phase if phase is not Phase.UNKNOWN},
    circuit_states={state.value: state for state in CircuitState},
    attributes={name: AttributeRule(name) for name in CHOOSING},
    instants={name: name for name in INSTANTS},
)


def words(policy: Policy) -> SourceMapping:
    """A mapping that has every attribute and instant under its own name, those that the policy declares too."""
    own = {name: AttributeRule(name) for name in policy.attributes}
    instants = {**WORDS.instants, **{name: name for name in policy.instants}}
    return replace(WORDS, attributes={**WORDS.attributes, **own}, instants=instants)


POLICIES = {name: policy_file.load(name, "Asia/Shanghai") for name in policy_file.shipped()}
RULES = {name: build_rulebook.rulebook(policy, {"desk": words(policy)}) for name, policy in POLICIES.items()}


def on(text: str) -> datetime:
    """An instant in Shanghai: `02-12 15:00` is of 2026, another year is written before it."""
    whole = text if len(text.split()[0]) == 10 else f"2026-{text}"
    return datetime.fromisoformat(whole).replace(tzinfo=SHANGHAI)


class Life:
    """What is said of one subject, in the order in which it is written."""

    def __init__(self, policy: str, kind: SubjectKind = SubjectKind.TICKET, **attributes: str) -> None:
        self.rules, self.kind, self.attributes = RULES[policy], kind, attributes
        self.events: list[Event] = []

    def says(
        self, when: str | datetime, status: str | None = None, *, reason: str | None = None, told: bool = False,
        **fields: str,
    ) -> Life:  # fmt: skip
        """Add a status, a progress feedback (*told*) or fields; the attributes come with the first event."""
        at = on(when) if isinstance(when, str) else when
        instants = {*INSTANTS, *self.rules.policy.instants}
        dated = {name: on(text).isoformat() if name in instants else text for name, text in fields.items()}
        said = dated if self.events else {**self.attributes, **dated}
        number = len(self.events)
        event = Event("desk", f"e{number}", self.kind, "X", at, number, status, reason, told, fields=said)
        self.events.append(event)
        return self

    def without_last(self) -> Life:
        """The same life up to the last event."""
        copy = Life("demo", self.kind)
        copy.rules, copy.attributes, copy.events = self.rules, self.attributes, self.events[:-1]
        return copy

    def at(self, now: str | datetime) -> Outcome:
        known = [event for event in self.events if event.at <= (on(now) if isinstance(now, str) else now)]
        return advance(known or self.events, (), self.rules, on(now) if isinstance(now, str) else now)

    def cycles(self, target: str, now: str | datetime) -> list[Reading]:
        """Every cycle of a target's clock, as it stands then; nothing that was said may be doubted."""
        outcome = self.at(now)
        assert outcome.doubts == ()
        return [reading for reading in outcome.readings if reading.target.name == target]

    def clock(self, target: str, now: str | datetime) -> Reading:
        """The one cycle of a target's clock."""
        (reading,) = self.cycles(target, now)
        return reading

    def states(self, target: str, *instants: str | datetime) -> list[State]:
        """The state of the latest cycle at each instant."""
        return [self.cycles(target, now)[-1].state for now in instants]


def circuit(policy: str, **attributes: str) -> Life:
    return Life(policy, SubjectKind.CIRCUIT, **attributes)


def change(policy: str, **attributes: str) -> Life:
    return Life(policy, SubjectKind.CHANGE, **attributes)


def drains(life: Life, target: str, *, at_risk: str, deadline: str) -> None:
    """Running until *at_risk*, at risk up to and at *deadline*, breached a tick later."""
    risk, end = on(at_risk), on(deadline)
    assert life.clock(target, risk - TICK).deadline == end
    assert life.states(target, risk - TICK, risk, end, end + TICK) == [
        State.RUNNING, State.AT_RISK, State.AT_RISK, State.BREACHED,
    ]  # fmt: skip
    assert life.clock(target, end + TICK).breached_at == end


def is_kept_until(life: Life, target: str, deadline: str, word: str) -> None:
    """What keeps the promise at *deadline* sharp keeps it; a tick later it is late, and dated by the deadline."""
    end = on(deadline)
    rest = life.events
    in_time, late = (Life("demo", life.kind) for _ in range(2))
    for copy, stop in ((in_time, end), (late, end + TICK)):
        copy.rules, copy.events = life.rules, list(rest)
        copy.says(stop, word)
    kept, broken = in_time.clock(target, end + H), late.clock(target, end + H)
    assert (kept.state, kept.stopped_at, kept.breached_at) == (State.MET, end, None)
    assert (broken.state, broken.stopped_at, broken.breached_at) == (State.BREACHED, end + TICK, end)
