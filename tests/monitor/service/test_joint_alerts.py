"""How often the engine counts the breaches that are older than the installation."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from monitor.service.joint_alerts import JointAlerts
from monitor.service.resting import Rest
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.views import Views
from tests.support.asked import asked
from tests.support.by_hand import Watch
from tests.support.cases import at, rules
from tests.support.desk import SETTINGS
from tests.support.to_all import ToAll


def test_old_breaches_are_counted_after_a_change_and_in_a_twentieth_of_the_time(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/store.db")
    clocks, watch = Clocks(database), Watch(each=1)
    joint = JointAlerts(
        clocks, Views(database), rules().policy, ToAll(), lambda: SETTINGS, partial(Rest, clock=watch, spent=watch)
    )

    def counts() -> bool:
        with asked(database) as found:
            joint.backlog(at(1))
        return bool(found)

    assert counts(), "it takes a second and ends in the fourth"
    assert not counts(), "no clock has changed"
    clocks.revision += 1
    watch.seconds = 22
    assert not counts(), "it is the 23rd second"
    assert counts(), "it is the 24th"
    database.close()
