"""Name why an alert changed, why a page was withheld, and what a receiver made of a page.

Each word is the same in the log, as a metric label, in the audit's row and in JSON; `docs/reference/reasons.md` lists
them with the sentence below each.
"""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why an alert changed, or did not become one: log word, metric label and audit row alike."""

    FIRST = "first"
    """The clock reached its first stage."""
    WORSENED = "worsened"
    """The clock reached a further stage."""
    RESUMED = "resumed"
    """The alert fires again after a pause."""
    REOPENED = "reopened"
    """The alert fires again because the clock runs again after its end."""
    TIER_CHANGED = "tier_changed"
    """The tier or assurance of the subject changed, and with it who is paged."""
    JUDGED_ANEW = "judged_anew"
    """Only an upgrade found it, afterwards: one digest names it (semantics 46)."""
    BACKLOG = "backlog"
    """The breach is older than this installation: one digest names it (semantics 19)."""
    SUPERSEDED = "superseded"
    """It passed together with a worse stage of the same clock, which was paged."""
    PASSED = "passed"
    """It was reached and over before anybody looked: it is recorded and not paged (semantics 19)."""
    PAUSED = "paused"
    """The clock was paused."""
    RESTORED = "restored"
    """The clock stopped."""
    CANCELLED = "cancelled"
    """The clock was cancelled."""
    RETIRED = "retired"
    """The subject is gone for good."""
    IDLE = "idle"
    """Nothing uses the allowance any longer."""
    PACE_FELL = "pace_fell"
    """The allowance is no longer used at a pace that will not last."""
    RENEWED = "renewed"
    """The period ended, and the allowance is whole again."""
    RECOVERED = "recovered"
    """Enough of what was counted is good again."""
    WITHDRAWN = "withdrawn"
    """A later statement of the source says that it never was."""
    CAUSE_OVER = "cause_over"
    """No alert of the root cause fires any longer, for more than one reason."""
    SILENCE_ENDED = "silence_ended"
    """The silence is over, and the breach that it hid is not."""
    NOT_HIDDEN = "not_hidden"
    """The silence lasts and hides no breach of this clock any longer."""
    READ_AGAIN = "read_again"
    """The source was read again."""
    UNDERSTOOD = "understood"
    """The mapping now reads the word."""
    NONE_LEFT = "none_left"
    """Nothing that the alert is about is open any longer."""
    FEWER_DOWN = "fewer_down"
    """Fewer circuits are down than make a major fault."""
    PERIOD_OVER = "period_over"
    """The guarded period is over, and the usual terms hold again."""
    AUDIT_CLEAN = "audit_clean"
    """The last audit found nothing."""
    STORE_BACK = "store_back"
    """The database is at its place again and takes writes."""
    CONFIG_TAKEN = "config_taken"
    """The configuration was corrected and taken."""
    LIST_BELIEVED = "list_believed"
    """The inventory lists its circuits again, or an operator accepted that they are gone."""
    CLOCK_TRUSTED = "clock_trusted"
    """A witness confirmed the machine's clock, or the clock shows the right time again."""
    REWORDED = "reworded"
    """Only text changed that does not identify the alert."""
    ESCALATED = "escalated"
    """Nobody has acknowledged the alert, so the next step pages."""
    ACK_ENDED = "ack_ended"
    """An acknowledgement ended, and the alert still fires."""
    REPEAT_DUE = "repeat_due"
    """The alert keeps firing, and the receiver has `repeat`."""
    DIGEST = "digest"
    """Alerts that began and ended before the receiver could be reached, in one page (semantics 39)."""
    DRILL = "drill"
    """Somebody practises: nothing is wrong (`tierwatch drill`)."""
    DRILL_OVER = "drill_over"
    """The drill is over: somebody acknowledged it, its time is over, or an operator ended it."""


RECORDED_ONLY = frozenset({Reason.BACKLOG, Reason.SUPERSEDED, Reason.PASSED, Reason.JUDGED_ANEW})
"""Reasons with which an alert is stored for the record and never put into an outbox."""

OVER_FOR_GOOD = frozenset(
    {
        Reason.RESTORED, Reason.CANCELLED, Reason.RETIRED, Reason.RENEWED, Reason.RECOVERED, Reason.WITHDRAWN,
        Reason.CAUSE_OVER, Reason.SILENCE_ENDED, Reason.NOT_HIDDEN, Reason.READ_AGAIN, Reason.NONE_LEFT,
        Reason.FEWER_DOWN, Reason.AUDIT_CLEAN, Reason.CLOCK_TRUSTED, Reason.UNDERSTOOD, Reason.STORE_BACK,
        Reason.CONFIG_TAKEN, Reason.LIST_BELIEVED, Reason.PACE_FELL, Reason.PERIOD_OVER, Reason.DRILL_OVER,
    }
)  # fmt: skip
"""After these an alert that fires again is of another life; after a pause it goes on."""


class Withheld(StrEnum):
    """Why a page was withheld from a channel: metric label, log word and audit row alike."""

    RECORDED = "recorded"
    """The alert is only recorded; nobody is paged."""
    NOTHING_NEW = "nothing_new"
    """Only words changed, or the beginning was never sent."""
    NOT_ROUTED = "not_routed"
    """The receiver does not take such alerts (`only`)."""
    SHADOW = "shadow"
    """The receiver has `shadow`, so nothing is sent."""
    GROUPED = "grouped"
    """The alert of the root cause stands for it."""
    SILENCED = "silenced"
    """A silence fits the alert."""
    WAITS_FOR_HOURS = "waits_for_hours"
    """It waits for covered hours, which begin before its deadline and before the next stage that rings."""
    INHIBITED = "inhibited"
    """A worse stage of the same clock fires, so this one is not repeated."""
    REPLACED = "replaced"
    """A later page of the same clock goes out in its place, before this one was ever sent."""
    DIGESTED = "digested"
    """It was over before the receiver could be reached; a digest has a line of it."""


class Verdict(StrEnum):
    """What a receiver made of a page."""

    ACCEPTED = "accepted"
    """The receiver took the page."""
    REFUSED = "refused"
    """The receiver refused the page for good; the same page would be refused again."""
    RETRY = "retry"
    """The receiver did not take the page now; it is sent again."""
