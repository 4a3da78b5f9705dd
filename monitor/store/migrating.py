"""Bring a database to the present schema: a new one in one step, an older one by its migrations.

Alembic is imported only where migrations are to be run: a database of the present schema is opened without it.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateTable

from monitor.memory import remembered
from monitor.store import portions
from monitor.store.schema import WHERE, metadata, place

if TYPE_CHECKING:
    from alembic.config import Config

_VERSION = sa.Table("alembic_version", sa.MetaData(), sa.Column("version_num", sa.String(32), primary_key=True))
"""The table in which Alembic notes the revision of a database."""


FOLDER = Path(str(resources.files("monitor.store"))) / "migrations"
"""Where the migrations are."""


def newest() -> str:
    """The revision of the present schema: the greatest number that a migration's file begins with."""
    return max(file.name.partition("_")[0] for file in (FOLDER / "versions").iterdir() if file.name[:1].isdigit())


def is_present(connection: sa.Connection) -> bool:
    """Whether the database has the present schema, and all changes of rows that lead to it were made."""
    found = _revision(connection)
    return found is not None and found == newest() and portions.noted(connection) is None


def _revision(connection: sa.Connection) -> str | None:
    """The revision of the database; None where it has none."""
    if not sa.inspect(connection).has_table(_VERSION.name):
        return None
    return connection.scalar(sa.select(_VERSION.c.version_num))


def newer(connection: sa.Connection) -> str | None:
    """The revision of a database that a newer version has used; None where it is not newer than this one's."""
    found = _revision(connection)
    return found if found is not None and found > newest() else None


def bring_up(connection: sa.Connection) -> None:
    """Bring the database to the present schema; one without any table gets all of it in one transaction."""
    with connection.begin():
        if is_present(connection):
            return
        if not sa.inspect(connection).get_table_names():
            _create(connection)
            return
        present = _revision(connection)
    from monitor.store import upgrading

    upgrading.upgrade(connection, configured(), present)


def configured() -> Config:
    """The migrations, as Alembic takes them."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return config


def _create(connection: sa.Connection) -> None:
    for statement in statements(connection.dialect.name):
        connection.exec_driver_sql(statement)
    connection.execute(sa.insert(_VERSION).values(version_num=newest()))


@remembered("schema_statements", 4)
def statements(dialect: str) -> tuple[str, ...]:
    """What makes all of the present schema, in the SQL of a kind of database; worked out once in a process."""
    sql = sa.dialects.registry.load(dialect)()
    made: list[str] = []
    for table in (*metadata.sorted_tables, _VERSION):
        made.append(str(CreateTable(table).compile(dialect=sql)))
        if dialect == "postgresql":
            for index in table.indexes:
                index.dialect_options[dialect]["where"] = index.info.get(WHERE)
        made += [str(CreateIndex(index).compile(dialect=sql)) for index in sorted(table.indexes, key=place)]
    return tuple(made)
