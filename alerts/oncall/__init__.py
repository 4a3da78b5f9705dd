"""Who is on duty, who is called when, and who has acknowledged: rosters, escalation, links.

Pure, but for the reading of a roster's files and calendars.
"""

from __future__ import annotations

from alerts.oncall.ack_links import ANNOTATION, linked, without_tokens
from alerts.oncall.ack_tokens import Refusal, verify
from alerts.oncall.chain_check import chain_notices
from alerts.oncall.configured_rota import ending, read_rota, remarks, rota_file, rota_of
from alerts.oncall.drill_report import DrillRow, Reached, everybody_got_it
from alerts.oncall.drill_report import rows as drill_rows
from alerts.oncall.drills import TAKEN_UP_WITHIN, layer_named, practising
from alerts.oncall.drills import step as drill_step
from alerts.oncall.escalation import LOOK_AGAIN, Outgoing, Rota, judge
from alerts.oncall.foretold import ForetoldCall, ForetoldEnd, ForetoldReturn, ForetoldStill, Happening
from alerts.oncall.roster import Duty, Roster, Schedule, gaps, layers_of, on_duty
from alerts.oncall.roster_calendars import keeping, with_calendars
from alerts.oncall.roster_check import YEAR, guarded_layers, in_words, roster_notices
from alerts.oncall.roster_file import OnCall
from alerts.oncall.week import duty_week

__all__ = [
    "ANNOTATION",
    "LOOK_AGAIN",
    "TAKEN_UP_WITHIN",
    "YEAR",
    "DrillRow",
    "Duty",
    "ForetoldCall",
    "ForetoldEnd",
    "ForetoldReturn",
    "ForetoldStill",
    "Happening",
    "OnCall",
    "Outgoing",
    "Reached",
    "Refusal",
    "Roster",
    "Rota",
    "Schedule",
    "chain_notices",
    "drill_rows",
    "drill_step",
    "duty_week",
    "ending",
    "everybody_got_it",
    "gaps",
    "guarded_layers",
    "in_words",
    "judge",
    "keeping",
    "layer_named",
    "layers_of",
    "linked",
    "on_duty",
    "practising",
    "read_rota",
    "remarks",
    "roster_notices",
    "rota_file",
    "rota_of",
    "verify",
    "with_calendars",
    "without_tokens",
]
