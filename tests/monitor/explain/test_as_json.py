"""What an explanation is in JSON, whole: programs read it, so neither a key nor a figure may change by the way."""

from __future__ import annotations

import json
from pathlib import Path

from monitor.explain import as_json, explain, with_alerts
from tests.monitor.explain.test_terminal import ALERTS, shanghai, story
from tests.support.cases import at, rules, ticket
from tests.support.explanations import record

WHOLE = Path(__file__).with_name("explanation.json")

MORE = {
    "acknowledged": [{"at": "2026-03-06T02:10:00Z", "author": "li", "via": "link", "note": "on my way"}],
    "called": [{"at": "2026-03-06T02:05:00Z", "step": 1, "team": "noc", "to": "li", "reason": "share"}],
    "labels": {"alertname": "TierwatchDeadlineNear"},
}


def test_the_whole_explanation_in_json() -> None:
    events, book = story()
    explanation = with_alerts(explain(events, book, shanghai("2026-03-10 09:00")), [record({**ALERTS[0], **MORE})])
    assert json.dumps(as_json(explanation), ensure_ascii=False, indent=1) + "\n" == WHOLE.read_text("utf-8")


def test_alerts_are_there_only_where_the_store_was_asked_for_them() -> None:
    explanation = explain([ticket("T1", at(0), "new", tier="gold")], rules(), at(1))
    assert not {"alerts", "untold"} & as_json(explanation).keys()
    assert as_json(with_alerts(explanation, []))["alerts"] == []
