from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.clock import ticket_clock
from monitor.clock.reading import Reading
from monitor.clock.terms_in_force import Change, Course, Version
from monitor.history.mapping import Fact
from monitor.model import AgreementKind, Life, Phase, Reopen, State
from monitor.policy.terms import Term
from monitor.worktime.calendars import Calendar
from monitor.worktime.working_time import WorkingTime
from tests.monitor.clock.test_ticket_clock import RESTORE
from tests.support.cases import at

H = timedelta(hours=1)
ALWAYS = WorkingTime(Calendar("always", always=True))
LOOSE = Term(None, RESTORE, ALWAYS)
STRICT = Term(None, replace(RESTORE, budget=2 * H), ALWAYS)
NOTHING = Term(None, None, None)


def fact(hours: float, phase: Phase | None, **said: str) -> Fact:
    return Fact(at(hours), f"e{hours}", phase, attributes=said)


def judged(history: list[Fact], versions: list[Version], now: float) -> list[Reading]:
    return list(ticket_clock.judged(history, versions, at(now)))


def test_a_clock_is_judged_by_the_version_in_force_when_it_began() -> None:
    versions = [Version(None, (LOOSE,)), Version(at(1), (STRICT,))]
    (before,) = judged([fact(0, Phase.OPENED)], versions, 3)
    assert (before.state, before.deadline) == (State.AT_RISK, at(4))
    (after,) = judged([fact(1.5, Phase.OPENED)], versions, 3)
    assert after.deadline == at(3.5)


def test_a_version_is_in_force_from_its_first_instant_on() -> None:
    (reading,) = judged([fact(1, Phase.OPENED)], [Version(None, (LOOSE,)), Version(at(1), (STRICT,))], 2)
    assert reading.deadline == at(3)


def test_the_first_version_judges_what_began_before_it() -> None:
    assert judged([fact(0, Phase.OPENED)], [Version(at(1), (STRICT,))], 3)[0].deadline == at(2)


def test_a_version_begins_the_clocks_that_it_is_the_first_to_promise() -> None:
    versions = [Version(None, (NOTHING,)), Version(at(1), (STRICT,))]
    (reading,) = judged([fact(0, Phase.OPENED)], versions, 2)
    assert (reading.started_at, reading.deadline) == (at(1), at(3))


def test_a_clock_whose_version_promises_nothing_any_more_begins_anew_under_the_next_one() -> None:
    ended = Term(at(1), None, None, because="x")
    versions = [Version(None, (LOOSE, ended)), Version(at(2), (STRICT,))]
    history = [fact(0, Phase.OPENED), fact(1.5, Phase.ON_SITE), fact(3, Phase.ACCEPTED)]
    first, second = judged(history, versions, 4)
    assert (first.life, first.stopped_at) == (Life.CANCELLED, at(1))
    assert (second.cycle, second.started_at, second.deadline) == (2, at(3), at(5))


def test_a_reopened_clock_goes_on_under_its_own_version_and_a_new_cycle_under_the_one_in_force() -> None:
    history = [fact(0, Phase.OPENED), fact(1, Phase.RESTORED), fact(3, Phase.ACCEPTED)]
    versions = [Version(None, (LOOSE,)), Version(at(2), (STRICT,))]
    (same,) = judged(history, versions, 4)
    assert same.deadline == at(6)
    anew = [
        Version(
            v.since, tuple(replace(t, target=replace(t.target, reopen=Reopen.NEW_CYCLE)) for t in v.terms if t.target)
        )
        for v in versions
    ]
    assert [reading.deadline for reading in judged(history, anew, 4)] == [at(4), at(5)]


def test_a_clock_says_when_other_terms_will_hold() -> None:
    sooner = Term(at(1), replace(RESTORE, budget=H / 2), ALWAYS, because="age")
    (reading,) = judged([fact(0, Phase.OPENED)], [Version(None, (LOOSE, sooner))], 0.5)
    assert reading.next_at == at(1)
    (waiting,) = judged(
        [fact(0, Phase.OPENED), Fact(at(0.5), "w", Phase.HELD, "customer")], [Version(None, (LOOSE, sooner))], 0.75
    )
    assert (waiting.state, waiting.next_at) == (State.PAUSED, at(1))
    (stopped,) = judged([fact(0, Phase.OPENED), fact(0.5, Phase.RESTORED)], [Version(None, (LOOSE, sooner))], 0.75)
    assert stopped.next_at is None


class Walk:
    """Notes what it is told."""

    def __init__(self, brings: bool) -> None:
        self.told: list[str] = []
        self._brings = brings

    def hear(self, fact: Fact) -> None:
        self.told.append(fact.event_id)

    def change(self, at: datetime, book: int, term: Term | None) -> None:
        self.told.append(f"version {book}" if term is None else f"{book} {term.because}")

    def brings(self, fact: Fact) -> bool:
        return self._brings

    def hear_under(self, fact: Fact, changes: Sequence[Change]) -> None:
        self.told.append(f"{fact.event_id} under {' and '.join(f'{book} {t.because}' for _, book, t in changes if t)}")


def walked(history: list[Fact], versions: list[Version], brings: bool) -> list[str]:
    walk = Walk(brings)
    Course(history, versions).follow(history, at(2), walk)
    return walk.told


def test_at_one_instant_versions_come_first_then_facts_then_terms() -> None:
    history = [fact(1, Phase.OPENED)]
    versions = [Version(None, (LOOSE, replace(STRICT, since=at(1), because="x"))), Version(at(1), (LOOSE,))]
    assert walked(history, versions, brings=False) == ["version 1", "e1", "0 x"]


def test_a_fact_that_moves_a_clock_is_heard_under_the_terms_that_it_brings_and_not_under_those_of_a_later_one() -> None:
    history = [Fact(at(1), name, Phase.OPENED) for name in ("a", "b")]
    own, later = (replace(STRICT, since=at(1), because=name) for name in ("a", "b"))
    versions = [Version(None, (LOOSE, own, later)), Version(None, (LOOSE, own, later))]
    assert walked(history, versions, brings=True) == ["a under 0 a and 1 a", "b under 0 b and 1 b"]


def test_whoever_is_named_first_has_it_from_the_start() -> None:
    history = [fact(0, Phase.OPENED), fact(1, None, team="core"), fact(2, None, supplier="Digger Ltd")]
    (reading,) = judged(history, [Version(None, (LOOSE,))], 3)
    assert [(leg.kind, leg.party, leg.counted) for leg in reading.legs] == [
        (AgreementKind.OLA, "core", 2 * H),
        (AgreementKind.UC, "Digger Ltd", H),
    ]


def test_a_team_that_is_named_without_a_supplier_takes_it_back() -> None:
    history = [fact(0, Phase.OPENED, team="core", supplier="Digger Ltd"), fact(1, None, team="core")]
    (reading,) = judged(history, [Version(None, (LOOSE,))], 3)
    assert [(leg.party, leg.counted) for leg in reading.legs] == [("Digger Ltd", H), ("core", 2 * H)]
