"""Name every label that an alert can have, and every alert with its labels: the one vocabulary of `only` and silences.

Pure. Checks, documents and the schema read it from here; a test finds an alert or a label that is missing. The one
surprise: `customer`, `team` and, of a ticket, `circuit` are said of an alert without being part of its identity, and so
is every other attribute by which the policy chooses. Those that a policy declares are in no list here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from monitor.model import SubjectKind


@dataclass(frozen=True, slots=True)
class Label:
    """What a label says. The values of one that is `free` are the sources' own; those of the others can be listed."""

    what: str
    free: bool = False


KINDS = tuple(kind.value for kind in SubjectKind)
"""The labels that name what a clock belongs to."""

LABELS: Mapping[str, Label] = {
    "alertname": Label("the name of the alert"),
    "instance": Label("the `instance` of this installation"),
    "source": Label("the name of a source"),
    "ticket": Label("the ticket's id", free=True),
    "circuit": Label("the circuit's id, of a ticket the circuit that it is about", free=True),
    "change": Label("the planned change's id", free=True),
    "group": Label("what a target counts together, the target and a folded value: `complaints/acme`", free=True),
    "tier": Label("a rung of the ladder `tier`, or `none`"),
    "assurance": Label("a rung of the ladder `assurance`, or `none`"),
    "sla_target": Label("the name of a target"),
    "cycle": Label("the number of the cycle", free=True),
    "stage": Label("`used_75`, `left_15m`, `wall_2h`, `pace`, `breached`"),
    "severity": Label("`critical`, `warning`, `info` or `none`"),
    "root_cause": Label("the id of a root cause", free=True),
    "wave": Label("the number of its wave", free=True),
    "rule": Label("the name of a rule under `major_faults`"),
    "shared": Label("what the circuits of a major fault share", free=True),
    "period": Label("the name of a guarded period"),
    "guarded": Label("the guarded period that it is in", free=True),
    "silence": Label("the id of a silence that hides a breach", free=True),
    "attribute": Label("the attribute of a word that is not understood"),
    "word": Label("the word, folded", free=True),
    "receiver": Label("the name of a receiver's channel, of a digest for it", free=True),
    "test": Label("the instant of a test page", free=True),
    "drill": Label("`true` on a drill, and on nothing else"),
    "drill_id": Label("the id of a drill", free=True),
    "customer": Label("the customer's name", free=True),
    "team": Label("the team that has the ticket", free=True),
    "site": Label("the site", free=True),
    "supplier": Label("the supplier that has the ticket", free=True),
    "provider": Label("the provider", free=True),
    "urgency": Label("the urgency", free=True),
    "scope": Label("the scope", free=True),
    "process": Label("the process", free=True),
    "customer_class": Label("the customer's class", free=True),
    "service": Label("the service", free=True),
    "order_class": Label("the order's class", free=True),
}

NAMED = ("customer", "circuit", "team")
"""What is said of every alert of a clock without being one of its labels."""

SAID = (
    *NAMED, "site", "supplier", "provider", "urgency", "scope", "process", "customer_class", "service", "order_class",
    "guarded",
)  # fmt: skip
"""What may be said so; the rest of it only where the policy chooses by it (`Policy.said`)."""

WORDS = frozenset({"tier", "assurance", "word", *SAID} - {"circuit"})
"""The labels that have words of sources, which are compared as such; all others name one thing, in one spelling."""


def is_word(label: str) -> bool:
    """Whether what a label has is compared as a word; so it is of every attribute that a policy declares."""
    return label in WORDS or label not in LABELS


ANNOTATIONS = frozenset({
    "due", "budget", "budget_source", "policy", "explain_url", "ticket_url", "runbook_url", "acknowledge_url", "reason",
    "author", "mapping", "silence_of", "silence_reason", "silence_until", "clocks", "example", "drill_until",
})  # fmt: skip
"""What else is written beside an alert; no attribute may be called so, nor begin with `summary` or `description`."""

FORMER = "_before"
"""The end of the name of an annotation that has, line by line, the rungs that an alert was said to have before."""

_SUBJECT = ("source", *KINDS, "tier", "sla_target", "cycle", *SAID)

ALERTS: Mapping[str, tuple[str, ...]] = {
    "TierwatchDeadlineNear": (*_SUBJECT, "assurance", "stage"),
    "TierwatchDeadlineBreached": (*_SUBJECT, "assurance", "stage"),
    "TierwatchBacklog": (),
    "TierwatchRootCause": ("root_cause", "wave", "tier"),
    "TierwatchDataTooOld": ("source", "tier", "assurance"),
    "TierwatchWordNotUnderstood": ("source", "tier", "assurance", "attribute", "word"),
    "TierwatchMajorFault": ("rule", "shared"),
    "TierwatchGuardedPeriod": ("period",),
    "TierwatchSilencedBreach": (*_SUBJECT, "silence"),
    "TierwatchUndelivered": (),
    "TierwatchStoreLost": (),
    "TierwatchReloadRefused": (),
    "TierwatchSuddenLoss": ("source",),
    "TierwatchJudgedAnew": (),
    "TierwatchClockJumped": (),
    "TierwatchClockUnproven": (),
    "TierwatchHeartbeat": (),
    "TierwatchSynthetic": (*_SUBJECT, "assurance", "stage"),
    "TierwatchMissed": ("receiver",),
    "TierwatchTest": ("test",),
    "TierwatchDrill": ("drill", "drill_id", "source", "tier", "stage"),
}
"""Every alert that tierwatch makes, with the labels that it can have beside `alertname`, `instance` and `severity`."""

SEVERITIES: Mapping[str, tuple[str, ...]] = {
    "TierwatchDeadlineNear": ("warning",),
    "TierwatchBacklog": ("warning",),
    "TierwatchJudgedAnew": ("warning",),
    "TierwatchSuddenLoss": ("warning",),
    "TierwatchWordNotUnderstood": ("critical", "warning"),
    "TierwatchHeartbeat": ("none",),
    "TierwatchSynthetic": ("none",),
    "TierwatchMissed": ("info",),
    "TierwatchGuardedPeriod": ("info",),
}
"""The severity of each alert; `critical` of those that are not named here."""
