"""Retire a subject that is gone for good: its clocks end, and no count has it any more (semantics 37)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.commands._correcting import known, said_of, show_changes, write_beside
from monitor.commands.a_reader import Reader, ZoneOption, reader
from monitor.commands.console import ConfigOption, beside_program, configured, print_line, to_read
from monitor.commands.console import instant as an_instant
from monitor.config import Config
from monitor.errors import ConfigError
from monitor.model import CorrectionKind, RetiredBy

if TYPE_CHECKING:
    from monitor.deeds import Planned


def retire(
    subject: Annotated[
        str, typer.Argument(help="The ticket's or circuit's id, or SOURCE/ID; with --accept-loss a source.")
    ],
    reason: Annotated[str, typer.Option(help="Why. The reason is stored and shown.")],
    config: ConfigOption = Path("tierwatch.yml"),
    at: Annotated[str | None, typer.Option(metavar="INSTANT", help="Since when it is gone. Default: now.")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take back that it is retired.")] = False,
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="Believe an inventory that lost many circuits at once.")
    ] = False,
    author: Annotated[str | None, typer.Option(help="Who states it. Default: the user of this machine.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change and store nothing.")] = False,
    zone: ZoneOption = None,
) -> None:
    """Retire a subject that is gone for good, or take that back: show what changes, then write it."""
    from monitor.deeds import plan_retirement, plan_return
    from monitor.wallclock import now

    checked, moment = configured(config), now()
    reads = reader(checked, zone)
    who, why = said_of(author, reason)
    if [at is not None, undo, accept_loss].count(True) > 1:
        raise ConfigError("--at, --undo and --accept-loss exclude each other; write one of them")
    if accept_loss:
        _accept(checked, subject, who, why, moment, dry_run)
        return
    events, rules = known(checked, subject, moment), checked.rules
    if undo:
        plan = plan_return(events, who, why, rules, moment)
    else:
        start = None if at is None else an_instant(at, "--at")
        plan = plan_retirement(events, who, why, RetiredBy.COMMAND, rules, moment, reads.time, start)
    _write(plan, checked, moment, dry_run, reads)


def _write(plan: Planned, checked: Config, now: datetime, dry_run: bool, reads: Reader) -> None:
    key, made = plan.event.key, plan.correction
    show_changes(plan, reads)
    if not plan.changes:
        print_line(f"{key}: no clock changes")
    if dry_run:
        print_line(f"{key}: nothing was written (--dry-run)")
        return
    write_beside(checked, plan, now)
    if made.kind is CorrectionKind.REVOKE:
        print_line(f"{key}: written as {plan.event.event_id} by {made.author}; it is not retired any more")
        return
    assert made.start is not None
    since = reads.time(made.start)
    print_line(
        f"{key}: written as {plan.event.event_id} by {made.author}; retired since {since}; take it back with --undo"
    )


def _accept(checked: Config, source: str, author: str, reason: str, now: datetime, dry_run: bool) -> None:
    """Let a source retire what it has held back because it lost so much at once. Raises ConfigError."""
    from monitor.store import Losses

    if source not in {each.name for each in checked.sources}:
        known = ", ".join(each.name for each in checked.sources) or "none"
        raise ConfigError(f"{source!r} is not a source of the configuration; it has {known}")
    with to_read(checked) as database:
        held = Losses(database).held([source])
    if not held:
        raise ConfigError(f"{source}: it holds no loss back; one that is held back fires the alert TierwatchSuddenLoss")
    print_line(f"{source}: {held[0].detail}")
    if dry_run:
        print_line(f"{source}: nothing was written (--dry-run)")
        return
    with beside_program(checked) as database:
        Losses(database).accept(source, author, reason, now)
    print_line(f"{source}: accepted by {author}; what is still absent at the next poll is retired then")
