"""Let pages wait for covered hours, and let acknowledgements end.

An acknowledgement from before has no end: it holds until a worse stage, as it did when it was made.

Revision: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("alerts") as table:
        table.add_column(sa.Column("ahead", sa.Text))
    with op.batch_alter_table("acknowledgements") as table:
        table.add_column(sa.Column("ends_at", sa.BigInteger))
        table.add_column(sa.Column("ends_for", sa.Text, nullable=False, server_default=""))
        table.add_column(sa.Column("holder", sa.Text, nullable=False, server_default=""))
        table.add_column(sa.Column("ended_at", sa.BigInteger))
    op.create_index("acknowledgements_by_end", "acknowledgements", ["ended_at", "ends_at"])


def downgrade() -> None:
    op.drop_index("acknowledgements_by_end", "acknowledgements")
    with op.batch_alter_table("acknowledgements") as table:
        for name in ("ended_at", "holder", "ends_for", "ends_at"):
            table.drop_column(name)
    with op.batch_alter_table("alerts") as table:
        table.drop_column("ahead")
