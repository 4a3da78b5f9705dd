"""Keep what each subject adds to what is counted of several, and the groups that there are.

Revision: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contributions",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("counted_in", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("because", sa.Text, nullable=False),
        sa.Column("good_at", sa.BigInteger),
        sa.Column("value", sa.Text, nullable=False),
    )
    columns = ["counted_in", "at", "source", "subject", "what", "good_at"]
    op.create_index("contributions_by_group", "contributions", columns)
    op.create_table(
        "groups",
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("changed_from", sa.BigInteger),
    )


def downgrade() -> None:
    op.drop_table("groups")
    op.drop_table("contributions")
