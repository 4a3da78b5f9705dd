from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config as AlembicConfig

from monitor.clock import engine
from monitor.config import JUDGING, config_file, policy_file
from monitor.history.batch import Batch
from monitor.model import SubjectKind
from monitor.store.database import Database, readonly
from monitor.store.ingest import Ingest
from monitor.store.schema import readings, subjects
from monitor.store.stored_readings import stored_subjects
from tests.histories import record
from tests.support.cases import at, ticket
from tests.support.command_line import Command, Said, Site, runner
from tests.support.texts import exchanged

NOW = at(5)
LATER = at(30)
SHIPPED = (Path(policy_file.__file__).parents[1] / "shipped" / "demo.yml").read_text(encoding="utf-8")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """One ticket runs, one waits, one is restored, one was restored in the month before."""
    found = Site(tmp_path)
    found.hear(at(-24 * 10), *life("OLD", -24 * 10 - 3, -24 * 10))
    found.hear(NOW, *life("RUNS", 3), *life("WAITS", 1), ticket("WAITS", at(2), "held", reason="customer_defer"))
    found.hear(NOW, *life("DONE", 1, 3.5))
    return found


def life(subject: str, hour: float, end: float | None = None) -> list[Any]:
    found = [ticket(subject, at(hour), "opened", tier="gold"), ticket(subject, at(hour + 0.05), "accepted")]
    return found if end is None else [*found, ticket(subject, at(end), "restored")]


@pytest.fixture
def tierwatch(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, site: Site) -> Command:
    return runner(capsys, monkeypatch, site.config, LATER)


def rewrite(site: Site, *statements: Any) -> None:
    """Let the database have it as another version might have written it."""
    with site.running() as database, database.write() as connection:
        for statement in statements:
            connection.execute(statement)


def one(subject: str, target: str = "restore") -> sa.ColumnElement[bool]:
    return (readings.c.subject == subject) & (readings.c.target == target)


def told(said: Said) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    *clocks, summary = (json.loads(line) for line in said.out.splitlines())
    return clocks, summary


def test_a_database_that_this_version_has_judged_reads_the_same_at_any_later_time(tierwatch: Command) -> None:
    for when in (NOW, LATER, at(24 * 90)):
        said = tierwatch("diff-upgrade", when=when)
        assert (said.code, said.err.strip()) == (0, "")
        assert said.out.splitlines()[0].startswith("0 of ")
        assert "read otherwise under demo@1; 4 subjects looked at" in said.out
        assert len(said.out.splitlines()) == 1


def test_what_differs_is_said_clock_by_clock(tierwatch: Command, site: Site) -> None:
    rewrite(
        site,
        sa.update(readings).where(one("RUNS")).values(deadline=at(8), breached_at=at(4), state="breached"),
        sa.update(readings).where(one("WAITS")).values(counted=timedelta(minutes=10)),
        sa.update(readings).where(one("DONE")).values(cycle=2),
    )
    said = tierwatch("diff-upgrade")
    assert (said.code, said.err.strip()) == (1, "")
    assert said.out.splitlines()[:4] == [
        "tickets/DONE Restoration cycle 2: is only in the database",
        "tickets/DONE Restoration cycle 1: is not in the database",
        "tickets/RUNS Restoration cycle 1: state breached → running; deadline 2026-01-05 16:00:00+08:00 → 2026-01-05"
        " 15:00:00+08:00; breached at 2026-01-05 12:00:00+08:00 → none",
        "tickets/WAITS Restoration cycle 1: counted 0:10:00 → 1:00:00",
    ]
    assert said.out.splitlines()[4].startswith("4 of ")


def test_programs_read_a_line_of_json_a_clock_and_the_summary_last(tierwatch: Command, site: Site) -> None:
    rewrite(site, sa.update(readings).where(one("RUNS")).values(deadline=at(8), counted=timedelta(0)))
    said = tierwatch("diff-upgrade", "--json")
    assert said.code == 1
    (clock,), summary = told(said)
    assert clock == {
        "subject": "tickets/RUNS",
        "target": "restore",
        "cycle": 1,
        "what": "otherwise",
        "fields": {"counted": [0, 7200], "deadline": ["2026-01-05T08:00:00Z", "2026-01-05T07:00:00Z"]},
        "stays": False,
    }
    assert (summary["otherwise"], summary["subjects"], summary["policy"]) == (1, 4, "demo@1")
    assert summary["judging"] == JUDGING


def test_a_figure_that_was_edited_in_its_place_is_found(tierwatch: Command, site: Site) -> None:
    shorter = exchanged(SHIPPED, ("gold}, budget: 4h", "gold}, budget: 3h"))
    (site.config.parent / "demo.yml").write_text(shorter, encoding="utf-8")
    text = site.config.read_text(encoding="utf-8")
    site.config.write_text(exchanged(text, ("policy: demo\n", "policy: ./demo.yml\n")), encoding="utf-8")
    clocks, summary = told(tierwatch("diff-upgrade", "--json"))
    assert {(one["subject"], one["target"]) for one in clocks} == {
        ("tickets/RUNS", "restore"), ("tickets/WAITS", "restore"), ("tickets/DONE", "restore"),
        ("tickets/OLD", "restore"),
    }  # fmt: skip
    assert summary["judged_by_other_rules"] == 4
    assert summary["stay"] == 0, "other rules judge every month anew"


def test_a_reported_month_stays_as_it_was_when_only_the_code_is_another(tierwatch: Command, site: Site) -> None:
    rules = config_file.load(site.config).rules.version
    rewrite(
        site,
        sa.update(subjects).values(rules_version=f"{rules.partition('-')[0]}-{JUDGING - 1}"),
        sa.update(readings).where(one("OLD") | one("DONE")).values(counted=timedelta(minutes=1)),
    )
    said = tierwatch("diff-upgrade")
    assert said.code == 1
    done, old, *rest = said.out.splitlines()
    assert old.startswith("tickets/OLD Restoration cycle 1: counted 0:01:00 → 3:00:00 (stays as it is")
    assert "stays" not in done
    assert "; 1 of them stay as they are; " in rest[0]
    assert rest[1] == "judged by another version of the judging code than this one's: 4 subjects"


def test_what_the_program_has_not_read_yet_is_left_out(tierwatch: Command, site: Site) -> None:
    with site.running() as database:
        late = (ticket("RUNS", at(4), "restored"), ticket("NEW", at(4), "opened", tier="gold"))
        Ingest(database).commit_batch("tickets", Batch(late, (), {}), NOW)
    said = tierwatch("diff-upgrade")
    assert said.code == 0
    assert "left out, for the program has not read their news yet: 2 subjects" in said.out


def test_it_looks_beside_a_running_program_and_changes_nothing(tierwatch: Command, site: Site) -> None:
    with site.running() as database:
        before = Path(str(database.url.database)).read_bytes()
        assert tierwatch("diff-upgrade").code == 0
        assert tierwatch("diff-upgrade", "--copy-to", str(site.config.parent)).code == 0
        assert Path(str(database.url.database)).read_bytes() == before


def test_a_page_is_one_state_of_the_database_while_the_program_writes(site: Site) -> None:
    with site.running() as database:
        looking = readonly(site.database)
        try:
            with looking.read() as connection:
                before = connection.scalar(sa.select(sa.func.count()).select_from(readings))
                with database.write() as other:
                    other.execute(sa.delete(readings))
                assert connection.scalar(sa.select(sa.func.count()).select_from(readings)) == before
        finally:
            looking.close()


def test_a_subject_that_this_version_cannot_read_is_named(
    tierwatch: Command, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = engine.advance

    def fails(events: Any, *others: Any) -> Any:
        if events[0].subject == "RUNS":
            raise ZeroDivisionError
        return real(events, *others)

    monkeypatch.setattr(engine, "advance", fails)
    said = tierwatch("diff-upgrade")
    assert said.code == 1
    assert "not to be read by this version: 1 subjects (tickets/RUNS)" in said.out


# -- another database ----------------------------------------------------------------------------------------------


def older(site: Site) -> None:
    """Bring the database back to the schema before the newest."""
    from monitor.store.migrating import configured

    config: AlembicConfig = configured()
    path = site.database.removeprefix("sqlite:///")
    engine_ = sa.create_engine(f"sqlite:///{path}")
    with engine_.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "-1")
    engine_.dispose()


def test_a_database_of_an_older_version_is_read_by_a_copy(tierwatch: Command, site: Site, tmp_path: Path) -> None:
    older(site)
    path = Path(site.database.removeprefix("sqlite:///"))
    before = path.read_bytes()
    refused = tierwatch("diff-upgrade")
    assert (refused.code, refused.out) == (1, "")
    assert "was last used by another version of tierwatch; give --copy-to FOLDER" in refused.err
    room = tmp_path / "room"
    room.mkdir()
    said = tierwatch("diff-upgrade", "--copy-to", str(room))
    assert said.code == 0
    assert all("database_upgrade" in line for line in said.err.splitlines()), "the log of the copy's upgrade alone"
    assert "4 subjects looked at" in said.out
    assert list(room.iterdir()) == []
    assert path.read_bytes() == before


def test_a_database_of_a_newer_version_is_a_sentence(tierwatch: Command, site: Site, tmp_path: Path) -> None:
    rewrite(site, sa.text("UPDATE alembic_version SET version_num = '9999'"))
    for words in ((), ("--copy-to", str(tmp_path))):
        said = tierwatch("diff-upgrade", *words)
        assert (said.code, said.out) == (1, "")
        assert "was last used by a" in said.err
        assert "Traceback" not in said.err
    assert not list(tmp_path.glob("tierwatch-copy-*"))


def test_a_backup_may_be_read_instead(tierwatch: Command, site: Site, tmp_path: Path) -> None:
    path = Path(site.database.removeprefix("sqlite:///"))
    backup = tmp_path / "backup of monday.db"
    backup.write_bytes(path.read_bytes())
    rewrite(site, sa.update(readings).where(one("RUNS")).values(deadline=at(8)))
    assert tierwatch("diff-upgrade").code == 1
    assert tierwatch("diff-upgrade", "--database", str(backup)).code == 0
    assert tierwatch("diff-upgrade", "--database", str(backup), "--copy-to", str(tmp_path)).code == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--database", "nowhere.db"), "nowhere.db does not exist yet"),
        (("--database", "nowhere.db", "--copy-to", "."), "there is no such file to copy; check the path"),
        (("--copy-to", "nowhere"), "nowhere: there is no such folder; make it, or name another for the copy"),
    ],
)
def test_what_cannot_be_looked_at_is_a_sentence(tierwatch: Command, words: tuple[str, ...], sentence: str) -> None:
    said = tierwatch("diff-upgrade", *words)
    assert (said.code, said.out) == (1, "")
    assert sentence in said.err


# -- many subjects -------------------------------------------------------------------------------------------------


def test_random_subjects_read_the_same_whenever_they_were_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tickets and circuits of every fate, looked at three times; the check may be made at any later time."""
    site = Site(tmp_path)
    tierwatch = runner(capsys, monkeypatch, site.config, LATER)
    rules, rng = config_file.load(site.config).rules, Random(5)
    many = []
    for number in range(60):
        kind = SubjectKind.CIRCUIT if number % 3 == 0 else SubjectKind.TICKET
        events, _ = record._told(rng, kind, rules)
        many += [replace(event, source="tickets", subject=f"S{number}", event_id=f"S{number}-{event.event_id}",
                         correction=None, or_at=None)
                 for event in events if event.correction is None]  # fmt: skip
    last = max(event.at for event in many)
    with site.running() as database:
        for now in (record.FIRST + timedelta(days=2), record.FIRST + timedelta(days=4), last):
            Ingest(database).commit_batch("tickets", Batch(tuple(e for e in many if e.at <= now), (), {}), now)
            while site.step(database, now):
                pass
    for when in (last, last + timedelta(days=3), last + timedelta(days=400)):
        clocks, summary = told(tierwatch("diff-upgrade", "--json", when=when))
        assert clocks == []
        assert summary["clocks"] >= 60
        assert summary["unreadable"]["subjects"] == 0


def test_pages_of_any_size_give_the_same_subjects(site: Site) -> None:
    database: Database = readonly(site.database)
    try:
        whole = list(stored_subjects(database, ("tickets",)))
        assert [str(one.key) for one in whole] == [f"tickets/{name}" for name in ("DONE", "OLD", "RUNS", "WAITS")]
        for page in (1, 2, 3, 4):
            assert list(stored_subjects(database, ("tickets",), page)) == whole
        assert list(stored_subjects(database, ("other",))) == []
    finally:
        database.close()
