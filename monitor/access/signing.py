"""Sign what a link says, so that whoever brings it back can have changed nothing of it.

Pure. A token is base64url(payload).base64url(HMAC-SHA-256 of a purpose and that text); both are compared as they are
written, so that no character of a token can be another one. A token of one purpose is none of another. It hides
nothing: whoever has it can read it.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

LONGEST = 1000
"""A longer token is none of ours."""

SHORTEST_SECRET = 32
"""Bytes."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The secret that signs, and the one before it, which is still accepted while links made with it are about."""

    current: bytes = field(repr=False)
    previous: bytes | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if any(len(key) < SHORTEST_SECRET for key in self.all()):
            raise ValueError(f"a secret for links is shorter than {SHORTEST_SECRET} bytes; make a longer one")

    def all(self) -> Iterator[bytes]:
        yield self.current
        if self.previous is not None:
            yield self.previous


class NotSealed(StrEnum):
    """Why a token says nothing."""

    MALFORMED = "malformed"
    """It is no token, for example because a mail program cut it off."""
    FORGED = "forged"
    """It was changed, or is signed with a secret that is no longer accepted, or for another purpose."""


def sealed(said: Mapping[str, Any], purpose: bytes, keys: Keys) -> str | None:
    """The token for a link, in letters that need no escaping; None where it would be too long to be read again."""
    payload = _text(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode())
    token = f"{payload}.{_signature(payload, purpose, keys.current)}"
    return token if len(token) <= LONGEST else None


def opened(token: str, purpose: bytes, keys: Keys) -> Any | NotSealed:
    """What a token says, or why nothing. Whether it was forged is known before anything of it is read."""
    payload, dot, signature = token.partition(".")
    if not dot or not payload or not signature or len(token) > LONGEST or not token.isascii():
        return NotSealed.MALFORMED
    good = [hmac.compare_digest(_signature(payload, purpose, key).encode(), signature.encode()) for key in keys.all()]
    if not any(good):
        return NotSealed.FORGED
    try:
        return json.loads(_bytes(payload))
    except (ValueError, RecursionError):
        return NotSealed.MALFORMED  # signed by us, and yet by another version


def _signature(payload: str, purpose: bytes, key: bytes) -> str:
    return _text(hmac.digest(key, purpose + payload.encode(), "sha256"))


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
