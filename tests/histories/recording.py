"""Recorded histories: events under a policy, with the readings that a release gave, as files beside this one.

`tests/histories/RELEASE/` has `rules.json` (policies as they are written, and how the source's words are read, by a
name) and `histories.jsonl` (a history a line: its rules, from when each version of the policy is in force, the instant
of the reading, the events, and the readings). They stand by themselves: no generator and no shipped policy is asked
when they are read again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from monitor.clock import Reading, Rulebook, read
from monitor.config import JUDGING, build_rulebook, policy_file, yaml_file
from monitor.history import (
    AttributeRule,
    Event,
    SourceMapping,
    StatusRule,
    correction_from_json,
    correction_to_json,
    event_from_json,
    event_to_json,
    stamp,
)
from monitor.model import CircuitState, Phase

FOLDER = Path(__file__).parent
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Rules:
    """What histories are judged by: the versions of a policy as they are written, and a mapping as plain values."""

    name: str
    policies: tuple[str, ...]
    mapping: Mapping[str, Any]

    def rulebook(self, source: str, since: Sequence[datetime | None] | None = None) -> Rulebook:
        """The rulebook; *since* is from when each version is in force, where that is not the beginning of its day."""
        built = [policy_file.build(yaml_file.parse(text, f"{self.name}.yml")) for text in self.policies]
        rules = build_rulebook.rulebook(built, {source: _mapping(self.mapping)})
        return rules if since is None else replace(rules, since=tuple(since))


@dataclass(frozen=True)
class Recorded:
    """One history as it was recorded; `readings` are plain values."""

    name: str
    rules: str
    since: tuple[datetime | None, ...] | None
    now: datetime
    events: tuple[Event, ...]
    readings: tuple[dict[str, Any], ...] = ()

    def read(self, rules: Rulebook) -> tuple[dict[str, Any], ...]:
        """Its readings by the present code."""
        return tuple(as_plain(reading) for reading in read(self.events, rules, self.now))


@dataclass(frozen=True)
class Release:
    """All that was recorded of one release; `judging` is the version of its judging code."""

    name: str
    judging: int
    rules: Mapping[str, Rules]
    histories: tuple[Recorded, ...]


class Difference(NamedTuple):
    """A field of a history's reading that is not as it was recorded."""

    history: str
    clock: str
    field: str
    recorded: Any
    present: Any

    def __str__(self) -> str:
        return f"{self.history} {self.clock} {self.field}: recorded {self.recorded!r}, read {self.present!r}"


def releases(folder: Path = FOLDER) -> list[str]:
    """The releases of which there is a recording."""
    return sorted(path.parent.name for path in folder.glob("*/histories.jsonl"))


def differences(recorded: Recorded, present: Sequence[Mapping[str, Any]]) -> Iterator[Difference]:
    """Every field in which the readings differ, clock by clock."""
    before, after = ({f"{one['target']}/{one['cycle']}": one for one in some} for some in (recorded.readings, present))
    for clock in dict.fromkeys((*before, *after)):
        if clock not in before or clock not in after:
            words = ["there" if clock in some else "none" for some in (before, after)]
            yield Difference(recorded.name, clock, "cycle", *words)
            continue
        old, new = before[clock], after[clock]
        for field in dict.fromkeys((*old, *new)):
            if old.get(field) != new.get(field):
                yield Difference(recorded.name, clock, field, old.get(field), new.get(field))


def as_plain(reading: Reading) -> dict[str, Any]:
    """A reading as JSON: instants as text, lengths in microseconds; what is empty or at its default is left out."""
    said = {
        "target": reading.target.name,
        "cycle": reading.cycle,
        "state": reading.state.value,
        "life": reading.life.value,
        "tier": reading.tier,
        "assurance": reading.assurance,
        "policy": reading.target.policy_version,
        "counted": _micros(reading.counted),
        "budget": _micros(reading.target.budget),
        "started_at": _text(reading.started_at),
        "deadline": _text(reading.deadline),
        "breached_at": _text(reading.breached_at),
        "stopped_at": _text(reading.stopped_at),
        "next_at": _text(reading.next_at),
        "missed_periods": reading.missed_periods,
        "first_sight": reading.first_sight,
        "reached": list(reading.reached),
        "crossings": [[one.stage, _text(one.at)] for one in reading.crossings],
        "changes": [[_text(one.at), _micros(one.budget), one.because] for one in reading.changes],
        "legs": [[leg.kind.value, leg.party, _micros(leg.counted), _micros(leg.budget)] for leg in reading.legs],
        "intervals": [
            [_text(part.start), _text(part.end), part.life.value, part.because, _micros(part.counted), part.reason]
            for part in reading.intervals
        ],
    }
    return {name: value for name, value in said.items() if value or name in ("counted", "cycle")}


def write(release: Release, folder: Path = FOLDER) -> Path:
    """Write a recording; gives its folder."""
    own = folder / release.name
    own.mkdir(parents=True, exist_ok=True)
    rules = {name: {"policies": one.policies, "mapping": one.mapping} for name, one in release.rules.items()}
    head = {"release": release.name, "judging": release.judging, "rules": rules}
    (own / "rules.json").write_text(json.dumps(head, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    lines = (json.dumps(_line(one), ensure_ascii=False, separators=(",", ":")) for one in release.histories)
    (own / "histories.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return own


def load(name: str, folder: Path = FOLDER) -> Release:
    """The recording of a release."""
    head = json.loads((folder / name / "rules.json").read_text(encoding="utf-8"))
    rules = {of: Rules(of, tuple(one["policies"]), one["mapping"]) for of, one in head["rules"].items()}
    lines = (folder / name / "histories.jsonl").read_text(encoding="utf-8").splitlines()
    return Release(name, head["judging"], rules, tuple(_recorded(json.loads(line)) for line in lines))


def record(name: str, rules: Iterable[Rules], histories: Iterable[Recorded]) -> Release:
    """The histories with the readings that the present code gives."""
    own = {one.name: one for one in rules}
    read_so = []
    for one in histories:
        book = own[one.rules].rulebook(one.events[0].source, one.since)
        read_so.append(replace(one, readings=one.read(book)))
    return Release(name, JUDGING, own, tuple(read_so))


def _line(one: Recorded) -> dict[str, Any]:
    said: dict[str, Any] = {"history": one.name, "rules": one.rules, "now": stamp(one.now)}
    if one.since is not None:
        said["since"] = [_text(at) for at in one.since]
    return {**said, "events": [_event_line(event) for event in one.events], "readings": one.readings}


def _event_line(event: Event) -> dict[str, Any]:
    said = event_to_json(event)
    return said if event.correction is None else {**said, "correction": correction_to_json(event.correction)}


def _recorded(said: dict[str, Any]) -> Recorded:
    since = None if "since" not in said else tuple(_instant(at) for at in said["since"])
    now = datetime.fromisoformat(said["now"])
    events = tuple(_event(one) for one in said["events"])
    return Recorded(said["history"], said["rules"], since, now, events, tuple(said["readings"]))


def _event(said: dict[str, Any]) -> Event:
    correction = said.pop("correction", None)
    event = event_from_json(said)
    return event if correction is None else replace(event, correction=correction_from_json(correction))


def _mapping(said: Mapping[str, Any]) -> SourceMapping:
    return SourceMapping(
        statuses={word: StatusRule(Phase(phase)) for word, phase in said["statuses"].items()},
        reasons=dict(said["reasons"]),
        attributes={name: AttributeRule(field) for name, field in said["attributes"].items()},
        circuit_states={word: CircuitState(state) for word, state in said["circuit_states"].items()},
        instants=dict(said["instants"]),
    )


def _text(at: datetime | None) -> str | None:
    return None if at is None else stamp(at)


def _instant(at: str | None) -> datetime | None:
    return None if at is None else datetime.fromisoformat(at)


def _micros(length: timedelta | None) -> int | None:
    return None if length is None else length // _MICROSECOND
