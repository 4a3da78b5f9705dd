"""Exemplars name a subject where OpenMetrics lets them, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families
from prometheus_client.samples import Sample

from exporters.families import CLASSIC, EXEMPLAR_LABEL, OPENMETRICS
from exporters.prometheus import Config, build
from monitor.model import SubjectKey
from monitor.snapshot import CONSUMED, Exemplar, SeriesKey, Snapshot
from tests.support import snapshots
from tests.support.snapshots import AT

BREACHED = "tierwatch_sla_clocks_breached_total"
GOLD = SeriesKey(BREACHED, ("corp", "gold", "AA", "restore"))


def exemplars(snapshot: Snapshot) -> Iterator[Sample]:
    """The samples with an exemplar, by the library's strict parser."""
    body, kind = build(Config()).render(snapshot, AT, OPENMETRICS)
    assert kind == OPENMETRICS
    for family in openmetrics_families(body.decode()):
        yield from (sample for sample in family.samples if sample.exemplar is not None)


def test_breaches_and_buckets_have_the_subject_that_they_counted_last() -> None:
    found = {
        (one.name, one.labels.get("le")): (one.exemplar.labels, one.exemplar.value, float(one.exemplar.timestamp))
        for one in exemplars(snapshots.example())
    }
    assert found == {
        (BREACHED, None): ({EXEMPLAR_LABEL: "corp/TT20260301-17"}, 1.0, AT.timestamp() - 180),
        (f"{CONSUMED}_bucket", "0.5"): ({EXEMPLAR_LABEL: "corp/TT20260302-4"}, 0.31, AT.timestamp() - 480),
        (f"{CONSUMED}_bucket", "+Inf"): ({EXEMPLAR_LABEL: "corp/TT20260301-17"}, 2.4, AT.timestamp() - 120),
    }


def test_the_classic_text_names_no_subject() -> None:
    body, kind = build(Config()).render(snapshots.example(), AT)
    assert kind == CLASSIC
    assert b"TT2026" not in body
    assert b" # {" not in body


def test_without_exemplars_openmetrics_names_no_subject() -> None:
    assert list(exemplars(replace(snapshots.example(), exemplars={}))) == []


def test_a_counter_that_is_shown_as_nothing_at_first_has_no_exemplar() -> None:
    example = snapshots.example()
    fresh = replace(example, counts=[replace(one, fresh=True) for one in example.counts])
    body, _ = build(Config()).render(fresh, AT, OPENMETRICS, scraper="10.0.0.1")
    assert b" # {" not in body


@given(st.text(max_size=140), st.text(max_size=140))
def test_whatever_an_id_is_an_exemplar_is_the_path_of_its_explanation_or_there_is_none(source: str, name: str) -> None:
    snapshot = replace(snapshots.example(), exemplars={GOLD: Exemplar(SubjectKey(source, name), 1.0, AT)})
    found = [one.exemplar.labels for one in exemplars(snapshot)]
    assert len(found) <= 1
    for labels in found:
        assert sum(len(label) + len(value) for label, value in labels.items()) <= 128
        assert labels[EXEMPLAR_LABEL].isascii()
        assert labels[EXEMPLAR_LABEL].isprintable()
        said = [unquote(part) for part in labels[EXEMPLAR_LABEL].split("/")]
        assert said == [part.encode("utf-8", "replace").decode() for part in (source, name)]
    if len(source) + len(name) < 10:  # a sign takes twelve characters at most
        assert found


@pytest.mark.parametrize("text", ['"} 1\nevil_total 7', "a/b", "\\", "\ud800", "", "\x00", "钻石"])
def test_a_hostile_id_ends_no_scrape(text: str) -> None:
    assert len(list(exemplars(snapshots.hostile(text)))) == 2
