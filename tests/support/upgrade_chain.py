"""Further migrations, as a later version would have them, in a folder beside all those that there are."""

from __future__ import annotations

import shutil
from pathlib import Path

from monitor.store import migrating

BEFORE = migrating.newest()
"""The schema that this version has."""

LATER = {
    "0915": f'''"""Keep the day of an event, and find events by it.

Revision: 0915
Revises: {BEFORE}
"""

import sqlalchemy as sa
from alembic import op

from monitor.store.portions import RANGE, Change

revision = "0915"
down_revision = "{BEFORE}"

CHANGES = (
    Change("events", f"UPDATE events SET day = at / 86400000000 WHERE {{RANGE}} AND day IS NULL"),
    Change("alert_log", f"DELETE FROM alert_log WHERE {{RANGE}} AND reason = 'worded anew'"),
)


def upgrade() -> None:
    op.add_column("events", sa.Column("day", sa.BigInteger))
    op.create_index("events_by_day", "events", ["day"])
''',
    "0916": '''"""Note when the database was brought up.

Revision: 0916
Revises: 0915
"""

import sqlalchemy as sa
from alembic import op

revision = "0916"
down_revision = "0915"


def upgrade() -> None:
    op.create_index("transitions_by_kind", "transitions", ["kind"])
    op.execute("UPDATE transitions SET because = because || '!'")
''',
    "0917": '''"""Name the tier of a transition by its first letter.

Revision: 0917
Revises: 0916
"""

from monitor.store.portions import RANGE, Change

revision = "0917"
down_revision = "0916"

CHANGES = (
    Change("transitions", f"UPDATE transitions SET tier = substr(tier, 1, 1) WHERE {RANGE} AND length(tier) > 1"),
)


def upgrade() -> None:
    pass
''',
}
"""A schema and many rows; a schema and all rows in one transaction; rows alone."""

ENDLESS = f'''"""Count for ever.

Revision: 0915
Revises: {BEFORE}
"""

from alembic import op

revision = "0915"
down_revision = "{BEFORE}"


def upgrade() -> None:
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
    op.execute(f"UPDATE events SET tie = ({{numbers}} SELECT max(i) FROM n)")
'''
"""A migration that only a signal ends."""


def written(folder: Path, later: dict[str, str] = LATER) -> Path:
    """All migrations and the further ones; gives the folder."""
    shutil.copytree(Path(migrating.__file__).parent / "migrations", folder)
    for revision, text in later.items():
        (folder / "versions" / f"{revision}_later.py").write_text(text, encoding="utf-8")
    return folder
