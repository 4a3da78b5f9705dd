from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from alerts.delivery import outbox
from alerts.delivery.outbox import EVERY, LONGEST_ASKED_WAIT, LONGEST_WAIT, RETENTION, after
from alerts.oncall.ack_tokens import Acknowledgement, Keys, sign
from monitor.alert.alert import Alert, Channel, Delivery, Page, Reason, Result, Settlement, Verdict
from monitor.commands.log_output import log_to_stderr
from monitor.errors import DeliveryError
from tests.support.cases import at
from tests.support.pages import page

NOW = at(12)
TOKEN = sign(Acknowledgement("0" * 32, "used_75", at(99)), Keys(b"k" * 32))
STATES, QUEUED = Channel("am/1", Delivery.STATE), Channel("log", Delivery.QUEUE)


def firing(name: str = "INC1") -> Alert:
    return Alert({"alertname": "A", "ticket": name}, {}, at(11), reason=Reason.WORSENED)


def settled(of: Alert, verdict: Verdict, delivery: Delivery, *, attempts: int = 0, asked: datetime | None = None,
            jitter: float = 1.0) -> Settlement:  # fmt: skip
    sent = page(of, attempts=attempts)
    return after(sent, Result(sent, verdict, "timeout", "a sentence", asked), delivery, NOW, jitter)


def test_a_state_that_fires_is_told_again_every_minute() -> None:
    done = settled(firing(), Verdict.ACCEPTED, Delivery.STATE)
    assert (done.next_at, done.reason) == (NOW + EVERY, "worsened")


def test_a_state_that_ended_is_told_for_a_quarter_of_an_hour() -> None:
    for minutes, again in ((0, True), (13, True), (14, True), (15, False), (600, False)):
        over = firing().resolve(NOW - timedelta(minutes=minutes), Reason.RESTORED)
        done = settled(over, Verdict.ACCEPTED, Delivery.STATE)
        assert done.next_at == (NOW + EVERY if again else None)
        assert again is (timedelta(minutes=minutes) + EVERY <= RETENTION)


def test_a_queue_is_told_once() -> None:
    assert settled(firing(), Verdict.ACCEPTED, Delivery.QUEUE).next_at is None


@pytest.mark.parametrize("delivery", list(Delivery))
def test_what_is_refused_is_closed_with_its_reason(delivery: Delivery) -> None:
    done = settled(firing(), Verdict.REFUSED, delivery)
    assert (done.next_at, done.verdict, done.reason, done.detail) == (None, Verdict.REFUSED, "timeout", "a sentence")


def test_a_failure_without_a_word_still_has_a_reason() -> None:
    sent = page(firing())
    assert after(sent, Result(sent, Verdict.RETRY), Delivery.STATE, NOW, 0).reason == "retry"


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_retries_come_after_a_wait_that_doubles_up_to_a_minute(attempts: int, jitter: float) -> None:
    done = settled(firing(), Verdict.RETRY, Delivery.STATE, attempts=attempts, jitter=jitter)
    assert done.next_at is not None
    whole = min(2 ** min(attempts, 20), LONGEST_WAIT.total_seconds())
    assert whole / 2 - 0.001 <= (done.next_at - NOW).total_seconds() <= whole + 0.001


def test_what_the_receiver_asks_for_is_honoured_within_reason() -> None:
    soon, far = NOW + timedelta(seconds=90), NOW + timedelta(days=1)
    assert settled(firing(), Verdict.RETRY, Delivery.QUEUE, asked=soon).next_at == soon
    assert settled(firing(), Verdict.RETRY, Delivery.QUEUE, asked=far).next_at == NOW + LONGEST_ASKED_WAIT
    assert settled(firing(), Verdict.RETRY, Delivery.QUEUE, attempts=9, asked=NOW).next_at == NOW + LONGEST_WAIT


@pytest.mark.parametrize("attempts", [0, 9])
def test_what_waits_for_room_in_our_own_budget_goes_out_as_soon_as_there_is_some(attempts: int) -> None:
    sent, free = replace(page(firing()), attempts=attempts), NOW + timedelta(seconds=3)
    done = after(sent, Result(sent, Verdict.RETRY, "paced", "", free, tried=False), Delivery.QUEUE, NOW, 1)
    assert (done.next_at, done.reason, done.tried) == (free, "paced", False)


@dataclass
class Rows:
    """An outbox in memory: hands out what it was given, keeps what it is told."""

    pages: tuple[Page, ...]
    settled: list[Settlement] = field(default_factory=list)

    def due_pages(self, channel: str, now: datetime, limit: int) -> tuple[Page, ...]:
        return tuple(page for page in self.pages if page.channel == channel)[:limit]

    def settle_pages(self, settlements: Sequence[Settlement], now: datetime) -> None:
        self.settled += settlements


@dataclass
class Receiver:
    """Answers by the ticket in the page: `no…` is refused, `late…` retried, `silent…` not answered, `boom…` raises."""

    seen: list[str] = field(default_factory=list)

    def channels(self, receiver: str) -> tuple[Channel, ...]:
        return (Channel(receiver, Delivery.QUEUE),)

    def send(self, pages: Sequence[Page], now: datetime) -> Sequence[Result]:
        results = []
        for sent in pages:
            name = sent.alert.labels["ticket"]
            self.seen.append(name)
            if name.startswith("boom"):
                raise ValueError("a defect")
            if name.startswith("down"):
                raise DeliveryError("nobody is there", retry_at=NOW + timedelta(seconds=40))
            if name.startswith("silent"):
                continue
            verdict = {"no": Verdict.REFUSED, "la": Verdict.RETRY}.get(name[:2], Verdict.ACCEPTED)
            results.append(Result(sent, verdict, "because", "a sentence"))
        return results[::-1]  # in any order


def play(*names: str, channel: Channel = QUEUED) -> tuple[Rows, Receiver, outbox.Round]:
    rows = Rows(tuple(page(firing(name), channel.name, number) for number, name in enumerate(names)))
    receiver = Receiver()
    return rows, receiver, outbox.deliver(rows, receiver, channel, NOW, jitter=lambda: 1.0)


def verdicts(rows: Rows) -> dict[str, Verdict]:
    return {item.page.alert.labels["ticket"]: item.verdict for item in rows.settled}


def test_nothing_due_asks_nobody() -> None:
    rows, receiver, done = play()
    assert (receiver.seen, rows.settled, done) == ([], [], outbox.Round(0, 0, None))


def test_each_page_is_settled_by_its_own_answer() -> None:
    with capture_logs() as lines:
        rows, _, done = play("ok", "no", "late", "silent")
    assert verdicts(rows) == {
        "ok": Verdict.ACCEPTED,
        "no": Verdict.REFUSED,
        "late": Verdict.RETRY,
        "silent": Verdict.RETRY,
    }
    assert done == outbox.Round(1, 3, NOW + timedelta(seconds=1), down=True)
    assert [(line["event"], line["reason"], line["pages"]) for line in lines] == [
        ("pages_refused", "because", 1),
        ("pages_failed", "because", 1),
        ("pages_failed", "unanswered", 1),
    ]


def test_only_pages_of_the_channel_go_out() -> None:
    rows = Rows((page(firing("mine"), "am/1", 1), page(firing("other"), "am/2", 2)))
    receiver = Receiver()
    done = outbox.deliver(rows, receiver, STATES, NOW)
    assert (receiver.seen, done.next_at) == (["mine"], NOW + EVERY)


def test_a_receiver_that_is_not_there_keeps_every_page() -> None:
    rows, _, done = play("a", "down", "b")
    assert set(verdicts(rows).values()) == {Verdict.RETRY}
    assert done == outbox.Round(0, 3, NOW + timedelta(seconds=40), down=True, asked=NOW + timedelta(seconds=40))
    assert {item.detail for item in rows.settled} == {"nobody is there"}


def test_a_page_on_which_our_own_code_fails_holds_up_no_other() -> None:
    with capture_logs() as lines:
        rows, _, done = play("a", "boom", "b")
    assert verdicts(rows) == {"a": Verdict.ACCEPTED, "boom": Verdict.RETRY, "b": Verdict.ACCEPTED}
    assert (done.sent, done.failed) == (2, 1)
    assert [line["event"] for line in lines] == ["page_crashed", "pages_failed"]


URL = f"https://tierwatch.example/acknowledge/{TOKEN}"


@dataclass
class Parrot(Receiver):
    """Refuses every page, and repeats it in its answer."""

    heard: list[Alert] = field(default_factory=list)

    def send(self, pages: Sequence[Page], now: datetime) -> Sequence[Result]:
        self.heard += [sent.alert for sent in pages]
        return [Result(sent, Verdict.REFUSED, "refused", f"I do not like {sent.alert.annotations}") for sent in pages]


def with_a_link(alert: Alert, now: datetime) -> Alert:
    return replace(alert, annotations={"at": now.isoformat(), "acknowledge_url": URL})


def test_the_receiver_gets_the_link_and_the_store_never_does() -> None:
    rows, parrot = Rows((page(firing(), QUEUED.name),)), Parrot()
    with capture_logs() as lines:
        outbox.deliver(rows, parrot, QUEUED, NOW, linking=with_a_link)
    assert [heard.annotations for heard in parrot.heard] == [{"at": NOW.isoformat(), "acknowledge_url": URL}]
    (settled,) = rows.settled
    assert settled.page == rows.pages[0], "the page as the store handed it out, without the link"
    assert settled.detail.endswith("/acknowledge/…'}")
    assert TOKEN not in f"{rows.settled} {lines}"


def test_without_links_pages_go_out_as_they_are() -> None:
    rows, parrot = Rows((page(firing(), QUEUED.name),)), Parrot()
    outbox.deliver(rows, parrot, QUEUED, NOW)
    assert parrot.heard == [firing()]


def test_a_page_that_crashes_is_logged_without_what_it_held(capsys: pytest.CaptureFixture[str]) -> None:
    rows = Rows((page(firing("boom"), QUEUED.name),))
    structlog_was = structlog.get_config()
    try:
        log_to_stderr()
        outbox.deliver(rows, Receiver(), QUEUED, NOW, linking=with_a_link)
    finally:
        structlog.configure(**structlog_was)
    said = capsys.readouterr().err
    assert "ValueError: a defect" in said
    assert "page_crashed" in said
    assert "eyJhIjoi" not in said
    assert "annotations" not in said
