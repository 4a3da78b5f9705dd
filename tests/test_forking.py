"""What is forked from the nursery is the command, as somebody would start it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import warden
from tests.support.forking import Forked
from tests.support.peers import HANGING
from tests.support.program import command, printed

LINES = ("--help", "silence --help", "nonsense", "check-config --config none.yml", "schema policy")
SAMPLE = "tests.support.forked_sample"


@pytest.mark.parametrize("line", LINES)
def test_it_says_what_the_command_itself_says(line: str, tmp_path: Path) -> None:
    words = line.split()
    itself = subprocess.run(
        [sys.executable, "-c", "import sys; sys.argv[0] = 'tierwatch'; from monitor.cli import main; main()", *words],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True, text=True, check=False, timeout=HANGING,
    )  # fmt: skip
    forked = command(*words, cwd=tmp_path)
    assert (forked.returncode, forked.stdout, forked.stderr) == (itself.returncode, itself.stdout, itself.stderr)


def test_it_has_its_own_folder_environment_descriptors_and_words(tmp_path: Path) -> None:
    with (tmp_path / "err").open("w+", encoding="utf-8") as err:
        process = Forked(
            ["one", "two"], module=SAMPLE, stdout=subprocess.PIPE, stderr=err, descriptors=64, cwd=tmp_path,
            env={"GIVEN": "by the test"},
        )  # fmt: skip
        assert process.stdout is not None
        with process.stdout:
            said, still_open = process.stdout.read().splitlines()
        assert process.wait(HANGING) == process.poll() == 7
        err.seek(0)
        assert err.read() == "an error\n"
    environment = {"GIVEN": "by the test", warden.MARK: os.environ[warden.MARK]}
    assert said == f"{tmp_path.resolve()} {environment} 64 ['tierwatch', 'one', 'two'] ''"
    assert still_open in ("[]", "[3]"), "3 is that of the one who looks"


def test_its_end_is_known_however_it_ends() -> None:
    waits = Forked(["wait"], module=SAMPLE)
    assert waits.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        waits.wait(0.01)
    fails = Forked([], module="signal")  # which has no `main`
    assert fails.wait(HANGING) == 1
    waits.kill()
    assert waits.wait(HANGING) == waits.returncode == -signal.SIGKILL
    waits.kill()  # of one that has ended: nothing


def test_what_ends_badly_is_no_output() -> None:
    with pytest.raises(AssertionError, match="No such command"):
        printed("nonsense")
