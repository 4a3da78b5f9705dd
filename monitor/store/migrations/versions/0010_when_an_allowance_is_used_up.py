"""Know when an allowance that is used too fast is used up, at its pace.

Revision: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("readings") as table:
        table.add_column(sa.Column("exhausted_at", sa.BigInteger))


def downgrade() -> None:
    with op.batch_alter_table("readings") as table:
        table.drop_column("exhausted_at")
