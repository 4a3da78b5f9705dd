"""Whoever looks on goes on looking over a reload, and a stop does not wait for viewers."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from tests.support.peers import until
from tests.support.rounds import Peers, built, line, written_down
from tests.support.streams import Viewer


def test_a_reload_ends_no_stream_and_a_stop_ends_all(tmp_path: Path) -> None:
    with built(tmp_path, Peers(), "synthetic_every: off") as program, ExitStack() as stack:
        program.start()
        now = datetime.now(UTC)
        viewers = [stack.enter_context(Viewer(f"{program.address}/")) for _ in range(5)]
        for viewer in viewers:
            viewer.next("begin")
        written_down(tmp_path, iter([line(1, now, "opened", tier="gold")]))
        program.parts.sources._poll(program.config.sources[0])
        for viewer in viewers:
            assert viewer.next("transition").data["subject"] == "ticket-1"
        before = program.parts
        until(lambda: program._reload("a test").result == "taken", "the reload is taken")
        assert program.parts is not before
        written_down(tmp_path, iter([line(2, now, "opened", tier="gold")]))
        program.parts.sources._poll(program.config.sources[0])
        for viewer in viewers:
            assert next(e for e in viewer.events() if e.name == "transition" and e.data["subject"] == "ticket-2")
        program.stop()
        for viewer in viewers:
            assert viewer.rest() is not None
        assert program.host.live.broadcaster.viewers == 0
