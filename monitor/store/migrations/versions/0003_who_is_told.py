"""Silences, root causes, acknowledgements, escalations, heartbeats, and what each channel was not told.

Revision: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

from monitor.store.schema import Instant, Json

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("alerts") as table:
        table.add_column(sa.Column("cause_key", sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("deadline", Instant(), nullable=True))
        table.create_index("alerts_by_cause", ["cause_key", "resolved_at"])
    with op.batch_alter_table("outbox") as table:
        table.add_column(sa.Column("held_by", sa.Text(), nullable=False, server_default=""))
        table.create_index("outbox_held", ["held_by"])
    op.create_table(
        "decisions",
        sa.Column("id", _id(), nullable=False),
        sa.Column("alert_key", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("decisions_by_alert", "decisions", ["alert_key"])
    op.create_index("decisions_by_time", "decisions", ["at"])
    op.create_table(
        "silences",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("matchers", Json(), nullable=False),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("maintenance", sa.Boolean(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("silences_by_end", "silences", ["ends_at"])
    op.create_table(
        "causes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("deadline", Instant(), nullable=True),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("broken", sa.Boolean(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("causes_by_key", "causes", ["key", "closed_at"])
    op.create_table(
        "acknowledgements",
        sa.Column("id", _id(), nullable=False),
        sa.Column("alert_key", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("acknowledgements_by_alert", "acknowledgements", ["alert_key"])
    op.create_table(
        "escalations",
        sa.Column("id", _id(), nullable=False),
        sa.Column("alert_key", sa.Text(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("alert_key", "step", "person", name="escalations_once"),
    )
    op.create_table(
        "heartbeats",
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("stage"),
    )


def downgrade() -> None:
    for name in ("heartbeats", "escalations", "acknowledgements", "causes", "silences", "decisions"):
        op.drop_table(name)
    with op.batch_alter_table("outbox") as table:
        table.drop_index("outbox_held")
        table.drop_column("held_by")
    with op.batch_alter_table("alerts") as table:
        table.drop_index("alerts_by_cause")
        table.drop_column("deadline")
        table.drop_column("cause_key")
