"""List the stored readings that this version of tierwatch would give another value, before an upgrade."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.clock import AllGroups, Contribution, Reading, Rulebook, advance_group, engine
from monitor.commands.a_reader import Reader, ZoneOption, reader
from monitor.commands.console import ConfigOption, JsonOption, configured, print_line, progress
from monitor.commands.in_parallel import Workers, WorkersOption
from monitor.commands.log_output import log_to_stderr
from monitor.config import JUDGING, judged_by, same_rules
from monitor.explain import seconds, text
from monitor.model import SubjectKey
from monitor.report import Difference, Progress, Spread, StoredSubject, compared, cut
from monitor.text import exact_length, json_line

if TYPE_CHECKING:
    from monitor.store import Database

_UNREADABLE = 20
_SECOND = timedelta(seconds=1)


@dataclass(slots=True)
class Tally:
    """How many subjects and clocks were compared, and how many clocks differ."""

    subjects: int = 0
    clocks: int = 0
    otherwise: int = 0
    kept: int = 0
    other_code: int = 0
    other_rules: int = 0
    news: int = 0
    failed: int = 0
    unreadable: tuple[str, ...] = ()

    def merge(self, later: Tally) -> None:
        """Add what was found of subjects that come after those of this one."""
        for name in ("subjects", "clocks", "otherwise", "kept", "other_code", "other_rules", "news", "failed"):
            setattr(self, name, getattr(self, name) + getattr(later, name))
        self.unreadable = (*self.unreadable, *later.unreadable)[:_UNREADABLE]


@dataclass(slots=True)
class _Part:
    """What the subjects of one chunk give, with the clocks that differ, and what they add to groups."""

    tally: Tally = field(default_factory=Tally)
    found: list[tuple[Difference, bool]] = field(default_factory=list)
    added: list[tuple[SubjectKey, datetime, tuple[Contribution, ...]]] = field(default_factory=list)


def diff_upgrade(
    config: ConfigOption = Path("tierwatch.yml"),
    database: Annotated[
        str | None, typer.Option(help="The database file, if not the configuration's: a backup, say.")
    ] = None,
    copy_to: Annotated[
        Path | None,
        typer.Option(help="Read a copy, made in this folder and deleted again: for a database of an older version."),
    ] = None,
    zone: ZoneOption = None,
    as_json: JsonOption = False,
    workers: WorkersOption = None,
) -> None:
    """List the clocks that this version reads differently from the database. Exit code 1 if there are any."""
    from monitor.store import unreported_since
    from monitor.wallclock import now

    checked = configured(config)
    at, tally = now(), Tally()
    url = checked.database if database is None else f"sqlite:///{Path(database).absolute()}"
    reads = reader(checked, zone)
    spread = Workers.of(workers)
    with _opened(url, copy_to) as opened, progress() as show:
        for changed, kept in _otherwise(opened, checked.rules, at, unreported_since(at), tally, show, spread):
            print_line(json_line(_plain(changed, kept)) if as_json else _line(changed, kept, reads))
    if as_json:
        print(json_line(_summary(tally, checked.rules, at)))
    else:
        for line in _lines(tally, checked.rules):
            print_line(line)
    if tally.otherwise or tally.failed:
        raise typer.Exit(1)


@contextmanager
def _opened(url: str, copy_to: Path | None) -> Iterator[Database]:
    from monitor.store import readonly, upgraded_copy

    if copy_to is not None:
        log_to_stderr()  # what is printed is a list, or JSON; the upgrade of the copy says how far it is
        with upgraded_copy(url, copy_to) as copy:
            yield copy
        return
    opened = readonly(url, older="give --copy-to FOLDER: a copy is brought to this version there, and read")
    try:
        yield opened
    finally:
        opened.close()


def _otherwise(
    database: Database, rules: Rulebook, now: datetime, unreported: datetime, tally: Tally, show: Progress,
    spread: Spread,
) -> Iterator[tuple[Difference, bool]]:  # fmt: skip
    """Every clock that differs, and whether its stored value is kept; by subject, then what is counted."""
    from monitor.store import Views, stored_groups, stored_subjects

    groups = AllGroups(rules, Views(database).installed_at())

    def work(chunk: list[StoredSubject]) -> _Part:
        part = _Part()
        for stored in chunk:
            _compare(part, stored, rules, now, unreported)
        return part

    for part in spread(work, cut(stored_subjects(database, tuple(rules.mappings)), lambda one: len(one.events))):
        tally.merge(part.tally)
        for key, began, adds in part.added:
            groups.add(key, began, adds)
        show("subjects", tally.subjects, None)
        yield from part.found
    if tally.news or tally.failed:  # what was left out may be counted
        return
    records = {record.key: record for record in groups.records()}
    for stored in stored_groups(database):
        tally.subjects += 1
        record = records.get(stored.key)
        present = () if record is None else advance_group(record, (), rules, stored.as_of(now)).readings
        yield from _differing(stored, present, rules, unreported, tally)


def _compare(part: _Part, stored: StoredSubject, rules: Rulebook, now: datetime, unreported: datetime) -> None:
    tally = part.tally
    tally.subjects += 1
    if stored.news or stored.rules_version is None:
        tally.news += 1
        return
    try:
        outcome = engine.advance(stored.events, (), rules, stored.as_of(now))
    except Exception:  # the program would set it aside, with its traceback in the log
        tally.failed += 1
        if tally.failed <= _UNREADABLE:
            tally.unreadable += (str(stored.key),)
        return
    if rules.counted and stored.events:
        part.added.append((stored.key, min(event.at for event in stored.events), tuple(outcome.contributions)))
    part.found += _differing(stored, outcome.readings, rules, unreported, tally)


def _differing(
    stored: StoredSubject, present: Sequence[Reading], rules: Rulebook, unreported: datetime, tally: Tally
) -> Iterator[tuple[Difference, bool]]:
    """The clocks of one subject that differ, and whether their stored values are kept."""
    version = stored.rules_version or ""
    tally.clocks += len(stored.readings)
    tally.other_code += judged_by(version) != JUDGING
    tally.other_rules += same_rules(version) != same_rules(rules.version)
    kept = _stays(stored, rules, unreported)
    for changed in compared(stored.key, stored.readings, present):
        tally.otherwise += 1
        tally.kept += kept
        yield changed, kept


def _stays(stored: StoredSubject, rules: Rulebook, unreported: datetime) -> bool:
    """Whether the upgrade keeps the stored value: its months are reported, and only code or a correction is new."""
    alike = stored.rules_version is not None and same_rules(stored.rules_version) == same_rules(rules.version)
    return (alike or bool(stored.policies & rules.corrected.keys())) and stored.kept(unreported)


def _line(changed: Difference, kept: bool, reads: Reader) -> str:
    fields = "; ".join(_differs(name, old, new, reads) for name, old, new in changed.fields)
    what = {"appears": "is not in the database", "vanishes": "is only in the database"}.get(changed.what, fields)
    stays = " (stays as it is: its month is reported)" if kept else ""
    return f"{changed.key} {reads.target(changed.target)} cycle {changed.cycle}: {what}{stays}"


def _differs(name: str, old: Any, new: Any, reads: Reader) -> str:
    was, stands = _shown(old, reads), _shown(new, reads)
    return f"{name.replace('_', ' ')} {was} → {stands}{' (less than a second)' if was == stands else ''}"


def _shown(value: Any, reads: Reader) -> str:
    if isinstance(value, datetime):
        return reads.time(value)
    if isinstance(value, timedelta):
        return exact_length(value - value % _SECOND)
    return "none" if value is None else str(value)


def _plain(changed: Difference, kept: bool) -> dict[str, Any]:
    return {
        "subject": str(changed.key),
        "target": changed.target,
        "cycle": changed.cycle,
        "what": changed.what,
        "fields": {name: [_value(old), _value(new)] for name, old, new in changed.fields},
        "stays": kept,
    }


def _value(value: Any) -> Any:
    if isinstance(value, timedelta):
        return seconds(value)
    return text(value) if isinstance(value, datetime) else value


def _summary(tally: Tally, rules: Rulebook, at: datetime) -> dict[str, Any]:
    return {
        "at": text(at),
        "policy": rules.policy.label,
        "judging": JUDGING,
        "subjects": tally.subjects,
        "clocks": tally.clocks,
        "otherwise": tally.otherwise,
        "stay": tally.kept,
        "judged_by_other_code": tally.other_code,
        "judged_by_other_rules": tally.other_rules,
        "with_news": tally.news,
        "unreadable": {"subjects": tally.failed, "first": list(tally.unreadable)},
    }


def _lines(tally: Tally, rules: Rulebook) -> Iterator[str]:
    stay = f"; {tally.kept:,} of them stay as they are" if tally.kept else ""
    yield (
        f"{tally.otherwise:,} of {tally.clocks:,} clocks read otherwise under {rules.policy.label}{stay};"
        f" {tally.subjects:,} subjects looked at"
    )
    if tally.other_rules:
        yield f"judged by another policy, mapping or calendar than the configuration's: {tally.other_rules:,} subjects"
    if tally.other_code:
        yield f"judged by another version of the judging code than this one's: {tally.other_code:,} subjects"
    if tally.news:
        yield f"left out, for the program has not read their news yet: {tally.news:,} subjects"
    if tally.failed:
        yield f"not to be read by this version: {tally.failed:,} subjects ({', '.join(tally.unreadable)})"
