"""The keys by which tierwatch is watched itself: what is taken, what is refused, and that no address is shown."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from monitor.config import config_file
from monitor.config.config_file import Config
from monitor.errors import ConfigError
from tests.support.command_line import CONFIG
from tests.support.texts import exchanged

SECRET = "who-knows-this-can-say-all-is-well"


def loaded(folder: Path, more: str) -> Config:
    (folder / "tierwatch.yml").write_text(CONFIG + more + "\n", encoding="utf-8")
    return config_file.load(folder / "tierwatch.yml")


def refused(folder: Path, more: str) -> str:
    with pytest.raises(ConfigError) as caught:
        loaded(folder, more)
    return str(caught.value).replace(f"{folder}/", "")


def test_without_a_word_there_is_a_synthetic_clock_and_no_ping(tmp_path: Path) -> None:
    found = loaded(tmp_path, "")
    assert (found.heartbeat, found.synthetic_every) == (None, timedelta(minutes=5))


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("{env: TIERWATCH_TEST_PING}", "$TIERWATCH_TEST_PING"),
        ("{file: ping}", "file ping"),
        (f"https://outside.example/{SECRET}", "heartbeat.url"),
    ],
)
def test_the_address_is_a_secret_wherever_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, origin: str
) -> None:
    monkeypatch.setenv("TIERWATCH_TEST_PING", f"https://outside.example/{SECRET}")
    (tmp_path / "ping").write_text(f"https://outside.example/{SECRET}\n", encoding="utf-8")
    found = loaded(tmp_path, f"heartbeat: {{url: {written!s}, every: 2m}}")
    assert found.heartbeat is not None
    assert found.heartbeat.reveal() == f"https://outside.example/{SECRET}"
    assert (found.heartbeat.origin, found.heartbeat_every) == (origin, timedelta(minutes=2))
    assert SECRET not in repr(found)


@pytest.mark.parametrize(
    "written", [f"ftp://{SECRET}", f"http://u:{SECRET}@outside.example/", SECRET, f"[{SECRET}]", f"{{value: {SECRET}}}"]
)
def test_no_sentence_repeats_the_address(tmp_path: Path, written: str) -> None:
    said = refused(tmp_path, f"heartbeat: {{url: {written if written[0] in '[{' else repr(written)}}}")
    assert said.startswith("tierwatch.yml:7 heartbeat.url: ")
    assert SECRET not in said


@pytest.mark.parametrize("written", ["off", '"off"', "'off'"])
def test_the_synthetic_clock_is_off_only_where_that_is_written(tmp_path: Path, written: str) -> None:
    assert loaded(tmp_path, f"synthetic_every: {written}").synthetic_every is None


@pytest.mark.parametrize("written", ["0", "0s", "true", "5", "never", "''", "null"])
def test_nothing_else_switches_it_off(tmp_path: Path, written: str) -> None:
    said = refused(tmp_path, f"synthetic_every: {written}")
    assert said.startswith("tierwatch.yml:7 synthetic_every: ")
    assert said.endswith("or off to do without a synthetic clock")


@pytest.mark.parametrize("key", ["synthetic_every: 9s", "heartbeat: {url: 'http://outside.example/', every: 9s}"])
def test_too_often_is_refused(tmp_path: Path, key: str) -> None:
    assert refused(tmp_path, key).endswith("9s is too often; write 10s or more")


def test_no_source_may_have_the_name_of_what_is_counted(tmp_path: Path) -> None:
    (tmp_path / "tierwatch.yml").write_text(exchanged(CONFIG, ("  tickets:", "  groups:")), encoding="utf-8")
    with pytest.raises(ConfigError, match="'groups' is the name under which tierwatch counts; give the source another"):
        config_file.load(tmp_path / "tierwatch.yml")


def test_no_source_may_have_the_name_of_the_synthetic_clocks(tmp_path: Path) -> None:
    (tmp_path / "tierwatch.yml").write_text(exchanged(CONFIG, ("  tickets:", "  tierwatch:")), encoding="utf-8")
    with pytest.raises(ConfigError, match="'tierwatch' is the name of tierwatch's own synthetic clock; give"):
        config_file.load(tmp_path / "tierwatch.yml")
