"""Build every dashboard and the alert rules, and write them to their files.

Run `make dashboards` after a change; a test compares the committed files with what is built here.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from grafana import rules
from grafana.circuits import circuits
from grafana.frame import render
from grafana.influx import flux, influxql
from grafana.oncall import on_call
from grafana.promises import promises
from grafana.sources import sources
from grafana.wall import wall

FOLDER = Path(__file__).parent


def files() -> Mapping[Path, str]:
    """The text of each file that is built."""
    boards = {board.name: render(board) for board in (wall(), promises(), circuits(), on_call(), sources())}
    points = {board.name: render(board) for board in (influxql(), flux())}
    return (
        {FOLDER / "dashboards" / f"{name}.json": text for name, text in boards.items()}
        | {FOLDER / "dashboards" / "influxdb" / f"{name}.json": text for name, text in points.items()}
        | {FOLDER / "provisioning" / "alerting" / "tierwatch.yml": rules.render()}
    )


def main() -> None:
    for file, text in files().items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
