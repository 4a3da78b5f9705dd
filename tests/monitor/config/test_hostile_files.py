"""Every file of people that is read: whatever it holds, reading ends, in a sentence that is not as long as the file."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alerts.oncall import roster_file
from monitor.config import config_file, policy_file, yaml_bounds, yaml_file
from monitor.config.holidays import icalendar_file
from monitor.errors import ConfigError

ROOT = Path(__file__).parents[3]


def laughs(times: int, levels: int) -> str:
    """Lists that each repeat the one before so many times by an alias."""
    lines = [f"a0: &a0 [{','.join('x' * times)}]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * times)}]" for n in range(1, levels)]
    return "\n".join((*lines, ""))


HOSTILE = {
    "brackets": "a: " + "[" * 10_000 + "]" * 10_000,
    "brackets with a tab": "a:\t" + "{a: " * 10_000,
    "indentation": "\n".join(" " * depth + "a:" for depth in range(1000)),
    "dashes": "- " * 10_000 + "a",
    "laughs": laughs(10, 9),
    "laughs by two": laughs(2, 30),
    "laughs with a tab": "# \t\n" + laughs(10, 9),
    "a circle": "a: &a {b: *a}",
    "values": "a: [" + "x," * 400_000 + "]",
    "keys": "\n".join(f"k{number}: 1" for number in range(20_000)),
    "a long key": "k" * 900_000 + ": 1",
    "a long key in brackets": "? " + "k" * 90_000 + "\n: 1",
    "a long text": "policy: " + "x" * 900_000,
    "a long number": "policy: " + "9" * 90_000,
    "megabytes": "policy: " + "x" * 10_000_000,
    "an open quote": "policy: '" + "x\n" * 300_000,
    "NUL": "policy: \x00",
    "an escape": "policy: \x1b[2J",
}


READERS: dict[str, Callable[[Path], Any]] = {
    "configuration": config_file.load,
    "policy": lambda path: policy_file.load(path.name, base=path.parent),
    "rota": lambda path: roster_file.load(path, set()),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("content", HOSTILE)
def test_every_reader_of_yaml_refuses_it_with_a_bounded_sentence(tmp_path: Path, reader: str, content: str) -> None:
    path = tmp_path / "file.yml"
    path.write_text(HOSTILE[content], encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        READERS[reader](path)
    lines = str(error.value).splitlines()
    assert all(str(path) in line or "policy" in line for line in lines)
    assert len(lines) <= 60
    assert max(map(len, lines)) < 2000


@pytest.mark.parametrize(
    "content", ["laughs", "laughs by two", "laughs with a tab", "values", "brackets", "indentation"]
)
def test_it_is_refused_before_anything_is_built(monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    monkeypatch.setattr(yaml_file, "_mark", lambda *_: pytest.fail("nodes were built"))
    with pytest.raises(ConfigError, match=r"is nested more than 50 levels|has more than 100,000 values|not YAML"):
        yaml_file.parse(HOSTILE[content], "x.yml")


def test_what_is_just_within_the_bounds_is_read() -> None:
    deep = "[" * (yaml_bounds.DEEPEST - 1) + "]" * (yaml_bounds.DEEPEST - 1)
    assert yaml_file.parse(f"a: {deep}", "x.yml").data["a"] is not None
    many = f"a: &a [{','.join('x' * 96)}]\nb: [{','.join(['*a'] * 900)}]\n"
    assert len(yaml_file.parse(many, "x.yml").data["b"]) == 900


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/urandom"])
@pytest.mark.parametrize("reader", [*READERS.values(), icalendar_file])
def test_a_path_to_a_device_that_never_ends_is_refused(reader: Callable[[Path], Any], device: str) -> None:
    with pytest.raises((ConfigError, ValueError), match=r"has more than [\d,]+ bytes; check that it is the right one"):
        reader(Path(device))


ALONE = {"monitor/net/small_file.py", "monitor/config/policy_file.py"}
"""The one that bounds, and the one that reads what is shipped with the code."""


def test_no_room_that_reads_files_of_people_reads_them_without_a_bound() -> None:
    modules = [
        path
        for room in ("monitor/config", "monitor/net", "monitor/ical", "alerts")
        for path in ROOT.glob(f"{room}/**/*.py")
    ]
    unbounded = {
        str(path.relative_to(ROOT))
        for path in modules
        if re.search(r"\.read_(?:text|bytes)\(|\.open\(\"r|yaml\.(?:safe_)?load", path.read_text(encoding="utf-8"))
    }
    assert unbounded - ALONE == {"alerts/oncall/roster_calendars.py"}  # the copy that the program itself kept
