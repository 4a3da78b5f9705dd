"""Order what waits for a receiver by urgency, and know since when it waits, what is under way and what was folded.

A page that waits during the upgrade keeps its place by the time at which it was made, after every breach.

Revision: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

from monitor.store.portions import RANGE, Change

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_UNTOLD = "closed_at IS NULL AND accepted_at IS NULL"
_UNHELD = f"{_UNTOLD} AND held_by = ''"
_FOLDED = "folded_into IS NOT NULL"
_MINUTE = 60_000_000
_BREACH = "alert_key IN (SELECT key FROM alerts WHERE stage = 'breached' AND resolved_at IS NULL)"

CHANGES = (
    Change("outbox", f"UPDATE outbox SET due_since = created_at WHERE {RANGE} AND {_UNHELD} AND due_since IS NULL"),
    Change("outbox", f"UPDATE outbox SET turn = created_at / {_MINUTE} WHERE {RANGE} AND {_UNTOLD} AND NOT ({_BREACH})"),
)


def upgrade() -> None:
    with op.batch_alter_table("outbox") as table:
        table.add_column(sa.Column("turn", sa.BigInteger, nullable=False, server_default="0"))
        table.add_column(sa.Column("rank", sa.Integer, nullable=False, server_default="0"))
        table.add_column(sa.Column("deadline", sa.BigInteger, nullable=False, server_default="0"))
        table.add_column(sa.Column("after_key", sa.Text, nullable=False, server_default=""))
        table.add_column(sa.Column("due_since", sa.BigInteger))
        table.add_column(sa.Column("taken_at", sa.BigInteger))
        table.add_column(sa.Column("folded_into", sa.BigInteger))
    for name, columns, where in (
        ("outbox_in_turn", ["channel", "turn", "rank", "deadline", "id", "next_at"], _UNHELD),
        ("outbox_untold", ["channel", "held_by"], _UNTOLD),
        ("outbox_folded", ["folded_into"], _FOLDED),
    ):
        op.create_index(name, "outbox", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    for name in ("outbox_folded", "outbox_untold", "outbox_in_turn"):
        op.drop_index(name, "outbox")
    with op.batch_alter_table("outbox") as table:
        for name in ("folded_into", "taken_at", "due_since", "after_key", "deadline", "rank", "turn"):
            table.drop_column(name)
