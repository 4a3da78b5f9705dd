"""Find plug-ins by the name of their file, and check that each has the three names it must have.

`type: tmf621` in the config is the module `monitor.collectors.tmf621`; a dotted `type` is a module of another package.
Adding a plug-in is adding a file: there is no list to edit.
"""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import re
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from monitor.config import yaml_file
from monitor.errors import ConfigError
from monitor.text import did_you_mean


def load(package: str, kind: str) -> ModuleType:
    """Import the plug-in module *kind* of *package* (or the dotted module), with `Config` and `build`."""
    if not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", kind):
        raise ConfigError(f"type {kind!r} is no module's name; write one of: {', '.join(names(package))}")
    name = kind if "." in kind else f"{package}.{kind}"
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name and not name.startswith(f"{error.name}."):
            raise ConfigError(
                f"type {kind!r} needs the Python package {error.name!r}, which is not installed; install it"
            ) from error
        known = names(package)
        raise ConfigError(
            f"type {kind!r} is not known; write one of: {', '.join(known)}, or a dotted module name"
            f"{did_you_mean(kind, known)}"
        ) from error
    for needed in ("Config", "build"):
        if not hasattr(module, needed):
            raise ConfigError(f"type {kind!r}: the module {name} has no {needed}; see docs/extending.md")
    return module


def names(package: str) -> tuple[str, ...]:
    """The plug-ins that ship in *package*, by file name."""
    where = importlib.import_module(package)
    return tuple(sorted(info.name for info in pkgutil.iter_modules(where.__path__) if not info.name.startswith("_")))


def checked_options(module: ModuleType, given: Mapping[str, Any], where: str) -> Any:
    """The plug-in's Config made of *given*. Raises ConfigError with a sentence per mistake."""
    return yaml_file.validate(module.Config, yaml_file.Document(where, dict(given), {}))


def options(module: ModuleType) -> tuple[str, ...]:
    """The option names of a plug-in's Config."""
    return tuple(item.name for item in dataclasses.fields(module.Config))
