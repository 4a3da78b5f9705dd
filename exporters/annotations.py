"""Write what is marked on graphs in the form that Grafana's data sources for JSON read as annotations.

Pure. One object for each mark: `time` and `timeEnd` in milliseconds since 1970, `title`, `text`, `tags` (joined by
commas) and `url`. Grafana shows `text` as HTML, so everything that a source wrote is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from html import escape
from typing import Any
from urllib.parse import quote

from monitor.store import AskedMarks, Happening, Mark
from monitor.text import inert
from monitor.worktime import EPOCH

LONGEST_RANGE = timedelta(days=400)
"""The longest span of time that is read at once."""

MOST = 1_000
"""Marks of one answer; graphs with more are not read by anybody."""

_TITLES = {
    Mark.BREACH: "Breach", Mark.START: "tierwatch started", Mark.OUTAGE: "tierwatch did not run",
    Mark.POLICY: "Policy in force", Mark.RELOAD: "Configuration read again",
}  # fmt: skip
_MILLISECOND = timedelta(milliseconds=1)


def as_annotations(
    found: Sequence[Happening], more: bool, asked: AskedMarks, page_url: str
) -> Iterator[dict[str, Any]]:
    """Every mark, the oldest first; where there are more than these, the first one says so."""
    if more:
        text = f"Before this there are more marks than the {len(found)} that are shown; ask for a shorter time"
        yield {**_span(found[0].at if found else asked.since), "title": "More", "text": text, "tags": "more", "url": ""}
    for one in found:
        yield _annotation(one, asked, page_url)


def _annotation(one: Happening, asked: AskedMarks, page_url: str) -> dict[str, Any]:
    until = asked.until if one.lasts else one.until
    tags = (one.kind.value, one.source, one.tier, one.assurance, one.target)
    return {
        **_span(max(one.at, asked.since) if until is not None else one.at, until),
        "title": _title(one),
        "text": escape(inert(_text(one))),
        "tags": ",".join(escape(inert(tag).replace(",", " ")) for tag in tags if tag),
        "url": _url(one, page_url),
    }


def _span(at: datetime, until: datetime | None = None) -> dict[str, int]:
    span = {"time": (at - EPOCH) // _MILLISECOND}
    return span if until is None else {**span, "timeEnd": (until - EPOCH) // _MILLISECOND}


def _title(one: Happening) -> str:
    if one.kind is Mark.OUTAGE and one.source:
        return "Data too old"
    return _TITLES[one.kind]


def _text(one: Happening) -> str:
    if one.kind is Mark.BREACH:
        return f"{one.target} of {one.source}/{one.subject}"
    if one.kind is Mark.OUTAGE:
        return f"The data of {one.source} was too old to judge by" if one.source else "Nothing was judged in this time"
    return one.detail


def _url(one: Happening, page_url: str) -> str:
    if not one.subject or not page_url:
        return page_url
    return f"{page_url}/explain/{quote(one.source, safe='')}/{quote(one.subject, safe='')}"
