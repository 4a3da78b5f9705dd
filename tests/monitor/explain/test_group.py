"""The explanation of a group: how it stands in each period, and who was counted, as lines, JSON and page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from monitor.clock.engine import Rulebook
from monitor.explain import as_json, as_lines
from monitor.explain.group import LISTED, PERIODS, explain_group, explained_since
from monitor.explain.subject import explain
from monitor.history.events import Event
from monitor.history.group_record import Entry, GroupRecord
from monitor.model import SubjectKey, SubjectKind
from monitor.policy.counting import GROUPS
from tests.support.counting import COMPLAINTS, RATIO, REPORTS, RESTORE, book, entry, policy_text

JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
ACME = SubjectKey(GROUPS, "complaints/acme")


def record(key: SubjectKey, entries: Sequence[Entry], value: str = "Acme") -> GroupRecord:
    return GroupRecord(key, value, sorted(entries, key=lambda one: one[:3]), JANUARY, JANUARY)


def complaints(number: int, rules: Rulebook | None = None, language: str = "en") -> list[str]:
    entries = [entry(datetime(2026, 3, 2, 9, tzinfo=UTC) + timedelta(minutes=n), f"C{n}") for n in range(number)]
    explanation = explain_group(record(ACME, entries), rules or book(policy_text(COMPLAINTS)), NOW)
    return list(as_lines(explanation, language))


def test_the_lines_say_what_was_promised_how_it_stands_and_who_was_counted() -> None:
    lines = complaints(5)
    assert lines[0] == "group groups/complaints/acme  status -  customer: Acme"
    whole = "\n".join(lines)
    assert "BREACHED" in whole
    assert "Complaints of a customer: at most 4 times in the month 202603" in whole
    assert "2026-03-02 09:04:00+00:00  tickets/C4  opened  (of C4)" in whole
    assert "breached" in whole
    assert whole.index("tickets/C4") < whole.index("tickets/C0")  # the newest first


def test_the_lines_in_chinese() -> None:
    whole = "\n".join(complaints(5, language="zh"))
    assert "分组" in whole
    assert "5 次，限 4 次" in whole


def test_many_are_named_and_the_rest_is_a_number() -> None:
    lines = complaints(LISTED + 7)
    assert sum("tickets/C" in line for line in lines) == LISTED
    assert any("and 7 more that were counted before" in line for line in lines)


def test_json_has_who_was_counted_and_of_a_goal_whether_it_was_good() -> None:
    key = SubjectKey(GROUPS, "in_time")
    first, second = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC)
    entries = [
        Entry(first, "tickets", "T1", "kept", "e1", first),
        Entry(second, "tickets", "T2", "broken", "e2", None),
    ]
    said = as_json(explain_group(record(key, entries, ""), book(policy_text(RESTORE, RATIO)), NOW))
    assert (said["kind"], said["source"], said["subject"]) == ("group", "groups", "in_time")
    clock = said["clocks"][-1]
    assert (clock["measure"], clock["total"], clock["counted"], clock["budget"]) == ("goal", 2, 1, 2)
    assert clock["amount"]["en"] == "1 of 2 good, 2 needed"
    assert clock["promise"]["en"] == "at least 90 % good in the month 202603"
    assert [(one["subject"], one["entered"], one["good"]) for one in clock["members"]] == [
        ("T2", "broken", False),
        ("T1", "kept", True),
    ]
    assert clock["members_left_out"] == 0


def test_the_newest_periods_are_shown_and_the_present_one_and_two_before_it_are_loaded() -> None:
    rules = book(policy_text(COMPLAINTS))
    assert explained_since(ACME, "Acme", rules, NOW) == JANUARY
    duties = book(policy_text(REPORTS))
    key = SubjectKey(GROUPS, "statement/acme")
    assert explained_since(key, "Acme", duties, NOW) is None
    later = datetime(2028, 1, 5, tzinfo=UTC)
    assert len(explain_group(record(key, []), duties, later).clocks) == PERIODS


def test_a_member_says_of_each_target_that_counts_whether_it_counts_and_a_group_of_none() -> None:
    rules = book(policy_text(RESTORE, COMPLAINTS, RATIO))
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    event = Event("tickets", "e1", SubjectKind.TICKET, "T1", at, 0, status="closed", fields={"process": "complaint"})
    member = explain([event], rules, NOW)
    assert [one.rule.name for one in member.without_clock] == ["restore", "complaints", "in_time"]
    group = explain_group(record(ACME, [entry(at, "T1")]), rules, NOW)
    assert (group.without_clock, len(group.clocks) > 0) == ((), True)
    assert as_json(group)["without_clock"] == []
