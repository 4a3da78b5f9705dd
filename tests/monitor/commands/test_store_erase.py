"""A person's name, or the texts of a ticket, are erased: nothing of them is left, and every promise is as it was."""

from __future__ import annotations

import json
import re
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from monitor.alert import DrillStep
from monitor.history import Batch, Reject
from monitor.store import Drilling, Ingest, Trail
from monitor.store.personal import Holds, classified, columns, holds
from monitor.store.schema import encoded, metadata, touched
from tests.support.cases import at, ticket
from tests.support.command_line import Command, Said, Site, runner
from tests.support.deeds import NOW, Told, do_everything, drill, drill_begun

NAME, CHINESE = "Wang Fang", "王芳"
TEXT = f"please call {NAME.upper()} ({CHINESE})"
LATER = NOW.replace(day=9)
WHO = ("--reason", "request 4711", "--author", "chen")
BOTH = ("--name", NAME, "--name", CHINESE)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    found = Site(tmp_path)
    with found.running() as database:
        do_everything(database, Told(NAME, TEXT))
    return found


@pytest.fixture
def tierwatch(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, site: Site) -> Command:
    return runner(capsys, monkeypatch, site.config, LATER)


def erase(tierwatch: Command, *words: str) -> Said:
    return tierwatch("store", "erase", *words, *WHO)


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.glob("tierwatch.db*")))


def rows(site: Site, *left_out: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row of the columns that hold no text."""
    with site.running() as database, database.read() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(sa.select(*some))), key=repr)
            for table, some in columns(Holds.NOTHING, Holds.ID).items()
            if table.name not in ("actions", "erased", "touched", *left_out)
        }


def test_every_column_is_classified_once_and_no_other() -> None:
    """A new column without a class fails here: decide in monitor/store/personal.py whether it may name a person."""
    listed = list(classified())
    every = {(table.name, column.name) for table in metadata.sorted_tables for column in table.columns}
    assert sorted(listed) == sorted(every)
    assert {holds(column) for table in metadata.sorted_tables for column in table.columns} == set(Holds)


def test_what_names_a_person_or_is_free_text_is_known_by_its_type() -> None:
    """An instant or a number is never called a text, and what everybody calls author is never called nothing."""
    for table, some in columns(Holds.PERSON, Holds.TEXT).items():
        assert [str(one) for one in some if isinstance(one.type, sa.Integer | sa.Boolean)] == [], table.name
    nothing = [f"{table.name}.{one.name}" for table, some in columns(Holds.NOTHING).items() for one in some]
    words = ("author", "holder", "person", "note", "detail", "body", "fields", "title", "name")
    assert [one for one in nothing if one.split(".")[1] in words and one != "counters.name"] == []


def test_the_fixture_has_the_name_in_every_column_that_may_hold_one(site: Site) -> None:
    """Else the tests below would prove nothing of a column."""
    empty = []
    with site.running() as database, database.read() as connection:
        for table, some in columns(Holds.PERSON, Holds.TEXT).items():
            for column in some:
                values = [str(encoded(value)) for value in connection.scalars(sa.select(column)) if value is not None]
                if not any(NAME.lower() in value.lower() for value in values):
                    empty.append(f"{table.name}.{column.name}")
    assert empty == ["publications.changes"], "it is made of the rules"


def test_a_dry_run_shows_what_would_go_and_writes_nothing(tierwatch: Command, site: Site, tmp_path: Path) -> None:
    before = rows(site), bytes_of(tmp_path)
    said = erase(tierwatch, *BOTH)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("would erase, with --yes:\n")
    assert said.out.endswith("nothing was written; add --yes\n")
    assert "acknowledgements.author" in said.out
    assert NAME not in said.out
    assert (rows(site), bytes_of(tmp_path)) == before


def test_no_byte_of_the_name_is_left_and_every_promise_is_as_it_was(
    tierwatch: Command, site: Site, tmp_path: Path
) -> None:
    resolve(site)
    before = rows(site)
    assert NAME.encode() in bytes_of(tmp_path)
    said = erase(tierwatch, *BOTH, "--yes")
    assert (said.code, said.err) == (0, ""), said.out
    left = bytes_of(tmp_path).lower()
    assert NAME.lower().encode() not in left
    assert CHINESE.encode() not in left
    assert "no byte of it is left" in said.out
    assert rows(site) == before
    again = erase(tierwatch, *BOTH, "--yes")
    assert again.code == 0
    assert "nothing to erase" in again.out


def resolve(site: Site) -> None:
    """Let nothing fire and nothing be in force: what the program goes by is not erased."""
    with site.running() as database, database.write() as connection:
        connection.execute(sa.text("UPDATE alerts SET resolved_at = starts_at"))
        connection.execute(sa.text("UPDATE silences SET ends_at = starts_at"))
        connection.execute(sa.text("INSERT INTO publications SELECT 99, at, 'r9', policies, 'x', '[]', '{}'"
                                   " FROM publications LIMIT 1"))  # fmt: skip


def test_two_spellings_that_told_two_rows_apart_leave_two_rows(tierwatch: Command, site: Site) -> None:
    resolve(site)
    with site.running() as database, database.write() as connection:
        connection.execute(sa.text("INSERT INTO escalations (alert_key, step, person, at, reason)"
                                   " SELECT alert_key, step, 'noc/王芳', at, reason FROM escalations"))  # fmt: skip
    said = erase(tierwatch, *BOTH, "--yes")
    assert said.code == 0, said.out
    with site.running() as database, database.read() as connection:
        persons = connection.scalars(sa.text("SELECT person FROM escalations ORDER BY id")).all()
    assert persons == ["noc/[erased 1]", "noc/[erased 1] 2"]


def test_what_the_program_still_goes_by_stays_and_is_named(tierwatch: Command, site: Site, tmp_path: Path) -> None:
    said = erase(tierwatch, *BOTH, "--yes")
    assert said.code == 1
    for place in ("escalations.person", "acknowledgements.holder"):
        assert f"still in {place}: 1 row\n" in said.out
    assert "still in events" not in said.out
    assert "it stands in the file's bytes still" in said.out
    resolve(site)
    assert erase(tierwatch, *BOTH, "--yes").code == 0
    assert NAME.lower().encode() not in bytes_of(tmp_path).lower()


def test_beside_the_running_program_it_goes_from_the_rows_and_the_log(
    tierwatch: Command, site: Site, tmp_path: Path
) -> None:
    resolve(site)
    with site.running() as database:
        said = erase(tierwatch, *BOTH, "--yes")
        assert said.code == 0, said.out
        assert NAME.lower().encode() not in bytes_of(tmp_path).lower()
        assert database.lost() is None
        site.step(database, LATER)
        assert erase(tierwatch, *BOTH).out.startswith("nothing to erase")


def test_no_checkpoint_of_the_running_program_brings_it_back(tierwatch: Command, site: Site) -> None:
    """A subject with very many events is judged from a checkpoint on, unless the mark says what changed before it."""
    resolve(site)
    with site.running() as database:
        site.step(database, LATER)
    assert erase(tierwatch, *BOTH, "--yes").code == 0
    with site.running() as database, database.read() as connection:
        query = sa.select(touched.c.subject, touched.c.earliest).order_by(touched.c.subject)
        assert dict(connection.execute(query).all()) == {"T1": at(1), "T5": at(1)}


def test_a_drill_that_is_on_keeps_its_names_until_it_is_over(tierwatch: Command, site: Site) -> None:
    resolve(site)
    told = Told(NAME, TEXT)
    asked = replace(drill(told), id="d-2")
    begun = replace(drill_begun(told), id="d-2", detail="by 王芳")
    with site.running() as database:
        store = Drilling(database)
        store.ask(asked, 9)
        store.commit(asked, DrillStep(begun), {}, NOW)
    said = erase(tierwatch, *BOTH, "--yes")
    assert said.code == 1
    for name in ("author", "named", "people", "calls", "detail"):
        assert f"still in drills.{name}: 1 row\n" in said.out
    with site.running() as database:
        assert begun in Drilling(database).all()
        Drilling(database).commit(begun, DrillStep(replace(begun, ended_at=NOW)), {}, NOW)
    assert erase(tierwatch, *BOTH, "--yes").code == 0
    with site.running() as database:
        gone = Drilling(database).find("d-2")
    assert gone is not None
    (call,) = gone.drill.calls
    assert (gone.drill.people, call.who, call.name.en) == (("[erased 2]",), "[erased 2]", "[erased 2]")
    assert call.ways == begun.calls[0].ways, "who got it when is found by the channel"


def test_the_source_does_not_bring_it_back(tierwatch: Command, site: Site, tmp_path: Path) -> None:
    resolve(site)
    assert erase(tierwatch, *BOTH, "--yes").code == 0
    about = {"title": f"once more {NAME}", "caller": CHINESE, "tier": "gold"}
    waits = ticket("T1", at(900), "new", event_id="e8", **about)
    events = [ticket("T1", at(hour), "new", event_id=name, **about) for name, hour in (("e1", 1), ("e9", 200))]
    aside = [
        Reject("tickets", "e8", "future", TEXT, TEXT, at(900), waits),
        Reject("tickets", "9", "bad_time", TEXT, TEXT, subject="T1"),
    ]
    batch = Batch(events, aside, {"n": 2}, {"e9": TEXT})
    with site.running() as database:
        Ingest(database).commit_batch("tickets", batch, LATER)
        site.step(database, LATER)
        Ingest(database).rejudge(at(901))
        with database.read() as connection:
            found = dict(
                connection.execute(sa.text("SELECT event_id, fields FROM events WHERE event_id IN ('e8', 'e9')")).all()
            )
    assert {name: json.loads(fields)["tier"] for name, fields in found.items()} == {"e8": "gold", "e9": "gold"}
    left = bytes_of(tmp_path).lower()
    assert NAME.lower().encode() not in left
    assert CHINESE.encode() not in left


def test_another_ticket_of_the_same_person_is_stored_as_it_comes(tierwatch: Command, site: Site) -> None:
    """An erasure is of what was stored; what a source says of another ticket has a ground of its own."""
    resolve(site)
    assert erase(tierwatch, *BOTH, "--yes").code == 0
    with site.running() as database:
        new = ticket("T3", at(200), "new", event_id="e9", title=NAME)
        Ingest(database).commit_batch("tickets", Batch([new], (), {}), LATER)
    assert "events.fields" in erase(tierwatch, *BOTH).out


def test_what_a_promise_is_judged_by_stays_and_is_named(tierwatch: Command, site: Site) -> None:
    with site.running() as database:
        events = [
            ticket("T7", at(1), "opened", event_id="f1", tier="gold", customer=NAME, title=f"fault at {NAME}"),
            ticket("T8", at(1), "opened", event_id="f2", tier="gold", customer=NAME),
            ticket("T8", at(2), "closed", event_id="f3"),
        ]
        Ingest(database).commit_batch("tickets", Batch(events, (), {}), NOW)
        site.step(database, NOW)
    resolve(site)
    said = erase(tierwatch, *BOTH, "--yes")
    assert said.code == 1
    assert "  tickets/T7: fields.customer\n" in said.out
    assert "tickets/T8" not in said.out
    with site.running() as database, database.read() as connection:
        fields = {name: json.loads(text) for name, text in connection.execute(
            sa.text("SELECT event_id, fields FROM events WHERE event_id IN ('f1', 'f2')"))}  # fmt: skip
    assert fields["f1"] == {"tier": "gold", "customer": NAME, "title": "fault at [erased 1]"}
    assert fields["f2"] == {"tier": "gold", "customer": "[erased 1]"}


def test_it_is_in_the_trail_without_the_words(tierwatch: Command, site: Site) -> None:
    resolve(site)
    erase(tierwatch, *BOTH, "--yes")
    erase(tierwatch, "--subject", "T2", "--yes")
    with site.running() as database:
        done = [entry for entry in Trail(database).entries(None, at(1000)) if entry.kind == "erased"]
    assert [(entry.who, entry.about, entry.detail["marker"], entry.detail["reason"]) for entry in done] == [
        ("chen", "2 spellings of a name", "[erased 1]", "request 4711"),
        ("chen", "tickets/T2", "[erased 2]", "request 4711"),
    ]
    assert done[0].detail["rows"]["acknowledgements.author"] == 1
    assert NAME not in str(done)


def test_the_texts_of_a_ticket_go_and_its_clocks_stay(tierwatch: Command, site: Site, tmp_path: Path) -> None:
    resolve(site)
    before = rows(site)
    shown = erase(tierwatch, "--subject", "T1")
    assert "nothing was written" in shown.out
    assert rows(site) == before
    said = erase(tierwatch, "--subject", "tickets/T1", "--yes")
    assert (said.code, said.err) == (0, "")
    assert rows(site) == before
    with sqlite3.connect(tmp_path / "tierwatch.db") as connection:
        fields = [json.loads(row[0]) for row in connection.execute("SELECT fields FROM events WHERE subject = 'T1'")]
        titles = connection.execute("SELECT fields FROM events WHERE subject = 'T2'").fetchall()
        raw = connection.execute("SELECT body FROM raw_bodies").fetchall()
        quarantined = connection.execute("SELECT detail, body, event FROM quarantine WHERE subject = 'T1'").fetchall()
        pages = connection.execute("SELECT annotations FROM alerts WHERE subject = 'T1'").fetchall()
        notes = connection.execute("SELECT note, author FROM acknowledgements").fetchall()
    connection.close()
    assert [one for one in fields if one] == [{"title": "[erased 1]", "caller": "[erased 1]", "tier": "gold"}] * 2
    assert "link down" in titles[0][0]
    assert TEXT not in str((raw, quarantined, pages))
    assert notes == [("[erased 1]", NAME)]
    assert "nothing to erase" in erase(tierwatch, "--subject", "T1").out


def test_free_space_from_before_is_found_and_cleared_when_nothing_runs(
    tierwatch: Command, site: Site, tmp_path: Path
) -> None:
    """As an SQLite that does not overwrite leaves it."""
    resolve(site)
    path = tmp_path / "tierwatch.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA secure_delete=OFF")
    connection.execute("CREATE TABLE old (text)")
    connection.executemany("INSERT INTO old VALUES (?)", [(f"{NAME} {'x' * 500}",)] * 50)
    connection.commit()
    connection.execute("DROP TABLE old")
    connection.commit()
    connection.close()
    with site.running():
        said = erase(tierwatch, *BOTH, "--yes")
        assert said.code == 1
        assert "that is free space from before; stop tierwatch, do this once more" in said.out
    said = erase(tierwatch, *BOTH, "--yes")
    assert said.code == 0, said.out
    assert NAME.encode() not in path.read_bytes()


def test_what_cannot_be_reached_is_said(tierwatch: Command, site: Site, tmp_path: Path) -> None:
    (tmp_path / "oncall-noc.ics").write_text(f"SUMMARY:{NAME}", encoding="utf-8")
    said = erase(tierwatch, *BOTH).out
    assert "not reached: backups, exports and copies of the database; the log; the sources" in said
    assert "not reached: what receivers were sent: log\n" in said
    assert f"not reached: {tmp_path / 'oncall-noc.ics'} holds the name" in said


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "neither is given"),
        (("--name", NAME, "--subject", "T1"), "both are given"),
        (("--name", "W"), "has fewer than two characters"),
        (("--name", "chen"), "--author holds the name"),
        (("--name", "4711"), "--reason holds the name"),
        (("--subject", "NOPE"), "no source has named it"),
    ],
)
def test_what_cannot_be_meant_is_refused(tierwatch: Command, words: tuple[str, ...], sentence: str) -> None:
    said = erase(tierwatch, *words, "--yes")
    assert (said.code, said.out) == (1, "")
    assert sentence in said.err


def test_an_erasure_that_is_broken_off_is_done_again(
    tierwatch: Command, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve(site)
    with site.running() as database, database.write() as connection:
        connection.execute(sa.text(
            "CREATE TRIGGER broken BEFORE UPDATE ON outbox BEGIN SELECT RAISE(ABORT, 'refused'); END"))  # fmt: skip
    assert erase(tierwatch, *BOTH, "--yes").code == 1
    with site.running() as database, database.write() as connection:
        connection.execute(sa.text("DROP TRIGGER broken"))
    said = erase(tierwatch, *BOTH, "--yes")
    assert said.code == 0, said.out


def test_the_page_has_every_column_that_may_name_a_person_and_no_other() -> None:
    page = (Path(__file__).parents[3] / "docs" / "personal-data.md").read_text(encoding="utf-8")
    tables = set(metadata.tables)
    named = {word for word in re.findall(r"`(\w+\.\w+)`", page) if word.split(".")[0] in tables}
    said = {f"{table.name}.{one.name}" for table, some in columns(Holds.PERSON, Holds.TEXT).items() for one in some}
    ids = {f"{table.name}.{one.name}" for table, some in columns(Holds.ID).items() for one in some}
    assert said - named == set()
    assert named - said - ids == set()
