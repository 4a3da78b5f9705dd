"""A date that a ticket system states as agreed becomes the deadline of that ticket, to the very instant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Literal

import pytest

from monitor.clock.engine import Rulebook, advance
from monitor.clock.reading import Reading
from monitor.collectors.tmf621 import MAPPING
from monitor.config import build_rulebook, policy_file, yaml_file
from monitor.history.events import Event
from tests.support.tmf621_reading import T0, read
from tests.support.tmf621_server import Tmf621Server, ticket

POLICY = """
policy: agreed
version: "1"
effective_from: 2025-01-01
name: {en: Agreed}
ladders: {tier: [{id: gold, en: Gold}]}
calendars:
  office: {zone: Asia/Shanghai, hours: {mon-fri: [09:00-18:00]}}
targets:
  on_site:
    name: {en: At the agreed time}
    start: [opened, accepted]
    stop: [restored, closed]
    calendar: office
    budgets:
      - {budget: until agreed, source: test}
      - {budget: 4h, source: test}
"""
AGREED = datetime(2026, 1, 3, 21, 30, 15, 250_000, tzinfo=UTC)
"""On a Saturday, at night: no calendar counts then."""

TICK = timedelta(microseconds=1)


@pytest.fixture(params=["v4", "v5"])
def server(request: pytest.FixtureRequest) -> Iterator[Tmf621Server]:
    version: Literal["v4", "v5"] = request.param
    with Tmf621Server(version) as found:
        yield found


@pytest.fixture(scope="module")
def rules() -> Rulebook:
    policy = policy_file.build(yaml_file.parse(POLICY, "agreed.yml"))
    return build_rulebook.rulebook(policy, {"corp": MAPPING})


def put(server: Tmf621Server, updated: datetime, **more: str) -> None:
    server.put(ticket("INC1", version=server.version, opened=T0, updated=updated, **more))


def clock(events: Sequence[Event], rules: Rulebook, now: datetime) -> Reading:
    (reading,) = advance(events, (), rules, now).readings
    return reading


@pytest.mark.parametrize(
    "written",
    [
        AGREED.isoformat(),
        AGREED.isoformat().replace("+00:00", "Z"),
        AGREED.astimezone(timezone(timedelta(hours=8))).isoformat(),
    ],
)
def test_what_the_source_states_as_agreed_is_the_deadline_to_the_instant(
    server: Tmf621Server, rules: Rulebook, written: str
) -> None:
    put(server, T0, requestedResolutionDate=written)
    events = read(server).events
    reading = clock(events, rules, AGREED)
    assert (reading.deadline, reading.breached_at, reading.target.figure) == (AGREED, None, "test")
    late = clock(events, rules, AGREED + TICK)
    assert late.breached_at == AGREED


def test_another_date_moves_the_deadline_and_a_date_that_is_taken_back_gives_the_next_row(
    server: Tmf621Server, rules: Rulebook
) -> None:
    put(server, T0)
    first = read(server)
    without = clock(first.events, rules, T0).deadline
    assert without is not None
    assert without < AGREED
    put(server, T0 + timedelta(minutes=10), requestedResolutionDate=AGREED.isoformat())
    second = read(server, first.position)
    later = AGREED + timedelta(days=2)
    put(server, T0 + timedelta(minutes=20), requestedResolutionDate=later.isoformat())
    third = read(server, second.position)
    put(server, T0 + timedelta(minutes=30))
    fourth = read(server, third.position)
    events = [*first.events, *second.events]
    now = T0 + timedelta(hours=1)
    assert clock(events, rules, now).deadline == AGREED
    events += third.events
    assert clock(events, rules, now).deadline == later
    events += fourth.events
    assert clock(events, rules, now).deadline == without


def test_the_date_that_the_operator_expects_is_no_agreement(server: Tmf621Server, rules: Rulebook) -> None:
    put(server, T0, expectedResolutionDate=AGREED.isoformat())
    reading = clock(read(server).events, rules, T0)
    assert reading.deadline != AGREED


@pytest.mark.parametrize("word", ["soon", "", "2026-13-45T00:00:00Z"])
def test_a_date_that_cannot_be_read_is_no_agreement_and_loses_no_ticket(
    server: Tmf621Server, rules: Rulebook, word: str
) -> None:
    put(server, T0, requestedResolutionDate=word)
    found = read(server)
    reading = clock(found.events, rules, T0)
    assert reading.deadline is not None
    assert reading.deadline.tzinfo is not None
