"""Make and read the links that show one customer its own page: signed, and good until they expire.

Pure. The link names the customer, letter for letter; whoever has it needs no login. All of them end when the secret
that signed them is taken out of the configuration.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from monitor.access.signing import Keys, NotSealed, opened, sealed

_PURPOSE = b"tierwatch customer page 1\n"


@dataclass(frozen=True, slots=True)
class CustomerLink:
    """Whose page a link shows, and until when."""

    customer: str
    expires_at: datetime


class LinkRefusal(StrEnum):
    """Why a link shows no customer's page."""

    MALFORMED = "malformed"
    """It is no link of ours, for example because a mail program cut it off."""
    FORGED = "forged"
    """It was changed, is another customer's, or is signed with a secret that is no longer accepted."""
    EXPIRED = "expired"
    """Its days are over."""


def seal_link(link: CustomerLink, keys: Keys) -> str | None:
    """The token of a link; None where the name is too long for one. Expiry is kept in whole seconds."""
    said = {"c": link.customer, "e": int(link.expires_at.timestamp())}
    try:
        return sealed(said, _PURPOSE, keys)
    except UnicodeEncodeError:  # half a character, which no address can hold
        return None


def open_link(token: str, customer: str, now: datetime, keys: Keys) -> CustomerLink | LinkRefusal:
    """The link of a token to the page of *customer* at *now*, or why there is none."""
    said = opened(token, _PURPOSE, keys)
    if isinstance(said, NotSealed):
        return LinkRefusal(said.value)
    try:
        link = CustomerLink(said["c"], datetime.fromtimestamp(said["e"], UTC))
    except (ValueError, TypeError, KeyError, OverflowError, OSError):
        return LinkRefusal.MALFORMED  # signed by us, and yet by another version
    if link.customer != customer:
        return LinkRefusal.FORGED
    return link if now < link.expires_at else LinkRefusal.EXPIRED
