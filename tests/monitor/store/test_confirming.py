"""What a channel has accepted, on a real store, and what is made due again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.store.confirming import Confirmations
from monitor.store.deliveries import Deliveries
from tests.support import cases
from tests.support.cases import at, ticket
from tests.support.switchboard import PHONE, WALL, Switchboard, switchboard


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Switchboard]:
    with switchboard(tmp_path, cases.POLICY[: cases.POLICY.index("  accept:")] + RESTORE) as made:
        yield made


RESTORE = """\
  restore:
    name: {en: Restoration, zh: 故障恢复}
    start: [opened, accepted, held]
    stop: [restored, closed]
    budgets: [{when: {tier: gold}, budget: 4h, source: test}]
"""


def due(board: Switchboard, hours: float) -> int:
    return len(Deliveries(board.database).due_pages("wall", at(hours), 10))


def test_only_what_fires_and_was_accepted_as_it_is_now_is_confirmed_by_a_list(board: Switchboard) -> None:
    known = Confirmations(board.database)
    board.hear(ticket("T1", at(0), "working", tier="gold"))
    board.work(at(3))
    assert known.accepted("wall") == {}
    board.told(WALL, at(3))
    board.told(PHONE, at(3))
    assert len(known.accepted("wall")) == 1
    assert known.accepted("phone") == {}  # a queue holds no states
    board.hear(ticket("T1", at(3.1), team="core"))
    board.work(at(3.1))
    assert known.accepted("wall") == {}  # reworded, and not told in the new words yet
    board.told(WALL, at(3.1))
    assert len(known.accepted("wall")) == 1
    board.hear(ticket("T1", at(3.2), "resolved"))
    board.work(at(3.2))
    assert known.accepted("wall") == {}


def test_what_is_told_again_is_due_at_once(board: Switchboard) -> None:
    known = Confirmations(board.database)
    board.hear(ticket("T1", at(0), "working", tier="gold"))
    board.work(at(3))
    board.told(WALL, at(3))
    assert due(board, 3) == 0
    known.tell_again(list(known.accepted("wall").values()), at(3))
    assert due(board, 3) == 1
    assert board.told(WALL, at(3)) == ["+T1/restore/used_75 first"]


def test_what_changed_while_the_receiver_was_asked_is_left_alone(board: Switchboard) -> None:
    known = Confirmations(board.database)
    board.hear(ticket("T1", at(0), "working", tier="gold"))
    board.work(at(3))
    board.told(WALL, at(3))
    (row,) = known.accepted("wall").values()
    known.tell_again([replace(row, version=row.version + 1), replace(row, id=row.id + 100)], at(3))
    assert due(board, 3) == 0
    known.tell_again([], at(3))
