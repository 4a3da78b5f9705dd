"""Keep the kind and the customer of an open clock in its row, and the customer of a subject in a column, with indexes.

Revision: 0028
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op

from monitor.store.portions import RANGE, Change

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_KNOWN = "customer IS NOT NULL"
_CUSTOMER = "json_extract(attributes, '$.customer')"
_ITS = "FROM subjects AS its WHERE its.source = readings.source AND its.subject = readings.subject"

CHANGES = (
    Change("subjects", f"UPDATE subjects SET customer = {_CUSTOMER} WHERE {RANGE} AND customer IS NULL AND {_CUSTOMER} <> ''"),
    Change(
        "readings",
        f"UPDATE readings SET kind = (SELECT its.kind {_ITS}), customer = (SELECT its.customer {_ITS})"
        f" WHERE {RANGE} AND open = 1 AND kind IS NULL",
    ),
)


def upgrade() -> None:
    op.add_column("subjects", sa.Column("customer", sa.Text))
    op.add_column("readings", sa.Column("kind", sa.Text))
    op.add_column("readings", sa.Column("customer", sa.Text))
    op.create_index(
        "subjects_of_customers", "subjects", ["customer", "kind"],
        sqlite_where=sa.text(_KNOWN), postgresql_where=sa.text(_KNOWN),
    )  # fmt: skip
    op.create_index(
        "readings_whose", "readings", ["kind", "customer"],
        sqlite_where=sa.text("open = 1"), postgresql_where=sa.text("open"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("readings_whose", "readings")
    op.drop_index("subjects_of_customers", "subjects")
    op.drop_column("readings", "customer")
    op.drop_column("readings", "kind")
    op.drop_column("subjects", "customer")
