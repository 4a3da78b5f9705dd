"""The dashboards for InfluxDB: their queries on a real InfluxDB 1.8, which answers InfluxQL and Flux."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from exporters.points import of_metrics, of_transition
from exporters.push import influxdb as module
from grafana.queries import TIERS
from monitor.model import TransitionKind
from tests.support import snapshots
from tests.support.dashboards import boards, panels
from tests.support.time_series import InfluxDB, influxdb
from tests.support.transitions import row

pytestmark = pytest.mark.peer

ENDED = {"gold": (3, 1), "silver": (2, 0), "bronze": (0, 1)}
"""Of each tier: how many were met, and how many breached and ended late."""


def _transitions(now: datetime) -> list[Any]:
    """Hours ago; the older ones lie outside of a day and inside of a week."""
    made, number = [], 0
    for tier, (met, late) in ENDED.items():
        happened = [TransitionKind.MET] * met + [TransitionKind.BREACHED, TransitionKind.ENDED_LATE] * late
        for kind in happened:
            number += 1
            made.append(row(number, tier=tier, kind=kind.value, at=now - timedelta(hours=number)))
    outside = row(900, tier="gold", kind=TransitionKind.MET.value, at=now - timedelta(days=3))
    return [*made, outside]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxDB]:
    with influxdb(tmp_path_factory.mktemp("influxdb")) as it:
        now = datetime.now(UTC)
        exporter = module.build(module.Config(**it.options))
        assert exporter.export([of_transition(each) for each in _transitions(now)], now) == []
        assert exporter.export(of_metrics(snapshots.example(now), now, timedelta(seconds=10)), now) == []
        yield it


def queries_of(name: str, title: str) -> list[str]:
    (panel,) = [
        panel
        for panel in panels(boards("dashboards/influxdb/*.json")[name])
        if panel["title"].partition(" · ")[0] == title
    ]
    return [str(target["query"]) for target in panel["targets"]]


def ask(server: InfluxDB, name: str, title: str) -> list[list[Sequence[Any]]]:
    """The rows of each query of a panel, as Grafana sends it: what was asked for last."""
    found: list[list[Sequence[Any]]] = []
    for query in queries_of(name, title):
        if name.endswith("influxql"):
            sent = query.replace("$timeFilter", "time >= now() - 7d").replace("$__interval", "1h")
            series = server.query(sent).get("series", ())
            found.append([each for one in series for each in one["values"]])
        else:
            given = {"v.defaultBucket": '"tw/autogen"', "v.timeRangeStart": "-7d", "v.timeRangeStop": "now()",
                     "v.windowPeriod": "1h"}  # fmt: skip
            for variable, value in given.items():
                query = query.replace(variable, value)
            found.append(
                [(each["_time"], each.get("_value") or each["subject"]) for each in rows_of(server.flux(query))]
            )
    return found


def rows_of(answer: str) -> list[dict[str, str]]:
    """The rows of all tables of an annotated CSV, each of which has its own head."""
    tables = [table for table in answer.replace("\r", "").split("\n\n") if table.strip()]
    plain = ["\n".join(line for line in table.split("\n") if not line.startswith("#")) for table in tables]
    return [row for table in plain for row in csv.DictReader(io.StringIO(table))]


BOTH = pytest.mark.parametrize("name", ["promises-influxql", "promises-flux"])


def test_the_share_that_was_kept_is_that_of_the_transitions(server: InfluxDB) -> None:
    def shares(window: str) -> dict[str, float]:
        found = zip(TIERS, ask(server, "promises-flux", f"Promises kept, {window}"), strict=True)
        return {tier: round(float(rows[0][1]), 9) for tier, rows in found if rows}

    assert shares("1d") == {"gold": 0.75, "silver": 1, "bronze": 0}, "tiers of which nothing ended have no share"
    assert shares("7d") == {"gold": 0.8, "silver": 1, "bronze": 0}


@pytest.mark.parametrize(("window", "more"), [("1d", 0), ("7d", 1), ("30d", 1)])
def test_what_ended_and_what_breached_is_counted(server: InfluxDB, window: str, more: int) -> None:
    def numbers(title: str) -> dict[str, int]:
        found = zip(TIERS, ask(server, "promises-influxql", f"{title}, {window}"), strict=True)
        return {tier: int(rows[0][1]) for tier, rows in found if rows}

    assert numbers("Breached") == {"gold": 1, "bronze": 1}
    assert numbers("Ended") == {"gold": 4 + more, "silver": 2, "bronze": 1}


@BOTH
@pytest.mark.parametrize(("title", "state"), [("Breached now", "breached"), ("At risk", "at_risk")])
def test_the_open_clocks_are_those_of_the_newest_look(server: InfluxDB, name: str, title: str, state: str) -> None:
    example = snapshots.example()
    counted = {
        tier: sum(each.states.get(state, 0) for each in example.clocks if each.group.tier == tier) for tier in TIERS
    }
    found = {
        tier: float(rows[0][1]) if rows else 0.0 for tier, rows in zip(TIERS, ask(server, name, title), strict=True)
    }
    assert found == counted
    assert any(counted.values())


@BOTH
def test_breaches_lie_where_they_happened_and_are_named(server: InfluxDB, name: str) -> None:
    happened = {
        tier: sum(float(each[1]) for each in rows if each[1] is not None)
        for tier, rows in zip(TIERS, ask(server, name, "Breaches, by tier"), strict=True)
    }
    assert happened == {"diamond": 0, "gold": 1, "silver": 0, "bronze": 1, "standard": 0}
    (newest,) = ask(server, name, "Newest breaches")
    assert len(newest) == 2
    times = [str(each[0]) for each in newest]
    assert times == sorted(times, reverse=True)
    assert all(each[1] for each in newest)


@BOTH
def test_when_it_last_looked_is_in_milliseconds(server: InfluxDB, name: str) -> None:
    ((looked,),) = ask(server, name, "Clocks last looked at")
    assert abs(float(looked[1]) / 1000 - datetime.now(UTC).timestamp()) < 86400
