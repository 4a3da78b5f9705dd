"""What a configuration says, and every mistake in one as a sentence with its place."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from monitor.config import config_file, plugins, policy_file
from monitor.errors import ConfigError
from monitor.history.mapping import AttributeRule, StatusRule
from monitor.model import CircuitState, Phase
from tests.support.cases import POLICY
from tests.support.configurations import good, refused
from tests.support.texts import exchanged


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
    assert checked.rules.policy.label == "cmcc-2014@1.1"
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


def test_the_language_is_english_unless_one_is_named_and_receivers_follow_it(folder: Path) -> None:
    assert good(folder).language == "en"
    mail = "{type: smtp, options: {host: m.example, sender: a@x.example, to: [b@x.example]%s}}"
    receivers = f"receivers:\n  mail: {mail % ''}\n  own: {mail % ', language: zh'}\n"
    checked = good(folder, ("instance: north\n", "instance: north\nlanguage: both\n"), ("receivers:\n", receivers))
    assert checked.language == "both"
    assert {r.name: r.options.language for r in checked.receivers if r.kind == "smtp"} == {"mail": "both", "own": "zh"}


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("zh-CN", "'zh-CN' is not a language of tierwatch; write en, zh or both; did you mean 'zh'?"),
        ("bothe", "'bothe' is not a language of tierwatch; write en, zh or both; did you mean 'both'?"),
        ("[fr]", "['fr'] is not a language of tierwatch; write en, zh or both"),
    ],
)
def test_a_language_without_a_catalogue_is_refused(folder: Path, written: str, sentence: str) -> None:
    said = refused(folder, ("instance: north\n", f"instance: north\nlanguage: {written}\n"))
    assert f"language: {sentence}" in said


@pytest.mark.parametrize("url", ["postgresql://me:secret@h/x", "postgresql+psycopg://h/x", "mysql://h/x", "x://"])
def test_a_database_that_is_no_file_is_refused_and_its_password_is_not_said(folder: Path, url: str) -> None:
    said = refused(folder, ("zone:", f"database: {url}\nzone:"))
    kind = url.partition("://")[0]
    assert said.endswith(
        f"database: {kind}:// names a database that tierwatch cannot use yet; write the path of a file, which SQLite"
        " keeps: tierwatch.db"
    )
    assert "secret" not in said


def test_a_database_lies_beside_the_config_or_where_its_url_says(folder: Path) -> None:
    assert good(folder, ("zone:", "database: sqlite:////var/x.db\nzone:")).database == "sqlite:////var/x.db"
    assert good(folder, ("zone:", "database: a/b.db\nzone:")).database == f"sqlite:///{folder.resolve()}/a/b.db"


def test_a_policy_beside_the_config_is_found_and_speed_divides_it(folder: Path) -> None:
    (folder / "own.yml").write_text(POLICY, encoding="utf-8")
    words = ('        pending: held/customer_power\n      reasons:\n        "*no access*": customer_access\n', "")
    checked = good(folder, ("cmcc-2014", "own.yml\nspeed: 60"), words)
    assert checked.rules.policy.label == "case@1/x60"
    assert checked.rules.policy.targets[0].rows[0].budget == timedelta(seconds=10)


SHIPPED = ", ".join(policy_file.shipped())

BAD: list[tuple[str, str, int, str]] = [
    # what it replaces, by what, the line that is named, the sentence
    ("policy: cmcc-2014\n", "", 1, "policy: is missing; write it"),
    ("receivers:\n  log: {type: log}\n", "", 1, "receivers: is missing; write it"),
    ("receivers:\n  log: {type: log}\n", "receivers: {}\n", 24,
     "receivers: lists nobody to be told; add one (type: log writes to the log only)"),
    ("instance: north", "instance: 5", 1, "instance: 5 is not text; put it in quotes"),
    ("instance: north", "instanse: north", 1, "instanse: is not a key here; remove it or correct its spelling"
     "; did you mean 'instance'?"),
    ("zone: Asia/Shanghai", "zone: China", 2, "zone: 'China' is not a time zone; write one like Asia/Shanghai"),
    ("zone:", "speed: 0\nzone:", 2, "speed: 0.0 is not above zero; leave it out, except for a demo"),
    ("zone:", "speed: fast\nzone:", 2,
     "speed: 'fast' is not a number; write one such as 1.5"),
    ("zone:", "listen: 8321\nzone:", 2, "listen: 8321 is a port without its address; write 127.0.0.1:8321"),
    ("zone:", "listen: localhost\nzone:", 2, "listen: 'localhost' is not an address; write 127.0.0.1:8321"),
    ("zone:", "listen: 127.0.0.1:70000\nzone:", 2,
     "listen: '127.0.0.1:70000' is not an address; write 127.0.0.1:8321"),
    ("zone:", "catch_up: 60\nzone:", 2, "catch_up: 60 is not a length; write 4h, 90m, 45s or 1d12h"),
    ("policy: cmcc-2014", "policy: cmcc-2015", 3,
     "policy: policy 'cmcc-2015' is neither a file nor shipped; shipped are:"
     f" {SHIPPED}; did you mean 'cmcc-2014'?"),
    ("  tickets:\n", "  Tickets!:\n", 5,
     "sources.Tickets!: 'Tickets!' is not a source's name; write small letters, digits, . _ and -"),
    ("    type: tmf621\n", "", 5, "sources.tickets.type: is missing; write it"),
    ("    type: tmf621\n", "    type: tmf620\n", 6,
     "sources.tickets.type: type 'tmf620' is not known; write one of: carrier_notices, circuit_http, jsonl_file,"
     " servicenow_audit, tmf621, or a dotted module name; did you mean 'tmf621'?"),
    ("    every: 20s\n", "    every: 20\n", 7,
     "sources.tickets.every: 20 is not a length; write 4h, 90m, 45s or 1d12h"),
    ("    every: 20s\n", "    evry: 20s\n", 7,
     "sources.tickets.evry: is not a key here; remove it or correct its spelling; did you mean 'every'?"),
    ("options: {path: c.jsonl}", "options: {paht: c.jsonl}", 21,
     "sources.circuits.options.paht: is not an option of jsonl_file; it has path, zone; did you mean 'path'?"),
    ("options: {path: c.jsonl}", "options: {}", 21, "sources.circuits.options.path: is missing; write it"),
    ("options: {path: c.jsonl}", "options: {path: c.jsonl, zone: Mars}", 21,
     "sources.circuits.options.zone: 'Mars' is not a time zone; write a name such as Asia/Shanghai"),
    ("      version: \"7\"\n", "      revision: \"7\"\n", 11,
     "sources.tickets.mapping.revision: is not a key here; remove it or correct its spelling; did you mean 'version'?"),
    ("acknowledged: accepted", "acknowledged: acepted", 13,
     "sources.tickets.mapping.statuses.acknowledged: 'acepted' is not a phase; write one of opened, accepted, on_site,"
     " held, restored, closed, cancelled, delivered, retired, or held/REASON; did you mean 'accepted'?"),
    ("held/customer_power", "held/customer_fault", 14,
     "sources.tickets.mapping.statuses.pending: 'customer_fault' is not a pause reason of policy cmcc-2014@1.1"
     " (customer_access, customer_power, customer_defer, force_majeure, planned_work); correct it or add it to the"
     " policy; did you mean 'customer_defer'?"),
    ("\"*no access*\": customer_access", "no access: customer_excess", 16,
     "sources.tickets.mapping.reasons.no access: 'customer_excess' is not a pause reason of policy cmcc-2014@1.1"
     " (customer_access, customer_power, customer_defer, force_majeure, planned_work); correct it or add it to the"
     " policy; did you mean 'customer_access'?"),
    ("        team: {field: group}", "        tema: {field: group}", 18,
     "sources.tickets.mapping.attributes.tema: is not an attribute; use one of tier, assurance, urgency, scope,"
     " process, customer_tier, far_tier, customer_class, service, order_class, customer, team, supplier, provider,"
     " site, circuit, device, cause, title, url, or declare it under attributes of the policy"
     "; did you mean 'team'?"),
    ("        team: {field: group}", "        team: {field: group, table: {}}", 18,
     "sources.tickets.mapping.attributes.team.table: is not a key here; remove it or correct its spelling"),
    ("UP: available", "UP: up", 23,
     "sources.circuits.mapping.circuit_states.UP: 'up' is not a circuit's state; write one of available,"
     " degraded, unavailable, unknown, retired"),
    ("  log: {type: log}", "  Log: {type: log}", 25,
     "receivers.Log: 'Log' is not a receiver's name; write small letters, digits, . _ and -"),
    ("{type: log}", "{type: pager}", 25,
     "receivers.log.type: type 'pager' is not known; write one of:"
     f" {', '.join(plugins.names('alerts.notifiers'))}, or a dotted module name; did you mean 'pagerduty'?"),
    ("{type: log}", "{type: log, option: {}}", 25,
     "receivers.log.option: is not a key here; remove it or correct its spelling; did you mean 'options'?"),
    ("{type: log}", "{type: log, options: {level: 3}}", 25,
     "receivers.log.options.level: is not an option of log; it has none"),
    ("{type: log}", "{type: alertmanager, options: {urls: []}}", 25,
     "receivers.log.options: lists no urls; write the address of every Alertmanager peer"),
    ("instance: north\n", "instance: north\nzone: UTC\n", 3,
     "zone: is written twice (first in line 2); keep one of them"),
    ("    every: 20s\n", "    every: 20s\n    every: 30s\n", 8,
     "sources.tickets.every: is written twice (first in line 7); keep one of them"),
    ("  circuits:\n", "  tickets:\n", 19, "sources.tickets: is written twice (first in line 5); keep one of them"),
    ("zone:", "exporters: {Past!: {type: influxdb, options: {url: http://i, bucket: b}}}\nzone:", 2,
     "exporters.Past!: 'Past!' is not an exporter's name; write small letters, digits, . _ and -"),
    ("zone:", "exporters: {past: {type: influx, options: {url: http://i, bucket: b}}}\nzone:", 2,
     "exporters.past.type: type 'influx' is not known; write one of: influxdb, or a dotted module name; did you mean"
     " 'influxdb'?"),
    ("zone:", "exporters: {past: {type: influxdb, spool_bytes: -1, options: {url: http://i, bucket: b}}}\nzone:", 2,
     "exporters.past.spool_bytes: -1 is below zero; write 0 to keep nothing"),
    ("zone:", "exporters: {past: {type: influxdb, options: {url: http://i, bucket: ''}}}\nzone:", 2,
     "exporters.past.options: bucket is empty; write the name of the bucket"),
    ("zone:", "metrics: {detail: 5001}\nzone:", 2,
     "metrics.detail: 5001 is not from 0 to 5000; write 500, or 0 to list none"),
    ("zone:", "metrics: {detail: -1}\nzone:", 2,
     "metrics.detail: -1 is not from 0 to 5000; write 500, or 0 to list none"),
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
        config_file.load(path)
    assert str(error.value) == f"{path}:2 sources: lists no source, so there is nothing to watch; add one"


@pytest.mark.parametrize("text", ["", "# nothing\n", "- a\n", "text\n"])
def test_a_file_that_is_no_mapping_is_a_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "tierwatch.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        config_file.load(path)
    assert str(error.value) == f"{path}:1: is empty or not a mapping; see docs/configuration.md for an example"


def test_a_mistake_in_the_policy_names_both_files(folder: Path) -> None:
    (folder / "own.yml").write_text(exchanged(POLICY, ("budget: 10m", "budget: ten")), encoding="utf-8")
    said = refused(folder, ("cmcc-2014", "own.yml"))
    assert said.startswith(f"tierwatch.yml:3 policy: {folder}/own.yml:")
    assert (
        "targets.accept.budgets.0.budget: 'ten' is not a budget; write a length (4h, 90m, 1d12h; 0s), working" in said
    )


def test_several_mistakes_are_told_at_once(folder: Path) -> None:
    said = refused(folder, ("every: 20s", "every: 20"), ("type: log", "typ: log"))
    assert len(said.splitlines()) == 2
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
    assert "{env: NAME}, {file: PATH} or {credential: NAME}" in said or "is not a key here" in said


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
