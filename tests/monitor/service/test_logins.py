"""Who is let in by the running site: people with passwords, programs with tokens, a proxy, this machine."""

from __future__ import annotations

import re
import socket
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from monitor.access import Right, Role, hashed, new_token
from monitor.access.attempts import OF_ACCOUNT, WITHIN
from monitor.store import AccessToken, AccessTokens, Accounts
from monitor.store.sessions import SEEN_EVERY
from tests.support.login_site import PASSWORD, LoginSite, login_site

ACCESS = """\
access:
  reading: login
  session_idle: 1h
  session_longest: 4h
  proxy: {peers: [192.0.2.1], roles: {noc-shift: noc}}
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoginSite]:
    with login_site(tmp_path_factory.mktemp("logins"), ACCESS) as made:
        made.account("Li.Na", Role.NOC)
        made.account("wang.wei", Role.ADMIN)
        made.account("portal", Role.CUSTOMER, customer="Bank A")
        yield made


@pytest.fixture(autouse=True)
def _its_own_time(site: LoginSite) -> Iterator[None]:
    yield
    site.later = timedelta(0)


def token(
    site: LoginSite, *roles: Role, scopes: frozenset[Right] | None = None, name: str = "script"
) -> tuple[str, str]:
    """A token and its id."""
    word = new_token()
    id_ = f"t-{word[4:12]}"
    made = AccessToken(
        id_, "", name, frozenset(roles), scopes, None, site.now(), "root", site.now() + timedelta(days=1)
    )
    AccessTokens(site.database).add(made, word)
    return word, id_


def bearer(word: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {word}"}


def test_without_a_login_nothing_is_read_but_what_tells_nothing(site: LoginSite) -> None:
    for path in ("", "page", "metrics", "explain/a/b", "no-such-page", "api/may/read"):
        answer = site.get(path)
        assert (path, answer.status_code, answer.headers["www-authenticate"]) == (path, 401, 'Bearer realm="tierwatch"')
        assert "gold" not in answer.text
    for path in ("-/healthy", "-/ready", "static/page.css", "login", "zone"):
        assert (path, site.get(path).status_code) == (path, 200)


def test_a_browser_is_sent_to_the_login_and_back_to_its_page(site: LoginSite) -> None:
    sent = site.get("explain/a/b%2Fc", headers={"Accept": "text/html"})
    assert (sent.status_code, sent.headers["location"]) == (303, "../../login?page=explain%2Fa%2Fb%252Fc")
    with requests.Session() as browser:
        answer = site.login(browser, "li.na", page="explain/a/b%2Fc")
        assert (answer.status_code, answer.headers["location"]) == (303, "./explain/a/b%2Fc")
        assert browser.get(site.url + "api/may/silence", timeout=60).json()["name"] == "li.na"


def test_a_browser_comes_back_to_its_filter_after_a_login(site: LoginSite) -> None:
    sent = site.get("zone/x?tier=gold&customer=A%26B", headers={"Accept": "text/html"})
    assert sent.headers["location"] == "../login?page=zone%2Fx%3Ftier%3Dgold%26customer%3DA%2526B"
    with requests.Session() as browser:
        answer = site.login(browser, "li.na", page="clocks?tier=gold&customer=A%26B")
        assert answer.headers["location"] == "./clocks?tier=gold&customer=A%26B"


def test_a_login_that_fails_still_leads_back(site: LoginSite) -> None:
    with requests.Session() as browser:
        word = site.form(browser, "login?page=clocks%3Ftier%3Dgold")
        url, fields = f"{site.url}login?page=clocks%3Ftier%3Dgold", {"form_word": word, "name": "li.na"}
        failed = browser.post(url, {**fields, "password": "wrong"}, allow_redirects=False, timeout=60)
        assert 'action="./login?page=clocks%3Ftier%3Dgold"' in failed.text
        found = re.search(r'name="form_word" value="([^"]*)"', failed.text)
        assert found is not None
        sent = {**fields, "form_word": found[1], "password": PASSWORD}
        assert browser.post(url, sent, allow_redirects=False, timeout=60).headers["location"] == "./clocks?tier=gold"


def test_a_login_is_offered_as_long_as_somebody_can_log_in(tmp_path: Path) -> None:
    with login_site(tmp_path, "") as open_:
        offered = 'href="./login"'
        assert offered not in open_.get("").text
        open_.account("first", Role.NOC)
        assert offered in open_.get("").text
        Accounts(open_.database).disable("first", open_.now(), "root")
        assert offered not in open_.get("").text


@pytest.mark.parametrize(
    "page",
    ["//evil.example", "/x", "https://evil.example", "../x", "%2e%2e/x", "a\\b", "x" * 3000, "a:b/c", "clocks?x#y"],
)
def test_nobody_is_sent_elsewhere_after_a_login(site: LoginSite, page: str) -> None:
    with requests.Session() as browser:
        assert site.login(browser, "li.na", page=page).headers["location"] == "./"


def test_a_cookie_is_for_this_site_alone_and_no_script_reads_it(site: LoginSite) -> None:
    with requests.Session() as browser:
        cookies = site.login(browser, "li.na").headers["set-cookie"]
    assert "tierwatch_session=" in cookies
    assert cookies.count("SameSite=Lax; HttpOnly") == 2
    assert "Secure" not in cookies


def test_a_login_has_a_session_of_its_own_and_ends_the_one_before(site: LoginSite) -> None:
    with requests.Session() as browser:
        site.login(browser, "li.na")
        before = browser.cookies["tierwatch_session"]
        site.login(browser, "wang.wei")
        assert browser.cookies["tierwatch_session"] != before
        assert browser.get(site.url, timeout=60).status_code == 200
    assert site.get("", cookies={"tierwatch_session": before}).status_code == 401


def test_what_is_not_ours_is_no_session_and_never_shown(site: LoginSite) -> None:
    for word in ("x", "x" * 10_000, "'; DROP TABLE sessions; --", '"><script>'):
        answer = site.get("", cookies={"tierwatch_session": word})
        assert answer.status_code == 401
        assert word not in answer.text or len(word) == 1


def test_a_wrong_name_and_a_wrong_password_look_alike(site: LoginSite) -> None:
    site.account("gone", Role.NOC)
    Accounts(site.database).disable("gone", site.now(), "root")
    texts = set()
    with requests.Session() as browser:
        for name, password in (("li.na", "wrong password"), ("nobody.here", PASSWORD), ("gone", PASSWORD)):
            answer = site.login(browser, name, password)
            assert answer.status_code == 403
            assert "tierwatch_session" not in browser.cookies
            texts.add(answer.text.replace(name, "").partition('name="form_word"')[0])
    assert len(texts) == 1


def test_a_refused_login_is_on_record_without_what_was_typed(site: LoginSite) -> None:
    typed = "My-Password-Typed-As-Name"
    with requests.Session() as browser:
        site.login(browser, typed, "my name")
        site.login(browser, "li.na", "not my password at all")
    refused = [entry for entry in site.trail() if entry.kind == "login_failed"]
    assert (refused[-1].who, refused[-1].detail["why"]) == ("li.na", "wrong_password")
    assert (refused[-2].who, refused[-2].detail["why"]) == ("", "no_account")
    assert not any(
        "password at all" in str(entry) or typed.casefold() in str(entry).casefold() for entry in site.trail()
    )


def test_logins_and_logouts_are_on_record(site: LoginSite) -> None:
    with requests.Session() as browser:
        site.login(browser, "wang.wei")
        word = site.form(browser, "logout")
        answer = browser.post(f"{site.url}logout", {"form_word": word}, allow_redirects=False, timeout=60)
        assert (answer.status_code, answer.headers["location"]) == (303, "./login")
        assert browser.get(site.url, timeout=60).status_code == 401
    last = [(entry.kind, entry.who) for entry in site.trail()][-2:]
    assert last == [("logged_in", "wang.wei"), ("logged_out", "wang.wei")]


def test_a_logout_ends_the_session_for_whoever_copied_its_cookie(site: LoginSite) -> None:
    with requests.Session() as browser:
        site.login(browser, "li.na")
        copied = dict(browser.cookies)
        browser.post(f"{site.url}logout", {"form_word": site.form(browser, "logout")}, timeout=60)
    assert site.get("", cookies=copied).status_code == 401


@pytest.mark.parametrize("path", ["login", "logout"])
def test_no_form_is_taken_from_another_site(site: LoginSite, path: str) -> None:
    with requests.Session() as browser:
        site.login(browser, "li.na")
        fields = {"name": "li.na", "password": PASSWORD}
        word = site.form(browser, path)
        for sent, headers in (
            (fields, {}),
            ({**fields, "form_word": "0" * 64}, {}),
            ({**fields, "form_word": word}, {"Origin": "https://evil.example"}),
            ({**fields, "form_word": word}, {"Sec-Fetch-Site": "cross-site"}),
        ):
            answer = browser.post(site.url + path, sent, headers=headers, allow_redirects=False, timeout=60)
            assert answer.status_code == 403, (sent, headers)
        assert browser.get(site.url, timeout=60).status_code == 200


def test_a_browser_changes_things_from_our_pages_only(site: LoginSite) -> None:
    with requests.Session() as browser:
        site.login(browser, "li.na")
        url = f"{site.url}api/may/silence"
        assert browser.post(url, timeout=60).status_code == 403
        assert browser.post(url, headers={"Origin": "https://evil.example"}, timeout=60).status_code == 403
        assert browser.post(url, headers={"Origin": site.url.rstrip("/")}, timeout=60).status_code == 200
        word = site.form(browser, "logout")
        assert browser.post(url, headers={"X-CSRF-Token": word}, timeout=60).status_code == 200


def test_a_session_ends_by_itself(site: LoginSite) -> None:
    with requests.Session() as browser:
        site.login(browser, "li.na")
        for minutes in (50, 100, 150, 200):
            site.later = timedelta(minutes=minutes)
            assert browser.get(site.url, timeout=60).status_code == 200, minutes
        site.later = timedelta(hours=4)
        assert browser.get(site.url, timeout=60).status_code == 401, "at the longest"
    site.later = timedelta(0)
    with requests.Session() as browser:
        site.login(browser, "li.na")
        site.later = timedelta(minutes=60)
        assert browser.get(site.url, timeout=60).status_code == 401, "nobody was seen"


def test_that_somebody_was_seen_is_not_written_each_time(site: LoginSite) -> None:
    with requests.Session() as browser:
        site.login(browser, "li.na")
        before = site.database.revision()
        word = browser.cookies["tierwatch_session"]
        seen = _seen(site, word)
        browser.get(site.url, timeout=60)
        assert _seen(site, word) == seen
        site.later = SEEN_EVERY
        browser.get(site.url, timeout=60)
        assert _seen(site, word) > seen
        assert site.database.revision() == before, "the engine has nothing to look at"


def _seen(site: LoginSite, word: str) -> int:
    """When that session was seen last, in microseconds."""
    with sqlite3.connect(str(site.database.url.database)) as connection:
        query = "SELECT seen_at FROM sessions WHERE digest = ?"
        return int(connection.execute(query, (hashed(word),)).fetchone()[0])


def test_another_password_other_roles_and_a_disabled_account_end_sessions(site: LoginSite) -> None:
    accounts = Accounts(site.database)
    assert site.memory.passwords is not None
    site.account("moves", Role.NOC)
    hashed = site.memory.passwords.hash(PASSWORD)
    for change in (
        lambda: accounts.set_password("moves", hashed, site.now(), "root"),
        lambda: accounts.set_roles("moves", frozenset({Role.VIEWER}), None, site.now(), "root"),
        lambda: accounts.disable("moves", site.now(), "root"),
    ):
        with requests.Session() as browser:
            site.login(browser, "moves")
            assert browser.get(site.url, timeout=60).status_code == 200
            change()
            assert browser.get(site.url, timeout=60).status_code == 401


def test_who_fails_too_often_waits_and_others_do_not(site: LoginSite) -> None:
    site.account("attacked", Role.NOC)
    with requests.Session() as browser:
        for _ in range(OF_ACCOUNT):
            assert site.login(browser, "attacked", "wrong password").status_code == 403
        answer = site.login(browser, "attacked")
        assert (answer.status_code, 0 < int(answer.headers["retry-after"]) <= WITHIN.total_seconds()) == (429, True)
        assert site.login(browser, "wang.wei").status_code == 303
        site.later = WITHIN
        assert site.login(browser, "attacked").status_code == 303


def test_a_name_that_there_is_not_waits_like_one_that_there_is(site: LoginSite) -> None:
    with requests.Session() as browser:
        for _ in range(OF_ACCOUNT):
            site.login(browser, "never.there", "wrong password")
        assert site.login(browser, "never.there").status_code == 429


def test_a_customer_sees_no_page_of_everybody(site: LoginSite) -> None:
    with requests.Session() as browser:
        site.login(browser, "portal")
        led = browser.get(site.url, timeout=60, allow_redirects=False)
        assert (led.status_code, led.headers["location"]) == (303, "./customers/Bank%20A")
        for path in ("metrics", "explain/a/b", "clocks", "api/may/read", "api/may/read_people"):
            assert (path, browser.get(site.url + path, timeout=60).status_code) == (path, 403)
        assert browser.get(f"{site.url}api/may/read_own", timeout=60).status_code == 200


@pytest.mark.parametrize(("language", "said"), [("en", "does not have the right"), ("zh", "当前登录没有此权限")])
def test_a_browser_that_may_not_read_is_told_so_in_the_language_of_its_reader(
    site: LoginSite, language: str, said: str
) -> None:
    for path in ("clocks", "nowhere"):
        with requests.Session() as browser:
            site.login(browser, "portal")
            browser.headers["Accept"] = "text/html"
            answer = browser.get(f"{site.url}{path}?language={language}", timeout=60)
        assert (answer.status_code, said in answer.text) == (403, True), path
        assert answer.headers["content-security-policy"]


def test_a_token_is_let_in_until_it_is_revoked_or_expires(site: LoginSite) -> None:
    word, id_ = token(site, Role.VIEWER)
    assert site.get("metrics", headers=bearer(word)).status_code == 200
    site.later = timedelta(days=1)
    late = site.get("metrics", headers=bearer(word))
    assert (late.status_code, 'error="invalid_token"' in late.headers["www-authenticate"]) == (401, True)
    site.later = timedelta(0)
    AccessTokens(site.database).revoke(id_, site.now(), "root")
    assert site.get("metrics", headers=bearer(word)).status_code == 401


def test_a_token_may_what_its_scopes_leave_of_its_roles(site: LoginSite) -> None:
    word, _ = token(site, Role.NOC, scopes=frozenset({Right.READ, Right.CORRECT}))
    assert site.get("api/may/read", headers=bearer(word)).status_code == 200
    for right in ("silence", "correct"):
        refused = site.get(f"api/may/{right}", headers=bearer(word))
        assert (refused.status_code, f'scope="{right}"' in refused.headers["www-authenticate"]) == (403, True)


def test_a_token_needs_no_form_and_a_browser_does_not_lend_it_a_session(site: LoginSite) -> None:
    word, _ = token(site, Role.NOC)
    url = f"{site.url}api/may/silence"
    assert requests.post(url, headers=bearer(word), timeout=60).status_code == 200
    with requests.Session() as browser:
        site.login(browser, "wang.wei")
        wrong = browser.get(url, headers=bearer(new_token()), timeout=60)
        assert wrong.status_code == 401, "who shows a wrong token is nobody"


def test_that_a_token_was_used_is_known_roughly_and_its_word_is_nowhere(site: LoginSite) -> None:
    word, id_ = token(site, Role.VIEWER)
    site.get("metrics", headers=bearer(word))
    (found,) = [one for one in AccessTokens(site.database).all() if one.id == id_]
    assert found.used_at is not None
    assert found.shown == word[:12]
    path = Path(str(site.database.url.database))
    with requests.Session() as browser:
        site.login(browser, "li.na")
        secret = browser.cookies["tierwatch_session"]
    for file in (path, Path(f"{path}-wal")):
        stored = file.read_bytes()
        assert word.encode() not in stored
        assert secret.encode() not in stored
        assert PASSWORD.encode() not in stored
    assert word not in str(site.trail())


@pytest.mark.parametrize("said", ["Bearer", "Bearer x", "Basic dHd0OmE=", "bearer twt_short", "Bearer " + "x" * 5000])
def test_what_is_no_token_is_nobody(site: LoginSite, said: str) -> None:
    assert site.get("metrics", headers={"Authorization": said}).status_code == 401


def test_a_header_of_a_proxy_that_is_not_trusted_says_nothing(site: LoginSite) -> None:
    vouches = {"X-Remote-User": "li.na", "X-Remote-Groups": "noc-shift", "X-Forwarded-For": "192.0.2.1"}
    assert site.get("", headers=vouches).status_code == 401


PROXIED = """\
access:
  reading: this_machine
  proxy:
    peers: [127.0.0.1/32]
    user_header: X-Person
    groups_header: X-Groups
    roles: {noc-shift: noc, heads: [sla_manager]}
"""


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoginSite]:
    with login_site(tmp_path_factory.mktemp("proxied"), PROXIED) as made:
        yield made


def test_a_trusted_proxy_says_who_it_is_and_in_which_groups(behind: LoginSite) -> None:
    said = {"X-Person": "li.na", "X-Groups": "others, noc-shift,"}
    found = behind.get("api/may/silence", headers=said)
    assert (found.status_code, found.json()) == (200, {"name": "li.na", "by": "proxy", "nobody": False})
    assert behind.get("api/may/correct", headers=said).status_code == 403
    assert behind.get("", headers={"X-Person": "li.na"}).status_code == 403, "in no group"


def test_behind_a_proxy_nobody_is_on_this_machine(behind: LoginSite) -> None:
    """The proxy's own address is that of this machine, and it asks for the whole world."""
    for said in ({}, {"X-Person": "", "X-Groups": "heads"}, {"X-Groups": "heads"}, {"X-Remote-User": "li.na"}):
        assert behind.get("", headers=said).status_code == 401, said


@pytest.mark.parametrize(
    "twice", [b"X-Person: li.na\r\nX-Person: root", b"X-Person: a\r\nX-Groups: heads\r\nX-Groups: b"]
)
def test_a_header_that_somebody_else_sent_as_well_says_nothing(behind: LoginSite, twice: bytes) -> None:
    host, _, port = behind.url.removeprefix("http://").strip("/").partition(":")
    with socket.create_connection((host, int(port)), timeout=60) as wire:
        wire.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + twice + b"\r\n\r\n")
        assert wire.recv(65536).startswith(b"HTTP/1.1 401")


def test_another_site_changes_nothing_through_the_proxy(behind: LoginSite) -> None:
    said = {"X-Person": "li.na", "X-Groups": "noc-shift"}
    url = f"{behind.url}api/may/silence"
    for more, status in (({}, 403), ({"Sec-Fetch-Site": "cross-site"}, 403), ({"Sec-Fetch-Site": "same-origin"}, 200)):
        assert requests.post(url, headers=said | more, timeout=60).status_code == status
    page = behind.get("logout", headers=said).text
    word = re.search(r'name="form_word" value="([^"]+)"', page)
    assert word is not None
    for person, status in (("li.na", 200), ("wang.wei", 403)):
        headers = said | {"X-Person": person, "X-CSRF-Token": word[1]}
        assert requests.post(url, headers=headers, timeout=60).status_code == status


def test_without_access_everybody_reads_and_nobody_changes_anything(tmp_path: Path) -> None:
    with login_site(tmp_path, "") as open_:
        assert open_.get("", headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 200
        assert open_.get("api/may/read_people").status_code == 200
        assert requests.post(f"{open_.url}api/may/silence", timeout=60).status_code == 401


def test_reading_is_open_on_this_machine_and_not_through_a_proxy_on_it(tmp_path: Path) -> None:
    with login_site(tmp_path, "access: {}\n") as here:
        assert here.get("").status_code == 200
        for said in ({"X-Forwarded-For": "192.0.2.7"}, {"Via": "1.1 nginx"}, {"Host": "tierwatch.example"}):
            assert here.get("", headers=said).status_code == 401, said
        assert here.get("", headers=bearer(new_token())).status_code == 401
