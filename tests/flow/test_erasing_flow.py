"""A person is erased beside the running program, and the ticket system lists that person again and again."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from tests.support.installations import configuration, of_tickets, promise, written
from tests.support.peers import until
from tests.support.program import command, printed, tierwatch
from tests.support.tmf621_server import Tmf621Server, ticket

NAME = "Wang Fang"
OPENED = datetime.now(UTC) - timedelta(hours=1)


def explained(address: str) -> dict[str, Any]:
    answer = requests.get(f"{address}/explain/tickets/T-1?format=json", timeout=60)
    said: dict[str, Any] = answer.json() if answer.status_code == 200 else {}
    return said


def of_wang(*changes: tuple[str, datetime, str], **more: str) -> dict[str, Any]:
    told = [("acknowledged", OPENED, ""), *changes]
    named = {"name": f"Fault, call {NAME}", "contact": f"{NAME} 139"}
    return ticket("T-1", opened=OPENED, changes=told) | named | more


def stored(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.glob("flow.db*")))


def test_a_name_that_was_erased_does_not_come_back_while_the_source_goes_on(tmp_path: Path) -> None:
    with Tmf621Server() as source:
        source.put(of_wang())
        text = configuration(of_tickets("tmf621", url=source.url), {"log": "{type: log}"})
        config = written(tmp_path, promise("4h"), text)
        where = ("--config", str(config))
        erase = ("store", "erase", "--name", NAME, "--reason", "request 4711", *where)
        with tierwatch(config) as address:
            before = until(lambda: explained(address).get("clocks"))
            assert NAME.encode() in stored(tmp_path)
            assert "raw_bodies.body" in printed(*erase)
            done = command(*erase, "--yes")
            assert done.returncode == 0, done.stdout + done.stderr
            assert NAME.encode() not in stored(tmp_path)
            # the source touches the ticket: its record comes whole once more, with another field and another status
            source.put(of_wang(("inProgress", OPENED + timedelta(minutes=30), ""), severity="high"))
            until(lambda: b'"severity":"high"' in stored(tmp_path))
            until(lambda: b"inProgress" in stored(tmp_path))
            after = until(lambda: explained(address) if explained(address).get("status") == "inProgress" else None)
            assert [clock["deadline"] for clock in after["clocks"]] == [clock["deadline"] for clock in before]
            assert after["attributes"]["title"] == "[erased 1]"
            assert after["attributes"]["customer"] == "Harbour Bank"
        assert NAME.encode() not in stored(tmp_path)
        trail = [json.loads(line) for line in printed("trail", "export", *where).splitlines()]
    (erased,) = (line for line in trail if line["kind"] == "erased")
    assert erased["detail"]["reason"] == "request 4711"
    assert erased["detail"]["rows"]["events.fields"] == 1
    assert NAME not in json.dumps(trail)
