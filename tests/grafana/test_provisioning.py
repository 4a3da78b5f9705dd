from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parents[2] / "grafana/provisioning"


def load(name: str) -> dict[str, Any]:
    loaded = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def test_the_data_source_is_a_prometheus_with_a_uid() -> None:
    provisioned = load("datasources/tierwatch.yml")
    assert provisioned["apiVersion"] == 1
    (source,) = provisioned["datasources"]
    assert (source["type"], source["access"], source["uid"]) == ("prometheus", "proxy", "tierwatch-prometheus")
    assert source["url"].startswith("http")
    assert "secureJsonData" not in source


def test_the_dashboards_come_from_a_folder_and_are_not_edited_in_place() -> None:
    provisioned = load("dashboards/tierwatch.yml")
    assert provisioned["apiVersion"] == 1
    (provider,) = provisioned["providers"]
    assert provider["type"] == "file"
    assert provider["allowUiUpdates"] is False
    assert provider["options"]["path"].startswith("/")
