"""The commands on a database in which one event stands in the place of a circuit's deleted ones."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.config import config_file
from monitor.history import baseline_to_json, event_to_json
from monitor.model import SubjectKey
from monitor.service.engine_worker import Worker
from monitor.service.retention import Retention
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.ingest import Ingest
from tests.monitor.store.test_condensing import DAY, KEY, MONDAY, NOW, POLICY, TOLD
from tests.support.by_hand import by_hand
from tests.support.command_line import Command, Site, in_process, runner
from tests.support.recorded import content
from tests.support.stores import batch
from tests.support.to_all import ToAll

CONFIG = """\
zone: UTC
policy: line.yml
sources:
  circuits: {type: jsonl_file, options: {path: told.jsonl}}
receivers:
  log: {type: log}
keep: {events: 60d}
"""
MONTHS = ("2026-01", "2026-02", "2026-03", "2026-04", "2026-05")
"""What was before April 5th is deleted, and the first four are reported."""

Sweep = Callable[[], None]
NAME = "Wang Fang"
SAID = tuple(replace(one, fields={**one.fields, "title": f"ask {NAME}"}) if one is TOLD[0] else one for one in TOLD)
OTHER = tuple(replace(one, subject="C2", event_id=f"C2 {one.event_id}") for one in TOLD)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Two circuits with an outage every twelfth day, judged; nothing was swept yet."""
    found = Site(tmp_path)
    (tmp_path / "line.yml").write_text(POLICY, encoding="utf-8")
    found.config.write_text(CONFIG, encoding="utf-8")
    with found.running() as database:
        Clocks(database).installed_at(MONDAY)
        Ingest(database).commit_batch("circuits", batch(*SAID, *OTHER), NOW)
        judge(found, database)
    return found


@pytest.fixture
def tierwatch(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, site: Site) -> Command:
    return runner(capsys, monkeypatch, site.config, NOW)


def judge(site: Site, database: Database) -> None:
    rules = config_file.load(site.config).rules
    worker = by_hand(Worker(Clocks(database), rules, lambda *_: (), ToAll(), MONDAY, ("circuits",)))
    while worker.step(NOW)[0]:
        pass


@pytest.fixture
def sweep(site: Site, capsys: pytest.CaptureFixture[str]) -> Sweep:
    """What lets retention go through everything, and then the worker; without the lines of its log."""

    def swept() -> None:
        checked = config_file.load(site.config)
        with site.running() as database:
            for _ in Retention(checked.keep, checked.rules, checked.zone, ["circuits"], database).sweep(NOW):
                pass
            assert baselines(database) == 2
            judge(site, database)
        capsys.readouterr()

    return swept


def baselines(database: Database) -> int:
    loaded = Clocks(database).load([KEY, SubjectKey("circuits", "C2")])
    return sum(event.baseline is not None for one in loaded for event in one.events)


def test_a_check_finds_it_sound_before_and_after_it_is_judged(tierwatch: Command, site: Site, sweep: Sweep) -> None:
    sweep()
    said = tierwatch("store", "check")
    assert (said.code, said.err) == (0, "")
    assert ": sound; " in said.out


def test_a_check_sees_an_event_that_came_back_though_it_was_deleted(
    tierwatch: Command, site: Site, sweep: Sweep
) -> None:
    sweep()
    with closing(sqlite3.connect(site.config.with_name("tierwatch.db"))) as connection, connection:
        again = (KEY.source, TOLD[1].event_id)
        connection.execute(
            "UPDATE events SET source = ?, event_id = ? WHERE rowid = (SELECT max(rowid) FROM events)", again
        )
    said = tierwatch("store", "check")
    assert said.code == 1
    assert "events are stored, though they count as deleted" in said.out


def test_the_size_foretells_what_a_sweep_deletes_and_then_nothing(tierwatch: Command, site: Site, sweep: Sweep) -> None:
    foretold = would_go(tierwatch)
    path = site.config.with_name("tierwatch.db")
    before = content(path)
    sweep()
    assert foretold["events"] == len(content(path)["forgotten"]) > 0
    assert foretold["events"] == len(before["events"]) - len(content(path)["events"]) + 2, "one stands for each circuit"
    assert set(would_go(tierwatch).values()) == {0}


def would_go(tierwatch: Command) -> dict[str, int]:
    said = tierwatch("store", "size")
    assert (said.code, said.err) == (0, "")
    lines = [line for line in said.out.splitlines() if line.endswith(" rows would go now")]
    return {line.split()[0]: int(line.split()[-5].replace(",", "")) for line in lines}


def test_every_clock_is_read_as_it_is_stored(tierwatch: Command, site: Site, sweep: Sweep) -> None:
    sweep()
    for when in (NOW, NOW + 3 * DAY):
        said = tierwatch("diff-upgrade", "--json", when=when)
        (summary,) = [json.loads(line) for line in said.out.splitlines()]
        assert (summary["subjects"], summary["otherwise"], summary["with_news"]) == (2, 0, 0)
        assert summary["clocks"] > 2
        assert (said.code, summary["unreadable"]["subjects"]) == (0, 0)


def test_a_month_that_was_reported_is_reported_again_and_a_later_one_is_as_if_nothing_had_gone(
    tierwatch: Command, site: Site, sweep: Sweep
) -> None:
    months = [tierwatch("report", "--month", month, "--format", "csv") for month in MONTHS]
    sweep()
    for month, before in zip(MONTHS, months, strict=True):
        after = tierwatch("report", "--month", month, "--format", "csv")
        assert (after.code, after.out) == (0, before.out), month
        assert ("have been deleted (keep)" in after.err) is (month in MONTHS[:4]), after.err
    assert len({one.out for one in months}) > 1


def test_a_name_is_erased_from_what_stands_there_and_every_clock_stays(
    tierwatch: Command, site: Site, sweep: Sweep
) -> None:
    sweep()
    path = site.config.with_name("tierwatch.db")
    before = content(path)
    assert NAME in str(before["events"])
    said = tierwatch("store", "erase", "--name", NAME, "--reason", "request 1", "--author", "chen", "--yes")
    assert (said.code, said.err) == (0, "")
    assert NAME.encode() not in b"".join(one.read_bytes() for one in path.parent.glob("tierwatch.db*"))
    with site.running() as database:
        judge(site, database)
        assert baselines(database) == 2
    after = content(path)
    for table in ("readings", "transitions", "forgotten"):
        assert after[table] == before[table], table
    assert [row["baseline"] for row in after["events"]] == [row["baseline"] for row in before["events"]]


def test_a_backup_of_it_is_restored_and_a_source_that_lists_everything_brings_nothing(
    tierwatch: Command, site: Site, sweep: Sweep
) -> None:
    sweep()
    path = site.config.with_name("tierwatch.db")
    kept, copy = content(path), str(path.with_name("copy.db"))
    assert tierwatch("store", "backup", copy).code == 0
    with site.running() as database:
        Ingest(database).commit_batch("circuits", batch(replace(TOLD[-1], at=NOW - DAY, event_id="later")), NOW)
        judge(site, database)
    assert content(path)["events"] != kept["events"]
    said = tierwatch("store", "restore", copy)
    assert said.code == 0, said.err
    with site.running() as database:
        Ingest(database).commit_batch("circuits", batch(*SAID, *OTHER), NOW)
        judge(site, database)
    found = content(path)
    for table in ("events", "forgotten", "readings", "transitions", "quarantine", "touched"):
        assert found[table] == kept[table], table


def test_a_log_cannot_say_that_something_was_deleted(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, site: Site, tmp_path: Path, sweep: Sweep
) -> None:
    """`replay` reads what a source says: a baseline is the store's own word."""
    sweep()
    with site.running() as database:
        (found,) = [one for one in Clocks(database).load([KEY])[0].events if one.baseline is not None]
    assert found.baseline is not None
    claimed = baseline_to_json(found.baseline)
    lines = [
        {**event_to_json(one), **said} for one, said in zip(SAID, [{"baseline": claimed}, *[{}] * 99], strict=False)
    ]
    (tmp_path / "log.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    words = ("replay", str(tmp_path / "log.jsonl"), "--source", "jsonl_file", "--policy", str(tmp_path / "line.yml"))
    outcome = in_process(capsys, monkeypatch)(*words, "--zone", "UTC", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    told = json.loads(outcome.out)
    assert (told["events"], told["rejected"]) == (len(SAID) - 1, {"malformed": 1})


def test_no_correction_reaches_what_is_gone(tierwatch: Command, site: Site, sweep: Sweep) -> None:
    """A stop between two outages moves the end of the first; where that is deleted, it is refused."""
    outage = next(one for one in SAID if one.status == "unavailable" and one.at > NOW - 60 * DAY)
    between = f"{outage.at - DAY:%Y-%m-%dT%H:%MZ}"
    words = ("correct", KEY.subject, "--stopped", between, "--reason", "agreed", "--author", "chen", "--dry-run")
    before = tierwatch(*words)
    assert (before.code, before.err) == (0, ""), "the whole knows of that outage"
    sweep()
    after = tierwatch(*words)
    assert after.code == 1
    assert "this correction changes no clock" in after.err
    earlier = tierwatch(*words[:3], f"{MONDAY + 20 * DAY:%Y-%m-%dT%H:%MZ}", *words[4:])
    assert earlier.code == 1
    assert "was deleted as `keep` says, and cannot be corrected" in earlier.err
