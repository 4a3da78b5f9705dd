"""What the queries count, on series that are written down: replicas once, installations apart, whole windows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from grafana import trust
from grafana.queries import kept, worst_of_tier
from grafana.rules import all_of_them, everywhere
from tests.support.dashboards import queries
from tests.support.prometheus import plain, promtool

pytestmark = pytest.mark.peer

GROUP = 'source="s", tier="gold", assurance="AAA", sla_target="restore"'


def wall(number: int) -> str:
    return plain(next(query.expr for query in queries() if query.where.startswith(f"wall {number} ")))


def clocks(job: str, instance: str, state: str, values: str, tier: str = "gold") -> dict[str, str]:
    labels = f'job="{job}", instance="{instance}", {GROUP.replace("gold", tier)}, state="{state}"'
    return {f"tierwatch_sla_clocks{{{labels}}}": values}


def check(
    folder: Path, series: Mapping[str, str], expr: str, at: str, expected: Mapping[str, float], interval: str = "1m"
) -> None:
    """Let promtool say whether the query has these values by their labels, on these series."""
    samples = [{"labels": labels, "value": value} for labels, value in expected.items()]
    test = {
        "interval": interval,
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [{"expr": expr, "eval_time": at, "exp_samples": samples}],
    }
    file = folder / "test.yml"
    file.write_text(yaml.safe_dump({"tests": [test]}), encoding="utf-8")
    assert "SUCCESS" in promtool("test", "rules", file)


def test_replicas_count_once_and_installations_apart(tmp_path: Path) -> None:
    series = {
        **clocks("tierwatch-a", "one", "breached", "3x5"), **clocks("tierwatch-a", "two", "breached", "3x5"),
        **clocks("tierwatch-b", "one", "breached", "2x5"),
    }  # fmt: skip
    check(tmp_path, series, wall(201), "5m", {'{tier="gold"}': 5})


def test_tiers_that_nobody_knows_come_too(tmp_path: Path) -> None:
    series = {
        **clocks("tierwatch", "one", "breached", "1x5", "platinum"),
        **clocks("tierwatch", "one", "breached", "2x5"),
    }
    check(tmp_path, series, wall(201), "5m", {'{tier="gold"}': 2, '{tier="platinum"}': 1})


@pytest.mark.parametrize(
    ("states", "worst"),
    [
        ({"breached": 0, "running": 0}, 0),
        ({"breached": 0, "running": 9}, 1),
        ({"at_risk": 1, "running": 9}, 2),
        ({"unknown": 1, "at_risk": 1}, 3),
        ({"breached": 1, "unknown": 5}, 4),
    ],
)
def test_the_worst_state_of_a_tier(tmp_path: Path, states: Mapping[str, int], worst: int) -> None:
    series: dict[str, str] = {}
    for state, number in states.items():
        series |= clocks("tierwatch", "one", state, f"{number}x5")
    check(tmp_path, series, plain(worst_of_tier('tier="gold"')), "5m", {'{tier="gold"}': worst})


COUNTED = {
    f'tierwatch_sla_clocks_completed_total{{job="tierwatch", instance="one", {GROUP}}}': "100+1x800",
    f'tierwatch_sla_clocks_breached_total{{job="tierwatch", instance="one", {GROUP}}}': "50x770 51+1x29",
    'tierwatch_build_info{job="tierwatch", instance="one", version="1"}': "1x800",
}
"""Each hour a clock ends; in the last thirty hours each of them breached."""


def test_the_share_that_was_kept_is_that_of_its_window(tmp_path: Path) -> None:
    check(tmp_path, COUNTED, plain(kept("tier", "1d")), "800h", {'{tier="gold"}': 0}, "1h")
    check(tmp_path, COUNTED, plain(kept("tier", "30d")), "800h", {'{tier="gold"}': 1 - 30 / 720}, "1h")
    check(tmp_path, COUNTED, plain(kept("tier")), "800h", {'{tier="gold"}': 1 - 80 / 900}, "1h")


def test_a_window_that_the_data_does_not_reach_has_no_share(tmp_path: Path) -> None:
    check(tmp_path, COUNTED, plain(kept("tier", "30d")), "700h", {}, "1h")
    check(tmp_path, COUNTED, plain(kept("tier", "7d")), "700h", {'{tier="gold"}': 1}, "1h")


ALIVE = {
    'up{job="tierwatch", instance="one"}': "1x20",
    'tierwatch_store_up{job="tierwatch", instance="one"}': "1x20",
    'tierwatch_clock_held{job="tierwatch", instance="one"}': "0x20",
    'tierwatch_engine_last_evaluation_timestamp_seconds{job="tierwatch", instance="one"}': "0+60x20",
    'tierwatch_start_timestamp_seconds{job="tierwatch", instance="one"}': "0x20",
    'tierwatch_heartbeat_timestamp_seconds{job="tierwatch", instance="one", stage="delivered"}': "0x20",
    'tierwatch_heartbeat_late_after_seconds{job="tierwatch", instance="one", stage="delivered"}': "600x20",
    'tierwatch_outbox_oldest_timestamp_seconds{job="tierwatch", instance="one", channel="log"}': "1e15x20",
}


def strip(number: int) -> str:
    (tile,) = [each for place, each in enumerate(trust.strip(), 1) if place == number]
    return plain(str(tile.build().targets[0].expr))


@pytest.mark.parametrize(
    ("tile", "changed", "value"),
    [
        (1, {}, 1),
        (1, {"up": "0x20"}, 0),
        (2, {}, 1),
        (2, {"tierwatch_store_up": "0x20"}, 0),
        (2, {"tierwatch_clock_held": "1x20"}, 0),
        (2, {"tierwatch_engine_last_evaluation_timestamp_seconds": "0x20"}, 0),
        (4, {}, 1),
        (4, {"tierwatch_outbox_oldest_timestamp_seconds": "0x20"}, 0),
        (4, {"tierwatch_outbox_oldest_timestamp_seconds": "_x20"}, -1),
        (6, {}, 0),
        (6, {"tierwatch_heartbeat_timestamp_seconds": "0+60x20"}, 1),
        (6, {"tierwatch_start_timestamp_seconds": "0 0 0 0 0 0 0 0 0 0 600x10"}, 1),
    ],
)
def test_the_first_line_says_what_is_wrong(tmp_path: Path, tile: int, changed: Mapping[str, str], value: int) -> None:
    series = {name: changed.get(name.partition("{")[0], values) for name, values in ALIVE.items()}
    check(tmp_path, series, strip(tile), "19m", {"{}": value})


def test_the_first_line_is_red_where_nothing_is(tmp_path: Path) -> None:
    for tile in range(1, 7):
        check(tmp_path, {"something_else": "1x20"}, strip(tile), "10m", {"{}": 0})


RULES = {rule.name: everywhere(rule.expr) for rule in all_of_them()}


def test_a_rule_holds_what_was_breached_while_nobody_judges(tmp_path: Path) -> None:
    stale = 'tierwatch_source_stale{job="tierwatch", instance="one", source="s"}'
    counted = 'tierwatch_open_clocks_counted{job="tierwatch", instance="one"}'
    expr, fires = RULES["TierwatchClocksBreached"], {'{job="tierwatch", tier="gold"}': 2.0}
    silent = {**clocks("tierwatch", "one", "breached", "2x10 _x400"), stale: "0x10 _x400", counted: "1x10 _x400"}
    check(tmp_path, silent, expr, "10m", fires)
    check(tmp_path, silent, expr, "5h", fires)
    check(tmp_path, silent, expr, "6h30m", {})
    went_stale = {**clocks("tierwatch", "one", "breached", "2x10 0x20"), stale: "0x10 1x20", counted: "1x31"}
    check(tmp_path, went_stale, expr, "25m", fires)
    ended = {**clocks("tierwatch", "one", "breached", "2x10 0x20"), stale: "0x31", counted: "1x31"}
    check(tmp_path, ended, expr, "25m", {'{job="tierwatch", tier="gold"}': 0})


def test_a_rule_is_at_rest_where_there_are_no_clocks_and_has_no_data_where_nothing_was(tmp_path: Path) -> None:
    counted = 'tierwatch_open_clocks_counted{job="tierwatch", instance="one"}'
    expr = RULES["TierwatchClocksAtRisk"]
    check(tmp_path, {counted: "1x10"}, expr, "10m", {'{job="tierwatch"}': 0})
    was_well = {**clocks("tierwatch", "one", "at_risk", "0x10 _x20"), counted: "1x10 _x20"}
    check(tmp_path, was_well, expr, "25m", {})


def test_the_rule_of_silence_fires_where_the_scrape_fails_or_the_engine_stands(tmp_path: Path) -> None:
    up = 'up{job="tierwatch", instance="one"}'
    engine = 'tierwatch_engine_last_evaluation_timestamp_seconds{job="tierwatch", instance="one"}'
    expr, job = RULES["TierwatchSilent"], '{job="tierwatch"}'
    check(tmp_path, {up: "1x20", engine: "0+60x20"}, expr, "20m", {job: 0})
    check(tmp_path, {up: "0x20"}, expr, "20m", {job: 1})
    check(tmp_path, {up: "1x20", engine: "0x20"}, expr, "20m", {job: 1})
