"""Measure what the pace of allowances warns of in simulated years, for the default and for others.

python -m tests.bench.pace_years [years]
"""

from __future__ import annotations

import json
import sys
from fractions import Fraction

from rich.console import Console
from rich.table import Table

from monitor.policy import Pace, Window
from tests.support.pace_years import FAULTS, HOURS, judge, total

SEED = 7


def _pace(factor: str, *shares: str) -> Pace:
    return Pace(tuple(Window(share=Fraction(share)) for share in shares), Fraction(factor))


PACES = {
    "50 %, 25 % x 1.5": Pace(),
    "50 %, 25 % x 2": _pace("2", "1/2", "1/4"),
    "50 %, 25 % x 1.25": _pace("1.25", "1/2", "1/4"),
    "100 %, 25 % x 1.25": _pace("1.25", "1", "1/4"),
    "25 % x 1.5": _pace("1.5", "1/4"),
    "1/12 x 2": _pace("2", "1/12"),
}


def main() -> None:
    years = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    console, figures = Console(width=120), {}
    for promise in (HOURS, FAULTS):
        table = Table("pace", "exhausted", "14 days before", "kept", "warned of", "of these, at most half used",
                      title=f"{promise.name}, {years} years of each kind")  # fmt: skip
        for name, pace in PACES.items():
            all_of = total(judge(promise, pace, years, SEED))
            table.add_row(name, str(all_of.exhausted), f"{all_of.lead:.0%}", str(all_of.kept),
                          f"{all_of.false_share:.0%}", f"{all_of.false_below_half} of {all_of.below_half}")  # fmt: skip
            figures[f"{promise.name}, {name}"] = [round(all_of.lead, 3), round(all_of.false_share, 3)]
        console.print(table)
        of = Table("kind of year (default)", "exhausted", "14 days before", "kept", "warned of")
        for kind, tally in judge(promise, Pace(), years, SEED).items():
            of.add_row(kind, str(tally.exhausted), f"{tally.lead:.0%}", str(tally.kept), f"{tally.false_share:.0%}")
        console.print(of)
    print(json.dumps({"pace_years": figures}))


if __name__ == "__main__":
    main()
