"""Find the budget that somebody meant who wrote it otherwise: `10 min`, `1.5h`, `5 working days`, `untill agreed`.

Pure. A guess is only made where every word of what was written is known or nearly so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from fractions import Fraction

from monitor.text.words import folded

_SECONDS: Mapping[str, int] = {"s": 1, "m": 60, "h": 3600, "d": 86400}

_WORDS: Mapping[str, tuple[str, ...]] = {
    "s": ("s", "sec", "secs", "second", "seconds", "秒"),
    "m": ("m", "min", "mins", "minute", "minutes", "分", "分钟"),
    "h": ("h", "hr", "hrs", "hour", "hours", "时", "小时"),
    "d": ("d", "day", "days", "天", "日"),
    "w": ("week", "weeks", "周"),
    "wd": (
        "wd", "working day", "working days", "workday", "workdays", "business day", "business days", "bd",
        "工作日", "个工作日",
    ),
    "%": ("%", "percent", "per cent", "pct"),
    "times": ("", "x", "time", "times", "次"),
}  # fmt: skip
_UNITS = {word: unit for unit, words in _WORDS.items() for word in words}
_UNTIL = ("until", "till", "til", "by", "untill")

_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([^\d.]*)")


def near_budget(written: object) -> str:
    """The budget that *written* nearly is, as a policy writes it; empty where nothing is near."""
    if isinstance(written, bool) or not isinstance(written, str | int | float):
        return ""
    text = folded(str(written)).strip(" .")
    first, _, name = text.partition(" ")
    name = re.sub(r"^the\s+", "", name.strip())
    if get_close_matches(first, _UNTIL, n=1, cutoff=0.75) and re.fullmatch(r"[a-z][a-z0-9_]*", name):
        return f"until {name}"
    parts = _PART.findall(text)
    if not parts or "".join(_between(text)).strip():
        return ""
    found = [(Fraction(number), _unit(word)) for number, word in parts]
    units = {unit for _, unit in found}
    if units <= {"s", "m", "h", "d", "w"}:
        return _length(sum((number * _SECONDS.get(unit, 7 * 86400) for number, unit in found), Fraction(0)))
    if len(found) > 1 or "" in units:
        return ""
    number, unit = found[0]
    if unit == "%":
        return f"{float(number):g}%"
    return f"{number} {unit}" if unit == "times" and number.denominator == 1 else _days(number, unit)


def _between(text: str) -> list[str]:
    """What of *text* is neither a number nor the word after one."""
    return _PART.split(text)[::3]


def _unit(word: str) -> str:
    word = re.sub(r"\s+", " ", re.sub(r"\b(and|of)\b|[,_-]", " ", word)).strip()
    near = get_close_matches(word, _UNITS, n=1, cutoff=0.75) if len(word) > 2 else []
    return _UNITS.get(word) or (_UNITS[near[0]] if near else "")


def _days(number: Fraction, unit: str) -> str:
    return f"{number}wd" if unit == "wd" and number.denominator == 1 else ""


def _length(seconds: Fraction) -> str:
    if seconds.denominator != 1:
        return ""
    left, found = int(seconds), ""
    for unit in ("d", "h", "m", "s"):
        found += f"{left // _SECONDS[unit]}{unit}" if left >= _SECONDS[unit] else ""
        left %= _SECONDS[unit]
    return found or "0s"
