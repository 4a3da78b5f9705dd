"""Say in one sentence what of a policy no source says, for whoever checks it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.policy.policy import ASSUMED, Policy

SHOWN = 6
"""How many names of one kind are written out."""


def assumed(policy: Policy) -> str:
    """What is assumed in a policy, each kind with its first names; empty where nothing is."""
    parts = [*_figures(policy), *_others(policy)]
    return f"policy {policy.label}: assumed, for no source says it: {'; '.join(parts)}" if parts else ""


def _figures(policy: Policy) -> Iterator[str]:
    counts = {rule.name: [row.figure for row in rule.rows] for rule in policy.targets}
    total = sum(map(len, counts.values()))
    ours = {name: figures.count(ASSUMED) for name, figures in counts.items()}
    if sum(ours.values()):
        names = [f"{name} {number} of {len(counts[name])}" for name, number in ours.items() if number]
        yield f"{sum(ours.values())} of {total} figures ({_listed(names)})"
    shares = [item for item in policy.agreements if any(row.figure == ASSUMED for row in item.rows)]
    if shares:
        yield f"agreements with {_listed([item.party for item in shares])}"


def _others(policy: Policy) -> Iterator[str]:
    places = [place for place, source in policy.sources.items() if source.assumed]
    for kind, what in (
        ("effective_from", "the date"),
        ("pause_reasons", "pause reasons"),
        ("calendars", "hours of"),
        ("inherit", "rules of inherit"),
        ("major_faults", "major faults"),
    ):
        names = [" ".join(place[1:]) for place in places if place[0] == kind]
        if names:
            yield f"{what} {_listed(names)}".rstrip()
    begins = [f"{place[1]} {place[3]}" for place in places if place[0] == "targets"]
    if begins:
        yield f"begins of {_listed(begins)}"
    rules = [rule.name for rule in policy.targets if rule.assumed]
    if rules:
        yield f"how {_listed(rules)} {'is' if len(rules) == 1 else 'are'} counted"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")
