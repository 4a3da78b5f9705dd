"""Read the options of plug-ins, with the secrets and files that they name from the folder of the configuration."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from types import ModuleType
from typing import Any

from monitor.config import plugins, yaml_file
from monitor.config.yaml_file import Document
from monitor.errors import ConfigError
from monitor.net import Secrets
from monitor.text import did_you_mean

NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,62}")
"""What a source, a receiver and an exporter may be called."""


@dataclasses.dataclass(slots=True)
class Plugins:
    """Reads the options of plug-ins, and notes which of their secrets are missing."""

    document: Document
    secrets: Secrets
    missing: list[str] = dataclasses.field(default_factory=list)

    def plugin(self, loc: tuple[str, ...], package: str, kind: str, given: dict[str, Any]) -> tuple[ModuleType, Any]:
        """The module of that *kind* and its checked options. Raises ConfigError."""
        document = self.document
        try:
            module = plugins.load(package, kind)
        except ConfigError as error:
            raise document.error((*loc, "type"), str(error)) from error
        known = plugins.options(module)
        for option in given:
            if option not in known:
                has = f"it has {', '.join(known)}" if known else "it has none"
                raise document.error(
                    (*loc, "options", option), f"is not an option of {kind}; {has}{did_you_mean(option, known)}"
                )
        base, place = Path(document.file).parent, (*loc, "options")
        options, missing = yaml_file.validate_with(self.secrets, module.Config, document, place, _beside(base, given))
        self.missing += missing
        return module, _files_beside(base, options)


def _beside(base: Path, given: Any) -> Any:
    """Options with every `{file: PATH}` read from the folder of the configuration."""
    if isinstance(given, dict):
        if given.keys() == {"file"} and isinstance(given["file"], str):
            return {"file": str(base / given["file"])}
        return {key: _beside(base, value) for key, value in given.items()}
    return [_beside(base, value) for value in given] if isinstance(given, list) else given


_WITH_SECRETS = ("heartbeat", "hub", "link_secret", "link_secret_previous", "api_token", "reload_token")


def secrets_beside(data: dict[str, Any], base: Path) -> dict[str, Any]:
    """The whole document, with the secrets under such keys read from its folder."""
    return {key: _beside(base, value) if key in _WITH_SECRETS else value for key, value in data.items()}


def _files_beside(base: Path, options: Any) -> Any:
    """Checked options with every relative path read from the folder of the configuration."""
    changed = {}
    for item in dataclasses.fields(options):
        value = getattr(options, item.name)
        if isinstance(value, Path):
            changed[item.name] = base / value
        elif dataclasses.is_dataclass(value) and not isinstance(value, type):
            changed[item.name] = _files_beside(base, value)
    return dataclasses.replace(options, **changed) if changed else options
