"""`access:` in the configuration: what is taken, and each thing that cannot be meant."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from monitor.access import Role
from monitor.config import Reading
from tests.support.configurations import good, refused

OIDC = "issuer: https://login.example.com/realms/noc, client_id: tierwatch"
URL = "page_url: https://sla.example\n"

_BAD = [
    ("access: {session_idle: 30s}\n", "is shorter than a minute"),
    ("access: {reading: nobody}\n", "nobody"),
    (f"{URL}access: {{oidc: {{{OIDC}}}}}\n", "gives no group a role"),
    (f"access: {{oidc: {{{OIDC}, roles: {{noc: noc}}}}}}\n", "there is none; add page_url"),
    (f"{URL}access: {{oidc: {{issuer: http://login.example.com, client_id: a, roles: {{noc: noc}}}}}}\n", "https://"),
    (f"{URL}access: {{oidc: {{issuer: 'https://a@x.example', client_id: a, roles: {{n: noc}}}}}}\n", "a user, a query"),
    (f"{URL}access: {{oidc: {{{OIDC}, roles: {{noc: nok}}}}}}\n", "did you mean 'noc'?"),
    (f"{URL}access: {{oidc: {{{OIDC}, roles: {{noc: []}}}}}}\n", "is no role and no list of roles"),
    ("access: {proxy: {peers: [], roles: {noc: noc}}}\n", "trusts no address"),
    ("access: {proxy: {peers: [proxy.example], roles: {noc: noc}}}\n", "is not an address or a network"),
    ("access: {proxy: {peers: [10.0.0.5], roles: {noc: noc}, user_header: 'X Person'}}\n", "the name of a header"),
]
BAD = [("instance: north\n", f"instance: north\n{new}", said) for new, said in _BAD]
"""What stands in the place of what, and what the refusal says."""


def changed(new: str) -> tuple[str, str]:
    return "instance: north\n", f"instance: north\n{new}"


@pytest.mark.parametrize(("old", "new", "said"), BAD)
def test_what_cannot_be_meant_is_refused(folder: Path, old: str, new: str, said: str) -> None:
    assert said in refused(folder, (old, new))


def test_without_access_nothing_is_asked_for(folder: Path) -> None:
    assert good(folder).access is None


def test_what_is_left_out_is_careful(folder: Path) -> None:
    access = good(folder, changed("access: {}\n")).access
    assert access is not None
    assert (access.reading, access.session_idle, access.session_longest) == (
        Reading.THIS_MACHINE, timedelta(hours=8), timedelta(hours=24),
    )  # fmt: skip


def test_a_group_has_a_role_or_several(folder: Path) -> None:
    roles = "{noc: noc, heads: [network_head, sla_manager]}"
    access = good(folder, changed(f"{URL}access: {{oidc: {{{OIDC}, roles: {roles}}}}}\n")).access
    assert access is not None
    assert access.oidc is not None
    assert access.oidc.roles == {"noc": (Role.NOC,), "heads": (Role.NETWORK_HEAD, Role.SLA_MANAGER)}


@pytest.mark.parametrize(
    ("listen", "access", "open_"),
    [
        ("127.0.0.1:1", "", False), ("'[::1]:1'", "", False), ("localhost:1", "", False),
        ("0.0.0.0:1", "", True), ("'[::]:1'", "", True), ("noc.example:1", "", True),
        ("0.0.0.0:1", "access: {}\n", False), ("0.0.0.0:1", "access: {reading: login}\n", False),
        ("0.0.0.0:1", "access: {reading: everybody}\n", True),
    ],
)  # fmt: skip
def test_that_everybody_reads_is_said(folder: Path, listen: str, access: str, open_: bool) -> None:
    notices = good(folder, changed(f"listen: {listen}\n{access}")).notices
    assert any("reads everything without a login" in notice for notice in notices) is open_
