"""Repeats against a second opinion, through a real store."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support import cases
from tests.support.cases import at, ticket
from tests.support.repeats import EVERY, MINUTE, STAGES, Room, fault, firing
from tests.support.switchboard import switchboard

ACTIONS = st.sampled_from(["acknowledge", "hold", "work", "resolve", "restart", "nothing"])


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    actions=st.lists(st.tuples(ACTIONS, st.integers(1, 60)), min_size=3, max_size=25),
    quiet=st.tuples(st.integers(120, 600), st.integers(1, 200)),
)
def test_it_hears_what_a_second_opinion_says(actions: list[tuple[str, int]], quiet: tuple[int, int]) -> None:
    """An oracle that knows only what was heard and done: exactly the repeats that are due, at each look."""
    begins, ends = at(0, quiet[0]), at(0, quiet[0] + quiet[1])
    heard: dict[str, datetime] = {}
    taken: dict[str, datetime] = {}
    with TemporaryDirectory() as folder, switchboard(Path(folder), cases.RESTORATION) as board:
        room, now = Room(board), at(2.5)
        room.silence(begins, ends)
        board.hear(fault("T1", 0))
        for number, (action, minutes) in enumerate(actions):
            now += minutes * MINUTE
            event_id = f"e{number}"
            if action == "acknowledge":
                room.acknowledge(now)
                taken |= {stage: now for stage in firing(room)}
            elif action == "restart":
                room.restart()
            elif action == "hold":
                board.hear(ticket("T1", now, "waiting", event_id=event_id, reason="customer"))
            elif action == "work":
                board.hear(ticket("T1", now, "working", event_id=event_id, tier="gold"))
            elif action == "resolve":
                board.hear(ticket("T1", now, "resolved", event_id=event_id))
                taken.clear()
            said = room.run(now)
            repeats = [line.split()[0].rpartition("/")[2] for line in said if line.endswith("repeat_due")]
            news = {line.split()[0].rpartition("/")[2]: line[0] == "+" for line in said if "repeat_due" not in line}
            there = firing(room)
            worst = max(there, key=STAGES.index, default="")
            expected = [
                stage for stage in there
                if stage in heard and stage not in news and now - heard[stage] >= EVERY and stage == worst
                and not begins <= now < ends
                and not any(STAGES.index(one) >= STAGES.index(stage) for one in taken)
            ]  # fmt: skip
            assert repeats == expected
            for stage, fires in news.items():
                heard[stage] = now
                if not fires:
                    del heard[stage]
            heard |= {stage: now for stage in repeats}
        known = room.decided()
        assert sum(why == "inhibited" for why, _ in known) <= len(STAGES)
