"""A whole program without its threads, so that a test or a bench decides when each of its parts does its round."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from alerts.decide import synthetic
from monitor.config import config_file
from monitor.service.program import Program
from monitor.service.recounting import Recounting
from monitor.store import schema
from tests.support.by_hand import parts_by_hand
from tests.support.installations import ON_CALL, configuration, of_tickets, promise, written
from tests.support.loopback import Loopback, Reply, Request, as_json
from tests.support.texts import exchanged

POLICY = promise(
    "4h",
    "stages: {tier: {gold: [75%, 100%]}}",
    "major_faults: {many: {name: {en: Many}, when: {tier: gold}, circuits: 3, lasting: 2h, source: test}}",
)

KEYS = (
    "oncall: oncall.yml", "link_secret: {file: secret}", "api_token: {file: secret}", "page_url: http://127.0.0.1:9",
)  # fmt: skip

ROTA = exchanged(ON_CALL, ("receivers: [wall]", "receivers: [hook]"))


class Peers:
    """A receiver, and an Alertmanager that has forgotten everything; `ill`, both take nothing."""

    ill = False

    def respond(self, request: Request) -> Reply:
        return as_json([]) if request.method == "GET" else Reply(503 if self.ill else 200)


@contextmanager
def built(folder: Path, peers: Peers, *more: str) -> Iterator[Program]:
    """A program in *folder* that polls `tickets.jsonl` there and pages the *peers*; *more* are further keys."""
    (folder / "secret").write_text("a secret of thirty-two bytes, or more\n")
    (folder / "secret").chmod(0o600)
    (folder / "oncall.yml").write_text(ROTA, encoding="utf-8")
    (folder / "tickets.jsonl").touch()
    with Loopback(peers.respond) as server:
        hook = f'type: webhook, options: {{url: "{server.url}", secret: {{file: secret}}}}'
        receivers = {
            "hook": f"{{repeat: 1m, {hook}}}",
            "am": f'{{type: alertmanager, options: {{urls: ["{server.url}"]}}}}',
            "engineer": f"{{personal: true, {hook}}}",
            "lead": f"{{personal: true, {hook}}}",
        }
        text = configuration(of_tickets("jsonl_file", path="tickets.jsonl"), receivers, *KEYS, *more)
        program = Program(config_file.load(written(folder, POLICY, text)))
        parts_by_hand(program.parts)
        try:
            yield program
        finally:
            program.stop()


def line(number: int, at: datetime, status: str, kind: str = "ticket", **fields: str) -> str:
    return json.dumps({
        "event_id": f"{kind} {number} {status}", "kind": kind, "subject": f"{kind}-{number}", "at": at.isoformat(),
        "status": status, "fields": fields,
    })  # fmt: skip


def lives(now: datetime) -> Iterator[str]:
    """Tickets opened in the last five hours, one a minute: some breached, at risk, over, of one cause, not understood;
    and circuits."""
    for number in range(300):
        opened = now - timedelta(minutes=number)
        tier = ("gold", "standard", "gold", "Platin" if number % 20 == 3 else "gold")[number % 4]
        yield line(number, opened, "opened", tier=tier, customer="Harbour Bank", cause=f"cable-{number // 100}")
        if number % 10 == 0:
            yield line(number, opened + timedelta(minutes=number / 2), "resolved")
        if number % 5 == 0:
            yield line(number, now, "unavailable" if number % 2 else "available", "circuit", tier="gold")
        if number % 17 == 0:
            yield line(number, opened, "")  # refused


def later(now: datetime) -> Iterator[str]:
    """Some of it ends."""
    for number in range(1, 300, 7):
        yield line(number, now, "resolved")


def written_down(folder: Path, lines: Iterator[str]) -> None:
    with (folder / "tickets.jsonl").open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)


def begin(program: Program) -> None:
    """What a start does once."""
    program.parts.begin(first=True)


def work(program: Program, ahead: timedelta) -> None:
    """One round of what every part does; looks that are taken now and then are taken as if it was later."""
    parts, host = program.parts, program.host
    parts.sources._poll(program.config.sources[0])
    for _ in range(6):
        parts.engine.advance()
    for round_of in parts.receivers._lines.values():
        for _ in range(4):
            parts.receivers._round(round_of, 0)
    at = host.now() + ahead
    host.ingest.rejudge(at)
    parts.engine.look_around(at, sending=True)
    parts.pulse.watch(at)
    parts.pulse._store.forget(at - synthetic.KEPT)  # when a synthetic clock ends depends on the machine's speed
    for channel in parts.silence_watch.channels:
        parts.confirm(channel)
    Recounting(host.database).look()
    parts.publisher.snapshot(at)


def silence(program: Program, now: datetime) -> None:
    row = {
        "id": "works", "matchers": ['ticket=~"ticket-25.*"'], "starts_at": now - timedelta(hours=1),
        "ends_at": now + timedelta(hours=9), "author": "lin", "reason": "works", "maintenance": False,
        "created_at": now,
    }  # fmt: skip
    with program.host.database.write() as connection:
        connection.execute(sa.insert(schema.silences).values(**row))
