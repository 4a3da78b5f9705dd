"""Keep of each subject since when it is gone for good, and who says so.

Revision: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("subjects") as table:
        table.add_column(sa.Column("retired_at", sa.BigInteger))
        table.add_column(sa.Column("retired_by", sa.Text, nullable=False, server_default=""))
    op.create_index(
        "quarantine_held_loss", "quarantine", ["source"],
        sqlite_where=sa.text("reason = 'sudden_loss' AND resolved_at IS NULL"),
        postgresql_where=sa.text("reason = 'sudden_loss' AND resolved_at IS NULL"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("quarantine_held_loss", "quarantine")
    with op.batch_alter_table("subjects") as table:
        table.drop_column("retired_by")
        table.drop_column("retired_at")
