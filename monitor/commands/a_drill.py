"""Print a drill: what happens while it lasts, and its report for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import typer

from alerts.oncall import DrillRow, Reached, drill_rows, everybody_got_it
from alerts.wording import plain
from monitor import config as configuration
from monitor.alert import Drill, DrillEnd, DrillOnRecord, Verdict
from monitor.commands.a_reader import Reader
from monitor.commands.console import print_line
from monitor.explain import text
from monitor.text import json_line


def news(known: DrillOnRecord, reads: Reader) -> list[str]:
    """What has happened so far, a line each, in the order in which it happened."""
    found: list[tuple[datetime, int, str]] = []
    for row in drill_rows(known):
        who = f"{row.who} on {row.channel}"
        shadow = "; the receiver has shadow, so nothing is sent" if row.reached is Reached.SHADOW else ""
        found.append((row.queued_at, 0, f"{reads.time(row.queued_at)}  called {who} (step {row.step}){shadow}"))
        if row.accepted_at is not None:
            found.append(
                (row.accepted_at, 2, f"{reads.time(row.accepted_at)}  {row.channel} accepted it for {row.who}")
            )
    for one in known.tries:
        if one.firing and one.verdict is not Verdict.ACCEPTED:
            found.append(
                (one.at, 1, f"{reads.time(one.at)}  {one.channel} failed: {plain(one.detail or one.reason, 300)}")
            )
    for given in known.acknowledged:
        found.append((given.at, 3, f"{reads.time(given.at)}  {plain(given.author)} acknowledged it ({given.via})"))
    return [line for _, _, line in sorted(found)]


def finish(known: DrillOnRecord, checked: configuration.Config, reads: Reader, as_json: bool) -> None:
    """Print the report; ends with exit code 1 unless everybody got the drill."""
    if as_json:
        print(json_line(_report_json(known), indent=2))
    else:
        for line in _report(known, checked, reads):
            print_line(line)
    if not everybody_got_it(known):
        raise typer.Exit(1)


def _report(known: DrillOnRecord, checked: configuration.Config, reads: Reader) -> Iterator[str]:
    yield plan_line(known.drill, reads)
    found = [(row, _cells(row, reads)) for row in drill_rows(known)]
    heads = ("who", "step", "channel", "queued", "accepted", "attempts")
    widths = [max([len(head), *(len(cells[place]) for _, cells in found)]) for place, head in enumerate(heads)]
    if found:
        yield "  " + "  ".join(head.ljust(width) for head, width in zip(heads, widths, strict=True)).rstrip()
    for row, cells in found:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
        for error in row.errors:
            yield f"      {plain(error, 300)}"
    for given in known.acknowledged:
        note = f": {plain(given.note)}" if given.note else ""
        yield f"  acknowledged by {plain(given.author)} at {reads.time(given.at)} ({given.via}){note}"
    yield _verdict(known, checked)


def _cells(row: DrillRow, reads: Reader) -> tuple[str, ...]:
    accepted = row.reached.value.replace("_", " ") if row.accepted_at is None else reads.time(row.accepted_at)
    return row.who, str(row.step), row.channel, reads.time(row.queued_at), accepted, str(row.attempts)


def _verdict(known: DrillOnRecord, checked: configuration.Config) -> str:
    drill = known.drill
    if everybody_got_it(known):
        return "everybody who was called got it"
    if drill.silence and not drill.calls:
        return f"silence {drill.silence} withheld it, so nobody was called"
    if drill.ended_for is DrillEnd.NOT_TAKEN_UP:
        return "no running program took it up, so nobody was called; look whether tierwatch runs"
    if drill.detail and not drill.calls:
        return f"nobody was called: {plain(drill.detail, 300)}"
    if not drill.calls:
        how = checked.commands.says("drill", "report", about=drill.id)
        return f"nobody has been called yet; see later: {how}"
    missing = [f"{row.who} on {row.channel}" for row in drill_rows(known) if row.reached is not Reached.ACCEPTED]
    return f"not everybody got it: {', '.join(dict.fromkeys(missing))}"


def plan_line(drill: Drill, reads: Reader) -> str:
    if drill.ended_at is not None:
        ended = (drill.ended_for or DrillEnd.TIME_OVER).value.replace("_", " ")
        state = f"over at {reads.time(drill.ended_at)} ({ended})"
    else:
        state = f"on until {reads.time(drill.ends_by)}" if drill.begun_at is not None else "not begun yet"
    steps = ", with the steps of the team" if drill.escalate else ""
    asked = f"{reads.rung('tier', drill.tier)} for {drill.whom} {drill.named}{steps}, by {plain(drill.author)}"
    return f"{drill.id}  {reads.time(drill.asked_at)}  {asked}: {state}"


def plan_json(drill: Drill) -> dict[str, Any]:
    return {
        "id": drill.id,
        "asked_at": text(drill.asked_at),
        "author": drill.author,
        "for": drill.whom.value,
        "named": drill.named,
        "tier": drill.tier,
        "escalate": drill.escalate,
        "ends_by": text(drill.ends_by),
        "begun_at": drill.begun_at and text(drill.begun_at),
        "ended_at": drill.ended_at and text(drill.ended_at),
        "ended_for": drill.ended_for and drill.ended_for.value,
        "detail": drill.detail,
        "silence": drill.silence,
        "alert": drill.key,
    }


def _report_json(known: DrillOnRecord) -> dict[str, Any]:
    return {
        **plan_json(known.drill),
        "pages": [
            {
                "who": row.who,
                "name": {"en": row.name.en, "zh": row.name.zh},
                "step": row.step,
                "reason": row.reason,
                "channel": row.channel,
                "queued_at": text(row.queued_at),
                "accepted_at": row.accepted_at and text(row.accepted_at),
                "reached": row.reached.value,
                "attempts": row.attempts,
                "errors": list(row.errors),
            }
            for row in drill_rows(known)
        ],
        "acknowledged": [
            {"at": text(one.at), "author": one.author, "via": one.via, "note": one.note} for one in known.acknowledged
        ],
        "everybody_got_it": everybody_got_it(known),
    }
