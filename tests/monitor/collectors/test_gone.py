from __future__ import annotations

import json
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.collectors._gone import FEW, WITHIN, Gone, Missing, after_answers, after_list, seen_again
from tests.support.collecting import NOW

MINUTE = timedelta(minutes=1)
HUNDRED = [f"C{number}" for number in range(100)]


def test_absent_from_two_whole_lists_is_gone_since_the_first() -> None:
    first = after_list(Gone(), ["C1", "C2"], ["C2"], NOW, None)
    assert (first.retired, first.gone.missing) == ({}, {"C1": Missing(NOW, 1)})
    second = after_list(first.gone, ["C1", "C2"], ["C2"], NOW + MINUTE, None)
    assert second.retired == {"C1": NOW}
    assert (second.gone.missing, second.gone.retired) == ({}, {"C1": NOW})
    assert after_list(second.gone, ["C1", "C2"], ["C2"], NOW + 2 * MINUTE, None).retired == {}, "it is gone once"


def test_what_was_absent_once_begins_anew_when_it_is_listed() -> None:
    once = after_list(Gone(), ["C1", "C2"], ["C2"], NOW, None).gone
    back = after_list(once, ["C1", "C2"], ["C1", "C2"], NOW + MINUTE, None).gone
    assert after_list(back, ["C1", "C2"], ["C2"], NOW + 2 * MINUTE, None).retired == {}


def test_a_few_may_go_at_once_and_more_than_a_tenth_may_not() -> None:
    for number in range(1, 30):
        gone = Gone()
        for step in range(2):
            judged = after_list(gone, HUNDRED, HUNDRED[number:], NOW + step * MINUTE, None)
            gone = judged.gone
        assert len(judged.retired) == (number if number <= 10 else 0), number
        assert judged.held == (0 if number <= 10 else number), number
    six = [f"C{number}" for number in range(FEW + 1)]
    gone = after_list(Gone(), six, six[FEW:], NOW, None).gone
    assert len(after_list(gone, six, six[FEW:], NOW + MINUTE, None).retired) == FEW, "a short list may lose a few"
    assert after_list(Gone(), [*six, "C9"], ["C9"], NOW, None).held == FEW + 1


def test_a_list_that_crumbles_is_held_and_one_that_loses_a_few_a_day_is_not() -> None:
    def lose(each: int, every: timedelta) -> tuple[int, bool]:
        gone, now, retired = Gone(), NOW, 0
        for step in range(1, 8):
            for _ in range(2):
                judged = after_list(gone, HUNDRED, HUNDRED[each * step :], now, None)
                gone, retired, now = judged.gone, retired + len(judged.retired), now + MINUTE
                if judged.held:
                    return retired, True
            now += every
        return retired, False

    assert lose(4, MINUTE) == (8, True)
    assert lose(4, WITHIN) == (28, False)


def test_a_loss_that_is_accepted_goes_and_the_next_one_is_held_again() -> None:
    left = HUNDRED[50:]
    held = after_list(Gone(), HUNDRED, left, NOW, None)
    assert (held.held, held.gone.held_since) == (50, NOW)
    old = after_list(held.gone, HUNDRED, left, NOW + MINUTE, NOW - MINUTE)
    assert old.held == 50, "what was accepted before is good for no later loss"
    accepted = after_list(old.gone, HUNDRED, left, NOW + 3 * MINUTE, NOW + 2 * MINUTE)
    assert (len(accepted.retired), accepted.held, accepted.gone.held_since) == (50, 0, None)
    again = after_list(accepted.gone, left, left[20:], NOW + 4 * MINUTE, NOW + 2 * MINUTE)
    assert again.held == 20
    one = after_list(accepted.gone, left, left[1:], NOW + 4 * MINUTE, NOW + 2 * MINUTE)
    assert one.held == 0, "what somebody accepted does not count against what follows"


def test_a_list_that_is_whole_again_ends_what_is_held() -> None:
    held = after_list(Gone(), HUNDRED, HUNDRED[50:], NOW, None).gone
    whole = after_list(held, HUNDRED, HUNDRED, NOW + MINUTE, None)
    assert (whole.held, whole.gone) == (0, Gone())


def test_no_ticket_of_that_name_twice_and_not_there_in_between() -> None:
    once = after_answers(Gone(), ["T1", "T2"], [], NOW)
    there = after_answers(once.gone, ["T1"], ["T2"], NOW + MINUTE)
    assert there.retired == {"T1": NOW}
    assert after_answers(there.gone, ["T2"], [], NOW + 2 * MINUTE).retired == {}


def test_answers_about_one_do_not_act_on_what_a_list_holds_back() -> None:
    gone = Gone()
    for step in range(3):
        gone = after_list(gone, HUNDRED, HUNDRED[50:], NOW + step * MINUTE, None).gone
    assert after_answers(gone, ["C99"], ["C98"], NOW + 4 * MINUTE).retired == {}


def test_what_is_shown_again_is_remembered_no_longer() -> None:
    gone, back = seen_again(Gone(retired={"C1": NOW, "C2": NOW}), ["C2", "C3"])
    assert (dict(gone.retired), dict(back)) == ({"C1": NOW}, {"C2": NOW})


INSTANTS = st.integers(0, 10**9).map(lambda seconds: NOW + timedelta(milliseconds=seconds))


@given(
    st.builds(
        Gone,
        st.dictionaries(st.text(), st.builds(Missing, INSTANTS, st.integers(1, 3))),
        st.dictionaries(st.text(), INSTANTS),
        st.none() | INSTANTS,
        st.lists(INSTANTS).map(tuple),
    )
)
def test_a_position_holds_all_of_it(gone: Gone) -> None:
    assert Gone.of(json.loads(json.dumps(gone.position))) == gone


@given(st.sets(st.integers(0, 99)), st.lists(st.sets(st.integers(0, 99)), max_size=8))
def test_nobody_is_gone_who_is_listed_and_nobody_after_one_list(first: set[int], more: list[set[int]]) -> None:
    gone, before = Gone(), set[str]()
    for number, listed in enumerate([first, *more]):
        names = {f"C{one}" for one in listed}
        judged = after_list(gone, HUNDRED, names, NOW + number * MINUTE, None)
        assert not set(judged.retired) & (names | before)
        gone, before = judged.gone, names
