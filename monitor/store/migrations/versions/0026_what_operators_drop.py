"""Keep which records of the quarantine an operator has dropped, and find root causes that are over by their end.

Revision: 0026
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_OVER = sa.text("closed_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("quarantine", sa.Column("dropped_at", sa.BigInteger))
    op.create_index("causes_over", "causes", ["closed_at", "id"], sqlite_where=_OVER, postgresql_where=_OVER)


def downgrade() -> None:
    op.drop_index("causes_over", "causes")
    op.drop_column("quarantine", "dropped_at")
