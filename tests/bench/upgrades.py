"""Measure an upgrade of a large database, a backup, a check: rows of closed tickets in every table that grows.

The database is filled with the present schema and taken back to an older one, so that every migration in between has
its rows. Nothing of it is kept.

    python -m tests.bench.upgrades [--tickets 100000] [--before 0001]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog
from alembic import command

from monitor.store import migrating
from monitor.store.backups import back_up
from monitor.store.checking import check
from monitor.store.database import Database
from tests.support.closed_rows import fill, sizes
from tests.support.recorded import told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=100_000, help="closed tickets: some 20 rows each")
    parser.add_argument("--before", default="0001", help="the schema from which it is brought up")
    given = parser.parse_args()
    lines: list[dict[str, Any]] = []

    def keep(_logger: object, _method: str, line: dict[str, Any]) -> str:
        lines.append(dict(line))
        return str(line)

    structlog.configure(processors=[keep])
    figures: dict[str, Any] = {"load_before": round(os.getloadavg()[0], 1)}
    with tempfile.TemporaryDirectory(prefix="tierwatch-bench-") as name:
        path = Path(name, "bench.db")
        database = Database(f"sqlite:///{path}")
        fill(database, given.tickets, "r1")
        rows = sizes(database)
        database.close()
        figures |= {"rows": sum(rows.values()), "bytes": path.stat().st_size}
        figures["backup_s"] = _seconds(lambda: back_up(path, Path(name, "backup.db"), False, told))
        figures["check_s"] = _seconds(lambda: check(path, told, lambda: False, running=True))
        _take_back(path, given.before)
        figures["upgrade_s"] = _seconds(lambda: Database(f"sqlite:///{path}").close())
    said = {"began": "database_upgrade_began", "step": "database_upgrade_step"}
    figures["foretold"] = [(one["rows"], one["about"]) for one in lines if one["event"] == said["began"]]
    figures["steps"] = {one["what"]: one["seconds"] for one in lines if one["event"] == said["step"]}
    machine = {"python": platform.python_version(), "processor": platform.machine()}
    print(json.dumps({"upgrades": figures, "before": given.before, **machine}, indent=2))


def _seconds(work: Any) -> float:
    began = time.monotonic()
    work()
    return round(time.monotonic() - began, 1)


def _take_back(path: Path, revision: str) -> None:
    engine, config = sa.create_engine(f"sqlite:///{path}"), migrating.configured()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
        connection.commit()
    engine.dispose()


if __name__ == "__main__":
    main()
