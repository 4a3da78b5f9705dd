"""Keep where an event stood in its source's answer, and the second instant that its local time may mean.

Revision: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("tie", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("events", sa.Column("or_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("events", "or_at")
    op.drop_column("events", "tie")
