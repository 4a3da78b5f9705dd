"""Hold every exporter that ships to the shape of a plug-in: one file with Config, build and one method."""

from __future__ import annotations

import dataclasses
import importlib
from types import ModuleType

import pytest

from monitor.config import plugins
from tests.support import snapshots

EXPORTERS = [
    module
    for module in (importlib.import_module(f"exporters.{name}") for name in plugins.names("exporters"))
    if hasattr(module, "build")
]


@pytest.mark.parametrize("module", EXPORTERS, ids=lambda module: module.__name__)
def test_an_exporter_is_one_file_with_three_names(module: ModuleType) -> None:
    assert plugins.load("exporters", module.__name__.rpartition(".")[2]) is module
    assert dataclasses.is_dataclass(module.Config)
    assert (module.__doc__ or "").splitlines()[0].endswith(".")
    made = module.build(module.Config())
    methods = [name for name in vars(type(made)) if not name.startswith("_") and callable(getattr(made, name))]
    assert methods in (["render"], ["export"])


@pytest.mark.parametrize(
    "snapshot", [snapshots.empty(), snapshots.calm(), snapshots.example()], ids=["empty", "calm", "busy"]
)
@pytest.mark.parametrize("module", EXPORTERS, ids=lambda module: module.__name__)
def test_rendering_is_pure(module: ModuleType, snapshot: snapshots.Snapshot) -> None:
    exporter = module.build(module.Config())
    first = exporter.render(snapshot, snapshots.AT)
    assert (
        exporter.render(snapshot, snapshots.AT) == first == module.build(module.Config()).render(snapshot, snapshots.AT)
    )


def test_the_prometheus_exporter_is_found() -> None:
    assert "exporters.prometheus" in [module.__name__ for module in EXPORTERS]
