from __future__ import annotations

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from exporters.web import allowed
from exporters.web.who import form_allowed
from monitor.access import LoggedInBy, Principal, Right, Role


def asked(principal: Principal | None, method: str = "POST", form_word: str = "word", **headers: str) -> Request:
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    state = {"principal": principal, "form_word": form_word, "bad_token": False}
    scope = {"type": "http", "method": method, "path": "/", "headers": named, "state": state}
    return Request(scope)


def of(by: LoggedInBy, *roles: Role, scopes: frozenset[Right] | None = None) -> Principal:
    return Principal("li.na", frozenset(roles), scopes, by=by)


def status(request: Request, right: Right = Right.SILENCE) -> int:
    try:
        allowed(request, right)
    except HTTPException as error:
        return error.status_code
    return 200


NOC = of(LoggedInBy.PASSWORD, Role.NOC)
HERE = {"host": "tierwatch.example:8321"}


def test_nobody_is_told_to_log_in() -> None:
    with pytest.raises(HTTPException) as refused:
        allowed(asked(None, "GET"), Right.READ)
    assert refused.value.status_code == 401
    assert (refused.value.headers or {})["www-authenticate"] == 'Bearer realm="tierwatch"'


def test_a_token_without_the_scope_is_told_which_one() -> None:
    program = of(LoggedInBy.TOKEN, Role.NOC, scopes=frozenset({Right.READ}))
    with pytest.raises(HTTPException) as refused:
        allowed(asked(program), Right.SILENCE)
    assert refused.value.status_code == 403
    assert 'scope="silence"' in (refused.value.headers or {})["www-authenticate"]


def test_who_reads_without_a_login_and_wants_more_is_told_to_log_in() -> None:
    assert status(asked(of(LoggedInBy.NOBODY, Role.CUSTOMER_HEAD), "GET"), Right.READ_PEOPLE) == 200
    assert status(asked(of(LoggedInBy.NOBODY, Role.CUSTOMER_HEAD))) == 401


@pytest.mark.parametrize("by", [LoggedInBy.PASSWORD, LoggedInBy.OIDC, LoggedInBy.PROXY])
@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "http://tierwatch.example"}, 403),
        ({"sec_fetch_site": "cross-site", "origin": "http://tierwatch.example:8321"}, 403),
        ({"sec_fetch_site": "same-site"}, 403),
        ({"sec_fetch_site": "cross-site", "x_csrf_token": "word"}, 403),
        ({"origin": "http://evil.example", "x_csrf_token": "word"}, 403),
        ({"sec_fetch_site": "same-origin", "x_csrf_token": "another"}, 403),
        ({"sec_fetch_site": "same-origin"}, 200),
        ({"origin": "http://tierwatch.example:8321"}, 200),
        ({"x_csrf_token": "word"}, 200),
    ],
)  # fmt: skip
def test_what_a_browser_sends_by_itself_changes_nothing_from_another_site(
    by: LoggedInBy, headers: dict[str, str], expected: int
) -> None:
    assert status(asked(of(by, Role.NOC), **HERE, **headers)) == expected


def test_a_program_says_nothing_of_where_it_is() -> None:
    assert status(asked(of(LoggedInBy.TOKEN, Role.NOC))) == 200


@pytest.mark.parametrize(("word", "site", "passes"), [
    ("word", "", True), ("word", "same-origin", True), ("word", "cross-site", False), ("", "same-origin", False),
    ("other", "", False),
])  # fmt: skip
def test_a_form_needs_the_word_of_its_session(word: str, site: str, passes: bool) -> None:
    request = asked(NOC, **HERE, **({"sec_fetch_site": site} if site else {}))
    if passes:
        assert form_allowed(request, Right.SILENCE, word) is NOC
        return
    with pytest.raises(HTTPException) as refused:
        form_allowed(request, Right.SILENCE, word)
    assert refused.value.status_code == 403


def test_a_form_of_a_session_without_a_word_is_never_right() -> None:
    with pytest.raises(HTTPException):
        form_allowed(asked(NOC, form_word="", **HERE), Right.SILENCE, "")
