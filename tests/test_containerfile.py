"""The Containerfile: hadolint finds nothing, and its steps, run in a plain folder, give a program that runs.

No base image can be fetched where the tests run, so the steps that make an image's user and folders are read, not run.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from monitor import __version__
from tests.support.texts import exchanged

ROOT = Path(__file__).parents[1]
FILE = ROOT / "Containerfile"
WHERE = ("/opt/tierwatch", "/build")
"""The folders of the image in which the stage `build` works."""


def instructions(text: str) -> list[tuple[str, str]]:
    """Each instruction with its words, on one line."""
    joined = re.sub(r"\\\n\s*", "", re.sub(r"(?m)^#.*\n", "", text))
    return [(name, words) for name, _, words in (line.partition(" ") for line in joined.splitlines() if line)]


def stages() -> list[list[tuple[str, str]]]:
    found: list[list[tuple[str, str]]] = []
    for name, words in instructions(FILE.read_text(encoding="utf-8")):
        if name == "FROM":
            found.append([])
        if found:
            found[-1].append((name, words))
    return found


def hadolint(path: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("hadolint")
    return subprocess.run([program, "--no-color", path], capture_output=True, text=True, check=False)


def test_hadolint_finds_nothing() -> None:
    done = hadolint(FILE)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_hadolint_notices_a_mistake(tmp_path: Path) -> None:
    wrong = tmp_path / "Containerfile"
    wrong.write_text(
        FILE.read_text(encoding="utf-8").replace("ARG PYTHON=", "ARG OTHER=").replace("${PYTHON}", "python")
    )
    assert "DL3006" in hadolint(wrong).stdout


def test_the_image_runs_as_a_user_without_rights_whose_database_is_a_volume() -> None:
    last = stages()[-1]
    assert ("USER", "10001:10001") in last
    names = [name for name, _ in last]
    assert "RUN" not in names[names.index("USER") :]
    assert ("VOLUME", '["/var/lib/tierwatch"]') in last
    made = " ".join(words for name, words in last if name == "RUN")
    assert "install -d -o 10001 -g 10001 -m 0700 /var/lib/tierwatch" in made


def test_everything_that_is_installed_has_its_hash() -> None:
    every = " && ".join(words for stage in stages() for name, words in stage if name == "RUN")
    installs = [step for step in every.split(" && ") if " pip install " in step]
    assert len(installs) == 3
    own = [step for step in installs if "dist/tierwatch-" in step]
    assert [step for step in installs if "--require-hashes" not in step] == own
    assert all("--no-index" in step and "--no-deps" in step for step in own)


def _copied(words: str, folder: Path) -> None:
    *sources, target = words.split()
    for source in sources:
        found, to = ROOT / source, folder / target
        if found.is_dir():
            shutil.copytree(found, to, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            to = to / found.name if target.endswith("/") or len(sources) > 1 else to
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(found, to)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder that stands for the root of the image, after every step of the stage `build`."""
    root = tmp_path_factory.mktemp("image")
    folder, path = root, os.environ["PATH"]
    python = root / "bin"
    python.mkdir()
    (python / "python").symlink_to(getattr(sys, "_base_executable", sys.executable))
    env = {"PATH": f"{python}:{path}", "HOME": str(root), "PIP_CACHE_DIR": os.path.expanduser("~/.cache/pip")}
    env |= {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    for name, words in stages()[0][1:]:
        if name == "WORKDIR":
            folder = root / words.lstrip("/")
            folder.mkdir(parents=True)
        elif name == "COPY":
            _copied(words, folder)
        elif name == "ENV":
            set_here = dict(word.split("=") for word in words.split())
            set_here.pop("PIP_NO_CACHE_DIR", None)  # what other tests have fetched need not be fetched again
            env |= set_here
        else:
            assert name == "RUN", name
            for place in WHERE:
                words = re.sub(rf"(?<![\w/]){place}(?=/|\s|$)", f"{root}{place}", words)
            done = subprocess.run(
                ["sh", "-ec", words], cwd=folder, env=env, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    yield root
    shutil.rmtree(root)


def _typed(built: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The installed program in an empty environment, as the image starts it."""
    (entry,) = (json.loads(words) for name, words in stages()[-1] if name == "ENTRYPOINT")
    program = f"{built}{entry[0]}"
    return subprocess.run(
        [program, *words], env={"PATH": "/nowhere"}, cwd=built, capture_output=True, text=True, check=False
    )


def test_the_steps_give_a_program_that_says_its_version(built: Path) -> None:
    done = _typed(built, "--version")
    assert done.stdout.startswith(f"tierwatch {__version__} "), done.stderr


def test_the_program_of_the_image_takes_the_first_configuration(built: Path, tmp_path: Path) -> None:
    config = tmp_path / "tierwatch.yml"
    config.write_text(
        "policy: demo\nsources:\n  t: {type: jsonl_file, options: {path: t.jsonl}}\nreceivers:\n  log: {type: log}\n",
        encoding="utf-8",
    )
    done = _typed(built, "check-config", "--config", str(config))
    assert done.returncode == 0, done.stderr


def test_the_image_has_no_installer_and_no_part_of_the_tests(built: Path) -> None:
    (packages,) = (built / "opt/tierwatch/lib").glob("python3.*/site-packages")
    names = {path.name for path in packages.iterdir()}
    assert {"monitor", "exporters", "alerts"} <= names
    assert names & {"pip", "hatchling", "pytest", "tests"} == set()


class _Answering(BaseHTTPRequestHandler):
    """Answers `/-/healthy` with the status of the server, as a program that is well, or one that is not."""

    def do_GET(self) -> None:
        assert self.path == "/-/healthy"
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1), (None, 1)])
def test_the_health_check_succeeds_only_where_the_program_answers(built: Path, status: int | None, code: int) -> None:
    (words,) = (words for name, words in stages()[-1] if name == "HEALTHCHECK")
    program, option, script = json.loads(words.partition("CMD ")[2])
    with HTTPServer(("127.0.0.1", 0), _Answering) as server:
        port = server.server_address[1]
        server.status = status  # type: ignore[attr-defined]
        if status is None:
            server.server_close()
        answering = threading.Thread(target=server.handle_request, daemon=True)
        if status is not None:
            answering.start()
        command = [f"{built}{program}", option, exchanged(script, (":8321/", f":{port}/"))]
        assert subprocess.run(command, capture_output=True, check=False).returncode == code
        if status is not None:
            answering.join()


def test_only_what_is_copied_goes_to_the_builder() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    taken = {line[1:] for line in lines if line.startswith("!")}
    copied = [words.split()[:-1] for name, words in stages()[0] if name == "COPY"]
    assert taken == {source for sources in copied for source in sources}
    assert next(line for line in lines if not line.startswith("#")) == "**"
