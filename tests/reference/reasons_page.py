"""Write `docs/reference/reasons.md`: every closed list of words that logs, metrics and JSON have.

The sentence of a word is the one below it in the code.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from enum import StrEnum

from alerts.oncall import ack_tokens, escalation_plan, roster
from exporters.live import events as live_events
from exporters.live import viewer
from exporters.web import guard
from monitor import model, snapshot
from monitor.alert import reasons
from monitor.collectors import _records
from monitor.history import sound_batch
from monitor.machine import clock_witnesses, machine_clock
from monitor.net import deadline, failures
from monitor.report import policy_changes
from monitor.worktime import calendars, day_layout
from tests.reference import send_failures
from tests.reference.markdown import code, page, table
from tests.reference.sentences import descriptions

INTRODUCTION = """
Every word that tierwatch itself puts into a label `reason`, `kind`, `state`, `stage` or `what`, into the log, or into
JSON. A list is closed: another word is a defect. Words of sources and policies (tiers, statuses, pause reasons) are not
here.
"""


@dataclass(frozen=True, slots=True)
class Words:
    """One list: its heading, the enum, and where its words appear."""

    heading: str
    kind: type[StrEnum]
    where: str


LISTS = (
    Words(
        "Reason", reasons.Reason, "label `reason` of `tierwatch_alerts_sent_total`, annotation `reason`, `alerts list`"
    ),
    Words("Withheld", reasons.Withheld, "label `reason` of `tierwatch_alerts_withheld_total`, the explanation"),
    Words("Verdict", reasons.Verdict, "the log of deliveries"),
    Words("State", model.State, "label `state` of `tierwatch_sla_clocks`, JSON"),
    Words("Life", model.Life, "JSON of an explanation"),
    Words("Move", model.Move, "JSON of an explanation"),
    Words("Transition", model.TransitionKind, "label `kind` of `tierwatch_sla_corrections_total`, JSON"),
    Words("Phase", model.Phase, "mappings, policies, JSON"),
    Words("Circuit state", model.CircuitState, "label `state` of `tierwatch_circuits`, mappings, policies"),
    Words("Subject", model.SubjectKind, "`of` of a target, JSON"),
    Words("Correction", model.CorrectionKind, "`tierwatch correct`, the explanation"),
    Words("Quarantine", _records.Why, "label `reason` of `tierwatch_quarantined_total`"),
    Words(
        "Quarantine by tierwatch",
        sound_batch.SetAside,
        "the same label; besides, `unknown_` and what a word stands for that is not understood",
    ),
    Words("Failed request", failures.Failed, "label `reason` of polls, pings and deliveries that failed"),
    Words("Ended request", deadline.Ended, "the log"),
    Words("Refused acknowledgement", ack_tokens.Refusal, "the log, the answer to a link"),
    Words("Step of an escalation", escalation_plan.StepReason, "the explanation, `tierwatch oncall`"),
    Words("Whom a step pages", roster.Role, "the rota, the explanation"),
    Words("Trust in the machine's clock", machine_clock.Trust, "`tierwatch clock show`"),
    Words("Witness of the machine's clock", machine_clock.Witness, "the log, `tierwatch clock show`"),
    Words("Vote of the peers", clock_witnesses.Vote, "the log"),
    Words(
        "Stage of the synthetic clock",
        snapshot.Beat,
        "label `stage` of `tierwatch_heartbeat_timestamp_seconds`",
    ),
    Words(
        "Finding of the audit", snapshot.FindingKind, "label `kind` of `tierwatch_audit_findings`, `tierwatch audit`"
    ),
    Words("Ended connection", guard.Ended, "label `reason` of `tierwatch_page_connections_ended_total`"),
    Words("Ended stream", viewer.Gone, "label `reason` of `tierwatch_live_viewers_ended_total`"),
    Words("Fetch anew", live_events.Reset, "`because` of the event `reset`"),
    Words("Kind of date", calendars.DayKind, "the explanation"),
    Words("Kind of time", day_layout.StretchKind, "the explanation"),
    Words("Change of a reading", policy_changes.Kind, "`tierwatch diff-policy`"),
)
SENDING = """
The label `reason` of `tierwatch_alerts_send_failures_total`, besides the words of a [failed request](#failed-request).
"""


def write() -> str:
    parts = [INTRODUCTION]
    for words in LISTS:
        texts = descriptions(words.kind)
        rows = [(code(word.value), texts.get(word.name, "")) for word in words.kind]
        first = (inspect.getdoc(words.kind) or "").partition("\n")[0]
        parts += [f"## {words.heading}", f"{first} Where: {words.where}.", table(("word", "meaning"), rows)]
    failed = [(code(word), sentence) for word, sentence in send_failures.WORDS.items()]
    return page("Reasons", *parts, "## Failed delivery", SENDING, table(("word", "meaning"), failed))
