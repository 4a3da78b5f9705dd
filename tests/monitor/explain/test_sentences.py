"""Every word that code can put at the end of an id has its message: no reader is shown an id."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from exporters.web import wording
from monitor.alert import Reason, Withheld
from monitor.explain import alert_sentences, sentences
from monitor.explain.deadline_history import Moved
from monitor.explain.explanation import CauseKind, InstantName, IntervalKind
from monitor.history import INSTANTS
from monitor.messages import LANGUAGES, Message, message, text
from monitor.model import CircuitState, DayEnd, Period, RetiredBy, State, SubjectKind
from monitor.worktime import StretchKind


def families() -> Iterator[Message]:
    """Every message whose id code puts together."""
    dashed = sentences.dashed
    yield from (sentences.kind(kind) for kind in IntervalKind)
    yield from (message(f"explain-cause-{cause}") for cause in CauseKind if cause is not CauseKind.STATUS)
    yield from (sentences.named(InstantName(name, None)) for name in INSTANTS)
    for state in State:
        yield from (sentences.state(state), message(f"explain-standing-{dashed(state)}"))
    yield from (message(f"explain-moved-{moved}") for moved in (*Moved, "corrected"))
    yield from (
        message(f"explain-stretch-{dashed(kind)}", days=1) for kind in StretchKind if kind is not StretchKind.COUNTED
    )
    yield from (message(f"explain-period-{period}") for period in Period)
    yield from (message(f"explain-end-{dashed(end)}") for end in DayEnd if end is not DayEnd.SAME_TIME)
    yield from (message(f"explain-weekday-{day}") for day in range(1, 8))
    yield from (sentences.subject(kind) for kind in SubjectKind)
    for circuit in CircuitState:
        yield from (wording.circuit_state(circuit), message(f"explain-circuit-{circuit}"))
    yield from (message(f"explain-retired-by-{dashed(by)}") for by in RetiredBy)
    yield from (message(f"explain-reason-{dashed(reason)}") for reason in Reason)
    yield from (message(f"explain-withheld-{dashed(word)}") for word in Withheld)
    yield from (message(f"explain-unsent-{dashed(word)}") for word in alert_sentences.UNSENT)
    yield from (message(f"explain-way-{way}") for way in ("link", "api", "command-line"))
    yield from alert_sentences.WHY.values()
    yield from (message(f"explain-called-{word}") for word in ("share", "spaced", "holder"))
    yield from (message(f"explain-alert-{state}") for state in ("firing", "resolved"))
    yield from (message(f"page-age-{unit}", n=1) for unit in ("days", "hours", "minutes", "seconds"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_id_that_is_put_together_has_a_message(language: str) -> None:
    assert [one.id for one in families() if text(one, language) == one.id] == []


def test_a_word_that_nobody_listed_is_shown_as_it_is() -> None:
    assert alert_sentences.reason("of_another_version") == "of_another_version"
    assert alert_sentences.way("pigeon") == "pigeon"
    assert alert_sentences.unsent("why_not") == "why_not"
