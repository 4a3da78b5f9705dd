from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families
from prometheus_client.parser import text_string_to_metric_families as classic_families
from prometheus_client.samples import Sample

from exporters.catalogue import CIRCUIT_STATES, CLOCK_STATES, REMAINING_BOUNDS
from exporters.families import CLASSIC, OPENMETRICS
from exporters.own_metrics import DELETED
from exporters.prometheus import Config, build, read
from monitor.aggregates import Instants, Used
from monitor.model import OPEN_STATES, State
from monitor.snapshot import Count, Group, GroupClocks, GuardedClocks, Health, Snapshot, judged_by_age
from monitor.worktime import EPOCH, TICK
from tests.support import snapshots
from tests.support.aggregates import in_seconds
from tests.support.cases import rules
from tests.support.snapshots import AT

GOLD = Group("corp", "gold", "AA", "restore")


def render(snapshot: Snapshot, accept: str = "", now: object = None) -> str:
    body, _ = build(Config()).render(snapshot, AT, accept)
    return body.decode()


def samples(snapshot: Snapshot, name: str) -> Iterator[Sample]:
    for family in classic_families(render(snapshot)):
        yield from (sample for sample in family.samples if sample.name == name)


def value(snapshot: Snapshot, name: str, **labels: str) -> float:
    """The one sample of *name* that has these labels."""
    found = [sample.value for sample in samples(snapshot, name) if labels.items() <= sample.labels.items()]
    assert len(found) == 1, f"{name}{labels}: {found}"
    return float(found[0])


def only(*clocks: GroupClocks) -> Snapshot:
    return replace(snapshots.empty(), clocks=clocks)


def test_the_classic_format_is_the_default() -> None:
    assert build(Config()).render(snapshots.example(), AT)[1] == CLASSIC == "text/plain; version=0.0.4; charset=utf-8"


@pytest.mark.parametrize(
    "accept",
    [
        "application/openmetrics-text",
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    ],
)
def test_openmetrics_is_given_to_those_who_ask_for_it(accept: str) -> None:
    body, kind = build(Config()).render(snapshots.example(), AT, accept)
    assert kind == OPENMETRICS
    assert body.endswith(b"# EOF\n")
    families = {family.name: family for family in openmetrics_families(body.decode())}
    assert families["tierwatch_sla_remaining_seconds"].type == "gaugehistogram"
    assert families["tierwatch_sla_remaining_seconds"].unit == "seconds"


def test_both_formats_say_the_same() -> None:
    def said(text: str, parse: object) -> set[tuple[str, tuple[tuple[str, str], ...], float]]:
        families = parse(text)  # type: ignore[operator]
        return {(s.name, tuple(sorted(s.labels.items())), s.value) for family in families for s in family.samples}

    snapshot = snapshots.example()
    classic = said(render(snapshot), classic_families)
    assert classic == said(render(snapshot, "application/openmetrics-text"), openmetrics_families)


def test_a_guarded_period_is_in_force_at_the_instant_of_the_scrape_and_its_clocks_are_counted_then() -> None:
    period = GuardedClocks("congress", AT - timedelta(hours=1), AT + timedelta(hours=1), {State.RUNNING: 3})
    snapshot = replace(snapshots.empty(), guarded=[period])
    assert value(snapshot, "tierwatch_guarded_period_in_force", period="congress") == 1
    assert value(snapshot, "tierwatch_guarded_clocks", period="congress", state="running") == 3
    assert value(snapshot, "tierwatch_guarded_clocks", period="congress", state="breached") == 0
    begin = value(snapshot, "tierwatch_guarded_period_begin_timestamp_seconds", period="congress")
    end = value(snapshot, "tierwatch_guarded_period_end_timestamp_seconds", period="congress")
    assert (begin, end) == (period.since.timestamp(), period.until.timestamp())
    for since in (AT + timedelta(seconds=1), AT - timedelta(hours=1)):
        over = replace(snapshot, guarded=[replace(period, since=since, until=since + timedelta(hours=1))])
        assert value(over, "tierwatch_guarded_period_in_force", period="congress") == 0
        assert value(over, "tierwatch_guarded_clocks", period="congress", state="running") == 0


def test_every_state_of_a_known_group_is_exported() -> None:
    snapshot = only(GroupClocks(GOLD, {State.RUNNING: 3}, None))
    states = {sample.labels["state"]: sample.value for sample in samples(snapshot, "tierwatch_sla_clocks")}
    assert states == {**dict.fromkeys(CLOCK_STATES, 0), "running": 3}


def test_a_group_that_is_gone_is_not_exported() -> None:
    exporter = build(Config())
    exporter.render(only(GroupClocks(GOLD, {State.RUNNING: 3}, None)), AT)
    body, _ = exporter.render(snapshots.empty(), AT)
    assert b'tier="gold"' not in body


def test_no_deadline_is_infinitely_far() -> None:
    name = "tierwatch_sla_next_deadline_timestamp_seconds"
    assert value(only(GroupClocks(GOLD, {State.PAUSED: 1}, None)), name) == math.inf
    assert value(only(GroupClocks(GOLD, {State.RUNNING: 1}, AT)), name) == AT.timestamp()


def test_remaining_time_is_counted_at_the_moment_of_the_scrape() -> None:
    now = int(AT.timestamp())
    clocks = GroupClocks(GOLD, {State.RUNNING: 4}, None, in_seconds(now - 60, now, now + 300, now + 301))
    exporter = build(Config())

    def below(bound: str, later: int = 0) -> float:
        body, _ = exporter.render(only(clocks), AT + timedelta(seconds=later))
        lines = [line for line in body.decode().splitlines() if f'_bucket{{assurance="AA",le="{bound}"' in line]
        return float(lines[0].split()[-1])

    assert [below(bound) for bound in ("0.0", "300.0", "900.0", "+Inf")] == [2, 3, 4, 4]
    assert [below(bound, later=1) for bound in ("0.0", "300.0")] == [2, 4]
    assert below("0.0", later=301) == 4


def test_the_sum_of_remaining_time_counts_late_clocks_as_nothing() -> None:
    now = int(AT.timestamp())
    snapshot = only(GroupClocks(GOLD, {State.RUNNING: 3}, None, in_seconds(now + 10, now + 30), in_seconds(now - 1000)))
    assert value(snapshot, "tierwatch_sla_remaining_seconds_gsum") == pytest.approx(40)
    assert value(snapshot, "tierwatch_sla_remaining_seconds_gcount") == 3


def test_what_was_never_counted_is_exported_as_zero() -> None:
    snapshot = replace(snapshots.example(), counts=())
    group = {"source": "corp", "tier": "diamond", "assurance": "AA", "sla_target": "accept"}
    for word in ("started", "completed", "breached"):
        assert value(snapshot, f"tierwatch_sla_clocks_{word}_total", **group) == 0
        assert value(snapshot, "tierwatch_sla_clocks_backfilled_total", kind=word, **group) == 0
    assert value(snapshot, "tierwatch_sla_corrections_total", kind="ended_late", **group) == 0
    assert value(snapshot, "tierwatch_events_total", source="circuits") == 0
    assert value(snapshot, "tierwatch_unknown_values_total", source="legacy", what="status") == 0
    for why in ("first", "repeat_due"):
        assert value(snapshot, "tierwatch_alerts_sent_total", channel="alertmanager/10.0.0.2:9093", reason=why) == 0


def test_a_stored_counter_makes_its_group_known() -> None:
    count = Count(
        "tierwatch_sla_clocks_started_total",
        {"source": "old", "tier": "gold", "assurance": "A", "sla_target": "restore"},
        8,
    )
    snapshot = replace(snapshots.empty(), counts=(count,))
    assert value(snapshot, "tierwatch_sla_clocks_started_total", source="old") == 8
    assert value(snapshot, "tierwatch_sla_clocks_breached_total", source="old") == 0
    assert value(snapshot, "tierwatch_events_total", source="old") == 0


def test_a_counter_of_another_version_does_not_end_the_scrape() -> None:
    gone = Count("tierwatch_gone_total", {"source": "corp"}, 1)
    fewer = Count("tierwatch_quarantined_total", {"source": "corp"}, 2)
    more = Count("tierwatch_quarantined_total", {"source": "corp", "zone": "x"}, 3)
    snapshot = replace(snapshots.empty(), counts=(gone, fewer, more))
    assert value(snapshot, "tierwatch_quarantined_total", source="corp") == 5
    assert "tierwatch_gone" not in render(snapshot)


def test_a_source_that_was_never_read_is_not_up() -> None:
    snapshot = snapshots.example()
    assert value(snapshot, "tierwatch_source_up", source="circuits") == 0
    assert value(snapshot, "tierwatch_source_last_success_timestamp_seconds", source="circuits") == 0
    assert value(snapshot, "tierwatch_source_up", source="corp") == 1
    assert value(snapshot, "tierwatch_source_stale", source="legacy") == 1


def test_a_stale_source_makes_clocks_unknown_and_keeps_their_deadlines() -> None:
    deadline = int(AT.timestamp()) + 100
    clocks = judged_by_age((GroupClocks(GOLD, {State.RUNNING: 2}, AT, in_seconds(deadline, deadline)),), frozenset())
    assert value(only(*clocks), "tierwatch_sla_clocks", state="unknown") == 2
    assert value(only(*clocks), "tierwatch_sla_remaining_seconds_bucket", le="300.0") == 2


def test_the_evaluation_histogram_is_cumulative_and_complete() -> None:
    health = Health(AT, AT, 10, 3.5, {0.5: 9, 0.005: 4})
    snapshot = replace(snapshots.empty(), health=health)
    buckets = [(s.labels["le"], s.value) for s in samples(snapshot, "tierwatch_engine_evaluation_seconds_bucket")]
    assert buckets == [("0.005", 4), ("0.5", 9), ("+Inf", 10)]
    assert value(snapshot, "tierwatch_engine_evaluation_seconds_sum") == 3.5


def test_the_program_says_that_its_clock_jumped_and_its_store_failed() -> None:
    snapshot = replace(snapshots.empty(), health=Health(AT, clock_held=True, store_ok=False))
    assert value(snapshot, "tierwatch_clock_held") == 1
    assert value(snapshot, "tierwatch_store_up") == 0
    assert value(snapshot, "tierwatch_engine_last_evaluation_timestamp_seconds") == 0


words = st.text(st.characters(exclude_categories=()), min_size=1, max_size=8)
numbers = st.integers(0, 10**6)
ahead = st.integers(-(10**6), 10**6).map(lambda left: int(AT.timestamp()) + left)


@st.composite
def grouped_clocks(draw: st.DrawFn) -> GroupClocks:
    group = Group(*(draw(st.sampled_from(("a", "b", "none"))) for _ in range(4)))
    states = draw(st.dictionaries(st.sampled_from(OPEN_STATES), numbers))
    return GroupClocks(group, states, None, *(in_seconds(*draw(st.lists(ahead, max_size=20))) for _ in range(2)))


@given(st.lists(grouped_clocks(), unique_by=lambda clocks: clocks.group, max_size=6))
def test_the_states_add_up_to_the_open_clocks_and_the_buckets_to_the_deadlines(clocks: list[GroupClocks]) -> None:
    snapshot = only(*clocks)
    assert sum(s.value for s in samples(snapshot, "tierwatch_sla_clocks")) == snapshots.open_clocks(snapshot)
    whole = [s for s in samples(snapshot, "tierwatch_sla_remaining_seconds_bucket") if s.labels["le"] == "+Inf"]
    assert sum(s.value for s in whole) == sum(len(each.deadlines) + len(each.late) for each in clocks)


@given(grouped_clocks())
def test_the_buckets_never_go_down(clocks: GroupClocks) -> None:
    counts = [s.value for s in samples(only(clocks), "tierwatch_sla_remaining_seconds_bucket")]
    assert len(counts) == len(REMAINING_BOUNDS) + 1
    assert counts == sorted(counts)
    assert value(only(clocks), "tierwatch_sla_remaining_seconds_gsum") >= 0


@given(words)
def test_any_text_in_a_label_leaves_the_output_readable(word: str) -> None:
    for accept, parse in (("", classic_families), ("application/openmetrics-text", openmetrics_families)):
        body, _ = build(Config()).render(snapshots.hostile(word), AT, accept)
        found = [sample for family in parse(body.decode()) for sample in family.samples]
        assert b"\x00" not in body
        assert sum(s.value for s in found if s.name == "tierwatch_sla_clocks") == 1


def test_circuits_of_a_known_group_are_exported_in_every_state() -> None:
    states = [
        s.labels["state"] for s in samples(snapshots.example(), "tierwatch_circuits") if s.labels["tier"] == "gold"
    ]
    assert sorted(states) == sorted(CIRCUIT_STATES)


def test_a_million_deadlines_are_rendered_in_time() -> None:
    now = int(AT.timestamp())
    clocks = GroupClocks(GOLD, {State.RUNNING: 10**6}, AT, in_seconds(*range(now - 1000, now + 999_000)))
    assert value(only(clocks), "tierwatch_sla_remaining_seconds_bucket", le="0.0") == 1001


def test_allowances_that_are_used_too_fast_are_counted_and_the_first_to_be_used_up_is_dated() -> None:
    fast = GroupClocks(GOLD, {State.IDLE: 3}, None, Instants(), Instants(), 2, AT + timedelta(days=9))
    seconds = value(only(fast), "tierwatch_sla_next_exhaustion_timestamp_seconds", tier="gold")
    assert seconds == (AT + timedelta(days=9)).timestamp()
    assert value(only(fast), "tierwatch_sla_allowances_too_fast", tier="gold") == 2
    calm = only(replace(fast, too_fast=0, next_exhausted=None))
    assert value(calm, "tierwatch_sla_next_exhaustion_timestamp_seconds", tier="gold") == math.inf


def test_how_much_of_allowances_is_used_is_worked_out_when_it_is_read() -> None:
    ratio, number = "tierwatch_sla_allowances_used_ratio", "tierwatch_sla_allowances_used"
    always, hour = rules().working_times["always"], timedelta(hours=1) // TICK
    draining = Used(4 * hour, Instants.of([(AT - timedelta(hours=1) - EPOCH) // TICK]), always)
    snapshot = only(
        GroupClocks(GOLD, {State.IDLE: 3}, None, used=(Used(4 * hour, Instants.of([0, 2 * hour])), draining))
    )

    def shown(later: timedelta) -> tuple[float, list[float]]:
        rows = read(snapshot, AT + later)
        (share,) = rows[ratio].values()
        return float(share), [float(one) for one in rows[number].values()]

    assert shown(timedelta(0)) == (0.5, [3, 2, 1, 0, 0, 0])
    assert shown(timedelta(hours=2)) == (0.75, [3, 2, 2, 1, 0, 0])
    assert shown(timedelta(hours=5)) == (1.5, [3, 2, 2, 1, 1, 1])


def test_of_a_group_without_allowances_no_share_of_any_is_said() -> None:
    clocks = only(GroupClocks(GOLD, {State.RUNNING: 3}, None))
    assert not [
        *samples(clocks, "tierwatch_sla_allowances_used_ratio"),
        *samples(clocks, "tierwatch_sla_allowances_used"),
    ]


def test_what_was_deleted_and_when_is_exported_from_zero_on_where_anything_is_ever_deleted() -> None:
    age, rows = "tierwatch_retention_last_success_timestamp_seconds", "tierwatch_retention_deleted_rows_total"
    keeping = snapshots.example()
    for_good = replace(keeping, swept_at=None)
    assert not [*samples(for_good, age), *samples(for_good, rows)]
    assert value(keeping, age) == AT.timestamp() - 11 * 3600
    assert {sample.labels["kind"]: sample.value for sample in samples(keeping, rows)} == dict.fromkeys(DELETED, 0.0)
    counted = replace(keeping, counts=[*keeping.counts, Count(rows, {"kind": "events"}, 7)])
    assert value(counted, rows, kind="events") == 7
    assert value(counted, rows, kind="pages") == 0


def test_while_the_open_clocks_are_counted_nothing_is_said_of_them() -> None:
    """Not even that there are none; everything else is there."""
    example = snapshots.example()
    guarded = [GuardedClocks("congress", AT - timedelta(hours=1), AT + timedelta(hours=1))]
    counting = replace(example, clocks=(), circuits={}, guarded=guarded, counted=False)
    assert value(counting, "tierwatch_open_clocks_counted") == 0
    assert value(example, "tierwatch_open_clocks_counted") == 1
    for name in (
        "tierwatch_sla_clocks", "tierwatch_sla_next_deadline_timestamp_seconds", "tierwatch_sla_allowances_too_fast",
        "tierwatch_sla_remaining_seconds_gcount", "tierwatch_sla_next_exhaustion_timestamp_seconds",
        "tierwatch_circuits", "tierwatch_guarded_clocks",
    ):  # fmt: skip
        assert list(samples(replace(example, guarded=guarded), name))
        assert not list(samples(counting, name)), name
    assert value(counting, "tierwatch_guarded_period_in_force", period="congress") == 1
    assert list(samples(counting, "tierwatch_sla_clocks_started_total"))


@given(grouped_clocks(), st.integers(-(10**6), 10**6))
def test_the_histogram_is_that_of_each_deadline_by_itself(clocks: GroupClocks, later: int) -> None:
    now = AT + timedelta(seconds=later)
    body, _ = build(Config()).render(only(clocks), now)
    left = [(at - int(now.timestamp()) * 10**6) / 10**6 for at in (*clocks.deadlines, *clocks.late)]
    found = {s.labels["le"]: s.value for f in classic_families(body.decode()) for s in f.samples if "le" in s.labels}
    assert [found[repr(float(b))] for b in REMAINING_BOUNDS] == [sum(s <= b for s in left) for b in REMAINING_BOUNDS]


def test_a_cache_has_its_entries_its_limit_and_how_often_it_was_of_use() -> None:
    names = ("cache_entries", "cache_limit", "cache_hits_total", "cache_misses_total")
    shown = [value(snapshots.example(), f"tierwatch_{name}", cache="page_stages") for name in names]
    assert shown == [812, 4096, 9120, 812]
