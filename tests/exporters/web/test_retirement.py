"""The forms that retire a subject: who may send them, and what another site, a scanner or an odd body cannot do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import requests

from exporters.web import Refused, RetirementActions, RetirementAsked, RetirementEntry, Server, Views, build_app
from exporters.web.acknowledgement import LARGEST
from monitor.model import Name, SubjectKey
from tests.exporters.web.explained import explained
from tests.support import snapshots

KEY = SubjectKey("tickets", "a/b c")
FORGED = Refused(403, Name("This link was changed.", "链接被改动。"))
WRONG = Refused(403, Name("Not the token.", "不符。"))
INCOMPLETE = Refused(400, Name("Write who and why.", "请填写。"))
GOOD = {"author": "wang", "reason": "decommissioned"}


@dataclass
class Place:
    """A site, and what it was asked to retire; `good` is the only link, `sesame` the only token."""

    url: str = ""
    taken: list[tuple[SubjectKey, str, str]] = field(default_factory=list)

    def read(self, token: str) -> RetirementAsked | Refused:
        return RetirementAsked(KEY, "zhang") if token == "good" else FORGED

    def by_link(self, token: str, said: RetirementEntry) -> RetirementAsked | Refused:
        return self._take(KEY, said) if token == "good" else FORGED

    def by_key(self, key: SubjectKey, said: RetirementEntry) -> RetirementAsked | Refused:
        return self._take(key, said) if said.token == "sesame" else WRONG

    def _take(self, key: SubjectKey, said: RetirementEntry) -> RetirementAsked | Refused:
        if not said.author or not said.reason:
            return INCOMPLETE
        self.taken.append((key, said.author, said.reason))
        return RetirementAsked(key)

    def ask(self, path: str, method: str = "POST", **options: object) -> requests.Response:
        return requests.request(method, self.url + path, timeout=60, allow_redirects=False, **options)  # type: ignore[arg-type]


def serving(place: Place, actions: RetirementActions) -> Iterator[Place]:
    views = Views(
        snapshots.example, lambda *_: explained(), lambda: snapshots.AT, lambda: (True, "ready"), retire=actions
    )
    server = Server(build_app(views), "127.0.0.1", 0)
    server.start()
    place.url = server.url
    yield place
    server.stop()


@pytest.fixture
def place() -> Iterator[Place]:
    made = Place()
    yield from serving(made, RetirementActions(made.read, made.by_link, made.by_key))


@pytest.fixture
def closed() -> Iterator[Place]:
    yield from serving(Place(), RetirementActions())


LINK, FORM = "acknowledge/good/retire", "retire/tickets/a%2Fb%20c"


def test_a_link_shows_a_form_and_only_sending_it_retires(place: Place) -> None:
    shown = place.ask(LINK, "GET")
    assert (shown.status_code, place.taken) == (200, [])
    assert 'value="zhang"' in shown.text
    assert "no login" in shown.text
    assert "form-action 'self'" in shown.headers["content-security-policy"]
    done = place.ask(LINK, data=GOOD)
    assert (done.status_code, 'id="done"' in done.text) == (200, True)
    assert place.taken == [(KEY, "wang", "decommissioned")]


def test_the_form_of_an_explanation_needs_the_token(place: Place) -> None:
    page = place.ask("explain/tickets/T1", "GET")
    assert 'name="token" type="password"' in page.text
    assert "form-action 'self'" in page.headers["content-security-policy"]
    for token in ({}, {"token": ""}, {"token": "guess"}):
        assert place.ask(FORM, data={**GOOD, **token}).status_code == 403
    assert place.taken == []
    assert place.ask(FORM, data={**GOOD, "token": "sesame"}).status_code == 200
    assert place.taken == [(KEY, "wang", "decommissioned")]


@pytest.mark.parametrize("path", [LINK, FORM])
@pytest.mark.parametrize("missing", ["author", "reason"])
def test_author_and_reason_are_needed(place: Place, path: str, missing: str) -> None:
    said = {**GOOD, "token": "sesame", missing: "  "}
    answer = place.ask(path, data=said)
    assert (answer.status_code, place.taken) == (400, [])


def test_a_refused_form_is_shown_again_with_what_was_written(place: Place) -> None:
    answer = place.ask(LINK, data={"author": "wang <b>", "reason": ""})
    assert 'value="wang &lt;b&gt;"' in answer.text
    assert 'id="refused"' in answer.text


@pytest.mark.parametrize("path", [LINK, FORM])
def test_a_body_without_end_or_sense_retires_nothing(place: Place, path: str) -> None:
    assert place.ask(path, data=b"author=" + b"x" * LARGEST).status_code == 413
    for body in (b"", b"\xff\xfe=%00", b"&" * 1000, b'{"author": "wang"}'):
        assert place.ask(path, data=body).status_code in (400, 403)
    assert place.taken == []


@pytest.mark.parametrize("token", ["bad", "..", "%2e%2e", "good%2fretire", "x" * 5000])
def test_another_link_shows_and_retires_nothing(place: Place, token: str) -> None:
    for method in ("GET", "POST"):
        assert place.ask(f"acknowledge/{token}/retire", method, data=GOOD).status_code in (403, 404, 405)
    assert place.taken == []


def test_a_get_never_reaches_the_form_that_is_only_sent(place: Place) -> None:
    assert place.ask(f"{FORM}?author=wang&reason=x&token=sesame", "GET").status_code == 405
    assert place.taken == []


def test_without_secrets_the_page_offers_nothing_and_names_the_command(closed: Place) -> None:
    page = closed.ask("explain/tickets/T1", "GET")
    assert "tierwatch retire " in page.text
    assert '<form method="post"' not in page.text
    assert "form-action 'none'" in page.headers["content-security-policy"]
    assert closed.ask(FORM, data={**GOOD, "token": ""}).status_code == 404
    assert closed.ask(LINK, data=GOOD).status_code == 404


def test_with_links_alone_the_page_says_where_the_form_is() -> None:
    made = Place()
    for place in serving(made, RetirementActions(made.read, made.by_link)):
        page = place.ask("explain/tickets/T1", "GET")
        assert "leads to a form" in page.text
        assert '<form method="post"' not in page.text
        assert place.ask(FORM, data={**GOOD, "token": ""}).status_code == 404
