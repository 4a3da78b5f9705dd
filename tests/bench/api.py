"""Measure the API at 100,000 open clocks: pages of clocks in several orders, explanations, and requests a second.

`make bench` prints a table, and after it the same as JSON. The program is built without its threads, on a SQLite file
in a temporary folder, and its API is served on loopback; whoever asks is a process of its own. Times are of the wall,
from the request to the whole answer; requests a second are by the processor time of the server alone.
"""

from __future__ import annotations

import argparse
import http.client
import json
import multiprocessing
import platform
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import sqlalchemy as sa
from starlette.applications import Starlette

from exporters.api import app as api_app
from exporters.api.rate import Rate
from exporters.web.app import API_PATH, Below
from exporters.web.serve import Server
from monitor.model import State, SubjectKind
from monitor.service.api_site import ApiSite
from monitor.store import statements
from monitor.store.aggregating import recount
from monitor.store.schema import readings, subjects
from tests.bench.growth import NONE, show
from tests.support.api_site import AsReader
from tests.support.listed_clocks import Listed
from tests.support.rounds import Peers, begin, built, line, written_down

CLOCKS, ASKED, ROWS, PORTION = 100_000, 300, 50, 10_000
STATES = (State.RUNNING, State.RUNNING, State.AT_RISK, State.BREACHED, State.PAUSED)
TIERS = ("diamond", "gold", "silver", "bronze", "standard")

LISTS = {
    "nearest deadlines": "/clocks",
    "one tier, nearest deadlines": "/clocks?tier=gold",
    "two states of two tiers": "/clocks?state=at_risk&state=breached&tier=diamond&tier=gold",
    "latest breaches of a tier": "/clocks?tier=gold&sort=breached_at&order=desc",
    "one customer's, the newest": "/clocks?customer=C7&sort=opened&order=desc",
    "five clocks of a rare tier": "/clocks?tier=rare",
    "a rare customer's": "/clocks?customer=rare",
    "by name, from the middle": "/clocks?sort=subject&prefix=T005",
}  # fmt: skip
SUBJECT, EXPLANATION = "ticket-1", "an explanation"


def clocks() -> list[Listed]:
    """The open clocks: every deadline is shared by a few, as those that are reckoned to a full minute are."""
    found = []
    for number in range(CLOCKS):
        state = STATES[number % 5]
        found.append(
            Listed(
                source="tickets", subject=f"T{number:07}",
                tier="rare" if number % 20_000 == 9 else TIERS[number % 7 % 5],
                state=state, opened=number % 50_000, kind=SubjectKind.TICKET,
                deadline=None if state is State.PAUSED else 60_000 + number * 7919 % 50_000,
                breached=number * 104_729 % 50_000 if state is State.BREACHED else None,
                customer="rare" if number % 20_000 == 11 else f"C{number % 1000}",
            )
        )  # fmt: skip
    return found


def ask(port: int, paths: Sequence[str], results: Any) -> None:
    """Ask each address once over one connection; give the milliseconds of each and the size of its answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    found = []
    for path in paths:
        began = time.perf_counter()
        connection.request("GET", f"{API_PATH}{path}", headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status} {body!r}")
        found.append((1000 * (time.perf_counter() - began), len(body)))
    results.put(found)


def asked(port: int, paths: Sequence[str]) -> tuple[list[float], float, float]:
    """The milliseconds of each request, the milliseconds of the server's processor for one, and bytes of the last."""
    results: Any = CONTEXT.Queue()
    client = CONTEXT.Process(target=ask, args=(port, ["/sources", *paths], results))
    client.start()
    began = time.process_time()
    found = results.get()
    taken = time.process_time() - began
    client.join()
    return [one for one, _ in found[1:]], 1000 * taken / len(found), float(found[-1][1])


CONTEXT = multiprocessing.get_context("spawn")


def measured(folder: Path, number: int) -> dict[str, dict[str, float]]:
    now = datetime.now(UTC)
    with built(folder, Peers()) as program:
        begin(program)
        written_down(folder, iter([line(1, now - timedelta(hours=3), "opened", tier="gold", customer="ACME")]))
        program.parts.sources._poll(program.config.sources[0])
        program.parts.engine.advance()
        database, rows = program.host.database, clocks()
        for first in range(0, CLOCKS, PORTION):
            portion = [replace(one) for one in rows[first : first + PORTION]]
            with database.write() as connection:
                statements.put(connection, subjects, [one.its_subject for one in portion])
                statements.put(connection, readings, [one.reading for one in portion])
        assert recount(database, lambda seconds: False)
        with mock.patch.object(api_app, "Rate", return_value=Rate(1e9, 10**9)):
            api = ApiSite(lambda: program.parts.publisher, database, program.host.now, program.parts.listed.sections)
            server = Server(AsReader(Starlette(routes=[Below(API_PATH, api)])), "127.0.0.1", 0)
            server.start()
            asked(server.port, [])  # the API is built at the first request
            try:
                return {name: of(server.port, path, number) for name, path in addresses().items()}
            finally:
                server.stop()


def addresses() -> dict[str, str]:
    return {**LISTS, "tiers": "/tiers", EXPLANATION: f"/subjects/tickets/{SUBJECT}"}


def of(port: int, path: str, number: int) -> dict[str, float]:
    times, processor, size = asked(port, [path] * number)
    times.sort()
    return {
        "p50_ms": statistics.median(times), "p95_ms": times[int(0.95 * len(times))], "processor_ms": processor,
        "requests_a_second": 1000 / processor, "bytes": size,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--asked", type=int, default=ASKED, help="how often each address is asked")
    parser.add_argument("--markdown", action="store_true", help="the table as Markdown")
    given = parser.parse_args()
    number = given.asked
    with tempfile.TemporaryDirectory() as folder:
        found = measured(Path(folder), number)
    table = [["what", "median ms", "95 of 100, ms", "goal", "processor ms", "a second on one core", "goal", "bytes"]]
    for name, one in found.items():
        page, explained = name in LISTS, name == EXPLANATION
        table.append([
            name, f"{one['p50_ms']:.1f}", f"{one['p95_ms']:.1f}", "30" if page else "50" if explained else NONE,
            f"{one['processor_ms']:.2f}", f"{one['requests_a_second']:.0f}", "200" if page else NONE,
            f"{one['bytes']:.0f}",
        ])  # fmt: skip
    show(f"The API at {CLOCKS:,} open clocks, pages of {ROWS} rows, each asked {number} times", table, given.markdown)
    print(f"Python {platform.python_version()}, {platform.machine()}, SQLite {_sqlite()}")
    print(json.dumps(found))


def _sqlite() -> str:
    with sa.create_engine("sqlite://").connect() as connection:
        return str(connection.exec_driver_sql("SELECT sqlite_version()").scalar())


if __name__ == "__main__":
    main()
