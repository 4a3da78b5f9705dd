from __future__ import annotations

import getpass
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from monitor.config import build_rulebook, config_file
from monitor.service.program import Program
from monitor.store.publications import Publications, operator
from tests.support.cases import at
from tests.support.command_line import CONFIG, Command, Site, runner
from tests.support.texts import exchanged

SHIPPED = (Path(config_file.__file__).parents[1] / "shipped" / "demo.yml").read_text(encoding="utf-8")
SECOND = (('version: "1"', 'version: "2"'), ("2026-01-01", "2026-02-01"), ("gold}, budget: 4h", "gold}, budget: 3h"))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def tierwatch(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, site: Site) -> Command:
    return runner(capsys, monkeypatch, site.config, at(5))


def second(site: Site) -> None:
    """Put a second version of the policy beside the first one."""
    (site.config.parent / "second.yml").write_text(exchanged(SHIPPED, *SECOND, count=1), encoding="utf-8")
    site.config.write_text(exchanged(CONFIG, ("policy: demo", "policy: [demo, second.yml]")), encoding="utf-8")


def plain(site: Site) -> tuple[str, list[str], dict[str, object]]:
    rules = config_file.load(site.config).rules
    whole = {"policies": build_rulebook.plain(rules.policies), "mappings": build_rulebook.plain(dict(rules.mappings))}
    return rules.version, [policy.label for policy in rules.policies], whole


def start(site: Site) -> list[str]:
    """Start the program and stop it again; gives what it logged of publishing."""
    path = site.config
    path.write_text(path.read_text(encoding="utf-8") + "listen: 127.0.0.1:0\n", encoding="utf-8")
    program = Program(config_file.load(path))
    try:
        with capture_logs() as logs:
            program.start()
    finally:
        program.stop()
    return [line["policies"] for line in logs if line["event"] == "rules_published"]


def test_rules_are_recorded_once_until_they_change(site: Site) -> None:
    with site.running() as database:
        store = Publications(database)
        assert store.latest() is None
        version, labels, whole = plain(site)
        first = store.record(version, labels, whole, "wang", at(1))
        assert first is not None
        assert store.record(version, labels, whole, "li", at(2)) is None
        assert store.latest() == first
        second(site)
        later = store.record(*plain(site), "li", at(3))
        assert later is not None
        assert (later.author, later.policies) == ("li", ("demo@1", "demo@2"))
        assert "demo@2 targets.restore.budgets[tier=gold].budget: 4:00:00 → 3:00:00" in later.changes
        back = store.record(version, labels, whole, "wang", at(4))
        assert back is not None
        assert back.changes == ("demo@2: taken out",)
        assert store.all() == (first, later, back)


def test_starting_the_program_publishes_what_its_configuration_names(site: Site) -> None:
    began = datetime.now(UTC)
    assert start(site) == ["demo@1"]
    site.config.write_text(CONFIG, encoding="utf-8")
    assert start(site) == []
    second(site)
    assert start(site) == ["demo@1, demo@2"]
    with site.running() as database:
        first, last = Publications(database).all()
    assert (first.changes, first.author) == (("demo@1: in force from 2026-01-01",), operator())
    assert began <= first.at <= last.at
    assert last.rules_version == config_file.load(site.config).rules.version
    assert [policy["version"] for policy in last.rules["policies"]] == ["1", "2"]


@pytest.mark.parametrize("error", [KeyError("uid not found"), OSError("no user"), ImportError("pwd")])
def test_a_user_without_a_name_stops_no_start(site: Site, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def nobody() -> str:
        raise error

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert operator() == f"uid {os.getuid()}"
    assert start(site) == ["demo@1"]


def test_publications_are_listed(tierwatch: Command, site: Site) -> None:
    with site.running() as database:
        Publications(database).record(*plain(site), "wang", at(1))
        second(site)
        Publications(database).record(*plain(site), "li", at(2))
    said = tierwatch("publications")
    assert (said.code, said.err) == (0, "")
    version = config_file.load(site.config).rules.version
    lines = said.out.splitlines()
    assert lines[0].startswith("2026-01-05 09:00:00+08:00  wang  demo@1  (rules ")
    assert lines[1:4] == [
        "  demo@1: in force from 2026-01-01",
        f"2026-01-05 10:00:00+08:00  li  demo@1, demo@2  (rules {version})",
        "  demo@2: new, in force from 2026-02-01",
    ]
    listed = json.loads(tierwatch("publications", "--json").out)
    assert [item["author"] for item in listed] == ["wang", "li"]
    assert listed[1]["at"] == "2026-01-05T02:00:00Z"
    assert [policy["version"] for policy in listed[1]["rules"]["policies"]] == ["1", "2"]


def test_a_publication_whose_change_has_no_name_says_so(tierwatch: Command, site: Site) -> None:
    with site.running() as database:
        version, labels, whole = plain(site)
        Publications(database).record("older", labels, whole, "wang", at(1))
        Publications(database).record(version, labels, whole, "wang", at(2))
    assert "nothing that has a name: the order of patterns" in tierwatch("publications").out


def test_a_store_in_which_nothing_was_published_says_so(tierwatch: Command, site: Site) -> None:
    with site.running():
        pass
    start = f"tierwatch run --config {site.config}"
    assert tierwatch("publications").out.startswith(f"nothing has been published yet; `{start}` publishes")
    assert tierwatch("publications", "--json").out == "[]\n"
