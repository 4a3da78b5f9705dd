"""The manifests for Kubernetes: the schemas of its versions take them; they fit each other, the image, the program."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from monitor.config import Reading, config_file
from monitor.errors import ConfigError
from monitor.service import stopping

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "examples/kubernetes"
CONTAINERFILE = (ROOT / "Containerfile").read_text(encoding="utf-8")
OBJECTS: dict[str, dict[str, Any]] = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.rglob("*.yaml"))
}
VERSIONS = ("1.25", "1.37")
"""The oldest and the newest whose schemas the package has."""


@pytest.fixture
def pod() -> dict[str, Any]:
    return OBJECTS["statefulset"]["spec"]["template"]["spec"]


@pytest.fixture
def container(pod: dict[str, Any]) -> dict[str, Any]:
    (found,) = pod["containers"]
    return found


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", [name for name in OBJECTS if name != "servicemonitor"])
def test_kubernetes_takes_each_object(name: str, version: str) -> None:
    assert kubernetes_validate.validate(OBJECTS[name], version, strict=True) == version


def test_its_schema_notices_a_mistake() -> None:
    wrong = {**OBJECTS["service"], "spec": {"prots": []}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)


def test_all_objects_are_in_one_namespace_that_admits_restricted_pods_only() -> None:
    namespace = OBJECTS["namespace"]["metadata"]
    assert namespace["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    others = [one for name, one in OBJECTS.items() if name != "namespace"]
    assert {one["metadata"]["namespace"] for one in others} == {namespace["name"]}


def test_the_pod_is_one_that_the_namespace_admits(pod: dict[str, Any], container: dict[str, Any]) -> None:
    """The standard `restricted` of Kubernetes, and a read-only root beside it."""
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    own = container["securityContext"]
    assert (own["allowPrivilegeEscalation"], own["readOnlyRootFilesystem"]) == (False, True)
    assert own["capabilities"] == {"drop": ["ALL"]}
    assert {*pod} & {"hostNetwork", "hostPID", "hostIPC"} == set()
    assert pod["automountServiceAccountToken"] is False
    allowed = {"configMap", "secret", "emptyDir", "name"}
    assert [volume for volume in pod["volumes"] if not volume.keys() <= allowed] == []


def test_the_user_is_that_of_the_image(pod: dict[str, Any]) -> None:
    (user, group) = re.findall(r"(?m)^USER (\d+):(\d+)$", CONTAINERFILE)[0]
    security = pod["securityContext"]
    assert (security["runAsUser"], security["runAsGroup"], security["fsGroup"]) == (int(user), int(group), int(group))


def test_one_program_writes_to_the_database() -> None:
    spec = OBJECTS["statefulset"]["spec"]
    assert OBJECTS["statefulset"]["kind"] == "StatefulSet"  # a Deployment would start the next pod beside the old one
    assert spec["replicas"] == 1
    (claim,) = spec["volumeClaimTemplates"]
    assert claim["spec"]["accessModes"] == ["ReadWriteOnce"]


def test_kubernetes_waits_longer_for_the_end_than_the_program_takes(pod: dict[str, Any]) -> None:
    assert pod["terminationGracePeriodSeconds"] > stopping.WITHIN


def test_a_pod_is_ended_for_no_answer_and_not_for_what_a_restart_does_not_mend(container: dict[str, Any]) -> None:
    assert container["livenessProbe"]["httpGet"]["path"] == "/-/healthy"
    assert container["readinessProbe"]["httpGet"]["path"] == "/-/ready"
    start = container["startupProbe"]
    assert start["httpGet"]["path"] == "/-/healthy"
    assert (
        start["periodSeconds"] * start["failureThreshold"] >= 3600
    )  # an upgrade of the database comes before the page
    (port,) = container["ports"]
    assert {container[kind]["httpGet"]["port"] for kind in ("livenessProbe", "readinessProbe", "startupProbe")} == {
        port["name"]
    }


def test_everything_that_selects_the_pod_has_its_labels(container: dict[str, Any]) -> None:
    labels = OBJECTS["statefulset"]["spec"]["template"]["metadata"]["labels"]
    (port,) = container["ports"]
    assert OBJECTS["statefulset"]["spec"]["selector"]["matchLabels"] == labels
    assert OBJECTS["service"]["spec"]["selector"] == labels
    assert OBJECTS["networkpolicy"]["spec"]["podSelector"]["matchLabels"] == labels
    (served,) = OBJECTS["service"]["spec"]["ports"]
    assert (served["targetPort"], served["port"]) == (port["name"], port["containerPort"])
    monitored = OBJECTS["servicemonitor"]["spec"]
    assert monitored["selector"]["matchLabels"].items() <= OBJECTS["service"]["metadata"]["labels"].items()
    assert [endpoint["port"] for endpoint in monitored["endpoints"]] == [served["name"]]
    (entry,) = OBJECTS["networkpolicy"]["spec"]["ingress"]
    assert [one["port"] for one in entry["ports"]] == [port["containerPort"]]


@pytest.fixture
def mapped(tmp_path: Path, container: dict[str, Any]) -> Path:
    """The configuration of the ConfigMap, whose secrets are read from a folder of this machine."""
    (text,) = OBJECTS["configmap"]["data"].values()
    (secrets,) = (one["mountPath"] for one in container["volumeMounts"] if one["name"] == "secrets")
    named = set(re.findall(rf"{secrets}/(\w+)", text))
    assert named == set(OBJECTS["secret"]["stringData"])
    for name in named:
        (tmp_path / name).write_text("0123456789abcdef0123456789abcdef\n", encoding="utf-8")
    path = tmp_path / "tierwatch.yml"
    path.write_text(text.replace(secrets, str(tmp_path)), encoding="utf-8")
    return path


def test_the_configuration_is_good_and_its_files_lie_where_the_pod_has_room(
    mapped: Path, container: dict[str, Any]
) -> None:
    loaded = config_file.load(mapped)
    for one in (*loaded.sources, *loaded.receivers):
        one.module.build(one.options)
    places = {one["name"]: one["mountPath"] for one in container["volumeMounts"]}
    assert loaded.database.startswith(f"sqlite:///{places['data']}/")
    (port,) = container["ports"]
    assert loaded.port == port["containerPort"]
    assert f"TIERWATCH_CONFIG={places['config']}/tierwatch.yml" in CONTAINERFILE


def test_nobody_reads_without_a_login_and_prometheus_has_a_token(mapped: Path) -> None:
    loaded = config_file.load(mapped)
    assert loaded.access is not None
    assert (loaded.host, loaded.access.reading) == ("0.0.0.0", Reading.LOGIN)
    (endpoint,) = OBJECTS["servicemonitor"]["spec"]["endpoints"]
    secret = endpoint["authorization"]["credentials"]
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert f"generic {secret['name']} --namespace tierwatch --from-file={secret['key']}" in readme


@pytest.mark.parametrize("name", OBJECTS["secret"]["stringData"])
def test_a_secret_that_nobody_filled_in_stops_the_start(name: str, mapped: Path) -> None:
    assert OBJECTS["secret"]["stringData"][name] == ""
    (mapped.parent / name).write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match=name):
        config_file.load(mapped)
