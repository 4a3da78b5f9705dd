"""A real Prometheus scrapes the demo: every query of the dashboards and rules is asked, live and after its end.

One demo and one Prometheus for the whole module; what they answered is kept, and the tests look at it.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.dashboards import ILL, Query, alert_rules, marks, queries
from tests.support.forking import Forked
from tests.support.peers import ended, until
from tests.support.prometheus import Prometheus, config, free_port, plain, running

pytestmark = pytest.mark.peer

Samples = Sequence[Mapping[str, Any]]

NO_OTHER_RUNG = "the demo's assurances are the four known ones"
TOO_SHORT = "the demo has run for seconds, and the data must reach back to the beginning of the window"
NOT_SET_UP = "the demo sets up none"

EMPTY_IN_THE_DEMO: Mapping[str, str] = {
    "circuits 301 Worst state of each assurance E": NO_OTHER_RUNG,
    "circuits 303 Circuits unavailable, by assurance E": NO_OTHER_RUNG,
    "promises 201 Promises kept, 1d A": TOO_SHORT,
    "promises 202 Promises kept, 7d A": TOO_SHORT,
    "promises 203 Promises kept, 30d A": TOO_SHORT,
    "oncall 205 On duty A": f"rosters: {NOT_SET_UP}",
    "oncall 206 Layers without anybody A": f"rosters: {NOT_SET_UP}",
    "wall 405 Layers without anybody A": f"rosters: {NOT_SET_UP}",
    "oncall 303 Held here, not listed there A": f"receivers that can be asked what they hold: {NOT_SET_UP}",
    "oncall 401 Pages accepted and not, in an hour B": "the log takes every page",
    "oncall 404 Acknowledgements ended in an hour A": "nobody acknowledges anything in the demo",
    "sources 206 Polls failed in an hour A": "no poll of the demo fails",
    "sources 410 Pings outside in an hour A": f"an address outside: {NOT_SET_UP}",
    "sources 410 Pings outside in an hour B": f"an address outside: {NOT_SET_UP}",
    "sources 501 Exporters behind by A": f"exporters: {NOT_SET_UP}",
    "sources 502 Points rejected in an hour A": f"exporters: {NOT_SET_UP}",
    "sources 503 Rows deleted in an hour A": f"`keep`: {NOT_SET_UP}",
}
"""Queries that the demo has no answer for, and why."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The answers while the demo ran, and after it had ended, by where the query is."""

    live: Mapping[str, Samples]
    silent: Mapping[str, Samples]


def _asked() -> Mapping[str, str]:
    everything = {query.where: plain(query.expr) for query in queries()}
    everything |= {where: plain(expr) for where, expr in marks()}
    return everything | {f"rule {rule['title']}": rule["data"][0]["model"]["expr"] for rule in alert_rules()}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    folder, port = tmp_path_factory.mktemp("grafana"), free_port()
    words = ["demo", "--port", str(port), "--speed", "120", "--folder", str(folder / "demo")]
    patient = "scrape_interval: 3s, scrape_timeout: 3s"  # on a busy machine the demo takes long to answer
    scraping = config({"tierwatch": f"127.0.0.1:{port}"}).replace("scrape_interval: 1s, scrape_timeout: 1s", patient)
    with (folder / "log").open("w") as log:
        demo = Forked(words, module="monitor.cli", stdout=log, stderr=log)
        try:
            with running(scraping, folder / "prometheus") as prometheus:
                live = _answers(prometheus)
                demo.send_signal(signal.SIGTERM)
                ended(demo)
                until(lambda: prometheus.query('up{job="tierwatch"} == 0'), "the scrape fails")
                yield Seen(live, {where: prometheus.query(expr) for where, expr in _asked().items()})
        finally:
            if demo.poll() is None:
                demo.kill()
                ended(demo)


def _answers(prometheus: Prometheus) -> Mapping[str, Samples]:
    """The first answer of each query that has one, when all have that must."""
    live: dict[str, Samples] = {}

    def ask() -> bool:
        for where, expr in _asked().items():
            if where not in live and (found := prometheus.query(expr)):
                live[where] = found
        return set(_asked()) - set(live) <= set(EMPTY_IN_THE_DEMO)

    until(ask, "an answer of every query")
    return live


def test_every_query_has_an_answer_or_a_reason_for_none(seen: Seen) -> None:
    assert set(EMPTY_IN_THE_DEMO) <= set(_asked())
    assert all(EMPTY_IN_THE_DEMO.values())
    assert set(_asked()) - set(seen.live) <= set(EMPTY_IN_THE_DEMO)


def test_while_it_runs_something_is_well(seen: Seen) -> None:
    """Else the test below would be of colours that no query ever has."""
    well = [query.where for query in queries() if _colours(query, seen.live.get(query.where, ())) - ILL]
    assert len(well) > 40


def test_when_tierwatch_is_stopped_nothing_is_well(seen: Seen) -> None:
    wrong = {query.where: found for query in queries() if (found := _colours(query, seen.silent[query.where]) - ILL)}
    assert wrong == {}


def test_when_tierwatch_is_stopped_the_first_line_is_red(seen: Seen) -> None:
    strip = [query for query in queries() if query.panel["id"] in range(101, 107)]
    assert len(strip) == 6 * 5
    assert {colour for query in strip for colour in _colours(query, seen.silent[query.where])} == {"red"}


def test_every_rule_is_at_rest_or_fires_while_it_runs(seen: Seen) -> None:
    assert [rule["title"] for rule in alert_rules() if f"rule {rule['title']}" not in seen.live] == []


def test_no_rule_is_at_rest_when_tierwatch_is_stopped(seen: Seen) -> None:
    """It fires, or Grafana has no data for it and says so."""
    for rule in alert_rules():
        above = rule["data"][1]["model"]["conditions"][0]["evaluator"]["params"][0]
        found = seen.silent[f"rule {rule['title']}"]
        assert all(float(one["value"][1]) > above for one in found), rule["title"]
    silent = next(rule for rule in alert_rules() if rule["title"] == "TierwatchSilent")
    assert seen.silent[f"rule {silent['title']}"]


def _colours(query: Query, found: Samples) -> set[str]:
    """The colours that the samples of an instant have now; lines and heatmaps show them under their own colours."""
    return {query.colour(float(one["value"][1])) for one in found}
