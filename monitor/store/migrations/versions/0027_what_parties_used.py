"""Keep beside each clock that stopped what each team and supplier used of its budget, as it was counted.

Revision: 0027
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("readings", sa.Column("legs", sa.Text))


def downgrade() -> None:
    op.drop_column("readings", "legs")
