"""The dashboard *Circuits*: which circuits are down, by assurance, and when they were."""

from __future__ import annotations

from collections.abc import Mapping

from grafana_foundation_sdk.builders import dashboard, stat, statetimeline, timeseries

from grafana.frame import CHANGES, RESTARTS, Board, Mark
from grafana.panels import (
    BAD_ABOVE_0,
    KEPT,
    PLAIN,
    RED,
    REDS,
    STATE_COLOURS,
    UNKNOWN_ABOVE_0,
    WARN_ABOVE_0,
    Steps,
    both,
    lines,
    listed,
    page,
    tile,
    timeline,
)
from grafana.queries import ASSURANCES, gained, in_order, of_each, once, series, total, worst_of_assurance
from grafana.trust import strip

STATES: Mapping[str, Steps] = {
    "unavailable": BAD_ABOVE_0,
    "degraded": WARN_ABOVE_0,
    "unknown": UNKNOWN_ABOVE_0,
    "available": PLAIN,
}

WORST = {
    4: "grafana-circuits-unavailable", 3: "grafana-circuits-unknown", 2: "grafana-circuits-degraded",
    1: "grafana-circuits-available",
}  # fmt: skip

_DOWN = series("tierwatch_circuits", 'state="unavailable"')
_BEFORE = series("tierwatch_circuits", 'state="unavailable"', over="$__rate_interval")
OUTAGES = Mark(
    "outages",
    f"sum by (assurance) (max by (job, source, tier, assurance) ({_DOWN} - min_over_time({_BEFORE}))) > 0",
    "{{assurance}}",
    RED,
)
"""Where more circuits became unavailable."""


def circuits() -> Board:
    counted = [_in_state(state, steps).span(5) for state, steps in STATES.items()]
    return Board(
        "circuits",
        [
            ("", strip()),
            (both("grafana-now"), [*counted, _share().span(4)]),
            (both("grafana-as-time-goes-by"), [
                _worst().span(24), _by_state().span(12), _by_assurance().span(12), _retired().span(24),
            ]),
        ],
        since="now-24h",
        marks=(OUTAGES, RESTARTS, CHANGES),
    )  # fmt: skip


def _in_state(state: str, steps: Steps) -> stat.Panel:
    counted = in_order("assurance", lambda one: total("assurance", once("tierwatch_circuits", one, f'state="{state}"')))
    panel = listed(tile(f"circuits-{state}", counted, steps, legend="{{assurance}}"))
    return panel.data_links([_them(f"?state={state}&assurance=${{__field.labels.assurance}}")]).height(7)


def _share() -> stat.Panel:
    def of(one: str) -> str:
        works = total("assurance", once("tierwatch_circuits", one, 'state="available"'))
        return f"{works} / ({total('assurance', once('tierwatch_circuits', one))} > 0)"

    panel = listed(tile("share-of-circuits-available", in_order("assurance", of), KEPT, legend="{{assurance}}"))
    return panel.unit("percentunit").decimals(2).data_links([_them()]).height(7)


def _worst() -> statetimeline.Panel:
    rows = dict(zip((*ASSURANCES, "{{assurance}}"), map(worst_of_assurance, of_each("assurance")), strict=True))
    return timeline("worst-circuits", rows, WORST)


def _by_state() -> timeseries.Panel:
    bad = [state for state in STATES if state != "available"]
    states = {state: f'state="{state}"' for state in bad}
    counted = {
        both(f"grafana-circuits-{state}"): f"sum({once('tierwatch_circuits', matcher)})"
        for state, matcher in states.items()
    }
    colours = [STATE_COLOURS[state] for state in bad]
    return lines("circuits-not-available-by-state", counted, colours=colours).data_links([_them()])


def _by_assurance() -> timeseries.Panel:
    counted = {
        name: total("assurance", once("tierwatch_circuits", one, 'state="unavailable"'))
        for name, one in zip((*ASSURANCES, "{{assurance}}"), of_each("assurance"), strict=True)
    }
    panel = lines("circuits-unavailable-by-assurance", counted, colours=REDS, stacked=True)
    return panel.data_links([_them("?state=unavailable")])


def _retired() -> timeseries.Panel:
    rose = {"{{by}}": total("by", gained("tierwatch_retired_total"))}
    return lines("retired-in-an-hour", rose).data_links([_them()])


def _them(chosen: str = "") -> dashboard.DashboardLink:
    return page(f"/circuits{chosen}", "grafana-those-circuits")
