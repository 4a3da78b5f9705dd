from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from alerts.decide.silences import SILENCED_BREACH, Fate, Silence, changes, check, endangered, matcher, pages, silencing
from monitor.alert.alert import Alert, Reason
from monitor.errors import ConfigError
from monitor.model import SubjectKey
from tests.support.cases import at
from tests.support.desk import SETTINGS

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


def test_what_tells_an_author_is_withheld_by_no_silence() -> None:
    told = alert(alertname=SILENCED_BREACH)
    assert silencing(told, [silence("tier=gold")], at(1)) is None


def test_a_member_of_a_cause_is_hidden_when_the_alert_of_the_cause_is() -> None:
    tiers, member = frozenset({"gold"}), replace(alert(5), cause_key="circuit/C1")
    cause = Alert({"alertname": "TierwatchRootCause", "tier": "gold", "root_cause": "c1"}, {}, at(1))
    of_member, of_cause = silence("ticket=T1", until=9), silence("root_cause=c1", until=9)
    alone = endangered([(member, at(5))], [of_member], tiers, at(1), {"circuit/C2": cause})
    assert alone == [(of_member, member, at(5))]
    assert endangered([(member, at(5))], [of_member], tiers, at(1), {"circuit/C1": cause}) == []
    assert endangered([(member, at(5))], [of_cause], tiers, at(1), {"circuit/C1": cause}) == [(of_cause, member, at(5))]


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ([], "no --match would silence every alert"),
        (["tier=~.*"], "tier=~.* would silence every alert"),
        (["tier!=gold", "ticket!=T1"], "tier!=gold, ticket!=T1 would silence every alert"),
        (["teir=gold"], "teir=gold: alerts have no 'teir'; ask for one of alertname, instance"),
    ],
)
def test_a_silence_of_everything_or_of_nothing_is_a_sentence(written: list[str], sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        check([matcher(text) for text in written])
    assert sentence in str(error.value)


def test_one_matcher_that_asks_for_something_is_enough() -> None:
    check([matcher("tier!=gold"), matcher("team=core")])


# -- what authors are told ---------------------------------------------------------------------------------------------


KEY = SubjectKey("tickets", "T1")


def of_clock(stage: str = "used_75", start: float = 3, cycle: int = 1, key: SubjectKey = KEY, **labels: str) -> Alert:
    said = {
        "alertname": "TierwatchDeadlineNear", "instance": "north", "source": key.source, "ticket": key.subject,
        "tier": "gold", "assurance": "none", "sla_target": "restore", "cycle": str(cycle), "stage": stage, **labels,
    }  # fmt: skip
    words = {"customer": "Bank", "ticket_url": "https://desk.example/T1"}
    return Alert(said, words, at(start), subject=key, target="restore", cycle=cycle, stage=stage, deadline=at(4))


def told(*hidden: tuple[Silence, Alert, datetime]) -> dict[str, Alert]:
    return pages(hidden, SETTINGS)


def changed(
    wanted: dict[str, Alert], *stored: Alert, keeps: bool = False, now: float = 3.5, fate: Fate | None = None
) -> list[Alert]:
    return list(changes(wanted, stored, lambda _: keeps, lambda _: fate or Fate(), SETTINGS, at(now)))


def test_the_author_is_told_once_for_each_silence_and_clock() -> None:
    one, two = silence("tier=gold", until=9), replace(silence("ticket=T1", until=9), id="s2")
    near, worse = of_clock(), of_clock("used_90", 3.6)
    assert len(told((one, near, at(4)), (one, worse, at(4)))) == 1
    assert len(told((one, near, at(4)), (two, worse, at(4)))) == 2
    assert len(told((one, near, at(4)), (one, of_clock(cycle=2), at(4)))) == 2
    assert len(told((one, near, at(4)), (one, of_clock(key=SubjectKey("tickets", "T2")), at(4)))) == 2


def test_what_the_author_is_told() -> None:
    ((_, alert),) = told((silence("tier=gold", until=9), of_clock(), at(4))).items()
    assert alert.labels == {
        "alertname": "TierwatchSilencedBreach", "instance": "north", "silence": "s1", "source": "tickets",
        "ticket": "T1", "sla_target": "restore", "cycle": "1", "tier": "gold", "severity": "critical",
    }  # fmt: skip
    assert (alert.starts_at, alert.deadline, alert.subject) == (at(3), at(4), None)
    said = alert.annotations
    assert said["summary"] == (
        "lin: your silence hides T1 Restoration (Gold): due 2026-01-05 12:00 +08:00, before the silence ends"
    )
    assert (
        said["summary_zh"] == "lin：您的静默掩盖了 T1 故障恢复（金牌）：将于 2026-01-05 12:00 +08:00 到期，早于静默结束"
    )
    assert said["description"].splitlines() == [
        "Silence s1 by lin lasts until 2026-01-05 17:00 +08:00. Reason given: works.",
        "Nobody is paged for T1 Restoration (Gold) until then: due 2026-01-05 12:00 +08:00, before the silence ends.",
        "Let it page again: tierwatch silence end s1 --config tierwatch.yml",
        "Why: https://tierwatch.example/explain/tickets/T1",
        "Ticket: https://desk.example/T1",
    ]
    assert "恢复告警：tierwatch silence end s1 --config tierwatch.yml" in said["description_zh"]
    assert (said["author"], said["silence_reason"], said["customer"]) == ("lin", "works", "Bank")


def test_a_breach_under_a_maintenance_window_and_one_of_alertmanager_say_so() -> None:
    window = silence("tier=gold", until=9, maintenance=True)
    (alert,) = told((window, of_clock(), at(4)), (window, of_clock("breached", 4), at(4))).values()
    assert alert.annotations["summary"] == (
        "lin: your maintenance window hides T1 Restoration (Gold): breached, was due 2026-01-05 12:00 +08:00"
    )
    assert "维护窗口" in alert.annotations["summary_zh"]
    (alert,) = told((silence(until=9, foreign=True), of_clock(), at(4))).values()
    assert "Silence s1 in Alertmanager by lin" in alert.annotations["description"]
    assert "Let it page again: amtool silence expire s1" in alert.annotations["description"]


def test_hostile_words_of_authors_stay_one_short_line() -> None:
    evil = replace(silence("tier=gold", until=9), author="a\n@all\u202e" + "x" * 99, reason="b\r\nc\x00" + "y" * 99)
    (alert,) = told((evil, of_clock(), at(4))).values()
    assert "\n" not in alert.annotations["summary"]
    assert len(alert.annotations["description"].splitlines()) == 5
    assert not {"\u202e", "\x00", "\r"} & set("".join(alert.annotations.values()))


def test_an_author_is_told_once_and_again_only_after_an_end() -> None:
    wanted = told((silence("tier=gold", until=9), of_clock(), at(4)))
    (first,) = changed(wanted)
    assert (first.reason, first.firing, first.annotations["reason"]) == ("first", True, "first")
    assert changed(wanted, first) == []
    (over,) = changed({}, first, fate=Fate([(of_clock(), at(4))]))
    assert (over.reason, over.resolved_at, over.key) == ("silence_ended", at(3.5), first.key)
    assert over.annotations["summary"] == (
        "T1 Restoration (Gold): silence s1 is over since 2026-01-05 11:30 +08:00;"
        " still open, due 2026-01-05 12:00 +08:00"
    )
    assert "尚未结束，2026-01-05 12:00 +08:00 到期" in over.annotations["summary_zh"]
    assert changed({}, over) == []
    assert [alert.reason for alert in changed(wanted, over)] == ["reopened"]


def test_a_clock_that_has_broken_meanwhile_is_reworded_with_the_start_that_it_had() -> None:
    one = silence("tier=gold", until=9)
    (first,) = changed(told((one, of_clock(), at(4))))
    (again,) = changed(told((one, of_clock("breached", 4), at(4))), first)
    assert (again.reason, again.key, again.starts_at) == ("reworded", first.key, first.starts_at)


def test_what_is_not_decided_yet_is_kept() -> None:
    (first,) = changed(told((silence("tier=gold", until=9), of_clock(), at(4))))
    assert changed({}, first, keeps=True) == []


def end_of(*of_the_clock: tuple[Alert, datetime | None], until: float | None = None) -> Alert:
    (first,) = changed(told((silence("tier=gold", until=9), of_clock(), at(4))))
    fate = Fate(of_the_clock, None if until is None else at(until))
    (over,) = changed({}, first, now=8, fate=fate)
    return over


def test_the_end_of_a_silence_over_a_broken_promise_is_no_all_clear() -> None:
    over = end_of((of_clock(), at(4)), (of_clock("breached", 4), at(4)))
    assert over.reason == "silence_ended"
    assert over.annotations["summary"] == (
        "T1 Restoration (Gold): silence s1 is over since 2026-01-05 16:00 +08:00;"
        " the promise is broken, was due 2026-01-05 12:00 +08:00, and still open"
    )
    assert "该承诺已超时，应于 2026-01-05 12:00 +08:00 前完成，至今未结束" in over.annotations["summary_zh"]
    assert over.annotations["description"].splitlines()[1] == "Its own alert goes on."


def test_a_silence_that_lasts_and_hides_no_breach_any_more_says_both() -> None:
    over = end_of((of_clock(), at(9.5)), until=9)
    assert over.reason == "not_hidden"
    assert over.annotations["description"].splitlines()[1] == (
        "Its own alert goes on. The silence itself lasts until 2026-01-05 17:00 +08:00."
    )


def test_a_clock_that_ends_under_its_silence_ends_the_alert_for_its_own_reason_and_at_its_own_instant() -> None:
    near, breached = (
        replace(one.resolve(at(7), Reason.RESTORED), annotations={}) for one in (of_clock(), of_clock("breached", 4))
    )
    over = end_of((near, at(4)), (breached, at(4)), until=9)
    assert (over.reason, over.resolved_at) == ("restored", at(7))
    assert over.annotations["summary"] == (
        "T1 Restoration (Gold): completed at 2026-01-05 15:00 +08:00, late: it was due 2026-01-05 12:00 +08:00"
    )
    assert "The silence itself lasts until 2026-01-05 17:00 +08:00." in over.annotations["description"]
    assert end_of((near, at(4))).annotations["summary"].endswith("completed at 2026-01-05 15:00 +08:00")
    for reason in (Reason.CANCELLED, Reason.PAUSED, Reason.WITHDRAWN):
        gone = replace(of_clock().resolve(at(6), reason), annotations={})
        assert end_of((gone, at(4))).reason == reason
    assert end_of().reason == "withdrawn", "a clock that is not known any more"
