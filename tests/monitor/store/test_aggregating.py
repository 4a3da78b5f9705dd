"""What is kept of open clocks is what a reader of all rows counts, after any history of changes, deaths and starts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.store import aggregating
from monitor.store.database import Database
from tests.support.counted_world import End, World

subjects = st.integers(0, 4)
changes = st.one_of(
    st.tuples(
        st.just("hear"),
        st.tuples(subjects, st.integers(0, 5), st.integers(0, 3), st.integers(0, 1), st.integers(0, 90)),
    ),
    st.tuples(st.just("circuit"), st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(0, 3))),
    st.tuples(st.just("work"), st.tuples(st.sampled_from((0, 1, 7, 20, 60, 300, 700, -90)))),
    st.tuples(st.just("retire"), st.tuples(st.integers(0, 4), st.booleans())),
    st.tuples(st.sampled_from(("rules", "prune")), st.just(())),
    st.tuples(st.just("set_aside"), st.tuples(subjects)),
)
steps = st.one_of(
    changes,
    changes,
    changes,
    st.tuples(st.just("die"), st.tuples(st.integers(1, 40), st.sampled_from(get_args(End)))),
    st.tuples(st.just("start"), st.just(())),
    st.tuples(st.just("recount"), st.tuples(st.lists(changes, max_size=3))),
)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    it = Database(f"sqlite:///{tmp_path_factory.mktemp('aggregates')}/store.db")
    yield it
    it.close()


@settings(max_examples=settings().max_examples // 4)
@given(st.lists(steps, min_size=5, max_size=25))
def test_what_is_kept_is_what_a_recount_finds(database: Database, history: list[tuple[str, tuple[Any, ...]]]) -> None:
    world = World(database)
    for name, given_ in history:
        getattr(world, name)(*given_)
        world.look()
    world.end()


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def test_the_model_sees_each_kind_of_change_while_the_counts_are_known(world: World) -> None:
    world.recount([])
    for number in range(5):
        world.hear(number, 0, 1, number % 2, 0)
        world.look()
    world.circuit(0, 1, 1)
    world.circuit(1, 1, 2)
    for minutes in (0, 20, 60, 300, -90, 90):
        world.work(minutes)
        world.look()
    for state in (2, 0, 2):
        world.circuit(0, state, 1)
        world.work(3)
        world.look()
    world.rules()
    world.work(1)
    world.look()
    for number in range(5):
        world.hear(number, 4, 1, number % 2, 0)
    world.work(700)
    world.prune()
    world.look()
    world.end()
    assert world.done["known"] > 10
    assert min(world.done[name] for name in ("guarded", "groups", "pruned", "used now", "at rest")) > 0
    assert world.done["not known"] == 0


def test_changes_while_everything_is_counted_are_in_the_count(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aggregating, "PORTION", 1)
    for number in range(5):
        world.hear(number, 0, 1, 0, 0)
    world.work(0)
    world.recount([("hear", (0, 4, 1, 0, 0)), ("circuit", (1, 0, 1)), ("work", (60,))])
    assert world.done["meanwhile"] == 3
    world.look()
    assert world.done["known"] == 1


@pytest.mark.parametrize("how", get_args(End))
def test_a_commit_that_failed_leaves_nothing_that_is_not_stored(world: World, how: End) -> None:
    """Where nobody can say whether it was made, nothing is known until everything was counted anew."""
    world.recount([])
    for writes in range(1, 60):
        world.hear(writes % 5, writes % 4, 1, 0, 0)
        world.die(writes, how)
        world.work(10)
        world.look()
        world.recount([])
        world.look()
    assert world.done[how] > 20
    assert how != "refused" or world.done["not known"] == 0, "what SQLite refuses is in no doubt"
