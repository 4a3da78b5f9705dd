"""A run of pytest leaves no process behind: each test here is such a run, in a process of its own."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.support import inner_run, warden

BEGIN = """
import os, signal, subprocess, sys, time
from pathlib import Path
import pytest
from tests.support import leftovers

leftovers.GRACE = 0.1  # what is left here does not end by itself
HERE = Path(__file__).parent
SLEEPER = [sys.executable, "-S", "-c", "import time; time.sleep(600)"]

def note(pid):
    (HERE / "started").write_text(f"{pid} {os.environ['TIERWATCH_TEST_RUN']}", encoding="ascii")
"""

PROGRAM = """
from tests.support.installations import configuration, promise, written
from tests.support.program import Tierwatch

def started():
    source = '{type: jsonl_file, options: {path: events.jsonl}}'
    (HERE / "events.jsonl").touch()
    program = Tierwatch(written(HERE, promise("4h"), configuration(source, {"log": "{type: log}"})))
    note(program.pid)
    program.address()
    return program
"""


def assert_nothing_is_left(folder: Path) -> None:
    """Wait for the wardens: they may be at it when pytest has ended."""
    pid, path = (folder / "started").read_text(encoding="ascii").split()
    mine = os.environ[warden.MARK]
    its = path.removeprefix(f"{mine}/").partition("/")[0]
    assert warden.gone_within(f"{mine}/{its}", 60) == {}
    assert not warden.carries(pid, mine)


def test_a_process_that_a_failing_test_leaves_is_killed_and_the_test_says_so(tmp_path: Path) -> None:
    said = inner_run.run(
        tmp_path, BEGIN + "def test_it():\n    note(subprocess.Popen(SLEEPER).pid)\n    assert False\n"
    )
    assert said.returncode == pytest.ExitCode.TESTS_FAILED
    assert "the test left behind: " in said.stdout
    assert "1 failed, 1 error" in said.stdout
    assert_nothing_is_left(tmp_path)


def test_a_process_with_an_environment_of_its_own_is_found_too(tmp_path: Path) -> None:
    test = "def test_it():\n    note(subprocess.Popen(SLEEPER, env={}, start_new_session=True).pid)\n    os._exit(3)\n"
    assert inner_run.run(tmp_path, BEGIN + test).returncode == 3
    assert_nothing_is_left(tmp_path)


def test_what_a_fixture_of_the_module_starts_lives_until_the_run_is_over_and_is_named_then(tmp_path: Path) -> None:
    test = """
@pytest.fixture(scope="module")
def wide():
    return subprocess.Popen(SLEEPER)

def test_one(wide):
    note(wide.pid)

def test_two(wide):
    assert wide.poll() is None
"""
    said = inner_run.run(tmp_path, BEGIN + test)
    assert said.returncode == pytest.ExitCode.TESTS_FAILED
    assert "2 passed" in said.stdout
    assert "processes left behind by" in said.stdout
    assert "time.sleep(600)" in said.stdout
    assert_nothing_is_left(tmp_path)


def test_a_child_of_a_child_is_named_by_the_worker_that_it_belongs_to(tmp_path: Path) -> None:
    test = """
def test_it():
    text = f"import subprocess as s; print(s.Popen({SLEEPER!r}, stdout=s.DEVNULL, start_new_session=True).pid)"
    done = subprocess.run([sys.executable, "-c", text], stdout=subprocess.PIPE, check=True)
    note(int(done.stdout))
"""
    said = inner_run.run(tmp_path, BEGIN + test, "-n", "1")
    assert said.returncode == pytest.ExitCode.TESTS_FAILED, said.stdout
    assert "1 passed" in said.stdout
    assert "processes left behind by" in said.stdout
    assert_nothing_is_left(tmp_path)


def test_the_program_ends_with_a_test_that_takes_too_long(tmp_path: Path) -> None:
    """The time runs from when the program has started, however long that takes."""
    test = """
@pytest.fixture
def program():
    return started()

@pytest.mark.timeout(0.5, method="signal", func_only=True)
def test_it(program):
    time.sleep(600)
"""
    said = inner_run.run(tmp_path, BEGIN + PROGRAM + test)
    assert said.returncode == pytest.ExitCode.TESTS_FAILED
    assert "Timeout" in said.stdout
    assert_nothing_is_left(tmp_path)


def test_a_time_out_that_ends_the_whole_run_ends_what_it_started(tmp_path: Path) -> None:
    test = """
@pytest.fixture
def sleeper():
    process = subprocess.Popen(SLEEPER)
    note(process.pid)
    return process

@pytest.mark.timeout(0.5, method="thread", func_only=True)
def test_it(sleeper):
    time.sleep(600)
"""
    said = inner_run.run(tmp_path, BEGIN + test)
    assert said.returncode != 0
    assert "Timeout" in said.stdout + said.stderr
    assert "1 failed" not in said.stdout, "the run ended there"
    assert_nothing_is_left(tmp_path)


def test_the_program_ends_with_a_run_that_is_killed(tmp_path: Path) -> None:
    test = "def test_it():\n    program = started()\n    os.kill(os.getpid(), signal.SIGKILL)\n    time.sleep(600)\n"
    assert inner_run.run(tmp_path, BEGIN + PROGRAM + test).returncode == -signal.SIGKILL
    assert_nothing_is_left(tmp_path)


def test_what_a_worker_started_ends_when_it_is_killed(tmp_path: Path) -> None:
    test = "def test_it():\n    note(subprocess.Popen(SLEEPER).pid)\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    said = inner_run.run(tmp_path, BEGIN + test, "-n", "1", "--max-worker-restart", "0")
    assert said.returncode != 0
    assert "crashed" in said.stdout
    assert_nothing_is_left(tmp_path)


def test_a_run_that_leaves_nothing_is_well(tmp_path: Path) -> None:
    test = """
def test_it():
    process = subprocess.Popen(SLEEPER)
    note(process.pid)
    process.kill()
    process.wait()
"""
    said = inner_run.run(tmp_path, BEGIN + test)
    assert said.returncode == 0, said.stdout
    assert "1 passed" in said.stdout
