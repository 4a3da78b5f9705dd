"""Add, list and end silences, beside a running program."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from alerts.decide import Matcher, Sign, Silence, silence_of, silences
from alerts.wording import plain
from monitor import config as configuration
from monitor.alert import Alert, SilenceRow
from monitor.commands.a_reader import Reader, ZoneOption, reader
from monitor.commands.console import ConfigOption, JsonOption, beside_program, configured, to_read
from monitor.commands.console import instant as an_instant
from monitor.config import unknown_value
from monitor.errors import ConfigError
from monitor.explain import text
from monitor.policy import BREACHED_STAGE
from monitor.text import length, shown

app = typer.Typer(help="Withhold pages for a while: silences and maintenance windows.")

_NAMED = 10


@app.callback(invoke_without_command=True)
def silence(context: typer.Context) -> None:
    """Withhold pages for a while: silences and maintenance windows."""
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command()
def add(
    reason: Annotated[str, typer.Option(help="Why. The reason is stored and shown.")],
    match: Annotated[
        list[str] | None,
        typer.Option(help='A matcher, repeatable; an alert must fit all: tier=gold, customer=~"Bank .*".'),
    ] = None,
    until: Annotated[str | None, typer.Option(help="When it ends (ISO 8601 with zone).")] = None,
    lasting: Annotated[str | None, typer.Option("--for", help="Its length: 2h, 90m, 1d12h.")] = None,
    since: Annotated[str | None, typer.Option("--from", help="When it begins. Default: now.")] = None,
    author: Annotated[str | None, typer.Option(help="Who adds it. Default: the user of this machine.")] = None,
    maintenance: Annotated[bool, typer.Option("--maintenance", help="Mark it as a window of planned work.")] = False,
    zone: ZoneOption = None,
    config: ConfigOption = Path("tierwatch.yml"),
) -> None:
    """Withhold the pages of alerts that fit every --match. Clocks go on, and every alert stays on record."""
    from monitor.store import Silences, operator
    from monitor.wallclock import now

    checked = configured(config)
    reads, at = reader(checked, zone), now()
    matchers = [silences.matcher(written) for written in match or ()]
    silences.check(matchers, checked.world.labels)
    _known_values(matchers, checked)
    begins, ends = _span(since, until, lasting, at, reads)
    row = SilenceRow(
        id=f"s-{uuid.uuid4().hex[:8]}",
        matchers=tuple(map(str, matchers)),
        starts_at=begins,
        ends_at=ends,
        author=operator() if author is None else _said(author, "author", "write a name, or leave it out"),
        reason=_said(reason, "reason", "say why, for the person who asks at night why nobody was paged"),
        maintenance=maintenance,
    )
    meant = silence_of(row)
    with beside_program(checked) as database:
        store = Silences(database)
        store.add(row, at, meant.fits)
        firing = store.firing().alerts
    fitting = [(alert, due) for alert, due in firing if meant.fits(alert)]
    for line in _added(row, meant, fitting, checked, at, reads):
        print(line)


@app.command("list")
def list_silences(
    config: ConfigOption = Path("tierwatch.yml"),
    everything: Annotated[bool, typer.Option("--all", help="Also list those that are over.")] = False,
    zone: ZoneOption = None,
    as_json: JsonOption = False,
) -> None:
    """List present and future silences, the first to end first."""
    from monitor.store import Silences
    from monitor.wallclock import now

    checked = configured(config)
    reads, at = reader(checked, zone), now()
    with to_read(checked) as database:
        rows = Silences(database).all()
    shown_rows = sorted((row for row in rows if everything or _state(row, at) != "over"), key=lambda row: row.ends_at)
    if as_json:
        print(json.dumps([_as_json(row, at) for row in shown_rows], ensure_ascii=False, indent=2))
        return
    for row in shown_rows:
        print(_line(row, at, reads))
    if not shown_rows:
        print("no silence is in force or to come; every alert is sent")


@app.command()
def end(
    name: Annotated[str, typer.Argument(metavar="ID", help="The silence's id, as `tierwatch silence list` shows it.")],
    author: Annotated[str | None, typer.Option(help="Who ends it. Default: the user of this machine.")] = None,
    config: ConfigOption = Path("tierwatch.yml"),
    zone: ZoneOption = None,
) -> None:
    """End a silence now. Alerts that it withheld and that still fire are sent at once."""
    from monitor.store import Silences, operator
    from monitor.wallclock import now

    checked = configured(config)
    reads, at = reader(checked, zone), now()
    who = operator() if author is None else _said(author, "author", "write a name, or leave it out")
    with beside_program(checked) as database:
        store = Silences(database)
        row, others = store.find(name), [one for one in store.active(at) if one.id != name]
        if row is None:
            open_ones = ", ".join(one.id for one in store.all() if _state(one, at) != "over") or "none"
            raise ConfigError(f"{name!r} is not a silence; those in force or to come: {open_ones}")
        if _state(row, at) == "over":
            raise ConfigError(f"{name} ended already, at {reads.time(row.ends_at)}; there is nothing to do")
        freed = store.end(name, at, lambda alert: _other(alert, others, at), who)
    what = "never begins" if row.starts_at > at else "is over"
    print(f"{name}: {what}; pages that it withheld and that are due now: {freed}")


def _span(
    since: str | None, until: str | None, lasting: str | None, now: datetime, reads: Reader
) -> tuple[datetime, datetime]:
    if (until is None) == (lasting is None):
        said = "both are given" if until is not None else "neither is given"
        raise ConfigError(f"a silence has one end, --until or --for, and {said}; write one, such as --for 2h")
    begins = now if since is None else an_instant(since, "--from")
    if until is not None:
        ends = an_instant(until, "--until")
    else:
        try:
            asked = length(lasting)
        except ValueError as error:
            raise ConfigError(f"--for: {error}") from error
        _bounded(asked)
        ends = begins + asked
    if ends <= begins:
        raise ConfigError(
            f"it would end at {reads.time(ends)}, before it begins at {reads.time(begins)}; mend --from or --until"
        )
    if ends <= now:
        raise ConfigError(f"it would have ended at {reads.time(ends)} already; a silence is for what comes")
    _bounded(ends - begins)
    return begins, ends


def _bounded(lasting: timedelta) -> None:
    if lasting > silences.LONGEST:
        raise ConfigError(
            f"it would last {shown(lasting)}, and the longest is {shown(silences.LONGEST)}: a longer one is"
            " forgotten; write a shorter one, and renew it if it must be"
        )


def _said(written: str, option: str, todo: str) -> str:
    if not written.strip():
        raise ConfigError(f"--{option} is empty; {todo}")
    return " ".join(written.split())


def _known_values(matchers: Sequence[Matcher], checked: configuration.Config) -> None:
    """A value that the label never has would silence nothing, or everything. Raises ConfigError with a sentence."""
    world = checked.world
    for each in matchers:
        if each.sign in (Sign.EQUAL, Sign.UNEQUAL):
            wrong = unknown_value(each.name, each.value, world)
        else:
            values, like = world.values(each.name), Matcher(each.name, Sign.LIKE, each.value)
            fits = not values or any(like.fits({each.name: value}) for value in (*values, ""))
            wrong = None if fits else f"the pattern fits no {each.name} that an alert can have: {', '.join(values)}"
        if wrong is not None:
            raise ConfigError(f"{each}: {wrong}")


def _other(alert: Alert, rows: Sequence[SilenceRow], now: datetime) -> SilenceRow | None:
    """The silence that withholds an alert when the one at hand is over."""
    found = silences.silencing(alert, map(silence_of, rows), now)
    return None if found is None else next(row for row in rows if row.id == found.id)


def _state(row: SilenceRow, now: datetime) -> str:
    if row.ends_at <= now or row.ends_at == row.starts_at:
        return "over"
    return "in force" if row.starts_at <= now else "to come"


def _added(
    row: SilenceRow,
    meant: Silence,
    fitting: Sequence[tuple[Alert, datetime | None]],
    checked: configuration.Config,
    now: datetime,
    reads: Reader,
) -> Iterator[str]:
    kind = "maintenance window" if row.maintenance else "silence"
    yield (
        f"{kind} {row.id}: {', '.join(row.matchers)} from {reads.time(row.starts_at)} to {reads.time(row.ends_at)},"
        f" by {plain(row.author)}"
    )
    yield f"alerts that fire now and fit it: {len(fitting)}"
    hidden = silences.endangered(fitting, [meant], checked.wake_through_silence, row.starts_at)
    due = {silences.clock_of(alert): (alert, deadline) for _, alert, deadline in hidden}
    broken = {silences.clock_of(alert) for _, alert, at in hidden if alert.stage == BREACHED_STAGE or at < now}
    author = plain(row.author)
    late = [found for clock, found in due.items() if clock in broken]
    ahead = [found for clock, found in due.items() if clock not in broken]
    if late:
        what = "has breached already, and pages" if len(late) == 1 else "have breached already, and page"
        yield f"of these, {len(late)} {what} {author} all the same:"
        yield from _listed(late, "was due", reads)
    if ahead:
        what = "breaches before it ends, and pages" if len(ahead) == 1 else "breach before it ends, and page"
        yield f"of these, {len(ahead)} {what} {author} all the same:"
        yield from _listed(ahead, "due", reads)
    yield f"end it with: {checked.commands.says('silence', 'end', about=row.id)}"


def _listed(clocks: Sequence[tuple[Alert, datetime]], was: str, reads: Reader) -> Iterator[str]:
    """The clocks that are due first, a line each."""
    nearest = sorted(clocks, key=lambda item: item[1])
    for alert, deadline in nearest[:_NAMED]:
        rungs = reads.rungs(alert.labels.get("tier", ""), "")
        what = " ".join(word for word in (plain(str(alert.subject)), reads.target(alert.target), rungs) if word)
        yield f"  {what}, {was} {reads.time(deadline)}"
    if len(nearest) > _NAMED:
        yield f"  and {len(nearest) - _NAMED} more"


def _line(row: SilenceRow, now: datetime, reads: Reader) -> str:
    kind = "maintenance window" if row.maintenance else "silence"
    when = f"{reads.time(row.starts_at)} to {reads.time(row.ends_at)}"
    return f"{row.id}  {_state(row, now)}  {when}  {plain(row.author)}: {plain(row.reason)}  ({kind})  " + ", ".join(
        map(plain, row.matchers)
    )


def _as_json(row: SilenceRow, now: datetime) -> dict[str, Any]:
    return {
        "id": row.id,
        "state": _state(row, now),
        "matchers": list(row.matchers),
        "starts_at": text(row.starts_at),
        "ends_at": text(row.ends_at),
        "author": row.author,
        "reason": row.reason,
        "maintenance": row.maintenance,
    }
