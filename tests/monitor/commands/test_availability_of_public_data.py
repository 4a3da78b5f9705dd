"""Two public records, replayed by the command: counts and totals are those of their `facts.json`."""

from __future__ import annotations

import gzip
import json
import os
import tarfile
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from monitor import cli

DATA = Path(os.environ.get("TIERWATCH_DATA", Path(__file__).parents[4] / "shared" / "data"))
UPPTIME, ATLAS = DATA / "upptime-curc", DATA / "ripe-atlas-rtt"
UTILISATION = "curc-xd-mo-d-alpine-utilization-threshold"
"""A threshold of use that is reported as up and down; the record's README leaves it out of availability."""

COLUMNS = ("--column", "circuit=slug", "--column", "at=checked_at", "--column", "state=status")
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(
        not (UPPTIME.exists() and ATLAS.exists()), reason=f"the public data sets are not at {DATA}; set TIERWATCH_DATA"
    ),
]


def said(*words: object) -> dict[str, Any]:
    done = CliRunner().invoke(cli.app, ["availability", *map(str, words), "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def facts(of: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((of / "facts.json").read_text(encoding="utf-8"))
    return found


def total(circuit: dict[str, Any], what: str) -> float:
    return sum(float(period[f"{what}_seconds"]) for period in circuit["periods"])


@pytest.fixture(scope="module")
def stated(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Every service as it was stated, each outage a fault of its own."""
    rules = tmp_path_factory.mktemp("rules") / "rules.yml"
    rules.write_text("faults: {merge: 0s, flaps: 1000000}\n", encoding="utf-8")
    found = said(UPPTIME / "checks.csv.gz", *COLUMNS, "--rules", rules)
    assert found["left_out"] == {}
    return {one["circuit"]: one for one in found["circuits"]}


def test_every_service_of_upptime_was_down_as_often_and_as_long_as_its_record_says(
    stated: dict[str, dict[str, Any]],
) -> None:
    known = facts(UPPTIME)["slugs"]
    assert set(stated) == set(known)
    for slug, fact in known.items():
        one = stated[slug]
        ended = [fault for fault in one["faults"] if fault["ended"] is not None]
        assert len(ended) == fact["down_episodes_closed"], slug
        assert (len(one["faults"]) > len(ended)) == fact["down_open_at_end"], slug
        assert sum(fault["unavailable_seconds"] for fault in ended) == fact["total_down_s"], slug
        assert max((fault["unavailable_seconds"] for fault in ended), default=0) == fact["longest_down_s"], slug
        first, last = (datetime.fromisoformat(fact[name]) for name in ("first", "last"))
        assert (one["from"], one["until"]) == tuple(f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in (first, last)), slug
        watched = sum(total(one, what) for what in ("available", "degraded", "unavailable", "unknown"))
        assert watched == (last - first).total_seconds(), slug


def test_the_clean_outage_of_upptime_is_one_fault_of_its_month(stated: dict[str, dict[str, Any]]) -> None:
    (fault,) = stated["curc-data-transfer-node-ssh-tcp-reachability"]["faults"]
    assert (fault["onset"], fault["ended"]) == ("2026-07-01T13:08:56Z", "2026-07-01T22:34:11Z")
    months = stated["curc-data-transfer-node-ssh-tcp-reachability"]["periods"]
    assert [(one["period"], one["unavailable_seconds"]) for one in months] == [
        (202605, 0), (202606, 0), (202607, 33_915), (202608, 0),
    ]  # fmt: skip


def test_blind_time_of_upptime_is_unknown_and_not_down(stated: dict[str, dict[str, Any]]) -> None:
    """What lies more than four hours behind a check, summed from the record by itself."""
    found = said(UPPTIME / "checks.csv.gz", *COLUMNS, "--silence", "4h")
    checks: dict[str, list[datetime]] = {}
    with gzip.open(UPPTIME / "checks.csv.gz", "rt", encoding="utf-8") as file:
        for line in file.readlines()[1:]:
            at, slug, *_ = line.split(",")
            checks.setdefault(slug, []).append(datetime.fromisoformat(at))
    limit = timedelta(hours=4)
    blind = 0.0
    for one in found["circuits"]:
        times = sorted(checks[one["circuit"]])
        gaps = [later - earlier - limit for earlier, later in pairwise(times)]
        expected = sum((gap for gap in gaps if gap > timedelta(0)), timedelta(0)).total_seconds()
        assert total(one, "unknown") == expected, one["circuit"]
        assert total(one, "unavailable") <= total(stated[one["circuit"]], "unavailable")
        blind += expected
        for period in one["periods"]:
            if period["least"] is not None:
                assert period["least"] <= period["availability"] <= period["most"]
    assert blind > 100_000  # 37,423 s on 6 August alone, of each service that was watched then


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("atlas")
    with tarfile.open(ATLAS / "real_trace_labelled.tar.xz") as packed:
        packed.extractall(folder, filter="data")
    (found,) = folder.glob("*")
    return found


def test_every_series_of_ripe_atlas_lost_and_missed_what_its_record_says(series: Path, tmp_path: Path) -> None:
    """A slot of four minutes is a bin. A slot without a sample is unknown, one whose sample was lost is down.

    Where a clock stepped, or minutes were cut, a bin can have two samples: then there is one bin less than samples.
    """
    known = facts(ATLAS)
    rules = tmp_path / "rules.yml"
    rules.write_text("usual: {bin: 4m, run: 1, timeout: 3s}\nfaults: {merge: 0s, flaps: 1000000}\n", encoding="utf-8")
    by_format: dict[str, list[Path]] = {"%Y-%m-%d %H:%M:%S": [], "%d/%m/%Y %H:%M": []}
    for name, fact in known["series"].items():
        form = "%Y-%m-%d %H:%M:%S" if fact["timestamp_format"].startswith("Y") else "%d/%m/%Y %H:%M"
        by_format[form].append(series / name)
    circuits = [one for form, files in by_format.items() for one in _counted(files, form, rules)]
    assert len(circuits) == known["totals"]["series"]
    shared = 0
    for one in circuits:
        fact = known["series"][f"{one['circuit']}.csv"]
        up, down, unknown = (total(one, what) / 240 for what in ("available", "unavailable", "unknown"))
        assert one["odd_samples"].get("backwards", 0) == fact["backward_steps"], one["circuit"]
        assert unknown == fact["missing_slots"], one["circuit"]
        twice = fact["samples"] - up - down
        assert 0 <= fact["lost"] - down <= twice, one["circuit"]
        assert len(one["faults"]) == fact["loss_runs"], one["circuit"]
        shared += int(twice)
    totals = known["totals"]
    assert sum(total(one, "unknown") for one in circuits) == 240 * totals["missing_slots"]
    assert sum(total(one, "available") + total(one, "unavailable") for one in circuits) == 240 * (
        totals["samples"] - shared
    )
    assert shared == 7


def _counted(files: list[Path], form: str, rules: Path) -> list[dict[str, Any]]:
    how = ("--column", "at=epoch", "--column", "delay_ms=rtt", "--zone", "UTC", "--time-format", form)
    found = said(*files, *how, "--rules", rules)
    assert found["left_out"] == {}
    of: list[dict[str, Any]] = found["circuits"]
    return of


def test_measurement_errors_of_ripe_atlas_are_the_probers_own_and_unknown(series: Path, tmp_path: Path) -> None:
    """Of 218 lost samples of this series 194 were never measured (-4): they are lost only for who does not say so."""
    rules = tmp_path / "rules.yml"
    rules.write_text("usual: {bin: 4m, run: 1, timeout: 3s}\n", encoding="utf-8")
    how = ("--column", "at=epoch", "--column", "delay_ms=rtt", "--zone", "UTC", "--rules", rules)
    (one,) = said(series / "13835.csv", *how, "--unmeasured", "-4")["circuits"]
    fact = facts(ATLAS)["series"]["13835.csv"]
    codes = fact["lost_by_code"]
    assert one["odd_samples"]["blind"] == codes["MES_ERR"]
    assert total(one, "unavailable") == 240 * codes["TIMEOUT_ERR"]
    assert total(one, "unknown") == 240 * (codes["MES_ERR"] + fact["missing_slots"] - 1)  # two of them share a bin
