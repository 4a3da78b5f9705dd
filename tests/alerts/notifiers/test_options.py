"""The options as an operator writes them, with secrets and templates in files beside the configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.config import config_file
from monitor.errors import ConfigError

HEAD = "policy: demo\nsources:\n  desk: {type: jsonl_file, options: {path: a.jsonl}}\nreceivers:\n"


def load(folder: Path, receivers: str) -> config_file.Config:
    (folder / "key").write_text("s3cr3t\n", encoding="utf-8")
    (folder / "robot").write_text("https://robot.example/send?key=s3cr3t\n", encoding="utf-8")
    (folder / "chat").write_text("json://127.0.0.1:9/s3cr3t\n", encoding="utf-8")
    (folder / "tierwatch.yml").write_text(HEAD + receivers, encoding="utf-8")
    return config_file.load(folder / "tierwatch.yml")


def test_every_notifier_is_configured_from_files_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "page.j2").write_text("{{ title }}\n", encoding="utf-8")
    loaded = load(
        tmp_path,
        "  chat: {type: apprise, options: {url: {file: chat}, language: en, template: {file: page.j2}}}\n"
        "  ding: {type: dingtalk, options: {url: {file: robot}, secret: {file: key}, language: zh}}\n"
        "  fei: {type: feishu, options: {url: {file: robot}, secret: {file: key}, proxy: 'http://proxy.example:3128'}}\n"
        "  wecom: {type: wecom, options: {url: {file: robot}, template: '{{ text }}', timeout: 3s}}\n"
        "  pd: {type: pagerduty, options: {routing_key: {file: key}}}\n"
        "  hook: {type: webhook, options: {url: 'https://hook.example/in', secret: {file: key}}}\n"
        "  mail:\n"
        "    type: smtp\n"
        "    options: {host: localhost, sender: a@example.com, to: [b@example.com, c@example.com], port: 2525,\n"
        "              tls: none, username: me, password: {file: key}}\n",
    )
    channels = [
        channel.name
        for receiver in loaded.receivers
        for channel in receiver.module.build(receiver.options).channels(receiver.name)
    ]
    assert channels == ["chat", "ding", "fei", "wecom", "pd", "hook", "mail/1", "mail/2"]
    assert "s3cr3t" not in repr(loaded)


@pytest.mark.parametrize(
    ("receiver", "said"),
    [
        (
            "{type: wecom, options: {url: 'https://robot.example/?key=s3cr3t'}}",
            "options.url: a secret is not written into",
        ),
        ("{type: wecom, options: {url: {file: key}}}", "is not the address of a webhook"),
        (
            "{type: wecom, options: {url: {file: robot}, template: '{% if %}'}}",
            "options.template: option template line 1",
        ),
        ("{type: wecom, options: {url: {file: robot}, template: {file: nowhere.j2}}}", "cannot be read"),
        ("{type: wecom, options: {url: {file: robot}, language: fr}}", "options.language"),
        ("{type: wecom, options: {url: {file: robot}, secret: {file: key}}}", "is not an option of wecom"),
        ("{type: smtp, options: {host: m.example, sender: a@x, to: [b@x], tls: none}}", "in the open"),
        ("{type: webhook, options: {url: 'https://x.example'}}", "options.secret"),
        ("{type: pagerduty, options: {routing_key: s3cr3t}}", "a secret is not written into"),
    ],
)
def test_a_mistake_stops_the_start_with_file_line_and_key(tmp_path: Path, receiver: str, said: str) -> None:
    with pytest.raises(ConfigError, match=r"tierwatch.yml:5 receivers.it") as caught:
        load(tmp_path, f"  it: {receiver}\n")
    assert said in str(caught.value)
    assert "s3cr3t" not in str(caught.value)
