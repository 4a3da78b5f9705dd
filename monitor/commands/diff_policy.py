"""Print what a policy would change, before it is published."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.clock import AllGroups, Contribution, Reading, Rulebook, engine
from monitor.commands.a_reader import Reader, ZoneOption, reader
from monitor.commands.console import (
    ConfigOption,
    LanguageOption,
    configured,
    day_or_instant,
    print_line,
    progress,
    say_what_calendars_lack,
    to_read,
)
from monitor.commands.in_parallel import Workers, WorkersOption
from monitor.config import build_rulebook, policy_differences, policy_file, yaml_file
from monitor.errors import ConfigError
from monitor.explain import names_of, seconds, text
from monitor.history import Event
from monitor.messages import Argument, in_every_language, message
from monitor.model import SubjectKey
from monitor.policy import Policy
from monitor.report import ZERO, Kind, Move, Spread, Subject, Tally, chunked, policy_changes
from monitor.text import exact_length, json_line

if TYPE_CHECKING:
    from monitor.store import Views

_UNREADABLE = 20
_SECOND = timedelta(seconds=1)


class Format(StrEnum):
    """How the result is written."""

    TEXT = "text"
    JSON = "json"


@dataclass(slots=True)
class Answer:
    """Both results, and the subjects and time that they cover."""

    published: Tally = field(default_factory=Tally)
    as_if: Tally = field(default_factory=Tally)
    subjects: int = 0
    failed: int = 0
    unreadable: list[str] = field(default_factory=list)

    def merge(self, later: Answer) -> None:
        """Add what was found of subjects that come after those of this one."""
        self.published.merge(later.published)
        self.as_if.merge(later.as_if)
        self.subjects += later.subjects
        self.failed += later.failed
        self.unreadable = [*self.unreadable, *later.unreadable][:_UNREADABLE]


def diff_policy(
    new: Annotated[str, typer.Argument(help="The policy file to be published, or the name of a shipped policy.")],
    config: ConfigOption = Path("tierwatch.yml"),
    since: Annotated[
        str | None,
        typer.Option(help="Also every clock, open or not, of subjects with an event since then: a day, or an instant."),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="text or json.")] = Format.TEXT,
    language: LanguageOption = None,
    zone: ZoneOption = None,
    workers: WorkersOption = None,
) -> None:
    """Print what a policy would change: from its date on, and as if it applied to all open clocks."""
    from monitor.store import Views
    from monitor.wallclock import now

    checked = configured(config)
    at, earliest = now(), None if since is None else day_or_instant(since, checked.zone)
    policy = policy_file.load(new, checked.zone).scaled(_speed(config))
    say_what_calendars_lack([policy])
    if same := _in_force(policy, checked.rules.policies):
        _unchanged(new, same, form)
        return
    _publishable(new, policy, checked.rules.policies)
    mappings = {source.name: source.mapping for source in checked.sources}
    versions = sorted((*checked.rules.policies, policy), key=lambda version: version.effective_from)
    books = build_rulebook.rulebook(versions, mappings), build_rulebook.rulebook(policy, mappings)
    with to_read(checked) as database:
        answer = _compare(Views(database), (checked.rules, *books), at, earliest, Workers.of(workers))
    older = [version for version in versions if version.effective_from < policy.effective_from]
    before = older[-1] if older else versions[1]
    figures = policy_changes.changes(build_rulebook.plain(before), build_rulebook.plain(policy))
    keys = policy_differences.differences(_written(config, checked.zone, before), policy_file.document_of(new)[0].data)
    if form is Format.JSON:
        said = _as_json(policy, before, at, earliest, figures, answer) | {"keys": [_key_as_json(one) for one in keys]}
        print(json_line(said, indent=2))
        return
    reads = replace(reader(checked, zone, language), names=names_of(versions))
    for line in _as_lines(policy, before, at, earliest, figures, answer, reads, [sentence(one) for one in keys]):
        print_line(line)


def _written(config: Path, zone: str, policy: Policy) -> Any:
    """The text of a policy that the configuration has, as plain data."""
    names = yaml_file.read(config).data["policy"]
    for name in [names] if isinstance(names, str) else names:
        document, folder = policy_file.document_of(name, config.parent)
        if policy_file.build(document, zone, folder).effective_from == policy.effective_from:
            return document.data
    return {}


def sentence(one: policy_differences.Difference) -> Argument:
    """What a policy says otherwise under one key of the grammar."""
    sides = {side: message("policy-differs-none") if value is None else value for side, value in one.sides}
    what = message(f"policy-key-{one.key.replace('_', '-')}")
    return message("policy-differs-order" if one.order else "policy-differs", path=one.path, what=what, **sides)


def _key_as_json(one: policy_differences.Difference) -> dict[str, Any]:
    return {**one._asdict(), "sentence": in_every_language(sentence(one))}


def _speed(path: Path) -> float:
    """By how much the demo's policy is scaled; the new policy is scaled alike before both are compared."""
    return float(yaml_file.read(path).data.get("speed", 1))


def _in_force(policy: Policy, present: tuple[Policy, ...]) -> Policy | None:
    return next((other for other in present if policy == other), None)


def _unchanged(name: str, same: Policy, form: Format) -> None:
    """Say that nothing would change, which is an answer and no error."""
    said = f"{name}: is {same.label} as it is in force; publishing it changes nothing"
    print_line(json_line({"policy": same.label, "unchanged": True}) if form is Format.JSON else said)


def _publishable(name: str, policy: Policy, present: tuple[Policy, ...]) -> None:
    """Refuse what `tierwatch run` would refuse beside the present versions."""
    for other in present:
        alike = [
            word
            for word, same in (
                ("version", policy.label == other.label),
                ("effective_from", policy.effective_from == other.effective_from),
            )
            if same
        ]
        if alike:
            raise ConfigError(
                f"{name}: has the {' and the '.join(alike)} of {other.label}, which is in force from"
                f" {other.effective_from}; give it another {' and a later '.join(alike)}, so that clocks that run"
                " already keep what was promised to them"
            )


@dataclass(slots=True)
class _Part:
    """What the subjects of one chunk give, and what they add to the groups of each rulebook."""

    answer: Answer = field(default_factory=Answer)
    added: list[tuple[SubjectKey, datetime, tuple[tuple[Contribution, ...], ...]]] = field(default_factory=list)


def _compare(
    views: Views,
    books: tuple[Rulebook, Rulebook, Rulebook],
    now: datetime,
    since: datetime | None,
    spread: Spread,
) -> Answer:
    """Read every subject three times: by the rules in force, as published, as if they had always held."""
    answer, since_install = Answer(), views.installed_at()
    groups = [AllGroups(rules, since_install) for rules in books]

    def work(chunk: list[Subject]) -> _Part:
        part = _Part()
        for key, events in chunk:
            _compare_one(part, key, events, books, now, since)
        return part

    with progress() as show:
        for part in spread(work, chunked(views.subjects_with_events(tuple(books[0].mappings)))):
            answer.merge(part.answer)
            for key, began, adds in part.added:
                for all_of, of_one in zip(groups, adds, strict=True):
                    all_of.add(key, began, of_one)
            show("subjects", answer.subjects, None)
    of_now, of_published, of_as_if = (_by_group(one.readings(now)) for one in groups)
    for tally, found in ((answer.published, of_published), (answer.as_if, of_as_if)):
        for key in sorted({*of_now, *found}):
            both = policy_changes.pairs(key, of_now.get(key, ()), found.get(key, ()))
            tally.add(pair for pair in both if pair.open)
    return answer


def _compare_one(
    part: _Part, key: SubjectKey, events: Sequence[Event], books: Iterable[Rulebook], now: datetime,
    since: datetime | None,
) -> None:  # fmt: skip
    answer = part.answer
    every = since is not None and any(since <= event.at <= now for event in events)
    try:
        outcomes = [engine.advance(events, (), rules, now) for rules in books]
    except Exception:  # the running program has it in quarantine, with its traceback in the log
        answer.failed += 1
        answer.unreadable += [str(key)] if answer.failed <= _UNREADABLE else []
        return
    old, first, second = (outcome.readings for outcome in outcomes)
    began = min(event.at for event in events)
    part.added.append((key, began, tuple(tuple(outcome.contributions) for outcome in outcomes)))
    for tally, new in ((answer.published, first), (answer.as_if, second)):
        tally.add(pair for pair in policy_changes.pairs(key, old, new) if every or pair.open)
    answer.subjects += 1


def _by_group(readings: Iterable[tuple[SubjectKey, Reading]]) -> dict[SubjectKey, list[Reading]]:
    found: dict[SubjectKey, list[Reading]] = {}
    for key, reading in readings:
        found.setdefault(key, []).append(reading)
    return found


def _as_json(
    policy: Policy, before: Policy, at: datetime, since: datetime | None, figures: tuple[str, ...], answer: Answer
) -> dict[str, Any]:
    return {
        "policy": policy.label,
        "effective_from": str(policy.effective_from),
        "against": before.label,
        "at": text(at),
        "since": text(since),
        "figures": list(figures),
        "subjects": answer.subjects,
        "unreadable": {"subjects": answer.failed, "first": answer.unreadable},
        "published": _tally(answer.published),
        "as_if": _tally(answer.as_if),
    }


def _tally(tally: Tally) -> dict[str, Any]:
    return {
        "clocks": tally.clocks,
        "changed": tally.changed,
        "by_target": [
            {"tier": tier, "target": target, **{kind.value: number for kind, number in numbers.items()}}
            for tier, target, numbers in tally.groups()
        ],
        "largest": [
            {
                "subject": str(move.key),
                "target": move.target,
                "cycle": move.cycle,
                "tier": move.tier,
                "old_deadline": text(move.old),
                "new_deadline": text(move.new),
                "moved_seconds": seconds(move.by),
            }
            for move in tally.largest
        ],
    }


def _as_lines(
    policy: Policy, before: Policy, at: datetime, since: datetime | None, figures: tuple[str, ...], answer: Answer,
    reads: Reader, sentences: Sequence[Argument] = (),
) -> Iterator[str]:  # fmt: skip
    yield f"{policy.label}, in force from {policy.effective_from}, against {before.label}"
    open_or = "" if since is None else f", and all clocks of subjects with an event since {reads.time(since)}"
    yield f"open clocks as of {reads.time(at)}{open_or}; {answer.subjects:,} subjects looked at"
    if answer.failed:
        yield f"not to be read, so left out: {answer.failed:,} subjects ({', '.join(answer.unreadable)})"
    yield ""
    yield "what the policy says otherwise:"
    yield from (f"  {line}" for line in figures)
    yield ""
    if sentences:
        yield "by the keys of the file:"
        yield from (f"  {reads.say(one)}" for one in sentences)
        yield ""
    yield from _lines("published, each clock under the version in force when it started", answer.published, reads)
    yield ""
    yield from _lines("as if it applied to all open clocks", answer.as_if, reads)


def _lines(title: str, tally: Tally, reads: Reader) -> Iterator[str]:
    yield f"{title}: {tally.changed:,} of {tally.clocks:,} clocks change"
    if tally.counts:
        rows = [("tier", "target", *Kind)]
        rows += [
            (reads.rung("tier", tier), reads.target(target), *map("{:,}".format, numbers.values()))
            for tier, target, numbers in tally.groups()
        ]
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        for row in rows:
            left = (f"{cell:<{width}}" for cell, width in zip(row[:2], widths, strict=False))
            right = (f"{cell:>{width}}" for cell, width in zip(row[2:], widths[2:], strict=True))
            yield "  " + "  ".join((*left, *right))
    if tally.largest:
        yield "  largest moves:"
    yield from (f"    {_move(move, reads)}" for move in tally.largest)


def _move(move: Move, reads: Reader) -> str:
    old, new = reads.time(move.old), reads.time(move.new)
    by = f"{exact_length(abs(move.by) - abs(move.by) % _SECOND)} {'earlier' if move.by < ZERO else 'later'}"
    rungs = reads.rungs(move.tier, "")
    what = f"{move.key} {reads.target(move.target)} cycle {move.cycle}{f' {rungs}' if rungs else ''}"
    return f"{what}: {old} → {new}, {by}"
