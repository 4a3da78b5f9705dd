"""Who is told again, and when: the judgement alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.decide import repeats
from alerts.decide.queues import QueuedPage
from alerts.decide.repeats import LOOK_AGAIN, judge
from alerts.decide.silences import Silence, matcher
from alerts.decide.withholding import Route
from alerts.delivery.templates import Template
from alerts.notifiers import pagerduty
from monitor.alert.alert import Alert, Channel, Delivery, Reason, Withheld
from monitor.alert.repeat import Beside, Repeat, Repeatable
from monitor.model import SubjectKey
from monitor.net.credentials import Secret
from tests.support.cases import at
from tests.support.desk import SETTINGS

EVERY = timedelta(minutes=30)
PHONE = Route(Channel("phone", Delivery.QUEUE))
KEY = SubjectKey("tickets", "T1")


def stage(name: str, hours: float, tier: str = "gold") -> Alert:
    """The alert of a stage of one clock that is due at four o'clock."""
    breached = name == "breached"
    state = "breached, was due 2026-01-05 12:00 +08:00" if breached else "1 h left, due 2026-01-05 12:00 +08:00"
    return Alert(
        {
            "alertname": "TierwatchDeadlineBreached" if breached else "TierwatchDeadlineNear", "instance": "north",
            "source": "tickets", "ticket": "T1", "tier": tier, "sla_target": "restore", "cycle": "1", "stage": name,
            "severity": "critical" if breached else "warning",
        },
        {
            "summary": f"T1 Restoration (Gold): {state}", "summary_zh": "T1 故障恢复（金牌）：旧", "reason": "first",
            "description": "Promised to Harbour Bank.", "description_zh": "承诺对象：海港银行。",
        },
        at(hours), subject=KEY, target="restore", cycle=1, stage=name, deadline=at(4), cause_key="circuit/C1",
    )  # fmt: skip


NEAR, NEARER, BREACHED = stage("used_75", 3), stage("used_90", 3.6), stage("breached", 4)


def item(alert: Alert = NEAR, told: float = 3, *beside: Beside) -> Repeatable:
    whole = beside if any(one.alert.key == alert.key for one in beside) else (Beside(alert), *beside)
    return Repeatable(alert, "phone", at(told), deadline=at(4), beside=whole)


def silence(*matchers: str, until: float = 9) -> Silence:
    return Silence("s1", tuple(matcher(text) for text in matchers), at(0), at(until), "lin", "works")


def judged(
    given: Repeatable, hours: float, silences: Sequence[Silence] = (), route: Route = PHONE, every: timedelta = EVERY
) -> Repeat:
    return judge(given, route, every, silences, SETTINGS, at(hours))


def test_what_goes_on_firing_is_told_again_in_words_of_now() -> None:
    repeat = judged(item(), 3.5)
    assert repeat.reason is Reason.REPEAT_DUE
    assert repeat.page is not None
    assert (repeat.page.key, repeat.page.labels, repeat.page.reason) == (NEAR.key, NEAR.labels, Reason.REPEAT_DUE)
    said = repeat.page.annotations
    assert said["summary"] == "T1 Restoration (Gold): due in 30 min, at 2026-01-05 12:00 +08:00"
    assert said["summary_zh"] == "T1 故障恢复（金牌）：距到期30分钟，2026-01-05 12:00 +08:00 到期"
    assert (said["reason"], said["time_left"]) == ("repeat_due", "30 min")
    assert said["description"] == (
        "Repeated at 2026-01-05 11:30 +08:00: still firing, and nobody has acknowledged it.\nPromised to Harbour Bank."
    )
    assert said["description_zh"].endswith("\n承诺对象：海港银行。")


def test_of_a_broken_promise_it_says_for_how_long() -> None:
    said = judged(item(BREACHED, 4), 4.75)
    assert said.page is not None
    assert said.page.annotations["summary"] == (
        "T1 Restoration (Gold): breached, was due 2026-01-05 12:00 +08:00 (45 min ago, still open)"
    )
    assert said.page.annotations["summary_zh"] == "T1 故障恢复（金牌）：旧（已过45分钟，仍未结束）"
    assert said.page.annotations["overdue_by"] == "45 min"
    late = judged(item(NEAR, 4), 4.75)  # a deadline at closing time passes before the promise is broken
    assert late.page is not None
    assert late.page.annotations["summary"].endswith("overdue by 45 min, was due 2026-01-05 12:00 +08:00")


def test_of_a_number_of_times_no_time_is_left() -> None:
    said = judged(replace(item(), timed=False), 3.5).page
    assert said is not None
    assert said.annotations["summary"] == (
        "T1 Restoration (Gold): 1 h left, due 2026-01-05 12:00 +08:00 (still firing at 2026-01-05 11:30 +08:00)"
    )
    assert not {"time_left", "overdue_by"} & said.annotations.keys()


def test_not_before_the_interval_and_not_while_a_page_waits() -> None:
    assert judged(item(), 3.499).reason is Withheld.NOTHING_NEW
    assert judged(item(), 3.5).reason is Reason.REPEAT_DUE
    assert judged(replace(item(), waiting=True), 9).reason is Withheld.NOTHING_NEW


def test_not_after_the_end() -> None:
    over = NEAR.resolve(at(3.4), Reason.RESTORED)
    assert judged(item(over), 3.5).reason is Withheld.NOTHING_NEW


def test_not_to_who_does_not_take_it_only_practises_or_is_a_person() -> None:
    for route in (
        replace(PHONE, only={"tier": frozenset({"diamond"})}), replace(PHONE, shadow=True),
        replace(PHONE, personal=True),
    ):  # fmt: skip
        repeat = judged(item(), 3.5, route=route)
        assert (repeat.reason, repeat.page, repeat.news) == (Withheld.NOT_ROUTED, None, False)


def test_what_only_proves_that_alerts_arrive_is_told_once() -> None:
    alert = replace(NEAR, labels={**NEAR.labels, "severity": "none"})
    assert judged(item(alert), 3.5).reason is Withheld.NOTHING_NEW


@pytest.mark.parametrize(
    ("beside", "reason"),
    [
        ([Beside(NEAR, acknowledged=at(3.2))], Withheld.NOTHING_NEW),
        ([Beside(NEAR), Beside(NEARER, acknowledged=at(3.7))], Withheld.NOTHING_NEW),
        ([Beside(NEAR, acknowledged=at(3.2), ended_at=at(3.3))], Reason.REPEAT_DUE),
        ([Beside(NEAR), Beside(stage("used_50", 2), acknowledged=at(3.2))], Reason.REPEAT_DUE),
        (
            [
                Beside(NEAR),
                Beside(stage("used_75", 1, "diamond").resolve(at(2), Reason.TIER_CHANGED), acknowledged=at(1.5)),
            ],
            Withheld.NOTHING_NEW,
        ),
    ],
    ids=["it", "a worse one", "a former life", "a lower one", "the same stage of the former tier"],
)
def test_somebody_is_at_it(beside: list[Beside], reason: Reason | Withheld) -> None:
    worse_over = [
        replace(one, alert=one.alert.resolve(at(3.8), Reason.WITHDRAWN)) if one.alert is NEARER else one
        for one in beside
    ]
    assert judged(item(NEAR, 3, *worse_over), 4).reason is reason


def test_while_the_alert_of_the_cause_stands_for_it_it_is_grouped_and_said_so_once() -> None:
    grouped = replace(item(), cause="cause1")
    first = judged(grouped, 3.5)
    assert (first.reason, first.detail, first.news, first.page) == (Withheld.GROUPED, "cause1", True, None)
    again = judged(replace(grouped, recorded=frozenset({(Withheld.GROUPED, "cause1")})), 4)
    assert (again.reason, again.news) == (Withheld.GROUPED, False)
    other = judged(replace(grouped, cause="cause2", recorded=frozenset({(Withheld.GROUPED, "cause1")})), 4)
    assert other.news


def test_a_silence_withholds_it_is_said_once_and_goes_on_afterwards() -> None:
    quiet = [silence("tier=gold", until=3.505)]
    first = judged(item(), 3.5, quiet)
    assert (first.reason, first.detail, first.news) == (Withheld.SILENCED, "s1", True)
    assert first.look_at == at(3.505), "looked at when it ends, not an interval later"
    assert judged(item(), 3.5, [silence("tier=gold")]).look_at == at(3.5) + LOOK_AGAIN
    known = replace(item(), recorded=frozenset({(Withheld.SILENCED, "s1")}))
    assert not judged(known, 3.5, quiet).news
    assert judged(known, 3.505, quiet).reason is Reason.REPEAT_DUE


def test_a_lower_stage_is_inhibited_by_a_worse_one_that_fires_for_the_same_receiver() -> None:
    both = [Beside(NEAR, 1), Beside(NEARER, 2), Beside(BREACHED, 3)]
    low, high = judged(item(NEAR, 3, *both), 5), judged(item(BREACHED, 4, *both), 5)
    assert (low.reason, low.detail, low.news) == (Withheld.INHIBITED, "breached", True)
    assert high.reason is Reason.REPEAT_DUE
    noted = replace(item(NEAR, 3, *both), recorded=frozenset({(Withheld.INHIBITED, "used_90")}))
    assert not judged(noted, 5).news, "once for an alert, whichever stage it is"
    warnings = replace(PHONE, only={"severity": frozenset({"warning"})})
    assert judged(item(NEARER, 3, *both), 5, route=warnings).reason is Reason.REPEAT_DUE, (
        "it does not hear of the breach"
    )
    ended = [Beside(NEAR, 1), Beside(BREACHED.resolve(at(4.5), Reason.WITHDRAWN), 3)]
    assert judged(item(NEAR, 3, *ended), 5).reason is Reason.REPEAT_DUE


def test_after_a_pause_the_order_decides_in_which_they_were_first_told() -> None:
    low, high = replace(NEAR, starts_at=at(5)), replace(NEARER, starts_at=at(5))
    both = [Beside(high, 7), Beside(low, 4)]
    assert judged(item(low, 5, *both), 6).reason is Withheld.INHIBITED
    assert judged(item(high, 5, *both), 6).reason is Reason.REPEAT_DUE


def test_at_pagerduty_it_is_the_same_incident() -> None:
    template = Template("{{ reason }} {{ text }}", "here")
    config = pagerduty.Config(Secret("key", "here"), language="both", template=template)
    first, _ = pagerduty.event(NEAR, config)
    page = judged(item(), 3.5).page
    assert page is not None
    again, trouble = pagerduty.event(page, config)
    assert (again["event_action"], again["dedup_key"], trouble) == ("trigger", first["dedup_key"], "")
    assert again["payload"]["custom_details"]["reason"] == "repeat_due"
    assert again["payload"]["custom_details"]["text"].startswith("repeat_due 2026-01-05 11:30 +08:00 重复通知")


STAGES = (("used_50", 2.0), ("used_75", 3.0), ("used_90", 3.6), ("breached", 4.0))
HOURS = st.integers(0, 96).map(lambda quarter: quarter / 8)


@given(
    acknowledged=st.dictionaries(st.sampled_from(range(4)), HOURS, max_size=2),
    over=st.dictionaries(st.sampled_from(range(4)), HOURS, max_size=2),
    quiet=st.lists(st.tuples(HOURS, HOURS), max_size=2),
    caused=st.lists(st.tuples(HOURS, HOURS), max_size=1),
    every=st.integers(1, 120).map(lambda minutes: timedelta(minutes=minutes)),
    looks=st.lists(st.integers(0, 720), min_size=1, max_size=60).map(sorted),
)
def test_through_a_whole_life(
    acknowledged: dict[int, float], over: dict[int, float], quiet: list[tuple[float, float]],
    caused: list[tuple[float, float]], every: timedelta, looks: list[int],
) -> None:  # fmt: skip
    """Whenever it is looked at: never two pages of a stage within the interval, and none of what must be quiet."""
    told = {name: at(hours) for name, hours in STAGES}
    recorded: dict[str, set[tuple[Withheld, str]]] = {name: set() for name, _ in STAGES}
    for minute in looks:
        now = at(0, minute)
        silences = [
            Silence(f"s{n}", (matcher("tier=gold"),), at(a), at(b), "lin", "x") for n, (a, b) in enumerate(quiet)
        ]
        cause = "c" if any(at(a) <= now < at(b) for a, b in caused) else ""
        began = [n for n, (_, hours) in enumerate(STAGES) if at(hours) <= now]
        ended = {n for n in began if n in over and at(over[n]) <= now}
        mine = {n: at(acknowledged[n]) for n in began if n in acknowledged and at(acknowledged[n]) <= now}
        beside = tuple(
            Beside(
                stage(*STAGES[n]).resolve(at(over[n]), Reason.WITHDRAWN) if n in ended else stage(*STAGES[n]),
                n, at(over[n]) if n in ended else None, mine.get(n),
            )
            for n in began
        )  # fmt: skip
        for one in beside:
            n, name = one.first_logged, one.alert.stage
            repeat = judge(
                Repeatable(one.alert, "phone", told[name], deadline=at(4), beside=beside, cause=cause,
                           recorded=frozenset(recorded[name])),
                PHONE, every, silences, SETTINGS, now,
            )  # fmt: skip
            somebody = any(m >= n and (m not in ended or when >= at(over[m])) for m, when in mine.items())
            silent = any(at(a) <= now < at(b) for a, b in quiet)
            worse = any(m > n and m not in ended for m in began)
            due = n not in ended and now - told[name] >= every and not somebody
            expected = due and not (cause or silent or worse)
            assert (repeat.reason is Reason.REPEAT_DUE) is expected
            assert (repeat.page is not None) is expected
            if repeat.news:
                assert due
                assert not expected
                assert (repeat.reason, repeat.detail) not in recorded[name]
                assert isinstance(repeat.reason, Withheld)
                recorded[name].add((repeat.reason, repeat.detail))
            if expected:
                told[name] = now
    for noted in recorded.values():
        assert len([why for why, _ in noted if why is Withheld.INHIBITED]) <= 1


# -- the row of a repeat -----------------------------------------------------------------------------------------------


def row(
    id_: int, word: str = "first", ends: bool = False, closed: float | None = 1, accepted: bool = True
) -> QueuedPage:
    closed_at = None if closed is None else at(closed)
    return QueuedPage(id_, "A", ends, word, False, 0, False, accepted, "", closed_at, word)


def test_only_what_the_receiver_accepted_last_as_firing_is_repeated() -> None:
    assert repeats.holds_as_firing([row(1)])
    assert not repeats.holds_as_firing([])
    assert not repeats.holds_as_firing([row(1), row(2, "restored", ends=True)])
    assert repeats.holds_as_firing([row(1), row(2, "restored", ends=True, accepted=False)])


def test_a_repeat_is_still_due_if_nothing_was_queued_or_answered_since() -> None:
    item = Repeat(Repeatable(Alert({"alertname": "A"}, {}, at(0)), "phone", at(1)), Reason.REPEAT_DUE)
    assert repeats.still_due(item, True, [row(1)])
    assert not repeats.still_due(item, False, [row(1)]), "it ended"
    assert not repeats.still_due(item, True, [row(1), row(2, closed=None)]), "another page waits"
    assert not repeats.still_due(item, True, [row(1), row(2, closed=3)]), "another page was answered"
    assert not repeats.still_due(item, True, [])


def test_the_row_of_the_repeat_before_is_used_again_unless_another_came_after_it() -> None:
    again = row(2, "repeat_due")
    assert repeats.row_before([row(1), again]) == 2
    assert repeats.row_before([row(1)]) is None
    assert repeats.row_before([row(1), again, row(3, "worsened")]) is None
