"""Write a random policy as its file says it."""

from __future__ import annotations

from collections.abc import Mapping

from tests.support.oracle_calendar import Written
from tests.support.oracle_law import OWN_INSTANTS, STEP, TIERS, URGENCIES, ZERO, Edition, Guard, Promise, Row, Words


def written(edition: Edition, number: int, calendars: Mapping[str, Written]) -> str:
    """One version of a policy."""
    lines = [
        "policy: law", f"version: '{number}'", f"effective_from: 2020-01-0{number}", "name: {en: Law}", "ladders:",
        f"  tier: [{', '.join(f'{{id: {rung}, en: {rung}}}' for rung in TIERS)}]",
        f"  urgency: [{', '.join(f'{{id: {rung}, en: {rung}}}' for rung in URGENCIES)}]", "attributes:",
        "  ward: {en: Ward}", "instants:", *(f"  {name}: {{en: {name}}}" for name in OWN_INSTANTS),
        "pause_reasons: {customer: {en: C}, part: {en: P}, planned_work: {en: W}}", "stages:",
    ]  # fmt: skip
    for ladder, of_rung in edition.stages.items():
        lines.append(f"  {ladder}:")
        lines += [f"    {rung}: [{', '.join(stage.text for stage in stages)}]" for rung, stages in of_rung.items()]
    lines.append("calendars:")
    for name, calendar in calendars.items():
        lines += [f"  {name}:", *(f"    {line}" for line in calendar.text().splitlines())]
    if edition.guards:
        lines += ["guarded_periods:", *(_guard(guard) for guard in edition.guards)]
    lines += ["targets:", *(line for promise in edition.promises.values() for line in _target(promise))]
    return "\n".join(lines) + "\n"


def _guard(guard: Guard) -> str:
    found = [
        f"name: {{en: {guard.name}}}", f"from: '{guard.since.isoformat()}'", f"to: '{guard.until.isoformat()}'",
        f"for: {_words(guard.who)}",
    ]  # fmt: skip
    found += [f"tier: {guard.tier}"] if guard.tier else []
    found += [f"stages: [{', '.join(stage.text for stage in guard.stages)}]"] if guard.stages else []
    lengths = ", ".join(f"{name}: {budget // STEP * 30}m" for name, budget in guard.budgets.items())
    found += [f"budgets: {{{lengths}}}"] if lengths else []
    return f"  {guard.name}: {{{', '.join(found)}}}"


def _words(when: Words) -> str:
    return "{" + ", ".join(f"{name}: [{', '.join(sorted(words))}]" for name, words in when.items()) + "}"


def _target(promise: Promise) -> list[str]:
    lists = {key: getattr(promise, key) for key in ("start", "stop", "cancel", "reset", "pause")}
    lines = [f"name: {{en: {promise.name}}}", "calendar: hours", f"on_change: {promise.on_change}"]
    lines += [
        f"{key}: [{', '.join(sorted(listed))}]"
        for key, listed in lists.items()
        if listed or (key == "cancel" and not promise.circuit)
    ]
    lines += ["of: circuit"] if promise.circuit else []
    lines += ["recurring: true"] if promise.recurring else []
    lines += ["at_least: true"] if promise.at_least else []
    lines += [f"per: {promise.per}"] if promise.per else []
    lines += [f"last_day: {promise.last_day}"] if promise.last_day != "same_time" else []
    lines += [f"begins: [{', '.join(promise.begins)}]"] if promise.begins else []
    lines += [f"unless: {_words(promise.unless)}"] if promise.unless else []
    lines += ["pace: on"] if promise.pace else []
    if promise.ahead:
        lines.append("ahead_of: planned")
    elif not promise.per:
        lines.append(f"reopen: {promise.reopen}")
    if promise.begun_by:
        over = f", over: {promise.over // STEP * 30}m" if promise.over else ""
        lines.append(f"started_by: {{target: {promise.begun_by}{over}}}")
    lines += ["budgets:", *(f"  - {_row(promise, row)}" for row in promise.rows)]
    return [f"  {promise.name}:", *(f"    {line}" for line in lines)]


def _row(promise: Promise, row: Row) -> str:
    amount = f"{row.budget // STEP * 30}m"
    if promise.at_least or promise.times:
        amount = f"{row.budget.seconds} times"
    elif row.until:
        amount = f"until {row.until}"
    elif row.days is not None:
        amount = f"{row.days}wd"
    found = [f"budget: {amount}"]
    found += [f"when: {_words(row.when)}"] if row.when else []
    found += [f"after: {row.after // STEP * 30}m"] if row.after > ZERO else []
    found += [f"calendar: {row.calendar}"] if row.calendar else []
    found += [f"{key}: {getattr(row, key)}" for key in ("opened_in", "opened_outside") if getattr(row, key)]
    return "{" + ", ".join([*found, "source: test"]) + "}"
