from __future__ import annotations

from datetime import timedelta

import pytest

from alerts.silences import Silence, endangered, matcher, silencing
from monitor.alert import Alert
from monitor.errors import ConfigError
from tests.support.cases import at

H = timedelta(hours=1)


def alert(deadline: float = 5, **labels: str) -> Alert:
    said = {"alertname": "TierwatchDeadlineNear", "tier": "gold", "ticket": "T1", **labels}
    return Alert(said, {"customer": "Bank of Guangzhou"}, at(1), deadline=at(deadline))


def silence(*written: str, until: float = 4, **more: object) -> Silence:
    return Silence("s1", tuple(matcher(text) for text in written), at(0), at(until), "lin", "works", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("written", "fits"),
    [
        ("tier=gold", True), ("tier=diamond", False), ("tier!=diamond", True), ("tier!=gold", False),
        ("tier=~gold|diamond", True), ("tier=~gol", False), ("tier!~gol", True), ("tier!~gold|x", False),
        ('customer="Bank of Guangzhou"', True), ("customer=~Bank.*", True), (" ticket = T1 ", True),
        ("circuit!=C1", True), ("circuit=C1", False),
    ],
)  # fmt: skip
def test_a_matcher_compares_the_whole_value_of_a_label_or_a_name(written: str, fits: bool) -> None:
    assert matcher(written).fits({"tier": "gold", "ticket": "T1", "customer": "Bank of Guangzhou"}) is fits


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("gold", "is not a matcher; write tier=gold"),
        ("=gold", "is not a matcher; write tier=gold"),
        ("tier=", "would fit every alert without 'tier'; write a value"),
        ("tier=~(", "the pattern is not a regular expression"),
        ("tier=" + "x" * 600, "is not a matcher"),
    ],
)
def test_a_bad_matcher_is_a_sentence(written: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=r".+") as error:
        matcher(written)
    assert sentence in str(error.value)


def test_a_silence_holds_from_its_start_up_to_its_end() -> None:
    one = silence("tier=gold")
    assert silencing(alert(), [one], at(0)) is one
    assert silencing(alert(), [one], at(4) - timedelta(microseconds=1)) is one
    assert silencing(alert(), [one], at(4)) is None
    assert silencing(alert(), [silence("tier=gold", "ticket=T2")], at(1)) is None


def test_of_several_silences_the_longest_counts() -> None:
    short, long = silence("tier=gold"), silence("ticket=T1", until=9)
    assert silencing(alert(), [short, long], at(1)) is long
    assert silencing(alert(), [long, short], at(1)) is long


def test_a_breach_that_a_silence_would_hide_is_found_for_the_tiers_that_matter() -> None:
    tiers = frozenset({"diamond", "gold"})
    long = silence("tier=~.*", until=9)
    hidden, later, low = alert(5), alert(9), alert(5, tier="silver")
    found = endangered([(hidden, at(5)), (later, at(9)), (low, at(5)), (hidden, None)], [long], tiers, at(1))
    assert found == [(long, hidden, at(5))]
    assert endangered([(hidden, at(5))], [silence("tier=gold", until=5)], tiers, at(1)) == []
