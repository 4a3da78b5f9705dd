"""`tierwatch alerts`: who was told, what would have been, and a test page."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path

import pytest

from alerts.decide import clock_alerts
from alerts.decide.routing import RouteTable
from alerts.decide.withholding import Route
from alerts.delivery.outbox import deliver
from monitor.alert.alert import Channel, Delivery, SilenceRow
from monitor.config.config_file import load
from monitor.history.batch import Batch
from monitor.history.events import Event
from monitor.service.engine_worker import Worker
from monitor.store.clocks import Clocks
from monitor.store.deliveries import Deliveries
from monitor.store.ingest import Ingest
from monitor.store.silencing import Silences
from tests.support.by_hand import by_hand
from tests.support.cases import at, ticket
from tests.support.command_line import CONFIG, Command, Site, runner
from tests.support.desk import SETTINGS
from tests.support.loopback import Loopback, Reply, as_json
from tests.support.switchboard import PHONE, WALL, Ear

NIGHT = Channel("night/1", Delivery.STATE)
ROUTES = (Route(WALL), Route(PHONE, {"tier": frozenset({"diamond"})}), Route(NIGHT, shadow=True))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def tierwatch(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, site: Site) -> Command:
    with site.running():
        pass
    return runner(capsys, monkeypatch, site.config, at(30))


def fault(name: str, hours: float = 0, tier: str = "gold", status: str = "accepted", **fields: str) -> Event:
    return ticket(name, at(hours), status, tier=tier, customer=f"Bank {name}", **fields)


def work(site: Site, hours: float, *events: Event, deliver_to: Channel = WALL) -> None:
    with site.running() as database:
        if events:
            Ingest(database).commit_batch("tickets", Batch(events, (), {}), at(hours))
        worker = by_hand(Worker(
            Clocks(database), load(site.config).rules,
            lambda outcome, known, now: clock_alerts.decide(outcome, known, SETTINGS, now),
            RouteTable(ROUTES, lambda: SETTINGS), at(0), ("tickets",),
        ))  # fmt: skip
        while worker.step(at(hours))[0]:
            pass
        deliver(Deliveries(database), Ear(), deliver_to, at(hours))


def restore_only(text: str) -> list[str]:
    return [line for line in text.splitlines() if " Restoration " in line]


def test_nothing_fires(tierwatch: Command) -> None:
    assert tierwatch("alerts", "list").out == "no alert fires\n"
    assert tierwatch("alerts", "list", "--all").out == "no alert is on record\n"
    assert json.loads(tierwatch("alerts", "list", "--json").out) == []


def test_each_channel_was_told_or_not_and_why(tierwatch: Command, site: Site) -> None:
    row = SilenceRow("s1", ("ticket=T2",), at(0), at(40), "lin", "works")
    with site.running() as database:
        Silences(database).add(row, at(0), lambda _: True)
    work(site, 4.2, fault("T1"), fault("T2"))
    lines = tierwatch("alerts", "list").out.splitlines()
    begin = lines.index("DeadlineBreached T1 Restoration Breached (Gold): first since 2026-01-05 12:00:00+08:00")
    assert lines[begin + 1 : begin + 4] == [
        "  night/1: not sent, the receiver is in shadow, at 2026-01-05 12:12:00+08:00",
        "  phone: not sent, this receiver does not take such alerts, at 2026-01-05 12:12:00+08:00",
        "  wall: accepted at 2026-01-05 12:12:00+08:00",
    ]
    begin = lines.index("DeadlineBreached T2 Restoration Breached (Gold): first since 2026-01-05 12:00:00+08:00")
    assert lines[begin + 3].startswith("  wall: held back by silenced/s1; not sent, silenced (s1), at ")


def test_what_has_ended_is_listed_if_asked(tierwatch: Command, site: Site) -> None:
    work(site, 4.2, fault("T1"))
    work(site, 4.5, fault("T1", 4.4, status="restored"))
    assert restore_only(tierwatch("alerts", "list").out) == []
    (line,) = restore_only(tierwatch("alerts", "list", "--all").out)
    assert line == (
        "DeadlineBreached T1 Restoration Breached (Gold): restored since 2026-01-05 12:00:00+08:00,"
        " ended 2026-01-05 12:24:00+08:00"
    )
    found = json.loads(tierwatch("alerts", "list", "--all", "--json").out)
    (alert,) = [alert for alert in found if (alert["target"], alert["stage"]) == ("restore", "breached")]
    assert (alert["labels"]["ticket"], alert["state"]) == ("T1", "resolved")


def test_what_shadow_would_have_paged(tierwatch: Command, site: Site) -> None:
    work(site, 4.2, fault("T1"), fault("T2", tier="diamond"))
    work(site, 4.5, fault("T1", 4.4, status="restored"))
    work(site, 24.5, fault("T3", 20))
    said = tierwatch("alerts", "would-have", "--since", "7d").out.splitlines()
    restores = [line for line in said if " Restoration " in line]
    assert restores == [
        "2026-01-05 12:12:00+08:00  night/1  DeadlineBreached T1 Restoration Breached (Gold): first  Bank T1",
        "2026-01-05 12:12:00+08:00  night/1  DeadlineBreached T2 Restoration Breached (Diamond): first  Bank T2",
        "2026-01-06 08:30:00+08:00  night/1  DeadlineBreached T3 Restoration Breached (Gold): first  Bank T3",
    ]
    assert re.fullmatch(
        r"pages that would have been sent since 2025-12-30 14:00:00\+08:00: \d+", next(x for x in said if "would" in x)
    )
    found = json.loads(tierwatch("alerts", "would-have", "--since", "2026-01-05T20:00:00Z", "--json").out)
    assert {page["labels"]["ticket"] for page in found["pages"]} == {"T3"}
    assert {page["reason"] for page in found["pages"]} <= {"first", "worsened"}
    assert [(day["day"], day["tier"]) for day in found["by_day"]] == [("2026-01-06", "gold")]
    assert found["by_day"][0]["pages"] == len(found["pages"])


def test_would_have_for_one_receiver_or_channel(tierwatch: Command, site: Site) -> None:
    work(site, 4.2, fault("T1"))

    def found(name: str) -> int:
        return len(
            json.loads(tierwatch("alerts", "would-have", "--since", "7d", "--channel", name, "--json").out)["pages"]
        )

    assert found("night") == found("night/1") > 0
    assert found("nig") == found("night/2") == found("wall") == 0


def test_without_shadow_it_says_so(tierwatch: Command) -> None:
    out = tierwatch("alerts", "would-have", "--since", "12h").out
    assert out.splitlines()[-1] == "no receiver has `shadow: true`, so there is nothing to practise on"


@pytest.mark.parametrize("since", ["yesterday", "2026-01-05T00:00:00", "9999999d", "0d"])
def test_a_bad_beginning_is_a_sentence(tierwatch: Command, since: str) -> None:
    said = tierwatch("alerts", "would-have", "--since", since)
    assert said.code == 1
    assert "--since" in said.err
    assert "7d" in said.err


# -- a test page -------------------------------------------------------------------------------------------------------


def configured(site: Site, url: str, more: str = "") -> None:
    night = f'  night: {{type: alertmanager, options: {{urls: ["{url}", "{url}/two"]}}{more}}}'
    site.config.write_text(CONFIG + night, encoding="utf-8")


def test_a_test_page_and_its_end_are_marked_and_go_to_every_peer(tierwatch: Command, site: Site) -> None:
    with Loopback(lambda _: Reply(200, b"")) as peer:
        configured(site, peer.url)
        said = tierwatch("alerts", "test-page", "night", "--hold", "1s")
    assert (said.code, said.out.splitlines()) == (
        0,
        [
            "night/1: the test alert was accepted",
            "night/1: its end was accepted",
            "night/2: the test alert was accepted",
            "night/2: its end was accepted",
        ],
    )
    assert [request.path for request in peer.requests] == ["/api/v2/alerts"] * 2 + ["/two/api/v2/alerts"] * 2
    (first,), (end,) = peer.requests[0].json(), peer.requests[1].json()
    assert first["labels"]["alertname"] == "TierwatchTest"
    assert first["labels"] == end["labels"]
    assert first["annotations"]["summary"] == ("TEST of night/1 at 2026-01-06 14:00:00 +08:00: no promise is at risk")
    assert first["annotations"]["summary_zh"].startswith("测试 night/1")
    assert datetime.fromisoformat(first["startsAt"]) == at(29, 50)
    assert datetime.fromisoformat(first["endsAt"]) > at(30)
    assert datetime.fromisoformat(end["endsAt"]) == at(30)


def test_a_receiver_that_is_told_changes_hears_of_it_at_once(tierwatch: Command) -> None:
    said = tierwatch("alerts", "test-page", "log")
    answers = [line for line in said.out.splitlines() if line.startswith("log: ")]
    assert (said.code, answers) == (0, ["log: the test alert was accepted", "log: its end was accepted"])


def test_an_answer_that_is_no_yes_is_printed_and_ends_with_1(tierwatch: Command, site: Site) -> None:
    with Loopback(lambda _: as_json({"code": 600, "message": "bad"}, 400)) as peer:
        configured(site, peer.url)
        said = tierwatch("alerts", "test-page", "night")
    assert said.code == 1
    first, second = said.out.splitlines()
    assert first.startswith("night/1: the test alert was refused for good (refused): receiver night: http://127.0.0.1:")
    assert second.startswith("night/2: ")
    assert len(peer.requests) == 2, "no end of what was not accepted"


def test_nobody_there_is_a_sentence(tierwatch: Command, site: Site) -> None:
    with Loopback(lambda _: Reply(200, b"")) as gone:
        url = gone.url
    configured(site, url)
    said = tierwatch("alerts", "test-page", "night")
    assert said.code == 1
    assert "night/1: the test alert was not accepted (network)" in said.out
    assert "the pages wait" not in said.out
    assert "Traceback" not in said.err


def test_a_receiver_in_shadow_gets_a_test_only_even_so(tierwatch: Command, site: Site) -> None:
    with Loopback(lambda _: Reply(200, b"")) as peer:
        configured(site, peer.url, ", shadow: true")
        said = tierwatch("alerts", "test-page", "night")
        assert (said.code, said.err.strip()) == (
            1,
            "receiver night only practises (shadow: true), so nothing was sent; send it all the same with --even-so",
        )
        assert peer.requests == []
        assert tierwatch("alerts", "test-page", "night", "--even-so", "--hold", "1s").code == 0
        assert len(peer.requests) == 4


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nobody"], "'nobody' is not a receiver of"),
        (["log", "--hold", "5"], "--hold: '5' is not a length"),
        (["log", "--hold", "1h"], "--hold 1h is too long for a test"),
    ],
)
def test_a_mistake_is_a_sentence(tierwatch: Command, words: list[str], sentence: str) -> None:
    said = tierwatch("alerts", "test-page", *words)
    assert said.code == 1
    assert sentence in said.err
