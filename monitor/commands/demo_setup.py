"""Set the demo up: a simulated operator in a process of its own, and a configuration for the real program beside it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from monitor.errors import ConfigError, SourceError

CONFIG = """\
# Written by `tierwatch demo`; a complete configuration to learn from.
instance: demo
zone: Asia/Shanghai
language: both
database: demo.db
listen: 127.0.0.1:{port}
policy: demo
speed: {speed:g}               # divides every budget, as it divides the simulated lives; never set it outside a demo
sources:
  tickets:
    type: tmf621
    every: 2s
    at_most: 30s
    stale_after: 60s
    options:
      url: http://127.0.0.1:{simulator}/tmf-api/troubleTicket/v5
      full_scan_every: 2m
      selectors:
        url: "$.troubleTicketCharacteristic[?@.name=='url'].value"
      feedback: "$.note[?@['@type']=='ProgressFeedback']"
    mapping:
      reasons:
        customer access refused: customer_access
        power at customer site: customer_power
        customer asks to defer: customer_defer
        force majeure approved: force_majeure
  circuits:
    type: circuit_http
    every: 2s
    at_most: 30s
    stale_after: 60s
    options:
      url: http://127.0.0.1:{simulator}/circuits/status
receivers:
  log: {{type: log}}
"""


SLOWEST, FASTEST = 0.1, 3600.0
"""What the simulated operator takes as its speed."""


def check_speed(speed: float) -> None:
    """Raises ConfigError for a speed that the simulated operator does not take."""
    if not FASTEST >= speed >= SLOWEST:
        raise ConfigError(f"--speed {speed:g} is not from {SLOWEST:g} to {FASTEST:g}; leave it out, or write 60")


@contextmanager
def operator(speed: float, duration: float) -> Iterator[int]:
    """A simulated operator on a loopback port, for as long as the block runs; gives the port.

    It ends by itself when this process does. Raises SourceError when it does not start.
    """
    command = [sys.executable, "-m", "monitor.simulator", "--port", "0", "--speed", f"{speed:g}", "--watch-stdin"]
    process = subprocess.Popen(
        [*command, "--duration", str(int(duration))], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line:
            raise SourceError("demo: the simulated operator did not start; its own message stands above")
        yield int(json.loads(line)["port"])
    finally:
        process.stdin.close()
        process.wait(timeout=10)
        process.stdout.close()


def hints(explain: str, address: str) -> Sequence[str]:
    """What whoever started the demo can look at first. *explain* is the command that explains a ticket."""
    return (
        f"  the wall          {address}/",
        f"  for a wall screen {address}/?kiosk",
        f"  every open clock  {address}/clocks  (docs/pages.md: what each page shows)",
        f"  for programs      {address}/api/v1/openapi.json  (docs/api.md)",
        f"  one ticket        {explain}",
        "  your own Grafana  docs/grafana.md, in ten minutes",
    )


def write_config(folder: Path, port: int, speed: float, simulator: int) -> Path:
    """Write the demo's configuration into *folder*, with no database left of an earlier demo; gives its path."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in (*folder.glob("demo.db*"), *folder.glob("tierwatch.yml.store*")):
        old.unlink()
    path = folder / "tierwatch.yml"
    path.write_text(CONFIG.format(port=port, speed=speed, simulator=simulator), encoding="utf-8")
    return path
