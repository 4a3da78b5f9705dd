"""The trust strip says the worst first, and is never good where nothing is known."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.web import trust
from exporters.web.trust import Trusted
from monitor.messages import text
from monitor.snapshot import Beat, ChannelHealth, FindingKind, Reliability, Snapshot
from tests.support import snapshots
from tests.support.snapshots import AT

CALM = snapshots.calm()
CALM = replace(CALM, unconfirmed={})


def trusted(snapshot: Snapshot, name: str) -> Trusted:
    (mark,) = [mark for mark in trust.marks(snapshot, AT) if mark.name.id == f"page-trust-{name}"]
    return mark.trusted


def test_a_calm_afternoon_is_true() -> None:
    found = trust.marks(CALM, AT)
    assert {mark.trusted for mark in found} == {Trusted.GOOD}
    assert text(trust.verdict(found)[1], "en") == "Yes"


def test_of_a_new_installation_nothing_is_known_and_nothing_is_good() -> None:
    new = snapshots.empty()
    found = trust.marks(replace(new, health=replace(new.health, last_evaluation=None)), AT)
    assert {mark.trusted for mark in found} == {Trusted.UNKNOWN}


CHANNEL = ChannelHealth("a", 1, AT - timedelta(minutes=9))
BEATS = dict.fromkeys(Beat, AT)


@pytest.mark.parametrize(
    ("name", "changed", "worst"),
    [
        ("data", {"at": AT - timedelta(seconds=61)}, Trusted.BROKEN),
        ("data", {"counted": False}, Trusted.UNKNOWN),
        ("engine", {"health": replace(CALM.health, store_ok=False)}, Trusted.BROKEN),
        ("engine", {"health": replace(CALM.health, store_lost=True)}, Trusted.BROKEN),
        ("engine", {"health": replace(CALM.health, last_evaluation=AT - timedelta(minutes=2))}, Trusted.BROKEN),
        ("engine", {"health": replace(CALM.health, last_evaluation=None)}, Trusted.UNKNOWN),
        ("engine", {"health": replace(CALM.health, clock_held=True)}, Trusted.DOUBTED),
        ("sources", {"sources": ()}, Trusted.UNKNOWN),
        ("sources", {"sources": [replace(CALM.sources[0], stale=True)]}, Trusted.BROKEN),
        ("sources", {"sources": [replace(CALM.sources[0], up=None)]}, Trusted.UNKNOWN),
        ("sources", {"sources": [replace(CALM.sources[0], up=False)]}, Trusted.DOUBTED),
        ("delivery", {"channels": ()}, Trusted.UNKNOWN),
        ("delivery", {"channels": [CHANNEL]}, Trusted.BROKEN),
        ("delivery", {"unconfirmed": {"a": 1}}, Trusted.DOUBTED),
        ("audit", {"trust": replace(CALM.trust, audited=False)}, Trusted.UNKNOWN),
        ("audit", {"trust": replace(CALM.trust, findings={FindingKind.UNSENT: 1})}, Trusted.BROKEN),
        ("synthetic", {"trust": Reliability(audited=True)}, Trusted.UNKNOWN),
        ("synthetic", {"trust": Reliability(BEATS | {Beat.RESOLVED: None}, audited=True)}, Trusted.UNKNOWN),
        (
            "synthetic",
            {
                "trust": Reliability(
                    dict.fromkeys(Beat, AT - timedelta(hours=1)), dict.fromkeys(Beat, timedelta(1) / 48)
                )
            },
            Trusted.BROKEN,
        ),
    ],
)
def test_what_is_wrong_or_unknown_is_said_first(name: str, changed: dict[str, Any], worst: Trusted) -> None:
    snapshot = replace(CALM, **changed)
    assert trusted(snapshot, name) is worst
    found = trust.marks(snapshot, AT)
    assert [mark.trusted for mark in found] == sorted(mark.trusted for mark in found)
    assert found[0].trusted is trust.verdict(found)[0] is worst or worst is not min(m.trusted for m in found)
    assert trust.verdict(found)[0] is not Trusted.GOOD


@given(st.lists(st.sampled_from(Trusted), min_size=1))
def test_the_verdict_is_as_good_as_the_worst(states: list[Trusted]) -> None:
    found = [trust.Mark(trust.message("page-trust-data"), state, trust.message("page-trust-old")) for state in states]
    assert trust.verdict(found)[0] is min(states)


def test_it_is_the_first_thing_on_the_wall_and_on_the_screen(site: Any) -> None:
    for path in ("/?language=en", "/?kiosk&language=en", "/page?language=en", "/page?kiosk&language=en"):
        page = site.get(path).text
        strip = page.index('<section class="trust unavailable"')
        assert strip < page.index('<section class="tiles"')
        marks = re.findall(r'<li class="(\w+)">', page[strip : page.index("</section>", strip)])
        order = ["unavailable", "unknown", "degraded", "available"]
        assert marks == sorted(marks, key=order.index)
        assert len(marks) == 6
