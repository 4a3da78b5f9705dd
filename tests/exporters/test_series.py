"""How many series there can be: worked out from the configuration, and held against what is rendered."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import cache
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families as classic_families

from exporters import series
from exporters.catalogue import CIRCUIT_STATES, GROUP, HELD, LAYER, METRICS, PROMISE, TOLD, WITHHELD, Kind
from exporters.own_metrics import SUBSCRIBERS
from exporters.prometheus import Config, build
from monitor.aggregates import Instants, Used
from monitor.config import policy_file, yaml_file
from monitor.history.mapping import CHOOSING
from monitor.memory import CacheUse
from monitor.model import COUNTED_STATES, OPEN_STATES
from monitor.policy import GROUPS
from monitor.policy.policy import NO_RUNG, Policy
from monitor.service.engine_worker import Timing
from monitor.snapshot import (
    OPEN_WORDS,
    OTHER,
    Beat,
    ChannelHealth,
    CircuitGroup,
    Count,
    ExporterHealth,
    FindingKind,
    Group,
    GroupClocks,
    GuardedClocks,
    Health,
    OnCallFigures,
    Reliability,
    Snapshot,
    SourceHealth,
)
from monitor.store import statements
from monitor.store.database import Database
from monitor.store.views import Views
from tests.support import snapshots
from tests.support.aggregates import in_seconds
from tests.support.snapshots import AT

SHIPPED = policy_file.shipped()
shipped = cache(policy_file.load)
SOURCES, CHANNELS = ("corp", "circuits"), ("am/1", "am/2", "phone")
EXPORTERS = ("history", "lab")
LAYERS = {("noc", layer): 1 for layer in ("week", "night", "calendar", "override")}
REASONS = [f"r{number}" for number in range(OPEN_WORDS)] + [OTHER]
CACHES = [f"c{number}" for number in range(series.CACHES)]


USED = (Used(10, Instants.of([3])),)
"""How much of a group's only allowance is used."""


def rungs(policy: Policy, ladder: str) -> list[str]:
    return [*(rung.id for rung in policy.ladders.get(ladder, ())), NO_RUNG]


def fullest(policy: Policy) -> Snapshot:
    """Everything that can occur does."""
    groups = [Group(source, *row) for source in SOURCES for row in policy.promised()]
    counted = [Group(GROUPS, *row) for row in policy.promised_of_groups()]
    groups += counted
    sources = (*SOURCES, GROUPS) if counted else SOURCES  # what is counted of several has a source's name too
    values: Mapping[str, Iterable[str]] = {
        "source": sources, "channel": CHANNELS, "reason": REASONS, "cache": CACHES, "exporter": EXPORTERS,
        "party": REASONS,
    }  # fmt: skip
    promises = sorted({(group.tier, group.sla_target) for group in groups})
    counts = []
    for metric in METRICS:
        if metric.kind is not Kind.COUNTER:
            continue
        of_groups, of_promises = (metric.labels[: len(known)] == known for known in (GROUP, PROMISE))
        rest = metric.labels[len(GROUP if of_groups else PROMISE if of_promises else ()) :]
        heads = [dataclasses.astuple(group) for group in groups] if of_groups else promises if of_promises else [()]
        for head, tail in product(heads, product(*(metric.values.get(name) or values[name] for name in rest))):
            counts.append(Count(metric.name, dict(zip(metric.labels, (*head, *tail), strict=True)), 1))
    stages = {stage.name for period in policy.guarded for stage in period.stages}
    stages |= {stage.name for rows in policy.stages.values() for some in rows.values() for stage in some}
    states = dict.fromkeys(OPEN_STATES, 1)
    tiers, assurances = rungs(policy, "tier"), rungs(policy, "assurance")
    return dataclasses.replace(
        snapshots.empty(),
        clocks=[GroupClocks(group, states, AT, in_seconds(int(AT.timestamp())), used=USED) for group in groups],
        circuits={
            CircuitGroup(source, tier, assurance, state): 1
            for source, tier, assurance, state in product(sources, tiers, assurances, COUNTED_STATES)
        },
        sources=[SourceHealth(name, "x", True, AT, AT, timedelta(minutes=5)) for name in sources],
        counts=counts,
        caches=[CacheUse(name, 1, 1) for name in CACHES],
        subscribers=dict.fromkeys(SUBSCRIBERS, 1),
        exporters=[ExporterHealth(name, 1, 1, AT, AT) for name in EXPORTERS],
        firing={(tier, stage): 1 for tier in tiers for stage in {*stages, "", "silenced", "breached"}},
        channels=[ChannelHealth(name, 1, AT, dict.fromkeys(HELD, 1)) for name in CHANNELS],
        quarantined={(source, reason): 1 for source in sources for reason in REASONS},
        unconfirmed=dict.fromkeys(CHANNELS, 1),
        suppressed_due=dict.fromkeys(tiers, 1),
        trust=Reliability(
            dict.fromkeys(Beat, AT),
            dict.fromkeys(Beat, timedelta(0)),
            dict.fromkeys(FindingKind, 1),
        ),
        health=Health(AT, evaluation_buckets=Timing().buckets),
        promised=groups,
        page_url="https://tierwatch.example",
        oncall=OnCallFigures(1, AT, LAYERS),
        guarded=[GuardedClocks(one.name, AT, AT, states) for one in policy.guarded],
    )


def rendered(of: Snapshot) -> int:
    body, _ = build(Config()).render(of, AT)
    return sum(len(family.samples) for family in classic_families(body.decode()))


def bound(policy: Policy) -> int:
    return series.at_most(series.sizes([policy], len(SOURCES), len(CHANNELS), len(EXPORTERS), len(LAYERS)))


GUARDED = f"""{policy_file.shipped_text("demo")}
guarded_periods:
  congress: {{name: {{en: C}}, from: 2026-03-02, to: 2026-03-05, for: {{customer: A}}, stages: [13%], tier: gold}}
  games: {{name: {{en: G}}, from: 2026-04-02, to: 2026-04-05, for: {{customer: A}}, budgets: {{restore: 1h}}}}
"""


@pytest.mark.parametrize("name", [*SHIPPED, "guarded"])
def test_there_are_no_more_series_than_check_config_says_and_that_many_there_can_be(name: str) -> None:
    policy = policy_file.build(yaml_file.parse(GUARDED, "guarded.yml")) if name == "guarded" else shipped(name)
    assert rendered(fullest(policy)) <= bound(policy) <= rendered(fullest(policy)) * 1.02


FULL = {name: fullest(shipped(name)) for name in ("it-support", "demo")}


@given(st.sampled_from(sorted(FULL)), st.data())
def test_whatever_occurs_of_it_there_are_no_more(name: str, data: st.DataObject) -> None:
    whole = FULL[name]
    some = dataclasses.replace(
        whole,
        clocks=data.draw(st.lists(st.sampled_from(list(whole.clocks)), max_size=5, unique_by=lambda c: c.group)),
        counts=data.draw(st.lists(st.sampled_from(list(whole.counts)), max_size=9, unique_by=id)),
        promised=whole.promised if data.draw(st.booleans()) else (),
        channels=data.draw(st.lists(st.sampled_from(list(whole.channels)), unique_by=id)),
    )
    assert rendered(some) <= bound(shipped(name))


def test_every_label_of_the_catalogue_has_a_known_number_of_values() -> None:
    of = series.sizes([shipped("demo")], 1, 1)
    known = {*of.labels, *GROUP, *PROMISE, *LAYER}
    assert all(label in metric.values or label in known for metric in METRICS for label in metric.labels)
    assert all(label in metric.values or label in of.labels for metric in METRICS for label in metric.labels[4:])
    assert series.at_most(of) > 0
    assert len(Timing().buckets) == series.EVALUATION_BOUNDS
    assert (len(TOLD), len(WITHHELD), len(CIRCUIT_STATES)) == tuple(
        len(values)
        for values in (
            next(m for m in METRICS if m.name == "tierwatch_alerts_sent_total").values["reason"],
            next(m for m in METRICS if m.name == "tierwatch_alerts_withheld_total").values["reason"],
            next(m for m in METRICS if m.name == "tierwatch_circuits").values["state"],
        )
    )


# -- which groups there can be ---------------------------------------------------------------------------------------


@cache
def promised_by(name: str) -> frozenset[tuple[str, str, str]]:
    return frozenset({*shipped(name).promised(), *shipped(name).promised_of_groups()})


@pytest.mark.parametrize("name", SHIPPED)
@given(data=st.data())
def test_every_clock_that_can_be_has_its_zeros_from_the_start(name: str, data: st.DataObject) -> None:
    policy, promised = shipped(name), promised_by(name)
    words = {
        name: sorted({value for rule in policy.targets for row in rule.rows for value in row.when.get(name, ())})
        for name in CHOOSING
    }
    said = {
        attribute: value
        for attribute, known in words.items()
        if (value := data.draw(st.sampled_from(["", *known, *rungs(policy, attribute)[:-1]])))
    }
    graded = policy.graded(said)
    for rule in policy.targets:
        for age in (timedelta(0), timedelta(days=30)):
            if rule.counting is not None:
                assert (rule.counting.tier or NO_RUNG, NO_RUNG, rule.name) in promised
            elif rule.row(graded, age) is not None:
                assert (graded.get("tier", NO_RUNG), graded.get("assurance", NO_RUNG), rule.name) in promised


@pytest.mark.parametrize("name", SHIPPED)
def test_no_group_has_zeros_that_no_row_could_count(name: str) -> None:
    policy = shipped(name)
    for tier, assurance, target in policy.promised():
        rule = policy.rule(target)
        assert rule is not None
        assert any(
            tier in row.when.get("tier", {tier}) and assurance in row.when.get("assurance", {assurance})
            for row in rule.rows
        )


# -- words that plug-ins choose --------------------------------------------------------------------------------------


def test_so_many_reasons_are_kept_apart_and_the_rest_is_counted_as_other(tmp_path: Path) -> None:
    name, database = "tierwatch_source_poll_failures_total", Database(f"sqlite:///{tmp_path}/series.db")
    for number in range(OPEN_WORDS + 10):
        with database.write() as connection:
            statements.count(connection, name, {"source": "corp", "reason": f"r{number}"})
            statements.count(connection, name, {"source": "other", "reason": "timeout"})
    with database.write() as connection:
        statements.count(connection, name, {"source": "corp", "reason": "r3"})
    counted = {(c.labels["source"], c.labels["reason"]): c.value for c in Views(database).counts()}
    database.close()
    assert len(counted) == OPEN_WORDS + 2
    assert counted["corp", OTHER] == 10
    assert counted["corp", "r3"] == 2
    assert counted["other", "timeout"] == OPEN_WORDS + 10
