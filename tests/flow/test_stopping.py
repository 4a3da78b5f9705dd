"""The program ends by itself whatever its peers, its database or its terminal do: the real program, stopped by signals.

No test measures seconds: every peer hangs until the test is over, and every length that the program is given is longer
than a test may last, so a process that ends has ended by its own count. The system ends it after five seconds in two
tests only (`tests/support/stuck.py`).
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.config import plugins
from tests.support.hostile_peer import GOES_ON_TO_TLS, MAIL_WAYS, WAYS, Way, hostile
from tests.support.installations import ON_CALL, configuration, promise, written
from tests.support.loopback import Reply, Request
from tests.support.peers import until
from tests.support.program import Tierwatch, tierwatch
from tests.support.stuck import ASKED
from tests.support.texts import exchanged
from tests.support.webhook import listening

LONG = "10h"
COLLECTORS = [
    name
    for name in plugins.names("monitor.collectors")
    if "network" in plugins.options(plugins.load("monitor.collectors", name))
]
NOTIFIERS = [name for name in plugins.names("alerts.notifiers") if name != "log"]


def _never(_say: Any, over: Callable[[float], bool]) -> None:
    while not over(60):
        pass


SILENT: Way = _never


def source(name: str, url: str) -> str:
    return (
        f'{{type: {name}, every: 1s, options: {{url: "{url}/x", '
        f"network: {{connect_timeout: {LONG}, read_timeout: {LONG}, total_timeout: {LONG}}}}}}}"
    )


def receiver(name: str, url: str, folder: Path) -> str:
    """A receiver of that kind at the address, which waits as long as the test lasts."""
    scheme, _, host = url.partition("://")
    encrypted = scheme == "https"
    (folder / "key").write_text("0123456789abcdef0123456789abcdef\n", encoding="utf-8")
    (folder / f"url-{name}").write_text(f"json{'s' * encrypted}://{host}/" if name == "apprise" else url)
    of = {
        "alertmanager": f'urls: ["{url}"]',
        "pagerduty": f'routing_key: {{file: key}}, url: "{url}"',
        "smtp": f"host: 127.0.0.1, port: {host.partition(':')[2]}, sender: a@example.com, to: [b@example.com], "
        f"tls: {'starttls' if encrypted else 'none'}",
        "webhook": f'url: "{url}", secret: {{file: key}}',
    }
    options = of.get(name, f"url: {{file: url-{name}}}")
    return f"{{type: {name}, options: {{{options}, timeout: {LONG}}}}}"


def breached(folder: Path) -> None:
    """A ticket whose promise is broken: everybody is told."""
    event = {
        "event_id": "e1", "kind": "ticket", "subject": "INC1",
        "at": (datetime.now(UTC) - timedelta(hours=5)).isoformat(), "status": "opened", "fields": {"tier": "gold"},
    }  # fmt: skip
    (folder / "tickets.jsonl").write_text(json.dumps(event) + "\n", encoding="utf-8")


def simple(folder: Path, *more: str) -> Path:
    """A configuration with one source that is a file, and the log as its receiver."""
    (folder / "tickets.jsonl").touch()
    text = configuration("{type: jsonl_file, options: {path: tickets.jsonl}}", {"log": "{type: log}"}, *more)
    return written(folder, promise("4h"), text)


def logged(folder: Path) -> str:
    return (folder / "tierwatch.log").read_text(encoding="utf-8")


def waited_for(folder: Path) -> str:
    """What the line of the log names that the program writes when it is told to stop."""
    found = re.search(r"stop_asked .*waits_for=('[^']*'|\S*)", logged(folder))
    assert found, logged(folder)
    return found[1]


@contextmanager
def started(config: Path, stuck: str = "nothing", stderr: Any = None) -> Iterator[Tierwatch]:
    """The program, with a part that never ends (`tests/support/stuck.py`), for as long as the block runs at most."""
    program = Tierwatch(config, stuck=stuck, stderr=stderr)
    try:
        yield program
    finally:
        if program.alive():
            program.kill()


HANGS = {
    "says nothing": (SILENT, SILENT, "http"),
    "drips": (WAYS["drips a header"], MAIL_WAYS["drips an answer"], "http"),
    "shakes no hands": (SILENT, GOES_ON_TO_TLS, "https"),
}


@pytest.mark.parametrize("how", HANGS)
def test_every_collector_every_notifier_and_the_ping_hang_and_the_program_ends(how: str, tmp_path: Path) -> None:
    way, mail, scheme = HANGS[how]
    with ExitStack() as stack:
        peers = {
            name: stack.enter_context(hostile(mail if name == "smtp" else way))
            for name in (*COLLECTORS, *NOTIFIERS, "ping")
        }
        urls = {name: f"{scheme}://127.0.0.1:{peer.port}" for name, peer in peers.items()}
        breached(tmp_path)
        hanging = "".join(f"  {name}: {source(name, urls[name])}\n" for name in COLLECTORS)
        text = configuration(
            "{type: jsonl_file, options: {path: tickets.jsonl}}",
            {name: receiver(name, urls[name], tmp_path) for name in NOTIFIERS},
            "catch_up: 1s", "synthetic_every: off", f"heartbeat: {{url: '{urls['ping']}/', every: 10s}}",
        )  # fmt: skip
        config = written(tmp_path, promise("4h"), exchanged(text, ("receivers:\n", f"{hanging}receivers:\n")))
        program = Tierwatch(config)
        try:
            address = program.address()
            page = stack.enter_context(socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2]))))
            page.sendall(b"GET /metrics HTTP/1.1\r\nHost: a\r\n")  # a request that never ends
            asked = [peer for name, peer in peers.items() if name != "ping"]
            until(lambda: all(peer.connections for peer in asked), "every source and every receiver is asked")
        finally:
            code = program.stop()
        assert code == 0
    said = waited_for(tmp_path)
    assert [name for name in COLLECTORS if f"source {name}" not in said] == []
    assert [name for name in NOTIFIERS if f"channel {name}" not in said] == []


def test_a_name_server_that_never_answers_holds_up_no_end(tmp_path: Path) -> None:
    config = simple(tmp_path, "catch_up: 1s")
    text = config.read_text(encoding="utf-8")
    hanging = f"  far: {source('tmf621', 'http://tickets.invalid')}\n"
    config.write_text(exchanged(text, ("receivers:\n", f"{hanging}receivers:\n")), encoding="utf-8")
    with started(config, "names") as program:
        until(lambda: ASKED in logged(tmp_path), "the name server is asked")
        assert program.stop() == 0
    assert "source far" in waited_for(tmp_path)


ON_DUTY = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:x
BEGIN:VEVENT
UID:1
SUMMARY:zhang
DTSTART:20260101T000000Z
DTEND:20990101T000000Z
END:VEVENT
END:VCALENDAR
"""


def test_a_calendar_that_is_read_again_holds_up_no_end(tmp_path: Path) -> None:
    with listening() as web:
        over = threading.Event()

        def answer(_request: Request) -> Reply:
            if len(web.requests) > 1:
                over.wait()
            return Reply(body=ON_DUTY.encode())

        web.answer = answer
        rota = exchanged(
            ON_CALL,
            ("    layers:\n", f'    calendar: {{url: "{web.url}/a.ics"}}\n'),
            ("      - {people: [zhang], start: 2026-01-05}\n", ""),
            ("[engineer]", "[log]"), ("[lead]", "[log]"), ("[wall]", "[log]"),
        )  # fmt: skip
        (tmp_path / "oncall.yml").write_text(rota, encoding="utf-8")
        config = simple(tmp_path, "oncall: oncall.yml", "link_secret: {file: key}")
        (tmp_path / "key").write_text("0123456789abcdef0123456789abcdef\n", encoding="utf-8")
        with started(config, "calendars") as program:
            program.address()
            until(lambda: len(web.requests) > 1, "the calendar is read again")
            assert program.stop() == 0
        over.set()
    assert "calendar" in waited_for(tmp_path)


def test_a_writer_that_never_ends_is_left_and_the_database_is_whole(tmp_path: Path) -> None:
    config = simple(tmp_path, "keep: {pages: 90d}")
    with started(config, "writer") as program:
        program.address()
        until(lambda: _writes(tmp_path), "the writer has begun")
        assert program.stop() == 0
    assert re.search(r"(stopped_without_waiting|stop_cut_short).*threads=.*retention", logged(tmp_path))
    with tierwatch(config):
        assert _tables(tmp_path / "flow.db", "half_done") == 0


def _writes(folder: Path) -> bool:
    """Whether the statement that never ends is under way."""
    log = folder / "flow.db-wal"
    return log.exists() and log.stat().st_size > 1_000_000


def _tables(database: Path, name: str) -> int:
    with sqlite3.connect(database) as other:
        assert other.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        found: int = other.execute("SELECT count(*) FROM sqlite_master WHERE name = ?", [name]).fetchone()[0]
        return found


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_upgrade_that_holds_the_main_thread_is_left_and_begins_anew(tmp_path: Path, number: int) -> None:
    config = simple(tmp_path)
    with started(config, "upgrade") as program:
        until(lambda: _writes(tmp_path), "the upgrade has begun")
        assert program.stop(number) == 0
    assert re.search(r"stop_cut_short .*threads=.*MainThread", logged(tmp_path))
    assert "Traceback" not in logged(tmp_path)
    with tierwatch(config):
        assert _tables(tmp_path / "flow.db", "half_done") == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_it_at_once(tmp_path: Path, number: int) -> None:
    with started(simple(tmp_path), "endless") as program:
        until(lambda: _writes(tmp_path), "the upgrade has begun")
        until(lambda: program.send(number), "it ends")
        assert program.stop() == 128 + number
    assert "stop_cut_short" not in logged(tmp_path)


def test_the_system_ends_a_process_that_does_not_end_itself(tmp_path: Path) -> None:
    with started(simple(tmp_path), "held") as program:
        until(lambda: _writes(tmp_path), "the upgrade has begun")
        assert program.stop() == -signal.SIGALRM
    assert "stop_cut_short" not in logged(tmp_path)


@contextmanager
def terminal() -> Iterator[tuple[int, Any]]:
    """Both ends of a terminal."""
    ours, theirs = os.openpty()
    try:
        with os.fdopen(theirs, "w") as file:
            yield ours, file
    finally:
        os.close(ours)


def test_ctrl_c_says_at_once_what_is_waited_for(tmp_path: Path) -> None:
    with hostile(SILENT) as peer, terminal() as (screen, stderr):
        config = simple(tmp_path, "catch_up: 10h")
        text = config.read_text(encoding="utf-8")
        hanging = f"  far: {source('tmf621', f'http://127.0.0.1:{peer.port}')}\n"
        config.write_text(exchanged(text, ("receivers:\n", f"{hanging}receivers:\n")), encoding="utf-8")
        with started(config, stderr=stderr) as program:
            until(lambda: peer.connections > 0, "the source is asked")
            assert program.stop(signal.SIGINT) == 0
        shown = os.read(screen, 65536).decode()
    said = "tierwatch stops: waiting for requests of source far (5 s at most); press Ctrl-C again to end at once"
    assert said in shown.splitlines()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_while_the_configuration_is_read_ends_it_without_a_traceback(tmp_path: Path, number: int) -> None:
    config = simple(tmp_path)
    (tmp_path / "policy.yml").unlink()
    os.mkfifo(tmp_path / "policy.yml")  # opening it never ends
    program = Tierwatch(config)
    until(lambda: _takes(program.pid, signal.SIGTERM), "it takes signals")
    assert program.stop(number) == 0
    assert "Traceback" not in logged(tmp_path)


def test_a_signal_ends_it_while_the_configuration_lies_on_a_disk_that_does_not_answer(tmp_path: Path) -> None:
    with started(simple(tmp_path), "disk") as program:
        until(lambda: ASKED in logged(tmp_path), "the configuration is read")
        assert program.stop() == 0


def test_a_log_that_nobody_reads_holds_up_no_end(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.set_blocking(write, False)
    try:
        while True:
            os.write(write, b"a" * 65536)
    except BlockingIOError:
        os.set_blocking(write, True)
    with os.fdopen(write, "w") as stderr, os.fdopen(read), started(simple(tmp_path), "", stderr) as program:
        until(lambda: _takes(program.pid, signal.SIGTERM), "it takes signals")
        assert program.stop() in (0, -signal.SIGALRM)


def _takes(pid: int, number: int) -> bool:
    """Whether the process has a handler of its own for the signal, as the system knows it."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(r"^SigCgt:\s*([0-9a-f]+)$", status, re.MULTILINE)
    return found is not None and bool(int(found[1], 16) & 1 << (number - 1))


def test_every_notifier_is_sampled_here() -> None:
    assert set(NOTIFIERS) >= {"alertmanager", "apprise", "dingtalk", "feishu", "pagerduty", "smtp", "webhook", "wecom"}
