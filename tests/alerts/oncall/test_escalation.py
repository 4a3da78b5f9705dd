from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.decide.withholding import Route, decide
from alerts.oncall.ack_tokens import Acknowledgement, Keys, verify
from alerts.oncall.escalation import LINKS_LAST, Outgoing, Rota, judge
from alerts.oncall.escalation_plan import Step
from alerts.oncall.roster import Layer, Person, Recipient, Role, Roster, Schedule, Spell
from monitor.alert.alert import Alert, Channel, Delivery, Reason, SilenceRow, Withheld
from monitor.alert.escalation_state import HOLDER, Acknowledged, Begun, EscalatingClock, EscalationState, Judged, Taken
from monitor.model import Name, SubjectKey
from tests.support.cases import at

KEYS = Keys(b"k" * 32)
ON_CALL, CONTACT = Recipient(Role.ON_CALL, "noc"), Recipient(Role.CONTACT, "noc")
STEPS = (
    Step(0.0, (ON_CALL,)),
    Step(0.5, (Recipient(Role.PERSON, "lead"),)),
    Step(None, (CONTACT,)),
)
PEOPLE = {
    name: Person(name, Name(name.title(), f"{name}中"), "UTC", (f"phone-{name}",)) for name in ("zhang", "lead", "anna")
}
ALWAYS = Layer("days", ("zhang",), datetime(2026, 1, 1), timedelta(days=7), "UTC")  # noqa: DTZ001 wall-clock time
NOC = Schedule("noc", Name("NOC", "网管"), "UTC", ("wall",), (ALWAYS,))
ROTA = Rota(Roster(PEOPLE, {"noc": NOC}), {"noc": STEPS}, {"noc": frozenset()})
ROUTES = {
    "wall": (Route(Channel("wall", Delivery.QUEUE)),),
    **{f"phone-{name}": (Route(Channel(f"phone-{name}", Delivery.QUEUE), personal=True),) for name in PEOPLE},
}
OUT = Outgoing(ROUTES, "https://tierwatch.example", KEYS)


def alert(stage: str = "used_75", subject: str = "T1", **known: object) -> Alert:
    labels = {"alertname": "TierwatchDeadlineNear", "ticket": subject, "stage": stage, "tier": "gold"}
    made = Alert(
        labels, {"summary": "s", "description": "d"}, at(0), subject=SubjectKey("tickets", subject), target="restore",
        cycle=1, stage=stage,
    )  # fmt: skip
    return replace(made, **known)  # type: ignore[arg-type]


def standing(*firing: Alert, **known: object) -> EscalatingClock:
    """Due at 10:00."""
    return replace(EscalatingClock(firing or (alert(),), deadline=at(10)), **known)  # type: ignore[arg-type]


def look(one: EscalatingClock, now: datetime, rota: Rota = ROTA, silences: tuple[SilenceRow, ...] = ()) -> Judged:
    return judge(EscalationState((one,), silences=silences), rota, OUT, now)


def after(one: EscalatingClock, judged: Judged) -> EscalatingClock:
    """The same as the store would have it then."""
    assert judged.at is not None
    done = {(call.run, call.step, call.team): Taken(judged.at) for call in judged.calls}
    return replace(one, begun=(*one.begun, *judged.begun), done={**one.done, **done})


def told(judged: Judged) -> list[tuple[int, str]]:
    return [(call.step, page.channel.name) for call in judged.calls for page in call.pages]


def test_the_first_step_is_taken_with_the_first_page_and_the_next_by_what_is_left() -> None:
    clock = standing()
    judged = look(clock, at(0))
    assert told(judged) == [(0, "phone-zhang")]
    assert judged.begun == (Begun(alert().key, "used_75", at(0)),)
    assert judged.next_at == at(5)
    clock = after(clock, judged)
    assert look(clock, at(4.99)).calls == ()
    judged = look(clock, at(5))
    assert told(judged) == [(1, "phone-lead")]
    assert look(after(clock, judged), at(9)).calls == ()


def test_a_page_of_a_step_is_the_alert_itself_with_words_of_its_own() -> None:
    (call,) = look(standing(), at(0)).calls
    (page,) = call.pages
    assert page.alert.key == alert().key
    assert page.alert.reason is Reason.ESCALATED
    assert page.alert.goes_by(Delivery.QUEUE)
    said = page.alert.annotations
    assert (said["escalated_to"], said["step"], said["reason"]) == ("Zhang / zhang中", "1 of 3", "escalated")
    assert said["description"].splitlines()[0] == "For Zhang, step 1 of 3: first to be notified."
    assert said["description_zh"].startswith("通知zhang中（第1步，共3步）：首先通知。")
    assert said["description"].endswith("\nd")
    token = said["acknowledge_url"].removeprefix("https://tierwatch.example/acknowledge/")
    assert verify(token, at(1), KEYS) == Acknowledgement(alert().key, "used_75", at(0) + LINKS_LAST, 0, "zhang")


def test_without_an_address_or_a_secret_there_is_no_link() -> None:
    for out in (replace(OUT, page_url=""), replace(OUT, keys=None)):
        (call,) = judge(EscalationState((standing(),)), ROTA, out, at(0)).calls
        assert "acknowledge_url" not in call.pages[0].alert.annotations
        assert "Acknowledge" not in call.pages[0].alert.annotations["description"]


def test_an_acknowledgement_stops_it_and_a_worse_stage_begins_again() -> None:
    clock = after(standing(), look(standing(), at(0)))
    said = Acknowledged(alert().key, "used_75", at(2), "zhang")
    clock = replace(clock, acknowledged=(said,))
    assert look(clock, at(6)).calls == ()
    worse = replace(clock, firing=(alert(), alert("used_90")))
    judged = look(worse, at(6))
    assert [(call.run, call.step) for call in judged.calls] == [(alert("used_90").key, 0)]
    assert judged.calls[0].pages[0].alert.stage == "used_90"


def test_a_clock_waits_for_a_step_while_nobody_acts_and_not_in_silence_or_once_it_is_acknowledged() -> None:
    judged = look(standing(), at(0))
    assert (judged.ahead, judged.next_step_at) == (1, at(5))
    clock = after(standing(), judged)
    silence = SilenceRow("s", ("tier=gold",), at(0), at(6), "lin", "works")
    assert look(clock, at(1), silences=(silence,)).ahead == 0
    taken = replace(clock, acknowledged=(Acknowledged(alert().key, "used_75", at(2), "zhang"),))
    assert (look(taken, at(3)).ahead, look(taken, at(3)).next_step_at) == (0, None)
    two = judge(EscalationState((clock, standing(alert(subject="T2")))), ROTA, OUT, at(1))
    assert (two.ahead, two.next_step_at) == (2, at(5))


def test_what_was_due_before_it_was_acknowledged_and_not_done_is_not_made_up_for() -> None:
    clock = after(standing(), look(standing(), at(0)))
    clock = replace(clock, acknowledged=(Acknowledged(alert().key, "used_75", at(5.5), "zhang"),))
    assert look(clock, at(6)).calls == ()


def test_a_silence_calls_nobody_and_what_is_due_then_is_told_after_it() -> None:
    silence = SilenceRow("s", ("tier=gold",), at(0), at(6), "lin", "works")
    judged = look(standing(), at(1), silences=(silence,))
    assert judged.calls == judged.begun == ()
    assert judged.next_at is not None
    assert told(look(standing(), at(6))) == [(0, "phone-zhang")]


def test_for_what_another_alert_stands_for_nobody_is_called() -> None:
    assert look(standing(stands_for="circuit/C1"), at(0)) == Judged(at=at(0))


def test_a_root_cause_is_escalated_like_a_clock() -> None:
    labels = {"alertname": "TierwatchRootCause", "root_cause": "abc", "wave": "2", "tier": "gold"}
    cause = Alert(labels, {"summary": "many"}, at(0), cause_key="#abc")
    (call,) = look(standing(cause), at(0)).calls
    token = call.pages[0].alert.annotations["acknowledge_url"].rpartition("/")[2]
    found = verify(token, at(1), KEYS)
    assert isinstance(found, Acknowledgement)
    assert (found.stage, found.wave) == ("wave_2", 2)


def test_an_empty_step_goes_to_the_contact_and_the_next_one_with_it() -> None:
    nobody = replace(NOC, layers=(), overrides=(Spell(at(90), at(91), "zhang"),))
    rota = replace(ROTA, roster=Roster(PEOPLE, {"noc": nobody}))
    judged = look(standing(), at(0), rota)
    assert [call.whom for call in judged.calls] == [("contact/noc",), ("lead",)]
    assert told(judged) == [(0, "wall"), (1, "phone-lead")]
    assert "nobody is on duty" in judged.calls[0].pages[0].alert.annotations["description"]


def test_what_a_receiver_hears_by_itself_is_not_told_to_it_again_in_the_first_step() -> None:
    steps = {"noc": (Step(0.0, (CONTACT,)), Step(0.5, (CONTACT,)))}
    clock, rota = standing(), replace(ROTA, steps=steps)
    judged = look(clock, at(0), rota)
    assert [page.unless_sent for call in judged.calls for page in call.pages] == [True]
    judged = look(after(clock, judged), at(5), rota)
    assert [page.unless_sent for call in judged.calls for page in call.pages] == [False]


def test_the_step_of_a_breach_waits_until_the_promise_is_broken() -> None:
    clock = after(standing(), look(standing(), at(0)))
    clock = after(clock, look(clock, at(5)))
    assert look(clock, at(11)).calls == ()  # a deadline at closing time: it can still be kept
    assert [call.step for call in look(replace(clock, broken=True), at(11)).calls] == [2]


def test_nobody_is_told_in_a_pause() -> None:
    clock = after(standing(), look(standing(), at(0)))
    assert look(replace(clock, pauses=((at(4), None),)), at(8)).calls == ()
    resumed = replace(clock, pauses=((at(4), at(8)),), deadline=at(14))
    assert look(resumed, at(8.9)).calls == ()
    assert [call.step for call in look(resumed, at(9)).calls] == [1]


def test_the_team_that_has_the_ticket_calls_its_own_people() -> None:
    field_ = Schedule("field", Name("Field", ""), "UTC", ("wall",), (replace(ALWAYS, people=("anna",)),))
    rota = Rota(
        Roster(PEOPLE, {"noc": NOC, "field": field_}),
        {"noc": STEPS, "field": (Step(0.0, (Recipient(Role.ON_CALL, "field"),)),)},
        {"noc": frozenset(), "field": frozenset({"Field"})},
    )
    clock = standing(team="Field")
    judged = look(clock, at(0), rota)
    assert told(judged) == [(0, "phone-anna")]
    handed_over = replace(after(clock, judged), team="NOC")
    assert told(look(handed_over, at(1), rota)) == [(0, "phone-zhang")]
    assert Rota(rota.roster, rota.steps, {"noc": frozenset({"NOC"}), "field": frozenset({"Field"})}).team_of("x") == ""


def test_a_receiver_in_shadow_is_marked_so() -> None:
    out = replace(OUT, routes={"phone-zhang": (replace(ROUTES["phone-zhang"][0], shadow=True),)})
    (call,) = judge(EscalationState((standing(),)), ROTA, out, at(0)).calls
    assert call.pages[0].shadow


@pytest.mark.parametrize("resolved", [None, at(1)])
def test_a_personal_receiver_is_told_of_nothing_by_itself(resolved: datetime | None) -> None:
    (decision,) = decide(alert(resolved_at=resolved), ROUTES["phone-zhang"], (), None, at(1))
    assert (decision.withheld, decision.held) == (Withheld.NOT_ROUTED, False)


INSTANTS = st.lists(st.integers(0, 1200), min_size=1, max_size=40).map(sorted)


@given(INSTANTS, st.lists(st.integers(0, 1200), max_size=4), st.integers(0, 1200), st.integers(60, 1300))
def test_however_often_it_is_asked_every_step_is_taken_once_per_run_and_none_while_acknowledged(
    minutes: list[int], acknowledged: list[int], worse: int, deadline: int
) -> None:
    clock, taken = standing(deadline=at(0, deadline)), []
    for minute in minutes:
        now = at(0, minute)
        if minute >= worse:
            clock = replace(clock, firing=(alert(), alert("breached")), broken=True)
        known = [item for item in acknowledged if item <= minute]
        stage = clock.begun[-1].stage if clock.begun else "used_75"
        said = {item.at for item in clock.acknowledged}
        fresh = tuple(Acknowledged("", stage, at(0, item), "x") for item in known if at(0, item) not in said)
        clock = replace(clock, acknowledged=(*clock.acknowledged, *fresh))
        judged = look(clock, now)
        taken += [(call.run, call.step) for call in judged.calls]
        clock = after(clock, judged)
        assert look(clock, now).calls == ()
    assert len(taken) == len(set(taken))


def test_an_acknowledgement_from_before_the_first_look_stops_the_steps_and_one_of_a_lower_stage_does_not() -> None:
    early = Acknowledged(alert().key, "used_75", at(0), "lin")
    judged = look(standing(acknowledged=(early,)), at(1))
    assert told(judged) == []
    assert [item.at for item in judged.begun] == [at(1)]
    assert told(look(after(standing(acknowledged=(early,)), judged), at(9))) == []
    both = standing(alert(), alert("used_90", starts_at=at(0.5)), acknowledged=(early,))
    assert told(look(both, at(1))) == [(0, "phone-zhang")]


# -- what the page says of the next step, and who had acknowledged ---------------------------------------------------


def test_a_page_says_who_is_called_next_and_when() -> None:
    (call,) = look(standing(), at(0)).calls
    said = call.pages[0].alert.annotations
    assert said["description"].splitlines()[1] == "If nobody acknowledges: Lead, at 2026-01-05 05:00 +00:00."
    assert said["description_zh"].splitlines()[1] == "如无人确认，将于 2026-01-05 05:00 +00:00 通知lead中。"


def test_the_page_of_the_last_step_says_that_it_is_the_last() -> None:
    done = {(alert().key, step, "noc"): Taken(at(step)) for step in (0, 1)}
    late = standing(alert(), alert("breached"), broken=True, begun=(Begun(alert().key, "used_75", at(0)),), done=done)
    (call,) = look(late, at(11)).calls
    assert call.step == 2
    assert call.pages[0].alert.annotations["description"].splitlines()[1] == "This is the last step."


def test_a_page_says_that_the_next_is_called_if_it_stays_unanswered() -> None:
    steps = (STEPS[0], Step(None, (Recipient(Role.PERSON, "lead"),), unanswered=timedelta(minutes=10)))
    rota = replace(ROTA, steps={"noc": steps})
    clock = standing()
    judged = look(clock, at(0), rota)
    words = judged.calls[0].pages[0].alert.annotations["description"].splitlines()[1]
    assert words == "If nobody acknowledges: Lead, 10 min after this page has arrived."
    clock = after(clock, judged)
    key = (alert().key, 0, "noc")
    arrived = replace(clock, done={key: Taken(at(0), at(0, 4))})
    assert look(arrived, at(0, 13)).calls == ()
    assert [call.reason for call in look(arrived, at(0, 14), rota).calls] == ["unanswered"]
    assert [call.reason for call in look(clock, at(0, 10), rota).calls] == ["undelivered"]


@pytest.mark.parametrize("author", ["anna", "Anna", " ANNA", "anna中"])
def test_whoever_acknowledged_the_warning_is_called_first_at_the_breach(author: str) -> None:
    clock = after(standing(), look(standing(), at(0)))
    clock = replace(clock, acknowledged=(Acknowledged(alert().key, "used_75", at(2), author),))
    worse = replace(clock, firing=(alert(), alert("breached")), broken=True)
    judged = look(worse, at(10))
    assert told(judged) == [(HOLDER, "phone-anna")]
    said = judged.calls[0].pages[0].alert.annotations
    assert said["step"] == "before step 1 of 3"
    assert said["description"].startswith(
        "For Anna, before step 1 of 3: you acknowledged it, and it has got worse.\n"
        "If nobody acknowledges: Zhang, at 2026-01-05 10:05 +00:00."
    )
    worse = after(worse, judged)
    assert look(worse, at(10, 4)).calls == ()
    assert told(look(worse, at(10, 5))) == [(0, "phone-zhang")]
    answered = replace(
        worse, acknowledged=(*worse.acknowledged, Acknowledged(alert("breached").key, "breached", at(10, 1), "anna"))
    )
    assert look(answered, at(12)).calls == ()


def test_a_holder_who_is_on_duty_is_called_once_and_one_whom_nobody_knows_not_at_all() -> None:
    clock = after(standing(), look(standing(), at(0)))
    for author in ("zhang", "chatops"):
        held = replace(clock, acknowledged=(Acknowledged(alert().key, "used_75", at(2), author),))
        worse = replace(held, firing=(alert(), alert("breached")), broken=True)
        assert told(look(worse, at(10))) == [(0, "phone-zhang")]


def test_after_a_stop_over_the_breach_one_is_called_and_the_others_after_it() -> None:
    clock = after(standing(), look(standing(), at(0)))
    late = replace(clock, firing=(alert(), alert("breached")), broken=True)
    judged = look(late, at(12))
    assert told(judged) == [(1, "phone-lead")]
    assert judged.next_at == at(12, 5)
    late = after(late, judged)
    assert look(late, at(12, 4)).calls == ()
    assert told(look(late, at(12, 5))) == [(2, "wall")]
