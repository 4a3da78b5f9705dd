"""Check covered hours and make the working time that pages wait for.

Hours are the name of a calendar of the policy, of the newest version that has it, or a calendar written in place.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from monitor.alert import CoveredHours
from monitor.config import calendar_file
from monitor.config.calendar_schema import CalendarText
from monitor.config.schema import HOURS_FORMS, ConfigText, ReceiverText
from monitor.config.yaml_file import Document, Loc
from monitor.errors import ConfigError
from monitor.policy import Policy
from monitor.text import did_you_mean, folded, own_spelling
from monitor.worktime import WorkingTime


def of_all(document: Document, text: ConfigText, policies: Sequence[Policy], base: Path) -> CoveredHours:
    """The hours of tiers and of teams. Raises ConfigError with file, line and key."""
    known = tuple(dict.fromkeys(rung.id for policy in policies for rung in policy.ladders.get("tier", ())))
    tiers: dict[str, WorkingTime] = {}
    teams: dict[str, WorkingTime] = {}
    for name, hours in text.covered.tiers.items():
        loc: Loc = ("covered", "tiers", name)
        own = own_spelling(name, known)
        if own is None:
            has = ", ".join(known) or "none"
            raise document.error(
                loc, f"policy {policies[-1].label} has no tier {name!r}; it has {has}{did_you_mean(name, known)}"
            )
        tiers[own] = _hours(document, loc, hours, policies, text.zone, base)
    document.distinct_keys(("covered", "tiers"), text.covered.tiers)
    for name, hours in text.covered.teams.items():
        loc = ("covered", "teams", name)
        if not folded(name):
            raise document.error(loc, "is no name of a team; write it as the source does")
        teams[name] = _hours(document, loc, hours, policies, text.zone, base)
    document.distinct_keys(("covered", "teams"), text.covered.teams)
    return CoveredHours(None, tiers, teams)


def of_receiver(
    document: Document,
    name: str,
    text: ReceiverText,
    shared: CoveredHours,
    policies: Sequence[Policy],
    zone: str,
    base: Path,
) -> CoveredHours:
    """The hours for which pages to a receiver wait. Raises ConfigError where such a receiver cannot have any."""
    if text.hours is None:
        return shared
    loc: Loc = ("receivers", name, "hours")
    if text.personal:
        raise document.error(
            loc,
            "somebody's own receiver is told what its person is called for, and the rota says when; leave out hours",
        )
    own = _hours(document, loc, text.hours, policies, zone, base)
    return CoveredHours(own, shared.tiers, shared.teams)


def _hours(
    document: Document, loc: Loc, text: str | CalendarText, policies: Sequence[Policy], zone: str, base: Path
) -> WorkingTime:
    if not isinstance(text, str):
        return WorkingTime(calendar_file.build(document, ".".join(map(str, loc)), text, zone, base, loc))
    calendars = {name: calendar for policy in policies for name, calendar in policy.calendars.items()}
    if text not in calendars:
        known = ", ".join(calendars)
        raise document.error(
            loc,
            f"{text!r} is not one of the policy's calendars ({known}); {HOURS_FORMS}{did_you_mean(text, calendars)}",
        )
    try:
        return WorkingTime(calendars[text])
    except ConfigError as error:
        raise document.error(loc, str(error)) from error
