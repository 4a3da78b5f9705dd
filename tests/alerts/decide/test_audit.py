"""The auditor: clean on whatever the program does, and a finding for each thing that is taken away from it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.decide import audit
from alerts.decide.withholding import Route
from monitor.alert.alert import Channel, Delivery
from monitor.explain import sentences
from monitor.messages import DEFAULT, text
from monitor.snapshot import Finding, FindingKind
from monitor.store.auditing import Auditing
from monitor.store.database import Database
from monitor.store.deliveries import Deliveries
from monitor.store.schema import alert_log, alerts, decisions, outbox, silences, touched, transitions
from tests.support import cases
from tests.support.cases import MONDAY, at, ticket
from tests.support.desk import SETTINGS
from tests.support.switchboard import PHONE, WALL, Switchboard, switchboard

CHANNELS = {"wall": at(0), "phone": at(0)}


def sentence(finding: Finding) -> str:
    """A finding in words."""
    return text(audit.sentence(finding), DEFAULT)


DAY = timedelta(hours=24)


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Switchboard]:
    with switchboard(tmp_path, cases.POLICY) as made:
        yield made


def found(board: Switchboard, now: datetime, channels: dict[str, datetime] | None = None) -> tuple[Finding, ...]:
    known = CHANNELS if channels is None else channels
    return audit.audit(Auditing(board.database), board.rules, known, board.settings.installed_at, now - DAY, now)


def kinds(board: Switchboard, now: datetime) -> list[FindingKind]:
    return [finding.kind for finding in found(board, now)]


def change(board: Switchboard, *statements: sa.Executable) -> None:
    with board.database.write() as connection:
        for statement in statements:
            connection.execute(statement)


def breached(board: Switchboard, tier: str = "gold") -> None:
    """A ticket that breached at 4:00 and was told of everything, as far as its tier pages."""
    board.hear(ticket("T1", at(0), "working", tier=tier, circuit="C1"))
    for hours in (3, 3.6, 4.01):
        board.work(at(hours))
        for channel in (WALL, PHONE):
            board.told(channel, at(hours))


# -- each kind of finding ----------------------------------------------------------------------------------------------


def test_what_was_told_is_clean(board: Switchboard) -> None:
    breached(board)
    assert found(board, at(5)) == ()


@pytest.mark.parametrize("stage", ["used_75", "breached"])
def test_a_crossing_without_an_alert_is_found(board: Switchboard, stage: str) -> None:
    breached(board)
    gone = (alerts.c.target == "restore") & (alerts.c.stage == stage)
    change(board, sa.delete(alerts).where(gone))
    (finding,) = found(board, at(5))
    assert finding.kind is FindingKind.NO_ALERT
    assert finding.what == f"tickets/T1 restore cycle 1, stage {stage}"
    assert sentence(finding).startswith(
        f"tickets/T1 restore cycle 1, {text(sentences.stage(stage), DEFAULT)}: crossed, recorded 2026-01-05"
    )
    assert sentence(finding).endswith("inform the people concerned yourself, and report this as a defect of tierwatch")


def test_a_crossing_that_was_withdrawn_or_pages_nobody_is_none(board: Switchboard) -> None:
    breached(board, "standard")
    assert found(board, at(5)) == ()
    board.hear(ticket("T2", at(0), "working", tier="gold"))
    board.work(at(4.5))
    board.hear(ticket("T2", at(2), "resolved"))
    board.work(at(4.6))
    change(board, sa.delete(alerts).where((alerts.c.subject == "T2") & (alerts.c.target == "restore")))
    assert FindingKind.NO_ALERT not in kinds(board, at(5))


def test_a_crossing_from_before_the_installation_is_none(board: Switchboard) -> None:
    board.settings = replace(SETTINGS, installed_at=at(4.5))
    breached(board)
    change(board, sa.delete(alerts))
    assert found(board, at(5)) == ()


def test_a_paused_clock_owes_no_alert_of_a_stage_until_it_runs_again(board: Switchboard) -> None:
    board.hear(ticket("T1", at(0), "working", tier="gold"), ticket("T1", at(3.2), "waiting", reason="customer"))
    board.work(at(3.3))
    assert [row for row in board.told(PHONE, at(3.3)) if "restore" in row] == []
    assert FindingKind.NO_ALERT not in kinds(board, at(3.5))


def test_a_subject_with_news_is_left_for_the_next_audit(board: Switchboard) -> None:
    breached(board)
    change(
        board,
        sa.delete(alerts).where(alerts.c.stage == "breached"),
        sa.insert(touched).values(source="tickets", subject="T1", revision=1, priority=0),
    )
    assert found(board, at(5)) == ()


def test_an_alert_that_a_channel_was_never_asked_about_is_found(board: Switchboard) -> None:
    breached(board)
    change(board, sa.delete(outbox).where(outbox.c.channel == "phone"))
    board_findings = found(board, at(5))
    assert {finding.kind for finding in board_findings} == {FindingKind.NO_DECISION}
    assert {finding.channel for finding in board_findings} == {"phone"}
    assert any("stage breached" in finding.what for finding in board_findings)


def test_a_decision_on_record_is_an_answer(board: Switchboard) -> None:
    board.routes = (Route(WALL), Route(PHONE, only={"tier": frozenset({"diamond"})}))
    breached(board)
    assert found(board, at(5)) == ()
    change(board, sa.delete(decisions))
    assert set(kinds(board, at(5))) == {FindingKind.NO_DECISION}


def test_a_channel_need_not_know_what_was_before_it(board: Switchboard) -> None:
    breached(board)
    assert found(board, at(5), {**CHANNELS, "new": at(4.5)}) == ()
    assert [finding.channel for finding in found(board, at(5), {**CHANNELS, "new": at(4)})] == ["new"]


def test_a_page_that_waits_for_long_is_found_with_why(board: Switchboard) -> None:
    board.hear(ticket("T1", at(0), "working", tier="gold"))
    board.work(at(3))
    board.told(WALL, at(3))
    assert found(board, at(3, 4)) == ()
    late = found(board, at(3, 6))
    assert {(finding.kind, finding.channel, finding.detail) for finding in late} == {
        (FindingKind.UNSENT, "phone", "it was never tried")
    }
    change(board, sa.update(outbox).values(attempts=9, reason="timeout", detail="it is silent", next_at=at(3, 7)))
    assert found(board, at(3, 6))[0].detail == "timeout: it is silent"
    assert "has waited for channel phone since 2026-01-05 03:00:00 +00:00 (timeout: it is silent); repair" in sentence(
        next(finding for finding in found(board, at(3, 6)) if finding.channel == "phone")
    )


def test_a_page_that_a_silence_holds_is_none_until_the_silence_is_over(board: Switchboard) -> None:
    row = {
        "id": "s1", "matchers": ['alertname=~".*"'], "starts_at": at(0), "ends_at": at(6), "author": "lin",
        "reason": "works", "maintenance": False, "created_at": at(0),
    }  # fmt: skip
    change(board, sa.insert(silences).values(**row))
    breached(board)
    assert found(board, at(5.9)) == ()
    assert found(board, at(6, 3)) == (), "its time to be sent has only just come"
    assert set(kinds(board, at(6, 6))) == {FindingKind.UNSENT}
    for channel in (WALL, PHONE):
        board.told(channel, at(6, 6))
    assert found(board, at(6, 7)) == ()


def test_what_stands_behind_a_cause_is_none(board: Switchboard) -> None:
    for name in ("T1", "T2", "T3"):
        board.hear(ticket(name, at(0), "working", tier="gold", circuit="C1"))
    for hours in (3, 3.6, 4.01, 6):
        board.work(at(hours))
        for channel in (WALL, PHONE):
            board.told(channel, at(hours))
        assert found(board, at(hours, 10)) == ()


def test_a_page_that_was_refused_for_good_and_taken_by_nobody_is_found(board: Switchboard) -> None:
    board.routes = (Route(PHONE),)
    breached(board)
    closed = {"accepted_at": None, "attempts": 1, "reason": "refused", "detail": "too long", "closed_at": at(4.1)}
    change(board, sa.update(outbox).values(**closed))
    refused = found(board, at(5), {"phone": at(0)})
    assert {finding.kind for finding in refused} == {FindingKind.REFUSED}
    assert "refused for good by channel phone (refused: too long)" in sentence(refused[0])
    (one,) = [finding for finding in refused if "restore, stage breached" in finding.what]
    change(board, sa.update(outbox).where(outbox.c.id == 1).values(accepted_at=at(4.2)))
    left = found(board, at(5), {"phone": at(0)})
    assert len(left) < len(refused), "a stage of the same clock was accepted"
    assert one in refused


def test_every_kind_has_a_test_and_a_sentence() -> None:
    for kind in FindingKind:
        said = sentence(Finding(kind, "T1", at(1), "phone", "why"))
        assert said.startswith("T1: ")
        assert "2026-01-05 01:00:00 +00:00" in said
        assert "; " in said


# -- the alert -------------------------------------------------------------------------------------------------------


def findings(*names: str) -> tuple[Finding, ...]:
    return tuple(Finding(FindingKind.UNSENT, name, at(1), "phone") for name in names)


def test_findings_are_one_critical_alert_that_ends_when_the_audit_is_clean() -> None:
    (first,) = audit.undelivered(findings("T1"), (), SETTINGS, at(2))
    assert first.labels == {"alertname": audit.UNDELIVERED, "instance": "north", "severity": "critical"}
    assert (first.firing, first.reason, first.starts_at) == (True, "first", at(2))
    assert "T1" in first.annotations["description"]
    assert "T1" in first.annotations["description_zh"]
    assert audit.undelivered(findings("T1"), (first,), SETTINGS, at(3)) == ()
    (more,) = audit.undelivered(findings("T1", "T2"), (first,), SETTINGS, at(4))
    assert (more.key, more.reason, more.starts_at) == (first.key, "reworded", at(2))
    (over,) = audit.undelivered((), (more,), SETTINGS, at(5))
    assert (over.firing, over.reason, over.key) == (False, "audit_clean", first.key)
    assert audit.undelivered((), (over,), SETTINGS, at(6)) == ()
    (again,) = audit.undelivered(findings("T3"), (over,), SETTINGS, at(7))
    assert (again.reason, again.starts_at) == ("reopened", at(7))


def test_a_thousand_findings_are_ten_lines() -> None:
    (alert,) = audit.undelivered(findings(*(f"T{n}" for n in range(1000))), (), SETTINGS, at(2))
    assert "1000" in alert.annotations["summary"]
    assert "And 990 more." in alert.annotations["description"]
    assert len(alert.annotations["description"].splitlines()) == 12


def test_hostile_names_stay_on_their_line() -> None:
    (alert,) = audit.undelivered(findings("T1\nsummary: all is well\x1b[2J" + "x" * 5000), (), SETTINGS, at(2))
    assert len(alert.annotations["description"].splitlines()) == 2
    assert "\x1b" not in alert.annotations["description"]


# -- the property ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Switchboard]:
    """Empty stores, one after the other."""
    folder = tmp_path_factory.mktemp("audited")
    with switchboard(folder, cases.POLICY) as made:
        rules = made.rules
        with closing(made.database):
            made.database.close()
    template, used = folder / "switchboard.db", folder / "used.db"

    def make() -> Switchboard:
        for left in folder.glob("used.db*"):
            left.unlink()
        shutil.copy(template, used)
        return Switchboard(Database(f"sqlite:///{used}"), rules)

    return make


STATUSES = ["new", "working", "waiting", "resolved", "closed", "cancelled", "odd"]
HAPPENINGS = st.tuples(
    st.integers(0, 20 * 60),
    st.sampled_from(["T1", "T2", "T3"]),
    st.sampled_from(STATUSES),
    st.sampled_from(["gold", "diamond", "standard", ""]),
    st.integers(0, 200),
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    happenings=st.lists(HAPPENINGS, min_size=1, max_size=9),
    looks=st.lists(st.integers(0, 22 * 60), max_size=8),
    shadow=st.booleans(),
    silenced=st.booleans(),
    installed=st.sampled_from([0, 300]),
)
def test_whatever_happens_to_tickets_the_audit_of_it_is_clean(
    fresh: Callable[[], Switchboard],
    happenings: list[tuple[int, str, str, str, int]],
    looks: list[int],
    shadow: bool,
    silenced: bool,
    installed: int,
) -> None:
    board = fresh()
    board.routes = (
        Route(WALL, shadow=shadow),
        Route(PHONE),
        Route(Channel("gold", Delivery.QUEUE), {"tier": {"gold"}}),
    )
    board.settings = replace(SETTINGS, installed_at=MONDAY + timedelta(minutes=installed))
    channels = {"wall": MONDAY, "phone": MONDAY, "gold": MONDAY}
    try:
        if silenced:
            row = {
                "id": "s1", "matchers": ['stage="breached"'], "starts_at": at(0), "ends_at": at(10), "author": "lin",
                "reason": "works", "maintenance": False, "created_at": at(0),
            }  # fmt: skip
            change(board, sa.insert(silences).values(**row))
        arrivals: dict[int, list[tuple[int, str, str, str, int]]] = {}
        for happening in happenings:
            arrivals.setdefault(happening[0] + happening[4], []).append(happening)
        for minute in sorted({*arrivals, *looks, 24 * 60}):
            now = MONDAY + timedelta(minutes=minute)
            for number, (told_at, name, status, tier, _) in enumerate(arrivals.get(minute, ())):
                fields = {"tier": tier, "circuit": "C1"} if tier else {}
                reason = "customer" if status == "waiting" else None
                when = MONDAY + timedelta(minutes=told_at)
                board.hear(ticket(name, when, status, reason=reason, sequence=number, **fields))
            board.work(now)
            for route in board.routes:
                while board.told(route.channel, now):
                    if route.channel.delivery is Delivery.STATE:
                        break
            here = audit.audit(
                Auditing(board.database), board.rules, channels, board.settings.installed_at, MONDAY - DAY, now
            )
            assert [sentence(finding) for finding in here] == []
    finally:
        board.database.close()


def test_the_property_would_notice(board: Switchboard) -> None:
    """What the property relies on: taking any one alert of a told stage away is found."""
    breached(board)
    with board.database.read() as connection:
        keys = connection.scalars(sa.select(alerts.c.key)).all()
        crossed = connection.execute(sa.select(transitions).where(transitions.c.kind == "crossed")).all()
    assert crossed
    for key in keys:
        with board.database.write() as connection:
            row = connection.execute(sa.select(alerts).where(alerts.c.key == key)).mappings().one()
            connection.execute(sa.delete(alerts).where(alerts.c.key == key))
        assert FindingKind.NO_ALERT in kinds(board, at(5)), row["stage"]
        change(board, sa.insert(alerts).values(**row))


def test_only_the_window_is_looked_at(board: Switchboard) -> None:
    breached(board)
    change(board, sa.delete(alerts))
    assert FindingKind.NO_ALERT in kinds(board, at(20))
    assert found(board, at(40)) == ()
    with board.database.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(alert_log))
    assert Deliveries(board.database).next_page("phone") is None
