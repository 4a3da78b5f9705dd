"""What programs look for one by one: `/metrics/detail`, and service discovery as a real Prometheus asks for it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families
from prometheus_client.parser import text_string_to_metric_families as classic_families

from exporters.families import CLASSIC, OPENMETRICS
from exporters.web import ListedSource, Scraped, Server, Views, build_app
from monitor.errors import StoreError
from monitor.model import SubjectKey
from monitor.snapshot import Detail, DetailClock, ListedCircuit
from tests.support import snapshots
from tests.support.peers import until
from tests.support.prometheus import running
from tests.support.snapshots import AT

HOSTILE = 'x"} 1\nevil{a="\\'


@dataclass
class Desk:
    """What the program knows; a test changes it."""

    url: str = ""
    clocks: Sequence[DetailClock] = ()
    circuits: list[ListedCircuit] | None = field(default_factory=list)
    asked: list[tuple[str | None, str | None]] = field(default_factory=list)
    error: Exception | None = None

    def listed(self, source: str | None, tier: str | None) -> list[ListedCircuit] | None:
        self.asked.append((source, tier))
        if self.error is not None:
            raise self.error
        return self.circuits

    def get(self, path: str, **headers: str) -> requests.Response:
        return requests.get(f"{self.url}{path}", headers=headers, timeout=60)


@pytest.fixture(scope="module")
def _served() -> Iterator[tuple[Desk, Server]]:
    desk, start = Desk(), datetime.now(UTC)
    scraped = Scraped(
        lambda: Detail(desk.clocks, {"diamond": 0, "gold": 7}), desk.listed,
        [ListedSource("corp", "tmf621", "https", "tickets.example.com:443")], "device",
    )  # fmt: skip
    snapshot = replace(snapshots.example(start), at=start)
    views = Views(lambda: snapshot, lambda *_: None, lambda: start, lambda: (True, "ready"), scraped=scraped)
    server = Server(build_app(views), "127.0.0.1", 0)
    server.start()
    desk.url = server.url.rstrip("/")
    yield desk, server
    server.stop()


@pytest.fixture
def desk(_served: tuple[Desk, Server]) -> Desk:
    shared, _ = _served
    shared.clocks, shared.circuits, shared.asked, shared.error = (), [], [], None
    return shared


def clock(name: str = "INC1", minutes: int = 5, **changes: Any) -> DetailClock:
    return DetailClock(SubjectKey("corp", name), "restore", 1, "gold", "AA", AT + timedelta(minutes=minutes))._replace(
        **changes
    )


def circuit(name: str, device: str | None, **more: str) -> ListedCircuit:
    said = {**more, **({} if device is None else {"device": device})}
    return ListedCircuit(SubjectKey("circuits", name), "gold", "AA", said)


def test_each_listed_clock_has_its_deadline_and_what_has_no_place_is_counted(desk: Desk) -> None:
    desk.clocks = [clock(), clock("INC2", -3)]
    answer = desk.get("/metrics/detail")
    assert answer.headers["content-type"] == CLASSIC
    families = {family.name: family.samples for family in classic_families(answer.text)}
    deadlines = families["tierwatch_clock_deadline_timestamp_seconds"]
    assert {one.labels["subject"]: one.value for one in deadlines} == {
        "INC1": AT.timestamp() + 300, "INC2": AT.timestamp() - 180,
    }  # fmt: skip
    assert deadlines[0].labels.keys() == {"source", "tier", "assurance", "sla_target", "subject", "cycle"}
    dropped = families["tierwatch_detail_clocks_dropped"]
    assert {one.labels["tier"]: one.value for one in dropped} == {"diamond": 0, "gold": 7}


def test_hostile_ids_are_one_series_each_and_end_no_scrape(desk: Desk) -> None:
    desk.clocks = [clock(HOSTILE), clock("\ud800"), clock("x" * 10_000), clock("x" * 9_999 + "y", 9)]
    answer = desk.get("/metrics/detail", Accept="application/openmetrics-text")
    assert answer.headers["content-type"] == OPENMETRICS
    families = {family.name: family.samples for family in openmetrics_families(answer.text)}
    names = [one.labels["subject"] for one in families["tierwatch_clock_deadline_timestamp_seconds"]]
    assert len(set(names)) == len(names) == 4
    assert max(map(len, names)) == 200
    assert len(answer.content) < 3_000


def test_a_site_that_lists_no_clocks_has_no_such_address() -> None:
    bare = Views(snapshots.example, lambda *_: None, lambda: AT, lambda: (True, "ready"))
    server = Server(build_app(bare), "127.0.0.1", 0)
    server.start()
    try:
        assert requests.get(f"{server.url}metrics/detail", timeout=60).status_code == 404
        assert requests.get(f"{server.url}sd/circuits", timeout=60).json() == []
        assert requests.get(f"{server.url}sd/sources", timeout=60).json() == []
    finally:
        server.stop()


def test_a_circuit_is_a_target_by_what_is_probed_of_it(desk: Desk) -> None:
    desk.circuits = [circuit("C1", "10.0.0.1", site="south", customer="nobody's business"), circuit("C2", None)]
    answer = desk.get("/sd/circuits")
    assert answer.headers["content-type"] == "application/json"
    meta = "__meta_tierwatch_"
    assert answer.json() == [
        {
            "targets": ["10.0.0.1"],
            "labels": {
                f"{meta}source": "circuits", f"{meta}subject": "C1", f"{meta}tier": "gold", f"{meta}assurance": "AA",
                f"{meta}site": "south", f"{meta}device": "10.0.0.1",
            },
        }
    ]  # fmt: skip


def test_what_cannot_be_probed_is_left_out_and_hostile_labels_are_inert(desk: Desk) -> None:
    bad = ["", " ", "two words", "line\nbreak", "x" * 301, "\u202egnp", "nul\x00"]
    desk.circuits = [circuit(f"C{number}", device) for number, device in enumerate(bad)]
    desk.circuits.append(circuit(HOSTILE, "10.0.0.9", title="\ud800" + "y" * 10_000))
    (only,) = desk.get("/sd/circuits").json()
    assert only["targets"] == ["10.0.0.9"]
    assert "\n" not in "".join(only["labels"].values())
    assert max(map(len, only["labels"].values())) == 300


def test_part_of_the_circuits_can_be_asked_for(desk: Desk) -> None:
    desk.get("/sd/circuits?tier=gold&source=circuits")
    desk.get("/sd/circuits")
    assert desk.asked == [("circuits", "gold"), (None, None)]


@pytest.mark.parametrize("what", ["too many", "the store fails"])
def test_where_not_all_can_be_listed_there_is_an_error_and_no_part(desk: Desk, what: str) -> None:
    if what == "too many":
        desk.circuits = None
    else:
        desk.error = StoreError("database d could not be read")
    answer = desk.get("/sd/circuits")
    assert answer.status_code == 503
    assert "<" not in answer.text


def test_what_is_the_same_has_the_same_etag(desk: Desk) -> None:
    desk.circuits = [circuit("C1", "10.0.0.1")]
    tag = desk.get("/sd/circuits").headers["etag"]
    again = desk.get("/sd/circuits", **{"If-None-Match": f'W/{tag}, "other"'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    desk.circuits.append(circuit("C2", "10.0.0.2"))
    assert desk.get("/sd/circuits", **{"If-None-Match": tag}).status_code == 200


CONFIG = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: tierwatch
    static_configs: [{{targets: ['{address}']}}]
  - job_name: detail
    metrics_path: /metrics/detail
    sample_limit: 600
    static_configs: [{{targets: ['{address}']}}]
  - job_name: probes
    http_sd_configs: [{{url: 'http://{address}/sd/circuits', refresh_interval: 1s}}]
    relabel_configs:
      - {{source_labels: [__meta_tierwatch_subject], target_label: circuit}}
      - {{source_labels: [__address__], target_label: __param_target}}
      - {{target_label: __address__, replacement: '{address}'}}
  - job_name: sources
    http_sd_configs: [{{url: 'http://{address}/sd/sources', refresh_interval: 1s}}]
"""


@pytest.mark.peer
def test_a_real_prometheus_stores_exemplars_and_finds_what_is_to_be_probed(desk: Desk, tmp_path: Path) -> None:
    desk.circuits, desk.clocks = [circuit("C1", "10.0.0.1"), circuit("C2", "10.0.0.2")], [clock()]
    text = CONFIG.format(address=urlsplit(desk.url).netloc)
    with running(text, tmp_path, ["--enable-feature=exemplar-storage"]) as prometheus:

        def exemplars(of: str) -> list[dict[str, Any]]:
            span = {"query": f'{of}{{job="tierwatch"}}', "start": str(time.time() - 3600), "end": str(time.time() + 60)}
            answer = requests.get(f"{prometheus.url}/api/v1/query_exemplars", params=span, timeout=60)
            return [one for series in answer.json()["data"] for one in series["exemplars"]]

        def targets(job: str) -> dict[str, str]:
            found = requests.get(f"{prometheus.url}/api/v1/targets?state=active", timeout=60).json()["data"]
            mine = (one for one in found["activeTargets"] if one["scrapePool"] == job)
            return {one["labels"].get("circuit", one["labels"]["instance"]): one["scrapeUrl"] for one in mine}

        (breach,) = until(lambda: exemplars("tierwatch_sla_clocks_breached_total"), "an exemplar is stored")
        assert breach["labels"] == {"subject": "corp/TT20260301-17"}
        buckets = until(lambda: exemplars("tierwatch_sla_consumed_ratio_bucket"))
        assert {one["labels"]["subject"] for one in buckets} == {"corp/TT20260301-17", "corp/TT20260302-4"}
        until(
            lambda: (
                prometheus.value('tierwatch_clock_deadline_timestamp_seconds{subject="INC1"}') == AT.timestamp() + 300
            )
        )
        assert prometheus.value('up{job="detail"}') == 1
        until(lambda: set(targets("probes")) == {"C1", "C2"}, "the circuits are found")
        assert "target=10.0.0.1" in targets("probes")["C1"]
        assert set(targets("sources")) == {"tickets.example.com:443"}
        asked, desk.circuits = len(desk.asked), None
        until(lambda: len(desk.asked) >= asked + 2, "it asked twice and got no list")
        assert set(targets("probes")) == {"C1", "C2"}, "an error keeps what was known"
        desk.circuits = []
        until(lambda: not targets("probes"), "an empty list ends them")
