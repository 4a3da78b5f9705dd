"""What is left out of a queue, as values: rows in, what becomes of them out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alerts.decide import queues
from alerts.decide.queues import Folded, QueuedPage, StoredStage
from monitor.alert.alert import Alert, Missed, Reason, Withheld
from monitor.alert.routed import ClockKey
from monitor.model import SubjectKey
from tests.support.cases import at

CLOCK = ClockKey("tickets", "T1", "restore", 1)
WAITS = QueuedPage(1, "A", False, "first", False, 0, False, False, "", None, "first")


def begun(id_: int = 1, **changed: object) -> QueuedPage:
    """A page that waits and says that its alert fires."""
    return WAITS._replace(id=id_, **changed)  # type: ignore[arg-type]


def ended(id_: int = 2, word: str = "restored", **changed: object) -> QueuedPage:
    """A page that waits and says that its alert is over."""
    return WAITS._replace(id=id_, ends=True, word=word, closed_for=word, **changed)  # type: ignore[arg-type]


def closed(page: QueuedPage, word: str = "first") -> QueuedPage:
    return page._replace(closed_at=at(1), closed_for=word, accepted=word not in [why.value for why in Withheld])


def alert(stage: str = "used_75", reason: Reason = Reason.FIRST, ticket: str = "T1") -> Alert:
    labels = {"alertname": "A", "instance": "north", "ticket": ticket, "stage": stage}
    return Alert(
        labels, {"summary": stage}, at(1), reason=reason, subject=SubjectKey("tickets", ticket), target="restore",
        cycle=1, stage=stage,
    )  # fmt: skip


# -- what the receiver knows -------------------------------------------------------------------------------------------


def test_a_receiver_knows_what_was_answered_and_nothing_of_what_was_left_out() -> None:
    assert not queues.known_as_firing([begun()])
    assert queues.known_as_firing([closed(begun())])
    assert queues.known_as_firing([closed(begun(), "refused")]), "it may have had what it refused"
    assert not queues.known_as_firing([closed(begun()), closed(ended())])
    for word in ("nothing_new", "replaced", "digested"):
        assert not queues.known_as_firing([closed(begun(), word)])
    assert queues.known_as_firing([closed(begun()), closed(ended(), "replaced")])


# -- ends of what was never sent ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "unsent", "rows_closed"),
    [
        ([begun(held_by="silenced/s1")], True, (1,)),
        ([begun(held_by="silenced/s1"), begun(2, held_by="grouped/c1")], True, (1, 2)),
        ([closed(begun(), "replaced")], True, ()),
        ([closed(begun(), "digested")], True, ()),
        ([begun()], False, ()),  # it waits: its end follows
        ([begun(held_by="silenced/s1", attempts=1)], False, ()),  # somebody may have heard of it
        ([begun(held_by="silenced/s1", under_way=True)], False, ()),
        ([closed(begun()), begun(2, held_by="silenced/s1")], False, (2,)),  # known from before the silence
        ([closed(begun()), ended(2, under_way=True), closed(begun(3), "replaced")], True, ()),
        ([closed(begun()), ended(2, under_way=True)], False, ()),
    ],
)
def test_the_end_of_what_was_never_sent_is_nothing_new(
    rows: Sequence[QueuedPage], unsent: bool, rows_closed: Sequence[int]
) -> None:
    found = queues.unsent_ends({"A": rows})
    assert found.unsent == (frozenset("A") if unsent else frozenset())
    assert found.closed == rows_closed


@pytest.mark.parametrize(("attempts", "told", "unsent"), [(0, False, True), (1, False, False), (1, True, True)])
def test_an_end_is_sent_where_no_digest_has_told_a_former_end_of_what_was_tried(
    attempts: int, told: bool, unsent: bool
) -> None:
    former = closed(begun(1, attempts=attempts), "digested")._replace(accepted=told)
    found = queues.unsent_ends({"A": [former, begun(2, held_by="silenced/s1")]})
    assert found == queues.UnsentEnds(frozenset("A") if unsent else frozenset(), (2,))


# -- what a worse stage replaces ---------------------------------------------------------------------------------------


def test_a_worse_stage_replaces_the_untried_pages_of_the_lesser_ones() -> None:
    worse = queues.worsened([alert("used_90", Reason.WORSENED), alert("used_75", Reason.FIRST, "T2")])
    assert list(worse) == [CLOCK]
    stages = [
        StoredStage("A", CLOCK, "used_75", True),
        StoredStage(worse[CLOCK].key, CLOCK, "used_90", True),
        StoredStage("B", CLOCK._replace(cycle=2), "used_75", True),
    ]
    others = queues.others(worse, stages)
    assert list(others) == ["A"]
    assert queues.lesser_stages({"A": [begun()]}, others) == [(begun(), "used_90")]


@pytest.mark.parametrize(
    "page",
    [
        begun(critical=True), begun(attempts=1), begun(under_way=True), begun(held_by="silenced/s1"), ended(),
        closed(begun()),
    ],
)  # fmt: skip
def test_a_breach_and_what_somebody_may_have_heard_of_are_not_replaced(page: QueuedPage) -> None:
    assert queues.lesser_stages({"A": [page]}, {"A": alert("used_90", Reason.WORSENED)}) == []


# -- what is over before it could be sent ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "replaced", "over"),
    [
        ([begun(), ended()], (2,), True),
        ([begun(), ended(2, "paused"), begun(3), ended(4)], (2, 3, 4), True),
        ([closed(begun()), begun(2), ended(3)], (2,), False),  # it knows the beginning: the end is sent
        ([begun(), ended(2, "tier_changed")], (1, 2), False),  # another alert fires in its place
        ([begun()], (), False),
        ([ended()], (), False),
        ([begun(), ended(), begun(3)], (), False),  # it fires
        ([begun(under_way=True), ended()], (), False),
        ([begun(held_by="silenced/s1"), ended()], (), False),
    ],
)
def test_what_is_over_is_a_line_of_the_digest(
    rows: Sequence[QueuedPage], replaced: tuple[int, ...], over: bool
) -> None:
    assert queues.fold({"A": rows}) == Folded(replaced, ((rows[0], rows[-1]),) if over else ())


def test_the_digest_is_one_alert_per_channel_and_begins_with_the_first_that_it_holds() -> None:
    first, second = alert().resolve(at(3), Reason.RESTORED), replace(alert(ticket="T2"), starts_at=at(2))
    made = queues.digest([second, first], "phone", at(4))
    assert made.labels == {
        "alertname": "TierwatchMissed", "instance": "north", "receiver": "phone", "severity": "info"
    }  # fmt: skip
    assert (made.starts_at, made.resolved_at, made.reason) == (at(1), at(4), Reason.DIGEST)


def test_a_digest_of_which_all_fires_again_is_empty() -> None:
    assert queues.is_empty(Missed(0, ()))
    assert not queues.is_empty(Missed(1, ()))
    assert not queues.is_empty(None), "what is no digest is never empty"


# -- what is put back --------------------------------------------------------------------------------------------------


def stages(*firing: bool) -> list[StoredStage]:
    """The alerts of one clock, the least severe first: A, B, C."""
    return [StoredStage("ABC"[n], CLOCK, f"used_{n}", fires) for n, fires in enumerate(firing)]


def replaced_pages(keys: str) -> dict[str, list[QueuedPage]]:
    return {key: [closed(begun(ord(key), key=key), "replaced")] for key in keys}


def test_what_gave_way_is_known_by_the_instant_of_its_replacement() -> None:
    pages = replaced_pages("AB") | {"C": [closed(begun(key="C"))]}
    said = [("A", at(0), "used_9"), ("A", at(1), "used_1"), ("B", at(0), "used_2"), ("C", at(1), "used_3")]
    assert queues.gave_way(pages, said) == {"A": "used_1"}


def test_a_lesser_stage_that_still_fires_is_put_back() -> None:
    pages = replaced_pages("A")
    assert list(queues.put_back("B", stages(True, False), pages, {"A": "used_1"})) == pages["A"]
    assert list(queues.put_back("B", stages(False, False), pages, {"A": "used_1"})) == []


def test_a_stage_that_is_over_as_well_passes_it_on_to_what_gave_way_to_it() -> None:
    pages = replaced_pages("AB")
    found = queues.put_back("C", stages(True, False, False), pages, {"A": "used_1", "B": "used_2"})
    assert list(found) == pages["A"]


def test_what_the_receiver_knows_as_firing_is_not_put_back() -> None:
    pages = {"A": [closed(begun(0, key="A")), closed(begun(key="A"), "replaced")]}
    assert list(queues.put_back("B", stages(True, False), pages, {"A": "used_1"})) == []


# -- words and order ---------------------------------------------------------------------------------------------------


def reworded(*waiting: Alert) -> dict[int, Alert]:
    now = replace(alert(), annotations={"summary": "now"}, reason=Reason.REWORDED)
    return queues.reworded(dict(enumerate(waiting, start=1)), now)


def test_a_page_that_waits_says_what_is_so_now_for_its_own_reason() -> None:
    again = reworded(alert(reason=Reason.WORSENED))
    assert again[1].annotations == {"summary": "now", "reason": "worsened"}
    for its_own in (Reason.ESCALATED, Reason.ACK_ENDED, Reason.REPEAT_DUE):
        assert reworded(alert(reason=its_own)) == {}


def test_what_waits_of_an_earlier_life_keeps_its_words() -> None:
    over = alert().resolve(at(2), Reason.PAUSED)
    assert list(reworded(alert(), alert(reason=Reason.WORSENED))) == [1, 2]
    assert list(reworded(alert(), over)) == []
    assert list(reworded(over, alert(reason=Reason.RESUMED))) == [2]
    assert list(reworded(alert(), over, alert(), over, alert(reason=Reason.RESUMED))) == [5]


def test_an_end_goes_after_what_fires_in_its_place() -> None:
    fires, over = alert("used_90"), alert().resolve(at(2), Reason.WORSENED)
    assert queues.goes_after([fires, over]) == {over.key: fires.key}
    assert queues.goes_after([over, fires]) == {}, "what fires is named first"
    assert queues.goes_after([replace(fires, subject=None), replace(over, subject=None)]) == {}
    wave, older = (replace(one, subject=None, cause_key="#c1") for one in (fires, over))
    assert queues.goes_after([wave, older]) == {older.key: wave.key}


# -- a queue over time -------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Queue:
    """One receiver's queue of the stages of one clock, in the simplest way that keeps to the rules."""

    rows: list[QueuedPage] = field(default_factory=list)
    fires: dict[str, bool] = field(default_factory=dict)
    replaced_by: list[tuple[str, datetime, str]] = field(default_factory=list)
    heard: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    """What the receiver took: by alert, whether it fired in each page."""

    time: int = 0

    def pages(self, keys: Sequence[str]) -> dict[str, list[QueuedPage]]:
        found: dict[str, list[QueuedPage]] = defaultdict(list)
        for row in self.rows:
            if row.key in keys:
                found[row.key].append(row)
        return found

    def close(self, id_: int, word: str, accepted: bool = False) -> None:
        self.write(id_, closed_at=at(self.time), closed_for=word, accepted=accepted, under_way=False)

    def write(self, id_: int, **changed: object) -> None:
        place = next(n for n, row in enumerate(self.rows) if row.id == id_)
        self.rows[place] = self.rows[place]._replace(**changed)  # type: ignore[arg-type]

    def change(self, key: str) -> None:
        """The alert fires if it was over, and is over if it fired; a worse one replaces the lesser ones' pages."""
        self.time += 1
        fires = self.fires[key] = not self.fires.get(key, False)
        if not fires:
            ends = queues.unsent_ends(self.pages([key]))
            for id_ in ends.closed:
                self.close(id_, "nothing_new")
            if key in ends.unsent:
                return
        word = "worsened" if fires else "restored"
        page = QueuedPage(len(self.rows), key, not fires, word, False, 0, False, False, "", None, word)
        self.rows.append(page)
        if fires:
            worse = alert(key, Reason.WORSENED)
            lesser = [other for other in self.fires if other < key]
            for row, stage in queues.lesser_stages(self.pages(lesser), dict.fromkeys(lesser, worse)):
                self.close(row.id, "replaced")
                self.replaced_by.append((row.key, at(self.time), stage))
        else:
            self.fold([key])

    def fold(self, keys: Sequence[str]) -> None:
        folded = queues.fold(self.pages(keys))
        for id_ in folded.replaced:
            self.close(id_, "replaced")
        for first, _ in folded.over:
            self.close(first.id, "digested")
        over = {first.key for first, _ in folded.over}
        known = [StoredStage(key, CLOCK, key, fires) for key, fires in sorted(self.fires.items())]
        pages = self.pages(list(self.fires))
        for row in list(queues.put_back(over, known, pages, queues.gave_way(pages, self.replaced_by))):
            self.write(row.id, closed_at=None, closed_for=row.word)

    def send(self) -> None:
        """The oldest page of each alert that waits goes out."""
        for mine in self.pages(list(self.fires)).values():
            waiting = [row for row in mine if row.open]
            if waiting:
                self.write(waiting[0].id, under_way=True)

    def answer(self, accepted: bool) -> None:
        self.time += 1
        for row in [row for row in self.rows if row.under_way]:
            if accepted:
                self.close(row.id, row.word, accepted=True)
                self.heard[row.key].append(not row.ends)
            else:
                self.write(row.id, under_way=False, attempts=row.attempts + 1)
                self.fold([row.key])


@given(st.lists(st.sampled_from(["A", "B", "C", "send", "took", "failed"]), max_size=30))
@example(["A", "send", "A", "A", "A", "B"])  # a worse stage comes while an end waits behind a second beginning
@example(["A", "send", "A", "A", "B", "A"])  # an end waits, what began after it was replaced, and ends again
@example(["A", "send", "took", "A", "A", "B", "B"])  # what began after a waiting end was replaced by what is over
def test_in_the_end_the_receiver_knows_what_is_so(steps: list[str]) -> None:
    queue = Queue()
    for step in steps:
        if step == "send":
            queue.send()
        elif step in ("took", "failed"):
            queue.answer(accepted=step == "took")
        else:
            queue.change(step)
    for _ in range(2 * len(steps) + 1):  # the receiver is back: everything goes out
        queue.send()
        queue.answer(accepted=True)
    assert not any(row.open for row in queue.rows)
    for key, fires in queue.fires.items():
        heard = queue.heard[key]
        assert (False, False) not in pairwise(heard), "no end twice"
        if fires:
            gave_way = queues.gave_way(queue.pages(list(queue.fires)), queue.replaced_by)
            assert (heard and heard[-1]) or replaced_by_what_was_sent(queue, gave_way, key), "what fires was sent"
        else:
            assert not heard or not heard[-1], "what is over is not known as firing"


def replaced_by_what_was_sent(queue: Queue, gave_way: dict[str, str], key: str) -> bool:
    """Whether a worse stage was sent in the place of the alert."""
    while key in gave_way:
        key = gave_way[key]
        if queue.heard[key] and queue.heard[key][0]:
            return True
    return False
