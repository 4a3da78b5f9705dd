from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from exporters.web import navigation
from exporters.web.app import API_PATH, KIOSK
from monitor import cli
from monitor.commands import demo_setup
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


def test_whoever_starts_the_demo_is_told_where_to_look_in_a_few_lines() -> None:
    lines = demo_setup.hints("tierwatch explain TICKET --config .demo/tierwatch.yml", "http://127.0.0.1:8321")
    assert len(lines) <= 6
    assert max(map(len, lines)) <= 100, "a line on a terminal"
    addresses = re.findall(r"http://127\.0\.0\.1:8321/(\S*)", " ".join(lines))
    known = {*(page.path for page in navigation.PAGES), f"?{KIOSK}", f"{API_PATH[1:]}/openapi.json"}
    assert {"", "clocks", f"?{KIOSK}"} < set(addresses) <= known
    root = Path(demo_setup.__file__).parents[2]
    named = re.findall(r"docs/[\w.]+md", " ".join(lines))
    assert len(named) == 3
    assert [name for name in named if not (root / name).exists()] == []
