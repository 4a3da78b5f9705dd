from __future__ import annotations

import http.client
import logging
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from exporters.families import CLASSIC, OPENMETRICS
from exporters.web.headers import HEADERS
from monitor.errors import ExportError, StoreError
from monitor.explain import as_json, in_zone
from tests.exporters.web.explained import explained
from tests.support.peers import HANGING

PATHS = ("/", "/page", "/metrics", "/-/healthy", "/-/ready", "/static/page.css", "/static/page.js", "/explain/corp/TT1")


def raw(site: Any, target: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], str]:
    """Ask with a request line that no well-behaved client would write."""
    where = urlsplit(site.url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=60)
    connection.putrequest(method, target, skip_host="host" in {name.lower() for name in headers})
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    found = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode()
    connection.close()
    return found


def eventually(holds: Callable[[], bool], within: float = HANGING) -> None:
    last = time.monotonic() + within
    while not holds():
        assert time.monotonic() < last, "it did not come true in time"
        time.sleep(0.01)


@pytest.mark.parametrize("path", PATHS)
def test_every_path_answers_get_and_head_alike(site: Any, path: str) -> None:
    site.said = explained()
    full, head = site.get(path), site.get(path, "HEAD")
    assert (full.status_code, head.status_code) == (200, 200)
    assert head.content == b""
    assert head.headers["content-type"] == full.headers["content-type"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
@pytest.mark.parametrize("path", PATHS)
def test_nothing_but_get_and_head_is_answered(site: Any, path: str, method: str) -> None:
    site.said = explained()
    refused = site.get(path, method)
    assert refused.status_code == 405
    assert "only answers GET and HEAD" in refused.text
    assert set(HEADERS) <= {name.lower() for name in refused.headers}


@pytest.mark.parametrize("path", [*PATHS, "/nowhere", "/static/none.css"])
def test_every_answer_has_the_headers_that_bind_the_browser(site: Any, path: str) -> None:
    headers = site.get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "server" not in headers


def test_metrics_come_in_the_format_that_was_asked_for(site: Any) -> None:
    assert site.get("/metrics").headers["content-type"] == CLASSIC
    assert (
        site.get("/metrics", headers={"Accept": "application/openmetrics-text"}).headers["content-type"] == OPENMETRICS
    )
    assert 'tierwatch_build_info{version="0.1.0"} 1.0' in site.get("/metrics").text


def test_healthy_says_only_that_the_process_serves(site: Any) -> None:
    site.error, site.ready = StoreError("the store is gone"), (False, "Not yet.")
    assert site.get("/-/healthy").status_code == 200


def test_ready_is_a_sentence_and_503_until_it_is(site: Any) -> None:
    site.ready = (False, "The sources are being caught up with; 2 of 3 are done.")
    early = site.get("/-/ready")
    assert (early.status_code, early.text) == (503, "The sources are being caught up with; 2 of 3 are done.\n")
    site.ready = (True, "Ready.")
    assert site.get("/-/ready").status_code == 200


def test_an_explanation_is_a_page_or_json(site: Any) -> None:
    site.said = explained()
    assert "5:00:00 − 4:36:11 = <b>0:23:49</b>" in site.get("/explain/corp/TT202603020428").text
    answer = site.get("/explain/corp/TT202603020428?format=json")
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json() == as_json(in_zone(site.said, "UTC"))
    assert site.asked == [("corp", "TT202603020428")] * 2


@pytest.mark.parametrize(
    ("source", "subject"),
    [
        ("corp", "INC 42"), ("corp", "a/b/../c"), ("corp", "50%2F"), ("serv/now", "x"), ("corp", "钻石?#&\"'<>"),
        ("corp", "..%2f.."), ("corp", "https://example.com/?a=1"), ("corp", "\x00\x7f"), ("corp", "a\\b"),
    ],
)  # fmt: skip
def test_any_id_finds_its_way_through_a_link(site: Any, source: str, subject: str) -> None:
    site.get(f"/explain/{quote(source, safe='')}/{quote(subject, safe='')}")
    assert site.asked == [(source, subject)]


def test_an_id_with_slashes_may_be_typed_as_it_is(site: Any) -> None:
    raw(site, "/explain/corp/a/b")
    assert site.asked == [("corp", "a/b")]


def test_a_subject_that_nobody_knows_is_404_with_a_sentence(site: Any) -> None:
    answer = site.get("/explain/corp/INC1")
    assert answer.status_code == 404
    assert "Nothing is known of INC1 from source corp." in answer.text
    assert site.get("/explain/corp/INC1?format=json").json() == {"error": "Nothing is known of INC1 from source corp."}


@pytest.mark.parametrize("path", ["/explain/", "/explain/corp", "/explain/corp/", "/explain//x", "/nowhere", "/page/"])
def test_a_path_that_names_nothing_is_404(site: Any, path: str) -> None:
    answer = site.get(path)
    assert answer.status_code == 404
    assert site.asked == []


@pytest.mark.parametrize("path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static/"])
def test_only_static_files_are_served_as_files(site: Any, path: str) -> None:
    assert raw(site, path)[0] == 404


@pytest.mark.parametrize("path", ["/", "/page", "/metrics", "/explain/corp/TT1"])
def test_one_of_the_five_errors_is_answered_with_its_sentence(site: Any, path: str) -> None:
    site.error = ExportError("the first snapshot is not made yet; try again in a second")
    answer = site.get(path)
    assert answer.status_code == 503
    assert "the first snapshot is not made yet; try again in a second" in answer.text


def test_that_something_cannot_be_shown_is_said_in_the_language_of_the_reader(site: Any) -> None:
    site.error = ExportError("the first snapshot is not made yet")
    for language, said in (("en", "cannot be shown at the moment"), ("zh", "暂时无法显示")):
        assert said in site.get(f"/?language={language}").text


@pytest.mark.parametrize("path", ["/", "/page", "/metrics", "/explain/corp/TT1", "/explain/corp/TT1?format=json"])
def test_a_defect_is_logged_and_not_shown(site: Any, path: str, caplog: pytest.LogCaptureFixture) -> None:
    site.error = KeyError("secret-token-in-a-message")
    with caplog.at_level(logging.ERROR):
        answer = site.get(path)
        eventually(lambda: "secret-token-in-a-message" in caplog.text)  # logged after the answer was sent
    assert answer.status_code == 500
    assert "a defect of tierwatch" in answer.text
    assert "secret" not in answer.text
    assert set(HEADERS) <= {name.lower() for name in answer.headers}


@pytest.mark.parametrize("host", ["evil.example", "[", "a\tb", "<script>", "x:99999", ""])
def test_the_host_header_is_never_used(site: Any, host: str) -> None:
    for path in ("/", "/page/", "/nowhere", "/static", "/metrics/"):
        status, headers, body = raw(site, path, Host=host)
        assert status in (200, 400, 404)
        assert "location" not in headers
        assert "evil.example" not in body
        assert "<script>" not in body


@pytest.mark.parametrize(
    "target", ["//evil.example/", "/%ff%fe", "/explain/%ff/%fe", "/?format=%ff", "/a%0d%0ab", "/page?x=<script>"]
)
def test_a_hostile_request_is_answered_calmly(site: Any, target: str) -> None:
    status, headers, body = raw(site, target)
    assert status in (200, 400, 404)
    assert "location" not in headers
    assert "<script>" not in body


def test_the_page_works_below_a_prefix(site: Any) -> None:
    site.said = explained()
    for path, base in (
        ("/", "./"),
        ("/explain/corp/TT1", "../../"),
        ("/explain/corp/a%2Fb", "../../"),
        ("/x/y/z", "../../"),
    ):
        assert f'href="{base}static/page.css"' in site.get(path).text


def test_static_files_are_asked_about_again(site: Any) -> None:
    first = site.get("/static/page.css")
    assert first.headers["cache-control"] == "no-cache"
    again = site.get("/static/page.css", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert site.get("/").headers["cache-control"] == "no-store"
