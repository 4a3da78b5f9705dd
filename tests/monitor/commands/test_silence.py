"""`tierwatch silence`: beside a running program, and a sentence for every mistake."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from alerts.decide import clock_alerts
from alerts.decide.routing import RouteTable
from alerts.decide.withholding import Route
from monitor.alert.alert import SilenceRow
from monitor.config.config_file import load
from monitor.history.batch import Batch
from monitor.service.engine_worker import Worker
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.ingest import Ingest
from monitor.store.silencing import Silences
from tests.support.by_hand import by_hand
from tests.support.cases import at, ticket
from tests.support.command_line import Command, Said, Site, runner
from tests.support.desk import SETTINGS
from tests.support.switchboard import PHONE

NOW = at(3, 30)  # half past eleven in Shanghai
WHY = ("--reason", "line cards are  replaced")
BY = ("--author", "lin")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Half an hour before the deadline of a gold ticket."""
    found = Site(tmp_path)
    work(found, 3.5)
    return found


@pytest.fixture
def tierwatch(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, site: Site) -> Command:
    return runner(capsys, monkeypatch, site.config, NOW)


def work(site: Site, hours: float) -> None:
    """What the running program does: hear of the ticket, and tell or withhold."""
    with site.running() as database:
        step(site, database, hours)


def step(site: Site, database: Database, hours: float) -> None:
    events = (ticket("INC42", at(0), "opened", event_id="e1", tier="gold"),
              ticket("INC42", at(0.1), "accepted", event_id="e2"))  # fmt: skip
    Ingest(database).commit_batch("tickets", Batch(events, (), {}), at(hours))
    worker = by_hand(Worker(
        Clocks(database), load(site.config).rules,
        lambda outcome, known, now: clock_alerts.decide(outcome, known, SETTINGS, now),
        RouteTable((Route(PHONE),), lambda: SETTINGS), at(0), ("tickets",),
    ))  # fmt: skip
    while worker.step(at(hours))[0]:
        pass


def rows(site: Site) -> tuple[SilenceRow, ...]:
    with site.running() as database:
        return Silences(database).all()


def id_of(said: Said) -> str:
    found = re.search(r"\b(s-[0-9a-f]{8})\b", said.out)
    assert found, said
    return found[1]


def test_adding_says_what_it_withholds_and_who_is_paged_all_the_same(tierwatch: Command, site: Site) -> None:
    said = tierwatch("silence", "add", "--match", "tier=gold", "--for", "2h", *WHY, *BY)
    assert said.code == 0, said.err
    lines = said.out.splitlines()
    name = id_of(said)
    assert lines[0] == (
        f"silence {name}: tier=gold from 2026-01-05 11:30:00+08:00 to 2026-01-05 13:30:00+08:00, by lin"
    )
    assert lines[1] == "alerts that fire now and fit it: 2"
    assert lines[2:4] == [
        "of these, 1 has breached already, and pages lin all the same:",
        "  tickets/INC42 Progress feedback (Gold), was due 2026-01-05 08:30:00+08:00",
    ]
    assert lines[4] == "of these, 1 breaches before it ends, and pages lin all the same:"
    assert lines[5] == "  tickets/INC42 Restoration (Gold), due 2026-01-05 12:00:00+08:00"
    assert lines[-1] == f"end it with: tierwatch silence end {name} --config {site.config}"
    (row,) = rows(site)
    assert row == SilenceRow(name, ("tier=gold",), NOW, at(5, 30), "lin", "line cards are replaced")


def test_what_has_breached_already_is_told_apart_from_what_is_ahead(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    site = Site(tmp_path)
    work(site, 4.5)
    said = runner(capsys, monkeypatch, site.config, at(4, 30))(
        "silence", "add", "--match", "tier=gold", "--for", "2h", *WHY, *BY
    )
    assert said.code == 0, said.err
    assert "of these, 2 have breached already, and page lin all the same:" in said.out
    assert "  tickets/INC42 Restoration (Gold), was due 2026-01-05 12:00:00+08:00" in said.out.splitlines()
    assert "Restoration (Gold), due" not in said.out


def test_it_is_written_beside_a_running_program(tierwatch: Command, site: Site) -> None:
    with site.running() as database:
        assert tierwatch("silence", "add", "--match", "tier=gold", "--for", "2h", *WHY).code == 0
        assert len(Silences(database).active(NOW)) == 1


@pytest.mark.parametrize("match", ["tier=~GOLD", "tier=~Gold|silver", "tier!~GOLD"])
def test_a_pattern_is_checked_as_the_silence_compares_it(tierwatch: Command, site: Site, match: str) -> None:
    said = tierwatch("silence", "add", "--match", match, "--match", "source=tickets", "--for", "2h", *WHY, *BY)
    assert said.code == 0, said.err
    assert rows(site)[0].matchers == (match, "source=tickets")


def test_a_maintenance_window_to_come(tierwatch: Command, site: Site) -> None:
    span = ("--from", "2026-01-06T02:00:00+08:00", "--until", "2026-01-06T06:00:00+08:00")
    said = tierwatch("silence", "add", "--match", "team=core", "--match", "tier!=diamond", *span, *WHY, "--maintenance")
    assert said.out.startswith("maintenance window s-")
    (row,) = rows(site)
    assert (row.matchers, row.starts_at, row.ends_at) == (("team=core", "tier!=diamond"), at(18), at(22))
    assert row.maintenance
    assert row.author


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--for", "2h"], "no --match would silence every alert"),
        (["--match", "gold", "--for", "2h"], "'gold' is not a matcher; write tier=gold"),
        (["--match", "teir=gold", "--for", "2h"], "teir=gold: alerts have no 'teir'"),
        (
            ["--match", "tier=gld", "--for", "2h"],
            "tier=gld: 'gld' is no tier that an alert can have here; there is diamond, gold",
        ),
        (["--match", "sla_target=fix", "--for", "2h"], "'fix' is no sla_target that an alert can have here"),
        (["--match", "tier=~GLD", "--for", "2h"], "tier=~GLD: the pattern fits no tier that an alert can have: "),
        (["--match", "stage=~BREACHED", "--for", "2h"], "the pattern fits no stage that an alert can have: "),
        (["--match", "tier=gold"], "a silence has one end, --until or --for, and neither is given"),
        (["--match", "tier=gold", "--for", "2h", "--until", "2026-01-06T00:00:00Z"], "and both are given"),
        (["--match", "tier=gold", "--for", "2 hours"], "--for: '2 hours' is not a length; write 4h"),
        (["--match", "tier=gold", "--for", "31d"], "it would last 31d, and the longest is 30d"),
        (["--match", "tier=gold", "--for", "9999999d"], "it would last 9999999d, and the longest is 30d"),
        (["--match", "tier=gold", "--until", "tomorrow"], "--until 'tomorrow' is not an instant"),
        (["--match", "tier=gold", "--until", "2026-01-06T00:00:00"], "has no zone"),
        (["--match", "tier=gold", "--until", "2026-01-05T03:00:00Z"], "before it begins at 2026-01-05 11:30:00+08:00"),
        (
            ["--match", "tier=gold", "--from", "2026-01-05T01:00:00Z", "--until", "2026-01-05T02:00:00Z"],
            "it would have ended at 2026-01-05 10:00:00+08:00 already",
        ),
        (["--match", "tier=gold", "--for", "2h", "--author", " "], "--author is empty"),
        (["--match", "tier=gold", "--for", "2h", "--reason", " "], "--reason is empty; say why"),
    ],
)
def test_a_mistake_is_a_sentence_and_nothing_is_written(
    tierwatch: Command, site: Site, words: list[str], sentence: str
) -> None:
    said = tierwatch("silence", "add", *WHY, *words)
    assert said.code == 1, said.out
    assert sentence in said.err
    assert "Traceback" not in said.err
    assert rows(site) == ()


def test_without_a_reason_nothing_is_silenced(tierwatch: Command) -> None:
    said = tierwatch("silence", "add", "--match", "tier=gold", "--for", "2h")
    assert said.code == 2
    assert "--reason" in said.err


def test_listing_shows_what_is_in_force_and_to_come_and_all_of_it_if_asked(tierwatch: Command, site: Site) -> None:
    assert tierwatch("silence", "list").out == "no silence is in force or to come; every alert is sent\n"
    one = id_of(tierwatch("silence", "add", "--match", "tier=gold", "--for", "2h", *WHY, *BY))
    later = ("--from", "2026-01-06T00:00:00Z", "--for", "1h", "--maintenance")
    two = id_of(tierwatch("silence", "add", "--match", "team=core", *later, *WHY, *BY))
    assert tierwatch("silence", "list").out.splitlines() == [
        f"{one}  in force  2026-01-05 11:30:00+08:00 to 2026-01-05 13:30:00+08:00  lin: line cards are replaced"
        "  (silence)"
        "  tier=gold",
        f"{two}  to come  2026-01-06 08:00:00+08:00 to 2026-01-06 09:00:00+08:00  lin: line cards are replaced"
        "  (maintenance window)  team=core",
    ]
    assert [item["id"] for item in json.loads(tierwatch("silence", "list", "--json", when=at(6)).out)] == [two]
    everything = json.loads(tierwatch("silence", "list", "--json", "--all", when=at(6)).out)
    assert [(item["id"], item["state"]) for item in everything] == [(one, "over"), (two, "to come")]
    assert everything[0]["ends_at"] == "2026-01-05T05:30:00Z"
    assert everything[0]["matchers"] == ["tier=gold"]


def test_ending_frees_what_it_withheld(tierwatch: Command, site: Site) -> None:
    name = id_of(tierwatch("silence", "add", "--match", "tier=gold", "--match", "stage=breached", "--for", "2h", *WHY))
    work(site, 4.2)  # the breach, withheld
    said = tierwatch("silence", "end", name, when=at(4.5))
    assert re.fullmatch(rf"{name}: is over; pages that it withheld and that are due now: [1-9]\n", said.out), said
    again = tierwatch("silence", "end", name, when=at(4.6))
    assert (again.code, again.err.strip()) == (
        1, f"{name} ended already, at 2026-01-05 12:30:00+08:00; there is nothing to do"
    )  # fmt: skip


def test_what_another_silence_withholds_too_is_not_freed(tierwatch: Command, site: Site) -> None:
    name = id_of(tierwatch("silence", "add", "--match", "tier=gold", "--for", "3h", *WHY))
    tierwatch("silence", "add", "--match", "ticket=INC42", "--for", "2h", *WHY)
    work(site, 4.2)
    assert tierwatch("silence", "end", name, when=at(4.5)).out.endswith("due now: 0\n")


def test_one_that_has_not_begun_never_begins(tierwatch: Command) -> None:
    later = ("--from", "2026-01-06T00:00:00Z", "--for", "1h")
    name = id_of(tierwatch("silence", "add", "--match", "team=core", *later, *WHY))
    assert tierwatch("silence", "end", name).out.startswith(f"{name}: never begins; ")
    assert tierwatch("silence", "list", when=at(24.5)).out.startswith("no silence is in force")
    assert tierwatch("silence", "end", name).code == 1


def test_ending_what_is_none_names_those_that_are(tierwatch: Command) -> None:
    assert tierwatch("silence", "end", "s-1").err.strip() == ("'s-1' is not a silence; those in force or to come: none")
    name = id_of(tierwatch("silence", "add", "--match", "tier=gold", "--for", "2h", *WHY))
    assert name in tierwatch("silence", "end", "s-1").err


def test_without_a_store_it_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    site = Site(tmp_path)
    run = runner(capsys, monkeypatch, site.config, NOW)
    for words in (("list",), ("end", "s-1"), ("add", "--match", "tier=gold", "--for", "2h", *WHY)):
        said = run("silence", *words)
        assert said.code == 1
        assert f"start `tierwatch run --config {site.config}` first" in said.err
