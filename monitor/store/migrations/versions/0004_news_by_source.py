"""Find the next subjects with news, and the first that is put off, in an index per source, however many are marked.

Revision: 0004
Revises: 0003
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("touched_by_priority", "touched")
    op.create_index("touched_by_priority", "touched", ["source", "priority"])
    op.create_index("touched_put_off", "touched", ["source", "not_before"])


def downgrade() -> None:
    op.drop_index("touched_put_off", "touched")
    op.drop_index("touched_by_priority", "touched")
    op.create_index("touched_by_priority", "touched", ["priority"])
