"""Whatever is asked and whatever is stored, the API answers with JSON that no browser takes for a page."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from exporters import points
from exporters.line_protocol import line
from monitor.store.schema import subjects
from tests.support.api_site import HOSTILE, SHIFT, Filled
from tests.support.asgi import Reply
from tests.support.hostile_texts import STORABLE
from tests.support.rounds import Peers, begin, built, work, written_down
from tests.support.rounds import line as event

BY_NAME = pytest.mark.parametrize("text", STORABLE.values(), ids=STORABLE.keys())


def reading(api: Filled) -> list[tuple[str, list[dict[str, Any]]]]:
    """Every operation that reads, with its parameters."""
    paths = api.ask("/openapi.json").json()["paths"]
    reads = {path.removeprefix("/api/v1"): one["get"] for path, one in paths.items() if "get" in one}
    return [(path, one.get("parameters", [])) for path, one in reads.items()]


def checked(reply: Reply) -> Any:
    """The answer, which is JSON by its type, and of which the browser is told not to think otherwise."""
    assert reply.status in (200, 304, 400, 404, 409, 422, 503), reply.body[:300]
    assert reply.headers["content-type"] in ("application/json", "application/problem+json")
    assert not [value for value in reply.headers.values() if "\n" in value or "\r" in value]
    return json.loads(reply.body, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


@BY_NAME
def test_what_is_asked_comes_back_as_json(api: Filled, text: str) -> None:
    sent = quote(text[:900], safe="")
    for path, parameters in reading(api):
        address = path
        for one in parameters:
            if one["in"] == "path":
                address = address.replace(f"{{{one['name']}}}", sent or "%20")
        query = "&".join(f"{one['name']}={sent}" for one in parameters if one["in"] == "query")
        if "/events" not in path:
            checked(api.ask(f"{address}?{query}", state={"principal": SHIFT}))


def test_no_answer_can_be_taken_for_a_page(api: Filled) -> None:
    """What is stored has hostile names, titles and customers; each answer has them in strings alone."""
    seen = 0
    for path, parameters in reading(api):
        if "{" not in path and "/events" not in path and not [one for one in parameters if one.get("required")]:
            said = json.dumps(checked(api.ask(path, state={"principal": SHIFT})), ensure_ascii=False)
            seen += HOSTILE in said.replace('\\"', '"')
    assert seen > 3
    assert set(STORABLE)


def test_a_title_of_ten_megabytes_ends_nothing(tmp_path: Path) -> None:
    """It comes from a source; the ticket beside it is watched, and no answer grows with it."""
    now, title = datetime.now(UTC), "<b>\u202e" + "T" * 10_000_000
    with built(tmp_path, Peers()) as program:
        begin(program)
        said = [event(1, now, "opened", tier="gold", title=title), event(2, now, "opened", tier="gold", title="calm")]
        written_down(tmp_path, iter(said))
        work(program, timedelta())
        snapshot = program.parts.publisher.snapshot(now)
        with program.host.database.read() as connection:
            stored = set(connection.scalars(sa.select(subjects.c.subject)))
        assert "ticket-2" in stored
        assert sum(snapshot.quarantined.values()) + ("ticket-1" in stored) == 1
        listed = [clock.title for clock in snapshot.nearest]
        assert max(map(len, listed), default=0) < 100_000
        written = [line(one) for one in points.of_metrics(snapshot, now, snapshot.sources[0].stale_after)]
        assert max(map(len, written)) < 10_000
