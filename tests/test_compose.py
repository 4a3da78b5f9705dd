"""The compose example: its schema, the tools of its parts, and what holds of each container, file and secret."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import validators

from monitor.config import Reading, config_file
from tests.support.peers import need

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "examples/compose"
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
LOOPBACK = "127.0.0.1"


def faults(document: Any) -> list[str]:
    """What the specification of compose files finds wrong."""
    text = resources.files("check_jsonschema").joinpath("builtin_schemas/vendor/compose-spec.json").read_text("utf-8")
    schema = json.loads(text)
    return [error.message for error in validators.validator_for(schema)(schema).iter_errors(document)]


def mounted(service: dict[str, Any]) -> dict[str, str]:
    """The files and folders of this repository that a container sees, by the path that it sees."""
    found = (volume.split(":") for volume in service.get("volumes", ()) if volume.startswith("."))
    return {inside: outside for outside, inside, _ in found}


@pytest.fixture
def with_secrets(tmp_path: Path) -> Path:
    """The configuration, with the secrets where this machine has them."""
    text = (FOLDER / "tierwatch.yml").read_text(encoding="utf-8")
    assert "/run/secrets/" in text
    for name in re.findall(r"/run/secrets/(\w+)", text):
        assert name in SERVICES["tierwatch"]["secrets"]
        (tmp_path / name).write_text("0123456789abcdef\n", encoding="utf-8")
    path = tmp_path / "tierwatch.yml"
    path.write_text(text.replace("/run/secrets/", f"{tmp_path}/"), encoding="utf-8")
    return path


def test_the_file_is_one_of_the_compose_specification() -> None:
    assert faults(COMPOSE) == []


def test_the_specification_notices_a_mistake() -> None:
    assert faults({**COMPOSE, "services": {"tierwatch": {"image": "tierwatch", "portz": ["8321"]}}})


def test_no_port_is_open_to_other_machines() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert len(ports) >= 5
    assert [port for port in ports if not port.startswith(f"{LOOPBACK}:")] == []
    assert len({port.split(":")[1] for port in ports}) == len(ports), "two services have one port"


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_has_no_root_and_nothing_to_write_but_its_volumes(name: str) -> None:
    service = SERVICES[name]
    assert int(service["user"].split(":")[0]) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert [volume for volume in service["volumes"] if volume.startswith(".") and not volume.endswith(":ro")] == []


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_is_pinned_and_its_health_is_looked_at(name: str) -> None:
    image = SERVICES[name]["image"]
    assert re.search(r":v?\d+\.\d+\.\d+$", image), image
    healthy = "HEALTHCHECK" in (ROOT / "Containerfile").read_text("utf-8") if name == "tierwatch" else False
    assert healthy or SERVICES[name]["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("name", SERVICES)
def test_every_file_that_a_container_reads_is_there(name: str) -> None:
    assert [path for path in mounted(SERVICES[name]).values() if not (FOLDER / path).exists()] == []


def test_every_secret_is_a_file_that_no_commit_can_hold() -> None:
    for name, secret in COMPOSE["secrets"].items():
        assert secret == {"file": f"./secrets/{name}"}
    assert (FOLDER / "secrets/.gitignore").read_text(encoding="utf-8").splitlines() == ["*", "!.gitignore"]
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", ())}
    assert used == set(COMPOSE["secrets"])
    for service in SERVICES.values():
        named = {
            key: value for key, value in service.get("environment", {}).items() if re.search("PASSWORD|TOKEN", key)
        }
        assert [key for key, value in named.items() if not re.fullmatch(r"/run/secrets/\w+", value)] == []


def test_every_volume_that_is_named_is_declared_and_has_one_service() -> None:
    named = [
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service["volumes"]
        if not volume.startswith(".")
    ]
    assert sorted(named) == sorted(COMPOSE["volumes"])


def test_the_configuration_is_good_and_names_every_alertmanager(with_secrets: Path) -> None:
    loaded = config_file.load(with_secrets)
    for source in loaded.sources:
        source.module.build(source.options)
    peers = {name for name in SERVICES if name.startswith("alertmanager")}
    (oncall,) = (one for one in loaded.receivers if one.kind == "alertmanager")
    oncall.module.build(oncall.options)
    assert {re.sub(r"https?://|:\d+", "", url) for url in oncall.options.urls} == peers
    (exporter,) = loaded.exporters
    assert exporter.options.bucket == SERVICES["influxdb"]["environment"]["DOCKER_INFLUXDB_INIT_BUCKET"]
    assert exporter.options.org == SERVICES["influxdb"]["environment"]["DOCKER_INFLUXDB_INIT_ORG"]


def test_prometheus_is_told_of_every_alertmanager_and_they_of_each_other() -> None:
    told = yaml.safe_load((FOLDER / "prometheus.yml").read_text(encoding="utf-8"))
    peers = {name for name in SERVICES if name.startswith("alertmanager")}
    (config,) = told["alerting"]["alertmanagers"][0]["static_configs"]
    assert {target.split(":")[0] for target in config["targets"]} == peers
    for name in peers:
        joined = re.findall(r"--cluster\.peer=([\w-]+):9094", " ".join(SERVICES[name]["command"]))
        assert set(joined) == peers


@pytest.mark.peer
def test_promtool_takes_what_prometheus_reads(tmp_path: Path) -> None:
    for inside, outside in mounted(SERVICES["prometheus"]).items():
        shutil.copy(FOLDER / outside, tmp_path / Path(inside).name)
    for secret in SERVICES["prometheus"]["secrets"]:
        (tmp_path / secret).write_text("twt_token\n", encoding="utf-8")
    named = tmp_path / "prometheus.yml"
    named.write_text(named.read_text(encoding="utf-8").replace("/run/secrets/", f"{tmp_path}/"), encoding="utf-8")
    done = subprocess.run(
        [need("promtool"), "check", "config", str(tmp_path / "prometheus.yml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 rule files found" in done.stdout


def test_nobody_reads_without_a_login_and_prometheus_has_a_token(with_secrets: Path) -> None:
    """Every container of the network reaches the page, whatever port is published."""
    loaded = config_file.load(with_secrets)
    assert loaded.access is not None
    assert (loaded.host, loaded.access.reading) == ("0.0.0.0", Reading.LOGIN)
    scraped = yaml.safe_load((FOLDER / "prometheus.yml").read_text(encoding="utf-8"))["scrape_configs"]
    (job,) = (one for one in scraped if one["job_name"] == "tierwatch")
    name = re.fullmatch(r"/run/secrets/(\w+)", job["authorization"]["credentials_file"])
    assert name is not None
    assert name[1] in SERVICES["prometheus"]["secrets"]
    assert f"> secrets/{name[1]}" in (FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.mark.peer
@pytest.mark.parametrize("name", [name for name in SERVICES if name.startswith("alertmanager")])
def test_amtool_takes_what_each_alertmanager_reads(name: str) -> None:
    (outside,) = mounted(SERVICES[name]).values()
    done = subprocess.run(
        [need("amtool"), "check-config", str(FOLDER / outside)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_grafana_gets_the_dashboards_and_the_data_sources_that_they_name() -> None:
    inside = mounted(SERVICES["grafana"])
    shipped = yaml.safe_load((ROOT / "grafana/provisioning/dashboards/tierwatch.yml").read_text(encoding="utf-8"))
    (provider,) = shipped["providers"]
    assert (FOLDER / inside[provider["options"]["path"]]).resolve() == ROOT / "grafana/dashboards"
    own = yaml.safe_load((FOLDER / "grafana/datasources.yml").read_text(encoding="utf-8"))["datasources"]
    other = yaml.safe_load((ROOT / "grafana/provisioning/datasources/tierwatch.yml").read_text("utf-8"))["datasources"]
    uids = {source["uid"]: source["type"] for source in own}
    assert {source["uid"]: source["type"] for source in other}.items() <= uids.items()
    for source in own:
        assert re.fullmatch(r"http://(\w+):\d+", source["url"])[1] in SERVICES  # type: ignore[index]
        assert [value for value in source.get("secureJsonData", {}).values() if not value.startswith("$__file{")] == []
