"""Every mistake in a target or an agreement is one sentence with its place."""

from __future__ import annotations

import pytest

from monitor.errors import ConfigError
from tests.support.targets import POLICY, build

PHASES = "opened, accepted, on_site, held, restored, closed, cancelled, delivered"
STATES = "available, degraded, unavailable"
INSTANTS = "detected, complained, planned, agreed"
DATED = "    begins: [detected, complained]\n    budgets:\n      - {when: {tier: diamond}, budget: 2h, source: test}\n"
ROWS = "    budgets:\n      - {when: {tier: diamond}, budget: until agreed, source: test}\n"
REPORT = "started_by: {target: restore, over: 3h}\n"

BAD: list[tuple[str, str, str, str]] = [
    # what it replaces, by what, a piece of the line that is named, the sentence behind file:line
    # conditions
    ("stop: [restored, closed]\n    pause", "stop: [restored, accepted]\n    pause", "stop: [restored, accepted]",
     "targets.restore.stop: 'accepted' both runs and stops the clock; remove it from one list"),
    ("    ahead_of: planned", "    reset: [closed]\n    ahead_of: planned", "reset: [closed]",
     "targets.notice.reset: 'closed' both cancels the clock and starts it anew; remove it from one list"),
    ("cancel: [cancelled, closed]", "cancel: [cancelled, accepted]", "cancel: [cancelled, accepted]",
     "targets.notice.cancel: 'accepted' both runs and cancels the clock; remove it from one list"),
    ("cancel: [cancelled, closed]", "cancel: [cancelled, delivered]", "cancel: [cancelled, delivered]",
     "targets.notice.cancel: 'delivered' both stops and cancels the clock; remove it from one list"),
    ("reset: [on_site]", "reset: [closed]", "reset: [closed]",
     "targets.feedback.reset: 'closed' both stops the clock and starts it anew; remove it from one list"),
    ("start: [opened, accepted]\n    stop: [restored]", "start: [opened, cancelled]\n    stop: [restored]",
     "start: [opened, cancelled]",
     "targets.updates.start: 'cancelled' cancels a clock unless cancel says otherwise; remove it here, or write"
     " cancel"),
    ("reset: [on_site]", "reset: [cancelled]", "reset: [cancelled]",
     "targets.feedback.reset: 'cancelled' cancels a clock unless cancel says otherwise; remove it here, or write"
     " cancel"),
    ("start: [opened, accepted, on_site, held]\n    stop: [restored, closed]",
     "start: [opened, accepted]\n    stop: [restored, held]", "stop: [restored, held]",
     "targets.restore.stop: 'held' would act before any pause reason (customer) is looked at; remove it here, or"
     " remove pause"),
    ("    pause: [customer]\n", "    pause: [customer]\n    reset: [held]\n", "reset: [held]",
     "targets.restore.reset: 'held' would act before any pause reason (customer) is looked at; remove it here, or"
     " remove pause"),
    ("start: [opened, accepted, on_site, held]\n", "start: [opened]\n    cancel: [held]\n", "cancel: [held]",
     "targets.restore.cancel: 'held' would act before any pause reason (customer) is looked at; remove it here, or"
     " remove pause"),
    ("reset: [on_site]", "reset: [unavailable]", "reset: [unavailable]",
     f"targets.feedback.reset: 'unavailable' is said of no ticket; write one of {PHASES}"),
    ("start: [unavailable, degraded]", "start: [held]", "start: [held]",
     f"targets.availability.start: 'held' is said of no circuit; write one of {STATES}"),
    ("stop: [available, degraded]", "stop: [available, closed]", "stop: [available, closed]",
     f"targets.outage.stop: 'closed' is said of no circuit; write one of {STATES}"),
    ("stop: [available, degraded]", "stop: [available]\n    cancel: [closed]", "cancel: [closed]",
     f"targets.outage.cancel: 'closed' is said of no circuit; write one of {STATES}"),
    ("cancel: [cancelled, closed]", "cancel: [available]", "cancel: [available]",
     f"targets.notice.cancel: 'available' is said of no change; write one of {PHASES}"),
    ("reset: [on_site]", "reset: [unknown]", "reset: [unknown]",
     "targets.feedback.reset.0: 'unknown' is no condition to build on: an unknown status always runs; remove it"),
    ("reset: [on_site]", "reset: [retired]", "reset: [retired]",
     "targets.feedback.reset.0: 'retired' is no condition to build on: it cancels every clock by itself; remove"
     " it"),
    ("reset: [on_site]", "reset: [onsite]", "reset: [onsite]",
     f"targets.feedback.reset.0: 'onsite' is not a condition; write one of {PHASES}, detected,"
     " complained, planned, agreed; did you mean 'on_site'?"),
    ("stop: [available, degraded]", "stop: [up]", "stop: [up]",
     f"targets.outage.stop.0: 'up' is not a condition; write one of {STATES}"),
    # instants
    ("stop: [available, degraded]", "stop: [available, detected]", "stop: [available, detected]",
     "targets.outage.stop.1: 'detected' is an instant, of which a circuit would have one for all its outages; write the"
     " target of: ticket, or remove it"),
    ("reset: [on_site]", "reset: [on_site, phoned]", "reset: [on_site, phoned]",
     f"targets.feedback.reset.1: 'phoned' is not a condition; write one of {PHASES}, {INSTANTS}"
     "; did you mean 'opened'?"),
    ("targets:\n", "instants: {Phoned: {en: P}}\ntargets:\n", "Phoned",
     "instants.Phoned: 'Phoned' is not an instant's name; write small letters, digits and _"),
    ("targets:\n", "instants: {planned: {en: P}}\ntargets:\n", "planned: {en: P}",
     "instants.planned: 'planned' is an instant of every policy; remove it here, and use it"),
    ("targets:\n", "instants: {closed: {en: P}}\ntargets:\n", "closed: {en: P}",
     "instants.closed: 'closed' is a condition already; give the instant another name"),
    ("targets:\n", "instants: {unknown: {en: P}}\ntargets:\n", "unknown: {en: P}",
     "instants.unknown: 'unknown' is a condition already; give the instant another name"),
    ("    start: [opened, accepted]\n    stop: [restored]", "    stop: [restored]", "updates:",
     f"targets.updates.start: lists no condition; write at least one of {PHASES}"),
    ("stop: [available, degraded]", "stop: []", "stop: []",
     f"targets.outage.stop: lists no condition; write at least one of {STATES}"),
    # what a target is, and the keys it may have
    ("of: circuit\n    per: year", "of: ticket\n    per: year", "start: [unavailable]",
     f"targets.interruption.start: 'unavailable' is said of no ticket; write one of {PHASES}"),
    ("    reset: [on_site]\n", "    per: day\n", "per: day",
     "targets.feedback.per: is for allowances of circuits; write of: circuit, or remove per"),
    ("    per: month\n", "    per: month\n    stop: [available]\n", "stop: [available]",
     "targets.availability.stop: an allowance ends with its period; remove stop"),
    ("    per: month\n", "    per: month\n    recurring: true\n", "per: month\n    recurring: true",
     "targets.availability.recurring: an allowance begins anew with its period; remove recurring"),
    ("    per: month\n", "    per: month\n    reset: [available]\n", "reset: [available]",
     "targets.availability.reset: an allowance begins anew with its period; remove reset"),
    ("    per: month\n    start: [unavailable, degraded]", "    per: month\n    started_by: {target: outage}",
     "started_by: {target: outage}",
     "targets.availability.started_by: an allowance begins with its period; remove started_by"),
    ("    per: month\n", "    per: month\n    ahead_of: planned\n", "per: month\n    ahead_of: planned",
     "targets.availability.ahead_of: an allowance is not counted back; remove ahead_of, or per"),
    ("    per: month\n", "    per: month\n    at_least: true\n", "per: month\n    at_least: true",
     "targets.availability.at_least: is judged at the stop; remove it, or per"),
    ("    per: month\n", "    per: decade\n", "decade",
     "targets.availability.per: 'decade' is not known here; write 'day', 'week', 'month', 'quarter' or 'year'"),
    (REPORT, REPORT + "    start: [closed]\n", "start: [closed]",
     "targets.report.start: the end of the other target starts this one; remove start"),
    (REPORT, REPORT + "    begins: [detected]\n", "begins: [detected]\n",
     "targets.report.begins: the end of the other target starts this one; remove begins"),
    (REPORT, REPORT + "    reset: [on_site]\n", "over: 3h}\n    reset: [on_site]",
     "targets.report.reset: the end of the other target starts this one; remove reset"),
    ("    ahead_of: planned\n", "    ahead_of: planned\n    recurring: true\n", "planned\n    recurring: true",
     "targets.notice.recurring: what is counted back comes once; remove recurring"),
    ("ahead_of: planned", "ahead_of: start", "ahead_of: start",
     f"targets.notice.ahead_of: 'start' is not an instant of a subject; write one of {INSTANTS}"),
    ("begins: [detected, complained]", "begins: [alarm]", "begins: [alarm]",
     f"targets.restore.begins: 'alarm' is not an instant of a subject; write one of {INSTANTS}"),
    ("start: [opened, accepted, on_site, held]", "start: [accepted, held]", "begins: [detected",
     "targets.restore.begins: moves the opening; add opened to start"),
    ("    reopen: new_cycle\n", "    begins: [detected]\n", "begins: [detected]\n",
     "targets.outage.begins: a circuit has no opening that could be moved; remove begins"),
    ("    at_least: true\n", "    at_least: true\n    recurring: true\n", "at_least: true",
     "targets.updates.at_least: counts the feedbacks that recurring begins anew with; remove one of the two"),
    ("choose: strictest", "choose: best", "choose: best",
     "targets.feedback.choose: 'best' is not known here; write 'first' or 'strictest'"),
    ("of: change", "of: changes", "of: changes",
     "targets.notice.of: 'changes' is not known here; write 'ticket', 'circuit' or 'change'"),
    # figures
    ("budget: 30m", "budget: 0m", "0m",
     "targets.feedback.budgets.0.budget: '0m' is no time at all; write a length above zero"),
    ("budget: 1wd", "budget: 0wd", "0wd",
     "targets.report.budgets.0.budget: '0wd' ends with the day itself; write last_day: close_of_business or end_of_day"
     " on the target"),
    ("budget: 30m", "budget: 0s", "0s",
     "targets.feedback.budgets.0.budget: '0s' is no time at all; write a length above zero"),
    ("budget: 30m", "budget: until agreed", "until agreed",
     "targets.feedback.budgets.0.budget: comes once and cannot recur; remove recurring"),
    ("budget: 3 times", "budget: until agreed", "until agreed",
     "targets.updates.budgets.0.budget: is no number of times, which at_least needs; write 3 times"),
    ("budget: 6h", "budget: until agreed", "until agreed",
     "targets.outage.budgets.0.budget: a date is agreed for a ticket or a change; write a length"),
    ("budget: 6h", "opened_in: office, budget: 6h", "opened_in: office",
     "targets.outage.budgets.0.opened_in: asks for an opening, which tickets and changes have and circuits have not;"
     " remove it"),
    ("budget: 6h", "opened_outside: office, budget: 6h", "opened_outside: office",
     "targets.outage.budgets.0.opened_outside: asks for an opening, which tickets and changes have and circuits have"
     " not; remove it"),
    ("budget: 5wd", "budget: until agreed", "until agreed",
     "targets.notice.budgets.0.budget: what is counted back is due at its last moment; write 0s, or remove ahead_of"),
    ("budget: 5wd", "budget: 0wd", "0wd",
     "targets.notice.budgets.0.budget: the same day cannot be counted back; write 1wd or 0s"),
    ("budget: 2h, source: test}\n      - {when: {tier: gold}", "budget: until alarm, source: test}\n      - {when:"
     " {tier: gold}", "until alarm",
     f"targets.restore.budgets.0.budget: 'alarm' is not an instant of a subject; write one of {INSTANTS}"),
    ("budget: 2h, source: test}\n      - {when: {tier: gold}", "budget: until agreed, calendar: office, source: test}\n"
     "      - {when: {tier: gold}", "calendar: office",
     "targets.restore.budgets.0.calendar: the agreed instant itself is the deadline; remove it"),
    ("budget: 2h, source: test}\n      - {when: {tier: gold}", "budget: 2h, opened_in: nights, source: test}\n"
     "      - {when: {tier: gold}", "opened_in: nights",
     "targets.restore.budgets.0.opened_in: 'nights' is not one of the calendars (always, office); add it there"),
    (DATED, f"    choose: strictest\n{ROWS}", "choose: strictest",
     "targets.restore.choose: cannot compare a date that is not known yet; write choose: first"),
    (DATED, f"    on_change: strictest\n{ROWS}", "on_change: strictest",
     "targets.restore.on_change: cannot compare a date with a length; write at_event or at_start, or two targets"),
    ("    recurring: true\n", "    recurring: true\n    reopen: never\n", "reopen: never",
     "targets.feedback.reopen: each feedback begins another cycle of it; remove never, or recurring"),
    ("budget: 0.05%", "budget: 0%", "0%",
     "targets.availability.budgets.0.budget: '0%' is a budget of nothing; write one above zero"),
    ("budget: 0.05%", "budget: 100%", "100%",
     "targets.availability.budgets.0.budget: '100%' is the whole period or more; write the share that may be lost, such"
     " as 0.05%"),
    ("budget: 1wd", "budget: 1 day", "1 day",
     "targets.report.budgets.0.budget: '1 day' is not a budget; write a length (4h, 90m, 1d12h; 0s), working days"
     " (5wd; 0wd for the same one), a share of the period (0.05%), a number of times (4 times; 0 times) or an instant"
     " (until agreed); did you mean '1d'?"),
    ("budget: 4 times", "budget: 4", "budget: 4,",
     "targets.repeats.budgets.0.budget: 4 is not a budget; write a length (4h, 90m, 1d12h; 0s), working days"
     " (5wd; 0wd for the same one), a share of the period (0.05%), a number of times (4 times; 0 times) or an instant"
     " (until agreed); did you mean '4 times'?"),
    ("budget: 30m", "budget: 99999999999d", "9999",
     "targets.feedback.budgets.0.budget: '99999999999d' is not a length that anything lasts; write 4h, 90m, 45s or"
     " 1d12h"),
    ("budget: 1wd", "budget: 0.05%", "0.05%, calendar",
     "targets.report.budgets.0.budget: is a share of a period; write per: month on the target"),
    ("budget: 4 times", "budget: 3wd", "3wd",
     "targets.repeats.budgets.0.budget: working days are no allowance; write a length, a share or a number of times"),
    ("budget: 1wd", "budget: 1 time", "1 time,",
     "targets.report.budgets.0.budget: is a number of times; write per: year on the target, or at_least: true"),
    ("budget: 3 times", "budget: 3h", "budget: 3h, source: test}]",
     "targets.updates.budgets.0.budget: is no number of times, which at_least needs; write 3 times"),
    ("    ahead_of: planned\n    budgets: [{when: {tier: [diamond, gold]}, budget: 5wd",
     "    ahead_of: planned\n    at_least: true\n    budgets: [{budget: 5 times", "5 times",
     "targets.notice.budgets.0.budget: a number of times cannot be counted back; write 5wd or a length"),
    ("{after: 1h, budget: 1h", "{after: 1 hour, budget: 1h", "1 hour",
     "targets.feedback.budgets.1.after: '1 hour' is not a length; write 4h, 90m, 45s or 1d12h"),
    ("{budget: 6h", "{after: 1h, budget: 6h", "after: 1h, budget: 6h",
     "targets.outage.budgets.0.after: is an age, which tickets and changes have and circuits have not; remove it"),
    ("{after: 1h, budget: 1h, source: test}", "{after: 1h, budget: 1h, source: test}\n"
     "      - {after_start: 2h, budget: 2h, source: test}",
     "after_start: 2h",
     "targets.feedback.budgets.2.after_start: stands beside after; remove one of the two, so that all ages of a"
     " target count from one instant"),
    ("{budget: 6h", "{after_start: 1h, budget: 6h", "after_start: 1h, budget: 6h",
     "targets.outage.budgets.0.after_start: is the age of a clock with one life; a circuit's has many: remove it"),
    ("{budget: 1wd, calendar: office", "{after_start: 1h, budget: 1wd, calendar: office", "after_start: 1h",
     "targets.report.budgets.0.after_start: is counted from a phase under start, which this target has not; remove it"),
    ("{after: 1h, budget: 1h", "{after: 1h, budget: 1wd", "choose:",
     "targets.feedback.choose: cannot compare budgets of several kinds; write all of them in one kind"),
    ("calendar: office, source: test}]\n  updates", "calendar: ofice, source: test}]\n  updates", "ofice",
     "targets.report.budgets.0.calendar: 'ofice' is not one of the calendars (always, office); add it there"
     "; did you mean 'office'?"),
    ("    of: circuit\n    per: quarter\n", "    of: circuit\n    calendar: night\n    per: quarter\n",
     "calendar: night",
     "targets.repeats.calendar: 'night' is not one of the calendars (always, office); add it there"),
    ("when: {assurance: normal}", "when: {assurance: AAAA}", "AAAA",
     "targets.interruption.budgets.0.when.assurance: 'AAAA' is not a rung of the ladder (AAA, normal)"
     "; did you mean 'AAA'?"),
    ("when: {assurance: normal}", "when: {assurance: []}", "assurance: []",
     "targets.interruption.budgets.0.when.assurance: lists no value, so it would fit nobody; write one, or remove it"),
    ("    ahead_of: planned\n", "    ahead_of: planned\n    unless: {tier: platinum}\n", "unless: {tier: platinum}",
     "targets.notice.unless.tier: 'platinum' is not a rung of the ladder (diamond, gold, silver)"),
    ("    ahead_of: planned\n", "    ahead_of: planned\n    unless: {custmer: ACME}\n", "unless: {custmer: ACME}",
     "targets.notice.unless.custmer: cannot choose a budget; use one of tier, assurance, urgency, scope, process,"
     " customer_tier, far_tier, customer_class, service, order_class, customer, team, supplier, provider, site, or"
     " declare it under attributes; did you mean 'customer'?"),
    ("    ahead_of: planned\n", "    ahead_of: planned\n    unless: {scope: []}\n", "unless: {scope: []}",
     "targets.notice.unless.scope: lists no value, so it would fit nobody; write one, or remove it"),
    ("when: {assurance: normal}", "when: {far_tier: normal}", "far_tier: normal",
     "targets.interruption.budgets.0.when.far_tier: 'normal' is not a rung of the ladder (diamond, gold, silver)"),
    ("when: {assurance: normal}", "when: {device: R1}", "device: R1",
     "targets.interruption.budgets.0.when.device: cannot choose a budget; use one of tier, assurance, urgency, scope,"
     " process, customer_tier, far_tier, customer_class, service, order_class, customer, team, supplier, provider,"
     " site, or declare it under attributes; did you mean 'service'?"),
    ("  assurance: [{id: AAA, en: AAA}, {id: normal, en: Normal}]\n", "", "assurance: normal",
     "targets.interruption.budgets.0.when.assurance: 'normal' is a rung of no ladder here; write ladders.assurance"),
    # one begun by another
    ("target: restore", "target: restored", "target: restored",
     "targets.report.started_by.target: 'restored' is not one of the targets (restore, report, updates, feedback,"
     " interruption, availability, repeats, outage, notice); did you mean 'restore'?"),
    ("target: restore", "target: report", "target: report",
     "targets.report.started_by.target: is a circle, report by report, in which nothing begins; take one started_by"
     " out"),
    ("target: restore", "target: outage", "target: outage",
     "targets.report.started_by.target: 'outage' is of a circuit, this target of a ticket; name one of both"),
    ("    start: [unavailable]\n    stop: [available, degraded]", "    started_by: {target: repeats}\n"
     "    stop: [degraded]", "target: repeats",
     "targets.outage.started_by.target: 'repeats' is an allowance, which no event ends; name a target with stop"),
    ("over: 3h", "over: 3", "over: 3",
     "targets.report.started_by.over: 3 is not a length; write 4h, 90m, 45s or 1d12h"),
    ("over: 3h", "longer: 3h", "longer",
     "targets.report.started_by.longer: is not a key here; remove it or correct its spelling; did you mean 'over'?"),
    # agreements
    ("kind: OLA", "kind: SLA", "kind: SLA", "agreements.0.kind: 'SLA' is not known here; write 'OLA' or 'UC'"),
    ("party: core, ", "", "kind: OLA", "agreements.0.party: is missing; write it"),
    ("party: core, supports: restore", "party: core, supports: restored", "supports: restored",
     "agreements.0.supports: 'restored' is not one of the targets (restore, report, updates, feedback, interruption,"
     " availability, repeats, outage, notice); did you mean 'restore'?"),
    *[
        ("party: core, supports: restore", f"party: core, supports: {name}", f"supports: {name}",
         f"agreements.0.supports: '{name}' has no budget of time that could be shared out")
        for name in ("interruption", "availability", "repeats", "updates", "report", "notice")
    ],
    ("budgets: [{budget: 1h, source: test}]", "budgets: [{budget: 1wd, source: test}]", "1wd, source: test}]}",
     "agreements.0.budgets.0.budget: is no length; write 2h or 90m"),
    ("budgets: [{budget: 1h, source: test}]", "budgets: [{budget: 0.1%, source: test}]", "0.1%",
     "agreements.0.budgets.0.budget: is no length; write 2h or 90m"),
    ("budgets: [{budget: 1h, source: test}]", "budgets: [{budget: 2 times, source: test}]", "2 times",
     "agreements.0.budgets.0.budget: is no length; write 2h or 90m"),
    ("budgets: [{budget: 1h, source: test}]", "budgets: [{budget: 1h, calendar: office, source: test}]",
     "calendar: office, source: test}]}",
     "agreements.0.budgets.0.calendar: an agreement counts in the calendar of 'restore'; remove it"),
    ("budgets: [{budget: 1h, source: test}]", "budgets: [{budget: 0s, source: test}]", "0s, source: test}]}",
     "agreements.0.budgets.0.budget: is no length; write 2h or 90m"),
    ("budgets: [{budget: 1h, source: test}]", "budgets: [{budget: 1h, opened_in: office, source: test}]",
     "opened_in: office", "agreements.0.budgets.0.opened_in: an agreement is the same at any time of opening; remove"
     " it"),
    ("budgets: [{budget: 1h, source: test}]", "budgets: [{budget: 1h, after: 1h, source: test}]", "after: 1h, source",
     "agreements.0.budgets.0.after: an agreement is the same at any age; remove it"),
    ("budgets: [{budget: 1h, source: test}]", "budgets: [{budget: 1h, after_start: 1h, source: test}]",
     "after_start: 1h, source",
     "agreements.0.budgets.0.after_start: an agreement is the same at any age; remove it"),
    ("budgets: [{budget: 1h, source: test}]", "budgets: [{when: {tier: lead}, budget: 1h, source: test}]", "lead",
     "agreements.0.budgets.0.when.tier: 'lead' is not a rung of the ladder (diamond, gold, silver)"),
    # inheritance
    ("scope: cross-city}, tier: diamond}", "scope: cross-city}, tier: platinum}", "platinum",
     "inherit.0.tier: 'platinum' is not a rung of the ladder (diamond, gold, silver)"),
    ("{when: {far_tier: diamond, scope: cross-city}, tier", "{when: {}, tier", "when: {}",
     "inherit.0.when: is empty, so everybody would be of this tier; say whom it is for"),
    ("{when: {far_tier: diamond, scope: cross-city}, tier", "{when: {segment: ACME}, tier", "ACME",
     "inherit.0.when.segment: cannot choose a budget; use one of tier, assurance, urgency, scope, process,"
     " customer_tier, far_tier, customer_class, service, order_class, customer, team, supplier, provider, site, or"
     " declare it under attributes"),
    ("{when: {far_tier: diamond, scope: cross-city}, tier: diamond}", "{when: {scope: city}}", "when: {scope: city}}",
     "inherit.0.tier: is missing; write it"),
    # pace
    ("targets:\n", "pace: maybe\ntargets:\n", "pace: maybe",
     "pace: 'maybe' says no pace; write on, off, or windows and factor"),
    ("targets:\n", "pace: {window: [50%]}\ntargets:\n", "pace: {window",
     "pace.window: is not a key here; remove it or correct its spelling; did you mean 'windows'?"),
    ("targets:\n", "pace: {windows: []}\ntargets:\n", "pace: {windows: []}",
     "pace.windows: lists no window; write [50%, 25%], or pace: off"),
    ("targets:\n", "pace: {windows: [0%]}\ntargets:\n", "pace: {windows",
     "pace.windows.0: '0%' is not a window; write 30d, or 25% (of the period)"),
    ("targets:\n", "pace: {factor: 1}\ntargets:\n", "pace: {factor",
     "pace.factor: 1 is not a number above 1 and up to 100; write 1.5"),
    ("targets:\n", "pace: {windows: [30d]}\ntargets:\n", "pace: {windows",
     "pace.windows.0: 30d is longer than the period of availability, a month; write a share of it, such as 25%"),
    ("    per: quarter\n", "    per: quarter\n    pace: {windows: [7d, 100d]}\n", "pace: {windows",
     "targets.repeats.pace.windows.1: 100d is longer than the period, a quarter; write a share of it, such as 25%"),
    ("    reopen: new_cycle\n", "    reopen: new_cycle\n    pace: on\n", "pace: on",
     "targets.outage.pace: is of allowances only; write per: year on the target, or remove pace"),
]  # fmt: skip

GOOD: list[tuple[str, str]] = [
    ("budget: 0.05%", "budget: 99.95%"),
    ("budget: 4 times", "budget: 1time"),
    ("reset: [on_site]", "reset: [accepted]"),  # at work again, and anew
    ("    at_least: true\n    start: [opened, accepted]\n    stop: [restored]\n    budgets: [{budget: 3 times",
     "    started_by: {target: report}\n    stop: [restored]\n    budgets: [{budget: 3h"),
    ("agreements:\n", "agreements:\n  - {kind: OLA, party: noc, supports: outage, budgets: []}\n"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "piece", "sentence"), BAD, ids=[bad[3][:70] for bad in BAD])
def test_a_bad_target_is_one_sentence_with_file_line_and_key(old: str, new: str, piece: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        build((old, new))
    changed = POLICY.replace(old, new, 1)
    assert piece in changed
    line = changed[: changed.index(piece) + len(piece.rstrip("\n"))].count("\n") + 1  # where the piece ends
    assert str(error.value) == f"kinds.yml:{line} {sentence}"


@pytest.mark.parametrize(("old", "new"), GOOD, ids=[new[:50] for _, new in GOOD])
def test_what_only_looks_like_it_is_no_mistake(old: str, new: str) -> None:
    assert build((old, new)).targets


def test_a_circle_through_several_targets_is_named_in_full() -> None:
    with pytest.raises(ConfigError) as error:
        build(
            ("    begins: [detected, complained]\n", "    started_by: {target: report}\n"),
            ("    start: [opened, accepted, on_site, held]\n", ""),
        )
    assert str(error.value).endswith(
        "targets.report.started_by.target: is a circle, restore by report by restore, in which nothing begins; take one"
        " started_by out"
    )


def test_every_sentence_of_a_target_or_an_agreement_says_what_to_write_instead() -> None:
    asking = ("write", "remove", "add", "use", "name", "say", "take", "is missing", "is not one of", "is not a rung",
              "should be", "always runs", "shared out")  # fmt: skip
    assert [bad[3] for bad in BAD if not any(word in bad[3].split(": ", 1)[1] for word in asking)] == []
