from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from exporters.web.explanation import arrange
from monitor.model import Name
from tests.exporters.web.explained import explained
from tests.support.snapshots import AT


def seconds(text: str) -> int:
    hours, minutes, rest = text.removeprefix("−").split(":")
    return (int(hours) * 3600 + int(minutes) * 60 + int(rest)) * (-1 if text.startswith("−") else 1)


def restoration(now: Any = AT) -> Any:
    return next(each for each in arrange(explained(now)).sums if each.target == "restore")


@pytest.mark.parametrize("later", [timedelta(0), timedelta(hours=2), timedelta(days=3)])
def test_the_sum_can_be_redone_on_paper(later: timedelta) -> None:
    for each in arrange(explained(AT + later)).sums:
        left = seconds(each.budget)
        for line in each.lines:
            left -= seconds(line.counted)
            assert seconds(line.left) == left
        assert sum(seconds(addend) for addend in each.addends) == seconds(each.counted)
        assert seconds(each.budget) - seconds(each.counted) == seconds(each.left) == left


def test_intervals_are_in_the_calendars_time_with_its_offset_and_name_their_event() -> None:
    first, paused, last = restoration().lines
    assert (first.start, first.end) == ("2026-03-01 18:04:05 +08:00", "2026-03-02 09:34:00 +08:00")
    said = Name("acknowledged", "acknowledged")
    assert (first.life, first.because, first.status) == ("running", "TT202603020428#0", said)
    assert (first.elapsed, first.counted, first.partly) == ("15:29:55", "1:34:00", True)
    assert (paused.life, paused.counted, paused.partly) == ("paused", "0:00:00", False)
    assert last.partly is False


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("running", "If it goes on running it is late after 2026-03-02 14:27:54 +08:00."),
        ("breached", "The budget was used up at 2026-03-02 14:27:54 +08:00; 0:10:00 have counted since then."),
        ("paused", "While it is paused it has no deadline; 0:10:00 are left for when it goes on."),
        ("met", "It stopped at 2026-03-02 14:04:05 +08:00, in time, with 0:10:00 left."),
        ("cancelled", "It was cancelled: nothing is owed."),
    ],
)
def test_a_sentence_says_what_follows(state: str, words: str) -> None:
    said = explained()
    clock = said["clocks"][1]
    clock |= {"state": state, "remaining_seconds": -600 if state == "breached" else 600, "stopped_at": said["at"]}
    clock |= {"breached_at": clock["deadline"]}
    assert arrange(said).sums[0].verdict.en == words


def test_the_latest_promise_comes_first_and_its_source_is_named() -> None:
    page = arrange(explained())
    assert [each.target for each in page.sums] == ["restore", "accept"]
    facts = {name.en: text for name, text in page.sums[0].facts}
    assert facts["Calendar"] == "office, version 2026, Asia/Shanghai"
    assert facts["Source of the figure"] == "assumed"
    assert facts["Policy"] == "example@3"


def test_stages_come_in_the_order_in_which_they_were_reached() -> None:
    assert [stage.en for stage, _ in restoration().stages] == ["75 %", "At risk", "90 %"]


def test_doubts_are_sentences() -> None:
    assert [doubt.en for doubt in arrange(explained()).doubts] == [
        "The status 'fieldDispatch' of event TT202603020428#4 is not known to the mapping;"
        " it paused nothing and stopped nothing."
    ]


def test_alerts_say_how_they_were_answered() -> None:
    resolved, firing = arrange(explained()).told
    assert [answer.en for _, answer in resolved.answers] == [
        "accepted at 2026-03-02 13:12:55+08:00",
        "accepted at 2026-03-02 13:12:54+08:00; since then 2 attempts to repeat it failed: disk full",
    ]
    assert [(at, reason.en) for at, reason in resolved.reasons] == [("", "paused")]
    assert (firing.resolved_at, firing.what) == ("–", "restore #1")
    assert [(at, reason.en) for at, reason in firing.reasons] == [("2026-03-02 13:57:54 +08:00", "worsened")]
    assert firing.answers[0][1].en == "not accepted yet, 4 attempts: timed out after 5 s"


ACKNOWLEDGED: list[dict[str, Any]] = [
    {"at": "2026-03-02T05:58:00Z", "author": "Zhang Wei 张伟", "via": "link", "note": "on my way 在路上"},
    {"at": "2026-03-02T05:59:00Z", "author": "chatops", "via": "api", "note": ""},
    {"at": "2026-03-02T06:00:00Z", "author": "lin", "via": "command line", "note": "called"},
]


def acknowledged() -> dict[str, Any]:
    said = explained()
    firing = said["alerts"][1]
    firing["acknowledged"] = ACKNOWLEDGED
    firing["changes"] += [
        {"at": one["at"], "reason": f"acknowledged by {one['author']}", "firing": True} for one in ACKNOWLEDGED
    ]
    return said


def test_who_acknowledged_is_told_with_local_time_way_and_note() -> None:
    resolved, firing = arrange(acknowledged()).told
    assert resolved.acknowledged == ()
    assert [(one.at, one.author, one.via, one.note) for one in firing.acknowledged] == [
        ("2026-03-02 13:58:00 +08:00", "Zhang Wei 张伟", Name("link", "链接"), "on my way 在路上"),
        ("2026-03-02 13:59:00 +08:00", "chatops", Name("API", "接口"), ""),
        ("2026-03-02 14:00:00 +08:00", "lin", Name("command line", "命令行"), "called"),
    ]
    assert [reason.en for _, reason in firing.reasons] == ["worsened"], "told once, not among the changes again"


def test_the_page_shows_who_acknowledged_in_both_languages(site: Any) -> None:
    site.said = acknowledged()
    shown = site.get("/explain/corp/TT202603020428").text
    for text in (
        "acknowledged by</span> <span lang=\"zh-CN\">已确认：", "<bdi>Zhang Wei 张伟</bdi>",
        "<bdi>on my way 在路上</bdi>", "2026-03-02 13:58:00 +08:00",
        '<span lang="en">command line</span> <span lang="zh-CN">命令行</span>',
    ):  # fmt: skip
        assert text in shown


def test_a_circuit_has_a_state_and_no_sum() -> None:
    said = {
        "at": "2026-03-02T06:04:05Z", "source": "circuits", "subject": "GZ-BJ-0007", "kind": "circuit", "status": None,
        "attributes": {"tier": "gold"}, "circuit_state": "unavailable", "since": None, "policy": "p@1", "clocks": [],
        "events": 3, "doubts": [],
    }  # fmt: skip
    page = arrange(said)
    assert (page.corrections, page.untold) == ([], [])
    assert page.circuit is not None
    assert page.circuit[1] == "–"
    assert (page.sums, page.told) == ([], [])


def test_a_wait_has_its_reason_in_both_languages_and_what_ran_is_laid_out_by_days() -> None:
    first, paused, last = restoration().lines
    assert paused.reason == Name("Access refused", "客户原因无法进入现场")
    assert [(when, what.en) for when, what in first.stretches] == [
        ("Sun 2026-03-01 18:04:05 .. Mon 2026-03-02 08:00:00", "0:00:00  off hours"),
        ("Mon 2026-03-02 08:00:00 .. 09:34:00", "1:34:00"),
    ]
    assert first.stretches[0][1].zh == "0:00:00  非工作时间"
    assert (paused.stretches, len(last.stretches)) == ([], 1)


def test_every_deadline_is_told_with_what_moved_it() -> None:
    assert [(one.since, one.deadline, one.by, one.why.en) for one in restoration().deadlines] == [
        ("2026-03-01 18:04:05 +08:00", "2026-03-02 13:00:00 +08:00", "", "the clock started"),
        ("2026-03-02 09:34:00 +08:00", "–", "", "no deadline while it is paused"),
        ("2026-03-02 11:01:54 +08:00", "2026-03-02 14:27:54 +08:00", "+1:27:54", "it went on after a pause"),
    ]


def test_a_stage_that_was_reached_and_sent_to_nobody_says_why() -> None:
    assert [(one.what, one.stage.en, one.why.en[:30]) for one in arrange(explained()).untold] == [
        ("accept #1", "75 %", "no alert is on record: it was "),
        ("accept #1", "At risk", "at risk is shown on the page a"),
        ("restore #1", "At risk", "at risk is shown on the page a"),
    ]


def test_corrections_are_told_with_author_and_reason_and_what_stood_before_them() -> None:
    page = arrange(explained(corrected=True))
    assert [(one.author, one.reason, one.revoked) for one in page.corrections] == [
        ("wang.li", "police closed the site 警方封控", False),
        ("wang.li", "typed by mistake", True),
        ("chen.yu", "typed by mistake", False),
    ]
    assert [one.en for one in page.before] == [
        "restore #1 before the corrections: at risk, 4:36:11 counted; now: at risk, 4:26:11 counted"
    ]
    (excluded,) = [line for line in page.sums[0].lines if line.life == "excluded"]
    assert excluded.reason == Name("Excluded by a correction", "经更正剔除")


def test_times_are_counted_in_times() -> None:
    said = explained()
    clock = said["clocks"][1]
    for name in ("counted", "budget", "remaining"):
        del clock[f"{name}_seconds"]
    clock |= {"amount": {"en": "3 of 4", "zh": "3 次，限 4 次"}, "counted": 3, "budget": 4, "remaining": 1}
    clock |= {"intervals": [], "deadlines": []}
    shown = arrange(said).sums[0]
    assert (shown.amount, shown.verdict.en) == (Name("3 of 4", "3 次，限 4 次"), "3 of 4.")
    assert (shown.counted, shown.budget, shown.left) == ("3", "4", "1")
