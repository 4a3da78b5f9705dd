"""Read the configuration again while the program runs: all or nothing, nothing lost and nothing told twice."""

from __future__ import annotations

import fcntl
import gc
import json
import logging
import os
import pty
import random
import re
import signal
import subprocess
import sys
import termios
import threading
import weakref
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from structlog.testing import capture_logs

from monitor.config import config_file
from monitor.config.config_file import Config
from monitor.report import TrailEntry
from monitor.service.program import Program
from monitor.snapshot import ReloadResult
from monitor.store import Action, Trail
from tests.support.installations import ON_CALL, REPOSITORY, configuration, of_tickets, promise, written
from tests.support.loopback import Loopback, Reply, Request, as_json
from tests.support.peers import ended, until
from tests.support.program import Tierwatch, metrics, printed, wait_for
from tests.support.texts import exchanged
from tests.support.webhook import Webhook, listening

BUDGET = timedelta(minutes=40)
PACE = timedelta(milliseconds=200)
"""Between two polls; no configuration may ask for less than a second."""

RELOADS, TICKETS_EACH = 100, 2


def breaches(hook: Webhook) -> Counter[str]:
    """How often the receiver was told of the breach of each ticket."""
    said = [request.json() for request in list(hook.requests)]
    return Counter(
        page["labels"]["ticket"] for page in said
        if (page["labels"]["alertname"], page["status"]) == ("TierwatchDeadlineBreached", "firing")
    )  # fmt: skip


def to_webhook(url: str) -> str:
    return f'{{type: webhook, options: {{url: "{url}", secret: {{file: secret}}, timeout: 600s}}}}'


@dataclass(slots=True)
class Installation:
    """A folder with a configuration that a test writes anew, and a file of tickets."""

    folder: Path
    hook: Webhook
    text: str = ""
    tickets: int = 0
    path: Path = field(init=False)

    def __post_init__(self) -> None:
        (self.folder / "secret").write_text("a secret of thirty-two bytes, or more\n")
        (self.folder / "robot").write_text("http://127.0.0.1:9/robot?key=none\n")
        (self.folder / "tickets.jsonl").touch()
        text = configuration(
            of_tickets("jsonl_file", path="tickets.jsonl"), {"hook": to_webhook(self.hook.url)},
            "page_url: http://127.0.0.1:9",
        )  # fmt: skip
        self.text = text
        self.path = written(self.folder, promise("40m", "stages: {tier: {gold: [100%]}}"), text)

    def write(self, text: str) -> None:
        self.path.write_text(text, encoding="utf-8")

    def open_ticket(self, within: timedelta) -> None:
        """A ticket of a gold customer that breaches in so long."""
        self.tickets += 1
        opened = datetime.now(UTC) - BUDGET + within
        line = {
            "event_id": str(self.tickets), "kind": "ticket", "subject": f"T{self.tickets}",
            "at": opened.isoformat(), "status": "opened", "fields": {"tier": "gold"},
        }  # fmt: skip
        with (self.folder / "tickets.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def read(self) -> Config:
        """The configuration as it is written, with a pace that no file may ask for."""
        loaded = config_file.load(self.path)
        return replace(loaded, sources=tuple(replace(one, every=PACE) for one in loaded.sources))


GOOD: Mapping[str, Callable[[str, random.Random], str]] = {
    "as it was": lambda text, lot: text,
    "another language": lambda text, lot: f"{text}language: {lot.choice(['en', 'zh', 'both'])}\n",
    "another address": lambda text, lot: exchanged(text, ("127.0.0.1:9", f"127.0.0.1:{lot.randrange(10, 99)}")),
    "something is kept": lambda text, lot: f"{text}keep: {{pages: {lot.randrange(30, 99)}d}}\n",
    "a further receiver": lambda text, lot: f"{text}  more: {{type: log}}\n",
    "a receiver that repeats": lambda text, lot: exchanged(text, ("{type: webhook", "{repeat: 1h, type: webhook")),
    "a further source": lambda text, lot: exchanged(
        text, ("receivers:\n", "  others: {type: jsonl_file, options: {path: others.jsonl}}\nreceivers:\n")
    ),
    "another version of the policy": lambda text, lot: exchanged(text, ("policy.yml", "another.yml")),
    "no links": lambda text, lot: exchanged(text, ("page_url: http://127.0.0.1:9\n", "")),
    "words of the source": lambda text, lot: exchanged(
        text, ("options: {path", "mapping: {statuses: {lost: cancelled}}, options: {path")
    ),
}  # fmt: skip
"""What may be taken; each still sends every breach to the same receiver."""

ROBOT = "  robot: {type: wecom, options: {url: {file: robot}, template: {file: gone.txt}}}\n"

BAD: Mapping[str, tuple[Callable[[str], str], str]] = {
    "no YAML": (lambda text: f"{text}a: [\n", "tierwatch.yml:"),
    "nothing": (lambda text: "", "tierwatch.yml:1: is empty"),
    "an unknown key": (lambda text: f"{text}lanugage: en\n", "lanugage"),
    "no such policy": (lambda text: exchanged(text, ("policy.yml", "gone.yml")), ":6 policy: "),
    "a policy with a mistake": (lambda text: exchanged(text, ("policy.yml", "wrong.yml")), "wrong.yml:"),
    "no such collector": (lambda text: exchanged(text, ("jsonl_file", "jsonl_fiel")), "sources.tickets"),
    "a mapping with a mistake": (
        lambda text: exchanged(text, ("options: {path", "mapping: {statuses: {lost: gone}}, options: {path")), "phase",
    ),
    "no secret": (lambda text: exchanged(text, ("file: secret", "file: secrte")), "secrte"),
    "a template that is gone": (lambda text: text + ROBOT, "gone.txt"),
    "nobody is told": (
        lambda text: exchanged(text, ("{type: webhook", "{only: {tier: standard}, type: webhook")), "receivers",
    ),
    "a rota that is gone": (lambda text: f"{text}oncall: gone.yml\nlink_secret: {{file: secret}}\n", "gone.yml"),
    "another instance": (lambda text: exchanged(text, ("instance: flow", "instance: other")), "instance: is changed"),
    "another database": (lambda text: exchanged(text, ("flow.db", "other.db")), "database: is changed"),
    "another port": (lambda text: exchanged(text, ("127.0.0.1:0", "127.0.0.1:1")), "listen: is changed"),
}  # fmt: skip
"""What is refused, with what the sentence says."""


@contextmanager
def running(folder: Path) -> Iterator[tuple[Installation, Program]]:
    with listening() as hook:
        here = Installation(folder, hook)
        for name, old, new in (("another.yml", 'version: "1"', 'version: "2"'), ("wrong.yml", "40m", "40 min")):
            text = exchanged((folder / "policy.yml").read_text(encoding="utf-8"), (old, new))
            (folder / name).write_text(text, encoding="utf-8")
        program = Program(here.read(), here.read)
        try:
            program.start()
            yield here, program
        finally:
            assert program.stop() == ()


def names(program: Program) -> Counter[str]:
    """The threads of the program by name, but for those that the scheduler keeps for its next jobs."""
    alive = (thread.name for thread in program.host.threads.alive)
    return Counter(name for name in alive if not name.startswith("ThreadPool"))


def counters(program: Program) -> dict[str, float]:
    """Every counter that is published, by its series."""
    lines = [line for line in metrics(program.address).splitlines() if not line.startswith("#")]
    found = (line.rsplit(" ", 1) for line in lines)
    return {series: float(value) for series, value in found if "_total" in series}


def test_a_hundred_reloads_while_clocks_cross_lose_nothing_tell_nothing_twice_and_leave_nothing_behind(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR, "apscheduler")  # as the program does; a record keeps the job that it is about
    lot = random.Random(42)
    with running(tmp_path) as (here, program):
        before, threads = counters(program), names(program)
        first = weakref.ref(program.parts)
        files = None
        expected = Counter[ReloadResult]()
        for number in range(RELOADS):
            for _ in range(TICKETS_EACH):
                here.open_ticket(timedelta(milliseconds=lot.randrange(0, 2000)))
            if bad := lot.random() < 0.4:
                what = lot.choice(sorted(BAD))
                change, said = BAD[what]
                here.write(change(here.text))
            else:
                what = lot.choice(sorted(GOOD))
                here.write(GOOD[what](here.text, lot))
            runs = program.parts
            answer = program.host.reloads.ask().result()
            expected[answer.result] += 1
            assert answer.result is (ReloadResult.REFUSED if bad else ReloadResult.TAKEN), (what, answer)
            assert (program.parts is runs) is bad, what
            if bad:
                assert said in answer.sentence, what
                assert program.host.reloads.configured.refused == answer.sentence
            if number % 10 == 9:
                now = counters(program)
                assert {series for series, value in before.items() if now.get(series, 0) < value} == set()
                before = now
            if number == RELOADS // 2:
                files = _open_files()
        here.write(here.text)
        assert program.host.reloads.ask().result().result is ReloadResult.TAKEN
        until(lambda: len(breaches(here.hook)) == here.tickets, "the breach of every ticket")
        assert set(breaches(here.hook).values()) == {1}
        until(lambda: names(program) == threads, "the threads of one configuration")
        until(lambda: gc.collect() >= 0 and first() is None, "the end of what is not used any more")
        assert expected[ReloadResult.REFUSED] > RELOADS // 5
        assert sum(expected.values()) == RELOADS
        assert files is not None
        assert _open_files() < files + 20
        found = counters(program)
        assert found['tierwatch_config_reloads_total{result="taken"}'] == expected[ReloadResult.TAKEN] + 1
        assert found['tierwatch_config_reloads_total{result="refused"}'] == expected[ReloadResult.REFUSED]
        late = sum(value for series, value in found.items() if series.startswith("tierwatch_sla_clocks_breached_total"))
        assert late == here.tickets


def deeds(program: Program, kind: Action) -> list[TrailEntry]:
    """What the audit trail has of this kind."""
    entries = Trail(program.host.database).entries(None, datetime.max.replace(tzinfo=UTC))
    return [entry for entry in entries if entry.kind == kind]


def _open_files() -> int:
    gc.collect()
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.parametrize("what", BAD)
def test_each_configuration_that_a_start_would_refuse_is_refused_and_the_one_before_runs_on(
    what: str, tmp_path: Path
) -> None:
    with running(tmp_path) as (here, program):
        runs = program.host.reloads.configured
        change, said = BAD[what]
        here.write(change(here.text))
        answer = requests.post(f"{program.address}/-/reload", timeout=600)
        assert answer.status_code == 422
        assert said in answer.text
        now = program.host.reloads.configured
        assert (now.hash, now.since, now.refused) == (runs.hash, runs.since, answer.text.strip())
        (deed,) = deeds(program, Action.RELOAD_REFUSED)
        why = answer.text.strip().partition("\n")[0]
        assert (deed.who, deed.about, deed.detail) == ("HTTP from this machine", runs.hash, {"why": why})
        here.open_ticket(timedelta(0))
        until(lambda: breaches(here.hook) == {"T1": 1}, "the page of a breach by the one before")


def test_a_secret_that_stands_at_a_wrong_place_is_in_no_sentence_of_a_refused_reload(tmp_path: Path) -> None:
    with running(tmp_path) as (here, program), capture_logs() as logs:
        secret = (tmp_path / "secret").read_text().strip()
        for text in (f"{here.text}language: {secret!r}\n", f"{here.text}catch_up: {secret!r}\nsources: {{}}\n"):
            here.write(text)
            answer = requests.post(f"{program.address}/-/reload", timeout=600)
            assert answer.status_code == 422
            assert secret not in answer.text
        here.write(exchanged(f"{here.text}language: {secret!r}\n", ("{file: secret}", "{file: gone}")))
        assert "<file secret>" in requests.post(f"{program.address}/-/reload", timeout=600).text
        (*_, deed) = deeds(program, Action.RELOAD_REFUSED)
        assert "<file secret>" in deed.detail["why"]
        page = requests.get(program.address, timeout=600).text
        assert secret not in repr((logs, page, deeds(program, Action.RELOAD_REFUSED)))


def test_a_refused_configuration_is_told_shown_and_over_once_one_is_taken(tmp_path: Path) -> None:
    with running(tmp_path) as (here, program):

        def told() -> list[tuple[str, str]]:
            pages = [request.json() for request in list(here.hook.requests)]
            about = [one for one in pages if one["labels"]["alertname"] == "TierwatchReloadRefused"]
            return [(one["status"], one["annotations"]["summary"]) for one in about]

        here.write(exchanged(here.text, ("policy.yml", "gone.yml")))
        program.ask_to_reload()
        (first,) = until(told, "the page")
        assert first[0] == "firing"
        assert f"{here.path}:6 policy: policy 'gone.yml'" in first[1]
        wait_for(program.address, 'tierwatch_config_reloads_total{result="refused"}', 1)
        page = requests.get(program.address, timeout=600).text
        assert "A changed configuration was refused" in page
        before = program.host.reloads.configured.hash
        here.write(f"{here.text}language: zh\n")
        program.ask_to_reload()
        (deed,) = until(lambda: deeds(program, Action.RELOADED), "of the reload in the audit trail")
        runs = program.host.reloads.configured.hash
        assert (deed.who, deed.about, deed.detail) == ("SIGHUP", runs, {"before": before})
        assert runs != before
        last = until(lambda: told()[1:], "its end")
        assert [status for status, _ in last] == ["resolved"]
        wait_for(program.address, "tierwatch_config_last_reload_successful", 1)


def test_what_a_new_configuration_says_of_the_page_and_of_the_sources_holds_at_once(tmp_path: Path) -> None:
    with running(tmp_path) as (here, program):
        assert program.config.language == "en"
        more = exchanged(
            here.text, ("receivers:\n", "  others: {type: jsonl_file, options: {path: others.jsonl}}\nreceivers:\n")
        )
        (tmp_path / "others.jsonl").touch()
        here.write(f"{more}language: zh\n")
        assert program.host.reloads.ask().result().result is ReloadResult.TAKEN
        assert '<html lang="zh' in requests.get(program.address, timeout=600).text
        wait_for(program.address, 'tierwatch_source_up{source="others"}', 1)
        here.write(here.text)
        assert program.host.reloads.ask().result().result is ReloadResult.TAKEN
        assert 'tierwatch_source_up{source="others"}' not in metrics(program.address)


def test_templates_get_times_in_the_zone_of_the_configuration_that_runs(tmp_path: Path) -> None:
    with running(tmp_path) as (here, program):
        (tmp_path / "robot").write_text(here.hook.url)
        options = "{url: {file: robot}, template: 'AT {{ starts_at }}.'}"
        text = f"{here.text}  robot: {{type: wecom, options: {options}}}\n"
        for zone, offset in (("Asia/Shanghai", "08"), ("UTC", "00")):
            here.write(exchanged(text, ("zone: Asia/Shanghai", f"zone: {zone}")))
            assert requests.post(f"{program.address}/-/reload", timeout=600).status_code == 200
            here.open_ticket(timedelta(0))
            began = rf"AT 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\+{offset}:00\."
            until(lambda said=began: [one for one in here.hook.requests if re.search(said, one.body.decode())], began)


def test_a_receiver_that_hangs_holds_up_neither_the_reload_nor_the_others_and_is_not_told_twice(tmp_path: Path) -> None:
    hangs, asked = threading.Event(), threading.Event()

    def respond(request: Request) -> Reply:
        if not hangs.is_set():
            asked.set()
            hangs.wait(600)
        return as_json({})

    with running(tmp_path) as (here, program), Loopback(respond) as slow:
        try:
            here.text += f"  slow: {to_webhook(slow.url)}\n"
            here.write(here.text)
            assert program.host.reloads.ask().result().result is ReloadResult.TAKEN
            here.open_ticket(timedelta(0))
            assert asked.wait(600)
            for _ in range(3):
                assert program.host.reloads.ask().result().result is ReloadResult.TAKEN
            here.open_ticket(timedelta(0))
            until(lambda: breaches(here.hook) == {"T1": 1, "T2": 1}, "both at the receiver that answers")
        finally:
            hangs.set()
        until(lambda: len(breaches(slow)) == 2, "both at the one that hung")  # type: ignore[arg-type]
        assert breaches(slow) == {"T1": 1, "T2": 1}  # type: ignore[arg-type]


def test_a_source_that_hangs_is_given_up_and_read_by_the_new_configuration(tmp_path: Path) -> None:
    asked, ends = threading.Event(), threading.Event()

    def respond(request: Request) -> Reply:
        asked.set()
        ends.wait(600)
        return as_json([])

    with running(tmp_path) as (here, program), Loopback(respond) as slow:
        try:
            old, new = of_tickets("jsonl_file", path="tickets.jsonl"), of_tickets("tmf621", url=slow.url)
            here.write(exchanged(here.text, (old, new)))
            assert program.host.reloads.ask().result().result is ReloadResult.TAKEN
            assert asked.wait(600)
            here.write(here.text)
            assert program.host.reloads.ask().result().result is ReloadResult.TAKEN
            here.open_ticket(timedelta(0))
            until(lambda: breaches(here.hook) == {"T1": 1}, "what the file says, while the server hangs")
        finally:
            ends.set()


def test_a_store_that_takes_no_writes_refuses_it_before_anything_is_given_up(tmp_path: Path) -> None:
    with running(tmp_path) as (here, program):
        refuses = "CREATE TRIGGER full BEFORE INSERT ON publications BEGIN SELECT RAISE(ABORT, 'full'); END"
        with program.host.database.write() as connection:
            connection.exec_driver_sql(refuses)
        here.write(exchanged(here.text, ("policy.yml", "another.yml")))
        runs = program.parts
        answer = program.host.reloads.ask().result()
        assert (answer.result, program.parts) == (ReloadResult.REFUSED, runs)
        assert "flow.db" in answer.sentence
        here.open_ticket(timedelta(0))
        until(lambda: breaches(here.hook) == {"T1": 1}, "the page of a breach by the one before")
        with program.host.database.write() as connection:
            connection.exec_driver_sql("DROP TRIGGER full")
        assert program.host.reloads.ask().result().result is ReloadResult.TAKEN
        assert program.config.rules.policy.label == "flow@2"


def test_a_stop_while_the_configuration_is_read_ends_that_and_everything_else(tmp_path: Path) -> None:
    asked, ends = threading.Event(), threading.Event()

    def respond(request: Request) -> Reply:
        asked.set()
        ends.wait(600)
        return Reply(200, b"")

    with running(tmp_path) as (here, program), Loopback(respond) as slow:
        try:
            rota = exchanged(ON_CALL, ("[wall]", "[hook]"), ("[engineer]", "[hook]"), ("[lead]", "[hook]"))
            layers, calendar = "layers:\n      - {people: [zhang], start: 2026-01-05}", "calendar: {url: {file: feed}}"
            (tmp_path / "feed").write_text(f"{slow.url}\n")
            (tmp_path / "oncall.yml").write_text(exchanged(rota, (layers, calendar)), encoding="utf-8")
            here.write(f"{here.text}oncall: oncall.yml\nlink_secret: {{file: secret}}\n")
            answer = program.host.reloads.ask()
            until(lambda: asked.is_set() or answer.done())
            assert not answer.done(), answer.result()
            assert program.stop() == ()
            assert answer.result(600).result is ReloadResult.REFUSED
            assert program.config.oncall is None
        finally:
            ends.set()


def test_requests_at_once_are_one_reload_after_another_and_each_is_answered(tmp_path: Path) -> None:
    with running(tmp_path) as (_, program):
        asked = [program.host.reloads.ask() for _ in range(20)]
        assert {each.result().result for each in asked} == {ReloadResult.TAKEN}
        assert 1 <= program.host.reloads.configured.reloads[ReloadResult.TAKEN] <= 20


def test_sighup_reloads_the_real_program_names_what_it_refuses_and_never_ends_it(tmp_path: Path) -> None:
    with listening() as hook:
        here = Installation(tmp_path, hook)
        program = Tierwatch(here.path)
        try:
            address = program.address()
            here.write(f"{here.text}language: zh\n")
            os.kill(program.pid, signal.SIGHUP)
            wait_for(address, 'tierwatch_config_reloads_total{result="taken"}', 1)
            here.write(f"{here.text}lanugage: zh\n")
            os.kill(program.pid, signal.SIGHUP)
            wait_for(address, 'tierwatch_config_reloads_total{result="refused"}', 1)
            assert program.alive()
            os.kill(program.pid, signal.SIGHUP)  # it may be reading when it is told to stop
        finally:
            assert program.stop() == 0
    log = (tmp_path / "tierwatch.log").read_text(encoding="utf-8")
    (line,) = (line for line in log.splitlines() if "config_refused" in line)
    assert f"{here.path}:" in line
    assert "lanugage" in line
    assert "Traceback" not in log


def test_what_check_config_calls_the_files_is_what_runs_and_no_secret_has_a_part_in_it(tmp_path: Path) -> None:
    with listening() as hook:
        here = Installation(tmp_path, hook)
        here.write(f"{here.text}oncall: oncall.yml\nlink_secret: {{file: secret}}\n")
        rota = exchanged(ON_CALL, ("[wall]", "[hook]"), ("[engineer]", "[hook]"), ("[lead]", "[hook]"))
        (tmp_path / "oncall.yml").write_text(rota, encoding="utf-8")

        def written_hash() -> str:
            (line,) = (line for line in printed("check-config", "--config", str(here.path)).splitlines()
                       if line.startswith("hash of the files: "))  # fmt: skip
            return line.split()[4].rstrip(",")

        program = Tierwatch(here.path)
        try:
            address = program.address()
            assert f'tierwatch_config_info{{hash="{written_hash()}"}} 1' in metrics(address)
            found = {written_hash()}
            (tmp_path / "secret").write_text("another secret of thirty-two bytes, or more\n")
            assert {written_hash()} == found
            for name in ("tierwatch.yml", "policy.yml", "oncall.yml"):
                with (tmp_path / name).open("a", encoding="utf-8") as file:
                    file.write("# a remark\n")
                assert written_hash() not in found, name
                found.add(written_hash())
            os.kill(program.pid, signal.SIGHUP)
            wait_for(address, 'tierwatch_config_reloads_total{result="taken"}', 1)
            assert f'tierwatch_config_info{{hash="{written_hash()}"}} 1' in metrics(address)
        finally:
            program.stop()


def test_a_terminal_that_is_closed_ends_neither_the_program_nor_its_pages_nor_its_reloads(tmp_path: Path) -> None:
    def own_terminal() -> None:
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    with listening() as hook:
        here = Installation(tmp_path, hook)
        ours, its = pty.openpty()
        command = [sys.executable, "-m", "monitor.cli", "run", "--config", str(here.path)]
        program = subprocess.Popen(command, stdin=its, stdout=its, stderr=its, preexec_fn=own_terminal, cwd=REPOSITORY)
        try:
            os.close(its)
            said = b""
            while b"/metrics)\r\n" not in said:
                said += os.read(ours, 1000)
            address = said.partition(b"tierwatch is at ")[2].split()[0].decode()
            os.close(ours)  # the kernel sends SIGHUP, and the log leads nowhere from now on
            wait_for(address, 'tierwatch_config_reloads_total{result="taken"}', 1)
            here.write("")
            assert requests.post(f"{address}/-/reload", timeout=600).status_code == 422
            here.open_ticket(timedelta(0))
            until(lambda: breaches(hook) == {"T1": 1}, "the page of a breach")
        finally:
            program.terminate()
            assert ended(program) == 0


def test_a_reader_of_its_output_that_is_gone_does_not_end_the_program(tmp_path: Path) -> None:
    with listening() as hook, (tmp_path / "log").open("w", encoding="utf-8") as log:
        here = Installation(tmp_path, hook)
        reads, writes = os.pipe()
        os.close(reads)
        command = [sys.executable, "-m", "monitor.cli", "run", "--config", str(here.path)]
        program = subprocess.Popen(command, stdout=writes, stderr=log, cwd=REPOSITORY)
        os.close(writes)
        try:
            until(lambda: "started" in (tmp_path / "log").read_text(encoding="utf-8") or program.poll() is not None)
            here.open_ticket(timedelta(0))
            until(lambda: breaches(hook) == {"T1": 1} or program.poll() is not None, "the page of a breach")
        finally:
            program.terminate()
            assert ended(program) == 0
        assert breaches(hook) == {"T1": 1}


def test_a_sighup_that_comes_before_the_start_is_over_is_not_lost(tmp_path: Path) -> None:
    asked, ends = threading.Event(), threading.Event()

    def respond(request: Request) -> Reply:
        asked.set()
        ends.wait(600)
        return as_json([])

    with listening() as hook, Loopback(respond) as slow:
        here = Installation(tmp_path, hook)
        old = of_tickets("jsonl_file", path="tickets.jsonl")
        here.write(exchanged(here.text, (old, of_tickets("tmf621", url=slow.url))))
        program = Tierwatch(here.path)
        try:
            assert asked.wait(600)  # the start catches up with its source
            here.write(here.text)
            os.kill(program.pid, signal.SIGHUP)
            ends.set()
            address = program.address()
            wait_for(address, 'tierwatch_config_reloads_total{result="taken"}', 1)
            here.open_ticket(timedelta(0))
            until(lambda: breaches(hook) == {"T1": 1}, "what only the new configuration reads")
        finally:
            ends.set()
            program.stop()
