"""What the snapshot says of a source before its first poll of this life has ended, and of what threads note at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import monitor.collectors as ours
from monitor.collectors import circuit_http, jsonl_file, servicenow_audit, tmf621
from monitor.config import policy_file
from monitor.memory import CacheUse
from monitor.model import SubjectKind
from monitor.service import publisher as publishing
from monitor.service.engine_worker import Timing
from monitor.service.publisher import PublishedParts, Publisher, _of_an_earlier_life, promised, subjects_of
from monitor.snapshot import Health
from monitor.store.database import Database
from monitor.store.views import SourceRow, Views
from tests.support.cases import at
from tests.support.configurations import good

STARTED = at(12)


@pytest.mark.parametrize(
    ("up", "read", "earlier"),
    [
        (True, STARTED - timedelta(hours=3), True),
        (True, STARTED + timedelta(seconds=1), False),
        (False, STARTED - timedelta(hours=3), False),
        (None, None, False),
    ],
)
def test_a_good_poll_of_an_earlier_life_says_nothing_of_this_one(up: bool | None, read: object, earlier: bool) -> None:
    row = SourceRow(up, read, None, None, "")  # type: ignore[arg-type]
    assert _of_an_earlier_life(row, STARTED) is earlier


def test_what_another_thread_notes_in_the_same_moment_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database is watched by one thread, and the engine is another."""
    database = Database(f"sqlite:///{tmp_path}/store.db")
    publisher = Publisher(good(tmp_path), Views(database), Timing(), STARTED)

    def meanwhile(health: Health, **changes: Any) -> Health:
        monkeypatch.setattr(publishing, "replace", replace)
        publisher.store_lost(True)
        return replace(health, **changes)

    monkeypatch.setattr(publishing, "replace", meanwhile)
    publisher.evaluated(at(13))
    health = publisher.snapshot(at(13)).health
    assert (health.last_evaluation, health.store_lost) == (at(13), True)
    database.close()


@pytest.mark.parametrize("collector", [circuit_http, tmf621, servicenow_audit, jsonl_file])
def test_a_source_has_series_in_advance_for_promises_to_subjects_that_it_names(
    tmp_path: Path, collector: ModuleType
) -> None:
    config = good(tmp_path)
    config = replace(config, rules=replace(config.rules, policies=(policy_file.load("demo"),)))
    one = replace(config, sources=(replace(config.sources[0], module=collector),))
    rule = config.rules.policies[0].rule
    kinds = {found.of for group in promised(one) if (found := rule(group.sla_target)) is not None}
    assert kinds == {SubjectKind.TICKET, SubjectKind.CIRCUIT} & set(subjects_of(collector))
    every = {
        group.sla_target for group in promised(replace(config, sources=(replace(config.sources[0], module=ours),)))
    }
    assert len(every) == 4, "a collector that does not say is expected to name all"


def test_the_use_of_caches_is_published(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/store.db")
    uses = (CacheUse("words", 3, 10, 7, 4), CacheUse("parts_of_it", 9, 20))
    publisher = Publisher(good(tmp_path), Views(database), Timing(), STARTED, PublishedParts(caches=lambda: uses))
    snapshot = publisher.snapshot(at(13))
    counted = {(one.name, one.labels["cache"]): one.value for one in snapshot.counts if "cache" in one.labels}
    assert snapshot.caches == uses
    assert counted == {("tierwatch_cache_hits_total", "words"): 7, ("tierwatch_cache_misses_total", "words"): 4}
    database.close()
