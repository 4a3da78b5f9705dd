from __future__ import annotations

import subprocess

import pytest

from monitor import cli
from monitor.errors import ConfigError


@pytest.mark.parametrize("speed", ["0", "-1", "0.09", "3601", "nan", "inf"])
def test_a_speed_that_no_demo_has_is_a_sentence_and_starts_no_process(
    monkeypatch: pytest.MonkeyPatch, speed: str
) -> None:
    started: list[object] = []
    monkeypatch.setattr(subprocess, "Popen", lambda *given, **_: started.append(given))
    with pytest.raises(ConfigError) as error:
        cli.demo(speed=float(speed))
    assert str(error.value) == f"--speed {speed} is not from 0.1 to 3600; leave it out, or write 60"
    assert not started
