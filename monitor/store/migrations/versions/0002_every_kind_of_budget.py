"""Corrections, kinds of budgets, the versions of calendars, and what was published.

Revision: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

from monitor.store.schema import Instant, Json

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("events") as table:
        table.add_column(sa.Column("correction", Json(), nullable=True))
    with op.batch_alter_table("readings") as table:
        table.add_column(sa.Column("calendar_version", sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("measure", sa.Text(), nullable=False, server_default="time"))
    op.create_table(
        "publications",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("rules_version", sa.Text(), nullable=False),
        sa.Column("policies", Json(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("changes", Json(), nullable=False),
        sa.Column("rules", Json(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    op.drop_table("publications")
    with op.batch_alter_table("readings") as table:
        table.drop_column("measure")
        table.drop_column("calendar_version")
    with op.batch_alter_table("events") as table:
        table.drop_column("correction")
