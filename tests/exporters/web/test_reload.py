"""Who may have the configuration read again by HTTP: programs on this machine, or with a token; never a browser."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import requests
from starlette.requests import Request

from exporters.web import ReloadAnswer, ReloadAsked, Server, Views, build_app
from exporters.web.peers import OF_A_PROXY, of_this_machine
from exporters.web.reload import OF_A_BROWSER
from tests.support import snapshots


@dataclass(slots=True)
class Site:
    url: str = ""
    asked: list[ReloadAsked] = field(default_factory=list)
    answer: ReloadAnswer = field(default_factory=lambda: ReloadAnswer(200, "It runs."))

    def reload(self, asked: ReloadAsked) -> ReloadAnswer:
        self.asked.append(asked)
        return self.answer

    def send(self, method: str = "POST", **headers: str) -> tuple[int, str]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = requests.request(method, f"{self.url}-/reload", headers=named, timeout=600)
        return answer.status_code, answer.text


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    views = Views(snapshots.example, lambda *_: None, lambda: snapshots.AT, lambda: (True, "ready"), reload=made.reload)
    server = Server(build_app(views), "127.0.0.1", 0)
    server.start()
    made.url = server.url
    try:
        yield made
    finally:
        server.stop()


def test_a_program_on_this_machine_asks_without_a_token(site: Site) -> None:
    assert site.send() == (200, "It runs.\n")
    assert site.asked == [ReloadAsked(local=True)]


def test_a_token_goes_with_what_is_asked_and_only_as_bearer(site: Site) -> None:
    for said, token in (("Bearer abc", "abc"), ("bearer  abc ", "abc"), ("Basic abc", ""), ("abc", "")):
        site.send(authorization=said)
        assert site.asked[-1].token == token, said


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_no_other_method_reads_anything(site: Site, method: str) -> None:
    status, said = site.send(method)
    assert status == 405
    assert said == ("" if method == "HEAD" else "This address only answers POST.\n")
    assert site.asked == []


@pytest.mark.parametrize("header", OF_A_BROWSER)
def test_what_a_browser_sends_is_refused_whoever_it_says_to_be(site: Site, header: str) -> None:
    for value in ("null", "same-origin", site.url, ""):
        status, said = site.send(**{header: value, "authorization": "Bearer abc"})
        assert (status, "browser" in said) == (403, True), value
    assert site.asked == []


@pytest.mark.parametrize("header", OF_A_PROXY)
def test_what_a_proxy_passes_on_is_of_another_machine(site: Site, header: str) -> None:
    site.send(**{header: "192.0.2.1"})
    assert site.asked == [ReloadAsked(local=False)]


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8321", "127.0.0.1.evil.example", "192.0.2.1:80", "[::2]:1", ""]
)
def test_a_name_of_another_host_that_leads_here_is_of_another_machine(site: Site, host: str) -> None:
    site.send(host=host)
    assert site.asked == [ReloadAsked(local=False)]


@pytest.mark.parametrize("host", ["localhost", "localhost:8321", "127.0.0.1", "127.3.2.1:8321", "[::1]:8321", "[::1]"])
def test_the_names_of_this_machine_are_of_this_machine(site: Site, host: str) -> None:
    site.send(host=host)
    assert site.asked == [ReloadAsked(local=True)]


def asked_by(peer: str, here: str, host: str) -> Request:
    scope = {
        "type": "http", "method": "POST", "path": "/-/reload", "client": (peer, 40000), "server": (here, 8321),
        "headers": [(b"host", host.encode())],
    }  # fmt: skip
    return Request(scope)


@pytest.mark.parametrize(("peer", "here", "host", "local"), [
    ("192.0.2.7", "192.0.2.1", "192.0.2.1:8321", False),
    ("192.0.2.7", "192.0.2.1", "localhost:8321", False),
    ("192.0.2.1", "192.0.2.1", "192.0.2.1:8321", True),
    ("192.0.2.1", "192.0.2.1", "noc.example:8321", False),
    ("::1", "::1", "[::1]:8321", True),
    ("::ffff:127.0.0.1", "::ffff:127.0.0.1", "127.0.0.1:8321", True),
    ("::ffff:192.0.2.7", "::ffff:192.0.2.1", "127.0.0.1:8321", False),
    ("testclient", "192.0.2.1", "127.0.0.1:8321", False),
])  # fmt: skip
def test_only_a_connection_from_an_address_of_this_machine_is_local(
    peer: str, here: str, host: str, local: bool
) -> None:
    assert of_this_machine(asked_by(peer, here, host)) is local


def test_an_answer_that_is_to_be_asked_again_says_when_and_a_missing_token_how(site: Site) -> None:
    site.answer = ReloadAnswer(429, "Later.", retry_after=60)
    answer = requests.post(f"{site.url}-/reload", timeout=600)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
    site.answer = ReloadAnswer(401, "No.")
    answer = requests.post(f"{site.url}-/reload", timeout=600)
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["cache-control"] == "no-store"


def test_a_body_is_not_waited_for(site: Site) -> None:
    port = int(site.url.rstrip("/").rpartition(":")[2])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    connection.putrequest("POST", "/-/reload")
    connection.putheader("Content-Length", "1000")
    connection.endheaders()
    assert connection.getresponse().status == 200
    connection.close()


def test_a_site_without_reloads_has_no_such_address() -> None:
    views = Views(snapshots.example, lambda *_: None, lambda: snapshots.AT, lambda: (True, "ready"))
    server = Server(build_app(views), "127.0.0.1", 0)
    server.start()
    try:
        assert requests.post(f"{server.url}-/reload", timeout=600).status_code == 404
    finally:
        server.stop()


def test_another_site_is_served_from_now_on_at_the_same_address(site: Site) -> None:
    first = Views(snapshots.example, lambda *_: None, lambda: snapshots.AT, lambda: (False, "not yet"))
    server = Server(build_app(first), "127.0.0.1", 0)
    server.start()
    try:
        assert requests.get(f"{server.url}-/ready", timeout=600).text == "not yet\n"
        server.show(build_app(Views(snapshots.example, lambda *_: None, lambda: snapshots.AT, lambda: (True, "now"))))
        assert requests.get(f"{server.url}-/ready", timeout=600).text == "now\n"
    finally:
        server.stop()
