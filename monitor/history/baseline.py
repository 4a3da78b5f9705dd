"""Say what stands in the place of a circuit's deleted events: one event, with what cannot be read from a state.

Pure. The event says the state and every field as they were last said before the baseline. What a clock needs beside
that is counted: how many cycles there were, and what of a period that goes on was used. Nothing of it is a position of
a walk, so that it outlasts every change of the code that walks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.model import AgreementKind

_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Used:
    """What of an allowance was used before a baseline, in the period that went on there.

    `cycle` is the number of the period. `counted` is in the calendar's time, or so many faults as lengths of
    `monitor.policy.ONE`. `crossed` are the stages that were crossed, in their order, `legs` what each party had.
    """

    cycle: int
    started_at: datetime
    counted: timedelta
    used_up_at: datetime | None = None
    breached_at: datetime | None = None
    crossed: tuple[tuple[str, datetime], ...] = ()
    legs: tuple[tuple[AgreementKind, str, timedelta], ...] = ()


@dataclass(frozen=True, slots=True)
class Baseline:
    """The instant before which the events of a circuit were deleted, and what is known of its clocks by then.

    `cycles` has, for each target, the number of its last cycle that was over; `used` the allowances of which something
    was used in a period that was not.
    """

    at: datetime
    cycles: Mapping[str, int] = field(default_factory=dict)
    used: Mapping[str, Used] = field(default_factory=dict)


def baseline_to_json(said: Baseline) -> dict[str, Any]:
    """A baseline as plain JSON values; no source may write one."""
    return {
        "at": _stamp(said.at),
        "cycles": dict(said.cycles),
        "used": {name: _used_to_json(one) for name, one in said.used.items()},
    }


def baseline_from_json(said: Mapping[str, Any]) -> Baseline:
    """The baseline that `baseline_to_json` wrote."""
    used = {name: _used_from_json(one) for name, one in said["used"].items()}
    return Baseline(_instant(said["at"]), dict(said["cycles"]), used)


def _used_to_json(one: Used) -> dict[str, Any]:
    dated = {"used_up_at": one.used_up_at, "breached_at": one.breached_at}
    return {
        "cycle": one.cycle,
        "started_at": _stamp(one.started_at),
        "counted": one.counted // _TICK,
        "crossed": [[name, _stamp(at)] for name, at in one.crossed],
        "legs": [[kind.value, party, counted // _TICK] for kind, party, counted in one.legs],
        **{name: _stamp(at) for name, at in dated.items() if at is not None},
    }


def _used_from_json(said: Mapping[str, Any]) -> Used:
    used_up_at, breached_at = (
        None if said.get(name) is None else _instant(said[name]) for name in ("used_up_at", "breached_at")
    )
    crossed = tuple((name, _instant(at)) for name, at in said["crossed"])
    legs = tuple((AgreementKind(kind), party, counted * _TICK) for kind, party, counted in said["legs"])
    return Used(
        said["cycle"], _instant(said["started_at"]), said["counted"] * _TICK, used_up_at, breached_at, crossed, legs
    )


def _stamp(at: datetime) -> str:
    return at.isoformat()


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def newest(baselines: Iterable[Baseline | None]) -> Baseline | None:
    """The baseline that holds of several."""
    found: Baseline | None = None
    for one in baselines:
        if one is not None and (found is None or one.at > found.at):
            found = one
    return found
