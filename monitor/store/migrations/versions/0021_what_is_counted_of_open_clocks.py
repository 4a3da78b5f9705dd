"""Count open clocks, find the nearest of them, and find who is in a guarded period, in indexes of nothing else.

Revision: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_GUARDED = "attributes LIKE '%\"guarded\":%'"
_COUNTED = ["source", "tier", "assurance", "target", "state", "deadline", "exhausted_at", "open"]
_PARTIAL = (
    ("readings_late", "readings", ["breached_at"], "open = 1 AND breached_at IS NOT NULL", "open AND breached_at IS NOT NULL"),
    ("readings_nearest", "readings", ["state", "deadline"], "open = 1", "open"),
    ("readings_counted", "readings", _COUNTED, "open = 1", "open"),
    ("subjects_guarded", "subjects", ["source", "subject"], _GUARDED, _GUARDED),
)
_WHOLE = (("readings_late", ["open", "breached_at"]), ("readings_open", ["open", "deadline"]))


def upgrade() -> None:
    for name, _ in _WHOLE:
        op.drop_index(name, "readings")
    for name, of, columns, where, elsewhere in _PARTIAL:
        op.create_index(name, of, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(elsewhere))


def downgrade() -> None:
    for name, of, *_ in _PARTIAL:
        op.drop_index(name, of)
    for name, columns in _WHOLE:
        op.create_index(name, "readings", columns)
