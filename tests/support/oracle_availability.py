"""Availability by a plain loop over seconds: the oracle of `monitor/availability`, which shares nothing with it.

A life is a list of seconds: "." no defect, "e" errored, "S" severely errored, " " nothing measured.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

UP, WEAK, DOWN, BLIND, BLIND_DOWN = "available", "degraded", "unavailable", "unknown", "unknown, down before"


def states(life: str, run: int = 10) -> list[str]:
    """The state of each second, by the words of the standard: look ahead from each second whether a run begins."""
    found: list[str] = []
    down = False
    for here, what in enumerate(life):
        if what == " ":
            found.append(BLIND_DOWN if down else BLIND)
            continue
        ahead: list[str] = []
        at = here
        while at < len(life) and len(ahead) < run:
            if life[at] != " ":
                ahead.append(life[at])
            at += 1
        if len(ahead) == run:
            if not down and all(one == "S" for one in ahead):
                down = True
            elif down and all(one != "S" for one in ahead):
                down = False
        found.append(DOWN if down else UP if what == "." else WEAK)
    return found


def outages(of: Sequence[str]) -> list[tuple[int, int]]:
    """From which second up to which the circuit was down, unknown seconds after an outage among them."""
    found: list[tuple[int, int]] = []
    for second, state in enumerate(of):
        if state in (DOWN, BLIND_DOWN):
            if found and found[-1][1] == second:
                found[-1] = (found[-1][0], second + 1)
            else:
                found.append((second, second + 1))
    return found


@dataclass
class OfFault:
    """A fault as the oracle sees it."""

    begin: int
    end: int
    outages: int
    flapping: bool


def faults(of: Sequence[str], merge: int, flaps: int, window: int) -> list[OfFault]:
    """The faults: second by second, with what was seen within the windows."""
    found: list[OfFault] = []
    turns: list[int] = []  # of the fault
    down_before = False
    for second in range(len(of) + 1):
        down = second < len(of) and of[second] in (DOWN, BLIND_DOWN)
        if second == len(of) and down_before:
            down = True  # it lasts: no turn
        if down and not down_before:
            last = found[-1] if found else None
            gap = second - last.end if last else 0
            recent = sum(1 for turn in [*turns, second] if second - turn < window)
            if last and (gap < merge or (gap < window and (last.flapping or recent >= flaps))):
                last.outages += 1
            else:
                found.append(OfFault(second, second, 1, False))
                turns = []
            turns.append(second)
        if not down and down_before:
            turns.append(second)
        if found and turns and turns[-1] == second:
            found[-1].flapping |= sum(1 for turn in turns if second - turn < window) >= flaps
        if down and found and second < len(of):
            found[-1].end = second + 1
        down_before = down
    return found


def a_life(dice: random.Random, length: int, run: int = 10) -> str:
    """A random life: stretches of all kinds, most about as long as what decides, with single seconds in them."""
    life = ""
    while len(life) < length:
        kind = dice.choices(".eS ", (4, 2, 4, 2))[0]
        of = dice.choice((1, dice.randint(1, 3), dice.randint(run - 2, run + 1), dice.randint(1, 4 * run)))
        stretch = [kind] * of
        for place in range(of):
            if dice.random() < 0.04:
                stretch[place] = dice.choice(".eS ")
        life += "".join(stretch)
    return life[:length]
