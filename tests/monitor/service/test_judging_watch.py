"""An upgrade that judges otherwise: what it finds and withdraws is told once, as a digest (semantics 46)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from alerts.decide import clock_alerts as alert_rules
from alerts.decide import judged_anew
from alerts.decide.judged_anew import JUDGED_ANEW, SHOWN_FOR
from monitor.alert.alert import Alert, Channel, Delivery
from monitor.clock.engine import Rulebook
from monitor.config.rule_version import JUDGING, judged_by, named
from monitor.history.batch import Batch
from monitor.history.events import Event
from monitor.model import SubjectKey
from monitor.service import judging_watch
from monitor.service.engine_worker import Worker
from monitor.service.judging_watch import JudgingWatch
from monitor.store.anew import Anew
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.deliveries import Deliveries
from monitor.store.ingest import Ingest
from monitor.store.recomputation import Recomputation
from monitor.store.schema import readings, subjects
from monitor.store.stored_alerts import from_json
from tests.support.by_hand import by_hand
from tests.support.cases import POLICY, at, rules, ticket
from tests.support.desk import SETTINGS
from tests.support.texts import exchanged
from tests.support.to_all import ToAll

LOG = Channel("log", Delivery.QUEUE)
BREACHED = "TierwatchDeadlineBreached"
PAGES = (
    POLICY[: POLICY.index("  accept:")]
    + POLICY[POLICY.index("  restore:") : POLICY.index("  feedback:")]
    + "stages:\n  tier:\n    gold: [100%]\n"
)


def judged(budget: str, version: int) -> Rulebook:
    """The same rules as another version of the code would judge by them: it gives gold another budget."""
    book = rules(exchanged(PAGES, ("{tier: gold}, budget: 4h", f"{{tier: gold}}, budget: {budget}")))
    return replace(book, version=named("samerules", version))


class Site:
    """A store, and one program after the other on it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.database = Database(f"sqlite:///{folder}/store.db")
        self.monkeypatch = monkeypatch
        self.ingest, self.clocks = Ingest(self.database), Clocks(self.database)
        self.deliveries = Deliveries(self.database)

    def hear(self, now: datetime, *events: Event) -> None:
        self.ingest.commit_batch("tickets", Batch(events, (), {}), now)

    def start(self, book: Rulebook, now: datetime, ended: datetime | None = None) -> None:
        """A program of that version starts."""
        self.monkeypatch.setattr(judging_watch, "JUDGING", judged_by(book.version))
        to_all = ToAll((LOG,))
        self.watch = JudgingWatch(Anew(self.database), self.clocks, ["tickets"], lambda: to_all, lambda: SETTINGS)
        self.watch.begin(book.version, ended, now, book.corrected)
        Recomputation(self.database, book.version, ["tickets"]).mark()
        self.worker = by_hand(Worker(
            self.clocks, book,
            lambda outcome, previous, when: alert_rules.decide(outcome, previous, SETTINGS, when),
            to_all, SETTINGS.installed_at, ("tickets",), self.watch,
        ))  # fmt: skip

    def run(self, now: datetime) -> list[Alert]:
        """Work off what waits; gives what the receiver is told."""
        while self.worker.step(now)[0]:
            pass
        self.watch.look(now)
        return self.told(now)

    def told(self, now: datetime) -> list[Alert]:
        """What is put into the outbox, once."""
        with self.database.write() as connection:
            pages = connection.execute(sa.text("SELECT alert FROM outbox WHERE closed_at IS NULL ORDER BY id")).all()
            connection.execute(sa.text("UPDATE outbox SET closed_at = 1"))
        said = [json.loads(row.alert) for row in pages]
        return [from_json(one) for one in said]

    def stored(self, subject: str) -> list[dict[str, Any]]:
        """The stored readings of a subject, by target and cycle."""
        query = sa.select(readings).where(readings.c.subject == subject).order_by(readings.c.target, readings.c.cycle)
        with self.database.read() as connection:
            return [dict(row._mapping) for row in connection.execute(query)]

    def versions(self) -> dict[str, str]:
        with self.database.read() as connection:
            return {row.subject: row.rules_version for row in connection.execute(sa.select(subjects))}


def names(alerts: Sequence[Alert]) -> list[tuple[str, str, bool]]:
    return [
        (alert.labels["alertname"], "" if alert.subject is None else alert.subject.subject, alert.firing)
        for alert in alerts
    ]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    found = Site(tmp_path, monkeypatch)
    yield found
    found.database.close()


def gold(subject: str, when: datetime) -> Event:
    return ticket(subject, when, "new", tier="gold")


def test_a_breach_that_only_the_new_code_sees_is_told_in_one_digest_and_never_paged(site: Site) -> None:
    site.start(judged("4h", 1), at(0))
    site.hear(at(1), gold("T-1", at(1)), gold("T-2", at(1)))
    assert site.run(at(4)) == []
    site.start(judged("2h", 2), at(4), ended=at(4))
    (digest,) = site.run(at(4))
    assert names([digest]) == [(JUDGED_ANEW, "", True)]
    assert "2 open clocks breached before, 0 alerts withdrawn" in digest.annotations["summary"]
    assert site.run(at(4, 30)) == []
    for _ in range(2):  # restarts tell nothing anew
        site.start(judged("2h", 2), at(5), ended=at(5))
        assert site.run(at(5)) == []
    site.hear(at(6), ticket("T-1", at(6), "closed"), ticket("T-2", at(6), "closed"))
    assert names(site.run(at(6))) == [(JUDGED_ANEW, "", False)]
    assert site.run(at(6) + SHOWN_FOR) == []


def test_a_breach_that_the_new_code_withdraws_ends_with_a_true_sentence(site: Site) -> None:
    site.start(judged("2h", 1), at(0))
    site.hear(at(1), gold("T-1", at(1)))
    assert names(site.run(at(4))) == [(BREACHED, "T-1", True)]
    site.start(judged("4h", 2), at(4), ended=at(4))
    over, digest = site.run(at(4))
    assert names([over, digest]) == [(BREACHED, "T-1", False), (JUDGED_ANEW, "", True)]
    assert "this version of tierwatch, or of its policy, judges the clock differently" in over.annotations["summary"]
    assert "0 open clocks breached before, 1 alert withdrawn" in digest.annotations["summary"]
    site.start(judged("4h", 2), at(4, 30), ended=at(4, 30))
    assert site.run(at(4, 30)) == []
    assert (BREACHED, "T-1", True) in names(site.run(at(6)))  # when it breaches by the new code, it is paged


def test_what_is_crossed_after_the_former_program_ended_pages_as_ever(site: Site) -> None:
    site.start(judged("4h", 1), at(0))
    site.hear(at(1), gold("T-1", at(1)))
    site.run(at(2))
    site.start(judged("2h", 2), at(3, 10), ended=at(2))  # it was down as the clock breached
    assert names(site.run(at(3, 10))) == [(BREACHED, "T-1", True)]


def test_closed_subjects_of_reported_months_keep_their_judgement(site: Site) -> None:
    site.start(judged("4h", 1), at(0))
    site.hear(at(1), gold("T-1", at(1)), ticket("T-1", at(4), "closed"), gold("T-2", at(1)))
    site.run(at(4))
    later = at(4) + timedelta(days=40)
    site.start(judged("2h", 2), later, ended=later)
    site.run(later)
    (loaded,) = site.clocks.load([SubjectKey("tickets", "T-1")])
    assert "breached" not in {item.kind.value for item in loaded.transitions if item.target == "restore"}
    assert set(site.versions().values()) == {named("samerules", 2)}
    site.start(judged("2h", 2), later)
    assert site.worker.step(later) == (0, False)


def test_a_first_start_and_a_change_of_rules_are_no_upgrade(site: Site) -> None:
    site.start(judged("4h", 2), at(0))
    site.hear(at(1), gold("T-1", at(1)))
    site.run(at(4))
    site.start(replace(judged("2h", 2), version=named("otherrules", 2)), at(4), ended=at(4))
    assert names(site.run(at(4))) == [(BREACHED, "T-1", True)]


def digested(rows: int, page_url: str) -> dict[str, str]:
    breached = [("gold", f"t{number}", 1) for number in range(rows)]
    (digest,) = judged_anew.digest(breached, 0, at(4), (), replace(SETTINGS, page_url=page_url), at(4))
    return dict(digest.annotations)


def test_the_digest_links_to_the_page_only_where_it_has_an_address() -> None:
    assert digested(1, "https://tw.example")["description"].endswith("See: https://tw.example/")
    for name, text in digested(1, "").items():
        assert "See" not in text, name
        assert "查看" not in text, name


def test_the_digest_counts_what_it_does_not_name() -> None:
    assert digested(12, "")["description"].splitlines()[-1] == "Gold, t11: 1"
    lines = digested(15, "")["description"].splitlines()
    assert len(lines) == 1 + 12 + 1
    assert lines[-1] == "others: 3"
    assert digested(15, "")["description_zh"].splitlines()[-1] == "其他：3"


def test_a_database_from_before_versions_were_written_is_judged_anew() -> None:
    assert judged_by("3f900d9d1d2713f0") == 1
    assert judged_by(named("3f900d9d1d2713f0")) == JUDGING
    assert rules().version.endswith(f"-{JUDGING}")
