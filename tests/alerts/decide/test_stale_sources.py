"""Sources whose data is too old to judge: when an alert begins, what it says, and what alone can end it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from alerts.decide import stale_sources
from alerts.decide.stale_sources import Unjudged, Watched
from monitor.alert.alert import Alert, Reason
from monitor.model import Name
from tests.support.cases import at
from tests.support.desk import SETTINGS

TIERS = {"diamond": Name("Diamond", "钻石"), "gold": Name("Gold", "金牌"), "silver": Name("Silver", "银牌")}
HERE = replace(SETTINGS, tiers=TIERS)
TICK = timedelta(microseconds=1)
ALLOWED = timedelta(minutes=15)
REFUSED = "tmf621/tickets: http://am.example/tickets: 401, it refused the token in $TOKEN; renew it"

GOLD = Unjudged("gold", "none", 2, at(4))
DIAMOND = Unjudged("diamond", "none", 1, at(3))
SILVER = Unjudged("silver", "none", 4)
AAA = Unjudged("standard", "AAA", 1, at(5), by_assurance=True)

SOURCE = Watched("tickets", at(0), ALLOWED, at(-9), failing=True, error=REFUSED, clocks=(GOLD,))


class Board:
    """The alerts as the store keeps them."""

    def __init__(self) -> None:
        self.known: dict[str, Alert] = {}

    def look(self, source: Watched, now: datetime) -> list[str]:
        """What changed, a line each: `+gold first`."""
        changed = stale_sources.decide([source], list(self.known.values()), HERE, now)
        self.known |= {alert.key: alert for alert in changed}
        return [f"{'+' if a.firing else '-'}{a.labels['tier']} {a.reason}" for a in changed]

    @property
    def firing(self) -> list[Alert]:
        return [alert for alert in self.known.values() if alert.firing]


def begun(source: Watched = SOURCE) -> Board:
    board = Board()
    assert board.look(source, at(1)) == [f"+{source.clocks[0].tier} first"]
    return board


def test_it_begins_when_the_last_success_is_older_than_the_source_may_be() -> None:
    board = Board()
    assert board.look(SOURCE, at(0) + ALLOWED) == []
    assert board.look(SOURCE, at(0) + ALLOWED + TICK) == ["+gold first"]
    (alert,) = board.firing
    assert alert.starts_at == at(0) + ALLOWED
    assert alert.labels == {
        "alertname": "TierwatchDataTooOld", "instance": "north", "source": "tickets", "tier": "gold",
        "severity": "critical",
    }  # fmt: skip
    assert board.look(SOURCE, at(9)) == []


def test_it_says_since_when_why_how_many_and_until_when() -> None:
    (alert,) = begun(replace(SOURCE, clocks=(DIAMOND, SILVER, GOLD, AAA))).firing
    said = alert.annotations
    assert said["summary"] == (
        "Source tickets: data too old to judge since 2026-01-05 08:15 +08:00, 8 open clocks that page,"
        " first due 2026-01-05 11:00 +08:00"
    )
    assert said["summary_zh"] == (
        "数据源 tickets：自 2026-01-05 08:15 +08:00 起数据过旧，8 个需告警的时钟无法判断，"
        "最早 2026-01-05 11:00 +08:00 到期"
    )
    assert said["description"].splitlines() == [
        f"Last read successfully at 2026-01-05 08:00 +08:00; 15 min are allowed. The last poll failed: {REFUSED}",
        "Open clocks that cannot be judged: Diamond 1, Gold 2, Silver 4, standard 1"
        " (1 of them because of the assurance).",
        "Earliest deadline among them: 2026-01-05 11:00 +08:00.",
        "New tickets, pauses and restorations are not seen; clocks go on, and no alert ends by itself.",
        "Do: have somebody watch the open tickets of these tiers in the source itself, and repair what the failure"
        " names.",
        "See: https://tierwatch.example/",
    ]
    assert "钻石 1，金牌 2，银牌 4，standard 1（其中 1 个按业务保障等级告警）" in said["description_zh"]
    assert said["due"] == "2026-01-05 11:00 +08:00"
    assert said["runbook_url"] == "docs/runbook.md#tierwatchdatatooold"
    assert alert.labels["assurance"] == "AAA", "so that a route for AAA finds it"


def test_nobody_is_told_where_no_open_clock_pages() -> None:
    board = Board()
    assert board.look(replace(SOURCE, clocks=()), at(9)) == []
    assert board.look(replace(SOURCE, clocks=(AAA,)), at(9)) == ["+standard first"]


def test_old_data_without_a_failure_is_given_the_time_of_a_poll() -> None:
    board, woken = Board(), replace(SOURCE, failing=False, error="", since=at(5))
    assert board.look(woken, at(5) + ALLOWED) == [], "it may be read any moment now"
    assert board.look(woken, at(5) + ALLOWED + TICK) == ["+gold first"]
    assert "one may still be running, or hang" in board.firing[0].annotations["description"]


def test_a_source_that_was_never_read_is_told_by_the_time_of_the_start() -> None:
    board, never = Board(), replace(SOURCE, last_success=None, since=at(2))
    assert board.look(never, at(2) + ALLOWED) == []
    assert board.look(never, at(2) + ALLOWED + TICK) == ["+gold first"]
    assert "Never read successfully" in board.firing[0].annotations["description"]
    assert board.look(replace(never, since=at(6)), at(6)) == [], "a restart is no evidence"
    assert board.look(replace(never, last_success=at(7)), at(7)) == ["-gold read_again"]


def test_it_ends_when_the_source_was_read_again_and_begins_again() -> None:
    board = begun()
    again = replace(SOURCE, last_success=at(2), failing=False, error="")
    assert board.look(again, at(2, 1)) == ["-gold read_again"]
    (over,) = board.known.values()
    assert over.resolved_at == at(2)
    assert over.annotations["summary"] == (
        "Source tickets: read again at 2026-01-05 10:00 +08:00; its clocks are judged again"
    )
    assert over.annotations["summary_zh"].endswith("恢复读取，时钟恢复判断")
    assert board.look(again, at(2, 2)) == []
    assert board.look(replace(again, failing=True), at(4)) == ["+gold reopened"]
    assert board.firing[0].starts_at == at(2) + ALLOWED


def test_it_ends_with_the_last_clock_that_pages() -> None:
    board = begun()
    assert board.look(replace(SOURCE, clocks=()), at(2)) == ["-gold none_left"]
    assert board.look(replace(SOURCE, clocks=()), at(3)) == []


def test_a_longer_time_to_be_old_is_no_evidence() -> None:
    board = begun()
    assert "-gold read_again" not in board.look(replace(SOURCE, stale_after=timedelta(days=9)), at(2))
    assert [alert.labels["tier"] for alert in board.firing] == ["gold"]


def test_a_success_that_is_too_old_in_its_turn_ends_nothing() -> None:
    board = begun()
    assert board.look(replace(SOURCE, last_success=at(2)), at(9)) == ["+gold reworded"]
    assert board.firing[0].starts_at == at(0) + ALLOWED


def test_a_higher_tier_fires_before_the_lower_ends_and_a_lower_one_only_changes_words() -> None:
    board = begun()
    higher = replace(SOURCE, clocks=(GOLD, DIAMOND))
    assert board.look(higher, at(2)) == ["+diamond worsened", "-gold tier_changed"]
    assert board.look(higher, at(2, 1)) == []
    assert board.look(SOURCE, at(3)) == ["+diamond reworded"]
    (alert,) = board.firing
    assert alert.starts_at == at(0) + ALLOWED
    assert "Gold 2." in alert.annotations["description"]


def test_an_assurance_that_pages_is_told_under_its_own_label() -> None:
    board = begun()
    assert board.look(replace(SOURCE, clocks=(GOLD, AAA)), at(2)) == ["+gold worsened", "-gold tier_changed"]
    assert [alert.labels.get("assurance") for alert in board.firing] == ["AAA"]


def test_other_words_of_the_failure_are_told_as_such() -> None:
    board = begun()
    hostile = "no answer\n\n\u202eevil\ud800 " + "x" * 1000
    assert board.look(replace(SOURCE, error=hostile), at(2)) == ["+gold reworded"]
    line = board.firing[0].annotations["description"].splitlines()[0]
    assert "no answer evil x" in line
    assert line.endswith("…")
    assert len(line) < 450


def test_a_source_that_is_not_configured_any_more_keeps_its_alert() -> None:
    board = begun()
    assert stale_sources.decide([], list(board.known.values()), HERE, at(99)) == ()
    assert (
        stale_sources.decide([replace(SOURCE, source="other", clocks=())], list(board.known.values()), HERE, at(99))
        == ()
    )


CLOCKS = st.lists(
    st.builds(
        Unjudged, st.sampled_from(["diamond", "gold", "silver", "none", "unheard"]), st.sampled_from(["AAA", "none"]),
        st.integers(1, 3), st.none() | st.integers(0, 20).map(at), st.booleans(),
    ),
    max_size=3, unique_by=lambda clocks: (clocks.tier, clocks.assurance),
)  # fmt: skip
SOURCES = st.builds(
    Watched, st.just("tickets"), st.none() | st.integers(0, 20).map(at),
    st.sampled_from([timedelta(minutes=15), timedelta(hours=2)]),
    st.integers(-5, 20).map(at), st.booleans(), st.sampled_from(["", REFUSED]), CLOCKS,
)  # fmt: skip
LOOKS = st.lists(st.tuples(st.integers(0, 30), SOURCES), min_size=1, max_size=4)


def looked(board: Board, source: Watched, now: datetime) -> None:
    """Look, and hold every change against what was there before."""
    before = {alert.key: alert for alert in board.firing}
    changed = stale_sources.decide([source], list(board.known.values()), HERE, now)
    success = "" if source.last_success is None else source.last_success.isoformat()
    board.known |= {alert.key: alert for alert in changed}
    assert all(alert.starts_at <= now for alert in changed)
    for alert in (alert for alert in changed if not alert.firing):
        assert alert.key in before
        if alert.reason is Reason.NONE_LEFT:
            assert not source.clocks
        elif alert.reason is Reason.READ_AGAIN:
            assert success != before[alert.key].annotations.get(stale_sources.LAST_SUCCESS, "")
        else:
            assert changed[0].firing, "what holds now fires first"
    assert board.look(source, now) == [], "deciding again gives nothing"
    assert len(board.firing) <= 1
    assert source.clocks or not board.firing


@given(LOOKS)
def test_what_ends_had_evidence_and_deciding_again_gives_nothing(looks: list[tuple[int, Watched]]) -> None:
    board, now = Board(), at(0)
    for hours, source in looks:
        now += timedelta(hours=hours)
        looked(board, source, now)


@given(SOURCES, SOURCES, st.integers(0, 30), st.integers(-99, 999), st.integers(0, 999))
def test_nothing_ends_by_time_alone(first: Watched, second: Watched, hours: int, later: int, restarted: int) -> None:
    board, now = Board(), at(hours)
    board.look(first, at(0))
    board.look(second, now)
    before = {alert.key: alert for alert in board.firing}
    board.look(replace(second, since=now + timedelta(hours=restarted)), now + timedelta(hours=later))
    assert before.keys() <= {alert.key for alert in board.firing}
