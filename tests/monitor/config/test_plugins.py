from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from monitor.config import plugins
from monitor.errors import ConfigError

COLLECTORS = "monitor.collectors"
KNOWN = "carrier_notices, circuit_http, jsonl_file, servicenow_audit, tmf621"


def refused(kind: str) -> str:
    with pytest.raises(ConfigError) as error:
        plugins.load(COLLECTORS, kind)
    return str(error.value)


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of a user's own, on the path for one test."""
    package = tmp_path / "acme_tierwatch"
    package.mkdir()
    (package / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    yield package
    for name in [name for name in sys.modules if name.startswith("acme_tierwatch")]:
        del sys.modules[name]


def test_the_plug_ins_that_ship_are_found_by_their_files() -> None:
    shipped = [path.stem for path in Path(plugins.__file__).parents[1].glob("collectors/*.py")]
    assert plugins.names(COLLECTORS) == tuple(sorted(name for name in shipped if not name.startswith("_")))
    assert set(plugins.names("alerts.notifiers")) >= {"alertmanager", "log"}


@pytest.mark.parametrize(
    ("package", "kind"),
    [
        (package, kind)
        for package in (COLLECTORS, "alerts.notifiers", "exporters.push")
        for kind in plugins.names(package)
    ],
)
def test_every_plug_in_that_ships_has_its_three_names_and_a_word_of_itself(package: str, kind: str) -> None:
    module = plugins.load(package, kind)
    assert isinstance(module, ModuleType)
    assert callable(module.build)
    assert module.Config.__name__ == "Config"
    assert module.__doc__ is not None
    assert len(module.__doc__.splitlines()[0]) > 20


def test_a_type_that_is_not_known_lists_those_that_are() -> None:
    said = f"type 'tmf622' is not known; write one of: {KNOWN}, or a dotted module name; did you mean 'tmf621'?"
    assert refused("tmf622") == said
    assert refused("nobody.here") == f"type 'nobody.here' is not known; write one of: {KNOWN}, or a dotted module name"


def test_a_module_without_the_names_is_no_plug_in() -> None:
    assert refused("_records") == (
        "type '_records': the module monitor.collectors._records has no Config; see docs/extending.md"
    )
    assert (
        refused("json.decoder") == "type 'json.decoder': the module json.decoder has no Config; see docs/extending.md"
    )


def test_a_plug_in_of_another_package_is_loaded_by_its_dotted_name(elsewhere: Path) -> None:
    (elsewhere / "ours.py").write_text("class Config: pass\ndef build(config): return 42\n")
    assert plugins.load(COLLECTORS, "acme_tierwatch.ours").build(None) == 42


def test_a_plug_in_that_lacks_build_is_told_so(elsewhere: Path) -> None:
    (elsewhere / "half.py").write_text("class Config: pass\n")
    assert refused("acme_tierwatch.half") == (
        "type 'acme_tierwatch.half': the module acme_tierwatch.half has no build; see docs/extending.md"
    )


def test_a_library_that_is_not_installed_is_named(elsewhere: Path) -> None:
    (elsewhere / "needs.py").write_text("import snmp_of_nobody.core\n")
    assert refused("acme_tierwatch.needs") == (
        "type 'acme_tierwatch.needs' needs the Python package 'snmp_of_nobody', which is not installed; install it"
    )


def test_options_are_those_of_the_config_and_are_checked() -> None:
    module = plugins.load(COLLECTORS, "jsonl_file")
    assert plugins.options(module) == ("path", "zone")
    assert plugins.checked_options(module, {"path": "x.jsonl"}, "here").path == Path("x.jsonl")
    with pytest.raises(ConfigError) as error:
        plugins.checked_options(module, {"path": "x.jsonl", "zone": "Mars/Base"}, "here")
    assert "zone: 'Mars/Base' is not a time zone; write a name such as Asia/Shanghai" in str(error.value)
    assert str(error.value).startswith("here")
    with pytest.raises(ConfigError, match=r"path: is missing; write it$"):
        plugins.checked_options(module, {}, "here")


@pytest.mark.parametrize("kind", ["", ".", "..x", ".tmf621"])
def test_a_type_that_no_module_can_have_is_a_sentence(kind: str) -> None:
    assert refused(kind) == f"type {kind!r} is no module's name; write one of: {KNOWN}"
