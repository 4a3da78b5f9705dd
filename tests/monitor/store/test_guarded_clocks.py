"""The open clocks of the subjects that are in a guarded period, as the store counts them."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from monitor.config import policy_file, yaml_file
from monitor.model import State
from monitor.store.schema import readings
from tests.lessons.stories import installation
from tests.monitor.policy.test_guarded import CONGRESS, rulebook
from tests.support.aggregates import kept
from tests.support.cases import POLICY, at, ticket
from tests.support.texts import exchanged


def test_the_clocks_of_those_in_the_period_are_counted_from_its_beginning_to_its_end(tmp_path: Path) -> None:
    text = exchanged(CONGRESS, ("congress", "con_gress")) + POLICY.lstrip()
    policy = policy_file.build(yaml_file.parse(text, "case.yml"))
    with installation(tmp_path, rulebook(policy)) as here:
        here.hear(
            at(9),
            ticket("IN", at(9), "new", tier="gold", customer="harbour BANK"),
            ticket("OUT", at(9), "new", tier="gold", customer="Other"),
            ticket("SAYS", at(9), "new", tier="gold", customer='"guarded":"con_gress"'),
        )
        here.work(at(9.5))
        assert kept(here.database).guarded == {}
        here.work(at(10.1))
        found = kept(here.database).guarded
        with here.database.read() as connection:
            mine = (readings.c.subject == "IN") & readings.c.open
            known = connection.execute(sa.select(readings.c.state).where(mine)).scalars().all()
        assert known
        assert sorted(found) == sorted({("con_gress", "tickets", State(state)) for state in known})
        assert sum(found.values()) == len(known)
        here.work(at(20.1))
        assert kept(here.database).guarded == {}
