"""Keep of each subject since when it is gone for good, and who says so.

Revision: 0009
Revises: 0007
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


def downgrade() -> None:
    with op.batch_alter_table("subjects") as table:
        table.drop_column("retired_by")
        table.drop_column("retired_at")
