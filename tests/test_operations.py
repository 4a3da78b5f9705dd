"""What docs/operations.md tells to write and to type can be written and typed."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

import monitor
from monitor.config import config_file

PAGE = (Path(__file__).parents[1] / "docs/operations.md").read_text(encoding="utf-8")
SHIPPED = Path(monitor.__file__).parent / "shipped"


def commands() -> list[str]:
    """Every line that the page tells to type, of its indented blocks."""
    joined = re.sub(r"\\\n\s+", "", PAGE)
    return [line.strip() for line in re.findall(r"(?m)^    (\S.*)$", joined)]


def test_the_first_configuration_of_the_page_is_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (text,) = re.findall(r"(?s)```yaml\n(instance: .*?)```", PAGE)
    (tmp_path / "tierwatch.yml").write_text(text, encoding="utf-8")
    (shipped,) = [line for line in commands() if " shipped " in line]
    found = re.search(r"shipped (\w+) > /etc/tierwatch/(\S+)", shipped)
    assert found
    shutil.copy(SHIPPED / f"{found[1]}.yml", tmp_path / found[2])
    secrets = re.findall(r"/etc/tierwatch/secrets/(\w+)\)", PAGE)
    folder = tmp_path / "credentials"
    folder.mkdir()
    for name in secrets:
        (folder / f"secret_{name}").write_text("0123456789abcdef0123456789abcdef\n", encoding="utf-8")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    loaded = config_file.load(tmp_path / "tierwatch.yml")
    assert [source.name for source in loaded.sources] == ["tickets"]
    assert {receiver.name for receiver in loaded.receivers} == {"log", "hook"}
    assert loaded.database == "sqlite:////var/lib/tierwatch/tierwatch.db"


def test_every_command_names_the_folders_that_the_page_made() -> None:
    paths = {path for line in commands() for path in re.findall(r"(?<![\w.:~])/(?:opt|etc|var/lib)/[\w./-]+", line)}
    roots = ("/opt/tierwatch", "/etc/tierwatch", "/var/lib/tierwatch", "/etc/systemd/system")
    assert [path for path in paths if not path.startswith(roots)] == []


def test_commands_with_secrets_get_those_of_the_unit() -> None:
    unit = (Path(__file__).parents[1] / "examples/systemd/tierwatch.service").read_text(encoding="utf-8")
    (loaded,) = re.findall(r"(?m)^LoadCredential=(.*)$", unit)
    named = [line for line in commands() if "LoadCredential" in line]
    assert named
    assert [line for line in named if f"LoadCredential={loaded}" not in line] == []


def test_every_command_of_the_page_that_touches_the_database_is_typed_as_the_user_of_the_service() -> None:
    typed = [line for line in commands() if "--config /etc/tierwatch" in line]
    assert len(typed) > 8
    as_service = ("runuser -u tierwatch -- /opt/tierwatch/", "systemd-run --quiet --pipe --wait --uid=tierwatch ")
    assert [line for line in typed if not line.startswith(as_service)] == []


def test_no_command_of_the_page_needs_what_a_bare_machine_lacks() -> None:
    words = [line.split()[0] for line in commands() if not line.startswith("$ ")]
    assert [word for word in words if word in {"sudo", "tierwatch"}] == []


def test_an_upgrade_keeps_the_way_back_and_takes_the_unit_of_the_new_version() -> None:
    section = PAGE.partition("## Upgrade\n")[2].partition("\n## ")[0]
    stopped, started = section.index("    systemctl stop tierwatch"), section.index("    systemctl start tierwatch")
    kept = re.search(r"store backup (\S+) --config", section[stopped:started])
    assert kept
    assert PAGE.count(f"store backup {kept[1]}") == 1  # no later backup takes its name
    assert "systemd/tierwatch.service /etc/systemd/system/" in section[stopped:started]
