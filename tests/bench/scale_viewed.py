"""What `tests/bench/scale.py` measures of a filled store while people and scripts look at it, and of alerts meanwhile.

Callers and viewers are processes of their own, the browser is a real Chromium. Processor time is that of the program.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread

from tests.bench.filled import Filled, Life, append, living, ticket, wait
from tests.bench.looking_on import Answered, asking, one_after_the_other, viewing
from tests.bench.scale_effort import Effort, Figures
from tests.bench.scale_seen import crossings, until_counted
from tests.bench.watching import Watch
from tests.support.browser import chromium, looking
from tests.support.peers import HANGING

API = "/api/v1"
PAGES = (
    "/clocks?tier=silver&state=running&sort=deadline&limit=50",
    "/clocks?tier=diamond&tier=bronze&sort=opened&order=desc&limit=50",
    "/clocks?source=tickets&sort=subject&prefix=F0000&limit=50",
)
"""Pages of fifty clocks, filtered and sorted."""

WALL = "live?part=wall"

BEGINS_EVERY = 0.2
"""Seconds between two clocks that begin while viewers look on; each is a transition."""

LATER = 3 * 3600.0
"""Seconds after which such a clock crosses its first stage."""


def pages_of(clocks: int, number: int) -> list[str]:
    return [API + PAGES[n % len(PAGES)] for n in range(number)]


def explanations_of(clocks: int, number: int) -> list[str]:
    return [f"{API}/subjects/tickets/F{n * 7919 % clocks:08}" for n in range(number)]


def api(filled: Filled, effort: Effort) -> Figures:
    """Pages of clocks, then explanations, one request after the other: wall time, and processor time of the program."""
    with living(filled) as life:
        until_counted(life, filled.clocks)
        one_after_the_other(life.port, pages_of(filled.clocks, 8), effort.callers)  # it is built when it is first asked
        pages, page_cpu = _asked(life, pages_of(filled.clocks, effort.asked), effort)
        explained, explained_cpu = _asked(life, explanations_of(filled.clocks, effort.asked // 2), effort)
    return {
        "api_p50": statistics.median(one.ms for one in pages),
        "api_p95": _percentile([one.ms for one in pages], 95),
        "api_cpu": page_cpu,
        "api_rate": 1000 / page_cpu,
        "explain_p95": _percentile([one.ms for one in explained], 95),
        "explain_cpu": explained_cpu,
    }


def viewers(filled: Filled, effort: Effort) -> Figures:
    """Viewers of the wall, while a clock begins every 0.2 s: what they cost, and how soon they are told."""
    with living(filled) as life:
        until_counted(life, filled.clocks)
        time.sleep(effort.settle)
        alone = _while_clocks_begin(life, "P", effort.looked)
        with viewing(life.port, WALL, effort.viewers) as crowd:
            time.sleep(effort.settle)
            looked_at = _while_clocks_begin(life, "Q", effort.looked)
            time.sleep(2)
        delays = _delays(life, crowd.found, effort.viewers)
    return {
        "viewers": 100 * (looked_at - alone),
        "viewers_p50": statistics.median(delays),
        "viewers_worst": max(delays),
    }


def while_viewed(filled: Filled, effort: Effort) -> Figures:
    """Crossings to the webhook while viewers look on and callers ask the API as often as it lets them."""
    paths = [*pages_of(filled.clocks, 3), *explanations_of(filled.clocks, 1)]
    with living(filled) as life:
        until_counted(life, filled.clocks)
        one_after_the_other(life.port, pages_of(filled.clocks, 8), effort.callers)
        with viewing(life.port, WALL, effort.viewers), asking(life.port, paths, effort.callers) as callers:
            watch = Watch(life.pid)
            figures = crossings(life, effort, "viewed")
            used = watch.usage()
        answers, failed = callers.found
    assert not failed, f"a caller failed: {failed[0]}"
    taken: Sequence[Answered] = [one for one in answers if one.status == 200]
    return {
        **figures,
        "viewed_rate": len(taken) / callers.seconds,
        "viewed_refused": 100 * (1 - len(taken) / len(answers)),
        "viewed_p95": _percentile([one.ms for one in taken], 95),
        "viewed_cpu": 100 * used.share,
    }


def wall(filled: Filled, effort: Effort) -> Figures:
    """A real browser opens the wall with nothing kept; then clocks begin, until each is seen on its screen."""
    paints, sizes = [], []
    with living(filled) as life, chromium() as browser:
        until_counted(life, filled.clocks)
        for _ in range(effort.screens):
            with looking(browser) as look:
                look.page.goto(life.address)
                wait(lambda page=look.page: page.evaluate(PAINTED), "the first paint", HANGING, 0.02)  # type: ignore[misc]
                paint, size = look.page.evaluate(OPENED)
                paints.append(paint)
                sizes.append(size / 1024)
        with looking(browser) as look:
            look.page.goto(life.address)
            names = [f"W{n:05}" for n in range(effort.screens)]
            look.page.evaluate(WATCHED, names)
            for number, name in enumerate(names):
                life.let_happen("W", [ticket(name, time.time() + 600 - number)])  # the nearest deadline there is
                wait(lambda page=look.page, name=name: page.evaluate(SEEN, name), name, HANGING)  # type: ignore[misc]
                time.sleep(1.1 + number % 7 / 10)
            seen: dict[str, float] = look.page.evaluate("window.seen")
        query = "SELECT recorded_at FROM transitions WHERE source = 'news' AND subject = ? AND kind = 'started'"
        delays = [at - life.store.first(query, name) / 1000 for name, at in seen.items()]
    return {
        "paint": statistics.median(paints),
        "paint_most": max(paints),
        "paint_size": max(sizes),
        "screen_p50": statistics.median(delays),
        "screen_worst": max(delays),
    }


PAINTED = 'performance.getEntriesByName("first-contentful-paint").length === 1'
SEEN = "name => name in window.seen"

OPENED = """() => {
  const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  const paint = performance.getEntriesByName("first-contentful-paint")[0].startTime;
  return [paint, all.reduce((sum, one) => sum + one.transferSize, 0)];
}"""
"""Milliseconds from the navigation to the first thing that is painted, and the bytes that were sent for the page."""

WATCHED = """names => {
  window.seen = {};
  const look = () => {
    const text = document.body.textContent;
    for (const name of names) if (!(name in window.seen) && text.includes(name)) window.seen[name] = Date.now();
  };
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""
"""Note when each name is first on the page, in milliseconds since 1970."""


def _asked(life: Life, paths: Sequence[str], effort: Effort) -> tuple[list[Answered], float]:
    """The answers, and milliseconds of the program's processor for each. What it does beside is counted as well."""
    watch = Watch(life.pid)
    found = one_after_the_other(life.port, paths, effort.callers)
    cpu = watch.usage().cpu
    refused = [one for one in found if one.status != 200]
    assert not refused, f"{len(refused)} of {len(found)} requests were refused, the first with {refused[0].status}"
    return found, 1000 * cpu / len(found)


def _while_clocks_begin(life: Life, letter: str, seconds: float) -> float:
    """The share of a core that the program uses while clocks begin."""
    with _beginning(life, letter):
        watch = Watch(life.pid)
        time.sleep(seconds)
        return watch.usage().share


@contextmanager
def _beginning(life: Life, letter: str) -> Iterator[None]:
    ending = Event()

    def begin() -> None:
        number = 0
        while not ending.wait(BEGINS_EVERY):
            append(life.news, [ticket(f"{letter}{number:05}", time.time() + LATER)])
            number += 1

    thread = Thread(target=begin)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()


def _delays(life: Life, seen: dict[str, tuple[int, float]], number: int) -> list[float]:
    """Milliseconds from the step that committed a transition until the last viewer was told of it."""
    found = []
    for place, (times, last) in seen.items():
        row, recorded = place.split("-")[:2]
        assert times == number, f"{times} of {number} viewers were told of transition {row}"
        found.append(1000 * last - int(recorded) / 1000)
    assert found, "no viewer was told anything"
    return found


def _percentile(values: Sequence[float], share: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * share // 100)]
