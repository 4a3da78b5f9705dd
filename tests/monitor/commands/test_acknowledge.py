from __future__ import annotations

import getpass
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts.decide import clock_alerts as alert_rules
from monitor import wallclock
from monitor.config import config_file
from monitor.history.batch import Batch
from monitor.model import SubjectKey
from monitor.service.engine_worker import Worker
from monitor.store.acknowledging import Acknowledging
from monitor.store.clocks import Clocks
from monitor.store.ingest import Ingest
from monitor.store.views import Views
from tests.support.by_hand import by_hand
from tests.support.cases import at, ticket
from tests.support.command_line import Command, Site, runner
from tests.support.desk import SETTINGS
from tests.support.to_all import ToAll

NOW = at(3.5)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A gold ticket of which three quarters are used, and one that is fresh."""
    found = Site(tmp_path)
    with found.running() as database:
        events = (ticket("INC42", at(0), "opened", tier="gold"), ticket("INC43", at(3.4), "opened", tier="gold"))
        Ingest(database).commit_batch("tickets", Batch(events, (), {}), NOW)
        worker = by_hand(Worker(
            Clocks(database), config_file.load(found.config).rules,
            lambda outcome, known, now: alert_rules.decide(outcome, known, SETTINGS, now), ToAll(), at(0), ("tickets",),
        ))  # fmt: skip
        while worker.step(NOW)[0]:
            pass
        yield found


@pytest.fixture
def tierwatch(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, site: Site) -> Command:
    monkeypatch.setattr(wallclock, "now", lambda: NOW)
    monkeypatch.setattr(getpass, "getuser", lambda: "lin")
    return runner(capsys, monkeypatch, site.config, NOW)


def told(site: Site) -> list[tuple[str, str, str]]:
    from monitor.store.database import readonly

    database = readonly(site.database)
    try:
        rows = Views(database).alerts_of(SubjectKey("tickets", "INC42"))
    finally:
        database.close()
    return [(one.author, one.via, one.note) for row in rows for one in row.acknowledged]


def test_a_ticket_is_acknowledged_beside_the_running_program(tierwatch: Command, site: Site) -> None:
    said = tierwatch("acknowledge", "INC42", "--note", "called the site")
    assert said.code == 0, said.err
    assert said.out.splitlines()[-1] == "acknowledged by lin"
    assert set(told(site)) == {("lin", "command line", "called the site")}


def test_once_more_is_harmless_and_said(tierwatch: Command, site: Site) -> None:
    tierwatch("acknowledge", "tickets/INC42", "--author", "wang")
    before = told(site)
    said = tierwatch("acknowledge", "INC42", "--author", "wang")
    assert (said.code, said.out.splitlines()[-1]) == (0, "was acknowledged by wang before")
    assert told(site) == before


def test_one_alert_is_named_by_its_fingerprint(tierwatch: Command, site: Site) -> None:
    from monitor.store.database import readonly

    database = readonly(site.database)
    (key, *_) = Acknowledging(database).firing(SubjectKey("tickets", "INC42"))
    database.close()
    assert tierwatch("acknowledge", key).out.startswith(f"{key}: DeadlineBreached INC42 ")
    assert len(told(site)) == 1


def test_it_is_taken_back_whoever_gave_it_and_the_trail_says_who_did(tierwatch: Command, site: Site) -> None:
    tierwatch("acknowledge", "INC42", "--author", "wang")
    given = told(site)
    said = tierwatch("acknowledge", "INC42", "--end")
    assert said.code == 0, said.err
    assert said.out.splitlines()[-1].startswith("taken back by lin: ")
    assert told(site) == given, "nothing is erased; the running program ends it at its next look"
    again = tierwatch("acknowledge", "INC42", "--end")
    assert (again.code, "nothing to take back" in again.err) == (1, True)
    trail = tierwatch("trail", "export", "--until", "2026-01-06T00:00:00Z").out.splitlines()
    withdrawn = [one for line in trail if (one := json.loads(line)).get("kind") == "acknowledgement_withdrawn"]
    assert len(withdrawn) == int(said.out.splitlines()[-1].split(": ")[1].split(";")[0])
    assert {(one["who"], one["detail"]["of"]) for one in withdrawn} == {("lin", "wang")}


def test_explain_shows_it(tierwatch: Command) -> None:
    tierwatch("acknowledge", "INC42")
    assert "acknowledged by lin" in tierwatch("explain", "INC42").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("NOPE",), "NOPE: no alert, root cause or subject has this name"),
        (("INC43",), "tickets/INC43: no alert of it fires, so there is nothing to acknowledge"),
        (("INC42", "--author", " "), "--author is empty; write a name, or leave it out"),
        (("INC42", "--end"), "INC42: no acknowledgement of it is in force, so there is nothing to take back"),
        (("INC42", "--end", "--note", "over"), "--end takes no --note"),
    ],
)
def test_what_cannot_be_acknowledged_is_a_sentence(tierwatch: Command, words: tuple[str, ...], said: str) -> None:
    ended = tierwatch("acknowledge", *words)
    assert (ended.code, ended.out) == (1, "")
    assert said in ended.err
