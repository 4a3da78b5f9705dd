"""What a configuration lets programs look for one by one."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.config import config_file
from monitor.service.scraped import _servers
from tests.support.configurations import good, refused


def test_servers_of_sources_are_named_without_path_and_query(tmp_path: Path) -> None:
    path = tmp_path / "tierwatch.yml"
    path.write_text(
        "policy: it-support\nreceivers: {log: {type: log}}\nsources:\n"
        '  tickets: {type: tmf621, options: {url: "https://[::1]/tmf/troubleTicket"}}\n'
        '  plain: {type: tmf621, options: {url: "http://tickets.example.com:8080/tmf"}}\n'
        "  written: {type: jsonl_file, options: {path: t.jsonl}}\n",
        encoding="utf-8",
    )
    assert [tuple(one) for one in _servers(config_file.load(path).sources)] == [
        ("tickets", "tmf621", "https", "[::1]:443"),
        ("plain", "tmf621", "http", "tickets.example.com:8080"),
    ]


def test_without_the_key_the_most_urgent_tiers_are_listed_and_nothing_is_probed(folder: Path) -> None:
    metrics = good(folder).metrics
    assert (metrics.exemplars, metrics.detail, metrics.probe) == (True, 500, "")
    assert metrics.detail_tiers == ("gold",), "this policy has no diamond"


def test_a_tier_is_taken_in_the_spelling_of_the_policy_and_once(folder: Path) -> None:
    written = "metrics: {detail: 7, detail_tiers: [Gold, gold], probe: device, exemplars: false}\nzone:"
    metrics = good(folder, ("zone:", written)).metrics
    assert (metrics.exemplars, metrics.detail, metrics.detail_tiers, metrics.probe) == (False, 7, ("gold",), "device")


def test_without_a_tier_no_clock_is_listed(folder: Path) -> None:
    assert good(folder, ("zone:", "metrics: {detail_tiers: []}\nzone:")).metrics.detail == 0


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("{probe: devise}", "metrics.probe: 'devise' is not an attribute; use one of "),
        ("{detail_tiers: [golden]}", "metrics.detail_tiers.0: policy cmcc-2014@"),
        ("{detials: 5}", "metrics.detials: "),
    ],
)
def test_what_there_is_not_is_refused_with_what_was_perhaps_meant(folder: Path, written: str, says: str) -> None:
    sentence = refused(folder, ("zone:", f"metrics: {written}\nzone:"))
    assert f"tierwatch.yml:2 {says}" in sentence
    assert "did you mean" in sentence
