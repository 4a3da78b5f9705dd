"""In which ways a TMF621 list is asked for, so that nothing is missed and little is read twice; its options."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from monitor.collectors import tmf621
from monitor.collectors._tmf621_tickets import LastFields
from monitor.collectors._tmf621_ways import Place
from monitor.collectors.tmf621 import Config, build
from tests.support.collecting import NOW, poll
from tests.support.tmf621_reading import MINUTE, ONCE, T0, fill, read
from tests.support.tmf621_server import Tmf621Server, ticket


def asked(server: Tmf621Server) -> list[str]:
    """In which way each list request since the last call asked."""
    words = {"lastUpdate": "probe", "-lastUpdate": "sort"}
    ways = [
        "filter" if "lastUpdate.gt" in query else words.get(query.get("sort", ""), query.get("status", "scan"))
        for query in server.lists
    ]
    server.forget()
    return ways


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 20, 95])
@pytest.mark.parametrize("counting", [True, False, "page"])
def test_the_first_poll_reads_the_whole_list(server: Tmf621Server, count: int, counting: Any) -> None:
    fill(server, count)
    server.counting = counting
    polled = read(server)
    assert len(polled.subjects) == count
    assert (polled.rejects, polled.error) == ([], None)


def test_a_server_that_gives_smaller_pages_than_asked_for_is_read_whole(server: Tmf621Server) -> None:
    fill(server, 30)
    server.largest_page = 4
    assert len(read(server).subjects) == 30
    server.counting = False
    assert len(read(server).subjects) == 30


@pytest.mark.parametrize("address", ["{0}", "{0}/", "{0}/troubleTicket", "{0}/troubleTicket/"])
def test_the_address_is_the_base_or_the_collection(server: Tmf621Server, address: str) -> None:
    fill(server, 1)
    assert poll(build(Config(address.format(server.url), network=ONCE))).subjects == {"T000"}


def test_a_v4_server_is_read_as_well() -> None:
    with Tmf621Server("v4") as server:
        server.put(ticket("1", version="v4"))
        for version in ("auto", "v4"):
            events = read(server, version=version).of("1")
            assert [event.status for event in events] == ["acknowledged", None]
            assert (events[-1].fields["customer"], events[-1].fields["circuit"]) == ("Harbour Bank", "C1")


def test_later_polls_ask_for_what_has_changed(server: Tmf621Server) -> None:
    fill(server, 50)
    first = read(server)
    asked(server)
    server.put(ticket("T003", changes=[("acknowledged", T0, ""), ("closed", NOW - MINUTE, "")]))
    second = read(server, first.position, NOW + MINUTE)
    assert asked(server) == ["filter"]
    assert "closed" in [event.status for event in second.of("T003")]
    assert len(second.subjects) < 4


@pytest.mark.parametrize("filtering", ["refuse", "ignore", "nothing", "crash"])
def test_where_the_filter_does_not_work_the_order_is_used(server: Tmf621Server, filtering: Any) -> None:
    fill(server, 50)
    server.filtering = filtering
    first = read(server)
    server.put(ticket("T003", changes=[("acknowledged", T0, ""), ("closed", NOW - MINUTE, "")]))
    asked(server)
    second = read(server, first.position, NOW + MINUTE)
    assert asked(server) == ["filter", "probe", "sort"]
    assert (second.error, second.rejects) == (None, [])
    assert "closed" in [event.status for event in second.of("T003")]
    read(server, second.position, NOW + 2 * MINUTE)
    sure = filtering in ("refuse", "ignore")
    assert asked(server) == (["sort"] if sure else ["filter", "probe", "sort"])


@pytest.mark.parametrize("sorting", ["refuse", "ignore"])
def test_where_nothing_works_the_whole_list_is_read_each_time(server: Tmf621Server, sorting: Any) -> None:
    fill(server, 25)
    server.filtering, server.sorting = "refuse", sorting
    first = read(server, scan_statuses=("acknowledged", "inProgress"))
    server.put(ticket("T003", changes=[("acknowledged", T0, ""), ("closed", NOW - MINUTE, "")]))
    asked(server)
    second = read(server, first.position, NOW + MINUTE, scan_statuses=("acknowledged", "inProgress"))
    probed = ["probe"] if sorting == "refuse" else ["probe", "sort"]
    assert asked(server) == ["filter", *probed, *["scan"] * 5]
    assert "closed" in [event.status for event in second.of("T003")]
    third = read(server, second.position, NOW + 2 * MINUTE, scan_statuses=("acknowledged", "inProgress"))
    assert asked(server) == ["scan"] * 5  # three pages, the empty one behind them, and all at once
    assert len(third.subjects) == 25


def test_an_order_that_falls_only_by_chance_is_not_relied_on(server: Tmf621Server) -> None:
    fill(server, 40)
    server.tickets = dict(reversed(server.tickets.items()))  # the newest first, whatever one asks for
    server.filtering, server.sorting = "refuse", "ignore"
    first = read(server)
    server.put(ticket("T000", changes=[("acknowledged", T0, ""), ("closed", NOW - MINUTE, "")]))
    asked(server)
    second = read(server, first.position, NOW + MINUTE)
    assert asked(server)[:4] == ["filter", "probe", "sort", "scan"]
    assert "closed" in [event.status for event in second.of("T000")]


def test_a_list_whose_newest_ticket_was_deleted_is_read_whole_once(server: Tmf621Server) -> None:
    fill(server, 30)
    server.put(ticket("LAST", opened=T0 + timedelta(hours=5)))
    first = read(server)
    del server.tickets["LAST"]
    asked(server)
    second = read(server, first.position, NOW + MINUTE)
    assert asked(server)[:4] == ["filter", "probe", "sort", "scan"]
    read(server, second.position, NOW + 2 * MINUTE)
    assert asked(server) == ["filter"]


def test_a_better_way_is_tried_again_after_a_day(server: Tmf621Server) -> None:
    fill(server, 5)
    server.filtering = "refuse"
    options: dict[str, Any] = {"full_scan_every": timedelta(days=30)}
    position = read(server, **options).position
    position = read(server, position, NOW + MINUTE, **options).position
    asked(server)
    for hours, expected in ((23, ["sort"]), (25, ["filter", "probe", "sort"]), (26, ["sort"])):
        position = read(server, position, NOW + timedelta(hours=hours), **options).position
        assert asked(server) == expected
    server.filtering = "honour"
    for hours, expected in ((27, ["sort"]), (50, ["filter"]), (51, ["filter"])):
        position = read(server, position, NOW + timedelta(hours=hours), **options).position
        assert asked(server) == expected


def test_the_whole_list_is_read_again_now_and_then(server: Tmf621Server) -> None:
    fill(server, 25)
    first = read(server)
    server.tickets["T001"]["status"] = "closed"  # without a word in lastUpdate
    server.tickets["T001"]["statusChangeDate"] = "2026-01-01T20:00:00Z"
    second = read(server, first.position, NOW + timedelta(minutes=59))
    assert "T001" not in second.subjects
    asked(server)
    third = read(server, second.position, NOW + timedelta(minutes=60))
    assert asked(server) == ["scan"] * 5
    assert "closed" in [event.status for event in third.of("T001")]


def test_a_scan_of_some_statuses_does_not_pass_over_tickets_that_have_closed(server: Tmf621Server) -> None:
    options: dict[str, Any] = {"scan_statuses": ("acknowledged",)}
    fill(server, 5)
    position = read(server, **options).position
    closed, later = NOW + 30 * MINUTE, NOW + 40 * MINUTE
    server.time = NOW + timedelta(hours=1)
    server.put(ticket("T001", changes=[("acknowledged", T0, ""), ("closed", closed, "")]))
    server.put(ticket("T009", opened=later))
    asked(server)
    scan = read(server, position, NOW + timedelta(hours=1), **options)
    assert asked(server) == ["acknowledged"] * 3  # the page, the empty one behind it, and all at once
    assert "T001" not in scan.subjects
    after = read(server, scan.position, NOW + timedelta(hours=1) + MINUTE, **options)
    assert "T001" in after.subjects


def test_tickets_that_come_while_the_list_is_read_are_not_lost(server: Tmf621Server) -> None:
    """New ones, updated ones and closed ones, at every page: after one more poll everything has been seen."""
    for way in ("scan", "filter", "sort"):
        server.tickets.clear()
        server.filtering = "refuse" if way == "sort" else "honour"
        fill(server, 40)
        server.time, changed = NOW, 0
        position = None if way == "scan" else read(server).position
        for number in range(40) if way != "scan" else ():
            server.put(ticket(f"T{number:03}", opened=T0, updated=NOW + number * timedelta(seconds=1)))

        def change(query: Mapping[str, str]) -> None:
            nonlocal changed
            at = NOW + timedelta(seconds=60 + changed)
            server.tickets = {f"N{changed}": ticket(f"N{changed}", opened=at), **server.tickets}  # at the front
            server.put(ticket(f"T{changed * 7 % 40:03}", opened=T0, updated=at, tier=f"tier{changed}"))
            changed += 1

        server.before_page = change
        server.time = NOW + timedelta(seconds=60)
        first = read(server, position, NOW + 2 * MINUTE)
        server.before_page = lambda query: None
        server.time = NOW + 3 * MINUTE
        second = read(server, first.position, NOW + 3 * MINUTE)
        assert changed > 3
        seen = {(event.subject, event.fields.get("tier")) for event in (*first.events, *second.events) if event.fields}
        expected = {(name, said["troubleTicketCharacteristic"][0]["value"]) for name, said in server.tickets.items()}
        assert expected <= seen, way


def test_items_that_leave_the_list_do_not_hide_those_that_move_up(server: Tmf621Server) -> None:
    fill(server, 60)

    def close_some(query: Mapping[str, str]) -> None:
        still_open = [said for said in server.tickets.values() if said["status"] == "acknowledged"]
        for said in still_open[:3] if query["offset"] != "0" else ():
            said["status"] = "closed"

    server.before_page = close_some
    polled = read(server, scan_statuses=("acknowledged",))
    assert polled.error is None
    still_open = {name for name, said in server.tickets.items() if said["status"] == "acknowledged"}
    assert still_open <= polled.subjects


def test_the_watermark_stops_where_the_source_s_clock_stood_when_the_reading_began(server: Tmf621Server) -> None:
    fill(server, 3)
    server.put(ticket("T9", opened=T0, updated=NOW + 4 * MINUTE))
    server.time = NOW - timedelta(hours=1)
    position = read(server).position
    assert position["watermark"] == "2026-01-02T11:00:00Z"


def test_a_query_of_the_options_goes_with_every_request(server: Tmf621Server) -> None:
    fill(server, 15)
    first = read(server, query={"ticketType": "Incident"})
    read(server, first.position, NOW + MINUTE, query={"ticketType": "Incident"})
    assert {query["ticketType"] for query in server.lists} == {"Incident"}


def test_other_selectors_read_all_tickets_again(server: Tmf621Server) -> None:
    fill(server, 25, serviceClass="diamond")
    first = read(server)
    config: Config = TypeAdapter(Config).validate_python(
        {"url": server.url, "selectors": {"tier": "$.serviceClass", "severity": None}}
    )
    second = poll(build(config), first.position, NOW + MINUTE)
    assert {event.fields["tier"] for event in second.events if event.fields} == {"diamond"}
    latest = {event.subject: event.place for event in first.events}
    assert all(event.place > latest[event.subject] for event in second.events if event.fields)


def test_unchanged_tickets_give_no_new_event_ever(server: Tmf621Server) -> None:
    fill(server, 30)
    first = read(server)
    position = first.position
    for hours in range(3):
        again = read(server, position, NOW + timedelta(hours=hours))
        assert again.ids <= first.ids
        position = again.position


def test_the_position_does_not_grow_with_the_number_of_tickets(
    server: Tmf621Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(server, 300)
    polled = read(server, page_size=100)
    assert len(polled.position["seen"]) == 300
    server.put(*(ticket(f"B{number}") for number in range(5000)))
    polled = read(server, page_size=500)
    assert len(polled.position["seen"]) == 2000


def test_what_is_remembered_of_tickets_stays_small_while_a_long_list_is_read() -> None:
    place = Place("as", seen={str(number): LastFields("digest", NOW, 0) for number in range(10_000)})
    place.forget()
    assert len(place.seen) == 4000
    assert "9999" in place.seen
    again = Place.of(place.position, "as")
    assert list(again.seen)[-1] == "9999"
    assert len(again.seen) == 2000


def test_the_usual_selectors_can_be_replaced_and_taken_away() -> None:
    config: Config = TypeAdapter(Config).validate_python(
        {
            "url": "http://host/v5",
            "version": "v5",
            "selectors": {"tier": ["$.a", "$.b"], "team": None, "site": "$.place"},
        }
    )
    every = config.every_selector
    assert every["tier"].paths == ("$.a", "$.b")
    assert every["site"].paths == ("$.place",)
    assert "team" not in every
    assert set(tmf621.MAPPING.attributes) - {"team"} <= set(every)


@pytest.mark.parametrize(
    "wrong",
    [
        {"selectors": {"tier": "tier"}},
        {"selectors": {"tier": []}},
        {"feedback": "$.note[?"},
        {"query": {"offset": "3"}},
        {"page_size": 1},
        {"version": "v6"},
        {"overlap": "60"},
        {"zone": "Mars"},
        {"auth": {"token": "hunter2"}},
        {"network": {"atempts": 2}},
    ],
)
def test_a_wrong_option_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Config).validate_python({"url": "http://host/v5"} | wrong)
