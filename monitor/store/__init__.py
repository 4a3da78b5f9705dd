"""Remembers: schema, migrations, statements, and one class for each who asks.

It decides nothing that a pure module could; nothing here reads the clock of the machine.
"""

from __future__ import annotations

from monitor.store.access_tokens import AccessToken, AccessTokens
from monitor.store.accounts import Account, Accounts
from monitor.store.acknowledging import LONGEST_AUTHOR, Acknowledging, AlertWithAcknowledgements, Ending
from monitor.store.actions import Action, Actions
from monitor.store.aggregating import recount
from monitor.store.anew import Anew, Upgrade, unreported_since
from monitor.store.annotations import Annotations, AskedMarks, Happening, Mark
from monitor.store.auditing import Auditing
from monitor.store.backups import back_up
from monitor.store.checking import check
from monitor.store.clocks import Clocks, OpenClocks
from monitor.store.condensing import Condensing
from monitor.store.confirming import Confirmations
from monitor.store.copies import Copy, in_bytes
from monitor.store.customers import Customers
from monitor.store.database import Database, Revision, beside, readonly
from monitor.store.deliveries import Deliveries
from monitor.store.drilling import Drilling
from monitor.store.erasing import Erasing, Found, bytes_left
from monitor.store.escalating import Escalating
from monitor.store.exports import Exports, Sent, StoredTransition
from monitor.store.feed import Feed, Position
from monitor.store.first_sight import FirstSight
from monitor.store.foretelling import Foretelling
from monitor.store.heartbeats import Heartbeats
from monitor.store.ingest import Committed, Ingest, PollOutcome
from monitor.store.listed_causes import Causes
from monitor.store.listing import Listing
from monitor.store.listing_records import Records
from monitor.store.losses import Losses
from monitor.store.machine import Machine
from monitor.store.month_reports import MonthReport, MonthReports
from monitor.store.opening import Marked, file_of
from monitor.store.outcomes import STOPPED, Loaded, Step, stopped
from monitor.store.pressing import Pressing
from monitor.store.pruning import Cutoffs, Over, Pruning
from monitor.store.pruning_joint import JointPruning
from monitor.store.publications import Publications, operator
from monitor.store.quarantine_records import QuarantineRecords
from monitor.store.quarantined import Quarantined, SetAside
from monitor.store.recomputation import Recomputation
from monitor.store.repeating import Repeating
from monitor.store.restoring import Restored, restore
from monitor.store.sessions import Sessions, SessionTerms
from monitor.store.silencing import Firing, Silences
from monitor.store.sizes import sizes
from monitor.store.stored_readings import stored_groups, stored_subjects, upgraded_copy
from monitor.store.subscriptions import StoredViolation, Subscription, Subscriptions
from monitor.store.telling import Tellings
from monitor.store.trail import Trail
from monitor.store.unchanged import Unchanged
from monitor.store.unread import Unread
from monitor.store.views import SourceRow, Views
from monitor.store.what_is_erased import OfName, OfSubjects

__all__ = [
    "LONGEST_AUTHOR",
    "STOPPED",
    "AccessToken",
    "AccessTokens",
    "Account",
    "Accounts",
    "Acknowledging",
    "Action",
    "Actions",
    "AlertWithAcknowledgements",
    "Anew",
    "Annotations",
    "AskedMarks",
    "Auditing",
    "Causes",
    "Clocks",
    "Committed",
    "Condensing",
    "Confirmations",
    "Copy",
    "Customers",
    "Cutoffs",
    "Database",
    "Deliveries",
    "Drilling",
    "Ending",
    "Erasing",
    "Escalating",
    "Exports",
    "Feed",
    "Firing",
    "FirstSight",
    "Foretelling",
    "Found",
    "Happening",
    "Heartbeats",
    "Ingest",
    "JointPruning",
    "Listing",
    "Loaded",
    "Losses",
    "Machine",
    "Mark",
    "Marked",
    "MonthReport",
    "MonthReports",
    "OfName",
    "OfSubjects",
    "OpenClocks",
    "Over",
    "PollOutcome",
    "Position",
    "Pressing",
    "Pruning",
    "Publications",
    "QuarantineRecords",
    "Quarantined",
    "Recomputation",
    "Records",
    "Repeating",
    "Restored",
    "Revision",
    "Sent",
    "SessionTerms",
    "Sessions",
    "SetAside",
    "Silences",
    "SourceRow",
    "Step",
    "StoredTransition",
    "StoredViolation",
    "Subscription",
    "Subscriptions",
    "Tellings",
    "Trail",
    "Unchanged",
    "Unread",
    "Upgrade",
    "Views",
    "back_up",
    "beside",
    "bytes_left",
    "check",
    "file_of",
    "in_bytes",
    "operator",
    "readonly",
    "recount",
    "restore",
    "sizes",
    "stopped",
    "stored_groups",
    "stored_subjects",
    "unreported_since",
    "upgraded_copy",
]
