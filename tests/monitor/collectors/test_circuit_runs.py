from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.collectors._circuit_runs import KnownCircuit, Runs, after_poll, decode, encode
from monitor.model import CircuitState

RUNS = Runs(down_after=3, up_after=2, silent_after=3)
WORDS = {
    "u": CircuitState.UNAVAILABLE,
    "d": CircuitState.DEGRADED,
    "a": CircuitState.AVAILABLE,
    "-": CircuitState.UNKNOWN,
}
START = datetime(2026, 1, 1, tzinfo=UTC)


def after(said: str, runs: Runs = RUNS) -> list[tuple[str, int]]:
    """The changes that a row of answers makes: the letter of the new state, and the number of its first answer."""
    known, changes = KnownCircuit(), []
    for place, letter in enumerate(said):
        new = after_poll(known, WORDS[letter], START + timedelta(seconds=place), runs)
        new = decode(encode(new))
        if new.since is not None and (new.state is not known.state or known.since is None):
            changes.append((encode(new)[0], int((new.since - START).total_seconds())))
        known = new
    return changes


def test_one_answer_proves_nothing() -> None:
    assert after("a") == []
    assert after("uu") == []


def test_a_change_is_dated_by_the_first_answer_of_its_run() -> None:
    assert after("aauuu") == [("a", 0), ("u", 2)]
    assert after("aauuuaa") == [("a", 0), ("u", 2), ("a", 5)]


def test_a_run_that_is_interrupted_by_the_old_state_begins_anew() -> None:
    assert after("aauuauu") == [("a", 0)]
    assert after("aauuuauua") == [("a", 0), ("u", 2)]


def test_silence_makes_a_circuit_unknown_and_never_down() -> None:
    assert after("aa---") == [("a", 0), ("-", 2)]
    assert after("aa--a--a") == [("a", 0)]
    assert after("aa----------") == [("a", 0), ("-", 2)]


def test_after_silence_the_state_needs_its_run_again() -> None:
    assert after("aa---a") == [("a", 0), ("-", 2)]
    assert after("aa---aa") == [("a", 0), ("-", 2), ("a", 5)]
    assert after("aa---uuu") == [("a", 0), ("-", 2), ("u", 5)]


def test_single_silences_neither_feed_nor_end_a_run() -> None:
    assert after("aau-u-u") == [("a", 0), ("u", 2)]
    assert after("aa---a--a") == [("a", 0), ("-", 2), ("a", 5)]


def test_a_long_silence_ends_a_run_so_that_its_onset_is_not_older_than_the_evidence() -> None:
    assert after("aa---a---a") == [("a", 0), ("-", 2)]
    assert after("aa---a---aa") == [("a", 0), ("-", 2), ("a", 9)]


def test_a_silence_while_unknown_does_not_move_the_onset_of_not_knowing() -> None:
    known = KnownCircuit(CircuitState.UNKNOWN, START)
    for place, letter in enumerate("a---", start=1):
        known = after_poll(known, WORDS[letter], START + timedelta(seconds=place), RUNS)
    assert known == KnownCircuit(CircuitState.UNKNOWN, START)


def test_a_mixed_run_settles_on_what_all_answers_support() -> None:
    assert after("aaudu") == [("a", 0), ("d", 2)]
    assert after("aauduuuu") == [("a", 0), ("d", 2), ("u", 5)]
    assert after("uuuda") == [("u", 0), ("d", 3)]
    assert after("uuudaaa") == [("u", 0), ("d", 3), ("a", 5)]


def test_a_circuit_that_flaps_between_down_and_degraded_is_not_called_available() -> None:
    assert after("aa" + "ud" * 5)[-1][0] != "a"


def test_a_circuit_that_was_never_answered_for_becomes_unknown() -> None:
    assert after("---") == [("-", 0)]


def test_a_late_dated_answer_does_not_put_a_change_before_the_one_it_follows() -> None:
    known = KnownCircuit(CircuitState.UNKNOWN, START)
    early = START - timedelta(hours=1)
    known = after_poll(after_poll(known, CircuitState.AVAILABLE, early, RUNS), CircuitState.AVAILABLE, START, RUNS)
    assert (known.state, known.since) == (CircuitState.AVAILABLE, START)


@given(st.text("uda-", max_size=40), st.integers(1, 4), st.integers(1, 4), st.integers(1, 4))
def test_every_change_has_a_run_behind_it(said: str, down: int, up: int, silent: int) -> None:
    dates = []
    for letter, first in after(said, Runs(down, up, silent)):
        run = said[first:]
        dates.append(first)
        if letter == "a":
            assert run.replace("-", "").startswith("a" * up)
        elif letter == "u":
            assert run.replace("-", "").startswith("u" * down)
        elif letter == "-":
            assert run.startswith("-" * silent)
    assert dates == sorted(dates)


def test_a_settled_circuit_is_kept_in_a_few_letters() -> None:
    assert len(encode(KnownCircuit(CircuitState.AVAILABLE, START))) <= 14
    assert decode(encode(KnownCircuit())) == KnownCircuit()
