"""Read a worked example: a policy, a history, and the readings that somebody worked out by hand.

`python -m tests.support.worked NAME FOLDER` writes the example of that name as files that the program reads:
`FOLDER/tierwatch.yml` and `FOLDER/events.jsonl`. The form of `history.yml` is in `tests/test_example_policies.py`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from monitor.config import Config, load
from monitor.history import Cursor, Event, polled, sound
from monitor.model import SubjectKind

POLICIES = Path(__file__).parents[2] / "examples" / "policies"

_LOADER: type[Any] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_EVENT = frozenset({"subject", "kind", "at", "status", "reason", "feedback", "opened_at", "attributes", "instants"})
_HEAD = frozenset({"source", "policy", "zone", "kind", "now", "receivers", "events", "readings"})


@dataclass(frozen=True)
class Worked:
    """A history as its file has it: texts alone, with the defaults of its head filled in."""

    name: str
    source: str
    zone: str
    receivers: Mapping[str, Any]
    events: Sequence[Mapping[str, Any]]
    readings: Sequence[Mapping[str, Any]]

    @property
    def policy(self) -> Path:
        return POLICIES / self.name / "policy.yml"

    def instant(self, text: str) -> datetime:
        """An instant as written: without a zone it is one of the history's zone."""
        at = datetime.fromisoformat(text)
        return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(self.zone))


def names() -> list[str]:
    """The examples, by the names of their folders."""
    return sorted(path.parent.name for path in POLICIES.glob("*/policy.yml"))


def worked(name: str) -> Worked:
    """The history of an example. Raises ValueError for a key that nobody knows and for one that is missing."""
    path = POLICIES / name / "history.yml"
    said = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)
    _refuse(path, "the head", said, _HEAD)
    if said["policy"] != name:
        raise ValueError(f"{path}: policy is {said['policy']!r}, and the folder is {name!r}; write the same")
    kind, now = said.get("kind", "ticket"), said.get("now")
    for number, event in enumerate(said["events"], 1):
        _refuse(path, f"event {number}", event, _EVENT)
    events = [{"kind": kind, **event} for event in said["events"]]
    readings = [one if "at" in one or now is None else {**one, "at": now} for one in said["readings"]]
    receivers = said.get("receivers", {"log": {"type": "log"}})
    return Worked(name, said["source"], said.get("zone", "UTC"), receivers, events, readings)


def _refuse(path: Path, what: str, said: Mapping[str, Any], known: Iterable[str]) -> None:
    if strange := set(said) - set(known):
        raise ValueError(f"{path}: {what} has {', '.join(sorted(strange))}; known are {', '.join(sorted(known))}")


def write(history: Worked, folder: Path) -> Path:
    """Write the example as a configuration and a log of `jsonl_file`; gives the configuration's path."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = (_line(history, number, event) for number, event in enumerate(history.events, 1))
    text = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)
    (folder / "events.jsonl").write_text(text, encoding="utf-8")
    source = {"type": "jsonl_file", "options": {"path": "events.jsonl"}}
    said = {
        "policy": str(history.policy),
        "zone": history.zone,
        "sources": {history.source: source},
        "receivers": history.receivers,
    }
    configuration = folder / "tierwatch.yml"
    configuration.write_text(yaml.safe_dump(said, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return configuration


def _line(history: Worked, number: int, event: Mapping[str, Any]) -> dict[str, Any]:
    """One event as a line of the log: attributes and instants are fields of their names."""
    instants = {
        name: history.instant(text).isoformat() if text else "" for name, text in event.get("instants", {}).items()
    }
    line = {
        "event_id": f"e{number}",
        **{name: event[name] for name in ("kind", "subject", "status", "reason") if name in event},
    }
    line |= {name: history.instant(event[name]).isoformat() for name in ("at", "opened_at") if name in event}
    if event.get("feedback") == "true":
        line["feedback"] = True
    return line | {"fields": {**event.get("attributes", {}), **instants}}


@dataclass(frozen=True)
class Loaded:
    """An example as the program has it: the configuration, and the events of each subject."""

    config: Config
    subjects: Mapping[str, Sequence[Event]]

    def kind(self, subject: str) -> SubjectKind:
        return self.subjects[subject][0].kind


def loaded(history: Worked, folder: Path) -> Loaded:
    """Load the example through its configuration and its log, as the program does. *folder* is written to."""
    config = load(write(history, folder))
    (source,) = config.sources
    latest = max(history.instant(one["at"]) for one in (*history.events, *history.readings))
    subjects: dict[str, list[Event]] = {}
    for read in polled(source.module.build(source.options), Cursor(source.name, latest)):
        batch = sound(source.name, read)
        if batch.rejects:
            raise ValueError(f"{history.name}: {batch.rejects[0].detail}")
        for event in batch.events:
            subjects.setdefault(event.subject, []).append(event)
    return Loaded(config, subjects)


def main(arguments: Sequence[str]) -> None:
    """Write the example that the first of *arguments* names into the folder that the second one is."""
    name, folder = arguments
    print(write(worked(name), Path(folder)))


if __name__ == "__main__":
    main(sys.argv[1:])
