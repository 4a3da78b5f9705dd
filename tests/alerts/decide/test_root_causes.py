"""Waves of one root cause, decided without a store: any sequence of joins, breaches, moves and ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from alerts.decide import root_causes
from monitor.alert.alert import Alert, Cause, Member, Reason
from monitor.alert.routed import ClockKey, FiringAlert
from monitor.model import SubjectKey
from tests.support.cases import at
from tests.support.desk import SETTINGS

TIERS = ["diamond", "gold", "none"]
LATEST = 8


def member(name: str, due: float | None = 4, broken: bool = False, tier: str = "gold") -> Member:
    return Member(SubjectKey("tickets", name), "restore", tier, None if due is None else at(due), broken)


@dataclass
class Board:
    """What the store would keep of one cause after another of the same key."""

    ids: Iterator[int] = field(default_factory=lambda: count(1))
    cause: Cause | None = None
    known: dict[str, Alert] = field(default_factory=dict)
    members: tuple[Member, ...] = ()

    def look(self, hours: float, *members: Member, ended: tuple[Alert, ...] = ()) -> tuple[Alert, ...]:
        self.members = members
        previous = [alert for alert in self.known.values() if self.cause and alert.cause_key == f"#{self.cause.id}"]
        mint = lambda: f"c{next(self.ids)}"  # noqa: E731
        rolled = root_causes.roll_up("circuit/C1", self.cause, members, previous, mint, SETTINGS, at(hours), ended)
        self.known |= {alert.key: alert for alert in rolled.alerts}
        self.cause = rolled.cause if rolled.cause is not None and rolled.cause.closed_at is None else None
        return rolled.alerts

    @property
    def firing(self) -> list[int]:
        return sorted(alert.wave for alert in self.known.values() if alert.firing)


def brief(alerts: tuple[Alert, ...]) -> list[str]:
    return [f"{'+' if alert.firing else '-'}{alert.wave} {alert.reason}" for alert in alerts]


def begun() -> Board:
    board = Board()
    assert brief(board.look(1, member("T1"), member("T2", 5))) == ["+1 first"]
    return board


def test_a_wave_that_is_replaced_is_not_told_as_an_end() -> None:
    board = begun()
    changed = board.look(4.1, member("T1", broken=True), member("T2", 5))
    assert brief(changed) == ["+2 worsened", "+1 reworded"]
    assert board.firing == [1, 2]
    assert changed[1].annotations["summary"] == "circuit C1: see wave 2 for the present state"
    assert "It is not over" in changed[1].annotations["description"]


def test_a_wave_keeps_apart_what_has_been_broken_and_what_is_ahead() -> None:
    board = begun()
    (worse, _) = board.look(4.1, member("T1", broken=True), member("T2", 5))
    assert worse.annotations["summary"] == (
        "circuit C1 (Gold, wave 2): 1 promise is broken: T1; next due 2026-01-05 13:00 +08:00"
    )
    summary = "电路 C1（金牌，第2波）：已有1个承诺超时：T1；下一个 2026-01-05 13:00 +08:00 到期"
    assert worse.annotations["summary_zh"] == summary
    lines = worse.annotations["description"].splitlines()
    assert lines[:4] == [
        "New: the first promise is broken.",
        "Alerts that share circuit C1 are sent as one.",
        "Broken (1): T1 Restoration, was due 2026-01-05 12:00 +08:00.",
        "Not yet due (1): T2 Restoration, due 2026-01-05 13:00 +08:00.",
    ]
    (again,) = board.look(5.1, member("T1", broken=True), member("T2", 5, broken=True))
    assert (again.reason, again.wave) == ("reworded", 2)
    assert (
        again.annotations["summary"]
        == "circuit C1 (Gold, wave 2): 2 promises are broken: T1, T2; no other is near its deadline"
    )
    assert "Not yet due" not in again.annotations["description"]
    assert "Will be broken" not in again.annotations["description"]
    assert again.annotations["description"].startswith("New: the first promise is broken.")


def test_the_first_due_is_that_of_a_member_that_is_there_and_ahead() -> None:
    board = begun()
    board.look(2, member("T2", 5), member("T3", 6))
    assert board.known[next(iter(board.known))].annotations["due"] == "2026-01-05 13:00 +08:00"


def test_each_wave_names_what_opened_it() -> None:
    board = begun()
    (earlier, _) = board.look(2, member("T1"), member("T2", 5), member("T3", 3))
    assert earlier.annotations["change"] == "a deadline is earlier than any before"
    (higher, *_) = board.look(2.5, member("T1", tier="diamond"), member("T2", 5), member("T3", 3))
    assert higher.annotations["change"] == "a higher tier is affected"
    assert higher.annotations["change_zh"] == "涉及更高等级"
    (all_of_it, *_) = board.look(2.6, member("T1", tier="diamond"), member("T4", 2, broken=True))
    assert all_of_it.annotations["change"] == ("the first promise is broken, a deadline is earlier than any before")


def test_there_are_eight_waves_and_the_last_is_told_again_with_other_words() -> None:
    board = begun()
    for number in range(12):
        changed = board.look(1.1, member("T1"), member("T2", 3.9 - number / 10))
        assert changed[0].reason == "worsened", "each of them pages"
        assert changed[0].wave == min(number + 2, LATEST)
        assert not [alert for alert in changed if not alert.firing]
    assert board.firing == list(range(1, LATEST + 1))
    last = next(alert for alert in board.known.values() if alert.wave == LATEST)
    assert "first due 2026-01-05 10:48 +08:00" in last.annotations["summary"]


def test_a_cause_of_an_older_version_beyond_the_last_wave_keeps_its_number() -> None:
    board = begun()
    assert board.cause is not None
    board.cause, (only,) = replace(board.cause, wave=11), board.known.values()
    board.known = {"11": replace(only, labels={**only.labels, "wave": "11"})}
    (fresh,) = board.look(2, member("T1"), member("T2", 3))
    assert (fresh.wave, fresh.reason) == (11, "worsened")


def test_the_waves_of_a_cause_are_one_incident_and_those_of_two_causes_are_not() -> None:
    board = begun()
    board.look(4.1, member("T1", broken=True, tier="diamond"), member("T2", 5))
    board.look(5)
    board.look(6, member("T1", 9), member("T2", 9))
    incidents = {alert.labels["root_cause"]: set[str]() for alert in board.known.values()}
    for alert in board.known.values():
        incidents[alert.labels["root_cause"]].add(alert.incident)
    assert [len(of_cause) for of_cause in incidents.values()] == [1, 1]
    assert len(set.union(*incidents.values())) == 2


def test_the_end_says_who_ended_how_and_who_only_pauses() -> None:
    board = begun()
    gone = Alert({"alertname": "x"}, {}, at(1), subject=SubjectKey("tickets", "T1"), target="restore")
    over = board.look(2, ended=(gone.resolve(at(2), Reason.RESTORED),))
    assert brief(over) == ["-1 restored"]
    assert over[0].annotations["summary"] == (
        "circuit C1: the root cause is over at 2026-01-05 10:00 +08:00 (T1 completed)"
    )
    board = begun()
    other = replace(gone, subject=SubjectKey("tickets", "T2")).resolve(at(2), Reason.CANCELLED)
    over = board.look(2, ended=(gone.resolve(at(2), Reason.RESTORED), other))
    assert brief(over) == ["-1 cause_over"]
    assert "(T1 completed; T2 cancelled)" in over[0].annotations["summary"]
    assert "T1已完成；T2已取消" in over[0].annotations["summary_zh"]
    cause = Cause("c9", "circuit/C1", at(0), at(4), "gold")
    rolled = root_causes.roll_up(
        "circuit/C1", cause, (), [replace(over[0], resolved_at=None)], str, SETTINGS, at(3),
        (gone.resolve(at(3), Reason.RESTORED),), lambda: ["T7"],
    )  # fmt: skip
    assert rolled.alerts[0].reason == "cause_over", "not restored: T7 only pauses"
    assert "Paused, and pages again when it resumes: T7." in rolled.alerts[0].annotations["description"]


MEMBERS = st.lists(
    st.builds(
        member, st.sampled_from("ABCDEF"), st.none() | st.integers(0, 40).map(lambda tenth: tenth / 10),
        st.booleans(), st.sampled_from(TIERS),
    ),
    max_size=5, unique_by=lambda one: one.key,
)  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 3), MEMBERS), min_size=1, max_size=25))
def test_no_wave_ends_while_a_member_stands_and_ids_and_numbers_stay(looks: list[tuple[int, list[Member]]]) -> None:
    board, hours, seen = Board(), 0.0, dict[str, tuple[str, str]]()
    for passed, members in looks:
        hours += passed / 10
        before = board.cause
        changed = board.look(hours, *members)
        if members:
            assert all(alert.firing for alert in changed), "an end while a promise stands"
            if before is not None:
                assert board.cause is not None
                assert (board.cause.id, board.cause.wave) >= (before.id, before.wave)
                assert board.cause.id == before.id, "minted once"
        else:
            assert board.firing == []
            assert not any(alert.firing for alert in changed)
        for alert in changed:
            name = (alert.labels["root_cause"], alert.labels["wave"])
            assert seen.setdefault(alert.key, name) == name
            assert 1 <= alert.wave <= LATEST
        if board.cause is not None:
            assert board.firing == list(range(1, board.cause.wave + 1))
            newest = next(a for a in board.known.values() if a.firing and a.wave == board.cause.wave)
            broken = sum(one.broken for one in members)
            assert (f"{broken} promise" in newest.annotations["summary"]) is bool(broken)
            assert timedelta(0) <= at(hours) - newest.starts_at
        assert board.look(hours, *members) == (), "deciding again gives nothing"


# -- who belongs to a cause, as values -------------------------------------------------------------------------------


def stored(key: str, subject: str = "T1", stage: str = "used_75", reason: str = "first") -> FiringAlert:
    return FiringAlert(key, reason, "tickets", subject, "restore", "gold", None, stage)


def of_clock(subject: str, stage: str = "used_75", reason: Reason = Reason.FIRST, over: bool = False) -> Alert:
    labels = {"alertname": "A", "ticket": subject, "stage": stage, "tier": "silver"}
    made = Alert(
        labels, {}, at(1), reason=reason, subject=SubjectKey("tickets", subject), target="restore", cycle=1,
        stage=stage, cause_key="circuit/C1",
    )  # fmt: skip
    return made.resolve(at(2), reason) if over else made


def test_a_change_touches_the_causes_that_its_alerts_name_or_named() -> None:
    changed = [of_clock("T1"), replace(of_clock("T2"), cause_key=""), replace(of_clock("T3"), cause_key="#c1")]
    assert root_causes.keys_to_judge(changed, {"circuit/C9", "circuit/C2", ""}) == (
        "circuit/C1", "circuit/C2", "circuit/C9",
    )  # fmt: skip


def test_members_are_clocks_as_they_are_after_the_change() -> None:
    breach, changed = of_clock("T2", "breached"), of_clock("T3", over=True)
    rows = [
        stored("a"), stored("b", stage="breached"), stored("c", "T2"), stored(changed.key, "T3"),
        stored("d", "T4", reason="superseded"),
    ]  # fmt: skip
    by_key = {one.key: one for one in (breach, changed)}
    found = root_causes.members(rows, by_key, [breach, changed])
    assert [(one.key.subject, one.tier, one.broken) for one in found] == [("T1", "gold", True), ("T2", "silver", True)]


def test_subjects_rest_whose_alerts_ended_by_a_pause_and_not_by_this_change() -> None:
    pausing = [ClockKey("tickets", name, "restore", 1) for name in ("T3", "T1", "T2")]
    paused, ended = of_clock("T4", reason=Reason.PAUSED, over=True), of_clock("T2", reason=Reason.RESTORED, over=True)
    assert root_causes.resting(pausing, [paused, ended], [paused, ended]) == ("T1", "T3", "T4")
