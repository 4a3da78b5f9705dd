"""What is foretold of alerts: a look at each instant at which something changes, by the functions that judge then."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.decide import RouteTable, clock_alerts, foretold
from alerts.decide.foretold import Look, Stored, StoredSubject
from alerts.decide.withholding import Route
from monitor.alert.alert import Channel, Delivery, Settings, SilenceRow
from monitor.alert.reasons import Withheld
from monitor.clock import engine
from monitor.model import SubjectKey
from tests.support.cases import POLICY, at, rules, ticket
from tests.support.texts import exchanged

KEY = SubjectKey("tickets", "T1")
WALL, PRACTICE = Channel("wall", Delivery.QUEUE), Channel("practice", Delivery.QUEUE)
ONLY = {"stage": frozenset({"breached"})}
ROUTES = (Route(WALL), Route(PRACTICE, shadow=True), Route(Channel("am", Delivery.STATE), ONLY))
EIGHT, END = at(8), at(40)
SETTINGS = Settings("here", at(0))
RULES = rules(
    exchanged(POLICY, ("\ntargets:\n", "\nstages: {tier: {diamond: [50%, 100%], gold: [75%, 90%, 100%]}}\ntargets:\n"))
)
TABLE = RouteTable(ROUTES, lambda: SETTINGS, lambda: "new")


def stored(*silences: SilenceRow, opened: datetime = EIGHT, tier: str = "gold") -> Stored:
    return Stored({KEY: StoredSubject([ticket("T1", opened, "working", tier=tier)], (), ())}, silences)


def looks(of: Stored, now: datetime = EIGHT, until: datetime = END) -> list[Look]:
    return list(foretold.foretell(of, RULES, TABLE, now, until))


def told(found: list[Look]) -> list[tuple[datetime, str, str, str]]:
    return [
        (look.at, change.alert.stage, decision.channel.name, (decision.withheld or "told"))
        for look in found
        for change in look.changes
        if change.alert.target == "restore"
        for decision in change.decisions
    ]


def test_each_stage_is_foretold_at_its_instant_channel_by_channel_with_the_reason() -> None:
    breach = at(12) + timedelta(microseconds=1)
    assert told(looks(stored())) == [
        (at(11), "used_75", "wall", "told"),
        (at(11), "used_75", "practice", "shadow"),
        (at(11), "used_75", "am", "not_routed"),
        (at(11, 36), "used_90", "wall", "told"),
        (at(11, 36), "used_90", "practice", "shadow"),
        (at(11, 36), "used_90", "am", "not_routed"),
        (breach, "breached", "wall", "told"),
        (breach, "breached", "practice", "shadow"),
        (breach, "breached", "am", "told"),
    ]


def test_a_planned_silence_holds_what_comes_in_it_and_lets_it_go_at_its_end() -> None:
    row = SilenceRow("s1", ("sla_target=restore",), at(10), at(11, 30), "wang", "works")
    found = looks(stored(row))
    (held,) = [
        decision
        for look in found
        for change in look.changes
        if (change.alert.target, change.alert.stage) == ("restore", "used_75")
        for decision in change.decisions
        if decision.channel == WALL
    ]
    assert (held.withheld, held.until, held.detail) == (Withheld.SILENCED, at(11, 30), "s1")
    (gone,) = [(look.at, gone) for look in found for gone in look.let_go]
    assert gone[0] == at(11, 30)
    assert (gone[1].alert.stage, gone[1].waited_for, gone[1].decision.withheld) == ("used_75", Withheld.SILENCED, None)


def test_what_is_known_to_happen_later_is_looked_at_when_it_happens() -> None:
    later = Stored({KEY: StoredSubject([ticket("T1", at(20), "working", tier="gold")], (), ())})
    first, *rest = looks(later)
    assert first.outcomes == {}
    assert rest[0].at == at(20)
    assert next(one[:2] for one in told(rest) if one[2] == "wall") == (at(23), "used_75")
    both = Stored(
        {KEY: StoredSubject([ticket("T1", at(8), "working", tier="gold"), ticket("T1", at(9), "resolved")], (), ())}
    )
    assert told(looks(both)) == []


def test_no_more_is_looked_at_than_until_the_end_that_was_asked_for() -> None:
    found = looks(stored(), until=at(11, 30))
    assert [look.at for look in found][-1] <= at(11, 30)
    assert {stage for _, stage, _, _ in told(found)} == {"used_75"}


@settings(max_examples=40, deadline=None)
@given(
    opened=st.integers(0, 600),
    tier=st.sampled_from(["gold", "diamond"]),
    asked=st.integers(0, 700),
    silence=st.none() | st.tuples(st.integers(0, 600), st.integers(1, 400)),
)
def test_it_does_not_matter_when_it_was_asked(
    opened: int, tier: str, asked: int, silence: tuple[int, int] | None
) -> None:
    """What is foretold from the beginning on, and what is foretold after having lived for some of it, are one."""
    begun, now = at(0, opened), at(0, opened + asked)
    rows = () if silence is None else (_row(*silence),)
    of = stored(*rows, opened=begun, tier=tier)
    whole = looks(of, now=begun, until=begun + timedelta(hours=30))
    before = [look for look in whole if look.at <= now][-1]
    known = StoredSubject(of.subjects[KEY].events, before.transitions[KEY], before.alerts)
    outcome = engine.advance(known.events, known.transitions, RULES, now)
    assert clock_alerts.decide(outcome, known.alerts, SETTINGS, now) == ()
    rest = looks(Stored({KEY: known}, rows), now=now, until=begun + timedelta(hours=30))
    assert told(rest) == [one for one in told(whole) if one[0] > now]


def _row(begins: int, length: int) -> SilenceRow:
    return SilenceRow("s1", ("sla_target=restore",), at(0, begins), at(0, begins + length), "wang", "works")
