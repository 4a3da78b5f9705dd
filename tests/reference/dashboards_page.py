"""Write `docs/reference/dashboards.md`: every panel of every dashboard, with the sentence that Grafana shows for it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tests.reference.markdown import code, page, table
from tests.reference.prometheus_files import DASHBOARDS

INTRODUCTION = """
Every dashboard of `grafana/dashboards` with its panels from top to bottom, and what each says. Grafana shows the same
sentence at the sign beside a panel's title, in English and Chinese. How they are read together, and how they come into
a Grafana: [grafana](../grafana.md).
"""

ORDER = ("wall", "promises", "circuits", "oncall", "sources", "influxdb/promises-influxql", "influxdb/promises-flux")
"""The files as the page names them: first the one that answers the question that is asked first."""


class Panel(NamedTuple):
    """A panel or a heading of a dashboard, in English."""

    heading: bool
    title: str
    says: str


def boards() -> Mapping[str, Mapping[str, Any]]:
    """Every dashboard by its file."""
    files = {str(file.relative_to(DASHBOARDS))[: -len(".json")]: file for file in DASHBOARDS.rglob("*.json")}
    assert sorted(files) == sorted(ORDER), "name a new dashboard in ORDER"
    return {name: json.loads(files[name].read_text(encoding="utf-8")) for name in ORDER}


def write() -> str:
    found = {name: (board, list(panels(board["panels"]))) for name, board in boards().items()}
    of_prometheus = [listed for name, (_, listed) in found.items() if "/" not in name]
    shared = [one for one in of_prometheus[0] if all(one in listed for listed in of_prometheus)]
    parts = ["## On all of them", "The first line of the five dashboards for Prometheus.", _rows(shared)]
    for board, listed in found.values():
        parts += [f"## {english(board)}", f"uid {code(board['uid'])}"]
        parts.append(_rows([one for one in listed if one not in shared]))
    return page("Dashboards", INTRODUCTION, *parts)


def panels(found: Sequence[Mapping[str, Any]]) -> Iterator[Panel]:
    """The panels and the headings above them, from top to bottom; those of a closed row, too."""
    for one in sorted(found, key=lambda one: (one["gridPos"]["y"], one["gridPos"]["x"])):
        yield Panel(one["type"] == "row", english(one), str(one.get("description") or "").partition(" · ")[0])
        yield from panels(one.get("panels", []))


def english(named: Mapping[str, Any]) -> str:
    return str(named["title"]).partition(" · ")[0]


def _rows(listed: Sequence[Panel]) -> str:
    above, rows = "", []
    for one in listed:
        if one.heading:
            above = one.title
        else:
            rows.append((above, one.title, one.says))
    return table(("below", "panel", "what it says"), rows)
