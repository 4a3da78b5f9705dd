"""The link that every page carries: whose it is, how long it holds, and that it is the same whenever it is sent."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alerts.decide import audit, clock_alerts, heartbeat, major_faults, root_causes, silences, synthetic
from alerts.oncall.ack_links import (
    ANNOTATION,
    LINKS_LAST,
    RENEWED_EVERY,
    acknowledgement_of,
    expiry,
    linked,
    without_tokens,
)
from alerts.oncall.ack_tokens import Acknowledgement, Keys, sign, verify
from monitor.access.signing import LONGEST
from monitor.alert.alert import RECORDED_ONLY, Alert, Member, Reason
from monitor.model import SubjectKey
from monitor.service.synthetic_rules import RULES
from monitor.snapshot import Finding, FindingKind
from tests.support.cases import at
from tests.support.desk import SETTINGS
from tests.support.pages import alert

PAGE, KEYS = "https://tierwatch.example", Keys(b"k" * 32)
SECOND = timedelta(seconds=1)

starts = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 given UTC
ages = st.timedeltas(timedelta(days=-1), timedelta(days=4000))


def began(start: datetime) -> Alert:
    return replace(alert(), starts_at=start)


def url(of: Alert, now: datetime) -> str:
    return linked(of, PAGE, KEYS, now).annotations[ANNOTATION]


def token(of: Alert, now: datetime) -> str:
    return url(of, now).removeprefix(f"{PAGE}/acknowledge/")


def cause() -> Alert:
    members = [Member(SubjectKey("tickets", name), "restore", "gold", at(9)) for name in ("T1", "T2")]
    return root_causes.roll_up("circuit/C1", None, members, (), lambda: "c0ffee", SETTINGS, at(1)).alerts[0]


def test_a_link_names_the_alert_and_no_person() -> None:
    said = verify(token(alert(ago=0), at(0)), at(0), KEYS)
    assert isinstance(said, Acknowledgement)
    assert (said.alert, said.stage, said.wave, said.person) == (alert().key, "used_75", 0, "")


def test_a_link_of_a_root_cause_names_its_wave() -> None:
    said = verify(token(cause(), at(1)), at(1), KEYS)
    assert isinstance(said, Acknowledgement)
    assert (said.alert, said.stage, said.wave, said.person) == (cause().key, "wave_1", 1, "")


def test_the_page_is_the_same_but_for_its_link() -> None:
    plain, made = alert(), linked(alert(), PAGE, KEYS, at(0))
    assert {name: text for name, text in made.annotations.items() if name != ANNOTATION} == plain.annotations
    assert replace(made, annotations=plain.annotations) == replace(plain, starts_at=made.starts_at)
    assert made.key == plain.key


@given(starts, ages)
@example(datetime(2026, 1, 5, tzinfo=UTC), timedelta(days=4))
@example(datetime(2026, 1, 5, tzinfo=UTC), timedelta(days=4) + timedelta(microseconds=1))
def test_a_link_is_good_for_days_whenever_it_is_sent_and_never_for_long(start: datetime, age: timedelta) -> None:
    now = start + age
    said = verify(token(began(start), now), now, KEYS)
    assert isinstance(said, Acknowledgement)
    assert LINKS_LAST <= said.expires_at - now < LINKS_LAST + RENEWED_EVERY
    assert said.expires_at == expiry(start, now), "kept in whole seconds, so that none is lost"


@given(starts, st.timedeltas(timedelta(0), RENEWED_EVERY - LINKS_LAST - SECOND))
def test_all_of_the_first_days_have_one_link(start: datetime, age: timedelta) -> None:
    assert linked(began(start), PAGE, KEYS, start + age) == linked(began(start), PAGE, KEYS, start)


@given(starts, ages, st.timedeltas(timedelta(0), timedelta(days=60)))
def test_a_page_that_is_sent_again_is_the_same_until_its_link_runs_out(
    start: datetime, age: timedelta, later: timedelta
) -> None:
    one, other = start + age, start + age + later
    first, again = url(began(start), one), url(began(start), other)
    assert (first == again) is (expiry(start, one) == expiry(start, other))
    assert first == again or other > expiry(start, one) - LINKS_LAST, "another link only when that one is short"


@given(starts, ages)
def test_an_alert_has_one_link_a_week(start: datetime, age: timedelta) -> None:
    sent = [start + age + n * timedelta(hours=37) for n in range(30)]
    links = {url(began(start), now) for now in sent}
    assert len(links) <= (sent[-1] - sent[0]) // RENEWED_EVERY + 2


def test_another_alert_another_start_another_secret_give_another_link() -> None:
    made = {
        url(began(at(0)), at(1)),
        url(replace(alert("INC2"), starts_at=at(0)), at(1)),
        url(replace(alert(stage="breached"), starts_at=at(0)), at(1)),
        url(began(at(5)), at(5)),
        linked(began(at(0)), PAGE, Keys(b"x" * 32), at(1)).annotations[ANNOTATION],
    }
    assert len(made) == 5


def own() -> Iterator[tuple[str, Alert]]:
    """What the program says of itself and of many at once, by the very functions that say it."""
    (beat,) = heartbeat.heartbeat((), SETTINGS, at(0))
    yield "heartbeat", beat
    (digest,) = clock_alerts.backlog_digest([("gold", "restore", 3)], (), SETTINGS, at(0))
    yield "backlog", digest
    (lost,) = audit.undelivered([Finding(FindingKind.UNSENT, "T1", at(0), "wall", "")], (), SETTINGS, at(0))
    yield "undelivered", lost
    begun = synthetic.begin(at(0))
    yield "synthetic", synthetic.step(begun.events, (), False, False, RULES, SETTINGS, at(0, 1)).alerts[0]
    yield "test page", Alert({"alertname": "TierwatchTest"}, {"summary": "a test"}, at(0))
    yield "major fault", Alert({"alertname": major_faults.MAJOR, "rule": "x"}, {"summary": "s"}, at(0))


@pytest.mark.parametrize(("name", "said"), list(own()), ids=[name for name, _ in own()])
def test_what_the_program_says_of_itself_has_no_link(name: str, said: Alert) -> None:
    assert said.firing
    assert linked(said, PAGE, KEYS, at(1)) is said, name


def test_what_people_are_called_for_has_one() -> None:
    hidden = replace(
        alert(), labels={"alertname": silences.SILENCED_BREACH, "silence": "1"}, subject=None,
        cause_key=silences.about_key(SubjectKey("tickets", "INC1")),
    )  # fmt: skip
    for said in (alert(), alert(stage="breached"), cause(), hidden):
        assert ANNOTATION in linked(said, PAGE, KEYS, at(0)).annotations


@pytest.mark.parametrize("reason", list(Reason))
def test_what_is_over_or_only_on_record_has_none(reason: Reason) -> None:
    over = alert().resolve(at(1), reason)
    assert linked(over, PAGE, KEYS, at(1)) is over
    fires = replace(alert(), reason=reason)
    assert (linked(fires, PAGE, KEYS, at(1)) is fires) is (reason in RECORDED_ONLY)


@pytest.mark.parametrize(
    ("page_url", "keys"), [("", KEYS), ("not an address", KEYS), ("javascript:alert(1)", KEYS), (PAGE, None)]
)
def test_without_an_address_or_a_secret_there_is_none(page_url: str, keys: Keys | None) -> None:
    said = alert()
    assert linked(said, page_url, keys, at(0)) is said


def test_the_link_that_names_a_person_stays() -> None:
    once = replace(alert(), annotations={ANNOTATION: f"{PAGE}/acknowledge/of-zhang"})
    assert linked(once, PAGE, KEYS, at(0)) is once
    again = linked(alert(), PAGE, KEYS, at(0))
    assert linked(again, PAGE, KEYS, at(400)) is again


@pytest.mark.parametrize(
    "odd",
    [
        replace(alert(), stage="s" * LONGEST),
        replace(alert(), stage="\ud800"),
        replace(alert(), starts_at=datetime.max.replace(tzinfo=UTC)),
        replace(alert(), starts_at=datetime.min.replace(tzinfo=UTC)),
        replace(alert(), labels={"wave": "²"}),
        replace(alert(), labels={"wave": "x"}),
    ],
    ids=["long", "half a character", "last", "first", "superscript", "no number"],
)
def test_an_odd_alert_goes_out_with_a_link_or_without_and_always_goes_out(odd: Alert) -> None:
    for now in (at(0), datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)):
        made = linked(odd, PAGE, KEYS, now)
        assert replace(made, annotations=odd.annotations) == odd


@given(st.text(st.characters(codec="utf-8"), max_size=50), st.text(max_size=20), st.integers(0, 200))
def test_no_piece_of_a_token_stays_in_what_a_receiver_answers(person: str, around: str, cut: int) -> None:
    made = sign(acknowledgement_of(alert(), at(9), person), KEYS)
    said = f"{around} {PAGE}/acknowledge/{made[: max(len(made) - cut, 8)]}"  # the first eight are those of every token
    left = without_tokens(said)
    assert left == f"{around} {PAGE}/acknowledge/…"
    assert base64.urlsafe_b64encode(b'{"a":"').decode() not in left


@given(st.text())
def test_other_answers_stay_as_they_are(text: str) -> None:
    assert "eyJhIjoi" in text or without_tokens(text) == text
