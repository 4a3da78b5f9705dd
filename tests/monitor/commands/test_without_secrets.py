"""Commands that send nothing need no secrets; `check-config` names those that are missing and checks the rest."""

from __future__ import annotations

import dataclasses
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from monitor import cli
from monitor.config import config_file, plugins
from monitor.errors import ConfigError
from monitor.net.credentials import Secrets
from tests.support.cases import at, ticket
from tests.support.command_line import Command, Said, Site, runner
from tests.support.rotas import FILE
from tests.support.texts import exchanged

NOW = at(5)

CONFIG = """\
zone: Asia/Shanghai
policy: demo
oncall: oncall.yml
link_secret: {file: secrets/link}
link_secret_previous: {env: NO_PREVIOUS}
api_token: {env: NO_API}
heartbeat: {url: {env: NO_WATCH}}
sources:
  tickets: {type: jsonl_file, options: {path: t.jsonl}}
  desk: {type: tmf621, options: {url: "https://desk.example", auth: {token: {env: NO_TOKEN}}}}
  nms:
    type: circuit_http
    options: {url: "https://nms.example", auth: {username: tierwatch, password: {file: secrets/password}}}
  carriers:
    type: carrier_notices
    options: {host: mail.example, username: tierwatch, password: {env: NO_IMAP}, senders: {"@zayo.com": zayo}}
exporters:
  history: {type: influxdb, options: {url: "https://influx.example", bucket: b, token: {env: NO_INFLUX}}}
receivers:
  oncall: {type: log}
  log: {type: log}
  am: {type: alertmanager, options: {urls: ["https://am.example"], auth: {token: {env: NO_AM}, header: X-Key}}}
  chat: {type: apprise, options: {url: {env: NO_CHAT}}}
  ding: {type: dingtalk, options: {url: {env: NO_DING}, secret: {env: NO_DING_KEY}}}
  lark: {type: feishu, options: {url: {env: NO_LARK}, secret: {env: NO_LARK_KEY}}}
  duty: {type: pagerduty, options: {routing_key: {env: NO_DUTY}}}
  mail:
    type: smtp
    options: {host: mail.example, sender: t@example.com, to: [a@example.com], username: t, password: {env: NO_MAIL}}
  own: {type: webhook, options: {url: "https://own.example", secret: {env: NO_OWN}, auth: {token: {env: NO_OWN_TOKEN}}}}
  wecom: {type: wecom, options: {url: {env: NO_WECOM}}}
page_url: https://noc.example/
"""

CALENDAR = """\
    calendar:
      url: {env: NO_ROTA}
      auth: {username: tierwatch, password: {file: secrets/rota}}
    overrides:
"""

WORDS = {
    "acknowledge": "INC42",
    "alerts list": "",
    "alerts would-have": "--since 7d",
    "audit": "",
    "clock accept": "",
    "clock show": "",
    "customer list": "",
    "correct": "INC42 --exclude 2026-01-05T00:10:00Z 2026-01-05T00:20:00Z --reason flood",
    "diff-policy": "demo",
    "diff-upgrade": "",
    "drill end": "d-1",
    "drill list": "",
    "drill report": "",
    "drill start": "--team noc --author lin",
    "explain": "INC42",
    "influx rejected": "",
    "oncall check": "",
    "oncall digest": "",
    "oncall who": "",
    "publications": "",
    "report": "--month 2026-01",
    "quarantine drop": "1 --reason noted",
    "quarantine list": "",
    "quarantine retry": "1 --reason mended",
    "quarantine show": "1",
    "retire": "INC42 --reason gone --dry-run",
    "silence add": "--match tier=gold --for 1h --reason works",
    "silence end": "s-1",
    "silence list": "",
    "store backup": "b.db --overwrite --json",
    "store begin-anew": "",
    "store check": "--json",
    "store erase": "--subject INC42 --reason request --author lin",
    "store restore": "nowhere.db",
    "store show": "",
    "store size": "",
    "token create": "board --role viewer",
    "token list": "",
    "token revoke": "t-1",
    "trail export": "",
    "unknown": "",
    "user add": "wang --role noc --password-file password.txt",
    "user disable": "nobody",
    "user list": "",
    "user passwd": "nobody --password-file password.txt",
    "user roles": "nobody --role noc",
    "would-tell": "INC42",
}
"""Words for each command that reads a configuration and sends nothing."""

FINDS_NOTHING = {
    "acknowledge", "audit", "clock show", "drill end", "drill report", "drill start", "quarantine drop",
    "quarantine retry", "quarantine show", "silence end", "store restore", "token revoke", "user disable",
    "user passwd", "user roles",
}  # fmt: skip
"""What ends with 1 beside this small database, with secrets and without."""

SENDS = {"alerts test-page", "customer link", "influx backfill", "run"}
"""What needs its secrets: it sends, or signs."""

ANSWERS = {"mcp"}
"""What answers on standard input; `test_mcp.py` starts it where a secret is nowhere."""

NO_CONFIG = {
    "completion",
    "demo",
    "replay",
    "schema",
    "shipped",
    "backtest",
    "trail verify",
    "grafana install",
    "availability",
}

VALUES = {
    "NO_PREVIOUS": "p" * 40, "NO_API": "api", "NO_WATCH": "https://watch.example/1", "NO_TOKEN": "token",
    "NO_AM": "am", "NO_CHAT": "json://localhost/x", "NO_DING": "https://oapi.dingtalk.com/robot/send?access_token=1",
    "NO_DING_KEY": "SEC1", "NO_LARK": "https://open.feishu.cn/open-apis/bot/v2/hook/1", "NO_LARK_KEY": "key",
    "NO_DUTY": "routing", "NO_MAIL": "mail", "NO_IMAP": "imap", "NO_OWN": "own", "NO_OWN_TOKEN": "own",
    "NO_INFLUX": "influx", "NO_WECOM": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1", "NO_ROTA": "https://rota.example/1.ics",
    "link": "l" * 40, "password": "password", "rota": "rota",
}  # fmt: skip
"""A good value for each secret."""


def leaves(command: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "commands"):
        yield name, command
        return
    for word, below in command.commands.items():
        yield from leaves(below, f"{name} {word}".strip())


COMMANDS = dict(leaves(typer.main.get_command(cli.app)))


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A folder in which a program has worked, with a configuration whose secrets are nowhere."""
    monkeypatch.chdir(tmp_path)
    for name in VALUES:
        monkeypatch.delenv(name, raising=False)
    made = Site(tmp_path)
    made.hear(NOW, ticket("INC42", at(0), "opened", tier="gold"))
    (tmp_path / "t.jsonl").write_text(
        '{"source": "tickets", "event_id": "e1", "kind": "ticket", "subject": "T1", "at": "2026-01-05T00:00:00Z",'
        ' "status": "opened", "attributes": {"tier": "gold"}}\n'
    )
    made.config.write_text(CONFIG, encoding="utf-8")
    (tmp_path / "oncall.yml").write_text(FILE, encoding="utf-8")
    (tmp_path / "password.txt").write_text("correct horse battery staple", encoding="utf-8")
    return made


@pytest.fixture
def tierwatch(site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    return runner(capsys, monkeypatch, site.config, NOW)


def put(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put every secret where the configuration says."""
    folder = site.config.parent / "secrets"
    folder.mkdir()
    for name, value in VALUES.items():
        if name.startswith("NO_"):
            monkeypatch.setenv(name, value)
        else:
            (folder / name).write_text(value)


def test_the_suite_has_every_command() -> None:
    with_config = {name for name, command in COMMANDS.items() if any(one.name == "config" for one in command.params)}
    assert with_config == WORDS.keys() | SENDS | ANSWERS | {"check-config"}
    assert COMMANDS.keys() == with_config | NO_CONFIG


def test_the_configuration_has_a_secret_of_every_plug_in_that_has_one() -> None:
    for package in ("monitor.collectors", "alerts.notifiers", "exporters.push"):
        for name in plugins.names(package):
            options = dataclasses.fields(plugins.load(package, name).Config)
            has_secrets = any(word in str(option.type) for option in options for word in ("SecretOption", "AuthOption"))
            assert f"type: {name}," in CONFIG or f"type: {name}\n" in CONFIG or not has_secrets, name


@pytest.mark.parametrize("name", WORDS)
def test_a_command_that_sends_nothing_does_the_same_without_secrets(
    name: str, site: Site, tierwatch: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [*name.split(), *shlex.split(WORDS[name])]
    without = tierwatch(*words)
    assert not any(place in without.out + without.err for place in VALUES if place.startswith("NO_"))
    assert "secret" not in without.err
    assert without.code == (1 if name in FINDS_NOTHING else 0), without.err
    if name not in ("silence add", "clock accept", "correct", "token create", "user add"):  # these have done it
        put(site, monkeypatch)
        assert _without_seconds(tierwatch(*words)) == _without_seconds(without)


def _without_seconds(said: Said) -> Said:
    return said._replace(out=re.sub(r'"seconds": ?[\d.]+', "", said.out))


@pytest.mark.parametrize("words", [("run",), ("alerts", "test-page", "log"), ("customer", "link", "Bank A")])
def test_what_sends_names_every_secret_that_is_missing_first(words: tuple[str, ...], tierwatch: Command) -> None:
    said = tierwatch(*words)
    assert said.code == 1
    assert "secrets/link cannot be read" in said.err


def test_check_config_names_every_missing_secret_with_its_place_and_checks_the_rest(
    tierwatch: Command, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    rota = exchanged(FILE, ("    overrides:\n", CALENDAR))
    (site.config.parent / "oncall.yml").write_text(rota, encoding="utf-8")
    said = tierwatch("check-config")
    assert said.code == 3, said.err
    lines = [line for line in said.err.splitlines() if line.startswith("secret missing: ")]
    for name in VALUES:
        assert sum(f" {name};" in line or f"/{name} " in line for line in lines) == 1, name
    assert f"secret missing: {site.config}:4 link_secret: the file " in said.err
    assert "receivers.ding.options.url: the environment has no variable NO_DING; set it" in said.err
    assert "everything else is good; 21 secrets must be there before the start" in said.err
    assert f"{site.config}: good but for its secrets. Policy demo" in said.out
    assert "receiver ding: dingtalk" in said.out
    put(site, monkeypatch)
    (site.config.parent / "oncall.yml").write_text(FILE, encoding="utf-8")
    assert tierwatch("check-config")[::2] == (0, "")


def test_a_mistake_beside_a_missing_secret_is_still_a_mistake(tierwatch: Command, site: Site) -> None:
    site.config.write_text(exchanged(CONFIG, ("sender: t@example.com", "sender: t")), encoding="utf-8")
    said = tierwatch("check-config")
    assert said.code == 1
    assert "'t' is not a bare mail address" in said.err
    assert "NO_MAIL" in said.err


@pytest.mark.usefixtures("site")
def test_a_secret_that_was_not_read_cannot_be_sent(tmp_path: Path) -> None:
    checked = config_file.load(tmp_path / "tierwatch.yml", Secrets.UNREAD)
    secrets = [checked.api_token, checked.heartbeat, *checked.link_secrets]
    assert len(secrets) == 4
    for secret in secrets:
        assert secret is not None
        with pytest.raises(ConfigError, match="was not read, for this command sends nothing"):
            secret.reveal()


def test_who_is_on_duty_is_said_without_the_calendar_whose_secret_is_missing(tierwatch: Command, site: Site) -> None:
    rota = exchanged(FILE, ("    overrides:\n", CALENDAR))
    (site.config.parent / "oncall.yml").write_text(rota, encoding="utf-8")
    said = tierwatch("oncall", "who", "--at", "2026-01-14T00:00:00Z")
    assert (said.code, said.out[:10]) == (0, "noc: zhang")
    assert "the environment has no variable NO_ROTA" in said.err
    assert "there is no copy either, so who is on duty by the address in $NO_ROTA is not known" in said.err
