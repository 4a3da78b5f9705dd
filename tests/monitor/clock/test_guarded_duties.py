"""A duty of a guarded period: due where its date lies in the period, for whom the period is, and no longer."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.clock.engine import Outcome, Rulebook, advance
from monitor.clock.group_clock import advance_group, group_outcome, standing_groups
from monitor.clock.reading import Reading
from monitor.explain import as_json, as_lines
from monitor.explain.group import explain_group
from monitor.history.events import Event
from monitor.history.group_record import Entry, GroupRecord
from monitor.model import SubjectKey, SubjectKind
from monitor.policy.counting import GROUPS
from tests.support.counting import CONGRESS, DAILY, book, entry, policy_text
from tests.support.texts import exchanged

ACME = SubjectKey(GROUPS, "daily/acme")
JANUARY = datetime(2026, 1, 1, tzinfo=UTC)


def rules(*changes: tuple[str, str], zone: str = "UTC") -> Rulebook:
    return book(exchanged(policy_text(DAILY, zone=zone) + CONGRESS, *changes))


def day(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=UTC)


def record(*entries: datetime, value: str = "Acme", key: SubjectKey = ACME) -> GroupRecord:
    return GroupRecord(key, value, [entry(at, f"R{at:%d%H}") for at in sorted(entries)], None, JANUARY)


def look(now: datetime, *entries: datetime, of: Rulebook | None = None) -> Outcome:
    return advance_group(record(*entries), (), of or rules(), now)


def stands(readings: tuple[Reading, ...]) -> list[tuple[int, str, datetime | None]]:
    return [(one.cycle, str(one.state), one.stopped_at) for one in readings]


def test_it_is_due_for_everybody_whom_the_period_is_for_and_for_nobody_else() -> None:
    assert standing_groups(rules()) == {"daily/acme": "Acme", "daily/globex": "Globex"}
    assert standing_groups(rules(("    by: customer\n", ""))) == {"daily": ""}


def test_a_row_may_be_for_some_of_them_and_whoever_is_seen_elsewhere_owes_nothing() -> None:
    some = rules(("[{at_least: 1 times", "[{when: {customer: ACME}, at_least: 1 times"))
    for value, dates in (("Acme", 3), ("Globex", 0), ("Other", 0)):
        key = SubjectKey(GROUPS, f"daily/{value.lower()}")
        seen = GroupRecord(key, value, [], JANUARY, JANUARY)
        assert len(advance_group(seen, (), some, day("08 00:00")).readings) == dates
        usual = advance_group(seen, (), rules(), day("08 00:00")).readings
        assert len(usual) == (0 if value == "Other" else 3)


def test_the_report_of_a_customer_outside_the_period_is_counted_for_nothing() -> None:
    def added(customer: str) -> list[str]:
        fields = {"customer": customer, "process": "report"}
        event = Event("tickets", "1", SubjectKind.TICKET, "R1", day("03 09:00"), status="delivered", fields=fields)
        return [one.what for one in advance([event], (), rules(), day("04 00:00")).contributions if one.what]

    assert added(" ACME ") == ["delivered"]
    assert added("Other") == []


def test_the_first_day_counts_from_the_beginning_and_the_last_has_nothing_due_after_the_end() -> None:
    seen = look(day("08 00:00"), day("02 10:00"), day("03 09:00")).readings
    assert [(one.started_at, one.deadline) for one in seen] == [
        (day("02 14:00"), day("02 18:00")),  # what came at 10:00 came before the period
        (day("03 00:00"), day("03 18:00")),
        (day("04 00:00"), day("04 18:00")),
    ]
    assert stands(seen) == [  # the report of the third made up for that of the second
        (20260302, "breached", day("03 09:00")),
        (20260303, "breached", day("05 00:00")),
        (20260304, "breached", day("06 00:00")),
    ]


def test_it_is_looked_at_when_the_period_begins_and_never_after_it() -> None:
    assert look(day("01 00:00")).look_again_at == day("02 14:00")
    assert look(day("02 15:00")).look_again_at == day("03 00:00")
    assert look(day("05 13:00")).look_again_at is None
    assert look(day("01 23:00")).readings == ()


def test_a_date_at_the_very_end_belongs_to_the_period_and_one_at_the_very_beginning_does_not() -> None:
    edges = ("2026-03-02T14:00", "2026-03-02T18:00"), ("2026-03-05T12:00", "2026-03-05T18:00")
    seen = look(day("08 00:00"), of=rules(*edges)).readings
    assert [one.deadline for one in seen] == [day("03 18:00"), day("04 18:00"), day("05 18:00")]
    whole = (("2026-03-02T14:00", "2026-03-02T00:00"), ("2026-03-05T12:00", "2026-03-05T00:00"), (', at: "18:00"', ""))
    seen = look(day("08 00:00"), of=rules(*whole)).readings
    assert [one.deadline for one in seen] == [day("03 00:00"), day("04 00:00"), day("05 00:00")]


def test_what_comes_late_after_the_end_of_the_period_still_makes_up_for_its_last_day() -> None:
    seen = look(day("08 00:00"), day("05 13:00")).readings
    assert stands(seen)[-1] == (20260304, "breached", day("05 13:00"))
    too_late = look(day("08 00:00"), day("06 00:00")).readings
    assert too_late[-1].counted == timedelta(0)


def test_several_periods_have_one_duty_each_for_its_own() -> None:
    second = (
        "  games:\n    name: {en: Games}\n    from: 2026-03-05T12:00\n    to: 2026-03-06T20:00\n"
        "    for: {customer: [Acme]}\n"
    )
    both = book(exchanged(policy_text(DAILY), ("during: congress", "during: [congress, games]")) + CONGRESS + second)
    assert [one.deadline for one in look(day("09 00:00"), of=both).readings] == [
        day(f"0{number} 18:00") for number in (2, 3, 4, 5, 6)
    ]
    globex = advance_group(record(value="Globex", key=SubjectKey(GROUPS, "daily/globex")), (), both, day("09 00:00"))
    assert [one.deadline for one in globex.readings] == [day(f"0{number} 18:00") for number in (2, 3, 4)]


def test_the_newest_version_says_when_the_period_is_for_the_duty_of_every_version() -> None:
    moved = exchanged(CONGRESS, ("2026-03-05T12:00", "2026-03-05T19:00"))
    both = book(policy_text(DAILY) + CONGRESS, policy_text(DAILY, version="2", since="2026-03-04") + moved)
    seen = look(day("08 00:00"), of=both).readings
    assert [(one.cycle, one.target.policy_version) for one in seen] == [
        (20260302, "counts@1"), (20260303, "counts@1"), (20260304, "counts@2"), (20260305, "counts@2"),
    ]  # fmt: skip


QUARTERS = st.integers(0, 10 * 24 * 4)


@given(st.tuples(QUARTERS, QUARTERS).filter(lambda two: two[0] < two[1]), st.lists(QUARTERS, max_size=12), QUARTERS)
@example((0, 168), [], 168)
@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "Europe/Berlin"])
def test_it_is_the_duty_of_every_day_with_only_the_days_whose_date_lies_in_the_period(
    zone: str, edges: tuple[int, int], said: list[int], later: int
) -> None:
    zero = datetime(2026, 3, 26, tzinfo=UTC)  # around the night in which Berlin changes its clocks
    since, until = (zero + timedelta(minutes=15 * number) for number in edges)
    missed = ('at: "18:00"', 'at: "18:00", late: missed')
    within = rules(missed, ("2026-03-02T14:00", since.isoformat()), ("2026-03-05T12:00", until.isoformat()), zone=zone)
    always = rules(missed, (", during: congress", ""), ("    by: customer\n", "    by: customer\n    groups: [Acme]\n"),
                   ("[Acme, Globex], site: [Hall]}", "[Acme]}\n    tier: gold"), zone=zone)  # fmt: skip
    entries = sorted({zero + timedelta(minutes=15 * number) for number in said})
    inside = [at for at in entries if since <= at < until]
    now = zero + timedelta(minutes=15 * later)

    def seen(of: Rulebook, times: list[datetime]) -> dict[int, tuple[object, ...]]:
        entries = [Entry(at, "tickets", f"{at}", "delivered", "e") for at in times]
        known = GroupRecord(ACME, "Acme", entries, None, datetime(2026, 3, 20, tzinfo=UTC))
        return {
            one.cycle: (one.deadline, one.breached_at, one.counted > timedelta(0), str(one.state) == "met")
            for one, _ in group_outcome(known, of, now)[1]
        }

    plain = seen(always, inside)
    due = {cycle: one for cycle, one in plain.items() if since < one[0] <= until}  # type: ignore[operator]
    if since > now:
        due = {}
    if now == until:  # with the period its last date is over, and nothing counts any more
        due = {n: (one[0], one[0] if one[0] == until and not one[2] else one[1], *one[2:]) for n, one in due.items()}
    assert seen(within, entries) == due
    for deadline, *_ in due.values():
        assert isinstance(deadline, datetime)
        assert deadline.astimezone(ZoneInfo(zone)).time() == time(18)


def lines(now: datetime, language: str = "en") -> str:
    return "\n".join(as_lines(explain_group(record(), rules(), now), language))


def test_the_explanation_says_of_which_period_it_is_and_why_nothing_is_due_outside_it() -> None:
    within = lines(day("02 15:00"))
    assert "Due in the guarded period Congress alone: 2026-03-02 14:00:00+00:00 – 2026-03-05 12:00:00+00:00." in within
    assert "2026-03-02 14:00:00+00:00 .. 2026-03-03 00:00:00+00:00" in within
    assert "due in guarded periods alone; the next, Congress, begins at 2026-03-02 14:00:00+00:00" in lines(
        day("01 15:00")
    )
    assert "the last, Congress, ended at 2026-03-05 12:00:00+00:00" in lines(day("09 15:00"))
    assert "仅在重保“大会重保”期间有此要求" in lines(day("02 15:00"), "zh")
    found = as_json(explain_group(record(), rules(), day("01 15:00")))["without_clock"]
    assert [(one["target"], one["why"], one["guarded"]) for one in found] == [("daily", "guarded_later", "congress")]
    evening = rules(("2026-03-02T14:00", "2026-03-02T20:00"))
    (idle,) = explain_group(record(), evening, day("02 21:00")).without_clock
    assert idle.refusal.why == "guarded_now"
    assert "holds until" in "\n".join(as_lines(explain_group(record(), evening, day("02 21:00"))))
