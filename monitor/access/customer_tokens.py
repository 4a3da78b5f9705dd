"""Sign the link of a customer, and read one: nobody makes a link without the secret of the configuration.

Pure. A link is ID.SIGNATURE, an HMAC-SHA-256 over everything that the link stands for; whose it is and until when
stands in the store, where it can be revoked.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from datetime import datetime

_PURPOSE = b"tierwatch customer link 1\n"  # a signature of something else is not one of these


def sign_customer_link(name: str, customer: str, expires_at: datetime, secret: str) -> str:
    """The last part of the address, in letters that need no escaping."""
    said = "\n".join((name, expires_at.isoformat(), customer))
    return f"{name}.{hmac.digest(secret.encode(), _PURPOSE + said.encode('utf-8', 'replace'), 'sha256').hex()}"


def customer_link_is_ours(word: str, name: str, customer: str, expires_at: datetime, secrets: Iterable[str]) -> bool:
    """Whether a link was signed with one of the *secrets* for exactly this."""
    sent = word.encode("utf-8", "replace")
    ours = [sign_customer_link(name, customer, expires_at, secret).encode() for secret in secrets]
    return any([hmac.compare_digest(one, sent) for one in ours])
