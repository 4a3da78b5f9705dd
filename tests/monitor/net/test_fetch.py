import gzip
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from monitor.errors import DeliveryError, SourceError, TierwatchError
from monitor.net.credentials import Auth, Secret
from monitor.net.failures import Failed, reason_of
from monitor.net.fetch import Fetch, clean, retryable
from monitor.net.network import Network
from tests.support.loopback import Loopback, Reply, Request, as_json
from tests.support.ports import free_port

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOKEN = Secret("s3cr3t-t0ken", "$TMF_TOKEN")
USUAL = Network()
IMPATIENT = Network(read_timeout=timedelta(seconds=0.2))


@contextmanager
def peer(*replies: Reply) -> Iterator[Loopback]:
    """A peer that gives these answers in turn, the last one for ever."""
    waiting = list(replies)
    with Loopback(lambda request: waiting.pop(0) if len(waiting) > 1 else waiting[0]) as server:
        yield server


def fetch(
    sleep: Callable[[float], None] = lambda seconds: None,
    network: Network | None = None,
    error: type[TierwatchError] = SourceError,
) -> Fetch:
    return Fetch("collector tmf621/corp", error, auth=Auth(token=TOKEN), network=network, sleep=sleep)


def everything(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


def test_an_answer_brings_status_headers_and_json() -> None:
    with peer(as_json([1, 2], X_Total_Count="2")) as server:
        answer = fetch().get(f"{server.url}/list", now=NOW, params={"a": "b c"})
    assert (answer.status, answer.json(), answer.headers["x-total-count"]) == (200, [1, 2], "2")
    assert server.requests[0].query == {"a": "b c"}
    assert server.requests[0].headers["Authorization"] == "Bearer s3cr3t-t0ken"


def test_a_post_sends_json_once_and_a_get_again() -> None:
    with peer(Reply(502)) as server:
        with pytest.raises(DeliveryError):
            fetch(error=DeliveryError).post(f"{server.url}/alerts", [{"a": 1}], now=NOW)
        assert [request.body for request in server.requests] == [b'[{"a": 1}]']
        with pytest.raises(SourceError):
            fetch().get(server.url, now=NOW)
        assert len(server.requests) == 1 + USUAL.attempts


def test_a_post_that_is_harmless_to_repeat_is_repeated() -> None:
    with peer(Reply(503), Reply(200)) as server:
        assert fetch().post(server.url, [], now=NOW, retry=True).status == 200
    assert len(server.requests) == 2


def test_attempts_are_bounded_and_waits_grow_with_jitter() -> None:
    waits: list[float] = []
    with peer(Reply(503)) as server, pytest.raises(SourceError) as error:
        fetch(waits.append).get(server.url, now=NOW)
    assert len(server.requests) == 3
    assert 0.25 <= waits[0] <= 0.75 <= 2 * waits[1] <= 3.0
    assert error.value.retryable
    assert error.value.retry_at is None


def test_a_passing_fault_is_not_seen_by_the_caller() -> None:
    with peer(Reply(503), Reply(429), as_json({"ok": 1})) as server:
        assert fetch().get(server.url, now=NOW).json() == {"ok": 1}


@pytest.mark.parametrize("status", [s for s in range(300, 600) if s not in (301, 302, 303, 307, 308)])
def test_every_status_that_is_not_accepted_is_an_error_that_says_whether_to_retry(status: int) -> None:
    once = Network(attempts=1)
    with peer(Reply(status)) as server, pytest.raises(SourceError) as error:
        fetch(network=once).get(f"{server.url}/x", now=NOW)
    assert error.value.retryable is retryable(status)
    assert error.value.retryable is (status >= 500 or status in (408, 425, 429))
    assert str(error.value).startswith(f"collector tmf621/corp: {server.url}/x: {status}, ")


def test_a_status_that_the_caller_wants_to_see_is_no_error() -> None:
    with peer(as_json({"why": "x"}, 400)) as server:
        answer = fetch().get(server.url, now=NOW, accept=frozenset({200, 400}))
    assert (answer.status, answer.json()) == (400, {"why": "x"})


def test_a_401_names_the_place_of_the_token_and_what_to_do() -> None:
    with peer(Reply(401)) as server, pytest.raises(SourceError) as error:
        fetch().get(f"{server.url}/list", now=NOW, params={"filter": "x"})
    assert str(error.value) == (
        f"collector tmf621/corp: {server.url}/list: 401, it refused the token in $TMF_TOKEN;"
        " check that it is right and has not expired"
    )
    assert reason_of(error.value) == "unauthorized"
    assert len(server.requests) == 1


def test_a_401_without_a_login_says_that_one_is_wanted() -> None:
    with peer(Reply(401)) as server, pytest.raises(SourceError, match="it wants a login; write auth"):
        Fetch("collector x/y", SourceError).get(server.url, now=NOW)


def test_a_short_retry_after_is_waited_for() -> None:
    waits: list[float] = []
    with peer(Reply(429, headers={"Retry-After": "2"}), Reply(200)) as server:
        fetch(waits.append).get(server.url, now=NOW)
    assert waits == [2.0]


def test_a_long_retry_after_is_left_to_the_scheduler() -> None:
    waits: list[float] = []
    with peer(Reply(503, headers={"Retry-After": "120"})) as server, pytest.raises(SourceError) as error:
        fetch(waits.append).get(server.url, now=NOW)
    assert waits == []
    assert len(server.requests) == 1
    assert error.value.retry_at is not None
    assert timedelta(0) <= error.value.retry_at - (NOW + timedelta(seconds=120)) < timedelta(seconds=5)


def test_a_retry_after_may_be_a_date_and_an_absurd_one_is_capped() -> None:
    date = format_datetime(NOW + timedelta(hours=1), usegmt=True)
    for said, expected in ((date, timedelta(hours=1)), ("9" * 30, timedelta(days=1))):
        with peer(Reply(503, headers={"Retry-After": said})) as server, pytest.raises(SourceError) as error:
            fetch().get(server.url, now=NOW)
        assert error.value.retry_at is not None
        assert abs(error.value.retry_at - (NOW + expected)) < timedelta(seconds=5)


@pytest.mark.parametrize("said", ["soon", "-5", "", "1.5"])
def test_a_retry_after_that_means_nothing_is_ignored(said: str) -> None:
    with peer(Reply(503, headers={"Retry-After": said})) as server, pytest.raises(SourceError) as error:
        fetch().get(server.url, now=NOW)
    assert error.value.retry_at is None
    assert len(server.requests) == 3


def test_a_dead_peer_is_a_retryable_error() -> None:
    port = free_port()
    hidden = "a" + "bc"  # the traceback shows this file's lines too
    with pytest.raises(SourceError, match="no connection") as error:
        fetch().get(f"http://127.0.0.1:{port}/x?token={hidden}", now=NOW)
    assert error.value.retryable
    assert "abc" not in everything(error.value)
    assert reason_of(error.value) == "network"


def test_an_unknown_host_is_named_as_such() -> None:
    with pytest.raises(SourceError, match="the host's name is not known") as error:
        fetch().get("http://no-such-host.invalid/x", now=NOW)
    assert error.value.retryable


def test_a_silent_peer_is_given_up_after_the_read_timeout() -> None:
    with peer(Reply(hang=True)) as server, pytest.raises(SourceError, match="silent for") as error:
        fetch(network=IMPATIENT).get(server.url, now=NOW, retry=False)
    assert reason_of(error.value) == "timeout"


def test_a_silent_peer_does_not_take_longer_than_the_total_timeout() -> None:
    """The peer would end the connection some time, which is another reason."""
    network = Network(read_timeout=timedelta(hours=10), total_timeout=timedelta(seconds=0.3))
    with peer(Reply(hang=True)) as server, pytest.raises(SourceError) as error:
        fetch(network=network).get(server.url, now=NOW)
    assert reason_of(error.value) == "timeout"


def test_a_body_that_trickles_is_given_up_after_the_total_timeout() -> None:
    network = Network(read_timeout=timedelta(seconds=2), total_timeout=timedelta(seconds=0.3), attempts=1)
    with peer(Reply(200, b"x" * 1000, drip=0.02)) as server, pytest.raises(SourceError, match="no whole answer within"):
        fetch(network=network).get(server.url, now=NOW)


def test_a_body_that_is_cut_is_asked_for_again_and_then_an_error() -> None:
    whole = as_json([1, 2, 3])
    with peer(Reply(200, whole.body, cut=3), whole) as server:
        assert fetch().get(server.url, now=NOW).json() == [1, 2, 3]
    with peer(Reply(200, whole.body, cut=3)) as server, pytest.raises(SourceError) as error:
        fetch().get(server.url, now=NOW)
    assert reason_of(error.value) == Failed.CUT_SHORT
    assert error.value.retryable


def test_json_that_ends_early_is_told_from_what_is_no_json() -> None:
    for body, reason in (
        (b'[{"a": 1}, {"b"', Failed.CUT_SHORT),
        (b"<html>login</html>", "not_json"),
        (b"", "not_json"),
    ):
        with peer(Reply(200, body, {"Content-Type": "text/html; charset=x"})) as server:
            answer = fetch().get(server.url, now=NOW)
        with pytest.raises(SourceError) as error:
            answer.json()
        assert reason_of(error.value) == reason


def test_a_compressed_body_is_unpacked_and_a_broken_one_is_an_error() -> None:
    packed = gzip.compress(b'{"ok": true}')
    with peer(Reply(200, packed, {"Content-Encoding": "gzip"})) as server:
        assert fetch().get(server.url, now=NOW).json() == {"ok": True}
    with peer(Reply(200, b"no gzip", {"Content-Encoding": "gzip"})) as server, pytest.raises(SourceError) as error:
        fetch().get(server.url, now=NOW)
    assert reason_of(error.value) == "unreadable"


def test_a_body_beyond_the_cap_is_refused_also_when_it_was_small_on_the_wire() -> None:
    bomb = gzip.compress(b" " * 5_000_000)
    for reply in (Reply(200, b"x" * 200_000), Reply(200, bomb, {"Content-Encoding": "gzip"})):
        with peer(reply) as server, pytest.raises(SourceError, match="longer than 100000 bytes") as error:
            fetch(network=Network(max_bytes=100_000)).get(server.url, now=NOW)
        assert not error.value.retryable


def test_a_redirect_on_the_same_host_is_followed() -> None:
    def respond(request: Request) -> Reply:
        return as_json("here") if request.path == "/new" else Reply(307, headers={"Location": "/new"})

    with Loopback(respond) as server:
        assert fetch().get(f"{server.url}/old", now=NOW, params={"a": "b"}).json() == "here"


def test_a_redirect_to_another_host_is_not_followed_and_no_secret_travels() -> None:
    with ExitStack() as stack:
        other = stack.enter_context(peer(as_json("stolen")))
        target = f"{other.url.replace('127.0.0.1', 'localhost')}/x?leak=1"
        server = stack.enter_context(peer(Reply(302, headers={"Location": target})))
        with pytest.raises(SourceError, match="points to localhost, which tierwatch does not follow") as error:
            fetch().get(server.url, now=NOW)
        same_host = stack.enter_context(peer(Reply(302, headers={"Location": other.url})))
        with pytest.raises(SourceError):  # another port is another peer
            fetch().get(same_host.url, now=NOW)
    assert other.requests == []
    assert not error.value.retryable
    assert "leak" not in str(error.value)


def test_a_circle_of_redirects_ends() -> None:
    with peer(Reply(302, headers={"Location": "/"})) as server, pytest.raises(SourceError, match="302"):
        fetch().get(server.url, now=NOW)
    assert len(server.requests) <= 5


def test_proxies_and_netrc_of_the_environment_are_not_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("machine 127.0.0.1 login eve password leaked\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with peer(Reply(200)) as server:
        Fetch("collector x/y", SourceError).get(server.url, now=NOW)
    assert "Authorization" not in server.requests[0].headers


def test_a_configured_proxy_is_used() -> None:
    with peer(as_json("by proxy")) as proxy:
        network = Network(proxy=proxy.url, attempts=1)
        assert fetch(network=network).get("http://source.invalid/x", now=NOW).json() == "by proxy"


def test_tls_trouble_says_what_to_check() -> None:
    with peer(Reply(200)) as server, pytest.raises(SourceError, match=r"TLS failed: .*check the certificate"):
        fetch().get(server.url.replace("http:", "https:"), now=NOW)


def test_no_error_shows_the_secret_or_the_query() -> None:
    trouble = [Reply(code) for code in (400, 401, 403, 404, 418, 429, 500, 503)]
    trouble += [Reply(200, b"[", cut=0), Reply(hang=True), Reply(302, headers={"Location": "http://other.invalid/"})]
    for reply in trouble:
        network = IMPATIENT if reply.hang else USUAL
        with peer(reply) as server, pytest.raises(SourceError) as error:
            fetch(network=network).get(f"{server.url}/p?key=hidden", now=NOW, params={"q": "hidden"}).json()
        assert "s3cr3t" not in everything(error.value)
        assert "hidden" not in str(error.value)


def test_an_address_is_shown_without_user_and_query() -> None:
    assert clean("https://user:pw@host.example:8443/a/b?token=x#y") == "https://host.example:8443/a/b"
    assert clean("http://[::1]:80/a") == "http://[::1]:80/a"
