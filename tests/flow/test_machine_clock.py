"""The real program on a machine whose clock jumps: what is held, what is told, what is withdrawn (semantics 17)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.installations import configuration, promise, written
from tests.support.peers import until
from tests.support.program import printed, value, wait_for
from tests.support.shifted import Clocks, Shifted
from tests.support.tmf621_server import Ticket, Tmf621Server, ticket
from tests.support.webhook import Webhook, listening

HOUR = 3600
YOUNG = timedelta(minutes=39, seconds=58)
"""The age of a ticket of gold that is about to breach."""

BREACHED = "TierwatchDeadlineBreached"
JUMPED, UNPROVEN = "TierwatchClockJumped", "TierwatchClockUnproven"


def nearly(name: str, opened: datetime | None = None) -> Ticket:
    """A ticket that is about to breach, and that its source has just changed."""
    return ticket(name, opened=opened or datetime.now(UTC) - YOUNG, updated=datetime.now(UTC), circuit=name)


@dataclass
class Installation:
    """A program, its source, its receiver, and the machine's clocks."""

    path: Path
    clocks: Clocks
    source: Tmf621Server
    webhook: Webhook
    program: Shifted
    address: str

    def told(self, name: str, status: str = "firing", subject: str = "") -> list[dict[str, Any]]:
        said = [request.json() for request in list(self.webhook.requests)]
        return [
            page
            for page in said
            if (page["labels"]["alertname"], page["status"]) == (name, status)
            and (not subject or page["labels"].get("ticket") == subject)
        ]

    def wait(self, name: str, status: str = "firing", subject: str = "") -> dict[str, Any]:
        return until(lambda: self.told(name, status, subject), f"{name} {status} {subject}")[-1]

    def polled(self, times: int = 3) -> None:
        """Wait until the source was read again a few times."""
        series = 'tierwatch_source_polls_total{source="tickets"}'
        wait_for(self.address, series, (value(self.address, series) or 0) + times)

    def settled(self) -> None:
        """Wait until no page is under way, so that none is sent twice after a kill."""
        until(lambda: value(self.address, 'tierwatch_outbox_pending{channel="hook"}') == 0)


@contextmanager
def installation(folder: Path, patience: float = HOUR, dates: float | None = None) -> Iterator[Installation]:
    """Gold has 40 minutes, one ticket is young. *dates*: by how much the peers' clocks are off.

    A witness is waited for so long that no machine is too slow, unless *patience* says otherwise.
    """
    opened = datetime.now(UTC)
    clocks = Clocks(folder / "clocks.json", patience)
    with Tmf621Server() as source, listening() as webhook:
        for peer in (source, webhook):
            peer.dates = dates
        source.put(ticket("T-1", opened=opened))
        reader = f'{{type: tmf621, every: 1s, at_most: 2s, options: {{url: "{source.url}"}}}}'
        config = configuration(
            reader, {"hook": f'{{type: webhook, options: {{url: "{webhook.url}", secret: {{env: PATH}}}}}}'}
        )
        path = written(folder, promise("40m"), config)
        program = Shifted(path, clocks)
        try:
            address = program.address()
            wait_for(address, 'tierwatch_sla_clocks{assurance="none",sla_target="restore",source="tickets",state="r', 1)
            yield Installation(path, clocks, source, webhook, program, address)
        finally:
            program.stop()


def test_an_hours_jump_is_told_at_once_and_its_breaches_are_held_until_an_operator_accepts(tmp_path: Path) -> None:
    with installation(tmp_path) as it:
        it.clocks.set(wall=HOUR)
        page = it.wait(JUMPED)
        assert "forward by 1 h" in page["annotations"]["summary"]
        assert "tierwatch clock accept --config" in page["annotations"]["description"]
        it.source.put(nearly("T-2"))
        it.wait(BREACHED, subject="T-2")  # due by either time: it is paged in time
        it.polled()
        assert it.told(BREACHED, subject="T-1") == []
        assert value(it.address, "tierwatch_clock_held") == 1
        assert value(it.address, "tierwatch_clock_jump_seconds") == pytest.approx(HOUR, abs=5)
        accepted = printed("clock", "accept", "--author", "Wang Fang", "-c", str(it.path))
        assert "accepted by Wang Fang" in accepted
        assert "clock unproven" not in it.wait(BREACHED, subject="T-1")["annotations"]["summary"]
        assert "an operator accepted" in it.wait(JUMPED, "resolved")["annotations"]["summary"]
        assert value(it.address, "tierwatch_clock_held") == 0


def test_with_no_witness_pages_go_out_marked_and_are_withdrawn_when_the_clock_goes_back(tmp_path: Path) -> None:
    with installation(tmp_path, patience=3) as it:
        it.clocks.set(wall=HOUR)
        it.wait(JUMPED)
        it.wait(UNPROVEN)
        page = it.wait(BREACHED, subject="T-1")
        assert page["annotations"]["summary"].startswith("[clock unproven]")
        assert page["annotations"]["summary_zh"].startswith("【时钟未经证实】")
        assert value(it.address, "tierwatch_clock_unproven") == 1
        it.clocks.set(wall=0)
        over = it.wait(BREACHED, "resolved", "T-1")
        assert "clock was wrong" in over["annotations"]["summary"]
        assert over["reason"] == "withdrawn"
        it.wait(UNPROVEN, "resolved")
        it.wait(JUMPED, "resolved")
        it.polled()
        withdrawn = 'tierwatch_sla_corrections_total{assurance="none",kind="breached"'
        assert value(it.address, withdrawn) == 1
        assert value(it.address, "tierwatch_clock_unproven") == 0


def test_a_jump_that_source_and_receiver_contradict_pages_nothing_false(tmp_path: Path) -> None:
    with installation(tmp_path, dates=0) as it:
        it.clocks.set(wall=HOUR)
        until(lambda: "show the time from before" in it.wait(JUMPED)["annotations"]["summary"])
        it.source.put(nearly("T-2"))
        assert "clock unproven" not in it.wait(BREACHED, subject="T-2")["annotations"]["summary"]
        it.polled(6)
        assert it.told(BREACHED, subject="T-1") == []
        assert it.told(UNPROVEN) == []


def test_a_jump_that_the_source_bears_out_is_gone_by_without_anybody(tmp_path: Path) -> None:
    with installation(tmp_path, dates=0) as it:
        it.source.dates = HOUR
        it.clocks.set(wall=HOUR)
        it.wait(BREACHED, subject="T-1")
        assert value(it.address, "tierwatch_clock_held") == 0


def test_a_machine_that_slept_is_no_jump_and_pages_after_its_sources_were_read(tmp_path: Path) -> None:
    with installation(tmp_path) as it:
        it.clocks.set(wall=HOUR, boot=HOUR)
        it.wait(BREACHED, subject="T-1")
        assert it.told(JUMPED) == []


def test_an_hour_back_ends_what_the_source_ends_and_nothing_else(tmp_path: Path) -> None:
    with installation(tmp_path) as it:
        opened = datetime.now(UTC) - YOUNG
        it.source.put(nearly("T-2", opened), nearly("T-3", opened))
        for name in ("T-2", "T-3"):
            it.wait(BREACHED, subject=name)
        it.clocks.set(wall=-HOUR)
        assert "back by 1 h" in it.wait(JUMPED)["annotations"]["summary"]
        changes = [("acknowledged", opened, ""), ("resolved", datetime.now(UTC), "")]
        it.source.put(ticket("T-3", opened=opened, changes=changes, circuit="T-3"))
        it.wait(BREACHED, "resolved", "T-3")
        it.polled()
        assert it.told(BREACHED, "resolved", "T-2") == []


def test_a_clock_put_back_while_nobody_looked_is_held_at_the_start(tmp_path: Path) -> None:
    with installation(tmp_path) as it:
        it.source.put(nearly("T-2"))
        it.wait(BREACHED, subject="T-2")
        it.program.stop()
        it.clocks.set(wall=-HOUR)
        it.program = Shifted(it.path, it.clocks)
        try:
            it.address = it.program.address()
            it.wait(JUMPED)
            it.polled()
            assert it.told(BREACHED, "resolved", "T-2") == []
            it.settled()
            it.program.kill()  # a second start goes on with the same hold
            it.program = Shifted(it.path, it.clocks)
            it.address = it.program.address()
            it.polled()
            assert len(it.told(JUMPED)) == 1
        finally:
            it.program.stop()
