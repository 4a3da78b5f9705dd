"""Say which carrier sent a mail, by the senders that the configuration believes.

Pure. Anybody can write any From. So where the operator's own mail server records what it found (Authentication-Results,
RFC 8601), its word can be demanded: DMARC or DKIM for the domain of the sender, or SPF for it. Of those headers only
the topmost one that names that server counts; servers put theirs on top.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.errors import MessageError
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import getaddresses

_HEADERS = 256 * 1024
"""Bytes of a mail that are searched for its headers."""
_ADDRESS = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9.-]{1,253}")
_COMMENT = re.compile(r"\([^()]*\)")
_PASSED = re.compile(r"(dmarc|dkim|spf)\s*=\s*pass\b(.*)", re.IGNORECASE | re.DOTALL)
_DOMAINS = {
    "dmarc": re.compile(r"\bheader\.from\s*=\s*\"?(?:[^\s;\"@]*@)?([a-z0-9.-]+)", re.IGNORECASE),
    "dkim": re.compile(r"\bheader\.(?:d|i)\s*=\s*\"?(?:[^\s;\"@]*@)?([a-z0-9.-]+)", re.IGNORECASE),
    "spf": re.compile(r"\bsmtp\.mailfrom\s*=\s*\"?(?:[^\s;\"@]*@)?([a-z0-9.-]+)", re.IGNORECASE),
}


class NotBelievedError(ValueError):
    """A mail of which nobody that is believed is the sender; the text is part of a sentence."""


def carrier_of(mail: bytes, senders: Mapping[str, str], authenticated_by: str = "") -> str:
    """The carrier that sent *mail*; *senders* are addresses, or `@domain`, to carriers. Raises NotBelievedError."""
    headers = headers_of(mail)
    said = headers.get_all("From") or []
    addresses = [address.lower() for _, address in getaddresses([str(one)[:2000] for one in said])]
    if len(said) != 1 or len(addresses) != 1 or not _ADDRESS.fullmatch(addresses[0]):
        raise NotBelievedError("it does not name one sender in From")
    address = addresses[0]
    domain = address.rpartition("@")[2]
    carrier = senders.get(address) or senders.get(f"@{domain}")
    if carrier is None:
        raise NotBelievedError(f"{address} is not among the `senders` that are believed")
    if authenticated_by and not _authenticated(headers, domain, authenticated_by):
        raise NotBelievedError(f"{authenticated_by} does not say by DMARC, DKIM or SPF that it comes from {domain}")
    return carrier


def headers_of(mail: bytes) -> Message:
    """The headers of a mail, of which no more than 256 KiB are read."""
    try:
        return BytesHeaderParser(policy=compat32).parsebytes(mail[:_HEADERS])
    except (MessageError, ValueError, LookupError, RecursionError):
        return Message()


def _authenticated(headers: Message, domain: str, server: str) -> bool:
    for said in headers.get_all("Authentication-Results") or []:
        text = str(said)[:10_000]
        for _ in range(5):  # comments may stand in comments
            text = _COMMENT.sub(" ", text)
        name, *results = text.split(";")
        if name.split()[:1] != [server]:
            continue
        for result in results:
            passed = _PASSED.match(result.strip())
            if passed is not None:
                found = _DOMAINS[passed[1].lower()].search(passed[2])
                if found is not None and _aligned(domain, found[1].lower()):
                    return True
        return False
    return False


def _aligned(domain: str, proven: str) -> bool:
    """Whether what is proven is the domain of the sender, or one that it is part of; never a bare top-level domain."""
    return domain == proven or ("." in proven.strip(".") and domain.endswith(f".{proven}"))
