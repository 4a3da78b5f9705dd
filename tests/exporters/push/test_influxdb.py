"""What is written to InfluxDB, and what becomes of each of its answers."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.line_protocol import line
from exporters.points import of_metrics, of_transition
from exporters.push import influxdb
from monitor.errors import ConfigError, ExportError
from monitor.net import deadline, reason_of
from monitor.net.credentials import Secret
from tests.support import snapshots
from tests.support.influx_server import InfluxServer, listening
from tests.support.line_protocol import lines, parsed
from tests.support.loopback import Reply
from tests.support.transitions import AT, HOSTILE, ONE, many, row

TOKEN = Secret("t0p-secret", "$INFLUX_TOKEN")


@pytest.fixture
def server() -> Iterator[InfluxServer]:
    with listening() as it:
        yield it


def exporter(server: InfluxServer, **options: object) -> influxdb.InfluxDB:
    given_ = {"url": server.url, "bucket": "b", "org": "o", "token": TOKEN, **options}
    return influxdb.build(influxdb.Config(**given_))  # type: ignore[arg-type]


def test_a_write_names_bucket_organisation_precision_and_token_and_is_compressed(server: InfluxServer) -> None:
    exporter(server).export([of_transition(ONE)], AT)
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/api/v2/write")
    assert request.query == {"bucket": "b", "org": "o", "precision": "ns"}
    assert request.headers["Authorization"] == "Token t0p-secret"
    assert request.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(request.body).decode() == (
        "tierwatch_transition,assurance=AAA,kind=breached,source=desk,stage=breached,target=restore,tier=gold"
        ' because="e1",cycle=1,instant=1767574800.25,subject="INC1" 1767574800000000001'
    )


def test_without_a_token_none_is_sent(server: InfluxServer) -> None:
    exporter(server, token=None).export([of_transition(ONE)], AT)
    assert "Authorization" not in server.requests[0].headers


def test_more_than_five_thousand_lines_are_several_writes(server: InfluxServer) -> None:
    points = [of_transition(each) for each in many(5_001)]
    assert exporter(server).export(points, AT) == []
    assert [len(server.lines_of(request)) for request in server.requests] == [5_000, 1]
    assert len(server.points) == 5_001


def test_metrics_are_floats_under_their_labels(server: InfluxServer) -> None:
    points = of_metrics(snapshots.example(), snapshots.AT, timedelta(seconds=10))
    assert exporter(server).export(points, AT) == []
    assert len(server.points) == len(points)
    assert all(isinstance(value, float) for point in server.points.values() for _, value in point)


def test_hostile_texts_are_one_point_each_and_write_no_other(server: InfluxServer) -> None:
    rows = [ONE._replace(id=number, subject=text, because=text, tier=text) for number, text in enumerate(HOSTILE, 1)]
    assert exporter(server).export([of_transition(each) for each in rows], AT) == []
    assert len(server.points) == len(rows)
    subjects = {dict(fields)["subject"] for fields in server.points.values()}
    assert subjects == {of_transition(each).fields["subject"] for each in rows}


TEXTS = st.text(max_size=20) | st.sampled_from(HOSTILE)


@given(TEXTS, TEXTS, TEXTS)
def test_whatever_a_source_says_a_line_is_one_point_with_these_fields(subject: str, because: str, tier: str) -> None:
    point = of_transition(ONE._replace(subject=subject, because=because, tier=tier))
    text = line(point)
    assert "\n" not in text
    (written,) = lines(text)
    measurement, found = parsed(written)
    assert measurement == "tierwatch_transition"
    assert dict(found.fields) == point.fields
    assert found.time == point.time
    assert {name for name, _ in found.tags} == {name for name, said in point.tags.items() if said}


# -- answers ---------------------------------------------------------------------------------------------------------


def bad(*names: str) -> Callable[[str], bool]:
    """Whether a line is about one of the subjects."""
    return lambda line: any(f'subject="{name}"' in line for name in names)


@pytest.mark.parametrize("partial", [False, True], ids=["whole batch", "the others are written"])
def test_400_is_halved_until_the_bad_lines_are_alone(server: InfluxServer, partial: bool) -> None:
    server.bad, server.partial = bad("INC3", "INC700", "INC701"), partial
    rows = many(1_000)
    refused = exporter(server).export([of_transition(each) for each in rows], AT)
    assert sorted(parsed(one.point)[1].time % 1000 for one in refused) == [3, 700, 701]
    assert {one.points for one in refused} == {1}
    assert all("unable to parse" in one.reason for one in refused)
    assert server.subjects() == {each.subject for each in rows} - {"INC3", "INC700", "INC701"}
    assert len(server.requests) < 80


def test_a_batch_of_which_all_lines_were_dropped_is_not_cut(server: InfluxServer) -> None:
    server.replies.append(Reply(400, b'{"error":"partial write: points beyond retention policy dropped=50"}'))
    (refused,) = exporter(server).export([of_transition(each) for each in many(50)], AT)
    assert (refused.points, refused.reason) == (50, "partial write: points beyond retention policy dropped=50")
    assert len(server.requests) == 1


def test_422_is_never_sent_again(server: InfluxServer) -> None:
    server.replies.append(Reply(422, b'{"code":"unprocessable entity","message":"field type conflict dropped=2"}'))
    (refused,) = exporter(server).export([of_transition(each) for each in many(10)], AT)
    assert (refused.points, refused.reason) == (2, "field type conflict dropped=2")
    assert len(server.requests) == 1


def test_413_is_halved(server: InfluxServer) -> None:
    server.most_lines = 30
    rows = many(100)
    assert exporter(server).export([of_transition(each) for each in rows], AT) == []
    assert server.subjects() == {each.subject for each in rows}


def test_a_single_line_that_is_too_long_is_refused(server: InfluxServer) -> None:
    server.replies.append(Reply(413))
    (refused,) = exporter(server).export([of_transition(ONE)], AT)
    assert refused.reason == "413 without a reason"


@pytest.mark.parametrize(
    ("status", "reason", "says"),
    [
        (401, "unauthorized", "it refused the token in $INFLUX_TOKEN; have a token made"),
        (403, "forbidden", "may not write to bucket b; have the right granted"),
        (404, "not_found", "it knows no bucket b; make it, or see the options bucket, org and url"),
    ],
)
def test_what_needs_an_edit_says_which(server: InfluxServer, status: int, reason: str, says: str) -> None:
    server.replies.append(Reply(status, b'{"code":"x","message":"no, not with t0p-secret"}'))
    with pytest.raises(ExportError) as caught:
        exporter(server).export([of_transition(ONE)], AT)
    assert says in str(caught.value)
    assert "it says: no, not with <$INFLUX_TOKEN>" in str(caught.value)
    assert "t0p-secret" not in str(caught.value)
    assert not caught.value.retryable
    assert reason_of(caught.value) == reason


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_passed_on(server: InfluxServer, status: int) -> None:
    server.replies.append(Reply(status, headers={"Retry-After": "37"}))
    with pytest.raises(ExportError) as caught:
        exporter(server).export([of_transition(ONE)], AT)
    assert caught.value.retryable
    assert caught.value.retry_at is not None
    assert caught.value.retry_at >= AT + timedelta(seconds=37)


@pytest.mark.parametrize(
    "reply",
    [Reply(500), Reply(502), Reply(hang=True), Reply(200, b"half", cut=1), Reply(204, headers={"Content-Length": "-"})],
    ids=["500", "502", "hang", "cut", "no length"],
)
def test_what_may_pass_is_an_error_to_try_again(server: InfluxServer, reply: Reply) -> None:
    server.replies.append(reply)
    with pytest.raises(ExportError) as caught:
        exporter(server, timeout=timedelta(seconds=1)).export([of_transition(ONE)], AT)
    assert caught.value.retryable
    assert caught.value.retry_at is None


def test_a_server_that_is_not_there_is_an_error_to_try_again(server: InfluxServer) -> None:
    gone = exporter(server, url="http://127.0.0.1:1")
    with pytest.raises(ExportError, match="no connection") as caught:
        gone.export([of_transition(ONE)], AT)
    assert caught.value.retryable


def test_a_wrong_address_names_the_option(server: InfluxServer) -> None:
    server.replies.append(Reply(301, headers={"Location": "https://elsewhere.example/"}))
    with pytest.raises(ExportError, match="see its option url") as caught:
        exporter(server).export([of_transition(ONE)], AT)
    assert not caught.value.retryable


def test_the_end_of_the_program_aborts_a_write(server: InfluxServer) -> None:
    server.replies.append(Reply(hang=True))
    caught: list[ExportError] = []

    def send() -> None:
        try:
            exporter(server, timeout=timedelta(minutes=10)).export([of_transition(ONE)], AT)
        except ExportError as error:
            caught.append(error)

    thread = threading.Thread(target=send)
    thread.start()
    server.until_asked(1)
    while thread.is_alive():
        deadline.abort()
        thread.join(0.05)
    assert [reason_of(error) for error in caught] == ["stopped"]


def test_a_token_with_other_signs_is_refused() -> None:
    with pytest.raises(ValueError, match="characters that no token has"):
        influxdb.Config(url="http://i", bucket="b", token=Secret("密码", "file token"))


def test_a_token_that_was_not_read_is_asked_for_only_when_it_is_sent(server: InfluxServer) -> None:
    made = exporter(server, token=Secret("", "$T", "the environment has no variable T"))
    with pytest.raises(ConfigError, match="no variable T"):
        made.export([of_transition(row(1))], AT)
    assert server.requests == []


def test_nothing_is_nothing(server: InfluxServer) -> None:
    assert exporter(server).export([], AT) == []
    assert server.requests == []
