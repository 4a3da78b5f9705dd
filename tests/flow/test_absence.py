"""A receiver comes back: what still stands is paged in full, what is over meanwhile is one page. The real program."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.bench.breach_first import append, opened, prepare
from tests.support.peers import until
from tests.support.program import tierwatch, value, wait_for
from tests.support.webhook import Reply, Request, listening


def restored(name: str) -> str:
    event = {"event_id": f"{name}-over", "kind": "ticket", "subject": name, "at": datetime.now(UTC).isoformat()}
    return json.dumps(event | {"status": "restored"}) + "\n"


@pytest.mark.parametrize("away", [503, 401], ids=["each page fails", "the receiver lets nobody in"])
def test_what_is_over_when_a_receiver_comes_back_is_one_page_after_what_stands(tmp_path: Path, away: int) -> None:
    with listening() as hook:
        back: list[bool] = []
        told: list[dict[str, Any]] = []

        def answer(request: Request) -> Reply:
            if not back:
                return Reply(away)
            told.append(request.json())
            return Reply()

        hook.answer = answer
        with tierwatch(prepare(tmp_path, hook.url)) as address:
            at = time.time() + 3
            append(tmp_path, [opened(f"T{n}", "gold", at) for n in range(5)])
            append(tmp_path, [opened("STANDS", "standard", at)])
            wait_for(address, 'tierwatch_outbox_pending{channel="hook"}', 6)
            append(tmp_path, [restored(f"T{n}") for n in range(5)])
            until(lambda: value(address, 'tierwatch_outbox_pending{channel="hook"}') == 2)
            back.append(True)
            until(lambda: {"first", "digest"} <= {page["reason"] for page in told})
            wait_for(address, 'tierwatch_alerts_withheld_total{channel="hook",reason="digested"}', 5)
    pages = list({json.dumps(page, sort_keys=True): page for page in told}.values())  # sent again, it is the same page
    assert sorted((page["status"], page["reason"]) for page in pages) == [("firing", "first"), ("resolved", "digest")]
    (stands,) = (page for page in pages if page["status"] == "firing")
    assert stands["labels"]["ticket"] == "STANDS"
    (digest,) = (page for page in pages if page["reason"] == "digest")
    assert digest["missed"]["number"] == 5
    assert digest["annotations"]["summary"] == "5 alerts began and ended before this receiver could be reached"
