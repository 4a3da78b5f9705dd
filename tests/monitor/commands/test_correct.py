from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor import cli
from monitor.model import CorrectionKind, SubjectKey
from monitor.store import publications
from monitor.store.views import Views
from tests.support.cases import at, ticket
from tests.support.command_line import CONFIG, Command, Said, Site, runner
from tests.support.texts import exchanged

NOW = at(5)  # five hours after midnight UTC, thirteen o'clock in Shanghai
FIRST, LAST = "2026-01-05T01:00:00Z", "2026-01-05T03:00:00Z"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A gold ticket that has been open for five hours, of which its restoration may take four."""
    found = Site(tmp_path)
    found.hear(
        NOW,
        ticket("INC42", at(0), "opened", event_id="e1", tier="gold"),
        ticket("INC42", at(0.1), "accepted", event_id="e2"),
        ticket("INC43", at(2), "opened", event_id="e3", tier="gold"),
    )
    return found


@pytest.fixture
def tierwatch(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, site: Site) -> Command:
    return runner(capsys, monkeypatch, site.config, NOW)


def excluded(tierwatch: Command, *words: str) -> Said:
    said = ("--target", "restore", "--reason", "the site was flooded", "--author", "wang")
    return tierwatch("correct", "INC42", "--exclude", FIRST, LAST, *said, *words)


def written(said: Said) -> str:
    found = re.search(r"written as (correction-[0-9a-f]{32}) by ", said.out)
    assert found, said
    return found[1]


def corrections(site: Site) -> list[tuple[str, str]]:
    with site.running() as database:
        events = Views(database).events_of(SubjectKey("tickets", "INC42"))
    return [(event.correction.kind, event.correction.author) for event in events if event.correction is not None]


def kinds(site: Site) -> list[str]:
    return [f"{item.kind}" for item in site.transitions("INC42", "restore")]


def test_a_breach_is_withdrawn_by_time_that_does_not_count_and_comes_back_on_revocation(
    tierwatch: Command, site: Site
) -> None:
    before = site.transitions("INC42", "restore")
    assert [item.kind for item in before if item.kind == "breached"] == ["breached"]
    said = excluded(tierwatch)
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[:5] == [
        "Restoration cycle 1 (Gold)",
        "  state          Breached → At risk",
        "  counted        5:00:00 → 3:00:00",
        "  deadline       2026-01-05 12:00:00+08:00 → 2026-01-05 14:00:00+08:00",
        "  breached at    2026-01-05 12:00:00+08:00 → none",
    ]
    with site.running() as database:
        assert site.step(database, NOW) == 1
    after = site.transitions("INC42", "restore")
    assert after[: len(before)] == before, "nothing is erased"
    assert "breached:breached" in [item.stage for item in after if item.kind == "withdrawn"]

    later = at(5, 1)
    said = tierwatch("correct", "INC42", "--revoke", written(said), "--reason", "it was not", when=later)
    assert "  state          At risk → Breached" in said.out
    with site.running() as database:
        site.step(database, later)
    again = site.transitions("INC42", "restore")
    assert again[: len(after)] == after
    assert [item.kind for item in again].count("breached") == 2


def test_another_process_is_heard_by_the_one_that_owns_the_store(site: Site) -> None:
    words = ["--exclude", FIRST, LAST, "--reason", "the site was flooded", "--config", str(site.config)]
    with site.running() as database:
        while site.step(database, datetime.now(UTC)):
            pass
        done = subprocess.run(
            [sys.executable, "-m", "monitor.cli", "correct", "INC42", *words],
            capture_output=True, text=True, check=False, cwd=Path(cli.__file__).parents[1],
            env={"PATH": os.environ["PATH"], "USER": "li"},
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
        (event,) = (e for e in Views(database).events_of(SubjectKey("tickets", "INC42")) if e.correction is not None)
        assert event.correction is not None
        assert (event.correction.kind, event.correction.author) == (CorrectionKind.EXCLUDE, "li")
        assert site.step(database, event.at) == 1
        assert site.step(database, event.at) == 0
    assert "withdrawn" in kinds(site)


def test_only_showing_it_writes_nothing(tierwatch: Command, site: Site) -> None:
    said = excluded(tierwatch, "--dry-run")
    assert said.code == 0
    assert said.out.splitlines()[-1] == "tickets/INC42: nothing was written (--dry-run)"
    assert corrections(site) == []


def test_an_end_that_was_said_late_is_dated(tierwatch: Command, site: Site) -> None:
    said = tierwatch("correct", "INC42", "--stopped", "2026-01-05T03:30:00Z", "--reason", "by phone", "--author", "li")
    assert "Restoration cycle 1 (Gold)\n  state          Breached → Met\n  life           running → stopped" in said.out
    assert "  stopped at     none → 2026-01-05 11:30:00+08:00" in said.out
    assert corrections(site) == [("stop", "li")]


def test_a_wait_that_was_none_counts(tierwatch: Command, site: Site) -> None:
    site.hear(NOW, ticket("INC43", at(3), "held", reason="customer_access"))
    words = ("--count", "2026-01-05T03:00:00Z", "2026-01-05T04:00:00Z", "--reason", "they were let in")
    said = tierwatch("correct", "INC43", *words)
    assert said.code == 0
    assert "Restoration cycle 1" in said.out
    assert "  counted        1:00:00 → 2:00:00" in said.out


def test_clocks_that_do_not_change_are_not_listed(tierwatch: Command) -> None:
    assert "feedback" not in excluded(tierwatch).out


def test_the_same_correction_of_two_subjects_is_two_events(tierwatch: Command) -> None:
    words = ("--stopped", "2026-01-05T03:30:00Z", "--reason", "by phone")
    assert written(tierwatch("correct", "INC42", *words)) != written(tierwatch("correct", "INC43", *words))


def test_the_author_is_the_user_of_the_machine(tierwatch: Command, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publications.getpass, "getuser", lambda: "zhao")
    assert tierwatch("correct", "INC42", "--exclude", FIRST, LAST, "--reason", "flood").code == 0
    assert corrections(site) == [("exclude", "zhao")]


def test_a_correction_that_changes_nothing_is_refused_unless_it_is_wanted(tierwatch: Command, site: Site) -> None:
    words = ("correct", "INC42", "--count", FIRST, LAST, "--reason", "sure")
    said = tierwatch(*words)
    assert (said.code, said.out) == (1, "")
    assert said.err == (
        "tickets/INC42: this correction changes no clock, so it was not written; look at the times with"
        f" `tierwatch explain INC42 --config {site.config}`, or write it all the same with --even-so\n"
    )
    assert corrections(site) == []
    assert tierwatch(*words, "--even-so").code == 0
    assert [kind for kind, _ in corrections(site)] == ["count"]


def test_what_was_corrected_already_changes_nothing_any_more(tierwatch: Command) -> None:
    assert excluded(tierwatch).code == 0
    assert "changes no clock" in excluded(tierwatch).err


EXCLUDE = ("--exclude", FIRST, LAST)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "one correction at a time, and nothing was given; write one of --exclude FROM TO, --count"),
        ((*EXCLUDE, "--stopped", LAST), "one correction at a time, and --exclude and --stopped was given"),
        (("--exclude", LAST, FIRST), "the first is not before the second; exchange or mend them"),
        (("--exclude", FIRST, FIRST), "the first is not before the second"),
        (("--count", FIRST, "noon"), "--count 'noon' is not an instant; write 2026-11-21T12:00:00+08:00"),
        (("--stopped", "2026-01-05T03:00:00"), "--stopped '2026-01-05T03:00:00' has no zone"),
        (
            ("--exclude", FIRST, "2026-01-05T05:00:01Z"),
            "2026-01-05 13:00:01+08:00 is in the future; only what",
        ),
        (
            ("--stopped", "2026-01-04T23:00:00Z"),
            "nothing is known of it before 2026-01-05 08:00:00+08:00",
        ),
        ((*EXCLUDE, "--target", "repair"), "target 'repair' is not in policy demo@1; it has accept, restore, feedback"),
        ((*EXCLUDE, "--reason", " "), "--reason is empty; say why, for a person who looks at this clock in a year"),
        ((*EXCLUDE, "--author", ""), "--author is empty; write a name, or leave it out"),
        (("--revoke", "e1"), "'e1' is not a correction of tickets/INC42; it has none that can be revoked"),
        (("--revoke", "x", "--target", "accept"), "--revoke takes back the whole correction; leave --target out"),
    ],
)
def test_what_cannot_be_meant_is_a_sentence(
    tierwatch: Command, site: Site, words: tuple[str, ...], sentence: str
) -> None:
    given = words if "--reason" in words else (*words, "--reason", "why")
    said = tierwatch("correct", "INC42", *given)
    assert (said.code, said.out) == (1, "")
    assert sentence in said.err
    assert corrections(site) == []


def test_a_reason_is_needed(tierwatch: Command) -> None:
    said = tierwatch("correct", "INC42", *EXCLUDE)
    assert said.code == 2
    assert "--reason" in said.err


def test_only_what_still_holds_can_be_revoked(tierwatch: Command) -> None:
    first = written(excluded(tierwatch))
    said = tierwatch("correct", "INC42", "--revoke", "nothing", "--reason", "r")
    assert said.err.endswith(f"is not a correction of tickets/INC42; those that can be revoked: {first}\n")
    second = written(tierwatch("correct", "INC42", "--revoke", first, "--reason", "r", when=at(5, 1)))
    said = tierwatch("correct", "INC42", "--revoke", first, "--reason", "r", when=at(5, 2))
    assert said.err == f"{first} has been revoked already; it has none that can be revoked\n"
    said = tierwatch("correct", "INC42", "--revoke", second, "--reason", "r", when=at(5, 2))
    assert said.err == f"{second} is itself a revocation; write the correction once more instead\n"
    said = tierwatch("correct", "INC43", "--revoke", first, "--reason", "r")
    assert "is not a correction of tickets/INC43" in said.err


def test_the_beginning_of_an_id_is_enough_as_explain_shows_it(tierwatch: Command, site: Site) -> None:
    first = written(excluded(tierwatch))
    said = tierwatch("correct", "INC42", "--revoke", "correction-", "--reason", "r", when=at(5, 1))
    assert "'correction-' is not a correction of" in said.err
    said = tierwatch("correct", "INC42", "--revoke", first[:16] + "…", "--reason", "r", when=at(5, 1))
    assert said.code == 0
    with site.running() as database:
        events = Views(database).events_of(SubjectKey("tickets", "INC42"))
    assert first in [event.correction.revokes for event in events if event.correction is not None]


def test_a_subject_is_found_as_explain_finds_it(tierwatch: Command, site: Site) -> None:
    assert "no source has named it" in tierwatch("correct", "INC9", *EXCLUDE, "--reason", "r").err
    assert tierwatch("correct", "tickets/INC42", *EXCLUDE, "--reason", "r").code == 0
    site.config.write_text(exchanged(CONFIG, ("  tickets: {", "  others: {")), encoding="utf-8")
    said = tierwatch("correct", "tickets/INC42", *EXCLUDE, "--reason", "r")
    assert "source tickets is not in the configuration any more, so its clocks stand still" in said.err
