"""The databases that versions of tierwatch have left are opened by this one: each row is kept."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from monitor.config import JUDGING
from monitor.store.checking import check
from monitor.store.database import Database
from monitor.store.digests import digest
from monitor.store.migrating import newest
from monitor.store.opening import Marked
from monitor.store.schema import metadata
from tests.monitor.store.test_migrations import inspected
from tests.support.command_line import in_process
from tests.support.killed import deaths
from tests.support.recorded import UPGRADES, VERSIONS, content, recorded, told
from tests.upgrades.record import INODE

ROOT = UPGRADES.parents[1]


def made(version: str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads((UPGRADES / version / "made.json").read_text(encoding="utf-8"))
    return said


@pytest.mark.parametrize("version", VERSIONS)
def test_what_was_recorded_has_rows_in_every_table_of_its_time(version: str, tmp_path: Path) -> None:
    rows = content(recorded(tmp_path, version))
    assert {name for name, found in rows.items() if not found} <= {"touched"}  # empty between two looks
    assert rows["alembic_version"] == [{"version_num": made(version)["schema"]}] == [{"version_num": version}]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_row_is_kept_and_the_schema_is_that_of_a_new_database(version: str, tmp_path: Path) -> None:
    path = recorded(tmp_path, version)
    before = content(path)
    marked = Marked(tmp_path / "tierwatch.yml", f"sqlite:///{path}")
    marked.database.close()
    after = content(path)
    assert after.pop("alembic_version") == [{"version_num": newest()}]
    before.pop("alembic_version")
    if "source" in before["forgotten"][0]:
        ids = before.pop("forgotten")
        kept = [one["digest"] for one in after["forgotten"]]
        assert kept == sorted(digest(one["source"], one["event_id"]) for one in ids)
    for table, rows in before.items():
        assert [row | old for row, old in zip(after[table], rows, strict=True)] == after[table], table
    Database(f"sqlite:///{tmp_path}/new.db").close()
    assert inspected(path) == inspected(tmp_path / "new.db")
    assert check(path, told, lambda: False, running=False).faults == ()


def test_a_kill_at_any_step_of_the_upgrade_of_the_oldest_loses_nothing(tmp_path: Path) -> None:
    found = deaths("bringing_up", tmp_path)
    assert [each["killed"] for each in found] == [True] * (len(found) - 1) + [False]
    assert len({each["content"] for each in found}) == 1, "it ends alike, wherever it was killed"
    revisions = [each["revision"] for each in found]
    assert revisions == sorted(revisions), "what was committed stays"
    assert (revisions[0], revisions[-1]) == (VERSIONS[0], newest())
    assert [each["taken"] for each in found] == [revision == newest() and not each["left"]
                                                 for each, revision in zip(found, revisions, strict=True)]  # fmt: skip


@pytest.mark.parametrize("version", VERSIONS)
def test_every_value_can_be_read(version: str, tmp_path: Path) -> None:
    path = recorded(tmp_path, version)
    filled = content(path).keys() - {"touched"}
    database = Database(f"sqlite:///{path}")
    try:
        with database.read() as connection:
            for table in metadata.sorted_tables:
                assert len(connection.execute(sa.select(table)).all()) >= (table.name in filled), table.name
    finally:
        database.close()


@pytest.mark.parametrize("version", VERSIONS)
def test_every_clock_is_read_as_it_was(
    version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded(tmp_path, version)
    said = in_process(capsys, monkeypatch)(
        "diff-upgrade", "--json", "--config", str(tmp_path / "tierwatch.yml"), "--copy-to", str(tmp_path)
    )
    *different, summary = [json.loads(line) for line in said.out.splitlines()]
    assert different == []
    assert (summary["clocks"], summary["otherwise"], summary["with_news"]) == (22, 0, 0)
    assert (summary["judged_by_other_rules"], summary["unreadable"]["subjects"]) == (0, 0)
    assert summary["judged_by_other_code"] == 0 or summary["judging"] == JUDGING
    assert said.code == 0


def _has(commit: str) -> bool:
    asked = ["git", "cat-file", "-e", f"{commit}^{{commit}}"]
    return shutil.which("git") is not None and subprocess.run(asked, cwd=ROOT, capture_output=True).returncode == 0


@pytest.mark.parametrize("version", VERSIONS)
def test_the_code_of_its_commit_makes_it_again(version: str, tmp_path: Path) -> None:
    commit = made(version)["commit"]
    if not _has(commit):
        pytest.skip(f"git's history without commit {commit} is here")
    words = [sys.executable, "-m", "tests.upgrades.record", commit, "--to", str(tmp_path / "again")]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for kept in (UPGRADES / version).iterdir():
        assert (tmp_path / "again" / kept.name).read_text(encoding="utf-8") == kept.read_text(encoding="utf-8"), kept
    assert INODE.search((UPGRADES / version / "database.sql").read_text(encoding="utf-8"))
