"""What people read of an explanation has seconds and names: no microseconds, no ids of stages, no ids of states."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import Request

from exporters.web.pages import Pages
from monitor.explain import as_json, as_lines, as_of, explain, sentences, with_alerts
from monitor.messages import CHOICES, text
from monitor.model import Name
from tests.support.cases import at, rules, ticket
from tests.support.desk import Desk
from tests.support.explanations import record

RULES = rules()
PAGES = {choice: Pages(choice) for choice in CHOICES}
REQUEST = Request({"type": "http", "path": "/explain/a/b", "query_string": b"", "headers": []})
ALERT = {
    "target": "restore", "cycle": 1, "stage": "used_75", "state": "firing", "reason": "first",
    "starts_at": "2026-01-05T03:00:00.123456Z", "resolved_at": None, "ended_by": None, "answers": [], "withheld": [],
    "acknowledged": [], "changes": [{"at": "2026-01-05T03:00:00.123456Z", "reason": "first", "firing": True}],
}  # fmt: skip
IDS = re.compile(r"\b(?:used|left|wall)_\w+|\bat_risk\b|\d:\d\d:\d\d\.\d+")


def shown(page: str) -> str:
    """The text of a page, without its addresses and attributes."""
    return html.unescape(re.sub(r"<[^>]*>", " ", page))


@given(st.timedeltas(timedelta(0), timedelta(hours=6)))
@settings(max_examples=25, deadline=None)
def test_people_read_seconds_and_names_at_every_instant(after: timedelta) -> None:
    events = [ticket("INC42", at(0), "working", event_id="e1", tier="gold", assurance="none")]
    now = at(0) + after
    explanation = with_alerts(explain(events, RULES, as_of(events, now)), [record(ALERT)])
    for choice in CHOICES:
        for words in (
            "\n".join(as_lines(explanation, choice)),
            shown(bytes(PAGES[choice].explanation(REQUEST, explanation).body).decode()),
        ):
            assert not IDS.search(words), (IDS.search(words), words)
            assert "· none" not in words
    changed = Desk(rules=RULES).look(events, now)
    said = " ".join(one.annotations.get(name, "") for one in changed for name in ("summary", "description", "due"))
    assert not IDS.search(said), said


@given(st.lists(st.timedeltas(timedelta(0), timedelta(hours=2)), max_size=3), st.timedeltas(timedelta(0), timedelta(1)))
@settings(max_examples=50, deadline=None)
def test_an_explanation_is_of_the_whole_second_and_of_every_event_that_is_known(
    begun: list[timedelta], after: timedelta
) -> None:
    now = at(0) + after
    events = [ticket("INC42", at(0) + one, "working") for one in begun]
    found = as_of(events, now)
    assert timedelta(0) <= now - found < timedelta(seconds=1)
    assert all(event.at <= found for event in events if event.at <= now)
    assert not found.microsecond or found in {event.at for event in events}


@pytest.mark.parametrize(
    ("stage", "english", "chinese"),
    [
        ("used_90", "90 % used", "已用 90%"),
        ("left_15m", "15m left", "剩余 15m"),
        ("wall_2h", "2h of wall time left", "自然时间剩余 2h"),
        ("75", "75 %", "75 %"),
        ("own_name", "own_name", "own_name"),
    ],
)
def test_a_stage_has_a_name(stage: str, english: str, chinese: str) -> None:
    named = sentences.stage(stage)
    assert (text(named, "en"), text(named, "zh")) == (english, chinese)


def test_a_rung_has_its_name_and_none_is_said() -> None:
    explanation = explain([ticket("INC42", at(0), "working", tier="gold")], RULES, at(1))
    assert sentences.rung(explanation.names.ladders["tier"], "gold") == Name("Gold", "金牌")
    assert text(sentences.rung(explanation.names.ladders["assurance"], "none"), "en") == "None"
    assert text(sentences.rungs(explanation.names, "gold", "none"), "en") == "Gold"
    assert text(sentences.rungs(explanation.names, "none", ""), "en") == "–"


def test_json_keeps_exact_instants_and_ids() -> None:
    odd = at(0) + timedelta(microseconds=123456)
    found = as_json(explain([ticket("INC42", odd, "working", tier="gold")], RULES, at(4)))
    clock = next(one for one in found["clocks"] if one["target"] == "restore")
    assert datetime.fromisoformat(clock["started_at"]) == odd
    assert "used_75" in [one["stage"] for one in clock["stages"]]
    assert (clock["tier"], clock["assurance"]) == ("gold", "none")
