"""Write the queries: each names the job, counts a thing once, and gives tiers and assurances in their order.

Metrics and labels are those of exporters/catalogue.py; no query needs a rule that records. Several replicas of one
installation are scraped under one job: of what they say alike the greatest value is taken, and only then is summed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from exporters.catalogue import BY_NAME

TIERS = ("diamond", "gold", "silver", "bronze", "standard")
"""The tiers in the order in which they are shown; those of a policy with other names come after them."""

ASSURANCES = ("AAA", "AA", "A", "normal")

CHOSEN: Mapping[str, str] = {"source": "$source", "tier": "$tier", "assurance": "$assurance", "sla_target": "$target"}
"""The variable that chooses the values of a label."""

UP = 'max by (job) (up{job=~"$job"})'
"""1 for each installation that answers the scrape."""


def series(metric: str, *more: str, part: str = "", over: str = "", ago: str = "") -> str:
    """The series of a metric that the reader chose, and of them those that *more* matches.

    *part* is a suffix of a histogram, *over* the length of a range, *ago* an offset.
    """
    labels = BY_NAME[metric].labels
    chosen = [f'{label}=~"{variable}"' for label, variable in CHOSEN.items() if label in labels]
    matched = ", ".join(['job=~"$job"', *chosen, *more])
    return f"{metric}{part}{{{matched}}}{f'[{over}]' if over else ''}{f' offset {ago}' if ago else ''}"


def once(metric: str, *more: str, least: bool = False, part: str = "") -> str:
    """Each series once, whatever the number of replicas: the greatest value, or the *least*."""
    return _once(metric, series(metric, *more, part=part), part=part, least=least)


def gained(metric: str, *more: str, over: str = "1h", part: str = "") -> str:
    """By how much a counter that never goes down rose in the time before each point; nothing while it is silent."""
    before = series(metric, *more, over=over, part=part)
    return _once(metric, f"{series(metric, *more, part=part)} - min_over_time({before})", part=part)


def rate(metric: str, *more: str, part: str = "") -> str:
    """How fast a counter rises, for those that begin anew with the program; nothing while it is silent."""
    rises = f"rate({series(metric, *more, part=part, over='$__rate_interval')})"
    return _once(metric, f"{rises} and {series(metric, *more, part=part)}", part=part)


def _once(metric: str, expression: str, *, part: str = "", least: bool = False) -> str:
    labels = ("job", *BY_NAME[metric].labels, *(("le",) if part else ()))
    return f"{'min' if least else 'max'} by ({', '.join(labels)}) ({expression})"


def total(by: str, expression: str, how: str = "sum") -> str:
    """The sum of an expression over all but the label *by*."""
    return f"{how} by ({by}) ({expression})"


def in_order(label: str, write: Callable[[str], str]) -> str:
    """What *write* makes of one tier (or assurance) after the other: `or` keeps the order of its terms."""
    return " or ".join(write(matcher) for matcher in of_each(label))


def of_each(label: str) -> Sequence[str]:
    """What matches each known value of a label in its order, and at last all values that are not known."""
    known = {"tier": TIERS, "assurance": ASSURANCES}[label]
    return [*(f'{label}="{value}"' for value in known), f'{label}!~"{"|".join(known)}"']


def if_none(expression: str, value: int) -> str:
    """The expression's one value, or *value* where there is none: for what must be red when nothing answers."""
    return f"({expression}) or vector({value})"


def worst_of_tier(matcher: str) -> str:
    """The worst state of a tier's open clocks as a number: 0 none, 1 in time, 2 at risk, 3 unknown, 4 breached."""

    def with_state(states: str, rank: int) -> str:
        counted = once("tierwatch_sla_clocks", matcher, f'state=~"{states}"')
        return f"({counted} > bool 0) * {rank}"

    ranks = {"breached": 4, "unknown": 3, "at_risk": 2, "running|paused|idle": 1}
    return total("tier", " or ".join(with_state(states, rank) for states, rank in ranks.items()), "max")


def worst_of_assurance(matcher: str) -> str:
    """The worst state of the circuits of one assurance: 1 all available, 2 degraded, 3 unknown, 4 unavailable."""

    def with_state(state: str, rank: int) -> str:
        counted = once("tierwatch_circuits", matcher, f'state="{state}"')
        return f"({counted} > bool 0) * {rank}"

    ranks = {"unavailable": 4, "unknown": 3, "degraded": 2, "available": 1}
    return total("assurance", " or ".join(with_state(state, rank) for state, rank in ranks.items()), "max")


def kept(by: str, window: str = "", *more: str) -> str:
    """The share of promises kept: 1 minus breaches over clocks that ended, in a window or since the counters began.

    The counters outlive restarts, so it is a difference of two instants. Where Prometheus holds nothing from the
    beginning of the window there is no answer, for it would be that of a shorter time.
    """

    def of(name: str) -> str:
        metric = f"tierwatch_sla_clocks_{name}_total"
        return total(by, _since(metric, window, *more) if window else once(metric, *more))

    return f"1 - clamp({of('breached')} / ({of('completed')} > 0), 0, 1)"


def _since(metric: str, window: str, *more: str) -> str:
    now = once(metric, *more)
    then = _once(metric, f"last_over_time({series(metric, *more, over='1h', ago=window)})")
    known = f"max by (job) (last_over_time({series('tierwatch_build_info', over='1h', ago=window)}))"
    return f"({now} - ({then} or 0 * {now})) and on (job) {known}"
