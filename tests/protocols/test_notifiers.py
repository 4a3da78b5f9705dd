"""What every notifier in the folder promises, found by its file."""

from __future__ import annotations

import ast
import dataclasses
import inspect
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from structlog.testing import capture_logs

from alerts.notifiers import alertmanager, log
from monitor import plugins
from monitor.alert import Delivery, Notifier, Result, Verdict
from monitor.credentials import Auth, Secret
from tests.support.cases import at
from tests.support.pages import alert, ended, page
from tests.support.webhook import Reply, Webhook, listening

PACKAGE = "alerts.notifiers"
NAMES = plugins.names(PACKAGE)
SECRETS = ("t0ken-of-ours", "pa55-of-ours")

Make = Callable[[str, Auth | None], Notifier]
BUILT: dict[str, Make] = {
    "alertmanager": lambda url, auth: alertmanager.build(alertmanager.Config((url,), auth=auth)),
    "log": lambda url, auth: log.build(log.Config()),
}
"""How to build each one against a server at an address; a new notifier adds its line here."""

ONLINE = [name for name in NAMES if name != "log"]
LOGINS = [
    Auth(token=Secret(SECRETS[0], "$TOKEN")),
    Auth(username="me", password=Secret(SECRETS[1], "$PASSWORD")),
    Auth(token=Secret(SECRETS[0], "$TOKEN"), header="X-Key"),
]


@pytest.fixture
def server() -> Iterator[Webhook]:
    with listening() as it:
        yield it


@pytest.fixture(params=NAMES)
def module(request: pytest.FixtureRequest) -> ModuleType:
    return plugins.load(PACKAGE, request.param)


def sent(tell: Notifier, count: int = 3) -> list[Result]:
    (channel, *_) = tell.channels("ops")
    changed = [alert("INC1"), ended(alert("INC2")), alert("INC3", "breached")][:count]
    batch = [page(item, channel.name, number) for number, item in enumerate(changed)]
    return list(tell.send(batch, at(12)))


def test_every_notifier_is_known_to_this_suite() -> None:
    assert set(NAMES) == set(BUILT)


def test_it_says_what_it_does_and_has_the_three_names(module: ModuleType) -> None:
    text = ast.get_docstring(ast.parse(inspect.getsource(module)))
    assert text
    assert text.splitlines()[0].endswith(".")
    assert dataclasses.is_dataclass(module.Config)
    assert getattr(module.Config, "__dataclass_params__").frozen  # noqa: B009
    assert callable(module.build)
    assert module.Config.__doc__


def test_its_channels_are_named_after_the_receiver_and_always_the_same(module: ModuleType, server: Webhook) -> None:
    tell = BUILT[module.__name__.rpartition(".")[2]](server.url, None)
    channels = tell.channels("ops")
    assert channels
    assert channels == tell.channels("ops")
    assert all(channel.name == "ops" or channel.name.startswith("ops/") for channel in channels)
    assert all(channel.delivery in Delivery for channel in channels)
    assert len({channel.name for channel in channels}) == len(channels)


@pytest.mark.parametrize("name", NAMES)
def test_it_gives_one_result_per_page(name: str, server: Webhook) -> None:
    results = sent(BUILT[name](server.url, None))
    assert sorted(result.page.id for result in results) == [0, 1, 2]
    assert {result.verdict for result in results} == {Verdict.ACCEPTED}


@pytest.mark.parametrize("name", NAMES)
def test_nothing_to_send_is_no_trouble(name: str, server: Webhook) -> None:
    assert list(BUILT[name](server.url, None).send([], at(12))) == []
    assert server.requests == []


@pytest.mark.parametrize("name", ONLINE)
@pytest.mark.parametrize("status", range(200, 600))
def test_every_status_maps_to_a_verdict(name: str, status: int, server: Webhook) -> None:
    server.answer = lambda request: Reply(status)
    for result in sent(BUILT[name](server.url, None), 1):
        assert result.verdict in Verdict
        assert status < 300 or result.verdict is not Verdict.ACCEPTED
        if result.verdict is not Verdict.ACCEPTED:
            assert result.reason.replace("_", "").isalnum()
            assert result.reason == result.reason.lower()
            assert " " in result.detail
        if status in (401, 403, 404, 407, 408, 429) or status >= 500:
            assert result.verdict is Verdict.RETRY, "what can be mended must not drop a page"


@pytest.mark.parametrize("name", ONLINE)
@pytest.mark.parametrize("login", LOGINS, ids=["token", "password", "header"])
@pytest.mark.parametrize(
    "reply",
    [
        Reply(400), Reply(401), Reply(403), Reply(404), Reply(413), Reply(422), Reply(429), Reply(500),
        Reply(302, headers={"Location": "http://127.0.0.1:1/"}), Reply(200, b"<html>", cut=4),
    ],
    ids=lambda reply: str(reply.status),
)  # fmt: skip
def test_no_text_ever_holds_a_secret(name: str, login: Auth, reply: Reply, server: Webhook) -> None:
    def echo(request: Any) -> Reply:
        shown = " ".join(f"{header}: {value}" for header, value in request.headers.items())
        body = b'"' + shown.replace('"', "'").encode() + b'"'
        return Reply(reply.status, reply.body or body, reply.headers, cut=reply.cut)

    server.answer = echo
    with capture_logs() as lines:
        results = sent(BUILT[name](server.url, login))
    hidden = [*SECRETS, *(value.decode().split()[-1] for value in login.headers.values())]
    said = f"{[(result.reason, result.detail) for result in results]} {lines} {login!r}"
    assert not [secret for secret in hidden if secret in said]


@pytest.mark.parametrize("name", ONLINE)
def test_nobody_there_is_tried_again(name: str) -> None:
    with listening() as gone:
        url = gone.url
    assert {result.verdict for result in sent(BUILT[name](url, None))} == {Verdict.RETRY}
