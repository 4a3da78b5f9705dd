"""Keep the reports of months, the ids of events that were deleted, and until when a subject's transitions are counted.

Revision: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("subjects") as table:
        table.add_column(sa.Column("counted_until", sa.BigInteger))
    op.create_table(
        "month_reports",
        sa.Column("month", sa.Text, primary_key=True),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("rules_version", sa.Text, nullable=False),
        sa.Column("rows", sa.Text, nullable=False),
    )
    op.create_table(
        "forgotten",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("event_id", sa.Text, primary_key=True),
    )


def downgrade() -> None:
    op.drop_table("forgotten")
    op.drop_table("month_reports")
    with op.batch_alter_table("subjects") as table:
        table.drop_column("counted_until")
