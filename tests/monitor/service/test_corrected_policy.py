"""A shipped policy that was corrected: open clocks follow, reported months stay, one digest tells it (semantics 46).

The databases are judged by version 1 of the file, as it was shipped: its text is kept in `tests/support/policies/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from alerts.decide.judged_anew import JUDGED_ANEW, SHOWN_FOR
from monitor.clock.engine import Rulebook
from monitor.config import build_rulebook, policy_file, yaml_file
from monitor.history.events import Event
from monitor.model import SubjectKey, SubjectKind
from monitor.policy import Policy
from tests.monitor.service.test_judging_watch import BREACHED, Site, names
from tests.support.cases import ticket
from tests.support.promised import WORDS, on

OLD = Path(__file__).parents[2] / "support" / "policies"


def version_1(name: str) -> Policy:
    path = OLD / f"{name}-1.yml"
    return policy_file.build(yaml_file.parse(path.read_text(encoding="utf-8"), path.name), "Asia/Shanghai")


def book(policy: Policy) -> Rulebook:
    return build_rulebook.rulebook(policy, {"tickets": WORDS})


def corrected(name: str) -> Rulebook:
    return book(policy_file.load(name, "Asia/Shanghai"))


CORRECTED = [path.stem.removesuffix("-1") for path in sorted(OLD.glob("*-1.yml"))]


@pytest.mark.parametrize("name", CORRECTED)
def test_a_corrected_policy_says_which_version_it_corrects(name: str) -> None:
    policy = policy_file.load(name, "Asia/Shanghai")
    assert (policy.version, policy.corrects) == ("1.1", (version_1(name).version,))
    assert corrected(name).corrected == {f"{name}@1": f"{name}@1.1"}
    both = build_rulebook.rulebook([version_1(name), replace(policy, effective_from=on("07-01 00:00").date())], {})
    assert both.corrected == {}, "the old one is still in force"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    found = Site(tmp_path, monkeypatch)
    yield found
    found.database.close()


def survey(subject: str, when: str, **fields: str) -> Event:
    return ticket(subject, on(when), "opened", tier="gold", process="survey", **fields)


def work(subject: str, when: str, planned: str) -> Event:
    fields = {"tier": "standard", "assurance": "AAA", "planned": on(planned).isoformat()}
    return Event("tickets", f"{subject}-1", SubjectKind.CHANGE, subject, on(when), status="opened", fields=fields)


def judged_by_version_1(site: Site) -> datetime:
    """A survey order that ended in January, one that is open in March, a fault, and work on a standard AAA line."""
    site.start(book(version_1("cmcc-2014")), on("01-05 09:00"))
    site.hear(on("01-05 10:00"), survey("S-old", "01-05 10:00"))
    site.run(on("01-05 10:30"))
    site.hear(on("01-05 11:00"), ticket("S-old", on("01-05 11:00"), "closed"))
    site.run(on("01-05 11:30"))
    site.hear(on("03-02 10:00"), survey("S-new", "03-02 10:00"), work("W-1", "03-02 10:00", "03-04 02:00"))
    site.hear(on("03-02 10:00"), ticket("F-1", on("03-02 10:00"), "opened", tier="gold"))
    site.run(on("03-02 10:40"))
    return on("03-02 10:40")


def test_open_clocks_follow_reported_months_stay_and_one_digest_tells_it(site: Site) -> None:
    now = judged_by_version_1(site)
    before = site.stored("S-old")
    assert {row["policy_version"] for row in before} == {"cmcc-2014@1"}
    assert site.stored("W-1") == []

    site.start(corrected("cmcc-2014"), now, ended=now)
    told = site.run(now)
    assert sorted(names(told)[:-1]) == [(BREACHED, "F-1", False), (BREACHED, "S-new", False)]
    assert {alert.labels["sla_target"] for alert in told[:-1]} == {"accept", "feedback"}, "of a survey; not asked for"
    assert "1 open clock breached before, 2 alerts withdrawn" in told[-1].annotations["summary"]
    assert names(told)[-1] == (JUDGED_ANEW, "", True)

    assert site.stored("S-old") == before, "its month is reported"
    assert "accept" not in {row["target"] for row in site.stored("S-new")}, "acceptance is of fault complaints"
    (notice,) = site.stored("W-1")
    assert (notice["target"], notice["policy_version"], notice["breached_at"] is not None) == (
        "notice", "cmcc-2014@1.1", True,
    )  # fmt: skip
    assert {row["policy_version"] for row in site.stored("F-1")} == {"cmcc-2014@1.1"}


def test_what_comes_after_the_correction_pages_as_ever_and_restarts_tell_nothing_anew(site: Site) -> None:
    now = judged_by_version_1(site)
    site.start(corrected("cmcc-2014"), now, ended=now)
    site.run(now)
    for _ in range(2):
        site.start(corrected("cmcc-2014"), now, ended=now)
        assert site.run(now) == []
    site.hear(on("03-02 10:50"), ticket("F-2", on("03-02 10:50"), "opened", tier="gold"))
    assert (BREACHED, "F-2", True) in names(site.run(on("03-02 11:10")))
    site.hear(on("03-02 11:20"), Event("tickets", "W-1-2", SubjectKind.CHANGE, "W-1", on("03-02 11:20"),
                                       status="closed"))  # fmt: skip
    later = now + SHOWN_FOR + timedelta(minutes=1)
    assert (JUDGED_ANEW, "", False) in names(site.run(later))


def test_a_database_of_another_policy_takes_no_correction_for_an_upgrade(site: Site) -> None:
    own = replace(version_1("cmcc-2014"), id="own")
    site.start(book(own), on("03-02 09:00"))
    site.hear(on("03-02 10:00"), survey("S-1", "03-02 10:00"))
    site.run(on("03-02 10:01"))
    changed = corrected("cmcc-2014")
    site.start(changed, on("03-02 10:01"), ended=on("03-02 10:01"))
    assert [one for one in names(site.run(on("03-02 10:02"))) if one[0] == JUDGED_ANEW] == []


def test_a_new_database_begins_with_the_corrected_policy_and_has_nothing_to_tell(site: Site) -> None:
    for _ in range(2):
        site.start(corrected("cmcc-2014"), on("03-02 09:00"))
        site.hear(on("03-02 10:00"), survey("S-1", "03-02 10:00"))
        assert site.run(on("03-02 10:01")) == []
    assert site.clocks.load([SubjectKey("tickets", "S-1")])
