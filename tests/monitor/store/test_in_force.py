"""What is in force, through a real store: silences that hold now, acknowledgements of alerts that fire."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.alert import AckEnd, EndsFor, SilenceRow
from monitor.model import SubjectKey
from monitor.snapshot import InForce
from monitor.store.acknowledging import Acknowledging
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.silencing import Silences
from monitor.store.views import Views
from tests.support.pages import alert, ended, now
from tests.support.to_all import ToAll

HOUR = timedelta(hours=1)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    found = Database(f"sqlite:///{tmp_path}/in-force.db")
    yield found
    found.close()


def test_silences_are_shown_from_their_begin_to_their_end_the_longest_first(database: Database) -> None:
    at, store = now(), Silences(database)
    for name, begins, ends in (("short", -1, 1), ("long", -2, 5), ("over", -3, -1), ("to-come", 1, 2)):
        row = SilenceRow(name, ("tier=gold",), at + begins * HOUR, at + ends * HOUR, "lin", "work", name == "long")
        store.add(row, at, lambda _: False)
    found = Views(database).in_force(at)
    assert found.silences == 2
    assert [(one.id, one.maintenance) for one in found.longest] == [("long", True), ("short", False)]
    assert found.longest[0].matchers == ("tier=gold",)
    assert (found.longest[0].author, found.longest[0].reason, found.longest[0].ends_at) == (
        "lin",
        "work",
        at + 5 * HOUR,
    )
    store.end("long", at, lambda _: None)
    assert [one.id for one in Views(database).in_force(at).longest] == ["short"]


def test_acknowledgements_are_shown_until_they_end_or_the_alert_does(database: Database) -> None:
    first, second = alert("INC1", ago=0), alert("INC2", "breached", ago=0)
    at = now()
    Clocks(database).commit_alerts([first, second], ToAll(), at)
    store = Acknowledging(database)
    store.acknowledge([first.key], "zhang", "link", "at it", at, lambda *_: AckEnd(at + HOUR, EndsFor.SHARE))
    store.acknowledge([second.key], "li", "api", "", at + timedelta(seconds=1))
    found = Views(database).in_force(at + timedelta(seconds=2))
    assert found.acknowledgements == 2
    assert [(one.author, one.via, one.note, one.ends_at) for one in found.newest] == [
        ("li", "api", "", None), ("zhang", "link", "at it", at + HOUR),
    ]  # fmt: skip
    assert [(one.key, one.target, one.stage) for one in found.newest] == [
        (SubjectKey("tickets", "INC2"), "restore", "breached"), (SubjectKey("tickets", "INC1"), "restore", "used_75"),
    ]  # fmt: skip
    assert found.newest[0].summary.zh == "临近"
    assert [one.author for one in Views(database).in_force(at + HOUR).newest] == ["li"]
    Clocks(database).commit_alerts([ended(second)], ToAll(), now())
    assert Views(database).in_force(at + HOUR) == InForce()


def test_many_are_counted_and_the_first_are_listed(database: Database) -> None:
    many, at = [alert(f"INC{number}", ago=0) for number in range(InForce.MOST + 5)], now()
    Clocks(database).commit_alerts(many, ToAll(), at)
    Acknowledging(database).acknowledge([one.key for one in many], "li", "api", "", at)
    found = Views(database).in_force(at)
    assert (found.acknowledgements, len(found.newest)) == (InForce.MOST + 5, InForce.MOST)
