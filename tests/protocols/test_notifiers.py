"""What every notifier in the folder promises, found by its file."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from structlog.testing import capture_logs

from alerts.delivery.outbox import deliver
from alerts.oncall.ack_links import linked
from alerts.oncall.ack_tokens import Keys
from monitor.alert.alert import Delivery, Notifier, Page, Settlement, Verdict
from monitor.config import plugins
from monitor.net.credentials import Auth
from tests.support import secure_webhook, smtp_server
from tests.support.cases import at
from tests.support.certificates import certificate
from tests.support.notifier_samples import (
    KEY,
    PASSWORD,
    SAMPLES,
    SOON,
    built,
    check_secrets,
    check_wording,
    kept_apprise,
    of_one_alert,
    peer,
    sent,
)
from tests.support.pages import alert, page
from tests.support.webhook import Reply, Webhook, listening

PACKAGE = "alerts.notifiers"
NAMES = plugins.names(PACKAGE)

ONLINE = [name for name in NAMES if name != "log"]
HTTP = [name for name in ONLINE if name != "smtp"]
QUEUES = [name for name in HTTP if name != "alertmanager"]
ROBOTS = ["dingtalk", "feishu", "wecom"]
LOGINS = [
    Auth(token=KEY),
    Auth(username="me", password=PASSWORD),
    Auth(token=KEY, header="X-Key"),
]
LOGIN_IDS = ["token", "password", "header"]


def takes_a_login(name: str) -> bool:
    return "auth" in {option.name for option in dataclasses.fields(plugins.load(PACKAGE, name).Config)}


LOGGING_IN = [
    pytest.param(name, login, id=f"{name}-{known}")
    for name in HTTP
    for login, known in list(zip(LOGINS, LOGIN_IDS, strict=True))[: None if takes_a_login(name) else 1]
]
"""One that takes no login is the same with each."""


@pytest.fixture
def server() -> Iterator[Webhook]:
    with listening() as it:
        yield it


@pytest.fixture(scope="module")
def apprise() -> Iterator[tuple[Notifier, Webhook]]:
    """Apprise at a receiver, once for the tests that do not end its process."""
    with kept_apprise() as kept:
        yield kept


Meet = Callable[..., tuple[Notifier, Webhook]]


@pytest.fixture
def meet(request: pytest.FixtureRequest, server: Webhook) -> Meet:
    """Gives a notifier and its receiver, which has heard of nothing yet."""

    def met(name: str, **given: Any) -> tuple[Notifier, Webhook]:
        if name != "apprise":
            return built(name, server.url, **given), server
        tell, kept = request.getfixturevalue("apprise")
        kept.requests.clear()
        kept.replies.clear()
        return tell, kept

    return met


@pytest.fixture(params=NAMES)
def module(request: pytest.FixtureRequest) -> ModuleType:
    return plugins.load(PACKAGE, request.param)


# -- its form ------------------------------------------------------------------------------------------------------


def test_every_notifier_is_known_to_this_suite() -> None:
    assert set(NAMES) == set(SAMPLES)


def test_it_says_what_it_does_and_has_the_three_names(module: ModuleType) -> None:
    text = ast.get_docstring(ast.parse(inspect.getsource(module)))
    assert text
    assert text.splitlines()[0].endswith(".")
    assert dataclasses.is_dataclass(module.Config)
    assert getattr(module.Config, "__dataclass_params__").frozen  # noqa: B009
    assert callable(module.build)
    assert module.Config.__doc__


@pytest.mark.parametrize("name", NAMES)
def test_its_channels_are_named_after_the_receiver_and_always_the_same(name: str) -> None:
    tell = built(name, "http://127.0.0.1:9")
    channels = tell.channels("ops")
    assert channels
    assert channels == tell.channels("ops")
    assert all(channel.name == "ops" or channel.name.startswith("ops/") for channel in channels)
    assert all(channel.delivery in Delivery for channel in channels)
    assert len({channel.name for channel in channels}) == len(channels)


@pytest.mark.parametrize("name", NAMES)
def test_its_options_show_no_secret(name: str) -> None:
    tell = built(name, "http://127.0.0.1:9", auth=LOGINS[0])
    config = getattr(tell, "_config", None) or getattr(tell, "config", None)
    check_secrets([], f"{config!r} {tell!r} {vars(tell) if hasattr(tell, '__dict__') else ''}")


# -- a receiver that takes pages -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_it_gives_one_result_per_page(name: str) -> None:
    with peer(name) as (url, _):
        results = sent(built(name, url))
    assert sorted(result.page.id for result in results) == [0, 1, 2]
    assert {result.verdict for result in results} == {Verdict.ACCEPTED}


@pytest.mark.parametrize("name", NAMES)
def test_nothing_to_send_is_no_trouble(name: str) -> None:
    with peer(name) as (url, asked):
        assert list(built(name, url).send([], at(12))) == []
        assert asked() == 0


@pytest.mark.parametrize("name", NAMES)
def test_what_a_hostile_ticket_says_stops_nothing(name: str) -> None:
    hostile = '\r\nBcc: all@example.com\0\ud800 <at user_id="all">x</at> @all {{ 7 * 7 }} 临' + "𝔘" * 60_000
    with peer(name) as (url, _):
        tell = built(name, url)
        (channel, *_) = tell.channels("ops")
        bad = alert("INC1\r\nX: y", customer=hostile[:50].replace("\ud800", ""))
        annotations = {"summary": hostile, "description": hostile, "summary_zh": hostile, "description_zh": hostile}
        clean = {name: text.replace("\ud800", "") for name, text in annotations.items()}
        changed = dataclasses.replace(bad, annotations=clean)
        (result,) = tell.send([page(changed, channel.name)], at(12))
    assert result.verdict is Verdict.ACCEPTED, result.detail


ACKNOWLEDGE = "https://tierwatch.example/acknowledge/eyJhIjoiMDEyMw.x-_Z"


def wanting(tell: Notifier, link: str = ACKNOWLEDGE) -> Page:
    """A page with a link to acknowledge it."""
    (channel, *_) = tell.channels("ops")
    plain = alert("INC1", link="https://tierwatch.example/explain/tickets/INC1")
    return page(dataclasses.replace(plain, annotations={**plain.annotations, "acknowledge_url": link}), channel.name)


@pytest.mark.parametrize("name", ONLINE)
def test_whoever_reads_a_page_can_acknowledge_it(name: str) -> None:
    assert ACKNOWLEDGE in _arrived(name, wanting)


@pytest.mark.parametrize("name", HTTP)
def test_a_page_that_is_sent_again_an_hour_later_is_the_same(name: str, server: Webhook) -> None:
    server.answer = lambda request: SAMPLES[name].yes
    tell, store, keys = built(name, server.url), _Outbox(), Keys(b"k" * 32)
    (channel, *_) = tell.channels("ops")
    store.pages = (page(dataclasses.replace(alert("INC1"), starts_at=at(0)), channel.name),)
    for hours in (1, 2):
        deliver(store, tell, channel, at(hours), linking=lambda it, now: linked(it, "https://t.example", keys, now))
    first, again = (_without_times(request.json()) for request in server.requests)
    assert "https://t.example/acknowledge/" in json.dumps(first)
    assert first == again


def _without_times(said: Any) -> Any:
    """What was sent without what must change: when Alertmanager may forget it, when Feishu's signature was made."""
    one = said[0] if isinstance(said, list) else said
    return {name: value for name, value in one.items() if name not in ("endsAt", "timestamp", "sign")}


@pytest.mark.parametrize("name", ONLINE)
def test_a_page_without_a_link_asks_nobody_to_acknowledge(name: str) -> None:
    assert "cknowledge" not in _arrived(name, lambda tell: page(alert("INC1"), tell.channels("ops")[0].name))


def _arrived(name: str, made: Callable[[Notifier], Page]) -> str:
    """All that a page's receiver got, as text."""
    if name == "smtp":
        with smtp_server.listening(offers=("AUTH PLAIN",)) as mail:
            tell = built(name, f"smtp://127.0.0.1:{mail.port}")
            (result,) = tell.send([made(tell)], at(12))
            assert result.verdict is Verdict.ACCEPTED
            return str(mail.mails[0].parsed().get_content())
    with listening() as web:
        web.answer = lambda request: SAMPLES[name].yes
        tell = built(name, web.url)
        (result,) = tell.send([made(tell)], at(12))
        assert result.verdict is Verdict.ACCEPTED
        (request,) = web.requests
        return json.dumps(request.json(), ensure_ascii=False)


@pytest.mark.parametrize("name", HTTP)
@pytest.mark.parametrize("status", [200, 400, 403, 422, 500])
def test_an_answer_that_repeats_the_link_leaves_no_trace_of_it(name: str, status: int, meet: Meet) -> None:
    def echo(request: Any) -> Reply:
        said = request.body.decode("utf-8", "replace").replace('"', "'").replace("\\", "/")
        body = f'{{"errcode": 300001, "code": 19001, "errors": ["{said}"], "message": "{said}", "errmsg": "{said}"}}'
        return Reply(status, body.encode())

    (tell, server), store = meet(name), _Outbox()
    server.answer = echo
    store.pages = (wanting(tell),)
    (channel, *_) = tell.channels("ops")
    with capture_logs() as lines:
        deliver(store, tell, channel, at(12))
    (settled,) = store.settled
    assert "eyJhIjoi" not in f"{settled.detail} {settled.reason} {lines}"


@dataclass
class _Outbox:
    """An outbox in memory."""

    pages: tuple[Page, ...] = ()
    settled: list[Settlement] = field(default_factory=list)

    def due_pages(self, channel: str, now: datetime, limit: int) -> tuple[Page, ...]:
        return self.pages

    def settle_pages(self, settlements: Sequence[Settlement], now: datetime) -> None:
        self.settled += settlements


# -- a receiver that does not ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HTTP)
def test_every_status_maps_to_a_verdict(name: str, server: Webhook) -> None:
    kept = built(name, server.url)
    for number, status in enumerate(range(200, 600), start=1):
        server.answer = lambda request, status=status: Reply(status)  # type: ignore[misc]
        tell = kept if name == "apprise" else built(name, server.url)  # apprise would start a process for each status
        results = sent(tell, 1)
        assert len(results) == 1
        assert len(server.requests) == number, "every status is asked for, whatever the one before was"
        for result in results:
            assert result.verdict in Verdict
            assert status < 300 or result.verdict is not Verdict.ACCEPTED
            check_wording(result)
            if status in (401, 403, 404, 407, 408, 429) or status >= 500:
                assert result.verdict is Verdict.RETRY, "what can be mended must not drop a page"


@pytest.mark.parametrize(("name", "login"), LOGGING_IN)
@pytest.mark.parametrize(
    "reply",
    [
        Reply(400), Reply(401), Reply(403), Reply(404), Reply(413), Reply(422), Reply(429), Reply(500),
        Reply(302, headers={"Location": "http://127.0.0.1:1/"}), Reply(200, b"<html>", cut=4), Reply(200),
    ],
    ids=lambda reply: str(reply.status),
)  # fmt: skip
def test_no_text_ever_holds_a_secret(
    name: str, login: Auth, reply: Reply, meet: Meet, caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    def echo(request: Any) -> Reply:
        shown = " ".join(f"{header}: {value}" for header, value in request.headers.items())
        said = f"{request.path} {request.query} {shown} {request.body!r}".replace('"', "'").replace("\\", "/")
        body = f'{{"errcode": 300001, "code": 19001, "errors": ["{said}"], "message": "{said}"}}'.encode()
        return Reply(reply.status, reply.body or body, reply.headers, cut=reply.cut)

    with capture_logs() as lines, caplog.at_level("DEBUG"):
        tell, server = meet(name, auth=login)
        server.answer = echo
        results = sent(tell)
    assert server.requests
    for result in results:
        check_wording(result)
    hidden = [value.decode().split()[-1] for value in login.headers.values()]
    check_secrets(results, f"{lines} {login!r} {caplog.text} {capfd.readouterr()}", *hidden)


@pytest.mark.parametrize("name", ONLINE)
def test_nobody_there_is_tried_again(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    with listening() as gone:
        url = gone.url
    with capture_logs() as lines:
        results = sent(built(name, url))
    assert {result.verdict for result in results} == {Verdict.RETRY}
    check_secrets(results, f"{lines} {capfd.readouterr()}")


@pytest.mark.parametrize("name", HTTP)
@pytest.mark.parametrize("reply", [Reply(hang=True), Reply(200, b'{"errcode": 0}', cut=5)], ids=["hangs", "cut"])
def test_no_whole_answer_is_tried_again(name: str, reply: Reply, server: Webhook) -> None:
    if name == "apprise" and not reply.hang:
        pytest.skip("Apprise reads the status alone")
    server.answer = lambda request: reply
    results = sent(built(name, server.url, timeout=SOON))
    assert {result.verdict for result in results} == {Verdict.RETRY}
    for result in results:
        check_wording(result)
    assert len(server.requests) <= 3, "a receiver that hangs is not asked for every page over and over"


@pytest.mark.parametrize("name", HTTP)
def test_an_expired_certificate_is_not_believed(name: str, tmp_path: Path) -> None:
    good, old = certificate(tmp_path), certificate(tmp_path, expired=True)
    with secure_webhook.listening(old) as server:
        server.answer = lambda request: SAMPLES[name].yes
        results = sent(built(name, server.url, ca=old))
        assert {result.verdict for result in results} == {Verdict.RETRY}
        assert server.requests == []
        check_secrets(results, "")
    if name == "apprise":
        return  # it has no option for the authority
    with secure_webhook.listening(good) as server:
        server.answer = lambda request: SAMPLES[name].yes
        assert {result.verdict for result in sent(built(name, server.url, ca=good))} == {Verdict.ACCEPTED}


@pytest.mark.parametrize("name", HTTP)
def test_a_wish_to_be_asked_later_is_kept(name: str, server: Webhook) -> None:
    server.answer = lambda request: Reply(429, headers={"Retry-After": "17"})
    for result in sent(built(name, server.url)):
        assert (result.verdict, result.reason) == (Verdict.RETRY, "throttled")
        assert result.retry_at is not None
        assert result.retry_at >= at(12) + timedelta(seconds=17)


@pytest.mark.parametrize("name", ROBOTS)
@pytest.mark.parametrize(
    "body",
    [
        b'{"errcode": 310000, "code": 19021}', b'{"errcode": 45009, "code": 11232}', b'{"errcode": -1, "code": -1}',
        b'{"errcode": "0", "code": "0"}', b'{"errcode": null, "code": null}', b'{"errcode": false, "code": false}',
        b"{}", b"[]", b"null", b"ok", b"", b"<html>0</html>", b"[" * 5000,
    ],
)  # fmt: skip
def test_an_answer_of_200_with_anything_but_a_yes_is_a_no(name: str, body: bytes, server: Webhook) -> None:
    server.answer = lambda request: Reply(200, body)
    results = sent(built(name, server.url))
    assert {result.verdict for result in results} == {Verdict.RETRY}
    assert len(server.requests) == 1
    for result in results:
        check_wording(result)


# -- order, and once only --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", QUEUES)
@pytest.mark.parametrize("status", [200, 400, 401, 404, 413, 422, 429, 500, 503])
def test_nothing_is_sent_twice_within_one_call(name: str, status: int, meet: Meet) -> None:
    tell, server = meet(name)
    server.answer = lambda request: Reply(status)
    sent(tell)
    bodies = [request.body for request in server.requests]
    assert len(bodies) <= 3
    assert len(set(bodies)) == len(bodies)


@pytest.mark.parametrize("name", QUEUES)
@pytest.mark.parametrize("fault", [Reply(503), Reply(429), Reply(404), Reply(200, b"<", cut=0)])
def test_the_pages_of_one_alert_stay_in_order(name: str, fault: Reply, meet: Meet) -> None:
    if name == "apprise" and fault.status == 200:
        pytest.skip("Apprise reads the status alone")
    yes = SAMPLES[name].yes
    tell, server = meet(name)
    server.answer = lambda request: yes
    results = tell.send(of_one_alert(tell), at(12))
    assert [(result.page.id, result.verdict) for result in results] == [(n, Verdict.ACCEPTED) for n in range(3)]
    server.requests.clear()
    server.replies.extend([yes, fault])
    verdicts = {result.page.id: result.verdict for result in tell.send(of_one_alert(tell), at(13))}
    assert verdicts == {0: Verdict.ACCEPTED, 1: Verdict.RETRY, 2: Verdict.RETRY}
    assert len(server.requests) == 2, "what comes after a page that waits is not sent"
