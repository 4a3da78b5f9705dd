"""What of a source is not stored: nothing that a clock, a page or a call needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.configurations import good, refused

OPTIONS = ("    every: 20s\n", "    every: 20s\n    {}\n")


def with_keys(keys: str) -> tuple[str, str]:
    return OPTIONS[0], OPTIONS[1].format(keys)


def test_everything_is_stored_unless_it_is_left_out(tmp_path: Path) -> None:
    tickets, circuits = good(tmp_path).sources
    assert (tickets.leave_out, tickets.keep_raw) == (frozenset(), True)
    assert (circuits.leave_out, circuits.keep_raw) == (frozenset(), True)


def test_a_field_that_is_left_out_is_in_no_raw_record_either(tmp_path: Path) -> None:
    (tickets, _) = good(tmp_path, with_keys("leave_out: [title, caller]")).sources
    assert (tickets.leave_out, tickets.keep_raw) == (frozenset({"title", "caller"}), False)
    (tickets, _) = good(tmp_path, with_keys("keep_raw: false")).sources
    assert (tickets.leave_out, tickets.keep_raw) == (frozenset(), False)


@pytest.mark.parametrize(
    ("field", "needed"),
    [("tier", "tier"), ("group", "team"), ("customer", "customer"), ("circuit", "circuit"), ("detected", "detected")],
)
def test_a_field_that_something_is_judged_by_is_refused(tmp_path: Path, field: str, needed: str) -> None:
    """`group` is read as the team by the mapping of this configuration."""
    sentence = refused(tmp_path, with_keys(f"leave_out: [title, {field}]"))
    assert sentence.startswith("tierwatch.yml:")
    assert f"{field!r} is read as {needed}, by which clocks are judged and people are called" in sentence


def test_what_no_attribute_is_read_from_any_more_may_be_left_out(tmp_path: Path) -> None:
    (tickets, _) = good(tmp_path, with_keys("leave_out: [team, url]")).sources
    assert tickets.leave_out == {"team", "url"}
