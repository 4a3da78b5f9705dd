"""A login at an identity provider: what is believed, and each thing that is not."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from monitor.access import Role
from tests.support.login_site import PASSWORD, LoginSite, login_site
from tests.support.oidc_provider import SECRET, OidcProvider, by_another, by_nobody, by_secret, oidc_provider
from tests.support.peers import HANGING, until

ACCESS = """\
page_url: https://tierwatch.example/noc/
access:
  reading: login
  oidc:
    issuer: {url}
    client_id: tierwatch
    client_secret: {{env: TIERWATCH_TEST_OIDC}}
    roles: {{noc-shift: noc, heads: [network_head, sla_manager], portal: customer}}
    customer_claim: org
"""


@pytest.fixture(scope="module")
def started() -> Iterator[OidcProvider]:
    with oidc_provider() as made:
        yield made


@pytest.fixture
def provider(started: OidcProvider) -> Iterator[OidcProvider]:
    before = dict(started.__dict__)
    yield started
    kept = ("key", "codes", "asked", "challenged", "url")
    started.__dict__.update({name: value for name, value in before.items() if name not in kept})


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, started: OidcProvider) -> Iterator[LoginSite]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIERWATCH_TEST_OIDC", SECRET)
        with login_site(tmp_path_factory.mktemp("oidc"), ACCESS.format(url=started.url)) as made:
            yield made


class Browser:
    """A browser that goes to the provider and back. Its cookies are Secure, so it is told that all is https."""

    def __init__(self, site: LoginSite) -> None:
        self.site, self.cookies = site, {}

    def ask(self, path: str) -> requests.Response:
        answer = self.site.get(path, cookies=self.cookies)
        for line in re.findall(r"(\w+)=([^;]*); Max-Age=(\d+)", answer.headers.get("set-cookie", "")):
            if line[2] == "0":
                self.cookies.pop(line[0], None)
            else:
                self.cookies[line[0]] = line[1]
        return answer

    def depart(self) -> str:
        answer = self.ask("login-with")
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def arrive(self, back: str) -> requests.Response:
        assert back.startswith("https://tierwatch.example/noc/logged-in?")
        return self.ask(f"logged-in?{urlsplit(back).query}")


def login(site: LoginSite, provider: OidcProvider) -> tuple[Browser, requests.Response]:
    browser = Browser(site)
    return browser, browser.arrive(provider.authorize(browser.depart()))


def test_a_person_of_a_group_logs_in_with_its_role(site: LoginSite, provider: OidcProvider) -> None:
    browser, answer = login(site, provider)
    assert (answer.status_code, answer.headers["location"]) == (303, "./")
    assert "Secure" in answer.headers["set-cookie"]
    assert browser.ask("api/may/silence").json()["name"] == "li.na"
    assert browser.ask("api/may/correct").status_code == 403
    last = site.trail()[-1]
    assert (last.kind, last.who, last.about) == ("logged_in", "li.na", "oidc")


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("clocks%3Ftier%3Dgold", "./clocks?tier=gold"),
        ("https%3A%2F%2Fevil.example", "./"),
        ("%2F%2Fevil.example", "./"),
    ],
)
def test_a_person_comes_back_to_the_page_that_needed_the_login(
    site: LoginSite, provider: OidcProvider, page: str, expected: str
) -> None:
    browser = Browser(site)
    to = browser.ask(f"login-with?page={page}").headers["location"]
    assert browser.arrive(provider.authorize(to)).headers["location"] == expected
    assert "tierwatch_page" not in browser.cookies, "it is for one login"


def test_a_page_in_the_cookie_of_a_login_is_one_of_ours(site: LoginSite, provider: OidcProvider) -> None:
    browser = Browser(site)
    to = browser.depart()
    browser.cookies["tierwatch_page"] = "%2F%2Fevil.example"
    assert browser.arrive(provider.authorize(to)).headers["location"] == "./"


def test_the_roles_of_all_groups_count_and_the_customer_bounds(site: LoginSite, provider: OidcProvider) -> None:
    provider.claims = {"preferred_username": "zhao", "groups": ["heads", "unknown", 7]}
    browser, _ = login(site, provider)
    assert [browser.ask(f"api/may/{right}").status_code for right in ("correct", "subscribe", "administer")] == [
        200,
        200,
        403,
    ]
    provider.claims = {"preferred_username": "bank", "groups": ["portal", "heads"], "org": "Bank A"}
    browser, _ = login(site, provider)
    assert [browser.ask(f"api/may/{right}").status_code for right in ("read_own", "read", "correct")] == [200, 403, 403]


def test_a_name_is_shown_on_one_line_and_sub_stands_for_none(site: LoginSite, provider: OidcProvider) -> None:
    provider.claims = {"preferred_username": "li\nna\u202e<b>", "groups": "noc-shift"}
    browser, _ = login(site, provider)
    name = browser.ask("api/may/read").json()["name"]
    assert "\n" not in name
    provider.claims = {"preferred_username": ["li"], "groups": "noc-shift"}
    assert login(site, provider)[0].ask("api/may/read").json()["name"] == "u-1"


def without(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda claims: {key: value for key, value in claims.items() if key != name}


def changed(**values: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda claims: claims | values


@pytest.mark.parametrize(
    "tampering",
    [
        changed(nonce="another"), without("nonce"), changed(iss="https://evil.example"), without("iss"),
        changed(aud="another"), changed(aud=["another"]), changed(aud=["tierwatch", "another"]), without("aud"),
        changed(aud=["tierwatch", "another"], azp="another"), changed(exp=1), without("exp"), changed(exp="later"),
        changed(iat=4_000_000_000), without("iat"), changed(nbf=4_000_000_000), without("sub"),
        changed(at_hash="AAAA"), changed(exp=None), changed(iss=["x"]),
    ],
)  # fmt: skip
def test_an_id_token_that_says_something_else_lets_nobody_in(
    site: LoginSite, provider: OidcProvider, tampering: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    provider.tampering = tampering
    browser, answer = login(site, provider)
    assert answer.status_code == 403
    assert "tierwatch_session" not in browser.cookies
    last = site.trail()[-1]
    assert (last.kind, last.who) == ("login_failed", "")
    assert str(last.detail["why"]).startswith("id_token")


def test_a_provider_that_hangs_holds_up_nobody_with_a_password(site: LoginSite, provider: OidcProvider) -> None:
    site.account("breaks.glass", Role.ADMIN)
    provider.hangs = threading.Event()
    waiting = [Browser(site) for _ in range(4)]
    backs = [provider.authorize(each.depart()) for each in waiting]
    before = provider.asked.count("/token")
    with ThreadPoolExecutor(len(waiting)) as threads:
        try:
            for each, back in zip(waiting, backs, strict=True):
                threads.submit(each.arrive, back)
            until(lambda: provider.asked.count("/token") > before, "the provider is asked")
            browser = Browser(site)
            word = re.search(r'name="form_word" value="([^"]*)"', browser.ask("login").text)
            assert word is not None
            sent = {"form_word": word[1], "name": "breaks.glass", "password": PASSWORD}
            answer = requests.post(
                f"{site.url}login", sent, cookies=browser.cookies, allow_redirects=False, timeout=HANGING
            )
            assert (answer.status_code, answer.headers["location"]) == (303, "./")
        finally:
            provider.hangs.set()


def test_an_audience_of_two_needs_the_authorized_party(site: LoginSite, provider: OidcProvider) -> None:
    provider.tampering = changed(aud=["tierwatch", "another"], azp="tierwatch")
    assert login(site, provider)[1].status_code == 303


@pytest.mark.parametrize("signed", [by_secret, by_nobody, by_another, lambda *_: "no.token.at all", lambda *_: ""])
def test_an_id_token_that_the_provider_did_not_sign_lets_nobody_in(
    site: LoginSite, provider: OidcProvider, signed: Callable[..., str]
) -> None:
    provider.signed = signed
    assert login(site, provider)[1].status_code == 403


def test_a_clock_that_is_a_little_off_is_no_fault(site: LoginSite, provider: OidcProvider) -> None:
    provider.tampering = lambda claims: claims | {"iat": claims["iat"] + 30, "exp": claims["iat"] - 30}
    assert login(site, provider)[1].status_code == 303


def test_a_new_key_is_asked_for_once_and_one_that_nobody_has_not_each_time(
    site: LoginSite, provider: OidcProvider
) -> None:
    assert login(site, provider)[1].status_code == 303
    provider.rotate()
    assert login(site, provider)[1].status_code == 303
    before = provider.asked.count("/jwks")
    provider.signed = lambda made, claims: made.sign(claims, type(made)().key)
    for _ in range(3):
        assert login(site, provider)[1].status_code == 403
    assert provider.asked.count("/jwks") == before


def test_another_browser_cannot_come_back(site: LoginSite, provider: OidcProvider) -> None:
    """Else somebody could log another person in as themselves."""
    mine, theirs = Browser(site), Browser(site)
    back = provider.authorize(mine.depart())
    theirs.depart()
    assert theirs.arrive(back).status_code == 403
    assert Browser(site).arrive(back).status_code == 403
    assert mine.arrive(back).status_code == 303, "the code was not spent by them"


def test_nobody_comes_back_twice(site: LoginSite, provider: OidcProvider) -> None:
    browser = Browser(site)
    back = provider.authorize(browser.depart())
    word = browser.cookies["tierwatch_login"]
    assert browser.arrive(back).status_code == 303
    browser.cookies["tierwatch_login"] = word
    assert browser.arrive(back).status_code == 403


def test_the_provider_is_told_a_challenge_and_another_one_each_time(site: LoginSite, provider: OidcProvider) -> None:
    for _ in range(2):
        login(site, provider)
    one, other = provider.challenged[-2:]
    assert all(one[name] != other[name] for name in ("state", "nonce", "code_challenge"))
    assert one["redirect_uri"] == "https://tierwatch.example/noc/logged-in"


def test_an_answer_that_names_another_issuer_is_not_believed(site: LoginSite, provider: OidcProvider) -> None:
    browser = Browser(site)
    back = provider.authorize(browser.depart())
    query = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
    other = (
        requests.Request("GET", back.partition("?")[0], params={**query, "iss": "https://evil.example"}).prepare().url
    )
    assert browser.arrive(str(other)).status_code == 403


def test_who_is_refused_there_or_has_no_role_here_is_told_so(site: LoginSite, provider: OidcProvider) -> None:
    provider.denies = True
    assert login(site, provider)[1].status_code == 403
    provider.denies, provider.claims = False, {"groups": ["others"]}
    _, answer = login(site, provider)
    assert answer.status_code == 403
    assert "role" in answer.text
    provider.claims = {"groups": {"noc-shift": True}}
    assert login(site, provider)[1].status_code == 403


@pytest.mark.parametrize(
    ("metadata", "away"),
    [({"issuer": "https://evil.example"}, False), ({"token_endpoint": None}, False), ({}, True)],
)
def test_a_provider_that_cannot_be_used_is_said(
    tmp_path: Any, provider: OidcProvider, metadata: dict[str, Any], away: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIERWATCH_TEST_OIDC", SECRET)
    provider.metadata, provider.away = metadata, away
    with login_site(tmp_path, ACCESS.format(url=provider.url)) as own:
        answer = own.get("login-with")
        assert (answer.status_code, SECRET in answer.text) == (503, False)
        provider.metadata, provider.away = {}, False
        assert own.get("login-with").status_code == 303, "it is asked again"
