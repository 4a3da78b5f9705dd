"""One cause, one page; silences; shadow; who takes what: through a real store, as receivers hear it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from alerts.decide.routing import RouteTable
from alerts.decide.withholding import Route
from monitor.alert.alert import Channel, Delivery
from monitor.store.deliveries import Deliveries
from monitor.store.schema import causes, counters, decisions, silences
from tests.support import cases
from tests.support.cases import at, ticket
from tests.support.switchboard import PHONE, WALL, Switchboard, switchboard


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Switchboard]:
    with switchboard(tmp_path, cases.RESTORATION) as made:
        yield made


def fault(name: str, hours: float, circuit: str = "C1", tier: str = "gold"):
    return ticket(name, at(hours), "working", tier=tier, circuit=circuit, customer=f"customer of {name}")


def silenced(board: Switchboard, matchers: list[str], until: float, name: str = "s1") -> None:
    row = {
        "id": name, "matchers": matchers, "starts_at": at(0), "ends_at": at(until), "author": "lin",
        "reason": "works", "maintenance": False, "created_at": at(0),
    }  # fmt: skip
    with board.database.write() as connection:
        connection.execute(sa.insert(silences).values(**row))


def decided(board: Switchboard, channel: str = "phone") -> list[tuple[str, str]]:
    with board.database.read() as connection:
        rows = connection.execute(
            sa.select(decisions.c.reason, decisions.c.detail).where(decisions.c.channel == channel)
        )
        return [(row.reason, row.detail) for row in rows]


def test_the_first_pages_alone_and_the_second_on_the_same_circuit_brings_the_cause(board: Switchboard) -> None:
    board.hear(fault("T1", 0))
    board.work(at(3))
    assert board.told(PHONE, at(3)) == ["+T1/restore/used_75 first"]
    board.hear(fault("T2", 0.5))
    board.work(at(3.5))
    assert board.told(PHONE, at(3.5)) == ["+RootCause/1 first"]
    assert decided(board) == [("grouped", "cause1")]
    (told,) = board.ears["phone"].heard[-1:]
    assert told.labels["root_cause"] == "cause1"
    assert told.labels["tier"] == "gold"
    assert told.annotations["summary"] == "circuit C1 (Gold): 2 affected, first due 2026-01-05 12:00 +08:00"
    said = told.annotations["description"]
    assert (
        "Will be broken unless restored: by 2026-01-05 11:45 +08:00: 0; by 2026-01-05 12:00 +08:00: 1;"
        " by 2026-01-05 12:30 +08:00: 2." in said
    )
    assert "影响2个对象" in told.annotations["summary_zh"]
    assert "Affected: T1, T2." in told.annotations["description"]


def test_many_in_the_same_instant_are_one_page(board: Switchboard) -> None:
    board.hear(*(fault(f"T{number}", 0) for number in range(30)))
    board.work(at(3))
    assert board.told(PHONE, at(3)) == ["+RootCause/1 first"]
    assert board.told(WALL, at(3)) == ["+RootCause/1 first"]
    assert decided(board) == [("grouped", "cause1")] * 30


def test_other_circuits_and_alerts_without_one_are_other_causes(board: Switchboard) -> None:
    board.hear(fault("T1", 0), fault("T2", 0, "C2"), fault("T3", 0, ""), fault("T4", 0, ""))
    board.work(at(3))
    assert sorted(board.told(PHONE, at(3))) == [f"+T{number}/restore/used_75 first" for number in range(1, 5)]


def test_a_late_joiner_with_an_earlier_deadline_pages_again(board: Switchboard) -> None:
    board.hear(fault("T1", 0), fault("T2", 0))
    board.work(at(3))
    assert board.told(PHONE, at(3)) == ["+RootCause/1 first"]
    board.hear(fault("T3", 1.4, tier="diamond"))  # two hours: due at 3:24, told at half of it
    board.work(at(3.1))
    assert board.told(PHONE, at(3.1)) == ["+RootCause/2 worsened"]
    board.hear(fault("T4", 0.2))
    board.work(at(3.22))
    assert board.told(PHONE, at(3.22)) == []  # a later deadline joins without a page


def test_the_first_broken_promise_of_a_cause_pages_again_and_only_the_first(board: Switchboard) -> None:
    board.hear(*(fault(f"T{number}", number / 60) for number in range(10)))
    board.work(at(3, 30))
    assert board.told(PHONE, at(3, 30)) == ["+RootCause/1 first"]
    board.work(at(4, 0.5))
    assert board.told(PHONE, at(4, 0.5)) == ["+RootCause/2 worsened"]
    board.work(at(4, 8))
    assert board.told(PHONE, at(4, 8)) == []


def test_members_leave_on_restoration_and_the_last_ends_the_cause(board: Switchboard) -> None:
    board.hear(fault("T1", 0), fault("T2", 0))
    board.work(at(3))
    board.told(PHONE, at(3))
    board.hear(ticket("T1", at(3.1), "resolved"))
    board.work(at(3.1))
    assert board.told(PHONE, at(3.1)) == []  # what was never told has no end to tell
    board.hear(ticket("T2", at(3.2), "resolved"))
    board.work(at(3.2))
    assert board.told(PHONE, at(3.2)) == ["-RootCause/1 restored"]
    with board.database.read() as connection:
        (row,) = connection.execute(sa.select(causes)).all()
    assert (row.key, row.wave, row.closed_at) == ("circuit/C1", 1, at(3.2))


def test_a_cause_that_is_over_is_not_taken_up_again(board: Switchboard) -> None:
    board.hear(fault("T1", 0), fault("T2", 0))
    board.work(at(3))
    board.hear(ticket("T1", at(3.1), "resolved"), ticket("T2", at(3.1), "resolved"))
    board.work(at(3.1))
    board.hear(fault("T3", 4), fault("T4", 4))
    board.work(at(7))
    with board.database.read() as connection:
        assert sorted(connection.scalars(sa.select(causes.c.id))) == ["cause1", "cause2"]


def test_a_silence_withholds_until_it_ends_and_then_tells_what_still_holds(board: Switchboard) -> None:
    silenced(board, ["tier=gold"], until=3.4)
    board.hear(fault("T1", 0), fault("T2", 0, "C2", tier="diamond"))
    board.work(at(3))
    assert board.told(PHONE, at(3)) == ["+T2/restore/breached first"]
    assert decided(board) == [("silenced", "s1")]
    assert board.told(PHONE, at(3.39)) == []
    assert board.told(PHONE, at(3.4)) == ["+T1/restore/used_75 first"]


def test_what_began_and_ended_under_a_silence_is_told_to_no_queue(board: Switchboard) -> None:
    silenced(board, ["ticket=T1"], until=5)
    board.hear(fault("T1", 0))
    board.work(at(3))
    board.hear(ticket("T1", at(3.2), "resolved"))
    board.work(at(3.2))
    assert board.told(PHONE, at(6)) == []
    assert "+T1/restore/used_75 first" not in board.told(WALL, at(6))


def test_a_receiver_in_shadow_decides_and_sends_nothing(board: Switchboard) -> None:
    board.routes = (Route(WALL), Route(PHONE, shadow=True))
    board.hear(fault("T1", 0))
    board.work(at(3))
    assert board.told(PHONE, at(3)) == []
    assert board.told(WALL, at(3)) == ["+T1/restore/used_75 first"]
    assert decided(board) == [("shadow", "")]


def test_a_receiver_hears_only_what_its_route_takes(board: Switchboard) -> None:
    board.routes = (Route(WALL), Route(PHONE, {"tier": frozenset({"diamond"}), "stage": frozenset({"breached"})}))
    board.hear(fault("T1", 0), fault("T2", 0, "C2", tier="diamond"))
    board.work(at(2, 1))
    assert board.told(PHONE, at(2, 1)) == ["+T2/restore/breached first"]
    board.work(at(4, 1))
    assert board.told(PHONE, at(4, 1)) == []
    with board.database.read() as connection:
        rows = connection.execute(sa.select(counters).where(counters.c.name == "tierwatch_alerts_withheld_total")).all()
    assert {"channel": "phone", "reason": "not_routed"} in [row.labels for row in rows]


def test_what_alerts_roll_up_to_is_configured(board: Switchboard) -> None:
    board.settings = replace(board.settings, causes=("device", "circuit"))
    board.hear(
        ticket("T1", at(0), "working", tier="gold", circuit="C1", device="olt-7"),
        ticket("T2", at(0), "working", tier="gold", circuit="C2", device="olt-7"),
    )
    board.work(at(3))
    assert board.told(PHONE, at(3)) == ["+RootCause/1 first"]
    assert board.ears["phone"].heard[-1].annotations["summary"].startswith("device olt-7 (Gold): 2 affected")


def test_hostile_names_of_causes_stay_one_short_line(board: Switchboard) -> None:
    evil = "C1\n@all <b>\u202e" + "x" * 500
    board.hear(fault("T1", 0, evil), fault("T2", 0, evil))
    board.work(at(3))
    board.told(PHONE, at(3))
    summary = board.ears["phone"].heard[-1].annotations["summary"]
    assert "\n" not in summary
    assert "\u202e" not in summary
    assert len(summary) < 200


def test_deciding_again_changes_nothing(board: Switchboard) -> None:
    board.hear(*(fault(f"T{number}", 0) for number in range(3)))
    for _ in range(3):
        board.work(at(3))
    assert board.told(PHONE, at(3)) == ["+RootCause/1 first"]
    assert board.told(PHONE, at(3) + timedelta(seconds=1)) == []


def test_a_member_that_turns_out_to_be_on_another_circuit_is_told_for_itself(board: Switchboard) -> None:
    board.hear(fault("T1", 0), fault("T2", 0))
    board.work(at(3))
    assert board.told(PHONE, at(3)) == ["+RootCause/1 first"]
    board.hear(ticket("T2", at(3.1), circuit="C9"), ticket("T1", at(3.1), "resolved"))
    board.work(at(3.1))
    assert sorted(board.told(PHONE, at(3.1))) == ["+T2/restore/used_75 first", "-RootCause/1 restored"]


def test_what_a_receiver_of_states_holds_as_firing_goes_on_being_sent_under_a_silence(board: Switchboard) -> None:
    board.hear(fault("T1", 0))
    board.work(at(3))
    assert board.told(WALL, at(3)) == ["+T1/restore/used_75 first"]
    silenced(board, ["ticket=T1"], until=9)
    board.hear(ticket("T1", at(3.1), team="backbone"))  # other words for the same alert
    board.work(at(3.1))
    assert board.told(WALL, at(3.1)) == ["+T1/restore/used_75 reworded"]
    assert board.told(WALL, at(3.2)) == ["+T1/restore/used_75 reworded"]


def test_in_shadow_a_page_that_would_be_grouped_or_silenced_is_not_counted_as_one(board: Switchboard) -> None:
    board.routes = (Route(WALL), Route(PHONE, shadow=True))
    silenced(board, ["ticket=T9"], until=4)
    board.hear(fault("T1", 0), fault("T2", 0), fault("T9", 0, "C9"))
    board.work(at(3))
    assert sorted(decided(board)) == [("grouped", "cause1"), ("grouped", "cause1"), ("shadow", ""), ("silenced", "s1")]
    assert board.told(PHONE, at(5)) == []


def test_a_new_receiver_is_told_what_fires_by_its_own_route(board: Switchboard) -> None:
    board.hear(fault("T1", 0), fault("T2", 0, "C2", tier="diamond"))
    board.work(at(2, 1))
    new, practising = Channel("new", Delivery.STATE), Channel("practising", Delivery.STATE)
    board.routes = (Route(new, {"tier": frozenset({"diamond"})}), Route(practising, shadow=True))
    router = RouteTable(board.routes, lambda: board.settings)
    Deliveries(board.database).begin((new, practising), at(2, 2), router.takes)
    assert board.told(new, at(2, 2)) == ["+T2/restore/breached first"]
    assert board.told(practising, at(2, 2)) == []


# -- waves of one cause, as receivers hear them ----------------------------------------------------------------------


def broken_cause(board: Switchboard) -> None:
    """Two of one circuit, told as one at 3:00, and broken a minute after 4:00."""
    board.hear(fault("T1", 0), fault("T2", 0))
    board.work(at(3))


def test_a_queue_hears_of_every_wave_and_of_one_end(board: Switchboard) -> None:
    broken_cause(board)
    assert board.told(PHONE, at(3)) == ["+RootCause/1 first"]
    board.work(at(4, 1))
    assert board.told(PHONE, at(4, 1)) == ["+RootCause/2 worsened"]
    heard = board.ears["phone"].heard
    assert heard[-1].incident == heard[-2].incident
    assert "2 promises are broken: T1, T2; no other is near its deadline" in heard[-1].annotations["summary"]
    board.hear(ticket("T1", at(4.2), "resolved"), ticket("T2", at(4.2), "resolved"))
    board.work(at(4.2))
    assert board.told(PHONE, at(4.2)) == ["-RootCause/2 restored"]
    assert "T1, T2 completed" in heard[-1].annotations["summary"]
    assert board.told(PHONE, at(5)) == []


def test_a_receiver_of_states_hears_of_every_wave_until_all_of_them_end(board: Switchboard) -> None:
    broken_cause(board)
    board.told(WALL, at(3))
    board.work(at(4, 1))
    assert sorted(board.told(WALL, at(4, 1))) == ["+RootCause/1 reworded", "+RootCause/2 worsened"]
    board.hear(ticket("T1", at(4.2), "resolved"), ticket("T2", at(4.2), "cancelled"))
    board.work(at(4.2))
    of_the_cause = [told for told in board.told(WALL, at(4.2)) if "RootCause" in told]
    assert sorted(of_the_cause) == ["-RootCause/1 cause_over", "-RootCause/2 cause_over"]


def test_a_wave_that_was_not_sent_is_replaced_by_the_next(board: Switchboard) -> None:
    broken_cause(board)
    board.work(at(4, 1))
    assert board.told(PHONE, at(4, 1)) == ["+RootCause/2 worsened"]


def test_what_is_broken_while_a_page_waits_is_said_in_it(board: Switchboard) -> None:
    board.hear(fault("T1", 0), fault("T2", 0.1))
    board.work(at(3.1))
    board.work(at(4, 1))
    board.work(at(4, 7))
    assert board.told(PHONE, at(4, 8)) == ["+RootCause/2 worsened"]
    assert "2 promises are broken: T1, T2" in board.ears["phone"].heard[-1].annotations["summary"]


def test_an_older_wave_that_was_taken_ends_although_the_next_one_never_got_through(board: Switchboard) -> None:
    broken_cause(board)
    assert board.told(PHONE, at(3)) == ["+RootCause/1 first"]
    board.work(at(4, 1))
    board.hear(ticket("T1", at(4.2), "resolved"), ticket("T2", at(4.2), "resolved"))
    board.work(at(4.2))
    assert "-RootCause/1 restored" in board.told(PHONE, at(4.2)), "else its incident would stay open"


def test_a_receiver_that_takes_only_an_older_wave_hears_of_its_end(board: Switchboard) -> None:
    board.routes = (Route(WALL), Route(PHONE, {"wave": frozenset({"1"})}))
    broken_cause(board)
    assert board.told(PHONE, at(3)) == ["+RootCause/1 first"]
    board.work(at(4, 1))
    board.hear(ticket("T1", at(4.2), "resolved"), ticket("T2", at(4.2), "resolved"))
    board.work(at(4.2))
    assert board.told(PHONE, at(4.2)) == ["-RootCause/1 restored"]


def test_of_a_wave_that_a_silence_held_to_the_end_the_older_ones_end_is_told(board: Switchboard) -> None:
    broken_cause(board)
    assert board.told(PHONE, at(3)) == ["+RootCause/1 first"]
    silenced(board, ["alertname=TierwatchRootCause"], until=9)
    board.work(at(4, 1))
    assert board.told(PHONE, at(4, 1)) == []
    board.hear(ticket("T1", at(4.2), "resolved"), ticket("T2", at(4.2), "resolved"))
    board.work(at(4.2))
    assert board.told(PHONE, at(9)) == ["-RootCause/1 restored"]


@pytest.mark.parametrize(("until", "told"), [(4.1, ["+RootCause/2 worsened"]), (9, [])])
def test_of_waves_that_one_silence_held_only_the_newest_is_told_if_it_still_holds(
    board: Switchboard, until: float, told: list[str]
) -> None:
    silenced(board, ["alertname=TierwatchRootCause"], until=until)
    broken_cause(board)
    board.work(at(4, 1))
    assert board.told(PHONE, at(4, 2)) == []
    assert board.told(PHONE, at(4.1)) == told
    board.hear(ticket("T1", at(4.2), "resolved"), ticket("T2", at(4.2), "resolved"))
    board.work(at(4.2))
    assert board.told(PHONE, at(9)) == (["-RootCause/2 restored"] if told else [])


def test_a_paused_member_is_named_at_the_end_of_its_cause(board: Switchboard) -> None:
    broken_cause(board)
    board.told(PHONE, at(3))
    board.hear(ticket("T1", at(3.1), "waiting", reason="customer"))
    board.work(at(3.1))
    board.hear(ticket("T2", at(3.2), "resolved"))
    board.work(at(3.2))
    assert board.told(PHONE, at(3.2)) == ["-RootCause/1 cause_over"]
    assert "pages again when it resumes: T1." in board.ears["phone"].heard[-1].annotations["description"]
