"""Keep the words of open subjects that are not understood, so that somebody is told of each.

Revision: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unread_words",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("what", sa.Text, primary_key=True),
        sa.Column("form", sa.Text, nullable=False),
        sa.Column("word", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
    )
    op.create_index("unread_words_by_form", "unread_words", ["source", "what", "form"])


def downgrade() -> None:
    op.drop_table("unread_words")
