"""Find what is open without going through what is over: indexes that hold open rows only.

That an alert is followed no more is noted in the row that says when it was first sent; it had a row of its own.

Revision: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

from monitor.store.portions import RANGE, Change

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_PARTIAL = (
    ("events_of_ours", "events", ["source", "received_at"], "source = 'tierwatch'"),
    ("quarantine_rejudge", "quarantine", ["rejudge_at"], "resolved_at IS NULL AND rejudge_at IS NOT NULL"),
    ("quarantine_open", "quarantine", ["source", "reason"], "resolved_at IS NULL"),
    ("subjects_circuits", "subjects", ["circuit_state", "source", "tier", "assurance"], "circuit_state IS NOT NULL"),
    ("alerts_of_nobody", "alerts", ["key"], "source IS NULL AND subject IS NULL AND cause_key = ''"),
    ("causes_open", "causes", ["key"], "closed_at IS NULL"),
    ("escalations_followed", "escalations", ["alert_key"], "step = -1 AND over_at IS NULL"),
)
_WHOLE = (
    ("quarantine_rejudge", "quarantine", ["rejudge_at"]),
    ("subjects_by_circuit_state", "subjects", ["circuit_state"]),
    ("causes_by_key", "causes", ["key", "closed_at"]),
)
_BEGUN, _OVER = -1, -2
_ITS_END = f"SELECT over.at FROM escalations AS over WHERE over.alert_key = escalations.alert_key AND over.step = {_OVER}"

CHANGES = (
    Change("escalations", f"UPDATE escalations SET over_at = ({_ITS_END}) WHERE {RANGE} AND step = {_BEGUN} AND over_at IS NULL"),
    Change("escalations", f"DELETE FROM escalations WHERE {RANGE} AND step = {_OVER}"),
)


def upgrade() -> None:
    with op.batch_alter_table("escalations") as table:
        table.add_column(sa.Column("over_at", sa.BigInteger))
    for name, of, _ in _WHOLE:
        op.drop_index(name, of)
    for name, of, columns, where in _PARTIAL:
        op.create_index(name, of, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    for name, of, *_ in _PARTIAL:
        op.drop_index(name, of)
    for name, of, columns in _WHOLE:
        op.create_index(name, of, columns)
    op.execute(
        "INSERT INTO escalations (alert_key, step, person, at, reason)"
        f" SELECT alert_key, {_OVER}, '', over_at, 'over' FROM escalations WHERE over_at IS NOT NULL"
    )
    with op.batch_alter_table("escalations") as table:
        table.drop_column("over_at")
