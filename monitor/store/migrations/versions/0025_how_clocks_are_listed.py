"""Order open clocks and circuits wholly in the indexes by which they are listed, and add one by when clocks began.

Revision: 0025
Revises: 0024
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_OPEN, _LATE = "open = 1", "open = 1 AND breached_at IS NOT NULL"
_CIRCUIT = "circuit_state IS NOT NULL"
_CIRCUITS = ["circuit_state", "source", "tier", "assurance"]
_ROW = ["source", "subject", "target", "cycle", "tier"]
_NEW = (
    ("subjects_circuits", "subjects", [*_CIRCUITS, "subject"], _CIRCUIT, _CIRCUIT),
    ("readings_late", "readings", ["breached_at", *_ROW, "state"], _LATE, "open AND breached_at IS NOT NULL"),
    ("readings_nearest", "readings", ["state", "deadline", *_ROW], _OPEN, "open"),
    ("readings_opened", "readings", ["started_at", *_ROW, "state"], _OPEN, "open"),
)
_OLD = (
    ("subjects_circuits", "subjects", _CIRCUITS, _CIRCUIT, _CIRCUIT),
    ("readings_late", "readings", ["breached_at"], _LATE, "open AND breached_at IS NOT NULL"),
    ("readings_nearest", "readings", ["state", "deadline"], _OPEN, "open"),
)


def upgrade() -> None:
    _exchange(_OLD, _NEW)


def downgrade() -> None:
    _exchange(_NEW, _OLD)


def _exchange(gone: tuple[Any, ...], come: tuple[Any, ...]) -> None:
    for name, table, *_ in gone:
        op.drop_index(name, table_name=table)
    for name, table, columns, in_sqlite, in_postgresql in come:
        op.create_index(
            name, table, columns, sqlite_where=sa.text(in_sqlite), postgresql_where=sa.text(in_postgresql)
        )
