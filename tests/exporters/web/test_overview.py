from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from exporters.web import overview
from monitor.messages import text
from monitor.model import CircuitState, State, SubjectKey
from monitor.snapshot import (
    ChannelHealth,
    Configured,
    Group,
    GroupClocks,
    Health,
    NearClock,
    Snapshot,
    SourceHealth,
    UnreadWord,
    UnreadWords,
)
from tests.support import snapshots
from tests.support.snapshots import AT

UNKNOWN = "Its clocks go on and its alerts stay, but their state is counted as unknown."


def clock(state: State, left: float | None, **more: object) -> NearClock:
    deadline = None if left is None else AT + timedelta(seconds=left)
    near = NearClock(
        SubjectKey("corp", "INC 4/2"),
        "restore",
        1,
        "gold",
        "AA",
        state,
        deadline,
        timedelta(hours=1),
        timedelta(hours=4),
    )
    return replace(near, **more)  # type: ignore[arg-type]


def shown(near: NearClock) -> overview.Row:
    return next(overview.rows(snapshots.empty(), (near,), AT))


def sentences(snapshot: Snapshot) -> list[str]:
    return [text(warning, "en") for warning in overview.warnings(snapshot, AT)]


@pytest.mark.parametrize(
    ("state", "left", "mode", "words"),
    [
        (State.RUNNING, 723, "ahead", "12:03"),
        (State.AT_RISK, 0, "ahead", "00:00"),
        (State.BREACHED, -723, "late", "12:03"),
        (State.BREACHED, 0, "late", "00:00"),
        (State.PAUSED, None, "none", "–"),
        (State.PAUSED, 60, "none", "–"),
        (State.UNKNOWN, 60, "ahead", "01:00"),
    ],
)
def test_the_countdown_of_a_clock(state: State, left: float | None, mode: str, words: str) -> None:
    counted = shown(clock(state, left)).countdown
    assert (counted.mode, counted.text) == (mode, words)


def test_a_deadline_that_passed_is_due_and_late_only_once_the_engine_said_so() -> None:
    assert shown(clock(State.AT_RISK, -1)).countdown.mode == "due"


def test_the_share_that_is_used_is_cut_for_the_bar_only() -> None:
    row = shown(clock(State.BREACHED, -60, counted=timedelta(hours=5)))
    assert (row.percent, row.bar) == (125, 100)
    assert shown(clock(State.RUNNING, 60, budget=timedelta(0))).percent == 100


def test_a_row_links_to_its_explanation_and_to_the_source_if_that_is_a_web_address() -> None:
    row = shown(clock(State.RUNNING, 60, url="javascript:alert(1)"))
    assert (row.path, row.url) == ("explain/corp/INC%204%2F2", "")
    assert shown(clock(State.RUNNING, 60, url="https://desk.example/1")).url == "https://desk.example/1"


def test_a_rung_that_the_policy_does_not_name_is_shown_by_its_id() -> None:
    row = shown(clock(State.RUNNING, 60, tier="platinum", assurance="none"))
    assert [text(name, language) for name in row.rungs for language in ("en", "zh")] == ["platinum", "platinum"]


def test_a_subject_without_a_tier_or_an_assurance_shows_none() -> None:
    assert shown(clock(State.RUNNING, 60, tier="none", assurance="none")).rungs == []
    row = shown(clock(State.RUNNING, 60, tier="none", assurance="AAA"))
    assert [text(name, "en") for name in row.rungs] == ["AAA"]


def test_a_clock_of_a_stale_source_is_unknown_in_the_table_as_in_the_tiles() -> None:
    stale = SourceHealth("corp", "tmf621", True, AT, AT, timedelta(minutes=1), stale=True)
    snapshot = replace(snapshots.empty(), nearest=(clock(State.RUNNING, 60),), sources=(stale,))
    assert next(overview.rows(snapshot, snapshot.nearest, AT)).clock.state is State.UNKNOWN


def test_there_is_a_tile_for_each_tier_of_the_policy_and_for_those_that_clocks_name() -> None:
    clocks = (
        GroupClocks(Group("corp", "gold", "AA", "restore"), {State.RUNNING: 2, State.PAUSED: 1}, AT),
        GroupClocks(Group("corp", "gold", "A", "accept"), {State.AT_RISK: 1}, AT - timedelta(seconds=5)),
        GroupClocks(Group("corp", "none", "none", "accept"), {State.UNKNOWN: 4}, None),
    )
    tiles = list(overview.tiles(replace(snapshots.empty(), clocks=clocks)))
    assert [text(tile.name, "en") for tile in tiles] == ["Diamond", "Gold", "Silver", "Bronze", "Standard", "No tier"]
    assert (tiles[1].total, tiles[1].worst, tiles[1].next_deadline) == (4, State.AT_RISK, AT - timedelta(seconds=5))
    assert (tiles[0].total, tiles[0].worst, tiles[0].next_deadline) == (0, None, None)
    assert sum(tile.total for tile in tiles) == 8


def test_a_calm_installation_has_no_warning() -> None:
    assert sentences(snapshots.calm()) == []
    assert sentences(snapshots.empty()) == []


def test_a_start_is_said_until_clocks_have_been_judged() -> None:
    (said,) = sentences(replace(snapshots.empty(), health=Health(started_at=AT)))
    assert said.startswith("tierwatch is starting")


def test_old_figures_are_said_to_be_old() -> None:
    snapshot = snapshots.calm(AT - timedelta(minutes=3))
    assert "These figures are 3 min old: the program is not renewing them. Look at its log." in sentences(snapshot)


def test_a_held_clock_and_a_store_that_refuses_are_said() -> None:
    calm = snapshots.calm()
    said = sentences(replace(calm, health=replace(calm.health, clock_held=True, store_ok=False)))
    assert len(said) == 2
    assert said[0].startswith("This machine's clock jumped.")
    assert said[1].startswith("The database takes no writes.")


@pytest.mark.parametrize(
    ("up", "stale", "read", "sentence"),
    [
        (False, False, 90, "Source s was last read 90 s ago; its last poll failed."),
        (False, True, 1980, f"Source s was last read 33 min ago. {UNKNOWN}"),
        (None, True, None, f"Source s has never been read. {UNKNOWN}"),
        (None, False, None, None),
        (True, False, 5, None),
    ],
)  # fmt: skip
def test_what_is_said_of_a_source(up: bool | None, stale: bool, read: int | None, sentence: str | None) -> None:
    last = None if read is None else AT - timedelta(seconds=read)
    source = SourceHealth("s", "tmf621", up, last, None, timedelta(minutes=5), stale)
    assert sentences(replace(snapshots.empty(), sources=(source,))) == ([sentence] if sentence else [])


def test_a_page_that_waits_long_is_said() -> None:
    waiting = ChannelHealth("sms", 1, AT - timedelta(minutes=7))
    assert sentences(replace(snapshots.empty(), channels=(waiting,))) == [
        "1 page waits for channel sms, the oldest for 7 min."
    ]
    new = replace(waiting, oldest=AT - timedelta(seconds=10))
    assert sentences(replace(snapshots.empty(), channels=(new,))) == []


def test_circuits_are_added_up_by_state() -> None:
    assert dict(overview.circuit_totals(snapshots.example()))[CircuitState.UNAVAILABLE] == 4


def panel(site: Any, name: str) -> str:
    """The text of one panel of the page, spaces folded."""
    page = site.get("/page").text
    found = page[page.index(f'id="{name}"') :]
    return " ".join(re.sub(r"<[^>]*>", " ", found[: found.index("</section>")]).split())


def test_the_page_shows_who_silences_what_until_when_and_why(site: Any) -> None:
    text_of = panel(site, "silences")
    assert "lin maintenance window 维护窗口 s-1a2b3c4d until 截止 08:04:05 tier=silver, team=core" in text_of
    assert "line cards 更换板卡" in text_of
    assert "customer=~&#34;Harbour .*&#34;" in text_of


def test_the_page_shows_who_acknowledged_what_until_when_and_the_note(site: Any) -> None:
    text_of = panel(site, "acknowledgements")
    assert "Zhang Wei 张伟" in text_of
    assert "until 截止 07:04:05 TT1000" in text_of
    assert "at the site 已到现场" in text_of
    assert "Ring GZ-7 is down: 12 circuits 环网 GZ-7 中断：12 条电路" in text_of
    assert "chatops" in text_of
    assert "without an end 无截止时刻" in text_of
    assert 'href="./explain/corp/TT1000"' in site.get("/page").text


def test_the_page_shows_each_word_not_understood_where_how_often_and_a_ticket(site: Any) -> None:
    text_of = panel(site, "words")
    first, second = text_of.index("Parked"), text_of.index("Platin")
    assert first < second, "the word of most open subjects is first"
    assert "corp 12 open" in text_of
    assert "such as 例如 TT1003" in text_of
    assert 'href="./explain/legacy/L-77"' in site.get("/page").text


@pytest.mark.parametrize("name", ["silences", "acknowledgements", "words"])
def test_what_is_not_there_is_said(site: Any, name: str) -> None:
    site.snapshot = snapshots.empty()
    assert " 0 " in panel(site, name)


def test_of_many_some_are_listed_and_the_others_counted(site: Any) -> None:
    whole = snapshots.example()
    words = [UnreadWord("corp", "status", f"w{n}", f"w{n}", n, "T1") for n in range(30)]
    unread = UnreadWords(words, {("corp", "status"): 130}, {("corp", "status"): 900})
    site.snapshot = replace(whole, unread=unread, in_force=replace(whole.in_force, silences=9))
    assert "and 110 more" in panel(site, "words")
    assert "and 7 more" in panel(site, "silences")
    assert "more" not in panel(site, "acknowledgements")


def test_a_refused_configuration_is_said_by_its_first_sentence_with_what_runs() -> None:
    refused = "tierwatch.yml:3 policy: " + "x" * 1000 + "\ntierwatch.yml:9 zone: neither"
    runs = Configured("f00d", AT - timedelta(hours=5), refused, AT - timedelta(minutes=3))
    (said,) = sentences(replace(snapshots.empty(), configured=runs))
    assert said.startswith("A changed configuration was refused 3 min ago: tierwatch.yml:3 policy: ")
    assert "5 h ago runs on" in said
    assert "zone" not in said
    assert len(said) < overview.LONGEST_REFUSAL + 250
    assert sentences(replace(snapshots.empty(), configured=replace(runs, refused=""))) == []


def test_while_the_open_clocks_are_counted_the_page_says_so_and_shows_no_number() -> None:
    counting = replace(snapshots.example(), clocks=(), circuits={}, counted=False)
    assert any("being counted" in sentence for sentence in sentences(counting))
    assert not any("being counted" in sentence for sentence in sentences(snapshots.example()))
