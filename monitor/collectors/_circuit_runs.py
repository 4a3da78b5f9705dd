"""Decide from a row of answers when a circuit's state has really changed.

Pure. One answer proves nothing: a circuit gets worse only after `down_after` answers in a row that are worse than its
state, better only after `up_after` that are better, and unknown after `silent_after` polls without any answer. A poll
without an answer neither extends nor ends a run of answers. The one surprise: a run of different answers gives the
state that all of them support: unavailable needs a run of only unavailable, and available one of only available.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.model import CircuitState
from monitor.worktime import EPOCH

_SEVERITY = {CircuitState.AVAILABLE: 0, CircuitState.DEGRADED: 1, CircuitState.UNAVAILABLE: 2}
_LETTERS = {
    CircuitState.AVAILABLE: "a",
    CircuitState.DEGRADED: "d",
    CircuitState.UNAVAILABLE: "u",
    CircuitState.UNKNOWN: "-",
}
_MILLISECOND = timedelta(milliseconds=1)
_STATES = {letter: state for state, letter in _LETTERS.items()}


@dataclass(frozen=True, slots=True)
class Runs:
    """How long a run must be."""

    down_after: int
    up_after: int
    silent_after: int


@dataclass(frozen=True, slots=True)
class Run:
    """Answers in a row that contradict the state: how many, since when, and the state that all of them support."""

    state: CircuitState
    count: int
    since: datetime


@dataclass(frozen=True, slots=True)
class KnownCircuit:
    """What is known of one circuit between two polls. `since` is the onset of the state.

    `answers` is the run that contradicts the state, `silence` the run of polls without an answer; a settled circuit
    has neither.
    """

    state: CircuitState = CircuitState.UNKNOWN
    since: datetime | None = None
    answers: Run | None = None
    silence: Run | None = None


def after_poll(known: KnownCircuit, said: CircuitState, at: datetime, runs: Runs) -> KnownCircuit:
    """The known after one poll: *said* is the answer, or UNKNOWN where there was none.

    The state has changed where the new known has another one, or a first `since`; `since` is the first answer of
    the run that changed it.
    """
    if said is CircuitState.UNKNOWN:
        return _silent(known, at, runs)
    run = _run(known, said, at)
    if run is None:
        return replace(known, answers=None, silence=None)
    worse = _is_worse(run.state, known.state)
    if run.count < (runs.down_after if worse else runs.up_after):
        return replace(known, answers=run, silence=None)
    return KnownCircuit(run.state, _not_before(known.since, run.since))


def _silent(known: KnownCircuit, at: datetime, runs: Runs) -> KnownCircuit:
    settled = known.state is CircuitState.UNKNOWN and known.since is not None
    if settled and known.answers is None:
        return known
    silence = known.silence or Run(CircuitState.UNKNOWN, 0, at)
    silence = replace(silence, count=silence.count + 1)
    if silence.count < runs.silent_after:
        return replace(known, silence=silence)
    return KnownCircuit(CircuitState.UNKNOWN, known.since if settled else _not_before(known.since, silence.since))


def _run(known: KnownCircuit, said: CircuitState, at: datetime) -> Run | None:
    """The run that *said* goes on with or begins; None where it agrees with the state."""
    if said is known.state:
        return None
    run = known.answers
    worse = _is_worse(said, known.state)
    if run is None or _is_worse(run.state, known.state) is not worse:
        return Run(said, 1, at)
    # of answers that got worse the mildest, of answers that got better the most cautious
    supported = (min if worse else max)(run.state, said, key=_SEVERITY.__getitem__)
    return Run(supported, run.count + 1, run.since)


def _is_worse(said: CircuitState, state: CircuitState) -> bool:
    """Seen from unknown, only available is better."""
    return _SEVERITY[said] > _SEVERITY.get(state, 0)


def _not_before(since: datetime | None, at: datetime) -> datetime:
    """A source that dates its answers late must not put a change before the one it follows."""
    return at if since is None else max(since, at)


def encode(known: KnownCircuit) -> str:
    """A known as a short text: a letter and the onset for a settled circuit, runs only while they last."""
    parts = [_LETTERS[known.state], "" if known.since is None else _digits(known.since)]
    for run in (known.answers, known.silence):
        parts.append("" if run is None else f"{_LETTERS[run.state]}{run.count}@{_digits(run.since)}")
    return ",".join(parts).rstrip(",")


def decode(text: str) -> KnownCircuit:
    """The known that `encode` wrote."""
    state, since, answers, silence = (*text.split(","), "", "", "")[:4]
    return KnownCircuit(_STATES[state], _instant(since) if since else None, _decode_run(answers), _decode_run(silence))


def _decode_run(text: str) -> Run | None:
    if not text:
        return None
    count, _, since = text[1:].partition("@")
    return Run(_STATES[text[0]], int(count), _instant(since))


def to_millisecond(at: datetime) -> datetime:
    """The instant as `encode` keeps it."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _digits(at: datetime) -> str:
    return format((at - EPOCH) // _MILLISECOND, "x")


def _instant(digits: str) -> datetime:
    return EPOCH + int(digits, 16) * _MILLISECOND
