"""Whoever writes a budget otherwise is told every form, and the one that was meant."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text.durations import FORMS, Amount, amount
from monitor.text.near_budgets import near_budget


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("10 min", "10m"), ("4 hours", "4h"), ("4 hrs", "4h"), ("1 day", "1d"), ("1.5h", "1h30m"), ("4H", "4h"),
        ("1 day and 12 hours", "1d12h"), ("4小时", "4h"), ("90 分钟", "1h30m"), ("2 weeks", "14d"), ("0 hours", "0s"),
        ("5 working days", "5wd"), ("5 bd", "5wd"), ("5 workdays", "5wd"),
        ("3 个工作日", "3wd"), ("0 working days", "0wd"),
        ("0.05 percent", "0.05%"), ("0.05 pct", "0.05%"),
        (4, "4 times"), ("4", "4 times"), ("4x", "4 times"), ("4 tmes", "4 times"), ("4 次", "4 times"), (0, "0 times"),
        ("untill agreed", "until agreed"), ("till agreed", "until agreed"), ("UNTIL agreed", "until agreed"),
        ("by the agreed", "until agreed"),
    ],
)  # fmt: skip
def test_what_is_near_is_suggested_and_can_be_read(written: object, meant: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"; did you mean {meant!r}?")):
        amount(written)
    assert amount(meant)


@pytest.mark.parametrize(
    "written", ["ten", "", "soon", None, True, [4], {"h": 4}, "4h-ish", "h4", "1.5 wd", "0.3s", "4 apples"]
)
def test_what_is_near_nothing_is_told_the_forms_alone(written: object) -> None:
    with pytest.raises(ValueError, match=re.escape(f"is not a budget; write {FORMS}") + "$"):
        amount(written)


def test_the_sentence_names_every_form_that_a_budget_has_and_each_can_be_read() -> None:
    named = [one.strip() for inside in re.findall(r"\(([^)]*)\)", FORMS) for one in re.split("[,;]", inside)]
    read = [amount(one.removesuffix(" for the same one")) for one in named]
    for field in fields(Amount):
        assert any(getattr(one, field.name) != getattr(Amount(), field.name) for one in read), field.name


@given(st.text(alphabet="0123456789.%hmdsw xtimeunl分时", max_size=12))
def test_a_suggestion_can_always_be_read(written: str) -> None:
    near = near_budget(written)
    assert not near or _read(near)


def _read(near: str) -> bool:
    """Whether it is a budget, or one that is only too much or nothing (100 %, 0 %)."""
    try:
        amount(near)
    except ValueError as error:
        return "is not a budget" not in str(error)
    return True
