"""One life of a program in a folder, the same each time: what leaves a row in every table. Run by `record.py`.

It runs with the code of the version that is to be recorded, which comes first on the path: every row is written by that
version's own program. Its clocks are set, not read, and its ids are numbered.

    python life.py FOLDER
"""

from __future__ import annotations

import itertools
import json
import os
import random
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from monitor import wallclock
from monitor.machine import Look
from monitor.worktime import EPOCH

BEGIN, MONTHS = datetime(2026, 9, 10, 8, tzinfo=UTC), timedelta(days=81)
"""When the program starts, and for how long it has nothing to do after its first tickets."""

POLICY = """
policy: upgrades
version: "1"
effective_from: 2026-01-01
name: {en: Upgrades, zh: 升级}
ladders:
  tier:
    - {id: gold, en: Gold, zh: 金牌}
    - {id: standard, en: Standard, zh: 标准}
calendars:
  always: {zone: Asia/Shanghai, hours: 24x7}
  office: {zone: Asia/Shanghai, hours: {mon-fri: ["08:00-12:00", "13:00-17:00"]}}
pause_reasons:
  customer: {en: Waiting for the customer, zh: 等待客户}
stages: {tier: {gold: [75%, 100%]}}
major_faults: {many: {name: {en: Many}, when: {tier: gold}, circuits: 3, lasting: 2h, source: test}}
targets:
  accept:
    name: {en: Acceptance, zh: 工单接收}
    calendar: office
    start: [opened]
    stop: [accepted, restored, closed]
    budgets: [{budget: 30m, source: test}]
  restore:
    name: {en: Restoration, zh: 故障恢复}
    start: [opened, accepted, held]
    stop: [restored, closed]
    pause: [customer]
    budgets: [{when: {tier: gold}, budget: 4h, source: test}]
  complaints:
    name: {en: Complaints of a customer, zh: 客户投诉}
    counts: [opened]
    by: customer
    when: {tier: gold}
    per: month
    stages: [75%, 100%]
    budgets: [{budget: 9 times, source: test}]
"""

CONFIG = """
instance: upgrades
zone: Asia/Shanghai
database: tierwatch.db
listen: 127.0.0.1:0
policy: policy.yml
oncall: oncall.yml
link_secret: {file: secret}
api_token: {file: secret}
page_url: http://127.0.0.1:9
keep: {events: 20d, quarantine: 400d}
sources:
  tickets: {type: jsonl_file, every: 1s, at_most: 2s, options: {path: tickets.jsonl}}
receivers:
  hook: {repeat: 1m, type: webhook, options: {url: "URL", secret: {file: secret}}}
  am: {type: alertmanager, options: {urls: ["URL"]}}
  engineer: {personal: true, type: webhook, options: {url: "URL", secret: {file: secret}}}
  lead: {personal: true, type: webhook, options: {url: "URL", secret: {file: secret}}}
"""

LINKS = "http://127.0.0.1:9"
"""What stands in the configuration that is kept, where the receivers were."""


class Counted:
    """The machine's clocks: they go on only between two things that the program does, however often it looks."""

    def __init__(self) -> None:
        self.at = timedelta(0)

    def now(self) -> datetime:
        return BEGIN + self.at

    def look(self) -> Look:
        return Look(self.now() - EPOCH, self.at, self.at)


def line(subject: str, status: str, at: datetime, kind: str = "ticket", reason: str = "", **fields: str) -> str:
    return json.dumps({
        "event_id": f"{subject} {status} {at:%d%H%M}", "kind": kind, "subject": subject, "at": at.isoformat(),
        "status": status, "fields": fields, **({"reason": reason} if reason else {}),
    })  # fmt: skip


def ancient() -> Iterator[str]:
    """Tickets that were over when the program started, of which nothing will be left but their ids."""
    for number in range(3):
        opened = datetime(2026, 9, 3 + number, 4, tzinfo=UTC)
        yield line(f"OLD-{number}", "opened", opened, tier="standard")
        yield line(f"OLD-{number}", "restored", opened + timedelta(hours=2 + 2 * number))


def first(now: datetime) -> Iterator[str]:
    """Tickets that are open, at risk, breached, waiting, restored, of one cause, not understood; circuits."""
    hours = timedelta(hours=1)
    for number, (age, tier) in enumerate(
        ((0.5, "gold"), (3.2, "gold"), (5, "gold"), (2, "standard"), (6, "gold"), (1, "Platin"), (4.5, "gold"),
         (3.9, "gold"), (30, "gold"), (0.1, "standard"))
    ):  # fmt: skip
        name, opened = f"INC-{number}", now - age * hours
        cause = "cable-7" if number in (2, 4, 6) else ""
        yield line(
            name, "opened", opened, tier=tier, customer="港湾银行 Harbour", cause=cause, url=f"https://desk/{name}"
        )
        if number in (0, 1, 4):
            yield line(name, "accepted", opened + hours / 4)
        if number in (8,):
            yield line(name, "restored", opened + 2 * hours)
    yield line("INC-4", "pending: with the vendor", now - 2 * hours)
    yield line("INC-1", "held", now - hours, reason="customer")
    for number in range(4):
        circuit = f"GZ-{number:04}"
        yield line(circuit, "available" if number == 3 else "unavailable", now - 3 * hours, "circuit", tier="gold")
    yield line("INC-X", "", now)  # has no status and is set aside
    yield line("INC-Y", "opened", now + 2 * hours, tier="gold")  # is of the future and is set aside


def second(now: datetime) -> Iterator[str]:
    """Some of it ends, and a ticket comes."""
    for number in (2, 3):
        yield line(f"INC-{number}", "restored", now)
    yield line("INC-10", "opened", now - timedelta(minutes=20), tier="gold", customer="港湾银行 Harbour")


def main() -> None:
    clocks, numbers = Counted(), itertools.count(1)
    wallclock.now, wallclock.look, wallclock.boot_id = clocks.now, clocks.look, lambda: "boot"
    uuid.uuid4 = lambda: uuid.UUID(int=next(numbers) << 64)
    random.seed(1)
    os.environ |= {"USER": "lin", "LOGNAME": "lin"}
    os.chdir(sys.argv[1])
    _live(clocks)


def _live(clocks: Counted) -> None:
    from monitor.config import config_file
    from monitor.service.program import Program
    from tests.support.loopback import Loopback
    from tests.support.rounds import Peers

    _write_files()
    with Loopback(Peers().respond) as server:
        Path("tierwatch.yml").write_text(CONFIG.replace("URL", server.url), encoding="utf-8")
        program = Program(config_file.load(Path("tierwatch.yml")))
        inside = (Parted if hasattr(program, "parts") else Early)(program)
        _told(ancient())
        inside.begin()
        _rounds(inside, clocks, 1)
        clocks.at += MONTHS
        at = inside.now()
        _told(first(at))
        _rounds(inside, clocks, 1, 10, 30)
        since, until = (f"{at - timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}" for hours in (2, 1))
        _typed("silence", "add", "--match", "ticket=INC-6", "--for", "9h", "--reason", "works", "--author", "lin")
        _typed("acknowledge", "INC-7", "--author", "zhang")
        _typed("correct", "INC-1", "--exclude", since, until, "--reason", "flood", "--author", "wang")
        _typed("retire", "GZ-0002", "--reason", "contract ended", "--author", "wang")
        _told(second(inside.now()))
        _brought_with_its_body(inside)
        for words in inside.typed:
            _typed(*words)
            _rounds(inside, clocks, 0.5)
        _rounds(inside, clocks, 5, 10, 60, 90)
        for _ in inside.retention.sweep(inside.now()):
            pass
        _rounds(inside, clocks, 1)
        program.stop()
    Path("tierwatch.yml").write_text(CONFIG.replace("URL", LINKS), encoding="utf-8")


class Early:
    """What is done with the parts of a program before schema 0017."""

    typed: tuple[tuple[str, ...], ...] = ()
    """What its operators do besides."""

    def __init__(self, program: Any) -> None:
        self._program, self.source = program, program.config.sources[0]
        self.sources, self.receivers, self.pulse = program._sources, program._receivers, program._pulse
        self.publisher, self.retention, self.marked = program._publisher, program._retention, program._marked
        self.ingest, self.now = program.ingest, program._now
        self.advance, self.look_around = program._advance, program._look_around

    def begin(self) -> None:
        from monitor.clock import standing_groups
        from monitor.policy import GROUPS

        program, at = self._program, self.now()
        rules = program.config.rules
        program._publish()
        program._judging.begin(rules.version, program._machine.ended, at)
        program.ingest.touch_all(rules.version, (*program._worker.sources, GROUPS))
        program.clocks.ensure_groups(standing_groups(rules))
        program.deliveries.begin(program._receivers.channels, at, program._router.takes, ("gold", "standard"))
        program._sources.catch_up()
        program._pulse.begin(at)


class Parted:
    """What is done with the parts of a program from schema 0019 on: they are apart from what outlives them."""

    typed = (
        ("drill", "start", "--team", "noc", "--for", "15m", "--wait", "off", "--author", "lin"),
        ("store", "erase", "--subject", "INC-3", "--reason", "request 1", "--author", "lin", "--yes"),
    )

    def __init__(self, program: Any) -> None:
        parts, host = program.parts, program.host
        self._parts, self.source = parts, program.config.sources[0]
        self.sources, self.receivers, self.pulse = parts.sources, parts.receivers, parts.pulse
        self.publisher, self.retention, self.marked = parts.publisher, parts.retention, host.marked
        self.ingest, self.now = host.ingest, host.now
        self.advance, self.look_around = parts.engine.advance, parts.engine.look_around

    def begin(self) -> None:
        self._parts.begin(first=True)


def _write_files() -> None:
    from tests.support.installations import ON_CALL
    from tests.support.texts import exchanged

    Path("policy.yml").write_text(POLICY, encoding="utf-8")
    Path("oncall.yml").write_text(exchanged(ON_CALL, ("receivers: [wall]", "receivers: [hook]")), encoding="utf-8")
    Path("secret").write_text("a secret of thirty-two bytes, or more\n", encoding="utf-8")
    Path("secret").chmod(0o600)
    Path("tickets.jsonl").touch()


def _rounds(inside: Early | Parted, clocks: Counted, *minutes: float) -> None:
    """What every part of the program does in its turn, so many minutes after the round before."""
    from alerts.decide import synthetic

    for ahead in minutes:
        clocks.at += timedelta(minutes=ahead)
        inside.sources._poll(inside.source)
        for _ in range(8):
            clocks.at += timedelta(milliseconds=10)
            inside.advance()
        for round_of in inside.receivers._lines.values():
            for _ in range(4):
                inside.receivers._round(round_of, 0)
        at = inside.now()
        inside.ingest.rejudge(at)
        inside.look_around(at, sending=True)
        inside.pulse.watch(at)
        inside.pulse._store.forget(at - synthetic.KEPT)
        inside.publisher.snapshot(at)
        inside.marked.seen(at)


def _told(lines: Iterator[str]) -> None:
    """The source's file has these lines, too."""
    with Path("tickets.jsonl").open("a", encoding="utf-8") as file:
        file.writelines(f"{one}\n" for one in lines)


def _brought_with_its_body(inside: Early | Parted) -> None:
    """What a source brings that also hands over the record as it came."""
    from monitor.history import Batch, Event
    from monitor.model import SubjectKind

    at = inside.now()
    kind, fields = SubjectKind.TICKET, {"team": "core"}
    event = Event("tickets", "INC-3 note", kind, "INC-3", at, 0, None, None, False, None, fields)
    body = {event.event_id: '{"note": "with the record as it came"}'}
    inside.ingest.commit_batch("tickets", Batch((event,), (), inside.ingest.position("tickets"), body), at)


def _typed(*words: str) -> None:
    """A command beside the program, in this process. A drill that is not waited for gives 1."""
    from monitor import cli

    sys.argv = ["tierwatch", *words, "--config", "tierwatch.yml"]
    try:
        cli.main()
    except SystemExit as end:
        if end.code and (end.code, words[0]) != (1, "drill"):
            raise


if __name__ == "__main__":
    main()
