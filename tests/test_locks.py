"""The locks hold what `pyproject.toml` asks for, with hashes, and one version of it in all of them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
EXTRAS = {"build": (), "run": (), "test": ("test",), "bench": ("test", "bench")}


def locked(name: str) -> dict[str, Requirement]:
    """What a lock pins, by name."""
    text = (ROOT / ".ci" / "locks" / f"{name}.txt").read_text("utf-8")
    found = [Requirement(line.partition(" \\")[0]) for line in text.splitlines() if line and not line.startswith(" ")]
    here = [one for one in found if one.marker is None or one.marker.evaluate()]  # another system has other versions
    return {canonicalize_name(one.name): one for one in here}


def asked(name: str) -> Iterator[Requirement]:
    """What the project asks for of that lock: to be built, to run, or more."""
    if name != "run":
        yield from map(Requirement, PROJECT["build-system"]["requires"])
    if name != "build":
        yield from wanted(*EXTRAS[name])


def wanted(*extras: str) -> Iterator[Requirement]:
    """What the project asks for at run time; an extra of its own stands for what that one asks for."""
    own = PROJECT["project"]
    texts = [*own["dependencies"], *(text for extra in extras for text in own["optional-dependencies"][extra])]
    for requirement in map(Requirement, texts):
        if requirement.name == own["name"]:
            yield from wanted(*requirement.extras)
        else:
            yield requirement


def version(requirement: Requirement) -> str:
    (pin,) = requirement.specifier
    assert pin.operator == "==", str(requirement)
    return pin.version


@pytest.mark.parametrize("name", EXTRAS)
def test_a_lock_has_everything_that_the_project_asks_for(name: str) -> None:
    pins = locked(name)
    missing = [str(one) for one in asked(name) if canonicalize_name(one.name) not in pins]
    assert missing == [], "run `make lock`"
    for one in asked(name):
        pin = version(pins[canonicalize_name(one.name)])
        assert one.specifier.contains(pin, prereleases=True), f"{one} is locked at {pin}; run `make lock`"


def test_what_is_installed_apart_is_the_extra_that_excludes_others() -> None:
    """The parser of carriers' notices (docs/decisions/0133)."""
    asked_for = (ROOT / ".ci" / "locks" / "notices.in").read_text("utf-8").split()
    assert asked_for == PROJECT["project"]["optional-dependencies"]["notices"]
    pins = locked("notices")
    for one in map(Requirement, asked_for):
        (pin,) = pins[canonicalize_name(one.name)].specifier
        assert one.specifier.contains(pin.version)


@pytest.mark.parametrize("name", [*EXTRAS, "notices"])
def test_every_pin_has_hashes_and_no_address(name: str) -> None:
    text = (ROOT / ".ci" / "locks" / f"{name}.txt").read_text("utf-8")
    assert "://" not in text
    blocks = re.split(r"(?m)^(?=\S)", text)[1:]
    assert len(blocks) > {"build": 2, "notices": 30}.get(name, 40)
    for block in blocks:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), block


@pytest.mark.parametrize(("less", "more"), [("build", "test"), ("run", "test"), ("test", "bench")])
def test_the_locks_agree(less: str, more: str) -> None:
    few, many = locked(less), locked(more)
    assert {name: str(pin) for name, pin in few.items()} == {name: str(many[name]) for name in few}


def test_the_set_up_installs_nothing_but_what_is_locked() -> None:
    text = (ROOT / "Makefile").read_text("utf-8")
    installs = [line for line in text.splitlines() if "pip install" in line]
    assert len(installs) == 3, "a lock, the project itself, and the tool that renews the locks"
    locks, itself, tool = installs
    assert "--require-hashes" in locks
    assert "--no-deps --no-build-isolation" in itself
    assert tool.strip().endswith("uv")
