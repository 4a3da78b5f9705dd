"""List the pages that are made from code, each with the function that writes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from tests.reference import alerts_page, config_page, dashboards_page, errors_page, metrics_page, reasons_page

DOCS = Path(__file__).parents[2] / "docs"

PAGES: Mapping[Path, Callable[[], str]] = {
    DOCS / "reference/config.md": config_page.write,
    DOCS / "reference/errors.md": errors_page.write,
    DOCS / "reference/metrics.md": metrics_page.write,
    DOCS / "reference/alerts.md": alerts_page.write,
    DOCS / "reference/reasons.md": reasons_page.write,
    DOCS / "reference/dashboards.md": dashboards_page.write,
    metrics_page.GUIDE: metrics_page.write_guide,
}
