"""What is seen from outside of the program that `tests/bench/scale.py` measures: scrapes, and pages of crossings."""

from __future__ import annotations

import re
import time

import requests

from tests.bench.filled import Life, ticket, wait
from tests.bench.scale_effort import Effort, Figures
from tests.bench.watching import latencies
from tests.support.peers import HANGING

CLOCKS = re.compile(r'^tierwatch_sla_clocks\{(?=.*source="tickets")(?!.*state="unknown").*\} (\S+)$', re.MULTILINE)


def scraped(life: Life) -> tuple[float, str]:
    begun = time.monotonic()
    answer = requests.get(f"{life.address}/metrics", timeout=120)
    answer.raise_for_status()
    return time.monotonic() - begun, answer.text


def all_counted(life: Life, clocks: int) -> bool:
    """Whether every clock of the fill is among the aggregates, in a state that is known."""
    try:
        _, text = scraped(life)
    except requests.RequestException:
        return False
    return sum(float(one) for one in CLOCKS.findall(text)) >= clocks


def until_counted(life: Life, clocks: int) -> None:
    wait(lambda: all_counted(life, clocks), "the aggregates are complete", HANGING + clocks / 1000, every=1)


def crossings(life: Life, effort: Effort, name: str) -> Figures:
    """Crossings at known instants, one after the other; milliseconds from the instant to the webhook's request."""
    first = time.time() + effort.lead
    crossed = {f"S{n:05}": first + effort.spread * (n + 0.5) / effort.singles for n in range(effort.singles)}
    life.let_happen("S", [ticket(one, at) for one, at in crossed.items()])
    assert time.time() < first, "the news were not read before the first ticket crossed"
    time.sleep(max(0.0, first + effort.spread - time.time()))
    found = latencies(crossed, life.heard.until(effort.singles, 30))
    assert found["heard"] == effort.singles, f"{found['heard']} of {effort.singles} crossings were heard of"
    return {f"{name}_p50": 1000 * found["p50_seconds"], f"{name}_p99": 1000 * found["p99_seconds"]}
