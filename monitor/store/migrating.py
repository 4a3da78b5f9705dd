"""Bring a database to the present schema: a new one in one step, an older one by its migrations.

Alembic is imported only where migrations are to be run: a database of the present schema is opened without it.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateTable

from monitor.store.schema import metadata, place

if TYPE_CHECKING:
    from alembic.config import Config

_VERSION = sa.Table("alembic_version", sa.MetaData(), sa.Column("version_num", sa.String(32), primary_key=True))
"""The table in which Alembic notes the revision of a database."""


def newest() -> str:
    """The revision of the present schema: the greatest number that a migration's file begins with."""
    files = (resources.files("monitor.store") / "migrations" / "versions").iterdir()
    return max(file.name.partition("_")[0] for file in files if file.name[:1].isdigit())


def is_present(connection: sa.Connection) -> bool:
    """Whether the database has the present schema."""
    if not sa.inspect(connection).has_table(_VERSION.name):
        return False
    return list(connection.scalars(sa.select(_VERSION.c.version_num))) == [newest()]


def bring_up(connection: sa.Connection) -> None:
    """Bring the database to the present schema; one without any table gets all of it in one transaction."""
    with connection.begin():
        if is_present(connection):
            return
        if not sa.inspect(connection).get_table_names():
            _create(connection)
            return
    _migrate(connection)


def configured() -> Config:
    """The migrations, as Alembic takes them."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(resources.files("monitor.store") / "migrations"))
    return config


def _create(connection: sa.Connection) -> None:
    for statement in _statements(connection.dialect.name):
        connection.exec_driver_sql(statement)
    connection.execute(sa.insert(_VERSION).values(version_num=newest()))


@cache
def _statements(dialect: str) -> tuple[str, ...]:
    """What makes all of the present schema, in the SQL of a kind of database; worked out once in a process."""
    sql = sa.dialects.registry.load(dialect)()
    made: list[str] = []
    for table in (*metadata.sorted_tables, _VERSION):
        made.append(str(CreateTable(table).compile(dialect=sql)))
        made += [str(CreateIndex(index).compile(dialect=sql)) for index in sorted(table.indexes, key=place)]
    return tuple(made)


def _migrate(connection: sa.Connection) -> None:
    from alembic import command

    config = configured()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
