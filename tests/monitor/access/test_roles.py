from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.access import Principal, Right, Role, may, sees
from monitor.access.roles import RIGHTS

PAGE = Path(__file__).parents[3] / "docs" / "access.md"

PRINCIPALS = st.builds(
    Principal,
    name=st.just("li.na"),
    roles=st.frozensets(st.sampled_from(Role)),
    scopes=st.none() | st.frozensets(st.sampled_from(Right)),
    customer=st.none() | st.sampled_from(["", "Bank A", "Bank B"]),
)
"""Everybody that there can be, with two customers."""


def table() -> dict[Role, frozenset[Right]]:
    """The table of the page."""
    head, _, *rows = re.findall(r"(?m)^\|.*$", PAGE.read_text(encoding="utf-8"))
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in (head, *rows)]
    roles = [Role(name) for name in cells[0][2:]]
    found: dict[Role, set[Right]] = {role: set() for role in roles}
    for row in cells[1:]:
        for role, word in zip(roles, row[2:], strict=True):
            assert word in ("yes", "")
            if word:
                found[role].add(Right(row[0].strip("`")))
    return {role: frozenset(rights) for role, rights in found.items()}


def test_the_page_shows_the_table_of_the_code() -> None:
    assert table() == RIGHTS
    assert set(RIGHTS) == set(Role)


def test_every_right_is_on_the_page() -> None:
    assert re.findall(r"(?m)^\| `(\w+)`", PAGE.read_text(encoding="utf-8")) == [right.value for right in Right]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.CUSTOMER])
def test_a_role_may_what_the_table_says(role: Role) -> None:
    principal = Principal("li.na", frozenset({role}))
    assert {right for right in Right if may(principal, right)} == RIGHTS[role]


@given(PRINCIPALS, st.sampled_from(Right))
def test_scopes_only_ever_take_away(principal: Principal, right: Right) -> None:
    whole = Principal(principal.name, principal.roles, None, principal.customer)
    if may(principal, right):
        assert may(whole, right)
        assert principal.scopes is None or right in principal.scopes


@given(PRINCIPALS, st.sampled_from(Right))
def test_a_customer_has_no_right_but_its_own(principal: Principal, right: Right) -> None:
    if (Role.CUSTOMER in principal.roles or principal.customer is not None) and may(principal, right):
        assert right is Right.READ_OWN
        assert principal.customer


@given(PRINCIPALS, st.sampled_from(["Bank A", "Bank B", ""]))
def test_nobody_sees_another_customer(principal: Principal, customer: str) -> None:
    if sees(principal, customer) and not may(principal, Right.READ):
        assert customer == principal.customer != ""


def test_a_customer_sees_its_own() -> None:
    mine = Principal("portal", frozenset({Role.CUSTOMER}), None, "Bank A")
    assert sees(mine, "Bank A")
    assert not sees(mine, "bank a")


def test_the_role_customer_without_a_customer_sees_nothing() -> None:
    lost = Principal("portal", frozenset({Role.CUSTOMER, Role.ADMIN}))
    assert not any(may(lost, right) for right in Right)


def test_who_has_no_role_may_nothing() -> None:
    assert not any(may(Principal("li.na", frozenset()), right) for right in Right)
