from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from exporters.series import CACHES
from monitor.memory.caches import CacheUse, caches_of_functions, remembered
from monitor.service.hot_subjects import SIZES
from monitor.service.prejudge import MOST

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "performance.md"
OWN = ROOT / "monitor" / "memory" / "caches.py"


OF_OBJECTS = {"checkpoints": SIZES.most, "checkpoint_intervals": SIZES.most_intervals, "prejudgements": MOST}


def files() -> Iterator[Path]:
    for top in ("monitor", "alerts", "exporters"):
        yield from (path for path in sorted((ROOT / top).rglob("*.py")) if path != OWN)


def limits() -> dict[str, int]:
    """The caches of functions in the code, with their limits."""
    found: dict[str, int] = {}
    for path in files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "remembered":
                name, limit = (ast.literal_eval(argument) for argument in node.args)
                assert name not in found, f"{path}: another cache has the name {name}"
                found[name] = limit
    return found


def test_no_function_has_a_cache_of_another_kind() -> None:
    """It would have no limit, or nobody would see it."""
    others = []
    for path in files():
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.ImportFrom | ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module == "functools":
                others += [f"{path}: {name}" for name in names if "cache" in name]
            elif "functools" in names:
                others.append(f"{path}: functools")
    assert others == []


def test_every_cache_is_on_the_page_with_its_limit() -> None:
    text = PAGE.read_text(encoding="utf-8").partition("## What is kept in memory")[2]
    listed = {name: int(limit.replace(",", "")) for name, limit in re.findall(r"\| `(\w+)` \| ([\d,]+) \|", text)}
    assert listed == {**limits(), **OF_OBJECTS}
    assert len(listed) == CACHES, "the bound of the series counts them"


def test_a_cache_has_a_limit_and_counts() -> None:
    name = "squares_of_a_test"

    @remembered(name, 3)
    def square(number: int) -> int:
        return number * number

    assert [square(number) for number in (1, 2, 3, 4, 4, 1)] == [1, 4, 9, 16, 16, 1]
    (use,) = (one for one in caches_of_functions() if one.name == name)
    assert use == CacheUse(name, entries=3, limit=3, hits=1, misses=5)


@pytest.mark.parametrize("name", ["words_folded", "zone_changes", "page_stages"])
def test_caches_of_modules_are_seen_when_these_are_imported(name: str) -> None:
    assert name in {use.name for use in caches_of_functions()}
    assert all(use.limit > 0 and use.entries <= use.limit for use in caches_of_functions())
