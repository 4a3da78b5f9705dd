"""What a source wrote stays text in what programs read: metrics, points, streams, notifications, marks, lists, CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families
from prometheus_client.parser import text_string_to_metric_families as classic_families

from exporters import annotations, detail, points
from exporters.catalogue import DETAIL, METRICS
from exporters.hub import notification
from exporters.line_protocol import line
from exporters.live import events
from exporters.live.events import Changed, event_id
from exporters.metric import Metric
from exporters.prometheus import Config, build
from exporters.web.scraped import ListedSource, Scraped, ScrapedEndpoints
from monitor.commands.an_answer import answer
from monitor.model import SubjectKey
from monitor.report import COLUMNS, TrailEntry, TrailForm, TrailScope, TrailWriter, as_csv
from monitor.snapshot import Detail, DetailClock, ListedCircuit
from monitor.store import AskedMarks, Happening, Mark, StoredViolation
from tests.support import snapshots
from tests.support.hostile_texts import STORABLE, TEXTS, acting
from tests.support.line_protocol import lines, parsed
from tests.support.snapshots import AT
from tests.support.transitions import row

OPEN = "application/openmetrics-text;version=1.0.0"
BY_NAME = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
AS_STORED = pytest.mark.parametrize("text", STORABLE.values(), ids=STORABLE.keys())


def held_to(metrics: tuple[Metric, ...], body: str, accept: str) -> None:
    """The official parser finds the metrics of the catalogue and no other, with the labels that they have."""
    parse = openmetrics_families if accept else classic_families
    known = {name: metric for metric in metrics for name in metric.samples}
    for family in parse(body):
        for sample in family.samples:
            assert set(sample.labels) - {"le"} == set(known[sample.name].labels)
            assert not acting("".join(sample.labels.values()), but="")
            if sample.exemplar is not None:
                assert "".join(sample.exemplar.labels.values()).isascii()
    assert not acting(body)


@BY_NAME
@pytest.mark.parametrize("accept", ["", OPEN], ids=["classic", "openmetrics"])
def test_metrics(text: str, accept: str) -> None:
    body, _ = build(Config()).render(snapshots.hostile(text), AT, accept)
    held_to(METRICS, body.decode(), accept)


@BY_NAME
@pytest.mark.parametrize("accept", ["", OPEN], ids=["classic", "openmetrics"])
def test_metrics_of_single_clocks(text: str, accept: str) -> None:
    clock = DetailClock(SubjectKey(text, text), text, 1, text, text, AT)
    body, _ = detail.render(Detail([clock], {text: 3}), accept)
    held_to(DETAIL, body.decode(), accept)
    assert body.count(b"\n") == body.decode().count("\n") < 12


@BY_NAME
def test_line_protocol(text: str) -> None:
    made = [points.of_transition(row(1, subject=text, because=text, source=text, tier=text))]
    made += points.of_metrics(snapshots.hostile(text), AT, timedelta(seconds=10))
    written = [line(one) for one in made if one.fields]
    assert lines("\n".join(written)) == written
    known = {points.TRANSITION, *(metric.name for metric in METRICS)}
    for one in written:
        assert "\n" not in one
        assert not acting(one, but="")
        assert parsed(one)[0] in known


@AS_STORED
def test_stream_of_events(text: str) -> None:
    told = events.told(row(7, subject=text, because=text, source=text, tier=text)).wire
    changed = events.changed(Changed(AT, AT, [text]), event_id(7, AT))
    for wire in (told, changed):
        assert wire.isascii()
        assert wire.count(b"\n\n") == 1
        assert [part.partition(b":")[0] for part in wire.strip().split(b"\n")] == [b"event", b"id", b"data"]
        json.loads(wire.split(b"data: ", 1)[1])


@AS_STORED
def test_notifications_of_violations(text: str) -> None:
    known = row(1, subject=text, source=text, tier=text, target=text, assurance=text)
    body = notification(StoredViolation(known, text, text), "https://tierwatch.example")
    again = json.loads(json.dumps(body, allow_nan=False))
    violation = again["event"]["slaViolation"]
    assert violation["href"].isascii()
    assert violation["href"].startswith("https://tierwatch.example/explain/")
    assert violation["relatedEntity"][0]["id"] == text
    assert again["eventId"].isascii()


@AS_STORED
@pytest.mark.parametrize("kind", Mark)
def test_marks_on_graphs(text: str, kind: Mark) -> None:
    """Grafana shows the text of a mark as HTML."""
    one = Happening(kind, AT, source=text, subject=text, target=text, tier=text, assurance=text, detail=text)
    (mark,) = annotations.as_annotations([one], False, AskedMarks(AT, AT), "https://tierwatch.example")
    for part in ("text", "tags", "title"):
        assert not set(mark[part]) & set("<>\"'"), part
        assert not acting(mark[part], but=""), part
    assert mark["url"].isascii()
    assert mark["url"].startswith("https://tierwatch.example")


class _Asked:
    """What these endpoints read of a request."""

    query_params: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}


@BY_NAME
def test_lists_of_what_is_probed(text: str) -> None:
    said = dict.fromkeys(("title", "site", "device", "circuit", "provider"), text)
    known = ListedCircuit(SubjectKey(text, text), text, text, {**said, "address": "192.0.2.1"})
    poison = known._replace(attributes={**said, "address": text})
    scraped = Scraped(
        circuits=lambda *_: [known, poison], sources=[ListedSource(text, text, "https", "desk:443")], probe="address"
    )
    endpoints = ScrapedEndpoints(scraped)
    for reply in (endpoints.circuits(_Asked()), endpoints.sources(_Asked())):  # type: ignore[arg-type]
        listed = json.loads(bytes(reply.body))
        assert listed
        for group in listed:
            (target,) = group["targets"]
            assert target.isprintable()
            assert " " not in target
            assert not acting("".join(group["labels"].values()), but="")
            assert all(name.startswith("__meta_tierwatch_") for name in group["labels"])


def cells(written: str) -> Iterator[list[str]]:
    yield from csv.reader(io.StringIO(written, newline=""), strict=True)


def runs(cell: str) -> bool:
    """Whether a spreadsheet would take the cell for a formula."""
    return (
        cell[:1] in {*"=+-@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"}
        and not cell.lstrip("-").isdigit()
    )


@AS_STORED
def test_reports_as_csv(text: str) -> None:
    record: dict[str, Any] = dict.fromkeys(COLUMNS, text) | {"breached_by_supplier": {text: 1}}
    header, *rows = cells(as_csv([record, record]))
    assert tuple(header) == COLUMNS
    assert len(rows) == 2
    for one in rows:
        assert len(one) == len(COLUMNS)
        assert not [cell for cell in one if runs(cell)]
        assert not acting("".join(one), but="\n\r\t\u2028\u2029")


@AS_STORED
@pytest.mark.parametrize("form", TrailForm)
def test_the_audit_trail(text: str, form: TrailForm) -> None:
    entry = TrailEntry(AT, "started", text, text, {"note": text, text: text})
    written = list(TrailWriter(form, TrailScope(text, None, AT, "UTC")).lines([entry]))
    if form is TrailForm.CSV:
        assert [len([*cells(one)]) for one in written] == [1] * 4, "one row a line, so that a line can be checked alone"
        assert not [cell for one in written for cell in next(cells(one)) if runs(cell)]
    else:
        assert [json.loads(one)["previous"] for one in written]
    assert all(one.count("\n") == 1 for one in written)
    assert not acting("".join(written))


@BY_NAME
def test_answers_to_assistants(text: str) -> None:
    found = answer({"clocks": [{"title": text, text: {"note": text}}]}, "p@1", "r1", None, AT, hidden=())
    (clock,) = found["found"]["clocks"]
    for said in (*clock, clock["title"]):
        assert not acting(said, but="")
        assert len(said) < 2_000
    json.dumps(found, allow_nan=False).encode("ascii")


def test_no_number_is_never_written() -> None:
    """NaN is no JSON, no point, and no count."""
    point = points.Point("m", {}, {"value": float("nan"), "other": float("inf")}, 1)
    assert line(point) == ""
    busy = snapshots.example()
    poisoned = replace(busy, health=replace(busy.health, due_lag_seconds=float("nan")))
    assert [one for one in points.of_metrics(poisoned, AT, timedelta(seconds=1)) if "lag" in one.measurement] == []
