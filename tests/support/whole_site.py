"""The site with something on every page, at a fixed time: for the browser, and for the pictures in the documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

from exporters.web.app import Views, build_app
from exporters.web.customer_page import CustomerViews
from exporters.web.login import LoginActions
from exporters.web.serve import Server
from monitor.explain import Explanation, IntervalKind
from monitor.listing import ClockQuery, CustomerCircuits, CustomerMonth, ListedCircuit
from monitor.messages import DEFAULT
from monitor.model import CircuitState, Name, State, SubjectKey, SubjectKind
from monitor.snapshot import NearClock, Snapshot
from monitor.worktime import Bounds, Calendar
from tests.exporters.web.explained import explained
from tests.exporters.web.test_lists import Shown
from tests.exporters.web.test_lists import circuit as listed_circuit
from tests.support import snapshots, whole_lists
from tests.support.snapshots import AT

TICKET = "subjects/corp/TT202603020428"
CIRCUIT = "circuits/inventory/GZ-SZ-1148"

CUSTOMER = "Harbour Bank 港湾银行"
CUSTOMERS = f"customers/{quote(CUSTOMER)}"

_OUTAGES = ((310, 5), (204, 30), (121, 2), (60, 9), (12, 1))
"""Days ago, and hours."""


def circuit() -> Explanation:
    """A circuit with a year of outages, an unknown week, planned work, and a monthly promise."""
    whole = explained()
    states = [(AT - timedelta(days=340), CircuitState.AVAILABLE)]
    for days, hours in _OUTAGES:
        began = AT - timedelta(days=days)
        states += [(began, CircuitState.UNAVAILABLE), (began + timedelta(hours=hours), CircuitState.AVAILABLE)]
    states += [
        (AT - timedelta(days=170), CircuitState.UNKNOWN),
        (AT - timedelta(days=163), CircuitState.AVAILABLE),
        (AT - timedelta(days=90), CircuitState.DEGRADED),
        (AT - timedelta(days=84), CircuitState.AVAILABLE),
    ]
    restore = next(clock for clock in whole.clocks if clock.target.name == "restore")
    months = []
    for number, (minutes, state) in enumerate(((60, State.BREACHED), (0, State.MET), (540, State.BREACHED))):
        begin = AT - timedelta(days=12 + 30 * number)
        work = restore.intervals[0]._replace(
            start=begin + timedelta(days=3), end=begin + timedelta(days=4), kind=IntervalKind.EXCLUDED, stretches=()
        )
        months.append(
            replace(
                restore,
                title=Name("Availability", "可用率"),
                period=Bounds(1, begin, begin + timedelta(days=30)),
                counted=timedelta(minutes=minutes),
                budget=timedelta(minutes=43, seconds=12),
                calendar=Calendar("always", "1", "Asia/Shanghai", always=True),
                reading=replace(restore.reading, started_at=begin, state=state),
                intervals=[work],
            )
        )
    subject = replace(
        whole.subject, key=SubjectKey("inventory", "GZ-SZ-1148"), kind=SubjectKind.CIRCUIT,
        circuit_state=CircuitState.AVAILABLE, since=AT - timedelta(days=12),
    )  # fmt: skip
    return replace(whole, at=AT, subject=subject, states=sorted(states), clocks=months)


def _some(query: ClockQuery, clocks: Sequence[NearClock], limit: int) -> Sequence[NearClock]:
    """What is listed: of one customer a few, and of planned work nothing."""
    most = limit if not query.customer else 0 if SubjectKind.CHANGE in query.kinds else 8
    return clocks[:most]


def of_customer() -> CustomerViews:
    """A customer with circuits in each state, and promises kept and broken."""
    lines = (("GZ-SZ-1148", CircuitState.UNAVAILABLE), ("SH-HK-0042", CircuitState.DEGRADED),
             ("BJ-TJ-0007", CircuitState.AVAILABLE))  # fmt: skip
    circuits = [
        ListedCircuit(SubjectKey("inventory", name), state, AT - timedelta(hours=5), "gold", "AAA", CUSTOMER, "10G")
        for name, state in lines
    ]
    month = CustomerMonth(
        AT.replace(day=1, hour=0, minute=0, second=0) - timedelta(hours=8),
        {"restore": 14, "accept": 31},
        {"restore": 2},
    )
    return CustomerViews(lambda _: True, lambda *_: CustomerCircuits(circuits), lambda _: month)


class Whole:
    """The views; `snapshot` can be changed."""

    def __init__(self, language: str = DEFAULT, zone: str = "Asia/Shanghai") -> None:
        self.snapshot: Snapshot = snapshots.example()
        lists = Shown(
            records=whole_lists.RECORDS,
            told=whole_lists.TOLD,
            causes=whole_lists.CAUSES,
            week=whole_lists.week(),
            circuits=[
                replace(
                    listed_circuit(),
                    key=row.key,
                    state=row.state,
                    since=row.since,
                    tier=row.tier,
                    assurance=row.assurance,
                    customer=row.customer,
                    title=row.title,
                    url=row.url,
                )
                for row in self.snapshot.circuits_down
            ],
            words=whole_lists.WORDS,
        )
        nearest = tuple(replace(one, circuit="GZ-SZ-1148") for one in self.snapshot.nearest)
        self.views = Views(
            lambda: self.snapshot, lambda source, _: circuit() if source == "inventory" else explained(), lambda: AT,
            lambda: (True, "ready"), language=language, zone=zone, lists=lists.views(),
            clocks=lambda query, limit, after: (_some(query, nearest, limit), None),
            customers=of_customer(),
        )  # fmt: skip

    def with_logins(self) -> Views:
        """The views of a site where everybody reads and people can log in; each name and password belong together."""
        logins = LoginActions(by_password=lambda name, _password, _address: name, leave=lambda _: None, lasts=60)
        return replace(self.views, login=logins)


@contextmanager
def served(whole: Whole) -> Iterator[str]:
    """The site on loopback for as long as the block runs; gives its address."""
    server = Server(build_app(whole.views), "127.0.0.1", 0)
    server.start()
    try:
        yield server.url
    finally:
        server.stop()
