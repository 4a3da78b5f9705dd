"""The page of one explanation, read as a person reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from starlette.requests import Request

from exporters.web.pages import Pages
from monitor.clock import Subject
from monitor.explain import Explanation, explain, with_alerts
from monitor.history.events import Event
from monitor.model import CircuitState, Measure, State, SubjectKey, SubjectKind
from tests.exporters.web.explained import ALERTS, explained
from tests.monitor.policy.test_guarded import opened, policy, rulebook
from tests.support.cases import POLICY, at, rules, ticket
from tests.support.counting import COMPLAINTS, RATIO, RESTORE, book, policy_text
from tests.support.explanations import record
from tests.support.html_tree import Element, tree
from tests.support.snapshots import AT
from tests.support.texts import exchanged

PAGES = {language: Pages(language, "Asia/Shanghai") for language in ("en", "zh", "both")}


def page(explanation: Explanation, language: str = "en") -> Element:
    """The page as a browser gets it."""
    scope = {"type": "http", "path": "/explain/corp/x", "query_string": b"", "headers": []}
    answer = PAGES[language].explanation(Request(scope), explanation)
    return tree(bytes(answer.body).decode())


@dataclass
class Line:
    """One interval of the table, as it is shown."""

    start: str
    end: str
    life: str
    reason: str
    because: str
    status: str
    elapsed: str
    counted: str
    left: str
    partly: bool
    stretches: Sequence[tuple[str, str]]


@dataclass
class Sum:
    """One clock, as it is shown."""

    section: Element

    @property
    def lines(self) -> list[Line]:
        found: list[Line] = []
        for row in self.section.first("table", "intervals").first("tbody").all("tr"):
            kind, cells = row.attributes["class"], row.all("td")
            if kind == "stretches":
                found[-1].stretches = [(one.all("span")[0].text, one.all("span")[1].text) for one in row.all("li")]
            elif kind not in ("budget", "change"):
                reasons, numbers = row.all("small", "reason"), [cell.text.split(" ")[0] for cell in cells[4:]]
                because, status = cells[3].all("bdi")
                found.append(
                    Line(
                        cells[0].text, cells[1].text, kind or "", reasons[0].text if reasons else "", because.text,
                        status.text, *numbers, partly=bool(cells[5].all("small")), stretches=[],
                    )
                )  # fmt: skip
        return found

    @property
    def total(self) -> Sequence[Element]:
        return self.section.first("p", "total-line").all("span")

    @property
    def addends(self) -> list[str]:
        counted = self.total[0].text.partition(": ")[2]
        return counted.rpartition(" = ")[0].split(" + ") if "=" in counted else [counted]

    @property
    def counted(self) -> str:
        return self.total[0].first("b").text

    @property
    def budget(self) -> str:
        return self.section.first("tr", "budget").all("td")[-1].text

    @property
    def left(self) -> str:
        return self.total[1].first("b").text

    @property
    def verdict(self) -> str:
        return self.section.first("p", "verdict").text

    @property
    def facts(self) -> dict[str, str]:
        return facts(self.section)

    @property
    def stages(self) -> list[str]:
        return [stage.first("b").text for stage in self.section.all("p", "stages")[-1].all("span", "stage")]


def facts(section: Element) -> dict[str, str]:
    return {one.first("dt").text: one.first("dd").text for one in section.first("dl", "facts").all("div")}


def sums(explanation: Explanation, language: str = "en") -> dict[str, Sum]:
    """The clocks by their title, in the order of the page."""
    found = [Sum(section) for section in page(explanation, language).all("section", "sum")]
    return {one.section.first("h2").text.partition(" ")[0]: one for one in found}


def restoration(explanation: Explanation | None = None, language: str = "en") -> Sum:
    return next(iter(sums(explanation or explained(), language).values()))


def seconds(text: str) -> int:
    hours, minutes, rest = text.removeprefix("-").split(":")
    return (int(hours) * 3600 + int(minutes) * 60 + int(rest)) * (-1 if text.startswith("-") else 1)


def sections(shown: Element) -> list[Element]:
    """The sections of a page but the form that retires."""
    return [one for one in shown.all("section") if one.attributes.get("id") != "retire"]


@pytest.mark.parametrize("later", [timedelta(0), timedelta(hours=2), timedelta(days=3)])
def test_the_sum_can_be_redone_on_paper(later: timedelta) -> None:
    for each in sums(explained(AT + later)).values():
        left = seconds(each.budget)
        for line in each.lines:
            left -= seconds(line.counted)
            assert seconds(line.left) == left
        assert sum(seconds(addend) for addend in each.addends) == seconds(each.counted)
        assert seconds(each.budget) - seconds(each.counted) == seconds(each.left) == left


def test_intervals_are_in_the_calendars_time_with_its_offset_and_name_their_event() -> None:
    first, paused, last = restoration().lines
    assert (first.start, first.end) == ("2026-03-01 18:04:05+08:00", "2026-03-02 09:34:00+08:00")
    assert (first.life, first.because, first.status) == ("running", "TT202603020428#0", "acknowledged")
    assert (first.elapsed, first.counted, first.partly) == ("15:29:55", "1:34:00", True)
    assert (paused.life, paused.counted, paused.partly) == ("paused", "0:00:00", False)
    assert last.partly is False


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("running", "If the clock keeps running, it breaches after 2026-03-02 14:27:54+08:00."),
        ("breached", "The budget was used up at 2026-03-02 14:27:54+08:00; 0:10:00 have counted since then."),
        ("paused", "There is no deadline while the clock is paused; 0:10:00 are left when it resumes."),
        ("met", "It stopped at 2026-03-02 14:04:05+08:00, in time, with 0:10:00 left."),
        ("cancelled", "It was cancelled; the promise no longer applies."),
    ],
)
def test_a_sentence_says_what_follows(state: str, words: str) -> None:
    explanation = explained()
    clock = explanation.clocks[1]
    left = timedelta(minutes=-10 if state == "breached" else 10)
    counted = clock.target.budget - left
    reading = replace(
        clock.reading, state=State(state), counted=counted, stopped_at=explanation.at,
        breached_at=clock.reading.deadline,
    )  # fmt: skip
    assert restoration(replace(explanation, clocks=[replace(clock, reading=reading, counted=counted)])).verdict == words


def test_the_latest_promise_comes_first_and_its_source_is_named() -> None:
    assert list(sums(explained())) == ["Restoration", "Acceptance"]
    known = restoration().facts
    assert known["Calendar"] == "office, version 2026, Asia/Shanghai"
    assert known["Source of the figure"] == "assumed"
    assert known["Policy"] == "example@3"


def test_stages_come_in_the_order_in_which_they_were_reached() -> None:
    assert restoration().stages == ["75 %", "At risk", "90 %"]


def test_doubts_are_sentences() -> None:
    assert [doubt.text for doubt in page(explained()).all("p", "doubt")] == [
        "The status 'fieldDispatch' of event TT202603020428#4 is not in the mapping; it paused nothing and stopped"
        " nothing."
    ]


def notified(explanation: Explanation, language: str = "en") -> list[list[Element]]:
    """The rows about alerts."""
    return sections(page(explanation, language))[-1].first("table", "alerts").rows()


def answers(cell: Element) -> list[str]:
    return [one.text for one in cell.all("span", "answer")]


def test_alerts_say_how_they_were_answered() -> None:
    resolved, firing = notified(explained())
    assert answers(resolved[4]) == [
        "alertmanager/a accepted at 2026-03-02 13:12:55+08:00",
        "log accepted at 2026-03-02 13:12:54+08:00; since then 2 attempts to repeat it failed: disk full",
    ]
    assert answers(resolved[3]) == ["paused"]
    assert (firing[2].text, firing[0].first("small").text) == ("firing", "Restoration #1")
    assert answers(firing[3]) == ["worsened 2026-03-02 13:57:54+08:00"]
    assert answers(firing[4]) == ["alertmanager/a not accepted yet, 4 attempts: timed out after 5 s"]


ACKNOWLEDGED: list[dict[str, Any]] = [
    {"at": "2026-03-02T05:58:00Z", "author": "Zhang Wei 张伟", "via": "link", "note": "on my way 在路上"},
    {"at": "2026-03-02T05:59:00Z", "author": "chatops", "via": "api", "note": ""},
    {"at": "2026-03-02T06:00:00Z", "author": "lin", "via": "command line", "note": "called"},
]


def acknowledged() -> Explanation:
    resolved, firing = ALERTS
    return with_alerts(explained(), [record(resolved), record({**firing, "acknowledged": ACKNOWLEDGED})])


def test_who_acknowledged_is_shown_with_local_time_way_and_note() -> None:
    resolved, firing = notified(acknowledged())
    assert resolved[3].all("span", "taken") == []
    assert [one.text for one in firing[3].all("span", "taken")] == [
        "acknowledged by Zhang Wei 张伟 (link) “on my way 在路上” 2026-03-02 13:58:00+08:00",
        "acknowledged by chatops (API) 2026-03-02 13:59:00+08:00",
        "acknowledged by lin (command line) “called” 2026-03-02 14:00:00+08:00",
    ]
    changes = [one for one in firing[3].all("span", "answer") if "taken" not in (one.attributes["class"] or "")]
    assert [one.text for one in changes] == ["worsened 2026-03-02 13:57:54+08:00"], "once, not among the changes again"


def test_the_page_shows_who_acknowledged_in_both_languages(site: Any) -> None:
    site.said = acknowledged()
    shown = site.get("/explain/corp/TT202603020428").text
    for text in (
        'acknowledged by <bdi>Zhang Wei 张伟</bdi> (link)</span> <span lang="zh-CN">已由',
        "已由 <bdi>Zhang Wei 张伟</bdi> 确认（链接）",
        "<bdi>on my way 在路上</bdi>", "2026-03-02 05:58:00+00:00",
        'acknowledged by <bdi>lin</bdi> (command line)</span> <span lang="zh-CN">已由 <bdi>lin</bdi> 确认（命令行）',
    ):  # fmt: skip
        assert text in shown


def test_a_circuit_has_a_state_and_no_sum() -> None:
    key = SubjectKey("circuits", "GZ-BJ-0007")
    circuit = Subject(key, SubjectKind.CIRCUIT, {"tier": "gold"}, circuit_state=CircuitState.UNAVAILABLE)
    empty = replace(explained(), subject=circuit, clocks=[], corrections=[], alerts=[], unsent=[])
    shown = page(empty)
    assert shown.all("p", "note") == []
    assert facts(shown)["State"] == "Unavailable since –"
    assert (shown.all("section", "sum"), shown.all("table")) == ([], [])
    assert "Nobody was notified about this subject." in shown.text


def test_a_wait_has_its_reason_in_both_languages_and_what_ran_is_laid_out_by_days() -> None:
    first, paused, last = restoration().lines
    assert paused.reason == "Access refused"
    assert restoration(language="zh").lines[1].reason == "客户原因无法进入现场"
    assert first.stretches == [
        ("Sun 2026-03-01 18:04:05 .. Mon 2026-03-02 08:00:00", "0:00:00 off hours"),
        ("Mon 2026-03-02 08:00:00 .. 09:34:00", "1:34:00"),
    ]
    assert restoration(language="zh").lines[0].stretches == [
        ("2026-03-01 周日 18:04:05 至 2026-03-02 周一 08:00:00", "0:00:00 非工作时间"),
        ("2026-03-02 周一 08:00:00 至 09:34:00", "1:34:00"),
    ]
    assert (paused.stretches, len(last.stretches)) == ([], 1)


def test_every_deadline_is_shown_with_what_moved_it() -> None:
    rows = restoration().section.first("table", "moved").rows()
    assert [(since.text, deadline.text, by.text, why.text) for deadline, since, by, why in rows] == [
        ("2026-03-01 18:04:05+08:00", "2026-03-02 13:00:00+08:00", "", "the clock started " + event(0)),
        ("2026-03-02 09:34:00+08:00", "–", "", "no deadline while it is paused " + event(2)),
        ("2026-03-02 11:01:54+08:00", "2026-03-02 14:27:54+08:00", "+1:27:54", "it resumed after a pause " + event(3)),
    ]


def event(number: int) -> str:
    return f"TT202603020428#{number}"


def test_a_stage_that_was_reached_and_sent_to_nobody_says_why() -> None:
    notes = [one.text for one in sections(page(explained()))[-1].all("p", "note")]
    assert [one.partition("+08:00: ")[0][:-20] + ": " + one.partition("+08:00: ")[2][:30] for one in notes] == [
        "75 % Acceptance #1,: no alert is on record: it was ",
        "At risk Acceptance #1,: at risk is shown on the page a",
        "At risk Restoration #1,: at risk is shown on the page a",
    ]


def test_corrections_are_shown_with_author_and_reason_and_what_stood_before_them() -> None:
    shown = page(explained(corrected=True))
    section = sections(shown)[-2]
    rows = section.first("table", "alerts").rows()
    assert [(by.text, why.first("bdi").text, bool(what.all("small"))) for _, by, what, why in rows] == [
        ("wang.li", "police closed the site 警方封控", False),
        ("wang.li", "typed by mistake", True),
        ("chen.yu", "typed by mistake", False),
    ]
    assert [one.text for one in section.all("p", "note")] == [
        "Restoration #1 before the corrections: at risk, 4:36:11 counted; now: at risk, 4:26:11 counted"
    ]
    (excluded,) = [line for line in restoration(explained(corrected=True)).lines if line.life == "excluded"]
    assert excluded.reason == "Excluded by a correction"
    (excluded,) = [line for line in restoration(explained(corrected=True), "zh").lines if line.life == "excluded"]
    assert excluded.reason == "经更正剔除"


def test_every_target_without_a_clock_is_listed_and_what_counts_leads_to_its_group() -> None:
    fields = {"process": "complaint", "customer": "Central Bank"}
    event = Event("tickets", "e1", SubjectKind.TICKET, "T1", AT, 0, status="opened", fields=fields)
    shown = page(explain([event], book(policy_text(RESTORE, COMPLAINTS, RATIO)), AT + timedelta(minutes=1)))
    (section,) = [one for one in shown.all("section") if "without-clock" in one.attributes.get("class", "")]
    lines = section.all("p", "note")
    assert [line.text.partition(":")[0] for line in lines] == ["Complaints of a customer", "Restored in time"]
    assert "the clock is that of groups/complaints/central bank" in lines[0].text
    assert lines[0].first("a").attributes["href"].endswith("explain/groups/complaints%2Fcentral%20bank")
    assert not lines[1].all("a")


def test_times_are_counted_in_times() -> None:
    explanation = explained()
    clock = explanation.clocks[1]
    target = replace(clock.target, measure=Measure.COUNT, budget=timedelta(seconds=4))
    counted = replace(
        clock, reading=replace(clock.reading, target=target, breached_at=None), counted=3, budget=4, remaining=1,
        intervals=[clock.intervals[0]._replace(counted=3, left=1)], deadlines=[],
    )  # fmt: skip
    one = replace(explanation, clocks=[counted])
    shown = restoration(one)
    assert (shown.section.first("p", "total-line").text, shown.verdict) == ("3 of 4", "3 of 4.")
    (line,) = shown.lines
    assert (line.counted, shown.budget, line.left) == ("3", "4", "1")
    assert restoration(one, "zh").verdict == "3 次，限 4 次。"


SOURCED = exchanged(
    POLICY,
    ("zh: 等待客户}", "zh: 等待客户, source: assumed, note: no clause names it}"),
    ("{tier: gold}, budget: 4h, source: test", "{tier: gold}, budget: 4h, source: assumed, note: as for diamond"),
    ("    pause: [customer]\n", "    pause: [customer]\n    assumed: [{en: that nights count, zh: 夜间计时}]\n"),
)


def test_the_page_shows_where_a_pause_and_a_figure_come_from() -> None:
    events = [ticket("T1", at(1), "new", tier="gold"), ticket("T1", at(2), "waiting", reason="customer")]
    found = explain(events, rules(SOURCED), at(3), "restore")
    shown, chinese = (sums(found, language)[name] for language, name in (("en", "Restoration"), ("zh", "故障恢复")))
    assert shown.lines[1].reason == "Waiting for the customer (assumed, no source says it; no clause names it)"
    assert chinese.lines[1].reason == "等待客户（假定，无出处；no clause names it）"
    assert shown.facts["Source of the figure"] == "assumed; as for diamond"
    assert "Assumed: that nights count" in [note.text for note in shown.section.all("p", "note")]


def test_the_page_says_what_a_guarded_period_changes_and_that_it_ends() -> None:
    of = explain([opened()], rulebook(policy()), at(11))
    section = page(of).first("section", "guarded")
    said = " ".join(section.text.split())
    assert "In the guarded period Congress from 2026-01-05 18:00:00+08:00 to 2026-01-06 04:00:00+08:00:" in said
    assert "tier Diamond in place of Gold" in said
    assert "Then the usual terms hold again." in said
    assert "处于重保“大会重保”期间" in page(of, "zh").first("section", "guarded").text
    after = page(explain([opened()], rulebook(policy()), at(21))).first("section", "guarded")
    assert "The usual terms hold again." in after.text
    assert not page(explain([opened(customer="Other")], rulebook(policy()), at(11))).all("section", "guarded")
