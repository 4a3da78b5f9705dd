"""Print an explanation in a terminal: a sum that can be done again on paper, line by line.

Pure. Takes the values of `subject.py` and nothing else; times are local to the clock's calendar, with their offset.
What a source wrote is printed without its control characters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from monitor.explain import call_sentences, sentences
from monitor.explain.sentences import MOVED, exact, local

_ADDENDS = 12
_ID = 24


def as_lines(said: Mapping[str, Any]) -> Iterator[str]:
    """The explanation, and what was sent about it where `alerts` and `untold` are given with it."""
    for line in _lines(said):
        yield "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in line)


def _lines(said: Mapping[str, Any]) -> Iterator[str]:
    named = " ".join(f"{name}={value}" for name, value in said["attributes"].items())
    yield f"{said['kind']} {said['source']}/{said['subject']}  status {said['status'] or '-'}  {named}".rstrip()
    yield f"as of {said['at']}, policy {said['policy']}, {said['events']} events"
    for one in said.get("unread", ()):
        what = f"{one['what']} {one['value']!r}"
        yield f"NOT UNDERSTOOD 无法识别: {what} in event {one['event']}: what was promised for it is not watched"
        if one["mapping"]:
            yield from ("  to write in tierwatch.yml:", *(f"    {each}" for each in one["mapping"].splitlines()))
    if "circuit_state" in said:
        yield f"circuit is {said['circuit_state']} since {said['since'] or 'before anything was heard'}"
    for clock in said["clocks"]:
        yield ""
        yield from _clock_lines(clock)
    if not said["clocks"] and said["kind"] == "ticket":
        yield "no clock: the policy gives this ticket no target, or it was never in a phase in which one runs"
    zone = said["clocks"][0]["calendar"]["zone"] if said["clocks"] else "UTC"
    if said["corrections"]:
        yield ""
        yield from _correction_lines(said, zone)
    if said.get("alerts") or said.get("untold"):
        yield ""
        yield "sent 告警"
        yield from _alert_lines(said.get("alerts", ()), said.get("untold", ()), zone)
    for doubt in said["doubts"]:
        yield f"not understood: {doubt['what']} {doubt['value']!r} in event {doubt['event']}"


def _clock_lines(clock: Mapping[str, Any]) -> Iterator[str]:
    calendar, zone = clock["calendar"], clock["calendar"]["zone"]
    yield (
        f"{clock['target']} {clock['title']['zh']} cycle {clock['cycle']}: {clock['state'].upper()}"
        f"  (tier {clock['tier']}, assurance {clock['assurance']})"
    )
    yield f"  promise   {clock['title']['en']}: {clock['promise']['en']}"
    yield f"  figure    {clock['budget_source'] or '-'}, policy {clock['policy_version']}, row {_row(clock)}"
    yield f"  calendar  {calendar['name']} v{calendar['version']} ({zone}): {clock['hours']}"
    if clock["period"]:
        yield f"  period    {_at(clock['period']['from'], zone)} .. {_at(clock['period']['to'], zone)}"
    for note in clock["notes"]:
        yield f"  note      {note['en']}"
        if note["zh"] != note["en"]:
            yield f"            {note['zh']}"
    yield from _interval_lines(clock, zone)
    yield from _sum_lines(clock)
    if clock["missed_periods"]:
        yield f"  periods that went by without a feedback: {clock['missed_periods']}"
    yield from _deadline_lines(clock["deadlines"], zone)
    for stage in clock["stages"]:
        yield f"  {_at(stage['at'], zone)}  reached {stage['stage']}"
    for name in ("deadline", "breached_at", "stopped_at"):
        if clock[name]:
            yield f"  {name.replace('_', ' '):<11} {_at(clock[name], zone)}"
    for leg in clock["legs"]:
        yield f"  {leg['sentence']['en']}"


def _row(clock: Mapping[str, Any]) -> str:
    """The conditions of the row that gave the figure."""
    said = [f"{name} {' or '.join(values)}" for name, values in clock["when"].items()]
    if clock["after_seconds"]:
        said.append(f"older than {_hms(clock['after_seconds'])}")
    return ", ".join(said) or "for all"


def _interval_lines(clock: Mapping[str, Any], zone: str) -> Iterator[str]:
    """The intervals in columns, below each its stretches, and between them the changes of the budget."""
    if not clock["intervals"]:
        return
    rows = [_interval_cells(part, clock, zone) for part in clock["intervals"]]
    widths = [max(len(row[column]) for row in [*rows, _HEAD]) for column in range(len(_HEAD) - 1)]
    yield _in_columns(_HEAD, widths)
    changes = list(clock["changes"])
    for part, row in zip(clock["intervals"], rows, strict=True):
        while changes and changes[0]["at"] <= part["from"]:
            yield _change_line(changes.pop(0), zone)
        yield _in_columns(row, widths)
        yield from (f"      {line}" for line in _stretch_lines(part.get("stretches", ()), zone))
        while changes and changes[0]["at"] < part["to"]:
            yield _change_line(changes.pop(0), zone)
    yield from (_change_line(change, zone) for change in changes)


_HEAD = ("from", "to", "what", "counted", "left", "because of")


def _interval_cells(part: Mapping[str, Any], clock: Mapping[str, Any], zone: str) -> tuple[str, ...]:
    because = f"{part['cause']['en']} ({_id(part['because'])})"
    if part["reason_name"]:
        because += f": {_both(part['reason_name'])}"
    counted, left = (str(part[name]) for name in ("counted", "left")) if "counted" in part else (
        _hms(part["counted_seconds"]), _hms(part["left_seconds"])
    )  # fmt: skip
    return (_at(part["from"], zone), _at(part["to"], zone), part["what"], counted, left, because)


def _in_columns(cells: Sequence[str], widths: Sequence[int]) -> str:
    start, end, what, counted, left, because = cells
    return (
        f"  {start:<{widths[0]}}  {end:<{widths[1]}}  {what:<{widths[2]}}  {counted:>{widths[3]}}"
        f"  {left:>{widths[4]}}  {because}"
    )


def _change_line(change: Mapping[str, Any], zone: str) -> str:
    because = f"  ({_id(change['because'])})" if change["because"] else ""
    return f"  {_at(change['at'], zone)}  {sentences.change(change).en}{because}"


def _stretch_lines(stretches: Sequence[Mapping[str, Any]], zone: str) -> Iterator[str]:
    """Below an interval: what counted of which days. The lines of an interval add up to what it counted."""
    when = [sentences.span(part, zone) for part in stretches]
    width = max(map(len, when), default=0)
    for part, text in zip(stretches, when, strict=True):
        yield f"{text:<{width}}  {sentences.stretch(part).en}"


def _sum_lines(clock: Mapping[str, Any]) -> Iterator[str]:
    if clock["measure"] != "time":
        yield f"  counted {clock['amount']['en']}  {clock['amount']['zh']}"
        return
    parts = [_hms(part["counted_seconds"]) for part in clock["intervals"] if part["counted_seconds"]]
    counted, budget, left = (_hms(clock[f"{name}_seconds"]) for name in ("counted", "budget", "remaining"))
    addends = f"{' + '.join(parts)} = " if 1 < len(parts) <= _ADDENDS else ""
    if len(parts) > _ADDENDS:
        addends = f"the sum of {len(parts)} lines = "
    yield f"  counted {addends}{counted}, left {budget} - {counted} = {left}"


def _deadline_lines(deadlines: Sequence[Mapping[str, Any]], zone: str) -> Iterator[str]:
    """Every deadline that there was, where it ever moved."""
    if len(deadlines) < 2:
        return
    yield "  deadlines 时限的变动"
    told = [_at(one["deadline"], zone) if one["deadline"] else "none" for one in deadlines]
    moved = [f"{'+' if (by := one['moved_by_seconds']) >= 0 else ''}{_hms(by)}" if one["moved_by_seconds"] is not None
             else "" for one in deadlines]  # fmt: skip
    widths = [max(map(len, column)) for column in (told, moved)]
    for one, deadline, by in zip(deadlines, told, moved, strict=True):
        because = f" ({_id(one['because'])})" if one["because"] else ""
        yield (
            f"    from {_at(one['from'], zone)}  {deadline:<{widths[0]}}  {by:>{widths[1]}}"
            f"  {MOVED[one['what']].en}{because}"
        )


def _correction_lines(said: Mapping[str, Any], zone: str) -> Iterator[str]:
    yield "corrections 更正"
    for one in said["corrections"]:
        revoked = "  (revoked since)" if one["revoked"] else ""
        yield f"  {_at(one['at'], zone)}  {one['author']}: {one['sentence']['en']}{revoked}"
        yield f"      {one['reason']}  ({_id(one['event'])})"
    for one in said["before_corrections"]:
        was, now = (_stand(one[name], zone) for name in ("before", "now"))
        yield f"  {one['target']} cycle {one['cycle']}: before the corrections {was}; now {now}"


def _stand(reading: Mapping[str, Any] | None, zone: str) -> str:
    if reading is None:
        return "no clock"
    counted = _hms(reading["counted_seconds"]) if "counted_seconds" in reading else str(reading["counted"])
    breached = f" at {_at(reading['breached_at'], zone)}" if reading["breached_at"] else ""
    return f"{reading['state']}{breached} with {counted} counted"


def _alert_lines(alerts: Iterable[Mapping[str, Any]], untold: Iterable[Mapping[str, Any]], zone: str) -> Iterator[str]:
    for alert in alerts:
        yield f"  {_of(alert)}: {alert['state']} ({alert['reason']})"
        for change, taken in sentences.changes(alert):
            what = f"{change['reason']}{'' if change['firing'] else ', not firing'}"
            yield f"    {_at(change['at'], zone)}  {what if taken is None else _taken(taken)}"
        for call in alert.get("called", ()):
            yield f"    {_at(call['at'], zone)}  {call_sentences.called(call).en}"
        for delivery in alert["deliveries"]:
            yield f"    {delivery['channel']}: {sentences.answer(delivery, zone).en}"
        for decision in alert.get("withheld", ()):
            yield f"    {decision['channel']}: {_at(decision['at'], zone)} {sentences.withheld(decision).en}"
    for one in untold:
        yield f"  {_of(one)} at {_at(one['at'], zone)}: not sent, {one['sentence']['en']}"


def _taken(acknowledged: Mapping[str, Any]) -> str:
    said, note = sentences.acknowledged(acknowledged), acknowledged["note"]
    return f"{said.en} {said.zh}{f': {note}' if note else ''}"


def _of(alert: Mapping[str, Any]) -> str:
    return f"{alert.get('target') or '-'} cycle {alert.get('cycle', 1)} {alert['stage']}"


def _both(name: Mapping[str, str]) -> str:
    return name["en"] if name["zh"] in ("", name["en"]) else f"{name['en']} {name['zh']}"


def _id(event_id: str) -> str:
    return event_id if len(event_id) <= _ID else f"{event_id[:16]}…"


def _at(at: str, zone: str) -> str:
    return local(datetime.fromisoformat(at), zone)


def _hms(amount: float) -> str:
    return exact(timedelta(seconds=amount))
