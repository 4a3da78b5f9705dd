"""Words that nobody understands on a real store: whose words count, and when somebody is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.decide.routing import RouteTable
from alerts.oncall.ack_links import acknowledgeable
from monitor.clock.engine import advance
from monitor.collectors import jsonl_file
from monitor.config import build_rulebook, policy_file
from monitor.history.mapping import AttributeRule
from monitor.model import SubjectKind
from monitor.service.unread_words import AT_LEAST, EVERY, UnreadWordsWatch
from monitor.snapshot import UnreadWords
from monitor.store.acknowledging import Acknowledging
from monitor.store.clocks import Clocks
from monitor.store.unread import Unread
from tests.support import cases
from tests.support.by_hand import Watch as Seconds
from tests.support.cases import at, ticket
from tests.support.repeats import Room
from tests.support.switchboard import PHONE, Switchboard, switchboard

SECOND = timedelta(seconds=1)


@dataclass
class Watch:
    board: Switchboard
    looker: UnreadWordsWatch

    def say(self, name: str, hour: float, status: str = "working", **fields: str) -> None:
        self.board.hear(ticket(name, at(hour), status, **fields))
        self.board.work(at(hour))

    def heard(self, hour: float) -> list[str]:
        self.looker.look(at(hour))
        return [line for line in self.board.told(PHONE, at(hour)) if "WordNotUnderstood" in line]


def watching(board: Switchboard, look_takes: float = 0) -> Watch:
    router = RouteTable(board.routes, lambda: board.settings)
    clocks = Clocks(board.database)
    looker = UnreadWordsWatch(
        ("tickets",), board.rules, clocks, Unread(board.database), router, lambda: board.settings, Seconds(look_takes)
    )
    looker._clocks = clocks
    return Watch(board, looker)


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    with switchboard(tmp_path, cases.POLICY) as board:
        yield watching(board)


TOLD, OVER = "+WordNotUnderstood/ first", "-WordNotUnderstood/ none_left"


def test_the_first_ticket_with_an_unknown_tier_is_told_and_the_end_of_the_last_ends_it(watch: Watch) -> None:
    assert watch.heard(0.5) == []
    watch.say("T1", 1, tier="platin")
    assert watch.heard(1.01) == [TOLD]
    watch.say("T2", 1.1, tier="Platin ")
    assert watch.heard(1.2) == []
    assert watch.looker.words.subjects == {("tickets", "tier"): 2}
    watch.say("T1", 2, "closed")
    assert watch.heard(2.1) == []
    watch.say("T2", 3, tier="gold")
    assert watch.heard(3.1) == [OVER]
    assert watch.looker.words.subjects == {}


def test_a_closed_ticket_is_not_told_of_and_one_that_is_reopened_is(watch: Watch) -> None:
    watch.say("T1", 1, "closed", tier="platin")
    assert watch.heard(1.1) == []
    watch.say("T1", 2, "working")
    assert watch.heard(2.1) == [TOLD]


def test_nothing_is_asked_where_nothing_has_changed(watch: Watch) -> None:
    watch.say("T1", 1, tier="platin")
    assert watch.looker.look(at(1.1))
    watch.looker._unread = None  # type: ignore[assignment]
    assert not watch.looker.look(at(1.1) + EVERY)
    with pytest.raises(AttributeError):
        watch.looker.look(at(1.1) + AT_LEAST)


def test_a_look_that_took_long_is_not_taken_again_for_four_times_as_long(watch: Watch) -> None:
    slow = watching(watch.board, look_takes=10)
    watch.say("T1", 1, tier="platin")
    assert slow.looker.look(at(1))
    watch.say("T1", 1.005, "closed")
    slow.looker._clocks.revision += 1
    assert not slow.looker.look(at(1) + 39 * SECOND)
    assert slow.looker.look(at(1) + 40 * SECOND)


@pytest.mark.parametrize("word", ["platin", "platin " * 20, "pla\x07tin", "100% pla_tin"])
def test_a_word_that_fires_is_looked_up_however_many_others_more_subjects_say(watch: Watch, word: str) -> None:
    watch.say("T1", 1, tier=word)
    assert watch.heard(1.1) == [TOLD]
    many = [ticket(f"M{n}", at(1.2), "working", tier=f"odd {n // 2}") for n in range(2 * UnreadWords.MOST)]
    watch.board.hear(*many)
    watch.board.work(at(1.2))
    assert OVER not in watch.heard(1.3)
    watch.say("T1", 1.4, "closed")
    assert OVER in watch.heard(1.5)


def test_a_new_mapping_ends_it_as_understood(watch: Watch) -> None:
    watch.say("T1", 1, tier="platin")
    assert watch.heard(1.1) == [TOLD]
    board = watch.board
    mapping = replace(board.rules.mapping("tickets"), attributes={"tier": AttributeRule("tier", {"platin": "gold"})})
    board.rules = build_rulebook.rulebook(board.rules.policies, {"tickets": mapping})
    again = watching(board)
    assert again.heard(1.2) == []  # its tickets have not been judged anew
    watch.say("T1", 1.3)
    assert again.heard(1.4) == ["-WordNotUnderstood/ understood"]


def test_an_acknowledgement_ends_the_repeats_and_the_alert_goes_on(watch: Watch) -> None:
    room = Room(watch.board)
    watch.say("T1", 1, tier="platin")
    watch.looker.look(at(1.1))
    lines = [line for line in room.through(at(1.2), at(2.3)) if "WordNotUnderstood" in line]
    assert [line.partition(" ")[2] for line in lines] == [TOLD, *["+WordNotUnderstood/ repeat_due"] * 2]
    (alert,) = [one for one in watch.looker._clocks.alerts_without_subject() if one.firing]
    assert acknowledgeable(alert)
    Acknowledging(watch.board.database).acknowledge([alert.key], "zhang", "link", "", at(2.3))
    assert not [line for line in room.through(at(2.4), at(4)) if "WordNotUnderstood" in line]
    watch.looker.look(at(4.1))
    assert [one.firing for one in watch.looker._clocks.alerts_without_subject() if one.key == alert.key] == [True]


UNTOLD = {
    "a word that no promise depends on": {"team": "platin"},
    "a customer's tier beside the ticket's own": {"tier": "gold", "customer_tier": "platin"},
}


@pytest.mark.parametrize("what", UNTOLD)
def test_what_would_change_nothing_is_not_told(what: str) -> None:
    outcome = advance([ticket("T1", at(1), "working", **UNTOLD[what])], (), cases.rules(), at(2))
    assert outcome.unread == ()


def test_what_the_policy_promises_nothing_is_not_told() -> None:
    rules = cases.rules()
    circuit = replace(ticket("C1", at(1), "available", tier="platin"), kind=SubjectKind.CIRCUIT)
    assert advance([circuit], (), rules, at(2)).unread == ()


@pytest.mark.parametrize(
    "fields", [{"tier": "platin"}, {"assurance": "AAAA"}, {"tier": "platin", "assurance": "normal"}]
)
def test_a_word_that_would_change_a_promise_or_who_is_told_is_told(fields: dict[str, str]) -> None:
    outcome = advance([ticket("T1", at(1), "working", **fields)], (), cases.rules(), at(2))
    assert [doubt.value for doubt in outcome.unread] == [fields.get("tier", "AAAA")]


def test_a_word_that_is_taken_back_is_told_no_more() -> None:
    said = [ticket("T1", at(1), "working", tier="platin"), ticket("T1", at(2), tier=" ")]
    assert advance(said, (), cases.rules(), at(3)).unread == ()
    assert advance(said, (), cases.rules(), at(1.5)).unread != ()


def test_an_urgency_that_fits_no_row_is_told_and_one_that_leaves_a_row_is_not() -> None:
    rules = build_rulebook.rulebook(policy_file.load("it-support"), {"tickets": jsonl_file.MAPPING})
    odd = advance([ticket("T1", at(1), "opened", urgency="Z")], (), rules, at(2))
    assert [(doubt.what, doubt.value) for doubt in odd.unread] == [("urgency", "Z")]
    assert advance([ticket("T1", at(1), "opened", urgency=" a")], (), rules, at(2)).unread == ()
