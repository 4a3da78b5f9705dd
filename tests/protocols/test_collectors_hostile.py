"""One poisonous record harms only itself, in every collector (A4): fuzzed with bytes, and all of it is stored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from monitor.config import plugins
from monitor.history.batch import Batch, Collector, Cursor
from monitor.report.replay import read_log
from monitor.store.database import Database
from monitor.store.ingest import Ingest
from tests.support.collecting import NOW, Polled, poll
from tests.support.hostile_bytes import KINDS, VALUE, Kind, good, showing

PACKAGE = "monitor.collectors"
NAMES = plugins.names(PACKAGE)
CASES = [(name, poison) for name in NAMES if name in KINDS for poison in KINDS[name].poison]
PIECES = st.sampled_from(
    [
        *(
            rb"\ud800",
            rb"\udfff",
            rb"\u0000",
            b"\0",
            b"\xff",
            b"\xed\xa0\x80",
            b'"',
            b"\\",
            b",",
            b"\n",
            b"\r",
            b"\xef\xbb\xbf",
        ),
        *(b"9" * 5000, b"[" * 3000, b"]" * 3000, b'{"a":' * 2000, b"{", b"}", b"[", b"]", b"null", b"1e999", b"NaN"),
        *(
            b"A" * 200_000,
            b"9999-12-31T23:59:59-14:00",
            b"0001-01-01",
            b"31/12/9999 23:59",
            b"\x1b[31m",
            b"9" * 30,
            b"",
            b"-",
        ),
    ]
)
EDITS = st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 40), PIECES | st.binary(max_size=6)), max_size=4)


@pytest.fixture(scope="module")
def ingest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingest]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('hostile') / 'tw.db'}")
    yield Ingest(database)
    database.close()


def built(name: str, options: dict[str, Any]) -> Collector:
    module: ModuleType = plugins.load(PACKAGE, name)
    collector: Collector = module.build(TypeAdapter(module.Config).validate_python(options))
    return collector


def polled_and_stored(collector: Collector, ingest: Ingest) -> Polled:
    polled = poll(collector)
    ingest.commit_batch("corp", Batch(polled.events, polled.rejects, polled.position, polled.bodies), NOW)
    return polled


def test_every_collector_is_fuzzed() -> None:
    assert set(NAMES) == set(KINDS), "a collector has no good bytes; add them to tests/support/hostile_bytes.py"


@pytest.mark.parametrize(("name", "poison"), CASES)
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_the_neighbours_of_a_poisonous_record_are_read(name: str, poison: str, tmp_path: Path, ingest: Ingest) -> None:
    kind = KINDS[name]
    bad = kind.record("BAD").replace(VALUE, kind.poison[poison])
    with showing(kind, tmp_path) as (show, options):
        show(kind.body([good(kind, "G1"), bad, good(kind, "G2"), bad, good(kind, "G3")]))
        polled = polled_and_stored(built(name, options), ingest)
        log = read_log(built(name, options), "corp", NOW, lambda *_: None)
    assert polled.error is None
    assert kind.subjects("G1", "G2", "G3") <= polled.subjects
    assert kind.subjects("G1", "G2", "G3") <= set(log.subjects)
    assert kind.subjects("BAD") <= polled.subjects or polled.rejects, "nothing is dropped without a word"


@pytest.mark.parametrize("name", NAMES)
def test_whatever_bytes_come_a_poll_ends_with_batches_or_a_source_error_and_all_is_stored(
    name: str, tmp_path: Path, ingest: Ingest
) -> None:
    kind = KINDS[name]
    body = kind.body([good(kind, f"G{number}") for number in range(4)])
    with showing(kind, tmp_path) as (show, options):

        @given(EDITS, st.none() | st.integers(0, len(body)))
        @settings(suppress_health_check=list(HealthCheck))
        def fuzz(edits: list[tuple[int, int, bytes]], cut: int | None) -> None:
            edited = body
            for at, length, piece in edits:
                at %= len(edited) + 1
                edited = edited[:at] + piece + edited[at + length :]
            show(edited[:cut])
            polled_and_stored(built(name, options), ingest)

        fuzz()


@pytest.mark.parametrize("name", NAMES)
def test_an_answer_of_nothing_but_poison_is_bounded(name: str, tmp_path: Path, ingest: Ingest) -> None:
    kind = KINDS[name]
    bad = [
        kind.record(f"BAD{number}").replace(VALUE, b'"x' if kind.suffix == "csv" else b"tru") for number in range(3000)
    ]
    with showing(kind, tmp_path) as (show, options):
        show(kind.body([*bad, good(kind, "G1")]))
        polled = polled_and_stored(built(name, options), ingest)
    assert polled.error is None
    assert kind.subjects("G1") <= polled.subjects


def test_a_kind_is_whole() -> None:
    for kind in KINDS.values():
        assert isinstance(kind, Kind)
        assert VALUE in kind.record("X")


def test_a_cursor_that_was_poisoned_is_read_back(tmp_path: Path, ingest: Ingest) -> None:
    kind = KINDS["tmf621"]
    with showing(kind, tmp_path) as (show, options):
        show(kind.body([good(kind, "G1"), good(kind, r"P\ud800").replace(rb"P\\ud800", rb"P\ud800")]))
        collector = built("tmf621", options)
        for batch in collector.poll(Cursor("poisoned", NOW)):
            ingest.commit_batch("poisoned", batch, NOW)
        again = poll(collector, ingest.position("poisoned"), source="poisoned")
    assert again.error is None
