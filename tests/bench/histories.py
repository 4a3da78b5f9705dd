"""Hold random histories against the oracle: `python -m tests.bench.histories --policies 2000 --each 100 --minutes 60`.

Prints how many were held against it, and the smallest form of those that differ; the exit code is 1 if any does. Each
policy has a seed of its own, so that a difference can be had again with `--seed N --policies 1`. One process; it stops
when the minutes are over, and says from which seed to go on.
"""

from __future__ import annotations

import argparse
import time
from random import Random

from tests.support.histories import history
from tests.support.laws import law


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--policies", type=int, default=20)
    parser.add_argument("--each", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=60, help="how long it runs at most")
    parser.add_argument("--show", type=int, default=3, help="how many differences are printed")
    parser.add_argument("--corrected", action="store_true", help="with corrections by an operator")
    asked = parser.parse_args()
    began, held, wrong = time.monotonic(), 0, 0
    last = asked.seed
    for seed in range(asked.seed, asked.seed + asked.policies):
        if time.monotonic() - began > asked.minutes * 60:
            break
        rng = Random(seed)
        rules, last = law(rng), seed + 1
        for _ in range(asked.each):
            one = history(rng, rules, asked.corrected)
            held += 1
            if one.differences():
                wrong += 1
                if wrong <= asked.show:
                    print(f"-- policy of seed {seed}\n{one.smallest().told()}\n", flush=True)
    print(f"{held} histories under {last - asked.seed} policies from seed {asked.seed}: {wrong} differ", end="")
    print(f" ({time.monotonic() - began:.0f} s; go on with --seed {last})")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
