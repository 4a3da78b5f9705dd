"""Say who may do what: roles, rights, and the one table between them.

Pure. The web page, the API and the commands ask `may`; nothing else in the tree decides it. Who somebody is was found
out before: a `Principal` is the result of a login, not a claim.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What somebody is in this operator's house; one person may have several."""

    VIEWER = "viewer"
    """Reads clocks, circuits, causes and reports, without the names of people."""
    NOC = "noc"
    """Works a shift: reads everything, acknowledges, silences, and sorts out what a source sent wrongly."""
    SLA_MANAGER = "sla_manager"
    """Answers for the figures: reads everything, corrects histories, retires subjects, has rules read again."""
    NETWORK_HEAD = "network_head"
    """Heads the network's operation: what a NOC may, and retires subjects and subscribes programs."""
    CUSTOMER_HEAD = "customer_head"
    """Heads the customers' side: reads everything, names of people too, and changes nothing."""
    CUSTOMER = "customer"
    """One customer: reads what is its own, and nothing else."""
    ADMIN = "admin"
    """Looks after the installation: may do everything."""


class Right(StrEnum):
    """What may be done."""

    READ = "read"
    """See clocks, circuits, causes, sources and reports of every customer."""
    READ_OWN = "read_own"
    """See the circuits, clocks and planned work of one customer."""
    READ_PEOPLE = "read_people"
    """See who is on duty and who was paged."""
    ACKNOWLEDGE = "acknowledge"
    """Acknowledge an alert."""
    SILENCE = "silence"
    """Add a silence or end one."""
    CORRECT = "correct"
    """Correct the history of a subject."""
    RETIRE = "retire"
    """Say that a subject is gone for good."""
    QUARANTINE = "quarantine"
    """Retry or drop records that were set aside."""
    RELOAD = "reload"
    """Have the configuration read again."""
    SUBSCRIBE = "subscribe"
    """Have a program notified of violations."""
    ADMINISTER = "administer"
    """Make accounts and tokens, and end them."""


class LoggedInBy(StrEnum):
    """How it is known who somebody is."""

    PASSWORD = "password"
    """An account of this installation, with its password."""
    OIDC = "oidc"
    """The identity provider that the configuration names."""
    PROXY = "proxy"
    """A header that a proxy set which the configuration trusts."""
    TOKEN = "token"
    """A token for programs."""
    NOBODY = "nobody"
    """Nobody logged in; reading is open to whoever asks from there."""


_READS = frozenset({Right.READ, Right.READ_OWN})
_SHIFT = _READS | {Right.READ_PEOPLE, Right.ACKNOWLEDGE, Right.SILENCE, Right.QUARANTINE}

RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.VIEWER: _READS,
    Role.NOC: _SHIFT,
    Role.SLA_MANAGER: _SHIFT | {Right.CORRECT, Right.RETIRE, Right.RELOAD},
    Role.NETWORK_HEAD: _SHIFT | {Right.RETIRE, Right.SUBSCRIBE},
    Role.CUSTOMER_HEAD: _READS | {Right.READ_PEOPLE},
    Role.CUSTOMER: frozenset({Right.READ_OWN}),
    Role.ADMIN: frozenset(Right),
}
"""The rights of each role. `docs/access.md` shows this table; a test compares both."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. With *scopes* only those rights are left; with a *customer* only what is this customer's own."""

    name: str
    roles: frozenset[Role]
    scopes: frozenset[Right] | None = None
    customer: str | None = None
    by: LoggedInBy = LoggedInBy.NOBODY


def may(principal: Principal, right: Right) -> bool:
    """Whether somebody has a right: one of the roles has it, and the scopes, if there are any, leave it.

    The role `customer` and the name of a customer bound each other: whoever has one of them sees what is the
    customer's own at most, whatever other roles say, and nothing where the name is missing.
    """
    bounded = principal.customer is not None or Role.CUSTOMER in principal.roles
    if bounded and (right is not Right.READ_OWN or not principal.customer):
        return False
    if principal.scopes is not None and right not in principal.scopes:
        return False
    return any(right in RIGHTS[role] for role in principal.roles)


def sees(principal: Principal, customer: str) -> bool:
    """Whether somebody may see what is this customer's."""
    if may(principal, Right.READ):
        return True
    return may(principal, Right.READ_OWN) and principal.customer == customer
