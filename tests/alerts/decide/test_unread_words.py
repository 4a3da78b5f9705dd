"""Words that nobody understands: when an alert begins, whom it reaches, what ends it, and how many there may be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.decide import unread_words, withholding
from alerts.decide.unread_words import HELD, MOST, WITHIN, Reading, labels
from alerts.decide.withholding import Route, with_last_resort
from monitor.alert.alert import Alert, Channel, Delivery, Reason
from monitor.clock.not_understood import line
from monitor.history.mapping import understood
from monitor.snapshot import UnreadWord, UnreadWords
from monitor.text.words import folded
from tests.support import cases
from tests.support.cases import at
from tests.support.desk import SETTINGS

RULES = cases.rules()
POLICY = RULES.policy


def word(name: str, subjects: int = 1, what: str = "tier", source: str = "tickets") -> UnreadWord:
    return UnreadWord(source, what, folded(name), name, subjects, "INC42")


def words(*said: UnreadWord, more: int = 0) -> UnreadWords:
    """What the store finds, and *more* words that it does not list."""
    counted: dict[tuple[str, str], int] = {}
    for one in said:
        counted[one.source, one.what] = counted.get((one.source, one.what), more) + 1
    return UnreadWords(said, counted, {(one.source, one.what): one.subjects for one in said})


@dataclass
class Board:
    """The alerts as the store keeps them, and the words that the mapping reads by now."""

    read: dict[str, str] = field(default_factory=dict)
    known: dict[str, Alert] = field(default_factory=dict)
    policy: object = POLICY

    def look(self, said: UnreadWords, now: datetime, sources: Iterable[str] = ("tickets",)) -> list[str]:
        """What changed, a line each: `+platin first`."""
        reading = Reading(
            lambda _source, _what, name: self.read.get(folded(name)),
            lambda one: line(one.source, one.what, one.word, RULES, one.kind),
            self.policy,  # type: ignore[arg-type]
        )
        changed = unread_words.decide(list(sources), said, list(self.known.values()), reading, SETTINGS, now)
        self.known |= {alert.key: alert for alert in changed}
        return [f"{'+' if a.firing else '-'}{a.labels.get('word', '*')} {a.reason}" for a in changed]

    @property
    def firing(self) -> list[Alert]:
        return [alert for alert in self.known.values() if alert.firing]


def test_a_word_is_told_once_whatever_its_spelling_and_however_many_say_it() -> None:
    board = Board()
    assert board.look(words(word("Platin")), at(1)) == ["+platin first"]
    assert board.look(words(word("Platin")), at(1.1)) == []
    assert board.look(words(word(" PLATIN", 7)), at(1.2)) == ["+platin reworded"]
    (alert,) = board.firing
    assert alert.starts_at == at(1)
    assert "7 open tickets, such as INC42" in alert.annotations["summary"]


def test_it_carries_the_highest_rungs_that_page_and_a_mapping_that_can_be_pasted() -> None:
    board = Board()
    board.look(words(word("Platin")), at(1))
    (alert,) = board.firing
    assert alert.labels == {
        "alertname": "TierwatchWordNotUnderstood", "instance": "north", "source": "tickets", "attribute": "tier",
        "word": "platin", "tier": "diamond", "assurance": "AAA", "severity": "critical",
    }  # fmt: skip
    mapping = alert.annotations["mapping"]
    assert mapping in alert.annotations["description"]
    assert mapping in alert.annotations["description_zh"]
    rule = yaml.safe_load(mapping)["sources"]["tickets"]["mapping"]["attributes"]["tier"]
    assert rule["values"].keys() == {"Platin"}
    assert rule["values"]["Platin"] in ("diamond", "gold", "standard")


def test_where_nobody_is_paged_it_is_a_warning() -> None:
    quiet = replace(POLICY, stages={})
    assert labels("tickets", quiet, "north")["severity"] == "warning"
    assert labels("tickets", quiet, "north")["tier"] == "none"
    lower = replace(POLICY, stages={"tier": {"gold": POLICY.stages["tier"]["gold"]}})
    assert labels("tickets", lower, "north")["tier"] == "gold"


def test_its_end_says_whether_the_word_is_understood_or_said_no_more() -> None:
    board = Board()
    board.look(words(word("Platin"), word("Blech")), at(1))
    board.read["platin"] = "gold"
    assert board.look(words(), at(2)) == ["-platin understood", "-blech none_left"]
    said = {alert.labels["word"]: alert.annotations for alert in board.known.values()}
    assert "It is read as gold now" in said["platin"]["description"]
    assert "it is still not understood" in said["blech"]["description"]
    assert board.look(words(word("Blech")), at(2.1)) == ["+blech reopened"]


def test_a_source_that_is_not_configured_any_more_ends_nothing() -> None:
    board = Board()
    board.look(words(word("Platin")), at(1))
    assert board.look(words(), at(2), sources=("circuits",)) == []
    assert len(board.firing) == 1


def test_another_highest_rung_is_told_before_the_old_alert_ends() -> None:
    board = Board()
    board.look(words(word("Platin")), at(1))
    board.policy = replace(POLICY, stages={"tier": {"gold": POLICY.stages["tier"]["gold"]}})
    assert board.look(words(word("Platin")), at(2)) == ["+platin worsened", "-platin tier_changed"]
    assert [(alert.labels["tier"], alert.starts_at) for alert in board.firing] == [("gold", at(1))]
    assert board.look(words(word("Platin")), at(2.1)) == []


def test_a_source_with_thousands_of_words_has_ten_alerts_and_one_for_the_rest() -> None:
    board = Board()
    many = words(*(word(f"w{n:04}") for n in range(100)), more=2900)
    assert board.look(many, at(1)) == [*(f"+w{n:04} first" for n in range(MOST)), "+* first"]
    (rest,) = [alert for alert in board.firing if "word" not in alert.labels]
    assert "and 2990 more words" in rest.annotations["summary"]
    assert 'tier "w0010"' in rest.annotations["description"]
    assert board.look(many, at(1.5)) == []


def test_a_source_that_says_other_words_at_every_poll_pages_no_oftener() -> None:
    board, told = Board(), 0
    for poll in range(120):  # an hour
        now = at(1) + poll * timedelta(seconds=30)
        changed = board.look(words(*(word(f"p{poll}w{n}") for n in range(30))) if poll % 2 else words(), now)
        told += sum(line.startswith("+") and not line.endswith("reworded") for line in changed)
    assert told <= MOST + timedelta(hours=1) / HELD + 1


def test_a_place_is_free_again_after_an_hour() -> None:
    board = Board()
    board.look(words(*(word(f"a{n}") for n in range(MOST))), at(1))
    board.look(words(), at(2))
    assert board.look(words(word("new")), at(2.5)) == ["+* first"]
    assert board.look(words(word("new")), at(2) + WITHIN) == ["+new first", "-* none_left"]


@settings(max_examples=50)
@given(st.lists(st.tuples(st.lists(st.sampled_from("abcdefghijklmnop"), unique=True), st.booleans()), max_size=8))
def test_at_every_instant_each_word_that_is_said_is_told_of_by_some_alert(story: list[tuple[list[str], bool]]) -> None:
    board = Board()
    for hour, (said, soon) in enumerate(story, 1):
        now = at(hour if not soon else hour - 0.9)
        found = words(*map(word, said))
        board.look(found, now)
        assert board.look(found, now) == []
        own = {alert.labels["word"] for alert in board.firing if "word" in alert.labels}
        assert own <= set(said)
        assert set(said) <= own or any("word" not in alert.labels for alert in board.firing)
        assert len(own) <= MOST


# -- whom it reaches -------------------------------------------------------------------------------------------------

LABELS = labels("tickets", POLICY, "north")
PAGE = Alert({**LABELS, "attribute": "tier", "word": "platin"}, {}, at(1))


def route(name: str = "desk", personal: bool = False, shadow: bool = False, **only: str) -> Route:
    return Route(
        Channel(name, Delivery.QUEUE), {key: frozenset({value}) for key, value in only.items()}, shadow, personal
    )


@pytest.mark.parametrize(
    "only",
    [
        {}, {"tier": "diamond"}, {"tier": "Diamond"}, {"assurance": "AAA"}, {"stage": "breached"}, {"team": "NOC"},
        {"sla_target": "restore", "tier": "diamond"}, {"alertname": "TierwatchDeadlineBreached"},
        {"severity": "critical"}, {"source": "tickets"}, {"customer": "ACME"},
        {"alertname": "TierwatchWordNotUnderstood"},
    ],
)  # fmt: skip
def test_it_reaches_whoever_is_told_of_the_highest_rung(only: dict[str, str]) -> None:
    assert route(**only).takes(PAGE)


@pytest.mark.parametrize(
    "only", [{"tier": "gold"}, {"source": "circuits"}, {"alertname": "TierwatchBacklog"}, {"severity": "warning"}]
)
def test_it_does_not_reach_who_is_told_of_other_things_only(only: dict[str, str]) -> None:
    assert not route(**only).takes(PAGE)
    taken = with_last_resort([route(**only), route("other")], [LABELS])
    assert [one.takes(PAGE) for one in taken] == [False, True]


def test_where_nobody_takes_it_everybody_does_but_for_practice_and_persons() -> None:
    routes = [route("a", tier="gold"), route("b", tier="standard"), route("c", shadow=True), route("d", personal=True)]
    taken = with_last_resort(routes, [LABELS])
    assert [one.channel.name for one in taken if one.takes(PAGE) and not one.shadow] == ["a", "b"]
    decisions = list(withholding.decide(PAGE, taken, (), None, at(1)))
    assert [one.channel.name for one in decisions if one.withheld is None] == ["a", "b"]


def test_where_there_are_only_persons_they_are_told() -> None:
    taken = with_last_resort([route("lin", personal=True), route("c", shadow=True)], [LABELS])
    assert [one.takes(PAGE) for one in taken if not one.shadow] == [True]


def test_what_the_mapping_reads_is_what_ends_the_alert() -> None:
    mapping = RULES.mapping("tickets")
    assert understood(mapping, RULES.words, "tier", " GOLD") == "gold"
    assert understood(mapping, RULES.words, "tier", "platin") is None
    assert understood(mapping, RULES.words, "process", "survey") is None
    assert Reason.UNDERSTOOD.value == "understood"
