import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from monitor.collectors.circuit_http import MAPPING, RAW_STATUS, Config, build
from monitor.history.events import Event
from monitor.history.mapping import interpret
from monitor.model import CircuitState, SubjectKind
from monitor.net.credentials import Auth, Secret
from tests.support.collecting import NOW, Polled, poll
from tests.support.loopback import Loopback, Reply, as_json

STEP = timedelta(seconds=10)


@dataclass(slots=True)
class Endpoint:
    """A status endpoint whose answer tests change, and the polls of it so far."""

    url: str = ""
    reply: Reply | None = None
    circuits: list[Any] = field(default_factory=list)
    polls: int = 0
    position: Mapping[str, Any] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    def poll(self, times: int = 1, **options: Any) -> Polled:
        """Poll so many times, ten seconds apart; the last poll is given back."""
        polled = Polled()
        for _ in range(times):
            polled = poll(build(Config(f"{self.url}/status?key=k", **options)), self.position, NOW + self.polls * STEP)
            self.position, self.polls = polled.position, self.polls + 1
            self.events.extend(polled.events)
        return polled

    def changes(self, circuit: str = "C1") -> list[tuple[str | None, int]]:
        """The state changes of a circuit: the word, and the number of the poll that it is dated by."""
        return [
            (event.status, round((event.at - NOW) / STEP))
            for event in self.events
            if event.subject == circuit and event.status is not None
        ]


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    made = Endpoint()
    with Loopback(lambda request: made.reply or as_json({"circuits": made.circuits})) as server:
        made.url = server.url
        yield made


def circuit(name: str = "C1", status: str = "up", **more: Any) -> dict[str, Any]:
    return {"id": name, "status": status, "assurance": "AAA", "name": f"Line {name}", **more}


def test_a_circuit_is_known_at_once_and_available_after_a_run(endpoint: Endpoint) -> None:
    endpoint.circuits = [circuit(customer="Harbour Bank", tier="gold")]
    first = endpoint.poll()
    assert [(event.kind, event.subject, event.status) for event in first.events] == [(SubjectKind.CIRCUIT, "C1", None)]
    assert first.events[0].fields == {
        "name": "Line C1",
        "assurance": "AAA",
        "customer": "Harbour Bank",
        "tier": "gold",
    }
    second = endpoint.poll()
    assert [(event.status, event.at, event.fields) for event in second.events] == [
        ("available", NOW, {RAW_STATUS: "up"})
    ]
    assert endpoint.poll(5).events == []


def test_down_needs_a_run_and_is_dated_by_its_first_answer(endpoint: Endpoint) -> None:
    endpoint.circuits = [circuit()]
    endpoint.poll(2)
    endpoint.circuits = [circuit(status="down")]
    assert endpoint.poll(2).events == []
    endpoint.poll()
    endpoint.circuits = [circuit()]
    endpoint.poll(2)
    assert endpoint.changes() == [("available", 0), ("unavailable", 2), ("available", 5)]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(500),
        Reply(503, headers={"Retry-After": "60"}),
        Reply(401),
        Reply(200, b"<html>"),
        Reply(200, b'{"circuits": [', {"Content-Type": "application/json"}),
        Reply(200, b"x" * 100, cut=10),
        as_json({"circuits": []}),
        as_json({"error": "none"}),
        as_json(7),
    ],
)
def test_a_silent_endpoint_makes_circuits_unknown_and_never_down(endpoint: Endpoint, reply: Reply) -> None:
    endpoint.circuits = [circuit("C1"), circuit("C2", "down")]
    endpoint.poll(3)
    endpoint.reply = reply
    for _ in range(3):
        assert endpoint.poll().error is not None
    assert endpoint.changes("C1") == [("available", 0), ("unknown", 3)]
    assert endpoint.changes("C2") == [("unavailable", 0), ("unknown", 3)]
    endpoint.reply = None
    endpoint.poll(3)
    assert endpoint.changes("C1")[2:] == [("available", 6)]
    assert endpoint.changes("C2")[2:] == [("unavailable", 6)]


def test_an_error_says_where_and_keeps_secret_and_query(endpoint: Endpoint) -> None:
    endpoint.reply = Reply(401)
    error = endpoint.poll(auth=Auth(token=Secret("s3cr3t", "$NMS_TOKEN"))).error
    assert error is not None
    assert str(error).startswith(f"collector circuit_http/corp: {endpoint.url}/status: 401")
    assert "s3cr3t" not in str(error)
    assert "key=k" not in str(error)


def test_a_circuit_that_is_missing_from_the_answer_is_silent(endpoint: Endpoint) -> None:
    endpoint.circuits = [circuit("C1"), circuit("C2")]
    endpoint.poll(2)
    endpoint.circuits = [circuit("C2")]
    endpoint.poll(4)
    assert endpoint.changes("C1") == [("available", 0), ("unknown", 2)]
    assert endpoint.changes("C2") == [("available", 0)]


def test_a_word_that_nobody_knows_is_silence_and_is_told_once(endpoint: Endpoint) -> None:
    endpoint.circuits = [circuit()]
    endpoint.poll(2)
    endpoint.circuits = [circuit(status="marginal")]
    rejects = [reject for _ in range(5) for reject in endpoint.poll().rejects]
    assert endpoint.changes() == [("available", 0), ("unknown", 2)]
    assert [(reject.reason, reject.detail) for reject in rejects] == [
        ("unknown_word", "C1 has the status 'marginal'; add it to the option words")
    ]
    endpoint.poll(3, words={"Marginal": CircuitState.DEGRADED})
    assert endpoint.changes()[-1] == ("degraded", 7)


def test_words_do_not_care_about_case(endpoint: Endpoint) -> None:
    endpoint.circuits = [circuit(status="UP")]
    endpoint.poll(2)
    assert endpoint.changes() == [("available", 0)]


def test_an_item_that_cannot_be_read_is_set_aside_and_the_rest_goes_on(endpoint: Endpoint) -> None:
    endpoint.circuits = ["C0", {"status": "up"}, {"id": "C9"}, circuit("C1"), circuit("C1", "down"), None]
    polled = endpoint.poll(2)
    assert polled.reasons == ["malformed", "malformed", "malformed", "listed_twice", "malformed"]
    assert endpoint.changes("C1") == [("available", 0)]


def test_a_change_of_fields_is_an_event_of_its_own(endpoint: Endpoint) -> None:
    endpoint.circuits = [circuit(assurance="A")]
    endpoint.poll(3)
    endpoint.circuits = [circuit(assurance="AAA")]
    changed = endpoint.poll()
    assert [(event.status, event.fields["assurance"], event.at) for event in changed.events] == [
        (None, "AAA", NOW + 3 * STEP)
    ]
    assert endpoint.poll().events == []


def test_the_shape_of_the_answer_is_configured(endpoint: Endpoint) -> None:
    endpoint.reply = as_json({"data": {"links": [{"key": 7, "health": {"word": "OK"}, "sla": {"class": "AA"}}]}})
    config: Config = TypeAdapter(Config).validate_python(
        {
            "url": endpoint.url,
            "items": "$.data.links[*]",
            "id": "$.key",
            "status": "$.health.word",
            "words": {"ok": "available"},
            "fields": {"assurance": "$.sla.class"},
            "up_after": 1,
        }
    )
    polled = poll(build(config))
    assert {event.subject for event in polled.events} == {"7"}
    assert [event.status for event in polled.events] == [None, "available"]
    assert polled.events[0].fields == {"assurance": "AA"}


def test_the_source_s_own_time_dates_a_change(endpoint: Endpoint) -> None:
    options: dict[str, Any] = {"time": TypeAdapter(Config).validate_python({"url": "http://x", "time": "$.at"}).time}
    endpoint.circuits = [circuit(at="2026-01-02T11:58:00Z")]
    endpoint.poll(2, **options)
    assert endpoint.events[-1].at == datetime(2026, 1, 2, 11, 58, tzinfo=UTC)
    for said, reason in ((None, "bad_time"), ("soon", "bad_time"), ("2026-01-02T11:59:00", "time_without_zone")):
        endpoint.circuits = [circuit(at=said, status="down")]
        assert endpoint.poll(**options).reasons == [reason]
    endpoint.circuits = [circuit(at=(NOW + timedelta(hours=1)).isoformat(), status="down")]
    assert endpoint.poll(**options).reasons == ["future"]
    assert endpoint.events[-1].status == "unknown"


def test_polling_twice_from_one_position_gives_the_same_events(endpoint: Endpoint) -> None:
    endpoint.circuits = [circuit()]
    endpoint.poll(1)
    collector, now = build(Config(endpoint.url)), NOW + STEP
    assert poll(collector, endpoint.position, now).events == poll(collector, endpoint.position, now).events


def test_two_thousand_settled_circuits_keep_a_small_position(endpoint: Endpoint) -> None:
    endpoint.circuits = [circuit(f"C{number:05}") for number in range(2000)]
    endpoint.poll(2)
    assert len(json.dumps(endpoint.position, separators=(",", ":"))) < 2000 * 40


def test_the_events_give_the_core_state_onset_and_attributes(endpoint: Endpoint) -> None:
    endpoint.circuits = [circuit(tier="gold")]
    endpoint.poll(2)
    endpoint.circuits = [circuit(tier="gold", status="down")]
    endpoint.poll(3)
    history = interpret(endpoint.events, MAPPING, {})
    assert (history.circuit_state, history.doubts) == ((CircuitState.UNAVAILABLE, NOW + 2 * STEP), ())
    ladders = {"tier": frozenset({"gold"}), "assurance": frozenset({"AAA"})}
    fields = [event for event in endpoint.events if event.status is None]
    assert interpret(fields, MAPPING, ladders).attributes == {"tier": "gold", "assurance": "AAA", "title": "Line C1"}


@pytest.mark.parametrize(
    "wrong",
    [{"url": "ftp://x"}, {"url": "http://user:pw@host/"}, {"down_after": 0}, {"items": "circuits"}, {"zone": "Mars"}],
)
def test_a_wrong_option_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Config).validate_python({"url": "http://host/"} | wrong)
