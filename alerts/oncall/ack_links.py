"""Give pages the link with which whoever reads them acknowledges, at the moment in which they are sent.

Pure. What waits in the outbox holds no such link: it is added on the way to the receiver and kept nowhere, so that new
links are never new words. The one surprise: the link of a page depends on the week in which it is sent, counted from
the start of its alert. The same page sent again is the same to the byte until its link would soon expire.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from alerts.decide import NOT_UNDERSTOOD
from alerts.oncall.ack_tokens import Acknowledgement, sign
from alerts.wording import links
from monitor.access import Keys
from monitor.alert import Alert
from monitor.snapshot import OWN_SOURCE

ANNOTATION = "acknowledge_url"
"""Where a page carries its link."""

LINKS_LAST = timedelta(days=3)
"""How long the link of a page acknowledges, at the least."""

RENEWED_EVERY = timedelta(days=7)
"""How long pages of one alert carry the same link."""

_OURS = re.compile(r"eyJhIjoi[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*)?")  # every token begins with {"a":" in base64


def linked(alert: Alert, page_url: str, keys: Keys | None, now: datetime) -> Alert:
    """The alert with a link that names no person, good for `LINKS_LAST` from *now* on, and the same for days.

    As it is where it cannot be acknowledged, has a link already, or the installation makes none.
    """
    if keys is None or ANNOTATION in alert.annotations or not acknowledgeable(alert):
        return alert
    try:
        url = address(acknowledgement_of(alert, expiry(alert.starts_at, now)), page_url, keys)
    except OverflowError:  # at the end of the calendar
        return alert
    return replace(alert, annotations={**alert.annotations, ANNOTATION: url}) if url else alert


def acknowledgeable(alert: Alert) -> bool:
    """Whether somebody may be at it: a clock's alert that fires, or that of a root cause, a silence, an unread word.

    So may somebody be of a drill. What the program says of itself (heartbeat, synthetic clock, digests, tests) is not.
    """
    if alert.drill:
        return alert.firing
    if not (alert.firing and alert.notifies) or (alert.subject is not None and alert.subject.source == OWN_SOURCE):
        return False
    unread = alert.labels.get("alertname") == NOT_UNDERSTOOD
    return unread or bool(alert.target) or alert.cause_key.startswith("#")


def expiry(starts_at: datetime, now: datetime) -> datetime:
    """The first of the instants a whole number of `RENEWED_EVERY` after the start that is `LINKS_LAST` away or more."""
    start = starts_at.replace(microsecond=0)
    return start - (start - now - LINKS_LAST) // RENEWED_EVERY * RENEWED_EVERY


def acknowledgement_of(alert: Alert, expires_at: datetime, person: str = "") -> Acknowledgement:
    """What a link acknowledges that somebody is sent; *person* is who was told, if it is known."""
    wave = alert.labels.get("wave", "0")
    stage = stage_of(alert.labels, alert.stage)
    return Acknowledgement(alert.key, stage, expires_at, int(wave) if wave.isdecimal() else 0, person)


def address(said: Acknowledgement, page_url: str, keys: Keys | None) -> str:
    """The link itself; empty where there is no address of ours, no secret, or a name that is too long for a link."""
    home = links.home(page_url)
    if keys is None or not home:
        return ""
    try:
        return f"{home}acknowledge/{sign(said, keys)}"
    except ValueError:  # the page goes out without one
        return ""


def stage_of(labels: Mapping[str, str], stage: str) -> str:
    """What a clock's alerts differ by; those of a root cause have waves."""
    return stage or f"wave_{labels.get('wave', '')}"


def without_tokens(text: str) -> str:
    """A receiver's answer without what would acknowledge: some repeat what they were sent."""
    return _OURS.sub("…", text)
