"""A silence beside the real program, and one in a real Alertmanager: nobody's breach is hidden from its author."""

from __future__ import annotations

import json
import re
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support import alertmanager
from tests.support.installations import desk_and_alertmanager
from tests.support.peers import until
from tests.support.program import printed, tierwatch, value, wait_for
from tests.support.tmf621_server import Tmf621Server, ticket
from tests.support.webhook import Webhook, listening

pytestmark = pytest.mark.peer


def silence(config: Path, *words: str) -> str:
    return printed("silence", *words, "--config", str(config))


def told(webhook: Webhook, status: str, name: str) -> list[dict[str, Any]]:
    return [alert for alert in webhook.alerts(status) if alert["labels"]["alertname"] == name]


def test_the_author_of_a_silence_is_paged_and_ending_it_pages_everybody(tmp_path: Path) -> None:
    with (
        listening() as webhook,
        Tmf621Server() as source,
        alertmanager.running(alertmanager.one_receiver(webhook.url)) as peer,
    ):
        path = desk_and_alertmanager(tmp_path, source.url, peer.url)
        with tierwatch(path):
            added = silence(path, "add", "--match", "ticket=T-1", "--for", "3h", "--reason", "tests", "--author", "lin")
            opened = datetime.now(UTC) - timedelta(hours=3) + timedelta(seconds=3)  # 75 % used in three seconds
            source.put(ticket("T-1", opened=opened, tier="gold", customer="Harbour Bank"))
            (woken,) = until(lambda: told(webhook, "firing", "TierwatchSilencedBreach"))
            assert woken["annotations"]["author"] == "lin"
            assert woken["labels"]["ticket"] == "T-1"
            assert told(webhook, "firing", "TierwatchDeadlineNear") == []
            found = re.search(r"s-[0-9a-f]{8}", added)
            assert found is not None
            silence(path, "end", found[0])
            until(lambda: told(webhook, "firing", "TierwatchDeadlineNear"))
            until(lambda: told(webhook, "resolved", "TierwatchSilencedBreach"))


def test_what_alertmanager_itself_silences_is_counted_and_told(tmp_path: Path) -> None:
    opened = datetime.now(UTC) - timedelta(hours=3) + timedelta(seconds=3)
    with (
        listening() as webhook,
        Tmf621Server() as source,
        alertmanager.running(alertmanager.one_receiver(webhook.url)) as peer,
    ):
        now = datetime.now(UTC)
        body = {
            "matchers": [{"name": "alertname", "value": "TierwatchDeadlineNear", "isRegex": False, "isEqual": True}],
            "startsAt": now.isoformat(), "endsAt": (now + timedelta(hours=3)).isoformat(), "createdBy": "wang",
            "comment": "too loud",
        }  # fmt: skip
        request = urllib.request.Request(
            f"{peer.url}/api/v2/silences", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60).close()
        source.put(ticket("T-2", opened=opened, tier="gold"))
        path = desk_and_alertmanager(tmp_path, source.url, peer.url)
        with tierwatch(path) as address:
            (woken,) = until(lambda: told(webhook, "firing", "TierwatchSilencedBreach"))
            assert woken["annotations"]["author"] == "wang"
            assert "too loud" in woken["annotations"]["description"]
            assert wait_for(address, 'tierwatch_alerts_suppressed_due{tier="gold"', 1) == 1
            assert value(address, 'tierwatch_alerts_unconfirmed{channel="am/1"') == 0
