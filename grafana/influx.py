"""The dashboard *Promises* for InfluxDB: InfluxQL for 1.8, Flux for 2. The points are those of docs/influxdb.md.

A share that is kept is blue and not green here: it is one of the past, and stands also while tierwatch is silent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from grafana_foundation_sdk.builders import stat, table, timeseries
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import dashboard as model

from grafana.frame import Board, source_variable
from grafana.panels import (
    BAD_ABOVE_0,
    BLUE,
    GREY,
    ORANGE,
    RED,
    REDS,
    WARN_ABOVE_0,
    Steps,
    both,
    by_thresholds,
    dress,
    fixed,
    listed,
    plain_lines,
    plain_tile,
)
from grafana.queries import TIERS

SOURCE = model.DataSourceRef(type_val="influxdb", uid="${datasource}")

KEPT: Steps = ((None, GREY), (0, RED), (0.95, ORANGE), (0.99, BLUE))
SAID: Steps = ((None, GREY), (0, BLUE))

WINDOWS = ("1d", "7d", "30d")
P = TypeVar("P", stat.Panel, timeseries.Panel, table.Panel)


class _Query(Dataquery):
    """A query as a panel holds it."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields

    def to_json(self) -> dict[str, Any]:
        return self._fields


class _Asked(Builder[Dataquery]):
    """A query of InfluxQL, or of Flux where it begins with `from` or another word of Flux."""

    def __init__(self, ref: str, query: str, alias: str, *, as_table: bool) -> None:
        source = {"type": "influxdb", "uid": "${datasource}"}
        self._fields: dict[str, Any] = {"datasource": source, "refId": ref, "query": query}
        if query.startswith("SELECT"):
            shape = "table" if as_table else "time_series"
            self._fields |= {"rawQuery": True, "resultFormat": shape, "alias": alias}

    def build(self) -> Dataquery:
        return _Query(self._fields)


ByTier = Callable[[str], str]
ByTierAnd = Callable[[str, str], str]


def influxql() -> Board:
    """For InfluxDB 1.8. InfluxQL divides no count of one kind by that of another: both stand side by side."""

    def counted(tier: str, kinds: str, window: str) -> str:
        chosen = f'"kind" =~ /^({kinds})$/ AND "tier" = \'{tier}\' AND time > now() - {window}'
        return f'SELECT count("cycle") FROM "tierwatch_transition" WHERE {chosen}'

    def now(tier: str, state: str) -> str:
        chosen = f"\"tier\" = '{tier}' AND \"state\" = '{state}' AND time > now() - 2m"
        newest = f'SELECT last("value") AS "value" FROM "tierwatch_sla_clocks" WHERE {chosen} GROUP BY *'
        return f'SELECT sum("value") FROM ({newest})'

    def breaches(tier: str) -> str:
        chosen = f"\"tier\" = '{tier}' AND \"kind\" = 'breached' AND $timeFilter"
        return f'SELECT count("cycle") FROM "tierwatch_transition" WHERE {chosen} GROUP BY time($__interval) fill(null)'

    newest = (
        'SELECT "subject", "tier", "target", "stage" FROM "tierwatch_transition"'
        " WHERE \"kind\" = 'breached' AND $timeFilter ORDER BY time DESC LIMIT 50"
    )
    looked = 'SELECT last("value") * 1000 FROM "tierwatch_engine_last_evaluation_timestamp_seconds"'
    panels = [
        _tile(f"{name}-in-{window}", [counted(tier, kinds, window) for tier in TIERS], steps).span(4)
        for window in WINDOWS
        for name, kinds, steps in (("breached", "breached", BAD_ABOVE_0), ("ended", "met|ended_late", SAID))
    ]
    return _board("promises-influxql", panels, now, breaches, newest, looked)


def flux() -> Board:
    """For InfluxDB 2. The bucket is the data source's own."""

    def of(measurement: str, since: str, field: str, *more: str) -> str:
        chosen = " and ".join([f'r._measurement == "{measurement}"', f'r._field == "{field}"', *more])
        return f"from(bucket: v.defaultBucket)\n  |> range(start: {since})\n  |> filter(fn: (r) => {chosen})\n"

    def kept(tier: str, window: str) -> str:
        ends = '(r.kind == "breached" or r.kind == "met" or r.kind == "ended_late")'
        return of("tierwatch_transition", f"-{window}", "cycle", f'r.tier == "{tier}"', ends) + (
            '  |> map(fn: (r) => ({late: if r.kind == "breached" then 1.0 else 0.0,'
            ' ended: if r.kind == "breached" then 0.0 else 1.0}))\n'
            "  |> group()\n"
            "  |> reduce(identity: {late: 0.0, ended: 0.0}, fn: (r, accumulator) =>"
            " ({late: accumulator.late + r.late, ended: accumulator.ended + r.ended}))\n"
            "  |> filter(fn: (r) => r.ended > 0.0)\n"
            f'  |> map(fn: (r) => ({{_time: now(), _field: "{tier}", _value: 1.0 - r.late / r.ended}}))'
        )

    def now(tier: str, state: str) -> str:
        chosen = (f'r.tier == "{tier}"', f'r.state == "{state}"')
        return of("tierwatch_sla_clocks", "-2m", "value", *chosen) + (
            "  |> last()\n  |> group()\n  |> sum()\n"
            f'  |> map(fn: (r) => ({{_time: now(), _field: "{tier}", _value: r._value}}))'
        )

    def breaches(tier: str) -> str:
        chosen = (f'r.tier == "{tier}"', 'r.kind == "breached"')
        return of("tierwatch_transition", "v.timeRangeStart, stop: v.timeRangeStop", "cycle", *chosen) + (
            "  |> group()\n  |> aggregateWindow(every: v.windowPeriod, fn: count, createEmpty: false)\n"
            f'  |> map(fn: (r) => ({{_time: r._time, _field: "{tier}", _value: r._value}}))'
        )

    breached = 'r.kind == "breached"'
    newest = of("tierwatch_transition", "v.timeRangeStart, stop: v.timeRangeStop", "subject", breached) + (
        '  |> group()\n  |> sort(columns: ["_time"], desc: true)\n  |> limit(n: 50)\n'
        '  |> rename(columns: {_value: "subject"})\n'
        '  |> keep(columns: ["_time", "subject", "tier", "target", "stage"])'
    )
    looked = of("tierwatch_engine_last_evaluation_timestamp_seconds", "-1d", "value") + (
        "  |> group()\n  |> last()\n"
        '  |> map(fn: (r) => ({_time: r._time, _field: "tierwatch", _value: r._value * 1000.0}))'
    )
    panels = [
        _tile(f"kept-{window}", [kept(tier, window) for tier in TIERS], KEPT, "percentunit").decimals(2).span(8)
        for window in WINDOWS
    ]
    return _board("promises-flux", panels, now, breaches, newest, looked)


def _tile(name: str, queries: Sequence[str], steps: Steps, unit: str = "short") -> stat.Panel:
    """A number for each tier in its order, from a query of its own."""
    return _dressed(_asked(listed(plain_tile()), TIERS, queries), name, unit, steps).height(7)


def _board(name: str, kept: Sequence[stat.Panel], now: ByTierAnd, breaches: ByTier, newest: str, looked: str) -> Board:
    """The dashboard of whatever queries: *now* of a tier and a state, *breaches* of a tier by the time."""
    last_looked = _dressed(
        _asked(plain_tile(), ["tierwatch"], [looked]), "clocks-last-looked-at", "dateTimeFromNow", SAID
    )
    states = [
        _tile(f"clocks-{state}", [now(tier, state) for tier in TIERS], steps)
        for state, steps in (("breached", BAD_ABOVE_0), ("at_risk", WARN_ABOVE_0))
    ]
    bars = _dressed(
        _asked(plain_lines(stacked=True), TIERS, [breaches(tier) for tier in TIERS]), "breached-by-tier", "short", SAID
    )
    for ref, colour in zip(_REFS, REDS, strict=False):
        bars.override_by_query(ref, [fixed(colour)])
    which = _dressed(
        _asked(table.Panel().color_scheme(by_thresholds()).show_header(True), [""], [newest], as_table=True),
        "newest-breaches", "none", SAID,
    )  # fmt: skip
    return Board(
        name,
        [
            ("", [last_looked.height(7).span(6), *(each.span(9) for each in states)]),
            (both("grafana-promises-kept"), kept),
            (both("grafana-as-time-goes-by"), [bars.height(10).span(12), which.height(10).span(12)]),
        ],
        since="now-7d",
        refresh="1m",
        marks=(),
        variables=(source_variable("influxdb"),),
    )


_REFS = "ABCDEF"


def _asked(panel: P, names: Sequence[str], queries: Sequence[str], *, as_table: bool = False) -> P:
    """The panel with a query for each name."""
    for ref, name, query in zip(_REFS, names, queries, strict=False):
        panel.with_target(_Asked(ref, query, name, as_table=as_table))
    return panel


def _dressed(panel: P, name: str, unit: str, steps: Steps) -> P:
    return dress(panel, name, unit, steps, SOURCE)
