"""A group whose last circuit was retired ends with that reason, whatever order the news come in, and comes back."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from monitor.explain import as_lines, explain_group
from monitor.history.events import Correction, Event
from monitor.history.retirement import correction_event
from monitor.model import CorrectionKind, RetiredBy, SubjectKey, SubjectKind
from monitor.policy.counting import GROUPS
from monitor.store.grouping import load_group
from monitor.store.schema import alerts, groups, readings
from tests.flow.test_counts import INSTALLED, of_group, of_groups, said
from tests.lessons.stories import QUEUE, Installation, installation, utc
from tests.support.counting import COMPLAINTS, FAULTS, PATROLS, REPORTS, RESTORE, book, policy_text
from tests.support.texts import exchanged

VISITS = exchanged(PATROLS, ("patrols:", "visits:"), ("    per: month", "    by: circuit\n    per: month"))
BY_LINE = exchanged(FAULTS, ("faults:", "line_faults:"), ("by: site", "by: circuit"))
TARGETS = (COMPLAINTS, FAULTS, REPORTS, RESTORE, VISITS, BY_LINE)
ANOTHER = SubjectKey(GROUPS, "visits/l1")


def circuit(name: str, at: datetime, status: str | None, **fields: str) -> Event:
    said_as = f"{name} {status} {at.isoformat()} {sorted(fields.items())}"
    return Event("tickets", said_as, SubjectKind.CIRCUIT, name, at, status=status, fields=fields)


def retired(name: str, at: datetime, now: datetime) -> Event:
    made = Correction(CorrectionKind.RETIRE, "taken out", "wang", at, by=RetiredBy.COMMAND)
    return correction_event(SubjectKey("tickets", name), SubjectKind.CIRCUIT, made, now)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Installation]:
    with installation(tmp_path, book(policy_text(*TARGETS))) as found:
        found.installed_at = INSTALLED
        yield found


def states(here: Installation, key: SubjectKey) -> dict[int, str]:
    return {row.cycle: row.state for row in of_group(here, readings, key)}


def told(here: Installation, key: SubjectKey) -> list[tuple[str, bool]]:
    found = [row for row in of_group(here, alerts, key) if row.stage == "breached"]
    return [(row.reason, row.resolved_at is None) for row in found]


def test_the_duties_of_a_retired_circuit_end_as_retired_and_none_is_missed_after_that(here: Installation) -> None:
    here.hear(utc("2026-01-05"), circuit("L1", utc("2026-01-05"), "available"))
    march = utc("2026-03-02 09:00")
    here.work(march)
    assert states(here, ANOTHER) == {202602: "breached", 202603: "running"}
    here.deliver(QUEUE, march)
    gone = utc("2026-03-10")
    here.hear(gone, circuit("L1", gone, "retired"))
    here.work(gone)
    assert states(here, ANOTHER) == {202602: "breached", 202603: "cancelled"}
    assert told(here, ANOTHER) == [("retired", False)]
    assert here.deliver(QUEUE, gone) == ["breached retired"]
    here.work(utc("2026-09-01"))
    assert states(here, ANOTHER) == {202602: "breached", 202603: "cancelled"}
    assert here.worker.groups.next_due() is None
    words = {row.stage: row.annotations for row in of_group(here, alerts, ANOTHER)}["breached"]
    assert words["summary"].startswith("L1, visits: nothing of it is left; its last circuit was retired, gone for good")
    assert "最后一条电路已于" in words["summary_zh"]


def test_a_customer_is_gone_with_its_last_circuit_and_owes_again_when_another_one_comes(here: Installation) -> None:
    key = SubjectKey(GROUPS, "statement/acme")
    for name in ("L1", "L2"):
        here.hear(utc("2026-01-05"), circuit(name, utc("2026-01-05"), "available", customer="Acme"))
    here.work(utc("2026-01-06"))
    assert (202601 in states(here, key), states(here, key).get(202602)) == (True, None)
    here.hear(utc("2026-02-03"), circuit("L1", utc("2026-02-03"), "retired"))
    here.work(utc("2026-02-04"))
    assert states(here, key)[202602] == "running", "the other circuit is there"
    here.hear(utc("2026-02-05"), circuit("L2", utc("2026-02-05"), "retired"))
    here.work(utc("2026-02-06"))
    assert states(here, key)[202602] == "cancelled"
    here.work(utc("2026-04-20"))
    assert sorted(states(here, key)) == [202601, 202602]
    here.hear(utc("2026-04-21"), circuit("L3", utc("2026-04-21"), "available", customer=" ACME "))
    here.work(utc("2026-05-02"))
    assert sorted(states(here, key)) == [202601, 202602, 202605]
    with here.database.read() as connection:
        record = load_group(connection, key, lambda _: None, INSTALLED)
    assert record is not None
    lines = "\n".join(as_lines(explain_group(record, here.book, utc("2026-05-02")), "en"))
    assert "its last circuit was retired, gone for good, by 2026-02-05" in lines


def test_a_customer_whose_tickets_are_all_closed_is_still_there(here: Installation) -> None:
    key = SubjectKey(GROUPS, "statement/acme")
    at = utc("2026-01-05")
    here.hear(at, said("T1", at, "opened", customer="Acme"), said("T1", at + timedelta(hours=1), "closed"))
    here.hear(at, said("T2", at, "opened", customer="Acme"), said("T2", at + timedelta(hours=1), "retired"))
    here.work(utc("2026-03-20"))
    assert states(here, key)[202602] == "breached"


def test_what_is_taken_back_is_as_if_it_had_not_been_said_also_of_periods_that_are_over(here: Installation) -> None:
    here.hear(utc("2026-01-05"), circuit("L1", utc("2026-01-05"), "available"))
    here.work(utc("2026-03-10"))
    now = utc("2026-05-20")
    here.work(now)
    before = of_groups(here)
    event = retired("L1", utc("2026-03-20"), now)
    here.hear(now, event)
    here.work(now)
    assert states(here, ANOTHER) == {202602: "breached", 202603: "cancelled"}
    with here.database.read() as connection:
        mine = (readings.c.subject == ANOTHER.subject) & (readings.c.cycle == 202602)
        assert connection.scalar(sa.select(readings.c.stopped_at).where(mine)) == utc("2026-03-20")
    made = Correction(CorrectionKind.REVOKE, "a mistake", "wang", revokes=event.event_id)
    here.hear(now, correction_event(SubjectKey("tickets", "L1"), SubjectKind.CIRCUIT, made, now))
    here.work(now)
    assert of_groups(here) == before


def test_a_life_alone_makes_no_group(here: Installation) -> None:
    at = utc("2026-01-05")
    here.hear(at, circuit("L1", at, "available", customer="Acme", site="North"))
    here.work(at)
    with here.database.read() as connection:
        named = set(connection.scalars(sa.select(groups.c.subject)))
    assert named == {"statement/acme", "visits/l1"}, "what nobody is owed anything of has no group"


@pytest.mark.parametrize("seed", range(6))
def test_any_order_of_arrival_and_any_looks_leave_the_same_in_the_store(
    here: Installation, tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)
    start, events = utc("2026-01-25 09:00"), []

    def instant() -> datetime:
        return start + timedelta(hours=rng.randrange(80 * 24))

    for number in range(4):
        name, customer = f"L{number}", rng.choice(("Acme", "Other"))
        events.append(circuit(name, start, "available", customer=customer, site=rng.choice(("North", "South"))))
        events += [circuit(name, instant(), rng.choice(("unavailable", "available"))) for _ in range(4)]
        events += [retired(name, instant(), start) if rng.random() < 0.3 else circuit(name, instant(), "retired")]
        if rng.random() < 0.4:
            events.append(circuit(name, instant(), "available", customer=rng.choice(("Acme", "Other"))))
    for number in range(10):
        at, kind = instant(), rng.choice(("complaint", "patrol", "statement"))
        fields = {"process": kind, "customer": rng.choice(("Acme", "Other")), "circuit": rng.choice(("L0", "L1"))}
        events += [
            said(f"T{number}", at, "opened", **fields),
            said(f"T{number}", at, rng.choice(("closed", "delivered"))),
        ]
    end = utc("2026-05-03")
    here.hear(end, *events)
    here.work(end)
    whole = of_groups(here)
    assert any("'cancelled'" in str(row) for row in whole[0])
    (tmp_path / "other").mkdir()
    with installation(tmp_path / "other", here.book) as other:
        other.installed_at = INSTALLED
        looks = sorted(instant() for _ in range(12))
        waiting = sorted(events, key=lambda event: event.at + timedelta(hours=rng.choice((0, 0, 1, 200, 900))))
        for now in looks:
            heard = [event for event in waiting if event.at <= now and rng.random() < 0.7]
            waiting = [event for event in waiting if event not in heard]
            if heard:
                other.hear(now, *heard)
            other.work(now)
        other.hear(end, *waiting)
        other.work(end)
        assert of_groups(other) == whole
