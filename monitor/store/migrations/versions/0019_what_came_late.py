"""Note how old the oldest news of a subject are, and find its events and transitions by their instants.

Revision: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_BY_SUBJECT = (("events_by_subject", "events"), ("transitions_by_subject", "transitions"))


def upgrade() -> None:
    with op.batch_alter_table("touched") as table:
        table.add_column(sa.Column("earliest", sa.BigInteger))
    for name, table_name in _BY_SUBJECT:
        op.drop_index(name, table_name)
        op.create_index(name, table_name, ["source", "subject", "at"])


def downgrade() -> None:
    for name, table_name in _BY_SUBJECT:
        op.drop_index(name, table_name)
        op.create_index(name, table_name, ["source", "subject"])
    with op.batch_alter_table("touched") as table:
        table.drop_column("earliest")
