"""The dashboard *NOC wall*: what is about to break, readable across a room and without scrolling."""

from __future__ import annotations

from collections.abc import Mapping

from grafana_foundation_sdk.builders import stat, statetimeline

from grafana.frame import Board
from grafana.panels import (
    BAD_ABOVE_0,
    LEFT,
    PLAIN,
    UNKNOWN_ABOVE_0,
    WARN_ABOVE_0,
    Steps,
    countdown,
    listed,
    loud,
    page,
    tile,
    timeline,
)
from grafana.queries import TIERS, in_order, of_each, once, total, worst_of_tier
from grafana.trust import strip

STATES: Mapping[str, Steps] = {
    "breached": BAD_ABOVE_0,
    "at_risk": WARN_ABOVE_0,
    "unknown": UNKNOWN_ABOVE_0,
    "running": PLAIN,
    "paused": PLAIN,
}
"""The states in the order in which somebody must act; an allowance that nothing uses is no news on a wall."""

WORST_OF_TIER = {
    4: "grafana-breached", 3: "grafana-cannot-be-judged", 2: "grafana-at-risk", 1: "grafana-in-time",
    0: "grafana-nothing-open",
}  # fmt: skip


def wall() -> Board:
    spans = {"breached": 6, "at_risk": 6}
    states = [clocks(state, steps).span(spans.get(state, 4)) for state, steps in STATES.items()]
    return Board(
        "wall",
        [("", strip()), ("", states), ("", [next_deadline().span(6), worst_states().span(18)]), ("", _people())],
        since="now-12h",
        refresh="10s",
    )


def clocks(state: str, steps: Steps) -> stat.Panel:
    """How many clocks are in a state, by tier."""
    counted = in_order("tier", lambda tier: total("tier", once("tierwatch_sla_clocks", tier, f'state="{state}"')))
    to_them = page(f"/clocks?state={state}&tier=${{__field.labels.tier}}", "grafana-nearest-clocks")
    return listed(tile(f"clocks-{state}", counted, steps)).data_links([to_them]).height(8)


def next_deadline() -> stat.Panel:
    deadline = "tierwatch_sla_next_deadline_timestamp_seconds"
    left = in_order("tier", lambda tier: f"{total('tier', once(deadline, tier, least=True), 'min')} - time()")
    panel = countdown("next-deadline-in", f"({left})", LEFT, "grafana-no-deadline-ahead")
    return listed(panel).data_links([page("/clocks?tier=${__field.labels.tier}", "grafana-nearest-clocks")]).height(8)


def worst_states() -> statetimeline.Panel:
    rows = dict(zip((*TIERS, "{{tier}}"), map(worst_of_tier, of_each("tier")), strict=True))
    return timeline("worst-state", rows, WORST_OF_TIER)


def _people() -> list[stat.Panel]:
    down = in_order("assurance", lambda one: total("assurance", once("tierwatch_circuits", one, 'state="unavailable"')))
    to_circuits = page("/circuits?assurance=${__field.labels.assurance}", "grafana-those-circuits")
    return [
        tile("circuits-unavailable", down, BAD_ABOVE_0, legend="{{assurance}}").data_links([to_circuits]).span(6),
        firing().span(6),
        *(
            tile(name, f"sum({once(metric)})", PLAIN, legend="")
            .data_links([page("/oncall", "grafana-who-is-on")])
            .span(3)
            for name, metric in {
                "acknowledgements-in-force": "tierwatch_acknowledgements_in_force",
                "silences-in-force": "tierwatch_silences_in_force",
            }.items()
        ),
        loud(nobody_on_duty()).span(6),
    ]


def firing() -> stat.Panel:
    """How many alerts fire, by tier; 0 where there are clocks and none fires."""

    def of(tier: str) -> str:
        fires = total("tier", once("tierwatch_alerts_firing", tier))
        return f"({fires} or 0 * {total('tier', once('tierwatch_sla_clocks', tier))})"

    return tile("alerts-firing", in_order("tier", of), WARN_ABOVE_0).data_links([page("/pages", "grafana-those-pages")])


def nobody_on_duty() -> stat.Panel:
    """How many layers of the rosters have nobody."""
    empty = f"sum({once('tierwatch_on_duty')} == bool 0)"
    return tile("nobody-on-duty", empty, BAD_ABOVE_0, legend="").data_links([page("/oncall", "grafana-who-is-on")])
