"""A core that was compiled from another source is never run (decision 0106).

Here the digests are an ordinary module, and what stands for a compiled module is a file that cannot be loaded: whoever
takes it fails. `make test-compiled` runs this and the tests of the pure rooms with a core that is really compiled.
"""

from __future__ import annotations

import copy
import importlib.util
import os
import pickle
import shutil
import subprocess
import sys
import tomllib
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from types import ModuleType

import pytest

import monitor
from monitor.clock import read
from monitor.compiled.core import changed_sources
from monitor.worktime import WorkingTime
from tests.bench import clock_read, readings
from tests.support.cases import at

ROOT = Path(__file__).parents[3]
PACKAGE = Path(monitor.__file__).parent
MODULES: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"][
    "wheel"
]["hooks"]["custom"]["modules"]
FACTS = clock_read.history(clock_read.random.Random(1), 1)
NOW = clock_read.START + timedelta(days=200)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the package whose `cycle.py` has a compiled module beside it, made of that very source."""
    to = tmp_path / "monitor"
    shutil.copytree(PACKAGE, to, ignore=shutil.ignore_patterns("__pycache__", "*.so", "shipped", "store", "simulator"))
    shutil.copytree(PACKAGE / "store", to / "store", ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    to.joinpath("clock", f"cycle{EXTENSION_SUFFIXES[0]}").write_bytes(b"no library")
    digest = sha256(to.joinpath("clock", "cycle.py").read_bytes()).hexdigest()
    to.joinpath("_compiled_from.py").write_text(f"SOURCES = {{'clock/cycle.py': '{digest}'}}\n", "utf-8")
    return to


def run(package: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(package.parent), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=package.parent, env=environment, capture_output=True, text=True, check=False)


def core(package: Path) -> subprocess.CompletedProcess[str]:
    """Import the core, and print which one it is and where its cycle was taken from."""
    said = "import monitor; print(monitor.CORE.name); from monitor.clock import cycle; print(cycle.__file__)"
    return run(package, "-c", said)


def test_a_core_that_was_compiled_from_these_sources_runs(package: Path) -> None:
    done = core(package)
    assert done.stdout == "compiled\n"
    assert "ImportError" in done.stderr  # the compiled module was taken


def test_a_source_that_was_edited_runs_in_the_place_of_what_was_compiled(package: Path) -> None:
    with package.joinpath("clock", "cycle.py").open("a", encoding="utf-8") as source:
        source.write("# edited\n")
    done = core(package)
    assert (done.stdout.splitlines()[0], done.stderr) == ("pure Python", "")
    assert Path(done.stdout.splitlines()[1]).name == "cycle.py"


def test_the_command_line_says_that_the_compiled_core_is_older_and_what_to_do(package: Path) -> None:
    with package.joinpath("clock", "cycle.py").open("a", encoding="utf-8") as source:
        source.write("# edited\n")
    done = run(package, "-m", "monitor.cli", "--version")
    assert done.stdout == f"tierwatch {monitor.__version__} (core: pure Python)\n"
    assert done.stderr.startswith("tierwatch: the compiled core is not used, for it was made from another")
    assert "monitor/clock/cycle.py" in done.stderr
    assert "pip install --force-reinstall" in done.stderr


def test_a_compiled_module_whose_source_is_gone_is_not_run(package: Path) -> None:
    package.joinpath("clock", "cycle.py").unlink()
    done = core(package)
    assert done.stdout == "pure Python\n"
    assert "monitor.clock.cycle has no source; install tierwatch again" in done.stderr


def test_a_compiled_core_that_cannot_be_loaded_is_said_and_the_sources_run(package: Path) -> None:
    package.joinpath(f"_compiled_from{EXTENSION_SUFFIXES[0]}").write_bytes(b"no library")
    assert core(package).stdout.splitlines()[0] == "pure Python"
    assert "it cannot be loaded" in run(package, "-m", "monitor.cli", "--version").stderr


def test_the_version_says_which_core_runs(package: Path) -> None:
    done = run(package, "-m", "monitor.cli", "--version")
    assert (done.stdout, done.stderr) == (f"tierwatch {monitor.__version__} (core: compiled)\n", "")
    package.joinpath("_compiled_from.py").unlink()
    done = run(package, "-m", "monitor.cli", "--version")
    assert (done.stdout, done.stderr) == (f"tierwatch {monitor.__version__} (core: pure Python)\n", "")


def test_every_source_that_differs_is_found(tmp_path: Path) -> None:
    same, other = tmp_path / "same.py", tmp_path / "other.py"
    same.write_text("A = 1\n", encoding="utf-8")
    other.write_text("B = 2\n", encoding="utf-8")
    digests = {each.name: sha256(each.read_bytes()).hexdigest() for each in (same, other)} | {"gone.py": "0"}
    other.write_text("B = 3\n", encoding="utf-8")
    assert changed_sources(str(tmp_path), digests) == ["gone.py", "other.py"]


@pytest.fixture(scope="module")
def compiling() -> ModuleType:
    """The program that compiles; it is no module of a package."""
    spec = importlib.util.spec_from_file_location("compiling", ROOT / ".ci" / "compiled" / "compiling.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_digests_are_of_all_that_compiled_modules_rely_on(
    compiling: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    found = {path.as_posix() for path in compiling.sources(MODULES)}
    assert {f"{module.replace('.', '/')}.py" for module in MODULES} < found
    assert {
        "monitor/clock/__init__.py",
        "monitor/model.py",
        "monitor/text/words.py",
        "monitor/policy/policy.py",
    } < found
    assert not any(path.startswith(("monitor/store/", "monitor/service/")) for path in found)


def test_only_pure_rooms_are_compiled() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    (pure,) = (each["source_modules"] for each in contracts if each["name"] == "The core does no I/O")
    assert [module for module in MODULES if module.rpartition(".")[0] not in pure] == []
    assert sorted(set(MODULES)) == MODULES


def test_values_of_the_core_are_pickled_copied_and_replaced() -> None:
    for calendar in clock_read.CALENDARS.values():
        reading = clock_read.ticket_clock.read(FACTS, clock_read.TARGET, calendar, NOW)
        assert reading is not None
        for value in (*FACTS, clock_read.TARGET, *clock_read.STAGES, reading):
            for other in (pickle.loads(pickle.dumps(value)), copy.copy(value), copy.deepcopy(value), replace(value)):
                assert type(other) is type(value)
                assert other == value
        assert (
            clock_read.ticket_clock.read(
                pickle.loads(pickle.dumps(FACTS)), pickle.loads(pickle.dumps(clock_read.TARGET)), calendar, NOW
            )
            == reading
        )


@pytest.mark.parametrize("name", clock_read.CALENDARS)
def test_working_time_is_pickled_and_counts_the_same(name: str) -> None:
    for one in (clock_read.CALENDARS[name], clock_read.CALENDARS[name].dates):
        other: WorkingTime = pickle.loads(pickle.dumps(one))
        assert other.calendar == one.calendar
        assert other.counted(at(0), at(100)) == one.counted(at(0), at(100))
        assert other.add_days(at(0), 3) == one.add_days(at(0), 3)


def test_the_library_reads_with_the_core_that_is_named() -> None:
    compiled = not clock_read.ticket_clock.__file__.endswith(".py")
    assert compiled == monitor.CORE.compiled
    assert callable(read)


@pytest.mark.skipif(not monitor.CORE.compiled, reason="no compiled core is installed: make test-compiled")
def test_the_compiled_core_reads_what_its_sources_read() -> None:
    """`python -m tests.bench.readings` compares 200,000 histories."""
    compiled, source = readings.elsewhere(2_000, 7, 2), readings.elsewhere(2_000, 7, 2, "--sources")
    assert (compiled.core, source.core) == ("compiled", "pure Python")
    assert compiled.readings == source.readings > 1_000
    assert compiled.digests == source.digests
