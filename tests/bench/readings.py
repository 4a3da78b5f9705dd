"""Read random histories with the compiled core and with its sources, and compare the readings.

    python -m tests.bench.readings --histories 200000

It needs an installation with the compiled core (`make test-compiled` has one in `.locks/compiled`). Two processes read
the histories of the same seeds, the same that `tests/support/histories.py` makes for the oracle, and print a digest of
all readings in all their values. A difference ends with exit code 1; `--parts` says how many digests are compared.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from hashlib import sha256
from random import Random
from time import process_time

import monitor
from monitor.compiled.core import SourcesOnly

EACH = 50
"""How many histories one policy judges."""


@dataclass(frozen=True, slots=True)
class Read:
    """What one process read: its core, how many readings, a digest for each part, seconds of processor time."""

    core: str
    histories: int
    readings: int
    digests: tuple[str, ...]
    seconds: float


def read(histories: int, seed: int, parts: int) -> Read:
    """Read *histories* in as many parts, with the core that this process has."""
    from monitor.clock import ticket_clock
    from tests.support.histories import history
    from tests.support.laws import law

    core = "pure Python" if ticket_clock.__file__.endswith(".py") else "compiled"
    count, digests, began = 0, [], process_time()
    for part in range(parts):
        digest, rng = sha256(), Random(seed + part)
        for _ in range(histories // parts // EACH):
            rules = law(rng)
            for _ in range(EACH):
                found = history(rng, rules, corrected=rng.random() < 0.3).readings()
                count += len(found)
                digest.update(repr(found).encode())
        digests.append(digest.hexdigest())
    return Read(core, histories // parts // EACH * EACH * parts, count, tuple(digests), process_time() - began)


def elsewhere(histories: int, seed: int, parts: int, *more: str) -> Read:
    """The same in a process of its own. (Sets are iterated in one order in both.)"""
    command = [sys.executable, "-m", "tests.bench.readings", "--one", f"--histories={histories}", f"--seed={seed}"]
    done = subprocess.run(
        [*command, f"--parts={parts}", *more],
        env={**os.environ, "PYTHONHASHSEED": "0"}, check=True, capture_output=True, text=True,
    )  # fmt: skip
    given = json.loads(done.stdout)
    return Read(given["core"], given["histories"], given["readings"], tuple(given["digests"]), given["seconds"])


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--histories", type=int, default=200_000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--parts", type=int, default=10)
    asked.add_argument("--one", action="store_true", help="read in this process, and print what was read as JSON")
    asked.add_argument("--sources", action="store_true", help="with --one: use no compiled module")
    given = asked.parse_args()
    if given.one:
        if given.sources:
            sys.meta_path.insert(0, SourcesOnly())
        one = read(given.histories, given.seed, given.parts)
        print(json.dumps({name: getattr(one, name) for name in one.__slots__}))
        return 0
    if not monitor.CORE.compiled:
        print("no compiled core is installed here: make test-compiled")
        return 1
    both = [elsewhere(given.histories, given.seed, given.parts, *more) for more in ((), ("--sources",))]
    for each in both:
        print(f"{each.core}: {each.histories:,} histories, {each.readings:,} readings, {each.seconds:.0f} s")
    pairs = zip(both[0].digests, both[1].digests, strict=True)
    differ = [given.seed + part for part, (one, other) in enumerate(pairs) if one != other]
    print(f"readings differ for the seeds {differ}" if differ else "all readings are equal")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
