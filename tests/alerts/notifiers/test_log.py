from __future__ import annotations

from structlog.testing import capture_logs

from alerts.notifiers import log
from alerts.notifiers.log import Config
from monitor.alert.alert import Channel, Delivery, Reason, Verdict
from tests.support.cases import at
from tests.support.pages import alert, ended, pages


def test_it_is_told_every_change_once() -> None:
    assert log.build(Config()).channels("screen") == (Channel("screen", Delivery.QUEUE),)


def test_each_change_is_one_line_with_its_reason() -> None:
    first = alert("INC1", link="https://tierwatch.example/explain/tickets/INC1")
    with capture_logs() as lines:
        results = log.build(Config()).send(pages(first, ended(first, Reason.PAUSED), channel="screen"), at(1))
    assert [result.verdict for result in results] == [Verdict.ACCEPTED, Verdict.ACCEPTED]
    assert [(line["event"], line["reason"], line["firing"]) for line in lines] == [
        ("page_sent", "first", True),
        ("page_sent", "paused", False),
    ]
    assert lines[0]["ticket"] == "INC1"
    assert lines[0]["stage"] == "used_75"
    assert lines[0]["link"] == first.link
    assert lines[0]["summary_zh"] == "临近"
