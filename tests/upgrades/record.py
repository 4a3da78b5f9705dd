"""Record the database of a version, made by that version's own code, so that later versions are tested with it.

    python -m tests.upgrades.record COMMIT

The code is taken from git's history into a folder of its own, and one life of its program (`life.py`) is run there.
What it leaves goes to `tests/upgrades/SCHEMA/`: the database as SQL text, with the configuration and policy by which it
was judged, and the commit. The same commit gives the same text.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from contextlib import closing
from io import BytesIO
from pathlib import Path

HERE = Path(__file__).parent
INODE = re.compile(r'"inode":\d+')
"""What a position in a file says of the machine on which it was read."""

KEPT = ("tierwatch.yml", "policy.yml", "oncall.yml")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commit", help="the version, as git names it")
    parser.add_argument("--to", type=Path, help="another folder than tests/upgrades/SCHEMA")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tierwatch-upgrades-") as name:
        code, life = Path(name, "code"), Path(name, "life")
        life.mkdir()
        commit = lived(given.commit, code, life)
        lines = dumped(life / "tierwatch.db")
        schema = next(line.split("'")[1] for line in lines if line.startswith('INSERT INTO "alembic_version"'))
        to = given.to or HERE / schema
        to.mkdir(parents=True, exist_ok=True)
        (to / "database.sql").write_text("\n".join(lines) + "\n", encoding="utf-8")
        for each in KEPT:
            shutil.copy(life / each, to / each)
        (to / "made.json").write_text(json.dumps({"commit": commit, "schema": schema}) + "\n", encoding="utf-8")
    print(f"{to}: {len(lines):,} lines")


def lived(commit: str, code: Path, life: Path) -> str:
    """One life of the program of a commit, with its code in a folder; gives the commit's whole name."""
    root = HERE.parents[1]
    named = subprocess.run(["git", "rev-parse", f"{commit}^{{commit}}"], cwd=root, check=True, capture_output=True)
    whole = named.stdout.decode("ascii").strip()
    archive = subprocess.run(["git", "archive", whole], cwd=root, check=True, capture_output=True)
    with tarfile.open(fileobj=BytesIO(archive.stdout)) as packed:
        packed.extractall(code, filter="data")
    shutil.copy(HERE / "life.py", code / "life.py")
    environment = {**os.environ, "PYTHONPATH": str(code), "PYTHONHASHSEED": "0", "TZ": "UTC"}
    subprocess.run([sys.executable, str(code / "life.py"), str(life)], cwd=code, env=environment, check=True)
    return whole


def dumped(path: Path) -> list[str]:
    """The database as SQL text: its schema as it was made, and every row."""
    with closing(sqlite3.connect(path)) as connection:
        return [INODE.sub('"inode":0', line) for line in connection.iterdump()]


if __name__ == "__main__":
    main()
