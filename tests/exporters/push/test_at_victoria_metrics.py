"""A real VictoriaMetrics gives back the numbers of what was written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from exporters.points import of_metrics, of_transition
from exporters.push import influxdb as module
from tests.support import snapshots
from tests.support.time_series import VictoriaMetrics, victoria_metrics
from tests.support.transitions import AT, HOSTILE, many, row

pytestmark = pytest.mark.peer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VictoriaMetrics]:
    with victoria_metrics(tmp_path_factory.mktemp("victoria")) as it:
        yield it


@pytest.fixture(scope="module")
def exporter(server: VictoriaMetrics) -> module.InfluxDB:
    return module.build(module.Config(**server.options))


def test_it_gives_back_the_instant_of_each_transition(server: VictoriaMetrics, exporter: module.InfluxDB) -> None:
    rows = many(6_000)
    assert exporter.export([of_transition(each) for each in rows], AT) == []
    given = server.values('tierwatch_transition_instant{kind="breached"}')
    assert {tuple(sorted(labels.items())) for labels, _, _ in given} == {
        tuple(sorted(of_transition(rows[0]).tags.items()))
    }
    assert len(given) == len(rows)
    assert {at for _, at, _ in given} == {of_transition(each).time // 1_000_000 for each in rows}
    assert sorted(value for _, _, value in given) == pytest.approx(
        sorted(of_transition(each).fields["instant"] for each in rows), abs=1e-5
    )


def test_hostile_texts_write_no_other_series(server: VictoriaMetrics, exporter: module.InfluxDB) -> None:
    rows = [row(number, kind="met", subject=text, because=text, stage=text) for number, text in enumerate(HOSTILE, 1)]
    assert exporter.export([of_transition(each) for each in rows], AT) == []
    given = server.values('tierwatch_transition_cycle{kind="met"}')
    assert len(given) == len(rows)
    assert {labels["source"] for labels, _, _ in given} == {"desk"}


def test_aggregates_come_back(server: VictoriaMetrics, exporter: module.InfluxDB) -> None:
    points = of_metrics(snapshots.example(), snapshots.AT, timedelta(seconds=10))
    assert exporter.export(points, AT) == []
    mine = {
        (tuple(sorted((name, text) for name, text in point.tags.items() if text)), point.fields["value"])
        for point in points
        if point.measurement == "tierwatch_sla_clocks"
    }
    given = server.values("tierwatch_sla_clocks_value")
    assert {(tuple(sorted(labels.items())), value) for labels, _, value in given} == mine
