from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from monitor.collectors._tmf621_gone import MOST_ASKED
from monitor.collectors.tmf621 import MAPPING, Config, build
from monitor.history.events import Event
from monitor.history.mapping import interpret
from monitor.history.retirement import retirement
from monitor.model import RetiredBy
from monitor.net.network import Network
from tests.support.collecting import NOW, Polled, poll
from tests.support.tmf621_server import Tmf621Server, ticket

STEP = timedelta(minutes=1)


@dataclass(slots=True)
class Desk:
    """A ticket server and the polls of it; every poll reads the whole list but where it says otherwise."""

    server: Tmf621Server
    polls: int = 0
    position: Mapping[str, Any] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def poll(self, times: int = 1, **options: Any) -> Polled:
        polled = Polled()
        scan = options.pop("full_scan_every", timedelta(0))
        config = Config(self.server.url, full_scan_every=scan, network=Network(attempts=1), **options)
        for _ in range(times):
            now = NOW + self.polls * STEP
            polled = poll(build(config), self.position, now, open_subjects=self.open)
            self.position, self.polls = polled.position or self.position, self.polls + 1
            self.events.extend(polled.events)
        return polled


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Tmf621Server() as server:
        server.put(*(ticket(f"T{number}") for number in range(4)))
        made = Desk(server, open=[f"T{number}" for number in range(4)])
        made.poll()
        yield made


def test_a_ticket_that_the_server_does_not_know_any_more_is_retired_at_the_second_poll(desk: Desk) -> None:
    del desk.server.tickets["T1"]
    assert desk.poll().retired == {}
    last = desk.poll()
    assert last.retired == {"T1": NOW + STEP}
    (event,) = (event for event in last.events if event.correction is not None)
    assert event.correction is not None
    assert event.correction.by is RetiredBy.TICKET_SYSTEM
    assert desk.poll(3).retired == {}
    assert desk.server.asked.count("T1") == 2


def test_410_says_it_as_well(desk: Desk) -> None:
    desk.server.hidden.add("T1")
    desk.server.by_id["T1"] = 410
    assert desk.poll(2).retired == {"T1": NOW + STEP}


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_any_other_answer_says_nothing(desk: Desk, status: int) -> None:
    desk.server.hidden.add("T1")
    desk.server.by_id["T1"] = status
    desk.poll(4)
    assert not any(event.correction for event in desk.events)
    assert desk.poll().error is None, "and the poll counts"


def test_a_server_that_says_404_to_every_id_retires_nothing(desk: Desk) -> None:
    del desk.server.tickets["T1"]
    desk.server.by_id["*"] = 404
    desk.poll(5)
    assert not any(event.correction for event in desk.events)
    assert "T1" not in desk.server.asked, "it is not even asked for the one that is missing"


def test_an_empty_list_retires_nothing(desk: Desk) -> None:
    desk.server.tickets.clear()
    desk.poll(5)
    assert not any(event.correction for event in desk.events)


def test_what_is_hidden_from_the_list_and_there_is_read_by_its_id(desk: Desk) -> None:
    desk.server.hidden.add("T1")
    desk.server.put(ticket("T1", changes=[("resolved", NOW, "")]))
    last = desk.poll()
    assert last.retired == {}
    assert "resolved" in {event.status for event in last.events if event.subject == "T1"}


def test_there_once_between_it_begins_anew(desk: Desk) -> None:
    desk.server.hidden.add("T1")
    for status in (404, 200, 404):
        desk.server.by_id["T1"] = status
        assert desk.poll().retired == {}


def test_few_are_asked_for_at_one_poll_and_all_in_the_end(desk: Desk) -> None:
    many = [f"X{number:02}" for number in range(3 * MOST_ASKED)]
    desk.server.put(*(ticket(name) for name in many))
    desk.open += many
    desk.poll()
    for name in many:
        del desk.server.tickets[name]
    gone = set[str]()
    for _ in range(7):
        desk.server.asked.clear()
        gone |= set(desk.poll().retired)
        assert len(desk.server.asked) <= MOST_ASKED + 1
    assert gone == set(many)


def test_polls_that_read_what_changed_ask_again_too(desk: Desk) -> None:
    del desk.server.tickets["T1"]
    desk.poll()
    assert desk.poll(full_scan_every=timedelta(days=1)).retired == {"T1": NOW + STEP}


def test_a_ticket_that_is_listed_again_lives_again_although_its_status_is_old(desk: Desk) -> None:
    said = desk.server.tickets.pop("T1")
    desk.poll(2)
    mine = [event for event in desk.events if event.subject == "T1"]
    assert retirement(interpret(mine, MAPPING, {})) is not None
    desk.server.put(said)
    again = desk.poll()
    assert retirement(interpret([*mine, *again.of("T1")], MAPPING, {})) is None
    assert desk.poll().retired == {}


def test_a_crash_between_a_poll_and_the_store_loses_nothing_and_doubles_nothing(desk: Desk) -> None:
    del desk.server.tickets["T1"]
    desk.poll()
    before = desk.position
    assert desk.poll().retired == {"T1": NOW + STEP}
    desk.position = before  # nothing of it was stored
    assert desk.poll().retired == {"T1": NOW + STEP}
