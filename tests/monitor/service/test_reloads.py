"""Requests for a reload: one after another, each answered, and who may ask by HTTP how often."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from exporters.web import ReloadAsked
from monitor.net import Secret
from monitor.service import reload_requests
from monitor.service.reload_requests import ReloadRequests
from monitor.service.reloads import BY_SIGNAL, BY_THIS_MACHINE, BY_TOKEN, CRASHED, STOPPING, Answer, Reloads
from monitor.service.threads import Threads
from monitor.service.turn import Turn
from monitor.snapshot import ReloadResult

TAKEN, REFUSED = (
    Answer(ReloadResult.TAKEN, "runs"),
    Answer(ReloadResult.REFUSED, "tierwatch.yml:3 policy: is not there"),
)
AT = datetime(2026, 3, 1, tzinfo=UTC)
TOKEN = Secret("a token of some length", "$RELOAD_TOKEN")
HERE, ELSEWHERE = ReloadAsked(local=True), ReloadAsked(local=False)


@contextmanager
def answering(reloads: Reloads, answer: Answer = TAKEN) -> Iterator[list[int]]:
    """Reloads that are answered by a thread; what is given counts them."""
    stopping, done = threading.Event(), list[int]()

    def reload(_by: str = "") -> Answer:
        done.append(1)
        return answer

    thread = threading.Thread(target=reloads.forever, args=(reload, stopping))
    thread.start()
    try:
        yield done
    finally:
        stopping.set()
        thread.join()


def test_who_asks_while_a_reload_is_under_way_is_answered_by_the_next_one() -> None:
    reloads, begun, goes_on, stopping = Reloads(), threading.Event(), threading.Event(), threading.Event()
    number = 0

    def reload(_by: str = "") -> Answer:
        nonlocal number
        number += 1
        begun.set()
        goes_on.wait(600)
        return Answer(ReloadResult.TAKEN, str(number))

    thread = threading.Thread(target=reloads.forever, args=(reload, stopping))
    first = reloads.ask()
    thread.start()
    assert begun.wait(600)
    later = [reloads.ask() for _ in range(5)]
    goes_on.set()
    assert first.result(600).sentence == "1"
    assert {each.result(600).sentence for each in later} == {"2"}
    stopping.set()
    thread.join()


def test_a_reload_that_crashes_is_answered_and_the_next_one_is_done() -> None:
    reloads, stopping, answers = Reloads(), threading.Event(), [TAKEN]

    def reload(_by: str = "") -> Answer:
        if not stopping.is_set() and len(answers) == 1:
            answers.append(REFUSED)
            raise ZeroDivisionError
        return TAKEN

    thread = threading.Thread(target=reloads.forever, args=(reload, stopping))
    thread.start()
    assert reloads.ask().result(600) == CRASHED
    assert reloads.ask().result(600) == TAKEN
    stopping.set()
    thread.join()


def test_who_asks_while_the_program_stops_is_told_so_and_nothing_is_read() -> None:
    reloads, stopping = Reloads(), threading.Event()
    asked = reloads.ask()
    stopping.set()
    reloads.forever(pytest.fail, stopping)
    assert asked.result(0) == STOPPING


def test_what_runs_stands_until_another_configuration_is_taken_and_the_start_is_no_reload() -> None:
    reloads = Reloads()
    reloads.taken("aa", AT)
    assert set(reloads.configured.reloads.values()) == {0}
    reloads.refused("why", AT)
    found = reloads.configured
    assert (found.hash, found.since, found.refused, found.refused_at) == ("aa", AT, "why", AT)
    reloads.taken("bb", AT)
    found = reloads.configured
    assert (found.hash, found.refused, found.refused_at) == ("bb", "", None)
    assert found.reloads == {ReloadResult.TAKEN: 1, ReloadResult.REFUSED: 1}


# -- by HTTP -----------------------------------------------------------------------------------------------------------


def test_a_program_on_this_machine_is_told_what_the_log_says_and_others_that_it_was_refused() -> None:
    reloads = Reloads()
    requests = ReloadRequests(reloads, lambda: True)
    with answering(reloads, REFUSED):
        assert requests.answer(None, HERE).sentence == REFUSED.sentence
        answer = requests.answer(TOKEN, ReloadAsked(False, TOKEN.reveal()))
        assert (answer.status, answer.sentence) == (422, reload_requests.ELSEWHERE)
    with answering(reloads):
        assert requests.answer(TOKEN, HERE).status == 200
        assert requests.answer(TOKEN, ReloadAsked(False, TOKEN.reveal())).status == 200


def test_somebody_with_the_right_is_told_what_the_log_says_and_is_named() -> None:
    reloads, stopping, said = Reloads(), threading.Event(), list[str]()

    def reload(by: str) -> Answer:
        said.append(by)
        return REFUSED

    thread = threading.Thread(target=reloads.forever, args=(reload, stopping))
    thread.start()
    try:
        answer = ReloadRequests(reloads, lambda: True).by_person("lin")
    finally:
        stopping.set()
        thread.join()
    assert (answer.status, answer.sentence, said) == (422, REFUSED.sentence, ["API, lin"])
    assert ReloadRequests(Reloads(), lambda: False).by_person("lin").status == 503


def test_a_reload_knows_by_which_ways_it_was_asked_for_each_once() -> None:
    reloads, stopping, said = Reloads(), threading.Event(), list[str]()
    for by in (BY_TOKEN, BY_SIGNAL, BY_TOKEN, BY_THIS_MACHINE):
        reloads.ask(by)

    def reload(by: str) -> Answer:
        said.append(by)
        stopping.set()
        return TAKEN

    reloads.forever(reload, stopping)
    assert said == ["HTTP from this machine, HTTP with the token, SIGHUP"]


@pytest.mark.parametrize("token", [None, TOKEN], ids=["no token is configured", "another token"])
@pytest.mark.parametrize("sent", ["", "x", TOKEN.reveal()[:-1], TOKEN.reveal() + "x", "密"])
def test_nobody_else_has_anything_read(token: Secret | None, sent: str) -> None:
    reloads = Reloads()
    with answering(reloads) as done:
        assert ReloadRequests(reloads, lambda: True).answer(token, ReloadAsked(False, sent)).status == 401
    assert done == []


def test_so_many_are_taken_in_a_minute_and_wrong_tokens_take_no_place() -> None:
    reloads = Reloads()
    requests = ReloadRequests(reloads, lambda: True)
    with answering(reloads) as done:
        for _ in range(3 * reload_requests.MOST):
            assert requests.answer(TOKEN, ELSEWHERE).status == 401
        found = [requests.answer(TOKEN, HERE) for _ in range(reload_requests.MOST + 1)]
        assert [answer.status for answer in found] == [*[200] * reload_requests.MOST, 429]
        assert found[-1].retry_after > 0
    assert len(done) == reload_requests.MOST


def test_before_the_start_is_over_nothing_is_read_and_later_is_said() -> None:
    answer = ReloadRequests(Reloads(), lambda: False).answer(None, HERE)
    assert (answer.status, answer.retry_after > 0) == (503, True)


def test_a_reload_that_takes_long_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reload_requests, "PATIENCE", 0.0)
    assert ReloadRequests(Reloads(), lambda: True).answer(None, HERE).status == 202


# -- turns and threads -------------------------------------------------------------------------------------------------


def test_an_exchange_waits_for_the_step_under_way_and_holds_the_next_one() -> None:
    turn, said = Turn(), list[str]()
    begun, goes_on = threading.Event(), threading.Event()

    def steps() -> None:
        with turn.step():
            begun.set()
            goes_on.wait(600)
            said.append("first")
        with turn.step():
            said.append("second")

    engine = threading.Thread(target=steps)
    engine.start()
    assert begun.wait(600)
    assert not turn.take(0.0), "the step is under way"
    goes_on.set()
    if turn.take(600):
        said.append("exchange")
        turn.give_back()
    engine.join()
    assert "exchange" in said
    assert [one for one in said if one != "exchange"] == ["first", "second"]
    assert said[0] == "first"


def test_a_step_that_fails_lets_the_next_one_and_an_exchange_go_on() -> None:
    turn = Turn()
    with pytest.raises(ZeroDivisionError), turn.step():
        raise ZeroDivisionError
    assert turn.take(0.0)
    turn.give_back()
    with turn.step():
        assert not turn.take(0.0)


def test_a_thread_waits_for_those_of_its_name_that_were_there_before_and_for_no_others() -> None:
    threads, never, goes_on = Threads(), threading.Event(), threading.Event()
    works, others = threading.Event(), threading.Event()
    threads.start("channel a", lambda: goes_on.wait(600) and None, never)
    before = threads.alive
    threads.start("channel a", works.set, never, before)
    threads.start("channel b", others.set, never, before)
    assert others.wait(600)
    assert not works.is_set()
    goes_on.set()
    assert works.wait(600)


def test_a_thread_that_is_to_end_before_its_turn_comes_does_nothing() -> None:
    threads, never, goes_on, stopping = Threads(), threading.Event(), threading.Event(), threading.Event()
    did = list[str]()
    threads.start("engine", lambda: goes_on.wait(600) and None, never)
    threads.start("engine", lambda: did.append("work"), stopping, threads.alive)
    stopping.set()
    while len(threads.alive) > 1:
        threads.alive[-1].join(0.05)
    goes_on.set()
    assert did == []
