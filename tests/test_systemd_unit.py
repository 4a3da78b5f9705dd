"""The unit for systemd that ships: systemd accepts it, it gives few rights, and program and docs agree with it."""

from __future__ import annotations

import re
import subprocess
import sys
from configparser import RawConfigParser
from pathlib import Path

import pytest

from monitor.service import stopping
from tests.support.peers import need

ROOT = Path(__file__).parents[1]
UNIT = ROOT / "examples/systemd/tierwatch.service"
OPERATIONS = (ROOT / "docs/operations.md").read_text(encoding="utf-8")

MOST_EXPOSED = 15
"""Tenths: of 10.0 for a unit without any protection. Network and sockets are needed and make 1.2."""


def settings() -> dict[str, list[str]]:
    """Every setting of the service with its values."""
    found: dict[str, list[str]] = {}
    for line in UNIT.read_text(encoding="utf-8").splitlines():
        name, mark, value = line.partition("=")
        if mark and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def seconds(text: str) -> float:
    number, unit = re.fullmatch(r"(\d+)(s|min)", text).groups()  # type: ignore[union-attr]
    return int(number) * {"s": 1, "min": 60}[unit]


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The unit as on a machine on which the program is where this one is: systemd looks whether it is there."""
    unit = tmp_path / "tierwatch.service"
    text = UNIT.read_text(encoding="utf-8")
    here = Path(sys.executable).with_name("tierwatch")
    assert here.exists()
    unit.write_text(text.replace("/opt/tierwatch/current/bin/tierwatch", str(here)), encoding="utf-8")
    return unit


def analyze(*words: str | Path) -> str:
    """What `systemd-analyze` says; it finds nothing wrong."""
    program = need("systemd-analyze")
    done = subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.peer
def test_systemd_finds_nothing_wrong_with_the_unit(installed: Path) -> None:
    assert analyze("verify", "--man=no", installed) == ""


@pytest.mark.peer
def test_systemd_notices_a_mistake(installed: Path) -> None:
    text = installed.read_text(encoding="utf-8")
    installed.write_text(text.replace("ProtectSystem=strict", "ProtectSystm=strict"), encoding="utf-8")
    assert "ProtectSystm" in analyze("verify", "--man=no", installed)


@pytest.mark.peer
def test_the_unit_is_exposed_as_little_as_a_program_with_a_network_can_be(installed: Path) -> None:
    analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED}", installed)


def test_systemd_waits_longer_for_the_end_than_the_program_takes() -> None:
    assert seconds(settings()["TimeoutStopSec"][0]) > stopping.WITHIN


def test_the_program_is_where_operations_installs_it() -> None:
    (start,) = settings()["ExecStart"]
    program, command, option, config = start.split()
    assert (command, option) == ("run", "--config")
    assert f"{program} check-config --config {config}" in OPERATIONS
    (state,) = settings()["StateDirectory"]
    assert f"database: /var/lib/{state}/tierwatch.db" in OPERATIONS


def test_operations_says_what_to_do_with_the_unit_and_copies_none_of_it() -> None:
    assert "share/tierwatch/systemd/tierwatch.service" in OPERATIONS
    assert "[Service]" not in OPERATIONS.replace("[Service]\nLoadCredential", "")


def test_every_section_of_the_unit_can_be_read() -> None:
    parser = RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[method-assign,assignment]
    parser.read(UNIT, encoding="utf-8")
    assert parser.sections() == ["Unit", "Service", "Install"]
