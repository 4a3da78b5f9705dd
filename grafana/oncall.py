"""The dashboard *On call*: what fires, who was told, what is held back, and who is on duty."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard, stat, table, timeseries

from grafana.frame import Board
from grafana.panels import (
    BAD_ABOVE_0,
    GOOD_ABOVE_0,
    GREEN,
    LEFT,
    PLAIN,
    RED,
    WAITING,
    WARN_ABOVE_0,
    both,
    countdown,
    lines,
    listed,
    page,
    tile,
    worst_first,
)
from grafana.queries import gained, in_order, once, total
from grafana.trust import strip
from grafana.wall import firing, nobody_on_duty


def on_call() -> Board:
    return Board(
        "oncall",
        [
            ("", strip()),
            (both("grafana-now"), [
                listed(firing()).height(8).span(6), _by_stage().span(8), *(each.span(5) for each in _in_force()),
                *(each.span(6) for each in _on_duty()),
            ]),
            (both("grafana-are-pages-delivered"), [each.span(6) for each in _delivery()]),
            (both("grafana-as-time-goes-by"), [each.span(12) for each in _over_time()]),
        ],
        since="now-12h",
    )  # fmt: skip


def _by_stage() -> table.Panel:
    fires = f"{total('tier, stage', once('tierwatch_alerts_firing'))} > 0"
    panel = worst_first("firing-by-stage", {"grafana-firing": (fires, "short", WARN_ABOVE_0)}, ascending=False)
    return panel.no_value(both("grafana-none-or-no-data")).data_links([_pages()]).height(8)


def _in_force() -> list[stat.Panel]:
    return [
        tile(name, f"sum({once(metric)})", PLAIN, legend="").data_links([_who()]).height(8)
        for name, metric in {
            "acknowledgements-in-force": "tierwatch_acknowledgements_in_force",
            "silences-in-force": "tierwatch_silences_in_force",
        }.items()
    ]


def _on_duty() -> list[stat.Panel]:
    on_duty = total("team, layer", once("tierwatch_on_duty"), "max")
    nearest = f"min({once('tierwatch_escalations_next_timestamp_seconds', least=True)}) - time()"
    return [
        listed(tile("on-duty", on_duty, GOOD_ABOVE_0, legend="{{team}} {{layer}}")).data_links([_who()]).height(6),
        nobody_on_duty().height(6),
        tile("escalations-waiting", f"sum({once('tierwatch_escalations_waiting')})", PLAIN, legend="")
        .data_links([_who()])
        .height(6),
        countdown("next-escalation-in", nearest, LEFT, "grafana-no-escalation", legend="")
        .data_links([_who()])
        .height(6),
    ]


def _delivery() -> list[stat.Panel]:
    """Delivery by channel: what waits, and what a receiver does not list, or silences past a deadline."""
    oldest = f"time() - {total('channel', once('tierwatch_outbox_oldest_timestamp_seconds', least=True), 'min')}"
    unconfirmed = total("channel", once("tierwatch_alerts_unconfirmed"))
    suppressed = in_order("tier", lambda tier: total("tier", once("tierwatch_alerts_suppressed_due", tier)))
    pending = total("channel", once("tierwatch_outbox_pending"))
    return [
        tile("oldest-page-waiting", f"clamp_min({oldest}, 0)", WAITING, legend="{{channel}}", unit="dthms").data_links(
            [_pages()]
        ),
        tile("pages-waiting", pending, PLAIN, legend="{{channel}}").data_links([_pages()]),
        tile("held-here-not-listed-there", unconfirmed, WARN_ABOVE_0, legend="{{channel}}").data_links([_pages()]),
        tile("silenced-past-a-deadline", suppressed, BAD_ABOVE_0).data_links([_pages()]),
    ]


def _over_time() -> list[timeseries.Panel]:
    accepted, failed = gained("tierwatch_alerts_sent_total"), gained("tierwatch_alerts_send_failures_total")
    withheld = gained("tierwatch_alerts_withheld_total")
    ended = gained("tierwatch_acknowledgements_ended_total")
    return [
        lines(
            "pages-accepted-and-not",
            {
                both("grafana-accepted"): f"sum({accepted})",
                both("grafana-failed", reason="{{reason}}"): total("reason", failed),
            },
            colours=(GREEN, RED),
        ).data_links([_pages()]),
        lines("pages-accepted-by-channel", {"{{channel}}": total("channel", accepted)}).data_links([_pages()]),
        lines("pages-withheld-in-an-hour", {"{{reason}}": total("reason", withheld)}).data_links([_pages()]),
        lines("acknowledgements-ended-in-an-hour", {"{{reason}}": total("reason", ended)}).data_links([_who()]),
    ]


def _pages() -> dashboard.DashboardLink:
    return page("/pages", "grafana-those-pages")


def _who() -> dashboard.DashboardLink:
    return page("/oncall", "grafana-who-is-on")
