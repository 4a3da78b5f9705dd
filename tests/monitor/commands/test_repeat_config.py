"""`repeat` of a receiver: what is taken, and what is refused with a sentence."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from monitor.config import config_file
from tests.support.cases import at
from tests.support.command_line import CONFIG, Command, Site, runner
from tests.support.texts import exchanged


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.config.write_text(CONFIG, encoding="utf-8")
    return site


@pytest.fixture
def tierwatch(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, site: Site) -> Command:
    return runner(capsys, monkeypatch, site.config, at(0))


def with_receiver(site: Site, line: str) -> None:
    text = site.config.read_text(encoding="utf-8")
    site.config.write_text(exchanged(text, ("receivers:\n", f"receivers:\n  other: {line}\n")), encoding="utf-8")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{type: log, repeat: 59s}", "receivers.other.repeat: 59s is shorter than 1m; write a longer one, such as 30m"),
        ("{type: log, repeat: often}", "receivers.other.repeat: 'often' is not a length; write 4h, 90m, 45s or 1d12h"),
        (
            "{type: log, repeat: 30m, personal: true}",
            "receivers.other.repeat: somebody's own receiver is told what its",
        ),
        (
            "{type: alertmanager, repeat: 30m, options: {urls: ['http://am:9093']}}",
            "receivers.other: alertmanager is told of everything that fires, again and again, and repeats pages itself;"
            " leave out repeat, and set repeat_interval there",
        ),
    ],
)
def test_what_cannot_be_told_again_is_refused(tierwatch: Command, site: Site, line: str, said: str) -> None:
    with_receiver(site, line)
    found = tierwatch("check-config")
    assert found.code == 1
    assert said in found.err


def test_it_is_off_unless_it_is_written_and_a_demo_is_quicker(tierwatch: Command, site: Site) -> None:
    with_receiver(site, "{type: log, repeat: 30m}")
    assert tierwatch("check-config").code == 0
    said = {receiver.name: receiver.repeat for receiver in config_file.load(site.config).receivers}
    assert said.pop("other") == timedelta(minutes=30)
    assert set(said.values()) == {None}
    site.config.write_text("speed: 60\n" + site.config.read_text(encoding="utf-8"), encoding="utf-8")
    assert {receiver.repeat for receiver in config_file.load(site.config).receivers} == {None, timedelta(seconds=30)}
