"""A small on-call file, to be loaded with changes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from alerts.oncall.roster_file import load
from monitor.errors import ConfigError
from monitor.model import Name
from monitor.policy import GuardedPeriod
from tests.support.texts import exchanged

EXAMPLE = Path(__file__).parents[2] / "examples" / "oncall.yml"
RECEIVERS = frozenset({"oncall", "log"})
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)

WEEK = GuardedPeriod(
    "exam-week", Name("Examination week", "高考保障"), datetime(2026, 6, 4, 16, tzinfo=UTC),
    datetime(2026, 6, 10, 4, tzinfo=UTC), {},
)  # fmt: skip
"""From Friday 00:00 to Wednesday noon in Shanghai."""

FILE = """\
zone: Asia/Shanghai
people:
  zhang: {name: {en: Zhang Wei, zh: 张伟}, receivers: oncall}
  anna: {name: {en: Anna}, zone: Europe/Berlin, receivers: [oncall, log]}
teams:
  noc:
    name: {en: NOC}
    receivers: [log]
    layers:
      - people: [zhang, anna]
        start: 2026-01-07
        handover: mon 09:00
    overrides:
      - {from: 2026-02-01T09:00, to: 2026-02-02T09:00, person: anna}
    escalation:
      - {at: 0%, tell: on_call}
      - {at: breach, tell: [contact, anna]}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "oncall.yml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(written(folder, text), RECEIVERS, (WEEK,))
    return str(caught.value).replace(f"{folder}/", "")


def changed(old: str, new: str) -> str:
    return exchanged(FILE, (old, new))
