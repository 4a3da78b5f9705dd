from __future__ import annotations

import logging
from typing import Any

import pytest
import structlog

from monitor.log.once_a_minute import EVERY, MOST_CAUSES, MOST_PER_EVENT, OnceAMinute


class Clock:
    """Seconds that a test counts."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sparing(clock: Clock) -> OnceAMinute:
    return OnceAMinute(clock)


def said(sparing: OnceAMinute, method: str = "warning", **event: Any) -> dict[str, Any] | None:
    """What becomes of a line."""
    try:
        return dict(sparing(None, method, {"event": "poll_failed", **event}))
    except structlog.DropEvent:
        return None


def test_one_cause_is_said_once_a_minute_with_how_often_it_came(sparing: OnceAMinute, clock: Clock) -> None:
    lines = []
    for second in range(130):
        clock.now = float(second)
        lines.append(said(sparing, source="corp", next_try=f"{second}"))
    assert [line["next_try"] for line in lines if line] == ["0", "60", "120"]
    assert [line.get("repeated") for line in lines if line] == [None, 59, 59]


def test_another_cause_is_said_at_once(sparing: OnceAMinute) -> None:
    assert said(sparing, source="corp", error="401")
    assert said(sparing, source="corp", error="503")
    assert said(sparing, source="other", error="401")
    assert said(sparing, source="corp", error="401") is None


def test_what_is_said_for_information_is_never_withheld(sparing: OnceAMinute) -> None:
    assert all(said(sparing, "info", alert="a") for _ in range(500))


def test_one_event_with_ever_new_causes_is_bounded_too(sparing: OnceAMinute, clock: Clock) -> None:
    lines = [said(sparing, error=str(number)) for number in range(5000)]
    assert len([line for line in lines if line]) == MOST_PER_EVENT
    assert len(sparing._causes) <= MOST_CAUSES
    clock.now = EVERY.total_seconds()
    assert said(sparing, error="another")


def test_a_crash_of_another_kind_is_another_cause(sparing: OnceAMinute) -> None:
    def crashed(error: Exception) -> dict[str, Any] | None:
        try:
            raise error
        except Exception:
            return said(sparing, "exception", exc_info=True)

    assert crashed(ValueError())
    assert crashed(ValueError()) is None
    assert crashed(KeyError())


def test_lines_of_other_libraries_are_spared_by_their_sentence(sparing: OnceAMinute, clock: Clock) -> None:
    def line(number: int) -> logging.LogRecord:
        return logging.LogRecord("uvicorn.error", logging.WARNING, "", 1, "bad request %d", (number,), None)

    passed = [record for record in (line(number) for number in range(10)) if sparing.filter(record)]
    assert [record.getMessage() for record in passed] == ["bad request 0"]
    clock.now = EVERY.total_seconds()
    again = line(10)
    assert sparing.filter(again)
    assert again.getMessage() == "bad request 10 (repeated 9 times)"
