"""End an alert and say so truly: what ended and why, what still stands, nothing of the beginning that no longer holds.

Pure. `ENDINGS` is the whole table, alert name by reason; every end of an alert that people are told is made by `end`.
Of what the beginning said only names and links are kept: whom and what it is about stays true.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from alerts.wording.clocks import local, plain
from monitor.alert import Alert, Reason, Settings
from monitor.clock import Reading
from monitor.messages import LANGUAGES, Argument, annotation_name, message, speaker, text
from monitor.model import Life, Measure, State, SubjectKind
from monitor.policy import FORMER

KEPT = (
    "group", "customer", "circuit", "team", "budget", "budget_source", "policy", "author", "silence_of", "explain_url",
    "runbook_url", "ticket_url",
)  # fmt: skip
"""The annotations of a beginning that hold after the end as well."""

NOTHING = ""
"""Where no more is to be said of an end."""

_CLOCK: Mapping[Reason, str] = {
    Reason.RESTORED: "alert-end-completed",
    Reason.CANCELLED: "alert-end-cancelled",
    Reason.RETIRED: "alert-end-retired",
    Reason.PAUSED: "alert-end-paused",
    Reason.IDLE: "alert-end-outage-over",
    Reason.PACE_FELL: "alert-end-pace-fell",
    Reason.RENEWED: "alert-end-period-over",
    Reason.RECOVERED: "alert-end-recovered",
    Reason.WITHDRAWN: "alert-end-withdrawn",
    Reason.TIER_CHANGED: "alert-end-tier-changed",
}

_GROUP: Mapping[Reason, str] = {
    Reason.RENEWED: "alert-end-counted-anew",
    Reason.RETIRED: "alert-end-retired-group",
}
"""How the alert of what is counted of several ends, where that is otherwise than for a clock of one subject."""

_TRUSTED: Mapping[Reason, str] = {Reason.CLOCK_TRUSTED: "alert-end-clock-trusted"}

ENDINGS: Mapping[str, Mapping[Reason, str]] = {
    "TierwatchDeadlineNear": _CLOCK,
    "TierwatchDeadlineBreached": _CLOCK,
    "TierwatchSynthetic": _CLOCK,
    "TierwatchSilencedBreach": {
        **_CLOCK,
        Reason.SILENCE_ENDED: "alert-end-silence-over",
        Reason.NOT_HIDDEN: "alert-end-not-hidden",
    },
    "TierwatchRootCause": dict.fromkeys((*_CLOCK, Reason.CAUSE_OVER), "alert-end-root-cause-over"),
    "TierwatchMajorFault": {
        Reason.FEWER_DOWN: "alert-end-fewer-down",
        Reason.WITHDRAWN: "alert-end-rule-gone",
    },
    "TierwatchGuardedPeriod": {
        Reason.PERIOD_OVER: "alert-end-guarded-over",
        Reason.WITHDRAWN: "alert-end-guarded-withdrawn",
    },
    "TierwatchDataTooOld": {
        Reason.READ_AGAIN: "alert-end-read-again",
        Reason.NONE_LEFT: "alert-end-no-clock-left",
        Reason.TIER_CHANGED: "alert-end-higher-tier",
    },
    "TierwatchWordNotUnderstood": {
        Reason.UNDERSTOOD: "alert-end-understood",
        Reason.NONE_LEFT: "alert-end-word-not-used",
        Reason.TIER_CHANGED: "alert-end-other-rung",
    },
    "TierwatchBacklog": {Reason.NONE_LEFT: "alert-end-backlog-over"},
    "TierwatchJudgedAnew": {Reason.NONE_LEFT: "alert-end-judged-anew-over"},
    "TierwatchUndelivered": {Reason.AUDIT_CLEAN: "alert-end-audit-clean"},
    "TierwatchSuddenLoss": {Reason.LIST_BELIEVED: "alert-end-list-believed"},
    "TierwatchReloadRefused": {Reason.CONFIG_TAKEN: "alert-end-config-taken"},
    "TierwatchStoreLost": {Reason.STORE_BACK: "alert-end-store-back"},
    "TierwatchClockJumped": _TRUSTED,
    "TierwatchClockUnproven": _TRUSTED,
    "TierwatchTest": {Reason.RESTORED: "alert-end-test-over"},
    "TierwatchDrill": {Reason.DRILL_OVER: "alert-end-drill-over"},
}
"""The message that says first that an alert ended, by its name and by why: `what` is the subject, `at` the instant."""

_OTHERWISE = "alert-end-otherwise"


def end(
    alert: Alert,
    at: datetime,
    reason: Reason,
    what: Argument,
    settings: Settings,
    how: Argument = NOTHING,
    stands: Argument = NOTHING,
) -> Alert:
    """The alert as it ends: *what* is its subject, *how* says more of its end, *stands* what is so all the same."""
    said = alert.annotations
    id_ = ENDINGS.get(alert.labels.get("alertname", ""), {}).get(reason, _OTHERWISE)
    if SubjectKind.GROUP.value in alert.labels:
        id_ = _GROUP.get(reason, id_)
    silence, moment = plain(alert.labels.get("silence", "")), local(at, settings.zone)
    page, record = said.get("explain_url", ""), said.get("ticket_url", "")
    words = {"reason": reason.value}
    for language in LANGUAGES:
        say = speaker(language)
        first = say(id_, what=text(what, language), at=moment, silence=silence, reason=reason.value)
        summary = first + text(how, language)
        description = (
            say("alert-sentence", text=summary),
            text(stands, language),
            page and say("alert-see", url=page),
            record and say("alert-ticket", url=record),
        )
        words[annotation_name("summary", language)] = summary
        words[annotation_name("description", language)] = "\n".join([line for line in description if line])
    keep = {*KEPT, *settings.said}
    kept = {name: said[name] for name in said if said[name] and (name in keep or name.endswith(FORMER))}
    return replace(alert.resolve(at, reason), annotations={**kept, **words})


def of_clock(reading: Reading | None, reason: Reason, alerting: bool, settings: Settings) -> tuple[Argument, Argument]:
    """How the alert of a clock ended, and what still stands; *alerting* says that another alert of the clock fires.

    Without a reading there is no such clock any more.
    """
    if reading is None:
        return NOTHING, message("alert-stands-no-clock")
    broken = "" if reading.breached_at is None else local(reading.breached_at, settings.zone)
    if not reading.open:
        return _closed(reading, broken)
    if alerting:
        return NOTHING, message("alert-stands-other-alert")
    if broken:
        return NOTHING, message("alert-stands-broken", at=broken)
    if reading.life is Life.PAUSED:
        return NOTHING, message("alert-stands-paused")
    if reading.deadline is not None:
        due = local(reading.deadline, settings.zone)
        if reason is Reason.TIER_CHANGED:
            return NOTHING, message("alert-stands-due-quietly", due=due)
        return NOTHING, message("alert-stands-due", due=due)
    return NOTHING, message("alert-stands-open")


def _closed(reading: Reading, broken: str) -> tuple[Argument, Argument]:
    """What is left to say of a clock that is over."""
    if reading.life is Life.CANCELLED:
        if broken:
            return NOTHING, message("alert-stands-cancelled-broken", at=broken)
        return NOTHING, message("alert-stands-cancelled")
    if reading.target.period is not None and reading.target.measure in (Measure.AT_LEAST, Measure.GOAL):
        made_up = broken and reading.counted >= reading.target.budget
        return (late(broken) if made_up else NOTHING), message(f"alert-stands-{'not-kept' if broken else 'kept'}")
    if broken and reading.target.period is not None and not reading.target.start:  # what is counted of several
        return NOTHING, message("alert-stands-broken", at=broken)
    if reading.target.period is not None or reading.target.measure is not Measure.TIME:
        return NOTHING, message("alert-stands-used-up", at=broken) if broken else NOTHING
    if broken:
        return late(broken), message("alert-stands-not-kept")
    return NOTHING, message("alert-stands-kept") if reading.state is State.MET else NOTHING


def late(due: str) -> Argument:
    """More of the end of a clock that was due before."""
    return message("alert-end-late", due=due)
