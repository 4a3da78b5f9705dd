"""A source whose collector is not one of ours."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler

from monitor.collectors import jsonl_file
from monitor.config.config_file import SourceConfig
from monitor.history.batch import Batch, Cursor
from monitor.service.machine_time import MachineTime
from monitor.service.poller import Sources
from monitor.store.database import Database
from monitor.store.ingest import Ingest
from monitor.store.views import Views
from tests.support.cases import ticket
from tests.support.configurations import good

NOW = datetime.now(UTC)


class Careless:
    """Gives the second of two tickets a time without a zone, in each of two batches."""

    def poll(self, cursor: Cursor) -> Iterable[Batch]:
        for number in (1, 2):
            sound = ticket(f"T{number}", NOW - timedelta(hours=1), "working")
            naive = replace(ticket(f"N{number}", NOW, "working"), at=NOW.replace(tzinfo=None))
            yield Batch([sound, naive], [], {"batch": number})


def with_collector(source: SourceConfig, collector: Any) -> SourceConfig:
    module = ModuleType("careless")
    module.build = lambda options: collector  # type: ignore[attr-defined]
    return replace(source, name="tickets", module=module, options=jsonl_file.Config(Path("none")))


def test_a_time_that_cannot_be_kept_costs_neither_the_other_tickets_nor_the_batches_after_it(tmp_path: Path) -> None:
    config = good(tmp_path)
    config = replace(config, sources=(with_collector(config.sources[0], Careless()),))
    database, stopping = Database(f"sqlite:///{tmp_path}/store.db"), threading.Event()
    ingest, views = Ingest(database), Views(database)
    Sources(config, ingest, BackgroundScheduler(), lambda: None, stopping, MachineTime()).catch_up()
    assert ingest.position("tickets") == {"batch": 2}
    assert views.sources()["tickets"].up is True
    assert views.quarantined() == {("tickets", "unusable"): 2}
    database.close()


class Telling:
    """Has a ticket with a title and a caller, and its record as it came."""

    def poll(self, cursor: Cursor) -> Iterable[Batch]:
        told = ticket("T1", NOW - timedelta(hours=1), "working", event_id="e1", title="call Lin", caller="Lin")
        yield Batch([told], [], {"n": 1}, {"e1": "Lin"})


def test_what_a_source_leaves_out_is_never_stored(tmp_path: Path) -> None:
    config = good(tmp_path)
    source = replace(
        with_collector(config.sources[0], Telling()), leave_out=frozenset({"title", "caller"}), keep_raw=False
    )
    database, stopping = Database(f"sqlite:///{tmp_path}/store.db"), threading.Event()
    Sources(
        replace(config, sources=(source,)),
        Ingest(database),
        BackgroundScheduler(),
        lambda: None,
        stopping,
        MachineTime(),
    ).catch_up()
    (key,) = Views(database).find("T1")
    assert [event.fields for event in Views(database).events_of(key)] == [{}]
    database.close()
    assert b"Lin" not in b"".join(path.read_bytes() for path in tmp_path.glob("store.db*"))
