"""No peer can keep a request beyond its deadline: every collector, every notifier, the ping and the calendars."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from alerts.notifiers import smtp
from alerts.oncall import roster_calendars
from alerts.oncall.roster_file import Feed
from monitor.alert.alert import Verdict
from monitor.config import plugins
from monitor.errors import DeliveryError
from monitor.history.batch import Collector
from monitor.net import deadline
from monitor.net.failures import reason_of
from monitor.net.fetch import Fetch
from monitor.net.network import Network
from monitor.service import pulse
from tests.support.collecting import NOW, poll
from tests.support.hostile_peer import GOES_ON_TO_TLS, MAIL_WAYS, WAYS, HostilePeer, Way, hostile
from tests.support.notifier_samples import built, check_wording, sent
from tests.support.peers import until
from tests.support.returning import all_returned, nothing_left, returned

COLLECTORS = [
    name
    for name in plugins.names("monitor.collectors")
    if "network" in plugins.options(plugins.load("monitor.collectors", name))
]
NOTIFIERS = [name for name in plugins.names("alerts.notifiers") if name != "log"]
SOON = timedelta(milliseconds=400)
SECOND = timedelta(seconds=1)
NETWORK = {"connect_timeout": "1s", "read_timeout": "10s", "total_timeout": "1s", "attempts": 2}
REASONS = {"timeout", "too_large", "network", "cut_short", "unreadable"}


@pytest.fixture(autouse=True)
def _watching() -> None:
    """The one thread that watches all deadlines is there from the first request on; no test counts it."""
    with deadline.Deadline(1):
        pass


SOME = ("says nothing", "drips a header", "goes on with 100 fast", "drips a body without a length", "redirects slowly")


def ways_of(name: str) -> dict[str, Way]:
    """All ways; some for Apprise, which needs a process for each."""
    if name == "apprise":
        return {way: WAYS[way] for way in SOME}
    return MAIL_WAYS if name == "smtp" else WAYS


def address(name: str, port: int) -> str:
    return f"{'smtp' if name == 'smtp' else 'http'}://127.0.0.1:{port}"


def collecting(name: str, url: str, **network: Any) -> Collector:
    module = plugins.load("monitor.collectors", name)
    options = {"url": url, "network": {**NETWORK, **network}}
    collector: Collector = module.build(TypeAdapter(module.Config).validate_python(options))
    return collector


def failure(collector: Collector) -> tuple[bool, str, str]:
    """What a poll that fails says of it: whether to try again, the reason and the sentence."""
    error = poll(collector).error
    assert error is not None
    return error.retryable, reason_of(error), str(error)


@contextmanager
def all_ways(ways: dict[str, Way]) -> Iterator[dict[str, HostilePeer]]:
    """A peer for each way, for the length of a test."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(hostile(way)) for name, way in ways.items()}


@pytest.mark.parametrize("name", COLLECTORS)
def test_every_collector_gives_up_at_its_deadline_whatever_the_peer_sends(name: str) -> None:
    with all_ways(WAYS) as peers, nothing_left():
        urls = {way: f"http://127.0.0.1:{peer.port}/x" for way, peer in peers.items()}
        made = {way: collecting(name, url) for way, url in urls.items()}
        for _ in range(2):
            for way, (retryable, reason, said) in all_returned(failure, made).items():
                assert retryable, way
                assert reason in REASONS, way
                assert said.startswith(f"collector {name}/corp: {urls[way]}"), way
        until(lambda: {peer.open for peer in peers.values()} == {0}, "all connections are closed")
        assert all(peer.connections for peer in peers.values())


@pytest.mark.parametrize("name", NOTIFIERS)
def test_every_notifier_gives_up_at_its_timeout_whatever_the_peer_sends(name: str) -> None:
    ways = ways_of(name)
    with all_ways(ways) as peers, nothing_left():
        made = {way: built(name, address(name, peer.port), timeout=SOON) for way, peer in peers.items()}
        for _ in range(2):
            for way, results in all_returned(sent, made).items():
                assert len(results) == 3, way
                for result in results:
                    assert result.verdict is Verdict.RETRY or (name == "apprise" and way in AFTER_THE_STATUS), way
                    check_wording(result)
        until(lambda: all(peer.connections for peer in peers.values()), "every peer was asked")
        made.clear()
        gc.collect()  # the processes of Apprise are kept for as long as their receivers
        until(lambda: {peer.open for peer in peers.values()} == {0}, "all connections are closed")


AFTER_THE_STATUS = [way for way in WAYS if any(word in way for word in ("body", "chunk", "trailer"))]
"""Apprise takes the status for the answer, whatever becomes of the rest."""


@pytest.mark.parametrize("name", NOTIFIERS)
def test_a_notifier_that_was_kept_waiting_says_for_how_long(name: str) -> None:
    with hostile(ways_of(name)["says nothing"]) as peer:
        (result,) = returned(lambda: sent(built(name, address(name, peer.port), timeout=SECOND), 1))
    assert result.reason == "timeout"
    assert "within 1s" in result.detail


@pytest.mark.parametrize("name", NOTIFIERS)
def test_a_stop_aborts_what_a_notifier_does(name: str) -> None:
    with hostile(ways_of(name)["says nothing"]) as peer:
        tell = built(name, address(name, peer.port), timeout=timedelta(minutes=10))
        results = _stopped(lambda: peer.connections > 0, lambda: sent(tell))
    assert {(result.verdict, result.reason) for result in results} == {(Verdict.RETRY, "stopped")}


@pytest.mark.parametrize("name", COLLECTORS)
def test_a_stop_aborts_what_a_collector_does(name: str) -> None:
    with hostile(WAYS["drips a header"]) as peer:
        collector = collecting(name, f"http://127.0.0.1:{peer.port}/x", total_timeout="10m")
        polled = _stopped(lambda: peer.connections > 0, lambda: poll(collector))
    assert polled.error is not None
    assert reason_of(polled.error) == "stopped"


def _stopped(under_way: Callable[[], bool], call: Callable[[], Any]) -> Any:
    """What *call* gives when requests are aborted again and again, once it has begun, as the program does."""
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(call()), daemon=True)
    thread.start()
    until(under_way, "it has begun")

    def ended() -> bool:
        deadline.abort()
        return not thread.is_alive()

    until(ended, "it has ended")
    return results[0]


def test_the_ping_gives_up_at_its_deadline_whatever_the_peer_sends() -> None:
    def ping(url: str) -> bool:
        fetch = Fetch("heartbeat", DeliveryError, network=Network(total_timeout=SOON, attempts=2))
        with pytest.raises(DeliveryError) as caught:
            fetch.get(url, now=NOW)
        fetch.close()
        return caught.value.retryable

    with all_ways(WAYS) as peers, nothing_left():
        urls = {way: f"http://127.0.0.1:{peer.port}/ping" for way, peer in peers.items()}
        assert all_returned(ping, urls) == dict.fromkeys(WAYS, True)


def test_the_ping_of_the_program_has_a_short_deadline() -> None:
    assert pulse.NETWORK.total_timeout <= timedelta(seconds=30)


@pytest.mark.parametrize("way", ["says nothing", "drips a header", "drips a body without a length"])
def test_a_calendar_gives_up_at_its_deadline(way: str) -> None:
    with hostile(WAYS[way]) as peer, nothing_left():
        url = f"http://127.0.0.1:{peer.port}/a.ics"
        feed = Feed("noc", "oncall.yml:1", url, url=url, network=Network(total_timeout=SECOND))

        def read() -> str:
            with pytest.raises(ValueError, match="no whole answer within 1s") as caught:
                roster_calendars._content(feed, NOW)
            return str(caught.value)

        returned(read)


def test_a_calendar_with_a_copy_is_not_waited_for_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "oncall-noc.ics").write_text("kept", encoding="utf-8")
    with hostile(WAYS["says nothing"]) as peer:
        url = f"http://127.0.0.1:{peer.port}/a.ics"
        feeds = [Feed(team, "oncall.yml:1", url, url=url) for team in ("noc",)]
        ((_, content),) = returned(lambda: roster_calendars._contents(feeds, tmp_path, NOW, SECOND))
        assert "no whole answer within 1s" in str(content)


@pytest.fixture
def stalled() -> Iterator[int]:
    """A server that takes connections for TLS and never shakes hands."""
    with hostile(WAYS["says nothing"]) as peer:
        yield peer.port


@pytest.mark.parametrize("name", [name for name in NOTIFIERS if name != "smtp"])
def test_a_handshake_that_stalls_is_given_up(name: str, stalled: int) -> None:
    tell = built(name, f"https://127.0.0.1:{stalled}", timeout=SECOND)
    assert {result.verdict for result in returned(lambda: sent(tell))} == {Verdict.RETRY}


@pytest.mark.parametrize("name", COLLECTORS)
def test_a_handshake_that_stalls_is_given_up_by_a_collector(name: str, stalled: int) -> None:
    collector = collecting(name, f"https://127.0.0.1:{stalled}/x")
    error = returned(lambda: poll(collector)).error
    assert error is not None
    assert reason_of(error) == "timeout"


@pytest.mark.parametrize(
    ("tls", "way"), [(smtp.Tls.IMPLICIT, WAYS["says nothing"]), (smtp.Tls.STARTTLS, GOES_ON_TO_TLS)]
)
def test_a_handshake_that_stalls_is_given_up_by_mail(tls: smtp.Tls, way: Way) -> None:
    with hostile(way) as peer, nothing_left():
        config = smtp.Config("127.0.0.1", "a@example.com", ("b@example.com",), port=peer.port, tls=tls, timeout=SECOND)
        (result,) = returned(lambda: sent(smtp.build(config), 1))
        assert (result.verdict, result.reason) == (Verdict.RETRY, "timeout")
        assert "within 1s" in result.detail


def test_every_notifier_has_a_timeout() -> None:
    missing = [name for name in NOTIFIERS if "timeout" not in plugins.options(plugins.load("alerts.notifiers", name))]
    assert missing == []
