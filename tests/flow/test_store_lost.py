"""The real program whose database vanishes under it, in every way: it pages on and says so, and so does a start."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.installations import configuration, promise, written
from tests.support.peers import until
from tests.support.program import Tierwatch, command, value, wait_for
from tests.support.texts import exchanged
from tests.support.tmf621_server import Tmf621Server, ticket
from tests.support.webhook import Webhook, listening

LOST, BREACHED = "TierwatchStoreLost", "TierwatchDeadlineBreached"


def _moved(file: Path) -> None:
    file.rename(file.with_name("elsewhere.db"))


def _replaced(file: Path) -> None:
    other = file.with_name("other.db")
    other.write_bytes(b"")
    other.replace(file)


def _all_deleted(file: Path) -> None:
    for each in file.parent.glob("flow.db*"):
        each.unlink()


def _log_deleted(file: Path) -> None:
    Path(f"{file}-wal").unlink()
    Path(f"{file}-shm").unlink()


def _truncated(file: Path) -> None:
    with file.open("r+b") as opened:
        opened.truncate(0)


def _folder_moved(file: Path) -> None:
    file.parent.rename(file.parent.with_name("elsewhere"))


WAYS: dict[str, Callable[[Path], Any]] = {
    "unlinked": Path.unlink,
    "all deleted": _all_deleted,
    "moved": _moved,
    "replaced": _replaced,
    "folder moved": _folder_moved,
    "folder deleted": lambda file: shutil.rmtree(file.parent),
    "log deleted": _log_deleted,
    "truncated": _truncated,
}


def told(webhook: Webhook, name: str, status: str = "firing") -> list[dict[str, Any]]:
    said = [request.json() for request in list(webhook.requests)]
    return [page for page in said if (page["labels"]["alertname"], page["status"]) == (name, status)]


def install(folder: Path, source: Tmf621Server, webhook: Webhook) -> Path:
    """An installation whose database has a folder of its own."""
    reader = f'{{type: tmf621, every: 1s, at_most: 2s, options: {{url: "{source.url}"}}}}'
    hook = f'{{type: webhook, options: {{url: "{webhook.url}", secret: {{env: PATH}}}}}}'
    text = exchanged(configuration(reader, {"hook": hook}), ("database: flow.db", "database: data/flow.db"))
    return written(folder, promise("40m"), text)


@pytest.mark.parametrize("way", WAYS)
def test_a_database_that_vanishes_is_told_and_a_breach_is_paged_all_the_same(way: str, tmp_path: Path) -> None:
    with Tmf621Server() as source, listening() as webhook:
        path = install(tmp_path, source, webhook)
        program = Tierwatch(path)
        try:
            address = program.address()
            wait_for(address, "tierwatch_store_up", 1)
            assert value(address, "tierwatch_store_lost") == 0
            WAYS[way](tmp_path / "data" / "flow.db")
            opened = datetime.now(UTC) - timedelta(minutes=39, seconds=55)
            source.put(ticket("T-1", opened=opened, updated=datetime.now(UTC)))
            (page,) = until(lambda: told(webhook, LOST), f"the page that it was {way}")
            assert "flow.db" in page["annotations"]["summary"]
            until(lambda: told(webhook, BREACHED), "the page of the breach")
            assert program.alive()
            wait_for(address, "tierwatch_store_lost", 1)
        finally:
            program.stop()
    log = (tmp_path / "tierwatch.log").read_text(encoding="utf-8")
    assert log.count("database_lost") in (1, 2)  # once a minute
    assert "Traceback" not in log


def test_a_database_that_is_moved_back_ends_the_alarm(tmp_path: Path) -> None:
    with Tmf621Server() as source, listening() as webhook:
        path = install(tmp_path, source, webhook)
        program = Tierwatch(path)
        try:
            address = program.address()
            _folder_moved(tmp_path / "data" / "flow.db")
            until(lambda: told(webhook, LOST), "its page")
            (tmp_path / "elsewhere").rename(tmp_path / "data")
            (over,) = until(lambda: told(webhook, LOST, "resolved"), "its end")
            assert "is back in its place" in over["annotations"]["summary"]
            until(lambda: value(address, "tierwatch_store_lost") == 0)
        finally:
            program.stop()


def test_a_start_without_its_database_or_with_another_is_refused_until_somebody_begins_anew(tmp_path: Path) -> None:
    with Tmf621Server() as source, listening() as webhook:
        path = install(tmp_path, source, webhook)
        file = tmp_path / "data" / "flow.db"

        def once() -> None:
            program = Tierwatch(path)
            try:
                program.address()
            finally:
                program.stop()

        once()
        once()  # with its own database it starts again and again
        backup = tmp_path / "backup.db"
        shutil.copy(file, backup)
        file.unlink()
        refused = command("run", "--config", str(path))
        assert refused.returncode == 1
        assert f"database {file} does not exist" in refused.stderr
        assert f"tierwatch store begin-anew --config {path}" in refused.stderr
        assert not file.exists()
        for words in (("alerts", "list"), ("explain", "T-1"), ("audit",), ("clock", "accept"), ("silence", "list")):
            said = command(*words, "--config", str(path))
            assert said.returncode == 1, words
            assert "does not exist" in said.stderr, words
            assert not file.exists(), words
        shutil.copy(backup, file)
        once()  # a restored backup is the same database
        file.unlink()
        assert "makes" in command("store", "begin-anew", "--config", str(path)).stdout
        once()
        file.unlink()
        shutil.copy(backup, file)
        refused = command("run", "--config", str(path))
        assert refused.returncode == 1
        assert "is not the one" in refused.stderr
        assert "takes" in command("store", "begin-anew", "--config", str(path)).stdout
        once()
        (tmp_path / "tierwatch.yml.store").unlink()
        once()  # an installation without a marker gets one
        assert (tmp_path / "tierwatch.yml.store").exists()
