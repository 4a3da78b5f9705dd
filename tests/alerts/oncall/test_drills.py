"""Who is called in a drill, when again, when it is over; and what its report says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.decide import Route
from alerts.oncall import Outgoing, Reached, Rota, drill_rows, drill_step, everybody_got_it, layer_named, practising
from alerts.oncall.escalation_plan import Step
from alerts.oncall.roster import Layer, Person, Recipient, Role, Roster, Schedule, Spell
from alerts.oncall.turns import Window
from monitor.alert import (
    Acknowledged,
    Channel,
    Delivery,
    Drill,
    DrillEnd,
    DrillFor,
    DrillOnRecord,
    DrillTry,
    Reason,
    SilenceRow,
    Verdict,
)
from monitor.errors import ConfigError
from monitor.model import Name
from tests.support.cases import at
from tests.support.desk import SETTINGS

MINUTE = timedelta(minutes=1)
BEGINS = datetime.combine(date(2026, 1, 1), time())
NOBODY = (Window(6, time(0), time(1)),)


def person(id_: str, zh: str = "", *receivers: str) -> Person:
    return Person(id_, Name(id_.title(), zh or id_.title()), "UTC", receivers or (id_,))


def layer(name: str, *people: str, windows: Sequence[Window] = ()) -> Layer:
    return Layer(name, people, BEGINS, timedelta(days=7), "UTC", windows=tuple(windows))


SUNDAYS = layer("days", "anna", windows=NOBODY)

ROTA = Rota(
    Roster(
        {id_: person(id_, zh) for id_, zh in (("zhang", "张伟"), ("anna", ""), ("chen", "陈杰"), ("lead", ""))},
        {
            "noc": Schedule(
                "noc", Name("NOC", "网管"), "UTC", ("wall",), (layer("days", "zhang"), layer("nights", "chen")),
                overrides=(Spell(at(0), at(1), "anna"),),
            ),
            "field": Schedule("field", Name("Field", "现场"), "UTC", ("wall",), (SUNDAYS,)),
        },
    ),
    {
        "noc": (
            Step(0.0, (Recipient(Role.ON_CALL, "noc"),)),
            Step(0.5, (Recipient(Role.PERSON, "lead"), Recipient(Role.CONTACT, "noc"))),
        )
    },
    {"noc": frozenset({"core"})},
    {"noc": 2 * MINUTE},
)  # fmt: skip
"""Two layers and an override in one team, which has steps for the tickets of one of its names; a team of nobody."""

ROUTES: Mapping[str, Sequence[Route]] = {
    name: (Route(Channel(name, Delivery.QUEUE), personal=True),) for name in ("zhang", "anna", "chen", "lead", "wall")
}
OUT = Outgoing(ROUTES, "https://tierwatch.example", zone="Asia/Shanghai")


def asked(whom: DrillFor = DrillFor.TEAM, named: str = "noc", escalate: bool = False, hours: float = 2) -> Drill:
    now = at(hours)
    return Drill("d-1", now, "wang", whom, named, "diamond", now + 15 * MINUTE, 5 * MINUTE, escalate)


class Practice:
    """A drill as it goes on: every page is accepted at once but by those who are `deaf`."""

    def __init__(self, drill: Drill, deaf: Sequence[str] = (), routes: Mapping[str, Sequence[Route]] = ROUTES) -> None:
        self.known, self.deaf = DrillOnRecord(drill), deaf
        self.out = replace(OUT, routes=routes)
        self.sent: list[tuple[str, str]] = []

    def look(self, now: datetime, silences: Sequence[SilenceRow] = (), rota: Rota = ROTA) -> list[str]:
        """Whom the look pages, by channel; `-` before the end."""
        made = drill_step(self.known, silences, rota, self.out, SETTINGS, now)
        if made is None:
            return []
        alert = made.alert or self.known.alert
        tries = [
            DrillTry(page.channel.name, now, now, True, Verdict.ACCEPTED)
            for page in made.pages
            if page.channel.name not in self.deaf
        ]
        self.known = replace(self.known, drill=made.drill, alert=alert, tries=(*self.known.tries, *tries))
        self.pages = [page.alert for page in made.pages]
        return [page.channel.name for page in made.pages] + (["-"] if alert and not alert.firing else [])

    def acknowledge(self, who: str, now: datetime) -> None:
        assert self.known.alert is not None
        given = Acknowledged(self.known.alert.key, self.known.alert.stage, now, who, "link")
        self.known = replace(self.known, acknowledged=(given,))


# -- who practises ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("whom", "named", "hours", "who"),
    [
        (DrillFor.PERSON, "zhang", 2, "zhang"),
        (DrillFor.PERSON, "张伟", 2, "zhang"),
        (DrillFor.TEAM, "noc", 2, "chen"),
        (DrillFor.TEAM, "noc", 0.5, "anna"),
        (DrillFor.LAYER, "noc/days", 2, "zhang"),
        (DrillFor.LAYER, "noc/nights", 0.5, "chen"),
    ],
)
def test_a_person_a_team_and_a_layer_are_who_the_rota_says(whom: DrillFor, named: str, hours: float, who: str) -> None:
    assert practising(whom, named, ROTA, at(hours)) == (who,)


@pytest.mark.parametrize(
    ("whom", "named", "sentence"),
    [
        (DrillFor.PERSON, "zhong", "'zhong' is no person of the rota; it has zhang, anna, chen, lead; did you mean"),
        (DrillFor.TEAM, "nok", "'nok' is no team of the rota; it has noc, field; did you mean 'noc'"),
        (DrillFor.TEAM, "field", "nobody is on duty in team field now"),
        (DrillFor.LAYER, "field/days", "nobody is on duty in layer days of team field now"),
        (DrillFor.LAYER, "noc/evenings", "team noc has no layer 'evenings'"),
    ],
)
def test_who_is_not_there_is_refused_with_a_sentence(whom: DrillFor, named: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        practising(whom, named, ROTA, at(2))
    assert sentence in str(caught.value)


def test_a_layer_is_named_with_its_team_where_several_have_it() -> None:
    assert layer_named("nights", ROTA.roster) == layer_named("noc/nights", ROTA.roster) == "noc/nights"
    with pytest.raises(ConfigError, match="several teams have a layer 'days'; write one of noc/days, field/days"):
        layer_named("days", ROTA.roster)


# -- its way ---------------------------------------------------------------------------------------------------------


def test_the_same_person_is_called_again_and_nobody_else() -> None:
    practice = Practice(asked())
    assert practice.look(at(2)) == ["chen"]
    (page,) = practice.pages
    assert page.reason is Reason.DRILL
    assert page.annotations["summary"].startswith("[DRILL 演练] ")
    assert page.annotations["description_zh"].startswith("演练 DRILL。")
    assert page.annotations["escalated_to"] == "Chen / 陈杰"
    assert practice.look(at(2) + 4 * MINUTE) == []
    assert practice.look(at(2) + 5 * MINUTE) == ["chen"]
    assert practice.look(at(2) + 14 * MINUTE) == []
    assert practice.look(at(2) + 15 * MINUTE) == ["-"]
    assert practice.known.drill.ended_for is DrillEnd.TIME_OVER
    assert practice.look(at(2) + 16 * MINUTE) == []
    assert {call.who for call in practice.known.drill.calls} == {"chen"}


def test_with_escalate_the_steps_of_the_team_are_taken_a_gap_apart() -> None:
    practice = Practice(asked(escalate=True))
    assert practice.look(at(2)) == ["chen"]
    assert practice.look(at(2) + MINUTE) == []
    assert practice.look(at(2) + 2 * MINUTE) == ["lead", "wall"]
    assert [call.who for call in practice.known.drill.calls] == ["chen", "lead", "contact/noc"]
    assert everybody_got_it(practice.known)


def test_an_acknowledgement_ends_it_and_says_by_whom() -> None:
    practice = Practice(asked())
    practice.look(at(2))
    practice.acknowledge("chen", at(2) + MINUTE)
    assert practice.look(at(2) + MINUTE) == ["-"]
    assert practice.known.drill.ended_for is DrillEnd.ACKNOWLEDGED
    over = practice.known.alert
    assert over is not None
    assert over.reason is Reason.DRILL_OVER
    assert "chen acknowledged it" in over.annotations["summary"]
    assert over.annotations["description"].startswith("DRILL 演练. It was only practice.")


def test_who_was_found_at_the_beginning_is_called_although_the_shift_has_changed() -> None:
    practice = Practice(asked(hours=0.99))
    assert practice.look(at(0.99)) == ["anna"]
    assert practice.look(at(0.99) + 5 * MINUTE) == ["anna"], "the override has ended, and chen was not meant"


def test_nobody_is_called_while_a_silence_fits_and_the_calls_come_after_it() -> None:
    silence = SilenceRow("s-1", ("tier=diamond",), at(1), at(2) + 3 * MINUTE, "lin", "works")
    practice = Practice(asked())
    assert practice.look(at(2), [silence]) == []
    assert practice.known.drill.silence == "s-1"
    assert practice.look(at(2) + MINUTE, [silence]) == []
    assert practice.look(at(2) + 3 * MINUTE, [silence]) == ["chen"]
    assert practice.known.drill.silence == "s-1", "the report says what held it up"


def test_a_drill_that_nobody_took_up_in_time_is_dropped() -> None:
    practice = Practice(asked())
    assert practice.look(at(2) + 3 * MINUTE) == []
    assert practice.known.drill.ended_for is DrillEnd.NOT_TAKEN_UP
    assert practice.known.alert is None


@pytest.mark.parametrize(
    ("drill", "sentence"),
    [
        (asked(DrillFor.PERSON, "zhou"), "'zhou' is no person of the rota"),
        (asked(DrillFor.TEAM, "field"), "nobody is on duty in team field"),
        (replace(asked(DrillFor.LAYER, "noc/days"), named="noc/gone"), "team noc has no layer 'gone' any more"),
    ],
)
def test_what_the_running_programs_rota_does_not_have_ends_it_with_the_sentence(drill: Drill, sentence: str) -> None:
    practice = Practice(drill)
    assert practice.look(at(2)) == []
    assert practice.known.drill.ended_for is DrillEnd.NOT_POSSIBLE
    assert sentence in practice.known.drill.detail


def test_a_person_who_left_the_rota_in_the_middle_ends_it() -> None:
    practice = Practice(asked())
    practice.look(at(2))
    fewer = replace(ROTA, roster=replace(ROTA.roster, people={"anna": ROTA.roster.people["anna"]}))
    assert practice.look(at(2) + MINUTE, rota=fewer) == ["-"]
    assert practice.known.drill.detail == "chen is in the rota of the running program no more"


def test_what_an_operator_ended_is_over_at_the_next_look() -> None:
    practice = Practice(asked())
    practice.look(at(2))
    practice.known = replace(practice.known, drill=replace(practice.known.drill, ended_for=DrillEnd.ENDED_EARLY))
    assert practice.look(at(2) + MINUTE) == ["-"]
    assert practice.known.drill.ended_at == at(2) + MINUTE


# -- the report ------------------------------------------------------------------------------------------------------


def test_the_report_counts_attempts_and_names_each_error_once() -> None:
    practice = Practice(asked(DrillFor.PERSON, "zhang"), deaf=("zhang",))
    practice.look(at(2))
    known = practice.known
    failed = DrillTry("zhang", at(2), at(2), True, Verdict.RETRY, "server_error", "503, it failed")
    again = replace(failed, at=at(2) + MINUTE)
    assert [row.reached for row in drill_rows(known)] == [Reached.WAITING]
    later = replace(known, tries=(failed, again, replace(again, at=at(2) + 2 * MINUTE, verdict=Verdict.ACCEPTED)))
    (row,) = drill_rows(later)
    assert (row.attempts, row.errors, row.accepted_at) == (3, ("503, it failed",), at(2) + 2 * MINUTE)
    assert everybody_got_it(later)
    refused = replace(known, tries=(replace(failed, verdict=Verdict.REFUSED),))
    assert [row.reached for row in drill_rows(refused)] == [Reached.REFUSED]
    over = replace(known, drill=replace(known.drill, ended_at=at(3)))
    assert [row.reached for row in drill_rows(over)] == [Reached.NOT_ACCEPTED]
    assert not any(map(everybody_got_it, (known, refused, over)))


def test_a_person_with_shadow_alone_got_nothing_and_one_with_another_channel_did() -> None:
    shadow = Route(Channel("zhang", Delivery.QUEUE), shadow=True)
    practice = Practice(asked(DrillFor.PERSON, "zhang"), routes={**ROUTES, "zhang": (shadow,)}, deaf=("zhang",))
    practice.look(at(2))
    assert [row.reached for row in drill_rows(practice.known)] == [Reached.SHADOW]
    assert not everybody_got_it(practice.known)
    both = Practice(
        asked(DrillFor.PERSON, "zhang"), routes={**ROUTES, "zhang": (shadow, *ROUTES["wall"])}, deaf=("zhang",)
    )
    both.look(at(2))
    assert everybody_got_it(both.known)


def test_nobody_called_is_not_everybody() -> None:
    assert not everybody_got_it(DrillOnRecord(asked()))


@given(
    whom=st.sampled_from([(DrillFor.TEAM, "noc"), (DrillFor.LAYER, "noc/days"), (DrillFor.PERSON, "anna")]),
    looks=st.lists(st.integers(0, 20 * 60), max_size=12).map(sorted),
    deaf=st.sets(st.sampled_from(["zhang", "anna", "chen"])),
    acked=st.none() | st.integers(0, 20 * 60),
)
def test_a_drill_calls_only_whom_it_is_for_and_is_over_at_its_end(
    whom: tuple[DrillFor, str], looks: list[int], deaf: set[str], acked: int | None
) -> None:
    """However often and however late it is looked at."""
    practice = Practice(asked(*whom), deaf=sorted(deaf))
    practice.look(at(2))
    (meant,) = practice.known.drill.people
    for seconds in looks:
        now = at(2) + timedelta(seconds=seconds)
        if acked is not None and seconds >= acked and not practice.known.acknowledged:
            practice.acknowledge(meant, now)
        practice.look(now)
        drill = practice.known.drill
        assert {call.who for call in drill.calls} <= {meant}
        assert drill.over is (now >= drill.ends_by or bool(practice.known.acknowledged) or drill.over)
        if now >= drill.ends_by or practice.known.acknowledged:
            assert drill.over
            assert practice.known.alert is not None
            assert not practice.known.alert.firing
    assert len(practice.known.drill.calls) <= 2
