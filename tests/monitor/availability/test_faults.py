"""Faults: what is one and what are two, their stamps, flapping, repeats in a year, and what planned work excuses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from monitor.availability.faults import Fault, Ticket, faults, repeats, with_tickets
from monitor.availability.rules import FaultRule
from monitor.availability.statements import Statement, stated
from monitor.availability.timeline import Timeline
from monitor.errors import ConfigError
from monitor.model import CircuitState
from tests.support.circuit_lives import BEGIN, SECOND, counted_life

M, H = timedelta(minutes=1), timedelta(hours=1)
ZERO = timedelta(0)


def down(*outages: tuple[float, float], until: float = 600) -> Timeline:
    """A circuit that is down from a minute up to another, at each of these times."""
    said = [Statement(BEGIN, CircuitState.AVAILABLE)]
    for begin, end in outages:
        said.append(Statement(BEGIN + begin * M, CircuitState.UNAVAILABLE))
        said.append(Statement(BEGIN + end * M, CircuitState.AVAILABLE))
    return stated(said, BEGIN + until * M)


def of(*outages: tuple[float, float], until: float = 600, rule: FaultRule | None = None) -> list[Fault]:
    return faults(down(*outages, until=until), rule or FaultRule())


def spans(found: Sequence[Fault]) -> list[tuple[float, float | None, int, bool]]:
    def minutes(at: datetime | None) -> float | None:
        return None if at is None else (at - BEGIN) / M

    return [(minutes(one.onset) or 0.0, minutes(one.ended), one.outages, one.flapping) for one in found]


def test_outages_with_less_than_ten_minutes_between_them_are_one_fault() -> None:
    assert spans(of((60, 65), (74.9, 100))) == [(60, 100, 2, True)]
    assert spans(of((60, 90), (99.9, 130))) == [(60, 130, 2, False)]
    assert spans(of((60, 90), (100, 130))) == [(60, 90, 1, False), (100, 130, 1, False)]
    (one,) = of((60, 90), (99, 130))
    assert one.unavailable == 61 * M


def test_three_changes_in_a_quarter_of_an_hour_are_one_flapping_fault() -> None:
    """Twelve minutes between two outages would part them."""
    assert spans(of((60, 61), (73, 74))) == [(60, 74, 2, True)]
    assert spans(of((60, 61), (75, 76))) == [(60, 61, 1, False), (75, 76, 1, False)]
    assert spans(of((60, 61), (73, 74), (88, 90), (105, 106))) == [(60, 90, 3, True), (105, 106, 1, False)]


def test_a_flapping_fault_is_held_open_and_another_one_for_the_time_of_merging() -> None:
    flapping, plain = of((60, 61), (63, 64), (200, 230))
    assert (flapping.held_until, plain.held_until) == (BEGIN + 79 * M, BEGIN + 240 * M)
    assert flapping.is_open(BEGIN + 78 * M)
    assert not flapping.is_open(BEGIN + 79 * M)


def test_a_fault_that_lasts_has_no_end() -> None:
    (one,) = of((60, 700))
    assert (one.ended, one.held_until, one.to_restore) == (None, None, None)
    assert one.is_open(BEGIN + 9999 * M)
    assert one.unavailable == 540 * M


def test_unknown_time_after_an_outage_belongs_to_its_fault_and_is_not_counted() -> None:
    (one,) = faults(counted_life("." * 5 + "S" * 10 + " " * 2000 + "S" * 3 + "." * 10), FaultRule())
    assert (one.onset, one.ended) == (BEGIN + 5 * SECOND, BEGIN + 2018 * SECOND)
    assert one.unavailable == 13 * SECOND


def test_a_fault_has_its_onset_and_the_time_at_which_it_was_detected() -> None:
    (one,) = faults(counted_life("." * 5 + "S" * 20 + "." * 10), FaultRule())
    assert (one.onset, one.detected) == (BEGIN + 5 * SECOND, BEGIN + 17 * SECOND)
    assert one.to_restore == 8 * SECOND
    (stated_one,) = of((60, 65))
    assert stated_one.detected == stated_one.onset


def test_a_ticket_stamps_the_fault_in_which_it_was_opened() -> None:
    found = of((60, 90), (300, 320))
    told = with_tickets(
        found,
        [
            Ticket(BEGIN + 62 * M, BEGIN + 64 * M, BEGIN + 80 * M, "fibre"),
            Ticket(BEGIN + 61 * M, BEGIN + 63 * M),
            Ticket(BEGIN + 95 * M, None, BEGIN + 96 * M),
            Ticket(BEGIN + 200 * M, BEGIN + 201 * M),
            Ticket(BEGIN + 310 * M),
        ],
        BEGIN + 600 * M,
    )
    assert [(one.accepted, one.restored, one.cause) for one in told] == [
        (BEGIN + 63 * M, BEGIN + 96 * M, "fibre"), (None, None, ""),
    ]  # fmt: skip


def test_the_minutes_after_a_ticket_said_restored_are_contested() -> None:
    (one,) = with_tickets(of((60, 90)), [Ticket(BEGIN + 62 * M, None, BEGIN + 80 * M)], BEGIN + 600 * M)
    assert one.contested == 10 * M
    (early,) = with_tickets(of((60, 90)), [Ticket(BEGIN + 62 * M, None, BEGIN + 10 * M)], BEGIN + 600 * M)
    assert early.contested == 30 * M
    (late,) = with_tickets(of((60, 90)), [Ticket(BEGIN + 62 * M, None, BEGIN + 100 * M)], BEGIN + 600 * M)
    assert late.contested == ZERO


def test_a_ticket_of_a_fault_that_lasts_finds_it() -> None:
    (one,) = with_tickets(of((60, 700)), [Ticket(BEGIN + 500 * M, BEGIN + 501 * M)], BEGIN + 600 * M)
    assert one.accepted == BEGIN + 501 * M


def test_a_fault_that_planned_work_excuses_counts_in_no_year_and_one_that_lasts_longer_does() -> None:
    timeline = down((60, 90), (300, 340))
    excused = [(BEGIN + 50 * M, BEGIN + 100 * M), (BEGIN + 290 * M, BEGIN + 320 * M)]
    whole, part = faults(timeline, FaultRule(), excused)
    assert (whole.unavailable, whole.excused, whole.counts_from) == (ZERO, 30 * M, None)
    assert (part.unavailable, part.excused, part.counts_from) == (20 * M, 20 * M, BEGIN + 320 * M)
    assert repeats([whole, part], (BEGIN, BEGIN + 600 * M)) == 1


def test_repeats_are_counted_in_any_year_and_of_one_cause() -> None:
    found = with_tickets(
        of((60, 70), (100, 110), (400, 410)),
        [Ticket(BEGIN + 61 * M, cause="fibre"), Ticket(BEGIN + 401 * M, cause="power")],
        BEGIN + 600 * M,
    )
    year = (BEGIN, BEGIN + 600 * M)
    assert (repeats(found, year), repeats(found, year, "fibre"), repeats(found, year, "")) == (3, 1, 1)
    assert repeats(found, (BEGIN + 60 * M, BEGIN + 400 * M)) == 2
    assert repeats(found, (BEGIN + 61 * M, BEGIN + 401 * M)) == 2


def test_no_outage_is_no_fault() -> None:
    assert of() == []
    assert faults(counted_life(""), FaultRule()) == []


@pytest.mark.parametrize(
    "wrong", [{"merge": -M}, {"merge": timedelta(days=2)}, {"flaps": 1}, {"flap_window": ZERO}]
)  # fmt: skip
def test_a_rule_that_makes_no_faults_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        FaultRule(**wrong)  # type: ignore[arg-type]
