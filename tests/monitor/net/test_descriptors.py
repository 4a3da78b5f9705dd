from __future__ import annotations

import subprocess
import sys

from monitor.net import descriptors


def run(code: str, limits: str) -> str:
    """What Python prints with these limits."""
    command = ["sh", "-c", f'{limits}; exec "$@"', "sh", sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout.strip()


def test_the_soft_limit_is_raised_as_far_as_the_hard_one_allows() -> None:
    code = "from monitor.net import descriptors as d; print(d.raise_limit(), d.limit())"
    assert run(code, "ulimit -Sn 200 && ulimit -Hn 1000") == "1000 1000"
    assert run(code, "ulimit -n 300") == "300 300"


def test_what_is_left_for_others_is_what_nobody_needs() -> None:
    code = "from monitor.net import descriptors as d; print(d.spare(4), d.limit() - d.needed(4) - d._open())"
    spare, counted = map(int, run(code, "ulimit -n 500").split())
    assert spare == counted
    assert 0 < spare < 500 - descriptors.needed(4)


def test_more_peers_need_more() -> None:
    assert descriptors.needed(20) > descriptors.needed(2) > 100
