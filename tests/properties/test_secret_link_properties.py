"""A secret in a source's link reaches nothing that people or programs read."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given, settings
from starlette.requests import Request

from exporters.web.pages import Pages
from monitor.explain import as_json, as_lines, explain
from monitor.history import AttributeRule
from monitor.messages import CHOICES
from tests.support import snapshots
from tests.support.cases import MAPPING, POLICY, at, rules, ticket
from tests.support.desk import Desk
from tests.support.secret_links import SecretLink, secret_links

TITLED = replace(
    MAPPING, attributes={**MAPPING.attributes, "title": AttributeRule("title"), "note": AttributeRule("note")}
)
RULES = rules(POLICY, TITLED)
PAGES, REQUEST = Pages(), Request({"type": "http", "path": "/explain/a/b", "query_string": b"", "headers": []})


@given(secret_links())
@settings(max_examples=30, deadline=None)
def test_no_secret_of_a_link_leaves_the_history(made: SecretLink) -> None:
    said = {"tier": "gold", "url": made.url, "title": f"down, see {made.url}", "note": f"({made.url})"}
    events = [ticket("INC42", at(0), "working", event_id="e1", customer=made.url, **said)]
    explanation = explain(events, RULES, at(4))
    texts = [json.dumps(as_json(explanation), ensure_ascii=False)]
    texts += ["\n".join(as_lines(explanation, language)) for language in CHOICES]
    texts.append(bytes(PAGES.explanation(REQUEST, explanation).body).decode())
    desk = Desk(rules=RULES)
    for hours in (3.2, 3.7, 4.1):
        texts += [repr(alert) for alert in desk.look(events, at(hours))]
    assert desk.fired, "pages were written"
    for text in texts:
        assert not made.is_in(text), text


@given(secret_links())
@settings(max_examples=20, deadline=None)
def test_a_link_that_was_stored_with_a_secret_is_shown_without_it(made: SecretLink) -> None:
    whole = snapshots.example()
    shown = replace(
        whole,
        nearest=[replace(clock, url=made.url) for clock in whole.nearest[:2]],
        circuits_down=[replace(row, url=made.url) for row in whole.circuits_down[:2]],
    )
    page = bytes(PAGES.overview(REQUEST, shown, whole.at).body).decode()
    assert whole.nearest[0].key.subject in page
    assert not made.is_in(page)
