"""Make and read the links with which a person acknowledges a page: signed, and good until they expire.

Pure. A token is base64url(payload).base64url(HMAC-SHA-256 of that text); both are compared as they are written, so that
no character of a token can be another one. The one surprise: a link says who was told, not who opened it, and some mail
scanners open every link: whoever serves it acknowledges on POST only.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from monitor.messages import Message, message

LONGEST = 1000
"""A longer token is none of ours."""

SHORTEST_SECRET = 32
"""Bytes."""

_PURPOSE = b"tierwatch acknowledgement 1\n"  # a signature of something else is not one of these


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


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What a link acknowledges: a stage of an alert, or a wave of a root cause.

    `person` is the one who was told; empty in pages that everybody reads, and then whoever acknowledges has to say.
    """

    alert: str
    stage: str
    expires_at: datetime
    wave: int = 0
    person: str = ""


class Refusal(StrEnum):
    """Why a token acknowledges nothing."""

    MALFORMED = "malformed"
    """It is no token, for example because a mail program cut it off."""
    FORGED = "forged"
    """It was changed, or is signed with a secret that is no longer accepted."""
    EXPIRED = "expired"
    """It is older than links last."""

    @property
    def sentence(self) -> Message:
        """For the person who opened the link. Says nothing of what was in it."""
        return message(f"oncall-link-{self}")


def sign(acknowledgement: Acknowledgement, keys: Keys) -> str:
    """The token for a link, in letters that need no escaping. Expiry is kept in whole seconds, never later than it is.

    Raises ValueError where the token would be too long to be read again.
    """
    said = {
        "a": acknowledgement.alert,
        "s": acknowledgement.stage,
        "w": acknowledgement.wave,
        "p": acknowledgement.person,
        "e": int(acknowledgement.expires_at.timestamp()),
    }
    payload = _text(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode())
    token = f"{payload}.{_signature(payload, keys.current)}"
    if len(token) > LONGEST:
        raise ValueError("what is to be acknowledged has a name that is too long for a link")
    return token


def verify(token: str, now: datetime, keys: Keys) -> Acknowledgement | Refusal:
    """What a token acknowledges at *now*, or why nothing. Whether it was forged is known before anything is read."""
    payload, dot, signature = token.partition(".")
    if not dot or not payload or not signature or len(token) > LONGEST or not token.isascii():
        return Refusal.MALFORMED
    good = [hmac.compare_digest(_signature(payload, key).encode(), signature.encode()) for key in keys.all()]
    if not any(good):
        return Refusal.FORGED
    try:
        found = _read(json.loads(_bytes(payload)))
    except (ValueError, TypeError, KeyError, OverflowError, OSError, RecursionError):
        return Refusal.MALFORMED  # signed by us, and yet by another version
    return found if now < found.expires_at else Refusal.EXPIRED


def _read(said: Any) -> Acknowledgement:
    alert, stage, person, wave = said["a"], said["s"], said["p"], said["w"]
    if not all(isinstance(part, str) for part in (alert, stage, person)) or type(wave) is not int:
        raise TypeError
    return Acknowledgement(alert, stage, datetime.fromtimestamp(said["e"], UTC), wave, person)


def _signature(payload: str, key: bytes) -> str:
    return _text(hmac.digest(key, _PURPOSE + payload.encode(), "sha256"))


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
