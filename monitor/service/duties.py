"""Count who is on duty by team and layer, without naming anybody.

A duty is worked out once and holds until its end, for a roster lays out weeks to find one. Belongs to whoever asks
under one lock.
"""

from __future__ import annotations

from datetime import datetime

from alerts.oncall import Duty, Roster, Schedule, layers_of, on_duty


class Duties:
    """The duties of one roster after another."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Schedule, datetime, Duty]] = {}
        """By team: the schedule, the instant that was asked for, and the duty that was found."""

    def by_layer(self, roster: Roster, now: datetime) -> dict[tuple[str, str], int]:
        """How many people are on duty, by (team, layer): zeros too, for a calendar and for overrides as well."""
        found: dict[tuple[str, str], int] = {}
        for team, schedule in roster.teams.items():
            found |= {(team, layer): 0 for layer in layers_of(schedule)}
            duty = self._duty(schedule, now)
            if duty.person is not None:
                found[team, duty.layer] = 1
        for gone in self._known.keys() - roster.teams.keys():
            del self._known[gone]
        return found

    def _duty(self, schedule: Schedule, now: datetime) -> Duty:
        known = self._known.get(schedule.team)
        if known is not None and known[0] is schedule and known[1] <= now and (until := known[2].until) and now < until:
            return known[2]
        duty = on_duty(schedule, now)
        self._known[schedule.team] = schedule, now, duty
        return duty
