from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--wheel-dir",
        str(folder),
        str(REPOSITORY),
    ]
    subprocess.run(command, check=True, capture_output=True, text=True)
    (built,) = folder.glob("tierwatch-*.whl")
    return zipfile.ZipFile(built)


def test_the_wheel_holds_exactly_the_three_packages_and_shared_data(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    packages = {top for top in tops if not top.startswith("tierwatch-")}
    assert packages == {"monitor", "exporters", "alerts"}


def test_the_wheel_holds_what_the_program_reads_at_run_time(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    for needed in (
        "monitor/shipped/demo.yml",
        "monitor/store/migrations/versions/0001_first_schema.py",
        "exporters/web/templates/base.html",
        "exporters/web/static/page.css",
    ):
        assert needed in names
    shared = {name.split("/data/share/tierwatch/")[1] for name in names if "/data/share/tierwatch/" in name}
    assert "grafana/dashboards/wall.json" in shared
    assert "grafana/dashboards/influxdb/promises-flux.json" in shared
    assert "grafana/provisioning/alerting/tierwatch.yml" in shared
    assert "prometheus/tierwatch.rules.yml" in shared
    assert "systemd/tierwatch.service" in shared
    assert not [name for name in names if name.startswith("tests/") or "__pycache__" in name]


def _locked(name: str) -> set[str]:
    text = (REPOSITORY / f".ci/locks/{name}.txt").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE))


def _needed(name: str) -> set[str]:
    """What an installed package needs at run time, with all that those need."""
    found, left = set[str](), [name]
    while left:
        for written in metadata.requires(left.pop()) or ():
            package = re.split(r"[^A-Za-z0-9._-]", written, maxsplit=1)[0].lower().replace("_", "-").replace(".", "-")
            if ";" not in written and package not in found:  # a marker: an extra, or another system
                found.add(package)
                left.append(package)
    return found


def test_the_lock_of_an_installation_has_what_runs_and_nothing_that_only_builds() -> None:
    runs, builds = _needed("tierwatch"), _needed("hatchling") | {"hatchling", "editables"}
    assert len(runs) > 20
    assert runs <= _locked("run")
    assert not _locked("run") & (builds - runs)
    assert builds <= _locked("build")
    assert _locked("run") | _locked("build") <= _locked("test")


@pytest.mark.parametrize("package", ["monitor", "exporters", "alerts"])
def test_the_wheel_tells_type_checkers_that_it_is_typed(wheel: zipfile.ZipFile, package: str) -> None:
    assert wheel.read(f"{package}/py.typed") == b""


def test_only_the_five_folders_and_known_files_stand_at_the_top() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is not a git checkout")
    tops = {line.split("/")[0] for line in listed.stdout.splitlines()}
    assert tops == {
        ".ci", ".dockerignore", ".gitignore", ".pre-commit-config.yaml", "CHANGELOG.md", "CONTRIBUTING.md",
        "Containerfile", "LICENSE", "Makefile",
        "README.md", "README.zh-CN.md", "alerts", "docs", "examples", "exporters", "grafana", "monitor",
        "pyproject.toml", "tests",
    }  # fmt: skip


def test_nothing_but_the_shell_reads_the_wall_clock() -> None:
    """The linter bans the two usual calls; this finds the unusual ones too."""
    calls = ("utcnow(", "datetime.today(", "date.today(", "time.time_ns(", "time.localtime(")
    found = [
        f"{path.relative_to(REPOSITORY)}: {call}"
        for room in ("monitor", "exporters", "alerts")
        for path in (REPOSITORY / room).rglob("*.py")
        if "simulator" not in path.parts
        for call in calls
        if call in path.read_text(encoding="utf-8")
    ]
    assert found == []
