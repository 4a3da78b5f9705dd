"""Keep who subscribed to notifications of violations and how far each has come; find breaches by their instant.

Revision: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("callback", sa.Text, nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("customer", sa.Text),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("recorded_at", sa.BigInteger),
        sa.Column("failing_since", sa.BigInteger),
        sa.Column("suspended_at", sa.BigInteger),
        sa.Column("suspended_for", sa.Text, nullable=False),
    )
    breaches = sa.text("kind = 'breached'")
    op.create_index("transitions_breached", "transitions", ["at"], sqlite_where=breaches, postgresql_where=breaches)


def downgrade() -> None:
    op.drop_index("transitions_breached", "transitions")
    op.drop_table("subscriptions")
