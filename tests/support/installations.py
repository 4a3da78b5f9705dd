"""Small installations in a folder: a policy that promises restoration to gold, and a configuration around it.

The real program is started on them: in the tests of the whole flow, and in the bench.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


def promise(budget: str, *more: str) -> str:
    """The text of a policy with one target, `restore`, around the clock: gold has *budget*, standard has none.

    *more* are further keys of the policy, each a line.
    """
    lines = "\n".join(more)
    return f"""
policy: flow
version: "1"
effective_from: 2026-01-01
name: {{en: Flow, zh: 流程}}
ladders:
  tier:
    - {{id: gold, en: Gold, zh: 金牌}}
    - {{id: standard, en: Standard, zh: 标准}}
calendars:
  always: {{zone: Asia/Shanghai, hours: 24x7}}
targets:
  restore:
    name: {{en: Restoration, zh: 故障恢复}}
    start: [opened, accepted, held]
    stop: [restored, closed]
    budgets: [{{when: {{tier: gold}}, budget: {budget}, source: test}}]
{lines}
"""


def configuration(source: str, receivers: Mapping[str, str], *more: str, policy: str = "policy.yml") -> str:
    """The text of a configuration whose one source is `tickets`, at a free port.

    *source* and the *receivers*, by name, are written in flow style; *more* are further keys, each a line.
    """
    named = "\n".join(f"  {name}: {text}" for name, text in receivers.items())
    lines = "\n".join(more)
    return f"""
instance: flow
zone: Asia/Shanghai
database: flow.db
listen: 127.0.0.1:0
policy: {policy}
{lines}
sources:
  tickets: {source}
receivers:
{named}
"""


def written(folder: Path, policy: str, config: str) -> Path:
    """Write both into *folder*; gives the configuration."""
    (folder / "policy.yml").write_text(policy, encoding="utf-8")
    path = folder / "tierwatch.yml"
    path.write_text(config, encoding="utf-8")
    return path


def of_tickets(source: str, **options: str) -> str:
    """A source of that kind that is asked every second or two."""
    said = ", ".join(f'{name}: "{value}"' for name, value in options.items())
    return f"{{type: {source}, every: 1s, at_most: 2s, options: {{{said}}}}}"


def to_alertmanager(url: str) -> str:
    """A receiver that is the Alertmanager at *url*."""
    return f'{{type: alertmanager, options: {{urls: ["{url}"]}}}}'


def desk_and_alertmanager(folder: Path, source: str, alertmanager: str) -> Path:
    """Four hours for gold, tickets from a TMF621 server, alerts to an Alertmanager, both at these addresses.

    Gives the configuration.
    """
    config = configuration(of_tickets("tmf621", url=source), {"am": to_alertmanager(alertmanager)})
    return written(folder, promise("4h"), config)


def shipped_alertmanager(webhook: str) -> str:
    """The example configuration of Alertmanager that ships, with a test's address and a test's patience."""
    text = (REPOSITORY / "examples/alertmanager/alertmanager.yml").read_text(encoding="utf-8")
    text = re.sub(r"http://127\.0\.0\.1:\d+", webhook, text)
    return re.sub(r"group_(wait|interval): \w+", r"group_\1: 1s", text)


ON_CALL = """
people:
  zhang: {name: {en: Zhang Wei, zh: 张伟}, receivers: [engineer]}
  anna: {name: {en: Anna}, receivers: [lead]}
teams:
  noc:
    name: {en: NOC}
    receivers: [wall]
    layers:
      - {people: [zhang], start: 2026-01-05}
    escalation:
      - {at: 0%, tell: on_call}
      - {at: 50%, tell: anna}
    gap: 1s
"""
"""A rota of two people, for a receiver `wall` and two personal ones, `engineer` and `lead`."""
