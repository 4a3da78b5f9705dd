"""Look through the records that are set aside, and retry or drop one, beside a running program."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.commands._correcting import said_of
from monitor.commands.a_reader import Reader, ZoneOption, reader
from monitor.commands.console import (
    ConfigOption,
    JsonOption,
    LanguageOption,
    beside_program,
    configured,
    print_line,
    to_read,
)
from monitor.config import reread
from monitor.errors import ConfigError
from monitor.explain import quarantine_sentences as sentences
from monitor.explain import text
from monitor.listing import NotDone, QuarantinedRecord, RecordDeed, RecordQuery, Retried, WholeRecord
from monitor.text import json_line, one_line

if TYPE_CHECKING:
    from monitor.store import QuarantineRecords

app = typer.Typer(help="Look through the records that are set aside; retry or drop one.")

NumberArgument = Annotated[int, typer.Argument(metavar="NUMBER", help="The number that `quarantine list` prints.")]
AuthorOption = Annotated[str | None, typer.Option(help="Who does it. Default: the user of this machine.")]

_AT_ONCE = 500


@app.callback(invoke_without_command=True)
def quarantine(context: typer.Context) -> None:
    """Look through the records that are set aside; retry or drop one."""
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command("list")
def list_records(
    config: ConfigOption = Path("tierwatch.yml"),
    source: Annotated[str | None, typer.Option(help="Only of this source.")] = None,
    reason: Annotated[str | None, typer.Option(help="Only for this reason, such as bad_time.")] = None,
    most: Annotated[int, typer.Option("--limit", min=1, help="How many records are printed at most.")] = 100,
    language: LanguageOption = None,
    zone: ZoneOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the records that are set aside, by source and reason, the newest first."""
    from monitor.store import QuarantineRecords

    checked = configured(config)
    reads = reader(checked, zone, language)
    with to_read(checked) as database:
        found = list(_records(QuarantineRecords(database), RecordQuery(source or "", reason or ""), most + 1))
    shown = found[:most]
    if as_json:
        print(json_line([_as_json(one) for one in shown], indent=2))
    else:
        for one in shown:
            print_line(_line(one, reads))
        if not shown:
            print_line(reads.say(sentences.NOTHING))
    if len(found) > most:
        typer.echo(reads.say(sentences.more(most)), err=True)


@app.command()
def show(
    number: NumberArgument,
    config: ConfigOption = Path("tierwatch.yml"),
    language: LanguageOption = None,
    zone: ZoneOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print one record whole: why it was set aside, the text that was kept, and what was done with it."""
    from monitor.store import QuarantineRecords

    checked = configured(config)
    reads = reader(checked, zone, language)
    with to_read(checked) as database:
        found = QuarantineRecords(database).find(number)
    if found is None:
        raise ConfigError(reads.say(sentences.not_done(number, NotDone.UNKNOWN, reads.zone)))
    if as_json:
        print(json_line(_whole_json(found), indent=2))
        return
    for line in _whole(found, reads):
        print_line(line)


@app.command()
def retry(
    number: NumberArgument,
    reason: Annotated[str, typer.Option(help="Why. The reason is stored and shown.")],
    config: ConfigOption = Path("tierwatch.yml"),
    author: AuthorOption = None,
    language: LanguageOption = None,
    zone: ZoneOption = None,
) -> None:
    """Have one record read or judged once more by the present configuration. Exit code 1 if it stays set aside."""
    from monitor.store import QuarantineRecords
    from monitor.wallclock import now

    checked, at = configured(config), now()
    reads = reader(checked, zone, language)
    who, why = said_of(author, reason)
    with beside_program(checked) as database:
        records = QuarantineRecords(database)
        done = records.retry(number, lambda record, body: reread(checked, record, body, at), who, why, at)
        found = records.find(number)
    rejudge_at = None if found is None else found.record.rejudge_at
    if isinstance(done.result, NotDone):
        raise ConfigError(reads.say(sentences.not_done(number, done.result, reads.zone, rejudge_at)))
    print_line(reads.say(sentences.retried(done)))
    if done.result is Retried.STILL:
        raise typer.Exit(1)


@app.command()
def drop(
    number: NumberArgument,
    reason: Annotated[str, typer.Option(help="Why. The reason is stored and shown.")],
    config: ConfigOption = Path("tierwatch.yml"),
    author: AuthorOption = None,
    language: LanguageOption = None,
    zone: ZoneOption = None,
) -> None:
    """Take one record out of quarantine for good; its text is kept, and it stays out while its source says the same."""
    from monitor.store import QuarantineRecords
    from monitor.wallclock import now

    checked = configured(config)
    reads = reader(checked, zone, language)
    who, why = said_of(author, reason)
    with beside_program(checked) as database:
        refused = QuarantineRecords(database).drop(number, who, why, now())
    if refused is not None:
        raise ConfigError(reads.say(sentences.not_done(number, refused, reads.zone)))
    print_line(reads.say(sentences.dropped(number, who)))


def _records(records: QuarantineRecords, query: RecordQuery, most: int) -> Iterator[QuarantinedRecord]:
    after = None
    while most > 0:
        page = records.page(query, min(_AT_ONCE, most), after)
        yield from page.rows
        most -= len(page.rows)
        after = page.next
        if after is None:
            return


def _line(one: QuarantinedRecord, reads: Reader) -> str:
    since = reads.time(one.first_seen)
    return f"{one.number}  {one.source}  {one.reason}  {since}  {one_line(one.record)}: {one_line(one.detail)}"


def _whole(found: WholeRecord, reads: Reader) -> Iterator[str]:
    one = found.record
    yield f"{one.number}  {one.source}  {one.reason}  {one_line(one.record)}"
    yield reads.say(sentences.standing(one, reads.zone))
    yield f"  {one_line(one.detail)}"
    for deed in found.deeds:
        yield f"  {reads.say(sentences.deed(deed, reads.zone))}"
    if found.body:
        yield reads.say(sentences.TEXT)
        yield f"  {one_line(found.body)}"


def _as_json(one: QuarantinedRecord) -> dict[str, Any]:
    return {
        "number": one.number,
        "source": one.source,
        "record": one.record,
        "reason": one.reason,
        "subject": one.subject or None,
        "detail": one.detail,
        "state": one.standing.value,
        "first_seen": text(one.first_seen),
        "last_seen": text(one.last_seen),
        "judged_at": one.rejudge_at and text(one.rejudge_at),
        "resolved_at": one.resolved_at and text(one.resolved_at),
    }


def _whole_json(found: WholeRecord) -> dict[str, Any]:
    return {**_as_json(found.record), "deeds": [_deed_json(deed) for deed in found.deeds], "text": found.body}


def _deed_json(deed: RecordDeed) -> dict[str, Any]:
    said = {"at": text(deed.at), "kind": deed.kind, "author": deed.author, "reason": deed.reason}
    return {**said, "result": deed.result} if deed.result else said
