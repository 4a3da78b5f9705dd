from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from alerts.decide import clock_alerts as alert_rules
from alerts.decide.routing import RouteTable
from monitor.alert.alert import Channel, Delivery
from monitor.config import config_file
from monitor.history.batch import Batch
from monitor.history.events import Event
from monitor.model import SubjectKind
from monitor.service.engine_worker import Worker
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.heartbeats import Heartbeats
from monitor.store.ingest import Ingest
from monitor.store.schema import alerts
from tests.support.by_hand import by_hand
from tests.support.cases import at
from tests.support.command_line import CONFIG, Command, runner
from tests.support.desk import SETTINGS
from tests.support.switchboard import PHONE, Route


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "tierwatch.yml"
    found.write_text(CONFIG, encoding="utf-8")
    return found


@pytest.fixture
def tierwatch(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, path: Path) -> Command:
    return runner(capsys, monkeypatch, path, at(5))


def history(path: Path) -> None:
    """One gold ticket that breached its restoration at 4:00, with alerts for one channel."""
    loaded = config_file.load(path)
    database = Database(loaded.database)
    try:
        clocks = Clocks(database)
        installed = clocks.installed_at(at(0))
        Heartbeats(database).note_channels([PHONE], at(0))
        event = Event("tickets", "e1", SubjectKind.TICKET, "INC42", at(0), status="opened", fields={"tier": "gold"})
        Ingest(database).commit_batch("tickets", Batch((event,), (), {}), at(0))
        worker = by_hand(Worker(
            clocks, loaded.rules, lambda outcome, known, now: alert_rules.decide(outcome, known, SETTINGS, now),
            RouteTable((Route(PHONE),), lambda: SETTINGS), installed, ("tickets",),
        ))  # fmt: skip
        while worker.step(at(4.99))[0]:
            pass
    finally:
        database.close()


def spoil(path: Path, *statements: sa.Executable) -> None:
    database = Database(config_file.load(path).database)
    try:
        with database.write() as connection:
            for statement in statements:
                connection.execute(statement)
    finally:
        database.close()


def test_what_got_through_is_one_sentence(tierwatch: Command, path: Path) -> None:
    history(path)
    said = tierwatch("audit")
    assert (said.code, said.err) == (0, "")
    assert said.out == "every crossing and page of the last 1d was delivered, or has a reason on record\n"
    assert json.loads(tierwatch("audit", "--json").out) == []


def test_a_finding_is_a_sentence_and_an_exit_code(tierwatch: Command, path: Path) -> None:
    history(path)
    spoil(path, sa.delete(alerts).where((alerts.c.target == "restore") & (alerts.c.stage == "breached")))
    said = tierwatch("audit", "--since", "1h")
    assert said.code == 1
    assert said.out.startswith(
        "tickets/INC42 Restoration cycle 1, Breached: crossed, recorded 2026-01-05 12:59:24 +08:00"
    )
    (finding,) = json.loads(tierwatch("audit", "--json").out)
    assert (finding["kind"], finding["channel"]) == ("no_alert", "")
    assert finding["sentence"] == said.out.strip()


def test_before_the_first_start_there_is_nothing_to_audit(tierwatch: Command, path: Path) -> None:
    assert f"does not exist yet; start `tierwatch run --config {path}` first" in tierwatch("audit").err
    Database(config_file.load(path).database).close()
    said = tierwatch("audit")
    assert (said.code, said.out) == (1, "")
    assert "nothing has run on its database yet" in said.err


def test_a_length_that_is_none_is_a_sentence(tierwatch: Command) -> None:
    said = tierwatch("audit", "--since", "yesterday")
    assert said.code == 1
    assert said.err.startswith("--since: 'yesterday' is not a length; write 4h")


def test_check_config_says_who_notices_if_tierwatch_fails(tierwatch: Command, path: Path) -> None:
    lines = tierwatch("check-config", "--config", str(path)).out.splitlines()
    assert (
        "heartbeat: no url, so nobody outside notices when tierwatch or its machine is gone; see docs/trust.md" in lines
    )
    assert "synthetic clock: every 0:05:00" in lines
    more = "heartbeat: {url: 'http://127.0.0.1/who-knows', every: 2m}\nsynthetic_every: off\n"
    path.write_text(CONFIG + more, encoding="utf-8")
    said = tierwatch("check-config", "--config", str(path)).out
    assert "heartbeat: every 0:02:00 to the address in heartbeat.url\n" in said
    assert "synthetic clock: off, so nothing proves" in said
    assert "who-knows" not in said


def test_a_channel_that_is_taken_out_and_comes_back_is_new(path: Path) -> None:
    database = Database(config_file.load(path).database)
    try:
        store, other = Heartbeats(database), Channel("wall", Delivery.STATE)
        store.note_channels([PHONE, other], at(0))
        store.note_channels([PHONE], at(1))
        store.note_channels([PHONE, other], at(2))
        assert store.channels() == {"phone": at(0), "wall": at(2)}
    finally:
        database.close()
