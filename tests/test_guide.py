"""The collector that `docs/extending.md` builds step by step, as it stands there: it loads, polls, and runs clocks."""

from __future__ import annotations

import importlib
import inspect
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from monitor.clock.engine import advance
from monitor.config import config_file, plugins
from monitor.errors import SourceError
from monitor.history.batch import Batch, Cursor
from tests.support.markdown import fenced

GUIDE = Path(__file__).parents[1] / "docs" / "extending.md"

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ROWS = """\
ticket,time,status,tier
T1,2026-03-02T09:00:00+08:00,new,gold
T1,2026-03-02T09:20:00+08:00,working,
T2,2026-03-02T09:30:00,new,silver
,2026-03-02T09:40:00+08:00,new,
T3,2026-03-03T09:00:00+08:00,new,
"""


@pytest.fixture
def csv_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    (source,) = (block for info, block in fenced(GUIDE.read_text(encoding="utf-8")) if info == "python collector")
    (tmp_path / "my_collectors").mkdir()
    (tmp_path / "my_collectors" / "__init__.py").write_text('"""Collectors of our own."""\n')
    (tmp_path / "my_collectors" / "csv_file.py").write_text(source, encoding="utf-8")
    (tmp_path / "tickets.csv").write_text(ROWS, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    for name in ("my_collectors", "my_collectors.csv_file"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return plugins.load("monitor.collectors", "my_collectors.csv_file")


def poll(module: ModuleType, path: Path, position: dict[str, Any] | None = None, **options: Any) -> Batch:
    made = plugins.checked_options(module, {"path": str(path), **options}, "here")
    (batch,) = module.build(made).poll(Cursor("desk", NOW, position or {}))
    assert isinstance(batch, Batch)
    return batch


def test_the_collector_of_the_guide_reads_its_file(csv_file: ModuleType, tmp_path: Path) -> None:
    batch = poll(csv_file, tmp_path / "tickets.csv")
    assert [(event.subject, event.status) for event in batch.events] == [("T1", "new"), ("T1", "working")]
    assert [reject.reason for reject in batch.rejects] == ["time_without_zone", "malformed", "future"]
    assert batch.rejects[-1].rejudge_at == datetime(2026, 3, 3, 1, tzinfo=UTC)
    zoned = poll(csv_file, tmp_path / "tickets.csv", zone="Asia/Shanghai")
    assert [event.subject for event in zoned.events] == ["T1", "T1", "T2"]
    again = poll(csv_file, tmp_path / "tickets.csv", {"left": "by another version"})
    assert [event.event_id for event in again.events] == [event.event_id for event in batch.events]


def test_the_collector_of_the_guide_has_the_three_names(csv_file: ModuleType) -> None:
    assert vars(csv_file.Config)["__dataclass_params__"].frozen
    assert "Use it " in (csv_file.__doc__ or "")
    assert "Traps." in (csv_file.__doc__ or "")
    made = csv_file.build(csv_file.Config(Path("x")))
    assert [name for name, _ in inspect.getmembers(made, inspect.ismethod) if name[0] != "_"] == ["poll"]
    with pytest.raises(SourceError, match="x cannot be read") as caught:
        list(made.poll(Cursor("desk", NOW)))
    assert caught.value.retryable


def test_the_collector_of_the_guide_runs_clocks(csv_file: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "tierwatch.yml").write_text(
        "policy: demo\n"
        "sources:\n"
        "  desk: {type: my_collectors.csv_file, options: {path: tickets.csv, zone: Asia/Shanghai}}\n"
        "receivers:\n"
        "  log: {type: log}\n",
        encoding="utf-8",
    )
    loaded = config_file.load(tmp_path / "tierwatch.yml")
    batch = poll(csv_file, tmp_path / "tickets.csv")
    events = [event for event in batch.events if event.subject == "T1"]
    outcome = advance(events, (), loaded.rules, NOW)
    assert {reading.target.name: reading.tier for reading in outcome.readings} == {
        "accept": "gold",
        "restore": "gold",
        "feedback": "gold",
    }
    assert outcome.doubts == ()
