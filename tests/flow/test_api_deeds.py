"""A program with a token changes what people change, over HTTP, and everybody sees who did it. The real program."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from tests.support.installations import ON_CALL, configuration, of_tickets, promise, written
from tests.support.peers import until
from tests.support.program import printed, tierwatch, value, wait_for
from tests.support.texts import exchanged
from tests.support.webhook import Webhook, listening

POLICY = promise("4h", "stages: {tier: {gold: [75%, 100%]}}")
KEYS = ("oncall: oncall.yml", "link_secret: {file: secret}", "acknowledgements: {hold: off}")
RIGHTS = ("read", "read_people", "silence", "acknowledge", "correct", "retire", "reload")


@dataclass(frozen=True)
class Client:
    """A program that asks with a token."""

    address: str
    token: str

    def get(self, path: str) -> Any:
        return self._asked("GET", path, None)[1]

    def post(self, path: str, **body: Any) -> tuple[int, Any]:
        return self._asked("POST", path, body)

    def _asked(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        reply = requests.request(method, f"{self.address}/api/v1{path}", json=body, headers=headers, timeout=60)
        return reply.status_code, reply.json()


@dataclass(frozen=True)
class Site:
    """The running program with its configuration, whoever is on duty, and a program with a token."""

    config: Path
    engineer: Webhook
    client: Client

    def say(self, *words: str) -> str:
        return printed(*words, "--config", str(self.config))

    def opened(self, name: str, ago: timedelta) -> datetime:
        at = datetime.now(UTC) - ago
        line = {
            "event_id": f"e-{name}", "kind": "ticket", "subject": name, "at": at.isoformat(), "status": "opened",
            "fields": {"tier": "gold", "customer": "Harbour <b>Bank"},
        }  # fmt: skip
        with (self.config.parent / "tickets.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")
        return at

    def pages(self, name: str) -> list[dict[str, Any]]:
        return [page for one in list(self.engineer.requests) if (page := one.json())["labels"].get("ticket") == name]


@contextmanager
def site(folder: Path) -> Iterator[Site]:
    with listening() as engineer:
        (folder / "oncall.yml").write_text(ON_CALL, encoding="utf-8")
        (folder / "secret").write_text("a secret of thirty-two bytes, or more\n")
        (folder / "tickets.jsonl").touch()
        person = f'{{type: webhook, personal: true, options: {{url: "{engineer.url}", secret: {{file: secret}}}}}}'
        receivers = {"wall": "{type: log}", "engineer": person, "lead": person}
        config = written(
            folder, POLICY, configuration(of_tickets("jsonl_file", path="tickets.jsonl"), receivers, *KEYS)
        )
        with tierwatch(config) as address:
            scopes = [word for right in RIGHTS for word in ("--scope", right)]
            token = printed("token", "create", "chatops", "--role", "admin", *scopes, "--config", str(config)).strip()
            yield Site(config, engineer, Client(address, token))


def test_what_a_token_changes_over_http_is_done_and_says_who_did_it(tmp_path: Path) -> None:
    with site(tmp_path) as here:
        _silences(here)
        _acknowledges(here)
        _corrects_and_retires(here)
        _reloads(here)
        trail = [json.loads(line) for line in here.say("trail", "export").splitlines()]
        did = {(entry.get("kind"), entry.get("who")) for entry in trail}
        for kind in ("silence_added", "silence_ended", "acknowledged", "acknowledgement_withdrawn", "corrected"):
            assert (kind, "chatops") in did, (kind, sorted(map(str, did)))
        assert {("reloaded", "API, chatops"), ("reload_refused", "API, chatops")} <= did


def _silences(here: Site) -> None:
    """Nobody is paged of what a silence holds, and everybody sees why; ended, it lets go at once."""
    asked = {"matchers": ["ticket=T-1"], "lasts": 3600, "reason": "line <b>cards</b>"}
    status, made = here.client.post("/silences", **asked)
    assert (status, made["author"], made["state"]) == (201, "chatops", "in force"), made
    assert here.client.post("/silences", **asked) == (200, made)
    (listed,) = json.loads(here.say("silence", "list", "--json"))
    assert (listed["id"], listed["author"], listed["reason"]) == (made["id"], "chatops", "line <b>cards</b>")
    here.opened("T-1", timedelta(hours=3, minutes=2))
    found = until(lambda: here.client.get("/withheld?subject=tickets/T-1")["items"])
    held = [one for one in found if one["reason"] != "not_routed"]
    assert {one["reason"] for one in held} == {"silenced"}
    assert all(made["id"] in one["detail"] for one in held)
    assert [page for page in here.pages("T-1") if page["labels"]["alertname"] == "TierwatchDeadlineNear"] == []
    assert here.client.post(f"/silences/{made['id']}/end")[1]["state"] == "over"
    assert here.client.post(f"/silences/{made['id']}/end")[0] == 409
    until(lambda: [page for page in here.pages("T-1") if page["labels"]["alertname"] == "TierwatchDeadlineNear"])


def _acknowledges(here: Site) -> None:
    """The next step is not taken while somebody has it, and is taken again when that is taken back."""
    here.client.post("/acknowledgements", of="tickets/T-1")
    here.opened("T-2", timedelta(hours=3, minutes=2))
    until(lambda: here.pages("T-2"))
    wait_for(here.client.address, "tierwatch_escalations_waiting", 1)
    status, done = here.client.post("/acknowledgements", of="tickets/T-2", note="on my way")
    assert (status, done["news"]) == (200, 1), done
    (alert,) = done["items"]
    assert [(one["author"], one["via"]) for one in alert["acknowledged"]] == [("chatops", "api")]
    assert here.client.post("/acknowledgements", of="tickets/T-2", note="on my way")[1]["news"] == 0
    until(lambda: value(here.client.address, "tierwatch_escalations_waiting") == 0)
    status, done = here.client.post("/acknowledgements/end", of="tickets/T-2")
    assert (status, done["news"]) == (200, 1), done
    assert here.client.post("/acknowledgements/end", of="tickets/T-2")[0] == 409
    (again,) = until(lambda: [page for page in here.pages("T-2") if page["reason"] == "ack_ended"])
    assert "chatops acknowledged it" in again["annotations"]["description"]
    assert "somebody took it back" in again["annotations"]["description"]


def _corrects_and_retires(here: Site) -> None:
    """A correction moves the deadline; it and a retirement are on record with the name."""
    opened = here.client.get("/subjects/tickets/T-1/history")["items"][0]["at"]
    start = datetime.fromisoformat(opened) + timedelta(minutes=10)
    asked = {
        "kind": "exclude", "start": start.isoformat(), "end": (start + timedelta(hours=1)).isoformat(),
        "reason": "no access to the room",
    }  # fmt: skip
    status, done = here.client.post("/subjects/tickets/T-1/corrections", **asked)
    assert (status, done["written"]) == (200, True), done
    (change,) = done["changes"]
    before, after = (datetime.fromisoformat(change[when]["deadline"]) for when in ("before", "after"))
    assert after - before == timedelta(hours=1)
    assert here.client.post("/subjects/tickets/T-1/corrections", **asked)[1]["standing"]
    said = json.loads(here.say("explain", "T-1", "--json"))
    (correction,) = said["corrections"]
    assert (correction["author"], correction["reason"]) == ("chatops", "no access to the room")
    assert datetime.fromisoformat(said["clocks"][0]["deadline"]) == after
    until(lambda: here.client.get("/clocks?prefix=T-1")["items"][0]["deadline"] == change["after"]["deadline"])
    status, refused = here.client.post("/subjects/tickets/T-1/corrections", **asked, target="repair")
    assert (status, "is not in policy" in refused["detail"]) == (400, True)
    status, done = here.client.post("/subjects/tickets/T-2/retire", reason="it was given up")
    assert (status, done["written"]) == (200, True), done
    assert here.client.post("/subjects/tickets/T-2/retire", reason="it was given up")[0] == 409
    assert "chatops, by the API: it was given up" in here.say("explain", "T-2")
    until(lambda: here.client.get("/clocks?prefix=T-2")["items"] == [])
    assert here.client.post("/subjects/tickets/T-2/retire/undo", reason="it was another")[0] == 200
    until(lambda: here.client.get("/clocks?prefix=T-2")["items"])


def _reloads(here: Site) -> None:
    """A broken configuration is answered with its sentence, and the one before runs on."""

    def last_was(taken: int) -> bool:
        return value(here.client.address, "tierwatch_config_last_reload_successful") == taken

    good = here.config.read_text(encoding="utf-8")
    here.config.write_text(exchanged(good, ("zone: Asia/Shanghai", "zone: Nowhere/City")), encoding="utf-8")
    status, refused = here.client.post("/reload")
    assert status == 422, refused
    assert "Nowhere/City" in refused["detail"]
    until(lambda: last_was(0))
    assert value(here.client.address, 'tierwatch_config_reloads_total{result="refused"}') == 1
    assert here.client.get("/clocks?prefix=T-1")["items"]
    here.config.write_text(f"{good}\n# one line more\n", encoding="utf-8")
    status, taken = here.client.post("/reload")
    assert (status, taken["taken"]) == (200, True), taken
    until(lambda: last_was(1))
