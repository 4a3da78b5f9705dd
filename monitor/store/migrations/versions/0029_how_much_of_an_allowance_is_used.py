"""Keep how much of each open allowance is used, with an index of nothing else.

Allowances are told by their number, which is that of a period and so at least its year; no other clock is begun so often.
What is being used is written here as if it counted round the clock: under other calendars it is a little less than the
truth, until the clock is judged next.

Revision: 0029
Revises: 0028
"""

import sqlalchemy as sa
from alembic import op

from monitor.store.portions import RANGE, Change

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_USED, _ELSEWHERE = "open = 1 AND used IS NOT NULL", "open AND used IS NOT NULL"
_OF = ["source", "tier", "assurance", "target", "life", "budget", "calendar", "used", "open"]

CHANGES = (
    Change(
        "readings",
        "UPDATE readings SET used = CASE life WHEN 'running' THEN read_at - counted ELSE counted END"
        f" WHERE {RANGE} AND open = 1 AND used IS NULL AND cycle >= 1970 AND measure IN ('time', 'count')",
    ),
)


def upgrade() -> None:
    op.add_column("readings", sa.Column("used", sa.BigInteger))
    op.create_index(
        "readings_allowances", "readings", _OF, sqlite_where=sa.text(_USED), postgresql_where=sa.text(_ELSEWHERE)
    )


def downgrade() -> None:
    op.drop_index("readings_allowances", "readings")
    op.drop_column("readings", "used")
