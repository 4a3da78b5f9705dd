"""Keep the drills: what was asked, who was called, and how each receiver answered.

Revision: 0017
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "drills",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("whom", sa.Text, nullable=False),
        sa.Column("named", sa.Text, nullable=False),
        sa.Column("tier", sa.Text, nullable=False),
        sa.Column("ends_by", sa.BigInteger, nullable=False),
        sa.Column("again", sa.BigInteger, nullable=False),
        sa.Column("escalate", sa.Boolean, nullable=False),
        sa.Column("alert_key", sa.Text, nullable=False),
        sa.Column("begun_at", sa.BigInteger),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("ended_for", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("silence", sa.Text, nullable=False),
        sa.Column("people", sa.Text, nullable=False),
        sa.Column("calls", sa.Text, nullable=False),
    )
    op.create_index("drills_by_time", "drills", ["asked_at"])
    on = sa.text("ended_at IS NULL")
    op.create_index("drills_on", "drills", ["id"], sqlite_where=on, postgresql_where=on)
    op.create_table(
        "drill_tries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("drill", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("queued_at", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("firing", sa.Boolean, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_index("drill_tries_by_drill", "drill_tries", ["drill"])


def downgrade() -> None:
    op.drop_table("drill_tries")
    op.drop_table("drills")
