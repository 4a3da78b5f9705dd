"""All public carriers' notices, each as the bytes that would have come in."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

import pytest

from monitor.collectors import carrier_notices
from tests.support.collecting import Polled, poll
from tests.support.notice_archive import ODDITIES, laid_out, windows
from tests.support.notice_python import notice_python

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def polled(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, Polled]:
    """How many files there are, and what one poll brought."""
    folder = tmp_path_factory.mktemp("notices")
    number = laid_out(folder)
    config = carrier_notices.Config(folder=folder, python=notice_python())
    return number, poll(carrier_notices.build(config))


def test_every_notice_is_read_or_refused_with_a_reason(polled: tuple[int, Polled]) -> None:
    """Refused are what is broken, and subjects and bodies that the archive has apart; as whole mails they are read."""
    number, found = polled
    assert found.error is None
    refused = [reject for reject in found.rejects if reject.reason != "unmatched_circuit"]
    assert Counter(reject.reason for reject in refused) == {"no_notice": 42, "not_parsed": 29}
    assert all(reject.detail.startswith(f"{reject.record_id}: ") for reject in refused)
    assert number == 233
    broken = {reject.record_id for reject in refused if reject.reason == "not_parsed"}
    assert {"genericprovider/ical_no_end.ics", "zayo/zayo_bad_html.html", "equinix/equinix2.eml"} <= broken


def test_every_window_of_the_archive_is_found(polled: tuple[int, Polled]) -> None:
    works: dict[str, list[dict[str, Any]]] = polled[1].position["works"]
    missing = []
    for one in windows():
        carrier = "genericprovider" if one["source_dir"] == "ical" else one["source_dir"]
        if (carrier, one["maintenance_id"]) in ODDITIES:
            continue
        window = [datetime.fromisoformat(one[name]).isoformat() for name in ("start_utc", "end_utc")]
        circuits = {" ".join(circuit["circuit_id"].split()) for circuit in one.get("circuits", ())}
        # Amazon names no maintenance: the parser makes a number of a text that the archive has made unreadable
        ours = {"aws": [key for key in works if key.startswith("aws:")]}
        keys = ours.get(carrier, [f"{carrier}:{one['maintenance_id']}"])
        notices = [notice for key in keys for notice in works.get(key, ()) if window in notice["windows"]]
        if not any(circuits <= {circuit for circuit, _ in notice["circuits"]} for notice in notices):
            missing.append((one["source_file"], one["maintenance_id"], window, circuits))
    assert missing == []


def test_of_the_two_oddities_one_is_a_cancellation_without_a_window_and_the_other_is_read_anew(
    polled: tuple[int, Polled],
) -> None:
    """The archive has a start of 2022-11 for the second one, which the parser's author has mended since."""
    works = polled[1].position["works"]
    assert [(one["status"], one["windows"]) for one in works["gtt:6048019"]] == [("cancelled", [])]
    (odd,) = works["cogent:VN12345"]
    assert odd["windows"] == [["2022-03-12T04:00:00+00:00", "2022-04-11T10:00:00+00:00"]]
