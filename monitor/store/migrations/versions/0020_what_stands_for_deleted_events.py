"""Let an event stand for those that were deleted of a circuit, and keep digests in the place of the ids of deleted events.

Revision: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

from monitor.store.portions import RANGE, Change

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_STANDS = "baseline IS NOT NULL"

CHANGES = (
    Change(
        "forgotten_ids",
        "INSERT OR IGNORE INTO forgotten (digest)"
        f" SELECT event_digest(source, event_id) FROM forgotten_ids WHERE {RANGE}",
    ),
    Change("forgotten_ids", f"DELETE FROM forgotten_ids WHERE {RANGE}"),
)
AT_LAST = ("DROP TABLE forgotten_ids",)


def upgrade() -> None:
    op.add_column("events", sa.Column("baseline", sa.Text))
    op.create_index(
        "events_baselines", "events", ["source", "subject"], sqlite_where=sa.text(_STANDS),
        postgresql_where=sa.text(_STANDS),
    )  # fmt: skip
    op.rename_table("forgotten", "forgotten_ids")
    op.create_table("forgotten", sa.Column("digest", sa.LargeBinary, primary_key=True), sqlite_with_rowid=False)


def downgrade() -> None:
    """The ids of deleted events are lost: a source that lists everything tells them anew."""
    op.drop_table("forgotten")
    op.create_table(
        "forgotten",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("event_id", sa.Text, primary_key=True),
    )
    op.drop_index("events_baselines", "events")
    with op.batch_alter_table("events") as table:
        table.drop_column("baseline")
