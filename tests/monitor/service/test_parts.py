"""What of the parts goes on, and what begins anew, when other parts take their place."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from apscheduler.schedulers import SchedulerNotRunningError
from apscheduler.schedulers.background import BackgroundScheduler

from monitor import wallclock
from monitor.config import config_file
from monitor.service.parts import Parts
from monitor.service.program import Program
from tests.support.by_hand import parts_by_hand
from tests.support.rounds import Peers, begin, built, lives, work, written_down
from tests.support.texts import exchanged


def again(program: Program, *changes: tuple[str, str]) -> Parts:
    """The parts of the configuration as it is written, with *changes*, beside those that run."""
    path = program.config.path
    assert path is not None
    path.write_text(exchanged(path.read_text(encoding="utf-8"), *changes), encoding="utf-8")
    return parts_by_hand(Parts(config_file.load(path), program.host, program.parts))


def test_a_source_is_polled_when_it_would_have_been_and_at_once_if_its_options_changed(tmp_path: Path) -> None:
    slow = ("every: 1s, at_most: 2s", "every: 1h, at_most: 2h")
    with built(tmp_path, Peers()) as program:
        program.parts = again(program, slow)
        begin(program)
        before, row = wallclock.now(), program.host.views.sources()["tickets"]
        assert row.next_poll is not None
        first = again(program)._first_polls()["tickets"]
        assert abs(first - row.next_poll) < timedelta(minutes=1)
        assert first > before + timedelta(minutes=50)
        (tmp_path / "others.jsonl").touch()
        changed = again(program, ("tickets.jsonl", "others.jsonl"))._first_polls()["tickets"]
        assert before <= changed <= wallclock.now()


class EndedInBetween(BackgroundScheduler):
    """A scheduler that another thread ends between the question whether it runs and the call that ends it."""

    @property
    def running(self) -> bool:
        running = bool(super().running)
        if running:
            self.shutdown(wait=False)
        return running


def test_a_stop_and_a_reload_may_end_one_scheduler_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with built(tmp_path, Peers()) as program:
        scheduler = EndedInBetween(timezone="UTC")
        scheduler.start()
        monkeypatch.setattr(program.parts, "_scheduler", scheduler)
        program.parts.close()
        assert program.parts.stopping.is_set()
        with pytest.raises(SchedulerNotRunningError):
            scheduler.shutdown()


def test_audits_keep_their_pace_and_what_the_last_one_found(tmp_path: Path) -> None:
    with built(tmp_path, Peers()) as program:
        begin(program)
        pulse = program.parts.pulse
        pulse.watch(program.host.now() + timedelta(minutes=2))
        assert pulse._findings is not None
        new = again(program).pulse
        new.begin(program.host.now())
        assert (new._findings, new._audits.last) == (pulse._findings, pulse._audits.last)


def test_what_was_published_goes_on_and_the_counters_are_those_of_the_start(tmp_path: Path) -> None:
    with built(tmp_path, Peers()) as program:
        begin(program)
        written_down(tmp_path, lives(program.host.now()))
        work(program, timedelta(0))
        at = program.host.now()
        before = program.parts.publisher.snapshot(at)
        assert not before.health.starting
        after = again(program, ("zone: Asia/Shanghai", "zone: UTC")).publisher.snapshot(at)
        assert after.health == before.health
        assert {count.name for count in after.counts if count.fresh} == {c.name for c in before.counts if c.fresh}
        assert [source.stale for source in after.sources] == [source.stale for source in before.sources]


def test_parts_that_are_built_and_never_begun_change_nothing_in_the_store(tmp_path: Path) -> None:
    with built(tmp_path, Peers()) as program:
        begin(program)
        written_down(tmp_path, lives(program.host.now()))
        work(program, timedelta(0))
        with program.host.database.read() as connection:
            before = list(connection.connection.iterdump())  # type: ignore[attr-defined]
        again(program, ("zone: Asia/Shanghai", "zone: UTC"))
        with program.host.database.read() as connection:
            assert list(connection.connection.iterdump()) == before  # type: ignore[attr-defined]
