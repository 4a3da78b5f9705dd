"""The commands know what is counted of several: explain, report, both dry runs, and the check of a configuration."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.config import config_file
from monitor.history.events import Event
from monitor.model import SubjectKind
from monitor.store.clocks import Clocks
from tests.support.command_line import CONFIG, Command, Site, runner
from tests.support.counting import COMPLAINTS, PATROLS, RESTORE, policy_text
from tests.support.texts import exchanged

DAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
NOW = DAY + timedelta(days=6)


def complaint(number: int) -> Event:
    at = DAY + timedelta(days=number)
    fields = {"process": "complaint", "customer": "Acme"}
    return Event("tickets", f"C{number}", SubjectKind.TICKET, f"C{number}", at, 0, status="opened", fields=fields)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    found = Site(tmp_path)
    (tmp_path / "counts.yml").write_text(policy_text(RESTORE, COMPLAINTS, PATROLS), encoding="utf-8")
    found.config.write_text(exchanged(CONFIG, ("policy: demo", "policy: counts.yml")), encoding="utf-8")
    with found.running() as database:
        Clocks(database).installed_at(datetime(2026, 1, 5, tzinfo=UTC))
    found.hear(NOW, *(complaint(number) for number in range(5)))
    return found


@pytest.fixture
def tierwatch(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, site: Site) -> Command:
    return runner(capsys, monkeypatch, site.config, NOW)


@pytest.mark.parametrize("name", ["complaints/acme", "groups/complaints/acme"])
def test_explain_names_the_period_and_who_was_counted(tierwatch: Command, name: str) -> None:
    said = tierwatch("explain", name)
    assert said.code == 0, said.err
    assert "group groups/complaints/acme" in said.out
    assert "tickets/C4  opened" in said.out
    found = json.loads(tierwatch("explain", name, "--json").out)
    assert [one["subject"] for one in found["clocks"][0]["members"]] == ["C4", "C3", "C2", "C1", "C0"]


def test_a_group_that_nothing_named_is_said_to_be_unknown(tierwatch: Command) -> None:
    said = tierwatch("explain", "complaints/other")
    assert said.code != 0
    assert "no source has named it" in said.err


def test_a_report_has_a_row_of_the_groups(tierwatch: Command) -> None:
    said = tierwatch("report", "--month", "2026-03", "--format", "csv")
    assert said.code == 0, said.err
    (row,) = (line for line in said.out.splitlines() if "complaints" in line)
    assert row.startswith("2026-03,groups,none,none,complaints,")


def test_an_upgrade_that_changes_nothing_finds_no_difference(tierwatch: Command, site: Site) -> None:
    for when in (NOW, NOW + timedelta(days=90)):
        said = tierwatch("diff-upgrade", "--json", when=when)
        assert said.code == 0, said.out
    assert json.loads(said.out.splitlines()[-1])["subjects"] == 5 + 1


def test_a_stricter_count_is_shown_before_it_is_published(tierwatch: Command, tmp_path: Path) -> None:
    stricter = exchanged(COMPLAINTS, ("4 times", "9 times"))
    text = policy_text(RESTORE, stricter, PATROLS, version="2", since="2026-04-01")
    (tmp_path / "new.yml").write_text(text, encoding="utf-8")
    said = tierwatch("diff-policy", str(tmp_path / "new.yml"), "--format", "json")
    assert said.code == 0, said.err
    found = json.loads(said.out)
    assert "targets.complaints.budgets[any].budget: 4 times → 9 times" in found["figures"]
    by_target = {row["target"]: row for row in found["as_if"]["by_target"]}
    assert by_target["complaints"]["unbreached"] == 1
    assert found["published"]["changed"] == 0


def test_nobody_who_takes_the_pages_of_a_group_is_said_when_the_configuration_is_checked(site: Site) -> None:
    text = site.config.read_text(encoding="utf-8")
    only = exchanged(text, ("log: {type: log}", "log: {type: log, only: {tier: [gold, silver]}}"))
    site.config.write_text(only, encoding="utf-8")
    said = "\n".join(config_file.load(site.config).notices)
    assert "tier none: used_75, breached of complaints" in said


def test_a_correction_says_what_counts_no_longer_and_a_group_has_none_of_its_own(tierwatch: Command) -> None:
    span = ("2026-03-02T08:00:00Z", "2026-03-02T10:00:00Z")
    said = tierwatch("correct", "C0", "--exclude", *span, "--target", "complaints", "--reason", "a double", "--dry-run")
    assert said.code == 0, said.err
    assert "groups/complaints/acme: opened at 2026-03-02 17:00:00+08:00 does not count any more" in said.out
    refused = tierwatch("correct", "complaints/acme", "--exclude", *span, "--reason", "a double")
    assert "has no past of its own; correct or retire those that it counts" in refused.err
    gone = tierwatch("retire", "complaints/acme", "--reason", "no customer any more")
    assert (gone.code, gone.err) == (refused.code, refused.err)


def test_a_correction_that_changes_only_what_counts_is_written(tierwatch: Command, site: Site) -> None:
    span = ("2026-03-02T08:00:00Z", "2026-03-02T10:00:00Z")
    made = tierwatch("correct", "C0", "--exclude", *span, "--target", "complaints", "--reason", "a double")
    assert (made.code, made.out.splitlines()[0]) == (
        0, "groups/complaints/acme: opened at 2026-03-02 17:00:00+08:00 does not count any more"
    )  # fmt: skip
    assert "take it back with --revoke" in made.out


def test_retiring_a_ticket_says_what_counts_no_longer(tierwatch: Command) -> None:
    said = tierwatch("retire", "C0", "--reason", "imported twice", "--dry-run")
    assert said.code == 0, said.err
    assert "groups/complaints/acme: opened at 2026-03-02 17:00:00+08:00 does not count any more" in said.out
