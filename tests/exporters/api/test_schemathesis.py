"""Requests made from the document, right ones and wrong ones: each answer is one that the document has.

`HYPOTHESIS_PROFILE=long` makes many more.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from exporters.web.app import Below
from monitor.access import LoggedInBy, Principal, Right, Role
from tests.support.api_site import Filled

EXAMPLES = 400 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 6

OPERATIONS = (
    "list_tiers", "list_clocks", "explain_subject", "explain_why_not", "list_history", "list_circuits",
    "list_policies", "compare_policies", "show_policy", "list_sources", "show_source", "list_reports", "show_report",
    "list_causes", "list_pages", "list_withheld", "list_calls", "show_week", "list_words", "list_records",
    "show_record", "retry_record", "drop_record", "list_silences", "show_silence", "add_silence", "end_silence",
    "acknowledge_alerts", "end_acknowledgement", "correct_subject", "revoke_correction", "retire_subject",
    "undo_retirement", "reload_configuration",
)  # fmt: skip


JUDGED = ("add_silence", "correct_subject")
"""What is asked of these is judged by the policy and by what is stored, which no schema can say: a 400 says why."""


TOKEN = "Bearer a-token-of-a-worker"


WORKER = Principal(
    "worker", frozenset({Role.SLA_MANAGER}), frozenset(Right) - {Right.ADMINISTER}, by=LoggedInBy.TOKEN,
)  # fmt: skip
"""Somebody who may read and change everything."""


class Site:
    """The API as the site has it: below its address, and whoever sends the token is the worker."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = Starlette(routes=[Below("/api/v1", app)])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sent = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
        scope["state"] = {"principal": WORKER} if sent == TOKEN else {}
        await self._app(scope, receive, send)


@pytest.fixture(scope="module")
def schema(api: Filled) -> Any:
    import schemathesis  # takes a second, which only this file has to wait for

    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", Site(api.site))


def test_every_operation_is_tried(schema: Any) -> None:
    assert {found.ok().definition.raw["operationId"] for found in schema.get_all_operations()} == set(OPERATIONS)


@pytest.mark.parametrize("wrong", [False, True])
@pytest.mark.parametrize("name", OPERATIONS)
def test_an_answer_is_one_of_the_document(schema: Any, name: str, wrong: bool) -> None:
    import schemathesis
    from schemathesis.specs.openapi.checks import positive_data_acceptance

    (operation,) = (
        found.ok() for found in schema.get_all_operations() if found.ok().definition.raw["operationId"] == name
    )
    mode = schemathesis.GenerationMode.NEGATIVE if wrong else schemathesis.GenerationMode.POSITIVE

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None,
        phases=(Phase.explicit, Phase.generate),
    )  # fmt: skip
    def answered(case: Any) -> None:
        unsaid = "cursor" in (case.query or {}) or name in JUDGED  # only a list can write a cursor
        named = [positive_data_acceptance] if unsaid else []
        case.call_and_validate(headers={"Authorization": TOKEN}, excluded_checks=named)

    answered()
