from __future__ import annotations

import json
import os
import pty
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from monitor.commands.in_parallel import FEWEST_CHUNKS, Workers, cores
from tests.support.cases import at, ticket
from tests.support.command_line import Site
from tests.support.peers import HANGING
from tests.support.spread_sample import CHUNKS
from tests.support.texts import exchanged

ROOT = Path(__file__).parents[3]
THREE = ROOT / "tests" / "bench" / "three_targets.yml"
TICKETS = 1500


def sample(story: str, number: int = 2) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "tests.support.spread_sample", story, str(number)]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=HANGING)


@contextmanager
def started(*words: str, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A process whose output and errors are read; both pipes end when it and all that it started have ended."""
    with subprocess.Popen(
        [sys.executable, "-m", *words], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True, **options,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


# -- results -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 2, 3])
def test_results_come_in_the_order_of_the_chunks(number: int) -> None:
    done = sample("in_order", number)
    assert done.returncode == 0, done.stderr
    order, processes = done.stdout.rsplit(" ", 1)
    assert order == str(list(range(CHUNKS)))
    assert 0 <= int(processes) <= number
    assert (int(processes) == 0) == (number == 1)


def test_few_chunks_are_done_in_this_process() -> None:
    found = list(Workers(8)(lambda chunk: (chunk, os.getpid()), range(FEWEST_CHUNKS - 1)))
    assert found == [(chunk, os.getpid()) for chunk in range(FEWEST_CHUNKS - 1)]


def test_the_stream_is_not_read_far_ahead_of_the_first_result() -> None:
    done = sample("ahead")
    assert done.returncode == 0, done.stderr
    assert 20 <= int(done.stdout) <= 2 * 16 + 1


def test_a_container_may_use_fewer_cores_than_the_machine_has(tmp_path: Path) -> None:
    quota = tmp_path / "cpu.max"
    allowed = cores(quota)
    assert allowed == len(os.sched_getaffinity(0))
    for written, expected in (("50000 100000", 1), ("100000 100000", 1), ("max 100000", allowed), ("", allowed)):
        quota.write_text(written, encoding="ascii")
        assert cores(quota) == expected
    quota.write_text(f"{allowed * 100000 - 50000} 100000", encoding="ascii")
    assert cores(quota) == allowed
    assert Workers.of(None).number == cores()
    assert Workers.of(7).number == 7


# -- what goes wrong ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 2])
def test_a_defect_is_shown_with_where_it_was(number: int) -> None:
    done = sample("defect", number)
    said = " ".join(done.stderr.replace("│", " ").split())  # lines are broken where a folder's name is long
    assert done.returncode == 1
    assert "ZeroDivisionError" in said
    assert "in defect" in said
    assert "work(chunk)" in said or number == 1


@pytest.mark.parametrize("number", [1, 2])
def test_a_failure_that_was_foreseen_stays_a_sentence(number: int) -> None:
    done = sample("sentence", number)
    assert (done.returncode, done.stderr) == (1, "chunk 7 cannot be read\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("group", [True, False])
def test_a_command_that_is_stopped_leaves_no_process(number: signal.Signals, group: bool) -> None:
    """Ctrl-C goes to the whole group of processes, `kill` to one."""
    with started("tests.support.spread_sample", "waits", "3") as process:
        assert process.stdout is not None
        assert [process.stdout.readline() for _ in range(3)] == ["works\n"] * 3
        (os.killpg if group else os.kill)(process.pid, number)
        out, err = process.communicate(timeout=HANGING)
    assert out == ""
    assert "Traceback" not in err
    assert process.returncode == (-number if number != signal.SIGINT else process.returncode) != 0


# -- the commands ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tickets whose words, pauses and ends differ; more than four chunks of them."""
    path = tmp_path_factory.mktemp("log") / "log.csv"
    with path.open("w", encoding="utf-8") as file:
        print("number,incident_state,sys_mod_count,opened_at,sys_updated_at,priority", file=file)
        for number in range(TICKETS):
            day, priority = 1 + number % 28, ("1 - Critical", "2 - High", "3 - Moderate")[number % 3]
            end = ("Resolved", "Awaiting User Info", "awaiting PARTS")[number % 7 % 3]
            for count, (hour, state) in enumerate(((8, "New"), (9, "Active"), (11 + number % 9, end))):
                at = f"{day}/{1 + number % 12}/2016 {{:02}}:{number % 60:02}"
                print(f"INC{number},{state},{count},{at.format(8)},{at.format(hour)},{priority}", file=file)
    return path


def words_of(command: str, log: Path, *words: str) -> list[str]:
    given = [command, "--policy", str(THREE), "--source", "servicenow_audit", "--zone", "UTC", *words]
    return [*given, "--input", str(log)] if command == "backtest" else [*given, str(log)]


def output_of(command: str, log: Path, *words: str) -> str:
    with started("monitor.cli", *words_of(command, log, *words)) as process:
        out, err = process.communicate(timeout=HANGING)
    assert process.returncode == 0, err
    return out


@pytest.fixture(scope="module")
def awkward(log: Path) -> Path:
    """The same log with one large ticket, rows far from those of their ticket, and rows that cannot be read."""
    lines = log.read_text(encoding="utf-8").splitlines()
    large = [f"LARGE,AWAITING parts,{n},1/3/2016 08:00,{1 + n % 28}/3/2016 {n % 24}:00,2 - High" for n in range(2500)]
    late = ["INC0,Resolved,9,1/1/2016 08:00,31/12/2016 23:00,1 - Critical", "NEW,odd,0,,never,", 'INC1,"New', "", "x,y"]
    lines = [lines[0], "AFTER,Odd,0,,never,", "INC2,ODD,0,1/1/2016 08:00,1/1/2016 08:00,", *lines[1:], *large, *late]
    path = log.with_name("awkward.csv")
    path.write_text("\n".join([*lines, "AFTER,oDD,1,1/1/2016 08:00,2/1/2016 08:00,"]), encoding="utf-8")
    return path


@pytest.mark.parametrize("form", ["json", "csv", "table"])
def test_a_backtest_prints_the_same_for_any_number_of_processes(awkward: Path, form: str) -> None:
    first, *others = (output_of("backtest", awkward, "--format", form, "--workers", number) for number in "1237")
    assert others == [first] * 3
    if form == "json":
        said = json.loads(first)
        assert said["rejected"] == {"bad_time": 2, "malformed": 3}
        assert (said["subjects"], said["until"]) == (TICKETS + 2, "2016-12-31T23:00:00Z")
        (odd,) = (one for one in said["policies"][0]["not_understood"] if one["word"] == "ODD")
        assert (odd["times"], odd["subject"]) == (2, "INC2")


def test_a_log_of_which_nothing_can_be_read_is_the_same_sentence(log: Path) -> None:
    path = log.with_name("empty.csv")
    path.write_text(log.read_text(encoding="utf-8").splitlines()[0] + "\nINC1,New\n" * 5000, encoding="utf-8")
    for number in "12":
        with started("monitor.cli", *words_of("backtest", path, "--workers", number)) as process:
            out, err = process.communicate(timeout=HANGING)
        assert (process.returncode, out) == (1, "")
        assert err == f"{path}: no event could be read (9999 malformed)\n"


def test_a_replay_writes_the_same_for_any_number_of_processes(log: Path, tmp_path: Path) -> None:
    found = []
    for number in "12":
        files = [tmp_path / f"{what}-{number}" for what in ("readings", "subjects")]
        given = [word for file in files for word in (f"--{file.name[:-2]}", str(file))]
        found.append([output_of("replay", log, "--json", "--workers", number, *given), *map(Path.read_bytes, files)])
    assert found[0] == found[1]
    assert found[0][2].count(b"\n") == TICKETS


@contextmanager
def stalled(log: Path, folder: Path) -> Iterator[tuple[subprocess.Popen[str], Any]]:
    """A replay that has begun to write into a pipe that nobody empties, and the pipe's other end."""
    pipe = folder / "readings"
    os.mkfifo(pipe)
    words = words_of("replay", log, "--readings", str(pipe), "--workers", "2")
    with started("monitor.cli", *words) as process, pipe.open("rb", buffering=0) as reader:
        assert reader.read(1) == b"{"
        yield process, reader


def children(process: subprocess.Popen[str]) -> list[int]:
    return list(map(int, Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()))


linux = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="asks /proc for the processes of a command")


@linux
def test_a_command_ends_cleanly_at_ctrl_c(log: Path, tmp_path: Path) -> None:
    with stalled(log, tmp_path) as (process, reader):
        assert len(children(process)) == 2
        os.killpg(process.pid, signal.SIGINT)
        while reader.read(65536):
            pass
        out, err = process.communicate(timeout=HANGING)
    assert process.returncode not in (0, None)
    assert "Traceback" not in err + out


@linux
def test_a_process_that_is_killed_is_a_sentence(log: Path, tmp_path: Path) -> None:
    with stalled(log, tmp_path) as (process, reader):
        os.kill(children(process)[0], signal.SIGKILL)
        while reader.read(65536):
            pass
        out, err = process.communicate(timeout=HANGING)
    assert (process.returncode, out) == (1, "")
    assert err == (
        "a process of this command ended by signal 9 before its work was done, so there is no whole result; where"
        " memory ran out, give fewer --workers\n"
    )


def test_a_reader_that_goes_away_leaves_no_process(log: Path, tmp_path: Path) -> None:
    with stalled(log, tmp_path) as (process, reader):
        reader.close()
        _, err = process.communicate(timeout=HANGING)
    assert process.returncode == 1
    assert re.fullmatch(r".*readings: cannot be written \(Broken pipe\).*\n", err)


def test_a_result_that_nobody_reads_is_no_traceback(log: Path) -> None:
    with started("monitor.cli", *words_of("backtest", log, "--workers", "2")) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        err = process.stderr.read()
        process.wait(HANGING)
    assert "Traceback" not in err


# -- progress ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("terminal", "drawn"), [("xterm", True), ("dumb", False)])
def test_progress_is_on_the_terminal_alone(terminal: str, drawn: bool) -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": terminal, "NO_COLOR": "1", "COLUMNS": "100"}
    words = [sys.executable, "-m", "tests.support.spread_sample", "beside_a_bar", "2"]
    with subprocess.Popen(
        words, cwd=ROOT, stdout=subprocess.PIPE, stderr=theirs, text=True, env=environment
    ) as process:
        os.close(theirs)
        seen = b""
        try:
            while more := os.read(ours, 65536):
                seen += more
        except OSError:  # what Linux says where the other end is closed
            pass
        finally:
            os.close(ours)
        assert process.stdout is not None
        out = process.stdout.read()
    assert process.returncode == 0
    assert int(out) in (1, 2), "the bar has no thread, so that processes can be forked beside it"
    assert (b"judging" in seen) == drawn
    assert not re.search(rb"\x1b\[[0-9;]*3[0-9]m", seen), "no colour was wanted"


# -- with a database ---------------------------------------------------------------------------------------------------

SHIPPED = ROOT / "monitor" / "shipped" / "demo.yml"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Ten tickets with 510 entries each, one of them open: five chunks."""
    found = Site(tmp_path_factory.mktemp("site"))
    words = ("opened", "accepted", "held", "accepted")
    events = [
        ticket(f"T{number}", at(number, entry), word, tier=("gold", "silver")[number % 2], reason="customer")
        for number in range(10)
        for entry in range(510)
        for word in [words[min(entry, 2 + entry % 2)] if number == 9 or entry < 509 else "restored"]
    ]
    found.hear(at(24), *events)
    return found


def of_two(site: Site, *words: str, code: int = 0) -> str:
    """What a command prints with one process and with two, but for the instant at which it was asked."""
    found = []
    for number in "12":
        with started("monitor.cli", *words, "--config", str(site.config), "--workers", number) as process:
            out, err = process.communicate(timeout=HANGING)
        assert process.returncode == code, err
        found.append(re.sub(r'"at": ?"[^"]*"', "", out))
    assert found[0] == found[1]
    return found[0]


def test_a_report_is_the_same_for_any_number_of_processes(site: Site) -> None:
    assert "2026-01,tickets,silver,none,restore,0,5," in of_two(site, "report", "--month", "2026-01", "--format", "csv")


def test_what_a_policy_would_change_is_the_same_for_any_number_of_processes(site: Site, tmp_path: Path) -> None:
    text = exchanged(
        SHIPPED.read_text(encoding="utf-8"), ('version: "1"', 'version: "2"'), ("2026-01-01", "2026-01-02"),
        ("gold}, budget: 4h", "gold}, budget: 3h"), count=1,
    )  # fmt: skip
    new = tmp_path / "new.yml"
    new.write_text(text, encoding="utf-8")
    said = of_two(site, "diff-policy", str(new), "--format", "json", "--since", "2026-01-01")
    assert '"subjects": 10' in said
    assert '"largest": [\n' in said


def test_what_an_upgrade_would_change_is_the_same_for_any_number_of_processes(site: Site) -> None:
    database = str(site.config.parent / "tierwatch.db")
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE readings SET counted = counted + 1000000 WHERE subject IN ('T1', 'T8')")
    connection.close()
    said = of_two(site, "diff-upgrade", "--json", code=1)
    *clocks, _ = said.splitlines()
    assert {json.loads(line)["subject"] for line in clocks} >= {"tickets/T1", "tickets/T8"}
