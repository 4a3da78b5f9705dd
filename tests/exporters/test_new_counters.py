"""Every counter is seen at 0 before it is seen at more, by everybody who remembers what he read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families as classic_families

from exporters.new_counters import AT_ONCE, MOST_SCRAPERS, NewCounters
from exporters.prometheus import Config, Prometheus, build
from monitor.snapshot import Count, Group, Snapshot
from tests.support import snapshots
from tests.support.snapshots import AT

S = timedelta(seconds=1)
SENT = ("tierwatch_alerts_sent_total", ("phone", "odd"))
BROKEN = ("tierwatch_sla_clocks_breached_total", ("corp", "gold", "none", "restore"))


def snapshot(*counts: Count, promised: tuple[Group, ...] = ()) -> Snapshot:
    return replace(snapshots.empty(), counts=counts, promised=promised)


def count(value: float, fresh: bool = True, reason: str = "new") -> Count:
    return Count("tierwatch_source_poll_failures_total", {"source": "corp", "reason": reason}, value, fresh)


def read(exporter: Prometheus, of: Snapshot, scraper: str, after: timedelta = timedelta(0)) -> float | None:
    """What is shown of polls of `corp` that failed."""
    body, _ = exporter.render(of, AT + after, "", scraper)
    found = [
        sample.value
        for family in classic_families(body.decode())
        for sample in family.samples
        if sample.name == "tierwatch_source_poll_failures_total"
    ]
    return sum(found) if found else None


def test_a_new_counter_is_shown_as_0_once_and_then_as_it_is() -> None:
    exporter = build(Config())
    assert read(exporter, snapshot(), "a") is None
    assert [read(exporter, snapshot(count(3)), "a", S * n) for n in (1, 2, 3)] == [0, 3, 3]


def test_each_scraper_sees_it_at_0_and_whoever_only_looks_sees_the_truth() -> None:
    exporter = build(Config())
    assert read(exporter, snapshot(count(3)), "") == 3
    assert read(exporter, snapshot(count(3)), "a") == 0
    assert read(exporter, snapshot(count(3)), "b", S) == 0
    assert read(exporter, snapshot(count(3)), "") == 3
    assert [read(exporter, snapshot(count(4)), name, S * 9) for name in "ab"] == [4, 4]


def test_what_was_stored_before_the_start_is_never_shown_as_0() -> None:
    assert read(build(Config()), snapshot(count(57, fresh=False)), "a") == 57


def test_a_scraper_that_comes_late_under_another_address_sees_no_reset() -> None:
    exporter = build(Config())
    assert [read(exporter, snapshot(count(3)), "a", S * n) for n in (0, 1)] == [0, 3]
    assert read(exporter, snapshot(count(3)), "moved", AT_ONCE + S * 2) == 3
    assert read(exporter, snapshot(count(3), count(2, reason="newer")), "moved", AT_ONCE + S * 3) == 3


def test_a_zero_that_was_shown_in_advance_is_a_sight() -> None:
    group = Group("corp", "gold", "none", "restore")
    labels = {"source": "corp", "tier": "gold", "assurance": "none", "sla_target": "restore"}
    broken = Count("tierwatch_sla_clocks_breached_total", labels, 1, fresh=True)
    exporter = build(Config())

    def value(of: Snapshot) -> list[str]:
        body, _ = exporter.render(of, AT, "", "a")
        return [line.split()[-1] for line in body.decode().splitlines() if line.startswith(broken.name)]

    assert value(snapshot(promised=(group,))) == ["0.0"]
    assert value(snapshot(broken, promised=(group,))) == ["1.0"], "at once, for its 0 was there"


def test_so_many_scrapers_are_remembered_and_no_more() -> None:
    counters = NewCounters()
    for number in range(MOST_SCRAPERS * 3):
        counters.at_zero(f"10.0.0.{number}", {SENT: 1.0}, {SENT}, AT)
    assert len(counters._seen) == MOST_SCRAPERS


STEPS = st.lists(st.tuples(st.sampled_from(["a", "b", "count", "other"]), st.integers(1, 90)), max_size=40)


@given(STEPS)
def test_what_a_scraper_sees_grows_by_all_that_was_counted(steps: list[tuple[str, int]]) -> None:
    counters, now = NewCounters(), AT
    values = {SENT: 0.0, BROKEN: 0.0}
    read: dict[str, dict[object, list[float]]] = {"a": {}, "b": {}}
    for who in "ab":  # both are there from the start, as a pair is
        counters.at_zero(who, {BROKEN: 0.0}, (), now)
        read[who][BROKEN] = [0.0]
    for what, seconds in steps:
        now += timedelta(seconds=seconds)
        if what in ("count", "other"):
            values[SENT if what == "count" else BROKEN] += 1
            continue
        shown = {series: value for series, value in values.items() if value or series == BROKEN}
        held = counters.at_zero(what, shown, {series for series, value in values.items() if value}, now)
        for series, value in shown.items():
            read[what].setdefault(series, []).append(0.0 if series in held else value)
    for seen in read.values():
        for series, samples in seen.items():
            assert samples[0] == 0
            assert samples == sorted(samples), "no reset"
            assert samples[-1] <= values[series]  # type: ignore[index]
            increase = sum(max(0.0, after - before) for before, after in pairwise(samples))
            assert increase == samples[-1], "all that was counted is an increase"
