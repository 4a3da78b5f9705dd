from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from monitor.collectors.circuit_http import MAPPING
from monitor.history.events import Correction
from monitor.history.mapping import History, interpret
from monitor.history.retirement import correction_event, retirement
from monitor.model import CorrectionKind, RetiredBy
from tests.monitor.collectors.test_circuit_http import STEP, Endpoint, circuit, endpoint
from tests.support.collecting import NOW, poll
from tests.support.loopback import Reply, as_json

__all__ = ["endpoint"]


def retired(endpoint: Endpoint) -> dict[str, int]:
    """Who is retired by all polls so far, and the number of the poll that dates it."""
    made = [(event.subject, event.correction) for event in endpoint.events if event.correction is not None]
    return {name: round((said.start - NOW) / STEP) for name, said in made if said.start is not None}


def known(endpoint: Endpoint, **options: Any) -> None:
    endpoint.circuits = [circuit(f"C{number}") for number in range(1, 5)]
    endpoint.poll(3, **options)


def test_absent_twice_from_an_inventory_it_is_retired_since_the_first(endpoint: Endpoint) -> None:
    known(endpoint, inventory=True)
    del endpoint.circuits[0]
    assert endpoint.poll(inventory=True).retired == {}
    last = endpoint.poll(inventory=True)
    assert last.retired == {"C1": NOW + 3 * STEP}
    (event,) = (event for event in last.events if event.correction is not None)
    assert event.correction is not None
    assert (event.correction.by, event.correction.author) == (RetiredBy.INVENTORY, "corp")
    endpoint.poll(5, inventory=True)
    assert retired(endpoint) == {"C1": 3}, "said once"
    assert [word for word, _ in endpoint.changes("C1")] == ["available"], "and it never was unknown"
    assert interpret([e for e in endpoint.events if e.subject == "C1"], MAPPING, {}).circuit_state[0] == "retired"


def test_without_the_declaration_absence_is_silence(endpoint: Endpoint) -> None:
    known(endpoint)
    del endpoint.circuits[0]
    endpoint.poll(9)
    assert retired(endpoint) == {}
    assert [word for word, _ in endpoint.changes("C1")] == ["available", "unknown"]


@pytest.mark.parametrize(
    "doubt",
    [
        Reply(500),
        Reply(200, b'{"circuits": [{"id": "C2", "status": "up"}'),
        as_json({"circuits": []}),
        as_json({"circuits": [circuit("C2"), {"status": "up"}]}),
        as_json({"circuits": [circuit("C2"), "C3"]}),
        as_json({"circuits": [circuit("C2")]}, Link='<http://h/?page=2>; rel="next"'),
        as_json({"circuits": [circuit("C2")]}, X_Total_Count="2"),
        as_json({"circuits": [circuit("C2")]}, 206),
    ],
)
def test_a_list_that_is_not_proven_whole_retires_nobody(endpoint: Endpoint, doubt: Reply) -> None:
    known(endpoint, inventory=True)
    endpoint.reply = doubt
    endpoint.poll(6, inventory=True)
    assert retired(endpoint) == {}
    endpoint.reply, endpoint.circuits = None, endpoint.circuits[1:]
    endpoint.poll(inventory=True)
    assert retired(endpoint) == {}, "what proves nothing does not count as the first time either"
    endpoint.reply = doubt
    endpoint.poll(inventory=True)
    endpoint.reply = None
    endpoint.poll(inventory=True)
    assert retired(endpoint) == {"C1": 9}, "nor does it begin the count anew"


def test_a_circuit_that_cannot_be_read_is_listed_all_the_same(endpoint: Endpoint) -> None:
    known(endpoint, inventory=True)
    endpoint.circuits[0] = {"id": "C1"}
    endpoint.poll(5, inventory=True)
    assert retired(endpoint) == {}


def test_a_circuit_that_is_listed_again_has_another_life_dated_after_its_end(endpoint: Endpoint) -> None:
    known(endpoint, inventory=True)
    first = endpoint.circuits.pop(0)
    endpoint.poll(3, inventory=True)
    old = (NOW - timedelta(days=9)).isoformat()
    endpoint.circuits.append({**first, "at": old})
    endpoint.poll(3, inventory=True)
    history = interpret([event for event in endpoint.events if event.subject == "C1"], MAPPING, {})
    assert [str(fact.phase) for fact in history.facts if fact.phase] == ["available", "retired", "available"]
    assert history.circuit_state[0] == "available"


def test_a_retirement_that_is_taken_back_leaves_the_state_unknown_until_the_circuit_is_listed_again(
    endpoint: Endpoint,
) -> None:
    known(endpoint, inventory=True)
    first = endpoint.circuits.pop(0)
    endpoint.poll(3, inventory=True)
    (gone,) = (event for event in endpoint.events if event.correction is not None)
    made = Correction(CorrectionKind.REVOKE, "the export is broken", "wang", revokes=gone.event_id)
    back = correction_event(gone.key, gone.kind, made, gone.at)

    def history() -> History:
        return interpret([*(event for event in endpoint.events if event.subject == "C1"), back], MAPPING, {})

    assert retirement(history()) is None
    assert history().circuit_state == ("unknown", NOW + 3 * STEP)
    endpoint.poll(6, inventory=True)
    assert retired(endpoint) == {"C1": 3}, "absence says nothing more of it: a person knows better"
    endpoint.circuits.append(first)
    endpoint.poll(3, inventory=True)
    assert history().circuit_state[0] == "available"
    assert retirement(history()) is None


def test_a_large_loss_is_set_aside_and_an_accepted_one_acted_on(endpoint: Endpoint) -> None:
    endpoint.circuits = [circuit(f"C{number}") for number in range(20)]
    endpoint.poll(3, inventory=True)
    endpoint.circuits = endpoint.circuits[8:]
    last = endpoint.poll(4, inventory=True)
    assert retired(endpoint) == {}
    assert last.reasons == ["sudden_loss"]
    assert "8 of 20 circuits are absent" in last.rejects[0].detail
    assert "by the command of the alert TierwatchSuddenLoss" in last.rejects[0].detail
    from monitor.collectors.circuit_http import Config, build

    when = NOW + 20 * STEP
    collector = build(Config(f"{endpoint.url}/status", inventory=True))
    done = poll(collector, endpoint.position, when, loss_accepted_at=NOW + 19 * STEP)
    assert len(done.retired) == 8
    assert done.reasons == []


def test_the_sources_own_word_retires_when_it_comes_twice(endpoint: Endpoint) -> None:
    words = {"decommissioned": "retired"}
    from monitor.model import CircuitState

    said = {word: CircuitState(state) for word, state in words.items()}
    endpoint.circuits = [circuit("C1"), circuit("C2")]
    endpoint.poll(3, words=said)
    endpoint.circuits[0]["status"] = "Decommissioned"
    assert endpoint.poll(words=said).retired == {}
    assert endpoint.poll(words=said).retired == {"C1": NOW + 3 * STEP}
    assert endpoint.poll(6, words=said).events == []
    endpoint.circuits[0]["status"] = "up"
    endpoint.poll(3, words=said)
    assert [word for word, _ in endpoint.changes("C1")] == ["available", "retired", "available"]
