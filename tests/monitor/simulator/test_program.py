import ast
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from monitor.simulator import __main__ as program
from tests.support.peers import ended

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "monitor" / "simulator"


@contextmanager
def started(*options: str, **environment: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Start the real program; it is killed if the test leaves it alive."""
    process = subprocess.Popen(
        [sys.executable, "-m", "monitor.simulator", *options],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        try:
            assert process.stdout is not None
            line = json.loads(process.stdout.readline())
            assert line["ready"] is True
            yield process, line["port"]
        finally:
            process.kill()


def test_it_says_where_it_listens_and_answers_there() -> None:
    with started("--seed", "4") as (_, port), urllib.request.urlopen(f"http://127.0.0.1:{port}/control/truth") as reply:
        assert json.load(reply)["seed"] == 4


def test_it_ends_when_its_standard_input_ends() -> None:
    with started("--watch-stdin") as (process, _):
        assert process.poll() is None
        assert process.stdin is not None
        process.stdin.close()
        assert ended(process) == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""


def test_it_ends_when_told_to() -> None:
    with started() as (process, _):
        process.terminate()
        assert ended(process) == 0


def test_it_ends_by_itself() -> None:
    with started("--duration", "1") as (process, _):
        assert ended(process) == 0


def test_it_wants_the_token_of_its_environment() -> None:
    with started(SIM_TOKEN="secret") as (_, port):
        request = urllib.request.Request(f"http://127.0.0.1:{port}/circuits/status")
        with pytest.raises(urllib.error.HTTPError, match="401") as refused:
            urllib.request.urlopen(request)
        refused.value.close()
        request.add_header("Authorization", "Bearer secret")
        with urllib.request.urlopen(request) as reply:
            assert reply.status == 200


def test_a_port_in_use_is_told_in_a_sentence() -> None:
    with started() as (_, port):
        second = subprocess.run(
            [sys.executable, "-m", "monitor.simulator", "--port", str(port)], cwd=ROOT, capture_output=True, timeout=120
        )
    assert second.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in second.stderr.decode()


@pytest.mark.parametrize(
    "options",
    [
        ["--speed", "0"],
        ["--speed", "nan"],
        ["--speed", "fast"],
        ["--port", "70000"],
        ["--customers", "19"],
        ["--circuits", "60000"],
        ["--customers", "500", "--circuits", "400"],
        ["--duration", "0"],
    ],
)
def test_options_out_of_bounds_are_refused(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        program.main(options)
    assert options[0] in capsys.readouterr().err


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            yield node.module or ""


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("*.py")), ids=lambda path: path.name)
def test_it_is_made_of_the_standard_library_and_itself(path: Path) -> None:
    for name in imported(path):
        assert name.startswith("monitor.simulator") or name.partition(".")[0] in sys.stdlib_module_names


def test_the_product_never_imports_it() -> None:
    for folder in ("monitor", "exporters", "alerts"):
        for path in (ROOT / folder).rglob("*.py"):
            if PACKAGE not in path.parents:
                assert not any(name.startswith("monitor.simulator") for name in imported(path)), path
