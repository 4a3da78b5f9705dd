"""A configuration with two sources, to be loaded with changes: good, or refused with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.config import config_file
from monitor.config.config_file import Config
from monitor.errors import ConfigError
from tests.support.texts import exchanged

TEXT = """\
instance: north
zone: Asia/Shanghai
policy: cmcc-2014
sources:
  tickets:
    type: tmf621
    every: 20s
    options:
      url: http://127.0.0.1:1/tmf-api/troubleTicket/v5
    mapping:
      version: "7"
      statuses:
        acknowledged: accepted
        pending: held/customer_power
      reasons:
        "*no access*": customer_access
      attributes:
        team: {field: group}
  circuits:
    type: jsonl_file
    options: {path: c.jsonl}
    mapping:
      circuit_states: {UP: available, DOWN: unavailable}
receivers:
  log: {type: log}
"""


def write(folder: Path, *changes: tuple[str, str]) -> Path:
    path = folder / "tierwatch.yml"
    path.write_text(exchanged(TEXT, *changes, count=1), encoding="utf-8")
    return path


def good(folder: Path, *changes: tuple[str, str]) -> Config:
    return config_file.load(write(folder, *changes))


def refused(folder: Path, *changes: tuple[str, str]) -> str:
    path = write(folder, *changes)
    with pytest.raises(ConfigError) as error:
        config_file.load(path)
    return str(error.value).replace(f"{path}", "tierwatch.yml")
