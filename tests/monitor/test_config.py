from __future__ import annotations

import subprocess
import sys
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor import config, plugins, policy_file, rulebooks
from monitor.budgets import Stage
from monitor.calendars import Calendar
from monitor.config import Config
from monitor.engine import Rulebook, advance
from monitor.errors import ConfigError
from monitor.events import Event
from monitor.mapping import ATTRIBUTES, AttributeRule, SourceMapping, StatusRule
from monitor.model import AgreementKind, CircuitState, Name, Phase, Reopen, Rung
from monitor.policies import Agreement, Inheritance, MajorFault
from tests.support.cases import MAPPING, POLICY, ticket

TEXT = """\
instance: north
zone: Asia/Shanghai
policy: cmcc-2014
sources:
  tickets:
    type: tmf621
    every: 20s
    options:
      url: http://127.0.0.1:1/tmf-api/troubleTicket/v5
    mapping:
      version: "7"
      statuses:
        acknowledged: accepted
        pending: held/customer_power
      reasons:
        "*no access*": customer_access
      attributes:
        team: {field: group}
  circuits:
    type: jsonl_file
    options: {path: c.jsonl}
    mapping:
      circuit_states: {UP: available, DOWN: unavailable}
receivers:
  log: {type: log}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def write(folder: Path, *changes: tuple[str, str]) -> Path:
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / "tierwatch.yml"
    path.write_text(text, encoding="utf-8")
    return path


def good(folder: Path, *changes: tuple[str, str]) -> Config:
    return config.load(write(folder, *changes))


def refused(folder: Path, *changes: tuple[str, str]) -> str:
    path = write(folder, *changes)
    with pytest.raises(ConfigError) as error:
        config.load(path)
    return str(error.value).replace(f"{path}", "tierwatch.yml")


def test_a_good_config_is_what_it_says(folder: Path) -> None:
    checked = good(folder)
    assert (checked.instance, checked.zone, checked.host, checked.port) == ("north", "Asia/Shanghai", "127.0.0.1", 8321)
    assert checked.page_url == ""  # that is: wherever the page is served
    assert checked.database == f"sqlite:///{folder.resolve()}/tierwatch.db"
    assert checked.catch_up == timedelta(seconds=60)
    tickets, circuits = checked.sources
    assert (tickets.name, tickets.kind, tickets.every) == ("tickets", "tmf621", timedelta(seconds=20))
    assert (tickets.at_most, tickets.stale_after) == (timedelta(minutes=5), timedelta(minutes=15))
    assert (circuits.name, circuits.options.path) == ("circuits", folder / "c.jsonl")
    assert [(r.name, r.kind) for r in checked.receivers] == [("log", "log")]
    assert checked.rules.policy.label == "cmcc-2014@1"
    assert set(checked.rules.mappings) == {"tickets", "circuits"}


def test_the_users_words_are_laid_over_those_of_the_collector(folder: Path) -> None:
    tickets, circuits = good(folder).sources
    shipped = tickets.module.MAPPING
    assert shipped.statuses
    assert tickets.mapping.version == "7"
    assert tickets.mapping.statuses == {
        **shipped.statuses,
        "acknowledged": StatusRule(Phase.ACCEPTED),
        "pending": StatusRule(Phase.HELD, "customer_power"),
    }
    assert tickets.mapping.reasons == {**shipped.reasons, "*no access*": "customer_access"}
    assert tickets.mapping.attributes == {**shipped.attributes, "team": AttributeRule("group")}
    assert circuits.mapping.circuit_states == {
        **circuits.module.MAPPING.circuit_states, "UP": CircuitState.AVAILABLE, "DOWN": CircuitState.UNAVAILABLE,
    }  # fmt: skip


def test_the_page_is_where_people_reach_it(folder: Path) -> None:
    named = ("instance: north\n", "instance: north\nlisten: 0.0.0.0:9000\npage_url: https://sla.example/\n")
    checked = good(folder, named)
    assert (checked.page_url, checked.host, checked.port) == ("https://sla.example", "0.0.0.0", 9000)
    six = good(folder, ("instance: north\n", "instance: north\nlisten: '[::1]:9000'\n"))
    assert (six.host, six.port) == ("::1", 9000)


def test_a_database_elsewhere_is_taken_by_its_url_or_beside_the_config(folder: Path) -> None:
    assert good(folder, ("zone:", "database: postgresql://h/x\nzone:")).database == "postgresql://h/x"
    assert good(folder, ("zone:", "database: a/b.db\nzone:")).database == f"sqlite:///{folder.resolve()}/a/b.db"


def test_a_policy_beside_the_config_is_found_and_speed_divides_it(folder: Path) -> None:
    (folder / "own.yml").write_text(POLICY, encoding="utf-8")
    words = ('        pending: held/customer_power\n      reasons:\n        "*no access*": customer_access\n', "")
    checked = good(folder, ("cmcc-2014", "own.yml\nspeed: 60"), words)
    assert checked.rules.policy.label == "case@1/x60"
    assert checked.rules.policy.targets[0].rows[0].budget == timedelta(seconds=10)


BAD: list[tuple[str, str, int, str]] = [
    # what it replaces, by what, the line that is named, the sentence
    ("policy: cmcc-2014\n", "", 1, "policy: is missing; write it"),
    ("receivers:\n  log: {type: log}\n", "", 1, "receivers: is missing; write it"),
    ("receivers:\n  log: {type: log}\n", "receivers: {}\n", 24,
     "receivers: lists nobody to be told; add one (type: log writes to the log only)"),
    ("instance: north", "instance: 5", 1, "instance: 5 is not text; put it in quotes"),
    ("instance: north", "instanse: north", 1, "instanse: is not a key here; remove it or correct its spelling"),
    ("zone: Asia/Shanghai", "zone: China", 2, "zone: 'China' is not a time zone; write one like Asia/Shanghai"),
    ("zone:", "speed: 0\nzone:", 2, "speed: 0.0 is not above zero; leave it out, except for a demo"),
    ("zone:", "speed: fast\nzone:", 2,
     "speed: 'fast': input should be a valid number, unable to parse string as a number"),
    ("zone:", "listen: 8321\nzone:", 2, "listen: 8321 is not text; put it in quotes"),
    ("zone:", "listen: localhost\nzone:", 2, "listen: 'localhost' is not an address; write 127.0.0.1:8321"),
    ("zone:", "listen: 127.0.0.1:70000\nzone:", 2,
     "listen: '127.0.0.1:70000' is not an address; write 127.0.0.1:8321"),
    ("zone:", "catch_up: 60\nzone:", 2, "catch_up: 60 is not a length; write 4h, 90m, 45s or 1d12h"),
    ("policy: cmcc-2014", "policy: cmcc-2015", 3,
     "policy: policy 'cmcc-2015' is neither a file nor shipped; shipped are: cmcc-2009, cmcc-2014, demo, it-support,"
     " operator-practice"),
    ("  tickets:\n", "  Tickets!:\n", 5,
     "sources.Tickets!: 'Tickets!' is not a source's name; write small letters, digits, . _ and -"),
    ("    type: tmf621\n", "", 5, "sources.tickets.type: is missing; write it"),
    ("    type: tmf621\n", "    type: tmf620\n", 6,
     "sources.tickets.type: type 'tmf620' is not known; write one of: circuit_http, jsonl_file, servicenow_audit,"
     " tmf621, or a dotted module name"),
    ("    every: 20s\n", "    every: 20\n", 7,
     "sources.tickets.every: 20 is not a length; write 4h, 90m, 45s or 1d12h"),
    ("    every: 20s\n", "    evry: 20s\n", 7,
     "sources.tickets.evry: is not a key here; remove it or correct its spelling"),
    ("options: {path: c.jsonl}", "options: {paht: c.jsonl}", 21,
     "sources.circuits.options.paht: is not an option of jsonl_file; it has path, zone"),
    ("options: {path: c.jsonl}", "options: {}", 21, "sources.circuits.options.path: is missing; write it"),
    ("options: {path: c.jsonl}", "options: {path: c.jsonl, zone: Mars}", 21,
     "sources.circuits.options.zone: 'Mars' is not a time zone; write a name such as Asia/Shanghai"),
    ("      version: \"7\"\n", "      revision: \"7\"\n", 11,
     "sources.tickets.mapping.revision: is not a key here; remove it or correct its spelling"),
    ("acknowledged: accepted", "acknowledged: acepted", 13,
     "sources.tickets.mapping.statuses.acknowledged: 'acepted' is not a phase; write one of opened, accepted, on_site,"
     " held, restored, closed, cancelled, delivered, or held/REASON"),
    ("held/customer_power", "held/customer_fault", 14,
     "sources.tickets.mapping.statuses.pending: 'customer_fault' is not a pause reason of policy cmcc-2014@1"
     " (customer_access, customer_power, customer_defer, force_majeure, planned_work); correct it or add it to the"
     " policy"),
    ("\"*no access*\": customer_access", "no access: customer_excess", 16,
     "sources.tickets.mapping.reasons.no access: 'customer_excess' is not a pause reason of policy cmcc-2014@1"
     " (customer_access, customer_power, customer_defer, force_majeure, planned_work); correct it or add it to the"
     " policy"),
    ("        team: {field: group}", "        tema: {field: group}", 18,
     f"sources.tickets.mapping.attributes.tema: is not an attribute; use one of {', '.join(ATTRIBUTES)}"),
    ("        team: {field: group}", "        team: {field: group, table: {}}", 18,
     "sources.tickets.mapping.attributes.team.table: is not a key here; remove it or correct its spelling"),
    ("UP: available", "UP: up", 23,
     "sources.circuits.mapping.circuit_states.UP: 'up': input should be 'available', 'degraded', 'unavailable' or"
     " 'unknown'"),
    ("  log: {type: log}", "  Log: {type: log}", 25,
     "receivers.Log: 'Log' is not a receiver's name; write small letters, digits, . _ and -"),
    ("{type: log}", "{type: pager}", 25,
     "receivers.log.type: type 'pager' is not known; write one of:"
     f" {', '.join(plugins.names('alerts.notifiers'))}, or a dotted module name"),
    ("{type: log}", "{type: log, option: {}}", 25,
     "receivers.log.option: is not a key here; remove it or correct its spelling"),
    ("{type: log}", "{type: log, options: {level: 3}}", 25,
     "receivers.log.options.level: is not an option of log; it has none"),
    ("{type: log}", "{type: alertmanager, options: {urls: []}}", 25,
     "receivers.log.options: lists no urls; write the address of every Alertmanager peer"),
    ("instance: north\n", "instance: north\nzone: UTC\n", 3,
     "zone: is written twice (first in line 2); keep one of them"),
    ("    every: 20s\n", "    every: 20s\n    every: 30s\n", 8,
     "sources.tickets.every: is written twice (first in line 7); keep one of them"),
    ("  circuits:\n", "  tickets:\n", 19, "sources.tickets: is written twice (first in line 5); keep one of them"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "sentence"), BAD, ids=[bad[3][:50] for bad in BAD])
def test_a_bad_config_is_one_sentence_with_file_line_and_key(
    folder: Path, old: str, new: str, line: int, sentence: str
) -> None:
    assert refused(folder, (old, new)) == f"tierwatch.yml:{line} {sentence}"


def test_a_config_with_no_source_watches_nothing(tmp_path: Path) -> None:
    path = tmp_path / "tierwatch.yml"
    path.write_text("policy: demo\nsources: {}\nreceivers: {log: {type: log}}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        config.load(path)
    assert str(error.value) == f"{path}:2 sources: lists no source, so there is nothing to watch; add one"


@pytest.mark.parametrize("text", ["", "# nothing\n", "- a\n", "text\n"])
def test_a_file_that_is_no_mapping_is_a_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "tierwatch.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        config.load(path)
    assert str(error.value) == f"{path}:1: is empty or not a mapping; see docs/configuration.md for an example"


def test_a_mistake_in_the_policy_names_both_files(folder: Path) -> None:
    (folder / "own.yml").write_text(POLICY.replace("budget: 10m", "budget: ten"), encoding="utf-8")
    said = refused(folder, ("cmcc-2014", "own.yml"))
    assert said.startswith(f"tierwatch.yml:3 policy: {folder}/own.yml:")
    assert "targets.accept.budgets.0.budget: 'ten' is not a budget; write 4h or 1d12h, 5wd (wor" in said


def test_several_mistakes_are_told_at_once(folder: Path) -> None:
    said = refused(folder, ("every: 20s", "every: 20"), ("type: log", "typ: log"))
    assert len(said.splitlines()) == 3
    assert all(line.startswith("tierwatch.yml:") for line in said.splitlines())


SECRET = "hunter2-correct-horse"
LEAKS = [
    "auth: " + SECRET,
    "auth: {token: " + SECRET + "}",
    "auth: {username: u, password: " + SECRET + "}",
    "auth: {username: {env: NOBODY_SET_THIS}, password: " + SECRET + "}",
    "auth: {token: {value: " + SECRET + "}}",
    "auth: {token: {env: NOBODY_SET_THIS, value: " + SECRET + "}}",
    "auth: {token: [" + SECRET + "]}",
    "auth: [" + SECRET + "]",
]


@pytest.mark.parametrize("auth", LEAKS)
@pytest.mark.parametrize("where", ["source", "receiver"])
def test_no_sentence_repeats_a_secret_that_was_written_where_none_belongs(folder: Path, auth: str, where: str) -> None:
    if where == "source":
        change = ("troubleTicket/v5\n", f"troubleTicket/v5\n      {auth}\n")
    else:
        change = ("{type: log}", f"{{type: alertmanager, options: {{urls: ['http://127.0.0.1:1'], {auth}}}}}")
    said = refused(folder, change)
    assert SECRET not in said
    assert "auth" in said
    assert "{env: NAME} or {file: PATH}" in said or "is not a key here" in said


@pytest.mark.parametrize("url", ["http://u:{}@127.0.0.1:1/", "ftp://u:{}@127.0.0.1/"])
@pytest.mark.parametrize("where", ["http://127.0.0.1:1/tmf-api/troubleTicket/v5", "{type: log}"])
def test_no_sentence_repeats_a_secret_in_an_address(folder: Path, url: str, where: str) -> None:
    bad = url.format(SECRET)
    new = bad if where.startswith("http") else f"{{type: alertmanager, options: {{urls: ['{bad}']}}}}"
    said = refused(folder, (where, new))
    assert SECRET not in said
    assert "options.url" in said


def test_no_sentence_repeats_what_stands_behind_the_path_of_an_address(folder: Path) -> None:
    bad = f"http://127.0.0.1:1/?token={SECRET}"
    said = refused(folder, ("{type: log}", f"{{type: alertmanager, options: {{urls: ['{bad}']}}}}"))
    assert SECRET not in said
    assert said.startswith("tierwatch.yml:25 receivers.log.options")


def test_a_secret_is_read_from_its_place_and_not_shown(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIERWATCH_TEST_TOKEN", SECRET)
    token = "troubleTicket/v5\n", "troubleTicket/v5\n      auth: {token: {env: TIERWATCH_TEST_TOKEN}}\n"
    checked = good(folder, token)
    assert checked.sources[0].options.auth.token.reveal() == SECRET
    assert SECRET not in repr(checked)


# -- the rulebook's version --------------------------------------------------------------------------------------------


def version_of(policy=None, mappings=None) -> str:
    base = policy_file.load("it-support", "Asia/Shanghai")
    return rulebooks.rulebook(policy or base, mappings or {"tickets": MAPPING}).version


def test_the_same_rules_have_the_same_version_in_every_process(folder: Path) -> None:
    path = write(folder)
    script = (
        f"from pathlib import Path; from monitor import config; print(config.load(Path({str(path)!r})).rules.version)"
    )
    versions = set()
    for seed in ("0", "1", "4242"):
        environment = {"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)}
        done = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
        )
        versions.add(done.stdout.strip())
    assert versions == {config.load(path).rules.version}


POLICY_CHANGES = {
    "version": {"version": "2"},
    "id": {"id": "other"},
    "title": {"title": Name("a", "b")},
    "effective_from": {"effective_from": date(2010, 1, 1)},
    "at_risk": {"at_risk": 0.8},
    "ladders": {"ladders": {"tier": (Rung("gold", Name("G", "G"), 0),)}},
    "reasons": {"reasons": {}},
    "stages": {"stages": {"tier": {"gold": (Stage("left_15m", left=timedelta(minutes=15)),)}}},
    "calendars": {"calendars": {"always": Calendar("always", always=True), "office": Calendar("office", always=True)}},
    "targets": {"targets": ()},
    "agreements": {"agreements": (Agreement(AgreementKind.OLA, "core", "restore", ()),)},
    "inherit": {"inherit": (Inheritance({"scope": frozenset({"cross-city"})}, "diamond"),)},
    "zone": {"zone": "Europe/Berlin"},
    "major_faults": {"major_faults": (MajorFault("x", Name("a", "b"), {}, 3, timedelta(hours=2), "test"),)},
}


def test_every_field_of_a_policy_is_listed_above() -> None:
    assert set(POLICY_CHANGES) == {item.name for item in fields(policy_file.load("demo"))}


@pytest.mark.parametrize("name", POLICY_CHANGES)
def test_any_change_of_the_policy_changes_the_version(name: str) -> None:
    base = policy_file.load("it-support", "Asia/Shanghai")
    assert version_of(replace(base, **POLICY_CHANGES[name])) != version_of(base)


def test_a_change_deep_in_the_policy_changes_the_version() -> None:
    base = policy_file.load("it-support", "Asia/Shanghai")
    target, office = base.targets[0], base.calendars["office"]
    row = target.rows[0]
    rows = [
        replace(row, budget=row.budget + timedelta(microseconds=1)), replace(row, calendar="office"),
        replace(row, figure="assumed"), replace(row, when={"urgency": frozenset({"A"})}),
    ]  # fmt: skip
    targets = [
        replace(target, reopen=Reopen.NEW_CYCLE), replace(target, recurring=True), replace(target, name="x"),
        replace(target, pauses=frozenset()), replace(target, stop=frozenset({Phase.CLOSED})),
        replace(target, start=frozenset({Phase.OPENED})), replace(target, title=Name("a", "b")),
        replace(target, rows=target.rows[::-1]), *(replace(target, rows=(one, *target.rows[1:])) for one in rows),
    ]  # fmt: skip
    offices = [
        replace(office, zone="UTC"), replace(office, version="2"), replace(office, days={date(2026, 1, 1): ()}),
        replace(office, weekly={**office.weekly, 5: ((time(8), time(9)),)}),
    ]  # fmt: skip
    policies = [replace(base, targets=(one,)) for one in targets]
    policies += [replace(base, calendars={**base.calendars, "office": one}) for one in offices]
    versions = {version_of(base), *(version_of(policy) for policy in policies)}
    assert len(versions) == 1 + len(policies)


def test_any_change_of_a_mapping_changes_the_version() -> None:
    mappings = [
        MAPPING, replace(MAPPING, version="2"),
        replace(MAPPING, statuses={**MAPPING.statuses, "x": StatusRule(Phase.HELD)}),
        replace(MAPPING, statuses={**MAPPING.statuses, "new": StatusRule(Phase.OPENED, "customer")}),
        replace(MAPPING, reasons={}), replace(MAPPING, attributes={"tier": AttributeRule("tier", {"a": "b"})}),
        replace(MAPPING, attributes={"tier": AttributeRule("class")}), replace(MAPPING, circuit_states={}),
        replace(MAPPING, instants={"detected": "alarm_time"}),
    ]  # fmt: skip
    versions = {version_of(mappings={"tickets": mapping}) for mapping in mappings}
    versions.add(version_of(mappings={"others": MAPPING}))
    assert len(versions) == len(mappings) + 1
    assert is_dataclass(SourceMapping)
    assert {item.name for item in fields(SourceMapping)} == {
        "version", "statuses", "reasons", "attributes", "circuit_states", "instants",
    }  # fmt: skip


def test_the_order_of_reason_patterns_is_part_of_the_version() -> None:
    one = replace(MAPPING, reasons={"*vendor*": "customer", "*": "other"})
    other = replace(MAPPING, reasons={"*": "other", "*vendor*": "customer"})
    assert version_of(mappings={"tickets": one}) != version_of(mappings={"tickets": other})


def test_a_password_in_an_address_of_the_wrong_shape_is_not_repeated(folder: Path) -> None:
    said = refused(
        folder, ("{type: log}", f"{{type: alertmanager, options: {{urls: 'http://u:{SECRET}@127.0.0.1:1'}}}}")
    )
    assert SECRET not in said


@pytest.mark.parametrize("speed", ["nan", "inf"])
def test_a_speed_that_is_no_number_is_a_sentence(folder: Path, speed: str) -> None:
    assert refused(folder, ("zone:", f"speed: {speed}\nzone:")).startswith("tierwatch.yml:2 speed: ")


def test_a_mistake_in_a_source_with_a_hyphen_names_it(folder: Path) -> None:
    said = refused(folder, ("  tickets:\n", "  noc-north:\n"), ("every: 20s", "every: often"))
    assert said == ("tierwatch.yml:7 sources.noc-north.every: 'often' is not a length; write 4h, 90m, 45s or 1d12h")


# -- versions of the policy --------------------------------------------------------------------------------------------


def version(number: str, since: str, *changes: tuple[str, str]) -> str:
    """The case's policy as another version, in force from another date."""
    text = POLICY
    for old, new in (('version: "1"', f'version: "{number}"'), ("2026-01-01", since), *changes):
        assert old in text
        text = text.replace(old, new, 1)
    return text


NO_WORDS = ('        pending: held/customer_power\n      reasons:\n        "*no access*": customer_access\n', "")
TWO = (("old.yml", version("1", "2026-01-01")), ("new.yml", version("2", "2026-03-01", ("budget: 4h", "budget: 3h"))))


def versions(folder: Path, policy: str, *files: tuple[str, str]) -> Config:
    for name, text in files:
        (folder / name).write_text(text, encoding="utf-8")
    return good(folder, ("policy: cmcc-2014", f"policy: {policy}"), NO_WORDS)


def refused_versions(folder: Path, policy: str, *files: tuple[str, str]) -> str:
    for name, text in files:
        (folder / name).write_text(text, encoding="utf-8")
    return refused(folder, ("policy: cmcc-2014", f"policy: {policy}"), NO_WORDS)


@pytest.mark.parametrize("order", ["[old.yml, new.yml]", "[new.yml, old.yml]"])
def test_versions_are_in_the_order_of_their_dates_whatever_that_of_the_list(folder: Path, order: str) -> None:
    rules = versions(folder, order, *TWO).rules
    assert [policy.label for policy in rules.policies] == ["case@1", "case@2"]
    assert rules.policy.label == "case@2"
    midnight = datetime(2026, 3, 1, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert rules.since == (None, midnight)
    assert rules.version == versions(folder, "[old.yml, new.yml]").rules.version


def test_a_list_of_one_is_a_policy_alone(folder: Path) -> None:
    alone = versions(folder, "old.yml", *TWO).rules
    assert versions(folder, "[old.yml]").rules.version == alone.version
    assert alone.since == (None,)


def test_versions_may_have_ids_of_their_own(folder: Path) -> None:
    rules = good(folder, ("policy: cmcc-2014", "policy: [cmcc-2014, cmcc-2009]")).rules
    assert [policy.label for policy in rules.policies] == ["cmcc-2009@1", "cmcc-2014@1"]
    assert "diamond" in rules.rungs["tier"]  # what any version knows is no unknown word


@pytest.mark.parametrize(
    ("policy", "files", "sentence"),
    [
        ("[]", (), "tierwatch.yml:3 policy: lists no policy; write the name of a shipped one or the path of a file"),
        ("[old.yml, new.yml]", (TWO[0], ("new.yml", version("2", "2026-01-01"))),
         "tierwatch.yml:3 policy.1: case@2 and case@1 are both in force from 2026-01-01; give the newer one a later"
         " effective_from"),
        ("[old.yml, new.yml]", (TWO[0], ("new.yml", version("1", "2026-03-01"))),
         "tierwatch.yml:3 policy.1: case@1 is listed twice; give each version its own version"),
        ("[old.yml, old.yml]", TWO,
         "tierwatch.yml:3 policy.1: case@1 and case@1 are both in force from 2026-01-01; give the newer one a later"
         " effective_from"),
        ("\n  - old.yml\n  - newer.yml", TWO,
         "tierwatch.yml:5 policy.1: policy 'newer.yml' is neither a file nor shipped; shipped are: "
         + ", ".join(policy_file.shipped())),
    ],
    ids=["none", "the same date", "the same label", "the same file", "no file"],
)  # fmt: skip
def test_versions_that_overlap_or_are_not_there_are_a_sentence(
    folder: Path, policy: str, files: tuple[tuple[str, str], ...], sentence: str
) -> None:
    assert refused_versions(folder, policy, *files) == sentence


def test_a_mistake_in_one_version_names_it_and_its_line(folder: Path) -> None:
    bad = ("new.yml", version("2", "2026-03-01", ("budget: 4h", "budget: 0h")))
    said = refused_versions(folder, "[old.yml, new.yml]", TWO[0], bad)
    assert said.startswith(f"tierwatch.yml:3 policy.1: {folder}/new.yml:")
    assert said.endswith("targets.restore.budgets.1.budget: '0h' is no time at all; write a length above zero")


def budgets(rules: Rulebook, events: list[Event], now: datetime, target: str = "restore") -> list[tuple[str, float]]:
    readings = advance(events, (), replace(rules, mappings={"tickets": MAPPING}), now).readings
    return [
        (reading.target.policy_version, reading.target.budget / timedelta(hours=1))
        for reading in readings
        if reading.target.name == target
    ]


MARCH = datetime(2026, 3, 1, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("opened", "judged"),
    [
        (timedelta(days=-400), ("case@1", 4)),  # before the oldest version's own date
        (timedelta(microseconds=-1), ("case@1", 4)),
        (timedelta(0), ("case@2", 3)),
        (timedelta(days=1), ("case@2", 3)),
    ],
    ids=["before any version", "just before", "at midnight", "after"],
)
def test_a_clock_is_judged_by_the_version_in_force_when_it_started(
    folder: Path, opened: timedelta, judged: tuple[str, float]
) -> None:
    rules = versions(folder, "[new.yml, old.yml]", *TWO).rules
    start = MARCH + opened
    events = [ticket("T1", start, "new", tier="gold")]
    for now in (start, start + timedelta(hours=1), MARCH + timedelta(days=30)):
        assert budgets(rules, events, now) == [judged]


def test_each_cycle_is_judged_by_the_version_of_its_own_start(folder: Path) -> None:
    newer = ("new.yml", version("2", "2026-03-01", ("budget: 30m", "budget: 1h")))
    rules = versions(folder, "[old.yml, new.yml]", TWO[0], newer).rules
    start = MARCH - timedelta(minutes=20)
    events = [ticket("T1", start, "new", tier="gold"), ticket("T1", start + timedelta(minutes=25), feedback=True)]
    assert budgets(rules, events, MARCH + timedelta(hours=2), "feedback") == [("case@1", 0.5), ("case@2", 1)]


def test_a_change_of_tier_is_taken_from_the_version_that_judges_the_clock(folder: Path) -> None:
    newer = ("new.yml", version("2", "2026-03-01", ("budget: 2h", "budget: 1h")))
    rules = versions(folder, "[old.yml, new.yml]", TWO[0], newer).rules
    start = MARCH - timedelta(hours=1)
    events = [
        ticket("T1", start, "new", tier="gold"), ticket("T1", start + timedelta(minutes=90), tier="diamond"),
    ]  # fmt: skip
    assert budgets(rules, events, start + timedelta(minutes=95)) == [("case@1", 2)]


def test_a_target_that_a_version_does_not_have_is_promised_by_the_other_alone(folder: Path) -> None:
    newer = ("new.yml", POLICY.partition("  feedback:\n")[0].replace('"1"', '"2"').replace("2026-01-01", "2026-03-01"))
    rules = versions(folder, "[old.yml, new.yml]", TWO[0], newer).rules
    before = [ticket("T1", MARCH - timedelta(hours=1), "new", tier="gold")]
    assert budgets(rules, before, MARCH + timedelta(hours=1), "feedback") == [("case@1", 0.5)]
    after = [ticket("T1", MARCH, "new", tier="gold")]
    assert budgets(rules, after, MARCH + timedelta(hours=1), "feedback") == []


OFFICE = ("{budget: 10m, source: test}", "{budget: 10h, calendar: office, source: test}")


def office(spans: str, holidays: str = "") -> tuple[str, str]:
    return "hours: 24x7}\n", f"hours: 24x7}}\n  office: {{zone: UTC, hours: {{mon-sun: [{spans}]}}{holidays}}}\n"


def test_calendars_of_the_same_name_are_joined_each_date_by_the_hours_it_has(folder: Path) -> None:
    old = ("old.yml", version("1", "2026-01-01", office("08:00-12:00", ", holidays: [2026-02-27]"), OFFICE))
    new = ("new.yml", version("2", "2026-03-01", office("08:00-16:00", ", holidays: [2026-03-03]"), OFFICE))
    rules = versions(folder, "[old.yml, new.yml]", old, new).rules
    counting = rules.working_times["office"]
    days = {day: datetime(2026, *day, tzinfo=UTC) for day in ((2, 26), (2, 27), (2, 28), (3, 1), (3, 3))}
    hours = {
        day: counting.counted(begun, begun + timedelta(days=1)) / timedelta(hours=1) for day, begun in days.items()
    }
    assert hours == {(2, 26): 4, (2, 27): 0, (2, 28): 4, (3, 1): 8, (3, 3): 0}
    # a clock of the old version, in the hours that each date has: 4 h on the 28th, 6 h on the 1st
    events = [ticket("T1", datetime(2026, 2, 28, 8, tzinfo=UTC), "new")]
    outcome = advance(events, (), replace(rules, mappings={"tickets": MAPPING}), datetime(2026, 2, 28, 9, tzinfo=UTC))
    (reading,) = outcome.readings
    assert (reading.target.policy_version, reading.deadline) == ("case@1", datetime(2026, 3, 1, 14, tzinfo=UTC))


def test_a_word_that_two_versions_say_of_one_date_is_the_newest_ones(folder: Path) -> None:
    old = ("old.yml", version("1", "2026-01-01", office("08:00-12:00", ", holidays: [2026-03-02]"), OFFICE))
    hours = ", working_days: {2026-03-02: [08:00-10:00]}"
    new = ("new.yml", version("2", "2026-03-01", office("08:00-16:00", hours), OFFICE))
    counting = versions(folder, "[old.yml, new.yml]", old, new).rules.working_times["office"]
    begun = datetime(2026, 3, 2, tzinfo=UTC)
    assert counting.counted(begun, begun + timedelta(days=1)) == timedelta(hours=2)


def test_the_pause_reasons_of_every_version_are_understood(folder: Path) -> None:
    newer = ("new.yml", version("2", "2026-03-01", ("  customer: {en: Waiting for the customer, zh: 等待客户}",
             "  client: {en: Waiting for the client}"), ("pause: [customer]", "pause: [client]")))  # fmt: skip
    rules = versions(folder, "[old.yml, new.yml]", TWO[0], newer).rules
    assert {"customer", "client"} <= set(rules.mappings["tickets"].reasons)


@pytest.mark.parametrize(
    ("policy", "written", "tiers"),
    [
        ("demo", "", {"diamond", "gold"}),
        ("demo", "wake_through_silence: [gold, silver]\n", {"gold", "silver"}),
        ("demo", "wake_through_silence: []\n", set()),
        ("own.yml", "", {"gold"}),
    ],
)
def test_the_tiers_that_wake_through_a_silence(folder: Path, policy: str, written: str, tiers: set[str]) -> None:
    own = POLICY.replace("    - {id: diamond, en: Diamond, zh: 钻石}\n", "").replace(
        "      - {when: {tier: diamond}, budget: 2h, source: test}\n", ""
    )
    (folder / "own.yml").write_text(own.replace("[diamond, gold]", "[gold]"), encoding="utf-8")
    text = f"{written}policy: {policy}\nsources:\n  a: {{type: jsonl_file, options: {{path: a}}}}\n"
    (folder / "tierwatch.yml").write_text(f"{text}receivers:\n  log: {{type: log}}\n", encoding="utf-8")
    assert config.load(folder / "tierwatch.yml").wake_through_silence == tiers


def test_a_tier_that_nobody_has_wakes_nobody_and_is_a_sentence(folder: Path) -> None:
    said = refused(folder, ("instance: north\n", "instance: north\nwake_through_silence: [gold, platinum]\n"))
    assert said.startswith("tierwatch.yml:2 wake_through_silence")
    assert "has no tier 'platinum'; it has " in said
