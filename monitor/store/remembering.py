"""Write what the engine says of subjects into every table, inside one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from monitor.aggregates import Changes
from monitor.alert import Router
from monitor.store import grouping, outcomes, statements
from monitor.store.aggregating import note_subjects
from monitor.store.changed_alerts import store_changes
from monitor.store.outcomes import Step
from monitor.store.schema import subjects
from monitor.store.statements import Counts
from monitor.store.unread import note_unread


def remember(
    connection: sa.Connection,
    steps: Sequence[Step],
    router: Router,
    rules_version: str,
    installed_at: datetime,
    now: datetime,
    changes: Changes,
    counting: bool = False,
    unseen: bool = False,
) -> None:
    """Write readings, transitions, counters, alerts and outbox rows of the steps, and take away their marks.

    What becomes of the aggregates is noted in *changes*. With *counting* what subjects add to groups is written as
    well. With *unseen* nothing is stored of any of the subjects, and nothing of them is looked for.
    """
    counts: Counts = Counter()
    news = [step.outcome for step in steps if unseen or step.loaded.revision is not None]  # time alone is no news
    outcomes.count_retired(connection, news, counts)
    stored = () if unseen else [step.loaded.key for step in steps]
    periods = note_subjects(connection, stored, news, changes)
    statements.put(connection, subjects, [outcomes.subject_row(outcome, rules_version) for outcome in news])
    outcomes.put_readings(connection, steps, changes, periods, installed_at, counts, unseen)
    outcomes.add_transitions(connection, steps, installed_at, now, counts, unseen)
    outcomes.note_doubts(connection, steps, now, counts, unseen)
    note_unread(connection, steps, unseen)
    store_changes(connection, [alert for step in steps for alert in step.alerts], router, now)
    outcomes.unmark(connection, steps)
    members = [step for step in steps if step.loaded.group is None] if counting else ()
    if members:
        grouping.put_contributions(connection, members)
    if len(members) < len(steps):
        grouping.judged(connection, steps)
    statements.count_all(connection, counts)
