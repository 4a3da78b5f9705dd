"""The guard around the tests of the pure rooms catches what it is there for, and nothing else."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support import purity
from tests.support.inner_run import run
from tests.support.purity import Impure, guarded

IMPURE = {
    "datetime.now(UTC)": "datetime.now",
    "datetime.now(tz=UTC)": "datetime.now",
    "datetime.utcnow()": "datetime.utcnow",
    "datetime.today()": "date.today",
    "date.today()": "date.today",
    "time.time()": "time.time",
    "time.monotonic()": "time.monotonic",
    "time.perf_counter_ns()": "time.perf_counter_ns",
    "time.gmtime()": "time.gmtime",
    "time.sleep(0)": "time.sleep",
    "open('/dev/null')": "open",
    "Path('/dev/null').read_bytes()": "open",
    "list(Path('/').iterdir())": "os.listdir",
    "socket.socket()": "socket.__new__",
    "socket.getaddrinfo('localhost', 80)": "socket.getaddrinfo",
    "subprocess.run(['true'])": "subprocess.Popen",
    "sqlite3.connect(':memory:')": "sqlite3.connect",
    "email.utils.localtime()": "datetime.now",
}
"""What a pure room may not do, and what it is caught at."""


def doing(text: str, room: str) -> Callable[[], Any]:
    """A function of a module in that room."""
    imports = "import email.utils, socket, sqlite3, subprocess, time\nfrom datetime import UTC, date, datetime\n"
    module: dict[str, Any] = {"__name__": f"{room}.sample"}
    exec(f"{imports}from pathlib import Path\ndef do():\n    return {text}\n", module)
    do: Callable[[], Any] = module["do"]
    return do


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("text", IMPURE)
def test_a_pure_room_is_caught(text: str) -> None:
    with guarded() as guard, pytest.raises(Impure, match=r"monitor\.clock\.sample:5"):
        doing(text, "monitor.clock")()
    assert IMPURE[text] in guard.caught[0]


@pytest.mark.parametrize("room", purity.ROOMS)
def test_every_pure_room_is_guarded(room: str) -> None:
    with guarded(), pytest.raises(Impure):
        doing("datetime.now(UTC)", room)()


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("room", ["monitor.store", "alerts.oncall", "monitor.clockwork", "tests.monitor.clock", "yaml"])
def test_others_may(room: str) -> None:
    with guarded() as guard:
        for text in ("datetime.now(UTC)", "date.today()", "time.time()", "open('/dev/null').close()"):
            assert doing(text, room)() != 0
    assert guard.caught == []


def test_what_a_pure_room_calls_back_is_no_doing_of_its_own() -> None:
    with guarded():
        module: dict[str, Any] = {"__name__": "monitor.clock.sample"}
        exec("def call(back):\n    return back()", module)
        assert module["call"](lambda: datetime.now(UTC)) is not None
        with pytest.raises(Impure):
            module["call"](datetime.utcnow)


def test_a_library_does_not_hide_a_pure_room() -> None:
    library: dict[str, Any] = {"__name__": "yaml", "datetime": datetime, "UTC": UTC}
    exec("def now():\n    return datetime.now(UTC)", library)
    module: dict[str, Any] = {"__name__": "alerts.decide.sample", "now": library["now"]}
    exec("def ask():\n    return now()", module)
    with guarded(), pytest.raises(Impure, match=r"alerts\.decide\.sample"):
        module["ask"]()


def test_afterwards_all_is_as_before() -> None:
    before = (vars(datetime)["now"], vars(date)["today"], time.time, time.gmtime)
    with guarded():
        assert vars(datetime)["now"] is not before[0]
    assert (vars(datetime)["now"], vars(date)["today"], time.time, time.gmtime) == before
    assert doing("datetime.now(UTC)", "monitor.clock")() <= datetime.now(UTC)


def test_the_zones_of_python_may_be_read() -> None:
    module: dict[str, Any] = {"__name__": "monitor.worktime.sample"}
    exec("from zoneinfo import ZoneInfo\ndef zone():\n    return ZoneInfo.no_cache('Asia/Shanghai')", module)
    with guarded():
        assert str(module["zone"]()) == "Asia/Shanghai"


def test_the_tests_of_every_pure_room_are_found() -> None:
    found = {path.relative_to(purity.TESTS).as_posix() for path in purity.folders()}
    assert found == {
        "monitor/access", "monitor/aggregates", "monitor/alert", "monitor/availability", "monitor/clock",
        "monitor/explain", "monitor/history", "monitor/machine", "monitor/memory", "monitor/messages",
        "monitor/notices", "monitor/policy",
        "monitor/test_snapshot.py", "monitor/text", "monitor/worktime", "alerts/decide", "alerts/wording", "properties",
    }  # fmt: skip
    assert purity.is_of_a_pure_room(purity.TESTS / "monitor" / "clock" / "test_engine.py")
    assert purity.is_of_a_pure_room(purity.TESTS / "monitor" / "test_snapshot.py")
    assert not purity.is_of_a_pure_room(purity.TESTS / "monitor" / "store" / "test_store.py")


def test_the_quick_tests_are_those_of_the_pure_rooms() -> None:
    makefile = (purity.TESTS.parent / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    (quick,) = re.findall(r"^QUICK = (.*)$", makefile, re.MULTILINE)
    pure = {f"tests/{path.relative_to(purity.TESTS).as_posix()}" for path in purity.folders()}
    assert sorted(quick.split()) == sorted(pure - {"tests/properties"})


def test_a_test_fails_even_where_what_was_caught_is_swallowed(tmp_path: Path) -> None:
    """Here the guard has been told that this folder has the tests of a pure room."""
    (tmp_path / "conftest.py").write_text(
        "from pathlib import Path\nfrom tests.support import purity\n"
        "purity._FOLDERS = frozenset({Path(__file__).parent})\n"
    )
    test = """
MODULE = {"__name__": "monitor.clock.sample"}
exec("import time\\ndef do():\\n try:\\n  time.time()\\n except Exception:\\n  pass", MODULE)

def test_it():
    MODULE["do"]()

def test_another():
    pass
"""
    said = run(tmp_path, test)
    assert "1 failed, 1 passed" in said.stdout
    assert "monitor.clock.sample:4: time.time" in said.stdout
