from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
import requests

from exporters.web.acknowledgement import LARGEST, AcknowledgementActions, AlertToAcknowledge, FormEntry, Refused
from exporters.web.app import Views, build_app
from exporters.web.headers import HEADERS
from exporters.web.serve import Server
from monitor.errors import StoreError
from monitor.explain import Acknowledgement
from monitor.model import Name
from tests.support import snapshots

HOSTILE = '<script>alert(1)</script>"\u202e&'
NAMELESS = Refused(
    400, Name("Write your name, so that others know who is at it.", "请填写姓名，以便他人知道由谁处理。")
)
FORGED = Refused(403, Name("This link is not one of ours.", "链接无效。"))


@dataclass
class Place:
    """A site with a desk that notes what it is asked; `good` is the only token of a link."""

    url: str = ""
    asked: AlertToAcknowledge = field(
        default_factory=lambda: AlertToAcknowledge(Name("T1 Restoration", "T1 故障恢复"), "k1", "zhang")
    )
    taken: list[tuple[str, FormEntry]] = field(default_factory=list)
    error: Exception | None = None

    def desk(self) -> AcknowledgementActions:
        return AcknowledgementActions(self._read, self._take, self._by_key, lambda token: token == "sesame")

    def _read(self, token: str) -> AlertToAcknowledge | Refused:
        if self.error:
            raise self.error
        return self.asked if token == "good" else FORGED

    def _take(self, token: str, said: FormEntry) -> AlertToAcknowledge | Refused:
        if token != "good":
            return FORGED
        if not said.author and not self.asked.person:
            return NAMELESS
        self.taken.append((token, said))
        return self.asked

    def _by_key(self, key: str, said: FormEntry) -> AlertToAcknowledge | Refused:
        if key != "k1":
            return Refused(404, Name("Nothing is known of this alert any more.", ""))
        self.taken.append((key, said))
        return self.asked

    def ask(self, path: str, method: str = "GET", **options: object) -> requests.Response:
        return requests.request(method, self.url + path, timeout=60, allow_redirects=False, **options)  # type: ignore[arg-type]


@pytest.fixture
def place() -> Iterator[Place]:
    made = Place()
    views = Views(
        snapshots.example, lambda *_: None, lambda: snapshots.AT, lambda: (True, "ready"), made.desk(), "both"
    )
    server = Server(build_app(views), "127.0.0.1", 0)
    server.start()
    made.url = server.url
    yield made
    server.stop()


API = "api/v1/alerts/k1/acknowledge"
OURS = {"Authorization": "Bearer sesame"}


def test_a_link_shows_what_would_be_acknowledged_in_both_languages_and_a_form(place: Place) -> None:
    shown = place.ask("acknowledge/good")
    assert shown.status_code == 200
    assert '<form method="post">' in shown.text
    assert "T1 Restoration" in shown.text
    assert "T1 故障恢复" in shown.text
    assert 'value="zhang"' in shown.text
    assert '<link rel="stylesheet" href="../static/page.css">' in shown.text


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_acknowledges_nothing(place: Place, method: str) -> None:
    for _ in range(3):
        assert place.ask("acknowledge/good", method).status_code == 200
    assert place.taken == []


def test_sending_the_form_does(place: Place) -> None:
    sent = place.ask("acknowledge/good", "POST", data={"author": " Zhang Wei ", "note": "在路上 & soon"})
    assert sent.status_code == 200
    assert "Acknowledged." in sent.text
    assert "<form" not in sent.text
    assert place.taken == [("good", FormEntry("Zhang Wei", "在路上 & soon"))]


def test_a_link_that_names_nobody_asks_for_the_name(place: Place) -> None:
    place.asked = replace(place.asked, person="")
    assert 'name="author" maxlength="100" value="" required>' in place.ask("acknowledge/good").text
    place.asked = replace(place.asked, person="zhang")
    assert 'value="zhang">' in place.ask("acknowledge/good").text, "who was told need not write it again"


def test_without_a_name_nothing_is_acknowledged_and_the_form_comes_again_with_the_note(place: Place) -> None:
    place.asked = replace(place.asked, person="")
    for author in ("", "   "):
        refused = place.ask("acknowledge/good", "POST", data={"author": author, "note": f"在路上 {HOSTILE}"})
        assert refused.status_code == 400
        assert "Write your name, so that others know who is at it." in refused.text
        assert "请填写姓名，以便他人知道由谁处理。" in refused.text
        assert 'value="在路上 &lt;script&gt;alert(1)&lt;/script&gt;&#34;' in refused.text
        assert "<script>alert" not in refused.text
        assert "Acknowledged." not in refused.text
        assert "form-action 'self'" in refused.headers["content-security-policy"]
    assert place.taken == []
    assert place.ask("acknowledge/good", "POST", data={"author": "lin"}).status_code == 200
    assert place.taken == [("good", FormEntry("lin", ""))]


def test_it_is_said_in_which_way_somebody_acknowledged(place: Place) -> None:
    ways = {"link": "链接", "api": "接口", "command line": "命令行"}
    said = tuple(Acknowledgement(snapshots.AT, f"by {via}", via, "") for via in ways)
    place.asked = replace(place.asked, acknowledged=said)
    shown = place.ask("acknowledge/good").text
    for via, chinese in ways.items():
        assert f"<bdi>by {via}</bdi>" in shown
        assert f'<span lang="zh-CN">{chinese}</span>' in shown


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("token", ["forged", "good.", "goo", "g%6f%6fd%00", "..%2f"])
def test_a_link_that_is_not_ours_is_403_with_a_sentence(place: Place, method: str, token: str) -> None:
    refused = place.ask(f"acknowledge/{token}", method)
    assert refused.status_code in (403, 404)
    assert token not in refused.text
    assert place.taken == []
    if refused.status_code == 403:
        assert "This link is not one of ours." in refused.text
        assert "链接无效。" in refused.text


@pytest.mark.parametrize("path", ["acknowledge/good", "acknowledge/forged", API])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_answer_has_the_headers_that_bind_the_browser(place: Place, path: str, method: str) -> None:
    headers = place.ask(path, method).headers
    assert set(HEADERS) <= {name.lower() for name in headers}
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    same = headers["content-security-policy"].replace("form-action 'self'", "form-action 'none'")
    assert same == HEADERS["content-security-policy"]


def test_only_the_form_may_be_sent_anywhere_and_only_to_where_it_came_from(place: Place) -> None:
    assert "form-action 'self'" in place.ask("acknowledge/good").headers["content-security-policy"]
    assert "form-action 'none'" in place.ask("acknowledge/forged").headers["content-security-policy"]
    assert "form-action 'none'" in place.ask("").headers["content-security-policy"]


def test_hostile_text_stays_text(place: Place) -> None:
    at = snapshots.AT - timedelta(minutes=2)
    place.asked = AlertToAcknowledge(
        Name(HOSTILE, HOSTILE + "中"), "k1", HOSTILE, acknowledged=(Acknowledgement(at, HOSTILE, "link", HOSTILE),)
    )
    for shown in (place.ask("acknowledge/good"), place.ask("acknowledge/good", "POST", data={"author": HOSTILE})):
        assert "<script>alert" not in shown.text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;&#34;" in shown.text


def test_what_is_over_or_was_passed_is_said(place: Place) -> None:
    place.asked = AlertToAcknowledge(Name("s", "s"), "k1", firing=False, passed=True)
    shown = place.ask("acknowledge/good").text
    assert "This alert is over." in shown
    assert "A further stage was sent since." in shown


@pytest.mark.parametrize("body", [b"\xff\xfe=%zz", b"", b"a" * 3000, b"&" * 3000, b"author=a&author=b", b"%00"])
def test_a_form_that_no_browser_sends_is_taken_calmly(place: Place, body: bytes) -> None:
    assert place.ask("acknowledge/good", "POST", data=body).status_code == 200


def test_what_is_too_long_is_refused(place: Place) -> None:
    assert place.ask("acknowledge/good", "POST", data=b"a" * (LARGEST + 1)).status_code == 413
    assert place.ask(API, "POST", data=b"a" * (LARGEST + 1), headers=OURS).status_code == 413
    assert place.taken == []


def test_a_program_acknowledges_with_its_token(place: Place) -> None:
    answer = place.ask(API, "POST", json={"author": "chatops", "note": "seen"}, headers=OURS)
    assert answer.status_code == 200
    assert answer.json() == {"alert": "k1", "firing": True, "passed": False, "acknowledged": []}
    assert place.taken == [("k1", FormEntry("chatops", "seen"))]
    unknown = place.ask("api/v1/alerts/k2/acknowledge", "POST", json={"author": "x"}, headers=OURS)
    assert (unknown.status_code, unknown.json()) == (404, {"error": "Nothing is known of this alert any more."})


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic sesame"}, {"Authorization": "Bearer"}]
)
def test_a_program_without_the_token_is_refused(place: Place, headers: dict[str, str]) -> None:
    refused = place.ask(API, "POST", json={"author": "x"}, headers=headers)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == "Bearer"
    assert refused.json()["error"].startswith("This address needs the header Authorization: Bearer")
    assert place.taken == []


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"author": ""}', b'{"author": 1}', b'{"author": "a", "x": 1}',
                                  b'{"author": "a", "note": {}}', b"[" * 9000])  # fmt: skip
def test_what_is_no_acknowledgement_is_400(place: Place, body: bytes) -> None:
    assert place.ask(API, "POST", data=body, headers=OURS).status_code == 400
    assert place.taken == []


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_the_api_only_answers_post(place: Place, method: str) -> None:
    refused = place.ask(API, method, headers=OURS)
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    assert refused.json() == {"error": "This address only answers POST."}


def test_a_store_that_fails_is_503_with_its_sentence(place: Place) -> None:
    place.error = StoreError("the store is gone")
    answer = place.ask("acknowledge/good")
    assert answer.status_code == 503
    assert "the store is gone" in answer.text


def test_where_nobody_may_acknowledge_there_is_no_such_address() -> None:
    views = Views(snapshots.example, lambda *_: None, lambda: snapshots.AT, lambda: (True, "ready"))
    server = Server(build_app(views), "127.0.0.1", 0)
    server.start()
    try:
        assert requests.get(f"{server.url}acknowledge/x", timeout=60).status_code == 404
        assert requests.post(f"{server.url}{API}", timeout=60).status_code == 404
    finally:
        server.stop()
