"""Keep how far each exporter has come, what waits for it, and what its database refused.

Revision: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "exports",
        sa.Column("exporter", sa.Text, primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("recorded_at", sa.BigInteger),
        sa.Column("spooled", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "export_spool",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("exporter", sa.Text, nullable=False),
        sa.Column("points", sa.Integer, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("packed", sa.LargeBinary, nullable=False),
    )
    op.create_index("export_spool_by_exporter", "export_spool", ["exporter"])
    op.create_table(
        "export_refused",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("exporter", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("point", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_index("export_refused_by_exporter", "export_refused", ["exporter"])


def downgrade() -> None:
    op.drop_table("export_refused")
    op.drop_table("export_spool")
    op.drop_table("exports")
