"""List every metric that is published: name, kind, labels, unit and a sentence of help.

Data only, and the one source of truth: the exporters build their families from it, the documentation's table and the
dashboards are checked against it. No label of `METRICS` ever names a ticket, a circuit or a customer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exporters.metric import Kind as Kind
from exporters.metric import Metric as Metric
from exporters.own_metrics import OF_THE_PROGRAM
from monitor.alert import RECORDED_ONLY, EndsFor, Reason, Withheld
from monitor.clock import KINDS
from monitor.history import CHOOSING
from monitor.model import COUNTED_STATES, OPEN_STATES, AgreementKind, RetiredBy, TransitionKind
from monitor.snapshot import (
    CONSUMED,
    CONSUMED_PERCENT,
    NOBODY,
    PARTY_USED,
    PARTY_WITHDRAWN,
)

PROMISE = ("tier", "sla_target")
"""The labels of what is added up over sources and assurances: a figure of the policy has both."""

LAYER = ("team", "layer")
"""The labels of what is said of a roster; a layer belongs to one team."""

GROUP = ("source", "tier", "assurance", "sla_target")
"""The labels of everything that is said of clocks (semantics 27)."""

CLOCK_STATES = tuple(state.value for state in OPEN_STATES)
CIRCUIT_STATES = tuple(state.value for state in COUNTED_STATES)
HELD = (Withheld.SILENCED.value, Withheld.GROUPED.value, Withheld.WAITS_FOR_HOURS.value, "order")
ENDS_FOR = tuple(why.value for why in EndsFor)
WITHHELD = tuple(why.value for why in Withheld)
TOLD = tuple(why.value for why in Reason if why not in RECORDED_ONLY)

RETIRED_BY = tuple(by.value for by in RetiredBy)

AGREEMENTS = (*(kind.value.lower() for kind in AgreementKind), NOBODY)

REMAINING_BOUNDS = (0, 300, 900, 1800, 3600, 7200, 14400, 28800, 86400, 259200, 604800)
"""Upper bounds of the remaining-time histogram in seconds, +Inf left out; 0 holds the clocks that are already late."""

USED_PERCENT = (0, 25, 50, 75, 90, 100)
"""The shares of allowances by which they are counted, in percent."""

_HAPPENED = ("started", "completed", "breached")
_WITHDRAWN = tuple(
    kind.value
    for kind in (TransitionKind.STARTED, TransitionKind.MET, TransitionKind.ENDED_LATE, TransitionKind.BREACHED)
)
_SECONDS = "seconds"
_G, _C, _H, _GH, _I = Kind.GAUGE, Kind.COUNTER, Kind.HISTOGRAM, Kind.GAUGE_HISTOGRAM, Kind.INFO

METRICS: tuple[Metric, ...] = (
    # Clocks
    Metric(
        "tierwatch_open_clocks_counted", _G, (),
        "1 when the open clocks are counted; until then, after a start, 0: gauges of clocks and circuits are left out.",
    ),
    Metric(
        "tierwatch_sla_clocks", _G, (*GROUP, "state"),
        "Open clocks by state; each is in exactly one state, so the sum over states is the number of open clocks.",
        values={"state": CLOCK_STATES},
    ),
    Metric(
        "tierwatch_sla_next_deadline_timestamp_seconds", _G, GROUP,
        "Nearest deadline among clocks that run and are not breached, as seconds since the epoch; +Inf when none.",
        _SECONDS,
    ),
    Metric(
        "tierwatch_sla_remaining_seconds", _GH, GROUP,
        "Time from now to the deadlines of the running clocks, worked out when it is read; a late clock counts as 0.",
        _SECONDS,
    ),
    Metric(
        "tierwatch_sla_allowances_too_fast", _G, GROUP,
        "Open allowances that are used at a pace that will not last to the end of their period.",
    ),
    Metric(
        "tierwatch_sla_next_exhaustion_timestamp_seconds", _G, GROUP,
        "When nothing is left of the first allowance that is used too fast, at its pace; +Inf when none is.",
        _SECONDS,
    ),
    Metric(
        "tierwatch_sla_allowances_used_ratio", _G, GROUP,
        "Largest share used of an open allowance, worked out when it is read; above 1 it is overdrawn.", "ratio",
    ),
    Metric(
        "tierwatch_sla_allowances_used", _G, (*GROUP, "at_least"),
        "Open allowances of which at least that share is used, worked out when it is read; at_least 0 has all of them.",
        values={"at_least": tuple(str(percent / 100) for percent in USED_PERCENT)},
    ),
    Metric("tierwatch_sla_clocks_started_total", _C, GROUP, "Clocks that started, one for each cycle."),
    Metric("tierwatch_sla_clocks_completed_total", _C, GROUP, "Clocks that stopped, in time or late."),
    Metric("tierwatch_sla_clocks_breached_total", _C, GROUP, "Clocks that used up their budget and went on running."),
    Metric(
        "tierwatch_sla_clocks_backfilled_total", _C, (*GROUP, "kind"),
        "What happened to clocks before this installation watched them, by kind; kept apart from the other counters.",
        values={"kind": _HAPPENED},
    ),
    Metric(
        "tierwatch_sla_corrections_total", _C, (*GROUP, "kind"),
        "Transitions that a later statement of the source withdrew, by kind; the other counters never go down.",
        values={"kind": _WITHDRAWN},
    ),
    Metric(
        CONSUMED, _H, PROMISE,
        "Share of its budget that a clock had used when it stopped, in time or late; budgets of time alone.", "ratio",
        bounds=tuple(percent / 100 for percent in CONSUMED_PERCENT),
    ),
    Metric(
        PARTY_USED, _C, (*PROMISE, "agreement", "party"),
        "Counted time of stopped clocks by the team (ola) or supplier (uc) that had them, none where nobody was named.",
        _SECONDS, {"agreement": AGREEMENTS},
    ),
    Metric(
        PARTY_WITHDRAWN, _C, (*PROMISE, "agreement", "party"),
        "What of that a later statement of the source took back; used minus withdrawn is what explanations say.",
        _SECONDS, {"agreement": AGREEMENTS},
    ),
    # Guarded periods
    Metric(
        "tierwatch_guarded_period_in_force", _G, ("period",),
        "1 while the guarded period of the policy holds, 0 before and after.",
    ),
    Metric(
        "tierwatch_guarded_period_begin_timestamp_seconds", _G, ("period",),
        "When the guarded period begins, as seconds since the epoch.", _SECONDS,
    ),
    Metric(
        "tierwatch_guarded_period_end_timestamp_seconds", _G, ("period",),
        "When the guarded period ends, as seconds since the epoch.", _SECONDS,
    ),
    Metric(
        "tierwatch_guarded_clocks", _G, ("period", "state"),
        "Open clocks of the subjects that are in the guarded period, by state; they are among the other clocks too.",
        values={"state": CLOCK_STATES},
    ),
    # Circuits
    Metric(
        "tierwatch_circuits", _G, ("source", "tier", "assurance", "state"),
        "Known circuits by state; each is in exactly one state.",
        values={"state": CIRCUIT_STATES},
    ),
    Metric(
        "tierwatch_retired_total", _C, ("source", "by"),
        "Subjects that are gone for good, by who said so; one that lives again and goes again is counted again.",
        values={"by": RETIRED_BY},
    ),
    # Sources
    Metric("tierwatch_source_up", _G, ("source",), "1 when the last poll succeeded, 0 when it failed or none ended."),
    Metric(
        "tierwatch_source_last_success_timestamp_seconds", _G, ("source",),
        "When a poll last succeeded, as seconds since the epoch; 0 before the first one.", _SECONDS,
    ),
    Metric(
        "tierwatch_source_watermark_timestamp_seconds", _G, ("source",),
        "The newest change of the source that was seen, as seconds since the epoch; 0 before the first one.", _SECONDS,
    ),
    Metric(
        "tierwatch_source_stale", _G, ("source",),
        "1 while the source's data is too old to judge clocks by; they are then counted as unknown.",
    ),
    Metric(
        "tierwatch_source_stale_after_seconds", _G, ("source",),
        "How long a source may go unread before its data is too old to judge clocks by (its stale_after).", _SECONDS,
    ),
    Metric("tierwatch_source_polls_total", _C, ("source",), "Polls of the source that ended, failed ones included."),
    Metric("tierwatch_source_poll_failures_total", _C, ("source", "reason"), "Polls of the source that failed."),
    Metric("tierwatch_events_total", _C, ("source",), "Events that were taken in, each once."),
    Metric("tierwatch_duplicates_total", _C, ("source",), "Events that were already known and changed nothing."),
    Metric("tierwatch_quarantined_total", _C, ("source", "reason"), "Records that could not become an event."),
    Metric("tierwatch_quarantined_records", _G, ("source", "reason"), "Records in quarantine, not resolved yet."),
    Metric(
        "tierwatch_unknown_values_total", _C, ("source", "what"),
        "Words of the source that the mapping or the policy does not know, by what they stand for.",
        values={"what": KINDS},
    ),
    Metric(
        "tierwatch_unread_subjects", _G, ("source", "what"),
        "Open subjects with a word that is not understood although a promise depends on it, by what it stands for.",
        values={"what": CHOOSING},
    ),
    # Alerts
    Metric("tierwatch_alerts_firing", _G, ("tier", "stage"), "Alerts that fire at present."),
    Metric(
        "tierwatch_alerts_sent_total", _C, ("channel", "reason"),
        "Pages that the channel accepted, by why it was told.",
        values={"reason": TOLD},
    ),
    Metric(
        "tierwatch_alerts_send_failures_total", _C, ("channel", "reason"), "Pages that the channel did not accept."
    ),
    Metric(
        "tierwatch_alerts_withheld_total", _C, ("channel", "reason"),
        "Changes of alerts that the channel was not told of, or not at once, by why.",
        values={"reason": WITHHELD},
    ),
    Metric(
        "tierwatch_alerts_unconfirmed", _G, ("channel",),
        "Firing alerts that the channel accepted and did not list when it was last asked; they are told again.",
    ),
    Metric(
        "tierwatch_alerts_suppressed_due", _G, ("tier",),
        "Clocks whose alert a receiver's own silence withholds although the deadline comes before that silence ends.",
    ),
    Metric(
        "tierwatch_outbox_pending", _G, ("channel",),
        "Pages that wait to be accepted by the channel; those that something else holds back are not among them.",
    ),
    Metric(
        "tierwatch_outbox_held", _G, ("channel", "reason"),
        "Pages that are held back: by a silence (silenced), a root cause (grouped), until covered hours"
        " (waits_for_hours), or by a page that goes first (order).",
        values={"reason": HELD},
    ),
    Metric(
        "tierwatch_outbox_oldest_timestamp_seconds", _G, ("channel",),
        "Since when the oldest page has waited for the channel, as seconds since the epoch; +Inf when none waits.",
        _SECONDS,
    ),
    Metric(
        "tierwatch_silences_in_force", _G, (),
        "Silences and maintenance windows that hold now; what they withhold is in tierwatch_outbox_held.",
    ),
    Metric(
        "tierwatch_acknowledgements_in_force", _G, (),
        "Acknowledgements of alerts that fire, which have not ended; each stops escalation until it ends.",
    ),
    Metric(
        "tierwatch_acknowledgements_ended_total", _C, ("reason",),
        "Acknowledgements that ended, by why: a share of the time left, a length where no time is left, the shift, or"
        " somebody who took it back.",
        values={"reason": ENDS_FOR},
    ),
    Metric(
        "tierwatch_escalations_waiting", _G, (),
        "Alerting clocks and root causes for which a step of escalation is ahead: somebody is called if nobody acts.",
    ),
    Metric(
        "tierwatch_escalations_next_timestamp_seconds", _G, (),
        "When the next step of escalation is taken, as seconds since the epoch; +Inf when none is ahead.", _SECONDS,
    ),
    Metric(
        "tierwatch_on_duty", _G, LAYER,
        "People on duty by the layer of the roster whose turn it is; a team with 0 in every layer has nobody on duty.",
    ),
    *OF_THE_PROGRAM,
)  # fmt: skip

DETAIL = (
    Metric(
        "tierwatch_clock_deadline_timestamp_seconds", _G, (*GROUP, "subject", "cycle"),
        "Deadline of one clock at risk or breached, as seconds since the epoch; the nearest ones of some tiers alone.",
        _SECONDS,
    ),
    Metric(
        "tierwatch_detail_clocks_dropped", _G, ("tier",),
        "Clocks at risk or breached that are not listed one by one, for want of a place.",
    ),
)  # fmt: skip
"""The metrics of `GET /metrics/detail`, which has a scrape job of its own."""

BY_NAME: Mapping[str, Metric] = {metric.name: metric for metric in METRICS}


def table(metrics: Sequence[Metric] = METRICS) -> str:
    """The catalogue as the rows of the table in docs/metrics.md."""
    rows = ["| metric | kind | labels | meaning |", "|---|---|---|---|"]
    for metric in metrics:
        labels = ", ".join(f"`{label}`" for label in metric.labels) or "–"
        rows.append(f"| `{metric.name}` | {metric.kind} | {labels} | {metric.help} |")
    return "\n".join(rows)
