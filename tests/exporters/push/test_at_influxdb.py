"""A real InfluxDB 1.8 gives back what was written, and runs the queries of docs/influxdb.md."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from exporters.points import TRANSITION, Point, of_metrics, of_transition
from exporters.push import influxdb as module
from tests.support import snapshots
from tests.support.time_series import Found, InfluxDB, influxdb
from tests.support.transitions import AT, HOSTILE, ONE, many, row

pytestmark = pytest.mark.peer

PAGE = (Path(__file__).parents[3] / "docs/influxdb.md").read_text(encoding="utf-8")
TAGS = ("source", "tier", "assurance", "target", "kind", "stage")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxDB]:
    with influxdb(tmp_path_factory.mktemp("influxdb")) as it:
        yield it


@pytest.fixture
def exporter(server: InfluxDB) -> module.InfluxDB:
    server.query("DROP DATABASE tw")
    server.query("CREATE DATABASE tw")
    return module.build(module.Config(**server.options))


def found(point: Point) -> Found:
    return Found(frozenset(each for each in point.tags.items() if each[1]), frozenset(point.fields.items()), point.time)


def test_it_gives_back_the_transitions_of_one_second_each_once(server: InfluxDB, exporter: module.InfluxDB) -> None:
    points = [of_transition(each) for each in many(7_000)]
    for _ in range(2):
        assert exporter.export(points, AT) == []
    assert Counter(server.points(TRANSITION, TAGS)) == Counter(map(found, points))


def test_hostile_texts_come_back_as_they_were_sent(server: InfluxDB, exporter: module.InfluxDB) -> None:
    rows = [ONE._replace(id=number, subject=text, because=text) for number, text in enumerate(HOSTILE, 1)]
    points = [of_transition(each) for each in rows]
    assert exporter.export(points, AT) == []
    assert Counter(server.points(TRANSITION, TAGS)) == Counter(map(found, points))


def test_a_hostile_tag_is_one_point_and_writes_no_other(server: InfluxDB, exporter: module.InfluxDB) -> None:
    rows = [row(number, tier=text) for number, text in enumerate(HOSTILE, 1)]
    assert exporter.export([of_transition(each) for each in rows], AT) == []
    assert sorted(dict(each.fields)["subject"] for each in server.points(TRANSITION, TAGS)) == sorted(
        each.subject for each in rows
    )


def test_aggregates_come_back(server: InfluxDB, exporter: module.InfluxDB) -> None:
    points = of_metrics(snapshots.example(), snapshots.AT, timedelta(seconds=10))
    assert exporter.export(points, AT) == []
    for name in ("tierwatch_sla_clocks", "tierwatch_source_up", "tierwatch_start_timestamp_seconds"):
        mine = [point for point in points if point.measurement == name]
        assert Counter(server.points(name, tuple(mine[0].tags))) == Counter(map(found, mine))


def test_a_field_of_another_type_is_refused_and_the_others_are_written(
    server: InfluxDB, exporter: module.InfluxDB
) -> None:
    good, bad = of_transition(row(1)), of_transition(row(2))
    exporter.export([good], AT)
    rest = [of_transition(row(number)) for number in range(3, 40)]
    (refused,) = exporter.export([*rest, bad._replace(fields={**bad.fields, "cycle": "text"})], AT)
    assert "field type conflict" in refused.reason
    assert 'subject="INC2"' in refused.point
    assert len(server.points(TRANSITION, TAGS)) == 38


def blocks(kind: str) -> list[str]:
    return re.findall(rf"(?ms)^```{kind}\n(.*?)^```$", PAGE)


def test_the_queries_of_the_page_run_and_find_what_was_written(server: InfluxDB, exporter: module.InfluxDB) -> None:
    exporter.export([of_transition(each) for each in many(3)], AT)
    assert len(blocks("influxql")) >= 5
    for query in blocks("influxql"):
        server.query(query.replace('"tierwatch"', '"tw"'))
    counted = next(query for query in blocks("influxql") if "2026-10-01" in query).replace("2026-10-01", "2026-01-01")
    assert server.query(counted)["series"][0]["values"][0][1] == 3


def test_the_flux_of_the_page_runs_and_finds_what_was_written(server: InfluxDB, exporter: module.InfluxDB) -> None:
    exporter.export([of_transition(each) for each in many(3)], AT)
    assert len(blocks("flux")) >= 2
    for query in blocks("flux"):
        server.flux(query.replace("tierwatch/autogen", "tw/autogen"))
    breaches = blocks("flux")[0].replace("tierwatch/autogen", "tw/autogen")
    day = "start: 2026-01-05T00:00:00Z, stop: 2026-01-06T00:00:00Z"
    answer = server.flux(breaches.replace("start: -30d", day))
    assert ",gold,3,2026-01-06T00:00:00Z" in answer
